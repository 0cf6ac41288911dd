"""Networks drawn at random: recipes that make the same network any number of times."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from optiviz import nn
from optiviz.nn.layer import Layer


class Times(Layer, abstract=True):
    """y = x₁ x₂: reads what it was given."""

    inputs = 2

    def forward(self, *x, training=False):
        y = np.multiply(*x, out=self.room("y", x[0].shape, x[0]))

        def backward(dy):
            first = np.multiply(dy, x[1], out=self.slope("first", dy.shape, dy))
            return first, np.multiply(dy, x[0], out=self.over_dy(dy))

        return y, backward


class Wave(Layer, abstract=True):
    """y = sin x, dx = dy cos x: written over whatever it may, and reading x, so never y over x in training."""

    def forward(self, x, training=False):
        y = np.sin(x, out=self.over(x))
        return y, lambda dy: np.multiply(dy, np.cos(x), out=self.over_dy(dy))


class Half(Layer, abstract=True):
    """y = x / 2: reads nothing, and writes over all that it may."""

    reads = ""

    def forward(self, x, training=False):
        return np.divide(x, 2, out=self.over(x)), lambda dy: np.divide(dy, 2, out=self.over_dy(dy))


class Cube(Layer, abstract=True):
    """y = x + x³ / 9, dx = dy (1 + x² / 3), from both ends: reads x and y."""

    reads = "xy"

    def forward(self, x, training=False):
        y = np.add(x, x**3 / 9, out=self.over(x))
        return y, lambda dy: np.multiply(dy, 1 + 3 * (y - x) / np.where(x == 0, 1, x), out=self.over_dy(dy))


EACH: dict[str, Any] = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "softmax": nn.Softmax,
    "dropout": lambda: nn.Dropout(0.25),
    "batch": lambda: nn.BatchNorm(0.9, 0.1),
    "layer": lambda: nn.LayerNorm(0.1),
    "local": lambda: nn.LocalResponseNorm(3, 0.1),
    "wave": Wave,
    "half": Half,
    "cube": Cube,
    "dense": lambda: nn.Dense(3),
    "dense relu": lambda: nn.Dense(4, activation="relu"),
    "flatten": nn.Flatten,
}
"""Layers for arrays of any shape."""

IMAGES: dict[str, Any] = {
    "same": lambda: nn.Conv2D(2, 3, padding="same"),
    "relu conv": lambda: nn.Conv2D(3, 2, activation="relu"),
    "strided": lambda: nn.Conv2D(2, 2, strides=2, padding="same"),
    "depthwise": lambda: nn.DepthwiseConv2D(3, padding="same"),
    "max": lambda: nn.MaxPool2D(2),
    "max of overlapping": lambda: nn.MaxPool2D(3, 1, "same"),
    "mean": lambda: nn.AvgPool2D(2, 1, "same"),
    "largest": nn.GlobalMaxPool2D,
    "mean of all": nn.GlobalAvgPool2D,
    "zeros": lambda: nn.ZeroPadding2D(1),
}
"""Layers for images that are not too small."""

JOINED: dict[str, Any] = {"add": nn.Add, "concatenate": nn.Concatenate, "times": Times}
"""Layers of two inputs."""

STEPS = st.tuples(
    st.sampled_from([*EACH, *IMAGES, *JOINED, *JOINED, *JOINED, "flatten", "dropout", "half", "again", "again"]),
    st.integers(0, 7),
    st.integers(0, 7),
)


class Recipe:
    """Steps from two inputs to one or more outputs; a step takes the values that lie some places back."""

    def __init__(self, steps: list[tuple[str, int, int]], outputs: list[int], seed: int) -> None:
        self.steps, self.outputs, self.seed = steps, outputs, seed

    def __repr__(self) -> str:
        return f"Recipe({self.steps}, {self.outputs}, {self.seed})"

    def model(self, **options: Any) -> nn.Model:
        """The network, with weights that are all away from 0."""
        inputs = [nn.Input(shape=(4, 3, 2)), nn.Input(shape=(4, 3, 2))]
        nodes: list[Any] = [*inputs]
        used: list[tuple[Layer, tuple[int, ...]]] = []
        for kind, one, other in self.steps:
            a, b = nodes[-1 - one % len(nodes)], nodes[-1 - other % len(nodes)]
            if kind in JOINED:
                fits = a.shape[:-1] == b.shape[:-1] if kind == "concatenate" else a.shape == b.shape
                nodes.append(JOINED[kind]()(a, b if fits else a))
                continue
            if kind == "again":
                fitting = [layer for layer, shape in used if shape == a.shape] or [nn.ReLU()]
                layer = fitting[other % len(fitting)]
            elif kind in EACH:
                layer = EACH[kind]()
            else:
                layer = IMAGES[kind]() if len(a.shape) == 3 and min(a.shape[:2]) > 1 else nn.Flatten()
            used.append((layer, a.shape))
            nodes.append(layer(a))
        chosen = dict.fromkeys(len(nodes) - 1 - back % len(nodes) for back in [0, *self.outputs])
        model = nn.Model(inputs, [nodes[i] for i in chosen], dtype=np.float64, rng=self.seed, **options)
        model.theta[:] = 0.4 * np.random.default_rng(self.seed).normal(size=model.theta.size)
        return model


def recipes(length: int = 12) -> st.SearchStrategy[Recipe]:
    """Recipes of some steps."""
    outputs = st.lists(st.integers(0, 15), max_size=2)
    return st.builds(Recipe, st.lists(STEPS, min_size=1, max_size=length), outputs, st.integers(0, 1000))
