"""The experiments, in the order of a lesson: from what a convolution is to what helps where examples are few."""

from __future__ import annotations

from optiviz.data.augment import flip, shift
from optiviz.optimizers import adam, sgd
from optiviz.trials.contest import Variant
from optiviz.trials.experiments import networks
from optiviz.trials.experiments.experiment import experiment
from optiviz.trials.experiments.figures import SIZES, figures, figures_of, network, network_for, squeezed


@experiment(
    "Figures anywhere in the image, and two networks of 19 thousand weights each, one dense, one of convolutions: "
    "which learns to tell the figures?",
    "A figure may be anywhere. The dense network would have to see each at each place to know it there; a convolution "
    "that has learnt an edge or a corner at one place knows it at all places, for its weights are the same.",
    examples=2000,
    epochs=6,
)
def sharing(examples: int, test: int) -> list[Variant]:
    """With as many weights, convolutions learn what a dense network cannot."""
    train, held = figures(examples, test)
    return [
        Variant("dense", network(networks.dense), adam(lr=0.003), train, held),
        Variant("convolution", network(networks.convolutional), adam(lr=0.003), train, held),
    ]


@experiment(
    "A network makes its image smaller by looking at every second place, or by looking at all and keeping the "
    "strongest of each four. It has the same number of weights either way: what does pooling bring, and what does it "
    "cost?",
    "Pooling looks at all places before it throws three of four away, which costs about four times the work. It keeps "
    "what answers most, wherever of the four that is; a stride never sees what lies between.",
    examples=2000,
    epochs=6,
)
def pooling(examples: int, test: int) -> list[Variant]:
    """Max pooling tells figures better than strides do, with the same number of weights and more work."""
    train, held = figures(examples, test)
    return [
        Variant("strides", network(networks.strided), adam(lr=0.003), train, held),
        Variant("max pooling", network(networks.pooled), adam(lr=0.003), train, held),
    ]


@experiment(
    "Images of 28 by 28, 28 by 56 and 56 by 28 pixels. A network that ends in Flatten takes one size, so all are "
    "squeezed into 28 by 28; one that ends in global pooling takes them as they are. What does squeezing do to a "
    "square?",
    "Squeezed, a square becomes a bar and a circle an egg, and each figure is to be known in three forms. The "
    "strongest answer over all places is one number for each filter, whatever the size of the image.",
    examples=500,
    epochs=6,
    test=500,
)
def any_size(examples: int, test: int) -> list[Variant]:
    """Global pooling takes images of any size as they are, which Flatten wants squeezed into one."""
    train, held = figures_of(SIZES, examples, test)
    square = SIZES[:1] * len(SIZES)
    flattening, pooling = network_for(square, networks.flattened), network_for(SIZES, networks.gathered)
    return [
        Variant("flatten, squeezed", flattening, adam(lr=0.003), squeezed(train), squeezed(held)),
        Variant("global pooling", pooling, adam(lr=0.003), train, held),
    ]


@experiment(
    "Six convolutions, trained by plain sgd with one and the same learning rate, without and with batch normalization: "
    "which is ahead after three epochs, and by how much?",
    "Batch normalization gives every layer inputs of the same size, whatever the weights before it are, so that the "
    "gradient neither fades nor grows on its way through six layers, and the same learning rate suits them all.",
    examples=1000,
    epochs=3,
)
def batch_norm(examples: int, test: int) -> list[Variant]:
    """With batch normalization a deep network learns sooner."""
    train, held = figures(examples, test)
    return [
        Variant("without", network(networks.plain), sgd(lr=0.03), train, held),
        Variant("batch normalization", network(networks.normalized), sgd(lr=0.03), train, held),
    ]


@experiment(
    "A network with many weights knows a few examples by heart. If half of its units, others each time, are left out "
    "in training: does it know less by heart, and more of what it has not seen?",
    "With dropout no unit can rely on others to be there, so that what it knows must be of use by itself: less is "
    "known by heart, and what is learnt holds for new images, too.",
    examples=500,
    epochs=40,
)
def dropout(examples: int, test: int) -> list[Variant]:
    """With dropout less is known by heart, and more of what has not been seen."""
    train, held = figures(examples, test)
    return [
        Variant("without", network(networks.whole), adam(lr=0.002), train, held),
        Variant("dropout", network(networks.thinned), adam(lr=0.002), train, held),
    ]


@experiment(
    "The same few images, in one training as they are, in the other shifted and mirrored at random each time: which "
    "network knows these images better, and which one new images?",
    "Shifted and mirrored, no image is twice the same, so that none can be known by heart; and a figure is seen at "
    "many more places than it was drawn at.",
    examples=500,
    epochs=25,
)
def augmentation(examples: int, test: int) -> list[Variant]:
    """Augmentation makes more of few images."""
    train, held = figures(examples, test)
    changed = shift(by=0.15, fill="reflect") >> flip
    return [
        Variant("as they are", network(networks.whole), adam(lr=0.002), train, held),
        Variant("augmented", network(networks.whole), adam(lr=0.002), train, held, augment=changed),
    ]
