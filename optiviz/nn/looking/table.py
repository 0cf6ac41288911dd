"""Tables: as text for a terminal, as HTML for a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["NONE", "WIDTH", "Table", "Tabled"]

WIDTH = 100
"""A table is not wider than so many characters."""

USUAL = 80
"""Columns stand closer in a table that would be wider than this."""

SHORTEST = 12
"""No name is cut to fewer characters."""

CELL = "padding: 0.1em 0.6em; white-space: nowrap; font-variant-numeric: tabular-nums"
"""How the cells of a notebook's table look."""

NONE = "–"
"""Where there is nothing to say."""


@dataclass(frozen=True)
class Table:
    """Rows under a head, and lines of text under them.

    Attributes:
        head: the names of the columns.
        rows: the cells.
        words: the columns that hold words, which begin at the left and may be cut; numbers end at the right.
        foot: what is said under the table.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})
    foot: Sequence[str] = ()

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= USUAL else " "
        gaps = len(gap) * (len(widths) - 1)
        while sum(widths) + gaps > WIDTH:
            widest = max(self.words, key=lambda i: widths[i])
            if widths[widest] <= SHORTEST:
                break
            widths[widest] -= 1
        head, *rows = (gap.join(self._fitted(cells, widths)).rstrip() for cells in (self.head, *self.rows))
        foot = ["", *self.foot] if self.foot else []
        return "\n".join([head, "─" * (sum(widths) + gaps), *rows, *foot])

    def _fitted(self, cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            cut = _cut(cell, width)
            yield cut.ljust(width) if i in self.words else cut.rjust(width)

    @property
    def html(self) -> str:
        """The same, with all names whole."""
        head = "".join(self._cell("th", i, cell) for i, cell in enumerate(self.head))
        rows = ["".join(self._cell("td", i, cell) for i, cell in enumerate(row)) for row in self.rows]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        foot = "".join(f"<div>{escape(line)}</div>" for line in self.foot)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div style="margin-bottom: 1em">{table}{foot}</div>'

    def _cell(self, tag: str, column: int, text: str) -> str:
        side = "left" if column in self.words else "right"
        return f'<{tag} style="text-align: {side}; {CELL}">{escape(text)}</{tag}>'


class Tabled(ABC):
    """A record that shows itself as tables."""

    @property
    @abstractmethod
    def tables(self) -> Sequence[Table]:
        """What is shown."""

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self.tables))

    def _repr_html_(self) -> str:
        return "".join(table.html for table in self.tables)


def _cut(text: str, width: int) -> str:
    """The beginning and the end of a text that is too long: names of layers differ at their ends."""
    end = width // 3
    return text if len(text) <= width else f"{text[: width - 1 - end]}…{text[-end:]}"
