"""Normalization: numbers are brought to a common size, over a batch, within an example, or among neighbours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optiviz.averages import bias, ewma
from optiviz.nn.kernels.moments import scaled, sums
from optiviz.nn.kernels.products import add_bias, sum_to_last
from optiviz.nn.kernels.sizes import above_zero, below_one, has_channels, numbers
from optiviz.nn.layer import Array, Backward, Begin, Layer, Shape, Statistic, Weight

__all__ = ["BatchNorm", "LayerNorm", "LocalResponseNorm"]


class Normalization(Layer, abstract=True):
    """y = gamma x̂ + beta, where x̂ has mean 0 and variance 1, and gamma and beta (C,) belong to the last axis of x."""

    gamma, beta = Weight(), Weight()
    epsilon: float

    def output_shape(self, *shapes: Shape) -> Shape:
        has_channels(self, shapes[0])
        return shapes[0]

    def weights(self, *shapes: Shape) -> dict[str, Begin]:
        channels = shapes[0][-1:]
        return {"gamma": Begin(channels, "ones"), "beta": Begin(channels, "zeros")}


class BatchNorm(Normalization):
    """y = gamma x̂ + beta with x̂ = (x - mean) / sqrt(variance + epsilon), of all examples and places together.

    x and y (N, C), (N, T, C) or (N, H, W, C); gamma, beta, mean and variance (C,): a number for each channel.

    In training mean and variance are those of the batch, Σ x / n and Σ (x - mean)² / n over its n places, such as
    N H W, and dgamma = Σ dy x̂, dbeta = Σ dy,
    dx = gamma / sqrt(variance + epsilon) · (dy - dbeta / n - x̂ dgamma / n)

    Else they are the moving averages of those of all batches so far, `ewma(beta=momentum)`: corrected for having begun
    at zero, so that they are right from the first batch on. Keras has the average without the correction, begun at 0
    and 1, which it takes about 1 / (1 - momentum) batches to forget. In torch `momentum` is what here is 1 - momentum,
    the averages begin in the same way, and that of the variance is of Σ (x - mean)² / (n - 1). Before all training the
    mean is 0 and the variance 1.

    Source: Ioffe and Szegedy (2015), arXiv:1502.03167, algorithms 1 and 2.

    Args:
        momentum: the share of what was before in the moving averages, from 0 to below 1.
        epsilon: what is added to the variance, above 0.

    Attributes:
        mean_y: the slot of the moving average of means.
        variance_y: that of variances.
        t: how many batches they have seen.

    Raises:
        ValueError: momentum or epsilon is out of range.

    >>> layer = BatchNorm(momentum=0.5, epsilon=1e-9)
    >>> _ = layer.build((1,))
    >>> y, backward = layer.forward(np.float32([[1], [3]]), training=True)
    >>> y.ravel(), layer.forward(np.float32([[2], [4]]))[0].ravel()
    (array([-1.,  1.], dtype=float32), array([0., 2.], dtype=float32))
    """

    mean_y, variance_y, t = Statistic(), Statistic(), Statistic()
    reads, mixes = "x", True

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3) -> None:
        self.momentum, self.epsilon = below_one("momentum", momentum), above_zero("epsilon", epsilon)

    def statistics(self, *shapes: Shape) -> dict[str, Begin]:
        slot = Begin(shapes[0][-1:], "zeros")
        return {"mean_y": slot, "variance_y": slot, "t": Begin((), "zeros")}

    def multiplications(self, *shapes: Shape) -> int:
        return 20 * math.prod(shapes[0])  # as long as so many take, it waits for its numbers

    @property
    def averages(self) -> tuple[Array, Array]:
        """The moving averages of mean and variance, for inference."""
        t, wide = int(self.t), np.result_type(self.mean_y, np.float64)
        if t == 0:
            return np.zeros_like(self.mean_y, wide), np.ones_like(self.variance_y, wide)
        share = bias(self.momentum, t)
        return self.mean_y.astype(wide) / share, self.variance_y.astype(wide) / share

    def count(self, mean: Array, variance: Array) -> None:
        """Have the moving averages see a batch."""
        average, t = ewma(beta=self.momentum), int(self.t) + 1
        _, self.mean_y = average(mean, t, self.mean_y)
        _, self.variance_y = average(variance, t, self.variance_y)
        self.t = t

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        x, n = np.asanyarray(x, order="C"), x.size // x.shape[-1]
        if training:
            # Squares of x lose what is small beside the mean; those of x - s do not, for any s not far from the mean.
            s = sum_to_last(x[:1]) / (n // len(x))
            off, squares = sums(x, s, self.memory) / n
            variance = squares - off * off
            self.count(s + off, variance)
        else:
            mean, variance = self.averages
            s = mean.astype(x.dtype)
            off = mean - s
        root = np.sqrt(variance + self.epsilon)
        scale = self.gamma / root
        y = scaled(x, s, scale, self.beta - off * scale, self.memory, self.over(x))

        def backward(dy: Array) -> Array | None:
            dy = np.asanyarray(dy, order="C")
            slope, along = sums(x, s, self.memory, dy) / n
            along = (along - off * slope) / root  # of dy x̂
            self.accumulate("gamma", np.multiply, along, n)
            self.accumulate("beta", np.multiply, slope, n)
            if not self.memory.wants_dx:
                return None
            if not training:
                along = slope = along * 0
            a = -scale * along / root
            return scaled(x, s, a, -scale * slope - a * off, self.memory, self.over_dy(dy), plus=(dy, scale))

        return y, backward


class LayerNorm(Normalization):
    """y = gamma x̂ + beta with x̂ = (x - mean) / sqrt(variance + epsilon), along the last axis, of each place alone.

    x and y (N, ..., C), gamma and beta (C,), mean and variance (N, ..., 1), in training and after it:
    mean = Σ x / C, variance = Σ (x - mean)² / C.

    dgamma = Σ dy x̂, dbeta = Σ dy, and with v = gamma dy, whose mean and that of v x̂ are along the last axis,
    dx = (v - mean(v) - x̂ mean(v x̂)) / sqrt(variance + epsilon)

    Source: Ba, Kiros and Hinton (2016), arXiv:1607.06450, equation 4.

    Args:
        epsilon: what is added to the variance, above 0.

    Raises:
        ValueError: epsilon is not above 0.

    >>> layer = LayerNorm(epsilon=1e-9)
    >>> _ = layer.build((2,))
    >>> layer(np.float32([[1, 3], [20, 10]]))
    array([[-1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    reads = ""

    def __init__(self, epsilon: float = 1e-3) -> None:
        self.epsilon = above_zero("epsilon", epsilon)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        xhat = np.subtract(x, _mean(x), out=self.room("xhat", x.shape, x))
        xhat -= _mean(xhat)  # what rounding has left of a mean that is large
        y = np.multiply(xhat, xhat, out=self.over(x))
        root = np.sqrt(_mean(y) + self.epsilon)
        xhat /= root
        np.multiply(xhat, self.gamma, out=y)
        add_bias(y, self.beta)

        def backward(dy: Array) -> Array | None:
            v = np.multiply(dy, xhat, out=self.scratch("v", dy.shape, dy))
            self.accumulate("gamma", sum_to_last, v)
            self.accumulate("beta", sum_to_last, dy)
            if not self.memory.wants_dx:
                return None
            v *= self.gamma
            along = _mean(v)
            dx: Array = np.multiply(dy, self.gamma, out=self.over_dy(dy))
            dx -= _mean(dx)
            dx -= np.multiply(xhat, along, out=v)
            dx /= root
            return dx

        return y, backward


class LocalResponseNorm(Layer):
    """y = x / sᵇ with s = k + alpha Σ x² over the `size` channels around each, and b = `beta`.

    x and y (N, ..., C). Beside the first and the last channel there are fewer than `size`.

    dx = dy / sᵇ - 2 alpha beta x Σ dy y / s, with the sum over the same channels

    In the paper k = 2, size = 5, alpha = 1e-4, beta = 0.75. torch divides alpha by the size: its alpha is here
    alpha · size.

    Source: Krizhevsky, Sutskever and Hinton (2012), NIPS 25, section 3.3.

    Args:
        size: of how many channels, an odd number.
        alpha: how much they count.
        beta: the exponent.
        k: what s is where all is 0, above 0.

    Raises:
        ValueError: size is not an odd number, or k not above 0.

    >>> LocalResponseNorm(size=3, alpha=1.0, beta=1.0)(np.float64([[1, 0, 2]]))
    array([[0.5, 0. , 0.4]])
    """

    reads = "x"

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        (self.size,) = numbers("size", size, 1)
        if self.size % 2 == 0:
            raise ValueError(f"size is an odd number, as many channels before as after, not {size}; write {size + 1}")
        self.alpha, self.beta, self.k = float(alpha), float(beta), above_zero("k", k)

    def output_shape(self, *shapes: Shape) -> Shape:
        has_channels(self, shapes[0])
        return shapes[0]

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        s = self.room("s", x.shape, x)
        self.add_neighbours(np.multiply(x, x, out=self.scratch("squares", x.shape, x)), s)
        s *= self.alpha
        s += self.k
        power = np.power(s, -self.beta, out=self.room("power", x.shape, x))
        y = np.multiply(x, power, out=self.over(x))

        def backward(dy: Array) -> Array:
            share = np.multiply(dy, x, out=self.scratch("share", x.shape, x))
            share *= power
            share /= s
            around = self.add_neighbours(share, self.scratch("around", x.shape, x))
            around *= x
            around *= 2 * self.alpha * self.beta
            dx = np.multiply(dy, power, out=self.over_dy(dy))
            dx -= around
            return dx

        return y, backward

    def add_neighbours(self, x: Array, out: Array) -> Array:
        """Σ x over the channels around each, into `out`."""
        out[...] = x
        for far in range(1, min(self.size // 2, x.shape[-1] - 1) + 1):
            out[..., far:] += x[..., :-far]
            out[..., :-far] += x[..., far:]
        return out


def _mean(x: Array) -> Array:
    """Σ x / C along the last axis, by a product with ones, as (..., 1)."""
    c = x.shape[-1]
    mean: Array = x @ np.ones((c, 1), x.dtype) / c
    return mean
