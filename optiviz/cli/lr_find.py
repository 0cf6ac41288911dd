"""`optiviz lr-find`: a learning rate is found by letting it grow until the loss blows up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from optiviz.cli.networks import DATA, checked, download_shown, network_options, training_command
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import FormulaType
from optiviz.nn import RateTest, rate_test
from optiviz.nn.rate_test import LEAST
from optiviz.optimizers import Optimizer
from optiviz.spec import changed, find_rule
from optiviz.trials import Trial, planned, prepared

EXAMPLES = """
\b
Examples:
  optiviz lr-find
  optiviz lr-find messages --optimizer momentum
  optiviz lr-find fashion-mnist --model lenet5 --batch-size 128 -o rates.svg
"""


@click.command(epilog=EXAMPLES)
@click.argument("data", type=DATA, default="shapes", metavar="[DATA]")
@click.option(
    "--optimizer",
    type=FormulaType(Optimizer, checked(find_rule)),
    default="adam",
    show_default=True,
    metavar="RULE",
    help="Whose learning rate grows.",
)
@network_options
@click.option("--low", type=float, default=1e-6, show_default=True, help="The first learning rate.")
@click.option("--high", type=float, default=10.0, show_default=True, help="The last one.")
@click.option("--steps", type=click.IntRange(LEAST), default=200, show_default=True, help="How many updates.")
@still_options
def command(sheet: Sheet, low: float, high: float, steps: int, data_dir: Path | None, **parts: Any) -> None:
    """Find a learning rate for training on DATA.

    The network trains for some updates while the learning rate grows, each time by the same factor, from where nothing
    happens to where the loss rises and blows up. A tenth of the rate at which it begins to rise is one to begin with.
    DATA is one of those that optiviz train knows.
    """
    given = {name: value for name, value in parts.items() if value}
    trial = Trial(seed=sheet.seed, **given)
    path = sheet.place(f"lr-find-{trial.data}.png")
    material = prepared(trial, data_dir, progress=download_shown(sheet.quiet))
    plan = planned(trial, material)
    found = rate_test(
        plan.model,
        *plan.parts[0],
        plan.loss,
        plan.options["optimizer"],
        low=low,
        high=high,
        steps=steps,
        batch_size=plan.trial.batch_size,
        augment=plan.options["augment"],
        rng=trial.seed,
    )

    from optiviz.plot import draw_rate_test

    def drawn(seen: RateTest, **look: Any) -> Any:
        rises = None if seen.edge == len(seen.rates) - 1 and not seen.blew_up else float(seen.rates[seen.edge])
        note = f"{seen.optimizer} on {plan.trial.model}, {plan.trial.data}, batches of {seen.batch_size}"
        return draw_rate_test(seen.rates, seen.losses, seen.smoothed, seen.suggested, rises=rises, note=note, **look)

    words = sheet.draw(drawn, found, path)
    said = found.why
    if found.suggested:
        begun = replace(trial, optimizer=changed(trial.optimizer, f"lr={found.suggested:g}"))
        said = f"begin with lr={found.suggested:g}: {training_command(begun, data_dir)}"
    sheet.report(path, words, said, lambda: _facts(plan.trial, found))


def _facts(trial: Trial, found: RateTest) -> dict[str, Any]:
    return {
        "data": trial.data,
        "model": trial.model,
        "optimizer": found.optimizer,
        "loss": found.loss_name,
        "batch_size": found.batch_size,
        "seed": trial.seed,
        "suggested": found.suggested,
        "why_none": found.why,
        "blew_up": found.blew_up,
        "rates": found.rates.tolist(),
        "losses": found.losses.tolist(),
        "smoothed": found.smoothed.tolist(),
    }
