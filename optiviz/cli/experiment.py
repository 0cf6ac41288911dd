"""`optiviz experiment`: a comparison of networks: a question for the class, runs, a picture, and the answer."""

from __future__ import annotations

from typing import Any

import click

from optiviz.cli.contests import curves_of, facts_of, shown_progress, table_of
from optiviz.cli.lessons import LessonName, list_lessons, wrapped
from optiviz.cli.sheet import Sheet, still_options
from optiviz.trials.experiments import EXPERIMENTS, Experiment, Shown, find

EXAMPLES = """
\b
Examples:
  optiviz experiment                      (what there is)
  optiviz experiment batch-norm
  optiviz experiment pooling --seeds 5 --style slide -o pooling.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", type=LessonName("experiment", EXPERIMENTS), required=False)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=3, show_default=True, metavar="N", help="How many runs of each."
)
@click.option("--epochs", type=click.IntRange(1, 1000), metavar="N", help="How often every example is seen.")
@click.option("--limit", type=click.IntRange(10, 100_000), metavar="N", help="Train on N examples.")
@still_options
def command(sheet: Sheet, name: str | None, seeds: int, epochs: int | None, limit: int | None) -> None:
    """Make the experiment NAME: the question to ask first, then the runs, their picture, and the answer.

    Each compares trainings that differ in one thing, from several seeds, on figures that are made here. The answer has
    the numbers of these runs; if what was expected did not happen, it says so. Without NAME they are listed.
    """
    if name is None:
        list_lessons("experiment", EXPERIMENTS, sheet)
        return
    chosen = find(name)
    path = sheet.place(f"experiment-{chosen.name}.png")
    if not (sheet.quiet or sheet.as_json):
        click.echo(wrapped(chosen.question) + "\n")
    with shown_progress(sheet.quiet) as progress:
        shown = chosen.show(
            range(sheet.seed, sheet.seed + seeds), examples=limit, epochs=epochs, progress=progress("training")
        )

    from optiviz.plot import draw_comparison

    note = f"{chosen.name}: {shown.contest.examples:,} examples, batches of {shown.contest.batch_size}"

    def drawn(curves: Any, **look: Any) -> Any:
        made = draw_comparison(curves, of="test accuracy", better="higher", note=note, **look)
        made.words = f"{chosen.question} {shown.answer} {made.words}"
        return made

    words = sheet.draw(drawn, curves_of(shown.contest), path)
    weights = [[f"{count:,}"] for count in shown.contest.weights]
    table = [wrapped(shown.answer), "", *table_of(shown.contest, weights, ("variant", "weights")), ""]
    sheet.report(path, words, "", lambda: _facts(chosen, shown), table)


def _facts(chosen: Experiment, shown: Shown) -> dict[str, Any]:
    return {
        "name": chosen.name,
        "question": chosen.question,
        "answer": shown.answer,
        "expected": shown.better,
        "as_expected": shown.as_expected,
        **facts_of(shown.contest),
    }
