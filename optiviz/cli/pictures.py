"""What the commands share that run optimizers for a picture: numbers, data, and rates that nobody gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz.descent import minimize
from optiviz.experiments import (
    STEPS,
    WATCHABLE,
    suited_batch,
    suited_lr,
    suited_noise,
    wants_rate,
    with_lr,
)
from optiviz.formula import Formula
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

__all__ = ["CHOSEN", "HOPELESS", "Numbers", "data_options", "prepared", "slug"]

C = TypeVar("C", bound=Callable[..., Any])


class Numbers(click.ParamType[Any]):
    """Numbers in one word: `-1.5,2` or `960x540`."""

    def __init__(self, name: str, separator: str, counts: tuple[int, ...], example: str) -> None:
        self.name, self.separator, self.counts, self.example = name, separator, counts, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The numbers as a tuple of floats."""
        if not isinstance(value, str):
            return value
        parts = value.replace("−", "-").split(self.separator)
        try:
            numbers = tuple(float(part) for part in parts)
        except ValueError:
            numbers = ()
        if len(numbers) not in self.counts or not all(abs(n) < float("inf") for n in numbers):
            count = " or ".join(map(str, self.counts))
            self.fail(f"'{value}' is not {count} numbers; write {self.example}", param, ctx)
        return numbers


def data_options(command: C) -> C:
    """The options --batch-size and --data."""
    size = click.option(
        "--batch-size",
        type=click.IntRange(1),
        metavar="N",
        help="On a loss on data: examples for each gradient; all, but for sgd 32 or a quarter of few.",
    )
    file = click.option(
        "--data",
        type=click.Path(path_type=Path),
        metavar="FILE.csv",
        help="On a loss on data: your own examples, in columns named as `optiviz show` says, or in that order.",
    )
    return size(file(command))


CHOSEN, HOPELESS = f"learning rate {WATCHABLE}", "no learning rate that was tried gets down on this surface"


def prepared(
    rule: Optimizer, surface: Surface, noise: float | None, batch_size: int | None
) -> tuple[Optimizer, dict[str, Any], str]:
    """The rule with a learning rate, how rough its gradients are, and a note if the user gave no rate.

    If nobody says otherwise sgd draws mini-batches, on a surface without examples as much noise as can be seen.
    """
    if noise is None and batch_size is None:
        batch_size = suited_batch(rule, surface)
    rule, note = _with_rate(rule, surface, batch_size)
    if noise is None:
        noise = suited_noise(rule, surface) if rule.name == "sgd" and batch_size is None else 0.0
    return rule, {"noise": noise, "batch_size": batch_size}, note


def _with_rate(rule: Optimizer, surface: Surface, batch_size: int | None) -> tuple[Optimizer, str]:
    if not wants_rate(rule):
        return rule, ""
    rule = with_lr(rule, suited_lr(rule, surface, batch_size))
    run = minimize(surface, rule, steps=STEPS, batch_size=batch_size)
    return rule, CHOSEN if run.value[-1] < run.value[0] else HOPELESS


def slug(formula: Formula) -> str:
    """A formula's name in a file's name."""
    return formula.name if formula.name.replace(".", "").replace("+", "").isidentifier() else "formula"
