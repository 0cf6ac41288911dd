"""What the commands share: the options that mean the same everywhere, and where a file may be written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz.files import check_place, is_ours

__all__ = ["aligned", "file_options", "json_option", "output_options", "print_json", "target"]

HALF = re.compile("[\ud800-\udfff]")

C = TypeVar("C", bound=Callable[..., Any])


def json_option(command: C) -> C:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON on stdout.")(command)


def file_options(command: C) -> C:
    """The options of every command that writes a file."""
    for option in (
        json_option,
        click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("--open", "open_it", is_flag=True, help="Open the file when it is written."),
        click.option("--force", is_flag=True, help="Replace a file that optiviz did not write."),
        click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write; its suffix says how."),
    ):
        command = option(command)
    return command


def output_options(command: C) -> C:
    """Those, and the seed of what is random."""
    seed = click.option(
        "--seed", type=click.IntRange(0), default=0, show_default=True, help="What random numbers are drawn from."
    )
    return seed(file_options(command))


def target(output: Path | None, otherwise: str, suffixes: tuple[str, ...], force: bool, beside: str = "") -> Path:
    """The file to write, once it is clear that it may and can be, and so may the one `beside` it, if there is one.

    Args:
        output: the file that the user names.
        otherwise: what it is called else.
        suffixes: the formats.
        force: may it be any file that is replaced?
        beside: the suffix of a second file that will be written, too.

    Raises:
        ValueError: the format is not known, or a file that is not ours is in the way.
        OSError: there is no such directory.
    """
    path = output or Path(otherwise)
    check_place(path)
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"cannot write '{path}': the formats are {', '.join(suffixes)}; write -o NAME{suffixes[0]}")
    for file in [path, path.with_suffix(beside)] if beside else [path]:
        if file.exists() and not force and not is_ours(file):
            raise FileExistsError(
                f"{file} was not written by optiviz; choose another name with -o, or replace it with --force"
            )
    return path


def print_json(facts: dict[str, Any]) -> None:
    """Facts on stdout, as JSON that any parser takes: what is not a finite number becomes null.

    A byte of a name or a text that was no letter is half of a surrogate pair in Python; it is written as its code.
    """
    text = json.dumps(_finite(facts), indent=2, ensure_ascii=False, allow_nan=False)
    click.echo(HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{'>' if i else '<'}{width}}" for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
