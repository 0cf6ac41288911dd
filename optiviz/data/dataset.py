"""What a set of examples is, once it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Dataset", "Part", "refuse_sizes", "scaled"]

Array = npt.NDArray[Any]


class Part(NamedTuple):
    """Examples `x` and their labels `y`, the numbers of their classes: `x, y = data.train`."""

    x: Any
    y: Array


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Examples to train on and others to test with.

    Images are one array (N, height, width, channels) of whole numbers from 0 to 255, dtype uint8, a quarter of what
    they take as float32: `scaled` makes floats of them, of a batch or of all. Texts are lists of strings. Labels are
    an array (N,) of whole numbers from 0, dtype int64. The arrays are read-only; copy one to change it.

    Attributes:
        name: what it was loaded by.
        train, test: examples and labels.
        classes: the name of each class.
        about: what is to be seen or read, in a sentence.
        source: where it comes from and whom to cite.
        licence: on what terms.
        notes: what was left out or changed here, each in a sentence.
    """

    name: str
    train: Part
    test: Part
    classes: tuple[str, ...]
    about: str
    source: str
    licence: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (*self.train, *self.test):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one image, as `Input` takes it; None of texts."""
        return None if isinstance(self.train.x, list) else self.train.x.shape[1:]

    def __repr__(self) -> str:
        what = "texts" if self.shape is None else f"images of {'×'.join(map(str, self.shape))}"
        sizes = f"{len(self.train.y):,} + {len(self.test.y):,}"
        return f"<{self.name}: {sizes} {what} in {len(self.classes)} classes>"


def scaled(images: npt.ArrayLike) -> Array:
    """Whole numbers from 0 to 255 as float32 from 0 to 1; floats stay what they are, in float32.

        x = image / 255

    Raises:
        TypeError: they are neither.

    >>> scaled(np.array([[0, 51, 255]], np.uint8))
    array([[0. , 0.2, 1. ]], dtype=float32)
    """
    array = np.asarray(images)
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    if array.dtype != np.uint8:
        raise TypeError(f"images are uint8 from 0 to 255, or floats, not {array.dtype}; write images.astype(np.uint8)")
    return np.asarray(np.divide(array, np.float32(255), dtype=np.float32))


def refuse_sizes(seed: int, **numbers: tuple[int, int]) -> None:
    """See that the seed and each number, beside the least that it may be, are whole and not too small.

    Raises:
        ValueError: one is not.
    """
    for what, (number, least) in {**numbers, "seed": (seed, 0)}.items():
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
            raise ValueError(f"{what} is a whole number from {least}, not {number!r:.60}")
