"""Schedules: how a hyperparameter, mostly the learning rate, changes during training.

A schedule counts completed updates from 0, so its value at t = 0 is the rate of the first update. Any
hyperparameter of an optimizer may be one: `adam(lr=exponential(lr=0.1, k=0.01))`. One that takes a known
number of steps may be followed by another: `warmup(steps=100) >> cosine(steps=900)`.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any, Self

from optiviz.formula import Formula, checked_number, written
from optiviz.trace.functions import maximum, minimum, where

__all__ = ["Schedule", "Sequence", "schedule"]


class Schedule(Formula):
    """A formula of t, the number of completed updates; for an array of t an array, unless the rate ignores t."""

    kind = "schedule"
    variables = (("t",),)
    example = "def halving(t, *, lr=0.1): return lr / 2**t"
    result = "lr"

    _until: float | None = None
    """After how many updates it is over, if its hyperparameters do not say so."""
    _cut = False
    """Was this said by `until`?"""

    def __repr__(self) -> str:
        """With all its numbers: who looks at a picture does not know the defaults."""
        numbers = ", ".join(f"{name}={written(value)}" for name, value in self.params.items())
        return f"{self.name}({numbers})" + (f".until({self._until:g})" if self._until else "")

    @property
    def short(self) -> str:
        """With the numbers that were chosen, as one would call it.

        >>> from optiviz import cosine, warmup
        >>> (warmup(steps=50) >> cosine).short
        'warmup(steps=50) >> cosine'
        """
        chosen = ", ".join(f"{name}={value:g}" for name, value in self.params.items() if name in self.chosen)
        return self.name + (f"({chosen})" if chosen else "") + (f".until({self._until:g})" if self._until else "")

    @property
    def length(self) -> float | None:
        """How many updates it takes, its hyperparameter `steps`; None for one without end."""
        return self._until or self.params.get("steps")

    def until(self, t: float) -> Self:
        """The same, but over after t updates, so that another may follow.

        >>> from optiviz import constant, exponential
        >>> [(constant(lr=0.5).until(2) >> exponential(k=0.5))(t) for t in (1, 2)]
        [0.5, 0.5]

        Raises:
            ValueError: t is no whole number from 1 on.
        """
        try:
            end = int(checked_number("steps", t))
        except ValueError:
            raise ValueError(f"{self.name} must last for a whole number of updates from 1 on, not {t:g}") from None
        new = copy.copy(self)
        new._until = end
        new._cut = True
        return new

    def __rshift__(self, then: Any) -> Sequence:
        """This schedule, and when its steps are over the next, which counts from 0 again."""
        return Sequence(self, then) if isinstance(then, Schedule) else NotImplemented

    def __rmul__(self, factor: Any) -> Scaled:
        """The same times a number: `0.5 * cosine(steps=100)`."""
        return Scaled(factor, self) if isinstance(factor, (int, float)) else NotImplemented


class Scaled(Schedule):
    """A schedule times a number; its hyperparameters are those of the schedule.

    >>> from optiviz import linear
    >>> half = 0.5 * linear(lr=1.0, steps=4)
    >>> half, [half(t) for t in range(5)]
    (0.5 * linear(lr=1.0, end=0.0, steps=4), [0.5, 0.375, 0.25, 0.125, 0.0])
    """

    def __init__(self, factor: float, of: Schedule) -> None:
        def scaled(t: Any, **params: float) -> Any:
            return factor * of.function(t, **params)

        scaled.__signature__ = inspect.signature(of.function)  # type: ignore[attr-defined]
        scaled.made_of = (of.function, *getattr(of.function, "made_of", ()))  # type: ignore[attr-defined]
        scaled.__doc__ = f"{of.summary}\n\nSource: {of.source}"
        super().__init__(scaled)
        self.factor, self.of = factor, of
        self.name = f"{factor:g} * {of.name}"
        self.params, self.chosen, self._until = of.params, of.chosen, of.length

    def __repr__(self) -> str:
        return self._times(repr(self.of))

    @property
    def short(self) -> str:
        """With the numbers that were chosen."""
        return self._times(self.of.short)

    def _times(self, words: str) -> str:
        within = f"({words})" if isinstance(self.of, Sequence) and not self.of._cut else words
        return f"{self.factor!r} * {within}" + (f".until({self._until:g})" if self._cut else "")

    def configured(self, **params: Any) -> Any:
        """A copy with other hyperparameters of the schedule."""
        new = Scaled(self.factor, self.of.configured(**params))
        return new.until(self._until) if self._cut and self._until else new


class Sequence(Schedule):
    """One schedule after the other. The second goes on from the rate that the first ends at, unless it has its own.

    >>> from optiviz import cosine, warmup
    >>> both = warmup(lr=0.5, steps=2) >> cosine(steps=4)
    >>> [round(both(t), 3) for t in range(7)]
    [0.25, 0.5, 0.5, 0.427, 0.25, 0.073, 0.0]
    """

    def __init__(self, first: Schedule, then: Schedule) -> None:
        length = first.length
        if length is None:
            raise ValueError(f"{first.name} has no end; write {first.name}(...).until(100) >> {then.name}(...)")
        missing = [part.name for part in (first, then) if "lr" not in part.params]
        if missing:
            raise ValueError(f"{missing[0]} has no lr, which schedules in a row hand on")
        own = {**first.params}
        others = {**then.params}

        def sequence(t: Any, *, lr: float = own["lr"]) -> Any:
            numbers = {**own, "lr": lr}
            before = first.function(minimum(t, length), **numbers)
            rate = others["lr"] if "lr" in then.chosen else first.function(length, **numbers)
            later = then.function(maximum(t - length, 0), **{**others, "lr": rate})
            return where(t < length, before, later)

        sequence.made_of = tuple(  # type: ignore[attr-defined]
            f for part in (first, then) for f in (part.function, *getattr(part.function, "made_of", ()))
        )
        sequence.__doc__ = f"First: {first.summary} Then: {then.summary}\n\nSource: {first.source} {then.source}"
        super().__init__(sequence)
        self.first, self.then = first, then
        self.name = f"{first.name} >> {then.name}"
        self.chosen = first.chosen & {"lr"}
        self._until = length + then.length if then.length else None

    def __repr__(self) -> str:
        """Each with all its numbers."""
        follows = "lr" not in self.then.chosen
        then = self.then.configured(lr=self.first(self.first.length)) if follows else self.then
        both = f"{self.first!r} >> {then!r}"
        return f"({both}).until({self._until:g})" if self._cut else both

    @property
    def short(self) -> str:
        """Each with the numbers that were chosen."""
        both = f"{self.first.short} >> {self.then.short}"
        return f"({both}).until({self._until:g})" if self._cut else both

    def configured(self, **params: Any) -> Any:
        """A copy that begins with another learning rate."""
        checked = {name: self._check(name, value) for name, value in params.items()}
        new = Sequence(self.first.configured(**checked), self.then)
        return new.until(self._until) if self._cut and self._until else new


def schedule(function: Callable[..., Any]) -> Schedule:
    """Make a function of t a schedule and enter it in the registry.

    >>> @schedule
    ... def halving(t, *, lr=0.1):
    ...     return lr / 2**t
    >>> halving(3, lr=8.0)
    1.0
    >>> del Schedule.registry.formulas["halving"]

    Raises:
        FormulaError: the signature is not that of a schedule.
    """
    made = Schedule(function)
    Schedule.registry.add(made)
    return made
