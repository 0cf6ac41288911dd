"""Small data for the surfaces, drawn once; 128 examples, so that a mini-batch of 32 is a quarter of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["HEIGHTS", "TOSSES", "about_a_line", "exam", "numbers", "three_kinds"]

Array = npt.NDArray[np.float64]

EXAMPLES = 128


def about_a_line(outliers: int = 0) -> tuple[Array, Array]:
    """Points about a line, of those furthest to the right some far below it."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 3, EXAMPLES)
    y = 0.8 * x - 0.5 + rng.normal(scale=0.5, size=EXAMPLES)
    y[np.argsort(x)[EXAMPLES - outliers :]] -= 6
    return x.round(2), y.round(2)


def exam() -> tuple[Array, Array]:
    """Hours of study, and who passed (1): the more hours, the likelier."""
    rng = np.random.default_rng(2)
    hours = rng.uniform(0, 6, EXAMPLES)
    passed = rng.uniform(size=EXAMPLES) < np.clip((hours - 1) / 4, 0.05, 0.95)
    return hours.round(2), passed.astype(np.float64)


def three_kinds() -> tuple[Array, ...]:
    """One measure of things of three kinds, small, middle and large; for each kind a column that is 1 for its own."""
    kinds = np.arange(EXAMPLES) % 3
    x = np.random.default_rng(3).normal(1.5 * (kinds - 1), 1.0)
    return (x.round(2), *(np.asarray(kinds == k, dtype=np.float64) for k in range(3)))


HEIGHTS = "158 161 163 164 165 166 167 168 168 169 170 171 171 172 173 174 175 176 177 179 180 182 185 190"
"""Of a class of 24, in cm."""

TOSSES = "1 0 1 1 0 1 1 1 0 1 0 1 1 0 1 1 1 0 1 1"
"""Of a coin, 1 for heads: 14 out of 20."""


def numbers(text: str) -> Array:
    """The numbers that stand in a text.

    >>> numbers("1 0 1")
    array([1., 0., 1.])
    """
    return np.array(text.split(), dtype=np.float64)
