"""`optiviz sensitivity`: how much a hyperparameter matters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from optiviz.cli.pictures import CHOSEN, HOPELESS, Numbers, data_options, prepared, slug
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import RULE, SURFACE
from optiviz.experiments import STEPS, Sensitivity, sensitivity, spread
from optiviz.experiments.sweep import CELLS
from optiviz.formula import nearest
from optiviz.optimizers import Optimizer
from optiviz.spec import assignments, find_surface

EXAMPLES = """
\b
Examples:
  optiviz sensitivity adam --surface rosenbrock
  optiviz sensitivity momentum -s ravine --over lr --over beta
  optiviz sensitivity adam -s bowl --over lr=1e-3..1 --over beta2=0.9..0.999
"""

RANGE = re.compile(r"(?P<name>[A-Za-z_][\w-]*)(?:=(?P<low>.+?)\.\.(?P<high>.+))?")


class Range(click.ParamType[Any]):
    """A hyperparameter, and from where to where it goes: `beta1` or `beta1=0.5..0.99`."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Its name, and two numbers or None."""
        match = RANGE.fullmatch(value.strip().replace("−", "-"))
        try:
            low, high = (None if bound is None else float(bound) for bound in (match["low"], match["high"]))  # type: ignore[index]
        except (TypeError, ValueError):
            self.fail(f"cannot read '{value}'; write NAME, or NAME=LOW..HIGH such as beta1=0.5..0.99", param, ctx)
        assert match is not None
        return match["name"].replace("-", "_"), low, high


@click.command(epilog=EXAMPLES)
@click.argument("rule", type=RULE, metavar="RULE")
@click.option("-s", "--surface", type=SURFACE, required=True, help="A named surface or a formula of x and y.")
@click.option(
    "--over", "ranges", type=Range(), multiple=True, metavar="NAME[=LOW..HIGH]",
    help="What is varied, the learning rate if not given; twice for a map.",
)  # fmt: skip
@click.option("-p", "params", multiple=True, metavar="NAME=VALUE", help="Set a hyperparameter that is not varied.")
@click.option("--start", type=Numbers("X,Y", ",", (1, 2), "--start=-1.5,2"), help="Where all runs begin.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=STEPS, show_default=True, help="How many updates.")
@click.option(
    "--noise",
    type=click.FloatRange(0, 1e9),
    help="Standard deviation of the noise on the gradient; none, but for sgd as much as can be seen.",
)
@data_options
@click.option(
    "--cells",
    metavar="N[xM]",
    type=Numbers("N[xM]", "x", (1, 2), "--cells 120x80"),
    help="How many values; 200, or 120x80 for two.",
)
@click.option("--box", type=Numbers("X0,X1,Y0,Y1", ",", (2, 4), "--box=-3,3,-3,3"), help="The box of a formula.")
@still_options
def command(
    sheet: Sheet,
    rule: Optimizer,
    surface: str,
    ranges: tuple[tuple[str, float | None, float | None], ...],
    params: tuple[str, ...],
    start: tuple[float, ...] | None,
    steps: int,
    noise: float | None,
    batch_size: int | None,
    data: Path | None,
    cells: tuple[float, ...] | None,
    box: tuple[float, ...] | None,
) -> None:
    """Draw how much the hyperparameters of RULE matter: the loss after so many steps over one or two of them.

    All runs go at once, from the same start and with the same noise. The best run and the rule's own values
    are marked; a learning rate that was not given is one chosen for a watchable path. A run that diverged is red.
    """
    where = find_surface(surface, box, data)
    given = assignments(params)
    rule = rule.configured(**given)
    over = _over(rule, ranges, cells)
    for name in given.keys() & over.keys():
        raise ValueError(
            f"{name} is what is varied, so -p cannot set it; say from where to where with --over {name}=LOW..HIGH, "
            f"or mark a value of your own with {rule.name}:{name}=VALUE"
        )
    if start is not None:
        where.check_start(start)
    rule, rough, note = prepared(rule, where, noise, batch_size)
    found = sensitivity(rule, where, over, start=start, steps=steps, seed=sheet.seed, **rough)

    from optiviz.plot import draw_sensitivity

    path = sheet.place(f"sensitivity-{slug(rule)}-{slug(where)}.png")
    found_rate = {CHOSEN: "watchable", HOPELESS: "tried"}.get(note) if "lr" in over else None
    own = found_rate or ("as given" if rule.chosen & {*over} else "default")
    words = sheet.draw(draw_sensitivity, found, path, note=own)
    best = ", ".join(f"{name}={value:.4g}" for name, value in found.best.items()) or "none, all diverged"
    report = f"{found.rule} on {found.surface}, {' x '.join(str(n) for n in found.value.shape)} runs: best {best}"
    sheet.report(path, words, report, lambda: _facts(found, own))


def _facts(found: Sensitivity, own: str) -> dict[str, Any]:
    return {
        "optimizer": found.rule,
        "surface": found.surface,
        "params": dict(found.params),
        "over": {name: values.tolist() for name, values in found.axes.items()},
        "value": found.value.tolist(),
        "ending": found.endings.tolist(),
        "best": found.best,
        own: dict(found.suited),
        "start": found.start.tolist(),
        "first_value": found.first,
        "steps": found.steps,
        "noise": found.noise,
        "batch_size": found.batch_size,
        "seed": found.seed,
    }


def _over(rule: Optimizer, ranges: Any, cells: tuple[float, ...] | None) -> dict[str, Any]:
    """The values of each hyperparameter that is varied."""
    ranges = ranges or [("lr" if "lr" in rule.params else next(iter(rule.params), "lr"), None, None)]
    names = [name for name, _, _ in ranges]
    for name in names:
        if name not in rule.params:
            raise LookupError(f"{rule.name} has no parameter '{name}'; {nearest(name, rule.params, 'it has')}")
        if names.count(name) > 1:
            raise ValueError(f"--over {name} is given twice")
        if name in rule.scheduled:
            raise ValueError(f"{name} cannot both follow {rule.params[name]!r} and be varied; leave one of them out")
    if len(names) not in CELLS:
        raise ValueError(f"--over is given once for a curve or twice for a map, not {len(names)} times")
    counts = CELLS[len(names)] if cells is None else tuple(map(int, cells))
    if len(counts) != len(names) or min(counts) < 2:
        example = ("--cells 200", "--cells 120x80")[len(names) - 1]
        raise ValueError(f"--cells wants one number, at least 2, for each of {' and '.join(names)}, such as {example}")
    return {
        name: spread(name, count, low, high, default=rule.defaults[name])
        for (name, low, high), count in zip(ranges, counts, strict=True)
    }
