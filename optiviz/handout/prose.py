"""Sentences with letters of mathematics in them, for LaTeX and HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from html import escape

from optiviz.handout.committed import Record

__all__ = ["letters", "to_html", "to_latex"]

_BELOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx", strict=True))
_ABOVE = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789+-abcdefghijklmnoprstuvwxyz", strict=True))
_SIGNS = {
    "−": "-",
    "≤": r"\le ",
    "≥": r"\ge ",
    "≠": r"\ne ",
    "∞": r"\infty ",
    "·": r"\cdot ",
    "…": r"\dots ",
    "½": r"\tfrac{1}{2}",
    "√": r"\surd ",
    "∂": r"\partial ",
    "′": "'",
    "±": r"\pm ",
    "ℓ": r"\ell ",
    "×": r"\times ",
}
_GREEK = {chr(c): unicodedata.name(chr(c)).split()[-1].lower().replace("lamda", "lambda") for c in range(0x3B1, 0x3CA)}
_HAT = "\u0302"
_CHARACTERS = re.escape("".join([*_GREEK, *_BELOW, *_ABOVE, *_SIGNS, _HAT]))
_TOKEN = re.compile(
    rf"`(?P<code>[^`]*)`|(?P<formula>(?<![A-Za-z])[A-Za-z]?[{_CHARACTERS}]+(?:_[a-z]+)?)|(?P<letter>(?<![\w'’])[B-Zb-z](?![\w'’]))"
)
_ESCAPED = {c: rf"\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}
_ESCAPED |= {c: f"${c}$" for c in "|<>"} | {"§": r"\S{}", "–": "--", "’": "'"}


def letters(record: Record) -> set[str]:
    """The Latin letters that stand for something in a derivation."""
    names = (each["letter"]["plain"] for each in record["legend"])
    return {name[0] for name in names if not re.match("[A-Za-z]{2}", name)}


def to_latex(sentence: str, known: set[str]) -> str:
    r"""The sentence for LaTeX with its formulas in mathematics, and the `known` letters too.

    >>> to_latex("the score zᵢ of σ² & y", {"y"})
    'the score $z_{i}$ of $\\sigma^{2}$ \\& $y$'
    """
    return _told(sentence, known, _latex_words, lambda code: rf"\texttt{{{_latex_words(code)}}}", _latex_formula)


def to_html(sentence: str, known: set[str]) -> str:
    """The sentence for HTML, with the `known` letters in italics.

    >>> to_html("y < λ_max", {"y"})
    '<i>y</i> &lt; λ<sub>max</sub>'
    """
    return _told(sentence, known, escape, lambda code: f"<code>{escape(code)}</code>", _html_formula)


def _told(
    sentence: str,
    known: set[str],
    words: Callable[[str], str],
    code: Callable[[str], str],
    formula: Callable[[str], str],
) -> str:
    """The sentence with each of its parts written as its kind is."""
    sentence = unicodedata.normalize("NFC", sentence)
    for whole in {c for c in sentence if _HAT in unicodedata.normalize("NFD", c)}:
        sentence = sentence.replace(whole, unicodedata.normalize("NFD", whole))
    told, end = [], 0
    for match in _TOKEN.finditer(sentence):
        if match["letter"] and match["letter"] not in known:
            continue
        told.append(words(sentence[end : match.start()]))
        told.append(code(match["code"]) if match["code"] is not None else formula(match[0]))
        end = match.end()
    return "".join([*told, words(sentence[end:])])


def _latex_words(text: str) -> str:
    return "".join(_ESCAPED.get(c, c) for c in text)


def _latex_formula(text: str) -> str:
    stem, _, index = text.partition("_")
    stem = re.sub(f"(.){_HAT}", lambda match: rf"\hat{{{_latex_letters(match[1])}}}", stem)
    below = rf"_{{\mathrm{{{index}}}}}" if index else ""
    return f"${_latex_letters(stem).strip()}{below}$"


def _latex_letters(text: str) -> str:
    text = _scripts(_scripts(text, "_", _BELOW), "^", _ABOVE)
    return re.sub(r"\s+(?=[_^}])", "", "".join(rf"\{_GREEK[c]} " if c in _GREEK else _SIGNS.get(c, c) for c in text))


def _scripts(text: str, sign: str, table: dict[str, str]) -> str:
    """Small letters as ordinary ones behind a sign."""
    small = f"[{re.escape(''.join(table))}]+"
    return re.sub(small, lambda match: f"{sign}{{{''.join(table[c] for c in match[0])}}}", text)


def _html_formula(text: str) -> str:
    stem, _, index = text.partition("_")
    stem = re.sub("[A-Za-z]", lambda match: f"<i>{match[0]}</i>", unicodedata.normalize("NFC", stem))
    return stem + (f"<sub>{index}</sub>" if index else "")
