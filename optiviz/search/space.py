"""What a search tries: every point of a grid, random draws, or random draws at the points of a grid."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz.formula import nearest

__all__ = ["DRAWS", "MOST", "RANGES", "Choice", "Range", "Space", "Value"]

Value = float | int | str

RANGES = {"uniform": "0:0.9", "log": "1e-4:1", "int": "1:5", "logint": "8:512"}
"""The kinds of ranges, each with an example of its bounds: evenly spread, or so over the orders of magnitude."""

DRAWS = 20
"""How many trials a random search has unless told otherwise."""

MOST = 100_000
"""More trials than this are a slip of the keyboard."""

DIGITS = 4
"""To how many digits what is drawn is rounded, so that what a table shows is what was tried."""

WHOLE = 2**53
"""Up to here floats count without gaps."""

NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)?", re.ASCII)
COMMA = re.compile(r",(?![^()]*\))")
"""One that is not inside brackets."""


@dataclass(frozen=True)
class Choice:
    """One of several values; drawn at random, each is as likely as the others."""

    values: tuple[Value, ...]

    def draw(self, generator: np.random.Generator) -> Value:
        """One of the values."""
        return self.values[int(generator.integers(len(self.values)))]

    def __str__(self) -> str:
        return ",".join(map(str, self.values))


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`, one of the kinds in RANGES.

    uniform: x = (1 - u) low + u high with u evenly from [0, 1); log: log x is drawn like that; int and logint: x is
    drawn so from half a number further out on both sides and rounded, so that the ends are numbers like the others.
    """

    kind: str
    low: float
    high: float

    @property
    def whole(self) -> bool:
        """True if it gives whole numbers."""
        return self.kind.endswith("int")

    @property
    def logarithmic(self) -> bool:
        """True if every order of magnitude is as likely as the others."""
        return self.kind.startswith("log")

    def draw(self, generator: np.random.Generator) -> Value:
        """A number, rounded to four digits of it or of the width of the range, whichever is finer."""
        u = float(generator.random())
        out = 0.5 if self.whole else 0.0
        low, high = self.low - out, self.high + out
        if self.logarithmic:
            low, high = math.log(low), math.log(high)
        x = (1 - u) * low + u * high
        if self.logarithmic:
            x = math.exp(x)
        if self.whole:
            return int(min(max(round(x), self.low), self.high))
        width = self.high - self.low
        unit = math.floor(math.log10(min(x, width) if self.logarithmic else width))
        return min(max(round(x, DIGITS - 1 - unit), self.low), self.high)

    def __str__(self) -> str:
        return f"{self.kind}:{self.low}:{self.high}"


@dataclass(frozen=True)
class Space:
    """The hyperparameters that a search varies, each with its values.

    Trial k stands at point k of the grid's full product (the first name varies slowest; after the last point it begins
    again at the first) and draws its random values from the seed's k-th child. So a longer search begins with the
    trials of a shorter one, and a random search spends the same number of trials at every point of the grid, or at some
    one more where the points do not go into the trials.

    Attributes:
        grid: the names that take every combination of their values.
        random: the names whose values are drawn.
    """

    grid: Mapping[str, Choice]
    random: Mapping[str, Choice | Range]

    @classmethod
    def read(cls, grid: Iterable[str] = (), random: Iterable[str] = ()) -> Space:
        """The space that texts describe, as they stand behind --grid and --random.

        >>> space = Space.read(grid=["optimizer=adam,sgd"], random=["lr=log:1e-4:1", "batch-size=32,64"])
        >>> [space.parameters(k, seed=0) for k in range(2)]  # doctest: +NORMALIZE_WHITESPACE
        [{'optimizer': 'adam', 'lr': 0.5912, 'batch_size': 32},
         {'optimizer': 'sgd', 'lr': 0.05114, 'batch_size': 32}]

        Raises:
            ValueError: a text cannot be read, a name is there twice, or there is nothing to vary.
        """
        points: dict[str, Choice] = {}
        draws: dict[str, Choice | Range] = {}
        for text in grid:
            name, values = _named("--grid", text, (*points, *draws))
            points[name] = _grid_values(name, values)
        for text in random:
            name, values = _named("--random", text, (*points, *draws))
            draws[name] = _range(name, values) if _is_range(values) else _choice(name, values)
        if not points and not draws:
            raise ValueError("there is nothing to search; write --grid lr=0.1,0.01 or --random lr=log:1e-4:1")
        return cls(points, draws)

    @property
    def names(self) -> list[str]:
        """What is varied."""
        return [*self.grid, *self.random]

    @property
    def points(self) -> int:
        """How many points the grid has: the product of the numbers of values."""
        return math.prod(len(choice.values) for choice in self.grid.values())

    def trials(self, wanted: int | None = None) -> int:
        """How many trials a search has: the points of a grid, or as many as are wanted of random ones (20 unless said).

        >>> Space.read(grid=["lr=0.1,0.01", "batch-size=32,64,128"]).trials()
        6

        Raises:
            ValueError: too many, or of random ones too few for the grid, or a grid alone is to have another number.
        """
        if not self.random:
            if wanted is not None and wanted != self.points:
                raise ValueError(
                    f"a grid has a trial for each point, {self.points} and not {wanted}; leave out --trials"
                )
            wanted = self.points
        count = max(DRAWS, self.points) if wanted is None else wanted
        if count < self.points:
            raise ValueError(f"{count} trials do not go round a grid of {self.points} points; write more --trials")
        if not 1 <= count <= MOST:
            raise ValueError(f"a search has from 1 to {MOST:,} trials, not {count:,}")
        return count

    def parameters(self, number: int, seed: int) -> dict[str, Value]:
        """What a trial, counted from 0, is made with: its point of the grid, and what its child of the seed draws."""
        found: dict[str, Value] = {}
        apart = self.points
        for name, choice in self.grid.items():
            apart //= len(choice.values)
            found[name] = choice.values[number // apart % len(choice.values)]
        if not self.random:
            return found
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
        return found | {name: dimension.draw(generator) for name, dimension in self.random.items()}

    @property
    def facts(self) -> dict[str, Any]:
        """The space as JSON has it: the texts it can be read from again, of the grid and of what is random."""
        sides = {"grid": self.grid, "random": self.random}
        return {side: [f"{name}={values}" for name, values in named.items()] for side, named in sides.items()}


def _named(option: str, text: str, before: Iterable[str]) -> tuple[str, str]:
    example = "lr=0.1,0.01" if option == "--grid" else "lr=log:1e-4:1"
    name, _, values = (part.strip() for part in text.partition("="))
    name = name.replace("-", "_")
    if not NAME.fullmatch(name) or not values:
        raise ValueError(f"cannot read '{text}'; write {option} NAME=VALUES such as {option} {example}")
    if name in before:
        raise ValueError(f"{name} is given twice; write all its values in one {option}, such as {option} {example}")
    return name, values


def _grid_values(name: str, text: str) -> Choice:
    if _is_range(text):
        raise ValueError(f"a grid has no ranges; write --random {name}={text}, or the values, --grid {name}=0.1,0.01")
    return _choice(name, text)


def _choice(name: str, text: str) -> Choice:
    values = [_value(name, part.strip()) for part in COMMA.split(text)]
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise ValueError(f"{name}: {twice[0]} is given twice")
    return Choice(tuple(values))


def _value(name: str, text: str) -> Value:
    """A whole number, a number or else a word."""
    if not text:
        raise ValueError(f"{name} has an empty value; write its values with one comma between two, such as 0.1,0.01")
    if re.fullmatch(r"[-+]?\d{1,15}", text, re.ASCII):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return _finite(name, text, number)


def _finite(name: str, text: str, number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, not {text}")
    return number


def _is_range(text: str) -> bool:
    kind, colon, bounds = text.partition(":")
    return bool(colon) and (kind in RANGES or re.fullmatch(r"[-+.\deE]+:[-+.\deE]+", bounds) is not None)


def _range(name: str, text: str) -> Range:
    kind, *bounds = text.split(":")
    if kind not in RANGES:
        raise ValueError(f"unknown range '{kind}'; {nearest(kind, [*RANGES], 'there are')}")
    example = f"{kind}:{RANGES[kind]}"
    try:
        low, high = (_finite(name, bound, float(bound)) for bound in bounds)
    except ValueError:
        raise ValueError(f"cannot read {name}={text}; write {kind}:LOWEST:HIGHEST such as {name}={example}") from None
    if not low < high:
        raise ValueError(f"{name}={text}: {bounds[0]} is not below {bounds[1]}; write the lower bound first")
    if kind.startswith("log") and low <= 0:
        raise ValueError(f"{name}={text}: orders of magnitude begin above 0; write {name}={example}")
    if not math.isfinite(high - low):
        raise ValueError(f"{name}={text}: the bounds are too far apart")
    if kind.endswith("int"):
        if low % 1 or high % 1 or max(-low, high) > WHOLE:
            raise ValueError(f"{name}={text}: the bounds of {kind} are whole numbers up to {WHOLE}")
        return Range(kind, int(low), int(high))
    return Range(kind, low, high)
