"""An update rule at work: with state, time, schedules, and a step in place.

A rule takes the point theta, the gradient g there and the number t = 1, 2, ... of the update, then its
slots (what it remembers) with their first values, then its hyperparameters. It returns the new theta and
the new slots. Optimizer does the rest, the same for every rule.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, FormulaError, checked_number, once
from optiviz.optimizers.layout import Layout, check_layout
from optiviz.optimizers.per_run import PerRun
from optiviz.optimizers.per_tensor import first_slots, step_tensors
from optiviz.optimizers.state import State
from optiviz.trace.point import on_a_point
from optiviz.trace.replay import Replay, without_gaps

__all__ = ["LARGE", "Optimizer", "optimizer"]

Array = npt.NDArray[Any]
Point = list[float]
LARGE = 4_096
"""Coordinates from which the replay in blocks is faster than a call."""


class Optimizer(Formula):
    """An update rule with state, time, schedules and a step in place.

    A hyperparameter may be a schedule; it is then asked before every update, with the number of updates
    completed so far. It may also be an array (n, 1), with a number for each of n runs.

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

    PER: ClassVar[tuple[str, ...]] = ("coordinate", "tensor", "matrix")

    scheduled: tuple[str, ...] = ()
    """The hyperparameters that are schedules."""
    swept: tuple[str, ...] = ()
    """The hyperparameters that are arrays."""

    def __init__(self, function: Callable[..., Any], *, per: str = "coordinate") -> None:
        super().__init__(function)
        if per not in self.PER:
            raise ValueError(f"{self.name} is per {' or '.join(self.PER)}, not per {per!r:.40}")
        self.per = per
        """What the rule sees at once: "coordinate" by coordinate; a whole weight "tensor" (..., n), so that a
        norm is that of the tensor; or it as a "matrix" (..., n, m), where a vector has one column."""
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
        if isinstance(value, np.ndarray) and value.ndim > 1 and value.shape[-1] == 1 and value.size:
            for bound in (value.min(), value.max()):
                super()._check(name, bound)
            return value.astype(np.float64).view(PerRun)
        return super()._check(name, value)

    def configured(self, **params: Any) -> Self:
        """A copy with other hyperparameters, each a number, a schedule or an array.

        Raises:
            LookupError, TypeError, ValueError: as for any formula.
        """
        rule = super().configured(**params)
        rule.scheduled = tuple(name for name, value in rule.params.items() if isinstance(value, Formula))
        rule.swept = tuple(name for name, value in rule.params.items() if isinstance(value, np.ndarray))
        return rule

    def beginning(self, **slots: float) -> Self:
        """A copy whose slots begin with other numbers.

        >>> from optiviz import adagrad
        >>> adagrad.beginning(cache=0.1).init(np.ones(2)).slots
        {'cache': array([0.1, 0.1])}
        """
        new = copy.copy(self)
        new.slots = {**self.slots, **slots}
        if new.slots.keys() != self.slots.keys() or any(isinstance(self.slots[name], str) for name in slots):
            numbers = [name for name, first in self.slots.items() if not isinstance(first, str)]
            raise LookupError(f"{self.name} has slots that begin with a number: {', '.join(numbers) or 'none'}")
        return new

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

    @property
    def on_floats(self) -> bool:
        """May a single point be a list of floats? Not for a rule of matrices, nor with many learning rates."""
        return self.per != "matrix" and not self.swept

    def init(self, theta: Array | Point, layout: Layout = ()) -> State:
        """The state before the first update at `theta`.

        Args:
            theta: one point (d,) or many (..., d), or a list of floats; with a layout a flat buffer (d,).
            layout: the shapes of the weight tensors in it, for rules that look at whole tensors. Without one
                every point is a tensor.

        Raises:
            FormulaError: the rule is not one (it branches, raises, returns too few slots, ...).
            TypeError: theta does not hold floats, or it is a list and the rule takes matrices.
            ValueError: the layout does not fit theta.
        """
        scalar = {name for name, node in self.trace.inputs.items() if node.scalar}  # the first look at the rule, too
        if isinstance(theta, list) and not self.on_floats:
            raise TypeError(f"{self!r} works on arrays: theta must be an array, not a list")
        if not isinstance(theta, list) and theta.dtype.kind != "f":
            raise TypeError(f"theta must hold floats, not {theta.dtype}: write theta.astype(float)")
        check_layout(layout, theta)
        if self.per != "coordinate" and not isinstance(theta, list):
            return State(0, first_slots(self, theta, layout), layout)
        slots: dict[str, Any] = {}
        for name, start in self.begin({"theta": theta, **self.at(0)}).items():
            if name in scalar:
                slots[name] = start.copy() if isinstance(start, np.ndarray) else start
            elif isinstance(theta, list):
                slots[name] = list(start) if isinstance(start, list) else [float(start)] * len(theta)
            else:
                slots[name] = np.full_like(theta, start)
        return State(0, slots, layout)

    def begin(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The first value of each slot, where theta and the hyperparameters are known."""
        first = dict(known)
        for name, value in self.slots.items():
            first[name] = first[value] if isinstance(value, str) else value
        return {name: first[name] for name in self.slots}

    def step(self, theta: Array | Point, g: Array | Point, state: State) -> None:
        """One update, in place: theta and the state's slots take their new values.

        A list of floats is updated with Python's own arithmetic, which for a point or two is many times
        faster than an array; an array keeps its dtype.

        Raises:
            ArithmeticError, ValueError: on a list only, where an array would give inf or NaN.
        """
        params = self.at(state.t)
        t, slots = state.t + 1, state.slots
        if isinstance(theta, list):
            numbers = self._on_a_point(len(theta))(theta, g, t, *slots.values(), *params.values())
            if numbers:
                slots.update(zip(self._narrow, numbers, strict=True))
        elif self.per != "coordinate":
            step_tensors(self, theta, np.asarray(g), t, slots, params, state.layout)
        elif self.trace.elementwise and (theta.dtype.char == "f" or (theta.size >= LARGE and not self.swept)):
            slots.update(self._replayed(theta, g, t, slots, params))
        else:
            slots.update(self.step_by_a_call(theta, g, t, slots, params))
        state.t = t

    def called(self, *variables: Any, **params: Any) -> tuple[Any, ...]:
        """What the rule returns, as a tuple also if it remembers nothing."""
        returned = self.function(*variables, **params)
        return returned if isinstance(returned, tuple) else (returned,)

    def step_by_a_call(
        self, theta: Array, g: Any, t: int, slots: Mapping[str, Any], params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Call the rule and keep what it returns: arrays in place, the rest as the new numbers."""
        new, *values = self.called(theta, g, t, *slots.values(), **params)
        if self._moves:
            values = [v.copy() if isinstance(v, np.ndarray) else v for v in values]
        theta[...] = new
        kept = {}
        for (name, slot), value in zip(slots.items(), values, strict=True):
            if isinstance(slot, np.ndarray):
                slot[...] = value
            kept[name] = slot if isinstance(slot, np.ndarray) else value
        return kept

    def _replayed(
        self, theta: Array, g: Any, t: int, slots: Mapping[str, Any], params: Mapping[str, Any]
    ) -> dict[str, float]:
        """Replay the rule in place; in float32 with merged factors, whatever the size, so that a batch is its runs."""
        replay = self._replays[theta.dtype.char == "f"]
        run = replay.along_runs if self.swept else replay
        wide = [slots[name] for name in self._wide]
        if _lie_alike(theta, g, wide):
            return run(theta, g, t, *slots.values(), *params.values())
        own, slope = _like(theta, theta), _like(theta, g)
        copies = {name: _like(theta, slot) for name, slot in zip(self._wide, wide, strict=True)}
        numbers = run(own, slope, t, *{**slots, **copies}.values(), *params.values())
        theta[...] = own
        for name, slot in copies.items():
            slots[name][...] = slot
        return numbers

    @once
    def _moves(self) -> bool:
        """Does an old value go on as another's new one (`return theta - lr * g, theta`)?"""
        return any(node.name for node in self.trace.outputs)

    @once
    def _replays(self) -> dict[bool, Replay]:
        """The update in place, exact and (for float32) with its scalar factors merged."""
        targets = ("theta", *self.slots)
        return {regroup: Replay(self.trace, targets, regroup=regroup) for regroup in (False, True)}

    def _on_a_point(self, dimension: int) -> Callable[..., tuple[float, ...]]:
        if dimension not in self._points:
            self._points[dimension] = on_a_point(self.trace, ("theta", *self.slots), dimension).made()
        return self._points[dimension]

    @once
    def _points(self) -> dict[int, Callable[..., tuple[float, ...]]]:
        """The update of one point in Python's floats, by its number of coordinates."""
        return {}

    @once
    def _narrow(self) -> tuple[str, ...]:
        """The slots that are one number for all coordinates."""
        return tuple(name for name in self.slots if self.trace.inputs[name].scalar)

    @once
    def _wide(self) -> tuple[str, ...]:
        """The slots that have a number for every coordinate."""
        return tuple(name for name in self.slots if name not in self._narrow)


Optimizer.registry.elsewhere = ("optiviz.dialects",)


def _lie_alike(theta: Array, g: Any, slots: Sequence[Array]) -> bool:
    """May they be updated block by block? The gradient of x**2 / 2, say, is x itself."""
    dtype, shape, strides = theta.dtype, theta.shape, theta.strides
    for a in (g, *slots):
        if not isinstance(a, np.ndarray) or a.dtype != dtype or a.shape != shape or a.strides != strides:
            return False
    return without_gaps(theta) and not np.may_share_memory(theta, g)


def _like(theta: Array, value: Any) -> Array:
    """A copy of theta's shape and dtype without gaps."""
    return np.array(np.broadcast_to(value, theta.shape), theta.dtype, order="C")


def optimizer(function: Callable[..., Any] | None = None, /, *, per: str = "coordinate") -> Any:
    """Make an update rule an optimizer and enter it in the registry.

    Args:
        function: the rule; `@optimizer` alone makes one that works coordinate by coordinate.
        per: "tensor" or "matrix" for a rule that looks at whole weight tensors.

    >>> @optimizer
    ... def signs(theta, g, t, *, lr=0.1):
    ...     return theta - lr * np.sign(g)
    >>> signs(np.array([1.0, 1.0]), np.array([0.5, -3.0]), 1, lr=0.25)
    array([0.75, 1.25])
    >>> del Optimizer.registry.formulas["signs"]

    Raises:
        FormulaError: the signature is not that of a rule.
    """
    if function is None:
        return lambda function: optimizer(function, per=per)
    made = Optimizer(function, per=per)
    Optimizer.registry.add(made)
    return made
