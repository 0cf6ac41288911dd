"""Training: the library's one loop, `descend`, goes down on the loss of a model, batch by batch."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.descent import Look, descend
from optiviz.formula import nearest
from optiviz.losses import Loss
from optiviz.nn.batches import Augment, batches
from optiviz.nn.examples import Examples, examples
from optiviz.nn.history import History
from optiviz.nn.layer import Array
from optiviz.nn.names import checked_size, loss_called, rule_for
from optiviz.nn.objective import Judge, objective
from optiviz.nn.predicting import evaluated
from optiviz.nn.progress import Silence, progress_shown, words
from optiviz.nn.stops import Diverged, Epoch, Interruption, early_stopping, interruptible, largest
from optiviz.threads import at_most, one_blas_thread

if TYPE_CHECKING:
    from optiviz.nn.model import Model
    from optiviz.optimizers import Optimizer
    from optiviz.schedules import Reaction, Schedule

__all__ = ["fit"]

Callback = Callable[[Epoch], Any]

COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
"""What is written down of each epoch."""

INSTEAD = {
    "validation_split": "write validation=0.1",
    "validation_data": "write validation=(x, y)",
    "verbose": "write progress=True or progress=False",
    "metrics": "the accuracy comes by itself where the loss has one",
    "shuffle": "each epoch has an order of its own; train without one by descend(model.objective(loss), ...)",
    "lr": "write optimizer=adam(lr=0.01)",
    "seed": "write rng=0",
}
"""What to write for what there is elsewhere."""
ARGUMENTS = "loss optimizer schedule epochs batch_size validation augment rng callbacks record_weights progress".split()

WIDE = 256
"""Validation takes batches of so many examples, or of as many as training if that is more."""


def fit(
    model: Model,
    x: Any,
    y: Any,
    loss: Loss | str,
    optimizer: Optimizer | str,
    *,
    schedule: Schedule | Reaction | None = None,
    epochs: int = 1,
    batch_size: int = 32,
    validation: Any = None,
    augment: Augment | None = None,
    rng: Any = 0,
    callbacks: Sequence[Callback] | Callback = (),
    record_weights: bool = False,
    progress: bool | None = None,
    **unknown: Any,
) -> History:
    """Train the model: its weights go down on the mean loss of one batch after the other.

    The same seed and the same number of threads give the same bytes. Ctrl-C ends it after the update that is under way:
    the model is as good as it was until then, and so is the record. To train again is to go on with the weights that
    there are; what the optimizer remembers begins anew.

    Args:
        model: the network; it has one output.
        x: the input (N, ...), or a list of several. Whole numbers such as images of 0 to 255 become floats unscaled.
        y: the targets, as the loss wants them. Instead of (N, 1) they may be (N,), and labels the other way round.
        loss: such as `losses.sparse_cce`, or its name.
        optimizer: a rule such as `adam(lr=0.01)`, or its name: "adam", "adam+clip_norm".
        schedule: for the learning rate, by the number of updates; it begins at that of the rule unless it has its own.
            A reaction such as `reduce_on_plateau` answers to the loss of each batch.
        epochs: how many times every example is seen.
        batch_size: how many examples each gradient is made of; the last batch of an epoch has what is left.
        validation: (x, y) to evaluate after each epoch, or a share such as 0.1: so much is split off from the end,
            before the order is drawn, and not trained on.
        augment: what each batch to train on goes through, such as `optiviz.data.augment.flip`; see `batches`.
        rng: a seed or a generator, which the order of the examples, augmentation and dropout are drawn from.
        callbacks: functions, or one, that are called with an `Epoch` when one has ended, and may return "stop".
        record_weights: keep the weights of every epoch in the record.
        progress: show it; on a terminal it is if None.
        unknown: what there is not; the error says what to write instead of Keras's arguments.

    Raises:
        Diverged: the loss or a gradient is no finite number any more.
        LookupError: there is no loss or rule of that name.
        TypeError, ValueError: the data do not fit the model or the loss, or an argument is not what it must be.

    >>> from optiviz import adam
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> model = Sequential([Input(shape=(1,)), Dense(16, "relu"), Dense(1)])
    >>> history = model.fit(x, x**2, loss="mse", optimizer=adam(lr=0.01), epochs=60)
    >>> bool(history.loss[-1] < 0.01)
    True
    """
    if unknown:
        name = next(iter(unknown))
        raise TypeError(f"fit has no {name}; {INSTEAD.get(name) or nearest(name, ARGUMENTS, 'it has')}")
    loss, (rule, reaction) = loss_called(loss), rule_for(optimizer, schedule)
    epochs, batch_size = checked_size("epochs", epochs), checked_size("batch_size", batch_size)
    seed, rng = _seed(rng), np.random.default_rng(rng)
    data, held = _split(model, loss, x, y, validation)
    history = History(
        model=", ".join(map(repr, model.layers)),
        optimizer=repr(rule),
        loss_name=repr(loss),
        schedule="" if schedule is None else repr(reaction or rule.params["lr"]),
        augmentation="" if augment is None else getattr(augment, "__name__", repr(augment)),
        batch_size=batch_size,
        examples=len(data),
        epochs=epochs,
        seed=seed,
        layout=tuple(model.layout),
    )
    calls = _callbacks(callbacks)
    weights = np.empty((epochs + 1, len(model.theta)), np.float32) if record_weights else None
    with interruptible() as asked, one_blas_thread(), at_most(model.threads):
        training = Training(model, loss, data, held, history, calls, progress_shown(progress), asked, weights, augment)
        return training.run(rule, reaction, rng)


def _callbacks(given: Any) -> list[Callback]:
    """The callbacks one by one."""
    calls = [*given] if isinstance(given, (list, tuple)) else [given]
    for call in calls:
        if call is early_stopping:
            raise TypeError("early_stopping makes a callback: write callbacks=early_stopping(patience=3)")
        if not callable(call):
            raise TypeError(f"callbacks are functions such as early_stopping(patience=3), not {call!r:.60}")
    return calls


def _seed(rng: Any) -> int | None:
    """The seed, if it is one."""
    if isinstance(rng, np.random.Generator):
        return None
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)) or rng < 0:
        raise ValueError(f"rng is a seed, a whole number from 0, or a generator of NumPy, not {rng!r:.60}")
    return int(rng)


def _split(model: Model, loss: Loss, x: Any, y: Any, validation: Any) -> tuple[Examples, Examples | None]:
    """What to train on and what to validate with."""
    data = examples(model, loss, x, y)
    if validation is None:
        return data, None
    if isinstance(validation, (list, tuple)) and len(validation) == 2:
        return data, examples(model, loss, validation[0], validation[1], " of validation")
    if isinstance(validation, (int, float)) and 0 < validation < 1:
        return data.split(validation)
    found = f"an array of shape {validation.shape}" if isinstance(validation, np.ndarray) else f"{validation!r:.60}"
    raise ValueError(f"validation is (x, y), or a share between 0 and 1, not {found}")


@dataclass
class Training:
    """One call of `fit` while it runs.

    Attributes:
        known: the record, with nothing in it but what is known from the start.
        asked: whether Ctrl-C has been pressed.
        weights: theta at the start and after each epoch, as far as it has come; None if it is not asked for.
        columns: for each epoch its loss, accuracy, loss and accuracy on the validation data, and seconds.
    """

    model: Model
    loss: Loss
    data: Examples
    held: Examples | None
    known: History
    callbacks: Sequence[Callback]
    progress: Silence
    asked: Interruption
    weights: Array | None
    augment: Augment | None = None
    ending: str = "running"
    losses: array[float] = field(default_factory=lambda: array("d"))
    rates: array[float] = field(default_factory=lambda: array("d"))
    columns: array[float] = field(default_factory=lambda: array("d"))

    def __post_init__(self) -> None:
        self.judge = Judge(self.loss)
        self.keep_weights(0)

    @property
    def done(self) -> int:
        """How many epochs have ended."""
        return len(self.columns) // len(COLUMNS)

    def keep_weights(self, epoch: int) -> None:
        """Write them down, if they are asked for."""
        if self.weights is not None:
            self.weights[epoch] = self.model.theta

    def run(self, rule: Optimizer, reaction: Reaction | None, rng: np.random.Generator) -> History:
        """All epochs."""
        model = self.model
        evaluate = objective(model, self.judge, rng)
        looks = descend(evaluate, rule, model.theta, self.batches(rng), reaction=reaction, layout=model.layout)
        try:
            for look in looks:
                self.losses.append(look.value)
                self.rates.append(look.params.get("lr", np.nan))
                if look.ending:
                    raise self.diverged(rule, look)
        finally:
            self.progress.close()
        return self.history()

    def batches(self, rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
        """What the loop asks for. Whenever it asks, all updates before have been made."""
        x, y = (self.data.x if len(self.data.x) > 1 else self.data.x[0]), self.data.y
        size, n, epochs = self.known.batch_size, len(self.data), self.known.epochs
        steps = -(-n // size)
        for epoch in range(1, epochs + 1):
            self.progress.begin(epoch, epochs, steps)
            start = time.perf_counter()
            total, seen = 0.0, 0
            for batch in batches(x, y, size, augment=self.augment, rng=rng):
                yield batch
                total, seen = total + self.losses[-1] * len(batch[1]), seen + len(batch[1])
                self.progress.step(total / seen, seen / (time.perf_counter() - start))
                if self.asked.came:
                    break
            if seen == n:
                self.end_epoch(epoch, total / n, time.perf_counter() - start)
            if self.asked.came:
                self.ending = "interrupted"
                self.progress.end("interrupted")
            if self.ending != "running":
                return
        self.ending = "finished"

    def end_epoch(self, epoch: int, loss: float, seconds: float) -> None:
        """Write down what came of an epoch, and ask the callbacks."""
        accuracy, held = self.judge.accuracy(), (np.nan, np.nan)
        if self.held is not None:
            found = evaluated(self.model, self.loss, self.held, max(WIDE, self.known.batch_size))
            held = found.loss, np.nan if found.accuracy is None else found.accuracy
        self.columns.extend((loss, accuracy, *held, seconds))
        self.keep_weights(epoch)
        self.progress.end(words(self.history()))
        if not self.callbacks:
            return
        look = Epoch(epoch, self.known.epochs, self.model, self.history())
        for callback in self.callbacks:
            answer = callback(look)
            if answer not in (None, False, True, "stop"):
                raise TypeError(f"a callback returns 'stop' or nothing, not {answer!r:.60}")
            if answer:
                self.ending = "stopped"

    def history(self) -> History:
        """The record so far."""
        given = [True, self.judge.counts, self.held is not None, self.held is not None and self.judge.counts, True]
        columns = np.array(self.columns).reshape(-1, len(COLUMNS)).T.copy()
        arrays: dict[str, Any] = dict(compress(zip(COLUMNS, columns, strict=True), given))
        if self.weights is not None:
            arrays["weights"] = self.weights[: self.done + 1]
        return replace(
            self.known, ending=self.ending, step_loss=np.array(self.losses), step_lr=np.array(self.rates), **arrays
        )

    def diverged(self, rule: Optimizer, look: Look) -> Diverged:
        """The error that says where the numbers went beyond bounds, and what may help."""
        self.ending = "diverged"
        self.progress.end("diverged")
        before = f" (at the step before it was {self.losses[-2]:.4g})" if len(self.losses) > 1 else ""
        rate = self.rates[-1]
        lower = "a smaller learning rate" + ("" if np.isnan(rate) else f", such as lr={rate / 10:.1g}")
        shorter = "" if "clip" in rule.name else f", or shorter gradients: optimizer=clip_norm({rule!r})"
        return Diverged(
            f"training diverged at step {look.t + 1}, in epoch {self.done + 1}: the loss is {look.value:.4g}"
            f"{before}; {largest(self.model)}; try {lower}{shorter}",
            self.history(),
        )
