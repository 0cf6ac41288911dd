"""The calls of a model once more, with the same weights, to be watched without the model seeing anything of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from optiviz.nn.executor import Call
from optiviz.nn.layer import Array, Layer
from optiviz.nn.memory import ALONE

__all__ = ["Watcher", "apart", "watch"]

Watcher = Callable[..., Any]


def apart(calls: Sequence[Call]) -> list[Call]:
    """The same calls, each with its own gradients and statistics; its layer knows its `place`."""
    return [Call(_twin(call.layer, call.output), call.inputs, call.output) for call in calls]


def _twin(layer: Layer, place: int) -> Layer:
    twin = layer.twin(ALONE)
    twin.place = place
    gradients = {name: np.zeros_like(gradient) for name, gradient in layer.gradients.items()}
    twin.live_in({n: array if n in gradients else array.copy() for n, array in layer.arrays.items()}, gradients)
    return twin


def watch(layer: Layer, forth: Watcher, back: Watcher) -> None:
    """Have somebody else call what the layer does: `forth(forward, *x)`, and on the way back `back(backward, dy)`."""
    forward = layer.forward

    def watched(*x: Array, **options: Any) -> tuple[Array, Callable[[Array], Any]]:
        y, backward = forth(partial(forward, **options), *x)
        return y, partial(back, backward)

    layer.forward = watched  # type: ignore[method-assign]
