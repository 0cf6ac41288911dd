"""Maps: the loss over one or two hyperparameters, and where every start ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from optiviz.descent import DIVERGED, ESCAPED
from optiviz.experiments import Sensitivity
from optiviz.names import symbol
from optiviz.plot.alt import of_sensitivity
from optiviz.plot.still import DIVERGING, ESCAPING, Still, hatch, lost_look, scaled, spacing, still
from optiviz.plot.style import named_style
from optiviz.plot.words import number, point

__all__ = ["draw_sensitivity"]

Array = npt.NDArray[Any]

BOTTOM, LEFT, RIGHT = 0.125, 0.095, 0.965
BAR = 0.14
"""How much of the width the colours of a map and their numbers take."""
EDGE = "#ffffff"
"""Edges of marks on a map; white stands out from all of viridis."""
LOST = "#bd1f01"
"""Where runs diverge; in no other place is a map red."""
OUT = "#94a4a2"
"""Where runs escape."""
LOSSES = ((DIVERGED, LOST, DIVERGING, "diverged"), (ESCAPED, OUT, ESCAPING, "escaped below all that is drawn"))
"""The ways to be lost: which, its colour and its pattern, and what the legend says."""
DEEPEST = 1e-16
"""A loss smaller than this share of the first is zero but for rounding."""


def draw_sensitivity(
    found: Sensitivity, *, size: tuple[int, int] | None = None, style: str = "light", note: str = ""
) -> Still:
    """The loss at the end over one hyperparameter as a curve, over two as a map.

    Args:
        found: the sweep.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        note: what the rule's own values are, such as "watchable"; they are marked if it is not empty.
    """
    names = [_drawn(name) for name in found.axes]
    title = f"{found.rule} on {found.surface}: how {' and '.join(names)} matter{'s' if len(names) == 1 else ''}"
    highest = f"; {named_style(style).highest} is as high as at the start, or higher" if len(names) == 2 else ""
    facts = [f"loss after {found.steps} steps{highest}"]
    facts += [f"{_drawn(name)} = {number(value)}" for name, value in found.params.items()]
    facts += [f"start {point(found.start)}"]
    facts += [f"gradient noise {found.noise:.2g}, the same for all, seed {found.seed}"] if found.noise else []
    facts += [f"mini-batches of {found.batch_size}, the same for all, seed {found.seed}"] if found.batch_size else []
    with still(title, facts, size, style) as made:
        (_curve if len(names) == 1 else _map)(made, found, note)
        made.words = of_sensitivity(found, note)
    return made


def _drawn(name: str) -> str:
    return f"${symbol(name).latex}$"


def _where(values: dict[str, float]) -> str:
    return ", ".join(f"{_drawn(name)} = {number(float(f'{value:.3g}'))}" for name, value in values.items())


def _heights(found: Sensitivity) -> tuple[Array, str, bool]:
    """What is drawn of the loss: its height above the minimum where that is known and shows more."""
    value = np.where(np.isfinite(found.value) & (found.ending != DIVERGED), found.value, np.nan)
    low = 0.0 if found.lowest is None else found.lowest
    above, first = value - low, found.first - low
    seen = above[np.isfinite(above)]
    if not (first > 0 and seen.size and -1e-9 * first < seen.min() < seen.max() / 30):
        return value, "loss at the end", False
    name = "loss at the end" if low == 0 else "loss at the end, above the minimum"
    return np.maximum(above, DEEPEST * first), f"{name} (log scale)", True


def _curve(made: Still, found: Sensitivity, note: str) -> None:
    ((name, values),) = found.axes.items()
    colour = made.style.lines[0].colour
    height, label, logarithmic = _heights(found)
    low = 0.0 if found.lowest is None or not logarithmic else found.lowest
    left, bottom, right = made.room(LEFT, BOTTOM, RIGHT)
    axes = made.figure.add_axes((left, bottom, right - left, 0.6))
    handles: list[Any] = axes.plot(values, height, color=colour, label=label, zorder=3)
    labels = [f"after {found.steps} steps"]
    handles.append(axes.axhline(found.first - low, color=made.style.ink, ls=(0, (1, 1.5)), lw=1.4 * made.scale))
    labels.append("at the start")
    for ending, colour, pattern, word in LOSSES:
        look = lost_look(made, colour, pattern) | ({} if made.style.grey else {"alpha": 0.28})
        spans = _spans(found.ending == ending)
        edges = _edges(name, values)
        for first, last in spans:
            patch = axes.axvspan(edges[first], edges[last], label=word, **look)
        if spans:
            handles.append(patch)
            labels.append(word)
    for word, at, style in _marks(made, found, note, made.style.ink):
        i = int(np.abs(values - at[name]).argmin())
        handles += axes.plot(values[i], height[i], label=word, zorder=5, **style)
        labels.append(f"{word}: {_where(at)}")
    made.legend(handles, labels)
    axes.set_position((left, bottom, right - left, made.top - bottom))
    scaled(axes, "x", name, values)
    axes.set_xlim(values[0], values[-1])
    axes.set_xlabel(_axis_label(name), fontsize=12 * made.scale)
    axes.set_ylabel(label)
    axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
    shown = np.append(height[np.isfinite(height)], found.first - low)
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(shown.min() / 2, min(shown.max(), 1e3 * (found.first - low)) * 3)
        axes.yaxis.set_major_locator(LogLocator(numticks=8))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        top = min(shown.max(), found.first + 2 * (found.first - shown.min() or abs(found.first) or 1.0))
        axes.set_ylim(shown.min() - 0.06 * (top - shown.min() or 1.0), top + 0.06 * (top - shown.min() or 1.0))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def _axis_label(name: str) -> str:
    shown = _drawn(name)
    return shown if symbol(name).unicode == name else f"{shown}  ({name})"


def _spans(mask: Array) -> list[tuple[int, int]]:
    """Where runs of True begin and end: [first, last)."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


def _edges(name: str, values: Array) -> Array:
    """The edges of cells around these values, half-way as the axis is scaled."""
    _, there, back = spacing(name, values)
    place = there(values)
    if len(place) == 1:
        return np.array([back(place[0] - 0.5), back(place[0] + 0.5)])
    middle = (place[1:] + place[:-1]) / 2
    return np.asarray(back(np.concatenate([[2 * place[0] - middle[0]], middle, [2 * place[-1] - middle[-1]]])))


def _map(made: Still, found: Sensitivity, note: str) -> None:
    (across, x), (up, y) = found.axes.items()
    height, label, logarithmic = _heights(found)
    seen = height[np.isfinite(height)]
    first = found.first - (found.lowest or 0.0) if logarithmic else found.first
    top = min(float(seen.max(initial=first)), first) if seen.size else 1.0  # above the start is no way down
    low = float(seen.min(initial=top)) if seen.size else 0.0
    low = low if low < top else top - 1.0
    norm: Normalize = LogNorm(low, top, clip=True) if logarithmic else Normalize(low, top, clip=True)
    left, bottom, right = made.room(LEFT, BOTTOM, RIGHT)
    wide = right - left - BAR * made.style.grow
    axes = made.figure.add_axes((left, bottom, wide, 0.6))
    mesh = axes.pcolormesh(
        _edges(across, x),
        _edges(up, y),
        np.ma.masked_invalid(height).T,
        norm=norm,
        cmap=made.style.ramp,
        rasterized=True,
    )
    handles: list[Any] = []
    labels: list[str] = []
    for ending, colour, pattern, word in LOSSES:
        if (found.ending == ending).any():
            look = lost_look(made, colour, pattern)
            cells = np.ma.masked_where(found.ending != ending, np.ones(found.ending.shape)).T
            axes.pcolormesh(
                _edges(across, x),
                _edges(up, y),
                cells,
                cmap=ListedColormap([look["facecolor"]]),
                vmin=0,
                vmax=1,
                rasterized=True,
            )
            if made.style.grey:
                hatch(axes, x, y, (found.ending == ending).T, pattern)
            handles.append(Patch(**look))
            labels.append(word)
    for word, at, style in _marks(made, found, note, EDGE):
        handles += axes.plot(at[across], at[up], label=word, clip_on=False, **style)
        labels.append(f"{word}: {_where(at)}")
    if handles:
        for handle in made.legend(handles, labels).legend_handles:
            if isinstance(handle, Line2D):
                handle.set_markeredgecolor(made.style.ink)  # white would be lost on white paper
    axes.set_position((left, bottom, wide, made.top - bottom))
    for which, name, values in (("x", across, x), ("y", up, y)):
        scaled(axes, which, name, values)
        axes.set(**{f"{which}lim": _edges(name, values)[[0, -1]], f"{which}label": _axis_label(name)})
    axes.spines[["top", "right"]].set_visible(True)
    bar = made.figure.colorbar(mesh, cax=made.figure.add_axes((left + wide + 0.02, bottom, 0.022, made.top - bottom)))
    bar.set_label(label)
    bar.outline.set_visible(False)
    if logarithmic:
        bar.ax.yaxis.set_major_locator(LogLocator(numticks=8))
        bar.ax.yaxis.set_minor_locator(NullLocator())


def _marks(made: Still, found: Sensitivity, note: str, edge: str) -> list[tuple[str, dict[str, float], Any]]:
    """The best values and the rule's own, as far as they lie in what is drawn: word, values, how they look."""
    own, scale = dict(found.suited), made.scale
    best = made.style.lines[1].colour
    star = {"marker": "*", "ms": 17 * scale, "color": best, "mec": edge, "mew": 1.2 * scale, "ls": ""}
    ring = {"marker": "o", "ms": 17 * scale, "mfc": "none", "mec": edge, "mew": 2.2 * scale, "ls": ""}  # a star fits in
    inside = all(values[0] <= own[name] <= values[-1] for name, values in found.axes.items())
    marks: list[tuple[str, dict[str, float], Any]] = [("best", found.best, star)] if found.best else []
    if made.style.grey and len(found.axes) == 2:  # edges stand out from all greys if there is white around the black
        star |= {"mfc": made.style.paper, "mec": made.style.ink}
        ring |= {"mec": made.style.ink, "path_effects": [withStroke(linewidth=5 * scale, foreground=made.style.paper)]}
    return [*marks, (note, own, ring)] if note and inside else marks
