"""How a batch goes through a network in little time: a few images at a time through many layers, side by side.

A plan cuts the graph into segments. Through most of them the batch goes in blocks of a few examples, each block through
all layers of the segment while it lies in a core's cache, some blocks in each thread. A layer that mixes the examples
(batch normalization) or is better off with all of them (a dense one) is a segment of its own, which the threads share
in another way. The arrays of each call are made once and used again for every batch, and a layer writes over its input
where nobody reads that again. The layers are the readable ones; nothing is computed in another way, but a ReLU and a
MaxPool in the other order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from optiviz.nn.executor import Call, run
from optiviz.nn.fusing import pooled_first
from optiviz.nn.layer import Array, Layer, Shape
from optiviz.nn.memory import ALONE, Planned, Pool, Scratch, parts
from optiviz.nn.overwriting import Overwriting
from optiviz.nn.segments import Block, Segment, segments_of, with_weights_before
from optiviz.threads import side_by_side

__all__ = ["Plan"]

BLOCK = 524_288
"""How many numbers the largest array of a block has: 2 MB in float32. Smaller ones cost more calls than they spare."""

LITTLE = 10_000_000
"""Multiplications that are not worth a second thread."""


class Plan:
    """A plan for batches of `n` examples.

    Attributes:
        values: what passes from segment to segment, and what comes out, of the whole batch, by their numbers.
        pool: where the gradients of these are.
        scratch: what a thread writes down and forgets.
    """

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
        calls, shapes = pooled_first(calls, shapes, outputs)
        self.shapes, self.inputs, self.outputs = shapes, list(inputs), list(outputs)
        self.n, self.training = n, training
        self.drawing = [call for call in calls if call.layer.draws and training]
        self.takes = Overwriting(calls, shapes, inputs, outputs, training)
        self.wanted = with_weights_before(calls)
        self.runs = 0
        self.values: dict[int, Array] = {}
        self.scratch = [Scratch() for _ in range(threads)]
        self.segments = segments_of(calls, shapes, outputs, training)
        for segment in self.segments:
            self.values |= {v: np.empty((n, *shapes[v]), dtype) for v in segment.writes}
            self._share_out(segment, threads)
        self.pool = Pool(n * max(math.prod(shapes[v]) for v in (*self.values, *outputs)), dtype)

    # Making the plan.
    def _share_out(self, segment: Segment, threads: int) -> None:
        """Give each thread its blocks."""
        threads = min(threads, max(1, self.n * segment.multiplications(self.shapes) // LITTLE))
        if segment.whole:
            shares, most, within = parts(self.n, self.n), self.n, threads
        else:
            largest = max(math.prod(self.shapes[call.output]) for call in segment.calls)
            shares, most, within = parts(self.n, -(-self.n // threads)), BLOCK // largest, 1
        for thread, share in enumerate(shares):
            layers = [call.layer if thread == 0 else _with_own_gradients(call.layer) for call in segment.calls]
            if thread:
                pairs = zip(segment.calls, layers, strict=True)
                segment.helpers.append([(call.layer, own) for call, own in pairs if own.gradients])
            slopes = [Scratch() for _ in layers]
            blocks = [slice(share.start + p.start, share.start + p.stop) for p in parts(share.stop - share.start, most)]
            segment.threads.append(
                [self._block(segment, part, layers, slopes, self.scratch[thread], within) for part in blocks]
            )

    def _block(
        self,
        segment: Segment,
        part: slice,
        layers: Sequence[Layer],
        slopes: Sequence[Scratch],
        scratch: Scratch,
        shares: int,
    ) -> Block:
        """The calls of a segment for some examples, with a place for every array."""
        block, memories = Block(part), {}
        for call, layer, slope in zip(segment.calls, layers, slopes, strict=True):
            # What backward will read each block keeps for itself; without a way back those of a thread share it.
            memory = Planned(Scratch() if self.training else slope, slope, scratch)
            memory.takes_x, memory.takes_dy = self.takes.x(call), self.takes.dy(call)
            memory.wants_dx = bool(self.wanted.intersection(call.inputs))
            memory.shares = shares
            memories[call.output] = memory
            block.calls.append(Call(layer.twin(memory), call.inputs, call.output))
            if len(call.inputs) == 1 and call.inputs[0] in segment.reads and self.takes.reads_alone(call):
                block.ends[call.inputs[0]] = memory
        for v in segment.writes:
            root = self.takes.root(v)
            if root in memories:  # what is wanted outside is written at its place at once
                memories[root].place_y = self.values[v][part].reshape(-1, *self.shapes[root])
        return block

    # Running it.
    def forward(self, inputs: Sequence[Array], training: Any) -> tuple[list[Array], Callable[..., None]]:
        """The outputs for a batch, valid until the next, and the way back, which may be gone once."""
        self.runs += 1
        mine = self.runs
        self.values.update(zip(self.inputs, inputs, strict=True))
        drawn = {c.output: c.layer.draw(training, (self.n, *self.shapes[c.output])) for c in self.drawing}
        for segment in self.segments:
            work = partial(self._go_through, segment, training, drawn)
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

        return [self.values[v] for v in self.outputs], back

    def _go_through(self, segment: Segment, training: Any, drawn: Mapping[int, Array], blocks: Sequence[Block]) -> None:
        """Take what a segment reads to what it writes."""
        for block in blocks:
            found = {v: self.values[v][block.part] for v in segment.reads}
            for call in block.calls:
                if call.output in drawn:
                    call.layer.drawn = drawn[call.output][block.part]
            block.back = run(block.calls, found, training)
            for v in segment.writes:
                _put(self.values[v][block.part], found[v])

    def _backward(self, given: Sequence[Array | None]) -> None:
        gradients: dict[int, Array] = {}
        for v, gradient in zip(self.outputs, given, strict=True):
            if gradient is not None:
                gradients[v] = self._gradient(v)
                gradients[v][...] = gradient
        for segment in self.segments:
            for _, own in (pair for pairs in segment.helpers for pair in pairs):
                own.void.update(own.gradients)  # also of a way back that has been interrupted
        for segment in reversed(self.segments):
            asked = [v for v in segment.writes if v in gradients]
            if not asked:
                continue
            first = {v for v in segment.reads if v in self.wanted and v not in gradients}
            gradients |= {v: self._gradient(v) for v in first}
            work = partial(self._go_back, segment, asked, first, gradients)
            reached = set().union(*side_by_side([partial(work, blocks) for blocks in segment.threads]))
            for v in [*asked, *(first - reached)]:
                self.pool.give_back(gradients.pop(v))
            for layer, own in (pair for pairs in segment.helpers for pair in pairs):
                for name in own.gradients.keys() - own.void:
                    layer.add(name, own.gradients[name])
        for gradient in gradients.values():
            self.pool.give_back(gradient)

    def _go_back(
        self,
        segment: Segment,
        asked: Sequence[int],
        first: set[int],
        gradients: Mapping[int, Array],
        blocks: Sequence[Block],
    ) -> set[int]:
        """Take the gradients of what a segment writes to those of what it reads; return which were reached.

        Where no other segment has been before, in `first`, they are written, else added.
        """
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


def _with_own_gradients(layer: Layer) -> Layer:
    """A layer of the same weights that adds up its gradients elsewhere."""
    own = layer.twin(ALONE)
    own.live_in(layer.arrays, {name: np.empty_like(gradient) for name, gradient in layer.gradients.items()})
    return own


def _put(place: Array, value: Array) -> None:
    """Write the value there, if it is not there already."""
    if value is not place and not _same(place, value):
        place[...] = value


def _same(a: Array, b: Array) -> bool:
    return a.__array_interface__["data"] == b.__array_interface__["data"] and a.shape == b.shape
