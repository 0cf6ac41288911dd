"""An update rule at work: with state, time, schedules, and a step in place.

A rule takes the point theta, the gradient g there and the number t = 1, 2, ... of the update, then its
slots (what it remembers) with their first values, then its hyperparameters. It returns the new theta and
the new slots. Optimizer does the rest, the same for every rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, FormulaError, checked_number
from optiviz.trace.replay import Replay

__all__ = ["LARGE", "Optimizer", "State", "optimizer"]

Array = npt.NDArray[Any]
Point = list[float]

LARGE = 16_384
"""Coordinates from which the replay in blocks is faster than a call."""


@dataclass
class State:
    """What an optimizer carries from update to update: how many it has made, and its slots by name.

    A slot is an array shaped like theta (a list if theta is one), or one number.
    """

    t: int
    slots: dict[str, Any]


class Optimizer(Formula):
    """An update rule with state, time, schedules and a step in place.

    A hyperparameter may be a schedule; it is then asked before every update, with the number of updates
    completed so far.

    >>> from optiviz import momentum
    >>> theta = np.array([3.0, -2.0])
    >>> state = momentum.init(theta)
    >>> for _ in range(200):
    ...     momentum.step(theta, 2 * theta, state)  # the gradient of x**2 + y**2
    >>> bool(np.abs(theta).max() < 1e-3), state.t
    (True, 200)
    """

    kind = "optimizer"
    variables = (("theta", "g", "t"),)
    example = "def lion(theta, g, t, m=0.0, *, lr=0.001): ...; return theta - lr * u, m"
    takes_slots = True
    result = "theta"

    scheduled: tuple[str, ...] = ()
    """The hyperparameters that are schedules."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        for slot, first in self.slots.items():
            if first in ("g", "t"):
                raise FormulaError(f"{self.where}: slot '{slot}' cannot begin as {first}, unknown before the run")

    def __call__(self, *variables: Any, **params: Any) -> Any:
        """With theta, g, t and the slots: their new values. With keywords alone: a configured copy."""
        if len(variables) < len(self._variables):
            return super().__call__(*variables, **params)
        rule = self.configured(**params) if params else self
        numbers = rule.at(variables[2] - 1)
        given = variables[len(self._variables) :]
        known = {"theta": variables[0], **numbers, **dict(zip(self.slots, given, strict=False))}
        rest = list(self.slots.items())[len(given) :]  # what is not given begins as the signature says
        for name, value in rest:
            known[name] = known[value] if isinstance(value, str) else value
        return rule.function(*variables, *(known[name] for name, _ in rest), **numbers)

    def _check(self, name: str, value: Any) -> Any:
        if isinstance(value, Formula) and value.kind == "schedule" and name in self.params:
            return value
        return super()._check(name, value)

    def configured(self, **params: Any) -> Self:
        """A copy with other hyperparameters, each a number or a schedule.

        Raises:
            LookupError, TypeError, ValueError: as for any formula.
        """
        rule = super().configured(**params)
        rule.scheduled = tuple(name for name, value in rule.params.items() if isinstance(value, Formula))
        return rule

    def at(self, updates: int) -> dict[str, float]:
        """The hyperparameters for the update after `updates` completed ones, as numbers.

        Raises:
            ValueError: a schedule leaves the domain of its hyperparameter.
        """
        numbers = self.params
        for name in self.scheduled:
            value = self.params[name](updates)
            try:
                numbers = {**numbers, name: checked_number(name, value)}
            except ValueError as error:
                raise ValueError(f"{self.params[name]!r} after {updates} updates: {error}") from None
        return numbers

    def init(self, theta: Array | Point) -> State:
        """The state before the first update at `theta`.

        Raises:
            FormulaError: the rule is not one (it branches, raises, returns too few slots, ...).
            TypeError: theta does not hold floats, or it is a list and the rule takes a norm.
        """
        elementwise = self.trace.elementwise  # the first look at a rule without slots, too
        if isinstance(theta, list) and not elementwise:
            raise TypeError(f"{self.name} takes a norm of all coordinates: theta must be an array, not a list")
        if not isinstance(theta, list) and theta.dtype.kind != "f":
            raise TypeError(f"theta must hold floats, not {theta.dtype}: write theta.astype(float)")
        first: dict[str, Any] = {"theta": theta, **self.at(0)}
        slots: dict[str, Any] = {}
        for name, value in self.slots.items():
            start = first[value] if isinstance(value, str) else value
            if self.trace.inputs[name].scalar:
                slots[name] = start
            elif isinstance(theta, list):
                slots[name] = list(start) if isinstance(start, list) else [float(start)] * len(theta)
            else:
                slots[name] = np.array(np.broadcast_to(start, theta.shape), theta.dtype)
            first[name] = slots[name]
        return State(0, slots)

    def step(self, theta: Array | Point, g: Array | Point, state: State) -> None:
        """One update, in place: theta and the state's slots take their new values.

        A list of floats is updated coordinate by coordinate with Python's own arithmetic, which for a
        point or two is several times faster than an array; an array keeps its dtype.

        Raises:
            ArithmeticError, ValueError: on a list only, where an array would give inf or NaN.
        """
        params = self.at(state.t)
        t = state.t + 1
        slots = state.slots
        if isinstance(theta, list):
            self._step_point(theta, g, t, slots, params)
        elif theta.size >= LARGE and self.trace.elementwise and self._replayable(theta, g, slots):
            replay = self._replays[theta.dtype == np.float32]
            slots.update(replay(theta=theta, g=g, t=t, **slots, **params))
        else:
            returned = self._called(theta, g, t, *slots.values(), **params)
            if self._moves:
                returned = tuple(v.copy() if isinstance(v, np.ndarray) else v for v in returned)
            theta[...], *new = returned
            for name, value in zip(slots, new, strict=True):
                if isinstance(slots[name], np.ndarray):
                    slots[name][...] = value
                else:
                    slots[name] = value
        state.t = t

    def _called(self, *variables: Any, **params: float) -> tuple[Any, ...]:
        returned = self.function(*variables, **params)
        return returned if isinstance(returned, tuple) else (returned,)

    def _step_point(self, theta: Point, g: Any, t: int, slots: dict[str, Any], params: dict[str, float]) -> None:
        numbers: dict[str, Any] = {}
        for i in range(len(theta)):
            old = [slot[i] if isinstance(slot, list) else slot for slot in slots.values()]
            value, *new = self._called(theta[i], g[i], t, *old, **params)
            theta[i] = value if type(value) is float else _real(value)
            for name, value in zip(slots, new, strict=True):
                if isinstance(slots[name], list):
                    slots[name][i] = value if type(value) is float else _real(value)
                else:
                    numbers[name] = value
        slots.update(numbers)

    def _replayable(self, theta: Array, g: Any, slots: dict[str, Any]) -> bool:
        arrays = (theta, g, *(slot for slot in slots.values() if isinstance(slot, np.ndarray)))
        alike = all(a.flags.c_contiguous and a.dtype == theta.dtype and a.shape == theta.shape for a in arrays)
        return alike and not np.may_share_memory(theta, g)  # the gradient of x**2 / 2 is x itself

    @cached_property
    def _moves(self) -> bool:
        """Does an old value go on as another's new one (`return theta - lr * g, theta`)?"""
        return any(node.name for node in self.trace.outputs)

    @cached_property
    def _replays(self) -> dict[bool, Replay]:
        """The update in place, exact and (for float32) with its scalar factors merged."""
        targets = ("theta", *self.slots)
        return {regroup: Replay(self.trace, targets, regroup=regroup) for regroup in (False, True)}


def _real(value: Any) -> float:
    """A Python float, whatever NumPy's functions made of one."""
    if isinstance(value, complex):  # Python's (-1.0) ** 0.5, where an array has NaN
        raise ValueError("a negative number has no real root")
    return float(value)


def optimizer(function: Callable[..., Any]) -> Optimizer:
    """Make an update rule an optimizer and enter it in the registry.

    >>> @optimizer
    ... def signs(theta, g, t, *, lr=0.1):
    ...     return theta - lr * np.sign(g)
    >>> signs(np.array([1.0, 1.0]), np.array([0.5, -3.0]), 1, lr=0.25)
    array([0.75, 1.25])
    >>> del Optimizer.registry.formulas["signs"]

    Raises:
        FormulaError: the signature is not that of a rule.
    """
    made = Optimizer(function)
    Optimizer.registry.add(made)
    return made
