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


def _named_networks() -> dict[str, str]:
    from optiviz.models import Architecture

    return {f.name: f.summary for f in Architecture.registry.values()}


def _augmentations() -> dict[str, str]:
    from optiviz.data.augment import Augmentation

    return _registered(Augmentation)()


SAID = {
    "optimizers": "the update rules: adam",
    "wrappers": "go around an optimizer: adam+clip_norm",
    "dialects": "optimizers as other libraries spell them: torch.adagrad",
    "schedules": "how a learning rate changes with time: adam:lr=cosine",
    "reactions": "how it answers to the loss: --reaction reduce_on_plateau",
    "averages": "moving averages of a series: ewma",
    "losses": "what a model learns from, as optiviz loss draws them: bce",
    "surfaces": "landscapes to go down on: --surface rosenbrock",
    "models": "networks, as optiviz train --model takes them: lenet5",
    "augmentations": "what training images go through: --augment flip",
    "derivations": "where losses come from, as optiviz derive has them: bce",
}
"""What the kinds are, in a few words and by an example."""

KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "optimizers": _registered(Optimizer),
    "wrappers": _registered(Wrapper),
    "dialects": _dialects,
    "schedules": _registered(Schedule),
    "reactions": _registered(Reaction),
    "averages": _registered(Average),
    "losses": _losses,
    "surfaces": _registered(Surface),
    "models": _named_networks,
    "augmentations": _augmentations,
    "derivations": lambda: {name: record["title"] for name, record in handout.derivations().items()},
}

HELP = "\n".join(
    [
        "List what there is of KIND; without KIND, the kinds and how many of each.",
        "\n\b\nKIND is one of",
        *(f"  {kind:13}  {said}" for kind, said in SAID.items()),
        "\noptiviz show NAME prints the equations of one of them.",
    ]
)

EXAMPLES = """
\b
Examples:
  optiviz list
  optiviz list surfaces
  optiviz list models
"""


@click.command(name="list", help=HELP, epilog=EXAMPLES)
@click.argument("kind", type=click.Choice([*KINDS]), required=False, metavar="[KIND]")
@json_option
def command(kind: str | None, as_json: bool) -> None:
    """List what there is of a kind, or the kinds."""
    if kind is None:
        counts = {name: len(every()) for name, every in KINDS.items()}
        found = {name: f"{count:3}  {SAID[name]}" for name, count in counts.items()}
    else:
        found = KINDS[kind]()
    if as_json:
        print_json(found if kind else counts)
        return
    width = max(map(len, found))
    wraps = sys.stdout.isatty()  # a pipe gets one line for each
    room = max(shutil.get_terminal_size().columns - width - 2, 20) if wraps else 10_000
    for name, summary in found.items():
        first, *others = textwrap.wrap(summary, room)
        click.echo(f"{name:{width}}  {first}")
        for line in others:
            click.echo(" " * (width + 2) + line)
