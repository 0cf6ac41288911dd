"""Gradient descent and the heavy ball in a parabola: which learning rates converge, which is best, and how fast."""

from __future__ import annotations

from optiviz.derive.checks import Combined, Definition, DerivativeOf, Equal, Put, RootOf
from optiviz.derive.conditions import Equivalent
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SHARE, SIZE
from optiviz.derive.functions import absolute, number, sqrt
from optiviz.derive.recursions import Induction, Recursion, Residual
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

gap = Letter("d", POSITIVE, "a difference")
low = Letter("lambda_min", POSITIVE, "the smallest curvature")
high = Letter("lambda_max", POSITIVE, "the largest curvature", low + gap)
kappa = Letter("kappa", POSITIVE, "the condition number: the largest curvature over the smallest", high / low)

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
    balance = story.step(
        theta[t] - (1 + beta - lr * lam) * before + beta * earlier,
        Residual(recursion),
        "All on one side, so that three points in a row are tied together.",
    )
    r = Letter("r", REAL, "what the error is multiplied by in each update")
    polynomial = story.step(
        r**2 - (1 + beta - lr * lam) * r + beta,
        Put(balance, {theta[t]: r**2, before: r, earlier: number(1)}),
        "Try errors 1, r, r², multiplied by the same r in each update: they go together if r is a root of this "
        "polynomial. Its two roots have the product β.",
        left=Named("p", (r,)),
        rule="characteristic polynomial",
    )
    _stability(story, polynomial, r)
    discriminant, size = _complex_roots(story, polynomial, r)
    _best_momentum(story, discriminant, size)


def _stability(story: Story, polynomial: Step, r: Letter) -> None:
    """Jury's conditions for both roots of a quadratic to be inside the unit circle."""
    story.step(
        lr * lam,
        Put(polynomial, {r: number(1)}, sign=">"),
        "The error dies out if both roots are smaller than 1 in size. Complex ones are: they are a pair of the size "
        "√β. Of real ones, whose product β is below 1, at most one is beyond 1 or −1, and then p is negative there. "
        "So p must be positive at both; at 1 it is.",
        rule="Jury's conditions",
    )
    at_minus_one = story.step(
        2 * (1 + beta) - lr * lam,
        Put(polynomial, {r: number(-1)}),
        "At −1 the sign depends on the learning rate.",
        rule="Jury's conditions",
    )
    story.step(
        lr < 2 * (1 + beta) / lam,
        Equivalent(at_minus_one, ">"),
        "With β near 1 the learning rate may be nearly twice that of gradient descent.",
    )


def _complex_roots(story: Story, polynomial: Step, r: Letter) -> tuple[Step, Step]:
    """Where the roots are complex, and the square of their size there."""
    squared = story.step(
        (r - (1 + beta - lr * lam) / 2) ** 2 - ((1 + beta - lr * lam) ** 2 - 4 * beta) / 4,
        Equal(polynomial),
        "How fast the error dies out, the roots tell; completing the square shows whether they are real.",
        rule="complete the square",
    )
    discriminant = story.step(
        (1 + beta - lr * lam) ** 2 - 4 * beta,
        Combined(squared, number(-4), 4 * (r - (1 + beta - lr * lam) / 2) ** 2),
        "The last term, without the −1/4, is the discriminant: where it is negative the roots are a pair of complex "
        "numbers, (1 + β − ηλ)/2 ± i √(−D)/2.",
        left=Named("D", (lam, lr, beta)),
        rule="discriminant",
    )
    size = story.step(
        beta,
        Combined(discriminant, -(number(1) / 4), ((1 + beta - lr * lam) / 2) ** 2),
        "The squared size of these, real part squared plus imaginary part squared, is β, whatever η and λ are.",
        left=absolute(Named("r", (beta,))) ** 2,
        rule="the size of complex roots",
    )
    story.step(
        ((1 - sqrt(beta)) ** 2 - lr * lam) * ((1 + sqrt(beta)) ** 2 - lr * lam),
        Equal(discriminant),
        "The roots are complex where ηλ is between (1 − √β)² and (1 + √β)².",
        rule="factor",
    )
    story.step(
        number(0),
        Put(discriminant, {lam: (1 - sqrt(beta)) ** 2 / lr}),
        "The lower end, ηλ = (1 − √β)², is critical damping: with less momentum the ball creeps, with more it swings.",
        rule="critical damping",
    )
    return discriminant, size


def _best_momentum(story: Story, discriminant: Step, size: Step) -> None:
    """The learning rate and the momentum with which the roots of all directions are complex, and as small as can be."""
    s = Letter("s", POSITIVE, "the square root of the smallest curvature")
    big = Letter("S", POSITIVE, "the square root of the largest curvature", s + gap)
    rate = Letter("eta_best", POSITIVE, "the best learning rate", 4 / (big + s) ** 2)
    momentum = Letter("beta_best", SHARE, "the best momentum", ((big - s) / (big + s)) ** 2)
    best = story.step(
        (1 + momentum - rate * lam) ** 2 - 4 * momentum,
        Put(discriminant, {lr: rate, beta: momentum}),
        "β is to be small and yet all roots complex, so the flattest direction goes to the lower end, √η s = 1 − √β, "
        "and the steepest to the upper, √η S = 1 + √β. Their sum gives η = 4/(S + s)², and with that their difference "
        "gives √β = (S − s)/(S + s).",
        rule="the best η and β",
    )
    story.step(
        number(0),
        Put(best, {lam: s**2}),
        "The flattest direction is at the lower end, critically damped: both its roots are √β.",
    )
    story.step(
        number(0),
        Put(best, {lam: big**2}),
        "The steepest direction is at the upper end: both its roots are −√β, so that it jumps across each time.",
    )
    share = Letter("w", SHARE, "how far between both ends")
    u = Letter("u", POSITIVE, "the square root of a curvature between both", s + share * gap)
    story.step(
        -(16 * (u**2 - s**2) * (big**2 - u**2) / (big + s) ** 4),
        Put(best, {lam: u**2}, sign="<"),
        "In between it is negative, so the roots are complex: in every direction their size is √β.",
    )
    kept = story.step(
        ((big - s) / (big + s)) ** 2,
        Put(size, {beta: momentum}),
        "With the best β every direction keeps (S − s)/(S + s) of its error in each update.",
        rule="the best β",
    )
    kappa = Letter("kappa", POSITIVE, "the condition number: the largest curvature over the smallest", (big / s) ** 2)
    story.step(
        ((sqrt(kappa) - 1) / (sqrt(kappa) + 1)) ** 2,
        Equal(kept),
        "So it keeps (√κ − 1)/(√κ + 1): compared with gradient descent κ has become √κ.",
        rule="name κ",
    )
