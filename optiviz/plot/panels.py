"""The panels of a picture: the surface with the way on it, the loss, and what the rule remembered.

Each draws its background on its axes, adds the artists that move to the picture, and says how to set them
for a look.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from optiviz.descent import Trajectory
from optiviz.names import symbol
from optiviz.plot.style import GRADIENT, LINES, STEP, Line, Theme
from optiviz.surfaces import Grid

__all__ = ["Picture", "draw_contour", "draw_curve", "draw_loss", "draw_memory"]

Array = npt.NDArray[Any]
Update = Callable[[int], None]

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


def draw_contour(made: Picture, axes: Axes, run: Trajectory, grid: Grid, style: Line, scale: float) -> None:
    """Two coordinates: contours, the path, the point and the directions of the gradient and of the next step."""
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

    edge = [Stroke(linewidth=4.4 * scale, foreground=HALO), Normal()]
    (path,) = axes.plot([], [], color=style.colour, path_effects=edge, label="path")
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
    (point,) = axes.plot(
        [], [], style.marker, color=style.colour, mec=HALO, mew=1.6 * scale, ms=9 * scale, zorder=6, label="θ"
    )
    made.moving += [path, *arrows.values(), point]
    theta = np.where(np.isfinite(run.theta), run.theta, np.nan)
    # Directions on the screen: the axes have different scales.
    per_unit = np.abs(axes.transData.transform((1, 1)) - axes.transData.transform((0, 0)))
    steps = np.vstack([np.diff(theta, axis=0), np.full((1, 2), np.nan)])
    directions = {"−gradient (direction)": -run.gradient, "next step (direction)": steps}
    lengths = dict(zip(arrows, (64 * scale, 40 * scale), strict=True))  # where they agree, both are seen

    def update(look: int) -> None:
        path.set_data(theta[: look + 1, 0], theta[: look + 1, 1])
        point.set_data(theta[look : look + 1, 0], theta[look : look + 1, 1])
        for name, arrow in arrows.items():
            u, v = _unit(directions[name][look], per_unit) * lengths[name]
            arrow.set_offsets(theta[look : look + 1])
            arrow.set_UVC([u], [v])

    made.updates.append(update)
    _legend(made.figure, axes, scale)


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
    z = np.where(np.isfinite(grid.z), grid.z, np.nan)
    axes.plot(grid.x, z, color="#717581", lw=3 * scale, label="f")
    _minima(axes, grid, scale)
    low, high = np.nanmin(z), np.nanmax(z)
    axes.set(xlim=(grid.x[0], grid.x[-1]), ylim=(low - 0.08 * (high - low), high + 0.06 * (high - low)), xlabel="θ")
    axes.set_title("f(θ)")
    (trail,) = axes.plot([], [], ".-", color=style.colour, ms=8 * scale, lw=1.2 * scale, alpha=0.6, label="path")
    (tangent,) = axes.plot([], [], color=GRADIENT, lw=2.4 * scale, label="tangent: the gradient")
    (step,) = axes.plot([], [], color=STEP, lw=3 * scale, label="next step")
    (point,) = axes.plot([], [], style.marker, color=style.colour, mec=HALO, mew=1.6 * scale, ms=11 * scale, label="θ")
    made.moving += [trail, tangent, step, point]
    x, height, slope = run.theta[:, 0], run.value, run.gradient[:, 0]
    per_unit = np.abs(axes.transData.transform((1, 1)) - axes.transData.transform((0, 0)))

    def update(look: int) -> None:
        trail.set_data(x[: look + 1], height[: look + 1])
        point.set_data(x[look : look + 1], height[look : look + 1])
        reach = 70 * scale / math.hypot(per_unit[0], slope[look] * per_unit[1]) if np.isfinite(slope[look]) else 0.0
        ends = np.array([-reach, reach])
        tangent.set_data(x[look] + ends, height[look] + slope[look] * ends)
        ahead = x[look : look + 2]
        step.set_data(ahead, np.full(len(ahead), height[look]))

    made.updates.append(update)
    _legend(made.figure, axes, scale)


def _legend(figure: Figure, axes: Axes, scale: float) -> None:
    handles, labels = axes.get_legend_handles_labels()
    shown = [(h, name) for h, name in zip(handles, labels, strict=True) if name not in ("θ", "f")]
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
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1)


def draw_loss(made: Picture, axes: Axes, run: Trajectory, grid: Grid, theme: Theme) -> None:
    """The loss over the steps: its height above the minimum on a log scale where that shows more."""
    value = np.where(np.isfinite(run.value), run.value, np.nan)
    low = grid.lowest if grid.lowest is not None else 0.0
    above = value - low
    positive = above[above > 0]
    if not np.any(above < -1e-9) and len(positive) and positive.max() > 30 * positive.min():
        above = np.where(above > 0, above, np.nan)
        axes.set_yscale("log")
        name = "loss" if low == 0 else "loss above the minimum"
        _over_steps(made, axes, run, {name: above}, f"{name} (log scale)", theme, [theme.run])
    else:
        _over_steps(made, axes, run, {"loss": value}, "loss", theme, [theme.run])


def draw_memory(made: Picture, axes: Axes, run: Trajectory, theme: Theme) -> None:
    """The hyperparameters that are scheduled and what the rule remembers; else its learning rate."""
    series: dict[str, Array] = {}
    for name, array in run.slots.items():
        drawn = f"${symbol(name).latex}$"
        with np.errstate(over="ignore"):
            size = np.linalg.norm(array, axis=-1) if array.ndim > 1 else array
        series[f"‖{drawn}‖" if array.ndim > 1 else drawn] = size
    for name, array in run.rates.items():
        series[f"${symbol(name).latex}$"] = array
    titles = [*(["memory"] if run.slots else []), *(["schedule"] if run.rates else [])]
    if not series:
        rate = run.params.get("lr", math.nan)  # a rule without one has an empty panel
        series = {f"${symbol('lr').latex}$": np.full(run.steps + 1, rate)}
        titles = ["learning rate"]
    finite = np.concatenate([s[np.isfinite(s) & (s > 0)] for s in series.values()])
    logarithmic = (
        len(finite) > 0
        and finite.max() > 30 * finite.min()
        and all(np.all(s[np.isfinite(s)] >= 0) for s in series.values())
    )
    if logarithmic:
        axes.set_yscale("log")
        series = {name: np.where(s > 0, s, np.nan) for name, s in series.items()}
    title = " and ".join(titles) + (" (log scale)" if logarithmic else "")
    _over_steps(made, axes, run, series, title, theme, LINES)
    if not logarithmic and not run.slots and not run.rates and finite.size:
        axes.set_ylim(0, 2 * finite.max())
    axes.set_xlabel("step", labelpad=2)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(0.985, -0.005),
        bbox_transform=made.figure.transFigure,
        ncols=len(series),
        handlelength=1.8,
        columnspacing=1,
        borderaxespad=0.2,
    )


def _over_steps(
    made: Picture,
    axes: Axes,
    run: Trajectory,
    series: dict[str, Array],
    title: str,
    theme: Theme,
    styles: Sequence[Line],
) -> None:
    axes.set_title(title)
    axes.set_xlim(0, max(run.steps, 1))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    finite = np.concatenate([s[np.isfinite(s)] for s in series.values()])
    if axes.get_yscale() == "log" and finite.size:
        low, high = finite.min(), finite.max()
        low = max(low, high * 1e-15)
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_minor_locator(NullLocator())
    elif finite.size:
        low, high = finite.min(), finite.max()
        pad = 0.08 * (high - low) or 0.1 * abs(high) or 0.1
        axes.set_ylim(low - pad, high + pad)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.grid(True, axis="y", color=theme.faint, alpha=0.25)
    lines = []
    for (name, values), style in zip(series.items(), cycle(styles), strict=False):
        (line,) = axes.plot([], [], color=style.colour, ls=style.dashes, label=name)
        (dot,) = axes.plot([], [], style.marker, color=style.colour, mec=theme.paper)
        made.moving += [line, dot]
        lines.append((line, dot, values))

    def update(look: int) -> None:
        for line, dot, values in lines:
            line.set_data(np.arange(look + 1), values[: look + 1])
            dot.set_data([look], [values[look]])

    made.updates.append(update)
