"""`optiviz ewma`: the moving average over a series from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from optiviz.averages import ewma, ewma_uncorrected, window
from optiviz.cli.sheet import Sheet, still_options
from optiviz.series import read_series

EXAMPLES = """
\b
Examples:
  optiviz ewma temperatures.csv
  optiviz ewma log.csv --column loss --beta 0.9 --beta 0.99 -o loss.png
  cut -d, -f3 log.csv | optiviz ewma - --skip
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", metavar="FILE.csv")
@click.option("-c", "--column", metavar="NAME|NUMBER", help="Which column; the only one of numbers if not given.")
@click.option(
    "-b", "--beta", "betas", type=float, multiple=True, default=(0.9, 0.98), show_default=True,
    help="The share of the old average that is kept; repeat it for more curves.",
)  # fmt: skip
@click.option("--skip", is_flag=True, help="Leave out lines without a number.")
@still_options
def command(
    sheet: Sheet,
    file: str,
    column: str | None,
    betas: tuple[float, ...],
    skip: bool,
) -> None:
    """Draw the exponentially weighted moving average of a series, corrected and not.

    FILE.csv has a line of column names and a line for each value; its cells are parted by commas, semicolons
    or tabs. - is the standard input. With --json the smoothed values are printed.
    """
    corrected, uncorrected = ({beta: rule(beta=beta) for beta in betas} for rule in (ewma, ewma_uncorrected))
    series = read_series(sys.stdin.buffer if file == "-" else file, column, skip=skip)

    from optiviz.plot import draw_averages

    path = sheet.place("ewma.png" if file == "-" else f"ewma-{Path(file).stem}.png")
    averages = {beta: (corrected[beta].over(series.values), uncorrected[beta].over(series.values)) for beta in betas}
    source = f"{series.source}, {len(series.values):,} values"
    source += f", {series.left_out} lines left out" if series.left_out else ""
    windows = {beta: window(beta) for beta in betas}
    more = {"averages": averages, "windows": windows, "equations": ewma.latex(), "name": series.name, "source": source}
    words = sheet.draw(draw_averages, series.values, path, **more)

    def facts() -> dict[str, Any]:
        smoothed = [
            {"beta": beta, "window": windows[beta], "corrected": pair[0].tolist(), "uncorrected": pair[1].tolist()}
            for beta, pair in averages.items()
        ]
        counts = {"values": len(series.values), "left_out": series.left_out}
        return {"column": series.name, **counts, "averages": smoothed}

    sheet.report(path, words, f"{series.name} from {source}", facts)
