"""`optiviz compare`: optimizers train the same network, with a learning rate that suits each, from several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optiviz.cli.contests import curves_of, facts_of, measure, shown_progress, table_of
from optiviz.cli.networks import DATA, checked, download_shown, network_options
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import FormulaType
from optiviz.optimizers import Optimizer
from optiviz.spec import find_rule
from optiviz.trials import Comparison, Trial, compare, prepared
from optiviz.trials.rates import LADDER, MOST, TUNING, ladder

EXAMPLES = """
\b
Examples:
  optiviz compare adam rmsprop momentum sgd
  optiviz compare adam momentum:lr=0.01 --data messages --seeds 5
  optiviz compare adam adamw adam+clip_norm --data fashion-mnist --limit 6000
  optiviz compare adam:lr=0.001 adam:lr=cosine --model lenet5 --style slide
"""

EPOCHS, BATCH_SIZE, LIMIT = 5, 32, 4000
"""Enough to tell the rules apart on what is made here, in about two minutes for four of them."""


@click.command(epilog=EXAMPLES)
@click.argument("rules", type=FormulaType(Optimizer, checked(find_rule)), nargs=-1, required=True, metavar="RULE...")
@click.option("--data", type=DATA, default="shapes", show_default=True, metavar="DATA", help="What is learnt.")
@network_options
@click.option(
    "--epochs", type=click.IntRange(1), default=EPOCHS, show_default=True, help="How often every example is seen."
)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=3, show_default=True, metavar="N", help="How many runs of each."
)
@click.option(
    "--rates",
    type=click.IntRange(2, MOST),
    default=len(LADDER),
    show_default=True,
    metavar="N",
    help="How many learning rates, from 0.0001 to 1, a rule tries that was given none.",
)
@click.option(
    "--tuning-epochs",
    type=click.IntRange(1),
    default=TUNING,
    show_default=True,
    metavar="N",
    help="For how long each of these is tried.",
)
@still_options
def command(
    sheet: Sheet,
    rules: tuple[str, ...],
    seeds: int,
    rates: int,
    tuning_epochs: int,
    data_dir: Path | None,
    **parts: Any,
) -> None:
    """Compare optimizers by training the same network with each.

    Each RULE is an optimizer such as adam or adam:lr=0.01. All make as many runs, begin with the same weights and see
    the same examples in the same order: 4000 of them, in batches of 32, unless you say otherwise. A learning rate that
    is not given is tuned: each rule tries the same ones, equally long, and a fifth of the training examples decides,
    never the test set.
    """
    given = {name: value for name, value in parts.items() if value}
    trial = Trial(**{"limit": LIMIT, "batch_size": BATCH_SIZE, "seed": sheet.seed, **given})
    path = sheet.place(f"compare-{trial.data}.png")

    from optiviz.plot.comparison import MOST as MOST_RULES
    from optiviz.plot.comparison import draw_comparison

    if len(rules) > MOST_RULES:
        raise ValueError(
            f"at most {MOST_RULES} rules can be told apart in the picture, not {len(rules)}; compare fewer"
        )
    material = prepared(trial, data_dir, progress=download_shown(sheet.quiet))
    with shown_progress(sheet.quiet) as progress:
        done = compare(
            rules,
            trial,
            seeds,
            rates=ladder(rates),
            tuning_epochs=tuning_epochs,
            material=material,
            progress=progress,
        )
    note, what = _tuning(done), measure(done.contest)
    words = sheet.draw(
        draw_comparison,
        curves_of(done.contest),
        path,
        of=f"test {what} of {done.trial.model} on {done.trial.data}",
        better="higher" if what == "accuracy" else "lower",
        note=note,
    )
    table = table_of(done.contest, [[_said(rate)] for rate in done.rates], ("rule", "lr"))
    seen = done.contest
    how = f"mean ± standard deviation of {seeds} seeds, " if seeds > 1 else ""
    how += f"after {seen.epochs} epoch{'s' * (seen.epochs > 1)} of {seen.examples:,} examples"
    said = "\n".join([how, note, *_edges(done)])
    sheet.report(path, words, said, lambda: _facts(done, note), table)


def _said(rate: float | str | None) -> str:
    """A learning rate as the table has it."""
    return "-" if rate is None else rate if isinstance(rate, str) else f"{rate:g}"


def _tuning(done: Comparison) -> str:
    """How the learning rates were found."""
    found = done.tuning
    if not found.names:
        return "no learning rate was tuned: all are given"
    but = ", but for those given" if len(found.names) < len(done.contest.names) else ""
    return (
        f"learning rates tuned{but}: {len(found.rates)} from {found.rates[0]:g} to {found.rates[-1]:g} for each rule; "
        f"{found.epochs} epoch{'s' * (found.epochs > 1)} of {found.examples:,} training examples, judged by "
        f"{found.held:,} others"
    )


def _edges(done: Comparison) -> list[str]:
    """The rates beyond which a better one may lie."""
    best = done.tuning.best
    return [
        f"{name}: {best[name]:g} is the {edge} rate tried; one beyond may be better, and is compared if it is given"
        for name, edge in done.tuning.at_the_edge.items()
    ]


def _facts(done: Comparison, note: str) -> dict[str, Any]:
    facts = facts_of(done.contest)
    for variant, rate in zip(facts["variants"], done.rates, strict=True):
        variant["lr"] = rate
    tried = dict(zip(done.tuning.names, done.tuning.loss.tolist(), strict=True))
    return {
        **{name: value for name, value in done.trial.facts.items() if name not in ("optimizer", "seed", "threads")},
        **facts,
        "tuning": {
            "note": note,
            "rates": done.tuning.rates.tolist(),
            "losses": tried,
            "best": done.tuning.best,
            "edges": done.tuning.at_the_edge,
        },
    }
