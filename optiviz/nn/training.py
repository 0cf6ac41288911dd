"""Training: the library's one loop, `descend`, goes down on the loss of a model, batch by batch."""

from __future__ import annotations

import copy
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.descent import Look, descend
from optiviz.losses import Loss
from optiviz.nn.babysitting import Babysitter, said, with_rate
from optiviz.nn.batches import Augment, batches
from optiviz.nn.callbacks import Callback, Epoch, memories, remember
from optiviz.nn.checkpoint import Checkpoint, Snapshot
from optiviz.nn.examples import Examples
from optiviz.nn.history import History, Intervention
from optiviz.nn.objective import Judge, objective
from optiviz.nn.predicting import evaluated
from optiviz.nn.progress import Silence, words
from optiviz.nn.stops import Diverged, Interruption, advice, largest

if TYPE_CHECKING:
    from optiviz.nn.model import Model
    from optiviz.optimizers import Optimizer, State
    from optiviz.schedules import Reaction

__all__ = ["Training"]

WIDE = 256
"""Validation takes batches of so many examples, or of as many as training if that is more."""


@dataclass
class Training:
    """One call of `fit` while it runs.

    Attributes:
        known: the record, with nothing in it but what is known from the start.
        babysitter: who is asked between updates; None for nobody.
        asked: whether Ctrl-C has been pressed.
        file: where the checkpoint is kept, if it is.
        record_weights: whether the record has the weights of all epochs.
        columns: what is written down of each update and each epoch, by the names of the record.
        left: the batches of the epoch that are still to come; None between two epochs.
        total: the sum of the losses of the examples of this epoch so far.
        seen: how many those are.
        start: when the epoch began.
    """

    model: Model
    loss: Loss
    data: Examples
    held: Examples | None
    augment: Augment | None
    known: History
    rule: Optimizer
    reaction: Reaction | None
    rng: np.random.Generator
    callbacks: Sequence[Callback]
    babysitter: Babysitter | None
    progress: Silence
    asked: Interruption
    file: Checkpoint | None
    record_weights: bool
    ending: str = "running"
    interventions: list[Intervention] = field(default_factory=list)
    left: Iterator[tuple[Any, Any]] | None = None
    total: float = 0.0
    seen: int = 0
    start: float = 0.0

    def __post_init__(self) -> None:
        self.judge = Judge(self.loss)
        self.state: State = self.rule.init(self.model.theta, self.model.layout)
        names = ["step_loss", "step_lr", "loss", "seconds", "epoch_step"]
        names += ["accuracy"] * self.judge.counts + ["val_loss"] * (self.held is not None)
        names += ["val_accuracy"] * (self.judge.counts and self.held is not None)
        self.columns: dict[str, array[Any]] = {name: array("q" if name == "epoch_step" else "d") for name in names}
        self.weights = np.empty(
            (self.known.epochs + 1 if self.record_weights else 0, self.model.theta.size), np.float32
        )

    @property
    def done(self) -> int:
        """How many epochs have ended."""
        return len(self.columns["loss"])

    @property
    def steps(self) -> int:
        """How many updates have been made."""
        return len(self.columns["step_loss"])

    def run(self) -> History:
        """All epochs, or those that a checkpoint has left."""
        self.begin()
        evaluate, theta = objective(self.model, self.judge, self.rng), self.model.theta
        losses, rates = self.columns["step_loss"], self.columns["step_lr"]
        try:
            while self.ending == "running":
                looks = descend(evaluate, self.rule, theta, self.batches(), reaction=self.reaction, state=self.state)
                for look in looks:
                    losses.append(look.value)
                    rates.append(look.params.get("lr", np.nan))
                    if look.ending:
                        raise self.diverged(look)
        finally:
            self.progress.close()
        self.at_end()
        return self.history()

    def begin(self) -> None:
        """Begin, or go on from the checkpoint."""
        self.keep_weights()
        found = self.file.read() if self.file else None
        if found is None:
            self.keep()
            return
        self.interventions = [*found.history.interventions]
        for intervention in self.interventions:
            if intervention.value is not None:
                self.rule = with_rate(self.rule, intervention.value)
        self.go_back(found)
        if self.babysitter:
            self.snapshot = found
        more = found.history.ending == "finished" and self.done < self.known.epochs
        self.ending = "running" if more else found.history.ending

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """What is left of the epoch, until somebody intervenes. Whenever the loop asks, all updates before are made."""
        if self.left is None:
            self.begin_epoch()
        losses = self.columns["step_loss"]
        for batch in self.left or ():
            yield batch
            self.total, self.seen = self.total + losses[-1] * len(batch[1]), self.seen + len(batch[1])
            self.progress.step(self.total / self.seen, self.seen / (time.perf_counter() - self.start))
            if self.asked.came:
                break
            answer = self.babysitter() if self.babysitter else None
            if answer is not None:
                self.intervene(*said(answer))
                return
        if not self.asked.came or self.seen == len(self.data):
            self.end_epoch()
        if self.asked.came:
            self.ending = "interrupted"
            self.progress.end("interrupted")

    def begin_epoch(self) -> None:
        """Draw an order, and count from 0."""
        x, size = (self.data.x if len(self.data.x) > 1 else self.data.x[0]), self.known.batch_size
        self.progress.begin(self.done + 1, self.known.epochs, -(-len(self.data) // size))
        self.total, self.seen, self.start = 0.0, 0, time.perf_counter()
        self.left = batches(x, self.data.y, size, augment=self.augment, rng=self.rng)

    def end_epoch(self) -> None:
        """Write down what came of an epoch, ask the callbacks, and keep what is needed to go on."""
        found: dict[str, Any] = {
            "loss": self.total / self.seen,
            "accuracy": self.judge.accuracy(),
            "seconds": time.perf_counter() - self.start,
            "epoch_step": self.steps,
        }
        if self.held is not None:
            held = evaluated(self.model, self.loss, self.held, max(WIDE, self.known.batch_size))
            found |= {"val_loss": held.loss, "val_accuracy": held.accuracy}
        for name in self.columns.keys() & found:
            self.columns[name].append(found[name])
        self.left = None
        self.keep_weights()
        self.progress.end(words(self.history()))
        self.ask_callbacks()
        if self.done == self.known.epochs and self.ending == "running":
            self.ending = "finished"
        self.keep()

    def ask_callbacks(self) -> None:
        """Show them the epoch; one of them may end the training."""
        if not self.callbacks:
            return
        look = Epoch(self.done, self.known.epochs, self.model, self.history())
        for callback in self.callbacks:
            answer = callback(look)
            if answer not in (None, False, True, "stop"):
                raise TypeError(f"a callback returns 'stop' or nothing, not {answer!r:.60}")
            if answer:
                self.ending = "stopped"

    def at_end(self) -> None:
        """Training is over; the callbacks that want to know are told, unless somebody has broken it off."""
        broken_off = self.interventions and self.interventions[-1].what == "stop"
        if self.ending in ("finished", "stopped") and not broken_off:
            for callback in self.callbacks:
                if hasattr(callback, "at_end"):
                    callback.at_end(self.model)

    # What somebody may do to it.
    def intervene(self, what: str, value: float | None) -> None:
        """Do what the babysitter wants, and write it down."""
        self.interventions.append(Intervention(self.steps, self.done + 1, what, value))
        if value is not None:
            self.rule = with_rate(self.rule, value)
            self.multiply_answer(value)
        elif what == "undo":
            self.progress.end("undone")
            self.go_back(self.snapshot)
        elif what == "skip":
            self.left = iter(())
        else:
            self.ending = "stopped"
            self.progress.end("stopped")
            self.keep()

    def multiply_answer(self, factor: float) -> None:
        """Have the reaction, if there is one, go on from another learning rate."""
        if "lr" in self.state.reaction:
            self.state.reaction["lr"] *= factor

    # What it keeps.
    def keep_weights(self) -> None:
        """Write the weights down, if the record is to have them."""
        if self.record_weights:
            self.weights[self.done] = self.model.theta

    def keep(self) -> None:
        """Keep all that is needed to go on from here, if there is somebody to ask for it."""
        if self.babysitter or self.file:
            now = Snapshot.of(self.history(), self.model, self.state, self.rng, memories(self.callbacks))
            if self.file:
                self.file.write(now)
            if self.babysitter:
                self.snapshot = now

    def go_back(self, to: Snapshot) -> None:
        """Have all be as it was then, but for what the babysitter did since: the learning rate stays as it is now."""
        self.model.theta, self.model.statistics = to.theta, to.statistics
        self.state, self.rng.bit_generator.state = copy.deepcopy(to.state), to.generator
        remember(self.callbacks, to.memories)
        for name, column in self.columns.items():
            column[:] = array(column.typecode, getattr(to.history, name))
        for intervention in self.interventions[len(to.history.interventions) :]:
            if intervention.value is not None:
                self.multiply_answer(intervention.value)
        self.judge.accuracy()
        self.left = None

    def history(self) -> History:
        """The record so far."""
        arrays: dict[str, Any] = {name: np.array(column) for name, column in self.columns.items()}
        if self.record_weights:
            arrays["weights"] = self.weights[: self.done + 1]
        return replace(self.known, ending=self.ending, interventions=tuple(self.interventions), **arrays)

    def diverged(self, look: Look) -> Diverged:
        """The error that says where the numbers went beyond bounds, and what may help."""
        self.ending, rule = "diverged", self.rule
        self.progress.end("diverged")
        losses, rate = self.columns["step_loss"], self.columns["step_lr"][-1]
        before = f" (at the step before it was {losses[-2]:.4g})" if len(losses) > 1 else ""
        return Diverged(
            f"training diverged at step {look.t + 1}, in epoch {self.done + 1}: the loss is {look.value:.4g}"
            f"{before}; {largest(self.model)}",
            advice(rule, "" if np.isnan(rate) else f"lr={rate / 10:.1g}", f"optimizer=clip_norm({rule!r})"),
            self.history(),
        )
