"""What the commands share that draw a picture."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from optiviz.cli.common import output_options, print_json, target
from optiviz.descent import minimize
from optiviz.experiments import (
    STEPS,
    WATCHABLE,
    suited_batch,
    suited_lr,
    suited_noise,
    wants_rate,
    with_lr,
)
from optiviz.formula import Formula
from optiviz.names import STYLES
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

__all__ = [
    "CHOSEN",
    "HOPELESS",
    "PIXELS",
    "Numbers",
    "Sheet",
    "data_options",
    "film_options",
    "moving_target",
    "picture_options",
    "prepared",
    "progress_bar",
    "slug",
    "still_options",
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


def film_options(command: C) -> C:
    """The options --fps and --frames."""
    speed = click.option(
        "--fps", type=click.FloatRange(0.5, 50), help="Frames per second; about eight seconds in all if not given."
    )
    most = click.option(
        "--frames", type=click.IntRange(2, 10_000), metavar="N", help="Show a longer run at N of its steps; 400."
    )
    return speed(most(command))


@dataclass(frozen=True)
class Sheet:
    """What a picture that does not move is drawn on, as the user wants it.

    Attributes:
        look: how it looks, for the function that draws it.
        seed: what is random is drawn from.
        output: the file to write, if the user named one; `force`: whatever stands there.
        open_it: show it at the end; `quiet`: say nothing; `as_json`: print the facts.
    """

    look: dict[str, Any]
    seed: int
    output: Path | None
    force: bool
    open_it: bool
    quiet: bool
    as_json: bool

    def place(self, otherwise: str) -> Path:
        """The file to write, once it is clear that it may and can be."""
        from optiviz.plot import STILL

        return target(self.output, otherwise, STILL, self.force)

    def draw(self, draw: Callable[..., Any], found: Any, path: Path, **more: Any) -> None:
        """Draw what was found, and write it."""
        from optiviz.plot import write_still

        write_still(draw(found, **more, **self.look), path)

    def report(self, path: Path, said: str, facts: Callable[[], dict[str, Any]], table: Iterable[str] = ()) -> None:
        """Print the facts as JSON, or what there is to say on stderr and where the picture is on stdout."""
        if self.as_json:
            print_json({"file": str(path), **facts()})
        elif not self.quiet:
            for row in table:
                click.echo(row)
            click.echo(said, err=True)
            click.echo(path)
        if self.open_it:
            click.launch(str(path))


def still_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that draws a picture that does not move; it gets them as its `sheet`."""

    @functools.wraps(command)
    def gathered(
        size: tuple[int, int] | None,
        style: str,
        seed: int,
        output: Path | None,
        force: bool,
        open_it: bool,
        quiet: bool,
        as_json: bool,
        **others: Any,
    ) -> Any:
        look = {"size": size, "style": style}
        return command(sheet=Sheet(look, seed, output, force, open_it, quiet, as_json), **others)

    return picture_options(output_options(gathered))


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


CHOSEN, HOPELESS = f"learning rate {WATCHABLE}", "no learning rate that was tried gets down on this surface"


def prepared(
    rule: Optimizer, surface: Surface, noise: float | None, batch_size: int | None
) -> tuple[Optimizer, dict[str, Any], str]:
    """The rule with a learning rate, how rough its gradients are, and a note if the user gave no rate.

    If nobody says otherwise sgd draws mini-batches, on a surface without examples as much noise as can be seen.
    """
    if noise is None and batch_size is None:
        batch_size = suited_batch(rule, surface)
    rule, note = _with_rate(rule, surface, batch_size)
    if noise is None:
        noise = suited_noise(rule, surface) if rule.name == "sgd" and batch_size is None else 0.0
    return rule, {"noise": noise, "batch_size": batch_size}, note


def _with_rate(rule: Optimizer, surface: Surface, batch_size: int | None) -> tuple[Optimizer, str]:
    if not wants_rate(rule):
        return rule, ""
    rule = with_lr(rule, suited_lr(rule, surface, batch_size))
    run = minimize(surface, rule, steps=STEPS, batch_size=batch_size)
    return rule, CHOSEN if run.value[-1] < run.value[0] else HOPELESS


def moving_target(output: Path | None, otherwise: str, force: bool) -> Path:
    """The file for a picture that moves, once it is clear that it may and can be written."""
    from optiviz.plot import SUFFIXES, check_format

    path = target(output, otherwise, SUFFIXES, force)
    check_format(path)
    return path


def slug(formula: Formula) -> str:
    """A formula's name in a file's name."""
    return formula.name if formula.name.replace(".", "").replace("+", "").isidentifier() else "formula"
