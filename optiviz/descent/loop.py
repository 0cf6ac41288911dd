"""The one loop of the library: look, show, step.

`descend` looks at the objective, yields what it sees, and takes a step; the caller decides what to do with
each look. How a run stands is judged at every look.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.optimizers import Layout, Optimizer, State
from optiviz.schedules import Reaction
from optiviz.surfaces import Objective

__all__ = ["CONVERGED", "DIVERGED", "ENDINGS", "ESCAPED", "RUNNING", "Look", "descend", "onward"]

Array = npt.NDArray[Any]
Box = Sequence[float]

ENDINGS = ("running", "converged", "diverged", "escaped")
"""How a run stands: under way, its gradient below the tolerance, grown beyond bounds, or far outside the
picture but lower than it began (the surface has no bottom there)."""
RUNNING, CONVERGED, DIVERGED, ESCAPED = range(4)


@dataclass(slots=True)
class Look:
    """What the loop sees before it steps. The arrays are valid until the next look.

    Attributes:
        t: updates completed so far.
        theta: the point or points, (..., d), or a list of d floats.
        value: the objective there, (...).
        gradient: its gradient there, like theta.
        slots: what the optimizer remembers, by name.
        params: the hyperparameters of the next update, as numbers.
        ending: for each run an index into ENDINGS.
    """

    t: int
    theta: Any
    value: Any
    gradient: Any
    slots: Mapping[str, Any]
    params: Mapping[str, float]
    ending: Any


def descend(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array | list[float],
    batches: Iterable[tuple[Any, ...]] = repeat(()),
    *,
    steps: int | None = None,
    tolerance: float = 0.0,
    arena: Box | None = None,
    reaction: Reaction | None = None,
    layout: Layout = (),
) -> Iterator[Look]:
    """Look, yield, step: T steps give T + 1 looks. `theta` is changed in place.

    Args:
        objective: `objective(theta, *batch)` returns the value (...) and the gradient (..., d).
        optimizer: the rule.
        theta: the start: an array (..., d) of independent runs, or a list of d floats for one fast run.
        batches: what the objective gets besides theta, look by look. When they end, so does the loop, with
            an update for every look and none after the last.
        steps: how many updates to make; None for as many as there are batches.
        tolerance: a run has converged when all of its gradient is smaller than this.
        arena: bounds (low, high for each coordinate) outside of which a run has diverged (it is higher
            than at its start) or escaped (lower). A value that is not finite is divergence anyway.
        reaction: how the learning rate answers to the value that was seen, for each run by itself.
        layout: the shapes of the weight tensors in a flat theta, for rules that look at whole tensors.

    A run that has ended stands still while the others go on; when all have ended, the loop does.

    >>> from optiviz.optimizers import gd
    >>> looks = descend(lambda x: ((x**2).sum(-1), 2 * x), gd(lr=0.25), np.array([4.0]), steps=2)
    >>> [float(look.value) for look in looks]
    [16.0, 4.0, 1.0]
    """
    state = optimizer.init(theta, layout)
    return onward(objective, optimizer, theta, state, None, batches, steps, tolerance, arena, reaction)


def onward(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array | list[float],
    state: State,
    first: Any,
    batches: Iterable[tuple[Any, ...]],
    steps: int | None,
    tolerance: float,
    arena: Box | None,
    reaction: Reaction | None,
) -> Iterator[Look]:
    """What `descend` sees from here on; `first` is the value at the start, None if this is the start."""
    on_floats = isinstance(theta, list)
    forms: tuple[Any, Any, Any] = (_seen_point, _judged_point, _step_point) if on_floats else (_seen, _judged, _step)
    seen, judged, step = forms
    memory: Any = None
    ending: Any = RUNNING if on_floats else np.zeros(np.shape(theta)[:-1], np.int8)
    for batch in batches:
        value, gradient = seen(objective, theta, batch)
        if first is None:
            first = value if on_floats else np.array(value)  # of the line f(x) = x the value is theta itself
        ending = judged(ending, theta, value, gradient, first, tolerance, arena)
        if reaction is not None:
            optimizer, memory = _answered(reaction, optimizer, value, memory)
        yield Look(state.t, theta, value, gradient, state.slots, optimizer.at(state.t), ending)
        if state.t == steps or (ending if on_floats else ending.all()):
            return
        step(optimizer, theta, gradient, state, ending)


def _answered(reaction: Reaction, optimizer: Optimizer, value: Any, memory: Any) -> tuple[Optimizer, Any]:
    """The optimizer with the learning rate that answers to the value, and what the reaction remembers."""
    rate, *slots = memory or (optimizer.params.get("lr"), *reaction.slots.values())
    if not isinstance(rate, (int, float, np.ndarray)):
        raise ValueError(f"{reaction.name} needs a rule whose learning rate is a number, not {optimizer!r}")
    answer, *slots = reaction.function(rate, value, *slots, **reaction.params)
    if not np.array_equal(answer, rate):
        optimizer = optimizer.configured(lr=answer[..., None] if np.ndim(answer) else answer)
    return optimizer, (answer, *slots)


# One point in Python's floats.
def _seen_point(objective: Objective, theta: list[float], batch: tuple[Any, ...]) -> tuple[Any, Any]:
    """Value and gradient; where an array has inf or NaN and Python's floats raise, NaN."""
    try:
        if all(map(math.isfinite, theta)):
            with np.errstate(all="ignore"):
                value, gradient = objective(theta, *batch)
            if not isinstance(value, complex):  # what a root of a negative float is
                return value, gradient
    except (ArithmeticError, ValueError, TypeError) as error:
        if not _left_the_reals(error):
            raise
    return math.nan, [math.nan] * len(theta)


def _judged_point(
    ending: int, theta: list[float], value: float, gradient: Any, first: float, tolerance: float, arena: Box | None
) -> int:
    if not (math.isfinite(value) and all(map(math.isfinite, gradient))):
        return DIVERGED
    if arena is not None:
        for c, low, high in zip(theta, arena[::2], arena[1::2], strict=True):
            if not low <= c <= high:
                return ESCAPED if value < first else DIVERGED
    return CONVERGED if tolerance and all(-tolerance < g < tolerance for g in gradient) else RUNNING


def _step_point(optimizer: Optimizer, theta: list[float], gradient: Any, state: State, ending: int) -> None:
    try:
        optimizer.step(theta, gradient, state)
    except (ArithmeticError, ValueError, TypeError) as error:
        if not _left_the_reals(error):
            raise
        theta[:] = [math.inf] * len(theta)  # Python's floats raise where an array has inf


def _left_the_reals(error: Exception) -> bool:
    """Is this how floats fail where an array has inf or NaN? A root of a negative one is complex, which fails later."""
    return not isinstance(error, TypeError) or "complex" in str(error) or "ufunc" in str(error)


# Arrays.
def _seen(objective: Objective, theta: Array, batch: tuple[Any, ...]) -> tuple[Any, Any]:
    with np.errstate(all="ignore"):
        return objective(theta, *batch)


def _judged(
    ending: Any, theta: Array, value: Any, gradient: Array, first: Any, tolerance: float, arena: Box | None
) -> Any:
    with np.errstate(all="ignore"):
        if not tolerance and _all_well(theta, value, gradient, arena):
            return ending
        finite = np.isfinite(value) & np.isfinite(gradient).all(axis=-1)
        now = np.where(finite, RUNNING, DIVERGED).astype(np.int8)
        if tolerance:
            now[finite & (np.abs(gradient) < tolerance).all(axis=-1)] = CONVERGED
        if arena is not None:
            outside = ((theta < arena[::2]) | (theta > arena[1::2])).any(axis=-1) & finite
            now[outside] = np.where(value < first, ESCAPED, DIVERGED)[outside]
        return np.where(ending == RUNNING, now, ending)


def _all_well(theta: Array, value: Any, gradient: Array, arena: Box | None) -> bool:
    """A look at all runs together, which is all that most looks need: a sum is finite only if every term is."""
    if not (np.isfinite(np.sum(value)) and np.isfinite(np.sum(gradient))):
        return False
    runs = tuple(range(theta.ndim - 1))
    return arena is None or bool(
        (theta.min(axis=runs) >= arena[::2]).all() and (theta.max(axis=runs) <= arena[1::2]).all()
    )


def _step(optimizer: Optimizer, theta: Array, gradient: Array, state: State, ending: Array) -> None:
    """One update of the runs that are under way; those that have ended keep their theta and their slots."""
    ended = ending != RUNNING
    arrays = (theta, *state.slots.values()) if ended.any() else ()
    kept = [(a, a[ended]) for a in arrays if isinstance(a, np.ndarray) and a.shape[: ended.ndim] == ended.shape]
    with np.errstate(all="ignore"):
        optimizer.step(theta, gradient, state)
    for array, rows in kept:
        array[ended] = rows
