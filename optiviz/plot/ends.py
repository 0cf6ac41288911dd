"""What is written at the lines themselves: their names where they end, and what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from optiviz.plot.still import Still
from optiviz.plot.style import Line
from optiviz.plot.words import fit_name

__all__ = ["apart", "counted", "name_ends", "name_times"]

Array = npt.NDArray[Any]

LEADER = 0.022
"""How far a name stands from its panel, as a share of the width; a piece of its line leads there."""

SPACED = 1.25
"""How far names are apart at least, as a multiple of their height."""


def apart(places: npt.ArrayLike, least: float, low: float, high: float) -> Array:
    """The nearest places to these, in least squares, that are so far apart and between `low` and `high`.

    >>> apart([0.2, 0.9, 0.25], 0.1, 0.0, 0.95).round(3)
    array([0.175, 0.9  , 0.275])
    """
    places = np.asarray(places, np.float64)
    order = np.argsort(places, kind="stable")
    least = min(least, (high - low) / max(len(order) - 1, 1))
    steps = least * np.arange(len(order))
    blocks: list[tuple[float, int]] = []
    for place in places[order] - steps:
        mean, count = float(place), 1
        while blocks and blocks[-1][0] > mean:  # what is out of order has one place together
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    settled = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    found = np.empty(len(order))
    found[order] = np.clip(settled, low, high - (steps[-1] if len(steps) else 0)) + steps
    return found


def name_ends(made: Still, axes: Axes, names: Sequence[tuple[str, float, Line]], most: float) -> None:
    """Name lines at their right ends, within `most` of the width, which the panel leaves free for that.

    Args:
        made: the picture.
        axes: a panel whose limits are settled.
        names: what is written, the height on its axis where it belongs, and how the line looks.
        most: the largest share of the width that the names may take.
    """
    figure, box = made.figure, axes.get_position()
    width, height = made.size
    size = min(10 * made.scale, 0.72 * box.height * height * 0.98 / SPACED / max(len(names), 1))
    texts = [figure.text(0, 0, name, size=size, va="center_baseline") for name, *_ in names]
    for text in texts:
        fit_name(text, most)
    least = min((float(text.get_fontsize()) for text in texts), default=size)
    for text in texts:
        text.set_fontsize(least)
    boxes = [text.get_window_extent() for text in texts]
    right = box.x1 - max((each.width for each in boxes), default=0) / width - LEADER
    axes.set_position((box.x0, box.y0, right - box.x0, box.height))
    low, high = axes.get_ylim()
    ends = axes.transData.transform([(axes.get_xlim()[1], np.clip(y, low, high)) for _, y, _ in names])[:, 1] / height
    tall = max(each.height for each in boxes) / height
    for text, end, place, (_, _, line) in zip(
        texts, ends, apart(ends, SPACED * tall, box.y0 + tall / 2, box.y1), names, strict=True
    ):
        text.set_position((right + LEADER, place))
        way = ([right, right + 0.35 * LEADER, right + 0.8 * LEADER], [end, place, place])
        figure.add_artist(Line2D(*way, color=line.colour, lw=1.6 * made.scale, solid_joinstyle="round"))


def counted(names: Iterable[str]) -> list[str]:
    """What comes several times in a row is named once, with how often.

    >>> counted(["undo", "rate × 2", "rate × 2"])
    ['undo', 'rate × 2 (2 times)']
    """
    runs = ((name, len([*same])) for name, same in groupby(names))
    return [f"{name} ({count} times)" if count > 1 else name for name, count in runs]


def name_times(made: Still, axes: Axes, times: Sequence[tuple[float, str]], *, named: bool = True) -> None:
    """Upright lines over a panel at what happened there, with its name beside the line at the top.

    Where two are so near that their names would lie on one another, they share one.
    """
    shown: list[tuple[float, float, list[str]]] = []
    tall = 1.3 * 9 * made.scale / 72 * made.figure.dpi
    panel = axes.get_window_extent()
    for x, name in sorted(times, key=lambda time: time[0]):
        axes.axvline(x, color=made.style.ink, lw=1.1 * made.scale, ls=(0, (2, 2)), alpha=0.7, zorder=2)
        at = float(axes.transData.transform((x, axes.get_ylim()[0]))[0])
        if shown and at - shown[-1][1] < tall:
            shown[-1][2].append(name)
        else:
            shown.append((x, at, [name]))
    if not named:
        return
    for x, at, names in shown:
        text = axes.text(
            x,
            0.985,
            ", ".join(counted(names)),
            transform=axes.get_xaxis_transform(),
            size=9 * made.scale,
            ha="left" if at - panel.x0 < tall else "right",
            va="top",
            zorder=6,
            path_effects=[withStroke(linewidth=3 * made.scale, foreground=made.style.paper)],
        )
        fit_name(text, 0.85 * panel.height / made.size[0])
        text.set_rotation(90)
