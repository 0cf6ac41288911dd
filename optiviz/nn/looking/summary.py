"""What a network is made of: its layers, their parameters, and how many it would have if no weights were shared."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from optiviz.nn.graph import Node
from optiviz.nn.layer import Layer, Shape
from optiviz.nn.layers.linear import Linear
from optiviz.nn.looking.names import activation_name, value_names
from optiviz.nn.looking.table import NONE, Table, Tabled

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Row", "Summary", "dense_parameters", "summarized", "summary"]


@dataclass(frozen=True)
class Row:
    """A layer at one place of the graph.

    Attributes:
        name: that of the layer.
        activation: that of what follows its formula, "" if nothing does.
        shape: that of an output, without the batch.
        parameters: how many weights and statistics it has; None if they have been counted in a row above.
        statistics: how many of these are statistics.
        dense: how many a dense layer in its place would have; None if that would be no such layer.
        reads: the names of the layers that it takes its inputs from.
    """

    name: str
    activation: str
    shape: Shape
    parameters: int | None
    statistics: int
    dense: int | None
    reads: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Summary(Tabled):
    """The layers of a network, in the order in which they compute.

    Attributes:
        rows: one for each layer at each place.
    """

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """How many weights and statistics there are."""
        return sum(row.parameters or 0 for row in self.rows)

    @property
    def statistics(self) -> int:
        """How many of them are statistics, which are counted and not trained."""
        return sum(row.statistics for row in self.rows)

    @property
    def ratio(self) -> float | None:
        """How many times as many parameters dense layers would have; None if there is nothing to compare."""
        compared = [(row.dense, row.parameters) for row in self.rows if row.dense is not None and row.parameters]
        if not compared:
            return None
        dense, own = map(sum, zip(*compared, strict=True))
        return dense / own

    @property
    def branches(self) -> bool:
        """Is it more than one layer after the other?"""
        return any(row.reads != (before.name,) for before, row in pairwise(self.rows))

    @property
    def tables(self) -> Sequence[Table]:
        """What is shown."""
        saved = self.ratio is not None and self.ratio != 1
        head = ["layer", "output shape", "parameters"]
        head += ["as dense layer"] if saved else []
        words = {0, 1, len(head)} if self.branches else {0, 1}
        head += ["connected to"] if self.branches else []
        rows = [self._cells(row, saved) for row in self.rows]
        return [Table(head, rows, frozenset(words), self._foot(saved))]

    def _cells(self, row: Row, saved: bool) -> list[str]:
        name = f"{row.name} ({row.activation})" if row.activation else row.name
        shape = ", ".join(["N", *map(str, row.shape)])
        own = "shared" if row.parameters is None else f"{row.parameters:,}"
        cells = [name, f"({shape})", own]
        cells += [NONE if row.dense is None else f"{row.dense:,}"] if saved else []
        return [*cells, ", ".join(row.reads) or NONE] if self.branches else cells

    def _foot(self, saved: bool) -> list[str]:
        counted = f", {self.statistics:,} of them statistics, which are counted and not trained"
        lines = [f"{self.parameters:,} parameters{counted if self.statistics else ''}"]
        if saved and self.ratio is not None:
            lines.append(f"dense layers between the same numbers would have {_times(self.ratio)} as many")
        return lines


def summary(model: Model) -> None:
    """Show the layers, the shapes of their outputs and how many parameters they have.

    Beside these stands how many a dense layer between the same numbers would have, and at the end what the sharing of
    weights has saved.

    It is shown at once, in a script as in a notebook, where it is a table; nothing is returned, so that nothing is
    shown twice. The record behind it is `optiviz.nn.looking.summary.summarized(model)`.

    Args:
        model: the network.

    >>> from optiviz.nn import Conv2D, Dense, Flatten, Input, Sequential
    >>> layers = [Conv2D(32, 3, activation="relu"), Flatten(), Dense(10)]
    >>> Sequential([Input((28, 28, 1)), *layers]).summary()
    layer          output shape     parameters  as dense layer
    ──────────────────────────────────────────────────────────
    input_layer    (N, 28, 28, 1)            0               –
    conv2d (relu)  (N, 26, 26, 32)         320      16,981,120
    flatten        (N, 21632)                0               –
    dense          (N, 10)             216,330         216,330
    <BLANKLINE>
    216,650 parameters
    dense layers between the same numbers would have 79 times as many
    """
    sys.displayhook(summarized(model))


def summarized(model: Model) -> Summary:
    """What a model is made of, as a record."""
    rows: list[Row] = []
    names = value_names(model.nodes)
    layers = {
        node: model.names[node.layer] if node.layer else name for node, name in zip(model.nodes, names, strict=True)
    }
    seen: set[Layer] = set()
    for node in model.nodes:
        if _is_activation_of(node):
            layers[node] = layers[node.inputs[0]]
            continue
        bend = node.layer.activation if node.layer else None
        arrays = {} if node.layer is None else node.layer.arrays
        counted = [array.size for name, array in arrays.items() if node.layer and name not in node.layer.gradients]
        first = node.layer is None or node.layer not in seen
        rows.append(
            Row(
                layers[node],
                activation_name(bend) if bend else "",
                node.shape,
                sum(array.size for array in arrays.values()) if first else None,
                sum(counted) if first else 0,
                dense_parameters(node) if first else None,
                tuple(layers[other] for other in node.inputs),
            )
        )
        if node.layer:
            seen.add(node.layer)
    return Summary(tuple(rows))


def dense_parameters(node: Node) -> int | None:
    """How many parameters a dense layer from the same numbers to the same numbers has: I K + K.

    None if there is no linear layer at that node.

    >>> from optiviz.nn import Conv2D, Input
    >>> f"{dense_parameters(Conv2D(32, 3)(Input((28, 28, 1)))):,}"
    '16,981,120'
    """
    if not isinstance(node.layer, Linear):
        return None
    enter, leave = math.prod(node.inputs[0].shape), math.prod(node.shape)
    return enter * leave + (leave if node.layer.use_bias else 0)


def _is_activation_of(node: Node) -> bool:
    """Has a layer put its activation there?"""
    before = node.inputs[0].layer if node.inputs else None
    return before is not None and node.layer is before.activation


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.1f} times"
