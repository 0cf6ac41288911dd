"""The folder of a run: what lies in it, whose it is, and what can be known from it without the data."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from optiviz.data.text import Tokenizer
from optiviz.files import read_facts, write_facts, written_whole
from optiviz.nn import History, Model, load
from optiviz.trials.material import Intake, Material
from optiviz.trials.pictures import PICTURES
from optiviz.trials.trial import Trial

__all__ = ["Kept", "Place", "claim", "found", "free", "kept", "made", "refuse_another", "write_history"]


class Place:
    """The files of a run, by what they hold; beside them lie its pictures."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.trial = self.folder / "trial.json"
        self.checkpoint = self.folder / "checkpoint.npz"
        self.model = self.folder / "model.npz"
        self.tokenizer = self.folder / "tokenizer.json"
        self.rows = self.folder / "history.csv"
        self.history = self.folder / "history.json"
        self.results = self.folder / "results.json"

    def sweep(self) -> None:
        """Remove what a killed run was about to write."""
        files = [path for path in vars(self).values() if path.suffix]
        for path in [*files, *(self.folder / f"{name}.png" for name in PICTURES)]:
            for left in self.folder.glob(f".{path.stem}-*{path.suffix}"):
                left.unlink(missing_ok=True)


@dataclass(frozen=True, eq=False)
class Kept:
    """What a run's folder says of it.

    Attributes:
        place: its files.
        trial: what is trained, and how.
        classes: the names of the classes.
        shape: that of an example, as the model takes it.
        data_dir: where the data were, if that was said.
    """

    place: Place
    trial: Trial
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    data_dir: str | None

    @cached_property
    def intake(self) -> Intake:
        """How examples become what the model takes.

        Raises:
            FileNotFoundError, ValueError: the tokenizer of texts is not there, or damaged.
        """
        return Intake(self.shape, Tokenizer.load(self.place.tokenizer) if len(self.shape) == 1 else None)

    def model(self) -> Model:
        """The model that was trained.

        Raises:
            FileNotFoundError: the training has not ended yet, or diverged.
            ValueError: the file is damaged, or the model is another one.
        """
        if not self.place.model.exists():
            if self.place.history.exists():  # which is written without a model by what diverged
                raise FileNotFoundError(
                    f"{self.place.folder} has no model, for its training diverged; train with a smaller learning rate "
                    "in another folder"
                )
            raise FileNotFoundError(
                f"{self.place.folder} has no model yet, for its training has not ended; go on with "
                f"optiviz train --resume {self.place.folder}"
            )
        model = load(self.place.model, threads=None)
        ends = [(len(self.classes),), *([(1,)] if len(self.classes) == 2 else [])]
        if [node.shape for node in model.inputs] != [self.shape] or model.outputs[0].shape not in ends:
            raise ValueError(f"{self.place.model} is not the model of {self.place.trial}: {model!r}")
        return model


def kept(folder: str | os.PathLike[str]) -> Kept:
    """What a folder says of the run that it is of.

    Raises:
        FileNotFoundError: there is no such folder, or it is not that of a run.
        ValueError: what stands there is damaged.
    """
    place = Place(folder)
    if not place.trial.is_file():
        what = "is not the folder of a training" if place.folder.exists() else "does not exist"
        raise FileNotFoundError(f"{place.folder} {what}; write the folder that optiviz train has written")
    with read_facts(place.trial, "trial") as facts:
        trial = Trial(**facts["trial"])
        classes, shape, data_dir = facts["classes"], facts["shape"], facts["data_dir"]
        if not isinstance(classes, list) or len(classes) < 2 or not all(type(name) is str for name in classes):
            raise ValueError("its classes have no names")
        if not isinstance(shape, list) or not all(type(side) is int and side > 0 for side in shape):
            raise ValueError("its examples have no shape")
        if data_dir is not None and type(data_dir) is not str:
            raise ValueError("where its data lie is no text")
    return Kept(place, trial, tuple(classes), tuple(shape), data_dir)


def found(folder: str | os.PathLike[str]) -> Kept | None:
    """What a folder says of its run; None if there is no folder yet, or nothing in it.

    Raises:
        FileExistsError: it holds something else.
        NotADirectoryError: it is a file.
        ValueError: what it says is damaged.
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path} is a file; name a folder, such as -o {path.stem}-run")
    if not path.exists() or all(inside.name.startswith(".") for inside in path.iterdir()):
        return None
    if not Place(path).trial.exists():
        raise FileExistsError(f"{path} holds files that are not those of a training; name another folder with -o")
    return kept(path)


def made(folder: str | os.PathLike[str]) -> Path:
    """The folder, which is there now.

    Raises:
        OSError: it cannot be made.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


def claim(
    folder: str | os.PathLike[str], trial: Trial, material: Material, data_dir: str | os.PathLike[str] | None
) -> Place:
    """Make a folder, in which nobody else trains, that of this trial.

    Raises:
        OSError: it cannot be written.
    """
    place = Place(folder)
    place.sweep()
    where = data_dir if data_dir is None else os.path.abspath(data_dir)
    facts = {"trial": trial.facts, "classes": material.classes, "shape": material.intake.shape, "data_dir": where}
    write_facts(place.trial, "trial", facts)
    if material.intake.tokenizer is not None:
        material.intake.tokenizer.save(place.tokenizer)
    return place


def refuse_another(before: Kept, trial: Trial, resume: bool) -> None:
    """See that the run of a folder is that of a trial; if it is resumed, its epochs may be more.

    Raises:
        FileExistsError: it is not.
        ValueError: its epochs are fewer.
    """
    if resume:
        if trial.epochs < before.trial.epochs:
            raise ValueError(
                f"{before.place.folder} has {before.trial.epochs} epochs, not {trial.epochs}, and there can "
                f"only be more of them; leave out --epochs, or write --epochs {before.trial.epochs + 1}"
            )
        trial = replace(trial, epochs=before.trial.epochs)
    apart = before.trial.differences(trial)
    if apart:
        name = next((name for name in apart if name != "schedule"), "schedule")  # which may follow from another
        theirs, ours = ("none" if getattr(one, name) == "" else getattr(one, name) for one in (before.trial, trial))
        raise FileExistsError(
            f"{before.place.folder} holds another training ({name.replace('_', ' ')}: {theirs}, not {ours}); "
            f"go on with it by optiviz train --resume {before.place.folder}, or name another folder with -o"
        )


def free(name: str, same: Callable[[Trial], bool]) -> Path:
    """A folder of this name, or with a number behind it: the first that is free, or is that of the same trial."""
    for number in count(1):
        path = Path(name if number == 1 else f"{name}-{number}")
        try:
            before = found(path)
        except (FileExistsError, NotADirectoryError, ValueError):  # it is somebody else's
            continue
        if before is None or same(before.trial):
            break
    return path


def write_history(place: Place, history: History) -> None:
    """The record as a table, and with each update as JSON.

    Raises:
        OSError: a file cannot be written.
    """
    rows = history.rows()
    names = [*dict.fromkeys(name for row in rows for name in row)]
    with written_whole(place.rows) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    facts = {name: getattr(history, name) for name in ("optimizer", "schedule", "augmentation", "seed", "ending")}
    facts["interventions"] = [intervention._asdict() for intervention in history.interventions]
    steps = {"loss": _finite(history.step_loss), "lr": _finite(history.step_lr)}
    write_facts(place.history, "history", {**facts, "loss": history.loss_name, "epochs": rows, "updates": steps})


def _finite(numbers: Any) -> list[float | None]:
    """What JSON has no number for is None."""
    return [number if np.isfinite(number) else None for number in numbers.tolist()]
