"""Where a loss on data is looked at: its box, a start and its lowest points, whatever the data are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.surfaces import DataSurface

__all__ = [
    "at_mean_and_spread",
    "at_the_kinds",
    "at_the_line",
    "at_the_share",
    "at_the_sigmoid",
    "at_two_points",
    "nearer_the_sigmoid",
]

Array = npt.NDArray[np.float64]


def _about(lowest: Sequence[float], reach: Sequence[float], start: Sequence[float]) -> tuple[Any, Any, Any]:
    """A box about the lowest point, as wide as `reach` to either side, and a start that is a share of that away."""
    sides = [(m - r, m + r) for m, r in zip(lowest, reach, strict=True)]
    begin = [m + share * r for m, r, share in zip(lowest, reach, start, strict=True)]
    return tuple(bound for side in sides for bound in side), begin, [lowest]


def _units(x: Array, y: Array) -> tuple[float, float]:
    """What one unit of slope and of offset is: as much as makes the line's height stray as the targets do."""
    spread = float(np.std(y)) or 1.0
    return spread / (float(np.sqrt(np.mean(x**2))) or 1.0), spread


def at_the_line(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the line of least squares."""
    x, y = surface.data
    if len(set(x.tolist())) < 2:
        raise ValueError(f"{surface.name} fits a line: the first column needs two different values at least")
    lowest = tuple(map(float, np.polyfit(x, y, 1)))
    w, b = _units(x, y)
    return _about(lowest, (2.5 * w, 2.5 * b), (-0.8, 0.7))


def at_two_points(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the line of least absolute error, which goes through two of the points: all such lines are tried."""
    x, y = surface.data
    i, k = np.triu_indices(len(x), 1)
    i, k = i[x[i] != x[k]], k[x[i] != x[k]]
    if not i.size:
        raise ValueError(f"{surface.name} fits a line: the first column needs two different values at least")
    slopes = (y[k] - y[i]) / (x[k] - x[i])
    lines = np.stack([slopes, y[i] - slopes * x[i]], axis=-1)
    lowest = tuple(lines[np.argmin(surface.value_and_gradient(lines)[0])].tolist())
    w, b = _units(x, y)
    return _about(lowest, (2.5 * w, 2.5 * b), (-0.8, 0.7))


def _settled(surface: DataSurface, *guesses: Sequence[float]) -> list[tuple[float, ...]]:
    """The lowest point by Newton's method, from the best of the guesses; none if it runs away."""
    theta = np.array(min(guesses, key=lambda guess: surface(*guess)), dtype=np.float64)
    for _ in range(100):
        curvatures, ways = np.linalg.eigh(surface.hessian(theta))
        slope = ways.T @ surface.value_and_gradient(theta)[1]
        step = -ways @ (slope / np.maximum(np.abs(curvatures), 1e-12))
        while surface.value(theta + step) > surface.value(theta) and np.any(theta + step != theta):
            step = step / 2
        theta = theta + step
        if np.all(np.abs(step) <= 1e-15 * np.abs(theta)):
            break
    flat = np.max(np.abs(surface.value_and_gradient(theta)[1])) < 1e-9
    return [tuple(theta.tolist())] if flat and np.all(np.linalg.eigvalsh(surface.hessian(theta)) > 1e-9) else []


def at_the_sigmoid(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the best sigmoid. Where a threshold parts the classes there is none: the steeper, the better."""
    x, y = surface.data
    if not set(y.tolist()) == {0.0, 1.0}:
        raise ValueError(
            f"{surface.name} parts two classes: its column y must hold 0 and 1, both of them, and nothing else"
        )
    unit = 1 / (float(np.std(x)) or 1.0)
    found = _settled(surface, *((s * unit, -s * unit * float(np.mean(x))) for s in (-2, 0, 2)))
    return _about_scores(found, unit, (-0.85, -0.6))


def nearer_the_sigmoid(surface: DataSurface) -> tuple[Any, Any, Any]:
    """The same with a start from which squared errors come down in time, if not at first."""
    box, start, found = at_the_sigmoid(surface)
    middle = [(low + high) / 2 for low, high in zip(box[::2], box[1::2], strict=True)]
    return box, [m + 0.7 * (s - m) for m, s in zip(middle, start, strict=True)], found


def at_the_kinds(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the best scores of the three classes."""
    if not all(np.all(sum(surface.data[1:]) == 1) and set(kind.tolist()) <= {0.0, 1.0} for kind in surface.data[1:]):
        raise ValueError(f"{surface.name} parts three classes: of the last three columns one is 1, the others 0")
    unit = 1 / (float(np.std(surface.data[0])) or 1.0)
    return _about_scores(_settled(surface, (0, 0), (2 * unit, 0), (-2 * unit, 0)), unit, (-0.85, 0.7))


def _about_scores(found: list[tuple[float, ...]], unit: float, start: Sequence[float]) -> tuple[Any, Any, Any]:
    w, b = found[0] if found else (0.0, 0.0)
    box, begin, _ = _about((w, b), (max(4 * unit, 1.5 * abs(w)), max(4.0, 1.5 * abs(b))), start)
    return box, begin, found


def at_mean_and_spread(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the estimates: the mean, and the root of the mean square of what is left."""
    (x,) = surface.data
    mu, sigma = float(np.mean(x)), float(np.std(x))
    if not sigma:
        raise ValueError(f"{surface.name} needs values that differ")
    box = (mu - 3 * sigma, mu + 3 * sigma, sigma / 3, 4 * sigma)
    return box, (mu - 2.2 * sigma, 3.2 * sigma), [(mu, sigma)]


def at_the_share(surface: DataSurface) -> tuple[Any, Any, Any]:
    """From almost never to almost always; the estimate is the share of ones."""
    if not set(surface.data[0].tolist()) <= {0.0, 1.0}:
        raise ValueError(f"{surface.name} is on tosses: its column x must hold nothing but 0 and 1")
    share = float(np.mean(surface.data[0]))
    return (0.02, 0.98), (0.06 if share > 0.3 else 0.94,), [(share,)] if 0.02 < share < 0.98 else []
