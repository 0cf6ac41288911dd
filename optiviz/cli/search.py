"""`optiviz search`: hyperparameters are tried, and the ledger keeps every trial."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from optiviz.cli.common import json_option, print_json
from optiviz.search import Record, Silence, Space
from optiviz.search.space import DRAWS, MOST
from optiviz.trials import Trial
from optiviz.trials.varying import SHARE, ranked, search_trial, varied

EXAMPLES = """
\b
Examples:
  optiviz search --grid lr=0.1,0.01,0.001 --grid batch-size=32,128
  optiviz search messages --random lr=log:1e-4:1 --trials 20
  optiviz search --grid optimizer=adam,sgd --random lr=log:1e-4:1 --trials 12
"""


class Lines(Silence):
    """A line for each trial on stderr."""

    def __init__(self, ledger: Path, quiet: bool) -> None:
        self.ledger, self.quiet = ledger, quiet
        self.there = self.trials = 0

    def begin(self, there: int, trials: int) -> None:
        """Say what is there already."""
        self.there, self.trials = there, trials
        if there:
            self._say(f"{there} of {trials} trials are there already, in {self.ledger}")

    def end(self, record: Record) -> None:
        """Say what came of a trial."""
        self.there += record.state != "lost"
        self._say(f"{self.there}/{self.trials}  {_line(record)}")

    def _say(self, line: str) -> None:
        if not self.quiet:
            click.echo(line, err=True)


@click.command(epilog=EXAMPLES)
@click.argument("data", default="shapes")
@click.option("--grid", multiple=True, metavar="NAME=V,V", help="Values of which every combination is tried.")
@click.option(
    "--random", multiple=True, metavar="NAME=RANGE",
    help="Draw from log:1e-4:1, uniform:0:0.9, int:1:5, logint:8:512 or from values; with a grid, at each point.",
)  # fmt: skip
@click.option(
    "--trials", type=click.IntRange(1, MOST), help=f"How many in all, if some are random; {DRAWS} if not given."
)
@click.option("--model", metavar="MODEL", help="The network, by its name or FILE.py:NAME.")
@click.option("--optimizer", metavar="RULE", help="The update rule with its numbers, such as adam:lr=0.01.")
@click.option("--schedule", metavar="SCHEDULE", help="How the learning rate changes.")
@click.option("--loss", metavar="LOSS", help="What is minimized; the one derived for classes if not given.")
@click.option("--epochs", type=click.IntRange(1, 10_000), help="How often every example is seen.")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Examples for each gradient.")
@click.option("--augment", metavar="AUGMENTATION", help="What each batch goes through, such as flip.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only so many of the training examples.")
@click.option(
    "--validation", "share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=SHARE,
    show_default=True, help="The share of the training examples that is held out to judge by.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(1, 1000), help="How many trials at a time; as many as there are cores."
)
@click.option("--data-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where published data lie.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="What random numbers are drawn from."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE.sqlite",
    help="Where the trials are kept; search-DATA.sqlite if not given.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@json_option
def command(
    data: str,
    grid: tuple[str, ...],
    random: tuple[str, ...],
    trials: int | None,
    share: float,
    processes: int | None,
    data_dir: Path | None,
    output: Path | None,
    quiet: bool,
    as_json: bool,
    **fields: Any,
) -> int:
    """Search hyperparameters of a network on DATA, the shapes if not given: a grid, random draws, or both.

    What is varied: lr and the optimizer's other numbers, batch-size, epochs, model, optimizer, schedule, augment,
    and the schedule's numbers as schedule.k. Trials are judged by a share of the training examples; the test examples
    choose nothing. All trials are kept in a file: interrupted, the same command goes on.
    """
    space = Space.read(grid, random)
    trial = Trial(data, **{name: value for name, value in fields.items() if value is not None})
    lines = Lines(output or Path(f"search-{trial.completed().data}.sqlite"), quiet)
    try:
        found = search_trial(
            trial, space, share=share, data_dir=data_dir, trials=trials,
            ledger=lines.ledger, processes=processes, progress=lines,
        )  # fmt: skip
    except KeyboardInterrupt:
        kept = f"{lines.there} of {lines.trials} trials are in {lines.ledger}" if lines.trials else "nothing was begun"
        click.echo(f"optiviz: interrupted; {kept}, and the same command goes on", err=True)
        return 130
    best, *_ = ordered = ranked(found)
    if as_json:
        print_json(_facts(trial, space, ordered, lines.ledger))
    elif not quiet:
        click.echo("\n".join(_table(ordered)))
        click.echo(f"judged by {share:g} of the training examples; the test examples chose nothing", err=True)
        if lost := sum(record.state == "lost" for record in found):
            click.echo(f"lost: {lost} of {len(found)} trials; the same command runs them again", err=True)
        if best.state == "done":
            again = _again(varied(trial, best.parameters))
            click.echo(f"the best on all of them, and then the test: {again}", err=True)
        click.echo(lines.ledger)
    return 0


def _table(records: list[Record]) -> list[str]:
    """A row for each trial, in this order: its number, its parameters, and how it ended."""
    names = [*records[0].parameters]
    results = [*next((record.result for record in records if record.result), ["ended"])]
    rows = [["trial", *map(_option, names), *results, "seconds"]]
    for record in records:
        values = map(_value, record.parameters.values())
        ends = [_result(*item) for item in record.result.items()] or [record.state, *[""] * (len(results) - 1)]
        rows.append([str(record.number + 1), *values, *ends, f"{record.seconds:.1f}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return [f"{row}  {why}".rstrip() for row, why in zip(aligned, ["", *map(_why, records)], strict=True)]


def _line(record: Record) -> str:
    """A trial in a line of words."""
    tried = ", ".join(f"{_option(name)}={_value(value)}" for name, value in record.parameters.items())
    ended = ", ".join(f"{name} {_result(name, value)}" for name, value in record.result.items())
    return f"{tried}: {ended or f'{record.state}: {_why(record)}'} ({record.seconds:.1f} s)"


def _option(name: str) -> str:
    return name.replace("_", "-")


def _value(value: float | int | str) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _result(name: str, value: float) -> str:
    return f"{value:.1%}" if name == "accuracy" else f"{value:.4g}"


def _why(record: Record) -> str:
    """Why it is not done, as far as it fits beside the rest; the ledger has all of it."""
    return record.message.partition("; ")[0]


def _again(trial: Trial) -> str:
    """The command that trains a trial."""
    usual = Trial()
    given = {name: value for name, value in trial.facts.items() if name != "data" and value != getattr(usual, name)}
    options = [f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in given.items()]
    return " ".join(["optiviz train", trial.data, *options])


def _facts(trial: Trial, space: Space, records: list[Record], ledger: Path) -> dict[str, Any]:
    return {
        "file": str(ledger),
        "trial": trial.completed().facts,
        "space": space.facts,
        "trials": [{**asdict(record), "number": record.number + 1} for record in records],
    }
