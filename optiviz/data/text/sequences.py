"""Sequences of whole numbers as arrays: equally long, and as one-hot vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["memory", "one_hot", "pad_sequences"]

Array = npt.NDArray[Any]

ENDS = ("pre", "post")


def pad_sequences(
    sequences: Iterable[Sequence[int]],
    maxlen: int | None = None,
    *,
    padding: str = "pre",
    truncating: str = "pre",
    value: int = 0,
) -> Array:
    """All of them in one array of int32, (N, maxlen): shorter ones filled up, longer ones cut.

    Args:
        sequences: N sequences of whole numbers.
        maxlen: how long they will be; as the longest if None.
        padding: fill `pre`, before the words, which then end where all others end, or `post`, behind them.
        truncating: cut `pre`, the beginning, or `post`, the end.
        value: what they are filled with.

    Raises:
        TypeError: they are not sequences of whole numbers.
        ValueError: an argument is not what it may be, or a number does not fit.

    Source: Chollet et al. (2015), Keras, `pad_sequences`.

    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], 2).tolist()
    [[0, 1], [2, 3], [5, 6]]
    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], 2, padding="post", truncating="post").tolist()
    [[1, 0], [2, 3], [4, 5]]
    """
    for name, end in (("padding", padding), ("truncating", truncating)):
        if end not in ENDS:
            raise ValueError(f"{name} is 'pre' or 'post', not {end!r:.40}")
    if maxlen is not None and (isinstance(maxlen, bool) or not isinstance(maxlen, (int, np.integer)) or maxlen < 1):
        raise ValueError(f"maxlen is a whole number from 1 on, not {maxlen!r:.40}")
    rows = [_row(sequence, place) for place, sequence in enumerate(sequences)]
    lengths = np.array([len(row) for row in rows], dtype=np.intp)
    length = int(lengths.max(initial=0)) if maxlen is None else int(maxlen)
    kept = np.minimum(lengths, length)
    at = np.arange(length)
    filled = at < kept[:, None] if padding == "post" else at >= length - kept[:, None]
    result = np.full((len(rows), length), _fits(np.asarray(value), "value"), np.int32)
    cut = [row[:length] if truncating == "post" else row[-length:] for row in rows]
    if cut:
        result[filled] = _fits(np.concatenate(cut), "a sequence")
    return result


def _row(sequence: Any, place: int) -> Array:
    try:
        row = np.asarray(sequence)
    except ValueError:
        row = np.empty((0, 0))
    if row.ndim != 1 or (row.size and row.dtype.kind not in "iu"):
        raise TypeError(
            f"a sequence is a list of whole numbers, not {sequence!r:.40} at place {place}; "
            "for texts call texts_to_sequences first"
        )
    if row.dtype.kind == "u":  # beside signed numbers, unsigned ones of 64 bits would become floats
        row = _fits(row, "a sequence")
    return row.astype(np.int64, copy=False)


def _fits(numbers: Array, name: str) -> Array:
    """Whole numbers that int32 holds."""
    bounds = np.iinfo(np.int32)
    if numbers.dtype.kind not in "iu" or (
        numbers.size and not bounds.min <= numbers.min() <= numbers.max() <= bounds.max
    ):
        raise ValueError(f"{name} has whole numbers from {bounds.min} to {bounds.max}, not {numbers.ravel()[:3]}")
    return numbers


def one_hot(sequence: Any, vocabulary: int) -> Array:
    """y[t, v] = 1 where v = x[t], else 0: a row (T, V) of zeros with a single one for each number.

    `one_hot(x, V) @ W` are the rows of W that an embedding looks up, W[x], with V times the work.

    Args:
        sequence: x, whole numbers (..., T) from 0 to V - 1.
        vocabulary: V.

    Raises:
        TypeError: they are not whole numbers.
        ValueError: one has no column, or V is none.

    >>> one_hot([1, 2, 3], 4).tolist()
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    if isinstance(vocabulary, bool) or not isinstance(vocabulary, (int, np.integer)) or vocabulary < 1:
        raise ValueError(
            f"vocabulary is how many numbers there are with 0, a whole number from 1, not {vocabulary!r:.40}"
        )
    x = np.asarray(sequence)
    if x.size and x.dtype.kind not in "iu":
        raise TypeError(f"a sequence is whole numbers, not {x.dtype}; for texts call texts_to_sequences first")
    if x.size and not 0 <= x.min() <= x.max() < vocabulary:
        wrong = x[(x < 0) | (x >= vocabulary)][0]
        raise ValueError(f"a vocabulary of {vocabulary} has the numbers from 0 to {vocabulary - 1}, not {wrong}")
    result = np.zeros((*x.shape, vocabulary), np.float32)
    np.put_along_axis(result, x[..., None].astype(np.intp), 1, axis=-1)
    return result


def memory(length: int, vocabulary: int, dimension: int) -> dict[str, int]:
    """How many bytes a text takes in float32: T V numbers in one-hot vectors; T D, and a table of V D, as an embedding.

    Between any two one-hot vectors the distance is √2 and the cosine 0: no two words are alike. Vectors of an embedding
    lie as they have been learnt.

    Args:
        length: T, how many words the text has.
        vocabulary: V, how many words there are.
        dimension: D, how long a vector of the embedding is.

    >>> memory(100, 20_000, 50)
    {'one-hot': 8000000, 'embedding': 20000, 'table': 4000000}
    """
    return {
        "one-hot": 4 * length * vocabulary,
        "embedding": 4 * length * dimension,
        "table": 4 * vocabulary * dimension,
    }
