"""The exponentially weighted moving average, which momentum, RMSProp and Adam share.

Each new value enters with the weight 1 - beta and what was there keeps the share beta, so the average
looks back over about 1/(1 - beta) values. It begins at zero, and is therefore too small at first: after t
values by the factor 1 - beta^t, which `ewma` divides out and `ewma_uncorrected` leaves in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, FormulaError

__all__ = ["Average", "average", "bias", "ewma", "ewma_uncorrected", "window"]


class Average(Formula):
    """A formula of the value x at time t = 1, 2, ... and of what the average remembers."""

    kind = "average"
    variables = (("x", "t"),)
    example = "def mean(x, t, y=0.0): y = y + (x - y) / t; return y, y"
    takes_slots = True
    result = "yhat"

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        for slot, first in self.slots.items():
            if isinstance(first, str):
                raise FormulaError(f"{self.where}: {self.name} begins '{slot}' as {first}; write a number")

    def over(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The average after each value of the series `x`, of shape (T, ...), as an array of that shape.

        >>> ewma_uncorrected(beta=0.5).over([1.0, 1.0, 1.0])
        array([0.5  , 0.75 , 0.875])
        """
        series = np.asarray(x, dtype=np.float64)
        smooth = np.empty_like(series)
        slots: tuple[Any, ...] = tuple(self.slots.values())
        for t, value in enumerate(series, start=1):
            smooth[t - 1], *slots = self.function(value, t, *slots, **self.params)
        return smooth


def average(function: Callable[..., Any]) -> Average:
    """Make a function of x and t an average and enter it in the registry.

    Raises:
        FormulaError: the signature is not that of an average.
    """
    made = Average(function)
    Average.registry.add(made)
    return made


@average
def ewma(x, t, y=0.0, *, beta=0.9):
    """The moving average, corrected for having begun at zero: a weighted mean of what was seen.

    Source: Kingma and Ba (2015), section 3, arXiv:1412.6980; pandas' ewm(adjust=True).

    >>> ewma(beta=0.5).over([1.0, 1.0, 1.0])
    array([1., 1., 1.])
    """
    y = beta * y + (1 - beta) * x
    return y / (1 - beta**t), y


@average
def ewma_uncorrected(x, t, y=0.0, *, beta=0.9):
    """The moving average as it is: it begins at zero and needs about 1/(1 - beta) values to warm up.

    Source: Roberts (1959), doi:10.1080/00401706.1959.10489860.

    >>> ewma_uncorrected(beta=0.5).over([1.0, 1.0, 1.0])
    array([0.5  , 0.75 , 0.875])
    """
    y = beta * y + (1 - beta) * x
    return y, y


def window(beta: float) -> float:
    """How many values the average looks back over, 1/(1 - beta): the sum of the weights beta^k.

    >>> round(window(0.9), 12), round(window(0.98), 12)
    (10.0, 50.0)
    """
    return 1 / (1 - beta)


def bias(beta: float, t: int) -> float:
    """What share of a constant x the uncorrected average has reached after t values: 1 - beta^t.

    >>> bias(0.5, 1), bias(0.5, 3)
    (0.5, 0.875)
    """
    return 1 - beta**t
