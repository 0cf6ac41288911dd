"""Where a layer puts its arrays: anew at each call, or, in a plan, where the last call of the same place put them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.threads import side_by_side

__all__ = ["ALONE", "Memory", "Planned", "Pool", "Scratch", "parts"]

Array = npt.NDArray[Any]
Shape = tuple[int, ...]


class Memory:
    """Fresh arrays, and nothing is overwritten: what a layer has that is called by itself.

    Attributes:
        takes_x: may the output be written over the input?
        takes_dy: may the gradient of the input be written over that of the output?
        wants_dx: is the gradient of the input asked for?
        shares: how many threads a single call may use.
    """

    takes_x: bool = False
    takes_dy: bool = False
    wants_dx = True
    shares = 1

    def room(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for an output, which has the name "y", or for what else backward will read."""
        return np.empty_like(like, order="C", shape=shape)

    def slope(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for a gradient that backward returns, "dx" where there is one input."""
        return np.empty_like(like, order="C", shape=shape)

    def scratch(self, name: str, shape: Shape, like: Array) -> Array:
        """An array that nobody reads after the layer has returned."""
        return np.empty_like(like, order="C", shape=shape)

    def over(self, x: Array) -> Array:
        """An array like x for the output: x itself where nobody reads it again."""
        return self.room("y", x.shape, x)

    def over_dy(self, dy: Array) -> Array:
        """An array like dy for the gradient of the input: dy itself where nobody reads it again."""
        return self.slope("dx", dy.shape, dy)

    def each(self, length: int, work: Callable[[slice], Any], *, least: int = 1) -> list[Any]:
        """What `work` returns for each part of `length`, in order; a part is not shorter than `least`."""
        return [work(slice(0, length))]


ALONE = Memory()


class Scratch:
    """Arrays by name, whose memory is shared by all that ask for the name, and grows."""

    def __init__(self) -> None:
        self.kept: dict[str, Array] = {}
        self.views: dict[tuple[str, Shape], Array] = {}

    def __call__(self, name: str, shape: Shape, like: Array) -> Array:  # noqa: D102
        view = self.views.get((name, shape))
        return view if view is not None and view.dtype == like.dtype else self._view(name, shape, like)

    def _view(self, name: str, shape: Shape, like: Array) -> Array:
        size, kept = math.prod(shape), self.kept.get(name)
        if kept is None or kept.size < size or kept.dtype != like.dtype:
            kept = self.kept[name] = np.empty(size, like.dtype)
            self.views = {key: view for key, view in self.views.items() if key[0] != name}
        view = self.views[name, shape] = kept[:size].reshape(shape)
        return view


class Pool:
    """Arrays for gradients, each of which is given back when nobody needs it any more.

    All are of the largest size; of what is never written to, the machine takes no memory.
    """

    def __init__(self, largest: int, dtype: np.dtype[Any]) -> None:
        self.largest, self.dtype = largest, dtype
        self.free: list[Array] = []

    def take(self, shape: Shape) -> Array:
        """An array of this shape."""
        flat = self.free.pop() if self.free else np.empty(self.largest, self.dtype)
        return flat[: math.prod(shape)].reshape(shape)

    def give_back(self, array: Array) -> None:
        """Let others have the array."""
        while array.base is not None:
            array = array.base
        self.free.append(array)


class Planned(Memory):
    """The arrays of one call on one block of a batch: made once, then used again and again.

    Attributes:
        place_y: where the output is wanted, if it is wanted elsewhere.
        place_dx: where the gradient of the input is.
    """

    place_y: Array | None = None
    place_dx: Array | None = None

    def __init__(self, room: Scratch, slope: Scratch, scratch: Scratch) -> None:
        self.rooms, self.slopes, self.scratches = room, slope, scratch

    def room(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for an output or for what backward will read."""
        place = self.place_y if name == "y" else None
        return self.rooms(name, shape, like) if place is None else place.reshape(shape)

    def slope(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for a gradient that backward hands on."""
        place = self.place_dx if name == "dx" else None
        return self.slopes(name, shape, like) if place is None else place.reshape(shape)

    def over(self, x: Array) -> Array:
        """An array like x for the output."""
        return x if self.takes_x else self.room("y", x.shape, x)

    def over_dy(self, dy: Array) -> Array:
        """An array like dy for the gradient of the input."""
        return dy if self.takes_dy and self.place_dx is None else self.slope("dx", dy.shape, dy)

    def scratch(self, name: str, shape: Shape, like: Array) -> Array:
        """An array that nobody reads after the layer has returned."""
        return self.scratches(name, shape, like)

    def each(self, length: int, work: Callable[[slice], Any], *, least: int = 1) -> list[Any]:
        """What `work` returns for each part of `length`, in order, by several threads if there is enough to do."""
        shares = parts(length, -(-length // max(1, min(self.shares, length // least))))
        return side_by_side([partial(work, part) for part in shares])


@lru_cache(4096)
def parts(length: int, most: int) -> Sequence[slice]:
    """Slices that cover `length`, none longer than `most` and all about the same."""
    count = max(1, -(-length // max(1, most)))
    ends = [length * i // count for i in range(count + 1)]
    return tuple(slice(a, b) for a, b in pairwise(ends))
