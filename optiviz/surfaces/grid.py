"""A surface sampled for drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Grid"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A surface sampled for drawing: arrays and names, no functions.

    Attributes:
        name: of the surface, with the parameters that differ from their defaults.
        x: the first coordinate of the columns, shape (n,).
        y: the second coordinate of the rows, shape (n,); None for a curve.
        z: the heights, shape (n, n), or (n,) for a curve.
        minima: the lowest points, shape (k, d).
        local_minima: the other minima, as far as they are listed, shape (k, d).
        lowest: the height at the minima; None where they are not known.
        coordinates: what the coordinates are called.
        slopes: the gradients, shape (n, n, 2), or (n, 1) for a curve; None if nobody asked for them.
    """

    name: str
    x: Array
    y: Array | None
    z: Array
    minima: Array
    local_minima: Array
    lowest: float | None
    coordinates: tuple[str, ...] = ("x", "y")
    slopes: Array | None = None
