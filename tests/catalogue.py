"""The whole catalogue, for the laws that hold for all of it, and where one does not apply.

What is registered falls under the laws by itself: every rule of ours and of the dialects, every wrapper
around adam and around momentum, every schedule, reaction and average. A few combinations stand for what
may be combined further.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import optiviz
import optiviz.dialects  # which registers torch.adam, ...
import optiviz.loss_surfaces
from optiviz.averages import Average
from optiviz.formula import Formula
from optiviz.optimizers import Optimizer, Wrapper, adam, momentum, named
from optiviz.schedules import Reaction, Schedule, constant, cosine, exponential, linear, warmup
from optiviz.surfaces import DataSurface

RULES = Optimizer.registry.values()
WRAPPED = [outer(rule) for outer in Wrapper.registry.values() for rule in (adam, momentum)] + [
    named("torch.adagrad+clip_norm+weight_decay+lookahead"),
    named("lamb+clip_value"),
    named("muon+polyak"),
]
OPTIMIZERS = [*RULES, *WRAPPED]
SEQUENCES = [
    warmup(steps=20) >> cosine(steps=30),
    constant(lr=0.5).until(10) >> linear(lr=0.25, end=0.125, steps=20) >> exponential(k=0.1),
]
SCHEDULES = [*Schedule.registry.values(), *SEQUENCES, 0.5 * SEQUENCES[0]]
FORMULAS = [*OPTIMIZERS, *SCHEDULES, *Reaction.registry.values(), *Average.registry.values()]
"""All that can be called with numbers."""
REGISTERED = [f for kind in (Optimizer, Wrapper, Schedule, Reaction, Average) for f in kind.registry.values()]
"""All that stands in the source under its name."""

every_rule = pytest.mark.parametrize("rule", OPTIMIZERS, ids=lambda rule: rule.name)
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
every_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f"{f.kind}-{f.name}")
every_registered = pytest.mark.parametrize("formula", REGISTERED, ids=lambda f: f"{f.kind}-{f.name}")

# Where a law does not apply.
ON_LISTS = [rule for rule in OPTIMIZERS if rule.on_floats]
"""A list of floats is one point; rows and columns (adafactor, muon) need a matrix."""
ELEMENTWISE = [rule for rule in OPTIMIZERS if rule.trace.elementwise]
"""Only these are replayed in blocks: a norm looks at all coordinates, at those of other blocks too."""
WITHOUT_JAVASCRIPT = [rule for rule in OPTIMIZERS if rule.per == "matrix"]
"""The player has no matrices."""


def shape_of(rule: Optimizer) -> tuple[int, ...]:
    """What the rule is called on: one number if that is enough, else an array."""
    return (3, 2) if rule.per == "matrix" else () if rule.trace.elementwise else (3,)


def reached(formula: Formula, seed: int) -> dict[str, Any]:
    """A value for every input of the formula, by name; the slots are what a few updates have made of them."""
    rng = np.random.default_rng(seed)
    shape = shape_of(formula) if isinstance(formula, Optimizer) else ()
    updates, later = int(rng.integers(1, 7)), int(rng.integers(7, 60))

    def drawn(name: str) -> Any:
        value = rng.normal(size=shape) if shape else float(rng.normal())
        return abs(value) if name in ("lr", "loss") else value

    def seen(t: int) -> dict[str, Any]:
        return {name: t if name == "t" else drawn(name) for name in formula._variables if name != formula.result}

    values: dict[str, Any] = {**formula.params, formula.result: drawn(formula.result), **seen(1)}
    values |= {"lr": formula.params["lr"]} if "lr" in formula.params else {}
    for slot, first in formula.slots.items():
        values[slot] = values[first] if isinstance(first, str) else first
    results = (formula.result, *formula.slots)
    for t in range(1, updates + 1):
        values |= seen(t)
        found = outputs(formula, {name: values[name] for name in formula.trace.inputs})
        values |= {name: value for name, value in zip(results, found, strict=True) if name not in formula.params}
    values |= seen(later)
    return {name: values[name] for name in formula.trace.inputs}


def outputs(formula: Formula, values: dict[str, Any]) -> tuple[Any, ...]:
    """What the formula returns for its inputs by name, always as a tuple."""
    positional = [values[name] for name in (*formula._variables, *formula.slots)]
    returned = formula.function(*positional, **{name: values[name] for name in formula.params})
    return returned if isinstance(returned, tuple) else (returned,)


def public_home(formula: Formula) -> Any:
    """Where a user finds it: in optiviz, in the module of its dialect, or among the loss surfaces.

    The last have the names of losses, so that optiviz itself could not say which is meant.
    """
    if isinstance(formula, DataSurface):
        return getattr(optiviz.loss_surfaces, formula.name)
    dialect, _, name = formula.name.rpartition(".")
    return getattr(getattr(optiviz.dialects, dialect) if dialect else optiviz, name)
