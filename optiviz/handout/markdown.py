"""A derivation in Markdown, with its formulas in `$$`, as notebooks and code hosts show them."""

from __future__ import annotations

from optiviz.files import MARK
from optiviz.handout.committed import Record, how_sure
from optiviz.handout.latex import line_latex

__all__ = ["markdown"]


def markdown(record: Record, level: int = 1) -> str:
    """The derivation as a section whose heading is of that level."""
    rows = [f"| ${''.join(each['letter']['latex'])}$ | {each['meaning']} |" for each in record["legend"]]
    parts = [
        f"{'#' * level} {record['title']}",
        record["summary"],
        "\n".join(["| | |", "| --- | --- |", *rows]),
        *(_step(number, step) for number, step in enumerate(record["steps"], 1)),
        f"Source: {record['source']}",
    ]
    return "\n\n".join([f"<!-- {MARK}: optiviz derive {record['name']} -->", *parts]) + "\n"


def _step(number: int, step: Record) -> str:
    origin = f", from line {step['from']}" if step["from"] else ""
    said = how_sure(step)
    parts = [
        f"**{number}. {step['rule']}**{origin}{f' ({said})' if said else ''}",
        line_latex(step),
    ]
    for word, key in (("where", "where"), ("confirmed:", "facts")):
        parts += [f"{word} ${' '.join(fact['latex'])}$" for fact in step[key]]
    return "\n\n".join([*parts, step["reason"]])
