"""How a batch goes through a network in little time: a few images at a time through many layers, side by side.

A plan cuts the graph into segments. Through most of them the batch goes in blocks of a few examples, each block through
all layers of the segment while it lies in a core's cache, some blocks in each thread. A layer that mixes the examples
(batch normalization) or is better off with all of them (a dense one) is a segment of its own, which the threads share
in another way. The arrays of each call are made once and used again for every batch, and a layer writes over its input
where nobody reads that again. The layers are the readable ones; nothing is computed in another way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from optiviz.nn.executor import Back, Call, run
from optiviz.nn.layer import Array, Layer, Shape
from optiviz.nn.memory import Planned, Scratch, parts
from optiviz.nn.overwriting import Overwriting
from optiviz.threads import side_by_side

__all__ = ["Plan"]

BLOCK = 524_288
"""How many numbers the largest array of a block has: 2 MB in float32. Smaller ones cost more calls than they spare."""

LIGHT = 4_096
"""Arrays of so many numbers per example are not worth a segment of their own."""

LITTLE = 10_000_000
"""Multiplications that are not worth a second thread."""


@dataclass
class Block:
    """Some examples of the batch, and the calls that they go through in one thread."""

    part: slice
    calls: list[Call]
    back: Back | None = None
    ends: dict[int, Planned] = field(default_factory=dict)
    """The values from outside that one call alone reads, with the memory of that call."""


@dataclass
class Segment:
    """Calls that a block goes through without looking at other blocks.

    Attributes:
        calls: the calls of the graph.
        whole: do they see the batch as a whole?
        reads: the values that they take from outside.
        writes: the values that are wanted outside.
        threads: the blocks of each thread.
        helpers: the gradients of each further thread, with the names of those that are void, by layer.
    """

    calls: list[Call]
    whole: bool
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    threads: list[list[Block]] = field(default_factory=list)
    helpers: list[dict[int, tuple[Layer, dict[str, Array], set[str]]]] = field(default_factory=list)


class Plan:
    """A plan for batches of `n` examples."""

    def __init__(
        self,
        calls: Sequence[Call],
        shapes: Mapping[int, Shape],
        inputs: Sequence[int],
        outputs: Sequence[int],
        n: int,
        *,
        training: bool,
        threads: int,
        dtype: np.dtype[Any],
    ) -> None:
        self.calls, self.shapes, self.inputs, self.outputs = list(calls), shapes, list(inputs), list(outputs)
        self.n, self.training, self.dtype = n, training, dtype
        self.takes = Overwriting(calls, shapes, inputs, outputs, training)
        self.wanted = _with_weights_before(calls)
        self.runs = 0
        self.values: dict[int, Array] = {}
        self.pool = Pool(dtype)
        self.scratch = [Scratch() for _ in range(threads)]
        self.segments = self._cut()
        for segment in self.segments:
            self._lay_out(segment, threads)

    # Making the plan.
    def _cut(self) -> list[Segment]:
        segments: list[Segment] = []
        for call in self.calls:
            alone = call.layer.whole(self.training)
            largest = max(math.prod(self.shapes[v]) for v in (*call.inputs, call.output))
            light = not call.layer.heavy and largest <= LIGHT
            last = segments[-1] if segments else None
            if last is not None and (last.whole if alone else not last.whole or (light and _reads(last, call))):
                last.calls.append(call)
            else:
                segments.append(Segment([call], alone))
        for i, segment in enumerate(segments):
            made = {call.output for call in segment.calls}
            later = {v for other in segments[i + 1 :] for call in other.calls for v in call.inputs}
            segment.reads = list(dict.fromkeys(v for call in segment.calls for v in call.inputs if v not in made))
            segment.writes = [v for v in made if v in later or v in self.outputs]
        return segments

    def _lay_out(self, segment: Segment, threads: int) -> None:
        n = self.n
        work = n * sum(call.layer.multiplications(*(self.shapes[v] for v in call.inputs)) for call in segment.calls)
        threads = min(threads, max(1, work // LITTLE), n if not segment.whole else threads)
        for v in segment.writes:
            self.values[v] = np.empty((n, *self.shapes[v]), self.dtype)
        shares = [slice(0, n)] if segment.whole else parts(n, -(-n // threads))
        largest = max(math.prod(self.shapes[call.output]) for call in segment.calls)
        most = n if segment.whole else max(1, BLOCK // largest)
        for thread, share in enumerate(shares):
            scratch, slopes = self.scratch[thread], [Scratch() for _ in segment.calls]
            rooms = None if self.training else slopes
            own = self._own_gradients(segment) if thread else {}
            if thread:
                segment.helpers.append(own)
            blocks = []
            for part in parts(share.stop - share.start, most):
                part = slice(share.start + part.start, share.start + part.stop)
                block = Block(part, [])
                for i, call in enumerate(segment.calls):
                    memory = Planned(rooms[i] if rooms else Scratch(), slopes[i], scratch)
                    memory.takes_x, memory.takes_dy = self.takes.x(call), self.takes.dy(call)
                    memory.wants_dx = bool(self.wanted.intersection(call.inputs))
                    memory.shares = threads if segment.whole else 1
                    twin = call.layer.twin(memory)
                    if own and id(call.layer) in own:
                        _, gradients, void = own[id(call.layer)]
                        twin.live_in(call.layer.arrays, gradients)
                        twin.void = void
                    block.calls.append(Call(twin, call.inputs, call.output))
                    for v in call.inputs:
                        if v in segment.reads and len(call.inputs) == 1 and len(self.takes.readers[v]) == 1:
                            block.ends[v] = memory
                self._place_outputs(segment, block)
                blocks.append(block)
            segment.threads.append(blocks)

    def _own_gradients(self, segment: Segment) -> dict[int, tuple[Layer, dict[str, Array], set[str]]]:
        own: dict[int, tuple[Layer, dict[str, Array], set[str]]] = {}
        for call in segment.calls:
            gradients = {name: np.empty_like(g) for name, g in call.layer.gradients.items()}
            if gradients:
                own[id(call.layer)] = call.layer, gradients, set(gradients)
        return own

    def _place_outputs(self, segment: Segment, block: Block) -> None:
        """Have what is wanted outside written at its place at once."""
        makers = {call.output: call for call in block.calls}
        for v in segment.writes:
            maker = self.takes.root(v)
            if maker in makers:
                place = self.values[v][block.part].reshape(-1, *self.shapes[maker])
                makers[maker].layer.memory.place_y = place  # type: ignore[attr-defined]

    # Running it.
    def forward(self, inputs: Sequence[Array], training: Any) -> tuple[list[Array], Any]:
        """The outputs for a batch, valid until the next, and the way back, which may be gone once."""
        self.runs += 1
        mine = self.runs
        values = self.values
        values.update(zip(self.inputs, inputs, strict=True))
        drawn = {
            call.output: call.layer.draw(training, (self.n, *self.shapes[call.output]))
            for call in self.calls
            if call.layer.draws and self.training
        }
        for segment in self.segments:

            def work(blocks: list[Block], segment: Segment = segment) -> None:
                for block in blocks:
                    found = {v: values[v][block.part] for v in segment.reads}
                    for call in block.calls:
                        if call.output in drawn:
                            call.layer.drawn = drawn[call.output][block.part]
                    block.back = run(block.calls, found, training)
                    for v in segment.writes:
                        _put(values[v][block.part], found[v])

            side_by_side([partial(work, blocks) for blocks in segment.threads])

        def back(gradients: Sequence[Array | None]) -> None:
            if not self.training:
                raise RuntimeError(
                    "a forward without training keeps nothing for backward; "
                    "write forward(x, training=True), or make the model with fuse=False"
                )
            if mine != self.runs:
                raise RuntimeError(
                    "this backward belongs to an earlier forward, whose arrays have been used again; "
                    "call backward once, before the next forward"
                )
            self.runs += 1
            self._backward(gradients)

        return [values[v] for v in self.outputs], back

    def _backward(self, given: Sequence[Array | None]) -> None:
        gradients: dict[int, Array] = {}
        for v, gradient in zip(self.outputs, given, strict=True):
            if gradient is not None:
                gradients[v] = self._gradient(v)
                gradients[v][...] = gradient
        for segment in reversed(self.segments):
            asked = [v for v in segment.writes if v in gradients]
            if not asked:
                continue
            first = {v for v in segment.reads if v in self.wanted and v not in gradients}
            gradients |= {v: self._gradient(v) for v in first}
            work = partial(self._back_through, segment, asked, first, gradients)
            reached = set().union(*side_by_side([partial(work, blocks) for blocks in segment.threads]))
            for v in [*asked, *(first - reached)]:
                self.pool.give_back(gradients.pop(v))
            for own in segment.helpers:
                for layer, shares, void in own.values():
                    for name in shares.keys() - void:
                        layer.add(name, shares[name])
                    void.update(shares)
        for gradient in gradients.values():
            self.pool.give_back(gradient)

    def _back_through(
        self, segment: Segment, asked: list[int], first: set[int], gradients: dict[int, Array], blocks: list[Block]
    ) -> set[int]:
        """Take the gradients of what a segment writes to those of what it reads; return which were reached."""
        reached: set[int] = set()
        for block in blocks:
            assert block.back is not None
            for v, memory in block.ends.items():
                memory.place_dx = gradients[v][block.part] if v in first else None
            found = block.back({v: gradients[v][block.part] for v in asked})
            block.back = None
            for v in self.wanted.intersection(found):
                place = gradients[v][block.part]
                if v in first:
                    _put(place, found[v])
                else:
                    place += found[v]
                reached.add(v)
        return reached

    def _gradient(self, v: int) -> Array:
        return self.pool.take((self.n, *self.shapes[v]))


class Pool:
    """Arrays for gradients, each of which is given back when nobody needs it any more."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.free: list[Array] = []

    def take(self, shape: Shape) -> Array:
        """An array of this shape: the smallest free one that is large enough, or a new one instead of the largest."""
        size = math.prod(shape)
        self.free.sort(key=len)
        at = next((i for i, flat in enumerate(self.free) if flat.size >= size), -1)
        flat = self.free.pop(at) if self.free else np.empty(0, self.dtype)
        if flat.size < size:
            flat = np.empty(size, self.dtype)
        return flat[:size].reshape(shape)

    def give_back(self, array: Array) -> None:
        """Let others have the array."""
        flat = array
        while flat.base is not None:
            flat = flat.base
        self.free.append(flat)


def _put(place: Array, value: Array) -> None:
    if value is not place and not _same(place, value):
        place[...] = value


def _same(a: Array, b: Array) -> bool:
    return a.__array_interface__["data"] == b.__array_interface__["data"] and a.shape == b.shape


def _reads(segment: Segment, call: Call) -> bool:
    made = {other.output for other in segment.calls}
    return made.issuperset(call.inputs)


def _with_weights_before(calls: Sequence[Call]) -> set[int]:
    """The values that depend on weights, whose gradients are therefore wanted."""
    wanted: set[int] = set()
    for call in calls:
        if call.layer.gradients or wanted.intersection(call.inputs):
            wanted.add(call.output)
    return wanted
