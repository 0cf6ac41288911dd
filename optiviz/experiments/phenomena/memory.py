"""What rules remember of gradients: averages that begin at zero, sums that never forget, and sizes that cancel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optiviz._generated import theory
from optiviz.averages import ewma, ewma_uncorrected, window
from optiviz.descent import minimize
from optiviz.experiments.phenomena.phenomenon import (
    Array,
    Demonstration,
    Finding,
    Smoothed,
    largest,
    nearer,
    phenomenon,
)
from optiviz.experiments.race import Race, race
from optiviz.optimizers import Optimizer, adagrad, adam, adam_uncorrected, gd, rmsprop
from optiviz.surfaces import Surface, bowl, kink, ravine

TIMES = 1000.0
"""What the loss is multiplied by, in grams for kilograms."""


@phenomenon("A hundred days of about 20 degrees: what does their moving average say after the first day?")
def ewma_bias(seed: int) -> Demonstration:
    """A moving average that begins at zero is too small at first."""
    days: Array = np.random.default_rng(seed).normal(20, 3, 100)
    averages = {beta: (ewma(beta=beta).over(days), ewma_uncorrected(beta=beta).over(days)) for beta in (0.9, 0.98)}
    because, of = "rounding", "share that the average has reached after"
    seen = Smoothed("degrees", days, averages, {beta: window(beta) for beta in averages}, ewma.latex())
    return Demonstration(
        seen,
        "uncorrected, too small by the factor 1 − βᵗ",
        "With β = 0.9 it says 2 degrees, a tenth of what it should: it is still mixed with the zero that it began "
        "with. After t values the weights add up to 1 − βᵗ, and the correction divides by that, from the first day on.",
        tuple(
            Finding(
                f"{of} {t} {'day' if t == 1 else 'days'} with β = {beta:g}",
                float(theory.average_of_a_constant(beta, t, 1.0)),
                float(averages[beta][1][t - 1] / averages[beta][0][t - 1]),
                1e-12,
                because,
                "ewma",
            )
            for beta, t in ((0.9, 1), (0.9, 10), (0.98, 10))
        ),
    )


@phenomenon(
    "Adam without its correction, at the same learning rate: are its first steps shorter or longer?",
    bowl,
)
def cold_start(seed: int) -> Demonstration:
    """Adam without its correction begins with steps too long."""
    lr = 0.1
    rules = [adam(lr=lr), adam_uncorrected(lr=lr)]
    first = [minimize(bowl, rule, steps=1) for rule in rules]
    slope = first[0].gradient[0, 0]
    params = {name: rules[1].params[name] for name in ("beta1", "beta2")}
    expected = (
        theory.adam_first_step(lr, slope, rules[0].params["eps"]),
        theory.adam_uncorrected_first(0.0, lr, g=slope, **params),
    )
    return Demonstration(
        race(bowl, rules, steps=120),
        f"first step η = {lr:g}, without the correction {expected[1]:.3g}",
        "Longer: 3.16 times at first, and more in the steps that follow. Both averages begin at zero and are too "
        "small, but v, with β₂ = 0.999, far more than m, with β₁ = 0.9, and it is the root of v that Adam divides by.",
        tuple(
            Finding(
                f"first step of {rule.name}",
                float(step),
                float(run.theta[1, 0] - run.theta[0, 0]),
                1e-6,
                "ε = 1e-8 in the denominator",
                "adam_first_step",
            )
            for rule, step, run in zip(rules, expected, first, strict=True)
        ),
    )


@phenomenon(
    "A slope that is the same everywhere: how long is AdaGrad's hundredth step, beside its first?",
    kink,
)
def adagrad_stall(seed: int) -> Demonstration:
    """AdaGrad stalls on an even slope; RMSProp keeps its stride."""
    lr, soon, late = 0.03, 20, 100
    rules = [adagrad(lr=lr), rmsprop(lr=lr)]
    slow, steady = (minimize(kink, rule, steps=late) for rule in rules)
    cache = theory.average_of_a_constant(rules[1].params["rho"], soon, 1.0)
    return Demonstration(
        race(kink, rules, steps=250),
        f"step of adagrad after t updates: η/√t, at {late} a tenth of the first",
        "A tenth. AdaGrad divides by the root of the sum of all squared gradients, and on an even slope that sum grows "
        "like t. RMSProp divides by their moving average, which forgets, and keeps its stride; that is why it does not "
        "come to rest at the minimum.",
        (
            Finding(
                f"length of adagrad's step {late}",
                float(abs(theory.adagrad_step(lr, -1.0, late))),
                float(slow.theta[late, 0] - slow.theta[late - 1, 0]),
                1e-8,
                "ε = 1e-8 under the root",
                "adagrad_stall",
            ),
            Finding(
                f"length of rmsprop's step {soon}",
                float(lr / np.sqrt(cache)),
                float(steady.theta[soon, 0] - steady.theta[soon - 1, 0]),
                1e-8,
                "ε = 1e-8 under the root",
                "ewma",
            ),
        ),
    )


def _times(x, y):  # type: ignore[no-untyped-def]
    return TIMES * ravine(x, y)


@phenomenon(
    "The loss is multiplied by 1000. Gradient descent, Adam and RMSProp keep their learning rates: whose way changes?",
    ravine,
)
def scale(seed: int) -> Demonstration:
    """Adam and RMSProp do not see the scale of the loss."""
    large = Surface(_times, box=ravine.box, start=ravine.start)
    rules = [gd(lr=0.05), adam(lr=0.1), rmsprop(lr=0.1)]
    gap = 1e-6
    bound = theory.stable_rate(TIMES * ravine.params["steepness"])
    return Demonstration(
        _both(large, rules),
        f"gd on 1000 f is stable below 2/(1000 λ) = {1e5 * bound:.0f}·10⁻⁵",
        "Gradient descent's: its steps are a thousand times as long and throw it out; it would need a thousandth of "
        "the learning rate. Adam and RMSProp divide the gradient by its own size, which cancels the 1000.",
        (
            *(
                Finding(
                    f"how far {rule.name}'s two ways come apart",
                    0.0,
                    _apart(large, rule),
                    1e-6,
                    f"ε = 1e-8 {where}",
                    "adam_scale",
                )
                for rule, where in (
                    (rules[1], "in the denominator"),
                    (rules[2], "under the root; its average scales as Adam's v"),
                )
            ),
            Finding(
                "largest rate at which gd comes nearer on 1000 f",
                float(bound),
                largest(large, gd, np.arange(1, 201) * gap, 200, nearer),
                1.001 * gap,
                f"learning rates {gap:g} apart were tried",
                "gd_quadratic",
            ),
        ),
    )


def _apart(large: Surface, rule: Optimizer) -> float:
    """The largest distance between the ways of a rule on the ravine and on the large one, at equal times."""
    small, other = (minimize(surface, rule, steps=100).theta for surface in (ravine, large))
    return float(np.max(np.abs(small - other)))


def _both(large: Surface, rules: list[Optimizer]) -> Race:
    """A race on the ravine and one on the large one, as one, with the heights of the latter divided by 1000."""
    small, other = (race(surface, rules, steps=100) for surface in (ravine, large))
    racers = []
    for one, scaled in zip(small.racers, other.racers, strict=True):
        racers += [
            replace(one, label=f"{one.label} on f"),
            replace(scaled, label=f"{one.label} on 1000 f", values=scaled.values / TIMES, final=scaled.final / TIMES),
        ]
    return replace(small, racers=tuple(racers))
