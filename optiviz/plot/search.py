"""What a search over hyperparameters found, and a test of learning rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

from optiviz.plot.alt_networks import of_rate_test, of_search
from optiviz.plot.ends import name_times
from optiviz.plot.still import Still, beside_numbers, side_by_side, still, titled
from optiviz.plot.words import fit_name, legible, plain

__all__ = ["draw_rate_test", "draw_search"]

Array = npt.NDArray[Any]

MOST = 8
"""So many hyperparameters have a panel."""

FEW = 5
"""So many values at most each have a number on the axis."""

FAR = 3.0
"""A trial is outside that is so many times as far above the best as three of four are."""

DECADES = 30
"""Losses that span more than this factor are drawn on a log scale."""


def draw_search(
    trials: Sequence[Mapping[str, Any]],
    losses: Sequence[float | None],
    *,
    logarithmic: Collection[str] = (),
    of: str = "loss",
    better: Literal["lower", "higher"] = "lower",
    note: str = "",
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """The loss of each trial over each hyperparameter, a panel for each, with the best marked and the failed on top.

    Args:
        trials: the values of each, numbers or words, by their names; one that a trial has not is left out there.
        losses: what came of each; None, NaN or infinity if it failed or diverged.
        logarithmic: the hyperparameters that were searched on a log scale.
        of: what `losses` are, such as "validation loss" or "accuracy".
        better: whether lower or higher is better.
        note: what made them, such as "random search, seed 0".
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there is no trial, not a loss for each, or more hyperparameters than there is room for.
    """
    found = np.array([np.nan if loss is None else float(loss) for loss in losses])
    names = list(dict.fromkeys(name for trial in trials for name in trial))
    if not trials or len(found) != len(trials) or not 1 <= len(names) <= MOST:
        raise ValueError(
            f"a search has a loss for each trial and one to {MOST} hyperparameters, not {len(trials)} trials, "
            f"{len(found)} losses and {len(names)} hyperparameters"
        )
    stood = np.isfinite(found)
    sign = 1 if better == "lower" else -1
    best = int(np.argmin(np.where(stood, sign * found, np.inf))) if stood.any() else None
    facts = [
        legible(note),
        f"{len(trials)} trial{'s' * (len(trials) != 1)}",
        f"★ the best by {legible(of)}" if best is not None else "",
    ]
    facts += [f"× {int((~stood).sum())} failed or diverged"] if not stood.all() else []
    low, high, scale = _range(sign * found[stood], sign)
    outside = stood & ((found > high) | (found < low))
    facts += [f"△ {int(outside.sum())} beyond what is drawn"] if outside.any() else []
    with still(_title(trials, found, best, of), facts, size, style) as made:
        rows = 1 if len(names) <= 4 else 2
        for axes, name in zip(_panels(made, len(names), rows), names, strict=True):
            axes.set_yscale(scale)
            axes.set_ylim(low, high)
            _points(made, axes, [trial.get(name) for trial in trials], found, best, name in logarithmic)
            if rows == 1:
                axes.set_xlabel(legible(name))
            else:  # between two rows there is room for one line
                titled(axes, legible(name))
            axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
            if scale == "log":
                axes.yaxis.set_major_locator(LogLocator(numticks=6))
                axes.yaxis.set_minor_locator(NullLocator())
            else:
                axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        first = made.figure.axes[0]
        beside_numbers(made, first)
        if rows == 1:
            titled(first, legible(of))
        for k, axes in enumerate(made.figure.axes):
            axes.tick_params(labelleft=k % -(-len(names) // rows) == 0)
        values = {n: _written(v) for n, v in trials[best].items()} if best is not None else {}
        told = None if best is None else (values, float(found[best]))
        made.words = of_search(names, len(trials), int((~stood).sum()), told, of)
    return made


def _panels(made: Still, count: int, rows: int) -> list[Axes]:
    """A panel for each, in one row or two, with room for numbers below each and a title above."""
    columns = -(-count // rows)
    panels = side_by_side(made, columns)
    if rows == 1:
        return panels
    low = side_by_side(made, columns)
    place = panels[0].get_position()
    over, under = 0.04 * made.style.grow, 0.075 * made.style.grow
    bottom = place.y0 - 0.04 * made.style.grow
    high = (place.y1 - bottom - over - under) / 2
    for axes in panels:
        box = axes.get_position()
        axes.set_position((box.x0, place.y1 - high, box.width, high))
    for axes in low:
        box = axes.get_position()
        axes.set_position((box.x0, bottom, box.width, high))
    for axes in low[count - columns :]:
        axes.remove()
    return [*panels, *low[: count - columns]]


def _range(badness: Array, sign: int) -> tuple[float, float, str]:
    """From where to where the results are, with room above for those that have none, and on which scale.

    The worst are left outside, if they are so far off that all others would look alike.
    """
    if not badness.size:
        return 0.0, 1.0, "linear"
    usual = np.quantile(badness, 0.75)
    seen = sign * badness[badness <= usual + FAR * (usual - badness.min())]
    low, high = float(seen.min()), float(seen.max())
    if low > 0 and high > DECADES * low:
        return low / (high / low) ** 0.06, high * (high / low) ** 0.2, "log"
    reach = high - low or abs(high) or 1.0
    return low - 0.06 * reach, high + 0.2 * reach, "linear"


def _points(made: Still, axes: Axes, values: Sequence[Any], losses: Array, best: int | None, logarithmic: bool) -> None:
    """A dot for each trial that has a value, a star for the best, a cross on top for each that failed."""
    there = [i for i, value in enumerate(values) if value is not None]
    numbers = all(isinstance(values[i], (int, float)) and not isinstance(values[i], bool) for i in there)
    kinds = list(dict.fromkeys(_written(values[i]) for i in there))
    shift = (np.arange(len(there)) * 0.618 % 1 - 0.5) * 0.35  # beside one another where they would lie on one another
    if numbers:
        x = np.array([float(values[i]) for i in there])
    else:
        x = np.array([kinds.index(_written(values[i])) for i in there]) + shift
    y, scale, (low, high) = losses[there], made.scale, axes.get_ylim()
    lost, outside = ~np.isfinite(y), (y < low) | (y > high)
    stood = ~(lost | outside)
    dot = made.style.lines[0].colour
    dots: dict[str, Any] = {"ls": "", "ms": 5 * scale, "alpha": 0.8, "color": dot, "zorder": 3}
    axes.plot(x[stood], y[stood], "o", label="trials", **dots)
    cross: dict[str, Any] = {"ls": "", "ms": 6 * scale, "mew": 1.6 * scale, "color": made.style.warning, "zorder": 3}
    top: dict[str, Any] = {"transform": axes.get_xaxis_transform()}
    axes.plot(x[lost], np.full(lost.sum(), 0.95), "x", label="failed", **top, **cross)
    axes.plot(x[outside], np.full(outside.sum(), 0.89), "^", label="outside", **top, **dots | {"mfc": "none"})
    if best in there:
        at = there.index(best)
        star: dict[str, Any] = {"color": made.style.lines[1].colour, "mec": made.style.ink, "mew": 1.1 * scale}
        axes.plot(x[at], y[at], "*", ms=15 * scale, ls="", zorder=5, label="best", clip_on=False, **star)
    if not numbers:
        axes.set_xlim(-0.6, len(kinds) - 0.4)
        axes.set_xticks(range(len(kinds)), [legible(kind) for kind in kinds])
        share = axes.get_position().width / np.ptp(axes.get_xlim())
        axes.tick_params(axis="x", labelsize=9 * scale)
        labels = axes.get_xticklabels()
        for label in labels:
            fit_name(label, 0.95 * share)
        axes.set_xticks(range(len(kinds)), [label.get_text() for label in labels])  # else they are whole again
        return
    if logarithmic and len(x) and x.min() > 0:
        axes.set_xscale("log")
        _round_ticks(axes, x)
    elif not (x % 1).any() and np.diff(tried := np.unique(x)).min(initial=np.inf) > np.ptp(x) / FEW:
        axes.set_xticks(tried, [plain(value) for value in tried])  # whole numbers that lie well apart
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.margins(x=0.08)
    axes.tick_params(axis="x", labelsize=9 * scale)


def _round_ticks(axes: Axes, x: Array) -> None:
    """Powers of ten, or where there are not two of them the values, if they are few, or those at the ends."""
    low, high = float(x.min()), float(x.max())
    powers = np.floor(np.log10(high)) - np.ceil(np.log10(low)) + 1
    if powers >= 2:
        axes.xaxis.set_major_locator(LogLocator(numticks=4))
    else:
        ticks = np.unique(x) if len(np.unique(x)) <= FEW else np.array([low, high])
        axes.set_xticks(ticks, [plain(value) for value in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _written(value: Any) -> str:
    return plain(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def _title(trials: Sequence[Mapping[str, Any]], losses: Array, best: int | None, of: str) -> str:
    if best is None:
        return f"Not one of {len(trials)} trials came to an end"
    values = ", ".join(f"{legible(name)} {legible(_written(value))}" for name, value in trials[best].items())
    said = legible(of)
    return f"{said[0].upper()}{said[1:]} {plain(float(losses[best]))} with {values}"


def draw_rate_test(
    rates: Array,
    losses: Array,
    smoothed: Array,
    suggested: float | None,
    *,
    rises: float | None = None,
    note: str = "",
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """The loss while the learning rate grows from update to update: where it rises, and a rate well below that.

    Args:
        rates: the learning rate of each update, growing (T,).
        losses: the loss of each batch (T,).
        smoothed: the same smoothed (T,).
        suggested: the rate to begin with; None if none can be told.
        rises: the rate from which on the loss rises; None if it does not.
        note: what was tried, such as "sgd on fashion_cnn, shapes".
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: the arrays do not fit together, or have no number in them.
    """
    rates, losses, smoothed = (np.asarray(values, np.float64) for values in (rates, losses, smoothed))
    if not {rates.shape, losses.shape, smoothed.shape} == {(rates.size,)} or rates.size < 2 or not rates.min() > 0:
        raise ValueError(
            "rates, losses and smoothed have a number for each of two or more updates, the rates above zero, not "
            f"{rates.shape}, {losses.shape} and {smoothed.shape}"
        )
    if not np.isfinite(smoothed).any():
        raise ValueError("not one of the smoothed losses is a finite number")
    with still(_found(suggested, rises), [legible(note), "thin: the loss of each batch"], size, style) as made:
        (axes,) = side_by_side(made, 1)
        line = made.style.lines[0]
        axes.set_xscale("log")
        thin: dict[str, Any] = {"color": line.colour, "lw": 0.9 * made.scale, "alpha": 0.4, "zorder": 1}
        axes.plot(rates, np.where(np.isfinite(losses), losses, np.nan), label="batches", **thin)
        axes.plot(
            rates, np.where(np.isfinite(smoothed), smoothed, np.nan), color=line.colour, label="smoothed", zorder=3
        )
        axes.set_xlim(rates[0], rates[-1])
        _above_the_lowest(axes, smoothed, rates, rises)
        marks = []
        if rises is not None:
            axes.axvspan(rises, rates[-1], color=made.style.warning, alpha=0.12, lw=0, label="rises")
            marks.append((rises, f"rises from {plain(rises)}"))
        if suggested is not None:
            at = float(np.interp(np.log(suggested), np.log(rates), smoothed))
            star: dict[str, Any] = {"color": made.style.lines[1].colour, "mec": made.style.ink, "ls": ""}
            axes.plot(suggested, at, "*", ms=17 * made.scale, zorder=7, label="suggested", clip_on=False, **star)
            marks.append((suggested, f"begin with {plain(suggested)}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("learning rate (log scale)")
        axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
        titled(axes, "loss, smoothed")
        beside_numbers(made, axes)
        name_times(made, axes, marks)
        made.words = of_rate_test(rates, smoothed, suggested, rises)
    return made


def _above_the_lowest(axes: Axes, smoothed: Array, rates: Array, rises: float | None) -> None:
    """As high as it is before it rises, and as much again."""
    calm = smoothed[np.isfinite(smoothed) & (rates <= (np.inf if rises is None else rises))]
    calm = calm if calm.size else smoothed[np.isfinite(smoothed)]
    low, high = float(calm.min()), float(calm.max())
    reach = high - low or abs(high) or 1.0
    axes.set_ylim(low - 0.15 * reach, high + (0.6 if rises is not None else 0.15) * reach)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def _found(suggested: float | None, rises: float | None) -> str:
    above = f"the loss rises from {plain(rises)}" if rises is not None else ""
    if suggested is None:
        return f"No learning rate to begin with{f': {above} on' if above else ' stands out'}"
    return f"Begin with a learning rate of {plain(suggested)}" + (f": {above}" if above else "")
