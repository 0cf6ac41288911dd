"""How weights begin: random, with a variance that keeps signals from fading or growing from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.formula import nearest

__all__ = ["INITIALIZERS", "glorot", "he", "initializer", "lecun", "ones", "uniform", "zeros"]

Array = npt.NDArray[Any]
Initializer = Callable[[np.random.Generator, tuple[int, ...], int, int], Array]
"""Draws each number by itself, so that a large weight can be drawn in parts."""


def he(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """Normal with variance 2 / fan_in: half of a ReLU's inputs are cut off, which the 2 makes up for.

    Source: He et al. (2015), arXiv:1502.01852, equation 10.
    """
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def glorot(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """Uniform in ±sqrt(6 / (fan_in + fan_out)), of variance 2 / (fan_in + fan_out): a compromise of both directions.

    Source: Glorot and Bengio (2010), AISTATS, PMLR 9:249-256, equation 16.
    """
    bound = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


def lecun(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """Normal with variance 1 / fan_in: a sum of fan_in terms has the variance of one of them.

    Source: LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.6.
    """
    return rng.normal(0, math.sqrt(1 / fan_in), shape)


def uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """Uniform in ±0.05, as the vectors of an embedding begin, of which nothing is summed.

    Source: Chollet et al. (2015), Keras, `Embedding`.
    """
    return rng.uniform(-0.05, 0.05, shape)


def zeros(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """All 0, as biases begin. A whole layer of it never learns: all its units would stay the same."""
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """All 1, as scales begin."""
    return np.ones(shape)


INITIALIZERS: dict[str, Initializer] = {f.__name__: f for f in (he, glorot, lecun, uniform, zeros, ones)}


def initializer(name: str) -> Initializer:
    """The initializer of that name.

    Raises:
        LookupError: there is none.
    """
    if not isinstance(name, str) or name not in INITIALIZERS:
        raise LookupError(f"unknown initializer {name!r}; {nearest(str(name), [*INITIALIZERS], 'there are')}")
    return INITIALIZERS[name]
