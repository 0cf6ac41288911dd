"""What may be given by its name: losses and rules; and numbers that count something."""

from __future__ import annotations

import operator
from typing import Any

from optiviz.losses import Loss
from optiviz.optimizers import Optimizer, named
from optiviz.schedules import Reaction, Schedule

__all__ = ["checked_size", "loss_called", "rule_for"]


def loss_called(loss: Any) -> Loss:
    """A loss, or that of a name.

    Raises:
        LookupError: there is none of that name.
        TypeError: it is something else.
    """
    if isinstance(loss, str):
        found: Loss = Loss.registry[loss]
        return found
    if not isinstance(loss, Loss):
        raise TypeError(f"expected a loss such as losses.mse or its name, not {loss!r:.60}")
    return loss


def rule_for(optimizer: Any, schedule: Any = None) -> tuple[Optimizer, Reaction | None]:
    """A rule, or that of a name, with a schedule for its learning rate or a reaction that changes it.

    A schedule begins at the rate of the rule, unless it has been given one of its own.

    Raises:
        LookupError: there is no rule of that name.
        TypeError: one of the two is something else.
        ValueError: the rule has no learning rate, or it is given twice.
    """
    if isinstance(optimizer, str):
        if ":" in optimizer and ".py:" not in optimizer:
            raise LookupError(f"a rule with parameters is written {_as_code(optimizer)}, not {optimizer!r}")
        optimizer = named(optimizer)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"expected an optimizer such as adam(lr=0.01) or its name, not {optimizer!r:.60}")
    if optimizer.swept:
        raise ValueError(f"{optimizer!r} has numbers for many runs at once, and a model is one; give it one number")
    if schedule is None or isinstance(schedule, Reaction):
        return optimizer, schedule
    if not isinstance(schedule, Schedule):
        raise TypeError(f"expected a schedule such as cosine(steps=1000), not {schedule!r:.60}")
    if "lr" not in optimizer.params:
        raise ValueError(f"{optimizer.name} has no learning rate that could follow {schedule!r}")
    if "lr" in optimizer.scheduled or {"lr"} <= optimizer.chosen & schedule.chosen:
        raise ValueError("the learning rate is given twice, in the optimizer and in the schedule; leave one out")
    if "lr" in schedule.params and "lr" not in schedule.chosen:
        schedule = schedule.configured(lr=optimizer.params["lr"])
    return optimizer.configured(lr=schedule), None


def _as_code(text: str) -> str:
    """How a rule of the command line is written in Python.

    >>> _as_code("adam:lr=0.1+clip_norm:limit=1")
    'clip_norm(adam(lr=0.1), limit=1)'
    """
    code = ""
    for part in text.split("+"):
        name, _, params = part.partition(":")
        inner = [code, params.replace(",", ", ")]
        code = f"{name}({', '.join(filter(None, inner))})" if code or params else f"{name}()"
    return code


def checked_size(name: str, value: Any) -> int:
    """A whole number from 1.

    Raises:
        TypeError, ValueError: it is not.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number from 1, not {value!r:.60}") from None
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name} is a whole number from 1, not {value!r}")
    return number
