"""Images read through affine maps: bilinear, a map for each image, all images at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FILLS", "PADS", "resampled", "working_dtype"]

Array = npt.NDArray[Any]

PIXELS = 1 << 15
"""So many pixels are read at a time, that what is between lies in the cache."""


def working_dtype(images: Array) -> np.dtype[Any]:
    """The floats that images are computed in: float64 for float64, else float32."""
    return np.dtype(np.float64 if images.dtype == np.float64 else np.float32)


def resampled(images: Array, maps: Array, fill: str = "constant") -> Array:
    """y[n, p] = x[n, A[n] p + b[n]]: each image read through a map of its own.

    p is (row, column) from the middle of the image, in pixels; A and b say where that pixel is read. A place between
    four pixels has their bilinear mean. The map is the inverse of what happens to the image: to see it half as large,
    read it twice as far out. Whole pixels come out to the bit.

    Args:
        images: (N, H, W, C), bytes or floats.
        maps: (N, 2, 3), A and b side by side.
        fill: what is read beyond the edges: `constant`, zeros; `nearest`, the pixel at the edge; `reflect`, the image
            in a mirror at the edge, d c b a | a b c d | d c b a.

    >>> image = np.arange(1.0, 4).reshape(1, 1, 3, 1)
    >>> right = np.array([[[1, 0, 0], [0, 1, -1.5]]])  # what is seen comes from one and a half pixels to the left
    >>> resampled(image, right).ravel().tolist(), resampled(image, right, "nearest").ravel().tolist()
    ([0.0, 0.5, 1.5], [1.0, 1.0, 1.5])
    """
    dtype, (n, height, width, channels) = working_dtype(images), images.shape
    maps = maps.astype(dtype)[..., None, None]
    down, across = (np.arange(length, dtype=dtype) - dtype.type((length - 1) / 2) for length in (height, width))
    size = max(1, min(n, PIXELS // (height * width)))
    # Zeros around it, one before and two behind: so each place has four neighbours, at an edge and beyond it, too.
    wide = width + 3
    padded = np.zeros((channels, size, height + 3, wide), dtype)
    first = np.arange(size)[:, None, None] * ((height + 3) * wide) + wide + 1
    result = np.empty_like(images, order="C")
    for start in range(0, n, size):
        part, those = images[start : start + size], maps[start : start + size]
        padded[:, : len(part), 1:-2, 1:-2] = np.moveaxis(part, -1, 0)
        v, h = (
            FILLS[fill](a * down[:, None] + b * across + (c + dtype.type((length - 1) / 2)), length)
            for (a, b, c), length in zip(those.transpose(1, 2, 0, 3, 4), (height, width), strict=True)
        )
        above, left = np.floor(v), np.floor(h)
        v, h = v - above, h - left
        place = above.astype(np.intp) * wide + left.astype(np.intp) + first[: len(part)]
        places = [place, place + 1, place + wide, place + (wide + 1)]
        for plane, channel in zip(padded, np.moveaxis(result[start : start + size], -1, 0), strict=True):
            a, b, c, d = (np.take(plane, there, mode="clip") for there in places)
            value = _between(_between(a, b, h), _between(c, d, h), v)
            channel[...] = np.rint(value, out=value) if images.dtype == np.uint8 else value
    return result


def _between(one: Array, other: Array, share: Array) -> Array:
    """one + share (other - one), in their place."""
    other -= one
    other *= share
    one += other
    return one


def _constant(at: Array, length: int) -> Array:
    return np.clip(at, -1, length)


def _nearest(at: Array, length: int) -> Array:
    return np.clip(at, 0, length - 1)


def _reflect(at: Array, length: int) -> Array:
    at = at + at.dtype.type(0.5)
    at -= 2 * length * np.floor(at / (2 * length))  # what `%` finds, in a quarter of the time
    return _nearest(length - np.abs(at - length) - at.dtype.type(0.5), length)


FILLS: dict[str, Callable[[Array, int], Array]] = {"constant": _constant, "nearest": _nearest, "reflect": _reflect}
"""Where a place along an axis of some length is read, by how the image goes on beyond its edges."""

PADS: dict[str, Any] = {"constant": "constant", "nearest": "edge", "reflect": "symmetric"}
"""What `np.pad` calls the same."""
