"""Surfaces made of a loss, a tiny model and data: what the parameters of the model are worth.

Each is the mean, over a few examples, of a loss that `optiviz.derive` has derived; the formula says the loss
of one example. So `sgd` may draw real mini-batches here, and the estimates that the derivations end in are the
lowest points. `surface.on(x, y)` puts other examples in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz._generated import losses
from optiviz.surfaces import DataSurface, Look, Surface
from optiviz.trace.functions import log

__all__ = [
    "bce",
    "bernoulli_likelihood",
    "cce",
    "gaussian_likelihood",
    "loss_surface",
    "mae",
    "mse",
    "mse_on_sigmoid",
]

Array = npt.NDArray[np.float64]


def loss_surface(*, data: Sequence[npt.ArrayLike], look: Look) -> Callable[[Callable[..., Any]], DataSurface]:
    """Make the loss of one example a surface over the parameters of the model, and enter it in the registry.

    Args:
        data: what is known of the examples, arrays (N,), the formula's arguments after the parameters.
        look: from the surface its box, a start and the lowest points.

    >>> @loss_surface(data=[[1, 2, 6]], look=lambda surface: ((0, 6), (1,), [(3,)]))
    ... def spread(m, x):
    ...     return (x - m) ** 2
    >>> round(spread.lowest, 6)
    4.666667
    >>> del Surface.registry.formulas["spread"]
    """

    def enter(function: Callable[..., Any]) -> DataSurface:
        made = DataSurface(function, data=data, look=look)
        Surface.registry.add(made)
        return made

    return enter


# Small data, drawn once; 128 examples, so that a mini-batch of 32 is a quarter of them.
EXAMPLES = 128


def _about_a_line(outliers: int = 0) -> tuple[Array, Array]:
    """Points about a line, of those furthest to the right some far below it."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 3, EXAMPLES)
    y = 0.8 * x - 0.5 + rng.normal(scale=0.5, size=EXAMPLES)
    y[np.argsort(x)[EXAMPLES - outliers :]] -= 6
    return x.round(2), y.round(2)


def _exam() -> tuple[Array, Array]:
    """Hours of study, and who passed (1): the more hours, the likelier."""
    rng = np.random.default_rng(2)
    hours = rng.uniform(0, 6, EXAMPLES)
    passed = rng.uniform(size=EXAMPLES) < np.clip((hours - 1) / 4, 0.05, 0.95)
    return hours.round(2), passed.astype(np.float64)


def _three_kinds() -> tuple[Array, ...]:
    """One measure of things of three kinds, small, middle and large; for each kind a column that is 1 for its own."""
    kinds = np.arange(EXAMPLES) % 3
    x = np.random.default_rng(3).normal(1.5 * (kinds - 1), 1.0)
    return (x.round(2), *(np.asarray(kinds == k, dtype=np.float64) for k in range(3)))


HEIGHTS = "158 161 163 164 165 166 167 168 168 169 170 171 171 172 173 174 175 176 177 179 180 182 185 190"
"""Of a class of 24, in cm."""

TOSSES = "1 0 1 1 0 1 1 1 0 1 0 1 1 0 1 1 1 0 1 1"
"""Of a coin, 1 for heads: 14 out of 20."""


def _numbers(text: str) -> Array:
    return np.array(text.split(), dtype=np.float64)


# Where to look.
def _about(lowest: Sequence[float], reach: Sequence[float], start: Sequence[float]) -> tuple[Any, Any, Any]:
    """A box about the lowest point, as wide as `reach` to either side, and a start that is a share of that away."""
    sides = [(m - r, m + r) for m, r in zip(lowest, reach, strict=True)]
    begin = [m + share * r for m, r, share in zip(lowest, reach, start, strict=True)]
    return tuple(bound for side in sides for bound in side), begin, [lowest]


def _units(x: Array, y: Array) -> tuple[float, float]:
    """What one unit of slope and of offset is: as much as makes the line's height stray as the targets do."""
    spread = float(np.std(y)) or 1.0
    return spread / (float(np.sqrt(np.mean(x**2))) or 1.0), spread


def _at_the_line(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the line of least squares."""
    x, y = surface.data
    if len(set(x.tolist())) < 2:
        raise ValueError(f"{surface.name} fits a line: the first column needs two different values at least")
    lowest = tuple(map(float, np.polyfit(x, y, 1)))
    w, b = _units(x, y)
    return _about(lowest, (2.5 * w, 2.5 * b), (-0.8, 0.7))


def _at_two_points(surface: DataSurface) -> tuple[Any, Any, Any]:
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


def _at_the_sigmoid(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the best sigmoid. Where a threshold parts the classes there is none: the steeper, the better."""
    x, y = surface.data
    if not set(y.tolist()) == {0.0, 1.0}:
        raise ValueError(
            f"{surface.name} parts two classes: its column y must hold 0 and 1, both of them, and nothing else"
        )
    unit = 1 / (float(np.std(x)) or 1.0)
    found = _settled(surface, *((s * unit, -s * unit * float(np.mean(x))) for s in (-2, 0, 2)))
    return _about_scores(found, unit, (-0.85, -0.6))


def _nearer_the_sigmoid(surface: DataSurface) -> tuple[Any, Any, Any]:
    """The same with a start from which squared errors come down in time, if not at first."""
    box, start, found = _at_the_sigmoid(surface)
    middle = [(low + high) / 2 for low, high in zip(box[::2], box[1::2], strict=True)]
    return box, [m + 0.7 * (s - m) for m, s in zip(middle, start, strict=True)], found


def _at_the_kinds(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the best scores of the three classes."""
    if not all(np.all(sum(surface.data[1:]) == 1) and set(kind.tolist()) <= {0.0, 1.0} for kind in surface.data[1:]):
        raise ValueError(f"{surface.name} parts three classes: of the last three columns one is 1, the others 0")
    unit = 1 / (float(np.std(surface.data[0])) or 1.0)
    return _about_scores(_settled(surface, (0, 0), (2 * unit, 0), (-2 * unit, 0)), unit, (-0.85, 0.7))


def _about_scores(found: list[tuple[float, ...]], unit: float, start: Sequence[float]) -> tuple[Any, Any, Any]:
    w, b = found[0] if found else (0.0, 0.0)
    box, begin, _ = _about((w, b), (max(4 * unit, 1.5 * abs(w)), max(4.0, 1.5 * abs(b))), start)
    return box, begin, found


def _at_mean_and_spread(surface: DataSurface) -> tuple[Any, Any, Any]:
    """About the estimates: the mean, and the root of the mean square of what is left."""
    (x,) = surface.data
    mu, sigma = float(np.mean(x)), float(np.std(x))
    if not sigma:
        raise ValueError(f"{surface.name} needs values that differ")
    box = (mu - 3 * sigma, mu + 3 * sigma, sigma / 3, 4 * sigma)
    return box, (mu - 2.2 * sigma, 3.2 * sigma), [(mu, sigma)]


def _at_the_share(surface: DataSurface) -> tuple[Any, Any, Any]:
    """From almost never to almost always; the estimate is the share of ones."""
    if not set(surface.data[0].tolist()) <= {0.0, 1.0}:
        raise ValueError(f"{surface.name} is on tosses: its column x must hold nothing but 0 and 1")
    share = float(np.mean(surface.data[0]))
    return (0.02, 0.98), (0.06 if share > 0.3 else 0.94,), [(share,)] if 0.02 < share < 0.98 else []


# The surfaces.
@loss_surface(data=_about_a_line(), look=_at_the_line)
def mse(w, b, x, y):
    """A line through points by least squares: a bowl, and as the inputs have no mean of zero a slanted one.

    Source: the derivation `mse`; Legendre (1805), Nouvelles methodes pour la determination des orbites.
    """
    return losses.mse_each(w * x + b, y)


@loss_surface(data=_about_a_line(outliers=5), look=_at_two_points)
def mae(w, b, x, y):
    """The same points and five outliers, by the absolute error, which lets them lie: creases, and a slope everywhere.

    Source: the derivation `mae`; Boscovich (1757), De litteraria expeditione.
    """
    return losses.mae_each(w * x + b, y)


@loss_surface(data=_exam(), look=_at_the_sigmoid)
def bce(w, b, x, y):
    """Logistic regression: who passes after so many hours? Convex, flat where it is right, and steep where not.

    Source: the derivation `bce`; Cox (1958), J. R. Stat. Soc. B 20, 215-242.
    """
    return losses.bce_each(w * x + b, y)


@loss_surface(data=_exam(), look=_nearer_the_sigmoid)
def mse_on_sigmoid(w, b, x, y):
    """The same question with squared errors of the probability: plateaus, on which there is next to no gradient.

    Source: the derivation `sigmoid_convexity`.
    """
    return losses.sigmoid_mse_each(w * x + b, y)


@loss_surface(data=_three_kinds(), look=_at_the_kinds)
def cce(w, b, x, small, middle, large):
    """Three classes by one measure: w parts the outer two, b makes the middle one likelier.

    Source: the derivation `cce`.
    """
    return losses.cce_each((-w * x, b, w * x), (small, middle, large))


@loss_surface(data=(_numbers(HEIGHTS),), look=_at_mean_and_spread)
def gaussian_likelihood(mu, sigma, x):
    """How unlikely the heights of a class are under a bell curve; lowest at their mean and standard deviation.

    Source: the derivation `gaussian_nll`; Fisher (1922), doi:10.1098/rsta.1922.0009.
    """
    return losses.gaussian_nll_each(mu, 2 * log(sigma), x)


@loss_surface(data=(_numbers(TOSSES),), look=_at_the_share)
def bernoulli_likelihood(p, x):
    """How unlikely the tosses of a coin are if heads come with probability p; lowest at the share of heads.

    Source: the derivation `bce`; Bernoulli (1713), Ars conjectandi.
    """
    return losses.bce_each(log(p / (1 - p)), x)
