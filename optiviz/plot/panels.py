"""The picture, and its panel of the surface with the ways on it.

A panel draws its background on its axes, adds the artists that move to the picture, and says how to set
them for a look. What changes over the steps is drawn in `over_steps`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform

from optiviz.descent import Trajectory
from optiviz.names import symbol
from optiviz.plot.style import GRADIENT, STEP, Line
from optiviz.surfaces import Grid

__all__ = ["Picture", "draw_contour", "draw_curve", "draw_ways", "place", "to_scale"]

Array = npt.NDArray[Any]
Update = Callable[[int], None]

Room = tuple[float, float, float, float]

TANGENT, AHEAD = "tangent: the gradient", "next step"
"""What the two lines are called that show where one goes on a curve."""

PLANE = ("x", "y")
"""What the coordinates of a surface are called that has no names for them."""

FLATTEST = 2.1
"""The surface is drawn to scale unless one of its sides is longer than this many times the other."""

HALO = "#ffffff"
"""Edges of what lies on the surface; white stands out from all of viridis."""


@dataclass
class Picture:
    """A figure, the artists in it that move, and what sets them for a look.

    Attributes:
        figure: the Matplotlib figure, with its own Agg canvas.
        moving: the artists that change from frame to frame, in drawing order.
        looks: how many looks there are to show.
        settings: Matplotlib's settings, to draw in; they matter to drawing too, not only to what is made.
    """

    figure: Figure
    looks: int
    settings: Callable[[], AbstractContextManager[None]]
    moving: list[Any] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)

    def show(self, look: int) -> None:
        """Set the moving artists to what there is to see at `look`."""
        for update in self.updates:
            update(look)


def to_scale(room: Room, size: tuple[int, int], grid: Grid) -> Room:
    """The part of a room, at its left and halfway up, in which both axes of a surface have the same scale.

    There gradients are seen to be perpendicular to contours. A curve, a surface that is far longer than it is wide,
    and one over the parameters of a model, each with a unit of its own, have all of the room.

    Args:
        room: left, bottom, width and height as shares of the figure.
        size: width and height of the figure in pixels.
        grid: the surface.
    """
    left, bottom, width, height = room
    if grid.y is None or grid.coordinates != PLANE:
        return room
    ratio = float((grid.x[-1] - grid.x[0]) / (grid.y[-1] - grid.y[0]))
    if not 1 / FLATTEST <= ratio <= FLATTEST:
        return room
    pixels = min(width * size[0], ratio * height * size[1])
    wide, high = pixels / size[0], pixels / ratio / size[1]
    return left, bottom + (height - high) / 2, wide, high


def place(mark: Line2D, x: Array, y: Array) -> None:
    """Set a mark on its point; one that stands inside the axes is drawn whole, also over their edge."""
    mark.set_data(x, y)
    inside = len(x) > 0 and mark.axes is not None and mark.axes.viewLim.contains(x[-1], y[-1])
    mark.set_clip_on(not inside)


def draw_contour(made: Picture, axes: Axes, run: Trajectory, grid: Grid, style: Line, scale: float) -> None:
    """Two coordinates: contours, the path, the point and the directions of the gradient and of the next step."""
    _contours(axes, grid, scale)
    path, point = _path_and_point(axes, grid, style, scale)
    arrows = {
        name: axes.quiver(
            [0.0],
            [0.0],
            [0.0],
            [0.0],
            units="dots",
            angles="uv",
            scale=1,
            scale_units="dots",
            width=5 * scale,
            color=colour,
            edgecolor=HALO,
            linewidth=1.2 * scale,
            minlength=0,
            zorder=5,
            label=name,
        )
        for name, colour in (("−gradient (direction)", GRADIENT), ("next step (direction)", STEP))
    }
    made.moving += [path, *arrows.values(), point]
    theta = np.where(np.isfinite(run.theta), run.theta, np.nan)
    # Directions on the screen: the axes have different scales.
    per_unit = np.abs(axes.transData.transform((1, 1)) - axes.transData.transform((0, 0)))
    steps = np.vstack([np.diff(theta, axis=0), np.full((1, 2), np.nan)])
    directions = {"−gradient (direction)": -run.gradient, "next step (direction)": steps}
    lengths = dict(zip(arrows, (64 * scale, 40 * scale), strict=True))  # where they agree, both are seen

    named = _legend(made, axes, [*arrows])

    def update(look: int) -> None:
        path.set_data(theta[: look + 1, 0], theta[: look + 1, 1])
        place(point, theta[look : look + 1, 0], theta[look : look + 1, 1])
        for name, arrow in arrows.items():
            u, v = _unit(directions[name][look], per_unit) * lengths[name]
            arrow.set_offsets(theta[look : look + 1])
            arrow.set_UVC([u], [v])
            named[name](bool(u or v))

    made.updates.append(update)


def draw_ways(
    made: Picture, axes: Axes, ways: Mapping[str, Array], grid: Grid, styles: Sequence[Line], scale: float
) -> None:
    """Several ways on one surface, each an array of points (T+1, 2): two coordinates, or one and the height."""
    (_curve if grid.y is None else _contours)(axes, grid, scale)
    fine = scale * (1 if len(ways) <= 4 else 0.8)  # so that more do not hide each other
    drawn = [_path_and_point(axes, grid, style, fine, name) for name, style in zip(ways, styles, strict=False)]
    made.moving += [path for path, _ in drawn] + [point for _, point in drawn]

    def update(look: int) -> None:
        for (path, point), way in zip(drawn, ways.values(), strict=True):
            last = min(look, len(way) - 1)  # who has arrived stays there
            path.set_data(way[: last + 1, 0], way[: last + 1, 1])
            place(point, way[last : last + 1, 0], way[last : last + 1, 1])

    made.updates.append(update)
    _legend(made, axes)


def _contours(axes: Axes, grid: Grid, scale: float) -> None:
    assert grid.y is not None
    axes.contourf(grid.x, grid.y, _shade(grid), levels=28, cmap="viridis")
    axes.contour(
        grid.x, grid.y, _shade(grid), levels=14, colors=HALO, linewidths=0.5 * scale, alpha=0.35, linestyles="solid"
    )
    _minima(axes, grid, scale)
    axes.set(xlim=(grid.x[0], grid.x[-1]), ylim=(grid.y[0], grid.y[-1]))
    axes.spines[["top", "right"]].set_visible(True)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if grid.coordinates != PLANE:  # parameters of a model, whose names say something
        for name, (x, y, across, up) in zip(grid.coordinates, CORNERS, strict=True):
            text = axes.text(
                x, y, f"${symbol(name).latex}$", transform=axes.transAxes, size=15 * scale, ha=across, va=up
            )
            text.set(path_effects=[Stroke(linewidth=3 * scale, foreground=HALO), Normal()], color="black")


CORNERS = ((0.98, 0.03, "right", "bottom"), (0.02, 0.97, "left", "top"))
"""Where the names of the coordinates stand, each at the end of its axis."""


def _curve(axes: Axes, grid: Grid, scale: float) -> None:
    z = np.where(np.isfinite(grid.z), grid.z, np.nan)
    axes.plot(grid.x, z, color="#717581", lw=3 * scale, label="f")
    _minima(axes, grid, scale)
    low, high = np.nanmin(z), np.nanmax(z)
    span = (high - low) or 1.0
    axes.set(xlim=(grid.x[0], grid.x[-1]), ylim=(low - 0.08 * span, high + 0.06 * span))
    name = "θ" if grid.coordinates == ("x",) else f"${symbol(grid.coordinates[0]).latex}$"
    axes.set_xlabel(name, labelpad=0)
    axes.set_title(f"f({name})")


def _path_and_point(axes: Axes, grid: Grid, style: Line, scale: float, name: str = "") -> tuple[Line2D, Line2D]:
    """The artists of one way; those of a `name` are one of many, finer, and not in the surface's legend."""
    among = {"label": f"_path of {name}", "ls": style.dashes, "lw": 1.8 * scale} if name else {"label": "path"}
    halo = (3.8 if name else 4.4) * scale
    if grid.y is None:
        look: dict[str, Any] = {"marker": ".", "ms": 8 * scale, "alpha": 0.6} | among | {"lw": 1.2 * scale}
    else:
        look = {"path_effects": [Stroke(linewidth=halo, foreground=HALO), Normal()]} | among
    (path,) = axes.plot([], [], color=style.colour, **look)
    (point,) = axes.plot([], [], style.marker, color=style.colour, mec=HALO, mew=1.6 * scale)
    point.set_markersize((11 if grid.y is None else 9) * scale)
    point.set(label=f"_{name}" if name else "θ", zorder=6)
    return path, point


def _unit(vector: Array, per_unit: Array) -> Array:
    with np.errstate(all="ignore"):
        seen = vector / np.abs(vector).max() * per_unit
        unit = seen / np.hypot(*seen)
    return np.asarray(np.where(np.isfinite(unit), unit, 0.0))


def _shade(grid: Grid) -> Array:
    """Heights as they are coloured: logarithmic where most of the picture would else be one colour."""
    z = np.where(np.isfinite(grid.z), grid.z, np.nan)
    low, high = np.nanmin(z), np.nanmax(z)
    low = low if grid.lowest is None else min(low, grid.lowest)
    if not np.nanquantile(z - low, 0.5) < 0.12 * (high - low):
        return z
    floor = max(np.nanquantile(z - low, 0.02), (high - low) * 1e-6)
    return np.asarray(np.log10(z - low + floor))


def _minima(axes: Axes, grid: Grid, scale: float) -> None:
    common: dict[str, Any] = {"ls": "none", "color": HALO, "mec": "#1b1d24", "zorder": 4, "clip_on": False}
    for points, marker, size, name in (
        (grid.local_minima, "P", 9, "local minimum"),
        (grid.minima, "*", 17, "minimum" if len(grid.minima) == 1 else "minima"),
    ):
        if len(points):
            heights = points[:, 1] if grid.y is not None else np.interp(points[:, 0], grid.x, grid.z)
            axes.plot(points[:, 0], heights, marker, ms=size * scale, mew=scale, label=name, **common)


def draw_curve(made: Picture, axes: Axes, run: Trajectory, grid: Grid, style: Line, scale: float) -> None:
    """One coordinate: the curve, the points visited on it, the tangent and the next step."""
    _curve(axes, grid, scale)
    trail, point = _path_and_point(axes, grid, style, scale)
    (tangent,) = axes.plot([], [], color=GRADIENT, lw=2.4 * scale, label=TANGENT)
    (step,) = axes.plot([], [], color=STEP, lw=3 * scale, label=AHEAD)
    made.moving += [trail, tangent, step, point]
    x, height, slope = run.theta[:, 0], run.value, run.gradient[:, 0]
    per_unit = np.abs(axes.transData.transform((1, 1)) - axes.transData.transform((0, 0)))

    named = _legend(made, axes, [TANGENT, AHEAD])

    def update(look: int) -> None:
        trail.set_data(x[: look + 1], height[: look + 1])
        place(point, x[look : look + 1], height[look : look + 1])
        reach = 70 * scale / math.hypot(per_unit[0], slope[look] * per_unit[1]) if np.isfinite(slope[look]) else 0.0
        ends = np.array([-reach, reach])
        tangent.set_data(x[look] + ends, height[look] + slope[look] * ends)
        ahead = x[look : look + 2]
        step.set_data(ahead, np.full(len(ahead), height[look]))
        named[TANGENT](reach > 0)
        named[AHEAD](len(ahead) > 1 and ahead[0] != ahead[1])

    made.updates.append(update)


def _legend(made: Picture, axes: Axes, sometimes: Sequence[str] = ()) -> dict[str, Callable[[bool], None]]:
    """The legend below; for what is not there at each look, by name, what shows or hides its entry."""
    figure = made.figure
    handles, labels = axes.get_legend_handles_labels()
    shown = [(h, name) for h, name in zip(handles, labels, strict=True) if name not in ("θ", "f")]
    if not shown:
        return {}
    legend = figure.legend(
        *zip(*shown, strict=True),
        loc="lower left",
        bbox_to_anchor=(0.05, -0.005),
        ncols=len(shown),
        handlelength=1.4,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    canvas: Any = figure.canvas
    legend.draw(canvas.get_renderer())  # puts its entries in their places
    box = legend.get_window_extent()
    switches: dict[str, Callable[[bool], None]] = {}
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        if handle is None:
            continue
        handle.set_alpha(1)
        if text.get_text() in sometimes:  # to cover a word is far quicker than to draw one
            left, right = handle.get_window_extent().x0 - 2, text.get_window_extent().x1 + 2
            cover = Rectangle((left, box.y0), right - left, box.height, color=figure.get_facecolor(), lw=0)
            cover.set(transform=IdentityTransform(), label=f"_cover of {text.get_text()}")
            made.moving.append(figure.add_artist(cover))
            switches[text.get_text()] = partial(_uncover, cover)
    return switches


def _uncover(cover: Rectangle, seen: bool) -> None:
    cover.set_visible(not seen)
