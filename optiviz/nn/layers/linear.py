"""Layers that are linear in their input, with a bias and an activation: what all of them share, and the dense one."""

from __future__ import annotations

import math
from typing import Any

from optiviz.nn.initializers import initializer
from optiviz.nn.kernels.products import add_bias, product, sum_to_last
from optiviz.nn.kernels.sizes import has_channels, numbers
from optiviz.nn.layer import Array, Backward, Begin, Layer, Shape, Weight
from optiviz.nn.layers.activations import activation_called

__all__ = ["Dense", "Linear"]


class Linear(Layer, abstract=True):
    """y = activation(linear(x) + b), where b (K,) has a number for each unit or filter.

    A subclass gives `linear`, which is linear in x and in the weights W.
    """

    W, b = Weight(), Weight()
    heavy = True
    use_bias: bool

    def linear(self, x: Array) -> tuple[Array, Backward]:
        """The output without bias and activation, and its derivative."""
        raise NotImplementedError

    def weights(self, *shapes: Shape) -> dict[str, Begin]:
        """The matrix or kernels W, and the bias b (K,)."""
        kernel = self.kernel(shapes[0])
        units = self.output_shape(*shapes)[-1]
        return {"W": kernel, "b": Begin((units,), "zeros")} if self.use_bias else {"W": kernel}

    def kernel(self, shape: Shape) -> Begin:
        """How W begins."""
        raise NotImplementedError

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y, through = self.linear(x)
        if self.use_bias:
            add_bias(y, self.b)

        def backward(dy: Array) -> Any:
            if self.use_bias:
                self.accumulate("b", sum_to_last, dy)
            return through(dy)

        if self.activation is None:
            return y, backward
        z, bend = self.activation.forward(y, training)
        return z, lambda dz: backward(bend(dz))


class Dense(Linear):
    """y = x W + b.

    x (N, ..., I), W (I, K), b (K,), y (N, ..., K): each of K units weighs all I inputs.

    dW = xᵀ dy, db = Σ dy, dx = dy Wᵀ

    Args:
        units: K.
        activation: what follows, by its name: `"relu"`.
        use_bias: is there a b?
        kernel_initializer: how W begins.

    Raises:
        ValueError: units is no whole number from 1.
        LookupError: there is no such activation or initializer.

    >>> import numpy as np
    >>> layer = Dense(2)
    >>> layer.build((3,))
    (2,)
    >>> layer.W, layer.b = [[1, 0], [0, 1], [1, 1]], [0, 10]
    >>> layer(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[4.0, 15.0]]
    """

    def __init__(
        self, units: int, activation: Any = None, *, use_bias: bool = True, kernel_initializer: str = "glorot"
    ) -> None:
        (self.units,) = numbers("units", units, 1)
        self.activation = activation_called(activation)
        self.use_bias, self.kernel_initializer = use_bias, kernel_initializer
        initializer(kernel_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        has_channels(self, shapes[0])
        return (*shapes[0][:-1], self.units)

    def kernel(self, shape: Shape) -> Begin:
        return Begin((shape[-1], self.units), self.kernel_initializer, shape[-1], self.units)

    def whole(self, training: bool) -> bool:
        return True

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(shapes[0]) * self.units

    def linear(self, x: Array) -> tuple[Array, Backward]:
        rows = x.reshape(-1, x.shape[-1])
        y = self.room("y", (*x.shape[:-1], self.units), x)
        product(rows, self.W, self.memory, y.reshape(-1, self.units))

        def backward(dy: Array) -> Array | None:
            slopes = dy.reshape(-1, self.units)
            self.accumulate("W", product, rows.T, slopes, self.memory)
            if not self.memory.wants_dx:
                return None
            return product(slopes, self.W.T, self.memory, self.slope("dx", rows.shape, dy)).reshape(x.shape)

        return y, backward
