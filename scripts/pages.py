"""Runs the code of pages, writes what it prints under it, and quotes and lists what is in the library."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import re
import sys
import tempfile
import textwrap
from pathlib import Path

from optiviz.models import Architecture

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {name: DOCS / f"{name}.md" for name in ("networks", "data")}

BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)
"""A block of code, and what it prints."""

QUOTED = re.compile(r"# (\w+)\.(\w+) in (optiviz/\S+)\.py\n")
"""How a block begins that is a method of a class."""

HEAD = "| network | input | classes | weights | source |\n| --- | --- | --- | --- | --- |\n"
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")
"""The table of the named networks."""


def blocks(page: str) -> list[tuple[str, str | None]]:
    """The code of the page, with what the page says that it prints; None where it says nothing."""
    return [(found[1], found[2]) for found in BLOCK.finditer(page)]


def quoted(code: str) -> str:
    """The block, and if it is a method, as it stands in the library."""
    found = QUOTED.match(code)
    if found is None:
        return code
    module = importlib.import_module(found[3].replace("/", "."))
    method = getattr(getattr(module, found[1]), found[2])
    return found[0] + textwrap.dedent(inspect.getsource(method))


def outputs(page: str) -> list[str]:
    """What the blocks that are not quoted print, one after the other in one program."""
    names: dict[str, object] = {"__name__": "page"}
    printed = []
    for code, _ in blocks(page):
        heard = io.StringIO()
        if not QUOTED.match(code):
            with contextlib.redirect_stdout(heard):
                exec(compile(code, "page", "exec"), names)
        printed.append(heard.getvalue())
    return printed


def table() -> str:
    """The named networks, in the order of the lesson."""
    rows = [
        (
            f"`{one.name}`",
            " x ".join(map(str, one.shape)),
            one.params["classes"],
            f"{one.size():,}",
            one.source.rstrip("."),
        )
        for one in Architecture.registry.values()
    ]
    return HEAD + "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def page(name: str) -> str:
    """A page with what its code prints and what the library has today."""
    text = TABLE.sub(lambda _: table(), PAGES[name].read_text(encoding="utf-8"))
    printed = iter(outputs(text))

    def renewed(found: re.Match[str]) -> str:
        output = next(printed)
        return f"```python\n{quoted(found[1])}```\n" + (f"\n```text\n{output}```\n" if output else "")

    return BLOCK.sub(renewed, text)


if __name__ == "__main__":
    os.environ["OPTIVIZ_THREADS"] = "2"
    for name in sys.argv[1:] or PAGES:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            text = page(name)
        PAGES[name].write_text(text, encoding="utf-8")
