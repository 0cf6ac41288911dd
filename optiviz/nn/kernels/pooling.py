"""Windows along one axis, (m, length, k) to (m, places, k): their largest number or their sum, and the derivatives.

Two axes of an image are two such steps. A loop goes over the places of a window, not over the windows: each turn is one
operation on rows of numbers that lie side by side. What would lie outside of the array is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from optiviz.nn.memory import Array, Memory

__all__ = ["Windows", "firsts", "largest", "largest_back", "largest_of_all", "total", "total_back"]


class Windows(NamedTuple):
    """Windows of `size` numbers, `stride` apart, at `places`; the first begins `before` the array."""

    size: int
    stride: int
    before: int
    places: int

    def taps(self, length: int) -> Iterator[tuple[slice, slice]]:
        """For each number of a window: the windows that have one inside of the array, and where these are.

        >>> for tap in Windows(size=3, stride=2, before=1, places=2).taps(4):
        ...     print(*tap)
        slice(1, 2, None) slice(1, 2, 2)
        slice(0, 2, None) slice(0, 3, 2)
        slice(0, 2, None) slice(1, 4, 2)
        """
        for a in range(-self.before, self.size - self.before):
            first, last = max(0, -(a // self.stride)), min(self.places - 1, (length - 1 - a) // self.stride)
            if first <= last:
                start, end = (self.stride * j + a for j in (first, last))
                yield slice(first, last + 1), slice(start, end + 1, self.stride)

    def gather(self, operation: Any, x: Array, out: Array) -> Array:
        """The numbers of each window, joined by an operation such as np.add."""
        taps = [*self.taps(x.shape[1])]
        everywhere = [where for places, where in taps if places == slice(0, self.places)]
        some = [tap for tap in taps if tap[0] != slice(0, self.places)]
        y = x[:, everywhere[0]]
        for where in everywhere[1:]:
            y = operation(y, x[:, where], out=out)
        if y is not out:
            out[...] = y
        for places, where in some:
            operation(out[:, places], x[:, where], out=out[:, places])
        return out

    def counts(self, length: int) -> Array:
        """How many numbers of each window are inside of the array, (places,)."""
        counts = np.zeros(self.places, int)
        for places, _ in self.taps(length):
            counts[places] += 1
        return counts

    def clear(self, out: Array) -> None:
        """Prepare an array for `give`."""
        if self.size != self.stride or self.before or self.size * self.places != out.shape[1]:
            out[...] = 0

    def give(self, share: Array, out: Array, where: slice) -> None:
        """Add what windows give to one of their numbers each."""
        if self.size <= self.stride:
            out[:, where] = share
        else:
            out[:, where] += share


def largest(x: Array, windows: Windows, out: Array) -> Array:
    """y[j] = max_a x[s j + a]."""
    return windows.gather(np.maximum, x, out)


def largest_back(dy: Array, x: Array, y: Array, windows: Windows, memory: Memory, out: Array) -> Array:
    """dx[s j + a] += dy[j] for the first a with x[s j + a] = y[j]."""
    *earlier, (places, where) = windows.taps(x.shape[1])
    windows.clear(out)
    left, rest = dy, memory.scratch("rest", dy.shape, dy)  # what a window has still to give
    if windows.before:
        rest[...] = dy  # not all windows have their first number inside of the array
    for some, there in earlier:
        slopes = left[:, some]
        share = memory.scratch("share", slopes.shape, slopes)
        np.multiply(slopes, x[:, there] >= y[:, some], out=share)
        windows.give(share, out, there)
        np.subtract(slopes, share, out=rest[:, some])
        left = rest
    windows.give(left[:, places], out, where)
    return out


def total(x: Array, windows: Windows, out: Array) -> Array:
    """y[j] = Σ_a x[s j + a]."""
    return windows.gather(np.add, x, out)


def total_back(dy: Array, windows: Windows, out: Array) -> Array:
    """dx[s j + a] += dy[j]."""
    windows.clear(out)
    for places, where in windows.taps(out.shape[1]):
        windows.give(dy[:, places], out, where)
    return out


def largest_of_all(x: Array, memory: Memory, out: Array) -> Array:
    """y = max_i x[i]: of (m, length, k) the largest, (m, k); the two halves are compared, and so on."""
    half = -(-x.shape[1] // 2)
    left = memory.scratch("halves", (len(x), half, x.shape[2]), x)
    np.maximum(x[:, :half], x[:, -half:], out=left)
    while half > 1:
        half = -(-half // 2)
        left = np.maximum(left[:, :half], left[:, -half:], out=left[:, :half])
    out[...] = left[:, 0]
    return out


def firsts(x: Array, y: Array) -> Array:
    """For each of y (m, k) the first i with x[i] = y in (m, length, k), as a place among all numbers of x."""
    _, length, k = x.shape
    found = np.flatnonzero(~(x < y[:, None]))  # not less: what is not a number is found, too
    first = np.empty(y.size, np.intp)
    first[(found // (length * k) * k + found % k)[::-1]] = found[::-1]  # of equal numbers the first is written last
    return first
