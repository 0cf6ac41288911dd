"""Convolutions: one window of weights slides over a sequence or an image and does the same at every place."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from optiviz.nn.initializers import initializer
from optiviz.nn.kernels.correlation import Pads, Steps, correlate, correlate_by_input, correlate_by_weights, padded
from optiviz.nn.kernels.depthwise import depthwise, depthwise_by_input, depthwise_by_weights
from optiviz.nn.kernels.sizes import PADDINGS, numbers, one_of, padded_by, places
from optiviz.nn.layer import Array, Backward, Begin, Shape
from optiviz.nn.layers.activations import activation_called
from optiviz.nn.layers.linear import Linear

__all__ = ["Conv1D", "Conv2D", "DepthwiseConv2D"]


class Sliding(Linear, abstract=True):
    """A linear layer of a window: where it stands, and how much is padded."""

    axes: ClassVar[int]

    def __init__(
        self, kernel_size: Any, strides: Any, padding: str, dilation_rate: Any, activation: Any, use_bias: bool
    ) -> None:
        self.kernel_size = numbers("kernel_size", kernel_size, self.axes)
        self.strides = numbers("strides", strides, self.axes)
        self.padding = one_of("padding", padding, PADDINGS)
        self.dilation_rate = numbers("dilation_rate", dilation_rate, self.axes)
        self.activation, self.use_bias = activation_called(activation), use_bias

    def places(self, shape: Shape) -> Shape:
        """How many places the window has along each axis."""
        return places(self, shape, self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def steps(self) -> tuple[Steps, Steps]:
        """The strides and dilation on images; a sequence is one of height 1."""
        flat = (1,) * (2 - self.axes)
        return (*flat, *self.strides), (*flat, *self.dilation_rate)

    def pads(self, shape: Shape) -> Pads:
        """How many zeros are put around an image of this shape."""
        geometry = (self.kernel_size, self.strides, self.dilation_rate)
        pads = [padded_by(n, k, s, d, self.padding) for n, k, s, d in zip(shape[:-1], *geometry, strict=True)]
        return pads[-2] if self.axes == 2 else (0, 0), pads[-1]


class Convolution(Sliding, abstract=True):
    """A convolution with K filters, each over all channels."""

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
        super().__init__(kernel_size, strides, padding, dilation_rate, activation, use_bias)
        self.kernel_initializer = kernel_initializer
        initializer(kernel_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self.places(shapes[0]), self.filters)

    def kernel(self, shape: Shape) -> Begin:
        window, c = math.prod(self.kernel_size), shape[-1]
        return Begin((*self.kernel_size, c, self.filters), self.kernel_initializer, window * c, window * self.filters)

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(self.output_shape(*shapes)) * math.prod(self.kernel_size) * shapes[0][-1]

    def linear(self, x: Array) -> tuple[Array, Backward]:
        y = self.room("y", (len(x), *self.output_shape(x.shape[1:])), x)
        pads, (strides, dilation) = self.pads(x.shape[1:]), self.steps()
        images, w = self.images(x), self.images(self.W, 0)
        correlate(padded(images, pads, self.memory), w, strides, dilation, self.memory, self.images(y))

        def backward(dy: Array) -> Array | None:
            wide, slopes = padded(images, pads, self.memory), self.images(dy)
            self.accumulate("W", correlate_by_weights, wide, slopes, w.shape[:2], strides, dilation, self.memory)
            if not self.memory.wants_dx:
                return None
            dx = self.slope("dx", x.shape, dy)
            correlate_by_input(slopes, w, pads, strides, dilation, self.memory, self.images(dx))
            return dx

        return y, backward

    def images(self, x: Array, axis: int = 1) -> Array:
        """Sequences, or weights of windows, as those of height 1; images as they are."""
        return x if self.axes == 2 else x.reshape(*x.shape[:axis], 1, *x.shape[axis:])


class Conv1D(Convolution):
    """y[n, i] = Σ_a x[n, s i + d a] W[a] + b: one window slides over the sequence.

    x (N, L, C), W (k, C, K), b (K,), y (N, L', K): K filters, the same at every place. It is the convolution of an
    image of height 1.

    dW[a] = Σ_ni x[n, s i + d a]ᵀ dy[n, i], db = Σ dy, dx[n, s i + d a] += dy[n, i] W[a]ᵀ

    Source: over time, Waibel, Hanazawa, Hinton, Shikano and Lang (1989), IEEE TASSP 37:328-339.

    Args:
        filters: K.
        kernel_size: k.
        strides: s, how far the window moves.
        padding: "valid" (none), "same" (L' = ⌈L / s⌉) or "full" (every place meets every weight).
        dilation_rate: d, how far apart the weights of a window lie.
        activation: what follows, by its name: `"relu"`.
        use_bias: is there a b?
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is none of these.
        LookupError: there is no such activation or initializer.

    >>> import numpy as np
    >>> differences = Conv1D(1, 2)
    >>> differences.build((4, 1))
    (3, 1)
    >>> differences.W = [[[-1]], [[1]]]
    >>> differences(np.array([[[1.0], [4.0], [9.0], [16.0]]])).tolist()
    [[[3.0], [5.0], [7.0]]]
    """

    axes = 1


class Conv2D(Convolution):
    """y[n, i, j] = Σ_ab x[n, s i + d a, s j + d b] W[a, b] + b: one window slides over the image.

    x (N, H, W, C), W (kh, kw, C, K), b (K,), y (N, H', W', K): K filters, the same at every place.

    dW[a, b] = Σ_nij x[n, s i + d a, s j + d b]ᵀ dy[n, i, j], db = Σ dy,
    dx[n, s i + d a, s j + d b] += dy[n, i, j] W[a, b]ᵀ

    Source: LeCun et al. (1989), Neural Computation 1:541-551.

    Args:
        filters: K.
        kernel_size: (kh, kw), or one number for both.
        strides: s, how far the window moves.
        padding: "valid" (none), "same" (H' = ⌈H / s⌉) or "full" (every place meets every weight).
        dilation_rate: d, how far apart the weights of a window lie.
        activation: what follows, by its name: `"relu"`.
        use_bias: is there a b?
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is none of these.
        LookupError: there is no such activation or initializer.

    >>> Conv2D(8, 3, padding="same").build((28, 28, 1))
    (28, 28, 8)
    """

    axes = 2


class DepthwiseConv2D(Sliding):
    """y[n, i, j, c M + m] = Σ_ab x[n, s i + d a, s j + d b, c] W[a, b, c, m] + b: M windows for each channel alone.

    x (N, H, W, C), W (kh, kw, C, M), b (C M,), y (N, H', W', C M).

    dW[a, b, c, m] = Σ_nij x[n, s i + d a, s j + d b, c] dy[n, i, j, c M + m], db = Σ dy,
    dx[n, s i + d a, s j + d b, c] += Σ_m dy[n, i, j, c M + m] W[a, b, c, m]

    With a convolution of 1 x 1 after it, it takes the place of a whole one, in few multiplications.

    Source: Howard et al. (2017), arXiv:1704.04861, section 3.1.

    Args:
        kernel_size: (kh, kw), or one number for both.
        strides: s, how far the window moves.
        padding: "valid" (none), "same" (H' = ⌈H / s⌉) or "full" (every place meets every weight).
        depth_multiplier: M.
        dilation_rate: d, how far apart the weights of a window lie.
        activation: what follows, by its name: `"relu"`.
        use_bias: is there a b?
        depthwise_initializer: how W begins.

    Raises:
        ValueError: an argument is none of these.
        LookupError: there is no such activation or initializer.

    >>> DepthwiseConv2D(3, depth_multiplier=2).build((28, 28, 4))
    (26, 26, 8)
    """

    axes = 2

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        *,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: str = "glorot",
    ) -> None:
        super().__init__(kernel_size, strides, padding, dilation_rate, activation, use_bias)
        (self.depth_multiplier,) = numbers("depth_multiplier", depth_multiplier, 1)
        self.depthwise_initializer = depthwise_initializer
        initializer(depthwise_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self.places(shapes[0]), shapes[0][-1] * self.depth_multiplier)

    def kernel(self, shape: Shape) -> Begin:
        window, m = math.prod(self.kernel_size), self.depth_multiplier
        return Begin((*self.kernel_size, shape[-1], m), self.depthwise_initializer, window, window * m)

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(self.output_shape(*shapes)) * math.prod(self.kernel_size)

    def linear(self, x: Array) -> tuple[Array, Backward]:
        y = self.room("y", (len(x), *self.output_shape(x.shape[1:])), x)
        pads, (strides, dilation) = self.pads(x.shape[1:]), self.steps()
        depthwise(padded(x, pads, self.memory), self.W, strides, dilation, self.memory, y)

        def backward(dy: Array) -> Array | None:
            wide = padded(x, pads, self.memory)
            self.accumulate("W", depthwise_by_weights, wide, dy, strides, dilation, self.memory)
            if not self.memory.wants_dx:
                return None
            dx = self.slope("dx", x.shape, dy)
            return depthwise_by_input(dy, self.W, pads, strides, dilation, self.memory, dx)

        return y, backward
