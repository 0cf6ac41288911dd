"""The pictures of a run, drawn of what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.nn import Conv1D, Conv2D, Dense

if TYPE_CHECKING:
    from optiviz.trials.material import Material
    from optiviz.trials.running import Outcome

__all__ = ["PICTURES", "of_model", "of_training", "write_pictures"]

PICTURES = ("curves", "rate", "confusion", "mistakes", "filters")
"""What they are called."""

Drawing = Callable[..., Any]


def write_pictures(drawings: Iterable[tuple[str, Drawing]], folder: Path, look: Mapping[str, Any]) -> dict[str, str]:
    """Draw what there is to be seen, and say it in words, by the names of the files.

    Raises:
        OSError: a file cannot be written.
    """
    from optiviz.plot import write_still

    words = {}
    for name, draw in drawings:
        drawn = draw(**look)
        write_still(drawn, folder / f"{name}.png")
        words[f"{name}.png"] = drawn.words
    return words


def of_training(history: Any) -> Iterator[tuple[str, Drawing]]:
    """The pictures of how a training went, by name: curves and rate, as far as there is something to draw."""
    from optiviz import plot

    if len(history.step_loss):
        yield "curves", lambda **look: plot.draw_curves(history, held="test", **look)
    if np.isfinite(history.step_lr).any():
        yield "rate", lambda **look: plot.draw_rate(history, **look)


def of_model(outcome: Outcome) -> Iterator[tuple[str, Drawing]]:
    """The pictures of what a model can do, by name: confusion, mistakes and filters, if it has any."""
    from optiviz import plot

    judgement, material = outcome.judgement, outcome.material
    yield "confusion", lambda **look: plot.draw_confusion(judgement.confusion, judgement.classes, **look)
    answers = judgement.truth, judgement.guess, judgement.confidence
    yield "mistakes", lambda **look: plot.draw_mistakes(material.originals, *answers, judgement.classes, **look)
    looking = [layer for layer in outcome.model.layers if isinstance(layer, (Conv1D, Conv2D, Dense))]
    if looking:
        options = _of_a_table(looking, material) if isinstance(looking[0], Dense) else {}
        yield "filters", lambda **look: plot.draw_filters(looking[0].array("W"), **options, **look)


def _of_a_table(looking: Sequence[Any], material: Material) -> dict[str, Any]:
    """What is known of the weights of a dense layer that comes first: where its pixels are, and whom it speaks for."""
    shape, weights = material.intake.shape, looking[0].array("W")
    options: dict[str, Any] = {}
    if len(shape) == 3 and math.prod(shape) == len(weights):
        options["shape"] = shape
    if len(looking) == 1 and weights.shape[1] == len(material.classes):
        options["names"] = material.classes
    return options
