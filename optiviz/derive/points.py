"""Formulas in numbers: at points with exact, random coordinates, in thirty digits.

This knows nothing of SymPy's algebra: sums are added up term by term, derivatives and integrals are numerical.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

import mpmath

from optiviz.derive.domains import Domain
from optiviz.derive.functions import FUNCTIONS, NotReal
from optiviz.derive.rewriting import leaves
from optiviz.derive.written import (
    Call,
    Cases,
    Compare,
    Derivative,
    Element,
    Family,
    Integral,
    Letter,
    Number,
    Operation,
    Total,
    Written,
)

__all__ = [
    "COMPARE",
    "DIGITS",
    "FAR",
    "MANY_DIGITS",
    "NotReal",
    "Point",
    "Undefined",
    "far_points",
    "key_of",
    "points",
    "value",
]

DIGITS = 30
MANY_DIGITS = 1000
"""What it takes far out, where 1 − σ(z) has hundreds of zeros behind the point."""

FAR = (5, 25, 1000)
"""How far out a formula is put to the test, beside what is between −3 and 3."""

LARGE = 6
"""A size that no proof goes through, but a test in numbers does."""


class Undefined(ArithmeticError):
    """The formula has no real value at this point."""


@dataclass
class Point:
    """Coordinates for all letters: given ones, and random ones that are drawn when they are first asked for.

    The random ones are further out by `reach`.
    """

    sizes: dict[str, int]
    seed: int = 0
    known: dict[Any, Any] = field(default_factory=dict)
    drawn: dict[Any, Fraction] = field(default_factory=dict)
    reach: int = 0

    def having(self, key: Any, number: Any) -> Point:
        """The same point with another value for a letter (its name) or an element (its name and indices)."""
        return Point(self.sizes, self.seed, {**self.known, key: number}, self.drawn, self.reach)

    def moved(self, by: Written, number: Fraction) -> Point:
        """A point of its own where a letter or an element has another value, as if that had been drawn."""
        _value(by, self)  # what is drawn with it, is drawn now
        name = key_of(by, self)
        key = name if isinstance(name, tuple) else (name,)
        return Point(self.sizes, self.seed, dict(self.known), {**self.drawn, key: number}, self.reach)

    def letter(self, letter: Letter) -> Any:
        """The value of a letter."""
        if letter.name in self.known:
            return self.known[letter.name]
        if letter.definition is not None:
            return _value(letter.definition, self)
        if letter.name in self.sizes:
            return self.sizes[letter.name]
        if letter.size is not None:
            return 1 + Random(f"{self.seed} {letter.name}").randrange(int(_value(letter.size, self)))
        if (letter.name,) not in self.drawn:
            (self.drawn[(letter.name,)],) = letter.domain.row(Random(f"{self.seed} {letter.name}"), 1, self.reach)
        return _in_digits(self.drawn[(letter.name,)])

    def element(self, family: Family, indices: tuple[int, ...]) -> Any:
        """The value of an element of a family."""
        key = (family.name, *indices)
        if key in self.known:
            return self.known[key]
        if family.definition is not None:
            letters, body = family.definition
            inner = self
            for letter, each in zip(letters, indices, strict=True):
                inner = inner.having(letter.name, each)
            return _value(body, inner)
        if any(not 1 <= each <= self.sizes[axis.name] for each, axis in zip(indices, family.axes, strict=True)):
            raise Undefined(f"{family.name} has no element {indices}")
        if family.size is not None:
            return 1 + Random(f"{self.seed} {key}").randrange(self.sizes[family.size.name])
        length = self.sizes[family.axes[-1].name]
        return self._draw(family.domain, key[:-1], length)[indices[-1] - 1]

    def _draw(self, domain: Domain, row: tuple[Any, ...], length: int) -> list[Any]:
        """A row of numbers, the same each time; `row` is the name and all indices but the last."""
        keys = [(*row, k) for k in range(1, length + 1)]
        if keys[0] not in self.drawn:
            self.drawn |= zip(keys, domain.row(Random(f"{self.seed} {row}"), length, self.reach), strict=True)
        return [_in_digits(self.drawn[key]) for key in keys]

    def __str__(self) -> str:
        from optiviz.derive.plain import lowered
        from optiviz.names import symbol

        shown = [f"{symbol(name).unicode}={size}" for name, size in self.sizes.items()]
        for (name, *indices), number in self.drawn.items():
            below = lowered(",".join(map(str, indices))) if indices else ""
            shown.append(f"{symbol(name).unicode}{below}={number}".replace("-", "−"))
        return ", ".join(shown)


def points(*trees: Written, each: int = 2, seed: int = 0) -> Iterator[Point]:
    """Points for these formulas, `each` for every combination of small sizes."""
    choices = _sizes(*trees)
    for n in range(each if len(choices) > 1 else 2 * each):
        for k, choice in enumerate(choices):
            yield Point(choice, seed=seed + 1000 * n + k)


def far_points(*trees: Written) -> Iterator[Point]:
    """A few points far out, each with other small sizes, and one with large ones."""
    choices = _sizes(*trees)
    for n, reach in enumerate(2 * FAR):
        yield Point(choices[-1 - n % len(choices)], seed=n, reach=reach)
    if choices[0]:
        yield Point(dict.fromkeys(choices[0], LARGE))


def _sizes(*trees: Written) -> list[dict[str, int]]:
    """Every combination of small sizes that the formulas have."""
    letters: dict[str, Letter] = {}
    for tree in trees:
        for part in _definitions(tree):
            letters |= leaves(part)[0]
    sizes = [letter for letter in letters.values() if letter.domain.sizes]
    choices = itertools.product(*(letter.domain.sizes for letter in sizes))
    return [dict(zip((letter.name for letter in sizes), choice, strict=True)) for choice in choices]


def _definitions(tree: Written) -> Iterator[Written]:
    """The formula, and what its letters abbreviate."""
    yield tree
    letters, families = leaves(tree)
    for letter in letters.values():
        if letter.definition is not None:
            yield from _definitions(letter.definition)
    for family in families.values():
        if family.definition is not None:
            yield from _definitions(family.definition[1])


@functools.cache
def _in_digits(number: Fraction) -> Any:
    with mpmath.workdps(DIGITS + 10):
        return int(number) if number.denominator == 1 else mpmath.mpf(number.numerator) / number.denominator


def value(tree: Written, at: Point, digits: int = DIGITS) -> Any:
    """The value of a formula at a point, in so many digits.

    Raises:
        Undefined: there is none, as for log(0).
        NotReal: it is no real number, as for log(-1).
    """
    with mpmath.workdps(digits):
        try:
            found = _value(tree, at)
        except (ZeroDivisionError, ValueError, TypeError, IndexError, OverflowError) as error:
            raise Undefined(f"{tree}: {error}") from error
    if isinstance(found, mpmath.mpc):
        raise NotReal(f"{tree} is no real number at {at}")
    if not isinstance(found, bool) and not mpmath.isfinite(found):
        raise Undefined(f"{tree} is {found}")
    return found


COMPARE: Mapping[str, Any] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}


def _value(tree: Written, at: Point) -> Any:
    match tree:
        case Number(number):
            return {"pi": mpmath.pi(), "infinity": mpmath.inf}[number] if isinstance(number, str) else number
        case Letter():
            return at.letter(tree)
        case Element(family, args):
            return at.element(family, tuple(int(_value(a, at)) for a in args))
        case Call(name, args):
            return FUNCTIONS[name].value(*(_value(a, at) for a in args))
        case Operation(name, args):
            return _operate(name, *(_value(a, at) for a in args))
        case Total():
            return _total(tree, at)
        case Integral(variable, (body, low, high)):
            return _integrate(variable, body, _value(low, at), _value(high, at), at)
        case Derivative(order, (body, by)):
            here, key = _value(by, at), key_of(by, at)
            return mpmath.diff(lambda x: _value(body, at.having(key, x)), here, order)
        case Compare(name, (a, b)):
            return COMPARE[name](_value(a, at), _value(b, at))
        case Cases(args):
            for n in range(0, len(args) - 1, 2):
                if _value(args[n + 1], at):
                    return _value(args[n], at)
            return _value(args[-1], at)
    raise TypeError(f"{tree} has no value")


def key_of(by: Written, at: Point) -> Any:
    """How a point calls a letter or an element."""
    match by:
        case Letter(name):
            return name
        case Element(family, args):
            return (family.name, *(int(_value(a, at)) for a in args))
    raise TypeError(f"{by} is neither a letter nor an element")


def _operate(name: str, a: Any, b: Any = None) -> Any:
    if isinstance(a, mpmath.mpc) or isinstance(b, mpmath.mpc):
        raise NotReal(f"{mpmath.nstr(a, 6)} {name} {mpmath.nstr(b, 6)}")
    match name:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return mpmath.mpf(a) / b
        case "**":
            return mpmath.mpf(a) ** b
    return -a


def _total(tree: Total, at: Point) -> Any:
    body, first, last = tree.args
    low, high = _value(first, at), _value(last, at)
    if high == mpmath.inf:
        return _series(lambda k: _value(body, at.having(tree.index.name, k)), int(low))
    terms = [_value(body, at.having(tree.index.name, k)) for k in range(int(low), int(high) + 1)]
    if tree.name == "max":
        return max(terms)
    if tree.name == "median":
        ranked = sorted(terms)
        return (ranked[(len(terms) - 1) // 2] + ranked[len(terms) // 2]) / mpmath.mpf(2)
    return sum(terms) if tree.name == "sum" else mpmath.fprod(terms)


def _series(term: Callable[[int], Any], first: int) -> Any:
    """The sum of terms that fall quickly in the end, until they no longer count."""
    found: Any = 0
    for k in range(first, first + 300):
        found += (last := term(k))
        if k > first + 20 and abs(last) < mpmath.mpf(10) ** -DIGITS:
            return found
    raise Undefined("a series whose terms do not fall quickly")


def _integrate(variable: Letter, body: Written, low: Any, high: Any, at: Point) -> Any:
    """By quadrature, with zero and the letters' values, where corners and peaks are, as ends of intervals."""
    names = {name for name in leaves(body)[0] if name != variable.name}
    inside = sorted({0, *(_value(letter, at) for name, letter in leaves(body)[0].items() if name in names)})
    ends = [low, *(x for x in inside if low < x < high), high]
    with mpmath.workdps(15):
        return mpmath.quad(lambda x: _value(body, at.having(variable.name, x)), ends, maxdegree=5)
