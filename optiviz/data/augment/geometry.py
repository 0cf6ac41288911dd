"""Augmentations that move pixels: what is to be seen is the same, from elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.data.augment.augmentation import augmentation, spread
from optiviz.data.augment.resampling import PADS, resampled

__all__ = ["flip", "flip_vertical", "rotation", "shear", "shift", "zoom"]

Array = npt.NDArray[Any]


@augmentation
def shift(images: Any, rng: Any, *, by: float = 0.1, fill: str = "constant") -> Any:
    """Moves by whole pixels, up to a share of the height and of the width, each way as likely as any.

    Whole pixels, for others would blur what is moved.

    Source: Krizhevsky, Sutskever and Hinton (2012), NIPS 25, section 4.1.
    """
    _, height, width, _ = images.shape
    most = np.floor(by * np.array([height, width]) + 1e-9).astype(int)  # 0.29 * 100 is not quite 29
    wide = np.pad(images, [(0, 0), *((m, m) for m in most), (0, 0)], PADS[fill])
    firsts = 2 * most - (rng.random((len(images), 2)) * (2 * most + 1)).astype(int)
    result = np.empty_like(images, order="C")
    for image, around, (row, column) in zip(result, wide, firsts.tolist(), strict=True):
        image[...] = around[row : row + height, column : column + width]
    return result


@augmentation
def flip(images: Any, rng: Any) -> Any:
    """Each image with a chance of one half as in a mirror: left is right."""
    result, those = images.copy(), _coins(rng, len(images))
    result[those] = result[those, :, ::-1]
    return result


@augmentation
def flip_vertical(images: Any, rng: Any) -> Any:
    """Each image with a chance of one half upside down, as in water; for what may be seen so, such as cells."""
    result, those = images.copy(), _coins(rng, len(images))
    result[those] = result[those, ::-1]
    return result


def _coins(rng: np.random.Generator, count: int) -> Array:
    return rng.random(count) < 0.5


@augmentation
def rotation(images: Any, rng: Any, *, degrees: float = 15, fill: str = "constant") -> Any:
    """Turns about the middle by an angle up to so many degrees, either way."""
    (angles,) = spread(rng, len(images), degrees)
    return resampled(images, turned(angles), fill)


def turned(degrees: Array) -> Array:
    """The maps of turns to the left by these angles; quarters of a turn to the bit."""
    cos, sin = (np.round(f(np.radians(degrees)), 15) for f in (np.cos, np.sin))
    maps = unmoved(len(degrees))
    maps[:, 0, 0], maps[:, 0, 1] = cos, sin
    maps[:, 1, 0], maps[:, 1, 1] = -sin, cos
    return maps


@augmentation
def zoom(images: Any, rng: Any, *, by: float = 0.1, fill: str = "constant") -> Any:
    """Makes larger or smaller about the middle, 1 - by to 1 + by times as large."""
    (share,) = spread(rng, len(images), by)
    return resampled(images, unmoved(len(images)) / (1 + share[:, None, None]), fill)


@augmentation
def shear(images: Any, rng: Any, *, by: float = 0.2, fill: str = "constant") -> Any:
    """Slants: a row moves aside by up to so much of its distance from the middle."""
    maps = unmoved(len(images))
    (maps[:, 1, 0],) = spread(rng, len(images), by)
    return resampled(images, maps, fill)


def unmoved(count: int) -> Array:
    """Maps (N, 2, 3) that leave images as they are."""
    return np.tile(np.eye(2, 3), (count, 1, 1))
