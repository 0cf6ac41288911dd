"""`optiviz show`: a formula on the terminal, printed from the code that runs."""

from __future__ import annotations

from typing import Any

import click

from optiviz import handout
from optiviz.averages import Average
from optiviz.cli.common import json_option, print_json
from optiviz.dialects import Comparison, around, compared, parity
from optiviz.formula import Formula, nearest, written
from optiviz.losses import Loss
from optiviz.names import hyperparameter, symbol
from optiviz.optimizers import Optimizer, Wrapper, named
from optiviz.schedules import Reaction, Schedule
from optiviz.spec import split
from optiviz.surfaces import DataSurface, Surface

EXAMPLES = """
\b
Examples:
  optiviz show adam
  optiviz show torch.adagrad
  optiviz show adam+clip_norm
  optiviz show rosenbrock --latex
  optiviz show huber:delta=2
  optiviz show lion.py:lion
"""


@click.command(epilog=EXAMPLES)
@click.argument("name")
@click.option("--latex", is_flag=True, help="Print the equations in LaTeX, for a slide.")
@json_option
def command(name: str, latex: bool, as_json: bool) -> None:
    """Print the formula NAME: its equations, parameters and source.

    NAME is an optimizer, a wrapper, a schedule, a moving average, a loss or a surface, or FILE.py:NAME for one of
    your own; where a loss is also a surface, both. How torch, Keras and optax do it stands below.
    """
    found = _find(name)
    if as_json:
        first, *others = map(_facts, found)
        print_json(first | {str(each["kind"]): each for each in others})
    elif latex:
        click.echo("\n".join(line for shown in found for line in _equations(shown, "latex")))
    else:
        click.echo("\n\n".join(map(_page, found)))


KINDS: tuple[type[Formula], ...] = (Optimizer, Wrapper, Schedule, Reaction, Average, Loss, Surface)


def _find(text: str) -> list[Formula]:
    """What has this name: one formula, or a loss and the surface that is made of it."""
    name, params = split(text)
    if ".py" in name:
        refusals = []
        for kind in KINDS:
            try:
                return [kind.registry[name].configured(**params)]
            except LookupError as error:
                refusals.append(error)
        raise refusals[0]
    if "+" in name:
        return [named(name).configured(**params)]
    everything = [(known, kind.registry[known]) for kind in KINDS for known in kind.registry]
    plain = name.replace("-", "_").lower()
    found = [formula.configured(**params) for known, formula in everything if known == plain]
    if not found:
        raise LookupError(
            f"unknown formula '{name}'; {nearest(plain, dict(everything), 'see: optiviz list; there are')}"
        )
    return found


def _facts(shown: Formula) -> dict[str, object]:
    return {
        "name": shown.name,
        "kind": shown.kind,
        "summary": shown.summary,
        "equations": _equations(shown, "plain"),
        "latex": _equations(shown, "latex"),
        "params": {
            name: {"value": _plain(value), "symbol": symbol(name).unicode, "domain": str(hyperparameter(name).domain)}
            for name, value in shown.params.items()
        },
        "slots": dict(shown.slots),
        "source": shown.source,
        "defined": shown.where,
        "libraries": {
            c.library: {"call": c.call, "its_own": c.its_call, "difference": c.sentence} for c in _others(shown)
        },
        "around": _around(shown),
    }


def _equations(shown: Formula, how: str) -> list[str]:
    """The equations of the code that runs, "plain" or in "latex"; of a loss those that its code is made from."""
    if not isinstance(shown, Loss):
        return shown.latex() if how == "latex" else shown.unicode()
    lines = handout.end(handout.find(shown.name))
    sides = [
        [" ".join(line[side][how]) if how == "latex" else line[side][how] for side in ("left", "after")]
        for line in lines
    ]
    return [" = ".join(pair) for pair in sides] + [
        " ".join(fact[how]) if how == "latex" else fact[how] for line in lines for fact in line["where"]
    ]


def _plain(value: Any) -> Any:
    """A hyperparameter as a number, or as the schedule that it follows."""
    return value if isinstance(value, (int, float)) else written(value)


def _others(shown: Formula) -> list[Comparison]:
    return compared(shown) if isinstance(shown, Optimizer) else []


def _page(shown: Formula) -> str:
    equations = _equations(shown, "plain")
    lines = [f"{shown.name} ({shown.kind}): {shown.summary}", "", *(f"    {line}" for line in equations), ""]
    rows = [
        (
            name,
            symbol(name).unicode,
            f"{_plain(value)}",
            str(hyperparameter(name).domain),
            hyperparameter(name).meaning,
        )
        for name, value in shown.params.items()
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(5)]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if shown.slots:
        lines.append(
            "remembers " + ", ".join(f"{symbol(n).unicode} (from {first})" for n, first in shown.slots.items())
        )
    if isinstance(shown, Loss):
        lines += _used(shown, " ".join(equations))
    if isinstance(shown, DataSurface):
        lines.append(f"the mean of this over {shown.examples} examples of ({', '.join(shown.data_names)})")
    if isinstance(shown, Surface):
        lines.append(f"drawn over {shown.box_text}; starts at {shown.point_text(shown.start)}")
        lines += [f"minimum at {', '.join(shown.point_text(m) for m in shown.minima)}"] if shown.minima else []
    lines += [f"source: {shown.source}"] if shown.source else []
    lines += [f"defined in {shown.where}"]
    lines += [line for one in _others(shown) for line in _elsewhere(one)]
    return "\n".join([*lines, *_called(shown)])


def _used(shown: Loss, equations: str) -> list[str]:
    """What the letters of a loss mean, where it comes from, and the ways to use it."""
    record = handout.find(shown.name)
    known = {symbol(name).unicode for name in shown.params}  # those have a line already
    letters = handout.meanings(record, equations).items()
    lines = [f"{letter}: {said}" for letter, said in letters if letter not in known]
    lines += ["", f"derived in {len(record['steps'])} steps: optiviz derive {shown.name}"]
    lines += [f"drawn: optiviz loss {shown.name}"]
    if shown.name in Surface.registry:
        lines += [f"to go down on: optiviz animate gd --surface {shown.name}"]
    lines += [f"in Python: value, gradient = losses.{shown.name}(scores, targets), the mean over the examples"]
    if shown.activation:
        lines += [f"the scores are those before the {shown.activation}, which is in the loss"]
    return [*lines, f"the targets are {shown.targets.meaning}"]


def _elsewhere(one: Comparison) -> list[str]:
    """How one library does it: its call, and what is different."""
    if not one.call and not one.rule:
        return ["", f"{one.library}: {one.sentence}"]
    numbers = ", ".join(f"{symbol(name).unicode} = {theirs}" for name, (_, theirs) in one.defaults.items())
    default = f" Its defaults: {numbers}." if numbers else ""
    own = f" ({one.rule.name})" if one.rule else ""
    said = "the same." if one.call else one.sentence
    return ["", f"{one.library}{own}: {said}{default}", f"    {one.call or one.its_call}"]


def _around(shown: Formula) -> list[dict[str, Any]]:
    """What libraries call a wrapper, a schedule or an average, or the wrappers around a rule."""
    names = shown.name.split("+")[1:] if isinstance(shown, Optimizer) else [shown.name]
    return [row for name in names for row in around(name)]


def _called(shown: Formula) -> list[str]:
    """Those calls, for ours as it was set when they were compared, who has none, and what is different."""
    table, lines = parity(), []
    libraries = table["libraries"]
    for row in _around(shown):
        calls = [call for call in (row["call"], row.get("also")) if call]
        said = row.get("sentence") or "the same."
        lines += ["", f"{libraries.get(row['library'], row['library'])}, for {row['ours']}: {said}"]
        lines += [f"    {call}" for call in calls]
    for library, why in table["missing"].get(shown.name, {}).items():
        lines += ["", f"{libraries[library]}: {why}."]
    note = table["conventions"].get(shown.name)
    return [*lines, "", note] if note else lines
