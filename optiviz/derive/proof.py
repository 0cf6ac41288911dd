"""Is one formula the other? First an attempt to refute it by numbers, and only what survives is proved."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import mpmath

from optiviz.derive.algebra import Reader, is_zero
from optiviz.derive.domains import ONE_HOT
from optiviz.derive.points import COMPARE, DIGITS, MANY_DIGITS, NotReal, Point, Undefined, far_points, points, value
from optiviz.derive.rewriting import expanded, leaves, walk
from optiviz.derive.sides import height, sides
from optiviz.derive.unrolled import unrolled
from optiviz.derive.verdict import Grade, Refused, Verdict
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
)

__all__ = ["confirm", "confirm_equivalent", "confirm_sign"]


@functools.cache
def confirm(left: Written, right: Written) -> Verdict:
    """How sure it is that the two formulas are equal.

    Raises:
        Refused: they differ, or one of them is not real, with a point where that is so; or they have no value anywhere.
    """
    refute(left, right)
    return prove(left, right)


def sampled(*trees: Written, each: int = 2, seed: int = 0) -> Iterator[tuple[Point, list[Any]]]:
    """The formulas' values at random points where they all have one, at every combination of small sizes.

    Raises:
        Refused: the second of two has no value where the first has one, or there are no such points.
    """
    found = 0
    for first in points(*trees, each=each, seed=seed):
        for attempt in range(6):
            point = Point(first.sizes, first.seed + 100_000 * attempt)
            values = [_value_or_none(tree, point) for tree in trees]
            if None not in values:
                found += 1
                yield point, values
                break
            if len(trees) == 2 and values[0] is not None:
                raise Refused(f"{trees[1]} has no value at {point}, where {trees[0]} has one")
    if found < 2:
        raise Refused(f"{' and '.join(map(str, trees))}: not both have a value; is a letter in the wrong domain?")


def _value_or_none(tree: Written, at: Point, digits: int = DIGITS) -> Any:
    try:
        return value(tree, at, digits)
    except Undefined:
        return None
    except NotReal as error:
        raise Refused(str(error)) from None


def refute(left: Written, right: Written, seed: int = 0) -> None:
    """Raise Refused with a counterexample if numbers show that the two formulas differ."""
    parts = [*walk(expanded(left)), *walk(expanded(right))]
    slow = any(isinstance(part, Integral) or _endless(part) for part in parts)
    rough = 1e-9 if slow or any(isinstance(part, Derivative) for part in parts) else 1e-20
    for point, (a, b) in sampled(left, right, each=1 if slow else 8 if any(map(_coarse, parts)) else 2, seed=seed):
        _compare(left, right, a, b, point, rough)
    if not slow:
        _refute_at(far_points(left, right), left, right, rough)


def _refute_at(where: Iterable[Point], left: Written, right: Written, rough: float) -> None:
    """The same at these points, with many digits where they are needed; there it is no matter if one has no value."""
    for point in where:
        a, b = (_value_or_none(tree, point) for tree in (left, right))
        if a is None or b is None or abs(a - b) > rough * max(1, abs(a), abs(b)):
            a, b = (_value_or_none(tree, point, MANY_DIGITS) for tree in (left, right))
        if a is not None and b is not None:
            _compare(left, right, a, b, point, rough)


def _compare(left: Written, right: Written, a: Any, b: Any, point: Point, rough: float) -> None:
    difference = abs(a - b)
    if difference > rough * max(1, abs(a), abs(b)):
        shown = mpmath.nstr(difference, 6)
        raise Refused(f"{left} is not {right}: at {point} the two sides differ by {shown}")


def _confirm_seen(*trees: Written) -> None:
    """Raise Refused if a formula has a case of which there is no point: nothing would be known of it."""
    for corner, seen in sides(*trees).unseen:
        forms = [*Reader.of(corner).forms(height(corner))]
        jumps = isinstance(corner, Compare) or (isinstance(corner, Call) and corner.name == "sign")
        if isinstance(corner, Compare) and corner.name == "=":
            known = "is_nonzero"
        elif jumps and 0 not in seen:
            known = "is_negative" if 1 not in seen else "is_positive"
        else:
            known = "is_nonpositive" if 1 not in seen else "is_nonnegative"
        if not any(getattr(form, known) for form in forms):
            shown = " and ".join(map(str, trees))
            raise Refused(f"{shown}: no point was found for each of the cases of {corner}; leave out what is never so")


def _coarse(part: Written) -> bool:
    """Whether it has few values, so that it takes many points to see all of them."""
    if isinstance(part, (Letter, Element)):
        domain = part.domain if isinstance(part, Letter) else part.family.domain
        return bool(domain.values) or domain == ONE_HOT
    return isinstance(part, Call) and part.name == "delta"


def _endless(part: Written) -> bool:
    return isinstance(part, Total) and part.args[2] == Number("infinity")


def prove(left: Written, right: Written) -> Verdict:
    """How far SymPy can show that the formulas are equal: for all sizes, or for small sizes.

    Raises:
        Refused: it cannot.
    """
    reader = Reader.of(left, right)
    try:
        if is_zero(reader.read(left) - reader.read(right), reader, thorough=False):
            return Verdict(Grade.PROVED)
    except NotImplementedError:  # corners: case by case
        pass
    around = sides(left, right)
    _refute_at((*around.beside, *around.on), left, right, 1e-9)
    _confirm_seen(left, right)
    for each_value in (False, True):
        if tried := _proved_by_cases(left, right, each_value):
            return _by_cases(tried)
    raise Refused(f"{left} and {right} agree at all points tried, but that they are equal was not proved")


def _proved_by_cases(left: Written, right: Written, each_value: bool) -> list[Point]:
    """A point for each case, if SymPy shows in all of them that the formulas are equal; none if it does not."""
    read: dict[Any, tuple[Reader, Any]] = {}
    proved: set[Any] = set()
    tried: dict[Any, Point] = {}
    for point in cases(left, right, letters=each_value):
        flat = unrolled(left, point), unrolled(right, point)
        here = (*flat, *point.sizes.values())
        if here not in read:
            reader = Reader.of(*flat)
            reader.sizes = point.sizes
            read[here] = reader, reader.read(flat[0]) - reader.read(flat[1])
        reader, difference = read[here]
        difference = reader.unsigned(difference, point)
        key = (difference, *point.sizes.values())
        if key not in proved and not is_zero(difference, reader):
            return []
        proved.add(key)
        tried.setdefault(here, point)
    return [*tried.values()]


def _by_cases(tried: list[Point]) -> Verdict:
    sizes: dict[str, set[int]] = {}
    for point in tried:
        for name, size in point.sizes.items():
            sizes.setdefault(name, set()).add(size)
    count = len({tuple(point.sizes.values()) for point in tried})
    note = f"in {len(tried)} cases" if len(tried) > count else ""
    if not sizes:
        return Verdict(Grade.PROVED, note)
    spans = [
        f"{name}={min(span)}…{max(span)}" if len(span) > 1 else f"{name}={min(span)}" for name, span in sizes.items()
    ]
    return Verdict(Grade.PROVED_AT_SIZES, ", ".join([*spans, *([note] if note else [])]))


def cases(*trees: Written, letters: bool = True, elements: bool = False) -> Iterator[Point]:
    """Points on all sides of the corners, for every small size and every value of free indices.

    Letters, and the elements of families, that have few values take all of those as well, if wanted.
    """
    found: dict[str, Letter] = {}
    families: dict[str, Family] = {}
    bound: set[str] = set()
    for tree in map(expanded, trees):
        one, many = leaves(tree)
        found, families = found | one, families | many
        bound |= {part.index.name for part in walk(tree) if isinstance(part, Total)}
    few = [
        each for each in found.values() if each.name not in bound and (each.size or (letters and each.domain.values))
    ]
    for point, _ in sampled(*trees, each=6, seed=7):
        spans: dict[Any, tuple[int, ...]] = {each.name: each.domain.values or _up_to(each.size, point) for each in few}
        for family, place in _places(families, point) if elements else ():
            spans |= {(family.name, *place): family.domain.values} if family.domain.values else {}
        for choice in itertools.product(*spans.values()):
            yield dataclasses.replace(point, known=dict(zip(spans, choice, strict=True)))
    for point in sides(*trees).beside:
        here: dict[Any, int] = {each.name: int(value(each, point)) for each in few}
        for family, place in _places(families, point) if elements else ():
            here |= {(family.name, *place): int(value(family[place], point))} if family.domain.values else {}
        yield dataclasses.replace(point, known=here)


def _places(families: dict[str, Family], at: Point) -> Iterator[tuple[Family, tuple[int, ...]]]:
    """The elements of all families, with their indices."""
    for family in families.values():
        for place in itertools.product(*(_up_to(axis, at) for axis in family.axes)):
            yield family, place


def _up_to(size: Written | None, at: Point) -> tuple[int, ...]:
    return tuple(range(1, int(value(size or Number(0), at)) + 1))


@functools.cache
def confirm_sign(tree: Written, sign: str) -> Verdict:
    """How sure it is that a formula is `<`, `<=`, `>` or `>=` zero.

    Raises:
        Refused: it is not, with a point.
    """
    holds = COMPARE[sign]
    around = sides(tree)
    near = (point for point, _ in sampled(tree, each=4))
    for point in (*near, *far_points(tree), *around.beside, *around.on):
        number = _value_or_none(tree, point)
        if number is None or not holds(number, 0):
            number = _value_or_none(tree, point, MANY_DIGITS)
        if number is not None and not holds(number, 0):
            raise Refused(f"{tree} {sign} 0 does not hold: at {point} it is {mpmath.nstr(number, 6)}")
    known = {"<": "is_negative", "<=": "is_nonpositive", ">": "is_positive", ">=": "is_nonnegative"}[sign]
    try:
        if any(getattr(form, known) for form in Reader.of(tree).forms(tree)):
            return Verdict(Grade.PROVED)
    except NotImplementedError:
        pass
    _confirm_seen(tree)
    tried: dict[Any, Point] = {}
    for point in cases(tree, elements=True):
        flat = unrolled(tree, point)
        if flat in tried:
            continue
        reader = Reader.of(flat)
        reader.sizes = point.sizes
        if not any(getattr(form, known) for form in reader.forms(flat)):
            raise Refused(f"{tree} {sign} 0 holds at all points tried, but that it always does was not proved")
        tried[flat] = point
    return _by_cases([*tried.values()])


def confirm_equivalent(one: Written, other: Written) -> Verdict:
    """How sure it is that two inequalities say the same.

    Each is written as `something > 0`; where the one is a positive multiple of the other, they do.

    Raises:
        Refused: one of them holds where the other does not, or that is not seen.
    """
    if not isinstance(one, Compare) or not isinstance(other, Compare):
        raise Refused(f"{one} and {other} are not both inequalities")
    for point, (a, b) in sampled(one, other, each=12):
        if bool(a) != bool(b):
            raise Refused(f"{one} and {other} do not say the same: at {point} one holds and the other does not")
    strict = {one.name, other.name} <= {"<", ">"} or {one.name, other.name} <= {"<=", ">="}
    reader = Reader.of(one, other)
    if not strict or not any(form.is_positive for form in reader.forms(_surplus(one) / _surplus(other))):
        raise Refused(f"{one} and {other} agree at all points tried, but one is not a positive multiple of the other")
    return Verdict(Grade.PROVED)


def _surplus(inequality: Compare) -> Written:
    small, large = inequality.args if inequality.name in ("<", "<=") else inequality.args[::-1]
    return large - small
