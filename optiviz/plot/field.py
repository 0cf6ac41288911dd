"""The contours of a surface with small arrows against its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver

from optiviz.plot.arrow import unit
from optiviz.plot.canvas import Picture, pixels_per_unit
from optiviz.plot.ground import draw_ground
from optiviz.surfaces import Grid

__all__ = ["draw_field"]

Array = npt.NDArray[Any]

APART = 26
"""How far apart arrows stand, about, in pixels at the scale one."""

SHORTEST = 0.3
"""How long the arrows are where it is flattest, as a share of the longest."""


def draw_field(made: Picture, axes: Axes, grid: Grid) -> None:
    """Contours, and over them arrows in the direction of steepest descent, longer by the logarithm of the slope."""
    assert grid.slopes is not None and grid.y is not None
    draw_ground(made, axes, grid)
    scale = made.scale
    room = axes.get_window_extent()
    columns, rows = (
        _spread(len(values), pixels / (APART * scale))
        for values, pixels in zip((grid.x, grid.y), (room.width, room.height), strict=True)
    )
    slopes = grid.slopes[np.ix_(rows, columns)]
    length = (APART * scale * 0.8) * _lengths(slopes)[..., None] * unit(-slopes, pixels_per_unit(axes), least=0)
    seen = length.any(axis=-1)
    x, y = np.meshgrid(grid.x[columns], grid.y[rows])
    look: dict[str, Any] = {"pivot": "mid", "units": "dots", "angles": "uv", "scale": 1, "scale_units": "dots"}
    look |= {"width": 1.5 * scale, "headwidth": 3.6, "headlength": 4, "headaxislength": 3.6, "minlength": 0}
    arrows = Quiver(axes, x[seen], y[seen], *length[seen].T, color=made.style.contour, zorder=3, label="_field", **look)
    axes.add_collection(arrows, autolim=False)


def _spread(n: int, places: float) -> Array:
    """Every so many of n points, the same number left over at both ends, so that there are about so many."""
    step = max(1, round(n / max(places, 1)))
    count = (n - 1) // step + 1
    if count > 1 and (n - 1 - (count - 1) * step) < step / 2:
        count -= 1  # none on the edge
    return (n - 1 - (count - 1) * step) // 2 + step * np.arange(count)


def _lengths(slopes: Array) -> Array:
    """How long the arrows are (...), from SHORTEST to 1, evenly in the logarithm of the slopes (..., d)."""
    with np.errstate(all="ignore"):
        largest = np.abs(slopes).max(axis=-1)
        size = np.log10(largest * np.hypot(*np.moveaxis(slopes / largest[..., None], -1, 0)))
    there = np.isfinite(size)
    if not there.any():
        return np.zeros(size.shape)
    low, high = np.quantile(size[there], (0.02, 0.98))
    share = np.clip((np.where(there, size, low) - low) / (high - low), 0, 1) if high > low else np.ones(size.shape)
    return np.asarray(np.where(there, SHORTEST + (1 - SHORTEST) * share, 0.0))
