"""What the commands share that draw a picture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz.cli.common import target
from optiviz.descent import minimize
from optiviz.experiments import STEPS, suited_lr, wants_rate, with_lr
from optiviz.formula import Formula
from optiviz.names import STYLES, VIEWS
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

__all__ = [
    "HOPELESS",
    "PIXELS",
    "TUNED",
    "Numbers",
    "data_options",
    "finish",
    "moving_target",
    "picture_options",
    "progress_bar",
    "slug",
    "view_option",
    "with_rate",
]

C = TypeVar("C", bound=Callable[..., Any])


class Numbers(click.ParamType[Any]):
    """Numbers in one word: `-1.5,2` or `960x540`."""

    def __init__(self, name: str, separator: str, counts: tuple[int, ...], example: str) -> None:
        self.name, self.separator, self.counts, self.example = name, separator, counts, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The numbers as a tuple of floats."""
        if not isinstance(value, str):
            return value
        parts = value.replace("−", "-").split(self.separator)
        try:
            numbers = tuple(float(part) for part in parts)
        except ValueError:
            numbers = ()
        if len(numbers) not in self.counts or not all(abs(n) < float("inf") for n in numbers):
            count = " or ".join(map(str, self.counts))
            self.fail(f"'{value}' is not {count} numbers; write {self.example}", param, ctx)
        return numbers


class Pixels(click.ParamType[Any]):
    """The size of a picture, such as 1920x1080."""

    name = "pixels"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Width and height as whole numbers."""
        if not isinstance(value, str):
            return value
        width, _, height = value.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            self.fail(f"'{value}' is not two numbers; write 1920x1080", param, ctx)
        size = int(width), int(height)
        if not (320 <= size[0] <= 3840 and 180 <= size[1] <= 2160 and 1.2 <= size[0] / size[1] <= 2.7):
            self.fail(f"{value}: from 320x180 to 3840x2160, and wider than high, such as 1920x1080", param, ctx)
        return size


PIXELS = Pixels()


def picture_options(command: C) -> C:
    """The options --size and --style."""
    size = click.option(
        "--size", type=PIXELS, metavar="WxH", help="Pixels, such as 960x540; the style's own if not given."
    )
    look = click.option("--style", type=click.Choice(STYLES), default="light", show_default=True, help="How it looks.")
    return size(look(command))


def view_option(command: C) -> C:
    """The option --view."""
    return click.option(
        "--view",
        type=click.Choice(VIEWS),
        default="contour",
        show_default=True,
        help="What stands beside the surface: of contour loss and memory, of internals the lines of the rule (g, m, "
        "mhat, ...), of effective how far each coordinate moves for its gradient.",
    )(command)


def data_options(command: C) -> C:
    """The options --batch-size and --data."""
    size = click.option(
        "--batch-size",
        type=click.IntRange(1),
        metavar="N",
        help="On a loss on data: examples for each gradient; all, but for sgd 32 or a quarter of few.",
    )
    file = click.option(
        "--data",
        type=click.Path(path_type=Path),
        metavar="FILE.csv",
        help="On a loss on data: your own examples, in columns named as `optiviz show` says, or in that order.",
    )
    return size(file(command))


def progress_bar(quiet: bool) -> Callable[[list[int]], Iterable[int]]:
    """What shows on a terminal how far the drawing has come."""

    def progress(looks: list[int]) -> Iterable[int]:
        hidden = quiet or not sys.stderr.isatty()
        with click.progressbar(looks, label="drawing", file=sys.stderr, hidden=hidden) as bar:
            yield from bar

    return progress


TUNED, HOPELESS = "learning rate tuned for this surface", "no learning rate that was tried gets down on this surface"


def with_rate(rule: Optimizer, surface: Surface) -> tuple[Optimizer, str]:
    """The rule with a learning rate that suits the surface if the user gave none, and then a note that says so."""
    if not wants_rate(rule):
        return rule, ""
    rule = with_lr(rule, suited_lr(rule, surface))
    run = minimize(surface, rule, steps=STEPS)
    return rule, TUNED if run.value[-1] < run.value[0] else HOPELESS


def moving_target(output: Path | None, otherwise: str, force: bool) -> Path:
    """The file for a picture that moves, once it is clear that it may and can be written."""
    from optiviz.plot import SUFFIXES, check_format

    path = target(output, otherwise, SUFFIXES, force)
    check_format(path)
    return path


def slug(formula: Formula) -> str:
    """A formula's name in a file's name."""
    return formula.name if formula.name.replace(".", "").replace("+", "").isidentifier() else "formula"


def finish(path: Path, report: str, quiet: bool, open_it: bool) -> None:
    """Say what was drawn on stderr and where on stdout, and open it if asked to."""
    if not quiet:
        click.echo(report, err=True)
        click.echo(path)
    if open_it:
        click.launch(str(path))
