"""What training goes down on: the loss of a model on a batch, as a function of all its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.losses import Loss
from optiviz.losses.targets import SIGNS
from optiviz.nn.layer import Array

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Judge", "has_accuracy", "objective", "right"]


def objective(model: Model, loss: Any, rng: Any = 0) -> Callable[..., tuple[float, Array]]:
    """The function L(theta, x, y) and its gradient that `descend` goes down on; `fit` does the same.

    The gradient is the array `model.grad`. At another theta than the model's own, as `sam` asks for it, the weights are
    put back afterwards.

    Args:
        model: the network.
        loss: such as `losses.sparse_cce`.
        rng: a seed or a generator, for layers that are random in training.

    >>> from optiviz import descend, gd, losses, sam
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> model = Sequential([Input(shape=(1,)), Dense(1)], dtype=float)
    >>> batch = np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])
    >>> careful = sam(model.objective(losses.mse), radius=0.01)
    >>> looks = descend(careful, gd(lr=0.1), model.theta, [batch] * 400)
    >>> bool([*looks][-1].value < 0.01)
    True
    """
    rng = np.random.default_rng(rng)

    def evaluate(theta: Array, x: Any, y: Any) -> tuple[float, Array]:
        if theta is model.theta:
            return model.value_and_grad(x, y, loss, rng)
        own = model.theta.copy()
        model.theta[...] = theta
        try:
            return model.value_and_grad(x, y, loss, rng)
        finally:
            model.theta[...] = own

    return evaluate


class Judge:
    """A loss that counts besides how often the scores are right; the data have been looked at before.

    Attributes:
        right: how many answers were right.
        seen: how many there were.
    """

    def __init__(self, loss: Loss) -> None:
        self.loss, self.name, self.activation = loss, loss.name, loss.activation
        self.counts = has_accuracy(loss)
        self.right = self.seen = 0

    def __call__(self, scores: Array, targets: Array) -> tuple[float, Array]:
        """The mean loss and its gradient."""
        if self.counts:
            answers = right(self.loss, scores, targets)
            self.right += int(np.count_nonzero(answers))
            self.seen += answers.size
        return self.loss.mean(scores, targets)

    def accuracy(self) -> float:
        """The share that was right since the last call; NaN where the loss has no right and wrong."""
        share = self.right / self.seen if self.seen else np.nan
        self.right = self.seen = 0
        return share


def has_accuracy(loss: Loss) -> bool:
    """Is an answer right or wrong by this loss, which is so for classes but not for regression?"""
    return loss.axis == "classes" or loss.activation == "sigmoid" or loss.targets is SIGNS


def right(loss: Loss, scores: Array, targets: Array) -> Array:
    """Which answers are right: of classes the one with the highest score, of two the one that its sign says.

    >>> from optiviz import losses
    >>> right(losses.sparse_cce, np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([1, 1]))
    array([False,  True])
    >>> right(losses.bce, np.array([0.3, -2.0]), np.array([0.0, 0.0]))
    array([False,  True])
    """
    answers: Array
    if loss.axis == "classes":
        answers = scores.argmax(axis=-1) == (targets if loss.targets.whole else targets.argmax(axis=-1))
    else:
        answers = (scores > 0) == (targets > (0 if loss.targets is SIGNS else 0.5))
    return answers
