"""Babysitting: somebody looks on while a model trains, and takes it by the hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from optiviz.nn.history import INTERVENTIONS
from optiviz.optimizers import Optimizer

__all__ = ["Babysitter", "said", "with_rate"]

Babysitter = Callable[[], float | str | None]
"""What is asked between two updates: None to go on, what the learning rate is to be multiplied by, or one of "undo",
"skip" and "stop"."""


def said(answer: Any) -> tuple[str, float | None]:
    """What a babysitter wants, one of INTERVENTIONS, and what the learning rate is to be multiplied by.

    Raises:
        TypeError, ValueError: the answer is none.

    >>> said(0.5), said("undo")
    (('rate', 0.5), ('undo', None))
    """
    if isinstance(answer, str) and answer in INTERVENTIONS[1:]:
        return answer, None
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        if not 0 < answer < math.inf:
            raise ValueError(f"a babysitter multiplies the learning rate by a positive number, not by {answer:g}")
        return "rate", float(answer)
    raise (ValueError if isinstance(answer, str) else TypeError)(
        "a babysitter answers None, a number to multiply the learning rate by, 'undo', 'skip' or 'stop', "
        f"not {answer!r:.60}"
    )


def with_rate(rule: Optimizer, factor: float) -> Optimizer:
    """The rule with its learning rate, a number or a schedule, multiplied.

    Raises:
        ValueError: it has none, or none that is so small or so large.

    >>> from optiviz import adam, cosine
    >>> with_rate(adam(lr=0.5), 0.5), with_rate(adam(lr=cosine(steps=9)), 0.5)
    (adam(lr=0.25), adam(lr=0.5 * cosine(lr=0.1, end=0.0, steps=9)))
    """
    if "lr" not in rule.params:
        raise ValueError(f"{rule.name} has no learning rate that a babysitter could multiply by {factor:g}")
    return rule.configured(lr=factor * rule.params["lr"])
