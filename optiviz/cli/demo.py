"""`optiviz demo`: a phenomenon of learning: a question for the class, the picture, and theory beside what ran."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from optiviz.cli.common import output_options, print_json, target
from optiviz.cli.pictures import moving_target, picture_options, progress_bar
from optiviz.experiments.phenomena import PHENOMENA, Demonstration, Phenomenon, Smoothed, find

EXAMPLES = """
\b
Examples:
  optiviz demo                            (what there is)
  optiviz demo divergence
  optiviz demo noise-floor --size 1920x1080 -o floor.mp4
  optiviz demo ewma-bias --style dark
"""


class _Name(click.ParamType[str]):
    """The name of a phenomenon, completed."""

    name = "phenomenon"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this."""
        begun = incomplete.replace("_", "-").lower()
        return [CompletionItem(name, help=one.line) for name, one in PHENOMENA.items() if name.startswith(begun)]


@click.command(epilog=EXAMPLES)
@click.argument("name", type=_Name(), required=False)
@picture_options
@output_options
def command(
    name: str | None,
    size: tuple[int, int] | None,
    style: str,
    seed: int,
    output: Path | None,
    force: bool,
    open_it: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Show the phenomenon NAME: the question to ask first, then the picture, then the answer.

    The answer has the number that theory gives, which `optiviz derive` derives, beside that of the runs. Without
    NAME the phenomena are listed.
    """
    if name is None:
        if output or open_it:
            raise click.UsageError("-o and --open are for one phenomenon; write optiviz demo NAME")
        _contents(as_json)
        return
    chosen = find(name)
    path = _place(chosen, output, force)
    told = not (quiet or as_json)
    if told:
        click.echo(_wrapped(chosen.question) + "\n")
    shown = chosen.show(seed)
    _draw(chosen, shown, path, {"size": size, "style": style}, quiet)
    if as_json:
        print_json(_facts(chosen, shown, path))
    elif told:
        click.echo(_wrapped(shown.answer) + "\n")
        click.echo("\n".join(_table(shown)) + "\n")
        click.echo(path)
    if open_it:
        click.launch(str(path))


def _contents(as_json: bool) -> None:
    if as_json:
        print_json({name: one.line for name, one in PHENOMENA.items()})
        return
    width = max(map(len, PHENOMENA))
    for name, one in PHENOMENA.items():
        click.echo(f"{name:{width}}  {one.line}")


def _place(chosen: Phenomenon, output: Path | None, force: bool) -> Path:
    """The file, once it is clear that it may and can be written."""
    if chosen.surface:
        return moving_target(output, f"demo-{chosen.name}.gif", force)
    from optiviz.plot import STILL

    return target(output, f"demo-{chosen.name}.png", STILL, force)


def _draw(chosen: Phenomenon, shown: Demonstration, path: Path, look: dict[str, Any], quiet: bool) -> None:
    from optiviz.plot import draw_averages, film, race_picture, write_still

    seen = shown.seen
    if isinstance(seen, Smoothed):
        facts: Any = {"equations": seen.equations, "name": seen.name, "source": shown.note}
        write_still(draw_averages(seen.series, seen.averages, seen.windows, **facts, **look), path)
    else:
        assert chosen.surface is not None
        film(race_picture(seen, chosen.surface.sample(), note=shown.note, **look), path, progress=progress_bar(quiet))


def _wrapped(text: str) -> str:
    return textwrap.fill(text, min(shutil.get_terminal_size().columns, 100), break_on_hyphens=False)


def _table(shown: Demonstration) -> list[str]:
    """Theory beside what ran, why the two may differ, and where to read how the theory is derived."""
    rows = [f"{'theory':>10}  {'measured':>10}"]
    for one in shown.findings:
        rows.append(f"{_number(one.theory):>10}  {_number(one.measured):>10}  {one.what}")
        rows.append(f"{'':24}± {one.within:.2g}, {one.because}; optiviz derive {one.derivation}")
    return rows


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _facts(chosen: Phenomenon, shown: Demonstration, path: Path) -> dict[str, Any]:
    return {
        "file": str(path),
        "name": chosen.name,
        "question": chosen.question,
        "answer": shown.answer,
        "findings": [
            {
                "what": one.what,
                "theory": one.theory,
                "measured": one.measured,
                "within": one.within,
                "because": one.because,
                "agrees": one.agrees,
                "derivation": one.derivation,
            }
            for one in shown.findings
        ],
    }
