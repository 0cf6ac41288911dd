"""Two losses for yes or no that come from no likelihood: the hinge and the focal loss."""

from __future__ import annotations

from optiviz.derive.checks import Abbreviate, Definition, DerivativeOf, Equal, Put
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SHARE, SIGN
from optiviz.derive.functions import absolute, cases, exp, log, log1p, maximum, minimum, sigmoid, softplus
from optiviz.derive.letters import bit, p, z
from optiviz.derive.rewriting import replaced
from optiviz.derive.written import Letter, Named


@derivation("The hinge: no loss beyond the margin")
def hinge(story: Story) -> None:
    """Scores on the right side by at least 1 cost nothing; all others cost what is missing. No likelihood stands behind
    it: it is made for the widest margin between two classes.

    Source: Cortes and Vapnik (1995), doi:10.1007/BF00994018.
    """
    y = Letter("y", SIGN, "the target of an example, −1 or 1")
    loss = story.step(
        maximum(0, 1 - y * z),
        Definition(known=lambda f: (replaced(f, {z: 0}).equals(1),)),
        "y z is positive where the score is on the right side; up to 1 something is missing.",
        left=Named("J_1", (z,)),
    )
    slope = cases((-y, y * z <= 1), otherwise=0)
    gradient = story.step(
        slope,
        DerivativeOf(loss, z, at_corner=-y),
        "Where something is missing the slope is −y, beyond the margin 0; on the margin itself, where both would do, "
        "it is taken to be −y.",
    )
    story.ends_in(LossForm("hinge", (z,), y, loss, (gradient,), convention="at y z = 1 the slope is −y"))


@derivation("The focal loss: cross-entropy that looks away from what is easy")
def focal(story: Story) -> None:
    """The cross-entropy of each example is weighed by how far its probability is from right. No likelihood stands
    behind it, as the weight depends on the prediction itself; with γ = 0 it is the cross-entropy.

    Source: Lin et al. (2017), arXiv:1708.02002.
    """
    y, gamma = bit, Letter("gamma", POSITIVE, "how much easy examples are faded out")
    right = Letter("q", SHARE, "the probability that the model gives the right answer")
    definition = story.step(
        -((1 - right) ** gamma) * log(right),
        Definition(known=lambda f: (replaced(f, {gamma: 0}).equals(-log(right)),)),
        "The cross-entropy −log q of the probability that the right answer is given, times a weight that is small "
        "where q is near 1.",
        left=Named("FL", (right, gamma)),
    )
    of_p = story.step(
        cases(
            (-((1 - p) ** gamma) * log(p), y.equals(1)),
            otherwise=-(p**gamma) * log(1 - p),
        ),
        Put(definition, {right: cases((p, y.equals(1)), otherwise=1 - p)}),
        "The probability of the right answer is p for a target of 1, and 1 − p for a target of 0.",
        left=Named("J_1", (p, gamma)),
    )
    of_z = story.step(
        cases(
            (-((1 - sigmoid(z)) ** gamma) * log(sigmoid(z)), y.equals(1)),
            otherwise=-(sigmoid(z) ** gamma) * log(1 - sigmoid(z)),
        ),
        Put(of_p, {p: sigmoid(z)}),
        "The sigmoid makes a probability of the score.",
    )
    s = Letter("s", REAL, "the score for the wrong answer", (1 - 2 * y) * z)
    loss = story.step(
        sigmoid(s) ** gamma * softplus(s),
        Equal(of_z),
        "The probability of the wrong answer is σ(s) with s = z for a target of 0 and s = −z for a target of 1, and "
        "−log of that of the right one is softplus(s).",
        rule="one formula",
    )
    gradient = story.step(
        (1 - 2 * y) * sigmoid(s) ** gamma * (gamma * (1 - sigmoid(s)) * softplus(s) + sigmoid(s)),
        DerivativeOf(loss, z),
        "The product rule: σ′ = σ (1 − σ), and the derivative of the softplus is σ.",
    )
    w = Letter("w", SHARE, "σ(s), with no exponential above 1", exp(minimum(s, 0)) / (1 + exp(-absolute(s))))
    c = Letter("c", POSITIVE, "softplus(s), with no exponential above 1", maximum(s, 0) + log1p(exp(-absolute(s))))
    stable = {sigmoid(s): w, softplus(s): c}
    computed = story.step(
        w**gamma * c,
        Abbreviate(loss, stable),
        "The sigmoid and the softplus get names, and are written with exponentials that are at most 1.",
        rule="stable form",
    )
    slope = story.step(
        (1 - 2 * y) * w**gamma * (gamma * (1 - w) * c + w),
        Abbreviate(gradient, stable),
        "With the same two names in the gradient no exponential in it is larger than 1 either.",
        rule="stable form",
    )
    story.ends_in(LossForm("focal", (z,), y, computed, (slope,), parameters=(gamma,)))
