"""Dropout: what a layer may not rely on being there."""

from __future__ import annotations

from typing import Any

import numpy as np

from optiviz.nn.kernels.sizes import below_one
from optiviz.nn.layer import Array, Backward, Layer, Shape

__all__ = ["Dropout"]

STEPS = 65_536
"""A number is kept if 16 random bits say so."""


class Dropout(Layer):
    """y = x k / (1 - rate), with each k drawn: 0 with probability `rate`, else 1; only in training, else y = x.

    x and y (N, ...); dx = dy k / (1 - rate)

    Forward in training draws from the generator that is given to it as `training`.

    Source: Srivastava et al. (2014), JMLR 15:1929-1958.

    Args:
        rate: the share that is dropped, from 0 to below 1, in steps of 1/65536.

    Raises:
        ValueError: the rate is out of range.

    >>> layer, x = Dropout(0.5), np.ones((1, 4))
    >>> layer(x).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    >>> layer.forward(x, training=np.random.default_rng(3))[0].tolist()
    [[0.0, 0.0, 2.0, 2.0]]
    """

    reads, passes_on, draws = "", "view", True

    def __init__(self, rate: float) -> None:
        self.rate = below_one("rate", rate)

    @property
    def steps_kept(self) -> int:
        """How many of the 65536 steps are kept."""
        return max(1, round((1 - self.rate) * STEPS))

    def draw(self, rng: Any, shape: Shape) -> Array:
        """Which numbers of an array of this shape are kept.

        Raises:
            TypeError: there is no generator to draw from.
        """
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"{self!r} draws at random: forward(x, training=np.random.default_rng(0)), not {rng!r}")
        size = int(np.prod(shape))
        bits = rng.integers(0, 2**64, -(-size // 4), np.uint64).view(np.uint16)[:size]
        return (bits < self.steps_kept).reshape(shape) if self.steps_kept < STEPS else np.ones(shape, bool)

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        if not training:
            return x, lambda dy: dy
        kept = self.draw(training, x.shape) if self.drawn is None else self.drawn
        scale = STEPS / self.steps_kept
        y = np.multiply(x, kept, out=self.over(x))
        y *= scale

        def backward(dy: Array) -> Array:
            dx = np.multiply(dy, kept, out=self.over_dy(dy))
            dx *= scale
            return dx

        return y, backward
