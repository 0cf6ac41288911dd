"""An arrow that moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.transforms import IdentityTransform

__all__ = ["Arrow", "together", "unit"]

Array = npt.NDArray[Any]


class Arrow(Polygon):
    """An arrow from a point of its axes in a direction on the screen.

    Attributes:
        tail: where it begins, in the coordinates of its axes (2,).
        vector: from there to its tip, in pixels (2,); of length zero, nothing is drawn.
        above: how many pixels above its tail it is drawn, so that several along one line are seen.
        beside: how many pixels to the left of its tail, as it points, likewise.
    """

    def __init__(self, axes: Axes, name: str, width: float, above: float = 0.0, **look: Any) -> None:
        super().__init__(np.zeros((7, 2)), closed=True, transform=IdentityTransform(), label=name, **look)
        self.width, self.above, self.beside = width, above, 0.0
        self.tail = self.vector = np.zeros(2)
        axes.add_artist(self)

    def set_arrow(self, tail: Array, vector: Array) -> None:
        """Put it in its place."""
        self.tail, self.vector = tail, vector
        length = float(np.hypot(*vector))
        seen = length > 0 and bool(np.isfinite(tail).all())
        self.set_visible(seen)
        if seen:
            assert self.axes is not None
            along = vector / length
            left = np.array([-along[1], along[0]])
            across = self.width * left
            begin = self.axes.transData.transform(tail) + np.array([0.0, self.above]) + self.beside * left
            neck = begin + along * max(length - 3.6 * self.width, 0.4 * length)
            half, barb = across / 2, across * 1.5
            self.set_xy(
                [begin - half, neck - half, neck - barb, begin + vector, neck + barb, neck + half, begin + half]
            )


def unit(vectors: Array, per_unit: Array, least: float = 1e-9) -> Array:
    """Directions on the screen, of length one; zero for what is not finite or too small beside the largest.

    Args:
        vectors: in the coordinates of axes (n, 2).
        per_unit: how many pixels one unit is along each axis (2,).
        least: what a vector is at least if it is to be seen, as a share of the largest.
    """
    with np.errstate(all="ignore"):
        largest = np.abs(vectors).max(axis=-1, keepdims=True)
        seen = vectors / largest * per_unit
        unit = seen / np.hypot(seen[..., 0], seen[..., 1])[..., None]
        shown = np.isfinite(unit) & (largest > least * np.nanmax(np.where(np.isfinite(largest), largest, 0.0)))
    return np.asarray(np.where(shown, unit, 0.0))


def together(vectors: Sequence[Array], per_unit: Array, length: float) -> list[Array]:
    """Vectors on the screen, as long beside one another as they are; zero for what is not finite.

    Args:
        vectors: each in the coordinates of axes (n, 2).
        per_unit: how many pixels one unit is along each axis (2,).
        length: how long the longest of the vectors of one look is, in pixels.
    """
    if not vectors:
        return []
    every = np.stack(vectors)
    every = np.where(np.isfinite(every).all(axis=-1, keepdims=True), every, 0.0)
    with np.errstate(all="ignore"):
        seen = every / np.abs(every).max(axis=(0, 2), keepdims=True) * per_unit
        seen *= length / np.hypot(seen[..., 0], seen[..., 1]).max(axis=0)[:, None]
    return [*np.where(np.isfinite(seen), seen, 0.0)]
