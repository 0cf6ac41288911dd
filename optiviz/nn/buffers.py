"""One buffer for the weights of all layers of a model, one for their gradients, one for their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optiviz.nn.layer import Array, Layer, Shape

__all__ = ["Buffers"]


class Buffers:
    """Where the numbers of some layers lie.

    A layer may be in several models. Its numbers then lie in the buffers of the one that was used last, and move to
    those of another when that is used.

    Attributes:
        theta: all weights (P,).
        grad: their gradients (P,).
        statistics: what layers have counted.
        layout: the shapes of the weights, in order.
    """

    def __init__(self, layers: Sequence[Layer], dtype: np.dtype[Any]) -> None:
        weights = [(layer, name) for layer in layers for name in layer.gradients]
        counted = [(layer, name) for layer in layers for name in layer.arrays if name not in layer.gradients]
        self.layout = [layer.arrays[name].shape for layer, name in weights]
        self.theta, arrays = _with_views(self.layout, dtype)
        self.grad, gradients = _with_views(self.layout, dtype)
        self.statistics, numbers = _with_views([layer.arrays[name].shape for layer, name in counted], dtype)
        self.homes: dict[Layer, tuple[dict[str, Array], dict[str, Array]]] = {layer: ({}, {}) for layer in layers}
        for (layer, name), array, gradient in zip(weights, arrays, gradients, strict=True):
            self.homes[layer][0][name], self.homes[layer][1][name] = array, gradient
        for (layer, name), array in zip(counted, numbers, strict=True):
            self.homes[layer][0][name] = array

    @property
    def hold_all(self) -> bool:
        """Do the layers have their numbers here?"""
        return all(layer.arrays is arrays for layer, (arrays, _) in self.homes.items())

    def fetch(self) -> None:
        """Take the numbers of the layers from where they are, and have them here from now on."""
        for layer, (arrays, gradients) in self.homes.items():
            for name, array in arrays.items():
                array[...] = layer.arrays[name]
            for name, gradient in gradients.items():
                gradient[...] = layer.gradients[name]
            layer.live_in(arrays, gradients)


def _with_views(shapes: Sequence[Shape], dtype: np.dtype[Any]) -> tuple[Array, list[Array]]:
    """A flat buffer, and views of it in these shapes."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    buffer = np.zeros(sum(sizes), dtype)
    parts = np.split(buffer, np.cumsum(sizes)[:-1]) if sizes else []
    return buffer, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
