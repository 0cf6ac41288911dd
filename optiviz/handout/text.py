"""A derivation on the terminal: fractions and sums as on the blackboard, broken between terms where a line is full."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from optiviz.handout.block import Block, beside, space, width
from optiviz.handout.committed import Record, how_sure

__all__ = ["columns", "contents", "text"]

_NARROWEST = 24
_ROOMY = 60
_COLOURS = {"bold": "1", "definition": "2", "proved": "32", "proved at sizes": "32"}


def text(record: Record, across: int = 80, colour: bool = False) -> str:
    """The derivation in lines of at most so many columns, but not of fewer than 24."""
    across = max(across, _NARROWEST)
    lines = [
        *(_styled(line, "bold", colour) for line in _wrapped(record["title"], across)),
        "",
        *_wrapped(record["summary"], across),
        "",
        *_rows([(each["letter"]["plain"], each["meaning"]) for each in record["legend"]], across),
    ]
    for number, step in enumerate(record["steps"], 1):
        lines += ["", *_step(number, step, across, colour)]
    return "\n".join([*lines, "", *_wrapped(f"Source: {record['source']}", across)])


def contents(groups: dict[str, list[Record]], across: int = 80, colour: bool = False) -> str:
    """The names of the derivations in their groups, with their titles."""
    across = max(across, _NARROWEST)
    name = max(len(record["name"]) for records in groups.values() for record in records)
    lines: list[str] = []
    for group, records in groups.items():
        rows = _rows([(record["name"].ljust(name), record["title"]) for record in records], across, "  ")
        lines += [_styled(group, "bold", colour), *rows, ""]
    return "\n".join([*lines, *_wrapped("optiviz derive NAME prints one of them.", across)])


def columns(formula: Record) -> int:
    """How wide the formula is in one row."""
    return _spaced(_blocks(formula)).width


def _styled(shown: str, style: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[style]}m{shown}\x1b[0m" if colour and shown else shown


def _step(number: int, step: Record, across: int, colour: bool) -> Iterator[str]:
    origin = f", from line {step['from']}" if step["from"] else ""
    sure = how_sure(step)
    head, *others = _wrapped(f"{number:2}  {step['rule']}{origin}{f' · {sure}' if sure else ''}", across, "    ")
    if not others:  # the style of each half
        rule, dot, verdict = head.partition(" · ")
        head = _styled(rule, "bold", colour) + dot + _styled(verdict, step["grade"], colour)
    yield from (head, *others, "")
    yield from _equation(step["left"], _sides(step), across)
    for word, key in (("where", "where"), ("confirmed:", "facts")):
        if step[key]:
            yield from ("", *_beside_each_other(word, step[key], across))
    indent = "    " if across >= _ROOMY else "  "
    yield from ("", *_wrapped(step["reason"], across, indent, indent))


def _sides(step: Record) -> list[tuple[str, Record]]:
    """What stands behind the left-hand side: the relation and the formula, one or two."""
    return [(step["relation"], side) for side in (step["via"], step["after"]) if side]


def _blocks(formula: Record) -> list[Block]:
    return [Block(tuple(lines.split("\n")), base) for lines, base in formula["text"]]


def _spaced(blocks: Iterable[Block]) -> Block:
    first, *others = blocks
    return beside(first, *(part for other in others for part in (space(1), other)))


def _equation(left: Record | None, sides: list[tuple[str, Record]], across: int) -> Iterator[str]:
    """`left = side = side`, the sides below each other; on a narrow page the left-hand side has a row of its own."""
    indent = " " * (6 if across >= _ROOMY else 2)
    room = across - len(indent)
    name = _spaced(_blocks(left)) if left else space(0)
    signs = [f" {sign} " if left else sign and f"{sign} " for sign, _ in sides]
    rows: list[Block] = []
    if left and name.width + len(signs[0]) + max(map(_widest, (side for _, side in sides))) > room:
        rows = [name] if name.width <= room else _in_one_line("", left, room)
        name, signs = space(0), [sign.lstrip() for sign in signs]
    for n, (sign, (_, side)) in enumerate(zip(signs, sides, strict=True)):
        head = beside(space(name.width) if n else name, Block((sign,)))
        fits = head.width + _widest(side) <= room
        rows += _broken(head, _blocks(side), room) if fits else _in_one_line(sign, side, room)
    for n, row in enumerate(rows):
        if n and max(row.height, rows[n - 1].height) > 1:
            yield ""
        yield from ((indent + line).rstrip() for line in row.lines)


def _beside_each_other(word: str, facts: list[Record], across: int) -> Iterator[str]:
    """Short equations behind a word, as many to a row as fit; long ones each below the other."""
    indent = "    " if across >= _ROOMY else "  "
    head, gap = Block((f"{indent}{word} ",)), space(2)
    blocks = [beside(_spaced(_blocks(fact)), gap) for fact in facts]
    if head.width + max(block.width for block in blocks) > across:
        yield indent + word
        for fact in facts:
            yield from ("", *_equation(None, [("", fact)], across))
        return
    for n, row in enumerate(_broken(head, blocks, across)):
        if n and row.height > 1:
            yield ""
        yield from (line.rstrip() for line in row.lines)


def _broken(head: Block, terms: list[Block], room: int) -> Iterator[Block]:
    """The terms after `head`, as many to a row as fit."""
    row, empty = head, True
    for term in terms:
        longer = beside(row, term) if empty else beside(row, space(1), term)
        if longer.width > room and not empty:
            yield row
            longer = beside(space(head.width), term)
        row, empty = longer, False
    yield row


def _widest(side: Record) -> int:
    return max(block.width for block in _blocks(side))


def _in_one_line(sign: str, side: Record, room: int) -> list[Block]:
    """For a term that is wider than the page: plain text, broken where a sign or a factor begins."""
    glued = re.sub(r"(?<=[−+·=⇔<>≤≥]) ", "\u00a0", sign + side["plain"])
    made = textwrap.wrap(glued, room, subsequent_indent="  ", break_on_hyphens=False)
    return [Block((line.replace("\u00a0", " "),)) for line in made]


def _wrapped(words: str, across: int, after: str = "", before: str = "") -> list[str]:
    """Lines of prose; a formula in it is broken before a relation, if at all."""
    glued = re.sub(r" (?=[−+±] )|(?<=[−+±=<>≤≥]) ", "\u00a0", words)
    lines = textwrap.wrap(glued, across, initial_indent=before, subsequent_indent=after, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def _rows(rows: list[tuple[str, str]], across: int, indent: str = "") -> Iterator[str]:
    """Names and what they mean, in two columns."""
    name = max(width(first) for first, _ in rows)
    for first, second in rows:
        begin = indent + first + " " * (name - width(first) + 2)
        yield from _wrapped(second, across, " " * width(begin), begin)
