"""Models in files: the layers and how they hang together in words, the weights as arrays; no pickle."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.archives import Archive, opened, write_archive
from optiviz.formula import nearest
from optiviz.nn.graph import Input, Node, in_order, needs
from optiviz.nn.layer import LAYERS, Layer

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["load", "save"]


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the model as an `.npz` file: its layers, weights and statistics; the same model gives the same bytes.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
        TypeError: a layer is made with something that has no words, such as a function.
    """
    nodes = in_order([*model.inputs, *model.outputs])
    number = {id(node): i for i, node in enumerate(nodes)}
    layers: dict[int, int] = {}
    written: list[dict[str, Any]] = []
    for node in nodes:
        if node.layer is not None:
            _write_layer(node.layer, layers, written)
    facts = {
        "layers": written,
        "nodes": [
            {"shape": node.shape}
            if node.layer is None
            else {"layer": layers[id(node.layer)], "of": [number[id(other)] for other in node.inputs]}
            for node in nodes
        ],
        "inputs": [number[id(node)] for node in model.inputs],
        "outputs": [number[id(node)] for node in model.outputs],
        "weights": [(layers[id(layer)], name, array.shape) for layer, name, array in _arrays(model)],
    }
    write_archive(path, "model", facts, {"theta": model.theta, "statistics": model.statistics})


def load(path: str | os.PathLike[str], *, threads: int | None = None) -> Model:
    """Read a model that `save` wrote; it says the same of the same data, to the bit.

    A layer of one's own must be defined, or imported, before.

    Args:
        path: the file.
        threads: how many the model may use; as many as there are cores if None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged or not a model of optiviz, or has a layer that is not known.
    """
    from optiviz.nn.model import Model

    with opened(path, "model") as archive:
        names = [entry["layer"] for entry in archive.facts["layers"]]
        unknown = [str(name) for name in names if name not in LAYERS]
        if not unknown:
            model = _made(Model, archive, threads)
    if unknown:
        raise ValueError(
            f"{os.fspath(path)} has the layer {unknown[0]!r:.60}, which is not known here; define its class, or import "
            f"the module that does, before load ({nearest(unknown[0], [*LAYERS], 'there are')})"
        )
    return model


def _arrays(model: Model) -> list[tuple[Layer, str, Any]]:
    """All weights and statistics, as the file and the buffers of the model have them."""
    return [(layer, name, array) for layer in model.layers for name, array in layer.arrays.items()]


def _write_layer(layer: Layer, layers: dict[int, int], written: list[dict[str, Any]]) -> int:
    """Enter a layer, after those that it is made with, and return its number."""
    if id(layer) not in layers:
        config = {name: _words(layer, name, value, layers, written) for name, value in layer.config().items()}
        layers[id(layer)] = len(written)
        written.append({"layer": type(layer).__name__, "config": config})
    return layers[id(layer)]


def _words(layer: Layer, name: str, value: Any, layers: dict[int, int], written: list[dict[str, Any]]) -> Any:
    if isinstance(value, Layer):
        return {"layer": _write_layer(value, layers, written)}
    if isinstance(value, (list, tuple)):
        return [_words(layer, name, item, layers, written) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(
        f"{type(layer).__name__} has {name}={value!r:.60}, which cannot be written to a file; numbers, texts, tuples "
        "of them and layers can"
    )


def _made(kind: type[Model], archive: Archive, threads: int | None) -> Model:
    """The model that a file describes, with its weights."""
    facts, theta, statistics = archive.facts, archive.array("theta"), archive.array("statistics")
    if theta.dtype not in (np.float32, np.float64) or theta.dtype != statistics.dtype:
        raise ValueError("its weights are not of float32 or float64")
    layers: list[Layer] = []
    for entry in facts["layers"]:
        layers.append(LAYERS[entry["layer"]](**{k: _read(v, layers) for k, v in entry["config"].items()}))
    nodes: list[Node] = []
    for entry in facts["nodes"]:
        nodes.append(_node(entry, layers, nodes))
    numbers = sum(need.size for need in needs(nodes).values())  # known before they take memory
    if numbers != theta.size + statistics.size or theta.ndim != 1 or statistics.ndim != 1:
        raise ValueError(f"its layers need {numbers} weights and statistics, not {theta.size + statistics.size}")
    model = kind(
        [nodes[i] for i in facts["inputs"]], [nodes[i] for i in facts["outputs"]], dtype=theta.dtype, threads=threads
    )
    found = [
        [next(i for i, other in enumerate(layers) if other is layer), name, [*array.shape]]
        for layer, name, array in _arrays(model)
    ]
    if found != facts["weights"] or model.theta.shape != theta.shape:
        raise ValueError("its weights are of other shapes than its layers need")
    model.theta[...], model.statistics[...] = theta, statistics
    return model


def _read(value: Any, layers: Sequence[Layer]) -> Any:
    """A value of a configuration, as the constructor of the layer takes it."""
    if isinstance(value, dict):
        return layers[_index(value["layer"], layers)]
    return tuple(_read(item, layers) for item in value) if isinstance(value, list) else value


def _node(entry: Mapping[str, Any], layers: Sequence[Layer], nodes: Sequence[Node]) -> Node:
    if "shape" in entry:
        return Input(tuple(entry["shape"]))
    layer = layers[_index(entry["layer"], layers)]
    inputs = tuple(nodes[_index(i, nodes)] for i in entry["of"])
    if (len(inputs) != layer.inputs) if layer.inputs else len(inputs) < 2:
        raise ValueError(f"{layer!r} has {len(inputs)} inputs")
    return Node(layer, inputs, layer.output_shape(*(node.shape for node in inputs)))


def _index(i: Any, among: Sequence[Any]) -> int:
    if type(i) is not int or not 0 <= i < len(among):
        raise ValueError(f"there is no number {i!r:.20}")
    return i
