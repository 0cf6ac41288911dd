"""What a search varies of a trial, and what each variant is worth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from optiviz.search import Record, Silence, Space, search
from optiviz.search.space import Choice, Value
from optiviz.spec import changed, files_in
from optiviz.trials.material import Material, prepared
from optiviz.trials.planning import planned
from optiviz.trials.running import train
from optiviz.trials.trial import Trial

__all__ = ["SHARE", "ranked", "search_trial", "valued", "varied"]

SHARE = 0.2
"""How much of the training examples is held out to judge by."""

TEXTS = ("model", "optimizer", "schedule", "augment")
COUNTS = {"epochs": 1, "batch_size": 1, "seed": 0, "limit": 1}
FIXED = {
    "data": "it is what a search is about",
    "loss": "different losses cannot be compared",
    "threads": "each process has one",
}
"""The fields of a trial that are texts, those that are whole numbers from there on, and those that stay, and why."""

NONE = "none"
OPTIONAL = ("schedule", "augment")
"""What stands for none of these."""


def varied(trial: Trial, parameters: Mapping[str, Value]) -> Trial:
    """The trial with other parameters: its fields, numbers of its schedule (`schedule.k`), else those of its optimizer.

    >>> varied(Trial(optimizer="adam:beta1=0.8"), {"lr": 0.1, "batch_size": 32}).optimizer
    'adam:beta1=0.8,lr=0.1'

    Raises:
        ValueError: a field stays as it is, is to be a whole number, or there is no schedule.
    """
    own: dict[str, Any] = {}
    of_schedule, of_rule = [], []
    for name, value in parameters.items():
        if name in FIXED:
            raise ValueError(f"{name} is not varied: {FIXED[name]}")
        if name in TEXTS:
            own[name] = "" if value == NONE and name in OPTIONAL else str(value)
        elif name in COUNTS:
            if isinstance(value, str) or value % 1 or value < COUNTS[name]:
                raise ValueError(f"{name} is a whole number from {COUNTS[name]}, not {value}")
            own[name] = int(value)
        elif name.startswith("schedule."):
            of_schedule.append(f"{name.removeprefix('schedule.')}={value}")
        else:
            of_rule.append(f"{name}={value}")
    if of_rule or "schedule" in own:  # the schedule that is usual for the data is so with the usual rule alone
        rule = own.get("optimizer") or trial.optimizer or trial.completed().optimizer
        own["optimizer"] = changed(rule, *of_rule)
    if of_schedule:
        schedule = own.get("schedule", trial.schedule)
        if not schedule or ">>" in schedule:
            raise ValueError(f"there is no schedule with {' and '.join(of_schedule)}; write --schedule exponential")
        own["schedule"] = changed(schedule, *of_schedule)
    return replace(trial, **own)


@lru_cache(maxsize=1)
def _material(data: str, limit: int, data_dir: str | None) -> Material:
    """The examples, which one process prepares once for all of its trials."""
    return prepared(Trial(data, limit=limit), data_dir)


def valued(
    parameters: Mapping[str, Value], *, trial: Trial, share: float, data_dir: str | None = None
) -> dict[str, float]:
    """Loss of a variant after its last epoch, on a share of the training examples that it did not see; and accuracy.

    A loss of numbers, such as mse, has no right and wrong, and no accuracy.

    Raises:
        Diverged: the loss or a gradient is no finite number any more.
        LookupError, TypeError, ValueError, OSError: as from `train`.
    """
    variant = varied(trial, parameters)
    material = _material(variant.data, variant.limit, data_dir)
    history = train(variant, validation=share, progress=False, material=material).history
    found = {"loss": history.val_loss, "accuracy": history.val_accuracy}
    return {name: float(values[-1]) for name, values in found.items() if len(values)}


def search_trial(
    trial: Trial,
    space: Space,
    *,
    share: float = SHARE,
    data_dir: str | os.PathLike[str] | None = None,
    trials: int | None = None,
    ledger: str | os.PathLike[str],
    processes: int | None = None,
    progress: Silence | None = None,
    download: Callable[[str, int, int], Any] | None = None,
) -> list[Record]:
    """Search the hyperparameters of a trial: train variants of it, and judge them by a share of the training examples.

    The test examples choose nothing. All variants have the trial's seed, from which random values are drawn, too.

    Args:
        trial: what is the same for all, and what is left out is as usual for its data.
        space: what is varied, by the names that `varied` takes.
        share: how much of the training examples is held out to judge by.
        data_dir: where the data lie, if not where they are looked for else.
        trials: as `search` takes it, and so the rest.
        ledger: the SQLite file in which every trial is kept.
        processes: how many variants are trained at the same time.
        progress: is told of each trial.
        download: is told how far a download of the data is.

    Raises:
        LookupError, TypeError, ValueError, OSError: as from `search`, or the first variant does not go together.
    """
    place = None if data_dir is None else os.fspath(data_dir)
    first = varied(trial, space.parameters(0, trial.seed))
    planned(first, prepared(first, place, progress=download).held_out(share))
    return search(
        partial(valued, trial=trial, share=share, data_dir=place),
        space,
        trials=trials,
        seed=trial.seed,
        ledger=ledger,
        processes=processes,
        about={**trial.completed().facts, "share": share, **_files(trial, space)},
        progress=progress,
    )


def _files(trial: Trial, space: Space) -> dict[str, str]:
    """The user's files that formulas come from, each with its SHA-256: who edits one begins another search."""
    choices = [choice for choice in (*space.grid.values(), *space.random.values()) if isinstance(choice, Choice)]
    texts = [*(getattr(trial, name) for name in TEXTS), *(str(value) for choice in choices for value in choice.values)]
    paths = {path for text in texts for path in files_in(text)}
    return {path: sha256(Path(path).read_bytes()).hexdigest() for path in sorted(paths)}


def ranked(records: Iterable[Record]) -> list[Record]:
    """Those that are done, the one with the lowest loss first, and then the others in order."""
    return sorted(records, key=lambda record: (record.state != "done", record.result.get("loss", 0.0), record.number))
