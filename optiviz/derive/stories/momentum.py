"""The heavy ball in a parabola: where it converges, which learning rate and momentum are best, and how fast it is."""

from __future__ import annotations

from optiviz.derive.checks import Combined, Definition, DerivativeOf, Equal, Put
from optiviz.derive.conditions import Equivalent
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SHARE
from optiviz.derive.functions import absolute, number, sqrt
from optiviz.derive.recursions import Residual
from optiviz.derive.rewriting import replaced
from optiviz.derive.step import Step
from optiviz.derive.stories.quadratic import gap, lam, lr, parabola, point, t, theta
from optiviz.derive.traced import outputs
from optiviz.derive.written import Letter, Named
from optiviz.optimizers import Optimizer

beta = Letter("beta", SHARE, "the share of the velocity that is kept")
s = Letter("s", POSITIVE, "the square root of the smallest curvature")
big = Letter("S", POSITIVE, "the square root of the largest curvature", s + gap)


@derivation("The heavy ball in a parabola: stable below 2(1 + β)/λ, and much faster at its best")
def heavy_ball(story: Story) -> None:
    """With the best η and β momentum keeps in the long run (√κ − 1)/(√κ + 1) of the error in each update, as if the
    valley were √κ long.

    Source: Polyak (1964), doi:10.1016/0041-5553(64)90137-5; Jury (1964) for the condition of stability.
    """
    slope = parabola(story)
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
    _bound(story, polynomial, r)
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


def _bound(story: Story, polynomial: Step, r: Letter) -> None:
    """How different the curvatures can be if no root is larger than a given size."""
    rho = Letter("rho", SHARE, "a size that no root exceeds")
    q = Letter("q", SHARE, "β as a share of the largest that it can be")
    at_rho = story.step(
        rho**2 - (1 + beta - lr * lam) * rho + beta,
        Put(polynomial, {r: rho}),
        "Now many directions with curvatures of their own, and the question how small all roots can be. Let none be "
        "larger than ρ. From ρ on p is beyond its real roots, if it has any, so it is not negative there.",
        rule="a bound for all roots",
    )
    story.step(
        lr * lam >= (1 - rho) * (1 - beta / rho),
        Equivalent(at_rho, ">="),
        "This is asked of every direction, and is hardest for the flattest.",
        rule="the flattest direction",
    )
    at_minus_rho = story.step(
        rho**2 + (1 + beta - lr * lam) * rho + beta,
        Put(polynomial, {r: -rho}),
        "Nor is p negative from −ρ down.",
        rule="a bound for all roots",
    )
    story.step(
        lr * lam <= (1 + rho) * (1 + beta / rho),
        Equivalent(at_minus_rho, ">="),
        "This is hardest for the steepest.",
        rule="the steepest direction",
    )
    longest = story.step(
        (1 + rho) * (1 + beta / rho) / ((1 - rho) * (1 - beta / rho)),
        Definition(),
        "So the largest curvature is at most this many times the smallest: the one bound over the other. Both are "
        "positive, for β, the product of both roots, is at most ρ².",
        left=Named("longest", (rho, beta)),
        rule="the longest valley",
    )
    growth = story.step(
        2 * rho * (1 + rho) / ((1 - rho) * (rho - beta) ** 2),
        DerivativeOf(longest, beta),
        "To find the longest valley of all we need the slope along β.",
    )
    story.step(
        2 * (1 + rho) / (rho * (1 - rho) * (1 - q * rho) ** 2),
        Put(growth, {beta: q * rho**2}, sign=">"),
        "Up to ρ², as q goes from 0 to 1, it grows with β, so that the largest is best.",
    )
    longest_at_most = story.step(
        ((1 + rho) / (1 - rho)) ** 2,
        Put(longest, {beta: rho**2}),
        "So this is the longest valley in which no root is larger than ρ.",
    )
    story.step(
        4 * (1 + rho) / (1 - rho) ** 3,
        DerivativeOf(longest_at_most, rho, sign=">"),
        "It grows with ρ: a longer valley needs larger roots.",
    )
    story.step(
        (big / s) ** 2,
        Put(longest_at_most, {rho: (big - s) / (big + s)}),
        "With this ρ it is the valley that is given, from s² to S². So whatever η and β are, some root is not smaller "
        "than (S − s)/(S + s).",
        rule="a bound",
    )


def _best_momentum(story: Story, discriminant: Step, size: Step) -> None:
    """The learning rate and the momentum with which the roots of all directions are complex, and as small as can be."""
    rate = Letter("eta_best", POSITIVE, "the best learning rate", 4 / (big + s) ** 2)
    momentum = Letter("beta_best", SHARE, "the best momentum", ((big - s) / (big + s)) ** 2)
    best = story.step(
        (1 + momentum - rate * lam) ** 2 - 4 * momentum,
        Put(discriminant, {lr: rate, beta: momentum}),
        "No root is larger than that ρ only if β = ρ² and both bounds are reached: η s² = (1 − ρ)², η S² = (1 + ρ)². "
        "The sum of their roots gives η = 4/(S + s)². It is left to see that with these two no root is larger.",
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
        "So the bound is reached, and these are the best η and β: in the long run every direction keeps "
        "(S − s)/(S + s) of its error in each update. A single update may keep more: complex roots swing, and where "
        "both roots are the same, in the flattest and the steepest direction, there is a factor that grows like t too.",
        rule="the best β",
    )
    kappa = Letter("kappa", POSITIVE, "the condition number: the largest curvature over the smallest", (big / s) ** 2)
    story.step(
        ((sqrt(kappa) - 1) / (sqrt(kappa) + 1)) ** 2,
        Equal(kept),
        "In the long run it keeps (√κ − 1)/(√κ + 1): compared with gradient descent κ has become √κ.",
        rule="name κ",
    )
