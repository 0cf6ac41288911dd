"""From Gaussian noise to the mean squared error, and to a loss that predicts its own variance."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put, RootOf
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import POSITIVE, REAL
from optiviz.derive.functions import exp, integral, log, number, pi, product, sqrt, total, xexp
from optiviz.derive.letters import N, i, mu, of_all, sigma, x, xs, y, ys, z, zs
from optiviz.derive.likelihoods import MeanOf, ProductOf
from optiviz.derive.step import Step
from optiviz.derive.written import Letter, Named


def density(story: Story) -> Step:
    """The first line of every story with Gaussian noise."""
    return story.step(
        1 / sqrt(2 * pi * sigma**2) * exp(-((x - mu) ** 2) / (2 * sigma**2)),
        Definition(
            known=lambda f: (
                integral(f, x).equals(1),
                integral(x * f, x).equals(mu),
                integral((x - mu) ** 2 * f, x).equals(sigma**2),
            )
        ),
        "An observation is the centre μ plus Gaussian noise; the density integrates to 1, its mean is μ and its "
        "variance σ².",
        left=Named("f", (x,)),
    )


@derivation("Gaussian noise gives the mean squared error")
def mse(story: Story) -> None:
    """The μ under which Gaussian observations are likeliest is the one with the least mean squared error.

    Source: Gauss (1809), Theoria motus corporum coelestium, §§ 175-179; Bishop (2006), PRML, section 1.2.5.
    """
    ell = _likelihood(story)
    first = Letter("C1", REAL, "a constant, as μ is not in it", -(N / 2) * log(2 * pi * sigma**2))
    second = Letter("C2", POSITIVE, "another constant, which is positive", 1 / (2 * sigma**2))
    constants = story.step(
        first - second * total((xs[i] - mu) ** 2, i),
        Equal(ell),
        "Of μ this is a constant minus a positive constant times the sum of squares: the likelihood is largest where "
        "the sum of squares is smallest.",
        rule="name the constants",
    )
    _estimate(story, ell)
    _loss(story, constants, first, second)


def _likelihood(story: Story) -> Step:
    """From the density to the log-likelihood of all observations."""
    f = density(story)
    likelihood = story.step(
        product(1 / sqrt(2 * pi * sigma**2) * exp(-((xs[i] - mu) ** 2) / (2 * sigma**2)), i),
        ProductOf(f, i, {x: xs[i]}),
        "The observations are independent, so their densities multiply.",
        left=Named("L", (mu, sigma)),
    )
    logs = story.step(
        total(log(1 / sqrt(2 * pi * sigma**2) * exp(-((xs[i] - mu) ** 2) / (2 * sigma**2))), i),
        LogOf(likelihood),
        "The logarithm grows with its argument, so it keeps the place of the maximum, and it turns the product into "
        "a sum.",
        left=Named("ell", (mu, sigma)),
    )
    terms = story.step(
        total(-(number(1) / 2) * log(2 * pi * sigma**2) - (xs[i] - mu) ** 2 / (2 * sigma**2), i),
        Equal(logs),
        "The logarithm of the product is the sum of the logarithms, and the logarithm undoes the exponential.",
        rule="split the logarithm",
    )
    return story.step(
        -(N / 2) * log(2 * pi * sigma**2) - 1 / (2 * sigma**2) * total((xs[i] - mu) ** 2, i),
        Equal(terms),
        "What does not depend on i is the same in all N terms and comes before the sum.",
        rule="pull constants out of the sum",
    )


def _estimate(story: Story, ell: Step) -> None:
    """The mean and the variance that are likeliest."""
    slope = story.step(
        1 / sigma**2 * total(xs[i] - mu, i),
        DerivativeOf(ell, mu),
        "To find the likeliest μ we need the slope: the first term does not depend on μ, and each square gives "
        "−2 (xᵢ − μ).",
    )
    mean = story.step(
        1 / N * total(xs[i], i),
        RootOf(slope, mu),
        "At a maximum the slope is zero; it is so where the deviations cancel, and only there: the estimate is the "
        "mean.",
        left=Letter("muhat", REAL, "the estimate of μ"),
    )
    story.step(
        -(N / sigma**2),
        DerivativeOf(slope, mu, sign="<"),
        "The second derivative is negative everywhere, so whatever σ is, the mean is the maximum.",
        rule="second-derivative test",
    )
    _variance(story, ell, slope, Letter("muhat", REAL, "the estimate of μ", mean.after))


def _variance(story: Story, ell: Step, slope: Step, muhat: Letter) -> None:
    """The same for the variance, and that both together are a maximum."""
    spread = story.step(
        -(N / sigma) + 1 / sigma**3 * total((xs[i] - mu) ** 2, i),
        DerivativeOf(ell, sigma),
        "To find the likeliest σ we need the slope along σ; log σ² = 2 log σ gives the first term.",
    )
    sigmahat = Letter("sigmahat", POSITIVE, "the estimate of σ", sqrt(1 / N * total((xs[i] - muhat) ** 2, i)))
    variance = story.step(
        1 / N * total((xs[i] - mu) ** 2, i),
        RootOf(spread, sigma**2),
        "This slope is zero at one positive σ only: whatever μ is, the likeliest variance is the mean squared "
        "deviation from it.",
    )
    story.step(
        1 / N * total((xs[i] - muhat) ** 2, i),
        Put(variance, {mu: muhat}),
        "At a maximum both slopes are zero, so μ is the mean there: these are the two estimates.",
        left=sigmahat**2,
    )
    curvature = story.step(
        N / sigma**2 - 3 / sigma**4 * total((xs[i] - mu) ** 2, i),
        DerivativeOf(spread, sigma),
        "Whether the estimates are a maximum is for the second derivatives to say, which make up the Hessian: the one "
        "by μ is negative, as seen before, and this is the one by σ.",
    )
    story.step(
        -(2 * N / sigmahat**2),
        Put(curvature, {mu: muhat, sigma: sigmahat}, sign="<"),
        "At the estimates it is negative; only if all observations are the same is σ̂ = 0, and there is no maximum.",
        rule="second-derivative test",
    )
    mixed = story.step(
        -(2 / sigma**3) * total(xs[i] - mu, i),
        DerivativeOf(slope, sigma),
        "The last entry of the Hessian is the mixed derivative.",
    )
    story.step(
        number(0),
        Put(mixed, {mu: muhat}),
        "At the estimates the deviations cancel: the Hessian is diagonal with two negative entries, so μ̂ and σ̂ "
        "together are a maximum.",
        rule="second-derivative test",
    )


def _loss(story: Story, constants: Step, first: Letter, second: Letter) -> None:
    """From the log-likelihood to the loss of a model."""
    squares = story.step(
        1 / N * total((xs[i] - mu) ** 2, i),
        Affine(constants, -(1 / (N * second)), first / (N * second), (mu,), "<"),
        "The negative factor turns the maximum into a minimum, 1/N makes a mean of the sum, and the constants are "
        "gone.",
        left=Named("J", (mu,)),
    )
    loss = story.step(
        1 / N * total((zs[i] - ys[i]) ** 2, i),
        Put(squares, {mu: zs[i], xs: lambda i: ys[i]}),
        "A model predicts a centre zᵢ of its own for each target yᵢ; the square does not mind their order.",
        left=of_all("J", zs),
    )
    one = story.step(
        (z - y) ** 2,
        MeanOf(loss, i, {z: zs[i], y: ys[i]}),
        "The loss is the mean over the examples of what one example loses.",
        left=Named("J_1", (z,)),
    )
    gradient = story.step(
        2 * (z - y), DerivativeOf(one, z), "The gradient is the error itself, twice: large errors pull hard."
    )
    story.ends_in(LossForm("mse", (z,), y, one, (gradient,)))


@derivation("Gaussian noise of unknown size gives the Gaussian negative log-likelihood")
def gaussian_nll(story: Story) -> None:
    """A model that predicts a mean and a variance is punished for errors that are large for the variance it claims.

    Source: Nix and Weigend (1994), doi:10.1109/ICNN.1994.374138.
    """
    f = density(story)
    log_density = story.step(
        -(number(1) / 2) * log(2 * pi * sigma**2) - (x - mu) ** 2 / (2 * sigma**2),
        LogOf(f),
        "The logarithm keeps the place of the maximum and undoes the exponential.",
        left=Named("ell", (mu, sigma)),
    )
    s = Letter("s", REAL, "the logarithm of the variance, as the model predicts it")
    predicted = story.step(
        -(number(1) / 2) * log(2 * pi) - s / 2 - (z - y) ** 2 / (2 * exp(s)),
        Put(log_density, {mu: z, x: y, sigma: exp(s / 2)}),
        "For the target y of an example, in the place of x, the model predicts the mean z and s = log σ², which may be "
        "any real number, so that σ² = exp(s) is always positive.",
        left=Named("ell_1", (z, s)),
    )
    one = story.step(
        (s + (z - y) ** 2 * exp(-s)) / 2,
        Affine(predicted, number(-1), -(number(1) / 2) * log(2 * pi), (z, s), "<"),
        "The sign turns the maximum into a minimum, and the constant ½ log 2π is dropped.",
        left=Named("J_1", (z, s)),
    )
    stable = story.step(
        (s + xexp(z - y, -s / 2) ** 2) / 2,
        Equal(one),
        "Inside the square is the error in standard deviations. Squared alone, a large error would overflow even where "
        "the variance is as large.",
        rule="stable form",
    )
    by_mean = story.step(
        xexp(z - y, -s),
        DerivativeOf(one, z),
        "The error counts less where the model expects much noise.",
    )
    by_s = story.step(
        (1 - xexp(z - y, -s / 2) ** 2) / 2,
        DerivativeOf(stable, s),
        "It is zero where the predicted variance exp(s) is the squared error, negative where less noise is claimed and "
        "positive where more is: both cost, though not equally.",
    )
    story.step(
        (z - y) ** 2 * exp(-s) / 2,
        DerivativeOf(by_s, s, sign=">="),
        "Where z ≠ y the second derivative by s is positive, so for such a mean there is one best variance: the "
        "squared error.",
        rule="second-derivative test",
    )
    story.step(
        s / 2,
        Put(one, {z: y}),
        "Where z = y there is none: the loss falls without bound as s does, so a model that can meet a target exactly "
        "needs a least variance.",
    )
    story.ends_in(LossForm("gaussian_nll", (z, s), y, stable, (by_mean, by_s)))
