"""The Kullback-Leibler divergence, the cross-entropy that is 0 where the targets are predicted."""

from __future__ import annotations

from optiviz.derive.checks import Definition, DerivativeOf, Equal, Put
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import REAL, SIMPLEX
from optiviz.derive.functions import divergence, exp, largest, log, total
from optiviz.derive.letters import K, M, k, m, scores
from optiviz.derive.rewriting import replaced
from optiviz.derive.stories.categorical import softmax, whole_predicted
from optiviz.derive.written import Family, Letter, Named

z = scores


@derivation("The Kullback-Leibler divergence is the cross-entropy minus the entropy")
def kl(story: Story) -> None:
    """How far the predicted probabilities are from given ones. It has no likelihood of its own, but differs from the
    cross-entropy only by a number that the targets alone decide.

    Source: Kullback and Leibler (1951), doi:10.1214/aoms/1177729694.
    """
    q = Family("p", SIMPLEX, (K,), "the probability that the model gives a class")
    t = Family("y", SIMPLEX, (K,), "the probability that the class is to have")
    target = t.whole("the probabilities that all classes are to have, as a row")
    entropy = Letter("H", REAL, "the entropy of the targets", -total(t[k] * log(t[k]), k))
    definition = story.step(
        total(t[k] * log(t[k] / q[k]), k),
        Definition(known=lambda d: (replaced(d, {q: target}).equals(0),)),
        "The mean, under the given probabilities yₖ, of the logarithm of the ratio; it is 0 where pₖ = yₖ for all "
        "classes.",
        left=Named("D", (target, q.whole("the probabilities that the model gives all classes, as a row"))),
    )
    split = story.step(
        -total(t[k] * log(q[k]), k) - entropy,
        Equal(definition),
        "The logarithm of the quotient is a difference: the cross-entropy minus the entropy of the targets.",
        rule="split the logarithm",
    )
    linked = story.step(
        -total(t[k] * log(softmax(k)), k) - entropy,
        Put(split, {q: whole_predicted}),
        "The softmax makes probabilities ŷ of scores.",
    )
    short = story.step(
        log(total(exp(z[k]), k)) - total(t[k] * z[k], k) - entropy,
        Equal(linked),
        "The logarithm of the softmax is a difference, and the targets add up to 1.",
        rule="split the logarithm",
    )
    gradient = story.step(
        exp(z[m]) / total(exp(z[k]), k) - t[m],
        DerivativeOf(short, z[m]),
        "The entropy of the targets does not depend on the scores, so the gradient is that of the cross-entropy.",
    )
    log_p = Family("l", REAL, (K,), "the logarithm of the softmax", ((k,), z[k] - M - log(total(exp(z[m] - M), m))))
    shifted = story.step(
        total(t[k] * (log(t[k]) - log_p[k]), k),
        Equal(short),
        "The logarithm of the softmax gets a name, and −H is written out. A number M, the largest score, is subtracted "
        "from all scores, so that no exponential is larger than 1.",
        rule="stable form",
    )
    stable = story.step(
        total(divergence(t[k], log_p[k]), k),
        Equal(shifted),
        "Each term gets exp(lₖ) − yₖ, which is 1 − 1 = 0 in all. But now no term is negative, since log x ≤ x − 1, and "
        "each is 0 where yₖ is predicted. Computed as a whole a term stays so, and where yₖ is 0 it is exp(lₖ).",
        rule="no term negative",
    )
    computed = story.step(
        exp(z[m] - M) / total(exp(z[k] - M), k) - t[m],
        Equal(gradient),
        "exp(M) cancels, so the softmax may be shifted in the same way.",
        rule="stable form",
    )
    story.ends_in(LossForm("kl", (z[k],), t[k], stable, (computed,), shift=(M, largest(z[k], k))))
