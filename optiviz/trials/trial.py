"""A trial: what is trained on what and how, in texts and numbers, and what is usual for each set of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from optiviz.data import NAMES
from optiviz.formula import nearest

__all__ = ["RECIPES", "Recipe", "Trial", "recipe"]


@dataclass(frozen=True)
class Recipe:
    """What a set of data is trained with, unless something else is said.

    Attributes:
        model: the architecture, by name.
        optimizer: the rule, with its numbers.
        schedule: that of its learning rate, for this rule with these numbers alone.
        epochs: how often every example is seen.
        batch_size: how many examples each gradient is made of.
        length: T, how many tokens of a text are taken.
        tokens: V, how many different ones at most, with the 0 of padding.
    """

    model: str
    optimizer: str = "adam"
    schedule: str = ""
    epochs: int = 10
    batch_size: int = 64
    length: int = 0
    tokens: int = 10_000


RECIPES: Mapping[str, Recipe] = {
    "shapes": Recipe("fashion_cnn", "adam:lr=0.004", "one_cycle", epochs=4),
    "shapes-rgb": Recipe("cifar_cnn", "adam:lr=0.003", "one_cycle", epochs=5),
    "messages": Recipe("text_cnn", "adam:lr=0.002", "one_cycle", epochs=4, batch_size=32, length=44),
    "fashion-mnist": Recipe("fashion_cnn", "adam:lr=0.001", "one_cycle"),
    "mnist": Recipe("lenet5", "adam:lr=0.002", "one_cycle"),
    "cifar-10": Recipe("cifar_vgg", "adam:lr=0.002", "one_cycle", epochs=20),
    "sms-spam": Recipe("text_cnn", "adam:lr=0.001", "one_cycle", epochs=12, batch_size=32, length=98),
}
"""What each set of data is trained with; those that are made here within seconds."""


def recipe(data: str) -> tuple[str, Recipe]:
    """The name of a set of data as it is written here, and what it is trained with.

    Raises:
        LookupError: there is no such set.
    """
    name = data.replace("_", "-").lower()
    if name not in RECIPES:
        raise LookupError(f"unknown data {data!r:.60}; {nearest(data, [*NAMES], 'there are')}")
    return name, RECIPES[name]


@dataclass(frozen=True)
class Trial:
    """What is trained on what and how: texts and numbers alone, so that it is the same in a file.

    What is left out, an empty text or 0, is what the data are trained with by default; `completed` fills it in.

    Attributes:
        data: one of `optiviz.data.NAMES`.
        model: an architecture, by its name or as FILE.py:NAME.
        optimizer: a rule with its numbers, such as "adam:lr=0.01" or "adam+clip_norm".
        schedule: that of its learning rate, or a reaction; without one the rate stays, unless the rule is the default.
        loss: by its name; without one sparse_cce, or bce if there are two classes.
        epochs: how often every example is seen.
        batch_size: how many examples each gradient is made of.
        augment: what each batch goes through, such as "flip >> shift:by=0.1"; without one it stays as it is.
        seed: of the first weights, the order of the examples, augmentation and dropout.
        limit: train on so many of the examples, the first ones of each class; 0 for all.
        threads: how many are used; 0 for as many as there are cores.

    >>> Trial("messages", epochs=2).completed().model
    'text_cnn'
    """

    data: str = "shapes"
    model: str = ""
    optimizer: str = ""
    schedule: str = ""
    loss: str = ""
    epochs: int = 0
    batch_size: int = 0
    augment: str = ""
    seed: int = 0
    limit: int = 0
    threads: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(field.default) is str and not isinstance(value, str):
                raise TypeError(f"{field.name} of a trial is a text, not {value!r:.60}")
            if type(field.default) is int and (type(value) is not int or value < 0):
                raise TypeError(f"{field.name} of a trial is a whole number from 0, not {value!r:.60}")

    def completed(self) -> Self:
        """The same with all that is left out filled in, but for what the examples tell: the loss, and threads.

        Raises:
            LookupError: there is no such set of data.
        """
        data, usual = recipe(self.data)
        schedule = self.schedule or ("" if self.optimizer else usual.schedule)
        return replace(
            self,
            data=data,
            model=self.model or usual.model,
            optimizer=self.optimizer or usual.optimizer,
            schedule=schedule,
            epochs=self.epochs or usual.epochs,
            batch_size=self.batch_size or usual.batch_size,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """All of it by name, as JSON has it."""
        return asdict(self)

    def differences(self, other: Trial) -> list[str]:
        """The names of what is different in another trial."""
        return [field.name for field in fields(self) if getattr(self, field.name) != getattr(other, field.name)]
