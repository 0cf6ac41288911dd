"""Losses: how far the scores of a model are from the targets, and which way the scores should go.

A loss is a formula of one example's scores and target. Called with the arrays of a batch it is the mean over
the batch, with its gradient; `each` is the formula itself, for numbers, arrays and trace nodes.

What is larger than any float of its kind is infinite, as everywhere in arithmetic: the Poisson loss of a score of
10,000, since exp(10000) is, or the Gaussian loss of an error where the variance is said to be exp(-10000). That is the
answer and no accident, so there is no warning. NaN is no answer: what would lead to it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula
from optiviz.losses.targets import Targets, checked_scores, refuse_what_is_too_large

__all__ = ["BLOCK", "FEW", "Loss", "loss"]

Array = npt.NDArray[Any]

NOTHING = object()
"""Stands for an argument that was not given."""

BLOCK = 65_536
"""How many scores are worked on at a time: so many that a block and what is made of it stay in the cache."""

quietly = np.errstate(over="ignore", under="ignore", invalid="ignore")
"""What is too large is infinite, what is too small is 0; what NaN leads to is seen in the mean."""

FEW = 20
"""With up to so many classes, sums over them are faster when the columns of a block follow each other in memory."""


class Loss(Formula):
    """A formula of scores z and targets y. Called on arrays: the mean over the examples and its gradient.

    Attributes:
        both: the mean and its gradient (or its gradients, by each of the scores of an example) of small arrays.
        targets: what the targets have to be.
        axis: what is on the last axis of the scores: "classes", or the names of the numbers that an example has;
            "" if each score is an example.
        activation: what makes probabilities of the scores: "sigmoid", "softmax" or nothing. A model that ends in
            it hands on the scores before it, for the loss has the activation in itself.
    """

    kind = "loss"
    variables = (("z", "y"),)
    example = "def mse(z, y): return (z - y)**2"
    result = "loss"

    def __init__(
        self,
        function: Callable[..., Any],
        both: Callable[..., tuple[Any, ...]],
        targets: Targets,
        *,
        axis: str = "",
        activation: str = "",
    ) -> None:
        super().__init__(function)
        self.both, self.targets, self.axis, self.activation = both, targets, axis, activation

    @quietly
    def each(self, scores: Any, targets: Any) -> Any:
        """What each example loses: for numbers, arrays and trace nodes; nothing is checked.

        Where an example has several scores, `scores` is a sequence with an entry for each of them, and where it has
        several targets, so are those.

        >>> from optiviz import losses
        >>> round(float(losses.bce.each(2.0, 1.0)), 12)
        0.126928011043
        >>> round(float(losses.sparse_cce.each([2.0, 0.0], 0)), 12)
        0.126928011043
        """
        found = self.function(scores, targets, **self.params)
        return found[()] if isinstance(found, np.ndarray) else found  # of numbers a number

    def __call__(self, scores: Any = NOTHING, targets: Any = NOTHING, **params: Any) -> Any:
        """With scores and targets: the mean as a float, and its gradient, in the shape and the dtype of the scores.

        Both are infinite where no float is as large, and never NaN.

        With keywords alone: a copy with those parameters.

        Raises:
            TypeError: the scores are no floats, the labels no whole numbers, one of both has a mask or is not there.
            ValueError: shapes that do not fit, targets that the loss is not made for, numbers that are not finite or
                so large that differences between them are not.
        """
        configured = self.configured(**params) if params else self
        return configured if scores is targets is NOTHING else configured._checked_mean(scores, targets)

    def _checked_mean(self, scores: Any, targets: Any) -> tuple[float, Array]:
        for name, given in (("scores", scores), ("targets", targets)):
            if given is NOTHING or given is None:
                found = "there are no" if given is NOTHING else "None stands in the place of the"
                raise TypeError(
                    f"{self.name} takes scores and targets, and {found} {name}: {self.name}(scores, targets)"
                )
        scores = checked_scores(self.name, scores, self.axis)
        targets = self.targets.checked(self.name, scores, targets, alone=not self.axis)
        value, gradient = self.mean(scores, targets)
        if not np.isfinite(value):
            refuse_what_is_too_large(self.name, scores, targets, [value, gradient])
        return value, gradient

    @quietly
    def mean(self, scores: Array, targets: Array) -> tuple[Any, Array]:
        """The same for arrays that fit, block by block; nothing is checked."""
        inner = scores.shape[-1:] if self.axis else ()
        examples = scores.reshape(-1, *inner)
        known = targets.reshape(-1, *(inner if self.targets.per_class else ()))
        gradient = np.empty_like(scores, order="C")
        slopes = gradient.reshape(examples.shape)
        value = 0.0
        for part in _parts(examples):
            share = len(examples[part]) / len(examples)
            loss, by_scores = self._block(examples[part], known[part])
            np.multiply(by_scores, share, out=slopes[part])
            value += share * loss.item()
        return value, gradient

    def _block(self, scores: Array, targets: Array) -> tuple[Any, Any]:
        if not self.axis:
            value, gradient = self.both(scores, targets, **self.params)
            return value, gradient
        if self.axis == "classes":
            value, gradient = self.both(_by_columns(scores), _by_columns(targets), **self.params)
            return value, gradient
        value, *gradients = self.both(*scores.T, targets, **self.params)
        return value, np.stack(gradients, axis=-1)


def _by_columns(rows: Array) -> Array:
    """The same with few columns one after the other in memory: sums over the classes then take many rows at once."""
    return rows.copy(order="F") if rows.shape[-1] <= FEW else rows


def _parts(examples: Array) -> Iterator[slice]:
    """Blocks of examples."""
    length = max(1, BLOCK * len(examples) // examples.size)
    length = 1 << (length.bit_length() - 1)  # a power of two, so that shares of gradients are exact
    for start in range(0, len(examples), length):
        yield slice(start, start + length)


def loss(
    both: Callable[..., tuple[Any, ...]], targets: Targets, *, axis: str = "", activation: str = ""
) -> Callable[[Callable[..., Any]], Loss]:
    """Make a formula of scores and targets a loss, and enter it in the registry."""

    def enter(function: Callable[..., Any]) -> Loss:
        made = Loss(function, both, targets, axis=axis, activation=activation)
        Loss.registry.add(made)
        return made

    return enter
