"""Derivatives at corners: there a derivative may take any value between the slopes on both sides."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import Any

import mpmath
import sympy

from optiviz.derive.algebra import Reader
from optiviz.derive.points import DIGITS, Point, Undefined, key_of, points, value
from optiviz.derive.rewriting import expanded, replaced, walk
from optiviz.derive.sides import corners, places_where
from optiviz.derive.unrolled import unrolled
from optiviz.derive.verdict import Grade, Refused, Verdict
from optiviz.derive.written import Element, Family, Letter, Written

__all__ = ["confirm_at_corners", "confirm_smallest"]


@functools.cache
def confirm_at_corners(of: Written, by: Written, slope: Written, agreed: Written | None) -> None:
    """Raise Refused unless `slope` lies, at each corner of `of` and its own, between the slopes of `of` on both sides.

    Where those differ, `agreed` is the value that it must have.
    """
    for start in points(of, slope, seed=3):
        met = {there for tree in (of, slope) for _, there in corners(expanded(tree), start)}
        for place in sorted({place for there in met for place in places_where(there, by, start)}):
            _confirm_there(of, by, slope, agreed, start.moved(by, place))


def _confirm_there(of: Written, by: Written, slope: Written, agreed: Written | None, at: Point) -> None:
    key, here = key_of(by, at), value(by, at)

    def along(x: Any) -> Any:
        return value(of, at.having(key, x))

    with mpmath.workdps(DIGITS):
        tiny = mpmath.mpf(10) ** -12
        try:
            rises = [along(here + side * tiny) - along(here) for side in (-1, 1)]
            claimed = value(slope, at)
        except Undefined:  # another part of the formula has no value there
            return
        low, high = sorted(rise / (side * tiny) for rise, side in zip(rises, (-1, 1), strict=True))
    if max(map(abs, rises)) > 1e-6 * max(1, abs(claimed)):
        raise Refused(f"{of} jumps at the corner {at}, so it has no derivative there")
    if not low - 1e-9 <= claimed <= high + 1e-9:
        raise Refused(f"at the corner {at} the slope {claimed} is not between {low} and {high}")
    if high - low > 1e-9:
        if agreed is None:
            raise Refused(f"{of} has a corner; say which slope it is to have there")
        if abs(value(agreed, at) - claimed) > 1e-9:
            raise Refused(f"at the corner the slope is {claimed}, and not as agreed {agreed}")


@functools.cache
def confirm_smallest(of: Written, unknown: Letter, place: Written) -> Verdict:
    """How sure it is that `of`, made of straight pieces, is nowhere smaller than at `place`.

    Its corners are where the unknown is one of the data. In each order of the data it is confirmed that the pieces
    between them are straight, that it grows outwards, and that no corner is lower: the differences are sums of gaps
    between neighbours, and SymPy sees that these are not negative.

    Raises:
        Refused: it is smaller at a corner, or not of that form.
    """
    (family,) = {part.family for part in walk(of) if isinstance(part, Element)}
    (size,) = family.axes
    for count in size.domain.sizes:
        for order in itertools.permutations(range(1, count + 1)):
            data = {(family.name, k): Fraction(rank**2) for k, rank in enumerate(order, start=1)}
            _confirm_pieces(of, unknown, Point({size.name: count}, drawn=data))
            for k in range(1, count + 1):
                excess = replaced(of, {unknown: family[k]}) - replaced(of, {unknown: place})
                _confirm_corner(excess, family, order, Point({size.name: count}, drawn=dict(data)))
    return Verdict(Grade.PROVED_AT_SIZES, f"{size.name}={size.domain.sizes[0]}…{size.domain.sizes[-1]}, in every order")


def _confirm_pieces(of: Written, unknown: Letter, data: Point) -> None:
    """Raise Refused unless `of` is straight between the data and grows outwards."""
    places = sorted(data.drawn.values())
    middles = [(a + b) / 2 for a, b in itertools.pairwise(places)]
    for place in (places[0] - 1, *middles, places[-1] + 1):
        at = Point(data.sizes, drawn={**data.drawn, (unknown.name,): place})
        reader = Reader.of(of)
        slope = sympy.diff(reader.read(unrolled(of, at)), reader.read(unknown))
        outwards = slope > 0 if place > places[-1] else slope < 0 if place < places[0] else True
        if slope.free_symbols & {reader.read(unknown)} or not outwards:
            raise Refused(f"{of} is not made of straight pieces that rise outwards")


def _confirm_corner(excess: Written, family: Family, order: tuple[int, ...], at: Point) -> None:
    """Raise Refused unless `excess` is not negative, with the data in this order a first one and positive gaps."""
    try:
        smaller = value(excess, at) < -1e-20
    except Undefined as error:
        raise Refused(str(error)) from None
    reader = Reader.of(excess)
    gaps = sympy.symbols(f"gap1:{len(order)}", positive=True)
    first = sympy.Symbol("first", real=True)
    swap = {reader.read(family[k]): first + sum(gaps[: rank - 1]) for k, rank in enumerate(order, start=1)}
    difference = sympy.expand(reader.read(unrolled(excess, at)).xreplace(swap))
    if smaller or not difference.is_nonnegative:
        raise Refused(f"{excess} may be negative: at {at} it is {difference}")
