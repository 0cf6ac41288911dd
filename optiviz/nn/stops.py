"""What may end a training before its time: Ctrl-C, and numbers beyond bounds."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.nn.history import History
from optiviz.nn.layer import Array
from optiviz.nn.looking.names import layer_names
from optiviz.optimizers import clip_norm

if TYPE_CHECKING:
    from optiviz.nn.model import Model
    from optiviz.optimizers import Optimizer

__all__ = ["Diverged", "Interruption", "advice", "interruptible", "largest"]


class Diverged(ArithmeticError):
    """The loss or the gradient is no longer a finite number.

    Attributes:
        what: where that was, in words.
        advice: what may help.
        history: what was until then.
    """

    def __init__(self, what: str, advice: str, history: History) -> None:
        super().__init__(what, advice, history)  # as other processes want it, who get it as a pickle
        self.what, self.advice, self.history = what, advice, history

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}"


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


def advice(rule: Optimizer, lower: str, shorter: str) -> str:
    """What may keep the numbers within bounds.

    Args:
        rule: what they went beyond bounds with.
        lower: how a smaller learning rate is written; empty if it is not one number.
        shorter: how the rule is written that shortens its gradients, if it can and does not yet.

    >>> from optiviz import adam, gd
    >>> advice(gd, "lr=0.1", "clip_norm(gd)")
    'try a smaller learning rate, such as lr=0.1, or shorter gradients: clip_norm(gd)'
    >>> advice(adam, "", "clip_norm(adam)")  # which divides the gradient by its own size
    'try a smaller learning rate'
    """
    ways = ["a smaller learning rate" + (f", such as {lower}" if lower else "")] if "lr" in rule.params else []
    with suppress(TypeError, ValueError):  # it looks at whole tensors, or is wrapped already
        clip_norm(rule)
        if _first_step(rule, 1000.0) > 10 * _first_step(rule, 1.0):
            ways.append(f"shorter gradients: {shorter}")
    return f"try {', or '.join(ways or ['smaller numbers as input'])}"


def _first_step(rule: Optimizer, gradient: float) -> float:
    """How far the first update goes."""
    new = rule(0.0, gradient, 1)
    return abs(float(new[0] if isinstance(new, tuple) else new))


def largest(model: Model) -> str:
    """The largest gradient and the largest weight, NaN before all others, and whose they are, in words."""
    return (
        f"the largest gradient is {_largest(model, model.grad)}; the largest weight is {_largest(model, model.theta)}"
    )


def _largest(model: Model, numbers: Array) -> str:
    if not numbers.size:
        return "none"
    sizes = np.abs(numbers)
    place = int(np.argmax(sizes))  # the first NaN, if there is one
    whose = [(name, layer) for layer in model.layers for name in layer.gradients]
    ends = np.cumsum([math.prod(shape) for shape in model.layout])
    name, layer = whose[int(np.searchsorted(ends, place, side="right"))]
    return f"{sizes[place]:.4g}, in {name} of {layer_names(model.layers)[layer]}"
