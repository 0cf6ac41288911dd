"""A film strip: a few looks of a picture that moves beside each other, for print."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from optiviz.plot.canvas import Picture
from optiviz.plot.ground import UNNAMED
from optiviz.plot.style import themed
from optiviz.plot.words import fit, fit_facts, fit_legend

__all__ = ["MOST", "filmstrip", "strip_looks"]

MOST = 12
"""More looks than this are too small to see."""

IN_A_ROW = 4
"""More than so many looks stand in two rows, and more than so many names in a legend."""

EARLY = 2.5
"""The looks stand at the steps (i/n)**EARLY of all: most of them early, where a run is quick."""

HEAD, ABOVE, BELOW, NAME, ENTRIES = 84, 24, 32, 16, 23
"""In pixels of the light style: the title with its caption, the words over a panel, the numbers below the last, the
name of what they count, and a row of the legend."""

LEFT, RIGHT, BETWEEN = 50, 20, 26
"""Likewise: what is left of the first panel and right of the last, and between two."""

BODY = 0.85
"""How many times as high as wide the panel of a body is at least."""

UNDER = 12
"""Likewise: between two rows."""


def strip_looks(looks: int, count: int) -> list[int]:
    """Which looks a strip of `count` shows: the first, the last, and more of the early ones in between.

    >>> strip_looks(301, 6)
    [0, 5, 30, 84, 172, 300]
    >>> strip_looks(4, 6)
    [0, 1, 2, 3]
    """
    last = looks - 1
    chosen: list[int] = []
    for i, share in enumerate(np.linspace(0, 1, min(count, looks)) ** EARLY):
        rest = min(count, looks) - 1 - i
        chosen.append(min(max(round(share * last), chosen[-1] + 1 if chosen else 0), last - rest))
    return chosen


def filmstrip(shown: Picture, count: int = 6) -> Picture:
    """A picture that does not move, with a few looks of one that does: the surface alone, each with its step.

    It is as wide as that picture and as high as it needs to be.

    Args:
        shown: the picture of a run or a race.
        count: how many looks, from 2 to 12; all if there are no more.

    Raises:
        ValueError: the number is out of range, or the picture has no surface.

    >>> from optiviz import adam, minimize, rosenbrock
    >>> from optiviz.plot import picture
    >>> filmstrip(picture(minimize(rosenbrock, adam(lr=0.5)), rosenbrock.sample()), 3).words[:40]
    'At the steps 0, 35 and 200: adam with lr'
    """
    if shown.panel is None:
        raise ValueError("this picture has no surface to make a film strip of")
    if not 2 <= count <= MOST:
        raise ValueError(f"a film strip has from 2 to {MOST} looks, not {count}")
    looks = strip_looks(shown.resting + 1, count)
    rows = 1 if len(looks) <= IN_A_ROW else 2
    columns = -(-len(looks) // rows)
    own = shown.figure.axes[0].get_window_extent()
    scale, width = shown.scale, shown.size[0]
    wide = (width - (LEFT + RIGHT + BETWEEN * (columns - 1)) * scale) / columns
    high = wide * own.height / own.width
    if not shown.figure.axes[0].axison:  # a body, with its numbers around it
        high = max(high, BODY * wide)
    foot = BELOW + NAME * bool(shown.figure.axes[0].get_xlabel()) + ENTRIES * _entries(shown)
    height = round((HEAD + ABOVE * rows + UNDER * (rows - 1) + foot) * scale + high * rows)
    unit = shown.unit or shown.size[1]
    with Picture.drawn(shown.style.name, (width, height), 1, unit) as made:
        made.title, made.facts = shown.title, shown.facts
        _head(made)
        for i, look in enumerate(looks):
            row, column = divmod(i, columns)
            left = (LEFT + BETWEEN * column) * scale + wide * column
            top = height - (HEAD + ABOVE * (row + 1) + UNDER * row) * scale - high * row
            fine = round(unit * min(1, (wide / own.width) ** 0.5))  # smaller panels have finer lines
            with themed(made.style, fine):
                axes = made.figure.add_axes(
                    (left / width, (top - high) / height, wide / width, high / height),
                    projection=shown.figure.axes[0].name,
                )
                cell = Picture(made.figure, made.style, shown.looks, legend_room=0, unit=fine, turning=False)
                shown.panel(cell, axes)
                cell.show(look)
            axes.set_title(shown.says(look), fontsize=10.5 * scale, pad=5 * scale)
            fit(axes._left_title, wide / width)  # type: ignore[attr-defined]
            _trimmed(axes, first=column == 0, last=i + columns >= len(looks))
        _legend(made, made.figure.axes[0], shown)
        steps = ", ".join(map(str, looks[:-1]))
        made.words = f"At the steps {steps} and {looks[-1]}: {shown.words}"
    return made


def _entries(shown: Picture) -> int:
    """How many rows the legend has."""
    return 2 if len(shown.key) > IN_A_ROW else 1


def _head(made: Picture) -> None:
    scale, (width, height) = made.scale, made.size
    left = 19 * scale / width
    head = made.figure.text(left, 1 - 14 * scale / height, made.title, size=19 * scale, weight="bold", va="top")
    caption = made.figure.text(left, 1 - 54 * scale / height, "", size=11 * scale, va="top")
    fit(head, 1 - 2 * left)
    if fit_facts(caption, made.facts, 1 - 2 * left):
        caption.set_y(1 - 46 * scale / height)


def _trimmed(axes: Axes, *, first: bool, last: bool) -> None:
    """Numbers stand at the left and below; the panels have the same."""
    if not first:
        axes.tick_params(labelleft=False)
    if not last:
        axes.tick_params(labelbottom=False)
        axes.set_xlabel("")


def _legend(made: Picture, axes: Axes, shown: Picture) -> None:
    """What the marks and the lines are, in as few rows as there is room for, at the bottom."""
    handles: list[Any] = []
    labels: list[str] = []
    for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
        if name not in UNNAMED:
            handles.append(handle)
            labels.append(name)
    look: dict[str, Any] = {"mec": made.style.paper, "ms": 7 * made.scale}
    for name, line in shown.key.items():
        handles.append(Line2D([], [], color=line.colour, ls=line.dashes, marker=line.marker, **look))
        labels.append(name)
    if not handles:
        return
    rows = _entries(shown)
    legend = fit_legend(
        made.figure,
        handles,
        labels,
        1 - 2 * RIGHT * made.scale / made.size[0],
        loc="lower left",
        bbox_to_anchor=(RIGHT * made.scale / made.size[0], 0.0),
        ncols=-(-len(labels) // rows),
        handlelength=2.2,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.3,
    )
    for entry in legend.legend_handles:
        if entry is not None:
            entry.set_alpha(1)
