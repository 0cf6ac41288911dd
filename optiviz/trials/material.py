"""What a trial trains on: the examples as the model takes them, and as they were."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optiviz.data import Dataset, Part, load, scaled
from optiviz.data.text import Tokenizer, pad_sequences
from optiviz.trials.trial import Trial, recipe

__all__ = ["Intake", "Material", "prepared", "some_of_each"]

UNKNOWN = "<unknown>"
"""Stands for a word that the training texts do not have."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Intake:
    """How examples become what a model takes: images floats from 0 to 1, texts numbers of tokens, all equally long.

    Attributes:
        shape: that of an example: (H, W, C) of images, (T,) of texts.
        tokenizer: the numbers of the words; None of images.
    """

    shape: tuple[int, ...]
    tokenizer: Tokenizer | None = None

    def __call__(self, examples: Any) -> Array:
        """The images (N, H, W, C) or texts as an array (N, ...)."""
        if self.tokenizer is None:
            return scaled(examples)
        return pad_sequences(self.tokenizer.texts_to_sequences(examples), self.shape[0])


@dataclass(frozen=True, repr=False, eq=False)
class Material:
    """The examples of a trial; `x, y = material.train`.

    Attributes:
        name: of the set of data.
        train: what is trained on, as a model takes it, and the numbers of the classes.
        test: what the model is judged by, likewise.
        originals: what the examples of `test` were: images (N, H, W, C) of bytes, or texts.
        classes: the names of the classes.
        intake: what makes the one of the other.
        dataset: all of it.
    """

    name: str
    train: Part
    test: Part
    originals: Any
    classes: tuple[str, ...]
    intake: Intake
    dataset: Dataset

    def held_out(self, share: float) -> Material:
        """The same without its test: a share of each class of the training examples is held out to judge by.

        Raises:
            ValueError: one of both parts would be empty.
        """
        n = len(self.train.y)
        kept = round(n * (1 - share))
        if not 0 < kept < n:
            raise ValueError(
                f"a share of {share:g} of {n} examples leaves {kept} to train on and {n - kept} to judge by"
            )
        first = some_of_each(self.train.y, kept)
        rest = np.setdiff1d(np.arange(n), first)
        x, y = self.train
        return replace(self, train=Part(x[first], y[first]), test=Part(x[rest], y[rest]), originals=self._of(rest))

    def _of(self, which: Array) -> Any:
        """Training examples as they were: those that have these places among the ones that are trained on."""
        places = some_of_each(self.dataset.train.y, len(self.train.y))[which]
        return _taken(self.dataset.train.x, places)


def prepared(
    trial: Trial,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[..., Any] | None = None,
) -> Material:
    """The examples of a trial, as its model takes them.

    A tokenizer counts the words of the training texts alone, so that nothing of the others is known before.

    Args:
        trial: the trial.
        data_dir: where the data lie, if not where they are looked for else.
        progress: as `optiviz.data.load` takes it.

    Raises:
        LookupError, ValueError, OSError: as from `optiviz.data.load`.
        ValueError: more examples are asked for than there are.
    """
    name, usual = recipe(trial.data)
    dataset = load(name, data_dir, progress=progress)
    labels = dataset.train.y
    if trial.limit > len(labels):
        raise ValueError(f"{name} has {len(labels):,} examples to train on, not {trial.limit:,}; write a smaller limit")
    if trial.limit and trial.limit < len(dataset.classes):
        raise ValueError(f"{name} has {len(dataset.classes)} classes; train on an example of each or more")
    chosen = some_of_each(labels, trial.limit or len(labels))
    examples = _taken(dataset.train.x, chosen)
    if dataset.shape is None:
        tokenizer = Tokenizer(usual.tokens, UNKNOWN)
        tokenizer.fit_on_texts(examples)
        intake = Intake((usual.length,), tokenizer)
    else:
        intake = Intake(dataset.shape)
    return Material(
        name,
        Part(intake(examples), labels[chosen]),
        Part(intake(dataset.test.x), dataset.test.y),
        dataset.test.x,
        dataset.classes,
        intake,
        dataset,
    )


def some_of_each(labels: Array, count: int) -> Array:
    """The places of so many examples, in order: the first ones of each class, as many as its share of all.

    Of an order by chance they are nearly the first ones of all.

    >>> some_of_each(np.array([0, 0, 0, 0, 1, 1]), 3).tolist()
    [0, 1, 4]
    """
    if count >= len(labels):
        return np.arange(len(labels))
    sizes = np.bincount(labels)
    exact = sizes * (count / len(labels))
    quotas = np.maximum(np.floor(exact).astype(int), np.minimum(sizes, 1))
    order = np.argsort(quotas - exact, kind="stable")  # who has the most to gain
    while (missing := count - int(quotas.sum())) > 0:
        quotas[order[:missing]] += 1
    while quotas.sum() > count:
        quotas[quotas.argmax()] -= 1
    places = [np.flatnonzero(labels == k)[:quota] for k, quota in enumerate(quotas)]
    return np.sort(np.concatenate(places))


def _taken(examples: Any, places: Array) -> Any:
    """Some of the images or texts."""
    if isinstance(examples, np.ndarray):
        return examples if len(places) == len(examples) else examples[places]
    texts: Sequence[str] = examples
    return [texts[i] for i in places]
