"""What a model is made of, and what it is given on the way back, looked at before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.nn.executor import Call
from optiviz.nn.graph import Needs, Node
from optiviz.nn.layer import Array, Layer

__all__ = ["check_weights", "dtype_of", "nodes_of", "slopes_for", "tokens_of"]


def check_weights(layer: Layer, need: Needs, dtype: np.dtype[Any]) -> None:
    """See that a layer has no weights yet, or has some that fit.

    Raises:
        ValueError: they do not.
    """
    if not layer.arrays:
        return
    if need.shapes != {name: array.shape for name, array in layer.arrays.items()}:
        raise ValueError(f"{layer!r} was built for inputs of another shape than here; make a new layer")
    if any(array.dtype != dtype for array in layer.arrays.values()):
        raise ValueError(f"{layer!r} has weights of another dtype than {dtype}, from another model; make a new layer")


def dtype_of(given: npt.DTypeLike) -> np.dtype[Any]:
    """The dtype of all numbers of a model.

    Raises:
        ValueError: it is none of the two that there are.
    """
    try:
        dtype = np.dtype(given)
    except TypeError:
        dtype = np.dtype(object)
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype is float32 to train, or float64 to check, not {given!r}")
    return dtype


def tokens_of(calls: Sequence[Call]) -> set[int]:
    """The inputs that are tokens, which are not to become floats.

    Raises:
        ValueError: tokens do not come from an input, or another layer takes them for numbers.
    """
    tokens = {v for call in calls if call.layer.whole_numbers for v in call.inputs}
    for call in calls:
        if call.layer.whole_numbers:
            continue
        if call.output in tokens:
            raise ValueError(f"tokens come from an Input as they are, and not out of {call.layer!r}")
        if tokens.intersection(call.inputs):
            raise ValueError(
                f"{call.layer!r} reads an Input of tokens, which are no amounts; give it an Input of its own"
            )
    return tokens


def nodes_of(given: Any) -> tuple[Node, ...]:
    """One node or several.

    Raises:
        TypeError: they are something else.
        ValueError: one stands there twice.
    """
    nodes = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not nodes or not all(isinstance(node, Node) for node in nodes):
        raise TypeError(f"a model goes from inputs to outputs that are made of them, not to {given!r:.80}")
    if len({id(node) for node in nodes}) < len(nodes):
        raise ValueError(f"a model has each input and each output once, not {[*nodes]!r:.200}")
    return nodes


def slopes_for(outputs: Sequence[Array], given: Sequence[Any]) -> list[Array | None]:
    """The gradients of outputs, as arrays like them; None stays None.

    Raises:
        ValueError: there are more or fewer, or they have other shapes.
    """
    if len(given) != len(outputs):
        raise ValueError(f"backward takes a gradient for each of {len(outputs)} outputs, or None, not {len(given)}")
    slopes = [None if dy is None else np.asarray(dy, y.dtype) for y, dy in zip(outputs, given, strict=True)]
    for y, slope in zip(outputs, slopes, strict=True):
        if slope is not None and slope.shape != y.shape:
            raise ValueError(f"the gradient of an output of shape {y.shape} has that shape, not {slope.shape}")
    return slopes
