"""Activations: what bends a line, element by element; without one, two linear layers are one linear layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from optiviz.nn.kernels.rectifier import positive_part
from optiviz.nn.layer import LAYERS, Array, Backward, Layer

__all__ = ["ReLU", "activation_called"]


class ReLU(Layer):
    """y = max(x, 0), dx = dy where x > 0, else 0.

    Source: Nair and Hinton (2010), ICML.
    """

    reads = "y"

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        y = positive_part(x, self.over(x))

        def backward(dy: Array) -> Array:
            return np.multiply(dy, y > 0, out=self.over_dy(dy))

        return y, backward


ACTIVATIONS = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "sigmoid": "Sigmoid", "softmax": "Softmax", "tanh": "Tanh"}


def activation_called(name: Any) -> Layer | None:
    """The activation of that name."""
    return None if name is None else name if isinstance(name, Layer) else LAYERS[ACTIVATIONS[name]]()
