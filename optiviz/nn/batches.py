"""Batches: the examples in a new order each epoch, some at a time, in memory that is used again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optiviz.nn.layer import Array
from optiviz.nn.names import checked_size

__all__ = ["batches"]


def batches(x: Any, y: Any, batch_size: int, *, rng: Any = 0) -> Iterator[tuple[Any, Array]]:
    """One epoch: every example once, in an order that is drawn; the last batch has what is left.

    What comes is valid until the next batch.

    Args:
        x: an array (N, ...), or a list of several.
        y: the targets (N, ...).
        batch_size: how many at a time.
        rng: a seed or a generator that the order is drawn from.

    Raises:
        TypeError, ValueError: the size is no whole number from 1, or x and y are not equally long.

    >>> x = np.arange(5.0)
    >>> [bx.tolist() for bx, _ in batches(x, x, 2, rng=3)]
    [[4.0, 2.0], [1.0, 3.0], [0.0]]
    """
    many = isinstance(x, (list, tuple))
    arrays = [np.asarray(a) for a in [*(x if many else [x]), y]]
    lengths = [len(a) for a in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"x and y have an entry for each example, but they have {' and '.join(map(str, lengths))}")
    n = len(y)
    size = min(checked_size("batch_size", batch_size), n)
    *inputs, targets = [_rows(a, size) for a in arrays]
    order = np.random.default_rng(rng).permutation(n)
    for start in range(0, n, max(1, size)):
        which = order[start : start + size]
        found = [rows(which) for rows in inputs]
        yield (found if many else found[0]), targets(which)


def _rows(array: Array, size: int) -> Callable[[Array], Array]:
    """A function that copies the rows of these numbers to the same place each time."""
    place = np.empty((size, *array.shape[1:]), array.dtype)
    in_a_row = array.flags.c_contiguous and array.flags.aligned  # else np.take would copy all of the array

    def rows(which: Array) -> Array:
        taken = place[: len(which)]
        if in_a_row:
            np.take(array, which, axis=0, out=taken, mode="clip")  # "raise" would copy once more
        else:
            taken[...] = array[which]
        return taken

    return rows
