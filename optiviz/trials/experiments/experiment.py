"""What an experiment is: a question, variants of one training, what is expected, and what came of it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.formula import find_among
from optiviz.trials.contest import Contest, Progress, Variant, contest

__all__ = ["EXPERIMENTS", "Experiment", "Shown", "experiment", "find"]

Array = npt.NDArray[Any]

SURE = 3.0
"""A difference counts if it is so many times its standard error; with three seeds each, chance does that once in 25."""


@dataclass(frozen=True)
class Shown:
    """What came of an experiment.

    Attributes:
        contest: the runs.
        better: which variant was to be better.
        as_expected: was it, on the test set, by more than what seeds make?
        answer: to the question, with the numbers of these runs.
    """

    contest: Contest
    better: str
    as_expected: bool
    answer: str


@dataclass(frozen=True)
class Experiment:
    """A comparison of networks that differ in one thing.

    Attributes:
        name: what it is called.
        line: what is expected, in one sentence.
        question: what to ask before the runs.
        variants: makes what is compared, of so many examples to train on and to test with.
        because: why it is as expected, if it is.
        examples, test: how many those are.
        epochs: how often each is seen.
        batch_size: how many each gradient is made of.
    """

    name: str
    line: str
    question: str
    variants: Callable[[int, int], list[Variant]] = field(repr=False)
    because: str
    examples: int
    test: int
    epochs: int
    batch_size: int

    def show(
        self,
        seeds: Sequence[int] = (0, 1, 2),
        *,
        examples: int | None = None,
        epochs: int | None = None,
        progress: Progress | None = None,
    ) -> Shown:
        """Make the runs, of the experiment's own size unless they are to be smaller or larger, and judge them.

        Raises:
            ValueError: a number is out of its range.
        """
        examples = self.examples if examples is None else examples
        variants = self.variants(examples, min(self.test, examples))
        epochs = self.epochs if epochs is None else epochs
        seen = contest(variants, seeds, epochs=epochs, batch_size=self.batch_size, progress=progress)
        return judged(self, seen)


def judged(asked: Experiment, seen: Contest) -> Shown:
    """Was the last variant better on the test set than all others, and what is to be said?

    A run that diverged counts as nothing right.
    """
    last = np.nan_to_num(seen.accuracy[..., -1])
    better, ahead = seen.names[-1], last[-1].mean() - last[:-1].mean(axis=-1)
    count = f"{seen.epochs} epoch{'s' * (seen.epochs > 1)} of {seen.examples:,} examples"
    measured = "; ".join(map(_right, seen.names, *seen.final()))
    how = f"After {count}, so many of those are right that were not trained on: {measured}."
    if len(seen.seeds) < 2:
        return Shown(seen, better, False, f"{how} A single seed cannot tell a difference from luck.")
    error = np.sqrt((last.var(axis=-1, ddof=1)[:-1] + last[-1].var(ddof=1)) / len(seen.seeds))
    if bool((ahead > SURE * error).all()):
        return Shown(seen, better, True, f"{how} {asked.because}")
    if bool((ahead < -SURE * error).any()):
        said = f"It was to be the other way round, with {better} ahead; at this size it is not."
    else:
        said = f"{better} was to be ahead; by these runs the difference may be luck."
    return Shown(seen, better, False, f"{how} {said}")


def _right(name: str, mean: float, spread: float) -> str:
    if math.isnan(mean):
        return f"{name}, a run of which diverged"
    return f"{name} {mean:.1%}" + ("" if math.isnan(spread) else f" ± {100 * spread:.1f}")


EXPERIMENTS: dict[str, Experiment] = {}
"""By name, in the order of a lesson."""


def experiment(
    question: str, because: str, *, examples: int, epochs: int, test: int = 1000, batch_size: int = 32
) -> Callable[[Callable[[int, int], list[Variant]]], Experiment]:
    """Enter what makes the variants in the registry; its docstring says in one line that the last one is better."""

    def enter(variants: Callable[[int, int], list[Variant]]) -> Experiment:
        line = (inspect.getdoc(variants) or "").partition("\n")[0]
        name = variants.__name__.replace("_", "-")
        EXPERIMENTS[name] = Experiment(name, line, question, variants, because, examples, test, epochs, batch_size)
        return EXPERIMENTS[name]

    return enter


def find(name: str) -> Experiment:
    """The experiment of that name; `-` and `_` are the same.

    Raises:
        LookupError: there is none; the message proposes the nearest.

    >>> find("Batch_Norm").line
    'With batch normalization a deep network learns sooner.'
    """
    return find_among(EXPERIMENTS, name, "experiment")
