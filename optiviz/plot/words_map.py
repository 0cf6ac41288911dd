"""Words where their vectors lie, seen in a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from optiviz.plot.alt import of_words
from optiviz.plot.still import Still, still
from optiviz.plot.words import percent

__all__ = ["draw_words"]

Array = npt.NDArray[Any]

BOTTOM, LEFT, RIGHT = 0.125, 0.085, 0.98


def draw_words(
    words: Sequence[str],
    points: Array,
    shares: Array,
    *,
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """A dot for each word, to scale, and its name where there is room for it; the first have the first choice.

    Args:
        words: V words, the most important first.
        points: where they lie, (V, 2).
        shares: how much of the variance of the vectors the two directions show, (2,).
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there is no word, or there is not a point for each.
    """
    points, shares = np.asarray(points, np.float64), np.asarray(shares, np.float64)
    if not len(words) or points.shape != (len(words), 2):
        raise ValueError(f"points has a row of two numbers for each word, not {points.shape} for {len(words)} words")
    facts = [f"{len(words)} words; the plane shows {percent(float(shares.sum()))} of the variance of their vectors"]
    with still("Words where their vectors lie", facts, size, style) as made:
        left, bottom, right = made.room(LEFT, BOTTOM, RIGHT)
        axes = made.figure.add_axes((left, bottom, right - left, made.top - bottom))
        axes.plot(*points.T, "o", color=made.style.lines[0].colour, ms=3.5 * made.scale, alpha=0.8, zorder=2)
        axes.margins(0.06)
        axes.set_aspect("equal", adjustable="datalim")
        axes.grid(True, color=made.style.faint, alpha=0.25)
        for axis, which, share in ((axes.xaxis, "first", shares[0]), (axes.yaxis, "second", shares[1])):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
            axis.set_label_text(f"{which} direction, {percent(float(share))}")
        made.figure.draw_without_rendering()  # settles where the points lie
        _name(made, axes, words, points)
        made.words = of_words(words, points, shares)
    return made


def _name(made: Still, axes: Axes, words: Sequence[str], points: Array) -> None:
    """Names on the right or left of the dots, where they hide neither a dot nor each other, nor leave the axes."""
    inside = axes.get_window_extent()
    dots = axes.transData.transform(points)
    taken = np.hstack([dots, dots])  # left, bottom, right and top
    beside = 4 * made.scale
    for word, at in zip(words, points, strict=True):
        for side, away in (("left", beside), ("right", -beside)):
            text = axes.annotate(
                word,
                at,
                xytext=(away, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=9 * made.scale,
                parse_math=False,
                zorder=3,
            )
            x0, y0, x1, y1 = box = text.get_window_extent().extents
            hides = (taken[:, 0] < x1) & (taken[:, 2] > x0) & (taken[:, 1] < y1) & (taken[:, 3] > y0)
            if not hides.any() and inside.x0 < x0 and x1 < inside.x1 and inside.y0 < y0 and y1 < inside.y1:
                taken = np.vstack([taken, box])
                break
            text.remove()
