"""Formulas as marks on paper: fractions, scripts, limits and the brackets they need, decided once for all printers.

A formula also comes in pieces, its terms, between which a line may be broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

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

__all__ = [
    "Branches",
    "Fence",
    "Fraction",
    "Infix",
    "Limits",
    "Mark",
    "Prefix",
    "Root",
    "Row",
    "Scripts",
    "Times",
    "Word",
    "is_tall",
    "letter",
    "pieces",
    "typeset",
]


@dataclass(frozen=True)
class Word:
    """A `letter` by its name in `optiviz.names`, a `number`, a `function`, a `sign` such as ! or ∂, or a `comma`."""

    text: str
    kind: str


@dataclass(frozen=True)
class Infix:
    """A sign between two formulas, with space on both sides."""

    sign: str


@dataclass(frozen=True)
class Prefix:
    """A minus before a formula."""


@dataclass(frozen=True)
class Times:
    """What stands between two factors: nothing but space, or a dot."""

    dot: bool


@dataclass(frozen=True)
class Row:
    """Marks side by side."""

    parts: tuple[Mark, ...]


@dataclass(frozen=True)
class Fraction:
    """One over the other."""

    over: Mark
    under: Mark


@dataclass(frozen=True)
class Scripts:
    """An index, an exponent, or both."""

    base: Mark
    below: Mark | None = None
    above: Mark | None = None


@dataclass(frozen=True)
class Limits:
    """A large sign with what stands under it and, mostly, above it."""

    sign: str
    below: Mark
    above: Mark | None = None


@dataclass(frozen=True)
class Root:
    """A square root."""

    inside: Mark


@dataclass(frozen=True)
class Fence:
    """Brackets, or the bars of an absolute value."""

    left: str
    inside: Mark
    right: str


@dataclass(frozen=True)
class Branches:
    """Formulas with their conditions behind a brace; the last one has none."""

    rows: tuple[tuple[Mark, Mark | None], ...]


Mark: TypeAlias = Word | Infix | Prefix | Times | Row | Fraction | Scripts | Limits | Root | Fence | Branches

ATOM, POWER, FRACTION, PRODUCT, BIG, SUM, COMPARE = range(7)
"""How loosely a formula holds together: what is looser than its place allows is put in brackets."""

RELATIONS = {"<=": "≤", ">=": "≥"}
_BIG = {"sum": "∑", "product": "∏"}
_PARTIAL = Word("∂", "sign")
_COMMA = Word(",", "comma")


def letter(name: str) -> Word:
    """A letter by its name."""
    return Word(name, "letter")


def typeset(tree: Written) -> Mark:
    """The marks of a formula."""
    return _set(tree)[0]


def pieces(tree: Written) -> list[Mark]:
    """The marks of a formula in its terms: each but the first begins with its sign."""
    match tree:
        case Compare(name, (left, right)):
            first, *others = pieces(right)
            return [*pieces(left), _row(Infix(RELATIONS.get(name, name)), first), *others]
        case Operation("+" | "-" as name, (a, b)):
            term = _term(name, b)
            first, *others = pieces(b) if name == "+" and not isinstance(term, Fence) else [term]
            return [*pieces(a), _row(Infix("−" if name == "-" else name), first), *others]
    return [typeset(tree)]


def is_tall(mark: Mark) -> bool:
    """Brackets must grow around what is higher than a line."""
    match mark:
        case Fraction() | Limits() | Branches():
            return True
        case Row(parts):
            return any(map(is_tall, parts))
        case Fence(_, inside, _) | Root(inside):
            return is_tall(inside)
        case Scripts(base):
            return is_tall(base)
    return False


def _set(tree: Written) -> tuple[Mark, int]:
    """The marks and how loosely they hold together."""
    match tree:
        case Number(value):
            return (letter(value) if isinstance(value, str) else Word(str(value).replace("-", "−"), "number")), ATOM
        case Letter(name):
            return letter(name), ATOM
        case Element(family, args):
            return Scripts(letter(family.name), below=_indices(args)), ATOM
        case Named(name, args):
            return (_applied(letter(name), args) if args else letter(name)), ATOM
        case Call("xexp" | "divergence"):
            return _set(spelled_out(tree))
        case Call(name, args):
            return _call(name, args)
        case Total(name, index, (body, first, last)):
            if name not in _BIG:
                return _row(Limits(name, typeset(index)), _in(body, BIG)), BIG
            begin = _row(letter(index.name), Infix("="), typeset(first))
            return _row(Limits(_BIG[name], begin, typeset(last)), _in(body, BIG)), BIG
        case Integral(variable, (body, low, high)):
            sign = Limits("∫", typeset(low), typeset(high))
            return _row(sign, _in(body, PRODUCT), Times(dot=False), Word("d", "function"), typeset(variable)), PRODUCT
        case Derivative():
            return _slope(tree), FRACTION
        case Cases(args):
            branches = [(typeset(args[n]), typeset(args[n + 1])) for n in range(0, len(args) - 1, 2)]
            return Branches((*branches, (typeset(args[-1]), None))), ATOM
        case Compare() | Operation("+" | "-"):
            return _row(*pieces(tree)), COMPARE if isinstance(tree, Compare) else SUM
        case Operation("negative", (x,)):
            return _row(Prefix(), _in(x, BIG)), BIG
        case Operation("**", (base, exponent)):
            return _power(_in(base, ATOM), typeset(exponent)), POWER
        case Operation("/", (a, b)):
            return Fraction(typeset(a), typeset(b)), FRACTION
        case Operation("*", (a, b)):
            left, right = _in(a, PRODUCT), _in(b, BIG if isinstance(b, Total) else PRODUCT)
            return _row(left, Times(_begins_with_digit(right)), right), BIG if isinstance(b, Total) else PRODUCT
    raise TypeError(f"no formula: {tree!r}")


def _row(*parts: Mark) -> Mark:
    """Marks side by side, rows among them laid open."""
    flat: list[Mark] = []
    for part in parts:
        flat += part.parts if isinstance(part, Row) else [part]
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def _in(tree: Written, loosest: int) -> Mark:
    mark, holds = _set(tree)
    return mark if holds <= loosest else Fence("(", mark, ")")


def _term(sign: str, tree: Written) -> Mark:
    """What stands behind a plus or minus."""
    mark, holds = _set(tree)
    bare = holds <= (BIG if sign == "-" else SUM) and not isinstance(_first(mark), Prefix)
    return mark if bare else Fence("(", mark, ")")


def _first(mark: Mark) -> Mark:
    return _first(mark.parts[0]) if isinstance(mark, Row) else mark


def _begins_with_digit(mark: Mark) -> bool:
    first = _first(mark)
    if isinstance(first, Scripts):
        return _begins_with_digit(first.base)
    return isinstance(first, Word) and first.kind == "number"


def _listed(args: tuple[Written, ...]) -> Mark:
    parts: list[Mark] = [typeset(args[0])]
    for arg in args[1:]:
        parts += [_COMMA, typeset(arg)]
    return _row(*parts)


def _applied(function: Mark, args: tuple[Written, ...]) -> Mark:
    return Row((function, Fence("(", _listed(args), ")")))


def _indices(args: tuple[Written, ...]) -> Mark:
    """Letters close together, anything longer with commas."""
    return _row(*map(typeset, args)) if all(isinstance(arg, Letter) for arg in args) else _listed(args)


def _call(name: str, args: tuple[Written, ...]) -> tuple[Mark, int]:
    match name:
        case "abs":
            return Fence("|", typeset(args[0]), "|"), ATOM
        case "sqrt":
            return Root(typeset(args[0])), ATOM
        case "factorial":
            return _row(_in(args[0], ATOM), Word("!", "sign")), ATOM
        case "delta":
            return Scripts(letter("delta"), below=_indices(args)), ATOM
    return _applied(letter("sigma") if name == "sigmoid" else Word(name, "function"), args), ATOM


def _power(base: Mark, exponent: Mark) -> Mark:
    if isinstance(base, Scripts) and base.above is None:
        return Scripts(base.base, base.below, exponent)
    return Scripts(base, above=exponent)


def _slope(tree: Derivative) -> Mark:
    """∂²ℓ over ∂σ ∂μ: derivatives of derivatives are one fraction."""
    body: Written = tree
    under: list[Mark] = []
    order = 0
    while isinstance(body, Derivative):
        times, (inner, by) = body.order, body.args
        power = _in(by, ATOM)
        under += [
            *([Times(dot=False)] if under else []),
            _PARTIAL,
            power if times == 1 else _power(power, Word(str(times), "number")),
        ]
        order, body = order + times, inner
    over = _PARTIAL if order == 1 else Scripts(_PARTIAL, above=Word(str(order), "number"))
    return Fraction(_row(over, _in(body, ATOM)), _row(*under))
