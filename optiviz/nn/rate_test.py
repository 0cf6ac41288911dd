"""Which learning rate? Let it grow from batch to batch, and see where the loss falls and where it blows up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.averages import ewma
from optiviz.descent import descend
from optiviz.losses import Loss
from optiviz.nn.batches import Augment, batches
from optiviz.nn.examples import examples
from optiviz.nn.layer import Array
from optiviz.nn.names import checked_size, loss_called, rule_for
from optiviz.nn.objective import objective
from optiviz.schedules import Schedule
from optiviz.threads import at_most, one_blas_thread

if TYPE_CHECKING:
    from optiviz.nn.model import Model
    from optiviz.optimizers import Optimizer

__all__ = ["RateTest", "rate_test"]

SMOOTH = 0.9
"""The beta of the average that the loss is smoothed by."""
BLOWN_UP = 3.0
"""The test is over when the smoothed loss has risen by so many times the lowest that it was, or its fall until then."""
NEAR = 0.01
"""Up to this share above its lowest the loss counts as still there."""
ERRORS = 6.0
"""And up to so many standard deviations of its average: by chance alone the highest lies so far above the lowest."""
LEAST = 10
"""Steps that it takes in any case: the first averages are of few values."""


def _growing(optimizer: Any, low: float, high: float, steps: int) -> Optimizer:
    """The rule with a learning rate that grows."""
    if not (0 < low < high < np.inf):
        raise ValueError(f"the rates grow from low to high, both above 0; low={low:g} and high={high:g} do not")
    if not high / low < np.inf:
        raise ValueError(
            f"low={low:g} and high={high:g} are so far apart that no factor leads there; bring them nearer"
        )
    if checked_size("steps", steps) < LEAST:
        raise ValueError(f"the loss of {steps} steps says nothing; write steps=200, or {LEAST} and more")
    rule, _ = rule_for(optimizer)
    if "lr" not in rule.params:
        raise ValueError(f"{rule.name} has no learning rate that could grow")
    return rule.configured(lr=Schedule(_rising)(lr=low, end=high, steps=steps))


def _blew_up(now: float, before: list[float]) -> bool:
    lowest = min(before)
    return now > lowest + BLOWN_UP * max(abs(lowest), before[0] - lowest)


def _rising(t: Any, *, lr: float = 1e-6, end: float = 10.0, steps: float = 100.0) -> Any:
    """From one rate to another, each step by the same factor."""
    return lr * (end / lr) ** (t / (steps - 1))


@dataclass(frozen=True)
class RateTest:
    """What came of growing learning rates.

    Attributes:
        optimizer: the rule.
        loss_name: the loss.
        batch_size: of how many examples each gradient was made.
        steps: how many steps there were to be.
        rates: the learning rate of each step that was made, (T,).
        losses: the loss of its batch, before the step, (T,).
        smoothed: their moving average, (T,).
    """

    optimizer: str
    loss_name: str
    batch_size: int
    steps: int
    rates: Array
    losses: Array
    smoothed: Array

    @property
    def blew_up(self) -> bool:
        """Did the loss end it, before the last rate?"""
        return len(self.rates) < self.steps

    @property
    def lowest(self) -> int:
        """The step at which the smoothed loss was lowest, the first few left out: they are means of few values."""
        first = LEAST if len(self.smoothed) > LEAST else 0
        return first + int(np.argmin(self.smoothed[first:]))

    @property
    def edge(self) -> int:
        """The last step before the smoothed loss rose from its lowest, by a hundredth of that and by more than noise.

        The average has √((1 − β)/(1 + β)) of the noise of a batch, which is that of the steps up to the lowest.
        """
        bottom = self.smoothed[self.lowest]
        noise = np.std((self.losses - self.smoothed)[: self.lowest + 1]) * np.sqrt((1 - SMOOTH) / (1 + SMOOTH))
        high = self.smoothed > bottom + max(NEAR * abs(bottom), ERRORS * noise)
        risen = np.flatnonzero(high[self.lowest :])
        return self.lowest + int(risen[0]) - 1 if len(risen) else len(high) - 1

    @property
    def suggested(self) -> float | None:
        """A rate to begin with: a tenth of that at the edge, where the next steps bring the loss up; None if none do.

        It is also None if the test begins above it. To have fallen it need not: a deep network may stand
        on a plateau for longer than the test, and even so be thrown off it by a rate that is too large.
        """
        return None if self.why else float(f"{self.rates[self.edge] / 10:.1g}")

    @property
    def why(self) -> str:
        """Why there is no rate to suggest, and what to do; "" if there is one."""
        if self.edge == len(self.rates) - 1 and not self.blew_up:
            return f"the loss had not risen when the rates ended at {self.rates[-1]:.3g}; let them grow higher"
        if self.rates[self.edge] < 10 * self.rates[0]:
            return (
                f"the loss rose from a rate of {self.rates[self.edge]:.3g} on already; begin lower than a tenth of that"
            )
        return ""


def rate_test(
    model: Model,
    x: Any,
    y: Any,
    loss: Loss | str,
    optimizer: Optimizer | str,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    batch_size: int = 32,
    augment: Augment | None = None,
    rng: Any = 0,
) -> RateTest:
    """Train for some steps with a learning rate that grows each time by the same factor; afterwards all is as before.

        lr(t) = low (high / low)^(t / (steps - 1)),  t = 0, 1, ...

    It ends earlier when the loss is no finite number any more, or its average is far above the lowest that it was.

    Args:
        model: the network; its weights and statistics are put back.
        x: the input (N, ...), or a list of several.
        y: the targets, as `fit` takes them.
        loss: a loss or its name.
        optimizer: a rule or its name; its own learning rate plays no part.
        low: the first rate.
        high: the last one.
        steps: how many, one for each batch; when the data end they begin again.
        batch_size: of how many examples each gradient is made.
        augment: what each batch goes through.
        rng: a seed or a generator.

    Source: Smith (2017), Cyclical learning rates for training neural networks, section 3.3, arXiv:1506.01186.

    Raises:
        LookupError, TypeError: as from `fit`.
        ValueError: the rates do not grow, or there are too few steps, or the data do not fit.

    >>> from optiviz import gd
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> found = rate_test(Sequential([Input(shape=(1,)), Dense(1)]), x, 3 * x + 1, "mse", gd)
    >>> found.blew_up, found.suggested
    (True, 0.3)
    """
    loss, rule = loss_called(loss), _growing(optimizer, low, high, steps)
    rng = np.random.default_rng(rng)
    data = examples(model, loss, x, y)
    inputs = data.x if len(data.x) > 1 else data.x[0]
    many = chain.from_iterable(batches(inputs, data.y, batch_size, augment=augment, rng=rng) for _ in repeat(None))
    before = model.theta.copy(), model.statistics.copy()
    rates: list[float] = []
    losses: list[float] = []
    smoothed: list[float] = []
    mean: Any = 0.0
    try:
        with one_blas_thread(), at_most(model.threads):
            looks = descend(objective(model, loss, rng), rule, model.theta, islice(many, steps), layout=model.layout)
            for t, look in enumerate(looks, start=1):
                if look.ending:
                    break
                seen, mean = ewma(look.value, t, mean, beta=SMOOTH)
                if t > LEAST and _blew_up(float(seen), smoothed):
                    break
                rates.append(look.params["lr"])
                losses.append(float(look.value))
                smoothed.append(float(seen))
    finally:
        model.theta[...], model.statistics[...] = before
    if not losses:
        raise ValueError("the loss is no finite number before the first step; is the input scaled?")
    arrays = map(np.array, (rates, losses, smoothed))
    return RateTest(rule.name, repr(loss), batch_size, steps, *arrays)
