"""The names of layers, and of the values between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from optiviz.nn.graph import Node
from optiviz.nn.layer import Layer

__all__ = ["layer_names", "value_names"]


def layer_names(layers: Sequence[Layer]) -> dict[Layer, str]:
    """The names of the layers of a model, made of their classes and numbered as in Keras.

    An activation that belongs to a layer has the name of that with its own.

    >>> from optiviz.nn import Conv2D, Dense, ReLU
    >>> first, other = Conv2D(8, 3, activation="relu"), Conv2D(8, 3)
    >>> list(layer_names([first, first.activation, other, ReLU(), Dense(10)]).values())
    ['conv2d', 'conv2d.relu', 'conv2d_1', 're_lu', 'dense']
    """
    owners = {layer.activation: layer for layer in reversed(layers) if layer.activation is not None}
    names: dict[Layer, str] = {}
    count: Counter[str] = Counter()
    for layer in layers:
        if layer not in owners:
            names[layer] = _numbered(_in_words(type(layer).__name__), count)
    names |= {bend: f"{names[layer]}.{activation_name(bend)}" for bend, layer in owners.items() if layer in names}
    return {layer: names[layer] for layer in layers}


def value_names(nodes: Sequence[Node]) -> list[str]:
    """What each value of a graph is called: as the layer that makes it.

    A layer that stands there twice makes `dense` and `dense (2)`.
    """
    names = layer_names(list(dict.fromkeys(node.layer for node in nodes if node.layer is not None)))
    inputs: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    found = []
    for node in nodes:
        name = _numbered("input_layer", inputs) if node.layer is None else names[node.layer]
        calls[name] += 1
        found.append(name if calls[name] == 1 else f"{name} ({calls[name]})")
    return found


def activation_name(layer: Layer) -> str:
    """What an activation is called as an argument: `leaky_relu`."""
    return _in_words(type(layer).__name__.replace("ReLU", "Relu"))


def _in_words(name: str) -> str:
    """The name of a class with a line between its words, as Keras writes it.

    >>> _in_words("GlobalAvgPool2D"), _in_words("Conv2D"), _in_words("ReLU")
    ('global_avg_pool2d', 'conv2d', 're_lu')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


def _numbered(kind: str, count: Counter[str]) -> str:
    count[kind] += 1
    return kind if count[kind] == 1 else f"{kind}_{count[kind] - 1}"
