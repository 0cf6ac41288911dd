"""A trial is run: the model is made and trained on its material."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from optiviz.data import Part
from optiviz.losses import Loss
from optiviz.models import called
from optiviz.nn import History, Model
from optiviz.schedules import Reaction, Schedule
from optiviz.spec import changed, find_augmentation, find_rule, find_schedule, formula, split
from optiviz.threads import usual_threads
from optiviz.trials.judging import Judgement, judged, loss_for, outputs_for, targets_for
from optiviz.trials.material import Material, prepared
from optiviz.trials.trial import Trial

__all__ = ["Outcome", "Plan", "planned", "train"]

LASTING = ("cosine", "linear", "one_cycle", "polynomial")
"""The schedules that end after `steps`; unless that is given, they last as long as the training."""


@dataclass(frozen=True, repr=False)
class Plan:
    """A trial with all that it needs: its material, and what its texts stand for.

    Attributes:
        trial: the trial, with nothing left out.
        material: what is trained on.
        model: the model, with its first weights.
        loss: the loss.
        options: what else `fit` takes.
    """

    trial: Trial
    material: Material
    model: Model
    loss: Loss
    options: dict[str, Any]


@dataclass(frozen=True, repr=False)
class Outcome:
    """What came of a trial.

    Attributes:
        trial: the trial, with nothing left out.
        material: what it was trained on and judged by.
        model: the model as it is now.
        loss: what it went down on.
        history: the record of the training.
    """

    trial: Trial
    material: Material
    model: Model
    loss: Loss
    history: History

    @cached_property
    def judgement(self) -> Judgement:
        """What the model is worth on the examples that it was not trained on."""
        x, y = self.material.test
        return judged(self.model, self.loss, x, y, self.material.classes)

    def __repr__(self) -> str:
        return f"<{self.trial.model} on {self.trial.data}: {self.history!r}>"


def planned(trial: Trial, material: Material) -> Plan:
    """The trial with its model, loss, optimizer, schedule and augmentation; nothing is trained yet.

    Raises:
        LookupError: something is not known by its name.
        TypeError, ValueError: a number is not what it may be, or what is named does not go with the data.
    """
    trial = trial.completed()
    loss = loss_for(trial.loss, len(material.classes))
    updates = trial.epochs * -(-len(material.train.y) // trial.batch_size)
    trial = replace(
        trial, loss=loss.name, schedule=_lasting(trial.schedule, updates), threads=trial.threads or usual_threads()
    )
    options = {
        "optimizer": find_rule(trial.optimizer),
        "schedule": _schedule(trial.schedule),
        "augment": find_augmentation(trial.augment) if trial.augment else None,
        "epochs": trial.epochs,
        "batch_size": trial.batch_size,
        "rng": trial.seed,
    }
    if trial.augment and material.intake.tokenizer:
        raise ValueError(f"{trial.augment} changes images, and {trial.data} has texts; leave out the augmentation")
    return Plan(trial, material, _model(trial, material, loss), loss, options)


def _lasting(text: str, updates: int) -> str:
    """A schedule that lasts as long as the training, if it has an end and nobody said when."""
    if not text or ">>" in text:
        return text
    name, params = split(text)
    plain = name.replace("-", "_").lower()
    return text if plain not in LASTING or {"steps", "until"} & {*params} else changed(text, f"steps={updates}")


def _schedule(text: str) -> Schedule | Reaction | None:
    if not text:
        return None
    if ">>" not in text and split(text)[0].replace("-", "_").lower() in Reaction.registry:
        return formula(Reaction, text)
    return find_schedule(text)


def _model(trial: Trial, material: Material, loss: Loss) -> Model:
    """The model for this material, with its first weights.

    Raises:
        LookupError, ValueError: there is none of that name, or it does not go with the data.
    """
    architecture = called(trial.model)
    texts = material.intake.tokenizer
    outputs = outputs_for(loss, len(material.classes))
    sizes: dict[str, Any] = {"classes": outputs, "tokens": texts and texts.size}
    if not texts and "tokens" in architecture.params:
        raise ValueError(f"{architecture.name} is for texts, and {trial.data} has images; write another model")
    given = {name: size for name, size in sizes.items() if name in architecture.params}
    model = architecture(material.intake.shape, rng=trial.seed, threads=trial.threads, **given)
    if texts and not model.tokens:
        raise ValueError(
            f"{architecture.name} takes no tokens, and {trial.data} has texts; a model of texts begins with an "
            "Embedding, as text_cnn does"
        )
    ends = [node.shape for node in model.outputs]
    if ends != [(outputs,)]:
        raise ValueError(
            f"{architecture.name} ends in {' and '.join(map(str, ends))}, and {trial.data} with {loss.name} needs "
            f"({outputs},); end it in answer(classes)"
        )
    return model


def train(
    trial: Trial,
    folder: str | os.PathLike[str] | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    validation: float | None = None,
    progress: bool | None = None,
    material: Material | None = None,
    callbacks: Any = (),
) -> Outcome:
    """Run a trial: prepare its data, make its model, train it.

    After each epoch the model is judged by the test examples, and nothing is chosen by that; who wants to choose
    something takes a share of the training examples for it.

    Args:
        trial: the trial; what is left out is as usual for its data.
        folder: not yet.
        data_dir: where the data lie, if not where they are looked for else.
        validation: hold out this share of the training examples, and judge by them instead.
        progress: show it; on a terminal it is if None.
        material: what `prepared(trial)` gave, to prepare it once for many trials.
        callbacks: as `fit` takes them.

    Raises:
        Diverged: the loss or a gradient is no finite number any more.
        LookupError, TypeError, ValueError, OSError: what is named is not there, or does not go together.

    >>> outcome = train(Trial("shapes", model="logistic", epochs=1, limit=100))
    >>> outcome.judgement.confusion.shape
    (10, 10)
    """
    material = material or prepared(trial, data_dir)
    plan = planned(trial, material if validation is None else material.held_out(validation))
    return run(plan, progress, callbacks)


def run(plan: Plan, progress: bool | None, callbacks: Any = ()) -> Outcome:
    """Train the model of a plan."""
    material, count = plan.material, len(plan.material.classes)
    (x, y), held = (Part(part.x, targets_for(plan.loss, part.y, count)) for part in (material.train, material.test))
    history = plan.model.fit(x, y, plan.loss, **plan.options, validation=held, progress=progress, callbacks=callbacks)
    return Outcome(plan.trial, material, plan.model, plan.loss, history)
