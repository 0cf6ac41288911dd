"""Curves: learning rates over the updates, and a series with its moving averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from optiviz.names import symbol
from optiviz.plot.alt import of_averages, of_rates
from optiviz.plot.still import Still, marked, shows_more, still
from optiviz.plot.style import LIGHT
from optiviz.plot.words import label

__all__ = ["draw_averages", "draw_rates", "thinned"]

Array = npt.NDArray[Any]

BOTTOM, LEFT, RIGHT = 0.115, 0.085, 0.975
PER_PIXEL = 2
"""Of a series with more values than this for each pixel only the lowest and highest of each group are drawn."""

DASHED = (0, (3, 1.6))
WINDOWS, BESIDE = 2, 0.3
"""So many of the longest windows are the beginning, and this share of the width shows it where it is not seen else."""


def draw_rates(rates: Mapping[str, Array], *, size: tuple[int, int] | None = None, style: str = "light") -> Still:
    """Learning rates over the completed updates, in one picture.

    Args:
        rates: the rates after 0, 1, 2, ... updates, by what they are called in the legend.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there are more than can be told apart.
    """
    if len(rates) > len(LIGHT.lines):
        raise ValueError(f"a picture shows up to {len(LIGHT.lines)} schedules, not {len(rates)}; make several pictures")
    title = "Learning-rate schedule" if len(rates) == 1 else "Learning-rate schedules"
    facts = [rf"${symbol('lr').latex}$(t) is the rate of the update after t completed ones"]
    with still(title, facts, size, style) as made:
        axes = made.figure.add_axes((0.1, 0.1, 0.8, 0.6))
        every = np.concatenate([np.asarray(values) for values in rates.values()])
        logarithmic = shows_more(every)
        lines = []
        for (name, values), line in zip(rates.items(), cycle(made.style.lines), strict=False):
            shown = np.where(values > 0, values, np.nan) if logarithmic else values
            look = marked(line, len(rates) > 4)  # no more have dashes of their own
            lines += axes.plot(*_with_drops(shown, logarithmic), color=line.colour, ls=line.dashes, label=name, **look)
        _settle(made, axes, lines, list(rates), len(values) - 1)
        axes.set_xlabel("completed updates t")
        axes.set_ylabel(rf"${symbol('lr').latex}$" + ("  (log scale)" if logarithmic else ""), fontsize=13 * made.scale)
        if logarithmic:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=8))
            axes.yaxis.set_minor_locator(NullLocator())
        else:
            axes.set_ylim(min(0.0, 1.05 * float(np.nanmin(every))), (1.06 * float(np.nanmax(every))) or 1.0)
            axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        made.words = of_rates(rates)
    return made


def _with_drops(values: Array, logarithmic: bool) -> tuple[Array, Array]:
    """The points of a line that falls upright where a rate leaps: much farther than in the updates around."""
    with np.errstate(all="ignore"):
        leap = np.abs(np.diff(np.log(values) if logarithmic else values))
    around = np.maximum(np.append(leap[1:], 0), np.insert(leap[:-1], 0, 0)) if len(leap) else leap
    drops = np.flatnonzero(leap > 4 * around + 1e-3 * np.max(leap, initial=0)) + 1
    t = np.arange(len(values))
    return np.insert(t, drops, drops), np.insert(values, drops, values[drops - 1])


def _settle(made: Still, axes: Axes, handles: list[Any], names: list[str], last: float) -> None:
    """The legend above, the axes in what is left, and the grid."""
    made.legend(handles, [label(name) for name in names])
    left, bottom, right = made.room(LEFT, BOTTOM, RIGHT)
    axes.set_position((left, bottom, right - left, made.top - bottom))
    axes.set_xlim(0, max(last, 1))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{t:,.0f}"))
    axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)


def draw_averages(
    series: Array,
    averages: Mapping[float, tuple[Array, Array]],
    windows: Mapping[float, float],
    *,
    equations: Sequence[str],
    name: str,
    source: str = "",
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """A series and its moving averages: corrected as a solid line, uncorrected as a dashed one.

    How the uncorrected ones begin too low stands beside it, where it is too short or too deep to be seen.

    Args:
        series: the values x(1), x(2), ...
        averages: by beta, the corrected and the uncorrected average after each value.
        windows: by beta, how many values the average looks back over.
        equations: of the corrected average, in LaTeX, for the caption.
        name: what the values are.
        source: where they come from, for the caption.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there are more than can be told apart.
    """
    if len(averages) > len(LIGHT.lines):
        raise ValueError(
            f"a picture shows up to {len(LIGHT.lines)} averages, not {len(averages)}; make several pictures"
        )
    formula = ",  corrected:  ".join(f"${line}$" for line in equations)
    plain = source.replace("$", r"\$")
    with still(f"Moving averages of {name}".replace("$", r"\$"), [formula, plain], size, style) as made:
        axes = made.figure.add_axes((0.1, 0.1, 0.8, 0.6))
        handles = _curve(axes, series, color=made.style.faint, lw=1.2 * made.scale, alpha=0.75)
        labels = ["the series"]
        for (beta, (corrected, uncorrected)), line in zip(averages.items(), cycle(made.style.lines), strict=False):
            handles += _curve(axes, corrected, color=line.colour, **marked(line, made.style.grey))
            _curve(axes, uncorrected, color=line.colour, ls=DASHED, lw=1.7 * made.scale)
            labels.append(rf"$\beta$ = {beta:.6g}, window {windows[beta]:.4g}")
        handles.append(Line2D([], [], color=made.style.ink, ls=DASHED, lw=1.7 * made.scale))
        _settle(made, axes, handles, [*labels, "uncorrected: begins at 0"], len(series))
        axes.set_xlim(1, max(len(series), 2))
        axes.set_xlabel("number of the value t")
        said = axes.set_ylabel((name if len(name) <= 24 else f"{name[:23]}…").replace("$", r"\$"))
        excess = said.get_window_extent().height / axes.get_window_extent().height
        said.set_fontsize(float(said.get_fontsize()) * min(1, 0.98 / excess))
        axes.set_ylim(*_seen(series, [pair[1] for pair in averages.values()]))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        begun = [pair[1][0] for pair in averages.values()]
        first = min(round(WINDOWS * max(windows.values())), len(series))
        if 4 * first < len(series) or not axes.get_ylim()[0] <= min(begun) <= max(begun) <= axes.get_ylim()[1]:
            _beginning(made, axes, series, averages, first)
        made.words = of_averages(series, averages, windows, name)
    return made


def _beginning(
    made: Still, axes: Axes, series: Array, averages: Mapping[float, tuple[Array, Array]], first: int
) -> None:
    """On the right the first values with all of their range, in the colours that they have on the left."""
    first = max(first, 10)
    place = axes.get_position()
    axes.set_position((place.x0, place.y0, (1 - BESIDE) * place.width - 0.06, place.height - 0.035))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    beside = made.figure.add_axes(
        (place.x1 - BESIDE * place.width, place.y0, BESIDE * place.width, place.height - 0.035)
    )
    lines = axes.get_lines()
    t = np.arange(1, min(first, len(series)) + 1)
    every = [series, *(average for pair in averages.values() for average in pair)]
    for i, (values, line) in enumerate(zip(every, lines, strict=True)):
        look: Any = {name: getattr(line, f"get_{name}")() for name in ("color", "linewidth", "alpha", "marker")}
        beside.plot(t, values[: len(t)], ls=DASHED if i and not i % 2 else "-", **look)
    beside.set_title(f"the first {len(t)} values")
    beside.set_xlabel(axes.get_xlabel())
    beside.set_xlim(1, len(t))
    beside.axhline(0, color=made.style.faint, lw=0.8 * made.scale)
    beside.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
    beside.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    beside.grid(True, axis="y", color=made.style.faint, alpha=0.25)


def thinned(axes: Axes, t: Array, values: Array) -> tuple[Array, Array]:
    """The points of a line; of very many what a pixel can show: the lowest and highest, and the ends."""
    group = len(values) // (PER_PIXEL * round(axes.bbox.width))
    if group <= 2:
        return t, values
    whole = values[: len(values) // group * group].reshape(-1, group)
    first = np.arange(len(whole)) * group
    at = np.sort(np.stack([first + whole.argmin(axis=1), first + whole.argmax(axis=1)], axis=1), axis=1).ravel()
    at = np.unique([*at, *range(len(whole) * group, len(values)), 0, len(values) - 1])
    return t[at], values[at]


def _curve(axes: Axes, values: Array, **style: Any) -> list[Any]:
    """A line over t = 1, 2, ..."""
    return axes.plot(*thinned(axes, np.arange(1, len(values) + 1), values), solid_joinstyle="round", **style)


def _seen(series: Array, uncorrected: list[Array]) -> tuple[float, float]:
    """The range of the series, and of the warm-up as much again: a series far from zero is not squeezed."""
    low, high = float(np.min(series)), float(np.max(series))
    reach = (high - low) or abs(high) or 1.0
    begins = [min(float(np.min(y)) for y in uncorrected), max(float(np.max(y)) for y in uncorrected)]
    return max(min(low, begins[0]), low - reach) - 0.05 * reach, min(max(high, begins[1]), high + reach) + 0.05 * reach
