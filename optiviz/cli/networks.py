"""What the commands share that train and use networks: data and models by name, and tables of what came of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from optiviz.cli.common import aligned
from optiviz.cli.types import FormulaType
from optiviz.data import NAMES
from optiviz.data.augment import Augmentation
from optiviz.losses import Loss
from optiviz.models import Architecture, called
from optiviz.optimizers import Optimizer
from optiviz.schedules import Schedule
from optiviz.spec import find_augmentation, find_rule, formula
from optiviz.trials import Judgement, Trial, find_course, recipe

__all__ = [
    "DATA",
    "MODEL",
    "checked",
    "data_dir_option",
    "download_shown",
    "figures",
    "network_options",
    "training_command",
    "trial_options",
]

C = TypeVar("C", bound=Callable[..., Any])


class Data(click.ParamType[Any]):
    """The name of a set of data."""

    name = "data"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name as it is written here."""
        return recipe(value)[0] if value else value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this."""
        return [CompletionItem(name) for name in NAMES if name.startswith(incomplete)]


def checked(read: Callable[[str], Any]) -> Callable[[str], str]:
    """A reader that gives the text as it is, once it has been read: what is wrong with it is said at once."""

    def text_of(text: str) -> str:
        read(text)
        return text

    return text_of


DATA = Data()
MODEL = FormulaType(Architecture, checked(called))


OPTIONS: dict[str, Callable[[Any], Any]] = {
    "model": click.option(
        "--model", type=MODEL, metavar="NAME", help="Such as lenet5, see optiviz list models, or FILE.py:NAME."
    ),
    "optimizer": click.option(
        "--optimizer",
        type=FormulaType(Optimizer, checked(find_rule)),
        metavar="RULE",
        help="Such as adam or sgd:lr=0.1.",
    ),
    "schedule": click.option(
        "--schedule",
        type=FormulaType(Schedule, checked(find_course)),
        metavar="SPEC",
        help="How the learning rate changes, such as cosine, which lasts as long as the training.",
    ),
    "loss": click.option(
        "--loss",
        type=FormulaType(Loss, checked(lambda text: formula(Loss, text))),
        metavar="NAME",
        help="What the network goes down on; cross-entropy if not given.",
    ),
    "epochs": click.option("--epochs", type=click.IntRange(1), metavar="N", help="How often every example is seen."),
    "batch_size": click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Examples for each gradient."),
    "augment": click.option(
        "--augment",
        type=FormulaType(Augmentation, checked(find_augmentation)),
        metavar="SPEC",
        help='What each batch goes through, such as "flip >> shift:by=0.1".',
    ),
    "limit": click.option("--limit", type=click.IntRange(1), metavar="N", help="Train on so many examples alone."),
}
"""The options that say what is trained and how, by the fields of a trial."""


def data_dir_option(command: C) -> C:
    """The option --data-dir."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the files of data lie that are not made here; OPTIVIZ_DATA if not given, else downloaded.",
    )(command)


def trial_options(command: C) -> C:
    """The options that say what is trained and how; the command gets what is given as texts and numbers."""
    return _with_options(command, *OPTIONS)


def network_options(command: C) -> C:
    """Those that say what is trained, and where its data lie, but not by which optimizer and for how long."""
    return data_dir_option(_with_options(command, "model", "loss", "batch_size", "augment", "limit"))


def _with_options(command: C, *names: str) -> C:
    for name in reversed(names):
        command = OPTIONS[name](command)
    return command


def training_command(trial: Trial, data_dir: Path | None) -> str:
    """The command that trains a trial, as a shell reads it."""
    usual = Trial(trial.data)
    given = {name: getattr(trial, name) for name in trial.differences(usual)} | (
        {"data_dir": data_dir} if data_dir else {}
    )
    options = [f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in given.items()]
    return " ".join(["optiviz train", trial.data, *options])


def download_shown(quiet: bool) -> Callable[[str, int, int], None] | None:
    """Who is told how far a download has come: whoever is at the terminal, or nobody."""
    return (lambda name, done, size: None) if quiet else None


def figures(judgement: Judgement) -> list[str]:
    """The figures of each class as a table."""
    rows = [["class", "precision", "recall", "F1", "examples"]]
    columns = zip(judgement.precision, judgement.recall, judgement.f1, strict=True)
    for name, shares, count in zip(judgement.classes, columns, judgement.support, strict=True):
        rows.append([name, *("-" if share != share else f"{share:.4f}" for share in shares), f"{count:,}"])
    return aligned(rows)
