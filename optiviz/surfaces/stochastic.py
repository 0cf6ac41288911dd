"""Objectives whose gradient is not exact, as that of a mini-batch is not. The value that they tell stays exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.surfaces.data import DataSurface
from optiviz.surfaces.surface import Objective, Surface

__all__ = ["stochastic"]

Array = npt.NDArray[np.float64]
Seed = int | list[int]


def stochastic(
    surface: Surface, *, noise: float = 0.0, batch_size: int | None = None, seed: Seed = 0, alike: bool = False
) -> Objective:
    """The surface as an objective whose gradient carries noise, or is that of a mini-batch; else the surface itself.

    Run k (in the order of theta's leading axes) draws from the seed's k-th child, so it sees the same alone
    or among others.

    Args:
        surface: the surface; for batches a loss on data.
        noise: standard deviation of the Gaussian noise on each coordinate of the gradient.
        batch_size: examples in a batch. They are shuffled anew for every epoch, whose last batch holds what is left.
        seed: the same seed, the same noise and batches.
        alike: let all runs see what the first one does, so that something else is all that they differ in.

    Raises:
        TypeError: there are to be batches of a surface without data.
        ValueError: a batch would be empty or larger than the data, or there are to be both batches and noise.
    """
    if noise and batch_size is not None:
        raise ValueError("a gradient is that of a batch, or it carries noise; give batch_size or noise")
    if batch_size is not None:
        return _batched(surface, batch_size, seed, alike)
    return _noisy(surface, noise, seed, alike) if noise else surface.value_and_gradient


def _noisy(surface: Surface, scale: float, seed: Seed, alike: bool) -> Objective:
    streams: list[Iterator[Array]] = []

    def objective(theta: Any) -> tuple[Any, Any]:
        value, gradient = surface.value_and_gradient(theta)
        if not streams:
            streams.append(_noise(_children(seed, value, alike), surface.dimension, scale))
        noise = next(streams[0])
        if isinstance(theta, list):
            return value, [g + n for g, n in zip(gradient, noise[0].tolist(), strict=True)]
        return value, gradient + (noise[0] if alike else noise.reshape(theta.shape))

    return objective


def _batched(surface: Surface, size: int, seed: Seed, alike: bool) -> Objective:
    if not isinstance(surface, DataSurface):
        raise TypeError(f"{surface.name} has no examples to draw batches from; give it noise instead")
    if not 1 <= size <= surface.examples:
        raise ValueError(f"a batch of {surface.name} is 1 to {surface.examples} examples, not {size}")
    streams: list[Iterator[Array]] = []

    def objective(theta: Any) -> tuple[Any, Any]:
        value = surface.value(np.asarray(theta))[()]
        if not streams:
            streams.extend(_batches(rng, surface.examples, size) for rng in _children(seed, value, alike))
        drawn = np.array([next(stream) for stream in streams])
        drawn = drawn[0] if alike else drawn.reshape(*np.shape(value), -1)
        _, gradient = surface.value_and_gradient(theta, *(column[drawn] for column in surface.data))
        return float(value) if isinstance(theta, list) else value, gradient

    return objective


def _children(seed: Seed, value: Any, alike: bool) -> list[np.random.Generator]:
    """A generator for each run."""
    count = 1 if alike else np.size(value)
    return [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k,))) for k in range(count)]


def _noise(rngs: list[np.random.Generator], dimension: int, scale: float) -> Iterator[Array]:
    """For each update the noise of all runs (runs, dimension)."""
    while True:  # drawn in blocks for speed; the numbers are those of single draws
        yield from scale * np.stack([rng.standard_normal((256, dimension)) for rng in rngs], axis=1)


def _batches(rng: np.random.Generator, examples: int, size: int) -> Iterator[Any]:
    while True:
        order = rng.permutation(examples)
        yield from (order[begin : begin + size] for begin in range(0, examples, size))
