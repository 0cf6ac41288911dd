"""The panel of a surface with the ways on it.

A panel draws its background on its axes, adds the artists that move to the picture, and says how to set
them for a look. What changes over the steps is drawn in `over_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from optiviz.descent import Trajectory
from optiviz.plot.arrow import Arrow, unit
from optiviz.plot.canvas import Picture, pixels_per_unit, place
from optiviz.plot.ground import draw_ground, draw_legend
from optiviz.plot.style import Line
from optiviz.surfaces import Grid

__all__ = ["Ground", "arrow_on_surface", "draw_run", "draw_way_with_arrows", "draw_ways", "path_and_point"]

Array = npt.NDArray[Any]

Ground = Callable[[Picture, Axes, Grid], None]
"""What draws the surface that all else lies on."""

DOWNHILL, NEXT = "−gradient (direction)", "next step (direction)"
"""What the two arrows are called that show where one goes on a plane."""

TANGENT, AHEAD = "tangent: the gradient", "next step"
"""What the two lines are called that show where one goes on a curve."""


def draw_run(made: Picture, axes: Axes, run: Trajectory, grid: Grid, ground: Ground = draw_ground) -> None:
    """One run: on a plane with arrows, on a curve with tangents."""
    (_tangents if grid.y is None else _arrows)(made, axes, run, grid, ground)


def _arrows(made: Picture, axes: Axes, run: Trajectory, grid: Grid, ground: Ground) -> None:
    """Two coordinates: contours, the path, the point and the directions of the gradient and of the next step."""
    ground(made, axes, grid)
    theta = np.where(np.isfinite(run.theta), run.theta, np.nan)
    steps = np.vstack([np.diff(theta, axis=0), np.full((1, 2), np.nan)])
    per_unit = pixels_per_unit(axes)  # the axes may have different scales
    scale = made.scale
    arrows = {  # where the two agree both are seen, for one is longer
        name: (arrow_on_surface(made, axes, name, colour), unit(vectors, per_unit) * length * scale)
        for name, colour, vectors, length in (
            (DOWNHILL, made.style.gradient, -run.gradient, 64),
            (NEXT, made.style.step, steps, 40),
        )
    }
    draw_way_with_arrows(made, axes, theta, grid, arrows)


def arrow_on_surface(
    made: Picture, axes: Axes, name: str, colour: str, width: float = 5, edge: str = "", above: float = 0
) -> Arrow:
    """An arrow that is seen on every height; width and above in pixels of a small picture."""
    look: dict[str, Any] = {"edgecolor": edge or made.style.halo, "linewidth": 1.2 * made.scale, "zorder": 5}
    return Arrow(axes, name, width * made.scale, above * made.scale, facecolor=colour, **look)


def draw_way_with_arrows(
    made: Picture, axes: Axes, way: Array, grid: Grid, arrows: Mapping[str, tuple[Arrow, Array]]
) -> None:
    """The path, the point, and arrows that begin there, each with its vectors in pixels; the legend names them.

    Args:
        made: the picture.
        axes: the panel of the surface, whose ground is drawn.
        way: the points on it (T+1, 2).
        grid: the surface.
        arrows: by name an arrow and where it points from each of them (T+1, 2).
    """
    path, point = path_and_point(made, axes, grid, made.style.run)
    made.moving += [path, *(arrow for arrow, _ in arrows.values()), point]
    named = draw_legend(made, axes, [*arrows])

    def update(look: int) -> None:
        path.set_data(way[: look + 1, 0], way[: look + 1, 1])
        place(point, way[look : look + 1, 0], way[look : look + 1, 1])
        for name, (arrow, vectors) in arrows.items():
            arrow.set_arrow(way[look], vectors[look])
            named[name](bool(vectors[look].any()))

    made.updates.append(update)


def _tangents(made: Picture, axes: Axes, run: Trajectory, grid: Grid, ground: Ground) -> None:
    """One coordinate: the curve, the points visited on it, the tangent and the next step."""
    ground(made, axes, grid)
    style, scale = made.style, made.scale
    trail, point = path_and_point(made, axes, grid, style.run)
    (tangent,) = axes.plot([], [], color=style.gradient, lw=2.4 * scale, label=TANGENT)
    (step,) = axes.plot([], [], color=style.step, lw=3 * scale, label=AHEAD)
    made.moving += [trail, tangent, step, point]
    x, height, slope = run.theta[:, 0], run.value, run.gradient[:, 0]
    per_unit = pixels_per_unit(axes)
    with np.errstate(all="ignore"):
        reach = 70 * scale / np.hypot(per_unit[0], slope * per_unit[1])
        reach = np.where(np.isfinite(slope), reach, 0.0)
    named = draw_legend(made, axes, [TANGENT, AHEAD])

    def update(look: int) -> None:
        trail.set_data(x[: look + 1], height[: look + 1])
        place(point, x[look : look + 1], height[look : look + 1])
        ends = np.array([-reach[look], reach[look]])
        tangent.set_data(x[look] + ends, height[look] + slope[look] * ends)
        ahead = x[look : look + 2]
        step.set_data(ahead, np.full(len(ahead), height[look]))
        named[TANGENT](bool(reach[look] > 0))
        named[AHEAD](len(ahead) > 1 and ahead[0] != ahead[1])

    made.updates.append(update)


def draw_ways(made: Picture, axes: Axes, ways: Mapping[str, Array], grid: Grid, ground: Ground = draw_ground) -> None:
    """Several ways on one surface, each an array of points (T+1, 2): two coordinates, or one and the height."""
    ground(made, axes, grid)
    fine = 1 if len(ways) <= 4 else 0.8  # so that more do not hide each other
    drawn = [
        path_and_point(made, axes, grid, style, fine, name) for name, style in zip(ways, made.style.lines, strict=False)
    ]
    made.moving += [path for path, _ in drawn] + [point for _, point in drawn]

    def update(look: int) -> None:
        for (path, point), way in zip(drawn, ways.values(), strict=True):
            last = min(look, len(way) - 1)  # who has arrived stays there
            path.set_data(way[: last + 1, 0], way[: last + 1, 1])
            place(point, way[last : last + 1, 0], way[last : last + 1, 1])

    made.updates.append(update)
    draw_legend(made, axes)


def path_and_point(
    made: Picture, axes: Axes, grid: Grid, style: Line, fine: float = 1.0, name: str = ""
) -> tuple[Line2D, Line2D]:
    """The artists of one way; those of a `name` are one of many, finer, and not in the surface's legend."""
    scale, halo = fine * made.scale, made.style.halo
    among = {"label": f"_path of {name}", "ls": style.dashes, "lw": 1.8 * scale} if name else {"label": "path"}
    wide = (3.8 if name else 4.4) * scale
    if grid.y is None:
        look: dict[str, Any] = {"marker": ".", "ms": 8 * scale, "alpha": 0.6} | among | {"lw": 1.2 * scale}
    else:
        look = {"path_effects": [Stroke(linewidth=wide, foreground=halo), Normal()]} | among
    (path,) = axes.plot([], [], color=style.colour, **look)
    (point,) = axes.plot([], [], style.marker, color=style.colour, mec=halo, mew=1.6 * scale)
    point.set_markersize((11 if grid.y is None else 9) * scale)
    point.set(label=f"_{name}" if name else "θ", zorder=6)
    return path, point
