"""What noise on the gradient does: a floor to the loss, and how a falling learning rate lowers it."""

from __future__ import annotations

import numpy as np

from optiviz._generated import theory
from optiviz.experiments.phenomena.phenomenon import Array, Demonstration, Finding, phenomenon, runs
from optiviz.experiments.race import race
from optiviz.optimizers import Optimizer, sgd
from optiviz.schedules import inverse
from optiviz.surfaces import bowl

BENT, COORDINATES = 2.0, 2
"""The curvature of the bowl x² + y² in each of its directions, and how many those are."""

NOISE = 1.0
STEPS, LAST = 300, 100
"""How long a run is, and over how many looks at its end the loss is averaged."""


@phenomenon(
    "Noisy gradients, and learning rates 0.2, 0.05 and 0.0125: whose loss falls fastest, and whose falls lowest?",
    bowl,
)
def noise_floor(seed: int) -> Demonstration:
    """With noisy gradients the loss stops falling at a floor."""
    rates = (0.2, 0.05)
    floors = [COORDINATES * theory.noise_floor(lr, NOISE, BENT) for lr in rates]
    return Demonstration(
        race(bowl, [sgd(lr=lr) for lr in (*rates, 0.0125)], steps=STEPS, noise=NOISE, seed=seed, seeds=20),
        f"floors in theory {floors[0]:.3g}, {floors[1]:.2g}, "
        f"{COORDINATES * theory.noise_floor(0.0125, NOISE, BENT):.2g}",
        "The largest falls fastest and ends highest. Each update forgets a part ηλ of the error and adds noise η; "
        "where both are equal the loss stays, at ησ²/(2(2 − ηλ)) for each coordinate. Waiting does not help.",
        tuple(
            Finding(
                f"mean loss in the end at learning rate {lr:g}",
                floor,
                float(np.mean(runs(bowl, sgd(lr=lr), 600, STEPS, NOISE, seed)[-LAST:])),
                0.06 * floor,
                "a mean of 600 runs has an error of its own",
                "noise_floor",
            )
            for lr, floor in zip(rates, floors, strict=True)
        ),
    )


@phenomenon(
    "Noisy gradients: what must the learning rate do for the loss to go on falling?",
    bowl,
)
def decay_ends_jitter(seed: int) -> Demonstration:
    """A falling learning rate brings noisy descent to rest."""
    rules = [sgd(lr=0.2), sgd(lr=inverse(lr=0.2, k=0.05))]
    expected = [_mean_loss(rule) for rule in rules]
    return Demonstration(
        race(bowl, rules, steps=STEPS, noise=NOISE, seed=seed, seeds=20),
        f"in theory {expected[0]:.3g} and {expected[1]:.2g} in the end",
        "It must fall, but not too soon: at first a long step pays, and later a short one, which adds less noise. The "
        "loss follows the floor of the learning rate that there is at the time.",
        tuple(
            Finding(
                f"mean loss in the end, {how}",
                loss,
                float(np.mean(runs(bowl, rule, 1000, STEPS, NOISE, seed)[-LAST:])),
                0.07 * loss,
                "a mean of 1000 runs has an error of its own",
                "noise_floor",
            )
            for how, rule, loss in zip(("the rate constant", "the rate falling"), rules, expected, strict=True)
        ),
    )


def _mean_loss(rule: Optimizer) -> float:
    """The mean loss over the end of a run, update by update as it is derived."""
    height: Array = np.asarray(bowl.start) ** 2
    heights = [height]
    for t in range(STEPS):
        heights.append(theory.mean_loss_after(rule.at(t)["lr"], BENT, heights[-1], NOISE))
    return float(np.mean(np.sum(heights[-LAST:], axis=-1)))
