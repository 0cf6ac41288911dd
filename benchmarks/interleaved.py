"""Two things timed in turn, A B A B ..., so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def ratio(name: str, ours: Callable[[], object], peer: Callable[[], object], rounds: int = 15) -> str:
    """One row of the table: medians, and the median and spread of the ratio ours / peer, pair by pair."""
    ours(), peer()  # warm up
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    a, b = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    spread = f"{ratios[len(ratios) // 10]:.2f} to {ratios[-1 - len(ratios) // 10]:.2f}"
    return f"| {name} | {a:.3g} ms | {b:.3g} ms | {statistics.median(ratios):.2f} | {spread} |"


def _seconds(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin
