"""`optiviz race`: several optimizers go down from the same start, and the table says who was where when."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import click

from optiviz.cli.pictures import Numbers, data_options, slug
from optiviz.cli.sheet import Sheet, racing_options
from optiviz.cli.types import RULE, SURFACE
from optiviz.experiments import SHARES, STEPS, WATCHABLE, Race, race
from optiviz.experiments.race import GIVEN, TUNED, WATCHED
from optiviz.optimizers import Optimizer
from optiviz.spec import find_surface

EXAMPLES = """
\b
Examples:
  optiviz race gd momentum adam --surface rosenbrock
  optiviz race adam:lr=0.1 adam+clip_norm:limit=2 torch.adagrad -s ravine
  optiviz race gd momentum adam -s rosenbrock --tune --noise 5 --seeds 20
  optiviz race adam adam:lr=cosine "adam:lr=step(every=50,factor=0.3)"
  optiviz race gd:lr=0.01 gd:lr=0.05 gd:lr=0.1 -s ravine --grid
  optiviz race lion.py:lion adam -s himmelblau -o race.png --size 1920x1080
  optiviz race gd momentum adam -s himmelblau --view 3d
"""

WIDTH = 80
"""The table is no wider than a terminal; long names are cut."""


@click.command(epilog=EXAMPLES)
@click.argument("rules", type=RULE, nargs=-1, required=True, metavar="RULE...")
@click.option(
    "-s",
    "--surface",
    type=SURFACE,
    default="rosenbrock",
    show_default=True,
    help="A named surface, a formula of x and y, or FILE.py:NAME.",
)
@click.option("--start", type=Numbers("X,Y", ",", (1, 2), "--start=-1.5,2"), help="Where all begin.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=STEPS, show_default=True, help="How many updates.")
@click.option(
    "--noise",
    type=click.FloatRange(0, 1e9),
    default=0.0,
    help="Standard deviation of the noise on the gradient, the same for all.",
)
@data_options
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="How many runs each makes, for with noise one may be lucky.",
)
@click.option(
    "--tune",
    is_flag=True,
    help="Let each search a learning rate that is not given, under the conditions of the race.",
)
@click.option(
    "--budget",
    type=click.IntRange(1),
    metavar="N",
    help="--tune with N gradient evaluations each instead of those of 54 runs.",
)
@click.option("--grid", is_flag=True, help="A panel for each racer instead of one for all.")
@click.option("--box", type=Numbers("X0,X1,Y0,Y1", ",", (2, 4), "--box=-3,3,-3,3"), help="What to draw of a formula.")
@racing_options
def command(
    sheet: Sheet,
    rules: tuple[Optimizer, ...],
    surface: str,
    start: tuple[float, ...] | None,
    steps: int,
    noise: float,
    batch_size: int | None,
    data: Path | None,
    seeds: int,
    tune: bool,
    budget: int | None,
    grid: bool,
    box: tuple[float, ...] | None,
) -> None:
    """Race optimizers on a loss surface.

    Each RULE is an optimizer such as adam or adam:lr=0.1, or FILE.py:NAME for one of your own; up to ten.
    All begin at the same point, make as many steps and see the same noise. A learning rate that is not given
    is one chosen for a watchable path, seldom the one that ends lowest; --tune searches for what the race counts.
    The table says after how many steps each had come down to a share of its first height above the minimum.
    """
    if grid and (sheet.view != "contour" or sheet.strip):
        raise click.UsageError("the panes of --grid show contours in every frame; leave out --view and --filmstrip")
    where = find_surface(surface, box, data)

    from optiviz.plot import (  # after all that can be refused at once: Matplotlib takes its time
        grid_picture,
        race_picture,
        sampled,
    )

    path = sheet.place(f"race-{slug(where)}{'-grid' if grid else sheet.suffix}.gif")
    seen = sampled(where, sheet.view)
    rough: dict[str, Any] = {"noise": noise, "batch_size": batch_size, "seed": sheet.seed, "seeds": seeds}
    done = race(where, rules, start, steps=steps, tune=tune, budget=budget, **rough)

    draw = grid_picture if grid else partial(race_picture, view=sheet.view)
    words = sheet.draw(draw, done, path, grid=seen)
    sheet.report(path, words, "\n".join(_notes(done)), lambda: _facts(done), _table(done))


def _table(done: Race) -> list[str]:
    """A row for each racer, in the order given, with a star at who wins."""
    rows = [["  racer", "lr", *(f"{share:.0e}".replace("e-0", "e-") for share in SHARES), "final loss", "ended"]]
    for racer in done.racers:
        star = "* " if racer in done.winners else "  "
        steps = [_steps(step, count, done.seeds) for step, count in zip(racer.steps, racer.reached, strict=True)]
        rate = "-" if racer.lr is None else f"{racer.lr:g}"
        rows.append([star + racer.label, rate, *steps, f"{racer.final:.3g}", racer.ended])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    gap = "  " if sum(widths) + 2 * len(widths) <= WIDTH + 2 else " "
    excess = sum(widths) + len(gap) * (len(widths) - 1) - WIDTH
    widths[0] = max(widths[0] - max(excess, 0), 12)
    return [
        gap.join(_cell(text, width, i) for i, (text, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _cell(text: str, width: int, column: int) -> str:
    """Words begin at the left, numbers end at the right."""
    text = text if len(text) <= width else text[: width - 1] + "…"
    return text.ljust(width) if column in (0, 7) else text.rjust(width)


def _steps(step: float, count: int, seeds: int) -> str:
    """The step, and in brackets how many of several runs came so low if not all did."""
    number = f"{step:g}" if step < math.inf else "-"
    return number if count in (0, seeds) else f"{number} ({count})"


def _notes(done: Race) -> list[str]:
    above = "the minimum" if done.bottom_known else f"the lowest that was seen, {done.bottom:.4g}"
    notes = [
        f"steps until f had fallen to that share of its first height above {above}",
        "* wins: of those that end below the lowest of these shares it was there first"
        if done.winners
        else "nobody wins: none ends below any of these shares",
    ]
    if batches := {racer.label: racer.batch_size for racer in done.racers if racer.batch_size}:
        each = ", ".join(f"{label} {size}" for label, size in batches.items())
        notes.append(f"examples in a mini-batch: {each}")
    if done.seeds > 1:
        notes.append(f"medians of {done.seeds} runs; in brackets how many came so low, if not all")
    notes += [f"{racer.label}: the learning rate follows {racer.schedule}" for racer in done.racers if racer.schedule]
    return notes + _rates(done)


def _rates(done: Race) -> list[str]:
    """Where the learning rates come from that the user did not give."""
    found = [racer for racer in done.racers if racer.lr_from in (WATCHED, TUNED)]
    if done.budget:
        but = ", but for those given" if any(racer.lr_from == GIVEN for racer in done.racers) else ""
        return [
            f"learning rates tuned with {done.budget} gradient evaluations each{but}"
            if found
            else "no learning rate was tuned: all are given"
        ]
    watched, hopeless = (
        ", ".join(racer.label for racer in found if bool(racer.final < racer.values[0, 0]) is down)
        for down in (True, False)
    )
    return [
        *([f"learning rate {WATCHABLE}: {watched}; choose your own with RULE:lr=..., or --tune"] if watched else []),
        *([f"with a learning rate {WATCHABLE} it gets no lower here: {hopeless}"] if hopeless else []),
    ]


def _facts(done: Race) -> dict[str, Any]:
    return {
        "surface": done.surface,
        "start": list(done.start),
        "steps": done.steps,
        "noise": done.noise,
        "seed": done.seed,
        "seeds": done.seeds,
        "budget": done.budget,
        "bottom": done.bottom,
        "bottom_known": done.bottom_known,
        "winners": [racer.label for racer in done.winners],
        "racers": [
            {
                "label": racer.label,
                "optimizer": racer.run.optimizer,
                "params": dict(racer.run.params),
                "lr": racer.lr,
                "lr_from": racer.lr_from,
                "schedule": racer.schedule,
                "steps_to": {f"{share:g}": step for share, step in zip(SHARES, racer.steps, strict=True)},
                "reached": {f"{share:g}": count for share, count in zip(SHARES, racer.reached, strict=True)},
                "final": racer.final,
                "batch_size": racer.batch_size,
                "ended": racer.ended,
            }
            for racer in done.racers
        ],
    }
