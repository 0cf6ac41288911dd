"""One buffer for the weights of all layers of a model, one for their gradients, one for their statistics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.nn.graph import Needs
from optiviz.nn.layer import Array, Layer, Shape

__all__ = ["Buffer", "Buffers"]


class Buffers:
    """Where the numbers of some layers lie.

    A layer may be in several models. Its numbers then lie in the buffers of the one that was used last, and move to
    those of another when that is used.

    Attributes:
        theta: all weights (P,).
        grad: their gradients (P,).
        statistics: what layers have counted.
        layout: the shapes of the weights, in order.
        homes: for each layer the views of its weights and statistics, and those of its gradients.
    """

    def __init__(self, needed: Mapping[Layer, Needs], dtype: np.dtype[Any]) -> None:
        self.layout = [begin.shape for need in needed.values() for begin in need.weights.values()]
        counted = [begin.shape for need in needed.values() for begin in need.statistics.values()]
        self.theta, weights = _with_views(self.layout, dtype)
        self.grad, gradients = _with_views(self.layout, dtype)
        self.statistics, numbers = _with_views(counted, dtype)
        self.homes: dict[Layer, tuple[dict[str, Array], dict[str, Array]]] = {}
        for layer, need in needed.items():
            arrays = {name: next(weights) for name in need.weights} | {name: next(numbers) for name in need.statistics}
            self.homes[layer] = arrays, {name: next(gradients) for name in need.weights}

    def begin(self, needed: Mapping[Layer, Needs], rng: np.random.Generator) -> None:
        """Have the numbers of all layers here: as they are, or as they begin where there are none yet."""
        for layer, need in needed.items():
            if not layer.arrays:
                arrays, gradients = self.homes[layer]
                for name, begin in (need.weights | need.statistics).items():
                    begin.fill(arrays[name], rng)
                layer.live_in(arrays, gradients)
        self.fetch()

    @property
    def hold_all(self) -> bool:
        """Do the layers have their numbers here?"""
        return all(layer.arrays is arrays for layer, (arrays, _) in self.homes.items() if arrays)

    def fetch(self) -> None:
        """Take the numbers of the layers from where they are, and have them here from now on."""
        for layer, (arrays, gradients) in self.homes.items():
            if arrays and layer.arrays is not arrays:
                for name, array in arrays.items():
                    array[...] = layer.arrays[name]
                for name, gradient in gradients.items():
                    gradient[...] = layer.gradients[name]
                layer.live_in(arrays, gradients)


class Buffer:
    """A buffer as an attribute of a model. `model.theta = array` writes into the memory that theta has."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, model: Any, owner: type) -> Any:
        return self if model is None else getattr(model.home, self.name)

    def __set__(self, model: Any, value: npt.ArrayLike) -> None:
        kept, new = getattr(model.home, self.name), np.asarray(value)
        if new.shape != kept.shape:
            raise ValueError(f"{self.name} of this model has the shape {kept.shape}, not {new.shape}")
        kept[...] = new


def _with_views(shapes: Sequence[Shape], dtype: np.dtype[Any]) -> tuple[Array, Iterator[Array]]:
    """A flat buffer, and views of it in these shapes."""
    ends = [0, *accumulate(map(math.prod, shapes))]
    buffer = np.zeros(ends[-1], dtype)
    return buffer, (buffer[a:b].reshape(shape) for (a, b), shape in zip(pairwise(ends), shapes, strict=True))
