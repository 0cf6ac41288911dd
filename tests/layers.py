"""The layers as tests draw them: for each class a strategy that draws a layer and the shapes of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from optiviz import nn
from optiviz.nn.layer import LAYERS, Layer

ACTIVATIONS = [None, "relu", "leaky_relu", "sigmoid", "tanh", "softmax"]

small = st.integers(1, 4)


class Case(NamedTuple):
    """A layer, the shapes of its inputs, and how many tokens it knows, if it takes tokens."""

    layer: Layer
    shapes: tuple[tuple[int, ...], ...]
    tokens: int = 0

    def inputs(self, rng: np.random.Generator, n: int = 2, dtype: Any = np.float64) -> list[np.ndarray]:
        """Tokens, or numbers that are all different by far more than a step of a numerical derivative, and none 0."""
        if self.tokens:
            return [rng.integers(0, self.tokens, (n, *shape)) for shape in self.shapes]
        made = []
        for shape in self.shapes:
            size = n * int(np.prod(shape))
            made.append(((rng.permutation(size) + 0.3) / size * 4 - 2).reshape(n, *shape).astype(dtype))
        return made

    def built(self, rng: np.random.Generator, dtype: Any = np.float64) -> Layer:
        """The layer with weights, its biases too not 0."""
        self.layer.build(*self.shapes, rng=rng, dtype=dtype)
        for name in self.layer.gradients:
            self.layer.array(name)[...] += rng.normal(0, 0.1, self.layer.array(name).shape)
        return self.layer


@st.composite
def windows(draw: Any, axes: int, *, dilated: bool, paddings: tuple[str, ...]) -> tuple[dict[str, Any], tuple]:
    """Arguments of a window, and sides of an image that has a place for it."""
    padding = draw(st.sampled_from(paddings))
    size, strides, dilation, sides = [], [], [], []
    for _ in range(axes):
        k, d = draw(st.integers(1, 3)), draw(st.integers(1, 2)) if dilated else 1
        reach = (k - 1) * d + 1
        size.append(k)
        strides.append(draw(st.integers(1, 3)))
        dilation.append(d)
        sides.append(draw(st.integers(reach if padding == "valid" else 1, reach + 4)))
    said = {"strides": tuple(strides), "padding": padding}
    if dilated:
        said["dilation_rate"] = tuple(dilation)
    return {"size": tuple(size), **said}, tuple(sides)


@st.composite
def convolutions(draw: Any, make: type[Layer], axes: int) -> Case:
    said, sides = draw(windows(axes, dilated=True, paddings=("valid", "same", "full")))
    said |= {"activation": draw(st.sampled_from(ACTIVATIONS)), "use_bias": draw(st.booleans())}
    size = said.pop("size")
    if make is nn.DepthwiseConv2D:
        layer = make(size, depth_multiplier=draw(st.integers(1, 3)), **said)
    else:
        layer = make(draw(st.integers(1, 3)), size, **said)
    return Case(layer, ((*sides, draw(st.integers(1, 3))),))


@st.composite
def poolings(draw: Any, make: type[Layer], axes: int) -> Case:
    said, sides = draw(windows(axes, dilated=False, paddings=("valid", "same")))
    size = said.pop("size")
    strides = said.pop("strides")
    return Case(make(size, draw(st.sampled_from([None, strides])), **said), ((*sides, draw(small)),))


@st.composite
def shapes(draw: Any, least: int = 1, most: int = 3) -> tuple[int, ...]:
    return tuple(draw(st.lists(small, min_size=least, max_size=most)))


@st.composite
def denses(draw: Any) -> Case:
    activation, bias = draw(st.sampled_from(ACTIVATIONS)), draw(st.booleans())
    return Case(nn.Dense(draw(small), activation, use_bias=bias), (draw(shapes()),))


@st.composite
def embeddings(draw: Any) -> Case:
    tokens = draw(small)
    return Case(nn.Embedding(tokens, draw(st.integers(1, 5))), (draw(shapes(1, 2)),), tokens)


@st.composite
def reshapes(draw: Any) -> Case:
    shape = draw(shapes())
    target = list(draw(st.permutations(shape)))
    if draw(st.booleans()):
        target[draw(st.integers(0, len(target) - 1))] = -1
    return Case(nn.Reshape(tuple(target)), (shape,))


@st.composite
def sums(draw: Any) -> Case:
    return Case(nn.Add(), (draw(shapes()),) * draw(st.integers(2, 4)))


@st.composite
def joined(draw: Any) -> Case:
    shape = draw(shapes())
    axis = draw(st.integers(0, len(shape) - 1))
    sizes = draw(st.lists(small, min_size=2, max_size=4))
    given = draw(st.sampled_from([axis + 1, axis - len(shape)]))
    return Case(nn.Concatenate(given), tuple((*shape[:axis], n, *shape[axis + 1 :]) for n in sizes))


@st.composite
def padded(draw: Any) -> Case:
    pad = st.integers(0, 2)
    padding = draw(st.one_of(pad, st.tuples(pad, pad), st.tuples(st.tuples(pad, pad), st.tuples(pad, pad))))
    return Case(nn.ZeroPadding2D(padding), (draw(shapes(3, 3)),))


def plain(make: Callable[..., Layer], least: int = 1, most: int = 3, *arguments: Any) -> st.SearchStrategy[Case]:
    return shapes(least, most).map(lambda shape: Case(make(*arguments), (shape,)))


CASES: dict[str, st.SearchStrategy[Case]] = {
    "Add": sums(),
    "AvgPool1D": poolings(nn.AvgPool1D, 1),
    "AvgPool2D": poolings(nn.AvgPool2D, 2),
    "BatchNorm": plain(nn.BatchNorm),
    "Concatenate": joined(),
    "Conv1D": convolutions(nn.Conv1D, 1),
    "Conv2D": convolutions(nn.Conv2D, 2),
    "Dense": denses(),
    "DepthwiseConv2D": convolutions(nn.DepthwiseConv2D, 2),
    "Dropout": st.sampled_from([0.0, 0.3, 0.8]).flatmap(lambda rate: plain(nn.Dropout, 1, 3, rate)),
    "Embedding": embeddings(),
    "Flatten": plain(nn.Flatten),
    "GlobalAvgPool1D": plain(nn.GlobalAvgPool1D, 2, 2),
    "GlobalAvgPool2D": plain(nn.GlobalAvgPool2D, 3, 3),
    "GlobalMaxPool1D": plain(nn.GlobalMaxPool1D, 2, 2),
    "GlobalMaxPool2D": plain(nn.GlobalMaxPool2D, 3, 3),
    "LayerNorm": plain(nn.LayerNorm),
    "LeakyReLU": st.sampled_from([0.0, 0.1, 0.3]).flatmap(lambda slope: plain(nn.LeakyReLU, 1, 3, slope)),
    "LocalResponseNorm": st.sampled_from([1, 3, 5]).flatmap(lambda size: plain(nn.LocalResponseNorm, 1, 3, size)),
    "MaxPool1D": poolings(nn.MaxPool1D, 1),
    "MaxPool2D": poolings(nn.MaxPool2D, 2),
    "ReLU": plain(nn.ReLU),
    "Reshape": reshapes(),
    "Sigmoid": plain(nn.Sigmoid),
    "Softmax": plain(nn.Softmax),
    "Tanh": plain(nn.Tanh),
    "ZeroPadding2D": padded(),
}

REGISTERED = sorted(name for name, layer in LAYERS.items() if layer.__module__.startswith("optiviz."))
"""The layers of the package, without those that tests define."""
