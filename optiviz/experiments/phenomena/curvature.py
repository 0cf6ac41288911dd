"""What curvature does to a step: too long, too short across a ravine, swinging or creeping."""

from __future__ import annotations

import math

import numpy as np

from optiviz._generated import theory
from optiviz.descent import minimize
from optiviz.experiments.phenomena.phenomenon import Array, Demonstration, Finding, called, largest, nearer, phenomenon
from optiviz.experiments.race import race
from optiviz.optimizers import gd, momentum
from optiviz.surfaces import parabola
from optiviz.surfaces import ravine as valley

BENT = 2.0
"""The second derivative of the parabola y = x²."""

FLAT, STEEP = 1.0, 25.0
"""The curvatures of the ravine, along and across."""


def _one_sided(theta: Array) -> Array:
    """Which runs (T+1, n, 1) never cross the minimum at 0."""
    return np.asarray(np.all(theta[..., 0] * theta[0, :, 0] > 0, axis=0))


@phenomenon(
    "Gradient descent on y = x², with learning rates 0.1, 0.9 and 1.01: which of them arrives, and how?",
    parabola,
)
def divergence(seed: int) -> Demonstration:
    """A learning rate above 2/curvature runs away from the minimum."""
    bound, heavy = theory.stable_rate(BENT), theory.stable_rate_with_momentum(0.9, BENT)
    gap = 0.001
    rates = np.arange(1, 2001) * gap
    seen = race(parabola, [gd(lr=0.1), gd(lr=0.9), gd(lr=1.01)], steps=20)
    because = f"learning rates {gap:g} apart were tried"
    return Demonstration(
        seen,
        f"curvature λ = 2: stable below 2/λ = {bound:g}",
        "0.1 walks down; 0.9 jumps across the minimum each time and arrives as soon; 1.01 lands higher each time. An "
        "update multiplies the error by 1 − ηλ, which is 0.8, −0.8 and −1.02: beyond η = 2/λ it is below −1. Momentum "
        "bears nearly twice as much.",
        (
            Finding(
                "largest rate at which gd comes nearer",
                bound,
                largest(parabola, gd, rates, 100, nearer),
                1.001 * gap,
                because,
                "gd_quadratic",
            ),
            Finding(
                "the same with momentum 0.9",
                heavy,
                largest(parabola, momentum(beta=0.9), rates, 300, nearer),
                1.001 * gap,
                because,
                "heavy_ball",
            ),
        ),
    )


@phenomenon(
    "A valley 25 times steeper across than along, each rule with its best rate: who is first at its end?",
    valley,
)
def ravine(seed: int) -> Demonstration:
    """In a ravine gradient descent creeps, and momentum does not."""
    beta = float(theory.best_momentum(STEEP / FLAT))
    plain = gd(lr=theory.best_rate(FLAT, STEEP))
    heavy = momentum(lr=float(theory.critical_rate(beta, FLAT)), beta=beta)
    kept, kept_heavy = theory.best_factor(STEEP / FLAT), math.sqrt(beta)
    return Demonstration(
        called(race(valley, [plain, heavy], steps=100), "gd", "momentum"),
        f"error kept per update, at best: {kept:.3f}, with momentum {kept_heavy:.3f}",
        "One rate must serve both directions: across, it may not reach 2/25, and along, that is next to nothing. At "
        "its best gradient descent keeps (κ − 1)/(κ + 1) of its error in each update, momentum (√κ − 1)/(√κ + 1): for "
        f"κ = 25 the error takes {math.log(0.1) / math.log(kept):.0f} updates to come down to a tenth, with momentum "
        f"{math.log(0.1) / math.log(kept_heavy):.0f}.",
        (
            Finding(
                "share of the error that gd keeps per update",
                kept,
                _kept(minimize(valley, plain, steps=200).theta),
                1e-9,
                "rounding",
                "gd_quadratic",
            ),
            Finding(
                "the same with momentum",
                kept_heavy,
                _kept(minimize(valley, heavy, steps=200).theta),
                0.01 * kept_heavy,
                "its two roots are one, so for a while the error also grows like t",
                "heavy_ball",
            ),
        ),
    )


def _kept(theta: Array) -> float:
    """What an update leaves of the distance to 0, over the second half of a run (T+1, d)."""
    half = (len(theta) - 1) // 2
    far = np.linalg.norm(theta, axis=-1)
    return float((far[2 * half] / far[half]) ** (1 / half))


@phenomenon(
    "A heavy ball rolls into y = x². Which is at rest first: with little momentum, with much, or in between?",
    parabola,
)
def damping(seed: int) -> Demonstration:
    """Between creeping and swinging a heavy ball is quickest."""
    beta, after = 0.81, 60
    lr = float(theory.critical_rate(beta, BENT))
    start = abs(parabola.start[0])
    critical = momentum(lr=lr, beta=beta)
    gap = lr / 100
    rates = np.arange(1, 201) * gap
    return Demonstration(
        called(
            race(parabola, [momentum(lr=lr, beta=0.4), critical, momentum(lr=lr, beta=0.97)], steps=150),
            "momentum 0.4",
            f"momentum {beta:g}",
            "momentum 0.97",
        ),
        f"critical damping at ηλ = (1 − √β)²: β = {beta:g}",
        "In between. With 0.4 the ball creeps down, with 0.97 it swings from side to side; at (1 − √β)² = ηλ it comes "
        "down as fast as it can without crossing the minimum, and is at rest long before both.",
        (
            Finding(
                f"distance after {after} updates with β = {beta:g}",
                float(theory.critical_descent(beta, after, start)),
                float(abs(minimize(parabola, critical, steps=after).theta[-1, 0])),
                1e-9,
                "rounding",
                "critical_damping",
            ),
            Finding(
                f"largest rate that never crosses the minimum with β = {beta:g}",
                lr,
                largest(parabola, critical, rates, 1000, _one_sided),
                1.001 * gap,
                f"learning rates {gap:.2g} apart were tried",
                "critical_damping",
            ),
        ),
    )
