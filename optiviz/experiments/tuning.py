"""Which learning rate suits a rule on a surface: one with a watchable path, which is seldom the one that ends lowest.

The committed table `tuned.json` holds the answer for every rule and surface of the library (it is made by
`scripts/tune.py`); for anything else the same search is run on the spot. All rates are tried at once, as a
batch of runs with a learning rate each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import DIVERGED, RUNNING, descend
from optiviz.formula import Formula
from optiviz.optimizers import Optimizer
from optiviz.surfaces import DataSurface, Surface, stochastic

__all__ = [
    "LEARNING_RATES",
    "STEPS",
    "WATCHABLE",
    "rates_for",
    "suited_lr",
    "suited_noise",
    "table",
    "tune",
    "wants_rate",
    "with_lr",
]

Array = npt.NDArray[Any]

Cost = Callable[[Array, bool], tuple[float, ...]]

LEARNING_RATES = tuple(float(f"{m}e{e}") for e in range(-7, 2) for m in (1, 1.5, 2, 3, 5, 7))
"""What is tried, from 0.0000001 to 70: six rates a decade, round numbers that fit on a slide."""

STEPS = 300
"""For how many updates the table is made, and how many a picture shows unless told otherwise."""

STRIDE = 1 / 6
"""The longest step on a watchable path, as a share of the box's sides: a walk, not a leap."""

WATCHABLE = "chosen for a watchable path"
"""What is said of a learning rate that nobody gave, in pictures, notes and help: not that it is the best."""


def rates_for(budget: int, steps: int = STEPS) -> tuple[float, ...]:
    """The learning rates that so many gradient evaluations pay for, evenly spread from 1e-7 to 70.

    A run of T steps costs T + 1 evaluations. With fewer than LEARNING_RATES they are some of those.

    >>> rates_for(4 * 101, steps=100)
    (1e-07, 0.0001, 0.07, 70.0)

    Raises:
        ValueError: the budget does not even pay for two rates, or for so many that there is nothing to gain.
    """
    least, most = 2 * (steps + 1), min(1000 * (steps + 1), 10_000_000)
    count = budget // (steps + 1)
    if not least <= budget <= most:
        raise ValueError(f"a budget for {steps} steps is from {least} to {most} gradient evaluations, not {budget}")
    if count <= len(LEARNING_RATES):
        return tuple(LEARNING_RATES[round(i)] for i in np.linspace(0, len(LEARNING_RATES) - 1, count))
    return tuple(float(f"{rate:.3g}") for rate in np.geomspace(LEARNING_RATES[0], LEARNING_RATES[-1], count))


def tune(
    rule: Optimizer,
    surface: Surface,
    steps: int = STEPS,
    *,
    start: npt.ArrayLike | None = None,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
    rates: Sequence[float] = LEARNING_RATES,
    cost: Cost | None = None,
) -> float:
    """The learning rate with which `rule` gets down best from the surface's start.

    Every rate gets the same number of steps. Unless another cost is given the path is to be watchable: it
    must stay in the box and walk, not leap (no step over a sixth of the box); among those that do, the best
    has the lowest mean, over its steps, of the logarithm of its height, so getting down early and staying
    down both count. A rate that leaps may end lower. Of a rule that follows a schedule it is the rate of the
    schedule. Deterministic.

    Args:
        rule: the update rule.
        surface: what to go down on.
        steps: how many updates each rate may make.
        start: one point (d,); the surface's own start if None.
        noise: standard deviation of Gaussian noise on the gradient, the same noise for every rate.
        batch_size: on a loss on data, of how many examples a gradient is made, the same for every rate; None for all.
        seed: what the noise is drawn from; other numbers than those of `minimize` with this seed.
        rates: what is tried.
        cost: what the best rate has least of, a function of a run's heights above the minimum as shares of
            the first, and of whether it diverged.

    >>> from optiviz import bowl, gd
    >>> tune(gd, bowl, steps=50)
    0.2
    """
    # minimize draws from the children of the seed itself
    rough = {"noise": noise, "batch_size": batch_size, "seed": [seed, 1], "alike": True}
    if "lr" not in rule.scheduled:
        runs = _runs(rule.configured(lr=np.array(rates, dtype=np.float64)[:, None]), surface, steps, start, rough)
    else:  # a schedule has one number
        lowest = rule.params["lr"].params.get("lowest", 0.0)
        rates = [lr for lr in rates if lr >= lowest] or [lowest]
        runs = [run for lr in rates for run in _runs(with_lr(rule, lr), surface, steps, start, rough)]
    bottom = surface.lowest
    if bottom is None:
        heights = surface.sample(101).z
        bottom = float(np.min(heights[np.isfinite(heights)], initial=math.inf))
    costs: list[tuple[float, ...]] = [
        cost(_shares(value, bottom), bool(ending[-1] == DIVERGED))
        if cost
        else _watchable(path, value, ending, surface, bottom)
        for path, value, ending in runs
    ]
    return float(rates[costs.index(min(costs))])


def _runs(
    rule: Optimizer, surface: Surface, steps: int, start: npt.ArrayLike | None, rough: dict[str, Any]
) -> list[tuple[Array, Array, Array]]:
    """The points, heights and endings of a run with each of the rule's learning rates."""
    first = np.asarray(surface.start if start is None else start, dtype=np.float64)
    theta = np.tile(first, (np.size(rule.params["lr"]), 1))
    objective = stochastic(surface, **rough)
    begin = theta[0].tolist() if rule.on_floats else theta.copy()
    looks = descend(objective, rule, begin, steps=steps, arena=surface.arena)
    seen = [[np.array(part) for part in (look.theta, look.value, look.ending)] for look in looks]
    path, value, ending = (np.array(part) for part in zip(*seen, strict=True))
    path, value, ending = path.reshape(-1, *theta.shape), value.reshape(-1, len(theta)), ending.reshape(-1, len(theta))
    return [(path[:, k], value[:, k], ending[:, k]) for k in range(len(theta))]


def _shares(value: Array, bottom: float) -> Array:
    """Heights above the bottom, as shares of the first."""
    return np.asarray(np.maximum(value - bottom, 0) / max(value[0] - bottom, 1e-300))


def _watchable(path: Array, value: Array, ending: Array, surface: Surface, bottom: float) -> tuple[float, float]:
    """How far a path leaves the box or leaps, then how high it stayed; pairs compare in this order."""
    looks = min(int(np.sum(ending == RUNNING)) + 1, len(ending))  # once it has ended, it stands still
    path, value = path[:looks], value[:looks]
    if ending[-1] == DIVERGED:
        return math.inf, -looks
    low, high = np.array(surface.box[::2]), np.array(surface.box[1::2])
    outside = np.max(np.maximum(low - path, path - high) / (high - low))
    stride = np.max(np.abs(np.diff(path, axis=0)) / (high - low), initial=0.0)
    return max(outside, 0.0) + max(stride - STRIDE, 0.0), float(np.mean(np.log(_shares(value, bottom) + 1e-4)))


@cache
def table() -> dict[str, dict[str, float]]:
    """The committed learning rates, by surface and rule."""
    text = resources.files("optiviz").joinpath("tuned.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, float]] = json.loads(text)
    return found


def wants_rate(rule: Optimizer) -> bool:
    """Does the rule have a learning rate that nobody has given, neither to it nor to the schedule that it follows?

    >>> from optiviz import adam, cosine
    >>> wants_rate(adam), wants_rate(adam(lr=cosine)), wants_rate(adam(lr=cosine(lr=0.3)))
    (True, True, False)
    """
    asked = rule.params["lr"] if "lr" in rule.scheduled else rule
    return "lr" in asked.params and "lr" not in asked.chosen


def with_lr(rule: Optimizer, lr: float) -> Optimizer:
    """The rule with this learning rate, which becomes that of the schedule if it follows one.

    >>> from optiviz import adam, cosine
    >>> with_lr(adam(lr=cosine), 0.5)
    adam(lr=cosine(lr=0.5, end=0.0, steps=300))
    """
    return rule.configured(lr=rule.params["lr"].configured(lr=lr) if "lr" in rule.scheduled else lr)


def suited_lr(rule: Optimizer, surface: Surface, batch_size: int | None = None) -> float:
    """A learning rate with which `rule` has a watchable path on `surface`: from the table, else tuned on the spot.

    The table holds for surfaces of the library with their default hyperparameters and for rules that do
    what one of the library does with its own, whatever they are called. A schedule begins at the rate that
    suits the rule without it. On a loss on data it is the rate for gradients of `batch_size` examples, if None for
    as many as suit the rule.
    """
    usual = suited_batch(rule, surface)
    size = batch_size or usual
    known = table().get(surface.name, {}) if _as_registered(surface) and size == usual else {}
    for name, rate in known.items():
        if _does_as(rule, Optimizer.registry[name]):
            return rate
    plain = rule.configured(lr=rule.defaults["lr"]) if "lr" in rule.scheduled else rule
    return tune(plain, surface, batch_size=size)


def _as_registered(surface: Surface) -> bool:
    original = Surface.registry.formulas.get(surface.name)
    if original is None or original.function is not surface.function or original.params != surface.params:
        return False
    return getattr(original, "data", None) is getattr(surface, "data", None)


def _does_as(rule: Optimizer, other: Optimizer) -> bool:
    """Do both have the same function and, but for the learning rate, the same numbers?"""

    def numbers(formula: Formula) -> dict[str, Any]:
        return {**formula.slots, **formula.params, "lr": None}

    return rule.function is other.function and numbers(rule) == numbers(other)


def suited_noise(rule: Optimizer, surface: Surface) -> float:
    """Gradient noise that can be seen: with it a plain step strays by up to about a hundredth of the box.

    >>> from optiviz import bowl, sgd
    >>> round(suited_noise(sgd(lr=0.1), bowl), 12)
    0.4
    """
    side = min(high - low for low, high in zip(surface.box[::2], surface.box[1::2], strict=True))
    lr = max(rule.at(t).get("lr", 0.0) for t in range(STEPS if rule.scheduled else 1))
    return 0.01 * side / lr if lr else 0.0


def suited_batch(rule: Optimizer, surface: Surface) -> int | None:
    """How many examples sgd looks at for a step on a loss on data, 32 or a quarter of few; all for any other rule.

    >>> from optiviz import adam, bowl, sgd
    >>> suited_batch(sgd, bowl), suited_batch(adam, bowl)
    (None, None)
    """
    plain = rule.name.partition("+")[0].rpartition(".")[2]
    if not isinstance(surface, DataSurface) or plain != "sgd":
        return None
    return min(32, max(surface.examples // 4, 1))
