"""What a model is worth: how often it is right, which classes it mistakes for which, and where it is sure and wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz.formula import nearest
from optiviz.losses import Loss
from optiviz.losses.targets import BITS, LABELS, NUMBERS, PROBABILITIES, ROWS, Targets
from optiviz.nn import Model, Sigmoid, Softmax
from optiviz.spec import formula

__all__ = ["Judgement", "judged", "loss_for", "outputs_for", "probabilities", "targets_for"]

Array = np.ndarray[Any, np.dtype[Any]]


def _rows(labels: Array, outputs: int) -> Array:
    """y[n, k] = 1 where k is the class of n, else 0; of one output, whose answer is yes or no, 1 for yes."""
    if outputs == 1:
        return labels.astype(np.float32)[:, None]
    return np.eye(outputs, dtype=np.float32)[labels]


TARGETS: dict[Targets, Any] = {
    LABELS: lambda labels, outputs: labels,
    ROWS: _rows,
    PROBABILITIES: _rows,
    BITS: _rows,
    NUMBERS: _rows,
}
"""What the labels of classes become for a loss, by what its targets are; other losses are not for classes."""


def loss_for(text: str, classes: int) -> Loss:
    """The loss that a text names, if it is one for so many classes; without a text, the one that is derived for them.

    Raises:
        LookupError: there is none of that name.
        ValueError: it is not made for so many classes.

    >>> loss_for("", 2), loss_for("", 10)
    (bce, sparse_cce)
    """
    found = formula(Loss, text or ("bce" if classes == 2 else "sparse_cce"))
    if not _suits(found, classes):
        suited = [loss.name for loss in Loss.registry.values() if _suits(loss, classes)]
        hint = nearest(found.name, suited, "there are")
        raise ValueError(f"{found.name} is no loss of {classes} classes; {hint}")
    return found


def _suits(loss: Loss, classes: int) -> bool:
    for_two = loss.activation == "sigmoid"
    return loss.targets in TARGETS and loss.axis in ("", "classes") and (classes == 2 or not for_two)


def outputs_for(loss: Loss, classes: int) -> int:
    """How many numbers a model says of an example: one for each class, or of two classes how likely the second is."""
    return 1 if classes == 2 and loss.activation != "softmax" else classes


def targets_for(loss: Loss, labels: Array, classes: int) -> Array:
    """The numbers of the classes as the loss takes them."""
    found: Array = TARGETS[loss.targets](labels, outputs_for(loss, classes))
    return found


@dataclass(frozen=True, repr=False, eq=False)
class Judgement:
    """What came of N examples of K classes.

    Attributes:
        classes: the names of the classes.
        loss: the mean loss.
        truth: the class of each example, (N,).
        guess: the class that the model says, (N,).
        confidence: how likely the model says that is, (N,).
        confusion: how many examples of each class (a row) the model says are of each class (a column), (K, K).
    """

    classes: tuple[str, ...]
    loss: float
    truth: Array
    guess: Array
    confidence: Array
    confusion: Array

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(np.trace(self.confusion) / len(self.truth))

    @property
    def support(self) -> Array:
        """How many examples there are of each class, (K,)."""
        return np.asarray(self.confusion.sum(axis=1))

    @property
    def precision(self) -> Array:
        """Of those that the model says are of a class, the share that is, (K,); NaN if it says so of none."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> Array:
        """Of those that are of a class, the share that the model says are, (K,); NaN if there are none."""
        return _ratio(np.diag(self.confusion), self.support)

    @property
    def f1(self) -> Array:
        """2 precision recall / (precision + recall), in whole numbers 2 right / (said + there are), (K,)."""
        return _ratio(2 * np.diag(self.confusion), self.confusion.sum(axis=0) + self.support)

    @property
    def mistakes(self) -> Array:
        """The places of the wrong answers, those that the model is most sure of first."""
        wrong = np.flatnonzero(self.truth != self.guess)
        return np.asarray(wrong[np.argsort(-self.confidence[wrong], kind="stable")])

    @property
    def facts(self) -> dict[str, Any]:
        """The figures by name, as JSON has them; what is undefined is None."""
        columns = {name: getattr(self, name).tolist() for name in ("precision", "recall", "f1", "support")}
        return {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "examples": len(self.truth),
            "classes": {
                name: {column: _known(values[k]) for column, values in columns.items()}
                for k, name in enumerate(self.classes)
            },
            "confusion": self.confusion.tolist(),
        }

    def __repr__(self) -> str:
        return f"<{len(self.truth):,} examples of {len(self.classes)} classes: accuracy {self.accuracy:.4f}>"


def judged(model: Model, loss: Loss, x: Any, y: Array, classes: tuple[str, ...]) -> Judgement:
    """What a model is worth on these examples.

    Args:
        model: the network, with a probability for each class or, of two, for the second.
        loss: what it was trained with.
        x: the examples, as the model takes them.
        y: the numbers of their classes, (N,).
        classes: the names of the classes.

    Raises:
        ValueError: there are no examples, or the model does not fit them.
    """
    count = len(classes)
    value = model.evaluate(x, targets_for(loss, y, count), loss).loss
    said = probabilities(model, loss, x)
    guess = said.argmax(axis=1)
    confusion = np.bincount(y * count + guess, minlength=count**2).reshape(count, count)
    return Judgement(classes, float(value), y, guess, said[np.arange(len(y)), guess], confusion)


def probabilities(model: Model, loss: Loss, x: Any) -> Array:
    """How likely each class is, (N, K)."""
    found: Array = model.predict(x)
    if loss.activation and model.scores_for(loss) == model.outs[0]:  # the model ends before the activation
        found, _ = (Softmax() if loss.activation == "softmax" else Sigmoid()).forward(found, False)
    return np.concatenate([1 - found, found], axis=1) if found.shape[1] == 1 else found


def _ratio(part: Array, whole: Array) -> Array:
    undefined = np.full(len(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=undefined, where=whole > 0))


def _known(number: float) -> float | None:
    return None if number != number else number
