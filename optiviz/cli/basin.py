"""`optiviz basin`: where each start ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from optiviz.cli.common import output_options, print_json
from optiviz.cli.pictures import Numbers, finish, picture_options, slug, still_target, with_rate, write_alt
from optiviz.cli.spec import RULE, SURFACE, assignments, find_surface
from optiviz.experiments import Basin
from optiviz.experiments import basin as basins
from optiviz.experiments.basin import DIVERGES, ESCAPES, NOWHERE
from optiviz.optimizers import Optimizer

EXAMPLES = """
\b
Examples:
  optiviz basin momentum --surface himmelblau
  optiviz basin adam:lr=0.5 -s rastrigin --starts 1000x1000 -o basins.png
  optiviz basin gd -s double_well
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
    help="How many; 300x300, on a loss on data 100x100, or 1000 on a line.",
)
@click.option("--steps", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How many updates.")
@click.option("--box", type=Numbers("X0,X1,Y0,Y1", ",", (2, 4), "--box=-3,3,-3,3"), help="The box of a formula.")
@picture_options
@output_options
def command(
    rule: Optimizer,
    surface: str,
    params: tuple[str, ...],
    starts: tuple[float, ...] | None,
    steps: int,
    box: tuple[float, ...] | None,
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
    """Draw to which minimum each start leads, as a map over the surface.

    RULE runs from a grid of starts, without a learning rate with one that suits the surface. Each minimum has
    a colour, the darker the more steps it took; of more than six minima each has the colour of its height. Runs
    that diverged, escaped or came to no minimum have colours of their own.
    """
    where = find_surface(surface, box)
    rule, note = with_rate(rule.configured(**assignments(params)), where)
    counts = None if starts is None else tuple(map(int, starts))

    from optiviz.plot import draw_basin, write_still

    path = still_target(output, f"basin-{slug(rule)}-{slug(where)}.png", force, alt)

    def progress(parts: list[int]) -> Iterable[int]:
        hidden = quiet or not sys.stderr.isatty()
        with click.progressbar(parts, label="running", file=sys.stderr, hidden=hidden) as bar:
            yield from bar

    found = basins(rule, where, starts=counts, steps=steps, progress=progress)
    drawn = draw_basin(found, where.sample(), size=size, style=style, note=note)
    write_still(drawn, path)
    if alt:
        write_alt(path, drawn.words, quiet or as_json)
    if as_json:
        print_json({**_facts(found, path, note), "alt": drawn.words})
    reached = f"{len(found.minima)} {'minimum' if len(found.minima) == 1 else 'minima'} reached"
    report = f"{found.rule} on {found.surface}, {found.reached.size} starts: {reached}"
    report += f"\n{note}; choose your own with -p lr=..." if note else ""
    finish(path, report, quiet or as_json, open_it)


def _facts(found: Basin, path: Path, note: str) -> dict[str, object]:
    minima = zip(found.minima.tolist(), found.heights.tolist(), found.shares.tolist(), strict=True)
    return {
        "file": str(path),
        "optimizer": found.rule,
        "params": dict(found.params),
        "surface": found.surface,
        "starts": [len(axis) for axis in found.axes],
        "steps": found.steps,
        "minima": [{"at": at, "value": value, "share": share} for at, value, share in minima],
        "at_no_minimum": found.share(NOWHERE),
        "diverged": found.share(DIVERGES),
        "escaped": found.share(ESCAPES),
        "note": note,
    }
