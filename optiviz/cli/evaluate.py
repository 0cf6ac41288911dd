"""`optiviz evaluate`: what a network that was trained is worth, class by class."""

from __future__ import annotations

from pathlib import Path

import click

from optiviz.cli.common import json_option, print_json
from optiviz.cli.networks import DATA, data_dir_option, download_shown, figures
from optiviz.trials import evaluated, kept

EXAMPLES = """
\b
Examples:
  optiviz evaluate shapes-fashion_cnn
  optiviz evaluate clothes fashion-mnist --data-dir ~/data
  optiviz evaluate shapes-fashion_cnn --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("data", type=DATA, required=False, default="")
@data_dir_option
@json_option
def command(folder: Path, data: str, data_dir: Path | None, as_json: bool) -> None:
    """Judge the network in DIR by examples that it was not trained on.

    DIR is what optiviz train has written. DATA is a set of data with as many classes; that which it was trained on if
    it is left out. Of what the network says is of a class, precision is the share that is; of what is of a class,
    recall is the share that it finds; F1 is between the two.
    """
    run = kept(folder)
    found = evaluated(run, data, data_dir, progress=download_shown(as_json))
    name = data or run.trial.data
    others = [number for number, (was, now) in enumerate(zip(run.classes, found.classes, strict=True)) if was != now]
    if others:
        first = others[0]
        click.echo(
            f"{folder} learnt other classes than those of {name}, and they are compared by their numbers: "
            f"{first} was {run.classes[first]} and is {found.classes[first]}",
            err=True,
        )
    if as_json:
        print_json({"folder": str(folder), "data": name, **found.facts})
        return
    for line in figures(found):
        click.echo(line)
    click.echo(f"accuracy {found.accuracy:.4f}, loss {found.loss:.4f}, on {len(found.truth):,} test examples of {name}")
