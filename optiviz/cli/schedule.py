"""`optiviz schedule`: learning rates over the updates."""

from __future__ import annotations

from typing import Any

import click

from optiviz.cli.pictures import slug
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import SCHEDULE, FormulaType
from optiviz.schedules import Reaction, Schedule, rates

EXAMPLES = """
\b
Examples:
  optiviz schedule cosine
  optiviz schedule step exponential:k=0.02 inverse -o decay.png
  optiviz schedule "warmup:steps=100 >> cosine:steps=200" --steps 400
"""


class NoReaction(FormulaType):
    """A schedule, or a word on why a reaction is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the spec."""
        name = value.partition(":")[0].strip().replace("-", "_") if isinstance(value, str) else ""
        if name in Reaction.registry.formulas:
            raise ValueError(
                f"{name} reacts to the loss of a run, so nobody knows its rates beforehand; see its equations with "
                f"optiviz show {name}, or draw a schedule that falls at fixed updates: optiviz schedule step"
            )
        return super().convert(value, param, ctx)


@click.command(epilog=EXAMPLES)
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=NoReaction(Schedule, SCHEDULE.reader))
@click.option(
    "--steps",
    type=click.IntRange(1, 100_000),
    help="How many updates; as many as the longest takes, 300 for one without an end.",
)
@still_options
def command(
    sheet: Sheet,
    specs: tuple[Schedule, ...],
    steps: int | None,
) -> None:
    """Draw learning-rate schedules over the updates, in one picture.

    SPEC is a schedule such as cosine or step:factor=0.5,every=50, or several in a row:
    "warmup:steps=100 >> cosine:steps=200". With --json the rates themselves are printed.
    """
    found = rates(specs, steps)

    from optiviz.plot import draw_rates

    name = f"schedule-{slug(specs[0])}.png" if len(specs) == 1 and slug(specs[0]) != "formula" else "schedule.png"
    path = sheet.place(name)
    words = sheet.draw(draw_rates, found, path)
    sheet.report(
        path, words, "; ".join(found), lambda: {"rates": {each: rate.tolist() for each, rate in found.items()}}
    )
