"""Augmentations that leave pixels where they are: more or less light, and some of them hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.data.augment.augmentation import augmentation, spread
from optiviz.data.augment.resampling import working_dtype

__all__ = ["brightness", "contrast", "cutout"]

Array = npt.NDArray[Any]


@augmentation
def brightness(images: Any, rng: Any, *, by: float = 0.2) -> Any:
    """Adds to all pixels up to so much of white, or takes it away; black and white are the bounds.

    Bytes are from 0 to 255 and floats from 0 to 1.
    """
    x, white = _light("brightness", images)
    more = spread(rng, len(images), by)[0] * white
    return _kept(x + more.astype(x.dtype)[:, None, None, None], images, white)


@augmentation
def contrast(images: Any, rng: Any, *, by: float = 0.2) -> Any:
    """Moves the pixels away from their mean in each channel, or nearer, by up to so much of their distance.

    Bytes are from 0 to 255 and floats from 0 to 1; black and white are the bounds.
    """
    x, white = _light("contrast", images)
    more = spread(rng, len(images), by)[0]
    mean = x.mean(axis=1, keepdims=True).mean(axis=2, keepdims=True)  # one axis at a time is faster
    return _kept(x + (x - mean) * more.astype(x.dtype)[:, None, None, None], images, white)


def _light(name: str, images: Array) -> tuple[Array, float]:
    """Images as floats, and what is white in them."""
    if images.dtype == np.uint8:
        return images.astype(np.float32), 255.0
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if not 0 <= low <= high <= 1:
        raise ValueError(
            f"{name} takes floats from 0, black, to 1, white, not from {low:g} to {high:g}; divide by 255, and "
            "standardize afterwards"
        )
    return images.astype(working_dtype(images)), 1.0


def _kept(x: Array, images: Array, white: float) -> Array:
    """The floats between black and white, in the type of the images."""
    np.clip(x, 0, white, out=x)
    return (np.rint(x, out=x) if images.dtype == np.uint8 else x).astype(images.dtype, copy=False)


@augmentation
def cutout(images: Any, rng: Any, *, side: float = 0.5) -> Any:
    """Hides a square, all zeros, whose middle is anywhere in the image; of it, what is inside the image.

    Its side is a share of the shorter one of the image.

    Source: DeVries and Taylor (2017), arXiv:1708.04552.
    """
    n, height, width, _ = images.shape
    length = round(side * min(height, width))
    firsts = (rng.random((n, 2)) * (height, width)).astype(int) - length // 2
    result = images.copy()
    for image, (row, column) in zip(result, firsts.tolist(), strict=True):
        image[max(row, 0) : max(row + length, 0), max(column, 0) : max(column + length, 0)] = 0
    return result
