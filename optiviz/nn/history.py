"""The record of a training: arrays, and the names of what made them. Plots get nothing else to see."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from optiviz.archives import opened, write_archive
from optiviz.nn.layer import Array, Shape
from optiviz.nn.shown import Curves

__all__ = ["ENDINGS", "History"]

ENDINGS = ("running", "finished", "stopped", "interrupted", "diverged")
"""How a training stands: under way, all epochs done, stopped by a callback, by Ctrl-C, or by numbers beyond bounds."""


def _empty() -> Array:
    return np.empty(0)


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
        step_loss: the loss on each batch before the update, (T,).
        step_lr: the learning rate of each update, (T,); NaN for a rule that has none.
        loss: the mean of the losses of an epoch, while the weights changed, (E,).
        accuracy: the share of right answers, likewise, (E,).
        val_loss: the loss on the validation data after each epoch, (E,).
        val_accuracy: the accuracy there, (E,).
        seconds: how long each epoch took, without validation, (E,).
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
    step_loss: Array = field(default_factory=_empty)
    step_lr: Array = field(default_factory=_empty)
    loss: Array = field(default_factory=_empty)
    accuracy: Array = field(default_factory=_empty)
    val_loss: Array = field(default_factory=_empty)
    val_accuracy: Array = field(default_factory=_empty)
    seconds: Array = field(default_factory=_empty)
    weights: Array = field(default_factory=lambda: np.empty((0, 0), np.float32))

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.step_loss)

    @property
    def images_per_second(self) -> Array:
        """How many examples went forward, back and into the update each second, by epoch (E,)."""
        return self.examples / self.seconds

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
        facts = {name: getattr(self, name) for name in _FACTS}
        write_archive(path, "history", facts, {name: getattr(self, name) for name in _ARRAYS})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a record that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged or not a history of optiviz.
        """
        with opened(path, "history") as archive:
            facts = archive.facts
            facts["layout"] = tuple(tuple(map(int, shape)) for shape in facts["layout"])
            facts |= {name: archive.array(name) for name in _ARRAYS}
            found = cls(**facts)
            found._check()
        return found

    def _check(self) -> None:
        texts: tuple[Any, ...] = (self.model, self.optimizer, self.loss_name, self.schedule, self.augmentation)
        if any(type(text) is not str for text in texts) or self.ending not in ENDINGS:
            raise ValueError("it does not say what made it or how it ended")
        numbers = (self.batch_size, self.examples, self.epochs, 0 if self.seed is None else self.seed)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise ValueError("its batch size, examples, epochs or seed is no whole number")
        arrays = [getattr(self, name) for name in _ARRAYS]
        if any(array.dtype.kind != "f" or array.ndim != 1 + (array is self.weights) for array in arrays):
            raise ValueError("an array does not hold numbers")
        done = len(self.loss)
        each = (self.accuracy, self.val_loss, self.val_accuracy, self.seconds)
        if len(self.step_lr) != self.steps or any(len(array) not in (0, done) for array in each):
            raise ValueError("its arrays do not fit together")
        if self.weights.size and self.weights.shape != (done + 1, sum(int(np.prod(shape)) for shape in self.layout)):
            raise ValueError("its weights do not fit the layout")


_ARRAYS = ("step_loss", "step_lr", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "weights")
_FACTS = tuple(f.name for f in fields(History) if f.name not in _ARRAYS)
