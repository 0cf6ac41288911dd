"""What an optimizer carries from update to update."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optiviz.optimizers.layout import Layout

__all__ = ["State"]


@dataclass
class State:
    """What an optimizer carries from update to update: how many it has made, and its slots by name.

    A slot is an array shaped like theta (a list if theta is one), or one number. What a rule for whole
    tensors remembers has the shape that it gives it; with a layout it is a list, an array for each tensor.
    What a reaction to the loss remembers is in `reaction`, by name: the learning rate, and then its own slots.
    """

    t: int
    slots: dict[str, Any]
    layout: Layout = ()
    reaction: dict[str, Any] = field(default_factory=dict)
