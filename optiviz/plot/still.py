"""Pictures that do not move: title, caption and legend laid out so that they fit, and the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from optiviz.names import hyperparameter
from optiviz.plot.canvas import Picture
from optiviz.plot.film import film
from optiviz.plot.style import Line
from optiviz.plot.words import fit, plain
from optiviz.plot.writers import STILL

__all__ = [
    "DIVERGING",
    "ESCAPING",
    "OVER_PANEL",
    "STILL",
    "Still",
    "UNDER_WAY",
    "beside_numbers",
    "hatch",
    "heights",
    "lost_look",
    "marked",
    "scaled",
    "shows_more",
    "side_by_side",
    "spacing",
    "still",
    "titled",
    "write_still",
]

LEFT, RIGHT = 0.02, 0.98
DIVERGING, ESCAPING, UNDER_WAY = "xxxx", "....", "////"
"""The patterns of runs that diverged, escaped, or are still under way."""

PANELS = 0.065, 0.12, 0.98
"""Where a row of panels is: left, bottom and right."""

BETWEEN_PANELS, OVER_PANEL = 0.07, 0.035
"""What is left free between two panels, for the numbers of the right one, and over them for their titles."""

BETWEEN = "    "
"""What stands between two facts of a caption."""

DEEPEST = 1e-30
"""What is under this share of the highest has no room on a log scale."""


@dataclass
class Still(Picture):
    """A picture that does not move, with a title and a caption, and where the rest may stand.

    Attributes:
        top: what is above this share of the height is taken.
    """

    top: float = 1.0

    def room(self, left: float, bottom: float, right: float) -> tuple[float, float, float]:
        """The edges of what is drawn, as shares of the figure, with more room for the numbers if they are larger."""
        return left * self.style.grow, bottom * self.style.grow, 1 - (1 - right) * self.style.grow

    def legend(self, handles: Sequence[Any], labels: Sequence[str], **options: Any) -> Legend:
        """A legend under the caption in as many columns as fit; more than five rows or too wide, it is set smaller."""
        options = {"handlelength": 2.2, "columnspacing": 1.6, "borderaxespad": 0, "borderpad": 0.2} | options
        room = (RIGHT - LEFT) * self.figure.bbox.width
        size = float(mpl.rcParams["legend.fontsize"])
        fewest = -(-len(labels) // 5)
        for columns in range(max(len(labels), 1), fewest - 1, -1):
            made = self.figure.legend(
                handles, labels, loc="upper left", bbox_to_anchor=(LEFT, self.top), ncols=columns, **options
            )
            wide = made.get_window_extent().width
            if wide <= room:
                break
            if columns > fewest:
                made.remove()
                continue
            for text in made.get_texts():
                text.set_fontsize(size * max(0.95 * room / wide, 0.4))
        self.top = float(made.get_window_extent().y0 / self.figure.bbox.height) - 0.02
        return made


@contextmanager
def still(title: str, facts: Sequence[str], size: tuple[int, int] | None, style: str) -> Iterator[Still]:
    """A figure with its title and caption; the block draws the rest under the same settings.

    Args:
        title: what it is.
        facts: what made it, in a few words each; they stand in up to three lines.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
    """
    with Still.drawn(style, size) as made:
        figure, grow = made.figure, made.style.grow
        head = figure.text(LEFT, 0.975, title, size=19 * made.scale, weight="bold", va="top")
        fit(head, RIGHT - LEFT)
        made.top = float(head.get_window_extent().y0 / figure.bbox.height) - 0.02 * grow
        for line in _lines(figure, [fact for fact in facts if fact], 11 * made.scale):
            text = figure.text(LEFT, made.top, line, size=11 * made.scale, va="top")
            fit(text, RIGHT - LEFT)
            made.top = float(text.get_window_extent().y0 / figure.bbox.height) - 0.014 * grow
        made.top -= 0.006
        yield made


def side_by_side(made: Still, count: int) -> list[Axes]:
    """Panels in a row, with room for a title each; they end where a legend begins that is set later."""
    left, bottom, right = made.room(*PANELS)
    between = BETWEEN_PANELS * made.style.grow
    wide = (right - left + between) / count - between
    high = made.top - OVER_PANEL * made.style.grow - bottom
    return [made.figure.add_axes((left + k * (wide + between), bottom, wide, high)) for k in range(count)]


def beside_numbers(made: Still, axes: Axes) -> None:
    """Move the left edge of a panel of `side_by_side` if its numbers take more room than was left for them."""
    place, (width, _) = axes.get_position(), made.size
    room = PANELS[0] * made.style.grow - LEFT / 2
    low, high = axes.yaxis.get_view_interval()
    seen = [tick.get_window_extent() for tick in axes.get_yticklabels() if low <= tick.get_position()[1] <= high]
    excess = max((place.x0 - box.x0 / width - room for box in seen if box.width), default=0.0)
    if excess > 0:
        axes.set_position((place.x0 + excess, place.y0, place.width - excess, place.height))


def titled(axes: Axes, title: str) -> None:
    """A title no wider than its panel."""
    axes.set_title(title)
    fit(axes._left_title, axes.get_position().width)  # type: ignore[attr-defined]


def heights(axes: Axes, low: float, high: float, logarithmic: bool) -> None:
    """Scale the y axis from one height to another, with a margin and few round numbers."""
    axis = axes.yaxis
    if logarithmic:
        low = max(low, DEEPEST * high)
        margin = (high / low) ** 0.06
        axes.set_yscale("log")
        axes.set_ylim(low / margin, high * margin)
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_minor_locator(NullLocator())
        return
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
    axes.set_ylim(low - margin, high + margin)
    if not 1e-3 < max(abs(low), abs(high)) < 1e5:  # else a power of ten stands where the title is
        axis.set_major_formatter(lambda height, _: plain(height))
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def marked(line: Line, wanted: bool) -> dict[str, Any]:
    """A mark here and there on a line, where dashes and colours are not enough to tell it from others."""
    return {"marker": line.marker, "markevery": 0.12} if wanted else {}


def lost_look(made: Still, colour: str, pattern: str) -> dict[str, Any]:
    """How a patch looks that stands for runs which were lost: in a colour, or where all is grey in a pattern."""
    if not made.style.grey:
        return {"facecolor": colour, "edgecolor": made.style.faint, "lw": 0}
    return {"facecolor": made.style.paper, "edgecolor": made.style.ink, "hatch": pattern, "lw": 0}


def hatch(axes: Axes, x: Any, y: Any, where: Any, pattern: str) -> None:
    """A pattern over the cells of a map, shaped (rows of y, columns of x), that are to have it."""
    if np.any(where) and not np.all(where):
        axes.contourf(x, y, np.asarray(where, dtype=float), levels=[0.5, 1.5], colors="none", hatches=[pattern])
    elif np.any(where):
        axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, hatch=pattern, lw=0))


def _lines(figure: Figure, facts: list[str], size: float) -> list[str]:
    """The facts in lines that fit, three at most: what is left is put on the last."""
    lines: list[str] = []
    for fact in facts:
        longer = f"{lines[-1]}{BETWEEN}{fact}" if lines else fact
        trial = figure.text(0, 0, longer, size=size)
        fits = trial.get_window_extent().width <= (RIGHT - LEFT) * figure.bbox.width
        trial.remove()
        if lines and (fits or len(lines) == 3):
            lines[-1] = longer
        else:
            lines.append(fact)
    return lines


def write_still(made: Still, path: str | os.PathLike[str]) -> None:
    """Write the picture, whole or not at all; the same picture gives the same bytes.

    Raises:
        ValueError: the suffix is not .png, .svg or .pdf.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in STILL:
        raise ValueError(f"cannot write '{path.suffix or path.name}'; the formats are {', '.join(STILL)}")
    film(made, path)


def shows_more(values: Any) -> bool:
    """Does a logarithmic axis show more of these values? If most lie in the lowest tenth of a linear one."""
    finite = np.asarray(values, dtype=np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    positive = finite[finite > 0]
    # a value or two that reach zero are no reason against it
    return bool(positive.size >= 0.9 * finite.size and positive.size and np.median(positive) < 0.1 * positive.max())


def spacing(name: str, values: Any) -> tuple[str, Callable[[Any], Any], Callable[[Any], Any]]:
    """How values of a hyperparameter are spaced: the name of the scale, the way there and the way back.

    Shares between 0 and 1 stand at the logarithm of what they lack to one, so 0.9, 0.99 and 0.999 are equally
    far apart; learning rates, and what spans more than a factor of thirty, at their logarithm.
    """
    domain = hyperparameter(name).domain
    low, high = float(np.min(values)), float(np.max(values))
    if domain.low == 0 and domain.high == 1 and high > 0.5:
        return "function", lambda b: -np.log10(np.maximum(1 - b, 1e-15)), lambda x: 1 - 10.0**-x
    if low > 0 and (name == "lr" or high > 30 * low):
        return "log", np.log10, lambda x: 10.0**x
    return "linear", lambda x: x, lambda x: x


def scaled(axes: Axes, which: str, name: str, values: Any) -> None:
    """Scale the x or y axis as its hyperparameter is spaced, with round numbers beside it."""
    axis: Axis = getattr(axes, f"{which}axis")
    rescale: Callable[..., None] = getattr(axes, f"set_{which}scale")
    scale, there, back = spacing(name, values)
    if scale == "function":
        rescale("function", functions=(there, back))
        nines = [0.0, 0.5, *(float(f"0.{'9' * k}") for k in range(1, 12))]
        high = float(np.max(values))
        axis.set_major_locator(FixedLocator([b for b in nines if np.min(values) <= b <= high + (1 - high) / 10]))
        axis.set_major_formatter(FuncFormatter(lambda b, _: f"{b:.12g}"))
    elif scale == "log":
        rescale("log")
        axis.set_major_locator(LogLocator(numticks=9))
    else:
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_minor_locator(NullLocator())
