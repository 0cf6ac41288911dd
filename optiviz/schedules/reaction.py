"""Reactions: a learning rate that answers to the loss instead of counting updates.

A reaction is a formula of the current rate and of the loss that was just seen, with slots for what it
remembers. It is no schedule, for nobody knows beforehand when it will act; `descend` asks it at every look.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from optiviz.formula import Formula
from optiviz.trace.functions import maximum, minimum, where

__all__ = ["Reaction", "reaction", "reduce_on_plateau"]


class Reaction(Formula):
    """A formula of the learning rate and the loss."""

    kind = "reaction"
    variables = (("lr", "loss"),)
    example = "def halve(lr, loss, best=1e9, *, factor=0.5): ...; return lr, best"
    takes_slots = True
    result = "lr"


def reaction(function: Callable[..., Any]) -> Reaction:
    """Make a function of the rate and the loss a reaction and enter it in the registry.

    Raises:
        FormulaError: the signature is not that of a reaction.
    """
    made = Reaction(function)
    Reaction.registry.add(made)
    return made


@reaction
def reduce_on_plateau(lr, loss, best=math.inf, waited=0.0, *, factor=0.1, patience=10, progress=1e-4, lowest=0.0):
    """Multiplies the rate by a factor when the loss has made no progress for too long; it never raises it.

    Source: torch's ReduceLROnPlateau in its relative mode; a practice older than its papers.

    >>> lr, best, waited = reduce_on_plateau(0.5, 3.0, 3.0, 10.0)
    >>> lr, best, waited
    (0.05, 3.0, 0.0)
    """
    better = loss < best * (1 - progress)
    best = where(better, loss, best)
    waited = where(better, 0.0, waited + 1)
    enough = waited > patience
    lr = where(enough, minimum(lr, maximum(factor * lr, lowest)), lr)
    waited = where(enough, 0.0, waited)
    return lr, best, waited
