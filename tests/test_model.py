"""A model as a whole: its buffers, copies of it, and what it refuses to be made of."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from optiviz import gd, losses
from optiviz.nn import BatchNorm, Dense, Dropout, Embedding, Flatten, Input, Model, ReLU, Reshape, Sequential

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
Y = np.arange(6) % 2


def model(**options) -> Model:
    i, twice = Input((4,)), Dense(4, "relu")
    return Model(i, Dense(2, "softmax")(BatchNorm()(twice(Dropout(0.2)(twice(i))))), rng=1, **options)


def trained(network: Model) -> Model:
    network.fit(X, Y, loss=losses.sparse_cce, optimizer=gd(lr=0.1), epochs=2, batch_size=4, progress=False)
    return network


# Buffers
def test_layers_have_views_of_theta():
    network = model()
    network.theta = np.arange(len(network.theta))
    network.layers[0].b = 7 * np.ones(4)
    assert network.layers[0].W.ravel().tolist() == list(range(16)) and np.all(network.theta[16:20] == 7)
    network.theta = network.theta - 1
    assert network.layers[0].W[0, 0] == -1
    network.theta += 1
    assert network.layers[0].W[0, 0] == 0


@pytest.mark.parametrize("name", ["theta", "grad", "statistics"])
def test_a_buffer_keeps_its_size(name):
    network = model()
    size = len(getattr(network, name))
    with pytest.raises(ValueError, match=rf"{name} of this model has the shape \({size},\), not \(3,\)"):
        setattr(network, name, np.ones(3))


# Copies
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("options", [{}, {"fuse": False, "dtype": np.float64}], ids=["planned", "readable"])
def test_a_copy_has_weights_of_its_own(copied, options):
    network = trained(model(**options))
    said = network.predict(X)
    other = copied(network)
    assert type(other) is type(network) and other.dtype == network.dtype and other.fuse == network.fuse
    assert [*map(repr, other.layers)] == [*map(repr, network.layers)]
    assert not {*map(id, other.layers)} & {*map(id, network.layers)}
    np.testing.assert_array_equal(other.predict(X), said)
    first = np.array(other.theta)
    trained(other)
    assert np.any(other.theta != first) and np.any(other.predict(X) != said)
    np.testing.assert_array_equal(network.predict(X), said)
    trained(network)
    np.testing.assert_array_equal(other.theta, network.theta)
    np.testing.assert_array_equal(other.statistics, network.statistics)


def test_a_deep_network_is_copied_too():
    network = Sequential([Input((1,)), *(ReLU() for _ in range(600)), Dense(1)])
    assert copy.deepcopy(network).predict(np.ones((1, 1))) == network.predict(np.ones((1, 1)))


# Changes after it has been made
def test_threads_and_planning_may_be_changed():
    network, x = model(dtype=np.float64, threads=1), X.astype(np.float64)
    found = []
    for threads, fuse in ((1, True), (2, True), (1, False)):
        network.threads, network.fuse = threads, fuse
        found.append(network.value_and_grad(x, Y, losses.sparse_cce, np.random.default_rng(0))[1].copy())
    assert {len(plan.scratch) for plan in network._plans.values()} == {1, 2}
    for gradient in found[1:]:
        np.testing.assert_allclose(gradient, found[0], atol=1e-14)


# What is refused
def sized() -> Dense:
    layer = Dense(2)
    layer.build((5,))
    return layer


def mixed() -> Model:
    i = Input((4,))
    return Model(i, [Embedding(5, 2)(i), Dense(2)(i)])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: model(threads=0), ValueError, "threads is a whole number from 1, not 0"),
        (lambda: model(threads="2"), TypeError, "threads is a whole number from 1, not '2'"),
        (lambda: model(dtype=int), ValueError, "float32 to train, or float64 to check, not <class 'int'>"),
        (lambda: model(dtype="flaot32"), ValueError, "float32 to train, or float64 to check, not 'flaot32'"),
        (lambda: Sequential([]), ValueError, "begins with the shape of its input"),
        (lambda: Sequential([Input((4,)), "relu"]), TypeError, "an Input and then layers, not 'relu'"),
        (lambda: Sequential([Input((3,)), sized()]), ValueError, "built for inputs of another shape than here"),
        (lambda: Model(Input((3,)), Dense(2)(Input((3,)))), ValueError, "not among the inputs; write Model"),
        (lambda: Model(Input((3,)), 3), TypeError, "from inputs to outputs that are made of them, not to 3"),
        (
            lambda: Sequential([Input((4,)), Reshape((2, 2)), Embedding(5, 2)]),
            ValueError,
            r"tokens come from an Input as they are, and not out of Reshape\(\(2, 2\)\)",
        ),
        (mixed, ValueError, r"Dense\(2\) reads an Input of tokens"),
    ],
)
def test_what_cannot_be_a_model(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("fuse", [True, False])
def test_gradients_of_other_shapes_are_refused(fuse):
    i = Input((4,))
    network = Model(i, [Dense(2)(i), Flatten()(Dense(3)(i))], fuse=fuse)
    for dy, words in (
        ([np.ones((6, 2))], "a gradient for each of 2 outputs, or None, not 1"),
        ([np.ones((6, 2)), 1.0], r"an output of shape \(6, 3\) has that shape, not \(\)"),
    ):
        _, back = network.forward(X, training=True)
        with pytest.raises(ValueError, match=words):
            back(dy)
    _, back = network.forward(X, training=True)
    back([[[1, 2]] * 6, None])
    assert network.layers[0].db.tolist() == [6, 12]


@pytest.mark.parametrize("fuse", [True, False])
def test_no_way_back_once_another_model_has_used_the_layers(fuse):
    """The gradients would go to where nobody looks any more."""
    base = Sequential([Input((4,)), Dense(3, "relu")])
    network = Sequential([Input((4,)), base, Dense(2)], fuse=fuse)
    _, back = network.forward(X, training=True)
    base.predict(X)
    with pytest.raises(RuntimeError, match="another model has used the same layers since"):
        back(np.ones((6, 2)))
    _, back = network.forward(X, training=True)
    back(np.ones((6, 2)))
    assert network.layers[0].dW.any()
