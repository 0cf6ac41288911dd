"""A trial is run: the model is made and trained on its material."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from optiviz.files import alone_in, write_facts
from optiviz.losses import Loss
from optiviz.nn import Diverged, Epoch, History, Model
from optiviz.nn.stops import advice
from optiviz.schedules import Schedule
from optiviz.spec import changed, wrapped
from optiviz.trials.folder import Place, claim, found, made, refuse_another, write_history
from optiviz.trials.judging import Judgement, judged
from optiviz.trials.material import Material, prepared
from optiviz.trials.pictures import of_model, of_training, write_pictures
from optiviz.trials.planning import Plan, planned
from optiviz.trials.trial import Trial

__all__ = ["Outcome", "train"]

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The disk is full, or this user's share of it."""


@dataclass(frozen=True, repr=False)
class Outcome:
    """What came of a trial.

    Attributes:
        trial: the trial, with nothing left out.
        material: what it was trained on and judged by.
        model: the model as it is now.
        loss: what it went down on.
        history: the record of the training.
        trained: how many epochs ended now, and not before it was resumed.
    """

    trial: Trial
    material: Material
    model: Model
    loss: Loss
    history: History
    trained: int

    @cached_property
    def judgement(self) -> Judgement:
        """What the model is worth on the examples that it was not trained on."""
        x, y = self.material.test
        return judged(self.model, self.loss, x, y, self.material.classes)

    def __repr__(self) -> str:
        return f"<{self.trial.model} on {self.trial.data}: {self.history!r}>"


def train(
    trial: Trial,
    folder: str | os.PathLike[str] | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    resume: bool = False,
    validation: float | None = None,
    babysitter: Callable[[], float | str | None] | None = None,
    progress: bool | None = None,
    material: Material | None = None,
    look: Mapping[str, Any] | None = None,
    begun: Callable[[Plan], None] | None = None,
) -> Outcome:
    """Run a trial: prepare its data, make its model, train it.

    After each epoch the model is judged by the test examples, and nothing is chosen by that; who wants to choose
    something takes a share of the training examples for it.

    Args:
        trial: the trial; what is left out is as usual for its data.
        folder: where the model, the record, results and pictures are written, and a checkpoint after each epoch. If
            this trial is there already it goes on, to end with the same weights, to the bit; if it was interrupted
            again, nothing but the checkpoint is written.
        data_dir: where the data lie, if not where they are looked for else.
        resume: there must be this trial in the folder already, and its epochs may be more than they were.
        validation: hold out this share of the training examples, and judge by them instead.
        babysitter: as `fit` takes it.
        progress: show it; on a terminal it is if None.
        material: what `prepared(trial)` gave, to prepare it once for many trials.
        look: size and style of the pictures.
        begun: called with the plan once it is known that all goes together, before anything is trained.

    Raises:
        BlockingIOError: another process trains in the folder.
        Diverged: the loss or a gradient is no finite number any more; how it went is in the folder.
        FileExistsError: the folder is that of another trial, or holds something else.
        LookupError, TypeError, ValueError, OSError: what is named is not there, or does not go together.

    >>> outcome = train(Trial("shapes", model="logistic", epochs=1, limit=100))
    >>> outcome.judgement.confusion.shape
    (10, 10)
    """
    before = found(folder) if folder is not None else None
    if before is not None:
        data_dir = data_dir or before.data_dir
        trial = replace(trial, threads=trial.threads or before.trial.threads)
    elif resume:
        raise FileNotFoundError(f"{folder} holds no training that could be resumed; write the folder of one")
    material = material or prepared(trial, data_dir)
    plan = planned(trial, material if validation is None else material.held_out(validation))
    tell = begun or (lambda _: None)
    if folder is None:
        tell(plan)
        return run(plan, babysitter=babysitter, progress=progress)
    if before is not None:
        refuse_another(before, plan.trial, resume)
    with room_is_missed(folder), alone_in(made(folder)):
        if before is None and (meanwhile := found(folder)):  # since somebody else has made it
            refuse_another(meanwhile, plan.trial, resume)
        place = claim(folder, plan.trial, material, data_dir)
        tell(plan)
        try:
            outcome = run(plan, babysitter=babysitter, progress=progress, checkpoint=place.checkpoint)
        except Diverged as error:
            write_course(place, error.history, look or {})
            raise
        if outcome.history.ending != "interrupted":
            write(outcome, place, look or {})
    return outcome


def run(plan: Plan, **options: Any) -> Outcome:
    """Train the model of a plan; the options are those of `fit`.

    Raises:
        Diverged: the loss or a gradient is no finite number any more.
    """
    (x, y), held = plan.parts
    ended: list[int] = []

    def count(look: Epoch) -> None:
        ended.append(look.epoch)

    try:
        history = plan.model.fit(x, y, plan.loss, **plan.options, validation=held, callbacks=count, **options)
    except Diverged as error:
        shorter = wrapped(plan.trial.optimizer, "clip_norm")
        raise Diverged(error.what, advice(plan.options["optimizer"], _lower(plan), shorter), error.history) from error
    return Outcome(plan.trial, plan.material, plan.model, plan.loss, history, len(ended))


def _lower(plan: Plan) -> str:
    """The optimizer or schedule that has the learning rate, with a tenth of it; empty if it is not one number."""
    part, spec, schedule = plan.options["optimizer"], plan.trial.optimizer, plan.options["schedule"]
    if isinstance(schedule, Schedule) and "lr" not in part.chosen:
        if ">>" in plan.trial.schedule or "lr" not in schedule.params:
            return ""
        if "lr" in schedule.chosen:
            part, spec = schedule, plan.trial.schedule
    rate = part.params.get("lr")
    return changed(spec, f"lr={rate / 10:.1g}") if isinstance(rate, int | float) else ""


def write(outcome: Outcome, place: Place, look: Mapping[str, Any]) -> None:
    """Write what came of a trial, the results last.

    Raises:
        OSError: a file cannot be written; those before it are whole.
    """
    outcome.model.save(place.model)
    words = write_course(place, outcome.history, look)
    words |= write_pictures(of_model(outcome), place.folder, look)
    ending = {"ending": outcome.history.ending, "epochs": len(outcome.history.loss)}
    write_facts(place.results, "results", {**ending, **outcome.judgement.facts, "pictures": words})


def write_course(place: Place, history: History, look: Mapping[str, Any]) -> dict[str, str]:
    """Write how a training went, in numbers and in pictures, which are returned in words.

    Raises:
        OSError: a file cannot be written; those before it are whole.
    """
    write_history(place, history)
    return write_pictures(of_training(history), place.folder, look)


@contextmanager
def room_is_missed(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Says, if the disk is full inside the block, how to go on."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        what = (error.strerror or "").partition(";")[0]
        on = f"what was trained before is kept; make room, and go on with optiviz train --resume {folder}"
        raise OSError(error.errno, f"{what}; {on}", os.fspath(folder)) from error
