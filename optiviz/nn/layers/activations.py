"""Activations: what bends a line, element by element; without one, two linear layers are one linear layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optiviz import losses
from optiviz.formula import nearest
from optiviz.nn.kernels.rectifier import positive_part
from optiviz.nn.kernels.sizes import below_one, has_channels
from optiviz.nn.layer import Array, Backward, Layer, Shape

__all__ = ["Activation", "LeakyReLU", "ReLU", "Sigmoid", "Softmax", "Tanh", "activation_called"]

sigmoid: Callable[[Array], Array] = losses.sigmoid
softmax: Callable[[Array], Array] = losses.softmax


class Activation(Layer, abstract=True):
    """A layer without weights whose derivative reads its output; named where it follows another layer."""

    reads = "y"


class ReLU(Activation):
    """y = max(x, 0), dx = dy where x > 0, else 0.

    Source: Nair and Hinton (2010), ICML.

    >>> ReLU()(np.array([[-2.0, 3.0]])).tolist()
    [[0.0, 3.0]]
    """

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y = positive_part(x, self.over(x))

        def backward(dy: Array) -> Array:
            return np.multiply(dy, y > 0, out=self.over_dy(dy))

        return y, backward


class LeakyReLU(Activation):
    """y = x where x > 0, else α x; dx = dy where x > 0, else α dy: no unit is ever without a gradient.

    Source: Maas, Hannun and Ng (2013), ICML Workshop on Deep Learning for Audio, Speech and Language Processing.

    Args:
        negative_slope: α, from 0 to below 1.

    Raises:
        ValueError: α is no such number.

    >>> LeakyReLU(0.1)(np.array([[-2.0, 3.0]])).tolist()
    [[-0.2, 3.0]]
    """

    def __init__(self, negative_slope: float = 0.3) -> None:
        self.negative_slope = below_one("negative_slope", negative_slope)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        leak = np.multiply(x, self.negative_slope, out=self.scratch("leak", x.shape, x))
        y = np.maximum(x, leak, out=self.over(x))

        def backward(dy: Array) -> Array:
            slopes = np.greater(y, 0, out=self.scratch("leak", dy.shape, dy))
            np.maximum(slopes, self.negative_slope, out=slopes)
            return np.multiply(dy, slopes, out=self.over_dy(dy))

        return y, backward


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)), dx = dy y (1 - y): a number between 0 and 1, such as a probability.

    >>> Sigmoid()(np.array([[-1e4, 0.0, 1e4]])).tolist()
    [[0.0, 0.5, 1.0]]
    """

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y = self.over(x)
        y[...] = sigmoid(x)

        def backward(dy: Array) -> Array:
            slopes = np.subtract(1, y, out=self.scratch("slopes", dy.shape, dy))
            slopes *= y
            return np.multiply(dy, slopes, out=self.over_dy(dy))

        return y, backward


class Tanh(Activation):
    """y = tanh(x), dx = dy (1 - y²): a number between -1 and 1.

    >>> Tanh()(np.array([[0.0, 1e4]])).tolist()
    [[0.0, 1.0]]
    """

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y = np.tanh(x, out=self.over(x))

        def backward(dy: Array) -> Array:
            slopes = np.multiply(y, y, out=self.scratch("slopes", dy.shape, dy))
            np.subtract(1, slopes, out=slopes)
            return np.multiply(dy, slopes, out=self.over_dy(dy))

        return y, backward


class Softmax(Activation):
    """yₖ = exp(xₖ) / Σₘ exp(xₘ), dxₖ = yₖ (dyₖ - Σₘ dyₘ yₘ), along the last axis: probabilities of classes.

    >>> Softmax()(np.array([[0.0, 0.0], [1e4, -1e4]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """

    def output_shape(self, *shapes: Shape) -> Shape:
        has_channels(self, shapes[0])
        return shapes[0]

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y = self.over(x)
        y[...] = softmax(x)

        def backward(dy: Array) -> Array:
            weighed = np.multiply(dy, y, out=self.scratch("weighed", dy.shape, dy))
            dx: Array = np.subtract(dy, np.sum(weighed, axis=-1, keepdims=True), out=self.over_dy(dy))
            dx *= y
            return dx

        return y, backward


def activation_called(name: Any) -> Layer | None:
    """The activation of that name, a class or a layer; None stays None.

    Raises:
        LookupError: there is none of that name.
        TypeError: it is neither a name nor a layer.

    >>> activation_called("leaky_relu")
    LeakyReLU()
    """
    if name is None or isinstance(name, Layer):
        return name
    if isinstance(name, type) and issubclass(name, Layer):
        return name()
    if not isinstance(name, str):
        raise TypeError(f"an activation is a name such as 'relu', a layer or None, not {name!r}")
    known = {cls.__name__.lower(): cls for cls in Activation.__subclasses__()}
    plain = name.replace("_", "").lower()
    if plain not in known:
        raise LookupError(f"unknown activation {name!r}; {nearest(plain, [*known], 'there are')}")
    return known[plain]()
