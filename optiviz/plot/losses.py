"""Losses over the scores, with one outlier, and as the classes grow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogFormatterMathtext, LogLocator, MaxNLocator, NullLocator

from optiviz.experiments import Growth, Outlier, Profile
from optiviz.plot.alt import of_growth, of_outlier, of_profile
from optiviz.plot.still import OVER_PANEL, Still, marked, side_by_side, still, titled
from optiviz.plot.style import Line, named_style
from optiviz.plot.words import label

__all__ = ["draw_growth", "draw_outlier", "draw_profile"]

Array = npt.NDArray[Any]

OVER = {
    "error": "error z − y",
    "answer": "score z of the right answer",
    "count": "score z, the logarithm of the rate",
}


def draw_profile(found: Profile, *, size: tuple[int, int] | None = None, style: str = "light") -> Still:
    """What an example loses and the slope of that, side by side.

    Where a slope jumps, its line is broken: a dot stands at the slope that the loss has there, a ring at one that it
    only comes near to.

    Args:
        found: the losses and their gradients.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there are more than can be told apart.
    """
    lines = _lines(found.values, style)
    title = f"{label(next(iter(lines)))} and its gradient" if len(lines) == 1 else "Losses and their gradients"
    with still(title, _facts(found), size, style) as made:
        left, right = side_by_side(made, 2)
        handles = []
        for name, line in lines.items():
            look: dict[str, Any] = {"color": line.colour, "ls": line.dashes, "label": name}
            handles += left.plot(found.x, found.values[name], **look, **marked(line, len(lines) > 4))
            x, slope = _broken(found.x, found.gradients[name], found.jumps[name])
            right.plot(x, slope, color=line.colour, ls=line.dashes, label=name)
            _mark(right, found.jumps[name], line, made)
        _settle(made, (left, right), handles, [label(name) for name in lines])
        for axes, title in ((left, "loss of an example"), (right, "its gradient by z")):
            titled(axes, title)
            axes.set_xlabel(OVER[found.over])
            axes.set_xlim(found.x[0], found.x[-1])
            axes.axvline(0, color=made.style.faint, lw=0.8 * made.scale, alpha=0.6, zorder=0)
            axes.axhline(0, color=made.style.faint, lw=0.8 * made.scale, alpha=0.6, zorder=0)
        made.words = of_profile(found)
    return made


def _facts(found: Profile) -> list[str]:
    """What an example is, in words."""
    fixed = [f"{name}: {' = '.join(names)} = 0" for name, names in found.fixed.items()]
    if found.over == "error":
        return ["over how far the score z is above its target y", *fixed]
    classes = f"of {found.classes} classes the first is right and the others have the score 0" if found.classes else ""
    return [f"for the target y = {found.target:g}", classes, *fixed]


def _broken(x: Array, y: Array, jumps: Array) -> tuple[Array, Array]:
    """The points of a line that ends where it jumps, and begins anew."""
    for at, before, _, after in jumps:
        beside = ~np.isclose(x, at, rtol=0, atol=1e-9)
        x, y = x[beside], y[beside]
        place = int(np.searchsorted(x, at))
        x, y = np.insert(x, place, (at, at, at)), np.insert(y, place, (before, np.nan, after))
    return x, y


def _mark(axes: Axes, jumps: Array, line: Line, made: Still) -> None:
    """The slope at a jump as a dot, those that it comes near to as rings."""
    look: dict[str, Any] = {"color": line.colour, "ls": "", "ms": 5.5 * made.scale, "mew": 1.5 * made.scale}
    for at, before, there, after in jumps:
        axes.plot([at, at], [before, after], "o", mfc=made.style.paper, zorder=4, **look)
        axes.plot(at, there, "o", zorder=5, **look)  # hides a ring where the slope is that of one side


def draw_outlier(found: Outlier, *, size: tuple[int, int] | None = None, style: str = "light") -> Still:
    """The values with the outlier farthest away and the best constants; and how those went there.

    Args:
        found: the constants of least mean loss.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there are more than can be told apart.
    """
    lines = _lines(found.estimates, style)
    count = len(found.others) + 1
    facts = [f"the constant of least mean loss for {count} values, one of which moves away"]
    with still("The effect of an outlier", facts, size, style) as made:
        left, right = side_by_side(made, 2)
        dots: dict[str, Any] = {"color": made.style.ink, "ls": "", "ms": 7 * made.scale, "zorder": 4}
        left.plot(np.arange(1, count), found.others, "o", label="values", **dots)
        left.plot([count, count], found.moving[[0, -1]], ls=":", color=made.style.ink, lw=1.2 * made.scale)
        left.plot(count, found.moving[0], "X", mfc=made.style.paper, **dots)
        left.plot(count, found.moving[-1], "X", label="outlier", **dots)
        handles, names = [], []
        for name, line in lines.items():
            estimates = found.estimates[name]
            left.axhline(estimates[-1], color=line.colour, ls=line.dashes, label=name)
            look: dict[str, Any] = {"color": line.colour, "ls": line.dashes, "label": name}
            handles += right.plot(found.moving, estimates, **look, **marked(line, len(lines) > 4))
            names.append(f"{label(name)}: {estimates[0]:.3g} → {estimates[-1]:.3g}".replace("-", "−"))
        _settle(made, (left, right), handles, names)
        left.xaxis.set_major_locator(MaxNLocator(9, integer=True))
        titled(left, f"with the outlier at {found.moving[-1]:g}".replace("-", "−"))
        left.set_xlabel("number of the value")
        left.set_xlim(0.5, count + 0.5)
        titled(right, "the constant as the outlier moves")
        right.set_xlabel("where the outlier is")
        right.set_xlim(found.moving[0], found.moving[-1])
        made.words = of_outlier(found)
    return made


def draw_growth(found: Growth, *, size: tuple[int, int] | None = None, style: str = "light") -> Still:
    """The memory of the targets and the time of a call over the number of classes, both axes logarithmic.

    Args:
        found: what was measured.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there are more than can be told apart.
    """
    lines = _lines(found.memory, style)
    times = f"medians of {found.repeats.min()} to {found.repeats.max()} calls, in turn"
    facts = [
        f"a batch of {found.examples} examples, float32 scores; labels save memory rather than time",
        f"times measured on this machine, {times}",
    ]
    with still("What more classes cost", facts, size, style) as made:
        panels = side_by_side(made, 2)
        handles = []
        for name, line in lines.items():
            look: dict[str, Any] = {"color": line.colour, "ls": line.dashes, "marker": line.marker, "label": name}
            handles += panels[0].plot(found.classes, found.memory[name], **look)
            panels[1].plot(found.classes, 1000 * found.seconds[name], **look)
        _settle(made, panels, handles, [label(name) for name in lines])
        for axes, title in zip(panels, ("targets, in bytes", "loss and gradient, in ms"), strict=True):
            titled(axes, f"{title} (log scale)")
            axes.set_xlabel("classes (log scale)")
            axes.loglog()
            for axis in (axes.xaxis, axes.yaxis):
                low, high = axis.get_view_interval()
                axis.set_major_locator(LogLocator(subs=(1,) if high > 30 * low else (1, 2, 5), numticks=7))
                axis.set_major_formatter(
                    LogFormatterMathtext() if high > 30 * low else FuncFormatter(lambda value, _: f"{value:g}")
                )
                axis.set_minor_locator(NullLocator())
        made.words = of_growth(found)
    return made


def _lines(names: Collection[str], style: str) -> Mapping[str, Line]:
    lines = named_style(style).lines
    if len(names) > len(lines):
        raise ValueError(f"a picture shows up to {len(lines)} losses, not {len(names)}; make several pictures")
    return dict(zip(names, lines, strict=False))


def _settle(made: Still, panels: Sequence[Axes], handles: Sequence[Line2D], names: Sequence[str]) -> None:
    """The legend above, the panels with their titles in what is left, and the grid."""
    made.legend(handles, names, handlelength=3)
    for axes in panels:
        place = axes.get_position()
        axes.set_position((place.x0, place.y0, place.width, made.top - OVER_PANEL * made.style.grow - place.y0))
        axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
