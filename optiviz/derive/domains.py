"""What a letter may stand for: where it is drawn from when a step is put to the test, and what SymPy may assume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

__all__ = [
    "BIT",
    "CHANCE",
    "CLASSES",
    "COUNT",
    "INDEX",
    "ONE_HOT",
    "POSITIVE",
    "REAL",
    "SHARE",
    "SIGN",
    "SIMPLEX",
    "SIZE",
    "WEIGHTS",
    "Domain",
]


@dataclass(frozen=True)
class Domain:
    """A set of numbers, or of rows of numbers.

    Attributes:
        text: the set in words, for the reader.
        row: draws a row of the given length, of exact fractions, further out by the given reach.
        holds: whether a number is in it.
        assumptions: what SymPy may take for granted of each number.
        sums_to_one: each row adds up to 1.
        values: all of them, where there are so few that a proof may go through them.
        sizes: the values that a size is tried with.
    """

    text: str
    row: Callable[[Random, int, int], list[Fraction]]
    holds: Callable[[Any], bool]
    assumptions: tuple[str, ...] = ("real",)
    sums_to_one: bool = False
    values: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()


def _each(draw: Callable[[Random, int], Fraction]) -> Callable[[Random, int, int], list[Fraction]]:
    return lambda random, length, reach: [draw(random, reach) for _ in range(length)]


def _outwards(random: Random, reach: int) -> Fraction:
    """Never a whole number: it could lie on a corner."""
    below = random.choice((7, 11, 13, 17, 19, 23, 29))
    return reach + random.randint(0, 2) + Fraction(random.randint(1, below - 1), below)


def _positive(random: Random, reach: int) -> Fraction:
    """Far out is also what is near zero."""
    size = _outwards(random, reach)
    return 1 / size if reach and random.random() < 1 / 3 else size


def _real(random: Random, reach: int) -> Fraction:
    return random.choice((-1, 1)) * _outwards(random, reach)


def _share(random: Random, reach: int) -> Fraction:
    part = _positive(random, reach)
    return part / (1 + part)


def _count(random: Random, reach: int) -> Fraction:
    return Fraction(random.randint(7, 50) if reach else random.randint(0, 6))


def _among(*values: int) -> Callable[[Random, int], Fraction]:
    return lambda random, _: Fraction(random.choice(values))


def _one_hot(random: Random, length: int, _: int) -> list[Fraction]:
    hot = random.randrange(length)
    return [Fraction(int(k == hot)) for k in range(length)]


def _simplex(random: Random, length: int, reach: int) -> list[Fraction]:
    parts = [_positive(random, reach) for _ in range(length)]
    return [part / sum(parts) for part in parts]


def _chance(random: Random, reach: int) -> Fraction:
    return random.choice((Fraction(0), Fraction(1), _share(random, reach)))


def _weights(random: Random, length: int, reach: int) -> list[Fraction]:
    """Some rows have zeros in them."""
    some = random.choice((length, random.randint(1, length)))
    row = [*_simplex(random, some, reach), *[Fraction(0)] * (length - some)]
    random.shuffle(row)
    return row


def _is_whole_from(first: int) -> Callable[[Any], bool]:
    return lambda x: bool(x >= first and x == int(x))


def _is_share(x: Any) -> bool:
    return bool(0 < x < 1)


def _is_chance(x: Any) -> bool:
    return bool(0 <= x <= 1)


REAL = Domain("a real number", _each(_real), lambda _: True)
POSITIVE = Domain("a positive number", _each(_positive), lambda x: bool(x > 0), ("positive",))
SHARE = Domain("a number between 0 and 1", _each(_share), _is_share, ("positive",))
BIT = Domain("0 or 1", _each(_among(0, 1)), lambda x: x in (0, 1), ("real", "nonnegative"), values=(0, 1))
SIGN = Domain("−1 or 1", _each(_among(-1, 1)), lambda x: x in (-1, 1), values=(-1, 1))
COUNT = Domain("0, 1, 2, …", _each(_count), _is_whole_from(0), ("integer", "nonnegative"))
ONE_HOT = Domain(
    "a row of zeros with a single 1", _one_hot, lambda x: x in (0, 1), ("real", "nonnegative"), sums_to_one=True
)
SIMPLEX = Domain("a row of positive numbers that add up to 1", _simplex, _is_share, ("positive",), sums_to_one=True)
CHANCE = Domain("a number from 0 to 1", _each(_chance), _is_chance, ("real", "nonnegative"))
WEIGHTS = Domain(
    "a row of numbers from 0 to 1 that add up to 1", _weights, _is_chance, ("real", "nonnegative"), sums_to_one=True
)
SIZE = Domain("1, 2, 3, …", _each(_among(1, 2, 3)), _is_whole_from(1), ("integer", "positive"), sizes=(1, 2, 3))
CLASSES = Domain("2, 3, 4, …", _each(_among(2, 3)), _is_whole_from(2), ("integer", "positive"), sizes=(2, 3))
INDEX = Domain("a position, counted from 1", _each(_among(1)), _is_whole_from(1), ("integer", "positive"))
