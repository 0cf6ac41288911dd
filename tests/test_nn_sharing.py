"""Layers in several models, and models in models: the same weights, whoever was used last."""

import numpy as np
import pytest

from optiviz import adam, descend, losses
from optiviz.nn import Add, BatchNorm, Conv2D, Dense, Flatten, Input, Model, Sequential

X = np.random.default_rng(0).normal(size=(12, 6, 6, 1)).astype(np.float32)
Y = np.arange(12) % 3


def network():
    """A network, and what it makes between."""
    i = Input(shape=(6, 6, 1))
    between = BatchNorm()(Conv2D(4, 3, activation="relu")(i))
    return i, between, Dense(3, "softmax")(Flatten()(between))


def test_a_graph_may_become_a_model_again():
    i, _, out = network()
    one, two = Model(i, out), Model(i, out)
    assert np.array_equal(one.predict(X), two.predict(X))
    one.fit(X, Y, loss="sparse_cce", optimizer="adam", epochs=3)
    assert np.array_equal(two.predict(X), one.predict(X))
    two.theta[...] += 0.1
    changed = two.predict(X)
    assert np.array_equal(one.predict(X), changed)


def test_what_a_model_makes_between_can_be_looked_at_while_it_trains():
    i, between, out = network()
    model, features = Model(i, out), Model(i, between)
    seen = []

    def look(epoch):
        seen.append(features.predict(X))
        assert np.array_equal(seen[-1], model.trace(X, training=False)["batch_norm"].y)

    history = model.fit(X, Y, loss="sparse_cce", optimizer=adam(lr=0.01), epochs=4, callbacks=look)
    alone = Model(*network()[::2])
    quiet = alone.fit(X, Y, loss="sparse_cce", optimizer=adam(lr=0.01), epochs=4)
    assert np.array_equal(history.step_loss, quiet.step_loss) and np.array_equal(model.theta, alone.theta)
    assert not np.array_equal(seen[0], seen[-1])


def test_learnt_layers_go_on_under_a_new_end():
    i, between, out = network()
    old = Model(i, out)
    old.fit(X, Y, loss="sparse_cce", optimizer="adam")
    learnt = old.layers[0].W.copy()
    new = Model(i, Dense(1)(Flatten()(between)))
    assert np.array_equal(new.layers[0].W, learnt)
    new.fit(X, X[:, 0, 0, 0], loss="mse", optimizer="adam")
    assert not np.array_equal(old.layers[0].W, learnt)
    assert np.shares_memory(old.theta, old.layers[0].W) and not np.shares_memory(new.theta, old.theta)
    new.layers[0].W = 7.0 + np.zeros_like(learnt)
    assert (new.theta == 7).sum() >= learnt.size


def test_theta_in_the_hands_of_a_loop_stays_that_of_the_model():
    i, between, out = network()
    model, features = Model(i, out), Model(i, between)
    theta = model.theta
    for _ in descend(model.objective(losses.sparse_cce), adam(lr=0.01), theta, [(X, Y)] * 5):
        features.predict(X)
    assert model.theta is theta and np.array_equal(Model(i, out).predict(X), model.predict(X))


def test_a_model_is_a_layer_of_another_graph():
    base = Sequential([Input(shape=(6, 6, 1)), Conv2D(2, 3, activation="relu"), Flatten()])
    a, b = Input(shape=(6, 6, 1)), Input(shape=(6, 6, 1))
    twins = Model([a, b], Add()([base(a), base(b)]))
    assert twins.theta.size == base.theta.size
    np.testing.assert_allclose(twins.predict([X, X]), 2 * base.predict(X), rtol=1e-6)
    stacked = Sequential([Input(shape=(6, 6, 1)), base, Dense(3)])
    assert [type(layer).__name__ for layer in stacked.layers] == ["Conv2D", "ReLU", "Flatten", "Dense"]
    assert np.array_equal(base(X), base.predict(X))
    several = Model(a, [base(a), Dense(1)(base(a))])
    first, second = several(Input(shape=(6, 6, 1)))
    assert (first.shape, second.shape) == ((32,), (1,))


def test_what_does_not_fit_is_refused():
    base = Sequential([Input(shape=(4,)), Dense(3)])
    with pytest.raises(ValueError, match=r"takes inputs of shape \(4,\), not \(5,\)"):
        base(Input(shape=(5,)))
    with pytest.raises(ValueError, match="the model takes 1 inputs, not 2"):
        base(Input(shape=(4,)), Input(shape=(4,)))
    i = Input(shape=(4,))
    with pytest.raises(ValueError, match="weights of another dtype than float64"):
        Model(i, base(i), dtype=float)
    shared = Dense(3)
    Model(i := Input(shape=(4,)), shared(i))
    with pytest.raises(ValueError, match="was built for inputs of another shape"):
        Model(i := Input(shape=(5,)), shared(i))


def test_a_model_says_what_it_is():
    assert repr(Sequential([Input(shape=(4,)), Dense(3)])) == "<Sequential of 1 layers, (4,) to (3,), 15 weights>"
