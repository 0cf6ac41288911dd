"""Layers that move numbers about without computing: other shapes, several inputs to one, zeros around an image."""

from __future__ import annotations

import math
from typing import Any

from optiviz.nn.layer import Array, Backward, Layer, Shape

__all__ = ["Flatten"]


class Flatten(Layer):
    """y = x in one row: x (N, ...), y (N, D) with D the product of the sizes; dx is dy in the shape of x."""

    reads, passes_on = "", "view"

    def output_shape(self, *shapes: Shape) -> Shape:
        return (math.prod(shapes[0]),)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        return x.reshape(len(x), -1), lambda dy: dy.reshape(x.shape)
