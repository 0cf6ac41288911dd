"""What a run's folder is for, once the training has ended: to judge the model by data, and to ask it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from optiviz.data import Dataset, load
from optiviz.trials.folder import Kept
from optiviz.trials.judging import Judgement, judged, loss_for, probabilities
from optiviz.trials.trial import recipe

__all__ = ["answered", "evaluated"]

Array = np.ndarray[Any, np.dtype[Any]]


def evaluated(
    run: Kept,
    data: str = "",
    data_dir: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[..., Any] | None = None,
) -> Judgement:
    """What the model of a run is worth on the test examples of its data, or of others with as many classes.

    Args:
        run: what stands in the folder.
        data: the name of a set of data; that which it was trained on if it is left out.
        data_dir: where the data lie; where they were then if None.
        progress: as `optiviz.data.load` takes it.

    Raises:
        LookupError, OSError, ValueError: the data or the model are not there, or the one does not fit the other.
    """
    model, loss = run.model(), loss_for(run.trial.loss, len(run.classes))
    name, _ = recipe(data or run.trial.data)
    dataset = load(name, data_dir or run.data_dir, progress=progress)
    _refuse_others(run, dataset)
    return judged(model, loss, run.intake(dataset.test.x), dataset.test.y, dataset.classes)


def _refuse_others(run: Kept, dataset: Dataset) -> None:
    """See that these data are of the kind that the model was trained on.

    Raises:
        ValueError: they are not.
    """
    ours, theirs = _kind(run.shape), _kind(dataset.shape or (1,))
    if ours != theirs:
        raise ValueError(f"the model of {run.place.folder} takes {ours}, and {dataset.name} has {theirs}")
    if len(dataset.classes) != len(run.classes):
        raise ValueError(
            f"the model of {run.place.folder} knows {len(run.classes)} classes, and {dataset.name} has "
            f"{len(dataset.classes)}"
        )


def _kind(shape: tuple[int, ...]) -> str:
    return "texts" if len(shape) == 1 else f"images of {'×'.join(map(str, shape))}"


def answered(run: Kept, examples: Any) -> Array:
    """How likely the model of a run says each class is, (N, K).

    Args:
        run: what stands in the folder.
        examples: images (N, H, W, C) or texts, as the data were that it was trained on.

    Raises:
        FileNotFoundError, ValueError: there is no model yet, or it is damaged.
    """
    model = run.model()
    return probabilities(model, loss_for(run.trial.loss, len(run.classes)), run.intake(examples))
