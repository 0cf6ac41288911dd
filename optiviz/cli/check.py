"""`optiviz check`: is a student's rule the named one, and if not, which mistake was made?"""

from __future__ import annotations

import click

from optiviz.check import Verdict, check
from optiviz.cli.common import json_option, print_json
from optiviz.cli.types import RULE
from optiviz.optimizers import Optimizer

EXAMPLES = """
\b
Examples:
  optiviz check homework.py:adam --like adam
  optiviz check submissions/*.py --like rmsprop
  optiviz check homework.py --like solution.py:lion --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", metavar="FILE[:NAME]...", nargs=-1, required=True)
@click.option("--like", type=RULE, required=True, help="The rule that it should be, by name or as FILE:NAME.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.5, 3600),
    default=10.0,
    show_default=True,
    help="Seconds after which a file is stopped.",
)
@click.option(
    "--memory",
    type=click.IntRange(64, 1_000_000),
    default=1_000,
    show_default=True,
    help="Megabytes that a file may take (where the system can limit it).",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="What the tests are drawn from.")
@json_option
def command(files: tuple[str, ...], like: Optimizer, timeout: float, memory: int, seed: int, as_json: bool) -> int:
    """Check whether the rule in FILE is the named one, and name the likeliest mistake.

    The numbers decide, not the source. The file runs in a process of its own. The exit status is 0 if the
    rule is correct, 1 if it is not, 2 if it cannot be run; of several files, the worst.
    """
    verdicts = []
    for text in files:
        path, _, name = (text + ":" if text.endswith(".py") else text).rpartition(":")
        if not path.endswith(".py"):
            raise ValueError(f"cannot read '{text}'; write FILE.py or FILE.py:NAME")
        found = check(path, name, like=like, seed=seed, timeout=timeout, memory=memory * 1_000_000)
        verdicts.append(found)
        if len(files) > 1 and not as_json:
            click.echo(_line(found))
    if as_json:
        print_json(verdicts[0].facts() if len(files) == 1 else {"checks": [found.facts() for found in verdicts]})
    elif len(files) == 1:
        _page(verdicts[0])
    return max(found.status for found in verdicts)


def _page(found: Verdict) -> None:
    """One verdict in full; what a file cannot be checked for goes to stderr."""
    if found.verdict == "unusable":
        if found.printed:
            click.echo(f"the last that it printed:\n{found.printed}", err=True)
        raise ValueError(found.explanation)
    if found.verdict == "correct":
        click.echo(f"{found.file} is {found.like}: correct")
    else:
        click.echo(f"{found.file} is not {found.like}.")
        click.echo(found.explanation)
        click.echo(f"  instead: {found.hint}")
        if found.first_difference:
            click.echo(f"  {found.first_difference['text']}")
        if found.mistake:
            click.echo(f"  mistake: {found.mistake}")
    for note in found.notes:
        click.echo(f"  note: {note}")


def _line(found: Verdict) -> str:
    """One verdict in one line."""
    if found.verdict == "correct":
        return f"{found.file}: correct"
    mistake = f" ({found.mistake})" if found.mistake else ""
    return f"{found.file}: {found.verdict}{mistake}: {' '.join(found.explanation.split())}"
