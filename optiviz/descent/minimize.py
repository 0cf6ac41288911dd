"""From a surface and a rule to the record of a run."""

from __future__ import annotations

import math
import operator
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent.ahead import run_ahead
from optiviz.descent.loop import onward
from optiviz.descent.record import record_of_arrays, record_of_floats
from optiviz.descent.trajectory import Trajectory
from optiviz.optimizers import Optimizer
from optiviz.schedules import Reaction
from optiviz.surfaces import DataSurface, Surface, stochastic

__all__ = ["minimize"]


def minimize(
    surface: Surface,
    optimizer: Optimizer,
    start: npt.ArrayLike | None = None,
    *,
    steps: int = 200,
    noise: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
    tolerance: float = 0.0,
    reaction: Reaction | None = None,
) -> Trajectory:
    """Run an optimizer on a surface and record every look.

    Args:
        surface: what to go down on.
        optimizer: the rule, configured: `adam(lr=0.1)`.
        start: one point (d,) or many (..., d); the surface's own start if None.
        steps: how many updates to make.
        noise: standard deviation of Gaussian noise added to each coordinate of each gradient.
        batch_size: on a loss on data, how many examples each gradient is made of; None for all of them. The value
            that is recorded is the loss on all.
        seed: what noise and batches are drawn from; run k draws from its k-th child, whatever the others do.
        tolerance: stop a run when all of its gradient is smaller than this.
        reaction: how the learning rate answers to the loss: `reduce_on_plateau(patience=5)`.

    Raises:
        TypeError: what is given is no surface or no optimizer, or batches are asked of a surface without data.
        ValueError: the start does not fit the surface, steps or noise is negative, a batch is larger than the
            data, or there are to be both batches and noise.

    >>> from optiviz import bowl, gd
    >>> run = minimize(bowl, gd(lr=0.25), start=[1.0, -2.0], steps=3)
    >>> run.value
    array([5.      , 1.25    , 0.3125  , 0.078125])
    """
    if not isinstance(surface, Surface):
        hint = " (losses over the parameters of a model are in optiviz.loss_surfaces)" if callable(surface) else ""
        raise TypeError(f"expected a surface such as rosenbrock or from_text('x**2'), not {surface!r:.60}{hint}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"expected an optimizer such as adam(lr=0.1), not {optimizer!r:.60}")
    theta = np.array(surface.start if start is None else start, dtype=np.float64)
    if theta.shape[-1:] != (surface.dimension,) or not np.isfinite(theta).all():
        raise ValueError(f"a start on {surface.name} is {surface.dimension} finite numbers, not {start!r}")
    steps = operator.index(steps)
    if steps < 0 or not 0 <= noise < math.inf:
        raise ValueError(f"steps and noise cannot be negative or infinite, not {steps} and {noise:g}")
    if seed < 0:
        raise ValueError(f"a seed is a whole number from 0, not {seed}")
    objective = stochastic(surface, noise=noise, batch_size=batch_size, seed=seed)
    changing = optimizer.scheduled + ("lr",) * (reaction is not None)
    conditions: Any = (repeat(()), steps, tolerance, surface.arena, reaction)
    if theta.ndim == 1 and optimizer.on_floats:
        point = theta.tolist()
        state = optimizer.init(point)
        by_the_loop = noise or batch_size or changing or isinstance(surface, DataSurface)
        before = [] if by_the_loop else run_ahead(surface, optimizer, point, state, steps, tolerance)
        first = before[len(point)] if before else None
        looks = onward(objective, optimizer, point, state, first, *conditions)
        record = record_of_floats(looks, changing, before)
    else:
        # Many runs keep each coordinate in one piece of memory, as the surface wants to see it.
        many = np.moveaxis(np.moveaxis(theta, -1, 0).copy(), 0, -1)
        looks = onward(objective, optimizer, many, optimizer.init(many), None, *conditions)
        record = record_of_arrays(looks, changing, steps)
    return Trajectory(
        optimizer=repr(optimizer),
        surface=repr(surface),
        rule=optimizer.name,
        params={
            name: value if isinstance(value, (int, float)) else repr(value) for name, value in optimizer.params.items()
        },
        noise=noise,
        batch_size=batch_size or 0,
        seed=seed,
        on=surface,
        **record,
    )
