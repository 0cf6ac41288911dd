"""The graph of a network: nodes that are inputs, or layers called on nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from optiviz.nn.layer import Layer, Shape

__all__ = ["Input", "Node", "called", "in_order"]


class Node:
    """What a layer makes of other nodes; `shape` is that of one example."""

    def __init__(self, layer: Layer | None, inputs: tuple[Node, ...], shape: Shape) -> None:
        self.layer, self.inputs, self.shape = layer, inputs, shape

    def __repr__(self) -> str:
        return f"<{self.layer!r} {self.shape}>"


class Input(Node):
    """Where data enter a network: `Input(shape=(28, 28, 1))`.

    Args:
        shape: that of one example, without the batch.

    Raises:
        ValueError: the shape is not one of whole numbers from 1.
    """

    def __init__(self, shape: Any) -> None:
        sizes = shape if isinstance(shape, (tuple, list)) else (shape,)
        if not all(isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in sizes):
            raise ValueError(f"the shape of an input is a tuple of whole numbers from 1, not {shape!r}")
        super().__init__(None, (), tuple(map(int, sizes)))

    def __repr__(self) -> str:
        return f"Input(shape={self.shape})"


def called(layer: Layer, inputs: Sequence[Any]) -> Any:
    """The node that a layer makes of nodes, or its output for arrays; whole numbers become floats, but for tokens."""
    given = tuple(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else tuple(inputs)
    if not any(isinstance(node, Node) for node in given):
        arrays = map(np.asarray, given)
        whole = "" if layer.whole_numbers else "biu"
        return layer.forward(*(a.astype(float) if a.dtype.kind in whole else a for a in arrays))[0]
    wanted = layer.inputs
    if len(given) != wanted if wanted is not None else len(given) < 2:
        raise ValueError(f"{layer!r} takes {wanted or 'two or more'} inputs, not {len(given)}")
    node = Node(layer, given, layer.output_shape(*(node.shape for node in given)))
    return (
        node if layer.activation is None else Node(layer.activation, (node,), layer.activation.output_shape(node.shape))
    )


def in_order(outputs: Iterable[Node]) -> list[Node]:
    """All nodes that lead to the outputs, each after those that it is made of."""
    found: dict[int, Node] = {}
    todo = [(node, False) for node in reversed(list(outputs))]
    while todo:
        node, ready = todo.pop()
        if id(node) in found:
            continue
        if ready:
            found[id(node)] = node
        else:
            todo.append((node, True))
            todo += [(other, False) for other in reversed(node.inputs)]
    return list(found.values())
