"""Where every start ends: a map in the colours of the minima, the darker the longer it took.

More minima than there are colours to tell apart are shown by their heights.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.colors import PowerNorm, to_rgb
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from optiviz.experiments import Basin
from optiviz.experiments.basin import DIVERGES, ESCAPES, NOWHERE
from optiviz.names import symbol
from optiviz.plot.alt import of_basin
from optiviz.plot.canvas import to_scale
from optiviz.plot.still import DIVERGING, ESCAPING, UNDER_WAY, Still, hatch, lost_look, still
from optiviz.plot.style import LIGHT, Style
from optiviz.plot.words import number, percent, point
from optiviz.surfaces import Grid

__all__ = ["draw_basin"]

Array = npt.NDArray[Any]

BOTTOM, LEFT, WIDE = 0.125, 0.07, 0.56
COLOURS = LIGHT.basins
"""Of the minima; red and the greys are for runs that come to none. More minima are told apart by their heights."""
ENDINGS = {
    NOWHERE: ("#94a4a2", "at no minimum yet"),
    DIVERGES: ("#bd1f01", "diverged"),
    ESCAPES: ("#4b4f5a", "escaped"),
}
PATTERNS = {NOWHERE: UNDER_WAY, DIVERGES: DIVERGING, ESCAPES: ESCAPING}
"""What stands for these where all is grey; there a run's steps are not seen, for no grey is left to show them."""
DARKEST, PALEST = 0.55, 0.3
"""How much of its light a colour loses where a run took longest, and how much white it has where it was there."""
EDGE = "#ffffff"


def draw_basin(
    found: Basin, grid: Grid, *, size: tuple[int, int] | None = None, style: str = "light", note: str = ""
) -> Still:
    """The minimum that each start leads to.

    Args:
        found: the basins.
        grid: the surface, sampled over its box: contours behind a map, the curve above a strip.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        note: a few words for the caption.
    """
    facts = [f"${symbol(name).latex}$ = {number(value)}" for name, value in found.params.items()]
    facts.append(f"{' × '.join(str(len(axis)) for axis in found.axes)} starts, {found.steps} steps each")
    if found.batch_size:
        facts.append(f"mini-batches of {found.batch_size}, the same for all, seed {found.seed}")
        facts.append(f"there: within {found.near:.0%} of the box".replace("%", " %"))
    facts.append(note)
    with still(f"{found.rule} on {found.surface}: where each start ends", facts, size, style) as made:
        slowest = _slowest(found)
        colours = _colours(found, made.style)
        image = _coloured(found, colours, slowest, made.style)
        if found.reached.ndim == 2:
            right = _map(made, found, grid, image, colours)
        else:
            right = _strip(made, found, grid, image, colours)
        _key(made, found, colours, right)
        if (found.reached >= 0).any() and (_by_height(found) or not made.style.grey):
            _ramp(made, found, slowest, right)
        made.words = of_basin(found)
    return made


def _by_height(found: Basin) -> bool:
    """Are there more minima than colours to tell them apart, and do their heights?"""
    return len(found.minima) > len(COLOURS) and float(np.ptp(found.heights)) > _alike(found)


def _alike(found: Basin) -> float:
    """By how much the heights of two minima may differ that count as one."""
    return 1e-6 * max(1.0, float(np.abs(found.heights).max(initial=0.0)))


def _height_colours(found: Basin, heights: Array, style: Style) -> Array:
    """From the lowest minimum to the highest, with more colours for the low ones, where it matters."""
    ramp = colormaps.get_cmap(style.ramp)
    return np.asarray(ramp(PowerNorm(0.5, found.heights.min(), found.heights.max())(heights)))[..., :3]


def _colours(found: Basin, style: Style) -> list[Any]:
    """The colour of each minimum."""
    if _by_height(found):
        return [*_height_colours(found, found.heights, style)]
    return [style.basins[i % len(style.basins)] for i in range(len(found.minima))]


def _slowest(found: Basin) -> int:
    """The number of steps that is drawn darkest: few take longer."""
    arrived = found.arrival[found.reached >= 0]
    return max(int(np.quantile(arrived, 0.98)), 1) if arrived.size else found.steps


def _coloured(found: Basin, colours: list[Any], slowest: int, style: Style) -> Array:
    """Red, green and blue of each start, shaped like the starts with three more at the end."""
    endings = [style.paper if style.grey else ENDINGS[kind][0] for kind in (ESCAPES, DIVERGES, NOWHERE)]
    table = np.array([to_rgb(colour) for colour in [*colours, *endings]])
    image = table[found.reached]  # the endings -1, -2, -3 count from the table's end
    arrived = found.reached >= 0
    if not (_by_height(found) or style.grey):
        image[arrived] = _shaded(image[arrived], np.clip(found.arrival[arrived] / slowest, 0, 1))
    return np.asarray(image)


def _shaded(colours: Array, late: Array) -> Array:
    """From pale, for a run that begins at the minimum, to dark, for one that takes longest."""
    light = PALEST * np.clip(1 - 2 * late, 0, 1)[..., None]
    dark = 1 - DARKEST * np.clip(2 * late - 1, 0, 1)[..., None]
    return np.asarray((colours + (1 - colours) * light) * dark)


def _map(made: Still, found: Basin, grid: Grid, image: Array, colours: list[Any]) -> float:
    """The map, to scale where its sides are of like length; returns where it ends on the right."""
    assert grid.y is not None
    x, y = found.axes
    left, bottom, _ = made.room(LEFT, BOTTOM, 1)
    axes = made.figure.add_axes(to_scale((left, bottom, LEFT + WIDE - left, made.top - bottom), made.size, grid))
    extent = (*_ends(x), *_ends(y))
    axes.imshow(image, origin="lower", extent=extent, aspect="auto", interpolation="nearest")
    if made.style.grey:
        for ending, pattern in PATTERNS.items():
            hatch(axes, x, y, found.reached == ending, pattern)
    heights = grid.z[np.isfinite(grid.z)]
    levels = np.unique(np.quantile(heights, np.linspace(0.03, 0.97, 12)))
    thin: Any = {"colors": EDGE, "linewidths": 0.6 * made.scale, "alpha": 0.4, "linestyles": "solid"}
    axes.contour(grid.x, grid.y, grid.z, levels=levels, **thin)
    star: dict[str, Any] = {"marker": "*", "mec": EDGE, "mew": 1.4 * made.scale, "clip_on": False}
    star |= {"mfc": EDGE, "mec": made.style.ink} if made.style.grey else {}
    marked = _in_sight(found)
    for i in marked:
        axes.plot(*found.minima[i], ms=16 * made.scale * min(1, math.sqrt(12 / len(marked))), color=colours[i], **star)
    names = [f"${symbol(name).latex}$ of the start" for name in grid.coordinates]
    axes.set(xlim=extent[:2], ylim=extent[2:], xlabel=names[0], ylabel=names[1])
    axes.spines[["top", "right"]].set_visible(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    return float(axes.get_position().x1)


def _marked(found: Basin) -> list[int]:
    """The minima that have a star: all, or where their heights tell them apart those that no other is below."""
    lowest = found.heights <= found.heights.min(initial=np.inf) + _alike(found)
    return [int(i) for i in np.flatnonzero(lowest | (not _by_height(found)))]


def _in_sight(found: Basin) -> list[int]:
    """Those of them that lie in what is drawn; a way may end outside."""
    low, high = np.transpose([_ends(axis) for axis in found.axes])
    return [i for i in _marked(found) if ((found.minima[i] >= low) & (found.minima[i] <= high)).all()]


def _strip(made: Still, found: Basin, grid: Grid, image: Array, colours: list[Any]) -> float:
    """The strip below its curve; returns where it ends on the right."""
    (x,) = found.axes
    left, bottom, _ = made.room(LEFT, BOTTOM, 1)
    wide, high = LEFT + WIDE - left, made.top - bottom
    strip = made.figure.add_axes((left, bottom, wide, 0.2 * high))
    strip.imshow(image[None], extent=(*_ends(x), 0, 1), aspect="auto", interpolation="nearest")
    if made.style.grey:
        for ending, pattern in PATTERNS.items():
            hatch(strip, x, [0, 1], np.tile(found.reached == ending, (2, 1)), pattern)
    strip.set(xlim=_ends(x), yticks=[], xlabel="the start")
    strip.spines[["left"]].set_visible(False)
    strip.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    curve = made.figure.add_axes((left, bottom + 0.24 * high, wide, 0.76 * high), sharex=strip)
    curve.plot(grid.x, np.where(np.isfinite(grid.z), grid.z, np.nan), color=made.style.faint, lw=3 * made.scale)
    star: dict[str, Any] = {"marker": "*", "ms": 17 * made.scale, "mec": made.style.paper, "clip_on": False}
    star |= {"mec": made.style.ink} if made.style.grey else {}
    for i in _in_sight(found):
        curve.plot(found.minima[i], found.heights[i], color=colours[i], zorder=4, **star)
    curve.set_ylabel("f(θ)")
    curve.tick_params(labelbottom=False)
    curve.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    return LEFT + WIDE


def _ends(axis: Array) -> tuple[float, float]:
    """The outer edges of the cells around an axis' points."""
    half = (axis[-1] - axis[0]) / (len(axis) - 1) / 2
    return float(axis[0] - half), float(axis[-1] + half)


def _key(made: Still, found: Basin, colours: list[Any], right: float) -> None:
    """On the right: the minima and what share of the starts leads there."""
    handles: list[Any] = []
    labels: list[str] = []
    shown = _marked(found)[: len(COLOURS)]
    for i in shown:
        place = point(float(f"{c:.3g}") for c in np.where(np.abs(found.minima[i]) < 1e-6, 0, found.minima[i]))
        if made.style.grey:
            handles.append(Patch(facecolor=colours[i], edgecolor=made.style.ink, lw=0.8 * made.scale))
        else:
            look: dict[str, Any] = {"ms": 15 * made.scale, "mec": made.style.faint}
            handles.append(Line2D([], [], marker="*", ls="", color=colours[i], **look))
        labels.append(f"{place}:  {percent(found.shares[i])}")
    others = [i for i in range(len(found.minima)) if i not in shown]
    if others:
        spread = others[:: max(len(others) // 3, 1)] if _by_height(found) else others
        handles.append(tuple(Patch(color=colours[i]) for i in spread[:3]))
        higher = found.heights[others].min() > found.heights[shown].max() + _alike(found)
        again = "further minima" if _by_height(found) else "others, in the\nsame colours again"
        word = "higher minima" if higher else again
        labels.append(f"{len(others)} {word}:  {percent(found.shares[others].sum())}")
    for ending, (colour, word) in ENDINGS.items():
        if share := found.share(ending):
            handles.append(Patch(**lost_look(made, colour, PATTERNS[ending]) | {"lw": 0.8 * made.scale}))
            labels.append(f"{word}:  {percent(share)}")
    key = made.figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(right + 0.02, made.top + 0.012),
        title="ends at, share of the starts",
        alignment="left",
        fontsize=11 * made.scale,
        title_fontsize=11 * made.scale,
        labelspacing=0.7,
        handlelength=1.4,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
    )
    box, room = key.get_window_extent(), 0.99 * made.size[0]
    if box.x1 > room:
        for text in (*key.get_texts(), key.get_title()):
            text.set_fontsize(float(text.get_fontsize()) * 0.95 * (room - box.x0) / box.width)


def _ramp(made: Still, found: Basin, slowest: int, right: float) -> None:
    """On the right, below: what colour which height has, or how dark how many steps are."""
    _, bottom, _ = made.room(LEFT, BOTTOM, 1)
    axes = made.figure.add_axes((right + 0.035, bottom + 0.005, 0.3, 0.035))
    if _by_height(found):
        low, high = float(found.heights.min()), float(found.heights.max())
        ramp, label = (
            _height_colours(found, np.linspace(low, high, 256), made.style),
            "height of the minimum where it ends",
        )
    else:
        low, high = 0, slowest
        ramp = _shaded(np.tile(to_rgb(COLOURS[0]), (64, 1)), np.linspace(0, 1, 64))
        label = "steps until it stayed there"
    axes.imshow(ramp[None], extent=(low, high, 0, 1), aspect="auto")
    axes.set(yticks=[], xlabel=label)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=not _by_height(found), steps=[1, 2, 5, 10]))
