"""What a rule computed on its way: its own lines, in numbers, for every update of a run that was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import Trajectory
from optiviz.optimizers import Optimizer
from optiviz.symbolic import compiled
from optiviz.trace import Line, reachable
from optiviz.trace.operations import COMPARE
from optiviz.trace.point import lines_on_a_point

__all__ = ["Internals", "effective_steps", "internals"]

Array = npt.NDArray[Any]
Values = Callable[..., list[Array]]
"""The lines of one update as a function of theta, g, t, the slots and the hyperparameters."""


@dataclass(frozen=True)
class Internals:
    """The lines of a rule in each of its T updates.

    Attributes:
        lines: by name: the gradient g, then the lines in the order of the rule, (T, d), or (T,) for one number. A
            slot has the value that the update gives it, theta the point that it leads to; a second g is g′.
        downhill: the lines that turn round when the gradient does, each with the factor that makes it point
            downhill: -1 for g and for Adam's m, 1 for the velocity of momentum.
        scaled: those of them that the learning rate scales, as it does the step.
        sizes: the lines that do not turn with it, such as Adam's v.
    """

    lines: Mapping[str, Array]
    downhill: Mapping[str, int]
    scaled: tuple[str, ...]
    sizes: tuple[str, ...]


def internals(run: Trajectory, optimizer: Optimizer) -> Internals:
    """The lines of the rule in each update of a run, from what was recorded before that update.

    They are computed as the run itself was, so theta is the point that was recorded next.

    Args:
        run: a single run.
        optimizer: the rule that made it, with the same hyperparameters.

    Raises:
        ValueError: the run is a batch, or was made by another rule.

    >>> from optiviz import adam, bowl, minimize
    >>> rule = adam(lr=0.1)
    >>> inside = internals(minimize(bowl, rule, start=[1.0, -2.0], steps=3), rule)
    >>> inside.lines["g"][0], inside.lines["m"][0].round(9), inside.lines["mhat"][0]
    (array([ 2., -4.]), array([ 0.2, -0.4]), array([ 2., -4.]))
    """
    if run.theta.ndim != 2:
        raise ValueError(f"what a rule does inside is told of one run, not of a batch of shape {run.theta.shape[1:-1]}")
    if repr(optimizer) != run.optimizer:
        raise ValueError(f"the run was made by {run.optimizer}, not by {optimizer!r}")
    lines = optimizer.trace.lines
    values = _values(optimizer, run.theta.shape[1])
    found = []
    for k in range(run.steps):
        rates = {name: float(rate[k]) for name, rate in run.rates.items()}
        slots = [slot[k] for slot in run.slots.values()]
        found.append(values(run.theta[k], run.gradient[k], k + 1, slots, optimizer.at(k) | rates))
    columns = [np.array(column) for column in zip(*found, strict=True)]
    if not found:
        columns = [np.empty((0, *shape)) for shape in _shapes(optimizer, run.theta.shape[1])]
    named = dict(zip(map(_name, lines), columns, strict=True))
    downhill, sizes = _kinds(optimizer, values, run.theta.shape[1])
    rated = {_name(line) for line in lines if any(node.name == "lr" for node in reachable(line.node))}
    scaled = tuple(name for name in downhill if name in rated)
    return Internals({"g": run.gradient[:-1]} | named, {"g": -1} | downhill, scaled, sizes)


def effective_steps(run: Trajectory) -> Array:
    """How far each coordinate moved for each unit of its gradient: the learning rate that gd would have needed.

        |theta(t+1) - theta(t)| / |g(t)|

    Of T updates (T, ..., d); NaN where the gradient is zero or something is not finite.

    >>> from optiviz import bowl, gd, minimize
    >>> effective_steps(minimize(bowl, gd(lr=0.25), start=[1.0, -2.0], steps=1))
    array([[0.25, 0.25]])
    """
    with np.errstate(all="ignore"):
        effective = np.abs(np.diff(run.theta, axis=0)) / np.abs(run.gradient[:-1])
    return np.asarray(np.where(np.isfinite(effective), effective, np.nan))


def _name(line: Line) -> str:
    return line.name + "′" * line.primes


def _values(optimizer: Optimizer, dimension: int) -> Values:
    """What computes the lines of one update, in the arithmetic of a run: on floats, or on matrices of one column."""
    trace = optimizer.trace
    nodes = [line.node for line in trace.lines]
    shapes = _shapes(optimizer, dimension)
    on_floats = lines_on_a_point(trace, dimension).made() if optimizer.on_floats else None
    on_arrays = compiled(replace(trace, outputs=tuple(nodes)), on_floats=False) if on_floats is None else None

    def values(theta: Array, g: Array, t: int, slots: list[Any], params: Mapping[str, float]) -> list[Array]:
        numbers = params.values()
        if on_arrays is not None:
            with np.errstate(all="ignore"):
                made = on_arrays(theta[:, None], g[:, None], t, *slots, *numbers)
            columns = [(*shape, 1) if shape else () for shape in shapes]
            made = tuple(np.broadcast_to(v, c).reshape(s) for v, c, s in zip(made, columns, shapes, strict=True))
        else:
            assert on_floats is not None
            try:
                made = on_floats(theta.tolist(), g.tolist(), t, *(np.asarray(s).tolist() for s in slots), *numbers)
            except (ArithmeticError, ValueError, TypeError):  # so it was in the run, which diverged there
                made = tuple(np.full(shape, np.nan) for shape in shapes)
        return [np.broadcast_to(np.float64(value), shape) for value, shape in zip(made, shapes, strict=True)]

    return values


def _shapes(optimizer: Optimizer, dimension: int) -> list[tuple[int, ...]]:
    """(d,) for each line that has coordinates, or that becomes what has."""
    inputs = optimizer.trace.inputs
    narrow = [inputs[line.name].scalar if line.new else line.node.scalar for line in optimizer.trace.lines]
    return [() if one else (dimension,) for one in narrow]


def _kinds(optimizer: Optimizer, values: Values, dimension: int) -> tuple[dict[str, int], tuple[str, ...]]:
    """Which lines turn with the gradient, and how they then point downhill; which do not.

    Tried out: two updates with one gradient, with its opposite, and from elsewhere. What moves as theta does is
    a point and neither of both.
    """
    g = np.arange(1.0, dimension + 1)

    def second(theta: Array, g: Array) -> list[Array]:
        state = optimizer.init(theta.copy())
        with np.errstate(all="ignore"):
            optimizer.step(theta.copy(), g, state)
        return values(theta, g, 2, list(state.slots.values()), optimizer.at(1))

    here, against, elsewhere = second(0 * g, g), second(0 * g, -g), second(0 * g + 1, g)
    downhill, sizes = {}, []
    for line, value, opposite, moved in zip(optimizer.trace.lines, here, against, elsewhere, strict=True):
        operation = line.node.operation
        point = np.allclose(moved - value, 1, rtol=0, atol=0.5)
        if line.node.scalar or point or line.name == "theta" or (operation and operation.precedence == COMPARE):
            continue
        if np.array_equal(opposite, value):
            sizes.append(_name(line))
        elif np.array_equal(opposite, -value):
            downhill[_name(line)] = -1 if value @ g > 0 else 1
    return downhill, tuple(sizes)
