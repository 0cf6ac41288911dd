"""Panels of what changes over the steps: the loss, and what the rule remembered."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from optiviz.descent import Trajectory
from optiviz.names import symbol
from optiviz.plot.canvas import Picture, place
from optiviz.plot.style import Line
from optiviz.plot.words import fit
from optiviz.surfaces import Grid

__all__ = ["draw_loss", "draw_memory", "log_ticks", "over_steps"]

Array = npt.NDArray[Any]


def draw_loss(
    made: Picture,
    axes: Axes,
    losses: Mapping[str, Array],
    grid: Grid,
    styles: Sequence[Line],
    *,
    lost: Collection[str] = (),
    name: str = "loss",
    decades: int = 15,
) -> None:
    """Losses over the steps: their height above the minimum on a log scale where that shows more.

    Args:
        made: the picture.
        axes: where to draw.
        losses: by name an array (T+1,), or (T+1, 3) for a line between the edges of a band.
        grid: the surface, which may know how low one can get.
        styles: how the lines look.
        lost: those that diverged; they may leave the panel through its top.
        name: what is drawn, for the title.
        decades: how many powers of ten there is room for on a log scale, from the highest down.
    """
    values = {label: np.where(np.isfinite(loss), loss, np.nan) for label, loss in losses.items()}
    low = grid.lowest if grid.lowest is not None else 0.0
    above = {label: value - low for label, value in values.items()}
    calm = [label for label in losses if label not in lost] or [*losses]
    seen = np.concatenate([above[label].ravel() for label in calm])
    positive = seen[seen > 0]
    if not np.any(seen < -1e-9) and len(positive) and positive.max() > 30 * positive.min():
        above = {label: np.where(height > 0, height, np.nan) for label, height in above.items()}
        axes.set_yscale("log")
        name = name if low == 0 else f"{name} above the minimum"
        over_steps(made, axes, above, f"{name} (log scale)", styles, calm, decades)
    else:
        over_steps(made, axes, values, name, styles, calm)


def draw_memory(made: Picture, axes: Axes, run: Trajectory) -> Legend:
    """The hyperparameters that are scheduled and what the rule remembers; else its learning rate."""
    series: dict[str, Array] = {}
    for name, array in run.slots.items():
        drawn = f"${symbol(name).latex}$"
        with np.errstate(over="ignore"):  # of what a rule for matrices remembers, the length of it all
            size = np.linalg.norm(array.reshape(len(array), -1), axis=-1) if array.ndim > 1 else array
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
    over_steps(made, axes, series, title, made.style.lines)
    if not logarithmic and not run.slots and not run.rates and finite.size:
        axes.set_ylim(0, 2 * finite.max())
    axes.set_xlabel("step", labelpad=2)
    return axes.legend(
        loc="lower right",
        bbox_to_anchor=(0.985, -0.005),
        bbox_transform=made.figure.transFigure,
        ncols=len(series),
        handlelength=1.8,
        columnspacing=1,
        borderaxespad=0.2,
    )


def log_ticks(made: Picture, axes: Axes, most: int) -> int:
    """How many powers of ten there is room for beside a panel."""
    return min(max(int(axes.get_window_extent().height / (20 * made.scale)), 2), most)


def over_steps(
    made: Picture,
    axes: Axes,
    series: Mapping[str, Array],
    title: str,
    styles: Sequence[Line],
    framed: Collection[str] = (),
    decades: int = 15,
    first: int = 0,
) -> None:
    """Lines that grow with the steps, which are counted from `first`.

    The panel is as high as those that are `framed`, all if none is.
    """
    axes.set_title(title)
    fit(axes._left_title, axes.get_position().width)  # type: ignore[attr-defined]
    axes.set_xlim(first, max(made.looks - 1, first + 1))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    finite = np.concatenate([series[name][np.isfinite(series[name])] for name in framed or series])
    if axes.get_yscale() == "log" and finite.size:
        low, high = finite.min(), finite.max()
        low = max(low, high * 10.0**-decades)
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
        axes.yaxis.set_major_locator(LogLocator(numticks=log_ticks(made, axes, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
    elif finite.size:
        low, high = finite.min(), finite.max()
        pad = 0.08 * (high - low) or 0.1 * abs(high) or 0.1
        axes.set_ylim(low - pad, high + pad)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
    drawn = []
    thin = rcParams["lines.linewidth"] * (1 if len(series) <= 4 else 0.7)
    for (name, values), style in zip(series.items(), cycle(styles), strict=False):
        band = None
        if values.ndim > 1:
            band = axes.fill_between(
                [], [], [], color=style.colour, alpha=0.22 if len(series) <= 4 else 0.12, lw=0, label=f"_band of {name}"
            )
        (line,) = axes.plot([], [], color=style.colour, ls=style.dashes, lw=thin, label=name)
        (dot,) = axes.plot([], [], style.marker, color=style.colour, mec=made.style.paper)
        drawn.append((band, line, dot, values))
    made.moving += [band for band, *_ in drawn if band is not None]
    made.moving += [artist for _, line, dot, _ in drawn for artist in (line, dot)]

    def update(look: int) -> None:
        for band, line, dot, values in drawn:
            last = min(look, len(values) - 1)
            shown, steps = values[: last + 1], np.arange(first, first + last + 1)
            if band is not None:
                band.set_data(steps, shown[:, 0], shown[:, 2])
                shown = shown[:, 1]
            line.set_data(steps, shown)
            place(dot, steps[-1:], shown[-1:])

    made.updates.append(update)
