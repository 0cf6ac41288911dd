"""`optiviz ewma`: the moving average over a series from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from optiviz.averages import ewma, ewma_uncorrected, window
from optiviz.cli.common import output_options, print_json
from optiviz.cli.pictures import finish, picture_options, still_target, write_alt
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
@picture_options
@output_options
def command(
    file: str,
    column: str | None,
    betas: tuple[float, ...],
    skip: bool,
    size: tuple[int, int] | None,
    style: str,
    alt: bool,
    seed: int,
    output: Path | None,
    force: bool,
    open_it: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw the exponentially weighted moving average of a series, corrected and not.

    FILE.csv has a line of column names and a line for each value; its cells are parted by commas, semicolons
    or tabs. - is the standard input. With --json the smoothed values are printed.
    """
    corrected, uncorrected = ({beta: rule(beta=beta) for beta in betas} for rule in (ewma, ewma_uncorrected))
    series = read_series(sys.stdin.buffer if file == "-" else file, column, skip=skip)

    from optiviz.plot import draw_averages, write_still

    path = still_target(output, "ewma.png" if file == "-" else f"ewma-{Path(file).stem}.png", force, alt)
    averages = {beta: (corrected[beta].over(series.values), uncorrected[beta].over(series.values)) for beta in betas}
    source = f"{series.source}, {len(series.values):,} values"
    source += f", {series.left_out} lines left out" if series.left_out else ""
    windows = {beta: window(beta) for beta in betas}
    drawn = draw_averages(
        series.values,
        averages,
        windows,
        equations=ewma.latex(),
        name=series.name,
        source=source,
        size=size,
        style=style,
    )
    write_still(drawn, path)
    if alt:
        write_alt(path, drawn.words, quiet or as_json)
    if as_json:
        smoothed = [
            {"beta": beta, "window": windows[beta], "corrected": pair[0].tolist(), "uncorrected": pair[1].tolist()}
            for beta, pair in averages.items()
        ]
        facts = {"file": str(path), "column": series.name, "values": len(series.values), "left_out": series.left_out}
        print_json({**facts, "averages": smoothed, "alt": drawn.words})
    finish(path, f"{series.name} from {source}", quiet or as_json, open_it)
