"""Normalization: against differences, torch and the library's moving average, and float32 against float64."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz.averages import ewma
from optiviz.nn import BatchNorm, Conv2D, Dense, Flatten, Input, LayerNorm, LocalResponseNorm, Model, ReLU
from optiviz.nn.memory import Planned, Scratch

RNG = np.random.default_rng(0)
BATCHES = [(1, 3), (6, 1), (40, 600), (5, 7, 4), (3, 4, 5, 2), (2, 32, 32, 16), (7, 33, 31, 8)]
SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple)


def built(layer, channels, dtype=np.float64):
    """A layer with weights that are not those that it begins with."""
    layer.build((channels,), dtype=dtype)
    for name in layer.gradients:
        setattr(layer, name, np.random.default_rng(1).normal(size=channels) + 1)
    return layer


def normalizations(draw):
    epsilon = draw(st.floats(1e-3, 1))
    return draw(
        st.sampled_from(
            [
                BatchNorm(epsilon=epsilon),
                LayerNorm(epsilon),
                LocalResponseNorm(draw(st.sampled_from([1, 3, 5])), epsilon, draw(st.floats(0.2, 2)), 0.5 + epsilon),
            ]
        )
    )


def differences(f, x, h=1e-6):
    """The derivative of a number f(x) by central differences; x is changed and put back."""
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + h
        above = f()
        x[place] = kept - h
        slopes[place] = (above - f()) / (2 * h)
        x[place] = kept
    return slopes


@examples(80)
@given(st.data(), SHAPES, st.booleans(), st.integers(0, 2**31))
def test_the_derivative_is_that_of_the_formula(data, shape, training, seed):
    rng = np.random.default_rng(seed)
    layer = built(normalizations(data.draw), shape[-1])
    x, dy = rng.normal(size=shape), rng.normal(size=shape)
    layer.forward(rng.normal(size=shape), training=True)
    _, backward = layer.forward(x, training=training)
    dx = backward(dy.copy())

    def loss():
        return np.sum(dy * layer.forward(x, training=training)[0])

    np.testing.assert_allclose(dx, differences(loss, x), rtol=1e-6, atol=2e-7)
    for name, gradient in layer.gradients.items():
        np.testing.assert_allclose(gradient, differences(loss, layer.arrays[name]), rtol=1e-6, atol=2e-7)


# torch, in float64
def in_torch(x, dy, function, *weights):
    torch = pytest.importorskip("torch")
    channels_first = lambda a: torch.tensor(np.moveaxis(a, -1, 1).copy())  # noqa: E731
    x_torch = channels_first(x).requires_grad_()
    given = [torch.tensor(np.array(w), requires_grad=True) for w in weights]
    y = function(torch, x_torch, *given)
    y.backward(channels_first(dy))
    back = lambda a: np.moveaxis(a.detach().numpy(), 1, -1)  # noqa: E731
    return back(y), back(x_torch.grad), *(w.grad.numpy() for w in given)


def near(ours, theirs, rtol=1e-10):
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * max(1.0, np.abs(theirs).max()))


@pytest.mark.parametrize("shape", [(6, 1), (40, 600), (5, 7, 4), (3, 4, 5, 2), (2, 32, 32, 16)], ids=str)
def test_batch_normalization_is_torchs(shape):
    layer = built(BatchNorm(momentum=0.8, epsilon=0.01), shape[-1])
    n = np.prod(shape[:-1])
    batches = [RNG.normal(3, 2, shape) for _ in range(4)]
    slots = [np.zeros(shape[-1])] * 2  # begun at 0, the second at 0 and not 1, so that torch's average is the slot
    for x in batches:
        dy = RNG.normal(size=shape)
        y, backward = layer.forward(x, training=True)
        dx = backward(dy)

        def function(torch, x_torch, gamma, beta, kept=slots):
            kept[:] = [torch.tensor(np.asarray(slot)) for slot in kept]
            return torch.nn.functional.batch_norm(x_torch, *kept, gamma, beta, True, 1 - 0.8, 0.01)

        theirs = in_torch(x, dy, function, layer.gamma, layer.beta)
        for a, b in zip((y, dx, layer.dgamma, layer.dbeta), theirs, strict=True):
            near(a, b)
        layer.void.update(layer.gradients)
    mean_y, variance_y = (np.asarray(slot) for slot in slots)
    near(layer.mean_y, mean_y)
    near(layer.variance_y, variance_y * (n - 1) / n)
    share = 1 - 0.8 ** len(batches)
    x, dy = batches[0], RNG.normal(size=shape)
    y, backward = layer.forward(x)
    dx = backward(dy)

    def function(torch, x_torch, gamma, beta):
        averages = [torch.tensor(a / share) for a in (mean_y, variance_y * (n - 1) / n)]
        return torch.nn.functional.batch_norm(x_torch, *averages, gamma, beta, False, 0, 0.01)

    for a, b in zip(
        (y, dx, layer.dgamma, layer.dbeta), in_torch(x, dy, function, layer.gamma, layer.beta), strict=True
    ):
        near(a, b)


@pytest.mark.parametrize("shape", BATCHES, ids=str)
def test_layer_normalization_is_torchs(shape):
    layer = built(LayerNorm(0.01), shape[-1])
    x, dy = RNG.normal(3, 2, shape), RNG.normal(size=shape)
    y, backward = layer.forward(x, training=True)
    dx = backward(dy)

    def function(torch, x_torch, gamma, beta):
        y = torch.nn.functional.layer_norm(x_torch.movedim(1, -1), (shape[-1],), gamma, beta, 0.01)
        return y.movedim(-1, 1)

    for a, b in zip(
        (y, dx, layer.dgamma, layer.dbeta), in_torch(x, dy, function, layer.gamma, layer.beta), strict=True
    ):
        near(a, b)


@pytest.mark.parametrize("size", [1, 3, 5, 11])
def test_torch_divides_alpha_by_the_size(size):
    layer = LocalResponseNorm(size, alpha=0.3 / size, beta=0.75, k=2.0)
    x, dy = RNG.normal(0, 2, (3, 4, 5, 7)), RNG.normal(size=(3, 4, 5, 7))
    y, backward = layer.forward(x, training=True)

    def function(torch, x_torch):
        return torch.nn.functional.local_response_norm(x_torch, size, alpha=0.3, beta=0.75, k=2.0)

    for a, b in zip((y, backward(dy)), in_torch(x, dy, function), strict=True):
        near(a, b)


# What normal means
@pytest.mark.parametrize("shape", BATCHES, ids=str)
def test_a_batch_has_mean_beta_and_variance_gamma_squared(shape):
    layer = built(BatchNorm(epsilon=1e-12), shape[-1])
    y, _ = layer.forward(RNG.normal(3, 2, shape), training=True)
    axes = tuple(range(len(shape) - 1))
    near(y.mean(axes), layer.beta)
    near(y.var(axes), layer.gamma**2 if np.prod(shape[:-1]) > 1 else 0 * layer.gamma, rtol=1e-9)


def test_a_batch_of_one_is_beta_and_has_no_slope():
    layer = built(BatchNorm(), 3)
    y, backward = layer.forward(np.array([[5.0, -1e4, 0.0]]), training=True)
    np.testing.assert_array_equal(y[0], layer.beta)
    np.testing.assert_array_equal(backward(np.array([[1.0, 2.0, 3.0]])), np.zeros((1, 3)))
    np.testing.assert_array_equal([layer.dgamma, layer.dbeta], [np.zeros(3), [1, 2, 3]])


def test_local_responses_are_alexnets():
    """The formula of the paper, number by number."""
    x, n, k, alpha, beta = RNG.normal(0, 20, (2, 3, 9)), 5, 2.0, 1e-4, 0.75
    wanted = np.empty_like(x)
    for i in range(9):
        around = x[..., max(0, i - n // 2) : min(8, i + n // 2) + 1]
        wanted[..., i] = x[..., i] / (k + alpha * np.sum(around**2, axis=-1)) ** beta
    np.testing.assert_allclose(LocalResponseNorm(n, alpha, beta, k)(x), wanted, rtol=1e-14)


# The moving averages
@examples(40)
@given(st.sampled_from([0.0, 0.5, 0.9, 0.99]), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**31))
def test_inference_has_the_moving_averages_of_the_library(momentum, count, size, seed):
    rng = np.random.default_rng(seed)
    layer = built(BatchNorm(momentum), 3)
    batches = rng.normal(3, 2, (count, size, 3))
    for x in batches:
        layer.forward(x, training=True)
    average = ewma(beta=momentum)
    mean, variance = average.over(batches.mean(1))[-1], average.over(batches.var(1))[-1]
    near(layer.averages[0], mean, 1e-12)
    near(layer.averages[1], variance, 1e-12)
    assert layer.t == count
    x = rng.normal(size=(4, 3))
    near(layer(x), layer.gamma * (x - mean) / np.sqrt(variance + layer.epsilon) + layer.beta, 1e-12)


def test_after_one_batch_inference_is_what_training_was():
    layer, x = built(BatchNorm(), 3), RNG.normal(50, 3, (8, 3))
    y, _ = layer.forward(x, training=True)
    near(layer(x), y, 1e-12)


def test_before_training_the_mean_is_0_and_the_variance_1():
    layer, x = BatchNorm(epsilon=1e-9), RNG.normal(size=(4, 3))
    layer.build((3,), dtype=np.float64)
    near(layer(x), x, 1e-8)
    assert layer.t == 0, "inference counts nothing"


# float32
@pytest.mark.parametrize("mean", [0.0, 1e3, -1e4])
@pytest.mark.parametrize("shape", BATCHES[2:], ids=str)
def test_a_large_mean_costs_no_digits(mean, shape):
    """Beside float64, given the same numbers of float32."""
    x, dy = RNG.normal(mean, 0.1, shape).astype(np.float32), RNG.normal(size=shape).astype(np.float32)
    for make in (BatchNorm, LayerNorm):
        found = []
        for dtype in (np.float32, np.float64):
            layer = built(make(epsilon=1e-5), shape[-1], dtype)
            y, backward = layer.forward(x.astype(dtype), training=True)
            found.append([y, backward(dy.astype(dtype)), layer.dgamma, layer.dbeta])
        for ours, truth in zip(*found, strict=True):
            assert ours.dtype == np.float32
            assert np.abs(ours - truth).max() <= 2e-5 * np.abs(truth).max()


def test_an_example_far_from_the_others_costs_few_digits():
    """The first example says where zero is; if it is far off, so is the deviation large that it makes."""
    x = np.full((1000, 2), 1e4, np.float32)
    x[1:] = RNG.normal(0, 1, (999, 2))
    ours, truth = built(BatchNorm(), 2, np.float32), built(BatchNorm(), 2)
    y, z = ours.forward(x, training=True)[0], truth.forward(x.astype(float), training=True)[0]
    assert np.abs(y - z).max() <= 1e-3 * np.abs(z).max()


def test_float32_stays_float32():
    for layer in (BatchNorm(), LayerNorm(), LocalResponseNorm()):
        built(layer, 3, np.float32)
        for training in (False, True):
            y, backward = layer.forward(np.ones((2, 4, 3), np.float32), training=training)
            assert y.dtype == backward(y).dtype == np.float32


# In a network
def two_threads(layer):
    memory = Planned(Scratch(), Scratch(), Scratch())
    memory.shares = 2
    return layer.twin(memory)


@pytest.mark.parametrize("shape", BATCHES, ids=str)
def test_threads_differ_by_rounding_and_not_from_run_to_run(shape):
    x, dy = RNG.normal(3, 2, shape), RNG.normal(size=shape)
    one = built(BatchNorm(), shape[-1])
    y, backward = one.forward(x, training=True)
    alone = [y, backward(dy), one.dgamma, one.dbeta]
    runs = []
    for _ in range(2):
        layer = two_threads(built(BatchNorm(), shape[-1]))
        y, backward = layer.forward(x, training=True)
        runs.append([y, backward(dy), layer.dgamma, layer.dbeta])
    for a, b, c in zip(alone, *runs, strict=True):
        assert b.tobytes() == c.tobytes()
        near(b, a, 1e-12)


def network(fuse, threads=1):
    i = Input(shape=(9, 8, 2))
    x = ReLU()(BatchNorm(0.9)(Conv2D(6, 3, padding="same")(i)))
    x = LocalResponseNorm(3, 0.1)(BatchNorm(0.5)(ReLU()(Conv2D(4, 3)(x))))
    x = LayerNorm()(Dense(5)(Flatten()(BatchNorm()(x))))
    return Model(i, BatchNorm()(x), dtype=np.float64, fuse=fuse, threads=threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_planned_is_readable(threads, monkeypatch):
    monkeypatch.setattr("optiviz.nn.plan.LITTLE", 1)
    monkeypatch.setattr("optiviz.nn.plan.BLOCK", 2000)
    monkeypatch.setattr("optiviz.nn.kernels.moments.BLOCK", 64)
    readable, planned = network(False), network(True, threads)
    for n in (7, 1, 7):
        x, dy = RNG.normal(size=(n, 9, 8, 2)), RNG.normal(size=(n, 5))
        for training in (True, False):
            (y, back), (z, through) = (model.forward(x, training=training) for model in (readable, planned))
            near(z, y, 1e-12)
            if training:
                back(dy)
                through(dy)
                near(planned.grad, readable.grad, 1e-12)
        near(planned.statistics, readable.statistics, 1e-12)
    assert planned.statistics.max() > 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BatchNorm(momentum=1.0), "from 0 to below 1"),
        (lambda: BatchNorm(momentum=-0.1), "from 0 to below 1"),
        (lambda: BatchNorm(epsilon=0), "above 0"),
        (lambda: LayerNorm(epsilon=-1e-3), "above 0"),
        (lambda: LocalResponseNorm(size=4), "odd number.*write 5"),
        (lambda: LocalResponseNorm(size=0), "whole number from 1"),
        (lambda: LocalResponseNorm(k=0), "above 0"),
        (lambda: BatchNorm().output_shape(()), r"\(N, ..., C\)"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
