"""Every optimizer of the course trains a convolutional network on drawn figures: the loss falls by half."""

from __future__ import annotations

import numpy as np
import pytest

from optiviz import gd
from optiviz.data import scaled, shapes
from optiviz.nn import BatchNorm, Conv2D, Dense, Flatten, Input, MaxPool2D, Sequential
from optiviz.optimizers import Optimizer

RATES = {
    "gd": 0.3,
    "sgd": 0.1,
    "momentum": 0.01,
    "nesterov": 0.01,
    "adagrad": 0.01,
    "rmsprop": 0.002,
    "adam": 0.003,
    "adam_uncorrected": 0.003,
}
"""What suits a network of that size. gd sees all examples in each step."""

COURSE = [
    rule.name
    for rule in Optimizer.registry.values()
    if rule.function.__module__ == "optiviz.optimizers.course" and "." not in rule.name
]


def small_cnn(size):
    """Two convolutions, a few thousand weights."""
    return Sequential(
        [
            Input((size, size, 1)),
            Conv2D(8, 3, padding="same", activation="relu"),
            BatchNorm(),
            MaxPool2D(2),
            Conv2D(16, 3, padding="same", activation="relu"),
            BatchNorm(),
            MaxPool2D(2),
            Flatten(),
            Dense(10, "softmax"),
        ],
        threads=1,
    )


def trained(name, examples, size, epochs):
    """The loss of each batch, and the accuracy on what was not trained on."""
    made = shapes(examples, 200, size)
    (x, y), (x_test, y_test) = made.train, made.test
    rule, model = Optimizer.registry[name](lr=RATES[name]), small_cnn(size)
    whole = name == gd.name
    options = {"epochs": 4 * epochs, "batch_size": examples} if whole else {"epochs": epochs, "batch_size": 32}
    history = model.fit(scaled(x), y, "sparse_cce", rule, progress=False, **options)
    return history.step_loss, model.evaluate(scaled(x_test), y_test, "sparse_cce").accuracy


def test_the_course_has_these_optimizers():
    assert set(COURSE) == set(RATES)


@pytest.mark.parametrize("name", COURSE)
def test_each_halves_its_loss_on_figures(name):
    losses, _ = trained(name, 320, 16, 5)
    few = max(1, len(losses) // 10)
    assert small_cnn(16).theta.size < 5000
    assert np.mean(losses[-few:]) < 0.5 * losses[0]


@pytest.mark.proof
@pytest.mark.parametrize("name", COURSE)
def test_each_knows_new_figures(name):
    """Of gd the loss alone is told: after 40 updates the running averages of batch normalization lag behind."""
    losses, accuracy = trained(name, 1000, 20, 10)
    assert np.mean(losses[-5:]) < 0.5 * losses[0] and (accuracy > 0.7 or name == "gd")
