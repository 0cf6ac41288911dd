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
    state: State | None = None,
) -> Iterator[Look]:
    """Look, yield, step: T steps give T + 1 looks. `theta` is changed in place.

    Args:
        objective: `objective(theta, *batch)` returns the value (...) and the gradient (..., d).
        optimizer: the rule.
        theta: the start: an array (..., d) of independent runs, or a list of d floats for one fast run.
        batches: what the objective gets besides theta, look by look. When they end, so does the loop, with
            an update for every look and none after the last.
        steps: how many updates to make, those before `state` among them; None for as many as there are batches.
        tolerance: a run has converged when all of its gradient is smaller than this.
        arena: bounds (low, high for each coordinate) outside of which a run has diverged (it is higher
            than at its start) or escaped (lower). A value that is not finite is divergence anyway.
        reaction: how the learning rate answers to the value that was seen, for each run by itself.
        layout: the shapes of the weight tensors in a flat theta, for rules that look at whole tensors.
        state: to go on where a run was left, what its optimizer remembered then (with the theta of then, and the
            batches after those it has seen): T steps and from there T more are 2 T steps, to the bit. It is changed in
            place, too, by each step, so that between two steps it is always that of theta. None begins anew. How a run
            stands is judged anew, and what is higher or lower than the start by the first look.

    A run that has ended stands still while the others go on; when all have ended, the loop does.

    Raises:
        ValueError: the state is that of another rule or of another theta, or has made more updates than `steps`.

    >>> from optiviz.optimizers import gd
    >>> looks = descend(lambda x: ((x**2).sum(-1), 2 * x), gd(lr=0.25), np.array([4.0]), steps=2)
    >>> [float(look.value) for look in looks]
    [16.0, 4.0, 1.0]
    """
    if state is None:
        state = optimizer.init(theta, layout)
    else:
        _check_state(state, optimizer, theta, layout, steps)
    return onward(objective, optimizer, theta, state, None, batches, steps, tolerance, arena, reaction)


def _check_state(
    state: State, optimizer: Optimizer, theta: Array | list[float], layout: Layout, steps: int | None
) -> None:
    """See that this state is one of this rule at this theta."""
    kept, wanted = (", ".join(slots) or "nothing" for slots in (state.slots, optimizer.slots))
    if kept != wanted:
        raise ValueError(
            f"the state remembers {kept}, and {optimizer.name} {wanted}; go on with the rule that it is of"
        )
    if layout and [*map(tuple, layout)] != [*map(tuple, state.layout)]:
        raise ValueError(f"the state is one of tensors {[*state.layout]}, not {[*layout]}")
    shapes = {np.shape(slot) for slot in state.slots.values() if optimizer.per == "coordinate"}
    wide = [shape for shape in shapes if len(shape) == np.ndim(theta) and shape != np.shape(theta)]
    if wide:
        raise ValueError(f"the state is one of a theta of shape {wide[0]}, not {np.shape(theta)}")
    if steps is not None and state.t > steps:
        raise ValueError(f"the state has made {state.t} updates already, and there are to be {steps} in all")


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
    ending: Any = RUNNING if on_floats else np.zeros(np.shape(theta)[:-1], np.int8)
    for batch in batches:
        value, gradient = seen(objective, theta, batch)
        if first is None:
            first = value if on_floats else np.array(value)  # of the line f(x) = x the value is theta itself
        ending = judged(ending, theta, value, gradient, first, tolerance, arena)
        answers = state.reaction
        if reaction is not None:
            optimizer, answers = _answered(reaction, optimizer, value, answers)
        yield Look(state.t, theta, value, gradient, state.slots, optimizer.at(state.t), ending)
        if state.t == steps or (ending if on_floats else ending.all()):
            return
        step(optimizer, theta, gradient, state, ending)
        state.reaction = answers


def _answered(
    reaction: Reaction, optimizer: Optimizer, value: Any, before: Mapping[str, Any]
) -> tuple[Optimizer, dict[str, Any]]:
    """The optimizer with the learning rate that answers to the value, and what the reaction remembers then.

    Of a run that goes on the optimizer has the rate that it began with, and the reaction remembers the present one.
    """
    own = optimizer.params.get("lr")
    if not isinstance(own, (int, float, np.ndarray)):
        raise ValueError(f"{reaction.name} needs a rule whose learning rate is a number, not {optimizer!r}")
    first = np.asarray(own)[..., 0] if isinstance(own, np.ndarray) else own
    rate, *slots = before.values() or (first, *reaction.slots.values())
    answers = reaction.function(rate, value, *slots, **reaction.params)
    after = dict(zip(("lr", *reaction.slots), answers, strict=True))
    answer = after["lr"][..., None] if np.ndim(after["lr"]) else after["lr"]
    return (optimizer if np.array_equal(answer, own) else optimizer.configured(lr=answer)), after


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
