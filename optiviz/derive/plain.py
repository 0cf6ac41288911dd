"""Formulas as plain text, in one line: for messages and for whoever reads a step in a terminal."""

from __future__ import annotations

from optiviz.derive.written import (
    Call,
    Cases,
    Compare,
    Derivative,
    Element,
    Integral,
    Letter,
    Named,
    Number,
    Operation,
    Total,
    Written,
    spelled_out,
)
from optiviz.names import symbol

__all__ = ["plain"]

_SUBSCRIPT = dict(zip("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SUPERSCRIPT = dict(
    zip("0123456789+-abcdefghijklmnoprstuvwxyz()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁽⁾", strict=True)
)
_SIGNS = {"<=": "≤", ">=": "≥"}
_BIG = {"sum": "Σ", "product": "∏", "max": "max", "median": "median"}
_FUNCTIONS = {"sigmoid": "σ", "delta": "δ"}
ATOM, POWER, PRODUCT, BIG, SUM, COMPARE = range(6)
"""How loosely a formula holds together: what is looser than its place allows is put in brackets."""


def plain(tree: Written) -> str:
    """The formula in one line, such as `−(xᵢ − μ)² / (2 σ²)`."""
    return _show(tree)[0]


def raised(text: str) -> str:
    """`text` above the line: in small letters where there are such letters, else behind a ^."""
    small = text.replace(" ", "").replace("−", "-")
    if all(c in _SUPERSCRIPT for c in small):
        return "".join(_SUPERSCRIPT[c] for c in small)
    return f"^{text}" if len(text) == 1 else f"^({text})"


def lowered(text: str) -> str:
    """`text` below the line, as `raised` puts it above."""
    small = text.replace(" ", "").replace("−", "-").replace(",", "")
    if all(c in _SUBSCRIPT for c in small):
        return "".join(_SUBSCRIPT[c] for c in small)
    return f"_{small}" if len(text) == 1 or small.isalpha() else f"_({text})"


def _show(tree: Written) -> tuple[str, int]:
    """The text and how loosely it holds together."""
    match tree:
        case Number(value):
            named = {"pi": "π", "infinity": "∞"}
            return (named[value], ATOM) if isinstance(value, str) else (str(value).replace("-", "−"), ATOM)
        case Letter(name):
            return symbol(name).unicode, ATOM
        case Element(family, args):
            indices = ",".join(plain(a) for a in args)
            return symbol(family.name).unicode + lowered(indices), ATOM
        case Named(name, args):
            return symbol(name).unicode + (f"({', '.join(map(plain, args))})" if args else ""), ATOM
        case Call("abs", (x,)):
            return f"|{plain(x)}|", ATOM
        case Call("sqrt", (x,)):
            return f"√{_in(x, ATOM)}", ATOM
        case Call("factorial", (x,)):
            return f"{_in(x, ATOM)}!", ATOM
        case Call("delta", (a, b)):
            return "δ" + lowered(f"{plain(a)},{plain(b)}"), ATOM
        case Call("xexp" | "divergence", (_, _)):
            return _show(spelled_out(tree))
        case Call(name, args):
            return f"{_FUNCTIONS.get(name, name)}({', '.join(map(plain, args))})", ATOM
        case Total(name, index, (body, first, last)):
            everything = first == Number(1) and last == index.size
            span = lowered(plain(index)) if everything else f"_({plain(index)}={plain(first)}…{plain(last)})"
            return f"{_BIG[name]}{span} {_in(body, BIG)}", BIG
        case Integral(variable, (body, _, _)):
            return f"∫ {_in(body, PRODUCT)} d{plain(variable)}", PRODUCT
        case Derivative(1, (Derivative(1, (body, first)), by)):
            return f"∂²{_in(body, ATOM)}/∂{plain(first)}∂{plain(by)}", PRODUCT
        case Derivative(order, (body, by)):
            above = "" if order == 1 else raised(str(order))
            return f"∂{above}{_in(body, ATOM)}/∂{plain(by)}{above}", PRODUCT
        case Compare(name, (left, right)):
            return f"{plain(left)} {_SIGNS.get(name, name)} {plain(right)}", COMPARE
        case Cases(args):
            pairs = [f"{plain(args[n])} if {plain(args[n + 1])}" for n in range(0, len(args) - 1, 2)]
            return "{" + ", ".join([*pairs, f"{plain(args[-1])} otherwise"]) + "}", ATOM
        case Operation("negative", (x,)):
            return f"−{_in(x, BIG)}", BIG
        case Operation("**", (base, exponent)):
            return _in(base, ATOM) + raised(plain(exponent)), POWER
        case Operation("/", (a, b)):
            return f"{_in(a, PRODUCT)}/{_in(b, POWER)}", PRODUCT
        case Operation("*", (a, b)):
            before = _in(a, POWER if _is_fraction(a) else PRODUCT)
            after = _in(b, BIG if isinstance(b, Total) else POWER if _is_fraction(b) else PRODUCT)
            dot = " · " if after[0].isdigit() else " "
            return before + dot + after, BIG if isinstance(b, Total) else PRODUCT
        case Operation(name, (a, b)):
            before, after = _in(a, SUM), _in(b, BIG if name == "-" else SUM)
            after = f"({after})" if after[0] == "−" else after
            return f"{before} {'−' if name == '-' else '+'} {after}", SUM
    raise TypeError(f"no formula: {tree!r}")


def _is_fraction(tree: Written) -> bool:
    return isinstance(tree, Operation) and tree.name == "/"


def _in(tree: Written, loosest: int) -> str:
    text, holds = _show(tree)
    return text if holds <= loosest else f"({text})"
