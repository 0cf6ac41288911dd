"""Forward and back through a network: the calls one after the other, and their derivatives in the opposite order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optiviz.nn.layer import Array, Layer

__all__ = ["Back", "Call", "leading_to", "run"]

Back = Callable[[Mapping[int, Array]], dict[int, Array]]


@dataclass(frozen=True)
class Call:
    """A layer at one place of the graph: the numbers of the values that it reads, and of the one that it makes."""

    layer: Layer
    inputs: tuple[int, ...]
    output: int


def leading_to(outputs: Sequence[int], calls: Sequence[Call]) -> list[Call]:
    """The calls that some values depend on, in their order."""
    needed, found = set(outputs), []
    for call in reversed(calls):
        if call.output in needed:
            needed.update(call.inputs)
            found.append(call)
    return found[::-1]


def run(calls: Sequence[Call], values: dict[int, Array], training: Any) -> Back:
    """Add the output of each call to the values; return the way back.

    The way back takes gradients of the loss with respect to some values and returns those with respect to the values
    that were given. A value that is read several times gets the sum of what its readers say.
    """
    backwards = []
    for call in calls:
        y, backward = call.layer.forward(*(values[i] for i in call.inputs), training=training)
        values[call.output] = y
        backwards.append(backward)

    def back(gradients: Mapping[int, Array]) -> dict[int, Array]:
        slopes = dict(gradients)
        for call, backward in zip(reversed(calls), reversed(backwards), strict=True):
            if call.output not in slopes:
                continue  # nothing that is asked for depends on it
            found = backward(slopes.pop(call.output))
            for i, dx in zip(call.inputs, found if isinstance(found, tuple) else (found,), strict=True):
                if dx is not None:
                    slopes[i] = slopes[i] + dx if i in slopes else dx
        return slopes

    return back
