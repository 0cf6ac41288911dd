"""Every layer beside torch: the same output and the same gradients, in float64, over configurations that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from layers import CASES

torch = pytest.importorskip("torch")
F = torch.nn.functional


def first(x):
    """Channels first, as torch has them."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def pads(layer, sides, size, dilation):
    """Zeros before and after each axis, the last axis first, as `F.pad` wants them."""
    found = []
    steps = getattr(layer, "moves", layer.strides)
    for n, k, s, d in zip(sides, size, steps, dilation, strict=True):
        reach = d * (k - 1)
        same = max((-(-n // s) - 1) * s + reach + 1 - n, 0)
        before, after = {"valid": (0, 0), "full": (reach, reach), "same": (same // 2, same - same // 2)}[layer.padding]
        found = [before, after, *found]
    return found


def activated(layer, y):
    name = type(layer.activation).__name__
    if layer.activation is None:
        return y
    return {
        "ReLU": torch.relu,
        "LeakyReLU": lambda y: F.leaky_relu(y, layer.activation.negative_slope),
        "Sigmoid": torch.sigmoid,
        "Tanh": torch.tanh,
        "Softmax": lambda y: torch.softmax(y, -1),
    }[name](y)


def convolved(layer, x, w):
    slide = F.conv1d if x.ndim == 3 else F.conv2d
    wide = F.pad(first(x), pads(layer, x.shape[1:-1], layer.kernel_size, layer.dilation_rate))
    kernel = w["W"].movedim(-1, 0).movedim(-1, 1)  # (..., C, K) to (K, C, ...)
    y = slide(wide, kernel, w.get("b"), layer.strides, 0, layer.dilation_rate)
    return activated(layer, last(y))


def convolved_by_channel(layer, x, w):
    wide = F.pad(first(x), pads(layer, x.shape[1:-1], layer.kernel_size, layer.dilation_rate))
    kernel = w["W"].permute(2, 3, 0, 1).reshape(-1, 1, *layer.kernel_size)
    y = F.conv2d(wide, kernel, w.get("b"), layer.strides, 0, layer.dilation_rate, groups=x.shape[-1])
    return activated(layer, last(y))


def dense(layer, x, w):
    return activated(layer, F.linear(x, w["W"].T, w.get("b")))


def pooled(layer, x, fill, pool):
    ones = [1] * len(layer.pool_size)
    wide = F.pad(first(x), pads(layer, x.shape[1:-1], layer.pool_size, ones), value=fill)
    return last(pool(wide, layer.pool_size, layer.moves))


def largest(layer, x, w):
    return pooled(layer, x, -torch.inf, F.max_pool1d if x.ndim == 3 else F.max_pool2d)


def mean(layer, x, w):
    """Of those numbers alone that are inside of the image."""
    pool = F.avg_pool1d if x.ndim == 3 else F.avg_pool2d
    return pooled(layer, x, 0.0, pool) / pooled(layer, torch.ones_like(x), 0.0, pool)


def global_largest(layer, x, w):
    pool = F.adaptive_max_pool1d if x.ndim == 3 else F.adaptive_max_pool2d
    return pool(first(x), 1).flatten(1)


def zeros_around(layer, x, w):
    (top, bottom), (left, right) = layer.padding
    return last(F.pad(first(x), (left, right, top, bottom)))


TORCH = {
    "Add": lambda layer, *x: sum(x[:-1]),
    "AvgPool1D": mean,
    "AvgPool2D": mean,
    "Concatenate": lambda layer, *x: torch.cat(x[:-1], layer.axis),
    "Conv1D": convolved,
    "Conv2D": convolved,
    "Dense": dense,
    "DepthwiseConv2D": convolved_by_channel,
    "Embedding": lambda layer, x, w: F.embedding(x, w["W"]),
    "Flatten": lambda layer, x, w: x.flatten(1),
    "GlobalAvgPool1D": lambda layer, x, w: F.adaptive_avg_pool1d(first(x), 1).flatten(1),
    "GlobalAvgPool2D": lambda layer, x, w: F.adaptive_avg_pool2d(first(x), 1).flatten(1),
    "GlobalMaxPool1D": global_largest,
    "GlobalMaxPool2D": global_largest,
    "LeakyReLU": lambda layer, x, w: F.leaky_relu(x, layer.negative_slope),
    "MaxPool1D": largest,
    "MaxPool2D": largest,
    "ReLU": lambda layer, x, w: torch.relu(x),
    "Reshape": lambda layer, x, w: x.reshape(len(x), *layer.target_shape),
    "Sigmoid": lambda layer, x, w: torch.sigmoid(x),
    "Softmax": lambda layer, x, w: torch.softmax(x, -1),
    "Tanh": lambda layer, x, w: torch.tanh(x),
    "ZeroPadding2D": zeros_around,
}
"""Each layer in torch's words: of the layer, the inputs and the weights by name."""


ELSEWHERE = {"Dropout", "BatchNorm", "LayerNorm", "LocalResponseNorm"}
"""What draws its own numbers, and the normalizations, which have tests of their own beside torch."""


def test_every_layer_is_compared():
    assert set(CASES) - set(TORCH) <= ELSEWHERE
    assert set(TORCH) <= set(CASES)


@pytest.mark.parametrize("name", sorted(TORCH))
def test_a_layer_is_that_of_torch(name):
    @examples(80)
    @given(CASES[name], st.integers(0, 2**32 - 1), st.booleans())
    def law(case, seed, whole):
        rng = np.random.default_rng(seed)
        layer = case.built(rng)
        x = case.inputs(rng, 2)
        if whole:  # many numbers are equal, and many are 0
            x = [np.round(a).astype(a.dtype) for a in x]
        y, backward = layer.forward(*x, training=True)
        dy = rng.normal(size=y.shape)
        layer.void.update(layer.gradients)
        found = backward(dy)
        inputs = [torch.tensor(a, requires_grad=not case.tokens) for a in x]
        weights = {name: torch.tensor(array, requires_grad=True) for name, array in layer.arrays.items()}
        theirs = TORCH[name](layer, *inputs, weights)
        np.testing.assert_allclose(y, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)
        theirs.backward(torch.tensor(dy))
        if not case.tokens:
            for dx, tensor in zip(found if isinstance(found, tuple) else (found,), inputs, strict=True):
                np.testing.assert_allclose(dx, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)
        for weight, tensor in weights.items():
            np.testing.assert_allclose(layer.gradient(weight), tensor.grad.numpy(), rtol=1e-10, atol=1e-10)

    law()
