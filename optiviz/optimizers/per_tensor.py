"""Rules that look at whole weight tensors: they are called tensor by tensor, in the shape that they want."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optiviz.optimizers.layout import Layout, tensors_in

if TYPE_CHECKING:
    from optiviz.optimizers.optimizer import Optimizer

__all__ = ["first_slots", "step_tensors"]

Array = npt.NDArray[Any]


def first_slots(rule: Optimizer, theta: Array, layout: Layout) -> dict[str, Any]:
    """The slots before the first update: each has the shape in which the rule returns it.

    With a layout a slot is a list with an array for each tensor.
    """
    slots: dict[str, Any] = {name: [] for name in rule.slots}
    for part in tensors_in(theta, layout, rule.per):
        params = _beside_matrices(rule, rule.at(0))
        begin = rule.begin({"theta": part, **params})
        with np.errstate(all="ignore"):
            _, *tried = rule.called(part, np.zeros_like(part), 1, *begin.values(), **params)
        for (name, value), like in zip(begin.items(), tried, strict=True):
            shape = np.broadcast_shapes(np.shape(like), np.shape(value))
            narrow = rule.trace.inputs[name].scalar
            slots[name].append(value if narrow else np.array(np.broadcast_to(value, shape), theta.dtype))
    return {name: parts if layout and not rule.trace.inputs[name].scalar else parts[0] for name, parts in slots.items()}


def step_tensors(
    rule: Optimizer,
    theta: Array,
    g: Array,
    t: int,
    slots: dict[str, Any],
    params: Mapping[str, Any],
    layout: Layout,
) -> None:
    """One update of every tensor in theta, in place."""
    params = _beside_matrices(rule, params)
    numbers: dict[str, Any] = {}
    for i, (part, slope) in enumerate(
        zip(tensors_in(theta, layout, rule.per), tensors_in(g, layout, rule.per), strict=True)
    ):
        own = {name: slot[i] if isinstance(slot, list) else slot for name, slot in slots.items()}
        kept = rule.step_by_a_call(part, slope, t, own, params)
        numbers = {name: value for name, value in kept.items() if not isinstance(value, np.ndarray)}
    slots.update(numbers)


def _beside_matrices(rule: Optimizer, params: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters as the rule meets them: n numbers (n, 1) are (n, 1, 1) beside n matrices."""
    swept = rule.swept if rule.per == "matrix" else ()
    return {**params, **{name: params[name][..., None] for name in swept}}
