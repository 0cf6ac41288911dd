"""A clock for functions, and by it what this machine can do at best."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from optiviz.threads import one_blas_thread, side_by_side

__all__ = ["Clock", "product_rate"]

SIDE = 512
"""Rows and columns of the matrices by which the machine is measured."""


class Clock:
    """Calls functions, and adds up the seconds that they take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns."""
        start = perf_counter()
        result = function(*arguments)
        self.seconds += perf_counter() - start
        return result


def product_rate(threads: int, dtype: Any = np.float32, rounds: int = 16) -> float:
    """How many operations a second NumPy's product of matrices makes, in threads side by side, in the best round."""
    rng = np.random.default_rng(0)
    matrices = rng.standard_normal((threads, 3, SIDE, SIDE)).astype(dtype)
    tasks = [partial(np.matmul, a, b, out=out) for a, b, out in matrices]
    clocks = [Clock() for _ in range(rounds)]
    with one_blas_thread():
        for clock in clocks:
            clock(side_by_side, tasks)
    return 2 * threads * SIDE**3 / min(clock.seconds for clock in clocks)
