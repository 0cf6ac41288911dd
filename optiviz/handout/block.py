"""Blocks of characters, of which formulas are built that are several lines high."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

__all__ = ["Block", "beside", "space", "width"]


def width(text: str) -> int:
    """How many columns a line takes; a hat takes none.

    >>> width("μ̂ = 1")
    5
    """
    return sum(not unicodedata.combining(c) for c in text)


@dataclass(frozen=True)
class Block:
    """Lines of the same width; the one at `base` is level with what stands to the left and right."""

    lines: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        """Its columns."""
        return width(self.lines[0])

    @property
    def height(self) -> int:
        """Its lines."""
        return len(self.lines)


def space(columns: int) -> Block:
    """Nothing, so many columns wide."""
    return Block((" " * columns,))


def beside(*blocks: Block) -> Block:
    """The blocks side by side, level at their bases.

    >>> beside(Block(("1", "─", "2"), 1), Block((" x",))).lines
    ('1  ', '─ x', '2  ')
    """
    above = max(made.base for made in blocks)
    below = max(made.height - made.base for made in blocks)
    rows = [""] * (above + below)
    for made in blocks:
        for n in range(len(rows)):
            line = n - above + made.base
            rows[n] += made.lines[line] if 0 <= line < made.height else " " * made.width
    return Block(tuple(rows), above)
