"""What a plan puts in another order, since less is to be done then and the same comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optiviz.nn.executor import Call
from optiviz.nn.layer import Shape
from optiviz.nn.layers.activations import ReLU
from optiviz.nn.layers.pooling import GlobalMaxPool, MaxPool

__all__ = ["pooled_first"]


def pooled_first(
    calls: Sequence[Call], shapes: Mapping[int, Shape], outputs: Sequence[int]
) -> tuple[list[Call], dict[int, Shape]]:
    """A ReLU before a MaxPool comes behind it, where fewer numbers are left.

    max(max(a, 0), max(b, 0)) = max(max(a, b), 0), and the gradient goes to the same number: of numbers above 0 the
    first of the largest is the same one in both orders, and below 0 there is no gradient.
    """
    calls, shapes = list(calls), dict(shapes)
    for i, pool in enumerate(calls):
        between = pool.inputs[0]
        readers = [call for call in calls if between in call.inputs]
        relu = next((j for j, call in enumerate(calls) if call.output == between), None)
        if relu is None or len(readers) > 1 or between in outputs:
            continue
        if type(calls[relu].layer) is ReLU and isinstance(pool.layer, (MaxPool, GlobalMaxPool)):
            shapes[between] = shapes[pool.output]
            first = replace(pool, inputs=calls[relu].inputs, output=between)
            then = replace(calls[relu], inputs=(between,), output=pool.output)
            calls[relu], calls[i] = first, then
    return calls, shapes
