"""What the commands share that train and use networks: data and models by name, and tables of what came of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from optiviz.cli.common import aligned
from optiviz.cli.types import FormulaType
from optiviz.data import NAMES
from optiviz.models import Architecture, called
from optiviz.trials import Judgement, recipe

__all__ = ["DATA", "MODEL", "checked", "data_dir_option", "download_shown", "figures"]

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


def data_dir_option(command: C) -> C:
    """The option --data-dir."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the files of data lie that are not made here; OPTIVIZ_DATA if not given, else downloaded.",
    )(command)


def download_shown(quiet: bool) -> Callable[[str, int, int], None] | None:
    """What shows on a terminal how far a download has come."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(name: str, done: int, size: int) -> None:
        end = "\n" if done >= size else ""
        click.echo(f"\rdownloading {name}: {done / 1e6:.1f} of {size / 1e6:.1f} MB{end}", nl=False, err=True)

    return show


def figures(judgement: Judgement) -> list[str]:
    """The figures of each class as a table."""
    rows = [["class", "precision", "recall", "F1", "examples"]]
    columns = zip(judgement.precision, judgement.recall, judgement.f1, strict=True)
    for name, shares, count in zip(judgement.classes, columns, judgement.support, strict=True):
        rows.append([name, *("-" if share != share else f"{share:.4f}" for share in shares), f"{count:,}"])
    return aligned(rows)
