"""`optiviz animate`: an optimizer goes down on a surface, and a picture comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optiviz.cli.pictures import CHOSEN, Numbers, data_options, prepared, slug
from optiviz.cli.sheet import Sheet, moving_options
from optiviz.cli.types import REACTION, RULE, SCHEDULE, SURFACE
from optiviz.descent import DIVERGED, Trajectory, minimize
from optiviz.experiments import STEPS, internals
from optiviz.optimizers import Optimizer
from optiviz.schedules import Reaction, Schedule
from optiviz.spec import assignments, find_surface

EXAMPLES = """
\b
Examples:
  optiviz animate adam --surface rosenbrock
  optiviz animate gd --surface ravine -p lr=0.079 -o zigzag.gif
  optiviz animate sgd --surface bowl --schedule inverse:k=0.05
  optiviz animate momentum --surface "x**2 + 10*y**2" --start=-2,1
  optiviz animate lion.py:lion --surface himmelblau --style dark
  optiviz animate adam -s rosenbrock --filmstrip 6 -o adam.pdf
  optiviz animate adam -s rosenbrock --view 3d
  optiviz animate momentum --surface ravine --view field -o field.gif
  optiviz animate adam --surface ravine --view internals
  optiviz animate rmsprop --surface ravine --view effective
"""


@click.command(epilog=EXAMPLES)
@click.argument("rule", type=RULE, metavar="RULE")
@click.option(
    "-s", "--surface", type=SURFACE, required=True, help="A named surface, a formula of x and y, or FILE.py:NAME."
)
@click.option(
    "-p",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a hyperparameter of the rule, to a number or a schedule.",
)
@click.option(
    "--schedule", type=SCHEDULE, metavar="SPEC", help="How the learning rate changes, such as exponential:k=0.01."
)
@click.option(
    "--reaction", type=REACTION, metavar="SPEC", help="How it answers to the loss: reduce_on_plateau:patience=5."
)
@click.option("--start", type=Numbers("X,Y", ",", (1, 2), "--start=-1.5,2"), help="Where to begin.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=STEPS, show_default=True, help="How many updates.")
@click.option(
    "--noise",
    type=click.FloatRange(0, 1e9),
    help="Standard deviation of the noise on the gradient; none, but for sgd as much as can be seen.",
)
@data_options
@click.option("--box", type=Numbers("X0,X1,Y0,Y1", ",", (2, 4), "--box=-3,3,-3,3"), help="What to draw of a formula.")
@moving_options
def command(
    sheet: Sheet,
    rule: Optimizer,
    surface: str,
    params: tuple[str, ...],
    schedule: Schedule | None,
    reaction: Reaction | None,
    start: tuple[float, ...] | None,
    steps: int,
    noise: float | None,
    batch_size: int | None,
    data: Path | None,
    box: tuple[float, ...] | None,
) -> None:
    """Animate RULE on a loss surface.

    RULE is an optimizer such as adam or adam:lr=0.1, or FILE.py:NAME for one of your own. Without a
    learning rate it gets one that is chosen for a watchable path: it stays in the box and takes no step over a
    sixth of it. The picture says so; a higher rate may end lower.
    """
    where = find_surface(surface, box, data)
    rule = rule.configured(**assignments(params))
    if start is not None:
        where.check_start(start)
    rule = _scheduled(rule, schedule) if schedule else rule
    rule, rough, note = prepared(rule, where, noise, batch_size)

    from optiviz.plot import picture, sampled  # after all that can be refused at once: Matplotlib takes its time

    path = sheet.place(f"{rule.name}-{slug(where)}{sheet.suffix}.gif")
    grid = sampled(where, sheet.view)
    run = minimize(
        where,
        rule,
        start,
        steps=steps,
        seed=sheet.seed,
        tolerance=0.0 if rough["batch_size"] else 1e-6,
        reaction=reaction,
        **rough,
    )
    if run.steps == 0 and run.ending == DIVERGED:
        at = where.point_text(start or where.start)
        raise ValueError(f"{where.name} or its gradient is not a finite number at {at}; choose another --start")

    if note == CHOSEN and start is not None and not run.value[-1] < run.value[0]:
        note = f"{CHOSEN} from the surface's own start"
    if reaction:
        note = "   ".join([repr(reaction), *([note] if note else [])])

    inside = internals(run, rule) if sheet.view == "internals" else None
    words = sheet.draw(picture, run, path, grid=grid, view=sheet.view, inside=inside, note=note)
    ending = f", {run.endings}" if run.ending else ""
    said = f"{run.optimizer} on {run.surface}: f from {run.value[0]:.4g} to {run.value[-1]:.4g} in {run.steps} steps"
    said += ending + (f"\n{note}; choose your own with -p lr=..." if note else "")
    sheet.report(path, words, said, lambda: _facts(run, note))


def _scheduled(rule: Optimizer, schedule: Schedule) -> Optimizer:
    """The rule with this schedule for its learning rate, which begins at the rate that the user gave the rule."""
    if "lr" not in rule.params:
        raise ValueError(
            f"{rule.name} has no learning rate for --schedule; its parameters are {', '.join(rule.params)}"
        )
    if "lr" not in rule.chosen:
        return rule.configured(lr=schedule)
    if "lr" in schedule.chosen or "lr" in rule.scheduled:
        raise ValueError("the learning rate is given twice; write it with -p or with --schedule, not both")
    return rule.configured(lr=schedule.configured(lr=rule.params["lr"]))


def _facts(run: Trajectory, note: str) -> dict[str, Any]:
    return {
        "optimizer": run.rule,
        "params": dict(run.params),
        "surface": run.surface,
        "start": run.theta[0].tolist(),
        "end": run.theta[-1].tolist(),
        "first_value": float(run.value[0]),
        "last_value": float(run.value[-1]),
        "steps": run.steps,
        "ending": str(run.endings) if run.ending else "all steps made",
        "noise": run.noise,
        "batch_size": run.batch_size,
        "seed": run.seed,
        "note": note,
    }
