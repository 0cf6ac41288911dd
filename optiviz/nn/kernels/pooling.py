"""Windows along one axis, (m, length, k) to (m, places, k): their largest number or their mean, and the derivatives.

Two axes of an image are two such steps. A loop goes over the places of a window, not over the windows: each turn is one
operation on rows of numbers that lie side by side. What would lie outside of the array is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from optiviz.nn.memory import Array, Memory

__all__ = ["Windows", "largest", "largest_back", "mean", "mean_back"]


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
    *firsts, (places, where) = windows.taps(x.shape[1])
    windows.clear(out)
    left = memory.scratch("left", dy.shape, dy)
    left[...] = dy
    for some, there in firsts:
        slopes = left[:, some]
        share = memory.scratch("share", slopes.shape, slopes)
        np.multiply(slopes, x[:, there] >= y[:, some], out=share)
        windows.give(share, out, there)
        slopes -= share
    windows.give(left[:, places], out, where)
    return out


def mean(x: Array, windows: Windows, out: Array) -> Array:
    """y[j] = Σ_a x[s j + a] / n[j], where n[j] counts those inside of the array."""
    windows.gather(np.add, x, out)
    out /= _counts(x, windows)
    return out


def mean_back(dy: Array, windows: Windows, memory: Memory, out: Array) -> Array:
    """dx[s j + a] += dy[j] / n[j]."""
    share = np.divide(dy, _counts(out, windows), out=memory.scratch("share", dy.shape, dy))
    windows.clear(out)
    for places, where in windows.taps(out.shape[1]):
        windows.give(share[:, places], out, where)
    return out


def _counts(x: Array, windows: Windows) -> Array:
    """How many numbers of each window are inside of the array, (places, 1)."""
    counts = np.zeros((windows.places, 1), int)
    for places, _ in windows.taps(x.shape[1]):
        counts[places] += 1
    return counts.astype(x.dtype)
