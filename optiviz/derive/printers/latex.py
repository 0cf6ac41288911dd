r"""Formulas in LaTeX, such as `\frac{1}{N} \sum_{i=1}^{N} x_{i}`."""

from __future__ import annotations

from optiviz.derive.printers.marks import (
    Branches,
    Fence,
    Fraction,
    Infix,
    Limits,
    Mark,
    Prefix,
    Root,
    Row,
    Scripts,
    Times,
    Word,
    is_tall,
)
from optiviz.names import symbol

__all__ = ["latex"]

_SIGNS = {"−": "-", "≤": r"\le", "≥": r"\ge", "∂": r"\partial ", "∑": r"\sum", "∏": r"\prod", "∫": r"\int"}
_FUNCTIONS = ("exp", "log", "max", "min", "tanh", "cosh")


def latex(mark: Mark) -> str:
    """The marks in LaTeX, for any place in mathematics; amsmath is needed for cases."""
    match mark:
        case Word("pi" | "infinity" as text, "letter"):
            return r"\infty" if text == "infinity" else r"\pi"
        case Word(text, "letter"):
            return symbol(text).latex
        case Word(text, "function"):
            return _function(text)
        case Word(text):
            return _SIGNS.get(text, text.replace("−", "-")) + " " * (text == ",")
        case Row(parts):
            return _row(parts)
        case Infix(sign):
            return f" {_SIGNS.get(sign, sign)} "
        case Prefix():
            return "-"
        case Times(dot):
            return r" \cdot " if dot else " "
        case Fraction(over, under):
            return rf"\frac{{{latex(over)}}}{{{latex(under)}}}"
        case Scripts(base, below, above):
            return _base(base, below).rstrip() + _script("_", below) + _script("^", above)
        case Limits(sign, below, above):
            return (_SIGNS.get(sign) or _limit(sign)) + _script("_", below) + _script("^", above) + " "
        case Root(inside):
            return rf"\sqrt{{{latex(inside)}}}"
        case Fence(left, inside, right):
            begin, end = (r"\left", r"\right") if is_tall(inside) else ("", "")
            return f"{begin}{left}{latex(inside)}{end}{right}"
        case Branches(rows):
            lines = [rf"{latex(formula)} & {_condition(condition)}" for formula, condition in rows]
            return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"


def _row(parts: tuple[Mark, ...]) -> str:
    texts = [latex(part) for part in parts]
    for n, part in enumerate(parts):
        if isinstance(part, Times) and not part.dot and isinstance(parts[n + 1], Word) and _named(parts[n + 1]):
            texts[n] = r" \, "
        if isinstance(part, Word) and part.kind == "function" and n + 1 < len(parts) and r"\left" in texts[n + 1][:5]:
            texts[n] += r"\!"  # else \left keeps away from the function
    return "".join(texts).strip()


def _named(mark: Mark) -> bool:
    """A function whose name LaTeX does not know, or the d of an integral: they come without space of their own."""
    return isinstance(mark, Word) and mark.kind == "function" and mark.text not in _FUNCTIONS


def _function(name: str) -> str:
    return rf"\{name}" if name in _FUNCTIONS else rf"\mathrm{{{name}}}"


def _limit(name: str) -> str:
    return rf"\{name}" if name in _FUNCTIONS else rf"\mathop{{\mathrm{{{name}}}}}"


def _base(mark: Mark, below: Mark | None) -> str:
    """What has an index of its own needs braces before it is given another."""
    text = latex(mark)
    return f"{{{text}}}" if below is not None and "_" in text else text


def _script(where: str, mark: Mark | None) -> str:
    return "" if mark is None else f"{where}{{{latex(mark).strip()}}}"


def _condition(mark: Mark | None) -> str:
    return r"\text{otherwise}" if mark is None else rf"\text{{if }} {latex(mark)}"
