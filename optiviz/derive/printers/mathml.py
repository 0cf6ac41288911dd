"""Formulas in MathML, as browsers draw it by themselves: elements of MathML Core, and XML that any parser reads."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

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

__all__ = ["mathml"]

_TIMES = "<mo>\u2062</mo>"
_THIN = '<mspace width="0.17em"/>'
_LEFT = '<mtd style="text-align: left">'
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def mathml(mark: Mark) -> str:
    """The marks as one element of MathML, to stand in `<math>`."""
    match mark:
        case Word(text, "letter"):
            return _letter(text)
        case Word(text, kind):
            tag = "mi" if text == "∂" else {"number": "mn", "function": "mi"}.get(kind, "mo")
            upright = ' mathvariant="normal"' if kind == "function" and len(text) == 1 else ""
            return f"<{tag}{upright}>{escape(text)}</{tag}>"
        case Row(parts):
            return f"<mrow>{_row(parts)}</mrow>"
        case Infix(sign):
            return f'<mo form="infix">{escape(sign)}</mo>'
        case Prefix():
            return '<mo form="prefix">−</mo>'
        case Times(dot):
            return "<mo>·</mo>" if dot else _TIMES
        case Fraction(over, under):
            return f"<mfrac>{mathml(over)}{mathml(under)}</mfrac>"
        case Scripts(base, below, above):
            return _scripts(base, below, above)
        case Limits():
            return _limits(mark)
        case Root(inside):
            return f"<msqrt>{mathml(inside)}</msqrt>"
        case Fence(left, inside, right):
            low = "" if is_tall(inside) else ' stretchy="false"'
            before, after = (' form="prefix"', ' form="postfix"') if left == right else ("", "")
            return f"<mrow><mo{before}{low}>{left}</mo>{mathml(inside)}<mo{after}{low}>{right}</mo></mrow>"
        case Branches(rows):
            table = "".join(
                f"<mtr>{_LEFT}{mathml(formula)}</mtd>{_LEFT}{_condition(condition)}</mtd></mtr>"
                for formula, condition in rows
            )
            return f"<mrow><mo>{{</mo><mtable>{table}</mtable></mrow>"


def _row(parts: tuple[Mark, ...]) -> str:
    texts = [mathml(part) for part in parts]
    for n, part in enumerate(parts):
        after = parts[n + 1] if n + 1 < len(parts) else None
        if isinstance(part, Times) and isinstance(after, Word) and after.kind == "function":
            texts[n] += _THIN
        if isinstance(part, Word) and part.kind in ("function", "letter") and isinstance(after, Fence):
            texts[n] += "<mo>\u2061</mo>"
    return "".join(texts)


def _scripts(base: Mark, below: Mark | None, above: Mark | None) -> str:
    tag = "msubsup" if below and above else "msub" if below else "msup"
    return f"<{tag}>{''.join(mathml(part) for part in (base, below, above) if part)}</{tag}>"


def _limits(mark: Limits) -> str:
    sign = f"<mi>{mark.sign}</mi>{_THIN}" if mark.sign.isalpha() else f"<mo>{mark.sign}</mo>"
    if mark.above is None:
        return f"<munder><mrow>{sign}</mrow>{mathml(mark.below)}</munder>"
    tag = "msubsup" if mark.sign == "∫" else "munderover"
    return f"<{tag}>{sign}{mathml(mark.below)}{mathml(mark.above)}</{tag}>"


def _letter(name: str) -> str:
    """m̂ with its hat above, β₁ and η_min with their index below."""
    text = {"pi": "π", "infinity": "∞"}.get(name) or symbol(name).unicode
    if text == "∞":
        return "<mn>∞</mn>"
    stem = text.rstrip("₀₁₂₃₄₅₆₇₈₉")
    if index := text[len(stem) :]:
        return f"<msub>{_plain_letter(stem)}<mn>{index.translate(_DIGITS)}</mn></msub>"
    stem, _, index = text.partition("_")
    return f"<msub>{_plain_letter(stem)}<mi>{escape(index)}</mi></msub>" if index else _plain_letter(stem)


def _plain_letter(text: str) -> str:
    bare = unicodedata.normalize("NFD", text)
    if "\u0302" in bare:
        below = _plain_letter(bare.replace("\u0302", ""))
        return f'<mover accent="true">{below}<mo stretchy="false">^</mo></mover>'
    return f"<mi>{escape(text)}</mi>"


def _condition(mark: Mark | None) -> str:
    return "<mtext>otherwise</mtext>" if mark is None else f"<mrow><mtext>if\u00a0</mtext>{mathml(mark)}</mrow>"
