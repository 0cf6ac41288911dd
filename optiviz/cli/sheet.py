"""What a picture is drawn on and how it is written, as the user wants it: the same options in every command."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from optiviz.cli.common import output_options, print_json, target
from optiviz.files import MARK, written_whole
from optiviz.names import STYLES, VIEWS

__all__ = ["PIXELS", "Sheet", "moving_options", "racing_options", "still_options"]

ALT = ".alt.txt"
"""What stands at the end of the name of the file with a picture's words."""


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


@dataclass(frozen=True)
class Sheet:
    """A picture to be: its look, its file, and what is said about it.

    Attributes:
        look: how it looks, for the function that draws it.
        film: how fast it moves and at how many looks it is shown; None if it stands still.
        strip: how many looks stand beside each other in its place, if any.
        view: how a surface is seen.
        alt: also write what is to be seen in words.
        seed: what is random is drawn from.
        output: the file to write, if the user named one; `force`: whatever stands there.
        open_it: show it at the end; `quiet`: say nothing; `as_json`: print the facts.
    """

    look: dict[str, Any]
    film: dict[str, Any] | None
    strip: int | None
    view: str
    alt: bool
    seed: int
    output: Path | None
    force: bool
    open_it: bool
    quiet: bool
    as_json: bool

    def place(self, otherwise: str) -> Path:
        """The file to write, once it is clear that it may and can be, and so may its words beside it."""
        from optiviz.plot import STILL, SUFFIXES, check_format

        suffixes = STILL if self.film is None or self.strip else SUFFIXES
        if self.strip:
            if self.film and any(self.film.values()):
                raise ValueError("a film strip does not move; leave out --fps and --frames")
            if self.output and self.output.suffix.lower() in {*SUFFIXES} - {*STILL}:
                named = ", ".join(str(self.output.with_suffix(suffix)) for suffix in STILL)
                moves = self.output.suffix
                raise ValueError(f"a film strip does not move, as {moves} would; write -o with one of {named}")
            otherwise = str(Path(otherwise).with_suffix(".png"))
        path = target(self.output, otherwise, suffixes, self.force, ALT * self.alt)
        check_format(path)
        return path

    @property
    def suffix(self) -> str:
        """What a view adds to the name of a file."""
        return "" if self.view == "contour" else f"-{self.view}"

    def draw(self, draw: Callable[..., Any], found: Any, path: Path, **more: Any) -> str:
        """Draw what was found, write it, and return what is to be seen in words."""
        from optiviz.plot import film, filmstrip, write_still

        drawn = draw(found, **more, **self.look)
        if self.film is None:
            write_still(drawn, path)
        else:
            drawn = filmstrip(drawn, self.strip) if self.strip else drawn
            film(drawn, path, progress=_progress(self.quiet), **self.film)
        if self.alt:
            with written_whole(path.with_suffix(ALT)) as temporary:
                temporary.write_text(f"{drawn.words}\n\nPicture {MARK}.\n", encoding="utf-8")
        return str(drawn.words)

    def report(
        self, path: Path, words: str, said: str, facts: Callable[[], dict[str, Any]], table: Iterable[str] = ()
    ) -> None:
        """Print the facts as JSON, or a table on stdout, what there is to say on stderr, and where the picture is."""
        if self.as_json:
            print_json({"file": str(path), **facts(), "alt": words})
        elif not self.quiet:
            for row in table:
                click.echo(row)
            if said:
                click.echo(said, err=True)
            if self.alt:
                click.echo(f"in words: {path.with_suffix(ALT)}", err=True)
            click.echo(path)
        if self.open_it:
            click.launch(str(path))


def still_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that draws a picture that does not move; it gets them as its `sheet`."""

    @functools.wraps(command)
    def gathered(size: tuple[int, int] | None, style: str, **options: Any) -> Any:
        return _with_sheet(command, {"size": size, "style": style}, None, None, "", options)

    return _picture_options(gathered)


def moving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that draws one run as it moves; it gets them as its `sheet`."""
    beside = "; or what stands beside it: what its rule computes, or how far each coordinate moves for its gradient"
    return _moving_options(command, VIEWS, beside)


def racing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that draws several runs as they move; it gets them as its `sheet`."""
    return _moving_options(command, VIEWS[:3])


def _moving_options(command: Callable[..., Any], views: Sequence[str], beside: str = "") -> Callable[..., Any]:
    @functools.wraps(command)
    def gathered(
        size: tuple[int, int] | None,
        style: str,
        fps: float | None,
        frames: int | None,
        strip: int | None,
        view: str,
        **options: Any,
    ) -> Any:
        look, film = {"size": size, "style": style}, {"fps": fps, "most": frames}
        return _with_sheet(command, look, film, strip, view, options)

    for option in (
        click.option(
            "--view",
            type=click.Choice(views),
            default="contour",
            show_default=True,
            help=f"How the surface is seen: from above, as a body, with arrows against the gradient{beside}.",
        ),
        click.option(
            "--filmstrip",
            "strip",
            type=click.IntRange(2, 12),
            metavar="N",
            help="For print: N looks beside each other, as .png, .svg or .pdf; --size says how wide.",
        ),
        click.option(
            "--frames",
            type=click.IntRange(2, 10_000),
            metavar="N",
            help="Show a longer run at N of its steps; 400 if not given.",
        ),
        click.option(
            "--fps", type=click.FloatRange(0.5, 50), help="Frames per second; about eight seconds in all if not given."
        ),
    ):
        gathered = option(gathered)
    return _picture_options(gathered)


def _picture_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = output_options(command)
    for option in (
        click.option("--alt", is_flag=True, help="Also write what is to be seen in words, to NAME.alt.txt."),
        click.option("--style", type=click.Choice(STYLES), default="light", show_default=True, help="How it looks."),
        click.option(
            "--size", type=PIXELS, metavar="WxH", help="Pixels, such as 960x540; the style's own if not given."
        ),
    ):
        command = option(command)
    return command


def _with_sheet(
    command: Callable[..., Any],
    look: dict[str, Any],
    film: dict[str, Any] | None,
    strip: int | None,
    view: str,
    options: dict[str, Any],
) -> Any:
    named = ("alt", "seed", "output", "force", "open_it", "quiet", "as_json")
    sheet = Sheet(look, film, strip, view, **{name: options.pop(name) for name in named})
    return command(sheet=sheet, **options)


def _progress(quiet: bool) -> Callable[[list[int]], Iterable[int]]:
    """What shows on a terminal how far the drawing has come."""

    def progress(looks: list[int]) -> Iterable[int]:
        hidden = quiet or not sys.stderr.isatty()
        with click.progressbar(looks, label="drawing", file=sys.stderr, hidden=hidden) as bar:
            yield from bar

    return progress
