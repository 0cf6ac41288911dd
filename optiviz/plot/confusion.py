"""What is taken for what: a table of the classes and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from optiviz.plot.alt_networks import of_confusion
from optiviz.plot.images import GREY
from optiviz.plot.still import RIGHT, Still, still
from optiviz.plot.style import Style
from optiviz.plot.words import fit, fit_name, legible, percent

__all__ = ["confusions", "draw_confusion"]

Array = npt.NDArray[Any]

BOTTOM, LEFT = 0.05, 0.02
NAMES = 0.17
"""The share of the width that names of classes take at most, and how much of the height below."""

MATRIX = 0.62
"""The share of the width that the table takes at most, with its names; the rest has the worst confusions."""

SHARES = (0, 0.01, 0.1, 0.25, 0.5, 1)
"""What is written beside the colours, which tell small shares apart better than large ones."""

SMALLEST = 5.5
"""Numbers that would be smaller than this, in points at a height of 540 pixels, are left out."""

LISTED = 7
"""So many confusions are written out at most."""


def draw_confusion(
    matrix: Array, classes: Sequence[str], *, size: tuple[int, int] | None = None, style: str = "light"
) -> Still:
    """A row for each class, and in it as colour which share of it got which answer; beside it the worst confusions.

    Args:
        matrix: how many examples of each class (row) got each answer (column), (K, K).
        classes: their K names.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: it is no such table, or nothing was counted.
    """
    matrix = np.asarray(matrix)
    if matrix.shape != (len(classes), len(classes)) or len(classes) < 2 or np.any(~(matrix >= 0)):
        raise ValueError(f"matrix has counts (K, K) for K classes, not {matrix.shape} for {len(classes)} names")
    if not matrix.sum():
        raise ValueError("no example was counted: the matrix has only zeros")
    names, worst = [legible(str(name)) for name in classes], confusions(matrix)
    facts = [f"{int(matrix.sum()):,} examples, {len(names)} classes", "colour: share of the class that got the answer"]
    with still(_title(matrix, names, worst), facts, size, style) as made:
        axes = _table(made, matrix, names)
        _bar(made, axes)
        _list(made, axes, matrix, names, worst)
        made.words = of_confusion(matrix, [" ".join(str(name).split()) for name in classes], worst)
    return made


def confusions(matrix: Array) -> list[tuple[int, int]]:
    """Which class is taken for which, the largest share of a class first; what never happens is left out."""
    shares = _shares(matrix)
    np.fill_diagonal(shares, 0)
    order = np.lexsort([-matrix.ravel(), -shares.ravel()])
    truth, answer = np.unravel_index(order[shares.ravel()[order] > 0], matrix.shape)
    return [*zip(truth.tolist(), answer.tolist(), strict=True)]


def _shares(matrix: Array) -> Array:
    rows = matrix.sum(axis=1, keepdims=True)
    return np.asarray(matrix / np.where(rows, rows, 1))


def _title(matrix: Array, names: Sequence[str], worst: Sequence[tuple[int, int]]) -> str:
    right = percent(float(np.trace(matrix) / matrix.sum()))
    if not worst:
        return f"{right} right: nothing is confused"
    truth, answer = worst[0]
    return f"{right} right; {names[truth]} is taken for {names[answer]} most: {percent(_shares(matrix)[truth, answer])}"


def _table(made: Still, matrix: Array, names: Sequence[str]) -> Axes:
    """The cells, as square as they can be, with the names of the classes and the numbers that fit."""
    width, height = made.size
    axes = made.figure.add_axes((0.3, 0.3, 0.3, 0.3))
    axes.imshow(
        _shares(matrix), cmap=_colours(made.style), norm=PowerNorm(0.5, 0, 1), aspect="auto", interpolation="nearest"
    )
    size = 10 * made.scale
    titles = [made.figure.text(0, 0, title, size=size, weight="bold") for title in ("class", "answer")]
    line = 1.25 * titles[0].get_window_extent().height
    sides = [made.figure.text(0, 0, name, size=size, ha="right", va="center") for name in names]
    unders = [made.figure.text(0, 0, name, size=size, ha="center", va="top") for name in names]
    for text in (*sides, *unders):
        fit_name(text, NAMES * (height / width if text in unders else 1))
    beside = max(text.get_window_extent().width for text in (*sides, titles[0])) / width
    widest = max(text.get_window_extent().width for text in unders)
    left = LEFT + beside + 0.008
    wide, top = MATRIX - left, made.top - 1.25 * line / height
    upright = widest > 0.95 * wide * width / len(names)
    below = (widest if upright else line) / height + 0.015
    bottom = BOTTOM + line / height + below
    high = top - bottom
    wide = min(wide, 1.5 * high * height / width)
    axes.set_position((left, bottom, wide, high))
    rows, columns = high / len(names), wide / len(names)
    every = _every(rows * height, line), _every(columns * width, line if upright else 0)
    for i, (side, under) in enumerate(zip(sides, unders, strict=True)):
        side.set_position((left - 0.008, bottom + high - (i + 0.5) * rows))
        under.set(position=(left + (i + 0.5) * columns, bottom - 0.012), rotation=90 if upright else 0)
        side.set_visible(i % every[0] == 0)
        under.set_visible(i % every[1] == 0)
    titles[0].set(position=(left - 0.008, made.top), ha="right", va="top")
    titles[1].set(position=(left + wide / 2, BOTTOM), ha="center", va="bottom")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    _numbers(made, axes, matrix, (columns * width, rows * height))
    return axes


def _every(pitch: float, line: float) -> int:
    """Each how manieth name is written, so that they do not lie on one another."""
    return next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * pitch >= 0.8 * line)


def _numbers(made: Still, axes: Axes, matrix: Array, cell: tuple[float, float]) -> None:
    """How many, in each cell that has any, in letters that fit; or none."""
    longest = f"{int(matrix.max()):d}"
    probe = made.figure.text(0, 0, longest, size=10 * made.scale)
    box = probe.get_window_extent()
    probe.remove()
    size = 10 * made.scale * min(1, 0.84 * cell[0] / box.width, 0.8 * cell[1] / box.height)
    if size < SMALLEST * made.scale:
        return
    shares, colours = _shares(matrix), _colours(made.style)
    for (i, j), count in np.ndenumerate(matrix):
        if count:
            dark = colours(np.sqrt(shares[i, j]))[:3] @ np.array(GREY) < 0.5
            lighter, darker = sorted((made.style.paper, made.style.ink), key=lambda c: -float(np.dot(to_rgb(c), GREY)))
            look: Any = {"size": size, "ha": "center", "va": "center", "color": lighter if dark else darker}
            axes.text(j, i, f"{int(count):d}", label=f"{i} {j}", **look)


def _colours(style: Style) -> LinearSegmentedColormap:
    """From the paper, where there is nothing, to the ink."""
    middle = "#808080" if style.grey else style.lines[0].colour
    return LinearSegmentedColormap.from_list("shares", [(0, style.paper), (0.6, middle), (1, style.ink)])


def _bar(made: Still, axes: Axes) -> None:
    """What the colours mean."""
    place = axes.get_position()
    bar = made.figure.add_axes((place.x1 + 0.015, place.y0, 0.014, place.height), label="colours")
    levels = np.linspace(0, 1, 257)
    bar.pcolormesh([0, 1], levels, levels[:-1, None] ** 1, cmap=_colours(made.style), rasterized=True)
    bar.set(xticks=[], ylim=(0, 1))
    bar.yaxis.tick_right()
    bar.yaxis.set_major_locator(FixedLocator([float(np.sqrt(share)) for share in SHARES]))
    bar.yaxis.set_major_formatter(FuncFormatter(lambda root, _: f"{100 * root**2:.0f} %"))
    bar.yaxis.set_minor_locator(NullLocator())
    bar.tick_params(labelsize=9 * made.scale, length=2 * made.scale)
    bar.spines[:].set(visible=True, linewidth=0.6 * made.scale)


def _list(made: Still, axes: Axes, matrix: Array, names: Sequence[str], worst: Sequence[tuple[int, int]]) -> None:
    """The worst confusions in words, each with a bar as long as its share of the class."""
    place = axes.get_position()
    left = place.x1 + 0.095 * made.style.grow
    room, grow = RIGHT - left, made.style.grow
    head = made.figure.text(left, place.y1, "most often wrong" if worst else "nothing is confused", va="top")
    head.set(size=11 * made.scale, weight="bold")
    fit(head, room)
    shares = _shares(matrix)
    step = min(0.115 * grow, (place.height - 0.05 * grow) / LISTED)
    count = min(LISTED, len(worst))
    for k, (truth, answer) in enumerate(worst[:count]):
        y = place.y1 - 0.06 * grow - k * step
        share = shares[truth, answer]
        size = min(10 * made.scale, 0.4 * step * made.size[1] * 0.72)
        text = made.figure.text(left, y, f"{names[truth]} → {names[answer]}", size=size, va="top")
        told = made.figure.text(RIGHT, y, percent(share), size=size, va="top", ha="right")
        fit_name(text, room - told.get_window_extent().width / made.size[0] - 0.01)
        long = room * share / shares[worst[0]]
        colour = made.style.lines[0].colour
        bar = Rectangle((left, y - 0.68 * step), long, 0.16 * step, color=colour, lw=0, label=f"share {k}")
        made.figure.add_artist(bar)
