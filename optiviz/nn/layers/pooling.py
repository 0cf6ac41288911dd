"""Pooling: a window, or a whole image, in one number for each channel."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np

from optiviz.nn.kernels.pooling import Windows, firsts, largest, largest_back, largest_of_all, total, total_back
from optiviz.nn.kernels.sizes import has_axes, numbers, one_of, padded_by, places
from optiviz.nn.layer import Array, Backward, Layer, Shape

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "MaxPool1D",
    "MaxPool2D",
]


class Pooling(Layer, abstract=True):
    """One number for each window and channel: along each row, and of what comes out along the columns.

    In this order, of equal numbers it is the first in reading order that counts. A subclass gives `along`, which goes
    along the middle axis of an array.
    """

    axes: ClassVar[int]

    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid") -> None:
        self.pool_size = numbers("pool_size", pool_size, self.axes)
        self.strides = None if strides is None else numbers("strides", strides, self.axes)
        self.padding = one_of("padding", padding, ("valid", "same"))

    @property
    def moves(self) -> Shape:
        """How far a window moves along each axis."""
        return self.strides or self.pool_size

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return (*places(self, shape, self.pool_size, self.moves, (1,) * self.axes, self.padding), shape[-1])

    def along(self, x: Array, windows: Windows, y: Array) -> Callable[[Array, Array], Array]:
        """Write y (m, places, k) for x (m, length, k), and return what writes dx for dy."""
        raise NotImplementedError

    def windows(self, shape: Shape) -> list[Windows]:
        """The windows along each axis of a sequence or an image of this shape."""
        axes = zip(shape, self.pool_size, self.moves, self.output_shape(shape)[:-1], strict=False)
        return [Windows(k, s, padded_by(n, k, s, 1, self.padding)[0], ends) for n, k, s, ends in axes]

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        steps, backs = [], []
        for axis, windows in reversed([*enumerate(self.windows(x.shape[1:]), start=1)]):
            shape = (*x.shape[:axis], windows.places, *x.shape[axis + 1 :])
            y = self.room("y", shape, x) if axis == 1 else self.scratch("along rows", shape, x)
            steps.append(partial(self.along, _middle(x, axis), windows, _middle(y, axis)))
            backs.append((axis, x.shape, steps[-1]()))
            x = y

        def backward(dy: Array) -> Array:
            for step in steps[:-1] if self.reads else []:
                step()  # what lies between is cheaper to find again than to keep
            for axis, shape, back in reversed(backs):
                dx = self.slope("dx", shape, dy) if axis == self.axes else self.scratch("dx along rows", shape, dy)
                back(_middle(dy, axis), _middle(dx, axis))
                dy = dx
            return dy

        return x, backward


class MaxPool(Pooling, abstract=True):
    """The largest number of each window."""

    reads = "xy"

    def along(self, x: Array, windows: Windows, y: Array) -> Callable[[Array, Array], Array]:
        largest(x, windows, y)
        return lambda dy, dx: largest_back(dy, x, y, windows, self.memory, dx)


class AvgPool(Pooling, abstract=True):
    """The mean of each window."""

    reads = ""

    def along(self, x: Array, windows: Windows, y: Array) -> Callable[[Array, Array], Array]:
        total(x, windows, y)
        return lambda dy, dx: total_back(dy, windows, dx)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y, back = super().forward(x)
        k = self.counts(x)
        y /= k
        return y, lambda dy: back(np.divide(dy, k, out=self.scratch("shares", dy.shape, dy)))

    def counts(self, x: Array) -> Any:
        """How many numbers each window has inside of the array, (..., 1)."""
        if self.padding == "valid":
            return math.prod(self.pool_size)
        along = [w.counts(n) for w, n in zip(self.windows(x.shape[1:]), x.shape[1:], strict=False)]
        return functools.reduce(np.multiply.outer, along)[..., None].astype(x.dtype)


class MaxPool1D(MaxPool):
    """y[n, i] = max_a x[n, s i + a]: of each window the largest number, for each channel.

    x (N, L, C), y (N, L', C). The gradient goes to where that number stands: dx[n, s i + a] += dy[n, i] for the first
    such a.

    Args:
        pool_size: how many numbers a window has.
        strides: s, how far the window moves; by its own size if None.
        padding: "valid" (only whole windows) or "same" (L' = ⌈L / s⌉; what lies outside does not count).

    Raises:
        ValueError: an argument is none of these.

    >>> MaxPool1D(2)(np.array([[[1.0], [4.0], [3.0], [2.0]]])).tolist()
    [[[4.0], [3.0]]]
    """

    axes = 1


class MaxPool2D(MaxPool):
    """y[n, i, j] = max_ab x[n, s i + a, s j + b]: of each window the largest number, for each channel.

    x (N, H, W, C), y (N, H', W', C). The gradient goes to where that number stands:
    dx[n, s i + a, s j + b] += dy[n, i, j] for the first such (a, b), row by row.

    Source: windows that overlap, Krizhevsky, Sutskever and Hinton (2012), NIPS, section 3.4.

    Args:
        pool_size: the height and width of a window, or one number for both.
        strides: s, how far the window moves; by its own size if None.
        padding: "valid" (only whole windows) or "same" (H' = ⌈H / s⌉; what lies outside does not count).

    Raises:
        ValueError: an argument is none of these.

    >>> MaxPool2D(2)(np.array([[[[1.0], [4.0]], [[3.0], [2.0]]]])).tolist()
    [[[[4.0]]]]
    """

    axes = 2


class AvgPool1D(AvgPool):
    """y[n, i] = Σ_a x[n, s i + a] / k: the mean of each window of k numbers, for each channel.

    x (N, L, C), y (N, L', C); dx[n, s i + a] += dy[n, i] / k. At a border, k counts what is there.

    Args:
        pool_size: k.
        strides: s, how far the window moves; by its own size if None.
        padding: "valid" (only whole windows) or "same" (L' = ⌈L / s⌉; what lies outside does not count).

    Raises:
        ValueError: an argument is none of these.

    >>> AvgPool1D(2)(np.array([[[1.0], [4.0], [3.0], [2.0]]])).tolist()
    [[[2.5], [2.5]]]
    """

    axes = 1


class AvgPool2D(AvgPool):
    """y[n, i, j] = Σ_ab x[n, s i + a, s j + b] / k: the mean of each window of k numbers, for each channel.

    x (N, H, W, C), y (N, H', W', C); dx[n, s i + a, s j + b] += dy[n, i, j] / k. At a border, k counts what is there.

    Args:
        pool_size: the height and width of a window, or one number for both.
        strides: s, how far the window moves; by its own size if None.
        padding: "valid" (only whole windows) or "same" (H' = ⌈H / s⌉; what lies outside does not count).

    Raises:
        ValueError: an argument is none of these.

    >>> AvgPool2D(2)(np.array([[[[1.0], [4.0]], [[3.0], [2.0]]]])).tolist()
    [[[[2.5]]]]
    """

    axes = 2


class Global(Layer, abstract=True):
    """One number for each channel."""

    axes: ClassVar[int]

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        has_axes(self, shape, self.axes)
        return shape[-1:]

    def multiplications(self, *shapes: Shape) -> int:
        return math.prod(shapes[0])


class GlobalMaxPool(Global, abstract=True):
    """The largest number of each channel."""

    reads = "xy"

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        c = self.output_shape(x.shape[1:])[0]
        rows = x.reshape(len(x), -1, c)
        y = largest_of_all(rows, self.memory, self.room("y", (len(x), c), x))

        def backward(dy: Array) -> Array:
            dx = self.slope("dx", x.shape, dy)
            dx[...] = 0
            dx.reshape(-1)[firsts(rows, y)] = dy.reshape(-1)
            return dx

        return y, backward


class GlobalAvgPool(Global, abstract=True):
    """The mean of each channel."""

    reads = ""

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        shape, c = x.shape, self.output_shape(x.shape[1:])[0]
        k = math.prod(shape[1:-1])
        y = self.room("y", (len(x), c), x)
        np.matmul(np.ones(k, x.dtype), x.reshape(len(x), k, c), out=y)
        y /= k

        def backward(dy: Array) -> Array:
            dx = self.slope("dx", shape, dy)
            dx.reshape(len(dy), k, c)[...] = (dy / k)[:, None]
            return dx

        return y, backward


class GlobalMaxPool1D(GlobalMaxPool):
    """y[n] = max_i x[n, i]: of a sequence the largest number, for each channel.

    x (N, L, C), y (N, C). The gradient goes to where that number stands: dx[n, i] = dy[n] for the first such i.

    >>> GlobalMaxPool1D()(np.array([[[1.0], [4.0], [3.0]]])).tolist()
    [[4.0]]
    """

    axes = 1


class GlobalMaxPool2D(GlobalMaxPool):
    """y[n] = max_ij x[n, i, j]: of an image the largest number, for each channel.

    x (N, H, W, C), y (N, C). The gradient goes to where that number stands: dx[n, i, j] = dy[n] for the first such
    (i, j), row by row.

    >>> GlobalMaxPool2D()(np.array([[[[1.0], [4.0]], [[3.0], [2.0]]]])).tolist()
    [[4.0]]
    """

    axes = 2


class GlobalAvgPool1D(GlobalAvgPool):
    """y[n] = Σ_i x[n, i] / L: the mean of a sequence, for each channel.

    x (N, L, C), y (N, C); dx[n, i] = dy[n] / L.

    >>> GlobalAvgPool1D()(np.array([[[1.0], [4.0], [4.0]]])).tolist()
    [[3.0]]
    """

    axes = 1


class GlobalAvgPool2D(GlobalAvgPool):
    """y[n] = Σ_ij x[n, i, j] / (H W): the mean of an image, for each channel.

    x (N, H, W, C), y (N, C); dx[n, i, j] = dy[n] / (H W).

    Source: in place of dense layers at the end, Lin, Chen and Yan (2014), arXiv:1312.4400, section 3.2.

    >>> GlobalAvgPool2D()(np.array([[[[1.0], [4.0]], [[3.0], [2.0]]]])).tolist()
    [[2.5]]
    """

    axes = 2


def _middle(x: Array, axis: int) -> Array:
    """The array as (m, length, k), with this axis in the middle."""
    return x.reshape(math.prod(x.shape[:axis]), x.shape[axis], -1)
