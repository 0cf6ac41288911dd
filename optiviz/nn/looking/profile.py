"""Where the time goes: each call of the plan with a clock at it, beside what the machine can do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.losses import Loss
from optiviz.nn.examples import examples
from optiviz.nn.executor import Call, run
from optiviz.nn.layer import Array
from optiviz.nn.looking.apart import apart, watch
from optiviz.nn.looking.clock import Clock, product_rate
from optiviz.nn.looking.names import value_names
from optiviz.nn.looking.table import NONE, Table, Tabled
from optiviz.nn.names import checked_size, loss_called, rule_for
from optiviz.nn.plan import Plan
from optiviz.optimizers import Optimizer
from optiviz.threads import one_blas_thread

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Profile", "Timed", "profile"]

WARMING = 2
"""Steps before the clocks count: the first makes the arrays."""


@dataclass(frozen=True)
class Timed:
    """The time of one call for a batch.

    Attributes:
        name: that of the layer.
        forward: seconds forward.
        backward: seconds back.
        forward_flops: operations forward, two for each multiplication; None if the layer is no product.
        backward_flops: operations back.
    """

    name: str
    forward: float
    backward: float
    forward_flops: int | None = None
    backward_flops: int | None = None


@dataclass(frozen=True, repr=False)
class Profile(Tabled):
    """Where the time of a training step goes, if nothing disturbs it: of each time the shortest of some steps.

    Attributes:
        calls: the calls of the graph.
        loss: seconds for the loss and its gradient.
        optimizer: seconds for the optimizer's step; None without one.
        rest: seconds beside all these: numbers drawn, arrays handed on, threads that wait for each other.
        examples: how many there were in the batch.
        threads: how many the plan may use.
        limit: the operations per second of the machine's own matrix product, in so many threads.
        repeats: of how many steps.
    """

    calls: tuple[Timed, ...]
    loss: float
    optimizer: float | None
    rest: float
    examples: int
    threads: int
    limit: float
    repeats: int

    @property
    def total(self) -> float:
        """Seconds for the whole step."""
        return self.rest + self.loss + (self.optimizer or 0.0) + sum(t.forward + t.backward for t in self.calls)

    @property
    def tables(self) -> Sequence[Table]:
        """What is shown."""
        rows = [self._row(timed) for timed in self.calls]
        lines = {"loss": self.loss, "optimizer": self.optimizer, "rest": self.rest, "whole step": self.total}
        rows += [
            [name, "", "", _ms(seconds), self._share(seconds), "", "", ""]
            for name, seconds in lines.items()
            if seconds is not None
        ]
        head = ["ms", "forward", "back", "both", "share", "GFLOP/s forward", "back", "of limit"]
        return [Table(head, rows, frozenset({0}), self._foot())]

    def _row(self, timed: Timed) -> list[str]:
        both = timed.forward + timed.backward
        rate = _rate(timed.forward_flops, timed.forward), _rate(timed.backward_flops, timed.backward)
        flops = None if timed.forward_flops is None else timed.forward_flops + (timed.backward_flops or 0)
        reached = _rate(flops, both)
        return [
            timed.name,
            _ms(timed.forward),
            _ms(timed.backward),
            _ms(both),
            self._share(both),
            *(NONE if r is None else f"{r / 1e9:.1f}" for r in rate),
            NONE if reached is None else f"{reached / self.limit:.0%}",
        ]

    def _share(self, seconds: float) -> str:
        return f"{seconds / self.total:.0%}"

    def _foot(self) -> list[str]:
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        lines = [
            f"a batch of {self.examples:,}, each time the shortest of {self.repeats}: "
            f"{self.examples / self.total:,.0f} examples a second",
            f"limit: {self.limit / 1e9:.0f} GFLOP/s, matrix products of this machine in {threads}",
        ]
        shared = "where threads work side by side, a time is their sum divided by their number"
        return [*lines, shared] if self.threads > 1 else lines


def profile(
    model: Model, x: Any, y: Any, loss: Loss | str, optimizer: Optimizer | str | None = None, *, repeats: int = 10
) -> Profile:
    """Where the time of a training step goes: milliseconds for each layer, and how far it is from the limit.

    The plan runs as in training, with a clock at each call; nothing changes in the model. The limit is what NumPy's
    product of matrices reaches on this machine, in as many threads as the model uses. A multiplication counts as two
    operations, forward; on the way back a layer makes as many for the gradient of its weights, and once more for that
    of its input, where somebody asks for it. A convolution that needs fewer than its formula may pass the limit.

    Args:
        model: the network.
        x: the input (N, ...), or a list of several.
        y: the targets, as the loss wants them.
        loss: such as `losses.sparse_cce`, or its name.
        optimizer: a rule or its name, whose step is timed, too.
        repeats: how many steps are made; of each time the shortest is shown.

    Raises:
        LookupError: there is no loss or rule of that name.
        TypeError, ValueError: the data do not fit the model or the loss, or there are no repeats.

    >>> from optiviz.nn import Dense, Input, Sequential
    >>> model = Sequential([Input(shape=(4,)), Dense(3, "relu"), Dense(2)])
    >>> [timed.name for timed in model.profile(np.ones((5, 4)), np.zeros((5, 2)), "mse", repeats=2).calls]
    ['dense', 'dense.relu', 'dense_1']
    """
    loss, repeats = loss_called(loss), checked_size("repeats", repeats)
    rule = None if optimizer is None else rule_for(optimizer)[0]
    data = examples(model, loss, x, y)
    n = len(data)
    step, counting, stepping = _Step(model, model._checked(data.x), model.scores_for(loss)), Clock(), Clock()
    theta = model.theta.copy()
    grad = np.random.default_rng(0).standard_normal(theta.shape).astype(theta.dtype)
    state = rule.init(theta, model.layout) if rule else None
    steps: list[Profile] = []
    with one_blas_thread():
        limit = product_rate(model.threads, model.dtype)
        for _ in range(WARMING + repeats):
            counting.seconds = stepping.seconds = 0.0
            step.reset()
            start = perf_counter()
            output, back = step.forward()
            _, slope = counting(loss.mean, output, data.y)
            back(slope)
            if rule:
                stepping(rule.step, theta, grad, state)
            total = perf_counter() - start
            updating = stepping.seconds if rule else None
            known = Profile(step.timed(), counting.seconds, updating, 0.0, n, model.threads, limit, repeats)
            steps.append(replace(known, rest=total - known.total))
        limit = max(limit, product_rate(model.threads, model.dtype))
    return replace(_shortest(steps[WARMING:]), limit=limit)


def _shortest(steps: Sequence[Profile]) -> Profile:
    """Of each time the shortest: what disturbs now one call, now another, is none of their time."""
    calls = [
        replace(same[0], forward=min(t.forward for t in same), backward=min(t.backward for t in same))
        for same in zip(*(step.calls for step in steps), strict=True)
    ]
    loss, rest = min(step.loss for step in steps), min(step.rest for step in steps)
    optimizer = min((step.optimizer for step in steps if step.optimizer is not None), default=None)
    return replace(steps[0], calls=tuple(calls), loss=loss, optimizer=optimizer, rest=rest)


class _Step:
    """A training step as the model makes it, by the plan or without, with two clocks at each call of each block."""

    def __init__(self, model: Model, inputs: Sequence[Array], scores: int) -> None:
        self.model, self.inputs, self.scores, self.n = model, inputs, scores, len(inputs[0])
        self.calls = apart(model.calls)
        self.rng = np.random.default_rng(0)
        self.clocks: list[tuple[Call, int, Clock, Clock]] = []
        self.plan = None
        if model.fuse:
            self.plan = Plan(
                self.calls,
                model.shapes,
                model.ins,
                [scores],
                self.n,
                training=True,
                threads=model.threads,
                dtype=model.dtype,
            )
            for segment in self.plan.segments:
                for block in (block for blocks in segment.threads for block in blocks):
                    self._watch(block.calls, len(segment.threads))
        else:
            self._watch(self.calls, 1)

    def _watch(self, calls: Sequence[Call], threads: int) -> None:
        for call in calls:
            forth, back = Clock(), Clock()
            watch(call.layer, forth, back)
            self.clocks.append((call, threads, forth, back))

    def reset(self) -> None:
        """Set the clocks and the gradients to nothing."""
        for call in self.calls:
            call.layer.void.update(call.layer.gradients)
        for _, _, forth, back in self.clocks:
            forth.seconds = back.seconds = 0.0

    def forward(self) -> tuple[Array, Callable[[Array], Any]]:
        """The scores, and the way back."""
        if self.plan is not None:
            (output,), back = self.plan.forward(self.inputs, self.rng)
            return output, lambda slope: back([slope])
        values = dict(zip(self.model.ins, self.inputs, strict=True))
        way = run(self.calls, values, self.rng)
        return values[self.scores], lambda slope: way({self.scores: slope})

    def timed(self) -> tuple[Timed, ...]:
        """What the clocks say, call by call."""
        names = value_names(self.model.nodes)
        found = []
        for call in self.calls:
            v = call.output
            mine = [row for row in self.clocks if row[0].layer.place == v]  # a plan may have moved it
            forth = math.fsum(clock.seconds / threads for _, threads, clock, _ in mine)
            back = math.fsum(clock.seconds / threads for _, threads, _, clock in mine)
            shapes = [self.model.shapes[u] for u in call.inputs]
            products = 2 * self.n * call.layer.multiplications(*shapes)
            ways = 2 if mine[0][0].layer.memory.wants_dx else 1
            heavy = call.layer.heavy and bool(call.layer.gradients)
            found.append(Timed(names[v], forth, back, *((products, ways * products) if heavy else ())))
        return tuple(found)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}" if seconds else NONE


def _rate(flops: int | None, seconds: float) -> float | None:
    return flops / seconds if flops and seconds else None
