"""What a model says of data, a batch at a time, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optiviz.losses import Loss
from optiviz.nn.examples import Examples, examples, inputs_of
from optiviz.nn.layer import Array
from optiviz.nn.names import checked_size, loss_called
from optiviz.nn.objective import has_accuracy, right

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Evaluation", "evaluate", "evaluated", "predict"]


class Evaluation(NamedTuple):
    """How good a model is: its mean loss, and the share of right answers, None where there is no right and wrong."""

    loss: float
    accuracy: float | None


def predict(model: Model, x: Any, batch_size: int = 256) -> Any:
    """What comes out of the model, behind its last activation: an array (N, ...), or a list if it has several outputs.

    Args:
        model: the network.
        x: the input (N, ...), or a list of several.
        batch_size: how many examples at a time.

    Raises:
        TypeError, ValueError: they are not numbers, or their shapes do not fit.
    """
    inputs = inputs_of(model, model.several(x))
    n = len(inputs[0])
    found = [np.empty((n, *model.shapes[v]), model.dtype) for v in model.outs]
    for part, outputs in _parts(model, inputs, model.outs, checked_size("batch_size", batch_size)):
        for whole, output in zip(found, outputs, strict=True):
            whole[part] = output
    return found if len(found) > 1 else found[0]


def evaluate(model: Model, x: Any, y: Any, loss: Loss | str, *, batch_size: int = 256) -> Evaluation:
    """The mean loss on data, and the accuracy where the loss has one.

    Args:
        model: the network.
        x: the input (N, ...), or a list of several.
        y: the targets, as `fit` takes them.
        loss: a loss or its name.
        batch_size: how many examples at a time.

    Raises:
        LookupError, TypeError, ValueError: as from `fit`.
    """
    loss = loss_called(loss)
    return evaluated(model, loss, examples(model, loss, x, y), checked_size("batch_size", batch_size))


def evaluated(model: Model, loss: Loss, data: Examples, batch_size: int) -> Evaluation:
    """The same for data that have been looked at."""
    total, correct, seen = 0.0, 0, 0
    for part, (scores,) in _parts(model, data.x, [model.scores_for(loss)], batch_size):
        value, _ = loss.mean(scores, data.y[part])
        total += value * (part.stop - part.start)
        if has_accuracy(loss):
            answers = right(loss, scores, data.y[part])
            correct, seen = correct + int(np.count_nonzero(answers)), seen + answers.size
    return Evaluation(total / len(data), correct / seen if seen else None)


def _parts(
    model: Model, inputs: Sequence[Array], outs: Sequence[int], size: int
) -> Iterator[tuple[slice, Sequence[Array]]]:
    """Values for some examples after the others. The last batch is filled up from behind: all are equally long."""
    n = len(inputs[0])
    for start in range(0, n, size):
        part = slice(start, min(start + size, n))
        first = max(0, part.stop - size)
        with np.errstate(all="ignore"):  # what is infinite is seen in what comes out
            found, _ = model._forward([a[first : part.stop] for a in inputs], False, outs)
        yield part, [values[start - first :] for values in found]
