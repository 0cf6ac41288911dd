"""Why a sigmoid is trained with the cross-entropy and not with the squared error."""

from __future__ import annotations

from optiviz.derive.checks import Definition, DerivativeOf, Equal, Put
from optiviz.derive.conditions import Equivalent
from optiviz.derive.derivation import Story, derivation, derive
from optiviz.derive.functions import exp, number, sigmoid, softplus
from optiviz.derive.letters import chance, y, z
from optiviz.derive.rewriting import replaced
from optiviz.derive.written import Named


@derivation("The squared error of a sigmoid is not convex, the cross-entropy is")
def sigmoid_convexity(story: Story) -> None:
    """Where the model is sure and wrong the squared error bends the wrong way and goes flat; cross-entropy does not.

    Source: Solla, Levin and Fleisher (1988), Complex Systems 2, 625-640.
    """
    squared = derive("mse").loss
    entropy = derive("bce").loss
    assert squared is not None and entropy is not None
    link = story.step(
        1 / (1 + exp(-z)),
        Definition(known=lambda s: ((s + replaced(s, {z: -z})).equals(1),)),
        "The sigmoid σ makes a probability of any score; the opposite score gets the rest up to 1.",
        left=sigmoid(z),
    )
    story.step(
        sigmoid(z) * (1 - sigmoid(z)),
        DerivativeOf(link, z, sign=">"),
        "Its slope is steepest at 0 and vanishes on both sides.",
    )
    error = story.step(
        (sigmoid(z) - chance) ** 2,
        Put(squared.loss, {z: sigmoid(z), y: chance}),
        "The squared error, of the probability that the sigmoid makes of the score.",
        left=Named("J_1", (z, chance)),
    )
    story.step(
        2 * (sigmoid(z) - chance) * sigmoid(z) * (1 - sigmoid(z)),
        DerivativeOf(error, z),
        "The chain rule multiplies the error by the slope of the sigmoid, so it vanishes where the model is sure, even "
        "if it is wrong.",
    )
    of_a_one = story.step(
        (sigmoid(z) - 1) ** 2,
        Put(error, {chance: number(1)}),
        "Take an example whose right answer is 1; for 0 everything is mirrored.",
    )
    slope = story.step(
        -(2 * sigmoid(z) * (1 - sigmoid(z)) ** 2),
        DerivativeOf(of_a_one, z),
        "The slope is negative, as it should be, but it goes to zero where σ(z) does, where the model is most wrong.",
    )
    bend = story.step(
        2 * sigmoid(z) * (1 - sigmoid(z)) ** 2 * (3 * sigmoid(z) - 1),
        DerivativeOf(slope, z),
        "The product rule, with the slope of the sigmoid each time.",
    )
    story.step(
        sigmoid(z) < number(1) / 3,
        Equivalent(bend, "<"),
        "The other factors are positive: the loss bends the wrong way wherever the model gives the right answer a "
        "probability below one third.",
    )
    cross_entropy = story.step(
        softplus(z) - chance * z,
        Equal(entropy.loss),
        "The cross-entropy of the same probability, as `bce` derives it.",
        left=Named("J_2", (z, chance)),
        rule="cross-entropy",
    )
    gradient = story.step(
        sigmoid(z) - chance,
        DerivativeOf(cross_entropy, z),
        "The slope of the sigmoid, which made the squared error flat, has cancelled: an error is felt in full.",
    )
    story.step(
        sigmoid(z) * (1 - sigmoid(z)),
        DerivativeOf(gradient, z, sign=">"),
        "Its second derivative is positive for every score and every target: the cross-entropy is convex.",
        rule="second-derivative test",
    )
