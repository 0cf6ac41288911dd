"""What a letter may stand for: where it is drawn from when a step is put to the test, and what SymPy may assume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

__all__ = [
    "BIT",
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
    "Domain",
]


@dataclass(frozen=True)
class Domain:
    """A set of numbers, or of rows of numbers.

    Attributes:
        text: the set in words, for the reader.
        row: draws a row of the given length, of exact fractions.
        assumptions: what SymPy may take for granted of each number.
        sums_to_one: each row adds up to 1.
        values: all of them, where there are so few that a proof may go through them.
        sizes: the values that a size is tried with.
    """

    text: str
    row: Callable[[Random, int], list[Fraction]]
    assumptions: tuple[str, ...] = ("real",)
    sums_to_one: bool = False
    values: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()


def _each(draw: Callable[[Random], Fraction]) -> Callable[[Random, int], list[Fraction]]:
    return lambda random, length: [draw(random) for _ in range(length)]


def _positive(random: Random) -> Fraction:
    """Never a whole number: it could lie on a corner."""
    below = random.choice((7, 11, 13, 17, 19, 23, 29))
    return random.randint(0, 2) + Fraction(random.randint(1, below - 1), below)


def _real(random: Random) -> Fraction:
    return random.choice((-1, 1)) * _positive(random)


def _share(random: Random) -> Fraction:
    part = _positive(random)
    return part / (1 + part)


def _among(*values: int) -> Callable[[Random], Fraction]:
    return lambda random: Fraction(random.choice(values))


def _one_hot(random: Random, length: int) -> list[Fraction]:
    hot = random.randrange(length)
    return [Fraction(int(k == hot)) for k in range(length)]


def _simplex(random: Random, length: int) -> list[Fraction]:
    parts = [_positive(random) for _ in range(length)]
    return [part / sum(parts) for part in parts]


REAL = Domain("a real number", _each(_real))
POSITIVE = Domain("a positive number", _each(_positive), ("positive",))
SHARE = Domain("a number between 0 and 1", _each(_share), ("positive",))
BIT = Domain(
    "0 or 1", _each(lambda random: Fraction(random.randint(0, 1))), assumptions=("real", "nonnegative"), values=(0, 1)
)
SIGN = Domain("−1 or 1", _each(lambda random: Fraction(random.choice((-1, 1)))), values=(-1, 1))
COUNT = Domain("0, 1, 2, …", _each(lambda random: Fraction(random.randint(0, 6))), ("integer", "nonnegative"))
ONE_HOT = Domain("a row of zeros with a single 1", _one_hot, ("real", "nonnegative"), sums_to_one=True)
SIMPLEX = Domain("a row of positive numbers that add up to 1", _simplex, ("positive",), sums_to_one=True)
SIZE = Domain(
    "1, 2, 3, …", _each(lambda random: Fraction(random.randint(1, 3))), ("integer", "positive"), sizes=(1, 2, 3)
)
CLASSES = Domain(
    "2, 3, 4, …", _each(lambda random: Fraction(random.randint(2, 3))), ("integer", "positive"), sizes=(2, 3)
)
INDEX = Domain("a position, counted from 1", _each(lambda _: Fraction(1)), ("integer", "positive"))
