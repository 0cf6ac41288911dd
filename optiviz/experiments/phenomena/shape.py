"""What the shape of a loss does: a pass that holds up, and a plateau that a better loss does not have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optiviz._generated import losses, theory
from optiviz.descent import minimize
from optiviz.experiments.phenomena.phenomenon import Array, Demonstration, Finding, phenomenon
from optiviz.experiments.race import Race, race
from optiviz.loss_surfaces import bce, mse_on_sigmoid
from optiviz.optimizers import adam, gd, momentum
from optiviz.surfaces import Surface
from optiviz.surfaces import saddle as the_pass

FALL = 2.0
"""How much the pass curves downward."""


@phenomenon(
    "All begin a thousandth beside the ridge that leads to a pass. Who gets away, when, and why?",
    the_pass,
)
def saddle(seed: int) -> Demonstration:
    """A saddle holds up who comes near, but only by a logarithm."""
    near, away, lr = 1e-3, 0.1, 0.05
    rules = [gd(lr=lr), momentum(lr=lr), adam(lr=lr)]
    return Demonstration(
        race(the_pass, rules, [-1.5, near], steps=120),
        f"begins {near:g} beside the ridge: gd away after {theory.escape_time(away, near, lr, FALL):.0f} updates",
        "Adam gets away at once, for its steps are as long on a gentle slope as on a steep one; momentum gathers "
        "speed; gradient descent is last. Its distance grows by a factor 1 + ηλ in each update, so who begins a "
        "thousand times nearer waits longer, but only by log(1000)/log(1 + ηλ) updates.",
        tuple(
            Finding(
                f"updates of gd until it is {away:g} away, from {begin:g}",
                float(theory.escape_time(away, begin, lr, FALL)),
                float(np.argmax(minimize(the_pass, rules[0], [-1.5, begin], steps=300).theta[:, 1] >= away)),
                1.0,
                "updates are whole, and the valley bends up a little",
                "saddle_escape",
            )
            for begin in (near, near / 1000)
        ),
    )


@phenomenon(
    "A sigmoid, sure and wrong, is trained with squared errors and with the cross-entropy: which learns faster?",
    bce,
)
def sigmoid_mse(seed: int) -> Demonstration:
    """Squared errors of a sigmoid go flat where it is most wrong."""
    wrong = -6.0
    squared, entropy = (Surface(each, box=(-9, 9), start=(wrong,)) for each in (_squared, _entropy))
    point = np.array([wrong])
    slopes = theory.sigmoid_mse_slope(wrong, 1.0), theory.bce_slope(wrong, 1.0)
    return Demonstration(
        _both_by_cross_entropy(),
        "both judged by the cross-entropy",
        "The cross-entropy. The chain rule multiplies the squared error's gradient by the slope of the sigmoid, which "
        "vanishes where the model is sure, even if it is wrong; in the cross-entropy that slope cancels, and z is told "
        f"the whole error: at z = −6 {slopes[1] / slopes[0]:.0f} times as much.",
        (
            Finding(
                "slope of the squared error at z = −6 where y = 1",
                float(slopes[0]),
                float(squared.value_and_gradient(point)[1][0]),
                1e-12,
                "rounding",
                "sigmoid_convexity",
            ),
            Finding(
                "slope of the cross-entropy at z = −6 where y = 1",
                float(slopes[1]),
                float(entropy.value_and_gradient(point)[1][0]),
                1e-12,
                "rounding",
                "sigmoid_convexity",
            ),
            Finding(
                "probability below which the squared error bends the wrong way",
                float(theory.sigmoid_mse_bend()),
                _bend(squared),
                0.001,
                "scores 0.002 apart were looked at",
                "sigmoid_convexity",
            ),
        ),
    )


def _squared(x):  # type: ignore[no-untyped-def]
    return losses.sigmoid_mse_each(x, 1.0)  # type: ignore[no-untyped-call]


def _entropy(x):  # type: ignore[no-untyped-def]
    return losses.bce_each(x, 1.0)  # type: ignore[no-untyped-call]


def _bend(curve: Surface) -> float:
    """The probability at which the curvature of a loss over the score becomes positive."""
    z: Array = np.arange(-6, 6, 0.002)
    curvature = curve.hessian(z[:, None])[:, 0, 0]
    return float(losses.sigmoid(z[np.argmax(curvature > 0)]))  # type: ignore[no-untyped-call]


def _both_by_cross_entropy() -> Race:
    """Logistic regression, trained with either loss from the same start; the height of both is the cross-entropy."""
    start = [-1.0, -4.0]
    by_entropy, by_squares = (race(surface, [gd(lr=1.0)], start, steps=300) for surface in (bce, mse_on_sigmoid))
    (one,), (other,) = by_entropy.racers, by_squares.racers
    judged = bce.value_and_gradient(other.run.theta)[0][:, None]
    return replace(
        by_entropy,
        racers=(
            replace(one, label="cross-entropy"),
            replace(other, label="squared errors", values=judged, final=float(judged[-1, 0])),
        ),
    )
