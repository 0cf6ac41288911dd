"""From coin tosses to the binary cross-entropy.

Each line is a formula, the check that it follows by (`optiviz/derive/checks.py`), and the reason in words.
"""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put, RootOf
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import BIT, REAL, SHARE
from optiviz.derive.functions import (
    absolute,
    exp,
    log,
    log1p,
    maximum,
    minimum,
    number,
    product,
    sigmoid,
    softplus,
    total,
)
from optiviz.derive.letters import N, bits, chance, i, of_all, p, z
from optiviz.derive.likelihoods import MeanOf, ProductOf
from optiviz.derive.rewriting import replaced
from optiviz.derive.step import Step
from optiviz.derive.written import Family, Letter, Named

x = Letter("x", BIT, "an observation, 0 or 1")
xs = Family("x", BIT, (N,), "the observations, 0 or 1")
mu = Letter("mu", SHARE, "the probability of a 1, which we look for")
ps = Family("p", SHARE, (N,), "the probability of a 1 that the model gives each example")
y = chance


@derivation("A Bernoulli likelihood gives the binary cross-entropy")
def bce(story: Story) -> None:
    """The μ under which zeros and ones are likeliest is the one with the least binary cross-entropy.

    Source: Bishop (2006), PRML, sections 2.1 and 4.3.2.
    """
    ell = _likelihood(story)
    _estimate(story, ell)
    _from_scores(story, _loss(story, ell))


def _likelihood(story: Story) -> Step:
    """From one observation to the log-likelihood of all."""
    f = story.step(
        mu**x * (1 - mu) ** (1 - x),
        Definition(
            known=lambda f: (
                (replaced(f, {x: 0}) + replaced(f, {x: 1})).equals(1),
                replaced(f, {x: 1}).equals(mu),
            )
        ),
        "An observation is 1 with probability μ and 0 with probability 1 − μ; one of the two exponents is always 0.",
        left=Named("f", (x,)),
    )
    likelihood = story.step(
        product(mu ** xs[i] * (1 - mu) ** (1 - xs[i]), i),
        ProductOf(f, i, {x: xs[i]}),
        "The observations are independent, so their probabilities multiply.",
        left=Named("L", (mu,)),
    )
    logs = story.step(
        total(log(mu ** xs[i] * (1 - mu) ** (1 - xs[i])), i),
        LogOf(likelihood),
        "The logarithm keeps the place of the maximum and turns the product into a sum.",
        left=Named("ell", (mu,)),
    )
    return story.step(
        total(xs[i] * log(mu) + (1 - xs[i]) * log(1 - mu), i),
        Equal(logs),
        "The logarithm of a product is a sum, and it brings exponents down.",
        rule="split the logarithm",
    )


def _estimate(story: Story, ell: Step) -> None:
    """The probability that is likeliest."""
    slope = story.step(
        total(xs[i] / mu - (1 - xs[i]) / (1 - mu), i),
        DerivativeOf(ell, mu),
        "To find the likeliest μ we need the slope; the minus comes from the chain rule for 1 − μ.",
    )
    story.step(
        1 / N * total(xs[i], i),
        RootOf(slope, mu),
        "At a maximum between 0 and 1 the slope is zero. Multiplied by μ (1 − μ) it is linear in μ, so there is one "
        "solution: the share of ones. If all xᵢ are equal the slope is zero nowhere, and ℓ rises up to the border: to "
        "0 or 1, which is that share as well.",
        left=Letter("muhat", REAL, "the estimate of μ"),
    )
    story.step(
        -total(xs[i] / mu**2 + (1 - xs[i]) / (1 - mu) ** 2, i),
        DerivativeOf(slope, mu, sign="<"),
        "Each term of the sum is positive, so the second derivative is negative and the point is the maximum.",
        rule="second-derivative test",
    )


def _loss(story: Story, ell: Step) -> Step:
    """From the log-likelihood to the loss of a model that predicts probabilities."""
    mean = story.step(
        -(1 / N) * total(xs[i] * log(mu) + (1 - xs[i]) * log(1 - mu), i),
        Affine(ell, -(1 / N), number(0), (mu,), "<"),
        "The sign turns the maximum into a minimum, and 1/N makes the loss independent of how many examples there are.",
        left=Named("J", (mu,)),
        rule="turn the sign",
    )
    loss = story.step(
        -(1 / N) * total(bits[i] * log(ps[i]) + (1 - bits[i]) * log(1 - ps[i]), i),
        Put(mean, {mu: ps[i], xs: lambda i: bits[i]}),
        "A model predicts a probability pᵢ of its own for each target yᵢ.",
        left=of_all("J", ps),
    )
    one = story.step(
        -(y * log(p) + (1 - y) * log(1 - p)),
        MeanOf(loss, i, {p: ps[i], y: bits[i]}),
        "The loss is the mean over the examples of what one example loses. Where a label is known only as a "
        "probability y of being 1, its expected loss is y times that of a 1 plus 1 − y times that of a 0: the same "
        "formula, so from here on y may be any number from 0 to 1.",
        left=Named("J_1", (p,)),
    )
    story.step(
        (p - y) / (p * (1 - p)),
        DerivativeOf(one, p),
        "The derivative by the probability grows without bound where the model is sure and wrong.",
    )
    return one


def _from_scores(story: Story, one: Step) -> None:
    """The sigmoid makes probabilities of scores; the loss and its gradient in a stable form."""
    linked = story.step(
        -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z))),
        Put(one, {p: sigmoid(z)}),
        "A score z may be any number; the sigmoid σ(z) = 1/(1 + exp(−z)) makes a probability of it.",
    )
    story.step(
        log(1 + exp(z)),
        Definition(
            known=lambda s: (
                log(sigmoid(z)).equals(z - s),
                log(1 - sigmoid(z)).equals(-s),
            )
        ),
        "Both logarithms can be said with one function, since 1 + exp(−z) is (1 + exp(z))/exp(z).",
        left=softplus(z),
    )
    said = story.step(
        -(y * (z - softplus(z)) + (1 - y) * -softplus(z)),
        Equal(linked),
        "With the softplus in place of the logarithms.",
        rule="put the logarithms in",
    )
    short = story.step(softplus(z) - y * z, Equal(said), "Nearly everything cancels.", rule="simplify")
    gradient = story.step(
        sigmoid(z) - y,
        DerivativeOf(short, z),
        "The derivative of the softplus is the sigmoid: the gradient is the predicted probability minus the target.",
    )
    story.step(
        sigmoid(z) * (1 - sigmoid(z)),
        DerivativeOf(gradient, z, sign=">"),
        "The second derivative is positive, so the loss is convex in the score and has no false minima.",
        rule="second-derivative test",
    )
    stable = story.step(
        maximum(z, 0) - y * z + log1p(exp(-absolute(z))),
        Equal(short),
        "In the softplus exp(z) overflows for large z; with max(z, 0) taken out of the logarithm the exponential that "
        "is left is at most 1.",
        rule="stable form",
    )
    computed = story.step(
        exp(minimum(z, 0)) / (1 + exp(-absolute(z))) - y,
        Equal(gradient),
        "The sigmoid is 1/(1 + exp(−z)), which is fine for z ≥ 0; for z < 0 it is written as exp(z)/(1 + exp(z)), so "
        "that no exponential is larger than 1.",
        rule="stable form",
    )
    story.ends_in(LossForm("bce", (z,), y, stable, (computed,)))
