"""What losses look like: over the scores, under an outlier, and as the classes grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.losses import Loss
from optiviz.losses.targets import BITS, COUNTS, LABELS, NUMBERS, PROBABILITIES, ROWS, SIGNS, Targets

__all__ = ["Growth", "Outlier", "Profile", "growth", "outlier", "profile"]

Array = npt.NDArray[Any]

HALF = 600
"""So many steps to either side of 0 is a loss looked at, so that whole numbers and tenths are among them."""

KINDS: dict[Targets, str] = {
    NUMBERS: "error",
    PROBABILITIES: "answer",
    BITS: "answer",
    SIGNS: "answer",
    ROWS: "answer",
    LABELS: "answer",
    COUNTS: "count",
}
"""What a loss is drawn over: the error z − y, the score of the right answer, or the score for a count."""

HAIR = 1e-9
"""So near to a jump, as a share of the axis, its two sides are looked at."""

REACH = {"error": 3.0, "answer": 6.0, "count": 3.0}
TARGET = {"error": 0.0, "answer": 1.0, "count": 3.0}
FEW = 3
"""How many classes there are, in a loss of classes that is drawn over one score."""

OTHERS = (3.0, 4.0, 4.5, 5.0, 6.0, 7.0)
"""The values that stay where they are while one more moves away."""

CLASSES = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
BATCH = 32
LARGEST = 50_000_000
"""So many scores fit in memory with their targets and gradients: in a gigabyte."""

LEAST, MOST, ENOUGH = 5, 101, 0.1
"""A time is measured at least so often, at most so often, and no more once it has taken so many seconds."""


@dataclass(frozen=True)
class Profile:
    """Losses of one example and their gradients, over the score that is at stake.

    Attributes:
        over: what the axis is: "error", "answer" or "count".
        target: the target y of every example.
        classes: how many classes there are where an example has several scores; 0 if no loss has classes.
        fixed: the scores of each loss that stay 0, by the loss, where they have names.
        x: the errors or scores, (n,).
        values: what an example loses, (n,), by what the loss is called with its parameters.
        gradients: the slopes by that score, (n,).
        jumps: where the slopes jump, (k, 4): the place, the slope just before it, there, and just after it.
    """

    over: str
    target: float
    classes: int
    fixed: Mapping[str, Sequence[str]]
    x: Array
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    jumps: Mapping[str, Array]


@dataclass(frozen=True)
class Outlier:
    """The constant of least mean loss for a few values, as one of them moves away.

    Attributes:
        others: the values that stay, (n,).
        moving: where the one that moves is, (m,).
        estimates: the constants, (m,), by what the loss is called with its parameters.
    """

    others: Array
    moving: Array
    estimates: Mapping[str, Array]


@dataclass(frozen=True)
class Growth:
    """What losses of classes cost on this machine, as the classes grow.

    Attributes:
        classes: how many there are, (k,).
        examples: how many a batch has.
        memory: the bytes of its targets, (k,), by the name of the loss.
        seconds: for the mean loss and its gradient, (k,): medians.
        repeats: of how many measurements, taken in turn, (k,).
    """

    classes: Array
    examples: int
    memory: Mapping[str, Array]
    seconds: Mapping[str, Array]
    repeats: Array


def profile(losses: Sequence[Loss]) -> Profile:
    """Look at losses of one example, and at their gradients, over the score that is at stake.

    Losses of numbers are looked at over the error z − y; losses of a class over the score z of the right answer, which
    is y = 1, or the first of three classes of which the others have the score 0; losses of counts over z, for y = 3.

    Raises:
        ValueError: there are none, one is given twice, or they are not over the same; or a loss is not finite.

    >>> from optiviz.losses import huber, mae
    >>> found = profile([mae, huber(delta=2)])
    >>> found.over, found.jumps["mae"].tolist(), len(found.jumps["huber(delta=2)"])
    ('error', [[0.0, -1.0, 0.0, 1.0]], 0)
    """
    named = _named(losses)
    over = _common(losses)
    reach = max([REACH[over], *(1.5 * loss.params["delta"] for loss in losses if "delta" in loss.params)])
    x = reach * np.arange(-HALF, HALF + 1) / HALF
    slopes = {name: _slope(loss, TARGET[over]) for name, loss in named.items()}
    with np.errstate(all="ignore"):
        values = {name: _value(loss, x, TARGET[over]) for name, loss in named.items()}
        gradients = {name: slope(x) for name, slope in slopes.items()}
        for name in named:
            if not (np.isfinite(values[name]).all() and np.isfinite(gradients[name]).all()):
                raise ValueError(f"{name} is not finite from {-reach:g} to {reach:g}; choose other parameters")
        jumps = {name: _jumps(slope, x) for name, slope in slopes.items()}
    return Profile(
        over=over,
        target=TARGET[over],
        classes=FEW if any(loss.axis == "classes" for loss in losses) else 0,
        fixed={name: loss.axis.split()[1:] for name, loss in named.items() if loss.axis not in ("", "classes")},
        x=x,
        values=values,
        gradients=gradients,
        jumps=jumps,
    )


def outlier(losses: Sequence[Loss], others: npt.ArrayLike = OTHERS, moving: npt.ArrayLike | None = None) -> Outlier:
    """Find the constant of least mean loss for some values, while one of them moves away.

    It is where the gradient of the mean changes its sign, so a loss has to be convex, as all registered ones of
    numbers are. Where several constants are equally good, it is the lowest.

    Args:
        losses: of numbers, with one score.
        others: the values that stay.
        moving: where the other one is; from the lowest of them upwards by five times their range if None.

    Raises:
        ValueError: a loss is of other targets, or one is given twice; or the values are not finite numbers.

    >>> from optiviz.losses import mae, mse
    >>> found = outlier([mse, mae], others=[1, 2, 3, 4], moving=[2.5, 100])
    >>> {name: estimates.round(9).tolist() for name, estimates in found.estimates.items()}
    {'mse': [2.5, 22.0], 'mae': [2.5, 3.0]}
    """
    named = _named(losses)
    for name, loss in named.items():
        if loss.targets is not NUMBERS or loss.axis:
            fitting = [f.name for f in Loss.registry.values() if f.targets is NUMBERS and not f.axis]
            raise ValueError(f"an outlier is for losses of one number, {' '.join(fitting)}, not for {name}")
    stay = np.asarray(others, dtype=np.float64)
    if stay.ndim != 1 or not stay.size or not np.isfinite(stay).all():
        raise ValueError(f"the values that stay are one or more finite numbers, not {others!r:.60}")
    low, span = stay.min(), np.ptp(stay) or 1.0
    away = np.linspace(low, low + 5 * span, 201) if moving is None else np.asarray(moving, dtype=np.float64)
    values = np.column_stack([np.tile(stay, (len(away), 1)), away])
    return Outlier(stay, away, {name: _best(loss, values) for name, loss in named.items()})


def growth(losses: Sequence[Loss], classes: Sequence[int] = CLASSES, *, examples: int = BATCH, seed: int = 0) -> Growth:
    """Measure what losses of classes cost as the classes grow: the targets in bytes, value and gradient in seconds.

    A batch of float32 scores is drawn for each number of classes; the losses are timed in turn.

    Raises:
        ValueError: a loss is not of classes, or one is given twice; or the scores would fill the memory.
    """
    named = _named(losses)
    for name, loss in named.items():
        if loss.axis != "classes":
            fitting = [f.name for f in Loss.registry.values() if f.axis == "classes"]
            raise ValueError(f"classes are for the losses that have them, {' '.join(fitting)}, not for {name}")
    if not (examples > 0 and len(classes) and min(classes) >= 2 and examples * max(classes) <= LARGEST):
        raise ValueError(f"examples times classes, 2 or more, are up to {LARGEST:,}, not {examples} x {classes!r:.60}")
    rng = np.random.default_rng(seed)
    memory: dict[str, list[int]] = {name: [] for name in named}
    seconds: dict[str, list[float]] = {name: [] for name in named}
    repeats = []
    for count in classes:
        scores = rng.standard_normal((examples, count), dtype=np.float32)
        labels = rng.integers(0, count, examples)
        rows = np.zeros_like(scores)
        rows[np.arange(examples), labels] = 1
        targets = {name: labels if loss.targets.whole else rows for name, loss in named.items()}
        times = _timed({name: partial(loss, scores, targets[name]) for name, loss in named.items()})
        for name in named:
            memory[name].append(targets[name].nbytes)
            seconds[name].append(float(np.median(times[name])))
        repeats.append(len(times[name]))
    return Growth(
        classes=np.array(classes),
        examples=examples,
        memory={name: np.array(found) for name, found in memory.items()},
        seconds={name: np.array(found) for name, found in seconds.items()},
        repeats=np.array(repeats),
    )


def _named(losses: Sequence[Loss]) -> dict[str, Loss]:
    named = {repr(loss): loss for loss in losses}
    if not named:
        raise ValueError("name a loss at least, such as mse")
    if len(named) < len(losses):
        twice = next(repr(loss) for i, loss in enumerate(losses) if repr(loss) in map(repr, losses[:i]))
        raise ValueError(f"{twice} is given twice")
    return named


def _common(losses: Sequence[Loss]) -> str:
    """What all of them are drawn over."""
    over: dict[str, list[str]] = {}
    for loss in losses:
        if loss.targets not in KINDS:
            raise ValueError(f"{loss.name} has targets of its own, {loss.targets.meaning}; nobody knows what to draw")
        over.setdefault(KINDS[loss.targets], []).append(loss.name)
    if len(over) > 1:
        words = {"error": "the error", "answer": "the score of the right answer", "count": "the score for a count"}
        kinds = ", ".join(f"{' '.join(names)} over {words[kind]}" for kind, names in over.items())
        raise ValueError(f"these losses share no axis: {kinds}; make a picture of each kind")
    return next(iter(over))


def _examples(loss: Loss, score: Array, target: float) -> tuple[Array, Array]:
    """Examples in which this is the first score, the others are 0, and the first class is right."""
    labels = np.zeros(len(score), dtype=np.int64)
    width = FEW if loss.axis == "classes" else len(loss.axis.split())
    scores = np.zeros((len(score), width)) if width else score
    if width:
        scores[:, 0] = score
    if loss.targets.whole:
        return scores, labels
    return scores, np.eye(width)[labels] if loss.targets.per_class else np.full(len(score), target)


def _value(loss: Loss, score: Array, target: float) -> Array:
    scores, targets = _examples(loss, score, target)
    return np.asarray(loss.each(scores.T if loss.axis else scores, targets.T if loss.targets.per_class else targets))


def _slope(loss: Loss, target: float) -> Callable[[Array], Array]:
    """By the first score; each example has its share of the mean, which is undone here."""

    def slope(score: Array) -> Array:
        gradient = len(score) * loss.mean(*_examples(loss, score, target))[1]
        return gradient[:, 0] if loss.axis else gradient

    return slope


def _jumps(slope: Callable[[Array], Array], x: Array) -> Array:
    """Where it jumps: each step is halved sixty times towards the larger change, and there some change is left."""
    low, high = x[:-1], x[1:]
    before, after = slope(low), slope(high)
    least = 1e-6 * max(float(np.abs(before).max()), float(np.abs(after).max()))
    for _ in range(60):
        middle = (low + high) / 2
        there = slope(middle)
        first = abs(there - before) >= abs(after - there)
        low, before = np.where(first, low, middle), np.where(first, before, there)
        high, after = np.where(first, middle, high), np.where(first, there, after)
    places = high[abs(after - before) > least].round(12) + 0.0
    if not places.size:
        return np.empty((0, 4))
    hair = HAIR * float(x[-1])
    at = places[np.diff(places, prepend=-np.inf) > hair]  # one that is a point of x is found from both sides
    return np.column_stack([at, slope(at - hair), slope(at), slope(at + hair)])


def _best(loss: Loss, values: Array) -> Array:
    """The constant of least mean loss for each row of values, by halving; to the last bits."""
    low: Array = values.min(axis=1)
    high: Array = values.max(axis=1)
    for _ in range(100):
        middle = (low + high) / 2
        scores = np.broadcast_to(middle[:, np.newaxis], values.shape).copy()
        slopes = loss.mean(scores, values)[1]
        up = slopes.sum(axis=1) >= -1e-12 * abs(slopes).sum(axis=1)  # equal pulls to both sides leave a rounding
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return high


def _timed(calls: Mapping[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """The seconds of each call, taken in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # the first one fetches code and memory
    begin = time.perf_counter()
    for done in range(MOST):
        if done >= LEAST and time.perf_counter() - begin > ENOUGH:
            break
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return times
