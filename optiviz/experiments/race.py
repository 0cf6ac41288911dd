"""Several rules go down from the same start, with the same budget and the same noise.

Everyone makes as many steps, sees the same noise, and may spend as many gradient evaluations on finding a
learning rate. Who ends below the lowest threshold wins; of several, who was there first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import DIVERGED, ENDINGS, Shown, Trajectory, minimize
from optiviz.experiments.labels import labels
from optiviz.experiments.tuning import (
    LEARNING_RATES,
    STEPS,
    rates_for,
    suited_batch,
    suited_lr,
    tune,
    wants_rate,
    with_lr,
)
from optiviz.optimizers import Optimizer
from optiviz.surfaces import DataSurface, Surface

__all__ = ["MOST", "SHARES", "Race", "Racer", "quantiles", "race"]

Array = npt.NDArray[Any]

SHARES = (1e-1, 1e-2, 1e-4, 1e-6)
"""The thresholds: shares of the height at the start, above the minimum."""

MOST = 10
"""So many racers can be told apart in a picture."""

LONGEST = 1_000_000
"""So many steps of one racer are kept, over all its runs."""

TOLERANCE = 1e-6
"""A run whose gradient is smaller than this has arrived."""

GIVEN, WATCHED, TUNED = "given", "watchable", "tuned"
"""Where a learning rate comes from: the user, a search for a watchable path, or one for what the race counts."""


@dataclass(frozen=True)
class Racer:
    """One rule in a race.

    Attributes:
        label: what it is called, different for each.
        run: its run, or its runs (T+1, N, d) with one for each seed.
        lr: its learning rate, of a schedule the one that it begins with or rises to; None for a rule without one.
        schedule: what the learning rate follows, in words; empty if it is constant.
        lr_from: "given", "watchable" or "tuned"; empty without a learning rate.
        values: its heights, (T+1, N).
        steps: for each of SHARES the first step at which it was that low, the median over the runs; inf for never.
        reached: for each of SHARES how many of the runs were ever that low.
        final: the height at the end, the median over the runs.
        held: how many of SHARES it is below at the end.
    """

    label: str
    run: Trajectory
    lr: float | None
    schedule: str
    lr_from: str
    values: Array
    steps: tuple[float, ...]
    reached: tuple[int, ...]
    final: float
    held: int

    @property
    def path(self) -> Array:
        """The points of the (first) run, (T+1, d)."""
        theta: Array = self.run.theta
        return theta if theta.ndim == 2 else theta[:, 0]

    @property
    def ended(self) -> str:
        """How it ended, in words: `300 steps`, `converged at 57`, `2 diverged`."""
        counts = Counter(np.ravel(self.run.endings).tolist())
        early = [f"{count} {ENDINGS[i]}" for i in range(1, len(ENDINGS)) if (count := counts[ENDINGS[i]])]
        if self.run.theta.ndim == 2 and early:
            return f"{self.run.endings} at {self.run.steps}"
        return ", ".join(early) or f"{self.run.steps} steps"

    @property
    def batch_size(self) -> int:
        """Of how many examples each of its gradients was made; 0 for all, or where there are none."""
        return self.run.batch_size

    @property
    def lost(self) -> bool:
        """Did most of its runs diverge?"""
        return bool(np.mean(self.run.ending == DIVERGED) > 0.5)


@dataclass(frozen=True)
class Race(Shown):
    """What a race did.

    Attributes:
        surface: what they went down on.
        racers: in the order in which they were given.
        start: the point at which all began.
        steps: how many updates each might make.
        noise: standard deviation of the noise on the gradient.
        seed: what noise and batches were drawn from.
        seeds: how many runs each racer made.
        budget: how many gradient evaluations each had to find its learning rate; 0 when there was no search.
        bottom: the height from which the thresholds are measured.
        bottom_known: is that the surface's minimum, not merely the lowest that was seen?
    """

    surface: str
    racers: tuple[Racer, ...]
    start: tuple[float, ...]
    steps: int
    noise: float
    seed: int
    seeds: int
    budget: int
    bottom: float
    bottom_known: bool

    def ground(self, surface: Surface | None = None) -> Surface:
        """The surface to draw the race on; see `Trajectory.ground`."""
        return self.racers[0].run.ground(surface)

    @property
    def winners(self) -> tuple[Racer, ...]:
        """Who ends below the lowest threshold that anyone ends below, and was the first there.

        None where nobody ends below any; several where they were there after the same number of steps.
        """

        def rank(racer: Racer) -> tuple[float, float]:
            return -racer.held, racer.steps[racer.held - 1]

        arrived = [racer for racer in self.racers if racer.held and not racer.lost]
        best = min(map(rank, arrived), default=None)
        return tuple(racer for racer in arrived if rank(racer) == best)


def race(
    surface: Surface,
    rules: Sequence[Optimizer],
    start: npt.ArrayLike | None = None,
    *,
    steps: int = STEPS,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
    seeds: int = 1,
    tune: bool = False,
    budget: int | None = None,
) -> Race:
    """Let rules go down from the same start, with the same budget and the same noise.

    Args:
        surface: what to go down on.
        rules: the racers; one without a learning rate of its own gets one that is chosen for a watchable path, and so
            does the schedule that it follows.
        start: where all begin; the surface's own start if None.
        steps: how many updates each may make.
        noise: standard deviation of Gaussian noise added to each coordinate of each gradient.
        batch_size: on a loss on data, of how many examples each gradient is made; if None it is 32 (or a quarter of
            few) for sgd and all for the others.
        seed: what noise and batches are drawn from; run k of every racer sees the same.
        seeds: how many runs each racer makes, for with noise one may be lucky.
        tune: search the learning rates that are not given, under the conditions of the race but with other noise.
        budget: how many gradient evaluations each may spend on that search, which a budget asks for by itself;
            those of 54 runs if None.

    Raises:
        TypeError: the racers are no optimizers.
        ValueError: there are no racers or more than ten, there is nothing to repeat, or the budget is too small.

    >>> from optiviz import adam, bowl, momentum
    >>> race(bowl, [adam, momentum], steps=100).winners[0].label
    'momentum'
    """
    begin = _checked(surface, rules, start, steps, seeds)
    sizes = [suited_batch(rule, surface) if batch_size is None and not noise else batch_size for rule in rules]
    if seeds > 1 and not (noise or any(sizes)):
        instead = "batch_size=8" if isinstance(surface, DataSurface) else "a noise such as 1.0"
        raise ValueError(f"{seeds} runs each want noise, for without it all are the same; give {instead}")
    spent = budget or 0
    if tune and budget is None:
        spent = len(LEARNING_RATES) * (steps + 1)
    theta = np.tile(begin, (seeds, 1)) if seeds > 1 else np.array(begin)
    ready, runs = [], []
    for rule, size in zip(rules, sizes, strict=True):
        rough: dict[str, Any] = {"steps": steps, "noise": noise, "batch_size": size, "seed": seed}
        ready.append(_with_rate(rule, surface, begin, spent, rough))
        runs.append(minimize(surface, ready[-1][0], theta, tolerance=0.0 if size else TOLERANCE, **rough))
    seen = min(float(np.min(run.value[np.isfinite(run.value)], initial=math.inf)) for run in runs)
    bottom = seen if surface.lowest is None else surface.lowest
    racers = [_racer(*each, bottom) for each in zip(labels(rules), ready, runs, strict=True)]
    known = surface.lowest is not None
    return Race(repr(surface), tuple(racers), begin, steps, noise, seed, seeds, spent, bottom, known)


def _checked(
    surface: Surface, rules: Sequence[Optimizer], start: npt.ArrayLike | None, steps: int, seeds: int
) -> tuple[float, ...]:
    """The start, when there can be a race."""
    if isinstance(rules, Optimizer) or not all(isinstance(rule, Optimizer) for rule in rules):
        raise TypeError(f"expected a list of optimizers such as [gd, adam(lr=0.1)], not {rules!r:.60}")
    if not 1 <= len(rules) <= MOST:
        raise ValueError(f"a race is for 1 to {MOST} racers, not {len(rules)}; more cannot be told apart in a picture")
    if seeds < 1:
        raise ValueError(f"a racer makes one run at least, not {seeds}")
    if seeds * steps > LONGEST:
        raise ValueError(f"{seeds} runs of {steps} steps are more than can be kept; together at most {LONGEST} steps")
    begin = tuple(map(float, np.ravel(surface.start if start is None else np.asarray(start, dtype=np.float64))))
    surface.check_start(begin)
    with np.errstate(all="ignore"):
        value, gradient = surface.value_and_gradient(np.array(begin))
    if not np.isfinite([value, *gradient]).all():
        at = surface.point_text(begin)
        raise ValueError(f"{surface.name} or its gradient is not a finite number at {at}; choose another start")
    return begin


def _with_rate(
    rule: Optimizer, surface: Surface, start: tuple[float, ...], budget: int, rough: dict[str, Any]
) -> tuple[Optimizer, str]:
    """The rule with a learning rate, and where that comes from."""
    if "lr" not in rule.params:
        return rule, ""
    if not wants_rate(rule):
        return rule, GIVEN
    if not budget:
        return with_lr(rule, suited_lr(rule, surface, rough["batch_size"])), WATCHED
    rates = rates_for(budget, rough["steps"])
    best = tune(rule, surface, start=start, rates=rates, cost=_as_a_racer, **rough)
    return with_lr(rule, best), TUNED


def _as_a_racer(height: Array, diverged: bool) -> tuple[float, ...]:
    """What the race itself counts: the thresholds that a run ends below, how soon it was there, and how low it ends."""
    if diverged:
        return 1, 0, 0, 0
    held = sum(height[-1] <= share for share in SHARES)
    return 0, -held, _first_below(height[:, None], SHARES[held - 1])[0] if held else 0, height[-1]


def _racer(label: str, ready: tuple[Optimizer, str], run: Trajectory, bottom: float) -> Racer:
    rule, lr_from = ready
    values = run.value.reshape(len(run.value), -1)
    heights = [bottom + share * (values[0, 0] - bottom) for share in SHARES]
    first = [_first_below(values, height) for height in heights]
    final = float(quantiles(values[-1], 0.5))
    follows = rule.params["lr"] if "lr" in rule.scheduled else None
    lr = (follows or rule).params.get("lr")
    return Racer(
        label=label,
        run=run,
        lr=None if lr is None else float(lr),
        schedule=repr(follows) if follows else "",
        lr_from=lr_from,
        values=values,
        steps=tuple(float(quantiles(steps, 0.5)) for steps in first),
        reached=tuple(int(np.sum(np.isfinite(steps))) for steps in first),
        final=final,
        held=sum(final <= height for height in heights),
    )


def _first_below(values: Array, height: float) -> Array:
    """For each run the first step at which it was that low; inf for never."""
    below = values <= height
    return np.where(below.any(axis=0), below.argmax(axis=0), math.inf)


def quantiles(values: Array, share: float | Sequence[float]) -> Array:
    """Quantiles over the last axis, where what is no number or not finite counts as infinitely high.

    >>> quantiles(np.array([3.0, np.nan, 1.0]), 0.5), quantiles(np.array([3.0, np.inf, np.nan]), 0.5)
    (array(3.), array(inf))
    """
    ordered = np.sort(np.where(np.isfinite(values), values, math.inf), axis=-1)
    place = np.asarray(share) * (values.shape[-1] - 1)
    low, high = ordered[..., np.floor(place).astype(int)], ordered[..., np.ceil(place).astype(int)]
    weight = place - np.floor(place)
    with np.errstate(invalid="ignore"):  # between a number and infinity lies infinity
        return np.asarray(np.where(np.isfinite(high), low + weight * (high - low), np.where(weight > 0, high, low)))
