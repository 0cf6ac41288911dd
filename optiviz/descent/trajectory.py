"""The one record of what a run did: arrays, and the names of what made them. Plots get nothing else to see."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.archives import opened, write_archive
from optiviz.descent.loop import ENDINGS
from optiviz.descent.shown import Shown
from optiviz.surfaces import Surface, surface_called

__all__ = ["Trajectory"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, repr=False)
class Trajectory(Shown):
    """What a run did, as arrays, and what made it, as text. T + 1 looks, runs (...), d coordinates.

    Attributes:
        optimizer: the rule with the hyperparameters that were changed, such as `adam(lr=0.1)`.
        surface: the surface, likewise.
        rule: the bare name of the rule.
        params: every hyperparameter: a number, or a schedule in words.
        theta: the points, (T+1, ..., d).
        value: the heights, (T+1, ...).
        gradient: the gradients that the rule was given, with noise if there was any, (T+1, ..., d).
        slots: what the rule remembered, by name: (T+1, ..., d), or (T+1,) for one number.
        rates: the hyperparameters that changed, by name: (T+1,).
        ending: for each run how it ended, indices into ENDINGS, (...).
        noise: standard deviation of the noise on the gradient.
        batch_size: how many examples each gradient was made of; 0 for all, or where there are none.
        seed: what noise and batches were drawn from.
        on: the surface itself, to draw it; it is not saved, and a record from a file has its name alone.
    """

    optimizer: str
    surface: str
    rule: str
    params: Mapping[str, float | str]
    theta: Array
    value: Array
    gradient: Array
    slots: Mapping[str, Array] = field(default_factory=dict)
    rates: Mapping[str, Array] = field(default_factory=dict)
    ending: Array = field(default_factory=lambda: np.zeros((), np.int8))
    noise: float = 0.0
    batch_size: int = 0
    seed: int = 0
    on: Surface | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        first, last = (float(np.median(v)) for v in (self.value[0], self.value[-1]))
        runs = f"{self.value[0].size} runs of " if self.value.ndim > 1 else ""
        medians = "median f" if runs else "f"
        return f"<{self.optimizer} on {self.surface}: {runs}{self.steps} steps, {medians} {first:.4g} to {last:.4g}>"

    def __getitem__(self, index: int | tuple[int, ...]) -> Trajectory:
        """One run of a batch.

        Raises:
            IndexError: there is no such run, or this is a single one.

        >>> from optiviz import bowl, gd, minimize
        >>> minimize(bowl, gd(lr=0.25), [[1, 1], [2, 0]], steps=1)[1].theta
        array([[2., 0.],
               [1., 0.]])
        """
        index = index if isinstance(index, tuple) else (index,)
        if len(index) != self.ending.ndim:
            raise IndexError(f"this is a batch of shape {self.ending.shape}, of which {index} names no run")
        at: Any = (slice(None), *index)
        slots = {name: slot if slot.ndim == 1 else slot[at] for name, slot in self.slots.items()}
        arrays = {name: getattr(self, name)[at] for name in ("theta", "value", "gradient")}
        return replace(self, slots=slots, ending=self.ending[index], **arrays)

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.value) - 1

    @property
    def endings(self) -> Any:
        """How each run ended, in words."""
        return np.array(ENDINGS)[self.ending]

    def ground(self, surface: Surface | None = None) -> Surface:
        """The surface to draw the run on: the one given, the one that it was made on, or the one of that name.

        Raises:
            LookupError: there is none of that name.
            ValueError: it is another one, for at the start it has another height.
        """
        found = surface or self.on
        if found is self.on is not None:
            return self.on
        hint = "pass the one that the run was made on: surface=..."
        try:
            found = found or surface_called(self.surface)
        except LookupError as error:
            raise LookupError(f"{error}; {hint}") from None
        start = self.theta[0].reshape(-1, self.theta.shape[-1])[0]
        height = found.value_and_gradient(start)[0] if len(start) == found.dimension else None
        if height is None or not np.isclose(height, np.ravel(self.value[0])[0], rtol=1e-9, atol=1e-12, equal_nan=True):
            raise ValueError(f"the run on {self.surface} was made on another surface than this {found!r}; {hint}")
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record as an `.npz` file (no pickle in it); the same record gives the same bytes.

        Raises:
            OSError: the file cannot be written; nothing is left behind.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"{group} {name}": array for group in _GROUPS for name, array in getattr(self, group).items()}
        facts = {name: getattr(self, name) for name in _FACTS} | {
            group: list(getattr(self, group)) for group in _GROUPS
        }
        write_archive(path, "trajectory", facts, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectory:
        """Read a record that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged or not a trajectory of optiviz.
        """
        with opened(path, "trajectory") as archive:
            facts = archive.facts
            facts |= {name: archive.array(name) for name in _ARRAYS}
            facts |= {group: {name: archive.array(f"{group} {name}") for name in facts[group]} for group in _GROUPS}
            found = cls(**facts)
            found._check()
        return found

    def _check(self) -> None:
        texts, numbers = (
            (self.optimizer, self.surface, self.rule, *self.params),
            (self.noise, self.batch_size, self.seed),
        )
        if not (isinstance(self.params, dict) and {type(text) for text in texts} == {str}):
            raise ValueError("it does not say what made it")
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise ValueError("its noise, batch size or seed is no number")
        arrays = (self.theta, self.value, self.gradient, *self.slots.values(), *self.rates.values())
        if any(array.dtype.kind not in "iuf" for array in arrays) or self.ending.dtype.kind != "i":
            raise ValueError("an array does not hold numbers")
        looks = self.value.shape
        if not (len(looks) and self.theta.shape[:-1] == looks and self.gradient.shape == self.theta.shape):
            raise ValueError("theta, value and gradient do not fit together")
        if self.ending.shape != looks[1:] or np.any(self.ending >= len(ENDINGS)) or np.any(self.ending < 0):
            raise ValueError("the endings do not fit the runs")
        if any(len(array) != looks[0] for array in (*self.slots.values(), *self.rates.values())):
            raise ValueError("a slot or a rate has another number of steps")


_ARRAYS = ("theta", "value", "gradient", "ending")
_GROUPS = ("slots", "rates")
_FACTS = ("optimizer", "surface", "rule", "params", "noise", "batch_size", "seed")
