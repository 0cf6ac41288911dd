"""Layers that move numbers about without computing: other shapes, several inputs to one, zeros around an image."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np

from optiviz.nn.kernels.correlation import Pads, inside, surrounded
from optiviz.nn.kernels.sizes import has_axes
from optiviz.nn.layer import Array, Backward, Layer, Shape

__all__ = ["Add", "Concatenate", "Flatten", "Reshape", "ZeroPadding2D"]


class Flatten(Layer):
    """y = x in one row: x (N, ...), y (N, D) with D the product of the sizes; dx is dy in the shape of x.

    >>> Flatten()(np.array([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """

    reads, passes_on = "", "view"

    def output_shape(self, *shapes: Shape) -> Shape:
        return (math.prod(shapes[0]),)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        return x.reshape(len(x), -1), lambda dy: dy.reshape(x.shape)


class Reshape(Layer):
    """y = x in another shape, with the numbers in the same order; dx is dy in the shape of x.

    Args:
        target_shape: the shape of one example; one size may be -1, which is then what is left.

    Raises:
        ValueError: the shape is none, or has another number of places than x.

    >>> Reshape((2, -1))(np.array([[1, 2, 3, 4]])).tolist()
    [[[1.0, 2.0], [3.0, 4.0]]]
    """

    reads, passes_on = "", "view"

    def __init__(self, target_shape: Any) -> None:
        sizes = target_shape if isinstance(target_shape, (tuple, list)) else (target_shape,)
        if not all(isinstance(n, Integral) and (int(n) > 0 or int(n) == -1) for n in sizes) or sizes.count(-1) > 1:
            raise ValueError(f"a target_shape is whole numbers from 1, one of which may be -1, not {target_shape!r}")
        self.target_shape = tuple(map(int, sizes))

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        size, known = math.prod(shape), math.prod(n for n in self.target_shape if n > 0)
        if size % known if -1 in self.target_shape else size != known:
            raise ValueError(f"{shape} has {size} numbers, which do not fit {self!r}")
        return tuple(size // known if n == -1 else n for n in self.target_shape)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        return x.reshape(len(x), *self.output_shape(x.shape[1:])), lambda dy: dy.reshape(x.shape)


class Add(Layer):
    """y = Σᵢ xᵢ, dxᵢ = dy: inputs of one shape, added; so a block learns what is to be added to its own input.

    Source: He et al. (2016), arXiv:1512.03385, equation 1.

    >>> Add()([[1, 2]], [[10, 20]]).tolist()
    [[11.0, 22.0]]
    """

    reads, passes_on, inputs = "", "copies", None

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(set(shapes)) > 1:
            raise ValueError(f"{self!r} takes inputs of one shape, not {' and '.join(map(str, shapes))}")
        return shapes[0]

    def forward(self, *x: Array, training: Any = False) -> tuple[Array, Backward]:
        shape = (len(x[0]), *self.output_shape(*(a.shape[1:] for a in x)))
        y = np.add(x[0], x[1], out=self.room("y", shape, x[0]))
        for other in x[2:]:
            y += other
        return y, lambda dy: (dy,) * len(x)


class Concatenate(Layer):
    """y = x₁, x₂, ... side by side along an axis; dxᵢ is its part of dy.

    Source: as what joins the layers of a block, Huang et al. (2017), arXiv:1608.06993.

    Args:
        axis: along which; 0, the batch, cannot be it.

    Raises:
        ValueError: there is no such axis, or the inputs differ in another one.

    >>> Concatenate()([[1, 2]], [[3]]).tolist()
    [[1.0, 2.0, 3.0]]
    """

    reads, passes_on, inputs = "", "view", None

    def __init__(self, axis: int = -1) -> None:
        if not isinstance(axis, int) or axis == 0:
            raise ValueError(f"the axis to concatenate along is a whole number other than 0, the batch, not {axis!r}")
        self.axis = axis

    def output_shape(self, *shapes: Shape) -> Shape:
        first, axis = shapes[0], self.axis - 1 if self.axis > 0 else self.axis + len(shapes[0])
        if not 0 <= axis < len(first):
            raise ValueError(f"there is no axis {self.axis} in examples of shape {first}")
        if len({(*shape[:axis], *shape[axis + 1 :], len(shape)) for shape in shapes}) > 1:
            raise ValueError(
                f"{self!r} takes inputs that differ along the axis {self.axis} only, "
                f"not {' and '.join(map(str, shapes))}"
            )
        return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])

    def forward(self, *x: Array, training: Any = False) -> tuple[Array, Backward]:
        shape = (len(x[0]), *self.output_shape(*(a.shape[1:] for a in x)))
        y = np.concatenate(x, axis=self.axis, out=self.room("y", shape, x[0]))
        ends = np.cumsum([a.shape[self.axis] for a in x])[:-1]

        def backward(dy: Array) -> tuple[Array, ...]:
            return tuple(np.split(dy, ends, axis=self.axis))

        return y, backward


class ZeroPadding2D(Layer):
    """y = x (N, H, W, C) with zeros around each image; dx is dy without them.

    Args:
        padding: how many: one number, (above and below, left and right), or ((top, bottom), (left, right)).

    Raises:
        ValueError: the padding is none of these.

    >>> ZeroPadding2D(((0, 1), (1, 0)))(np.array([[[[5]]]]))[0, :, :, 0].tolist()
    [[0.0, 5.0], [0.0, 0.0]]
    """

    reads = ""

    def __init__(self, padding: Any = 1) -> None:
        self.padding = _four(padding)

    def output_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        has_axes(self, shape, 2)
        return (*(n + sum(pad) for n, pad in zip(shape[:2], self.padding, strict=True)), shape[2])

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        shape, pads = x.shape, self.padding
        y = self.room("y", (len(x), *self.output_shape(shape[1:])), x)
        return surrounded(x, pads, y), lambda dy: inside(dy, pads, self.slope("dx", shape, dy))


def _four(padding: Any) -> Pads:
    """The padding as ((top, bottom), (left, right))."""
    pair = (padding, padding) if isinstance(padding, int) else padding
    try:
        (top, bottom), (left, right) = [(side, side) if isinstance(side, int) else tuple(side) for side in pair]
    except (TypeError, ValueError):
        top = bottom = left = right = None
    if not all(isinstance(n, int) and n >= 0 for n in (top, bottom, left, right)):
        raise ValueError(
            "padding is a whole number from 0, (above and below, left and right) or ((top, bottom), (left, right)), "
            f"not {padding!r}"
        )
    return (top, bottom), (left, right)
