"""`optiviz train`: a network is trained on data, and its folder has all that came of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from optiviz.cli.babysitting import babysitter
from optiviz.cli.common import json_option, print_json
from optiviz.cli.networks import DATA, data_dir_option, download_shown, trial_options
from optiviz.cli.sheet import PIXELS
from optiviz.names import STYLES
from optiviz.nn import Diverged
from optiviz.spec import changed, find_rule
from optiviz.trials import Outcome, Plan, Trial, free, kept, outlasted, prepared, resolved, train

EXAMPLES = """
\b
Examples:
  optiviz train
  optiviz train messages --epochs 3
  optiviz train shapes --model mlp --optimizer sgd -p lr=0.1
  optiviz train shapes --schedule cosine -o cosine
  optiviz train cifar-10 --augment "flip >> shift:by=0.1" -o photos
  optiviz train shapes --model mine.py:net --limit 1000
  optiviz train --resume photos --epochs 40
  optiviz train --interactive
"""

PARTS = "data model optimizer schedule loss epochs batch_size augment seed limit".split()
"""The options that say what is trained, and how."""


@click.command(epilog=EXAMPLES)
@click.argument("data", type=DATA, required=False)
@trial_options
@click.option("-p", "params", multiple=True, metavar="NAME=VALUE", help="Set a hyperparameter of the optimizer.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="What random numbers are drawn from; 0 if not given.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write; DATA-MODEL if not given.",
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with the training that lies in DIR."
)
@click.option(
    "--interactive", is_flag=True, help="Keys change the learning rate, undo to the last epoch, skip, stop and save."
)
@data_dir_option
@click.option("--style", type=click.Choice(STYLES), default="light", show_default=True, help="How pictures look.")
@click.option("--size", type=PIXELS, metavar="WxH", help="Pixels, such as 960x540; the style's own if not given.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@json_option
def command(
    params: tuple[str, ...],
    output: Path | None,
    resume: Path | None,
    interactive: bool,
    data_dir: Path | None,
    style: str,
    size: tuple[int, int] | None,
    quiet: bool,
    as_json: bool,
    **parts: Any,
) -> None:
    """Train a network on DATA, and write all that comes of it to a folder.

    DATA is shapes unless you say otherwise: figures that are made here. So are shapes-rgb and messages; fashion-mnist,
    mnist, cifar-10 and sms-spam are read from files. What is left out is as usual for the data.

    The folder has the model, its record as CSV and JSON, what it is worth, and pictures. A checkpoint is kept after
    each epoch: a training that was interrupted goes on with --resume, and ends as if it had not been.
    """
    given = {name: value for name, value in parts.items() if value is not None}
    trial, folder = _resumed(resume, output, params, given) if resume else (_described(given, params), output)
    material = prepared(trial, data_dir or (kept(resume).data_dir if resume else None), progress=download_shown(quiet))
    whole = resolved(trial, material)
    if folder is None:
        name = whole.model.rpartition(":")[2]
        folder = free(f"{whole.data}-{name}", lambda before: not before.differences(whole))

    def begun(plan: Plan) -> None:
        if not quiet:
            click.echo(_words(plan.trial, len(material.train.y)), err=True)
            if resume and "epochs" in given and (end := outlasted(plan)):
                click.echo(_over(plan.trial, *end), err=True)

    try:
        with babysitter() if interactive else nullcontext() as keys:
            outcome = train(
                trial,
                folder,
                data_dir=data_dir,
                resume=bool(resume),
                babysitter=keys,
                progress=not quiet,
                material=material,
                look={"style": style, "size": size},
                begun=begun,
            )
    except Diverged as error:
        raise click.ClickException(f"{error}; how it went is in {folder}") from error
    except KeyboardInterrupt:
        if not folder.is_dir():  # it had not begun
            raise
        raise _interrupted(folder, "interrupted") from None
    if outcome.history.ending == "interrupted":
        raise _interrupted(folder, _reached(len(outcome.history.loss), whole.epochs))
    _report(outcome, folder, quiet, as_json)


def _described(given: dict[str, Any], params: tuple[str, ...]) -> Trial:
    """The trial that the options describe."""
    trial = Trial(**given)
    if params:
        rule = changed(trial.optimizer or trial.completed().optimizer, *params)
        find_rule(rule)
        trial = replace(trial, optimizer=rule)
    return trial


def _resumed(
    resume: Path, output: Path | None, params: tuple[str, ...], given: dict[str, Any]
) -> tuple[Trial, Path | None]:
    """The trial that lies in the folder, which may get more epochs."""
    others = ["-p"] * bool(params) + ["-o"] * (output is not None)
    others += [f"--{name.replace('_', '-')}" for name in given if name not in ("data", "epochs")]
    others += ["DATA"] * ("data" in given)
    if others:
        raise click.UsageError(f"--resume takes all but --epochs from {resume}; leave out {', '.join(others)}")
    return replace(kept(resume).trial, **given), resume


def _words(trial: Trial, examples: int) -> str:
    """What is trained, and how."""
    rate = f", {trial.schedule}" if trial.schedule else ""
    more = f", {trial.augment}" if trial.augment else ""
    return (
        f"{trial.model} on {examples:,} examples of {trial.data}: {trial.optimizer}{rate}, {trial.loss}, "
        f"batches of {trial.batch_size}{more}, seed {trial.seed}"
    )


def _over(trial: Trial, end: int, rate: float) -> str:
    """That a schedule which lasts as long as the first training is over, and what to do about it."""
    return (
        f"the schedule was over after {end:,} updates, and the learning rate stays at {rate:.3g}; to have it last for "
        f"{trial.epochs} epochs, begin a new training with --epochs {trial.epochs}"
    )


def _done(folder: Path, epochs: int) -> str:
    """That there was nothing to do."""
    one = "its only epoch was" if epochs == 1 else f"all {epochs} epochs were"
    return (
        f"{one} done already, and nothing was trained; for more, write "
        f"optiviz train --resume {folder} --epochs {epochs + 1}"
    )


def _reached(done: int, epochs: int) -> str:
    """How far a training came that was interrupted."""
    if done == epochs:
        return (
            f"interrupted after epoch {done} of {epochs}, the last, which is kept; what came of it is not written yet"
        )
    kept = "those before are kept" if done > 1 else "the one before is kept" if done else "no epoch is done yet"
    return f"interrupted in epoch {done + 1} of {epochs}; {kept}"


def _interrupted(folder: Path, said: str) -> click.Abort:
    """Where it stands, and how to go on."""
    return click.Abort(f"{said}; go on with optiviz train --resume {folder}")


def _report(outcome: Outcome, folder: Path, quiet: bool, as_json: bool) -> None:
    """Print what came of it, and where it lies."""
    found = outcome.judgement
    if outcome.history.ending == "finished" and not outcome.trained and not quiet:
        click.echo(_done(folder, outcome.trial.epochs), err=True)
    files = sorted(path.name for path in folder.iterdir())
    if as_json:
        trained = {"ending": outcome.history.ending, "epochs": outcome.history.rows()}
        print_json(
            {"folder": str(folder), "trial": outcome.trial.facts, "training": trained, **found.facts, "files": files}
        )
    elif not quiet:
        click.echo(f"in {folder}: {', '.join(files)}", err=True)
        click.echo(f"accuracy {found.accuracy:.4f}, loss {found.loss:.4f}, on {len(found.truth):,} test examples")
        click.echo(folder)
