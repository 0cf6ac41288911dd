"""`optiviz list`: what there is."""

from __future__ import annotations

import click

from optiviz.cli.common import json_option, print_json
from optiviz.formula import Formula
from optiviz.optimizers import Optimizer
from optiviz.schedules import Schedule
from optiviz.surfaces import Surface

KINDS: dict[str, type[Formula]] = {"optimizers": Optimizer, "schedules": Schedule, "surfaces": Surface}

EXAMPLES = """
\b
Example:
  optiviz list surfaces
"""


@click.command(name="list", epilog=EXAMPLES)
@click.argument("kind", type=click.Choice(list(KINDS)))
@json_option
def command(kind: str, as_json: bool) -> None:
    """List what there is of KIND: optimizers, schedules or surfaces."""
    formulas = KINDS[kind].registry.values()
    if as_json:
        print_json({formula.name: formula.summary for formula in formulas})
    else:
        width = max(len(formula.name) for formula in formulas)
        for formula in formulas:
            click.echo(f"{formula.name:{width}}  {formula.summary}")
