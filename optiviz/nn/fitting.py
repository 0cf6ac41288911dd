"""What is asked of a training, looked at before it begins: `fit`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.formula import nearest
from optiviz.losses import Loss
from optiviz.nn.babysitting import Babysitter
from optiviz.nn.batches import Augment
from optiviz.nn.callbacks import Callback, callbacks_of, remembering
from optiviz.nn.checkpoint import Checkpoint, architecture, digest, generator_in_words
from optiviz.nn.examples import Examples, examples
from optiviz.nn.history import History
from optiviz.nn.names import checked_size, loss_called, rule_for
from optiviz.nn.progress import progress_shown
from optiviz.nn.stops import interruptible
from optiviz.nn.training import Training
from optiviz.schedules import Reaction
from optiviz.threads import at_most, one_blas_thread

if TYPE_CHECKING:
    from optiviz.nn.model import Model
    from optiviz.optimizers import Optimizer
    from optiviz.schedules import Schedule

__all__ = ["fit"]

INSTEAD = {
    "validation_split": "write validation=0.1",
    "validation_data": "write validation=(x, y)",
    "verbose": "write progress=True or progress=False",
    "metrics": "the accuracy comes by itself where the loss has one",
    "shuffle": "each epoch has an order of its own; train without one by descend(model.objective(loss), ...)",
    "lr": "write optimizer=adam(lr=0.01)",
    "seed": "write rng=0",
    "resume": "write checkpoint=path, which is gone on from if it is there",
}
"""What to write for what there is elsewhere."""
ARGUMENTS = (
    "loss optimizer schedule epochs batch_size validation augment rng callbacks checkpoint babysitter record_weights "
    "progress"
).split()


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
    checkpoint: str | os.PathLike[str] | None = None,
    babysitter: Babysitter | None = None,
    record_weights: bool = False,
    progress: bool | None = None,
    **unknown: Any,
) -> History:
    """Train the model: its weights go down on the mean loss of one batch after the other.

    The same seed and the same number of threads give the same bytes. Ctrl-C ends it after the update that is under way:
    the model is as good as it was until then, and so is the record. To train again is to go on with the weights that
    there are, and with an optimizer that begins anew; with a checkpoint it is to go on as if nothing had happened.

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
        callbacks: functions, or one, that are called with an `Epoch` when one has ended, and may return "stop". What
            one has in its attribute `memory` is kept with a checkpoint; see `optiviz.nn.callbacks`.
        checkpoint: a file that keeps all that training needs to go on, replaced after every epoch. If it is there, this
            training, which must be the same but for more epochs, goes on from it, and ends as if never interrupted.
        babysitter: what is asked between updates: None goes on, a number multiplies the learning rate from here on,
            "undo" goes back to the end of the last epoch, "skip" leaves out the rest of this one, "stop" ends it all.
        record_weights: keep the weights of every epoch in the record.
        progress: show it; on a terminal it is if None.
        unknown: what there is not; the error says what to write instead of Keras's arguments.

    Raises:
        Diverged: the loss or a gradient is no finite number any more.
        LookupError: there is no loss or rule of that name.
        OSError: the checkpoint cannot be written; what was there before is.
        TypeError, ValueError: the data do not fit the model or the loss, an argument is not what it must be, or the
            checkpoint is that of another training.

    >>> from optiviz import adam
    >>> from optiviz.nn import Dense, Input, Sequential
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> model = Sequential([Input(shape=(1,)), Dense(16, "relu"), Dense(1)])
    >>> history = model.fit(x, x**2, loss="mse", optimizer=adam(lr=0.01), epochs=60)
    >>> bool(history.loss[-1] < 0.01)
    True
    """
    _refuse(unknown, babysitter)
    loss, (rule, reaction) = loss_called(loss), rule_for(optimizer, schedule)
    epochs, batch_size = checked_size("epochs", epochs), checked_size("batch_size", batch_size)
    seed, rng = _seed(rng), np.random.default_rng(rng)
    callbacks = callbacks_of(callbacks)
    data, held = _split(model, loss, x, y, validation)
    known = _known(model, rule, loss, schedule, augment)
    known = replace(known, batch_size=batch_size, examples=len(data), epochs=epochs, seed=seed)
    file = _file(checkpoint, record_weights, known, model, data, held, rng, callbacks)
    with interruptible() as asked, one_blas_thread(), at_most(model.threads):
        return Training(
            model, loss, data, held, augment, known, rule, reaction, rng, callbacks, babysitter,
            progress_shown(progress), asked, file, record_weights,
        ).run()  # fmt: skip


def _refuse(unknown: Mapping[str, Any], babysitter: Any) -> None:
    for name in unknown:
        raise TypeError(f"fit has no {name}; {INSTEAD.get(name) or nearest(name, ARGUMENTS, 'it has')}")
    if not (babysitter is None or callable(babysitter)):
        raise TypeError(f"a babysitter is a function without arguments, not {babysitter!r:.60}")


def _known(model: Model, rule: Optimizer, loss: Loss, schedule: Any, augment: Any) -> History:
    """A record that says what makes it."""
    follows = "" if schedule is None else repr(schedule if isinstance(schedule, Reaction) else rule.params["lr"])
    changed = "" if augment is None else getattr(augment, "__name__", repr(augment))
    return History(
        model=", ".join(map(repr, model.layers)),
        optimizer=repr(rule),
        loss_name=repr(loss),
        schedule=follows,
        augmentation=_lasting(changed),
        layout=tuple(model.layout),
    )


def _lasting(words: str) -> str:
    """The words without places in memory, which are others tomorrow."""
    return re.sub(r" at 0x[0-9a-f]+", "", words)


def _file(
    path: Any,
    record_weights: bool,
    known: History,
    model: Model,
    data: Examples,
    held: Examples | None,
    rng: np.random.Generator,
    callbacks: Sequence[Callback],
) -> Checkpoint | None:
    """Where the checkpoint is kept, and what must be the same for a training to go on from it."""
    if path is None:
        return None
    if record_weights:
        raise ValueError(
            "record_weights keeps the weights of all epochs, and a checkpoint would write them all again after each; "
            "leave one of the two out"
        )
    facts = {
        "model": architecture(model),
        "loss": known.loss_name,
        "optimizer": known.optimizer,
        "schedule": known.schedule,
        "batch_size": known.batch_size,
        "augment": known.augmentation,
        "rng": generator_in_words(rng) if known.seed is None else known.seed,
        "data": digest([*data.x, data.y]),
        "validation": "" if held is None else digest([*held.x, held.y]),
        "callbacks": [_lasting(repr(call)) for call in remembering(callbacks)],
        "threads": model.threads,
        "fuse": model.fuse,
        "epochs": known.epochs,
    }
    return Checkpoint(Path(path), facts)


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
