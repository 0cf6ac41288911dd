"""What the pictures of trained networks show, in a sentence or two; as in `alt`, for who cannot see them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.plot.words import listed, percent, plain

__all__ = [
    "of_comparison",
    "of_confusion",
    "of_curves",
    "of_filters",
    "of_mistakes",
    "of_rate",
    "of_rate_test",
    "of_search",
]

Array = npt.NDArray[Any]

NAMED = 3
"""So many confusions or hyperparameters are told one by one."""


def of_curves(history: Any, best: int | None, held: str, interventions: Sequence[str]) -> str:
    """A training: from where to where loss and accuracy go, and which epoch is the best."""
    courses = {"training loss": history.loss, f"{held} loss": history.val_loss}
    each = [f"the {name} {_way(values, plain)}" for name, values in courses.items() if len(values)]
    accuracies = {"training": history.accuracy, held: history.val_accuracy}
    shares = [f"that of {name} {_way(values, percent)}" for name, values in accuracies.items() if len(values)]
    done, updates = len(history.loss), len(history.step_loss)
    if not each:
        each = [f"the loss of a batch {_way(history.step_loss, plain)}"]
    over = f"{_count(done, 'epoch')} ({_count(updates, 'update')})"
    whole = f"Over {over}, {listed(each)}."
    rest = [f"the accuracy, {listed(shares)}"] if shares else []
    rest += [f"the loss on {held} data is lowest after epoch {best}"] if best and len(history.val_loss) else []
    rest += [f"marked: {listed(interventions)}"] if interventions else []
    return f"{whole} {_sentence('; '.join(rest))}" if rest else whole


def of_rate(rates: Array, interventions: Sequence[str]) -> str:
    """A learning rate: where it begins, how high it comes, where it ends."""
    marked = f"; marked: {listed(interventions)}" if interventions else ""
    return f"The learning rate over {_count(len(rates), 'update')} {_way(rates, plain)}{marked}."


def of_confusion(matrix: Array, classes: Sequence[str], worst: Sequence[tuple[int, int]]) -> str:
    """A table of truth and answers: how many are right, which class is known best and worst, what is confused."""
    rows = matrix.sum(axis=1)
    there = np.flatnonzero(rows)
    recall = np.diag(matrix)[there] / rows[there]
    low, high = there[recall.argmin()], there[recall.argmax()]
    whole = (
        f"Of {_count(int(matrix.sum()), 'example')} in {len(classes)} classes {percent(_right(matrix))} are right, "
        f"from {percent(recall.min())} of {classes[low]} to {percent(recall.max())} of {classes[high]}."
    )
    each = [
        f"{classes[answer]} instead of {classes[truth]}, {percent(matrix[truth, answer] / rows[truth])}"
        for truth, answer in worst[:NAMED]
    ]
    return f"{whole} {'Most often wrong: ' + '; '.join(each) if each else 'Nothing is confused'}."


def of_mistakes(shown: Sequence[tuple[str, str, float]], right: bool) -> str:
    """Examples with what was said of them and what they are: the surest of the mistakes, or the least sure of all."""
    each = [f"{said} with {percent(sure)}" + ("" if right else f", is {truth}") for said, truth, sure in shown[:NAMED]]
    if not shown:
        return "There was no mistake."
    if right:
        return f"No mistake; {_count(len(shown), 'example')} of which the network was least sure: {'; '.join(each)}."
    return f"{_count(len(shown), 'mistake')}, the surest first. It said: {'; '.join(each)}."


def of_filters(count: int, shown: int, shape: Sequence[int], reach: float) -> str:
    """Filters: how many of what size, and how large their weights are."""
    some = "" if shown == count else f", of which the {shown} with the largest weights are seen"
    return f"{_count(count, 'filter')} of {' × '.join(map(str, shape))}{some}. The weights lie within ±{plain(reach)}."


def of_comparison(ends: Mapping[str, tuple[float, float, float]], of: str, over: str, last: float, seeds: int) -> str:
    """Several trainings each of some kinds: the mean at the end of each, and how far it spreads."""
    each = [
        f"{name} {_ended(middle)}" + (f" ({_ended(low)} to {_ended(high)})" if seeds > 1 else "")
        for name, (low, middle, high) in ends.items()
    ]
    what = f"means of {seeds} runs and, in brackets, from the lowest to the highest" if seeds > 1 else "one run each"
    return f"The {of} at {over} {plain(last)}, {what}: {'; '.join(each)}."


def _ended(value: float) -> str:
    return plain(value) if math.isfinite(value) else "diverged"


def of_search(
    names: Sequence[str], tried: int, failed: int, best: tuple[Mapping[str, str], float] | None, of: str
) -> str:
    """A search: how many trials over what, and the best."""
    whole = f"The {of} of {_count(tried, 'trial')} over {listed(name.replace('_', ' ') for name in names)}"
    lost = f"; {failed} failed" if failed else ""
    if best is None:
        return f"{whole}: all of them failed."
    values = listed(f"{name.replace('_', ' ')} {value}" for name, value in best[0].items())
    return f"{whole}: the best, {plain(best[1])}, has {values}{lost}."


def of_rate_test(rates: Array, smoothed: Array, suggested: float | None, rises: float | None) -> str:
    """A range test: how the loss goes with the learning rate, from where on it rises, and what to begin with."""
    low = int(np.nanargmin(smoothed))
    whole = (
        f"The loss, smoothed, while the learning rate grows from {plain(rates[0])} to {plain(rates[-1])}: it begins at "
        f"{plain(smoothed[0])} and is lowest, {plain(smoothed[low])}, at {plain(rates[low])}."
    )
    way = f"It rises from {plain(rises)} on" if rises is not None else "It does not rise"
    return f"{whole} {way}; {f'begin with {plain(suggested)}' if suggested is not None else 'no rate is suggested'}."


def _right(matrix: Array) -> float:
    return float(np.trace(matrix) / matrix.sum())


def _way(values: Array, said: Any) -> str:
    """How a series goes, in numbers."""
    seen = values[np.isfinite(values)]
    if not len(seen):
        return "is nowhere a number"
    first, last, low, high = (float(v) for v in (seen[0], seen[-1], seen.min(), seen.max()))
    if low == high:
        return f"{'stays at' if len(seen) > 1 else 'is'} {said(first)}"
    way = f"goes from {said(first)} to {said(last)}"
    return way if {low, high} == {first, last} else f"{way}, between {said(low)} and {said(high)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
