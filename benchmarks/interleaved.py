"""Two things timed in turn, A B A B ..., so that a machine whose speed drifts is fair to both.

The peer may live in another interpreter, where it is told when to run and reports its seconds.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def ratio(name: str, ours: Callable[[], object], peer: Callable[[], object], rounds: int = 15) -> str:
    """One row of the table: medians, and the median and spread of the ratio ours / peer, pair by pair."""
    ours(), peer()  # warm up
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(rounds)]
    ratios = [a / b for a, b in pairs]
    a, b = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    return f"| {name} | {a:.3g} ms | {b:.3g} ms | {statistics.median(ratios):.3g} | {spread(ratios)} |"


def spread(ratios: Sequence[float]) -> str:
    """From a tenth of the way to nine tenths."""
    ordered = sorted(ratios)
    return f"{ordered[len(ordered) // 10]:.3g} to {ordered[-1 - len(ordered) // 10]:.3g}"


def _seconds(function: Callable[[], object]) -> float:
    if isinstance(function, Elsewhere):
        return function()
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


class Peer:
    """A module run by the interpreter `python`, which has what it needs: it waits for lines and answers with lines."""

    def __init__(self, python: str, module: str = "benchmarks.peer") -> None:
        root = Path(__file__).parents[1]
        self.process = subprocess.Popen(
            [python, "-m", module], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.communicate()

    def told(self, line: str) -> str:
        """What the peer answers."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the peer ended at {line!r}; its message stands above")
        return answer.strip()


class Elsewhere:
    """A task of the peer, whose seconds the peer itself has measured."""

    def __init__(self, peer: Peer, task: str) -> None:
        self.peer, self.task = peer, task

    def __call__(self) -> float:
        """Seconds."""
        return float(self.peer.told(self.task))
