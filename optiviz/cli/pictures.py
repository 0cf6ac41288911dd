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
from optiviz.files import MARK, written_whole
from optiviz.formula import Formula
from optiviz.names import STYLES
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

__all__ = [
    "ALT",
    "HOPELESS",
    "PIXELS",
    "TUNED",
    "Numbers",
    "data_options",
    "finish",
    "moving_options",
    "moving_target",
    "picture_options",
    "progress_bar",
    "slug",
    "still_target",
    "with_rate",
    "write_alt",
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


ALT = ".alt.txt"
"""What stands at the end of the name of the file with a picture's words."""


def picture_options(command: C) -> C:
    """The options --size, --style and --alt."""
    size = click.option(
        "--size", type=PIXELS, metavar="WxH", help="Pixels, such as 960x540; the style's own if not given."
    )
    look = click.option("--style", type=click.Choice(STYLES), default="light", show_default=True, help="How it looks.")
    words = click.option("--alt", is_flag=True, help="Also write what is to be seen in words, to NAME.alt.txt.")
    return size(look(words(command)))


def moving_options(command: C) -> C:
    """The options --fps and --filmstrip."""
    rate = click.option(
        "--fps", type=click.FloatRange(0.5, 50), help="Frames per second; about eight seconds in all if not given."
    )
    strip = click.option(
        "--filmstrip",
        "strip",
        type=click.IntRange(2, 12),
        metavar="N",
        help="For print: N looks beside each other, as .png, .svg or .pdf; --size says how wide.",
    )
    return rate(strip(command))


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


def still_target(output: Path | None, otherwise: str, force: bool, alt: bool) -> Path:
    """The file for a picture that does not move, once it is clear that it may and can be written, with its words."""
    from optiviz.plot import STILL

    return target(output, otherwise, STILL, force, ALT * alt)


def moving_target(output: Path | None, otherwise: str, force: bool, alt: bool, strip: int | None) -> Path:
    """The file for a picture that moves, or a strip of its looks, once it is clear that it may and can be written."""
    from optiviz.plot import STILL, SUFFIXES, check_format

    if strip:
        if output and output.suffix.lower() in {*SUFFIXES} - {*STILL}:
            named = ", ".join(str(output.with_suffix(suffix)) for suffix in STILL)
            raise ValueError(f"a film strip does not move, as {output.suffix} would; write -o with one of {named}")
        return still_target(output, str(Path(otherwise).with_suffix(".png")), force, alt)
    path = target(output, otherwise, SUFFIXES, force, ALT * alt)
    check_format(path)
    return path


def write_alt(path: Path, words: str, quiet: bool) -> None:
    """Write what is to be seen in the picture at `path` beside it, with the mark as a line of its own."""
    file = path.with_suffix(ALT)
    with written_whole(file) as temporary:
        temporary.write_text(f"{words}\n\nPicture {MARK}.\n", encoding="utf-8")
    if not quiet:
        click.echo(f"in words: {file}", err=True)


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
