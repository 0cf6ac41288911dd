"""`optiviz basin`: where each start ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from optiviz.cli.pictures import Numbers, data_options, prepared, slug
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import RULE, SURFACE
from optiviz.experiments import Basin
from optiviz.experiments import basin as basins
from optiviz.experiments.basin import DIVERGES, ESCAPES, NOWHERE
from optiviz.optimizers import Optimizer
from optiviz.spec import assignments, find_surface
from optiviz.surfaces import DataSurface

EXAMPLES = """
\b
Examples:
  optiviz basin momentum --surface himmelblau
  optiviz basin adam:lr=0.5 -s rastrigin --starts 1000x1000 -o basins.png
  optiviz basin gd -s double_well
  optiviz basin sgd -s mse --batch-size 8 --data points.csv
"""


@click.command(epilog=EXAMPLES)
@click.argument("rule", type=RULE, metavar="RULE")
@click.option("-s", "--surface", type=SURFACE, required=True, help="A named surface or a formula of x and y.")
@click.option(
    "-p",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a hyperparameter of the rule, to a number or a schedule.",
)
@click.option(
    "--starts",
    metavar="NxM",
    type=Numbers("NxM", "x", (1, 2), "--starts 300x300"),
    help="How many; 300x300, or 1000 on a line. On a loss on data fewer, for each start looks at all examples: "
    "50x50 on 128 of them.",
)
@click.option("--steps", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How many updates.")
@data_options
@click.option("--box", type=Numbers("X0,X1,Y0,Y1", ",", (2, 4), "--box=-3,3,-3,3"), help="The box of a formula.")
@still_options
def command(
    sheet: Sheet,
    rule: Optimizer,
    surface: str,
    params: tuple[str, ...],
    starts: tuple[float, ...] | None,
    steps: int,
    batch_size: int | None,
    data: Path | None,
    box: tuple[float, ...] | None,
) -> None:
    """Draw to which minimum each start leads, as a map over the surface.

    RULE runs from a grid of starts, without a learning rate with one chosen for a watchable path. Each minimum has
    a colour, the darker the more steps it took; of more than six minima each has the colour of its height. Runs
    that diverged, escaped or came to no minimum have colours of their own. On a loss on data sgd draws mini-batches,
    the same for all starts; without examples every gradient is exact.
    """
    where = find_surface(surface, box, data)
    rule, rough, note = prepared(rule.configured(**assignments(params)), where, None, batch_size)
    counts = None if starts is None else tuple(map(int, starts))

    from optiviz.plot import draw_basin

    path = sheet.place(f"basin-{slug(rule)}-{slug(where)}.png")

    def progress(parts: list[int]) -> Iterable[int]:
        hidden = sheet.quiet or not sys.stderr.isatty()
        with click.progressbar(parts, label="running", file=sys.stderr, hidden=hidden) as bar:
            yield from bar

    found = basins(
        rule, where, starts=counts, steps=steps, batch_size=rough["batch_size"], seed=sheet.seed, progress=progress
    )
    words = sheet.draw(draw_basin, found, path, grid=where.sample(), note=note)
    reached = f"{len(found.minima)} {'minimum' if len(found.minima) == 1 else 'minima'} reached"
    report = f"{found.rule} on {found.surface}, {found.reached.size} starts: {reached}"
    if counts is None and isinstance(where, DataSurface):
        report += f"\neach start looks at all {where.examples:,} examples, hence not more of them; --starts has others"
    report += f"\n{note}; choose your own with -p lr=..." if note else ""
    sheet.report(path, words, report, lambda: _facts(found, note))


def _facts(found: Basin, note: str) -> dict[str, object]:
    minima = zip(found.minima.tolist(), found.heights.tolist(), found.shares.tolist(), strict=True)
    return {
        "optimizer": found.rule,
        "params": dict(found.params),
        "surface": found.surface,
        "starts": [len(axis) for axis in found.axes],
        "steps": found.steps,
        "near": found.near,
        "batch_size": found.batch_size,
        "seed": found.seed,
        "minima": [{"at": at, "value": value, "share": share} for at, value, share in minima],
        "at_no_minimum": found.share(NOWHERE),
        "diverged": found.share(DIVERGES),
        "escaped": found.share(ESCAPES),
        "note": note,
    }
