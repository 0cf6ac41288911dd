"""Which calls of a graph a few examples go through together, and which want to see the whole batch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optiviz.nn.executor import Back, Call
from optiviz.nn.layer import Layer, Shape
from optiviz.nn.memory import Planned

__all__ = ["Block", "Segment", "segments_of", "with_weights_before"]

LIGHT = 4_096
"""Arrays of so many numbers per example are not worth a segment of their own."""


@dataclass
class Block:
    """Some examples of the batch, and the calls that they go through in one thread.

    Attributes:
        part: which examples.
        calls: the calls, of twins that put their arrays where this block has its own.
        back: the way back, once the block has gone forward.
        ends: the values from outside that one call alone reads, with the memory of that call.
    """

    part: slice
    calls: list[Call] = field(default_factory=list)
    back: Back | None = None
    ends: dict[int, Planned] = field(default_factory=dict)


@dataclass
class Segment:
    """Calls that a block goes through without looking at other blocks.

    Attributes:
        calls: the calls of the graph.
        whole: do they see the batch as a whole?
        reads: the values that they take from outside.
        writes: the values that are wanted outside.
        threads: the blocks of each thread.
        helpers: for each thread but the first the layers with weights, each with one of the same weights whose
            gradients are those that the thread finds.
    """

    calls: list[Call]
    whole: bool
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    threads: list[list[Block]] = field(default_factory=list)
    helpers: list[list[tuple[Layer, Layer]]] = field(default_factory=list)

    def multiplications(self, shapes: Mapping[int, Shape]) -> int:
        """About how many an example takes."""
        return sum(call.layer.multiplications(*(shapes[v] for v in call.inputs)) for call in self.calls)


def segments_of(
    calls: Sequence[Call], shapes: Mapping[int, Shape], outputs: Sequence[int], training: bool
) -> list[Segment]:
    """The calls, one after the other, in segments.

    What is small and stands behind a call that sees the whole batch, such as the activation of a dense layer, stays
    with it.
    """
    segments: list[Segment] = []
    for call in calls:
        whole = call.layer.whole(training)
        if segments and (whole == segments[-1].whole or _stays_with(segments[-1], call, shapes)):
            segments[-1].calls.append(call)
        else:
            segments.append(Segment([call], whole))
    for i, segment in enumerate(segments):
        made = {call.output for call in segment.calls}
        later = {v for other in segments[i + 1 :] for call in other.calls for v in call.inputs}
        segment.reads = list(dict.fromkeys(v for call in segment.calls for v in call.inputs if v not in made))
        segment.writes = [v for v in made if v in later or v in outputs]
    return segments


def _stays_with(last: Segment, call: Call, shapes: Mapping[int, Shape]) -> bool:
    """Is the call so small that it is not worth a segment of its own?"""
    goes_on = {other.output for other in last.calls}.issuperset(call.inputs)
    light = not call.layer.heavy and max(math.prod(shapes[v]) for v in (*call.inputs, call.output)) <= LIGHT
    return last.whole and goes_on and light


def with_weights_before(calls: Sequence[Call]) -> set[int]:
    """The values that depend on weights, whose gradients are therefore wanted."""
    wanted: set[int] = set()
    for call in calls:
        if call.layer.gradients or wanted.intersection(call.inputs):
            wanted.add(call.output)
    return wanted
