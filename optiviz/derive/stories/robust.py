"""Losses that forgive large errors: between the squared and the absolute error."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import POSITIVE, REAL
from optiviz.derive.functions import (
    absolute,
    cases,
    cosh,
    expm1,
    integral,
    log,
    log1p,
    maximum,
    minimum,
    number,
    pi,
    sign,
    tanh,
)
from optiviz.derive.letters import mu, x, y, z
from optiviz.derive.written import Letter, Named

r = Letter("r", REAL, "the error z − y", z - y)


@derivation("Huber's loss: squared for small errors, absolute for large ones")
def huber(story: Story) -> None:
    """Errors up to δ count by their squares, larger ones by their size, so that a few outliers do not rule. No usual
    noise leads to it; the one that fits it is Gaussian in the middle with the tails of a Laplace distribution.

    Source: Huber (1964), doi:10.1214/aoms/1177703732.
    """
    delta = Letter("delta", POSITIVE, "the size from which errors count as large")
    loss = story.step(
        cases((r**2 / 2, absolute(r) <= delta), otherwise=delta * (absolute(r) - delta / 2)),
        Definition(),
        "Half the square up to δ, and from there on the straight line that continues it.",
        left=Named("J_1", (z,)),
    )
    slope = story.step(
        cases((r, absolute(r) <= delta), otherwise=delta * sign(r)),
        DerivativeOf(loss, z),
        "The slope of the square is the error; that of the line is δ, with the sign of the error. Both agree at δ.",
    )
    gradient = story.step(
        maximum(-delta, minimum(r, delta)),
        Equal(slope),
        "That is the error, clipped to −δ … δ.",
        rule="clip",
    )
    clipped = minimum(absolute(r), delta)
    computed = story.step(
        clipped * (absolute(r) - clipped / 2),
        Equal(loss),
        "Where |r| ≤ δ the minimum is |r|, and this is half the square; elsewhere it is δ, and this is the line.",
        rule="one formula",
    )
    story.ends_in(LossForm("huber", (z,), y, computed, (gradient,), parameters=(delta,)))


@derivation("The hyperbolic secant distribution gives the log-cosh loss")
def log_cosh(story: Story) -> None:
    """A smooth loss that is squared near zero and absolute far away; its likelihood is that of hyperbolic secant noise.

    Source: Perks (1932), Journal of the Institute of Actuaries 63, 12-57, for the distribution.
    """
    f = story.step(
        1 / (pi * cosh(x - mu)),
        Definition(known=lambda f: (integral(f, x).equals(1),)),
        "The hyperbolic secant distribution around μ looks like a Gaussian with heavier tails.",
        left=Named("f", (x,)),
    )
    ell = story.step(
        -log(pi) - log(cosh(x - mu)),
        LogOf(f),
        "The logarithm keeps the place of the maximum.",
        left=Named("ell", (mu,)),
    )
    negative = story.step(
        log(cosh(x - mu)),
        Affine(ell, number(-1), -log(pi), (mu,), "<"),
        "The sign turns the maximum into a minimum, and the constant log π is dropped.",
        left=Named("J", (mu,)),
    )
    loss = story.step(
        log(cosh(z - y)),
        Put(negative, {mu: z, x: y}),
        "The model predicts the centre z of the target y; cosh does not mind the sign.",
        left=Named("J_1", (z,)),
    )
    gradient = story.step(
        tanh(z - y),
        DerivativeOf(loss, z),
        "The gradient is near the error for small errors and near ±1 for large ones.",
    )
    story.step(
        1 / cosh(z - y) ** 2,
        DerivativeOf(gradient, z, sign=">"),
        "The second derivative is positive, so the loss is convex.",
        rule="second-derivative test",
    )
    far = absolute(r) + log1p(expm1(-2 * absolute(r)) / 2)
    story.step(
        far,
        Equal(loss),
        "cosh overflows for large errors; with |r| taken out of the logarithm the exponential that is left is at "
        "most 1.",
        rule="stable form",
    )
    stable = story.step(
        cases((-log1p(-(tanh(minimum(absolute(r), 1)) ** 2)) / 2, absolute(r) <= 1), otherwise=far),
        Equal(loss),
        "For small errors the two terms of that cancel and digits are lost; there cosh² = 1/(1 − tanh²) is used, and "
        "nothing cancels. The minimum changes nothing in this case; in the other it keeps tanh below 1.",
        rule="stable form",
    )
    story.ends_in(LossForm("log_cosh", (z,), y, stable, (gradient,)))
