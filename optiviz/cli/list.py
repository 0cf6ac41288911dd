"""`optiviz list`: what there is."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable

import click

from optiviz import handout
from optiviz.averages import Average
from optiviz.cli.common import json_option, print_json
from optiviz.dialects import DIALECTS
from optiviz.formula import Formula
from optiviz.losses import Loss
from optiviz.optimizers import Optimizer, Wrapper
from optiviz.schedules import Reaction, Schedule
from optiviz.surfaces import Surface


def _registered(kind: type[Formula]) -> Callable[[], dict[str, str]]:
    """What is registered of a kind, without the dialects."""
    return lambda: {f.name: f.summary for f in kind.registry.values() if "." not in f.name}


def _dialects() -> dict[str, str]:
    """The rules of other libraries: what they do otherwise, or whose formula they share."""
    found = {}
    for dialect in DIALECTS.values():
        for name, rule in dialect.rules.items():
            ours = Optimizer.registry.formulas.get(name)
            if ours is None or rule.function is not ours.function:
                found[rule.name] = rule.summary
                continue
            numbers = [f"{k}={v!r}" for k, v in rule.params.items() if v != ours.params[k]]
            numbers += [f"{slot} from {first!r}" for slot, first in rule.slots.items() if first != ours.slots[slot]]
            found[rule.name] = f"as {name}" + f", with {', '.join(numbers)}" * bool(numbers)
    return found


def _losses() -> dict[str, str]:
    """The losses: what each is for, the activation that it has in itself, and where to read how it is derived."""
    derived = handout.derivations()
    return {
        loss.name: loss.summary
        + f" It has the {loss.activation} in itself." * bool(loss.activation)
        + f" See optiviz derive {loss.name}" * (loss.name in derived)
        for loss in Loss.registry.values()
    }


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "optimizers": _registered(Optimizer),
    "wrappers": _registered(Wrapper),
    "dialects": _dialects,
    "schedules": _registered(Schedule),
    "reactions": _registered(Reaction),
    "averages": _registered(Average),
    "losses": _losses,
    "surfaces": _registered(Surface),
    "derivations": lambda: {name: record["title"] for name, record in handout.derivations().items()},
}

EXAMPLES = """
\b
Examples:
  optiviz list surfaces
  optiviz list dialects
"""


@click.command(name="list", epilog=EXAMPLES)
@click.argument("kind", type=click.Choice([*KINDS]))
@json_option
def command(kind: str, as_json: bool) -> None:
    """List what there is of KIND.

    Wrappers go around an optimizer: adam+clip_norm. Dialects are the optimizers as torch, Keras and optax
    spell them: torch.adagrad.
    """
    found = KINDS[kind]()
    if as_json:
        print_json(found)
        return
    width = max(map(len, found))
    wraps = sys.stdout.isatty()  # a pipe gets one line for each
    room = max(shutil.get_terminal_size().columns - width - 2, 20) if wraps else 10_000
    for name, summary in found.items():
        first, *others = textwrap.wrap(summary, room)
        click.echo(f"{name:{width}}  {first}")
        for line in others:
            click.echo(" " * (width + 2) + line)
