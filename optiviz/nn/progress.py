"""How far a training is, on the terminal: one line for each epoch."""

from __future__ import annotations

import sys
import time
from typing import Any

from optiviz.nn.history import History
from optiviz.nn.layer import Array

__all__ = ["Progress", "Silence", "progress_shown", "words"]

EVERY = 0.1
"""Seconds between two pictures of the bar."""


class Silence:
    """Nothing is shown."""

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        """An epoch begins."""

    def step(self, loss: float, images: float) -> None:
        """An update was made, of so many images per second."""

    def end(self, said: str) -> None:
        """The epoch has ended, and what came of it."""

    def close(self) -> None:
        """The training has ended, in whichever way."""


class Progress(Silence):
    """A bar on the terminal, which the result of the epoch replaces; without a terminal, that alone."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.label = ""
        self.waiting = 0
        self.shown = 0.0

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        """Draw an empty bar."""
        import click

        self.label = f"epoch {epoch}/{epochs}"
        self.waiting, self.shown = 0, time.perf_counter()
        if sys.stderr.isatty():
            self.bar = click.progressbar(
                length=steps, label=self.label, file=sys.stderr, width=20, item_show_func=lambda said: said or ""
            )
            self.bar.render_progress()

    def step(self, loss: float, images: float) -> None:
        """Move the bar, if the last picture of it is old."""
        self.waiting += 1
        now = time.perf_counter()
        if self.bar is not None and now - self.shown > EVERY:
            self.bar.update(self.waiting, f"loss {loss:.4f}  {images:,.0f}/s")
            self.waiting, self.shown = 0, now

    def end(self, said: str) -> None:
        """Leave the line of this epoch behind."""
        if self.bar is None:
            print(f"{self.label}  {said}", file=sys.stderr, flush=True)
            return
        self.bar.bar_template = "%(label)s  " + said.replace("%", "%%")
        self.bar.render_progress()
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was found: an empty line, and the cursor to be seen."""
        if self.bar is not None:
            self.bar.render_finish()
            self.bar = None


def progress_shown(wanted: bool | None) -> Silence:
    """What shows the progress: nothing unless it is wanted, or there is a terminal to show it on."""
    return Progress() if (sys.stderr.isatty() if wanted is None else wanted) else Silence()


def words(history: History) -> str:
    """The last epoch of a record in a few words: losses, accuracies in brackets, examples per second, seconds."""
    done = len(history.loss) - 1

    def pair(loss: Array, accuracy: Array) -> str:
        digits = ".4f" if loss[done] < 1e4 else ".4g"
        return f"{loss[done]:{digits}}" + (f" ({accuracy[done]:.1%})" if len(accuracy) else "")

    said = [f"loss {pair(history.loss, history.accuracy)}"]
    if len(history.val_loss):
        said.append(f"held out {pair(history.val_loss, history.val_accuracy)}")
    return "  ".join([*said, f"{history.images_per_second[done]:,.0f}/s", f"{history.seconds[done]:.1f} s"])
