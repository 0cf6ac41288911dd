"""The experiments: runs in which a right and a wrong rule part, and how they are played and compared.

Most runs are given their gradients, among them zeros, tiny and large ones: then an early rounding error
does not grow, and what is left of a difference is a mistake. One run is free: its gradients are those of
a small problem where it has come to. And single steps are made from states that the rule itself has
reached after many updates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.check.mutation import Rule
from optiviz.names import hyperparameter
from optiviz.trace import Node, Trace, reachable

__all__ = ["Played", "Run", "experiments", "parting", "play"]

Array = npt.NDArray[Any]
Params = Sequence[Mapping[str, float]]

LATE = (2, 10, 100, 300, 1000)
"""The updates of which single steps are made."""

REACHED = 100
"""How many updates are made to come to the states in which they begin."""

CLOSE = 1e-9
"""How far a rule may be from the named one, as a share of its own steps: what another order of the same
operations makes of rounding is a million times smaller."""

ROUNDING = 1e-13
"""And as a share of theta, beside which a step may be lost."""


@dataclass(frozen=True)
class Run:
    """One experiment.

    Attributes:
        theta: the start.
        params: the hyperparameters, update by update.
        gradients: what the rule is given, update by update; none if it is to find its way through `problem`.
        problem: A and b of the problem whose gradient is A theta - b.
        t: the number of the first update.
        slots: what the rule remembers when the run begins, if not what it begins with.
    """

    theta: Array
    params: Params
    gradients: Array | None = None
    problem: tuple[Array, Array] | None = None
    t: int = 1
    slots: Mapping[str, Array] = field(default_factory=dict)

    def gradient(self, step: int, theta: Array) -> Array:
        """The gradient that the rule gets in this update."""
        if self.gradients is not None:
            return np.asarray(self.gradients[step])
        assert self.problem is not None
        A, b = self.problem  # noqa: N806, a matrix
        with np.errstate(all="ignore"):
            return np.asarray((A @ theta.ravel() - b).reshape(theta.shape))

    def written(self) -> dict[str, Any]:
        """The run as JSON can hold it."""
        return {
            "theta": self.theta.tolist(),
            "params": [dict(numbers) for numbers in self.params],
            "gradients": None if self.gradients is None else self.gradients.tolist(),
            "problem": None if self.problem is None else [part.tolist() for part in self.problem],
            "t": self.t,
            "slots": {name: value.tolist() for name, value in self.slots.items()},
        }


@dataclass
class Played:
    """What a rule made of a run: theta after each update, the slots, and its lines by name."""

    theta: list[Array]
    slots: list[list[Array]]
    lines: list[list[tuple[str, Any]]]


def experiments(rule: Rule, shape: tuple[int, ...], seed: int) -> list[Run]:
    """The runs for a rule, on points of that shape. The first is one that can be followed by hand."""
    rng = np.random.default_rng(seed)
    defaults = dict(rule.defaults)

    def run(steps: int, change: Callable[[int], Mapping[str, float]], **given: Any) -> Run:
        theta = given.pop("theta", np.round(rng.uniform(-2, 2, shape), 3))
        if "problem" not in given:
            given.setdefault("gradients", _gradients(rng, steps, shape))
        return Run(theta, [{**defaults, **change(step)} for step in range(steps)], **given)

    def lr(value: float) -> dict[str, float]:
        return {"lr": value} if "lr" in defaults else {}

    def by_hand(values: list[float], *more: int) -> Array:
        return np.resize(np.array(values), (*more, *shape))

    first = by_hand([1.0, -2.0, 0.5, 3.0])
    slopes = by_hand([2.0, -1.0, 0.5, 4.0, 1.0, 3.0, -2.0, 0.1, -0.5, 1.5], 4)
    size = first.size
    A = np.eye(size) * np.linspace(0.5, 2.0, size) + 0.1  # noqa: N806, a matrix
    problem = (A, np.round(rng.uniform(-1, 1, size), 3))
    falling = _visible(rule, rng)
    visible = [_visible(rule, rng) for _ in range(2)]
    runs = [
        run(4, lambda _: lr(0.1), theta=first, gradients=slopes),
        *(run(8, lambda _, numbers=numbers: numbers) for numbers in visible),  # type: ignore[misc]
        run(8, lambda step: {**falling, **lr(0.2 / (step + 1))}),
        run(12, lambda _: {}),
        run(25, lambda _: lr(0.05), problem=problem),
    ]
    return runs + _late(rule, rng, shape, visible[0])


def _gradients(rng: np.random.Generator, steps: int, shape: tuple[int, ...]) -> Array:
    """Of sizes from tiny to large, coordinate by coordinate, with zeros."""
    sizes = np.resize([1.0, 1e-6, 1e3, 0.1, 1.0, 30.0, 1e-3, 0.0], shape)
    drawn: Array = rng.standard_normal((steps, *shape)) * sizes
    drawn[1::3] *= rng.random((len(drawn[1::3]), *shape)) > 0.3
    return drawn


def _visible(rule: Rule, rng: np.random.Generator) -> dict[str, float]:
    """Hyperparameters at which each can be seen: eps, for one, not much smaller than the gradients."""
    chosen = {}
    for name, default in rule.defaults.items():
        domain = hyperparameter(name).domain
        if name == "eps":
            value = rng.uniform(0.01, 0.3)
        elif name == "lr":
            value = rng.uniform(0.05, 0.5)
        elif domain.high == 1:
            value = rng.uniform(0.3, 0.9)
        elif name == "decay":
            value = rng.uniform(0.05, 0.3)
        else:
            value = default * rng.uniform(1.05, 1.5)
        chosen[name] = round(float(value), 3) if round(float(value), 3) in domain else default
    return chosen


def _late(rule: Rule, rng: np.random.Generator, shape: tuple[int, ...], params: Mapping[str, float]) -> list[Run]:
    """Single steps from states that the rule has come to, also with its own numbers: 0.9**100 shows no power."""
    if not rule.first:
        return []
    numbers = [{**rule.defaults, **params}] * REACHED
    theta = rng.uniform(-2, 2, shape)
    gradients = rng.standard_normal((REACHED, *shape))
    played = play(rule, Run(theta, numbers, gradients))
    late = []
    for t in LATE:
        reached = played.slots[min(t, REACHED) - 2]
        states = {slot: np.broadcast_to(v, shape).copy() for slot, v in zip(rule.first, reached, strict=True)}
        for given in (numbers[0], rule.defaults):
            late.append(Run(theta, [given], gradients[-1:], t=t, slots=states))
    return late


@lru_cache(1024)
def _program(trace: Trace) -> Callable[[Mapping[str, Any]], dict[int, Any]]:
    """The trace as a function of its inputs, that returns the value of every node by the node's id."""
    nodes = reachable(*trace.outputs, *(line.node for line in trace.lines))
    work = [(id(n), _function(n), [id(a) for a in n.args]) for n in nodes if n.operation]
    constants = {id(n): n.value for n in nodes if n.operation is None and not n.name}
    names = [(id(n), n.name) for n in nodes if n.name]

    def computed(inputs: Mapping[str, Any]) -> dict[int, Any]:
        values: dict[int, Any] = dict(constants)
        values.update((key, inputs[name]) for key, name in names)
        for key, function, args in work:
            values[key] = function(*[values[a] for a in args])
        return values

    return computed


def _function(node: Node) -> Callable[..., Any]:
    assert node.operation is not None
    if node.operation.name == "where":
        return np.where
    return node.operation.ufunc or node.operation.point


def play(rule: Rule, run: Run, params: Params | None = None, steps: int | None = None, lines: bool = False) -> Played:
    """Let a rule make the updates of a run, all or the first of them, with its hyperparameters or others."""
    compute, trace = _program(rule.trace), rule.trace
    theta: Any = run.theta
    played = Played([], [], [])
    with np.errstate(all="ignore"):
        known = {"theta": theta, "g": theta * 0, "t": 0.0, **(params or run.params)[0]}
        slots = [run.slots[slot] if run.slots else known.get(n.name, n.value) for slot, n in rule.first.items()]
        for step in range(len(run.params) if steps is None else min(steps, len(run.params))):
            inputs = dict(zip(rule.first, slots, strict=True))
            inputs.update(params[step] if params else run.params[step])
            inputs.update(theta=theta, g=run.gradient(step, theta), t=float(run.t + step))
            values = compute(inputs)
            theta, *slots = (values[id(node)] for node in trace.outputs)
            theta = np.broadcast_to(np.asarray(theta, float), run.theta.shape)
            played.theta.append(theta)
            played.slots.append(slots)
            if lines:
                played.lines.append([(line.name, values[id(line.node)]) for line in trace.lines])
    return played


def parting(
    run: Run, ours: Sequence[Array], theirs: Sequence[Array], close: float = CLOSE, rounding: float = ROUNDING
) -> tuple[int, int] | None:
    """The step and coordinate at which theirs part from ours; None if they do not."""
    before = run.theta
    longest = np.zeros(run.theta.shape)
    if run.problem is not None:  # a free run carries its rounding errors on
        close, rounding = 100 * close, 100 * rounding
    with np.errstate(all="ignore"):
        for step, (right, came) in enumerate(zip(ours, theirs, strict=False)):
            moved = np.abs(right - before)
            longest = np.maximum(longest, np.where(np.isfinite(moved), moved, 0.0))
            bound = close * longest + rounding * np.maximum(1.0, np.abs(right))
            same = (np.abs(came - right) <= bound) | (came == right) | (np.isnan(came) & np.isnan(right))
            if not same.all():
                return step, int(np.argmin(same.ravel()))
            before = right
    return None
