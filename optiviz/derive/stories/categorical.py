"""From dice to the categorical cross-entropy, for any number of classes, with rows of targets and with labels."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put, RootOf
from optiviz.derive.conditions import Lagrangian
from optiviz.derive.derivation import LossForm, Story, derivation, derive
from optiviz.derive.domains import BIT, INDEX, ONE_HOT, POSITIVE
from optiviz.derive.functions import delta, exp, largest, log, log1p, number, product, total
from optiviz.derive.letters import K, M, N, i, k, m, n, scores, weights, whole_scores, whole_target
from optiviz.derive.likelihoods import MeanOf, ProductOf
from optiviz.derive.rewriting import replaced
from optiviz.derive.step import Step
from optiviz.derive.written import Family, Letter, Named, Written

x = Family("x", ONE_HOT, (K,), "an observation: 1 for its class, 0 for the others")
whole_x = x.whole("an observation, as a row")
xs = Family("x", ONE_HOT, (N, K), "which class each observation belongs to: 1 for that class, 0 for the others")
y, z = weights, scores
ys = Family("y", ONE_HOT, (N, K), "the targets: 1 for the class of the example, 0 for the others")
p = Family("p", POSITIVE, (K,), "the probability of a class")
ps = Family("p", POSITIVE, (N, K), "the probability that the model gives each class of each example")
whole_p = p.whole("the probabilities of all classes, as a row")
whole_ps = ps.whole("the probabilities of all classes and examples", "P")
unit = Family("e", BIT, (K, K), "the row with its 1 at that class", ((m, k), delta(k, m)))
lam = Letter("lambda", POSITIVE, "the multiplier of the constraint")


def softmax(k: Written) -> Written:
    """exp(z_k) over the sum of the exponentials of all scores."""
    return exp(z[k]) / total(exp(z[m]), m)


predicted = Family("yhat", POSITIVE, (K,), "the softmax of the scores", ((m,), exp(z[m]) / total(exp(z[k]), k)))
whole_predicted = predicted.whole("the probabilities that the softmax makes of the scores, as a row")


@derivation("A categorical likelihood gives the categorical cross-entropy")
def cce(story: Story) -> None:
    """The probabilities under which the classes are likeliest are those with the least cross-entropy.

    Source: Bishop (2006), PRML, sections 2.2 and 4.3.4.
    """
    ell = _likelihood(story)
    _estimate(story, ell)
    _from_scores(story, _loss(story, ell))


def _likelihood(story: Story) -> Step:
    """From one example to the log-likelihood of all."""
    f = story.step(
        product(p[k] ** x[k], k),
        Definition(known=lambda f: (replaced(f, {x: unit.row(m)}).equals(p[m]),)),
        "An observation has a single 1, so all factors are 1 but the probability of its class: that is pₘ for eₘ, the "
        "row with its 1 at class m.",
        left=Named("f", (whole_x,)),
    )
    likelihood = story.step(
        product(product(p[k] ** xs[i, k], k), i),
        ProductOf(f, i, {x: xs.row(i)}),
        "The observations are independent, so their probabilities multiply.",
        left=Named("L", (whole_p,)),
    )
    logs = story.step(
        total(log(product(p[k] ** xs[i, k], k)), i),
        LogOf(likelihood),
        "The logarithm keeps the place of the maximum and turns the product over the observations into a sum.",
        left=Named("ell", (whole_p,)),
    )
    return story.step(
        total(total(xs[i, k] * log(p[k]), k), i),
        Equal(logs),
        "The product over the classes becomes a sum as well, and the logarithm brings exponents down.",
        rule="split the logarithm",
    )


def _estimate(story: Story, ell: Step) -> None:
    """The estimate of the probabilities, by Lagrange's method."""
    lagrangian = story.step(
        total(total(xs[i, k] * log(p[k]), k), i) + lam * (1 - total(p[k], k)),
        Lagrangian(ell, lam, 1 - total(p[k], k)),
        "The probabilities must add up to 1, or all of them would grow; the multiplier λ is the price of that.",
        left=Named("F", (whole_p, lam)),
    )
    slope = story.step(
        total(xs[i, m], i) / p[m] - lam,
        DerivativeOf(lagrangian, p[m]),
        "To find the likeliest pₘ we need the slope; of the sums over the classes only the term of class m has pₘ in "
        "it.",
    )
    share = story.step(
        total(xs[i, m], i) / lam,
        RootOf(slope, p[m]),
        "At a maximum the slope is zero; it is so at one pₘ only, in proportion to how often class m occurs. For a "
        "class that does not occur the slope is −λ everywhere, and the best pₘ is at the border: 0, as this says, too.",
    )
    constraint = story.step(
        1 - total(p[k], k),
        DerivativeOf(lagrangian, lam),
        "What is left to find is λ. The slope along it must be zero as well, which is what the constraint says.",
    )
    at_shares = story.step(
        1 - total(total(xs[i, k], i) / lam, k),
        Put(constraint, {p: lambda k: total(xs[i, k], i) / lam}),
        "At the pₖ that were found this slope depends on λ alone; call it c(λ).",
        left=Named("c", (lam,)),
    )
    summed = story.step(
        1 - N / lam,
        Equal(at_shares),
        "Each observation belongs to one class, so the counts of the classes add up to N.",
        rule="add up the counts",
    )
    story.step(N, RootOf(summed, lam), "It is zero there only: the multiplier is the number of observations.")
    story.step(
        1 / N * total(xs[i, m], i),
        Put(share, {lam: N}),
        "The estimate is the share of class m among the observations.",
        left=Family("phat", POSITIVE, (K,), "the estimate of the probability of a class")[m],
    )
    story.step(
        -(delta(m, n) * total(xs[i, m], i) / p[m] ** 2),
        DerivativeOf(slope, p[n], sign="<="),
        "With m = n these are the second derivatives, nowhere positive; with m ≠ n the mixed ones, which are zero: so "
        "this is the maximum.",
        rule="second-derivative test",
    )


def _loss(story: Story, ell: Step) -> Step:
    """From the log-likelihood to the loss of a model that predicts probabilities."""
    predicted = story.step(
        total(total(ys[i, k] * log(ps[i, k]), k), i),
        Put(ell, {p: lambda k: ps[i, k], xs: lambda i, k: ys[i, k]}),
        "A model predicts probabilities pᵢₖ of its own for each row of targets yᵢₖ.",
        left=Named("ell", (whole_ps,)),
    )
    loss = story.step(
        -(1 / N) * total(total(ys[i, k] * log(ps[i, k]), k), i),
        Affine(predicted, -(1 / N), number(0), (ps[i, k],), "<"),
        "The sign turns the maximum into a minimum, and 1/N makes the loss independent of how many examples there are.",
        left=Named("J", (whole_ps,)),
        rule="turn the sign",
    )
    return story.step(
        -total(y[k] * log(p[k]), k),
        MeanOf(loss, i, {p: ps.row(i), y: ys.row(i)}),
        "The loss is the mean over the examples of what one example loses. Where its class is known only by "
        "probabilities yₖ, its expected loss is the mean of what each class would lose, with the weights yₖ: the same "
        "formula, so from here on the yₖ may be any numbers from 0 to 1 that add up to 1.",
        left=Named("J_1", (whole_p,)),
    )


def _from_scores(story: Story, one: Step) -> None:
    """The softmax makes probabilities of scores; the loss and its gradient in a stable form."""
    linked = story.step(
        -total(y[k] * log(softmax(k)), k),
        Put(one, {p: whole_predicted}),
        "Scores may be any numbers; the softmax makes probabilities ŷ of them, positive and with sum 1.",
    )
    short = story.step(
        log(total(exp(z[k]), k)) - total(y[k] * z[k], k),
        Equal(linked),
        "The logarithm of the quotient is a difference, and the targets of an example add up to 1.",
        rule="split the logarithm",
    )
    gradient = story.step(
        exp(z[m]) / total(exp(z[k]), k) - y[m],
        DerivativeOf(short, z[m]),
        "Of both sums only what has zₘ in it depends on zₘ.",
    )
    story.step(
        predicted[m] - y[m],
        Equal(gradient),
        "The gradient is the predicted probability minus the target, for any number of classes.",
        rule="name the softmax",
    )
    shifted = story.step(
        log(total(exp(z[k] - M), k)) - total(y[k] * (z[k] - M), k),
        Equal(short),
        "Any number M may be subtracted from all scores; with the largest score no exponential is larger than 1.",
        rule="stable form",
    )
    stable = story.step(
        log1p(total(exp(z[k] - M) - y[k], k)) - total(y[k] * (z[k] - M), k),
        Equal(shifted),
        "The targets add up to 1, so without them the sum is smaller by the 1 that log1p puts back. Where the model is "
        "sure and right only the small exponentials are left, which next to a 1 would be lost.",
        rule="keep what is small",
    )
    softened = story.step(
        exp(z[m] - M) / total(exp(z[k] - M), k) - y[m],
        Equal(gradient),
        "exp(M) cancels, so the softmax may be shifted in the same way.",
        rule="stable form",
    )
    computed = story.step(
        exp(z[m] - M) / (1 + total(exp(z[k] - M) - y[k], k)) - y[m],
        Equal(softened),
        "The targets add up to 1, so the denominator is 1 and the very sum that the loss has.",
        rule="one sum for both",
    )
    story.ends_in(LossForm("cce", (z[k],), y[k], stable, (computed,), shift=(M, largest(z[k], k))))


@derivation("Labels in place of rows with a single 1: the sparse categorical cross-entropy")
def sparse_cce(story: Story) -> None:
    """With the number of the class as the target the cross-entropy is the same, and no row of zeros is needed.

    Source: follows from `cce`.
    """
    c = Letter("c", INDEX, "the number of the class that the example belongs to", size=K)
    dense = derive("cce").loss
    assert dense is not None
    start = story.step(
        dense.loss.after,
        Equal(dense.loss),
        "The cross-entropy of one example, as `cce` derives it, for a row of targets.",
        left=Named("J_1", (whole_scores, whole_target)),
        rule="cross-entropy",
    )
    one = story.step(
        log1p(total(exp(z[k] - M) - delta(k, c), k)) - (z[c] - M),
        Put(start, {y: unit.row(c)}),
        "yₖ is 1 where k is the class c of the example and 0 elsewhere, so one term of the last sum is left.",
    )
    gradient = story.step(
        exp(z[m] - M) / (1 + total(exp(z[k] - M) - delta(k, c), k)) - delta(m, c),
        DerivativeOf(one, z[m]),
        "The denominator is the sum of the exponentials, so the gradient is the predicted probability, minus 1 for the "
        "class of the example.",
    )
    story.ends_in(LossForm("sparse_cce", (z[k],), c, one, (gradient,), shift=(M, largest(z[k], k))))
