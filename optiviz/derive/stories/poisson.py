"""From counts of rare events to the Poisson loss."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put, RootOf
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import COUNT, POSITIVE
from optiviz.derive.functions import exp, factorial, infinity, log, product, total
from optiviz.derive.letters import N, i, of_all, z
from optiviz.derive.likelihoods import MeanOf, ProductOf
from optiviz.derive.step import Step
from optiviz.derive.written import Family, Letter, Named

x = Letter("x", COUNT, "a count")
xs = Family("x", COUNT, (N,), "the counts")
y = Letter("y", COUNT, "the target of an example, a count")
ys = Family("y", COUNT, (N,), "the targets, counts")
rate = Letter("lambda", POSITIVE, "the mean count, which we look for")
rates = Family("lambda", POSITIVE, (N,), "the mean count that the model gives each example")


@derivation("A Poisson likelihood gives the Poisson loss")
def poisson_nll(story: Story) -> None:
    """The rate under which counts are likeliest is the one with the least Poisson loss.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, chapter 6.
    """
    ell = _likelihood(story)
    _estimate(story, ell)
    _from_scores(story, _loss(story, ell))


def _likelihood(story: Story) -> Step:
    """From one count to the log-likelihood of all."""
    f = story.step(
        rate**x * exp(-rate) / factorial(x),
        Definition(
            known=lambda f: (
                total(f, x, 0, infinity).equals(1),
                total(x * f, x, 0, infinity).equals(rate),
            )
        ),
        "Events that come independently with mean λ come x times with this probability; over all counts these add up "
        "to 1, and their mean is λ.",
        left=Named("f", (x,)),
    )
    likelihood = story.step(
        product(rate ** xs[i] * exp(-rate) / factorial(xs[i]), i),
        ProductOf(f, i, {x: xs[i]}),
        "The observations are independent, so their probabilities multiply.",
        left=Named("L", (rate,)),
    )
    logs = story.step(
        total(log(rate ** xs[i] * exp(-rate) / factorial(xs[i])), i),
        LogOf(likelihood),
        "The logarithm keeps the place of the maximum and turns the product into a sum.",
        left=Named("ell", (rate,)),
    )
    return story.step(
        total(xs[i] * log(rate) - rate - log(factorial(xs[i])), i),
        Equal(logs),
        "The logarithm of a product is a sum, it brings exponents down and undoes the exponential.",
        rule="split the logarithm",
    )


def _estimate(story: Story, ell: Step) -> None:
    """The rate that is likeliest."""
    slope = story.step(
        total(xs[i] / rate - 1, i),
        DerivativeOf(ell, rate),
        "To find the likeliest λ we need the slope; the factorials do not depend on λ.",
    )
    story.step(
        1 / N * total(xs[i], i),
        RootOf(slope, rate),
        "At a maximum the slope is zero. Multiplied by λ it is linear in λ, so there is one solution: the mean count. "
        "If all counts are 0 the slope is −N everywhere, and ℓ rises towards the border, to a λ of 0: the mean count "
        "as well.",
        left=Letter("lambdahat", POSITIVE, "the estimate of λ"),
    )
    story.step(
        -(1 / rate**2 * total(xs[i], i)),
        DerivativeOf(slope, rate, sign="<="),
        "Counts are not negative, so the second derivative is not positive, and if one of them is not 0 it is "
        "negative: the point is the maximum.",
        rule="second-derivative test",
    )


def _loss(story: Story, ell: Step) -> Step:
    """From the log-likelihood to the loss of a model that predicts rates."""
    mean = story.step(
        1 / N * total(rate - xs[i] * log(rate), i),
        Affine(ell, -(1 / N), -(1 / N) * total(log(factorial(xs[i])), i), (rate,), "<"),
        "The sign turns the maximum into a minimum, and the factorials, which depend on the data alone, are dropped.",
        left=Named("J", (rate,)),
    )
    loss = story.step(
        1 / N * total(rates[i] - ys[i] * log(rates[i]), i),
        Put(mean, {rate: rates[i], xs: lambda i: ys[i]}),
        "A model predicts a rate λᵢ of its own for each target yᵢ.",
        left=of_all("J", rates),
    )
    return story.step(
        rate - y * log(rate),
        MeanOf(loss, i, {rate: rates[i], y: ys[i]}),
        "The loss is the mean over the examples of what one example loses.",
        left=Named("J_1", (rate,)),
    )


def _from_scores(story: Story, one: Step) -> None:
    """The exponential makes rates of scores."""
    linked = story.step(
        exp(z) - y * z,
        Put(one, {rate: exp(z)}),
        "A score z may be any number; exp(z) makes a rate of it, and the logarithm takes that back.",
    )
    gradient = story.step(
        exp(z) - y, DerivativeOf(linked, z), "The gradient is, once more, what is predicted minus the target."
    )
    story.step(
        exp(z),
        DerivativeOf(gradient, z, sign=">"),
        "The second derivative is positive, so the loss is convex in the score.",
        rule="second-derivative test",
    )
    story.ends_in(LossForm("poisson_nll", (z,), y, linked, (gradient,)))
