"""What stands still in the panel of a surface: heights, contours or the curve, the minima, and the legend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform

from optiviz.names import symbol
from optiviz.plot.canvas import PLANE, Picture
from optiviz.plot.words import fit_legend
from optiviz.surfaces import Grid

__all__ = ["UNNAMED", "draw_ground", "draw_legend", "mark_minima", "minima", "shade", "wide"]

Array = npt.NDArray[Any]

CORNERS = ((0.98, 0.03, "right", "bottom"), (0.02, 0.97, "left", "top"))
"""Where the names of the coordinates stand, each at the end of its axis."""

UNNAMED = ("θ", "f")
"""What no legend names: the point and the curve."""

STAR = 1.5
"""How large a mark in the legend is at most, in sizes of its text."""

CURVE = "#717581"
"""The curve of a function of one coordinate."""


def draw_ground(made: Picture, axes: Axes, grid: Grid) -> None:
    """The surface itself: contours over two coordinates, the curve over one."""
    (_curve if grid.y is None else _contours)(made, axes, grid)


def _contours(made: Picture, axes: Axes, grid: Grid) -> None:
    assert grid.y is not None
    style, scale = made.style, made.scale
    heights = shade(grid)
    axes.contourf(grid.x, grid.y, heights, levels=28, cmap=style.heights)
    look: dict[str, Any] = {"colors": style.contour, "linewidths": 0.5 * scale, "alpha": 0.35}
    axes.contour(grid.x, grid.y, heights, levels=14, linestyles="solid", **look)
    mark_minima(made, axes, grid)
    axes.set(xlim=(grid.x[0], grid.x[-1]), ylim=(grid.y[0], grid.y[-1]))
    axes.spines[["top", "right"]].set_visible(True)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if grid.coordinates != PLANE:  # parameters of a model, whose names say something
        for name, (x, y, across, up) in zip(grid.coordinates, CORNERS, strict=True):
            text = axes.text(
                x, y, f"${symbol(name).latex}$", transform=axes.transAxes, size=15 * scale, ha=across, va=up
            )
            text.set(path_effects=[Stroke(linewidth=3 * scale, foreground=style.halo), Normal()], color="black")


def _curve(made: Picture, axes: Axes, grid: Grid) -> None:
    z = np.where(np.isfinite(grid.z), grid.z, np.nan)
    axes.plot(grid.x, z, color=CURVE, lw=3 * made.scale, label="f")
    mark_minima(made, axes, grid)
    low, high = np.nanmin(z), np.nanmax(z)
    span = (high - low) or 1.0
    axes.set(xlim=(grid.x[0], grid.x[-1]), ylim=(low - 0.08 * span, high + 0.06 * span))
    name = "θ" if grid.coordinates == ("x",) else f"${symbol(grid.coordinates[0]).latex}$"
    axes.set_xlabel(name, labelpad=0)
    axes.set_title(f"f({name})")


def shade(grid: Grid) -> Array:
    """Heights as they are coloured: logarithmic where most of the picture would else be one colour."""
    z, low, high = _range(grid)
    if not wide(grid):
        return z
    floor = max(np.nanquantile(z - low, 0.02), (high - low) * 1e-6)
    return np.asarray(np.log10(z - low + floor))


def wide(grid: Grid) -> bool:
    """Are heights shown by their logarithm? If half of the surface lies in the lowest eighth."""
    z, low, high = _range(grid)
    return bool(np.nanquantile(z - low, 0.5) < 0.12 * (high - low))


def _range(grid: Grid) -> tuple[Array, float, float]:
    """The heights that are numbers, the lowest that is known, and the highest."""
    z = np.where(np.isfinite(grid.z), grid.z, np.nan)
    low = float(np.nanmin(z))
    return z, low if grid.lowest is None else min(low, grid.lowest), float(np.nanmax(z))


def mark_minima(made: Picture, axes: Axes, grid: Grid) -> None:
    """A star on each minimum, a cross on each local one."""
    for points, look in minima(made, grid):
        heights = points[:, 1] if grid.y is not None else np.interp(points[:, 0], grid.x, grid.z)
        axes.plot(points[:, 0], heights, zorder=4, clip_on=False, **look)


def minima(made: Picture, grid: Grid) -> Iterator[tuple[Array, dict[str, Any]]]:
    """The local minima and the lowest: their points (k, d), and how their marks look."""
    common: dict[str, Any] = {"ls": "none", "color": made.style.halo, "mec": "#1b1d24", "mew": made.scale}
    for points, marker, size, name in (
        (grid.local_minima, "P", 9, "local minimum"),
        (grid.minima, "*", 17, "minimum" if len(grid.minima) == 1 else "minima"),
    ):
        if len(points):
            yield points, common | {"marker": marker, "ms": size * made.scale, "label": name}


def draw_legend(made: Picture, axes: Axes, sometimes: Sequence[str] = ()) -> dict[str, Callable[[bool], None]]:
    """The legend below; for what is not there at each look, by name, what shows or hides its entry.

    Args:
        made: the picture.
        axes: the panel whose artists it names, but for the point, the curve, and what begins with `_`.
        sometimes: the names that can be hidden.
    """
    figure = made.figure
    handles, labels = axes.get_legend_handles_labels()
    shown = [(h, name) for h, name in zip(handles, labels, strict=True) if name not in UNNAMED]
    if not shown or not made.legend_room:
        return dict.fromkeys(sometimes, lambda seen: None)
    legend = fit_legend(
        figure,
        [handle for handle, _ in shown],
        [name for _, name in shown],
        made.legend_room,
        loc="lower left",
        bbox_to_anchor=(0.05, -0.005),
        ncols=len(shown),
        handlelength=1.4,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    size = float(legend.get_texts()[0].get_fontsize())
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):  # a star no larger beside its word than elsewhere, so that it stays inside
            handle.set_markersize(min(handle.get_markersize(), STAR * size))
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
