"""Embedding: a vector for each token, learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from optiviz.nn.initializers import initializer
from optiviz.nn.kernels.rows import add_rows
from optiviz.nn.kernels.sizes import numbers
from optiviz.nn.layer import Array, Backward, Begin, Layer, Shape, Weight

__all__ = ["Embedding"]


class Embedding(Layer):
    """y[n, t] = W[x[n, t]]: the row of a table that a token stands for.

    x (N, ...) whole numbers from 0 to V - 1, W (V, D), y (N, ..., D); dW[v] = Σ dy[n, t] over all places with
    x[n, t] = v. It is a dense layer on tokens as one-hot vectors, without the zeros.

    Source: Bengio, Ducharme, Vincent and Jauvin (2003), JMLR 3:1137-1155.

    Args:
        input_dim: V, how many tokens there are.
        output_dim: D, how long a vector is.
        embeddings_initializer: how W begins.

    Raises:
        ValueError: an argument is no whole number from 1, or a token has no row.
        TypeError: the tokens are not whole numbers.

    >>> words = Embedding(3, 2)
    >>> words.build((2,))
    (2, 2)
    >>> words.W = [[0, 0], [1, 2], [3, 4]]
    >>> words(np.array([[2, 1]])).tolist()
    [[[3.0, 4.0], [1.0, 2.0]]]
    """

    whole_numbers = True
    W = Weight()

    def __init__(self, input_dim: int, output_dim: int, *, embeddings_initializer: str = "uniform") -> None:
        (self.input_dim,), (self.output_dim,) = numbers("input_dim", input_dim, 1), numbers("output_dim", output_dim, 1)
        self.embeddings_initializer = embeddings_initializer
        initializer(embeddings_initializer)

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0], self.output_dim)

    def weights(self, *shapes: Shape) -> dict[str, Begin]:
        size = (self.input_dim, self.output_dim)
        return {"W": Begin(size, self.embeddings_initializer, *size)}

    def forward(self, x: Array, training: Any = False) -> tuple[Array, Backward]:
        tokens = self.tokens(x)
        # All tokens have a row; "clip" spares NumPy a copy of the output, which it makes to find out.
        y = np.take(self.W, tokens, axis=0, out=self.room("y", (*x.shape, self.output_dim), self.W), mode="clip")

        def backward(dy: Array) -> None:
            self.accumulate("W", add_rows, tokens.ravel(), dy.reshape(-1, self.output_dim))

        return y, backward

    def tokens(self, x: Array) -> Array:
        """The tokens, checked."""
        if x.dtype.kind not in "iu":
            raise TypeError(f"{self!r} takes tokens that are whole numbers, not {x.dtype}; write x.astype(int)")
        if x.size and (x.min() < 0 or x.max() >= self.input_dim):
            wrong = x[(x < 0) | (x >= self.input_dim)][0]
            raise ValueError(f"{self!r} knows the tokens from 0 to {self.input_dim - 1}, not {wrong}")
        return x
