"""The record of a training: arrays, and the names of what made them. Plots get nothing else to see."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from optiviz.archives import opened, write_archive
from optiviz.nn.layer import Array, Shape
from optiviz.nn.shown import Curves

__all__ = ["ENDINGS", "INTERVENTIONS", "History", "Intervention"]

ENDINGS = ("running", "finished", "stopped", "interrupted", "diverged")
"""How a training stands: under way, all epochs done, stopped by a callback or by the babysitter, by Ctrl-C, or by
numbers beyond bounds."""

INTERVENTIONS = ("rate", "undo", "skip", "stop")
"""What a babysitter can do: change the learning rate, go back to the end of the last epoch, leave out the rest of this
one, end the training."""


def _empty() -> Array:
    return np.empty(0)


class Intervention(NamedTuple):
    """What a babysitter did.

    Attributes:
        step: how many updates had been made then, those among them that were undone by it.
        epoch: in which epoch, from 1.
        what: one of INTERVENTIONS.
        value: what the learning rate was multiplied by; None for the others.
    """

    step: int
    epoch: int
    what: str
    value: float | None = None


@dataclass(frozen=True, repr=False, eq=False)
class History(Curves):
    """What a training did: T updates in E whole epochs of a model with P weights.

    What there is not (accuracy in regression, validation, weights) is an empty array.

    Attributes:
        model: the layers.
        optimizer: the rule with the hyperparameters that were changed.
        loss_name: the loss, likewise.
        schedule: the schedule or the reaction that the learning rate followed, or "".
        augmentation: what changed the examples of each batch, or "".
        batch_size: how many examples each gradient was made of.
        examples: how many there were to train on.
        epochs: how many epochs were asked for.
        seed: what order, augmentation and dropout were drawn from; None if it was a generator.
        ending: how it ended, one of ENDINGS.
        layout: the shapes of the weights, in order.
        interventions: what a babysitter did, in order, the updates that it had undone included.
        step_loss: the loss on each batch before the update, (T,).
        step_lr: the learning rate of each update, (T,); NaN for a rule that has none.
        loss: the mean of the losses of an epoch, while the weights changed, (E,).
        accuracy: the share of right answers, likewise, (E,).
        val_loss: the loss on the validation data after each epoch, (E,).
        val_accuracy: the accuracy there, (E,).
        seconds: how long each epoch took, without validation, (E,).
        epoch_step: how many updates had been made when each epoch ended, (E,) whole numbers.
        weights: theta before the first and after each epoch, float32 (E+1, P).
    """

    model: str
    optimizer: str
    loss_name: str
    schedule: str = ""
    augmentation: str = ""
    batch_size: int = 0
    examples: int = 0
    epochs: int = 0
    seed: int | None = None
    ending: str = "running"
    layout: tuple[Shape, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    step_loss: Array = field(default_factory=_empty)
    step_lr: Array = field(default_factory=_empty)
    loss: Array = field(default_factory=_empty)
    accuracy: Array = field(default_factory=_empty)
    val_loss: Array = field(default_factory=_empty)
    val_accuracy: Array = field(default_factory=_empty)
    seconds: Array = field(default_factory=_empty)
    epoch_step: Array = field(default_factory=lambda: np.empty(0, np.int64))
    weights: Array = field(default_factory=lambda: np.empty((0, 0), np.float32))

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.step_loss)

    @property
    def images_per_second(self) -> Array:
        """How many examples went forward, back and into the update each second, by epoch (E,)."""
        seen = np.full(len(self.seconds), self.examples)
        if len(self.epoch_step):
            seen = np.minimum(np.diff(self.epoch_step, prepend=0) * self.batch_size, seen)  # some may have been skipped
        rates: Array = seen / self.seconds
        return rates

    def rows(self) -> list[dict[str, float]]:
        """The epochs as a table, a row for each: its number, what is known of it, and the rate of its last update.

        >>> record = History("", "", "", step_lr=np.array([0.1, 0.2]), loss=np.array([3.0]), epoch_step=np.array([2]))
        >>> record.rows()
        [{'epoch': 1, 'loss': 3.0, 'lr': 0.2}]
        """
        columns = {name: getattr(self, name) for name in _COLUMNS} | {"lr": self.step_lr[self.epoch_step - 1]}
        known = {
            name: column.tolist() for name, column in columns.items() if len(column) and not np.isnan(column).all()
        }
        return [{"epoch": i + 1, **{name: column[i] for name, column in known.items()}} for i in range(len(self.loss))]

    def __repr__(self) -> str:
        done = len(self.loss)
        said = [f"{done} epoch{'s' * (done != 1)}"]
        if done:
            said.append(f"loss {self.loss[0]:.4g}" + (f" to {self.loss[-1]:.4g}" if done > 1 else ""))
        for name in ("accuracy", "val_loss", "val_accuracy"):
            if len(values := getattr(self, name)):
                said.append(f"{name} {values[-1]:.4g}")
        if self.ending != "finished":
            said.append(f"{self.ending} at step {self.steps}")
        return f"<{self.optimizer} on {self.loss_name}: {', '.join(said)}>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record as an `.npz` file (no pickle in it); the same record gives the same bytes.

        Raises:
            OSError: the file cannot be written; nothing is left behind.
        """
        write_archive(path, "history", self.facts, self.arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a record that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged or not a history of optiviz.
        """
        with opened(path, "history") as archive:
            found = cls.of(archive.facts, {name: archive.array(name) for name in _ARRAYS})
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """What is no array, by name."""
        return {name: getattr(self, name) for name in _FACTS}

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def of(cls, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> History:
        """The record of these facts, as JSON keeps them, and arrays.

        Raises:
            TypeError, ValueError: they are none of a record.
        """
        lists = {
            "layout": tuple(tuple(map(int, shape)) for shape in facts["layout"]),
            "interventions": tuple(Intervention(*entry) for entry in facts["interventions"]),
        }
        found = cls(**{**facts, **lists, **arrays})
        found._check()
        return found

    def _check(self) -> None:
        texts: tuple[Any, ...] = (self.model, self.optimizer, self.loss_name, self.schedule, self.augmentation)
        if any(type(text) is not str for text in texts) or self.ending not in ENDINGS:
            raise ValueError("it does not say what made it or how it ended")
        numbers = (self.batch_size, self.examples, self.epochs, 0 if self.seed is None else self.seed)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise ValueError("its batch size, examples, epochs or seed is no whole number")
        for step, epoch, what, value in self.interventions:
            factor = type(value) is float and 0 < value < np.inf
            if type(step) is not int or type(epoch) is not int or (what, factor) not in _SAID:
                raise ValueError("an intervention is none")
        for name, array in self.arrays.items():
            kind = "i" if name == "epoch_step" else "f"
            if array.dtype.kind != kind or array.ndim != 1 + (name == "weights"):
                raise ValueError(f"{name} does not hold numbers")
        done = len(self.loss)
        each = (self.accuracy, self.val_loss, self.val_accuracy, self.seconds, self.epoch_step)
        if len(self.step_lr) != self.steps or any(len(array) not in (0, done) for array in each):
            raise ValueError("its arrays do not fit together")
        if len(self.epoch_step) and (
            np.any(np.diff(self.epoch_step, prepend=0) < 1) or self.epoch_step[-1] > self.steps
        ):
            raise ValueError("its epochs end where there was no update")
        if self.weights.size and self.weights.shape != (done + 1, sum(int(np.prod(shape)) for shape in self.layout)):
            raise ValueError("its weights do not fit the layout")


_COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
_ARRAYS = ("step_loss", "step_lr", *_COLUMNS, "epoch_step", "weights")
_SAID = {(what, what == "rate") for what in INTERVENTIONS}
"""What an intervention is, and whether it has a factor."""
_FACTS = tuple(f.name for f in fields(History) if f.name not in _ARRAYS)
