"""What may end a training before its time: Ctrl-C, numbers beyond bounds, and functions that look on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.nn.history import History

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Diverged", "Epoch", "Interruption", "early_stopping", "interruptible", "largest_gradient"]


class Diverged(ArithmeticError):
    """The loss or the gradient is no longer a finite number; `history` is what was until then."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


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


def early_stopping(patience: int = 5, *, restore: bool = True) -> Callable[[Epoch], str | None]:
    """A callback that stops when the validation loss (without one, the loss) has had no new low for some epochs.

    Args:
        patience: for how many.
        restore: put back the weights that had the lowest loss, when it stops and after the last epoch.

    Source: Prechelt (1998), Early stopping - but when?, doi:10.1007/3-540-49430-8_3.

    Raises:
        ValueError: the patience is no whole number from 1.
    """
    if not isinstance(patience, int) or patience < 1:
        raise ValueError(f"patience is a whole number of epochs from 1, not {patience!r}")
    best: Any = None

    def stop(look: Epoch) -> str | None:
        nonlocal best
        losses = look.history.val_loss if len(look.history.val_loss) else look.history.loss
        waited = len(losses) - 1 - int(np.argmin(losses))
        if waited == 0:
            best = look.model.theta.copy(), look.model.statistics.copy()
        enough = waited >= patience
        if restore and (enough or look.epoch == look.epochs):
            look.model.theta[...], look.model.statistics[...] = best
        return "stop" if enough else None

    return stop


@dataclass
class Interruption:
    """Has Ctrl-C been pressed?"""

    came: bool = False


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Inside the block a first Ctrl-C is noted, a second one raises KeyboardInterrupt as ever.

    In a thread beside the main one, or where the program has its own way with Ctrl-C, that stays as it is.
    """
    asked = Interruption()
    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield asked
        return

    def note(number: int, frame: Any) -> None:
        if asked.came:
            usual(number, frame)
        asked.came = True

    signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, usual)


def largest_gradient(model: Model) -> str:
    """The largest gradient of a weight, NaN before all others, and whose it is, in words."""
    if not model.grad.size:
        return "the model has no weights"
    sizes = np.abs(model.grad)
    place = int(np.argmax(sizes))  # the first NaN, if there is one
    end = 0
    for number, layer in enumerate(model.layers, 1):
        for name, gradient in layer.gradients.items():
            end += gradient.size
            if place < end:
                return f"the largest gradient is {sizes[place]:.4g}, in {name} of layer {number}, {layer!r}"
    raise AssertionError("the gradients of the layers are those of the model")
