"""`optiviz demo`: a phenomenon of learning: a question for the class, the picture, and theory beside what ran."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from optiviz.cli.common import print_json
from optiviz.cli.sheet import Sheet, moving_options
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
@moving_options
def command(sheet: Sheet, name: str | None) -> None:
    """Show the phenomenon NAME: the question to ask first, then the picture, then the answer.

    The answer has the number that theory gives, which `optiviz derive` derives, beside that of the runs. Without
    NAME the phenomena are listed.
    """
    if name is None:
        if sheet.output or sheet.open_it:
            raise click.UsageError("-o and --open are for one phenomenon; write optiviz demo NAME")
        _contents(sheet.as_json)
        return
    chosen = find(name)
    if chosen.surface is None:
        if sheet.strip:
            raise click.UsageError(f"{chosen.name} does not move, so there is no film strip of it")
        sheet = replace(sheet, film=None)
    path = sheet.place(f"demo-{chosen.name}.{'gif' if chosen.surface else 'png'}")
    if not (sheet.quiet or sheet.as_json):
        click.echo(_wrapped(chosen.question) + "\n")
    shown = chosen.show(sheet.seed)
    words = _draw(chosen, shown, path, sheet)
    table = [_wrapped(shown.answer), "", *_table(shown), ""]
    sheet.report(path, words, "", lambda: _facts(chosen, shown), table)


def _contents(as_json: bool) -> None:
    if as_json:
        print_json({name: one.line for name, one in PHENOMENA.items()})
        return
    width = max(map(len, PHENOMENA))
    for name, one in PHENOMENA.items():
        click.echo(f"{name:{width}}  {one.line}")


def _draw(chosen: Phenomenon, shown: Demonstration, path: Path, sheet: Sheet) -> str:
    from optiviz.plot import draw_averages, race_picture

    seen = shown.seen
    if isinstance(seen, Smoothed):
        more = {"averages": seen.averages, "windows": seen.windows, "equations": seen.equations, "name": seen.name}
        return sheet.draw(draw_averages, seen.series, path, source=shown.note, **more)
    assert chosen.surface is not None
    return sheet.draw(race_picture, seen, path, grid=sheet.grid(chosen.surface), view=sheet.view, note=shown.note)


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


def _facts(chosen: Phenomenon, shown: Demonstration) -> dict[str, Any]:
    return {
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
