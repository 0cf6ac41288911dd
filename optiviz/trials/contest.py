"""A contest: variants of one training, each from several seeds, so that a difference can be told from luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.data import Part
from optiviz.losses import Loss
from optiviz.nn import Diverged, Epoch, Model
from optiviz.nn.batches import Augment
from optiviz.optimizers import Optimizer
from optiviz.threads import one_blas_thread, threads_here

__all__ = ["Contest", "Progress", "Variant", "contest"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Variant:
    """One of the trainings that are compared.

    Attributes:
        name: what it is called.
        model: makes the network; its first weights are drawn from the seed that it is given.
        optimizer: the rule.
        train: what it is trained on, as the network takes it; of several inputs, x is a list of arrays.
        test: what it is judged by.
        loss: what it goes down on, or its name.
        augment: what each batch goes through.
    """

    name: str
    model: Callable[[int], Model]
    optimizer: Optimizer
    train: Part
    test: Part
    loss: Loss | str = "sparse_cce"
    augment: Augment | None = None


@dataclass(frozen=True, eq=False)
class Contest:
    """What came of V variants from S seeds each: E epochs of T updates in all.

    What came after a run had diverged, and accuracy where nothing is right or wrong, is NaN.

    Attributes:
        names: what the variants are called.
        seeds: what first weights, orders and all other chance were drawn from.
        batch_size: of how many examples each gradient was made.
        examples: how many there were to train on.
        weights: how many weights the networks have, (V,).
        step_loss: the loss of each batch before the update, (V, S, T).
        loss: the loss on what they are judged by, after each epoch, (V, S, E).
        accuracy: the share of right answers there, (V, S, E).
        train_accuracy: the share of right answers in training, while the weights changed, (V, S, E).
        seconds: how long each training took, without judging, beside the others that ran then, (V, S).
    """

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    batch_size: int
    examples: int
    weights: Array
    step_loss: Array
    loss: Array
    accuracy: Array
    train_accuracy: Array
    seconds: Array

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return int(self.loss.shape[-1])

    @property
    def diverged(self) -> Array:
        """How many runs of each variant diverged, (V,)."""
        return np.asarray(np.isnan(self.loss[..., -1]).sum(axis=-1))

    def final(self, what: str = "accuracy") -> tuple[Array, Array]:
        """The mean and the spread over the seeds, after the last epoch, of one of the arrays with epochs: (V,) each.

        The spread is the standard deviation, √(Σ(x − x̄)² / (S − 1)); of a single seed it is NaN, and both are if a
        run has diverged.
        """
        last = getattr(self, what)[..., -1]
        alone = np.full(len(last), np.nan)
        return last.mean(axis=-1), last.std(axis=-1, ddof=1) if last.shape[-1] > 1 else alone


Progress = Callable[[int, int], None]
"""Told how many epochs of how many have ended, of all trainings together."""

PATIENCE = 0.2
"""After so many seconds, at the latest, it is told again."""


def contest(
    variants: Sequence[Variant],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    epochs: int = 1,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Contest:
    """Train each variant from each seed, and judge it after each epoch.

    All get the same: of one seed, all variants begin with the same weights, as far as their layers have the same shapes
    one after the other, and see the examples in the same order, whatever dropout and augmentation draw. Each training
    has one thread, and as many run side by side as there are threads to use, so that their number changes nothing but
    the time.

    Args:
        variants: what is compared.
        seeds: one for each training of a variant.
        epochs: how often every example is seen.
        batch_size: how many examples each gradient is made of.
        progress: called every now and then, in this thread.

    Raises:
        LookupError, TypeError, ValueError: as from `fit`; or the variants have not equally many examples.

    >>> from optiviz import gd
    >>> from optiviz.data import Part
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> line = Part(x, 3 * x)
    >>> def network(seed):
    ...     return Sequential([Input(shape=(1,)), Dense(1)], rng=seed)
    >>> rates = [Variant(f"{lr}", network, gd(lr=lr), line, line, "mse") for lr in (0.01, 0.1)]
    >>> seen = contest(rates, epochs=5)
    >>> mean, spread = seen.final("loss")
    >>> seen.loss.shape, bool(mean[1] < mean[0])
    ((2, 3, 5), True)
    """
    counts = [len(variant.train.y) for variant in variants]
    if not variants or not len(seeds):
        raise ValueError(
            "a contest has a variant or more" if seeds else "a contest has a seed or more, such as (0, 1, 2)"
        )
    if len(set(counts)) > 1:
        raise ValueError(f"in a contest all are trained on as many examples, not on {', '.join(map(str, counts))}")
    runs = [_Run(variant, seed, epochs, batch_size) for variant in variants for seed in seeds]
    with one_blas_thread():
        _side_by_side(runs, progress)
    shape = len(variants), len(seeds), -1

    def gathered(what: str, length: int) -> Array:
        """An array of all histories, which are shorter where a run has diverged."""
        rows = np.full((len(runs), length), np.nan)
        for row, run in zip(rows, runs, strict=True):
            values = getattr(run.history, what)
            row[: len(values)] = values
        return rows.reshape(shape)

    steps, loss = gathered("step_loss", -(-counts[0] // batch_size) * epochs), gathered("val_loss", epochs)
    lost = ~np.isfinite(loss)
    return Contest(
        names=tuple(variant.name for variant in variants),
        seeds=tuple(seeds),
        batch_size=batch_size,
        examples=counts[0],
        weights=np.array([run.weights for run in runs[:: len(seeds)]]),
        step_loss=np.where(np.isfinite(steps), steps, np.nan),
        loss=np.where(lost, np.nan, loss),
        accuracy=np.where(lost, np.nan, gathered("val_accuracy", epochs)),
        train_accuracy=gathered("accuracy", epochs),
        seconds=np.nansum(gathered("seconds", epochs), axis=-1),
    )


class _Run:
    """One training of one variant."""

    def __init__(self, variant: Variant, seed: int, epochs: int, batch_size: int) -> None:
        self.variant, self.seed, self.epochs, self.batch_size = variant, seed, epochs, batch_size
        self.done, self.halted = 0, False

    def __call__(self) -> None:
        variant, rng = self.variant, self.chance(1)
        model = variant.model(self.seed)
        model.threads, self.weights = 1, model.theta.size

        def next_epoch(look: Epoch) -> None:
            self.done = look.epoch
            rng.bit_generator.state = self.chance(look.epoch + 1).bit_generator.state

        try:
            self.history = model.fit(
                *variant.train,
                variant.loss,
                variant.optimizer,
                epochs=self.epochs,
                batch_size=self.batch_size,
                validation=variant.test,
                augment=variant.augment,
                rng=rng,
                callbacks=next_epoch,
                babysitter=lambda: "stop" if self.halted else None,
                progress=False,
            )
        except Diverged as error:
            self.history = error.history
        self.done = self.epochs

    def chance(self, epoch: int) -> np.random.Generator:
        """What an epoch draws from: first the order, which is so the same whatever else was drawn before."""
        return np.random.default_rng([self.seed, epoch])


def _side_by_side(runs: Sequence[_Run], progress: Progress | None) -> None:
    """Have all run, as many at a time as there are threads."""
    with ThreadPoolExecutor(threads_here(), thread_name_prefix="optiviz-contest") as pool:
        waiting = {pool.submit(run) for run in runs}
        try:
            while waiting:
                ended, waiting = wait(waiting, PATIENCE, FIRST_COMPLETED)
                for one in ended:
                    one.result()
                if progress:
                    progress(sum(run.done for run in runs), sum(run.epochs for run in runs))
        except BaseException:  # Ctrl-C, or data that do not fit
            for run in runs:
                run.halted = True
            pool.shutdown(cancel_futures=True)
            raise
