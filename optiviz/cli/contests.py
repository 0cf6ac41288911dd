"""What the commands share that train several networks: how far they have come, the table, the facts."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import numpy as np

from optiviz.cli.common import aligned
from optiviz.trials.contest import Contest, Progress

__all__ = ["curves_of", "facts_of", "measure", "shown_progress", "table_of"]


@contextmanager
def shown_progress(quiet: bool) -> Iterator[Callable[[str], Progress]]:
    """What shows on a terminal how many epochs have ended, bar after bar; each is asked for by its name."""
    hidden = quiet or not sys.stderr.isatty()
    bars: list[Any] = []

    def begun(what: str) -> Progress:
        if bars:
            bars.pop().render_finish()

        def told(done: int, of: int) -> None:
            if not bars:
                bars.append(click.progressbar(length=of, label=f"{what:8}", file=sys.stderr, hidden=hidden))
            bars[0].update(done - bars[0].pos)

        return told

    try:
        yield begun
    finally:
        if bars:
            bars.pop().render_finish()


def measure(seen: Contest) -> str:
    """What tells who is ahead: "accuracy", or the "loss" where nothing is right or wrong, as with mse."""
    return "accuracy" if np.isfinite(seen.accuracy).any() or not np.isfinite(seen.loss).any() else "loss"


def curves_of(seen: Contest) -> dict[str, Any]:
    """The accuracy or loss on the test set after each epoch, by the names of the variants, (S, E) each."""
    return dict(zip(seen.names, getattr(seen, measure(seen)), strict=True))


def table_of(seen: Contest, extra: Sequence[Sequence[str]], heads: Sequence[str]) -> list[str]:
    """A row for each variant: its name, what is given besides, and what came of it in the end."""
    what = measure(seen)
    mean, spread = seen.final(what)
    loss, _ = seen.final("loss")
    rows = [[*heads, f"test {what}", *["test loss"] * (what != "loss"), "seconds"]]
    for i, name in enumerate(seen.names):
        said = f"{mean[i]:.4f}" + (f" ± {spread[i]:.4f}" if math.isfinite(spread[i]) else "")
        if seen.diverged[i]:
            said = f"{seen.diverged[i]} of {len(seen.seeds)} diverged"
        beside = [f"{loss[i]:.3g}" if math.isfinite(loss[i]) else "-"] * (what != "loss")
        rows.append([name, *extra[i], said, *beside, f"{seen.seconds[i].mean():.1f}"])
    return aligned(rows)


def facts_of(seen: Contest) -> dict[str, Any]:
    """All numbers but those of each update."""
    accuracy, spread = seen.final()
    return {
        "seeds": list(seen.seeds),
        "epochs": seen.epochs,
        "batch_size": seen.batch_size,
        "examples": seen.examples,
        "variants": [
            {
                "name": name,
                "weights": int(seen.weights[i]),
                "accuracy": float(accuracy[i]),
                "spread": float(spread[i]),
                "diverged": int(seen.diverged[i]),
                "accuracies": seen.accuracy[i].tolist(),
                "losses": seen.loss[i].tolist(),
                "train_accuracies": seen.train_accuracy[i].tolist(),
                "seconds": seen.seconds[i].tolist(),
            }
            for i, name in enumerate(seen.names)
        ],
    }
