"""From the texts of a trial to what they stand for: the model, the loss, the optimizer and the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from optiviz.data import Part
from optiviz.losses import Loss
from optiviz.models import called
from optiviz.nn import Model
from optiviz.nn.names import rule_for
from optiviz.schedules import Reaction, Schedule
from optiviz.spec import changed, find_augmentation, find_rule, find_schedule, formula, split
from optiviz.threads import usual_threads
from optiviz.trials.judging import loss_for, outputs_for, targets_for
from optiviz.trials.material import Material
from optiviz.trials.trial import Trial

__all__ = ["Plan", "find_course", "outlasted", "planned", "resolved"]

LASTING = ("cosine", "linear", "one_cycle", "polynomial")
"""The schedules that end after `steps`; unless that is given, they last as long as the training."""


@dataclass(frozen=True, repr=False)
class Plan:
    """A trial with all that it needs.

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

    @property
    def parts(self) -> tuple[Part, Part]:
        """What is trained on and what judges, with targets as the loss wants them."""
        material, count = self.material, len(self.material.classes)
        train, test = (Part(part.x, targets_for(self.loss, part.y, count)) for part in (material.train, material.test))
        return train, test


def resolved(trial: Trial, material: Material) -> Trial:
    """The trial with nothing left out.

    Raises:
        LookupError, ValueError: the loss or the schedule is none, or not for these data.
    """
    trial = trial.completed()
    updates = trial.epochs * -(-len(material.train.y) // trial.batch_size)
    return replace(
        trial,
        loss=trial.loss or loss_for("", len(material.classes)).name,
        schedule=_lasting(trial.schedule, updates),
        threads=trial.threads or usual_threads(),
    )


def planned(trial: Trial, material: Material) -> Plan:
    """The trial with its model, loss, optimizer, schedule and augmentation; nothing is trained yet.

    Raises:
        LookupError: something is not known by its name.
        TypeError, ValueError: a number is not what it may be, or what is named does not go with the data.
    """
    trial, loss = resolved(trial, material), loss_for(trial.loss, len(material.classes))
    options = {
        "optimizer": find_rule(trial.optimizer),
        "schedule": find_course(trial.schedule) if trial.schedule else None,
        "augment": find_augmentation(trial.augment) if trial.augment else None,
        "epochs": trial.epochs,
        "batch_size": trial.batch_size,
        "rng": trial.seed,
    }
    rule_for(options["optimizer"], options["schedule"])  # they go together
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


def outlasted(plan: Plan) -> tuple[int, float] | None:
    """The updates after which the schedule of a plan is over, if the training is not, and the rate that it ends at."""
    trial, schedule = plan.trial, plan.options["schedule"]
    last = trial.schedule.rpartition(">>")[2].strip()
    if not last or split(last)[0].replace("-", "_").lower() not in LASTING:
        return None
    rule, _ = rule_for(plan.options["optimizer"], schedule)
    rate, end = rule.params["lr"], int(schedule.length)
    updates = trial.epochs * -(-len(plan.material.train.y) // trial.batch_size)
    stays = end < updates and rate(end) == rate(updates)  # one that is cut by until goes on beyond it
    return (end, float(rate(end))) if stays else None


def find_course(text: str) -> Schedule | Reaction:
    """The schedule or the reaction that a text names.

    >>> find_course("reduce_on_plateau:patience=3"), find_course("cosine:steps=9")
    (reduce_on_plateau(patience=3), cosine(lr=0.1, end=0.0, steps=9))
    """
    if ">>" not in text and split(text)[0].replace("-", "_").lower() in Reaction.registry:
        found: Reaction = formula(Reaction, text)
        return found
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
    no_tokens = (
        f"{architecture.name} takes no tokens, and {trial.data} has texts; a model of texts begins with an "
        "Embedding, as text_cnn does"
    )
    try:
        model = architecture(material.intake.shape, rng=trial.seed, threads=trial.threads, **given)
    except ValueError as error:
        if texts and "tokens" not in architecture.params:  # its first layer wants an image
            raise ValueError(no_tokens) from error
        raise
    if texts and not model.tokens:
        raise ValueError(no_tokens)
    ends = [node.shape for node in model.outputs]
    if ends != [(outputs,)]:
        raise ValueError(
            f"{architecture.name} ends in {' and '.join(map(str, ends))}, and {trial.data} with {loss.name} needs "
            f"({outputs},); end it in answer(classes)"
        )
    return model
