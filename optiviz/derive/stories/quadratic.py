"""Gradient descent in a parabola: which learning rates converge, which is best, and how fast."""

from __future__ import annotations

from optiviz.derive.checks import Combined, Definition, DerivativeOf, Equal, Put, RootOf
from optiviz.derive.conditions import Equivalent
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SIZE
from optiviz.derive.functions import number
from optiviz.derive.recursions import Induction, Recursion
from optiviz.derive.rewriting import replaced
from optiviz.derive.step import Step
from optiviz.derive.traced import outputs
from optiviz.derive.written import Family, Letter, Named
from optiviz.optimizers import Optimizer

t = Letter("t", SIZE, "the number of the update")
theta = Family("theta", REAL, (t,), "the point after an update; the minimum is at 0")
start = Letter("theta0", REAL, "the point at the start")
lam = Letter("lambda", POSITIVE, "the curvature of the parabola")
lr = Letter("lr", POSITIVE, "the learning rate")

gap = Letter("d", POSITIVE, "a difference")
low = Letter("lambda_min", POSITIVE, "the smallest curvature")
high = Letter("lambda_max", POSITIVE, "the largest curvature", low + gap)
kappa = Letter("kappa", POSITIVE, "the condition number: the largest curvature over the smallest", high / low)

point = Letter("theta", REAL, "a point")


def parabola(story: Story) -> Step:
    """The parabola and its gradient."""
    loss = story.step(
        lam / 2 * point**2,
        Definition(),
        "Near a minimum every smooth loss looks like a parabola, along each direction with a curvature of its own.",
        left=Named("J", (point,)),
    )
    return story.step(
        lam * point,
        DerivativeOf(loss, point),
        "The gradient is in proportion to the distance from the minimum.",
    )


@derivation("Gradient descent in a parabola: stable below 2/λ")
def gd_quadratic(story: Story) -> None:
    """Each update multiplies the error by 1 − ηλ; the best rate for many curvatures leaves (κ − 1)/(κ + 1) of it.

    Source: Polyak (1987), Introduction to Optimization, section 1.4; Goh (2017), doi:10.23915/distill.00006.
    """
    slope = parabola(story)
    before = theta[t - 1]
    inputs = {"theta": before, "g": replaced(slope.after, {point: before}), "lr": lr, "t": t}
    update = story.step(
        outputs(Optimizer.registry["gd"], inputs)[0],
        Recursion(time=t, start=start),
        "One update, as in the code, with the gradient of the parabola.",
        left=theta[t],
        rule="the code of gd",
    )
    factored = story.step(
        (1 - lr * lam) * before,
        Equal(update),
        "The error is multiplied by the same factor in each update.",
        rule="factor",
    )
    story.step(
        (1 - lr * lam) ** t * start,
        Induction(update),
        "So after t updates it has been multiplied by the factor t times.",
    )
    margin = story.step(
        1 - (1 - lr * lam) ** 2,
        Definition(),
        "The error shrinks if the factor is between −1 and 1: if its square is below 1, so that this margin is "
        "positive.",
        left=Named("margin", (lr,)),
        rule="question",
    )
    stable = story.step(lr * lam * (2 - lr * lam), Equal(margin), "The difference of two squares.", rule="factor")
    story.step(
        lr < 2 / lam,
        Equivalent(stable, ">"),
        "The learning rate and the curvature are positive, so the last factor decides.",
    )
    _best_rate(story, factored)


def _best_rate(story: Story, factored: Step) -> None:
    """The learning rate that is best where the curvature is between two values."""
    before = theta[t - 1]
    kept, jumped = Named("flattest", (lr,)), Named("steepest", (lr,))
    rate = Letter("eta_best", POSITIVE, "the best learning rate")
    flattest = story.step(
        1 - lr * low,
        Put(factored, {before: number(1), lam: low}),
        "Now many directions with curvatures of their own: along the flattest an error of 1 becomes this, which falls "
        "as η grows.",
        left=kept,
        rule="the flattest direction",
    )
    steepest = story.step(
        lr * high - 1,
        Put(factored, {before: number(-1), lam: high}),
        "Along the steepest an update may jump across the minimum: an error of −1 becomes this, which rises as η "
        "grows.",
        left=jumped,
        rule="the steepest direction",
    )
    both = story.step(
        2 - lr * (low + high),
        Combined(flattest, number(1), -steepest.after),
        "All other directions are between these two. One falls and one rises, so the larger of the two is smallest "
        "where they are equal: where their difference is zero.",
        left=kept - jumped,
        rule="compare",
    )
    best = story.step(
        2 / (low + high),
        RootOf(both, lr),
        "The difference is linear in η, so there is one such rate.",
        left=rate,
    )
    story.step(
        (high - low) / (high + low),
        Put(flattest, {lr: best.after}, sign=">"),
        "That is what both directions keep of their errors at the best rate.",
        left=Named("flattest", (rate,)),
    )
    mean = story.step(
        (high - low) / (high + low),
        Combined(flattest, high / (low + high), low / (low + high) * steepest.after),
        "And no rate does better: this mean of the two, with positive weights, is the same at every η, and the larger "
        "of two is never below their mean.",
        left=Named("mean", (lr,)),
        rule="a bound",
    )
    story.step(
        (kappa - 1) / (kappa + 1),
        Equal(mean),
        "The longer the valley, the nearer this is to 1, and the slower is the descent.",
        rule="name κ",
    )
