r"""A derivation in LaTeX: a fragment for a document or a slide that has `\usepackage{amsmath}`."""

from __future__ import annotations

from collections.abc import Iterator

from optiviz.files import MARK
from optiviz.handout.committed import Record, how_sure
from optiviz.handout.prose import letters, to_latex
from optiviz.handout.text import columns

__all__ = ["latex", "line", "line_latex"]

_WIDEST = 70
"""From so many columns of text on, a line is broken."""


def latex(record: Record) -> str:
    r"""The derivation as a fragment, to be had by `\input`; its lines are numbered as on the terminal."""
    known = letters(record)
    meanings = "; ".join(
        f"${''.join(each['letter']['latex'])}$: {to_latex(each['meaning'], known)}" for each in record["legend"]
    )
    lines: list[str] = []
    for number, step in enumerate(record["steps"], 1):
        last = number == len(record["steps"])
        lines += [line(step, number) + ("" if last else r" \\")]
        said = _said(step, known)
        lines += [r"\end{align*}", said] if last else [rf"\intertext{{{said}}}"]
    return "\n".join(
        [
            rf"% {MARK}: optiviz derive {record['name']}; needs \usepackage{{amsmath}}",
            r"\begingroup\allowdisplaybreaks",
            rf"\textbf{{{to_latex(record['title'], known)}.}}",
            to_latex(record["summary"], known),
            rf"\emph{{Letters.}} {meanings}.",
            r"\begin{align*}",
            *lines,
            "",
            rf"{{\raggedright Source: {to_latex(record['source'], set())}\par}}",
            r"\par\endgroup",
            "",
        ]
    )


def line_latex(step: Record) -> str:
    """One line alone, as a displayed formula."""
    return f"$$\n\\begin{{aligned}}\n{line(step)}\n\\end{{aligned}}\n$$"


def line(step: Record, number: int | None = None) -> str:
    r"""The line as rows of `align`, broken between its terms where it is long."""
    left = " ".join(step["left"]["latex"]) if step["left"] else ""
    shown = "" if step["continues"] and number is not None else left
    relation = r"\iff" if step["relation"] == "⇔" else "="
    rows: list[str] = []
    for side in (step["via"], step["after"]):
        if side:
            first, *others = _rows(side, columns(step["left"]) if step["left"] else 4)
            rows += [f"{'' if rows else shown} &{relation} {first}".strip(), *(rf"&\quad {{}}{row}" for row in others)]
    tag = "" if number is None else rf" \tag{{{number}}}"
    return " \\\\\n".join(rows) + tag


def _rows(side: Record, used: int) -> list[str]:
    """The terms, as many to a row as there is room for."""
    rows, wide = [""], used
    for term, block in zip(side["latex"], side["text"], strict=True):
        takes = columns({"text": [block]})
        if rows[-1] and wide + takes > _WIDEST:
            rows, wide = [*rows, ""], used
        rows[-1] += f" {term}" if rows[-1] else term
        wide += takes + 1
    return rows


def _said(step: Record, known: set[str]) -> str:
    """The rule, how the line was confirmed, what else was, and the reason."""
    origin = f", from ({step['from']})" if step["from"] else ""
    sure = f" ({to_latex(how_sure(step), known)})" if how_sure(step) else ""
    head = rf"\emph{{{to_latex(step['rule'], known)}}}{origin}{sure}."
    return " ".join([head, to_latex(step["reason"], known), *_also(step)])


def _also(step: Record) -> Iterator[str]:
    for word, key in (("Where", "where"), ("Confirmed:", "facts")):
        if step[key]:
            yield f"{word} {', '.join('$' + ' '.join(fact['latex']) + '$' for fact in step[key])}."
