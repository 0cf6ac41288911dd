"""Batches: the examples in a new order each epoch, some at a time, in memory that is used again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optiviz.nn.layer import Array
from optiviz.nn.names import checked_size

__all__ = ["Augment", "batches"]

Augment = Callable[[Any, np.random.Generator], Any]
"""What changes the inputs of a batch, by what it draws from the generator."""


def batches(
    x: Any, y: Any, batch_size: int, *, augment: Augment | None = None, rng: Any = 0
) -> Iterator[tuple[Any, Array]]:
    """One epoch: every example once, in an order that is drawn; the last batch has what is left.

    What comes is valid until the next batch.

    Args:
        x: an array (N, ...), or a list of several.
        y: the targets (N, ...).
        batch_size: how many at a time.
        augment: a function that is called with the inputs of each batch and the generator, and returns what comes
            instead of them: one of `optiviz.data.augment`, or your own.
        rng: a seed or a generator that the order is drawn from, and then what `augment` draws.

    Raises:
        TypeError, ValueError: the size is no whole number from 1, or x and y are not equally long, or `augment` is no
            function.

    >>> x = np.arange(5.0)
    >>> [bx.tolist() for bx, _ in batches(x, x, 2, rng=3)]
    [[4.0, 2.0], [1.0, 3.0], [0.0]]
    >>> noisy = batches(x, x, 2, augment=lambda x, rng: x + rng.normal(0, 0.1, x.shape), rng=3)
    >>> [bx.round(2).tolist() for bx, _ in noisy]
    [[4.04, 1.94], [0.95, 2.98], [-0.2]]
    """
    if not (augment is None or callable(augment)):
        raise TypeError(
            f"augment is a function of images and a generator, such as optiviz.data.augment.flip, not {augment!r:.40}"
        )
    many = isinstance(x, (list, tuple))
    arrays = [np.asarray(a) for a in [*(x if many else [x]), y]]
    lengths = [len(a) for a in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"x and y have an entry for each example, but they have {' and '.join(map(str, lengths))}")
    n = len(y)
    size = min(checked_size("batch_size", batch_size), n)
    *inputs, targets = [_rows(a, size) for a in arrays]
    rng = np.random.default_rng(rng)
    order = rng.permutation(n)
    for start in range(0, n, max(1, size)):
        which = order[start : start + size]
        found = [rows(which) for rows in inputs]
        batch = found if many else found[0]
        yield (augment(batch, rng) if augment else batch), targets(which)


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
