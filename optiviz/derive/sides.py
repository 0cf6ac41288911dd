"""The corners of formulas, and points on all sides of them: what is right on one side need not be so on the other."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import mpmath

from optiviz.derive.domains import INDEX, POSITIVE, Domain
from optiviz.derive.functions import maximum
from optiviz.derive.points import DIGITS, FAR, NotReal, Point, Undefined, key_of, points, value
from optiviz.derive.rewriting import expanded, replaced, walk
from optiviz.derive.written import (
    Call,
    Compare,
    Derivative,
    Element,
    Family,
    Integral,
    Letter,
    Number,
    Total,
    Written,
    index,
)

__all__ = ["Sides", "corners", "domain_of", "height", "is_corner", "places_where", "sides", "within"]

WALKS = 16
"""How many random walks lead from corner to corner, so that points are on some side of several at a time."""

_GRID = [Fraction(n, 2) + Fraction(1, 89) for n in range(-8, 9)]
_GRID = sorted([*_GRID, *(side * (far + Fraction(1, 89)) for far in (5, 9, 16, *FAR[1:]) for side in (-1, 1))])
"""Where zeros of what is not a straight line are looked for, between neighbours."""


@dataclass(frozen=True)
class Sides:
    """Points around the corners of formulas.

    Attributes:
        beside: on their sides, and far out.
        on: exactly on them.
        unseen: the corners as they are written that have points on some sides only, with the signs there.
    """

    beside: tuple[Point, ...] = ()
    on: tuple[Point, ...] = ()
    unseen: tuple[tuple[Written, frozenset[int]], ...] = ()


def is_corner(part: Written) -> bool:
    """Whether a part of a formula may have a corner or a jump."""
    return isinstance(part, Compare) or (isinstance(part, Call) and part.name in ("abs", "sign", "max", "min"))


def height(corner: Written) -> Written:
    """What is zero at a corner, and has a sign on each of its sides."""
    one, *other = corner.args
    return one - other[0] if other else one


def corners(tree: Written, at: Point) -> Iterator[tuple[Written, Written]]:
    """The corners as they are written, each with what is zero there, in which the indices of sums are counted out.

    An integral and a sum without end have none from outside.
    """
    match tree:
        case Integral() | Total(_, _, (_, _, Number("infinity"))):
            return
        case Total(name, index, (body, first, last)):
            span = range(int(value(first, at)), int(value(last, at)) + 1)
            terms = [replaced(body, {index: Number(k)}) for k in span]
            if name in ("max", "median"):
                yield from ((maximum(a, b), a - b) for a, b in itertools.combinations(terms, 2))
            inner = [corner for corner, _ in corners(body, at.having(index.name, 1))] if terms else []
            for term in terms:
                yield from zip(inner, (there for _, there in corners(term, at)), strict=False)
            return
    if is_corner(tree):
        yield tree, height(tree)
    for part in tree.args:
        yield from corners(part, at)


@functools.cache
def sides(*trees: Written) -> Sides:
    """Points around all corners of the formulas: along each letter all that it may meet, and then at random."""
    whole = [expanded(tree) for tree in trees]
    if not any(is_corner(part) or isinstance(part, Total) for tree in whole for part in walk(tree)):
        return Sides()
    beside: list[Point] = []
    on: list[Point] = []
    seen: dict[Written, set[int]] = {}
    starts = list(points(*trees, each=1, seed=31))
    for n, start in enumerate(starts):
        met = list(dict.fromkeys(corner for tree in whole for corner in corners(tree, start)))
        found = (
            [start, *_around([there for _, there in met], start, WALKS // len(starts) + 1, Random(n))] if met else []
        )
        for point in found:
            signs = [(corner, _sign(there, point)) for corner, there in met]
            for corner, sign in signs:
                seen.setdefault(corner, set()).update(() if sign is None else (sign,))
            (on if any(sign == 0 for corner, sign in signs if not _is_equation(corner)) else beside).append(point)
    if any(isinstance(part, Derivative) for tree in whole for part in walk(tree)):
        on = []  # a slope is found in numbers where there is but one
    unseen = ((corner, frozenset(signs)) for corner, signs in seen.items() if not _all_seen(corner, signs))
    return Sides(tuple(beside), tuple(on), tuple(unseen))


def _all_seen(corner: Written, signs: set[int]) -> bool:
    return (0 in signs and len(signs) > 1) if _is_equation(corner) else {-1, 1} <= signs


def _is_equation(corner: Written) -> bool:
    return isinstance(corner, Compare) and corner.name == "="


def _sign(there: Written, at: Point) -> int | None:
    try:
        height = value(there, at)
    except Undefined:
        return None
    return 0 if height == 0 else 1 if height > 0 else -1


def _around(met: Sequence[Written], start: Point, walks: int, random: Random) -> Iterator[Point]:
    letters = list(dict.fromkeys(part for there in met for part in walk(there) if _may_move(part)))
    alike: dict[str, Written] = {}
    for letter in letters:  # of a family, one element stands for all
        alike.setdefault(letter.family.name if isinstance(letter, Element) else str(letter), letter)
    for letter in alike.values():
        moved = (_at(start, letter, place) for place in _places(met, letter, start))
        yield from (point for point in moved if point is not None)
    for _ in range(walks if len(letters) > 1 else 0):
        here = start
        for letter in random.sample(letters, len(letters)):
            moved_on = _at(here, letter, random.choice(_places(met, letter, here, all_of_them=False)))
            if moved_on is not None:
                here = moved_on
                yield here


def _may_move(part: Written) -> bool:
    if isinstance(part, Letter):
        return not part.domain.sizes and part.family is None
    return isinstance(part, Element) and not part.family.domain.sums_to_one and part.family.size is None


def domain_of(part: Any) -> Domain:
    """What a letter, an element or each element of a family may stand for."""
    found: Domain = part.family.domain if isinstance(part, Element) else part.domain
    return found


def within(part: Any, put: Any, *, edge: bool = False) -> bool:
    """Whether what is put in the place of a letter, an element or a family is always in its domain, or at its edge.

    A formula, which is no letter, may stand for anything.
    """
    if not isinstance(part, (Letter, Element, Family)) or (isinstance(part, Letter) and part.family is not None):
        return True
    one = part[tuple(index(f"{axis.name}′", axis) for axis in part.axes)] if isinstance(part, Family) else part
    tree = replaced(one, {part: put}, capture=True)
    domain, nudges = domain_of(part), (-Fraction(1, 10**20), 0, Fraction(1, 10**20)) if edge else (0,)
    for point in points(tree, each=6):
        try:
            found = value(tree, point)
        except (Undefined, NotReal):
            continue
        if not any(domain.holds(found + nudge) for nudge in nudges):
            return False
    return True


def _at(here: Point, letter: Written, place: Fraction) -> Point | None:
    """The point with a letter moved there; None if an element would be asked for that is not there, such as θ₋₁."""
    if domain_of(letter) == INDEX:
        return here.having(key_of(letter, here), int(place))
    try:
        return here.moved(letter, place)
    except Undefined:
        return None


def _places(met: Iterable[Written], letter: Written, at: Point, *, all_of_them: bool = True) -> list[Fraction]:
    """Where a letter may go: between the corners and beyond them, and if wanted onto them and far out."""
    domain = domain_of(letter)
    if domain.values:
        return [Fraction(each) for each in domain.values]
    if domain == INDEX:
        size = letter.size if isinstance(letter, Letter) else None
        return [Fraction(k) for k in range(1, int(value(size or Number(1), at)) + 1)]
    zeros = sorted({zero for there in met for zero in places_where(there, letter, at)})
    if "integer" in domain.assumptions:
        near = {int(zero) + n for zero in zeros for n in (-1, 0, 1, 2)} | {0, 1, 2, 7, 50}
        return [Fraction(n) for n in sorted(near) if domain.holds(n)]
    between = [_between(a, b) for a, b in itertools.pairwise(zeros)]
    below = [zeros[0] / 2 if domain == POSITIVE else zeros[0] - Fraction(1, 2)] if zeros else []
    above = [zeros[-1] + Fraction(1, 2)] if zeros else []
    far = [side * (reach + Fraction(2, 7)) for reach in FAR for side in (-1, 1)]
    found = [*below, *between, *above, *([*zeros, *far] if all_of_them else [])]
    return [place for place in found if domain.holds(place)] or [domain.row(Random(0), 1, 0)[0]]


def _between(a: Fraction, b: Fraction) -> Fraction:
    middle = (a + b) / 2
    short = (middle.limit_denominator(10**n) for n in range(1, 30))
    return next((place for place in short if a < place < b), middle)


def places_where(zero: Written, by: Written, at: Point) -> list[Fraction]:
    """Where along `by` a formula is zero: all such places if it is a straight line, else those that a search finds."""
    if not any(part == by for part in walk(zero)):
        return []
    key = key_of(by, at)

    def at_place(x: Any) -> Any:
        try:
            return value(zero, at.having(key, x))
        except Undefined:
            return None

    with mpmath.workdps(DIGITS):
        low, one, two, high = map(at_place, map(mpmath.mpf, (-997, 1, 2, 1013)))
        if None not in (low, one, two, high):
            rise = two - one
            if all(abs(end - one - rise * far) < 1e-20 for end, far in ((low, -998), (high, 1012))):
                found = [1 - one / rise] if rise else []
            else:
                found = _searched(at_place)
        else:
            found = _searched(at_place)
        return [exact for x in found if domain_of(by).holds(exact := _exactly(x))]


def _searched(at_place: Any) -> list[Any]:
    """Zeros between neighbours on the grid that are not on the same side."""
    grid = [mpmath.mpf(x.numerator) / x.denominator for x in _GRID]
    heights = [at_place(x) for x in grid]
    found = []
    for (a, b), (left, right) in zip(itertools.pairwise(grid), itertools.pairwise(heights), strict=True):
        if left is None or right is None or (left > 0) == (right > 0):
            continue
        found.append(_zero_between(at_place, a, b, left, right))
    return found


def _zero_between(at_place: Any, a: Any, b: Any, left: Any, right: Any) -> Any:
    """By the rule of false position; the end that stays twice is lowered, so that both ends come near."""
    for _ in range(60):
        middle = (a * right - b * left) / (right - left)
        there = at_place(middle)
        if there is None or abs(there) < 1e-28 or middle in (a, b):
            return middle
        if (there > 0) == (right > 0):
            b, right, left = middle, there, left / 2
        else:
            a, left, right = middle, there, right / 2
    return (a + b) / 2


def _exactly(x: Any) -> Fraction:
    """A number as the fraction that it is but for rounding, if there is a short one."""
    sign, mantissa, exponent, _ = mpmath.mpf(x)._mpf_
    whole: Fraction = Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** exponent
    short = whole.limit_denominator(10**7)
    return short if abs(short - whole) < Fraction(1, 10**22) else whole
