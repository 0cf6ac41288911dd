"""Objectives whose gradient is not exact, as that of a mini-batch is not. The value that they tell stays exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.surfaces.data import DataSurface
from optiviz.surfaces.surface import Objective, Surface

__all__ = ["batched", "noisy"]

Array = npt.NDArray[np.float64]


def noisy(surface: Surface, scale: float, seed: int) -> Objective:
    """The surface as an objective whose gradient carries Gaussian noise.

    Run k (in the order of theta's leading axes) draws from the seed's k-th child, so it sees the same
    noise alone or among others.

    Args:
        surface: the surface.
        scale: standard deviation of the noise on each coordinate of the gradient.
        seed: the same seed, the same noise.
    """
    streams: list[Iterator[Array]] = []

    def objective(theta: Any) -> tuple[Any, Any]:
        value, gradient = surface.value_and_gradient(theta)
        if not streams:
            streams.extend(_noise(rng, surface.dimension, scale) for rng in _children(seed, np.size(value)))
        noise = np.array([next(stream) for stream in streams])
        if isinstance(theta, list):
            return value, [g + n for g, n in zip(gradient, noise[0].tolist(), strict=True)]
        return value, gradient + noise.reshape(theta.shape)

    return objective


def batched(surface: Surface, size: int, seed: int) -> Objective:
    """The surface as an objective whose gradient is that of a mini-batch, a new one at every look.

    The examples are shuffled anew for every epoch; an epoch's last batch holds what is left. Run k shuffles
    by the seed's k-th child, whatever the others do.

    Args:
        surface: a loss on data.
        size: examples in a batch.
        seed: the same seed, the same batches.

    Raises:
        TypeError: the surface has no data.
        ValueError: the batch would be empty or larger than the data.
    """
    if not isinstance(surface, DataSurface):
        raise TypeError(f"{surface.name} has no examples to draw batches from; give it noise instead")
    if not 1 <= size <= surface.examples:
        raise ValueError(f"a batch of {surface.name} is 1 to {surface.examples} examples, not {size}")
    streams: list[Iterator[Array]] = []

    def objective(theta: Any) -> tuple[Any, Any]:
        value, _ = surface.value_and_gradient(theta)
        if not streams:
            streams.extend(_batches(rng, surface.examples, size) for rng in _children(seed, np.size(value)))
        drawn = np.array([next(stream) for stream in streams]).reshape(*np.shape(value), -1)
        _, gradient = surface.value_and_gradient(theta, *(column[drawn] for column in surface.data))
        return value, gradient

    return objective


def _children(seed: int, count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k,))) for k in range(count)]


def _noise(rng: np.random.Generator, dimension: int, scale: float) -> Iterator[Array]:
    while True:  # drawn in blocks for speed; the numbers are those of single draws
        yield from scale * rng.standard_normal((256, dimension))


def _batches(rng: np.random.Generator, examples: int, size: int) -> Iterator[Any]:
    while True:
        order = rng.permutation(examples)
        yield from (order[begin : begin + size] for begin in range(0, examples, size))
