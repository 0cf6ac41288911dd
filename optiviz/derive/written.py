"""Formulas as they are written: trees that keep the order and the form of the slide.

`(x[i] - mu)**2 / (2 * sigma**2)` builds such a tree from Python's own operators. Nothing is reordered or
simplified: what stands here is what the reader sees, what is evaluated in numbers, and what SymPy is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from optiviz.derive.domains import INDEX, REAL, Domain

__all__ = [
    "Call",
    "Cases",
    "Compare",
    "Derivative",
    "Element",
    "Family",
    "Integral",
    "Letter",
    "Named",
    "Number",
    "Operation",
    "Total",
    "Writable",
    "Written",
    "index",
    "spelled_out",
    "written",
]


class Written:
    """A formula as it is written. Its parts are in `args`, in the order in which they are read."""

    args: tuple[Written, ...] = ()

    def __add__(self, other: Writable) -> Written:
        return Operation("+", (self, written(other)))

    def __radd__(self, other: Writable) -> Written:
        return Operation("+", (written(other), self))

    def __sub__(self, other: Writable) -> Written:
        return Operation("-", (self, written(other)))

    def __rsub__(self, other: Writable) -> Written:
        return Operation("-", (written(other), self))

    def __mul__(self, other: Writable) -> Written:
        return _after_the_sign("*", self, written(other))

    def __rmul__(self, other: Writable) -> Written:
        return Operation("*", (written(other), self))

    def __truediv__(self, other: Writable) -> Written:
        return _after_the_sign("/", self, written(other))

    def __rtruediv__(self, other: Writable) -> Written:
        return Operation("/", (written(other), self))

    def __pow__(self, other: Writable) -> Written:
        return Operation("**", (self, written(other)))

    def __rpow__(self, other: Writable) -> Written:
        return Operation("**", (written(other), self))

    def __neg__(self) -> Written:
        return Operation("negative", (self,))

    def __lt__(self, other: Writable) -> Compare:
        return Compare("<", (self, written(other)))

    def __le__(self, other: Writable) -> Compare:
        return Compare("<=", (self, written(other)))

    def __gt__(self, other: Writable) -> Compare:
        return Compare(">", (self, written(other)))

    def __ge__(self, other: Writable) -> Compare:
        return Compare(">=", (self, written(other)))

    def equals(self, other: Writable) -> Compare:
        """The equation, for a case such as y = 1."""
        return Compare("=", (self, written(other)))

    def with_args(self, args: tuple[Written, ...]) -> Written:
        """The same with other parts."""
        return self if args == self.args else replace(self, args=args)  # type: ignore[type-var]

    def __str__(self) -> str:
        from optiviz.derive.plain import plain

        return plain(self)


@dataclass(frozen=True)
class Number(Written):
    """A whole number, infinity, or π by its name."""

    value: int | str


@dataclass(frozen=True)
class Letter(Written):
    """A letter for one number.

    Attributes:
        name: in ASCII, as in `optiviz.names` (`muhat`, `beta1`).
        meaning: what it stands for, for the legend.
        definition: what it abbreviates; None for a letter that is free.
        size: how far an index runs.
        family: what it stands for as a whole, as z does in J(z), where z has a number for each class.
    """

    name: str
    domain: Domain = REAL
    meaning: str = ""
    definition: Written | None = None
    size: Written | None = None
    family: Family | None = None


@dataclass(frozen=True)
class Family:
    """A letter for many numbers, told apart by indices: `x[i]`, `y[i, k]`; `axes` are how far those run.

    A family that abbreviates has a definition: its indices, and what stands for the element that they name. One that
    depends on another in a way that is not said, as scores do on the weights, says on which.
    """

    name: str
    domain: Domain
    axes: tuple[Letter, ...]
    meaning: str = ""
    definition: tuple[tuple[Letter, ...], Written] | None = None
    size: Letter | None = None
    depends_on: Family | None = None

    def __getitem__(self, indices: Writable | tuple[Writable, ...]) -> Element:
        many = indices if isinstance(indices, tuple) else (indices,)
        if len(many) != len(self.axes):
            raise ValueError(f"{self.name} has {len(self.axes)} indices, not {len(many)}")
        return Element(self, tuple(written(each) for each in many))

    def whole(self, meaning: str, name: str = "") -> Letter:
        """All of it by one letter, as it stands in J(z)."""
        return Letter(name or self.name, REAL, meaning, family=self)

    def row(self, *indices: Writable) -> Element:
        """What is left where only the first indices are given, as it stands in f(yᵢ)."""
        return Element(self, tuple(written(each) for each in indices))


@dataclass(frozen=True)
class Element(Written):
    """One number of a family, or one of its rows, which has fewer indices."""

    family: Family
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Operation(Written):
    """`+`, `-`, `*`, `/`, `**` of two parts, or `negative` of one."""

    name: str
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Call(Written):
    """A function by its name in `optiviz.derive.functions`, of its arguments."""

    name: str
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Total(Written):
    """A `sum`, a `product`, the `max` or the `median` over an index; args are body, first and last."""

    name: str
    index: Letter
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Integral(Written):
    """An integral over a variable; args are body, low and high."""

    variable: Letter
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Derivative(Written):
    """The derivative by a letter or an element, taken `order` times; args are body and that letter."""

    order: int
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Compare(Written):
    """`<`, `<=`, `>`, `>=` or `=` between two sides."""

    name: str
    args: tuple[Written, ...]


@dataclass(frozen=True)
class Cases(Written):
    """One of several formulas; args are formula, condition, formula, condition, ..., the formula otherwise."""

    args: tuple[Written, ...]


@dataclass(frozen=True)
class Named(Written):
    """The name of what a step is about, such as L(μ, σ); what it stands for, the first line that has it says."""

    name: str
    args: tuple[Written, ...] = ()


def _after_the_sign(name: str, a: Written, b: Written) -> Written:
    """−a/b as it is read, −(a/b); Python's own minus holds tighter than its products."""
    if isinstance(a, Operation) and a.name == "negative":
        return Operation("negative", (_after_the_sign(name, a.args[0], b),))
    return Operation(name, (a, b))


Writable: TypeAlias = Written | int


def written(value: Writable) -> Written:
    """A formula, or a whole number as one."""
    if isinstance(value, Written):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a formula is made of letters and whole numbers, not of {value!r}; write 1/2 as number(1) / 2")
    return Number(value)


def index(name: str, size: Letter, meaning: str = "") -> Letter:
    """A letter that runs from 1 to `size`."""
    return Letter(name, INDEX, meaning, size=size)


def spelled_out(tree: Call) -> Written:
    """What is shown in place of a function that only computes it better: x exp(y), or y (log y − l) − y + exp(l)."""
    one, other = tree.args
    power = Call("exp", (other,))
    return one * power if tree.name == "xexp" else one * (Call("log", (one,)) - other) - one + power
