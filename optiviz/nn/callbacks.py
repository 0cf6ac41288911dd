"""Functions that look on when an epoch has ended, and may stop the training.

A callback is called with an `Epoch` and returns "stop" or nothing. Two attributes are asked for, if it has them:

- `memory`, a dict of arrays, numbers and texts by name: all that it remembers from epoch to epoch. A checkpoint keeps
  it beside the weights, and whoever goes on from there, or undoes an epoch, sets it as it was.
- `at_end(model)`, called once when training is over, after the last checkpoint, unless Ctrl-C, the babysitter or an
  error ended it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.nn.history import History
from optiviz.nn.layer import Array

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Callback", "Epoch", "callbacks_of", "early_stopping", "memories", "remember", "remembering"]


@dataclass(frozen=True)
class Epoch:
    """What a callback sees when an epoch has ended.

    Attributes:
        epoch: which, from 1.
        epochs: how many there are to be.
        model: the model, which may be changed.
        history: the record so far.
    """

    epoch: int
    epochs: int
    model: Model
    history: History


Callback = Callable[[Epoch], Any]


class EarlyStopping:
    """What `early_stopping` makes: a callback with a memory, the weights that were the best."""

    def __init__(self, patience: int, restore: bool) -> None:
        self.patience, self.restore = patience, restore
        self.memory: dict[str, Array] = {}

    def __repr__(self) -> str:
        return f"early_stopping(patience={self.patience}{'' if self.restore else ', restore=False'})"

    def __call__(self, look: Epoch) -> str | None:
        losses = look.history.val_loss if len(look.history.val_loss) else look.history.loss
        waited = len(losses) - 1 - int(np.argmin(np.where(np.isnan(losses), np.inf, losses)))
        if waited == 0 and self.restore:
            self.memory = {"theta": look.model.theta.copy(), "statistics": look.model.statistics.copy()}
        return "stop" if waited >= self.patience else None

    def at_end(self, model: Model) -> None:
        """Put the best weights back."""
        if self.restore:
            model.theta[...], model.statistics[...] = self.memory["theta"], self.memory["statistics"]


def early_stopping(patience: int = 5, *, restore: bool = True) -> EarlyStopping:
    """A callback that stops when the validation loss (without one, the loss) has had no new low for some epochs.

    Args:
        patience: for how many.
        restore: put back the weights that had the lowest loss, when it stops and after the last epoch.

    Source: Prechelt (1998), Early stopping - but when?, doi:10.1007/3-540-49430-8_3.

    Raises:
        ValueError: the patience is no whole number from 1.

    >>> early_stopping(patience=3)
    early_stopping(patience=3)
    """
    if not isinstance(patience, int) or patience < 1:
        raise ValueError(f"patience is a whole number of epochs from 1, not {patience!r}")
    return EarlyStopping(patience, restore)


def callbacks_of(given: Any) -> list[Callback]:
    """The callbacks one by one.

    Raises:
        TypeError: they are none.
    """
    calls = [*given] if isinstance(given, (list, tuple)) else [given]
    for call in calls:
        if call is early_stopping:
            raise TypeError("early_stopping makes a callback: write callbacks=early_stopping(patience=3)")
        if not callable(call):
            raise TypeError(f"callbacks are functions such as early_stopping(patience=3), not {call!r:.60}")
    return calls


def remembering(callbacks: Sequence[Callback]) -> list[Any]:
    """Those that have a memory."""
    return [call for call in callbacks if hasattr(call, "memory")]


def memories(callbacks: Sequence[Callback]) -> list[Any]:
    """Copies of what they remember."""
    return [copy.deepcopy(call.memory) for call in remembering(callbacks)]


def remember(callbacks: Sequence[Callback], memories: Sequence[Any]) -> None:
    """Have them remember that again."""
    for call, memory in zip(remembering(callbacks), memories, strict=True):
        call.memory = copy.deepcopy(memory)
