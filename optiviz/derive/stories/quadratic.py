"""Gradient descent and the heavy ball in a parabola: which learning rates converge, which is best, and how fast."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, Equivalent, Induction, Put, RootOf
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SHARE, SIZE
from optiviz.derive.functions import number, sqrt
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
beta = Letter("beta", SHARE, "the share of the velocity that is kept")

excess = Letter("d", POSITIVE, "how much κ is above 1")
kappa = Letter("kappa", POSITIVE, "the condition number: the largest curvature over the smallest", 1 + excess)
low = Letter("lambda_min", POSITIVE, "the smallest curvature")
high = Letter("lambda_max", POSITIVE, "the largest curvature", kappa * low)


point = Letter("theta", REAL, "a point")


def _slope(story: Story) -> Step:
    """The parabola and its gradient."""
    parabola = story.step(
        lam / 2 * point**2,
        Definition(),
        "Near a minimum every smooth loss looks like a parabola, along each direction with a curvature of its own.",
        left=Named("J", (point,)),
    )
    return story.step(
        lam * point,
        DerivativeOf(parabola, point),
        "The gradient is in proportion to the distance from the minimum.",
    )


@derivation("Gradient descent in a parabola: stable below 2/λ")
def gd_quadratic(story: Story) -> None:
    """Each update multiplies the error by 1 − ηλ; the best rate for many curvatures leaves (κ − 1)/(κ + 1) of it.

    Source: Polyak (1987), Introduction to Optimization, section 1.4; Goh (2017), doi:10.23915/distill.00006.
    """
    slope = _slope(story)
    before = theta[t - 1]
    inputs = {"theta": before, "g": replaced(slope.after, {point: before}), "lr": lr, "t": t}
    update = story.step(
        outputs(Optimizer.registry["gd"], inputs)[0],
        Definition(),
        "One update, as in the code, with the gradient of the parabola.",
        left=theta[t],
        rule="the code of gd",
    )
    story.step(
        (1 - lr * lam) * before,
        Equal(update),
        "The error is multiplied by the same factor in each update.",
        rule="factor",
    )
    story.step(
        (1 - lr * lam) ** t * start,
        Induction(update, t, before, start),
        "So after t updates it has been multiplied by the factor t times.",
        left=theta[t],
    )
    margin = story.step(
        1 - (1 - lr * lam) ** 2,
        Definition(),
        "The error shrinks if the factor is between −1 and 1, that is, if this is positive.",
        left=Named("s", (lr,)),
        rule="question",
    )
    stable = story.step(lr * lam * (2 - lr * lam), Equal(margin), "The difference of two squares.", rule="factor")
    story.step(
        lr < 2 / lam,
        Equivalent(stable, ">"),
        "The learning rate and the curvature are positive, so the last factor decides.",
    )
    _best_rate(story)


def _best_rate(story: Story) -> None:
    """The learning rate that is best where the curvature is between two values."""
    both = story.step(
        1 - lr * low + (1 - lr * high),
        Definition(known=lambda both: (replaced(both, {lr: 0}).equals(2),)),
        "With several curvatures the flattest and the steepest direction have the extreme factors, which are equally "
        "large where their sum is zero.",
        left=Named("b", (lr,)),
        rule="question",
    )
    best = story.step(2 / (low + high), RootOf(both, lr), "The sum is linear in η, so there is one such rate.")
    flattest = story.step(
        1 - lr * low,
        Definition(known=lambda f: ((f - (lr * high - 1)).equals(both.after),)),
        "What the flattest direction keeps of its error in each update.",
        left=Named("q", (lr,)),
        rule="the factor of the flattest direction",
    )
    story.step(
        (high - low) / (high + low),
        Put(flattest, {lr: best.after}, sign=">"),
        "That is what both keep at the best rate.",
    )
    mean = story.step(
        (high * (1 - lr * low) + low * (lr * high - 1)) / (low + high),
        Definition(),
        "No rate does better: this is a mean, with positive weights, of what the flattest direction keeps and what "
        "the steepest does when it jumps across.",
        left=Named("r", (lr,)),
        rule="a bound",
    )
    story.step(
        (high - low) / (high + low),
        Equal(mean),
        "The mean does not depend on η, so at every rate one of the two keeps at least as much.",
        rule="simplify",
    )
    story.step(
        (kappa - 1) / (kappa + 1),
        Equal(story.steps[-1]),
        "With κ = λ_max/λ_min: the longer the valley, the slower.",
        rule="name κ",
    )


@derivation("The heavy ball in a parabola: stable below 2(1 + β)/λ, and much faster at its best")
def heavy_ball(story: Story) -> None:
    """With the best η and β momentum keeps (√κ − 1)/(√κ + 1) of the error, as if the valley were √κ long.

    Source: Polyak (1964), doi:10.1016/0041-5553(64)90137-5; Jury (1964) for the condition of stability.
    """
    slope = _slope(story)
    before, earlier = theta[t - 1], theta[t - 2]
    gradient = replaced(slope.after, {point: before})
    inputs = {"theta": before, "v": before - earlier, "g": gradient, "lr": lr, "beta": beta, "t": t}
    update = story.step(
        outputs(Optimizer.registry["momentum"], inputs)[0],
        Definition(),
        "One update, as in the code; the velocity is the difference of the last two points.",
        left=theta[t],
        rule="the code of momentum",
    )
    recursion = story.step(
        (1 + beta - lr * lam) * before - beta * earlier,
        Equal(update),
        "A linear recursion of the last two points.",
        rule="collect",
    )
    r = Letter("r", REAL, "what the error is multiplied by in each update")
    ahead = story.step(
        (1 + beta - lr * lam) * r - beta,
        Put(recursion, {before: r, earlier: number(1)}),
        "Try an error that is multiplied by r in each update: from 1 to r, and then to this, which must be r².",
        left=Named("n", (r,)),
    )
    polynomial = story.step(
        r**2 - (1 + beta - lr * lam) * r + beta,
        Affine(ahead, (), number(-1), r**2, "<"),
        "So r is a root of this polynomial; the product of its two roots is β.",
        left=Named("p", (r,)),
        rule="characteristic polynomial",
    )
    _stability(story, polynomial, r)
    _best_momentum(story, polynomial, r)


def _stability(story: Story, polynomial: Step, r: Letter) -> None:
    """Jury's conditions for both roots of a quadratic to be inside the unit circle."""
    story.step(
        lr * lam,
        Put(polynomial, {r: number(1)}, sign=">"),
        "Both roots are smaller than 1 in size exactly when their product β is, and the polynomial is positive at 1 "
        "and at −1; at 1 it is.",
        left=Named("p", (number(1),)),
    )
    at_minus_one = story.step(
        2 * (1 + beta) - lr * lam,
        Put(polynomial, {r: number(-1)}),
        "At −1 it depends on the learning rate.",
        left=Named("p", (number(-1),)),
    )
    story.step(
        lr < 2 * (1 + beta) / lam,
        Equivalent(at_minus_one, ">"),
        "With β near 1 the learning rate may be nearly twice that of gradient descent.",
    )


def _best_momentum(story: Story, polynomial: Step, r: Letter) -> None:
    """Critical damping, and the numbers with which the flattest and the steepest direction have it."""
    squared = story.step(
        (r - (1 + beta - lr * lam) / 2) ** 2 - ((1 + beta - lr * lam) ** 2 - 4 * beta) / 4,
        Equal(polynomial),
        "Completing the square shows what decides about the roots.",
        rule="complete the square",
    )
    discriminant = story.step(
        (1 + beta - lr * lam) ** 2 - 4 * beta,
        Affine(squared, (), number(-4), 4 * (r - (1 + beta - lr * lam) / 2) ** 2, "<"),
        "Where this is negative the roots are a pair of complex numbers with product β, so their size is √β, whatever "
        "η and λ are.",
        left=Named("D", (lam,)),
        rule="discriminant",
    )
    story.step(
        ((1 - sqrt(beta)) ** 2 - lr * lam) * ((1 + sqrt(beta)) ** 2 - lr * lam),
        Equal(discriminant),
        "It is negative between these two values of ηλ.",
        rule="factor",
    )
    story.step(
        number(0),
        Put(discriminant, {lam: (1 - sqrt(beta)) ** 2 / lr}),
        "Critical damping is the lower one, ηλ = (1 − √β)²: less momentum creeps, more swings.",
        left=Named("D", ((1 - sqrt(beta)) ** 2 / lr,)),
        rule="critical damping",
    )
    gap = Letter("d", POSITIVE, "the difference of the two roots")
    s = Letter("s", POSITIVE, "the root of the smallest curvature")
    big = Letter("S", POSITIVE, "the root of the largest curvature", s + gap)
    best = story.step(
        ((1 + ((big - s) / (big + s)) ** 2) - 4 / (big + s) ** 2 * lam) ** 2 - 4 * ((big - s) / (big + s)) ** 2,
        Put(discriminant, {lr: 4 / (big + s) ** 2, beta: ((big - s) / (big + s)) ** 2}),
        "The best choice has the flattest and the steepest direction at the two ends: η = 4/(S + s)² and "
        "√β = (S − s)/(S + s), with s and S the roots of the smallest and the largest curvature.",
        rule="the best η and β",
        left=Named("D", (lam,)),
    )
    story.step(
        number(0), Put(best, {lam: s**2}), "The flattest direction is critically damped.", left=Named("D", (s**2,))
    )
    story.step(
        number(0), Put(best, {lam: big**2}), "The steepest direction is at the upper end.", left=Named("D", (big**2,))
    )
    share = Letter("w", SHARE, "how far between both ends")
    u = Letter("u", POSITIVE, "the root of a curvature between both", s + share * gap)
    story.step(
        -(16 * (u**2 - s**2) * (big**2 - u**2) / (big + s) ** 4),
        Put(best, {lam: u**2}, sign="<"),
        "In between it is negative, so all directions keep √β of their error in each update.",
        left=Named("D", (u**2,)),
    )
    root = story.step(
        (big - s) / (big + s),
        Definition(known=lambda q: (q.equals(sqrt(((big - s) / (big + s)) ** 2)),)),
        "What every direction keeps of its error in each update is √β.",
        left=Named("q"),
        rule="the best β",
    )
    story.step(
        (sqrt(kappa) - 1) / (sqrt(kappa) + 1),
        Put(root, {big: sqrt(kappa) * s}),
        "S/s is √κ: compared with gradient descent κ has become √κ.",
    )
