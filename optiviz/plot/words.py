"""Numbers, points and texts as they stand in a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.legend import Legend
from matplotlib.text import Text

__all__ = [
    "fit",
    "fit_facts",
    "fit_legend",
    "fit_name",
    "label",
    "legible",
    "listed",
    "number",
    "percent",
    "place",
    "plain",
    "point",
]

SMALLER = 0.85
"""Facts that would have to be smaller than this, beside their size, stand in two lines of that size."""


def number(value: float | str) -> str:
    """A number as on a slide, with powers of ten written out; words stay what they are.

    >>> number(0.25), number(3e-9)
    ('0.25', '$3 \\\\cdot 10^{-9}$')
    """
    if isinstance(value, str):
        return value
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    if not exponent:
        return mantissa
    power = rf"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else rf"${mantissa} \cdot {power}$"


def point(theta: Iterable[float]) -> str:
    """A point as on a slide, with true minus signs.

    >>> point([-1.2, 1.0])
    '(−1.2, 1)'
    """
    return f"({', '.join(f'{c:.4g}' for c in theta)})".replace("-", "−")


def plain(value: float) -> str:
    """A number in a sentence, without formulas.

    >>> plain(0.25), plain(-3.14159e-9), plain(float("inf"))
    ('0.25', '−3.14e−9', 'infinity')
    """
    if math.isnan(value):
        return "no number"
    text = f"{value:.3g}" if abs(value) < 100 or abs(value) >= 1e6 else f"{value:.4g}"
    return re.sub(r"e([+-])0*", r"e\1", text).replace("e+", "e").replace("-", "−").replace("inf", "infinity")


def place(theta: Iterable[float]) -> str:
    """A point in a sentence, to three digits; what is next to zero is zero.

    >>> place([0.98123, -1e-9]), place([2.0])
    ('(0.981, 0)', 'θ = 2')
    """
    digits = [plain(0.0 if abs(c) < 1e-6 else c) for c in theta]
    return f"({', '.join(digits)})" if len(digits) > 1 else f"θ = {digits[0]}"


def percent(share: float) -> str:
    """A share of all, with one digit; a share that is not all is not 100 %, nor is one that is something 0 %.

    >>> percent(0.25), percent(1e-5), percent(0.99996), percent(1.0)
    ('25.0 %', 'under 0.1 %', 'over 99.9 %', '100.0 %')
    """
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %" if share >= 0.001 or share == 0 else "under 0.1 %"


def legible(text: str) -> str:
    """A text of the user's in one line, in letters that there are in the font; dollars do not begin a formula.

    >>> print(legible("win $5\\tnow"), legible("\\U0001f98a"))
    win \\$5 now □
    """
    known = _letters()
    return "".join(c if ord(c) in known else "□" for c in " ".join(text.split())).replace("$", r"\$")


@cache
def _letters() -> frozenset[int]:
    """What there is a glyph for, thin and bold."""
    weights = (get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight))) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in weights))


def listed(words: Iterable[str]) -> str:
    """Words in a row.

    >>> listed(["gd", "momentum", "adam"])
    'gd, momentum and adam'
    """
    *before, last = list(words) or [""]
    return f"{', '.join(before)} and {last}" if before else last


def label(name: str) -> str:
    """A formula with its parameters as a legend has it: whole numbers without a point, and true minus signs.

    >>> label("exponential(lr=1e-05, k=2.0)")
    'exponential(lr=1e−05, k=2)'
    """
    return re.sub(r"(?<=\d)\.0\b", "", name).replace("-", "−")


def fit(text: Text, share: float) -> None:
    """Shrink a text until it fits `share` of the figure's width; below half its size, cut its end."""
    if _shrunk(text, share, least=0.5):
        return
    while not _fits(text, share) and len(text.get_text()) > 8:
        words = text.get_text()[: -max(2, len(text.get_text()) // 20)].rstrip("…$ ")
        whole = words.rpartition("$")[0] if words.count("$") % 2 else words  # no half of a formula
        text.set_text(whole.rstrip() + "…")


def fit_facts(text: Text, facts: Sequence[str], share: float) -> bool:
    """Set facts in a line that fits `share` of the figure's width, or else in two; are they two?"""
    text.set_text("   ".join(facts))
    assert text.figure is not None
    excess = text.get_window_extent().width * SMALLER / (share * text.figure.bbox.width)
    several = excess > 1 and len(facts) > 1
    if several:
        ends = np.cumsum([len(fact) for fact in facts])
        half = 1 + int(np.abs(ends[:-1] - ends[-1] / 2).argmin())
        text.set_text("\n".join("   ".join(part) for part in (facts[:half], facts[half:])))
        text.set(linespacing=1.1, fontsize=float(text.get_fontsize()) * SMALLER)
    fit(text, share)
    return several


def fit_name(text: Text, share: float) -> None:
    """Shrink a name until it fits `share` of the figure's width, but keep it readable: rather cut its middle.

    What tells names apart mostly stands at their ends: `adam+clip_norm(limit=2)`, `adam+clip_norm(limit=5)`.
    """
    if _shrunk(text, share, least=0.85):
        return
    name = text.get_text()
    for kept in range(len(name) - 2, 3, -1):
        text.set_text(f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}")
        if _fits(text, share):
            break


def fit_legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str], share: float, **look: Any) -> Legend:
    """A legend in letters so small that it fits `share` of the figure's width."""
    size = float(rcParams["legend.fontsize"])
    while True:
        legend = figure.legend(handles, labels, fontsize=size, **look)
        excess = legend.get_window_extent().width / (share * figure.bbox.width)
        if excess <= 1:
            return legend
        legend.remove()
        size *= 0.98 / excess


def _shrunk(text: Text, share: float, least: float) -> bool:
    """Make a text smaller, though not below that share of its size, until it fits; does it?"""
    assert text.figure is not None
    size, room = float(text.get_fontsize()), share * text.figure.bbox.width
    smallest = size * least
    while (width := text.get_window_extent().width) > room and size > smallest:  # letters do not shrink evenly
        size = max(size * 0.98 * room / width, smallest)
        text.set_fontsize(size)
    return bool(width <= room)


def _fits(text: Text, share: float) -> bool:
    assert text.figure is not None
    return bool(text.get_window_extent().width <= share * text.figure.bbox.width)
