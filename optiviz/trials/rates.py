"""Learning rates for a contest: every rule tries the same ones, on examples that are not those of the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.data import Part
from optiviz.experiments import wants_rate, with_lr
from optiviz.trials.contest import Progress, Variant, contest

__all__ = ["HELD", "LADDER", "MOST", "TUNING", "Tuning", "ladder", "tuned"]

Array = npt.NDArray[Any]

LOWEST, HIGHEST, MOST = 1e-4, 1.0, 17
"""With one digit no more rates than that can be told apart."""

TUNING = 2
"""For so many epochs each rate is tried: a deep network stands on a plateau for the first one."""
HELD = 0.2
"""The share of the examples to train on that rates are judged by."""


def ladder(count: int) -> tuple[float, ...]:
    """So many learning rates from 0.0001 to 1, evenly spread over the orders of magnitude, with one digit each.

    Raises:
        ValueError: there are less than two, or more than differ.

    >>> ladder(5)
    (0.0001, 0.001, 0.01, 0.1, 1.0)
    """
    if not 2 <= count <= MOST:
        raise ValueError(f"a ladder has from 2 to {MOST} learning rates, not {count}")
    return tuple(float(f"{rate:.1g}") for rate in np.geomspace(LOWEST, HIGHEST, count))


LADDER = ladder(9)
"""What is tried unless told otherwise: 1 and 3 of each order of magnitude."""


@dataclass(frozen=True, eq=False)
class Tuning:
    """How learning rates were found.

    Attributes:
        names: the variants that had none, V of them.
        rates: what each of them tried, (R,).
        loss: the loss on what was held back, (V, R); infinite where a run diverged.
        epochs: how long each try was.
        examples: how many each was trained on.
        held: how many it was judged by, none of them of the test.
    """

    names: tuple[str, ...]
    rates: Array
    loss: Array
    epochs: int
    examples: int
    held: int

    @property
    def best(self) -> dict[str, float]:
        """The rate with the lowest loss, by variant."""
        return dict(zip(self.names, self.rates[self.loss.argmin(axis=-1)].tolist(), strict=True))

    @property
    def at_the_edge(self) -> dict[str, str]:
        """Which best rates are the "lowest" or the "highest" that was tried, so that one beyond may be better.

        >>> Tuning(("gd", "adam"), np.array([0.1, 0.2, 0.3]), np.array([[3, 2, 1], [2, 1, 2]]), 1, 1, 1).at_the_edge
        {'gd': 'highest'}
        """
        edges = {float(self.rates.min()): "lowest", float(self.rates.max()): "highest"}
        return {name: edges[rate] for name, rate in self.best.items() if rate in edges}


def tuned(
    variants: Sequence[Variant],
    rates: Sequence[float] = LADDER,
    *,
    epochs: int = TUNING,
    batch_size: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Variant], Tuning]:
    """The variants, with a learning rate for each whose rule was given none; and how it was found.

    Each tries all rates, for as many epochs, on four fifths of its examples; the loss on the last fifth decides. What
    the variants are judged by in the end is not looked at. A rule that follows a schedule tries where that begins.

    Args:
        variants: as for a contest.
        rates: what is tried.
        epochs: how long.
        batch_size: how many examples each gradient is made of.
        seed: of first weights and orders; another one than those of the contest.
        progress: as in `contest`.

    >>> from optiviz import adam, gd
    >>> from optiviz.data import Part
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> def network(seed):
    ...     return Sequential([Input(shape=(1,)), Dense(1)], rng=seed)
    >>> line = Part(x, 3 * x)
    >>> given = [Variant(f"{rule}", network, rule, line, line, "mse") for rule in (gd, adam, gd(lr=0.5))]
    >>> ready, tuning = tuned(given, (0.001, 0.01, 0.1, 1.0), batch_size=8)
    >>> [variant.optimizer for variant in ready]
    [gd(lr=1.0), adam(lr=1.0), gd(lr=0.5)]
    >>> tuning.names, tuning.examples, tuning.held
    (('gd', 'adam'), 32, 8)
    """
    wanting = [variant for variant in variants if wants_rate(variant.optimizer)]
    if not wanting:
        return [*variants], Tuning((), np.array(rates), np.empty((0, len(rates))), epochs, 0, 0)
    parts = [_split(variant.train) for variant in wanting]
    tries = [
        replace(variant, optimizer=with_lr(variant.optimizer, rate), train=part, test=held)
        for variant, (part, held) in zip(wanting, parts, strict=True)
        for rate in rates
    ]
    seen = contest(tries, [seed], epochs=epochs, batch_size=batch_size, progress=progress)
    loss = np.nan_to_num(seen.loss[:, 0, -1], nan=np.inf).reshape(len(wanting), len(rates))
    names = tuple(variant.name for variant in wanting)
    found = Tuning(names, np.array(rates), loss, epochs, seen.examples, len(parts[0][1].y))
    chosen = [
        replace(variant, optimizer=with_lr(variant.optimizer, found.best[variant.name]))
        if variant.name in found.best
        else variant
        for variant in variants
    ]
    return chosen, found


def _split(part: Part) -> tuple[Part, Part]:
    """Without the last fifth, and that."""
    first = int(len(part.y) * (1 - HELD))
    several = isinstance(part.x, list)

    def cut(which: slice) -> Part:
        return Part([x[which] for x in part.x] if several else part.x[which], part.y[which])

    if not 0 < first < len(part.y):
        raise ValueError(f"{len(part.y)} examples are too few to hold some back; give more, or all learning rates")
    return cut(slice(first)), cut(slice(first, None))
