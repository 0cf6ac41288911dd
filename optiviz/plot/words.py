"""Numbers, points and texts as they stand in a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib.text import Text

__all__ = ["fit", "fit_name", "label", "number", "point"]


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


def _shrunk(text: Text, share: float, least: float) -> bool:
    """Make a text smaller, though not below that share of its size, until it fits; does it?"""
    size = float(text.get_fontsize())
    smallest = size * least
    while not _fits(text, share) and size > smallest:  # letters do not shrink evenly
        assert text.figure is not None
        size = max(size * 0.98 * share * text.figure.bbox.width / text.get_window_extent().width, smallest)
        text.set_fontsize(size)
    return _fits(text, share)


def _fits(text: Text, share: float) -> bool:
    assert text.figure is not None
    return bool(text.get_window_extent().width <= share * text.figure.bbox.width)
