"""What the commands share that teach by a question, a picture and an answer, and list what there is without a name."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from typing import Protocol

import click
from click.shell_completion import CompletionItem

from optiviz.cli.common import print_json
from optiviz.cli.sheet import Sheet

__all__ = ["LessonName", "list_lessons", "wrapped"]


class Lesson(Protocol):
    """What has a name and says in one line what it shows."""

    @property
    def line(self) -> str:
        """What happens, in a sentence."""


class LessonName(click.ParamType[str]):
    """The name of a lesson, completed."""

    def __init__(self, kind: str, lessons: Mapping[str, Lesson]) -> None:
        self.name, self.lessons = kind, lessons

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this."""
        begun = incomplete.replace("_", "-").lower()
        return [CompletionItem(name, help=one.line) for name, one in self.lessons.items() if name.startswith(begun)]


def list_lessons(kind: str, lessons: Mapping[str, Lesson], sheet: Sheet) -> None:
    """What there is, a line each.

    Raises:
        UsageError: a file was asked for, which only one lesson has.
    """
    if sheet.output or sheet.open_it:
        command = click.get_current_context().command_path
        raise click.UsageError(f"-o and --open are for one {kind}; write {command} NAME")
    if sheet.as_json:
        print_json({name: one.line for name, one in lessons.items()})
        return
    width = max(map(len, lessons))
    for name, one in lessons.items():
        click.echo(f"{name:{width}}  {one.line}")


def wrapped(text: str) -> str:
    """Lines that fit the terminal, and are not too long to read on a wide one."""
    return textwrap.fill(text, min(shutil.get_terminal_size().columns, 100), break_on_hyphens=False)
