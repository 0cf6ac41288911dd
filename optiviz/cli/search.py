"""`optiviz search`: hyperparameters are tried, and the ledger keeps every trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from optiviz.cli.common import aligned
from optiviz.cli.networks import DATA, data_dir_option, download_shown, training_command, trial_options
from optiviz.cli.sheet import Sheet, still_options
from optiviz.search import Record, Silence, Space
from optiviz.search.space import DRAWS, Range, Value
from optiviz.search.space import MOST as MOST_TRIALS
from optiviz.trials import Trial
from optiviz.trials.varying import SHARE, ranked, search_trial, varied

EXAMPLES = """
\b
Examples:
  optiviz search --grid lr=0.1,0.01,0.001 --grid batch-size=32,128
  optiviz search messages --random lr=log:1e-4:1 --trials 20
  optiviz search --grid optimizer=adam,sgd --random lr=log:1e-4:1 --trials 12
"""


LEDGER = ".sqlite"
"""What stands at the end of the ledger's name, where the picture's has .png."""

DECADE = 10
"""Numbers of a grid that span this factor are drawn at their logarithms."""


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
@click.argument("data", type=DATA, default="shapes")
@click.option("--grid", multiple=True, metavar="NAME=V,V", help="Values of which every combination is tried.")
@click.option(
    "--random", multiple=True, metavar="NAME=RANGE",
    help="Draw from log:1e-4:1, uniform:0:0.9, int:1:5, logint:8:512 or from values; with a grid, at each point.",
)  # fmt: skip
@click.option(
    "--trials", type=click.IntRange(1, MOST_TRIALS), help=f"How many in all, if some are random; {DRAWS} if not given."
)
@trial_options
@click.option(
    "--validation", "share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=SHARE,
    show_default=True, help="The share of the training examples that is held out to judge by.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(1, 1000), help="How many trials at a time; as many as there are cores."
)
@data_dir_option
@still_options
def command(
    sheet: Sheet,
    data: str,
    grid: tuple[str, ...],
    random: tuple[str, ...],
    trials: int | None,
    share: float,
    processes: int | None,
    data_dir: Path | None,
    **fields: Any,
) -> None:
    """Search hyperparameters of a network on DATA, the shapes if not given: a grid, random draws, or both.

    What is varied: lr and the optimizer's other numbers, batch-size, epochs, model, optimizer, schedule, augment,
    and the schedule's numbers as schedule.k. Trials are judged by a share of the training examples; the test examples
    choose nothing. All trials are kept in NAME.sqlite beside the picture: interrupted, the same command goes on.
    """
    space = Space.read(grid, random)
    trial = Trial(data, seed=sheet.seed, **{name: value for name, value in fields.items() if value is not None})
    if sheet.output and sheet.output.suffix == LEDGER:
        sheet = replace(sheet, output=sheet.output.with_suffix(".png"))
    path = sheet.place(f"search-{trial.completed().data}.png")
    lines = Lines(path.with_suffix(LEDGER), sheet.quiet)

    from optiviz.plot.search import MOST

    if len(space.names) > MOST:
        raise ValueError(f"at most {MOST} hyperparameters have room in the picture, not {len(space.names)}")
    try:
        found = search_trial(
            trial, space, share=share, data_dir=data_dir, trials=trials,
            ledger=lines.ledger, processes=processes, progress=lines, download=download_shown(sheet.quiet),
        )  # fmt: skip
    except KeyboardInterrupt:
        there = f"{lines.there} of {lines.trials} trials are in {lines.ledger}" if lines.trials else "nothing was begun"
        raise click.Abort(f"interrupted; {there}, and the same command goes on") from None
    ordered = ranked(found)
    words = sheet.draw(_picture, ordered, path, trial=trial, space=space)
    said = "\n".join(_notes(trial, share, data_dir, ordered))
    sheet.report(path, words, said, lambda: _facts(trial, space, ordered, lines.ledger), _table(ordered))
    if ordered[0].state != "done":
        raise click.ClickException(f"no trial came to a result: {ordered[0].message or ordered[0].state}")


def _picture(records: list[Record], *, trial: Trial, space: Space, **look: Any) -> Any:
    """The loss of the trials over each hyperparameter."""
    from optiviz.plot import draw_search

    return draw_search(
        [{_option(name): value for name, value in record.parameters.items()} for record in records],
        [record.result.get("loss") for record in records],
        logarithmic=[*map(_option, _logarithmic(space))],
        of="validation loss",
        note=f"{trial.completed().data}, {_kind(space)}, seed {trial.seed}",
        **look,
    )


def _notes(trial: Trial, share: float, data_dir: Path | None, ordered: list[Record]) -> Iterator[str]:
    yield f"judged by {share:g} of the training examples; the test examples chose nothing"
    if lost := sum(record.state == "lost" for record in ordered):
        yield f"lost: {lost} of {len(ordered)} trials; the same command runs them again"
    if ordered[0].state == "done":
        best = varied(trial, ordered[0].parameters)
        yield f"the best on all of them, and then the test: {training_command(best, data_dir)}"


def _kind(space: Space) -> str:
    return " and ".join(["grid"] * bool(space.grid) + ["random"] * bool(space.random)) + " search"


def _logarithmic(space: Space) -> list[str]:
    """The names whose values are spaced by orders of magnitude."""
    drawn = [name for name, kind in space.random.items() if isinstance(kind, Range) and kind.logarithmic]
    return drawn + [name for name, choice in space.grid.items() if _spans_a_decade(choice.values)]


def _spans_a_decade(values: Sequence[Value]) -> bool:
    numbers = [value for value in values if not isinstance(value, str)]
    return len(numbers) == len(values) and min(numbers) > 0 and max(numbers) >= DECADE * min(numbers)


def _table(records: list[Record]) -> list[str]:
    """A row for each trial, in this order: its number, its parameters, and how it ended."""
    names = [*records[0].parameters]
    results = [*next((record.result for record in records if record.result), ["ended"])]
    rows = [["trial", *map(_option, names), *results, "seconds"]]
    for record in records:
        values = map(_value, record.parameters.values())
        ends = [_result(*item) for item in record.result.items()] or [record.state, *[""] * (len(results) - 1)]
        rows.append([str(record.number + 1), *values, *ends, f"{record.seconds:.1f}"])
    return [f"{row}  {why}".rstrip() for row, why in zip(aligned(rows), ["", *map(_why, records)], strict=True)]


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


def _facts(trial: Trial, space: Space, records: list[Record], ledger: Path) -> dict[str, Any]:
    return {
        "ledger": str(ledger),
        "trial": trial.completed().facts,
        "space": space.facts,
        "trials": [{**asdict(record), "number": record.number + 1} for record in records],
    }
