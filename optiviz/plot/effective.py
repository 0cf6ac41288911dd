"""How far each coordinate moved for each unit of its gradient: what an adaptive rule does to the learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from optiviz.descent import Trajectory
from optiviz.experiments import effective_steps
from optiviz.names import symbol
from optiviz.plot.canvas import BETWEEN, PLANE, RIGHT, Picture, surface_room, to_scale
from optiviz.plot.over_steps import over_steps
from optiviz.plot.panels import draw_run
from optiviz.surfaces import Grid

__all__ = ["coordinate_names", "draw_effective"]

Array = npt.NDArray[np.float64]

RATIO = r"$|\Delta\theta_i\,/\,g_i|$"

OUTLIERS = 0.02
"""The share of the highest and of the lowest that may leave the panel: near g = 0 there is no end to it."""


def draw_effective(made: Picture, run: Trajectory, grid: Grid) -> None:
    """The way on the surface; beside it the effective steps and the learning rate."""
    surface_axes = made.figure.add_axes(to_scale(surface_room(made.style, 0.5), made.size, grid))
    grow = made.style.grow
    left = surface_axes.get_position().x1 + BETWEEN * grow
    low, top = 0.125 * grow, 1 - 0.21 * grow
    axes = made.figure.add_axes((left, low, RIGHT - left, top - low))
    effective = effective_steps(run)
    series = {name: effective[:, i] for i, name in enumerate(coordinate_names(grid))}
    rate = run.rates.get("lr", run.params.get("lr"))
    rates = np.empty(0) if rate is None else np.broadcast_to(np.asarray(rate, np.float64), run.steps + 1)[: run.steps]
    low_high = _framed([*series.values(), rates])
    title = f"effective step {RATIO}"
    if low_high and low_high[1] > 5 * low_high[0] > 0:
        axes.set_yscale("log")
        series = {name: np.where(values > 0, values, np.nan) for name, values in series.items()}
        title += " (log scale)"
    over_steps(made, axes, series, title, made.style.lines)
    for drawn in axes.lines:
        drawn.set_linewidth(1.3 * made.scale)
    _frame(axes, low_high)
    if len(rates):
        line: dict[str, Any] = {"color": made.style.ink, "lw": 1.4 * made.scale, "ls": (0, (5, 3)), "zorder": 1}
        axes.plot(np.arange(run.steps), rates, label=f"${symbol('lr').latex}$", **line)
    axes.set_xlabel("step", labelpad=2)
    legend = axes.legend(
        loc="lower right",
        bbox_to_anchor=(0.985, -0.005),
        bbox_transform=made.figure.transFigure,
        ncols=3,
        handlelength=2.2,
        columnspacing=1,
        borderaxespad=0.2,
    )
    made.legend_room = legend.get_window_extent().x0 / made.size[0] - 0.07
    made.panel = lambda made, axes: draw_run(made, axes, run, grid)
    made.panel(made, surface_axes)


def coordinate_names(grid: Grid) -> list[str]:
    """What the coordinates are called, as in the panel of the surface."""
    if grid.coordinates == PLANE[: len(grid.coordinates)]:
        return ["θ"] if grid.y is None else [*PLANE]
    return [f"${symbol(name).latex}$" for name in grid.coordinates]


def _framed(series: Sequence[Array]) -> tuple[float, float] | None:
    """The lowest and the highest that is to be seen, but for outliers; None if nothing is positive."""
    ends = []
    for values in series:
        positive = values[np.isfinite(values) & (values > 0)]
        if positive.size:
            ends += [*np.quantile(positive, [OUTLIERS, 1 - OUTLIERS])]
    return (float(min(ends)), float(max(ends))) if ends else None


def _frame(axes: Axes, low_high: tuple[float, float] | None) -> None:
    if low_high is None:
        return
    low, high = low_high
    if axes.get_yscale() == "log":
        room = (high / low) ** 0.06
        axes.set_ylim(low / room, high * room)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 100 * low else (1.0, 2.0, 5.0), numticks=7))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, 2 * high)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
