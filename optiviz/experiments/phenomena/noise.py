"""What noise on the gradient does: a floor to the loss, and how a falling learning rate lowers it."""

from __future__ import annotations

import numpy as np

from optiviz._generated import theory
from optiviz.experiments.phenomena.phenomenon import Array, Demonstration, Finding, phenomenon
from optiviz.experiments.race import Racer, race
from optiviz.optimizers import Optimizer, sgd
from optiviz.schedules import inverse
from optiviz.surfaces import bowl

BENT, COORDINATES = 2.0, 2
"""The curvature of the bowl x² + y² in each of its directions, and how many those are."""

NOISE = 1.0
STEPS, RUNS = 300, 3000
"""How long a run is, and over how many runs the loss is averaged."""

ERRORS = 3.5
"""So many standard errors a mean may be away from what it should be."""


@phenomenon(
    "Noisy gradients, and learning rates 0.2, 0.05 and 0.0125: whose loss falls fastest, and whose falls lowest?",
    bowl,
)
def noise_floor(seed: int) -> Demonstration:
    """With noisy gradients the loss stops falling at a floor."""
    rules = [sgd(lr=lr) for lr in (0.2, 0.05, 0.0125)]
    floors = tuple(map(_floor, rules))
    seen = race(bowl, rules, steps=STEPS, noise=NOISE, seed=seed, seeds=RUNS)
    return Demonstration(
        seen,
        f"thin lines: floors in theory {', '.join(f'{floor[-1]:.3g}' for floor in floors)}",
        "The largest falls fastest and ends highest. Each update forgets a part ηλ of the error and adds noise ησ; "
        "where both are equal the loss stays, at ησ²/(2(2 − ηλ)) for each coordinate. Waiting does not help.",
        tuple(
            _mean_loss(f"learning rate {rule.params['lr']:g}", float(floor[-1]), racer)
            for rule, floor, racer in zip(rules, floors, seen.racers, strict=True)
        ),
        "mean",
        floors,
    )


@phenomenon(
    "Noisy gradients: what must the learning rate do for the loss to go on falling?",
    bowl,
)
def decay_ends_jitter(seed: int) -> Demonstration:
    """A falling learning rate brings noisy descent to rest."""
    rules = [sgd(lr=0.2), sgd(lr=inverse(lr=0.2, k=0.05))]
    expected = [_expected(rule) for rule in rules]
    seen = race(bowl, rules, steps=STEPS, noise=NOISE, seed=seed, seeds=RUNS)
    return Demonstration(
        seen,
        f"in theory {expected[0]:.3g} and {expected[1]:.3g} in the end; thin lines: floors",
        "It must fall, but not too soon: at first a long step pays, and later a short one, which adds less noise. The "
        "loss follows the floor of the learning rate that there is at the time.",
        tuple(
            _mean_loss(how, loss, racer)
            for how, loss, racer in zip(("the rate constant", "the rate falling"), expected, seen.racers, strict=True)
        ),
        "mean",
        tuple(map(_floor, rules)),
    )


def _mean_loss(how: str, expected: float, racer: Racer) -> Finding:
    """The mean loss after the last update, beside what it should be."""
    last = racer.values[-1]
    error = float(np.std(last, ddof=1) / np.sqrt(len(last)))
    because = f"{ERRORS:g} standard errors, each {error:.2g}, of the mean of {len(last)} runs"
    measured = float(np.mean(last))
    return Finding(
        f"mean loss after {STEPS} updates, {how}", expected, measured, ERRORS * error, because, "noise_floor"
    )


def _floor(rule: Optimizer) -> Array:
    """Where the mean loss would stay if the learning rate of each update were kept, (T+1,)."""
    rates: Array = np.array([rule.at(t)["lr"] for t in range(STEPS + 1)])
    return np.asarray(COORDINATES * theory.noise_floor(rates, NOISE, BENT))


def _expected(rule: Optimizer) -> float:
    """The mean loss after the last update, update by update as it is derived."""
    height: Array = np.asarray(bowl.start) ** 2
    for t in range(STEPS):
        height = theory.mean_loss_after(rule.at(t)["lr"], BENT, height, NOISE)
    return float(np.sum(height))
