"""The one loop of the library, and the one record of what it did.

`descend` looks at the objective, shows what it sees, and takes a step; the caller decides what to do with
each look. `minimize` runs it on a surface and keeps every look as a Trajectory, which is all that a plot
ever gets to see.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import repeat
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from optiviz.files import MARK, written_whole
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Objective, Surface

__all__ = ["ENDINGS", "Look", "Trajectory", "descend", "minimize"]

Array = npt.NDArray[Any]
Box = Sequence[float]

ENDINGS = ("running", "converged", "diverged", "escaped")
"""How a run stands: under way, its gradient below the tolerance, grown beyond bounds, or far outside the
picture but lower than it began (the surface has no bottom there)."""
RUNNING, CONVERGED, DIVERGED, ESCAPED = range(4)


@dataclass(slots=True)
class Look:
    """What the loop sees before it steps. The arrays are valid until the next look.

    Attributes:
        t: updates completed so far.
        theta: the point or points, (..., d), or a list of d floats.
        value: the objective there, (...).
        gradient: its gradient there, like theta.
        slots: what the optimizer remembers, by name.
        params: the hyperparameters of the next update, as numbers.
        ending: for each run an index into ENDINGS.
    """

    t: int
    theta: Any
    value: Any
    gradient: Any
    slots: Mapping[str, Any]
    params: Mapping[str, float]
    ending: Any


def descend(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array | list[float],
    batches: Iterable[tuple[Any, ...]] = repeat(()),
    *,
    steps: int | None = None,
    tolerance: float = 0.0,
    arena: Box | None = None,
) -> Iterator[Look]:
    """Look, yield, step: T steps give T + 1 looks. `theta` is changed in place.

    Args:
        objective: `objective(theta, *batch)` returns the value (...) and the gradient (..., d).
        optimizer: the rule.
        theta: the start: an array (..., d) of independent runs, or a list of d floats for one fast run.
        batches: what the objective gets besides theta, look by look.
        steps: how many updates to make; None for as many as there are batches.
        tolerance: a run has converged when all of its gradient is smaller than this.
        arena: bounds (low, high for each coordinate) outside of which a run has diverged (it is higher
            than at its start) or escaped (lower). A value that is not finite is divergence anyway.

    A run that has ended stands still while the others go on; when all have ended, the loop does.

    >>> from optiviz.optimizers import gd
    >>> looks = descend(lambda x: ((x**2).sum(-1), 2 * x), gd(lr=0.25), np.array([4.0]), steps=2)
    >>> [float(look.value) for look in looks]
    [16.0, 4.0, 1.0]
    """
    state = optimizer.init(theta)
    on_floats = isinstance(theta, list)
    first: Any = None
    ending: Any = 0 if on_floats else np.zeros(np.shape(theta)[:-1], np.int8)
    for batch in batches:
        with np.errstate(all="ignore"):
            value, gradient = _seen(objective, theta, batch)
        if first is None:
            first = value if on_floats else np.array(value)  # of the line f(x) = x the value is theta itself
        judge: Callable[..., Any] = _judge_point if on_floats else _judge
        ending = judge(ending, theta, value, gradient, first, tolerance, arena)
        yield Look(state.t, theta, value, gradient, state.slots, optimizer.at(state.t), ending)
        if state.t == steps or (ending if on_floats else ending.all()):
            return
        with np.errstate(all="ignore"), _standing_still(ending, theta, state.slots):
            try:
                optimizer.step(theta, gradient, state)
            except (ArithmeticError, ValueError, TypeError) as error:
                if not (on_floats and _left_the_reals(error)):
                    raise
                theta[:] = [math.inf] * len(theta)  # Python's floats raise where an array has inf


def _seen(objective: Objective, theta: Any, batch: tuple[Any, ...]) -> tuple[Any, Any]:
    """Value and gradient; for a list of floats, whose arithmetic raises, NaN where an array has it."""
    if not isinstance(theta, list):
        return objective(theta, *batch)
    try:
        if all(math.isfinite(c) for c in theta):
            value, gradient = objective(theta, *batch)
            if not isinstance(value, complex):  # what a root of a negative float is
                return value, gradient
    except (ArithmeticError, ValueError, TypeError) as error:
        if not _left_the_reals(error):
            raise
    return math.nan, [math.nan] * len(theta)


def _left_the_reals(error: Exception) -> bool:
    """Is this how floats fail where an array has inf or NaN? A root of a negative one is complex, which fails later."""
    return not isinstance(error, TypeError) or "complex" in str(error) or "ufunc" in str(error)


def _judge_point(
    ending: int, theta: list[float], value: float, gradient: Any, first: float, tolerance: float, arena: Box | None
) -> int:
    if not (math.isfinite(value) and all(math.isfinite(g) for g in gradient)):
        return DIVERGED
    if arena is not None and not all(
        low <= c <= high for c, low, high in zip(theta, arena[::2], arena[1::2], strict=True)
    ):
        return ESCAPED if value < first else DIVERGED
    return CONVERGED if tolerance and all(-tolerance < g < tolerance for g in gradient) else RUNNING


def _judge(
    ending: Any, theta: Array, value: Any, gradient: Array, first: Any, tolerance: float, arena: Box | None
) -> Any:
    finite = np.isfinite(value) & np.isfinite(gradient).all(axis=-1)
    now = np.where(finite, RUNNING, DIVERGED).astype(np.int8)
    if tolerance:
        now[finite & (np.abs(gradient) < tolerance).all(axis=-1)] = CONVERGED
    if arena is not None:
        outside = ((theta < arena[::2]) | (theta > arena[1::2])).any(axis=-1) & finite
        now[outside] = np.where(value < first, ESCAPED, DIVERGED)[outside]
    return np.where(ending == RUNNING, now, ending)


@contextmanager
def _standing_still(ending: Any, theta: Any, slots: Mapping[str, Any]) -> Iterator[None]:
    """Whatever the block does, runs that have ended keep their theta and their slots."""
    if isinstance(theta, list) or not np.any(ending):
        yield
        return
    ended = ending != RUNNING
    kept = [(array, array[ended]) for array in (theta, *slots.values()) if isinstance(array, np.ndarray)]
    yield
    for array, rows in kept:
        array[ended] = rows


@dataclass(frozen=True)
class Trajectory:
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
        seed: what the noise was drawn from.
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
    seed: int = 0

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.value) - 1

    @property
    def endings(self) -> Any:
        """How each run ended, in words."""
        return np.array(ENDINGS)[self.ending]

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
        facts |= {"mark": MARK, "version": 1}
        with written_whole(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr(zipfile.ZipInfo("trajectory.json"), json.dumps(facts))
            for name, array in arrays.items():
                buffer = BytesIO()
                np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectory:
        """Read a record that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged or not a trajectory of optiviz.
        """
        if not os.path.isfile(path):
            raise FileNotFoundError(f"{os.fspath(path)}: no such file")
        with open(path, "rb") as file:
            try:
                return cls._read(file)
            except Exception as error:  # there is no end to what damage makes zipfile, json and NumPy raise
                what = f"{os.fspath(path)} is damaged or not a trajectory written by optiviz"
                raise ValueError(f"{what} ({error})") from error

    @classmethod
    def _read(cls, file: BinaryIO) -> Trajectory:
        with zipfile.ZipFile(file) as archive:

            def array(name: str) -> Array:
                found: Array = np.lib.format.read_array(BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
                return found

            facts = json.loads(archive.read("trajectory.json"))
            if facts.pop("mark") != MARK or facts.pop("version") != 1:
                raise ValueError("another format")
            facts |= {name: array(name) for name in _ARRAYS}
            facts |= {group: {name: array(f"{group} {name}") for name in facts[group]} for group in _GROUPS}
        found = cls(**facts)
        found._check()
        return found

    def _check(self) -> None:
        texts, numbers = (self.optimizer, self.surface, self.rule, *self.params), (self.noise, self.seed)
        if not (isinstance(self.params, dict) and {type(text) for text in texts} == {str}):
            raise ValueError("it does not say what made it")
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise ValueError("its noise or seed is no number")
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
_FACTS = ("optimizer", "surface", "rule", "params", "noise", "seed")


def minimize(
    surface: Surface,
    optimizer: Optimizer,
    start: npt.ArrayLike | None = None,
    *,
    steps: int = 200,
    noise: float = 0.0,
    seed: int = 0,
    tolerance: float = 0.0,
) -> Trajectory:
    """Run an optimizer on a surface and record every look.

    Args:
        surface: what to go down on.
        optimizer: the rule, configured: `adam(lr=0.1)`.
        start: one point (d,) or many (..., d); the surface's own start if None.
        steps: how many updates to make.
        noise: standard deviation of Gaussian noise added to each coordinate of each gradient.
        seed: what the noise is drawn from; run k draws from its k-th child, whatever the others do.
        tolerance: stop a run when all of its gradient is smaller than this.

    Raises:
        ValueError: the start does not fit the surface, or steps or noise is negative.

    >>> from optiviz import bowl, gd
    >>> run = minimize(bowl, gd(lr=0.25), start=[1.0, -2.0], steps=3)
    >>> run.value
    array([5.      , 1.25    , 0.3125  , 0.078125])
    """
    theta = np.array(surface.start if start is None else start, dtype=np.float64)
    if theta.shape[-1:] != (surface.dimension,) or not np.isfinite(theta).all():
        raise ValueError(f"a start on {surface.name} is {surface.dimension} finite numbers, not {start!r}")
    if steps < 0 or not 0 <= noise < math.inf:
        raise ValueError(f"steps and noise cannot be negative or infinite, not {steps} and {noise:g}")
    objective = surface.noisy(noise, seed) if noise else surface.value_and_gradient
    on_floats = theta.ndim == 1 and optimizer.trace.elementwise
    begin = theta.tolist() if on_floats else theta
    looks = descend(objective, optimizer, begin, steps=steps, tolerance=tolerance, arena=surface.arena)
    return _recorded(looks, surface, optimizer, noise, seed)


def _recorded(looks: Iterator[Look], surface: Surface, optimizer: Optimizer, noise: float, seed: int) -> Trajectory:
    rows: list[Any] = []
    for look in looks:
        kept = [slot.copy() if isinstance(slot, (list, np.ndarray)) else slot for slot in look.slots.values()]
        now = [look.params[name] for name in optimizer.scheduled]
        rows.append((look.theta.copy(), look.value, look.gradient, kept, now))
    theta, value, gradient, slots, rates = zip(*rows, strict=True)
    return Trajectory(
        optimizer=repr(optimizer),
        surface=repr(surface),
        rule=optimizer.name,
        params={
            name: value if isinstance(value, (int, float)) else repr(value) for name, value in optimizer.params.items()
        },
        theta=np.array(theta),
        value=np.array(value, dtype=np.float64),
        gradient=np.array(gradient),
        slots=dict(zip(optimizer.slots, map(np.array, zip(*slots, strict=True)), strict=False)),
        rates=dict(zip(optimizer.scheduled, map(np.array, zip(*rates, strict=True)), strict=False)),
        ending=np.asarray(look.ending, dtype=np.int8),
        noise=noise,
        seed=seed,
    )
