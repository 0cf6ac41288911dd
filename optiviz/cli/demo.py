"""`optiviz demo`: a phenomenon of learning: a question for the class, the picture, and theory beside what ran."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from optiviz.cli.lessons import LessonName, list_lessons, wrapped
from optiviz.cli.sheet import Sheet, racing_options
from optiviz.experiments import Race
from optiviz.experiments.phenomena import PHENOMENA, Demonstration, Phenomenon, Smoothed, find
from optiviz.surfaces import Grid

OF_WHAT_MOVES = {"view": "--view", "fps": "--fps", "frames": "--frames", "strip": "--filmstrip"}
"""Options that mean nothing to a picture that stands still."""

EXAMPLES = """
\b
Examples:
  optiviz demo                            (what there is)
  optiviz demo divergence
  optiviz demo noise-floor --size 1920x1080 -o floor.mp4
  optiviz demo ewma-bias --style dark
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", type=LessonName("phenomenon", PHENOMENA), required=False)
@racing_options
def command(sheet: Sheet, name: str | None) -> None:
    """Show the phenomenon NAME: the question to ask first, then the picture, then the answer.

    The answer has the number that theory gives, which `optiviz derive` derives, beside that of the runs. Without
    NAME the phenomena are listed.
    """
    if name is None:
        list_lessons("phenomenon", PHENOMENA, sheet)
        return
    chosen = find(name)

    from optiviz.plot import sampled

    if chosen.surface is None:
        _check_still(chosen.name)
        sheet = replace(sheet, film=None)
    path = sheet.place(f"demo-{chosen.name}.{'gif' if chosen.surface else 'png'}")
    grid = None if chosen.surface is None else sampled(chosen.surface, sheet.view)
    if not (sheet.quiet or sheet.as_json):
        click.echo(wrapped(chosen.question) + "\n")
    shown = chosen.show(sheet.seed)
    words = _draw(chosen, shown, grid, path, sheet)
    table = [wrapped(shown.answer), "", *_table(shown), ""]
    sheet.report(path, words, "", lambda: _facts(chosen, shown), table)


def _check_still(name: str) -> None:
    """Refuse what only a picture that moves has."""
    context = click.get_current_context()
    named = [
        written
        for option, written in OF_WHAT_MOVES.items()
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE
    ]
    if named:
        raise click.UsageError(f"the picture of {name} does not move and has no surface; leave out {', '.join(named)}")


def _draw(chosen: Phenomenon, shown: Demonstration, grid: Grid | None, path: Path, sheet: Sheet) -> str:
    """Draw it and write it; its words are the question and what the demonstration says itself."""
    from optiviz.plot import draw_averages, race_picture

    def drawn(seen: Race | Smoothed, **look: Any) -> Any:
        if isinstance(seen, Smoothed):
            made: Any = draw_averages(
                seen.series,
                seen.averages,
                seen.windows,
                equations=seen.equations,
                name=seen.name,
                source=shown.note,
                **look,
            )
        else:
            assert grid is not None
            look |= {"view": sheet.view, "note": shown.note}
            made = race_picture(seen, grid, middle=shown.middle, floors=shown.floors, **look)
        made.words = f"{chosen.question} {shown.words}"
        return made

    return sheet.draw(drawn, shown.seen, path)


def _table(shown: Demonstration) -> list[str]:
    """Theory beside what ran, why the two may differ, and where to read how the theory is derived."""
    rows = [f"{'theory':>10}  {'measured':>10}"]
    for one in shown.findings:
        theory, measured = one.numbers
        rows.append(f"{theory:>10}  {measured:>10}  {one.what}")
        rows.append(f"{'':24}± {one.within:.2g}, {one.because}; optiviz derive {one.derivation}")
    return rows


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
