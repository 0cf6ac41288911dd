"""The graph of a network: nodes that are inputs, or layers called on nodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from optiviz.nn.layer import Array, Begin, Layer, Shape

__all__ = ["Input", "Needs", "Node", "called", "in_order", "needs"]


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
    """The node that a layer makes of nodes, or its output for arrays.

    Without weights it is given some for arrays; whole numbers become floats, unless they are tokens.
    """
    given = tuple(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else tuple(inputs)
    on_nodes = any(isinstance(node, Node) for node in given)
    if not on_nodes and layer.inputs == 1 and len(inputs) == 1:
        given = (inputs[0],)  # an array as a list of rows
    wanted = layer.inputs
    if len(given) != wanted if wanted is not None else len(given) < 2:
        raise ValueError(f"{layer!r} takes {wanted or 'two or more'} inputs, not {len(given)}")
    if not on_nodes:
        arrays = [np.asarray(a) for a in given]
        if any(array.ndim < 2 for array in arrays):
            raise ValueError(
                f"{layer!r} takes nodes, or arrays (N, ...) with the batch as first axis, not {given[0]!r:.60}; "
                "a shape is written Input(shape=...)"
            )
        if not layer.whole_numbers:
            arrays = [array.astype(float) if array.dtype.kind in "biu" else array for array in arrays]
        shapes = [array.shape[1:] for array in arrays]
        if not layer.arrays and layer.weights(*shapes):
            layer.build(*shapes, dtype=np.float64 if arrays[0].dtype == np.float64 else np.float32)
        output: Array = layer.forward(*arrays)[0]
        return output
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


class Needs(NamedTuple):
    """What a layer needs at its place in a graph: how its weights and its statistics begin, by name."""

    weights: dict[str, Begin]
    statistics: dict[str, Begin]

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of all of them."""
        return {name: begin.shape for begins in self for name, begin in begins.items()}

    @property
    def size(self) -> int:
        """How many numbers these are."""
        return sum(map(math.prod, self.shapes.values()))


def needs(nodes: Iterable[Node]) -> dict[Layer, Needs]:
    """What each layer needs, in the order of the nodes; nothing is made yet.

    Raises:
        ValueError: a layer stands there twice, and needs other weights each time.
    """
    found: dict[Layer, Needs] = {}
    for node in nodes:
        if (layer := node.layer) is not None:
            shapes = [other.shape for other in node.inputs]
            need = Needs(layer.weights(*shapes), layer.statistics(*shapes))
            if found.setdefault(layer, need).shapes != need.shapes:
                raise ValueError(f"{layer!r} was built for inputs of another shape than {', '.join(map(str, shapes))}")
    return found
