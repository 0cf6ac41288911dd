"""Where each start ends: a grid of starts over the box, and the minimum that every one of them comes to."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import DIVERGED, ESCAPED, descend
from optiviz.optimizers import Optimizer
from optiviz.surfaces import DataSurface, Surface, stochastic

__all__ = ["AROUND", "DIVERGES", "ESCAPES", "MOST_STARTS", "NEAR", "NOWHERE", "Basin", "basin"]

Array = npt.NDArray[Any]

NOWHERE, DIVERGES, ESCAPES = -1, -2, -3
"""Stand in `Basin.reached` where a run has come to no minimum: it is still under way (or rests on a saddle),
has diverged, or has escaped downhill out of all that is drawn."""

NEAR = 0.01
"""How close to a minimum a run has arrived, as a share of the box's sides."""

AROUND = 0.05
"""The same for runs by mini-batches, which go on to circle around it."""

MOST_STARTS = 1_000_000

LOOKED_AT = 320_000
"""So many examples are looked at in a step on a loss on data, over all starts, unless there are to be more."""

AT_REST = 1e-9
"""A run whose gradient is smaller than this needs no more steps."""

_AT_ONCE = 8_192
"""How many runs go together: their arrays stay in the processor's cache."""
_REMEMBERED = 8_000_000
"""How many points of the ways of these runs are kept until their ends are known (64 MB)."""
_ROUND = 1e-8
"""A bottom that is still longer than wide, by the ratio of its curvatures, is a valley and no minimum."""
_SAME = 1e-4
"""Ends that Newton's method brings as close as this, as a share of the box's sides, are one minimum."""


@dataclass(frozen=True)
class Basin:
    """To which minimum each start leads, and how fast; arrays, and what made them as text.

    Attributes:
        rule: the name of the rule.
        surface: the surface, with the parameters that were changed.
        params: the hyperparameters: a number, or a schedule in words.
        axes: the coordinates of the starts, one array for each coordinate of the surface.
        minima: the minima that were reached, the lowest first and of equals that with more starts, (k, d).
        heights: the loss there, (k,).
        reached: for each start a row of `minima`, or NOWHERE, DIVERGES or ESCAPES: (n,), or (rows of y,
            columns of x).
        arrival: the update since which a run that arrived stayed near its end, shaped like `reached`; -1 for
            one that did not arrive.
        steps: how many updates were allowed.
        near: how close to a minimum was there, as a share of the box's sides.
        batch_size: of how many examples each gradient was made, the same for every run; 0 for all, or where there
            are none.
        seed: what the batches were drawn from.
    """

    rule: str
    surface: str
    params: Mapping[str, float | str]
    axes: tuple[Array, ...]
    minima: Array
    heights: Array
    reached: Array
    arrival: Array
    steps: int
    near: float
    batch_size: int = 0
    seed: int = 0

    @property
    def shares(self) -> Array:
        """Which share of the starts leads to each of the minima, (k,)."""
        counts = np.bincount(self.reached[self.reached >= 0], minlength=len(self.minima))
        return np.asarray(counts / self.reached.size)

    def share(self, ending: int) -> float:
        """Which share of the starts leads to none: NOWHERE, DIVERGES or ESCAPES."""
        return float(np.mean(self.reached == ending))


def basin(
    rule: Optimizer,
    surface: Surface,
    *,
    starts: tuple[int, ...] | None = None,
    steps: int = 200,
    near: float | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    progress: Callable[[list[int]], Iterable[int]] = iter,
) -> Basin:
    """Run a rule from every point of a grid over the surface's box and see to which minimum each start leads.

    A run has arrived when its last point lies near a minimum; when it did is the update since which it stayed
    as close to its last point. The minima are those that the surface lists. Other ends are walked on by
    Newton's method, and those that come together nearby, where the surface curves upward in all directions,
    are one more minimum. Only a few thousand ways are in memory at a time. Mini-batches are the same for all
    runs, so that the start is all that they differ in: each is what `minimize` makes of that start.

    Args:
        rule: configured: `momentum(lr=0.01)`.
        surface: what to go down on.
        starts: how many in x and in y, or in x alone; if None (300, 300) or (1000,), on a loss on data fewer, for
            each looks at all the examples: (50, 50) on 128 of them, and not below (20, 20) or (200,).
        steps: how many updates are allowed.
        near: how close to a minimum is there, as a share of the box's sides; if None 0.01, by mini-batches 0.05.
        batch_size: on a loss on data, of how many examples each gradient is made; None for all.
        seed: what the batches are drawn from.
        progress: takes the list of batches of runs and yields them, for a progress bar.

    Raises:
        TypeError: there are to be batches of a surface without data.
        ValueError: the numbers do not fit the surface, or are out of range.

    >>> from optiviz import gd, himmelblau
    >>> found = basin(gd(lr=0.01), himmelblau, starts=(20, 20))
    >>> len(found.minima), found.reached.shape
    (4, (20, 20))
    """
    near = near if near is not None else AROUND if batch_size else NEAR
    counts = _checked(surface, starts, steps, near)
    rough: dict[str, Any] = {"batch_size": batch_size, "seed": seed}
    low, high = np.array(surface.box[::2]), np.array(surface.box[1::2])
    axes = tuple(np.linspace(a, b, n) for a, b, n in zip(low, high, counts, strict=True))
    total = math.prod(counts)
    ends, endings, arrival = np.empty((total, len(counts))), np.empty(total, np.int8), np.empty(total, np.int32)
    at_once = max(64, min(_AT_ONCE, _REMEMBERED // (steps + 1) // len(counts)))
    for first in progress([*range(0, total, at_once)]):
        rows = slice(first, min(first + at_once, total))
        theta = _starts(axes, rows)
        endings[rows], arrival[rows] = _run(rule, surface, theta, steps, near * (high - low), rough)
        ends[rows] = theta
    minima, reached = _sorted_out(surface, ends, endings, near * (high - low), high - low)
    arrival[reached < 0] = -1
    return Basin(
        rule=rule.name,
        surface=repr(surface),
        params={name: value if isinstance(value, (int, float)) else repr(value) for name, value in rule.params.items()},
        axes=axes,
        minima=minima,
        heights=surface.value_and_gradient(minima)[0],
        reached=reached.reshape(counts[::-1]),
        arrival=arrival.reshape(counts[::-1]),
        steps=steps,
        near=near,
        batch_size=batch_size or 0,
        seed=seed,
    )


def _checked(surface: Surface, starts: tuple[int, ...] | None, steps: int, near: float) -> tuple[int, ...]:
    counts = _grid(surface) if starts is None else tuple(starts)
    if len(counts) != surface.dimension or min(counts) < 2 or math.prod(counts) > MOST_STARTS:
        wanted = ("a number of starts", "starts in x and in y")[surface.dimension - 1]
        raise ValueError(f"{surface.name} takes {wanted}, from 2 to {MOST_STARTS} in all, not {counts}")
    if not (operator.index(steps) > 0 and 0 < near < 1):
        raise ValueError(f"steps are positive and near is between 0 and 1, not {steps} and {near:g}")
    return counts


def _grid(surface: Surface) -> tuple[int, ...]:
    """How many starts there are unless somebody says; on data fewer, for each looks at all the examples."""
    on_line = surface.dimension == 1
    fewest, most = (200, 1000) if on_line else (20, 300)
    if not isinstance(surface, DataSurface):
        return (most,) * surface.dimension
    many = LOOKED_AT // surface.examples
    return (max(fewest, min(most, many if on_line else math.isqrt(many))),) * surface.dimension


def _starts(axes: tuple[Array, ...], rows: slice) -> Array:
    """Some of the grid's points (n, d), counted along x first."""
    at = np.unravel_index(np.arange(rows.start, rows.stop), [len(axis) for axis in axes[::-1]])[::-1]
    return np.stack([axis[i] for axis, i in zip(axes, at, strict=True)], axis=-1)


def _run(
    rule: Optimizer, surface: Surface, theta: Array, steps: int, radius: Array, rough: dict[str, Any]
) -> tuple[Array, Array]:
    """Move `theta` to the ends of its runs; how each ended, and since which update it was close to its end."""
    way = np.empty((steps + 1, *theta.shape), np.float32)  # close is coarse: half the memory does
    objective = stochastic(surface, **rough, alike=True)
    rest = 0.0 if rough["batch_size"] else AT_REST  # a batch may happen to be content
    looks = descend(objective, rule, theta, steps=steps, tolerance=rest, arena=surface.arena)
    for look in looks:
        way[look.t] = look.theta
    away = np.zeros(len(theta), np.int32)
    with np.errstate(all="ignore"):
        for t in range(look.t):
            away[(np.abs(way[t] - way[look.t]) > radius).any(axis=-1)] = t + 1
    return look.ending, away


def _sorted_out(surface: Surface, ends: Array, endings: Array, radius: Array, sides: Array) -> tuple[Array, Array]:
    """The minima that were reached, and which it was for each end."""
    reached = np.full(len(ends), NOWHERE, np.int16)
    reached[endings == DIVERGED] = DIVERGES
    reached[endings == ESCAPED] = ESCAPES
    minima = np.array([*surface.minima, *(surface.local_minima or ())]).reshape(-1, surface.dimension)
    _assign(reached, np.flatnonzero(reached == NOWHERE), ends, minima, radius)
    rest = np.flatnonzero(reached == NOWHERE)
    more = _bottoms(surface, ends[rest], radius, sides)
    _assign(reached, rest, ends, more, radius, offset=len(minima))
    found = np.vstack([minima, more])
    counts = np.bincount(reached[reached >= 0], minlength=len(found))
    heights = np.round(surface.value_and_gradient(found)[0], 9)  # equal but for rounding
    order = np.lexsort((-counts, heights))
    order = order[counts[order] > 0]
    place = np.full(len(counts) + 1, NOWHERE, np.int16)
    place[order] = np.arange(len(order))
    arrived = reached >= 0
    reached[arrived] = place[reached[arrived]]
    return found[order], reached


def _assign(reached: Array, rows: Array, ends: Array, minima: Array, radius: Array, offset: int = 0) -> None:
    """Give each of these ends the nearest of the minima, if one is within the radius."""
    nearest = np.full(len(rows), math.inf)
    for k, minimum in enumerate(minima):
        away = np.abs(ends[rows] - minimum)
        distance = away.max(axis=-1, initial=0.0)
        closer = (away <= radius).all(axis=-1) & (distance < nearest)
        nearest[closer] = distance[closer]
        reached[rows[closer]] = offset + k


def _bottoms(surface: Surface, ends: Array, radius: Array, sides: Array) -> Array:
    """The minima near these ends that Newton's method finds, merged."""
    found = [np.empty((0, surface.dimension))]
    for part in np.array_split(ends, len(ends) // _AT_ONCE + 1):
        point, good = part.copy(), np.ones(len(part), bool)
        for _ in range(6):
            step, upward = _newton(surface, point)
            point = point + step
            good &= upward & (np.abs(point - part) <= radius).all(axis=-1)
            point[~good] = part[~good]
        settled = good & (np.abs(step) <= _SAME / 100 * sides).all(axis=-1)
        found.append(_merged(point[settled], sides))
    return _merged(np.vstack(found), sides)


def _newton(surface: Surface, point: Array) -> tuple[Array, Array]:
    """Newton's step to the bottom, and whether the surface curves upward in every direction."""
    with np.errstate(all="ignore"):
        _, slope = surface.value_and_gradient(point)
        matrix = surface.hessian(point)
        if surface.dimension == 1:
            curved = matrix[:, 0, 0]
            return -slope / curved[:, None], curved > 0
        (a, b), (_, d) = np.moveaxis(matrix, 0, -1)
        determinant = a * d - b * b
        step = np.stack([b * slope[:, 1] - d * slope[:, 0], b * slope[:, 0] - a * slope[:, 1]], axis=-1)
        round_enough = determinant > _ROUND * (a + d) ** 2  # the bottom of a ring goes round, and has no middle
        return step / determinant[:, None], round_enough & (a > 0)


def _merged(points: Array, sides: Array) -> Array:
    """One of each group of points that are the same but for rounding: first by cells of a grid, then by distance."""
    cells = np.round(points / (_SAME * sides)).astype(np.int64)
    _, index = np.unique(cells, axis=0, return_index=True)
    kept: list[Array] = []
    for point in points[np.sort(index)]:
        if not any((np.abs(point - other) <= 2 * _SAME * sides).all() for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, points.shape[-1])
