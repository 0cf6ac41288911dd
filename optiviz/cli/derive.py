"""`optiviz derive`: where a loss comes from, in steps that were proved; read from what is committed, without SymPy."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from optiviz import handout
from optiviz.cli.common import file_options, print_json, target
from optiviz.files import MARK, written_whole

EXAMPLES = """
\b
Examples:
  optiviz derive                          (what there is)
  optiviz derive bce
  optiviz derive mse -o mse.html
  optiviz derive cce --format latex
  optiviz derive --verify
"""

_PRINTERS: dict[str, Callable[[handout.Record], str]] = {
    "text": lambda record: f"{handout.text(record)}\n\n{MARK}: optiviz derive {record['name']}\n",
    "latex": handout.latex,
    "markdown": handout.markdown,
    "html": handout.html,
    "json": lambda record: json.dumps({"made": MARK, **record}, ensure_ascii=False, indent=2) + "\n",
}
_FORMATS = {".txt": "text", ".tex": "latex", ".md": "markdown", ".html": "html", ".json": "json"}


class _Derivation(click.ParamType[str]):
    """The name of a derivation, completed from what is committed."""

    name = "derivation"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this."""
        begun = incomplete.replace("-", "_").lower()
        known = handout.derivations().items()
        return [CompletionItem(name, help=record["title"]) for name, record in known if name.startswith(begun)]


@click.command(epilog=EXAMPLES)
@click.argument("name", type=_Derivation(), required=False)
@click.option("--list", "list_all", is_flag=True, help="List the derivations.")
@click.option("--format", "wanted", type=click.Choice([*_FORMATS.values()]), help="How to write it, if not as text.")
@file_options
@click.option("--verify", is_flag=True, help="Prove NAME, or everything, anew and compare.")
@click.option("--write", is_flag=True, help="Make what is committed of the derivations anew.")
def command(
    name: str | None,
    list_all: bool,
    wanted: str | None,
    output: Path | None,
    force: bool,
    open_it: bool,
    quiet: bool,
    as_json: bool,
    verify: bool,
    write: bool,
) -> int:
    """Print how the loss or result NAME is derived: every step, its reason, and how it was proved.

    Without NAME the derivations are listed. A file is written as its suffix says: .txt, .tex for a slide that loads
    amsmath, .md, .html (one file that needs no network) or .json.
    """
    _see_that_they_agree(name, list_all, wanted, output, open_it, verify, write)
    if verify:
        return _verify(name and handout.find(name)["name"], quiet, as_json)
    if write:
        return _write(quiet, as_json)
    if name is None:
        _contents(as_json)
    elif output is None:
        _show(handout.find(name), "json" if as_json else wanted or "text")
    else:
        _save(handout.find(name), output, force, quiet, as_json)
        if open_it:
            click.launch(str(output))
    return 0


def _see_that_they_agree(
    name: str | None, list_all: bool, wanted: str | None, output: Path | None, open_it: bool, verify: bool, write: bool
) -> None:
    modes = [mode for mode, chosen in (("--list", list_all), ("--verify", verify), ("--write", write)) if chosen]
    if len(modes) > 1:
        raise click.UsageError(f"{' and '.join(modes)} do not go together; give one of them")
    if name and (list_all or write):
        raise click.UsageError(f"{modes[0]} is about all derivations; leave out '{name}'")
    if (output or wanted or open_it) and (modes or not name):
        raise click.UsageError("-o, --format and --open are for one derivation; write optiviz derive NAME")
    if open_it and not output:
        raise click.UsageError("--open is for a file; write -o NAME.html")
    if output and wanted and _FORMATS.get(output.suffix.lower()) != wanted:
        raise click.UsageError(f"--format {wanted} does not go with '{output}'; the suffix says how a file is written")


def _contents(as_json: bool) -> None:
    groups = handout.groups()
    if as_json:
        print_json({group: {one["name"]: one["title"] for one in records} for group, records in groups.items()})
    else:
        click.echo(handout.contents(groups, _columns(), colour=True), color=_colour())


def _show(record: handout.Record, wanted: str) -> None:
    if wanted == "text":
        click.echo(handout.text(record, _columns(), colour=True), color=_colour())
    elif wanted == "json":
        print_json(record)
    else:
        click.echo(_PRINTERS[wanted](record), nl=False)


def _save(record: handout.Record, output: Path, force: bool, quiet: bool, as_json: bool) -> None:
    path = target(output, "", tuple(_FORMATS), force)
    wanted = _FORMATS[path.suffix.lower()]
    made = _PRINTERS[wanted](record)
    with written_whole(path) as temporary:
        temporary.write_text(made, encoding="utf-8", newline="\n")
    if as_json:
        print_json(record)
    elif not quiet:
        click.echo(f"{record['title']}, as {wanted}", err=True)
        click.echo(path)


def _verify(name: str | None, quiet: bool, as_json: bool) -> int:
    """Prove anew; 1 if anything is less than what is committed."""
    from optiviz.derive import committed

    names = [name] if name else committed.everything()
    with click.progressbar(names, label="proving", file=sys.stderr, hidden=_hidden(quiet)) as bar:
        found = {one: committed.differences(one) for one in bar}
    wrong = [each for lines in found.values() for each in lines]
    steps = sum(len(record["steps"]) for one, record in handout.derivations().items() if one in found)
    if as_json:
        print_json({"derivations": len(names), "lines": steps, "verified": not wrong, "differences": found})
    for each in wrong:
        click.echo(each, err=True)
    if not (wrong or quiet or as_json):
        what = name or f"{len(names)} derivations"
        click.echo(f"{what}: all {steps} lines hold, each as surely as is committed")
    return 1 if wrong else 0


def _write(quiet: bool, as_json: bool) -> int:
    from optiviz.derive import committed
    from optiviz.surfaces import Surface, kept

    with click.progressbar(committed.names(), label="proving", file=sys.stderr, hidden=_hidden(quiet)) as bar:
        for name in bar:
            committed.derive(name)
    named = [(each.trace, each.coordinates) for each in Surface.registry.formulas.values() if type(each) is Surface]
    paths = [str(path) for path in (*(make() for make in committed.GENERATED), kept.write(named))]
    if as_json:
        print_json({"written": paths})
    elif not quiet:
        click.echo("\n".join(paths))
    return 0


def _hidden(quiet: bool) -> bool:
    return quiet or not sys.stderr.isatty()


def _columns() -> int:
    """The width of the terminal, but no wider than is good to read."""
    return min(shutil.get_terminal_size().columns, 120)


def _colour() -> bool | None:
    return False if "NO_COLOR" in os.environ else None
