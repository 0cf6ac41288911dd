"""The update rules, each written once, as on the slide; and Optimizer, which runs them.

A rule takes the point theta, the gradient g there and the number t = 1, 2, ... of the update, then its
slots (what it remembers) with their first values, then its hyperparameters. It returns the new theta and
the new slots. It is straight-line: a variant is a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, FormulaError, checked_number
from optiviz.trace.node import sqrt
from optiviz.trace.replay import Replay

__all__ = [
    "Optimizer",
    "State",
    "adagrad",
    "adam",
    "adam_uncorrected",
    "gd",
    "momentum",
    "nesterov",
    "optimizer",
    "rmsprop",
    "sgd",
]

Array = npt.NDArray[Any]
Point = list[float]

LARGE = 4096
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
        return rule.function(*variables, **rule.at(variables[2] - 1))

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


@optimizer
def gd(theta, g, t, *, lr=0.01):
    """Gradient descent: one step down the slope, as long as the slope is steep.

    Source: Cauchy (1847), Comptes rendus 25, 536-538.

    >>> gd(1.0, 2.0, 1, lr=0.1)
    0.8
    """
    return theta - lr * g


@optimizer
def sgd(theta, g, t, *, lr=0.01):
    """Gradient descent with the gradient of a mini-batch: the same step, on a noisy slope.

    Source: Robbins and Monro (1951), doi:10.1214/aoms/1177729586.

    >>> sgd(1.0, 2.0, 1, lr=0.1)
    0.8
    """
    return theta - lr * g


@optimizer
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    """A heavy ball: velocity gathers along the valley and cancels across it.

    Source: Polyak (1964), doi:10.1016/0041-5553(64)90137-5.

    >>> momentum(1.0, 2.0, 1, 0.5, lr=0.25, beta=0.5)
    (0.75, -0.25)
    """
    v = beta * v - lr * g
    return theta + v, v


@optimizer
def nesterov(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    """Momentum that looks ahead: the step is taken from where the velocity is about to lead.

    Source: Nesterov (1983), Doklady 269, 543-547; in this form Sutskever et al. (2013), ICML.

    >>> theta, v = nesterov(1.0, 2.0, 1, 0.5, lr=0.1, beta=0.5)
    >>> round(theta, 12), round(v, 12)
    (0.825, 0.05)
    """
    v = beta * v - lr * g
    return theta + beta * v - lr * g, v


@optimizer
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    """A learning rate for each coordinate, smaller where gradients were large; it only ever shrinks.

    Source: Duchi, Hazan and Singer (2011), JMLR 12, 2121-2159.

    >>> theta, cache = adagrad(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), cache
    (0.9, 4.0)
    """
    cache = cache + g**2
    return theta - lr * g / sqrt(cache + eps), cache


@optimizer
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    """AdaGrad that forgets: it divides by the recent size of the gradient, so it does not stall.

    Source: Tieleman and Hinton (2012), Neural Networks for Machine Learning, lecture 6.5.

    >>> theta, cache = rmsprop(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(cache, 12)
    (0.683772, 0.4)
    """
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / sqrt(cache + eps), cache


@optimizer
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Momentum and RMSProp in one, both corrected for having begun at zero.

    Source: Kingma and Ba (2015), algorithm 1, arXiv:1412.6980.

    >>> theta, m, v = adam(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(m, 6), round(v, 6)
    (0.9, 0.2, 0.004)
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(vhat) + eps), m, v


@optimizer
def adam_uncorrected(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam without the correction: v warms up more slowly than m, so the first steps are too long.

    Source: the course's slide; Kingma and Ba (2015), section 6.4, arXiv:1412.6980, on what it costs.

    >>> theta, m, v = adam_uncorrected(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6)
    0.683772
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * m / (sqrt(v) + eps), m, v
