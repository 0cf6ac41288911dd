"""Layers that are linear in their input, with a bias and an activation: dense and convolutional ones."""

from __future__ import annotations

import math
from typing import Any

from optiviz.nn.initializers import initializer
from optiviz.nn.kernels.correlation import Pads, correlate, correlate_by_input, correlate_by_weights, padded
from optiviz.nn.kernels.products import add_bias, product, sum_to_last
from optiviz.nn.kernels.sizes import PADDINGS, numbers, output_length, padded_by
from optiviz.nn.layer import Array, Backward, Begin, Layer, Shape, Weight
from optiviz.nn.layers.activations import activation_called

__all__ = ["Conv2D", "Dense", "Linear"]


class Linear(Layer):
    """y = activation(linear(x) + b), where b (K,) has a number for each unit or filter.

    A subclass gives `linear`, which is linear in x and in the weights W.
    """

    W, b = Weight(), Weight()
    heavy = True
    use_bias: bool
    kernel_initializer: str

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
    """

    def __init__(
        self, units: int, activation: Any = None, *, use_bias: bool = True, kernel_initializer: str = "glorot"
    ) -> None:
        (self.units,) = numbers("units", units, 1)
        self.activation = activation_called(activation)
        self.use_bias, self.kernel_initializer = use_bias, kernel_initializer
        initializer(kernel_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.units)

    def kernel(self, shape: Shape) -> Begin:
        return Begin((shape[-1], self.units), self.kernel_initializer, shape[-1], self.units)

    def whole(self, training: bool) -> bool:
        return True

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(shapes[0]) * self.units

    def linear(self, x: Array) -> tuple[Array, Backward]:
        rows = x.reshape(-1, x.shape[-1])
        y = product(rows, self.W, self.memory, self.room("y", (len(rows), self.units), x))

        def backward(dy: Array) -> Array | None:
            slopes = dy.reshape(-1, self.units)
            self.accumulate("W", product, rows.T, slopes, self.memory)
            if not self.memory.wants_dx:
                return None
            return product(slopes, self.W.T, self.memory, self.slope("dx", rows.shape, dy)).reshape(x.shape)

        return y.reshape(*x.shape[:-1], self.units), backward


class Conv2D(Linear):
    """y[n, i, j] = Σ_ab x[n, s i + d a, s j + d b] W[a, b] + b: one window slides over the image.

    x (N, H, W, C), W (kh, kw, C, K), b (K,), y (N, H', W', K): K filters, the same at every place.

    dW[a, b] = Σ_nij x[n, s i + d a, s j + d b]ᵀ dy[n, i, j], db = Σ dy,
    dx[n, s i + d a, s j + d b] += dy[n, i, j] W[a, b]ᵀ

    Args:
        filters: K.
        kernel_size: (kh, kw), or one number for both.
        strides: s, how far the window moves.
        padding: "valid" (none), "same" (H' = H / s) or "full" (every place meets every weight).
        dilation_rate: d, how far apart the weights of a window lie.
        activation: what follows, by its name: `"relu"`.
        use_bias: is there a b?
        kernel_initializer: how W begins.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        *,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: str = "glorot",
    ) -> None:
        (self.filters,) = numbers("filters", filters, 1)
        self.kernel_size = numbers("kernel_size", kernel_size, 2)
        self.strides, self.dilation_rate = numbers("strides", strides, 2), numbers("dilation_rate", dilation_rate, 2)
        if padding not in PADDINGS:
            raise ValueError(f"padding is one of {', '.join(PADDINGS)}, not {padding!r}")
        self.padding = padding
        self.activation = activation_called(activation)
        self.use_bias, self.kernel_initializer = use_bias, kernel_initializer
        initializer(kernel_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        geometry = (self.kernel_size, self.strides, self.dilation_rate)
        places = tuple(output_length(n, k, s, d, self.padding) for n, k, s, d in zip(shape[:2], *geometry, strict=True))
        if 0 in places:
            raise ValueError(f"the window {self.kernel_size} of {self!r} is larger than the image {shape[:2]}")
        return (*places, self.filters)

    def kernel(self, shape: Shape) -> Begin:
        (kh, kw), c = self.kernel_size, shape[-1]
        return Begin((kh, kw, c, self.filters), self.kernel_initializer, kh * kw * c, kh * kw * self.filters)

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(self.output_shape(*shapes)) * math.prod(self.kernel_size) * shapes[0][-1]

    def pads(self, shape: Shape) -> Pads:
        """How many zeros are put around an image of this shape."""
        geometry = (self.kernel_size, self.strides, self.dilation_rate)
        rows, columns = (padded_by(n, k, s, d, self.padding) for n, k, s, d in zip(shape[:2], *geometry, strict=True))
        return rows, columns

    def linear(self, x: Array) -> tuple[Array, Backward]:
        n, *shape = x.shape
        pads, strides, dilation = self.pads(tuple(shape)), self.strides, self.dilation_rate
        y = self.room("y", (n, *self.output_shape(tuple(shape))), x)
        correlate(padded(x, pads, self.memory), self.W, strides, dilation, self.memory, y)

        def backward(dy: Array) -> Array | None:
            wide = padded(x, pads, self.memory)
            self.accumulate("W", correlate_by_weights, wide, dy, strides, dilation, self.memory)
            if not self.memory.wants_dx:
                return None
            dx = self.slope("dx", x.shape, dy)
            return correlate_by_input(dy, self.W, pads, strides, dilation, self.memory, dx)

        return y, backward
