"""How much it matters: the loss after so many steps, over one or two hyperparameters, in one batch of runs."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import DIVERGED, ENDINGS, descend
from optiviz.formula import checked_number, nearest
from optiviz.names import hyperparameter
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface, stochastic

__all__ = ["CELLS", "MOST_CELLS", "Sensitivity", "sensitivity", "spread"]

Array = npt.NDArray[Any]

CELLS = {1: (200,), 2: (120, 80)}
"""How many values are tried along each axis, for one and for two hyperparameters."""

MOST_CELLS = 250_000
"""More than this is more than a screen shows."""

_EQUAL = 1e-12
"""Losses that differ by less than this share of the way down are equally good: what is left is rounding."""

RATES = (1e-6, 10.0)
"""The learning rates that are tried unless a range is given."""


@dataclass(frozen=True)
class Sensitivity:
    """The loss after `steps` updates, over one or two hyperparameters; arrays, and what made them as text.

    Attributes:
        rule: the name of the rule.
        surface: the surface, with the parameters that were changed.
        params: the hyperparameters that all runs share: a number, or a schedule in words.
        axes: the hyperparameters that differ, by name, with the values that were tried, (n,) and (m,).
        value: the loss at the end of each run, (n,) or (n, m).
        ending: how each run ended, indices into ENDINGS, shaped like `value`.
        suited: the values of those hyperparameters that the rule had itself.
        start: where all runs begin, (d,).
        first: the loss there.
        lowest: the loss at the minima; None where they are not known.
        steps: how many updates every run made, unless it diverged or escaped before.
        noise: standard deviation of the noise on the gradient, the same noise for every run.
        batch_size: of how many examples each gradient was made, the same for every run; 0 for all, or where there
            are none.
        seed: what noise and batches were drawn from.
    """

    rule: str
    surface: str
    params: Mapping[str, float | str]
    axes: Mapping[str, Array]
    value: Array
    ending: Array
    suited: Mapping[str, float]
    start: Array
    first: float
    lowest: float | None
    steps: int
    noise: float = 0.0
    batch_size: int = 0
    seed: int = 0

    @property
    def endings(self) -> Any:
        """How each run ended, in words."""
        return np.array(ENDINGS)[self.ending]

    @property
    def best(self) -> dict[str, float]:
        """The values with which the loss ends lowest; of equally good ones the middle. None if all runs diverged."""
        standing = np.isfinite(self.value) & (self.ending != DIVERGED)
        if not standing.any():
            return {}
        value = np.where(standing, self.value, math.inf)
        good = np.argwhere(value - value.min() <= _EQUAL * abs(self.first - value.min()))
        at = good[np.square(good - good.mean(axis=0)).sum(axis=1).argmin()]
        return {name: float(values[i]) for (name, values), i in zip(self.axes.items(), at, strict=True)}


def sensitivity(
    rule: Optimizer,
    surface: Surface,
    over: Mapping[str, npt.ArrayLike | None] | Sequence[str] = ("lr",),
    *,
    start: npt.ArrayLike | None = None,
    steps: int = 300,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
) -> Sensitivity:
    """Run a rule once for each value of a hyperparameter, or each pair of values of two.

    All runs are one batch: they begin at one start, and noise is the same for all of them. A cell is what the
    single run with these numbers comes to.

    Args:
        rule: configured with what all runs share.
        surface: what to go down on.
        over: one or two hyperparameters, by name, with the values to try; None for those that `spread` gives.
        start: one point (d,); the surface's own if None.
        steps: how many updates to make.
        noise: standard deviation of Gaussian noise added to each coordinate of each gradient.
        batch_size: on a loss on data, of how many examples each gradient is made; None for all.
        seed: what noise and batches are drawn from; the runs see what a single run with this seed sees.

    Raises:
        LookupError: the rule has no such hyperparameter.
        ValueError: a value is out of its hyperparameter's domain, or the numbers do not fit.

    >>> from optiviz import bowl, gd
    >>> found = sensitivity(gd, bowl, {"lr": [0.1, 0.5, 0.9, 1.5]}, steps=50)
    >>> found.best, found.ending.tolist()
    ({'lr': 0.5}, [0, 0, 0, 2])
    """
    theta, steps = _checked(surface, start, steps, noise, seed)
    wanted = dict(over) if isinstance(over, Mapping) else dict.fromkeys(over)
    if len(wanted) not in CELLS:
        raise ValueError(f"a sweep goes over one or two hyperparameters, not {', '.join(wanted) or 'none'}")
    counts = dict(zip(wanted, CELLS[len(wanted)], strict=True))
    axes = {name: _values(rule, name, values, counts[name]) for name, values in wanted.items()}
    shape = tuple(map(len, axes.values()))
    if math.prod(shape) > MOST_CELLS:
        raise ValueError(f"a sweep has up to {MOST_CELLS} cells, not {' x '.join(map(str, shape))}")
    grid = np.meshgrid(*axes.values(), indexing="ij")
    swept = rule.configured(**{name: cells.reshape(-1, 1) for name, cells in zip(axes, grid, strict=True)})
    runs = np.tile(theta, (math.prod(shape), 1))

    objective = stochastic(surface, noise=noise, batch_size=batch_size, seed=seed, alike=True)
    for look in descend(objective, swept, runs, steps=steps, arena=surface.arena):
        if look.t == 0:
            first = float(look.value[0])
    shared = {name: value for name, value in rule.params.items() if name not in axes}
    return Sensitivity(
        rule=rule.name,
        surface=repr(surface),
        params={name: value if isinstance(value, (int, float)) else repr(value) for name, value in shared.items()},
        axes=axes,
        value=np.array(look.value).reshape(shape),
        ending=np.array(look.ending).reshape(shape),
        suited={name: float(rule.at(0)[name]) for name in axes},
        start=theta,
        first=first,
        lowest=surface.lowest,
        steps=steps,
        noise=noise,
        batch_size=batch_size or 0,
        seed=seed,
    )


def _checked(surface: Surface, start: Any, steps: int, noise: float, seed: int) -> tuple[Array, int]:
    """The start and the number of steps, once all is seen to be in order."""
    theta = np.array(surface.start if start is None else start, dtype=np.float64)
    if theta.shape != (surface.dimension,) or not np.isfinite(theta).all():
        raise ValueError(f"a start on {surface.name} is {surface.dimension} finite numbers, not {start!r:.60}")
    if not (operator.index(steps) > 0 and 0 <= noise < math.inf and seed >= 0):
        raise ValueError(f"steps are positive, noise and seed not negative, not {steps}, {noise:g} and {seed}")
    return theta, steps


def _values(rule: Optimizer, name: str, values: Any, count: int) -> Array:
    """What to try of a hyperparameter, rising."""
    if name not in rule.params:
        raise LookupError(f"{rule.name} has no parameter '{name}'; {nearest(name, rule.params, 'it has')}")
    if values is None:
        return spread(name, count, default=rule.defaults[name])
    found = np.unique(np.asarray(values, dtype=np.float64))
    if not found.size or not np.isfinite(found).all():
        raise ValueError(f"{name} takes one or more finite numbers, not {values!r:.60}")
    for value in found.tolist():
        checked_number(name, value)
    return found


def spread(
    name: str, count: int, low: float | None = None, high: float | None = None, *, default: float = 0.0
) -> Array:
    """Values of a hyperparameter to try, spaced as it acts.

    A learning rate is spaced by factors, and so is whatever has no bound and spans more than a factor of
    thirty. A share such as beta acts by how much it lacks to one: 0.9, 0.99 and 0.999 are equally far apart.
    Of what counts something, each number is tried once.

    Args:
        name: the hyperparameter; its domain says what kind of number it is.
        count: how many values; fewer where there are not so many whole numbers.
        low: the lowest; if None what suits the name.
        high: the highest, likewise.
        default: what the rule has for it; where nothing is known of the name, the values lie around it.

    Raises:
        ValueError: low is not below high, or one of them lies out of the domain.

    >>> spread("lr", 3, 0.01, 1.0), spread("beta", 3, 0.9, 0.999).round(12)
    (array([0.01, 0.1 , 1.  ]), array([0.9  , 0.99 , 0.999]))
    """
    domain = hyperparameter(name).domain
    usual = _usual(name, default)
    low, high = (usual[0] if low is None else low), (usual[1] if high is None else high)
    if not (low < high and low in domain and high in domain):
        raise ValueError(f"{name} goes from LOW to HIGH in {domain}, not from {low:g} to {high:g}")
    if domain.low == 0 and domain.high == 1 and high > 0.5:
        values = 1 - np.geomspace(1 - low, 1 - high, count)
    elif low > 0 and (name == "lr" or high > 30 * low):
        values = np.geomspace(low, high, count)
    else:
        values = np.linspace(low, high, count)
    values[[0, -1]] = low, high  # to the last bit
    return np.unique(np.round(values)) if domain.whole else values


def _usual(name: str, default: float) -> tuple[float, float]:
    """From where to where a hyperparameter is worth trying."""
    domain = hyperparameter(name).domain
    if name == "lr":
        return RATES
    if domain.high <= 1.001:
        return (1e-3 if domain.open_low else 0.0), 0.9999
    if domain.whole:
        return max(domain.low, default // 10), max(default * 10, 10)
    if domain.low == 0:
        return (default / 1000, min(default * 1000, domain.high)) if default else (1e-6, 1.0)
    if math.isfinite(domain.low):
        reach = max(default - domain.low, 1.0)
        return domain.low + reach / 100, domain.low + 4 * reach
    reach = abs(default) or 1.0
    return default - reach, default + reach
