"""`optiviz parity`: how near the rules are to those of torch, Keras and optax, as it was measured."""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

import click

from optiviz.cli.common import json_option, print_json
from optiviz.dialects import around, compared, parity
from optiviz.formula import nearest
from optiviz.optimizers import Optimizer

EXAMPLES = """
\b
Examples:
  optiviz parity
  optiviz parity adagrad
  optiviz parity clip_norm
"""

LEGEND = (
    "= is our rule of that name, ~ the library's own spelling of it, keras.adam for example; each was run beside "
    "the library in float64, # beside a closed form, for no library has it. First the largest difference after "
    "one step from the library's own state (1e-14 is allowed), then that of runs of 1000 steps (1e-12 is allowed, "
    "or what rounding explains). * By default it goes around some minimum for ever, and these runs end after 100 "
    "steps. optiviz parity NAME prints the calls, what differs and what was allowed, also of a wrapper, a schedule "
    "or a moving average."
)


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """Print how near the rules are to those of torch, Keras and optax, or how each library does NAME.

    NAME is an optimizer, a wrapper, a schedule, or a moving average, which is compared with pandas.
    """
    table = parity()
    if name is None:
        if as_json:
            print_json(table)
        else:
            click.echo("\n".join(_overview(table)))
        return
    plain = _known(name, table)
    rule = table["rules"].get(plain)
    if as_json:
        print_json(rule or {"name": plain, "compared": around(plain), "missing": table["missing"].get(plain, {})})
    else:
        click.echo("\n".join(_detail(plain, table) if rule else _beside(plain, table)))


def _known(text: str, table: dict[str, Any]) -> str:
    name = text.replace("-", "_").lower().rpartition(".")[2]
    others = [row["name"] for part in ("wrappers", "schedules", "averages") for row in table[part]]
    known = [known for known in dict.fromkeys([*table["rules"], *others, *table["missing"]]) if ">>" not in known]
    if name not in known:
        raise LookupError(f"nothing was compared under the name '{text}'; {nearest(name, known, 'there are')}")
    return name


def _overview(table: dict[str, Any]) -> list[str]:
    libraries = table["libraries"]
    width = max(map(len, table["rules"]))
    lines = ["  ".join([" " * width, *(f"{library:17}" for library in libraries.values())]).rstrip()]
    for rule, row in table["rules"].items():
        cells = [f"{_cell(rule, row, dialect):17}" for dialect in libraries]
        lines.append("  ".join([f"{rule:{width}}", *cells]).rstrip())
    return [*lines, "", *_wrapped(LEGEND)]


def _cell(rule: str, row: dict[str, Any], dialect: str) -> str:
    cell = row[dialect] if row[dialect]["match"] else row.get("closed")
    if not cell:
        return "has none"
    mark = "#" if cell is not row[dialect] else "=" if cell["match"] == rule else "~"
    return f"{mark} {cell['one_step']:.0e} {cell['free_run']:.0e}{' *' if cell['short'] else ''}"


def _detail(name: str, table: dict[str, Any]) -> list[str]:
    rule, row = Optimizer.registry[name], table["rules"][name]
    lines = [f"{name}: {rule.summary}"]
    for theirs in compared(rule):
        cell = row[theirs.dialect]
        lines += ["", theirs.library, *_wrapped(theirs.sentence, 4)]
        if theirs.call:
            lines += _wrapped(theirs.call, 4)
        if theirs.its_call and theirs.rule and theirs.its_call != theirs.call:
            lines += _wrapped(f"as it stands ({theirs.rule.name}): {theirs.its_call}", 4)
        if theirs.defaults:
            numbers = ", ".join(f"{key} {its} for {ours}" for key, (ours, its) in theirs.defaults.items())
            lines += _wrapped(f"other defaults: {numbers}", 4)
        if theirs.rule:
            lines += _wrapped(_measured(cell), 4)
    if "closed" in row:
        lines += ["", "closed form", *_wrapped(row["closed"]["sentence"], 4), *_wrapped(_measured(row["closed"]), 4)]
    return lines


def _beside(name: str, table: dict[str, Any]) -> list[str]:
    """A wrapper, a schedule or an average: the call of each library that has it, and the largest difference."""
    libraries, lines = table["libraries"], [name]
    for row in around(name):
        lines += ["", f"{libraries.get(row['library'], row['library'])}, for {row['ours']}"]
        for text in (row.get("sentence"), row["call"], row.get("also")):
            lines += _wrapped(text, 4) if text else []
        lines += _wrapped(
            f"measured: {row['one_step']:.0e} in one step, {row['free_run']:.0e} in a run of 1000 steps"
            if "one_step" in row
            else f"measured: {row['difference']:.0e} over {row['updates']} values",
            4,
        )
    for library, why in table["missing"].get(name, {}).items():
        lines += ["", *_wrapped(f"{libraries[library]}: {why}")]
    note = table["conventions"].get(name)
    return [*lines, "", *_wrapped(note)] if note else lines


def _measured(cell: dict[str, Any]) -> str:
    ends = f" ({cell['short']} of them, at the default rate, end after 100)" if cell["short"] else ""
    measured = (
        f"measured: {cell['one_step']:.0e} in one step, {cell['free_run']:.0e} in {cell['runs']} runs of 1000 steps"
    )
    used = f"never more than {100 * cell['share']:.2g}% was used"
    return f"{measured}{ends}; up to {cell['allowed']:.0e} was allowed there, and {used}"


def _wrapped(text: str, indent: int = 0) -> list[str]:
    width = max(40, shutil.get_terminal_size((80, 24)).columns)
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4 if indent else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )
