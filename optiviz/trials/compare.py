"""Optimizers compared: the same network, the same seeds and the same budget, and a learning rate that suits each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optiviz.experiments import wants_rate
from optiviz.nn import Model
from optiviz.spec import find_rule
from optiviz.trials.contest import Contest, Progress, Variant, contest
from optiviz.trials.material import Material, prepared
from optiviz.trials.planning import planned
from optiviz.trials.rates import LADDER, TUNING, Tuning, tuned
from optiviz.trials.trial import Trial

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came of a comparison of optimizers.

    Attributes:
        trial: what they were trained on and how, with nothing left out but the optimizer.
        contest: the runs.
        rates: the learning rate of each as it was written or found, a schedule in words; None for a rule that has none.
        tuning: how those were found that nobody gave.
    """

    trial: Trial
    contest: Contest
    rates: tuple[float | str | None, ...]
    tuning: Tuning


def compare(
    rules: Sequence[str],
    trial: Trial,
    seeds: int = 3,
    *,
    rates: Sequence[float] = LADDER,
    tuning_epochs: int = TUNING,
    data_dir: str | os.PathLike[str] | None = None,
    material: Material | None = None,
    progress: Callable[[str], Progress | None] = lambda what: None,
) -> Comparison:
    """Train the network of a trial by several rules, from several seeds each.

    A learning rate that is not written is tuned: every such rule tries the same rates, for as many epochs each, on four
    fifths of the training examples, and the last fifth decides. The test examples choose nothing.

    Args:
        rules: optimizers as they are written, "adam" or "adam:lr=0.01".
        trial: all else; its seed is the first of the seeds.
        seeds: how many runs each rule makes.
        rates: what is tried.
        tuning_epochs: for how long.
        data_dir: where the data lie, if not where they are looked for else.
        material: what `prepared(trial)` gave, to prepare it once.
        progress: asked twice, for the tuning and the contest, what is to be told how far it has come.

    Raises:
        ValueError: a rule stands there twice.
        LookupError, TypeError, ValueError, OSError: as from `train`.

    >>> trial = Trial("shapes", model="logistic", epochs=1, limit=200)
    >>> done = compare(["adam", "gd:lr=0.1"], trial, seeds=2, rates=(0.001, 0.01))
    >>> done.contest.accuracy.shape, done.rates[1]
    ((2, 2, 1), 0.1)
    """
    meant = [(repr(rule), wants_rate(rule)) for rule in map(find_rule, rules)]
    for rule, meaning in zip(rules, meant, strict=True):
        if meant.count(meaning) > 1:
            raise ValueError(f"{rule} is given twice; leave one out, or give it other numbers")
    material = material or prepared(trial, data_dir)
    variants = [_variant(rule, replace(trial, optimizer=rule), material) for rule in rules]
    whole = planned(replace(trial, optimizer=rules[0]), material).trial
    size = {"batch_size": whole.batch_size}
    ready, tuning = tuned(
        variants,
        rates,
        epochs=tuning_epochs,
        seed=trial.seed + seeds,
        progress=progress("tuning"),
        **size,
    )
    seen = contest(
        ready, range(trial.seed, trial.seed + seeds), epochs=whole.epochs, progress=progress("training"), **size
    )
    return Comparison(replace(whole, optimizer=""), seen, tuple(map(_rate, ready)), tuning)


def _variant(name: str, trial: Trial, material: Material) -> Variant:
    """A rule as a variant."""
    plan = planned(trial, material)

    def model(seed: int) -> Model:
        return planned(replace(trial, seed=seed), material).model

    return Variant(name, model, plan.options["optimizer"], *plan.parts, plan.loss, plan.options["augment"])


def _rate(variant: Variant) -> float | str | None:
    """The learning rate, a schedule in words; None if the rule has none."""
    rate = variant.optimizer.params.get("lr")
    return rate if rate is None or isinstance(rate, float | int) else repr(rate)
