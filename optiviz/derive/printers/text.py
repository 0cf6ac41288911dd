"""Formulas in the characters of a terminal, several lines high: fraction bars, limits above and below a sum."""

from __future__ import annotations

from optiviz.derive.plain import lowered, raised
from optiviz.derive.printers.marks import (
    Branches,
    Fence,
    Fraction,
    Infix,
    Limits,
    Mark,
    Prefix,
    Root,
    Row,
    Scripts,
    Times,
    Word,
)
from optiviz.handout.block import Block, beside, space, width
from optiviz.names import symbol

__all__ = ["block"]

_TALL = {"(": ("⎛", "⎜", "⎝"), ")": ("⎞", "⎟", "⎠"), "|": ("│", "│", "│")}


def block(mark: Mark) -> Block:
    """The marks as a block."""
    match mark:
        case Word(text, kind):
            shown = symbol(text).unicode if kind == "letter" else text
            return Block(({"pi": "π", "infinity": "∞", ",": ", "}.get(text, shown),))
        case Row(parts):
            return _row(parts)
        case Infix(sign):
            return Block((f" {sign} ",))
        case Prefix():
            return Block(("−",))
        case Times(dot):
            return Block((" · ",)) if dot else space(1)
        case Fraction(over, under):
            return _fraction(block(over), block(under))
        case Scripts():
            return _scripts(mark)
        case Limits(sign, below, above):
            return _stacked(
                ([block(above)] if above else []) + [Block((sign,))] + [_tight(block(below))], 1 if above else 0
            )
        case Root(inside):
            within = block(inside)
            bare = within.height == 1 and isinstance(inside, (Word, Scripts))
            return beside(Block(("√",)), within if bare else _fenced("(", within, ")"))
        case Fence(left, inside, right):
            return _fenced(left, block(inside), right)
        case Branches(rows):
            return _branches([(block(formula), _condition(condition)) for formula, condition in rows])


def _tight(made: Block) -> Block:
    """i=1 in place of i = 1, below a sum."""
    return Block(tuple(line.replace(" ", "") for line in made.lines), made.base) if made.height == 1 else made


def _condition(mark: Mark | None) -> Block:
    return Block(("otherwise",)) if mark is None else beside(Block(("if ",)), block(mark))


def _row(parts: tuple[Mark, ...]) -> Block:
    blocks: list[Block] = []
    for n, part in enumerate(parts):
        made = block(part)
        if n == 0 and isinstance(part, Infix):
            made = Block((f"{part.sign} ",))
        bar = n + 1 < len(parts) and isinstance(parts[n + 1], Fraction)
        if (isinstance(part, Prefix) and bar) or isinstance(part, Limits):
            made = beside(made, space(1))
        blocks.append(made)
    return beside(*blocks)


def _centred(made: Block, columns: int) -> list[str]:
    left = (columns - made.width) // 2
    return [" " * left + line + " " * (columns - made.width - left) for line in made.lines]


def _stacked(blocks: list[Block], level: int) -> Block:
    """One above the other, centred; the block numbered `level` is level with the rest."""
    columns = max(made.width for made in blocks)
    lines = [line for made in blocks for line in _centred(made, columns)]
    return Block(tuple(lines), sum(made.height for made in blocks[:level]) + blocks[level].base)


def _fraction(over: Block, under: Block) -> Block:
    columns = max(over.width, under.width) + 2 * any("─" in "".join(made.lines) for made in (over, under))
    return _stacked([over, Block(("─" * columns,)), under], 1)


def _scripts(mark: Scripts) -> Block:
    """Small letters where there are such letters, else a line further up or down."""
    made = block(mark.base)
    if mark.below is not None:
        made = _below(made, block(mark.below))
    return made if mark.above is None else _above(made, block(mark.above))


def _below(base: Block, index: Block) -> Block:
    small = lowered(index.lines[0]) if index.height == 1 else "_"
    if not small.startswith("_"):
        return beside(base, Block((small,)))
    return beside(base, Block((" " * index.width, *index.lines), 0))


def _above(base: Block, exponent: Block) -> Block:
    """The exponent of what is several lines high stands at its top."""
    small = raised(exponent.lines[0]) if exponent.height == 1 else "^"
    if small.startswith("^"):
        lines = (*exponent.lines, *[" " * exponent.width] * base.height)
        return beside(base, Block(lines, exponent.height + base.base))
    return beside(base, Block((small, *[" " * width(small)] * (base.height - 1)), base.base))


def _fenced(left: str, inside: Block, right: str) -> Block:
    return beside(_fence(left, inside), inside, _fence(right, inside))


def _fence(sign: str, inside: Block) -> Block:
    if inside.height == 1:
        return Block((sign,))
    top, middle, bottom = _TALL[sign]
    return Block((top, *[middle] * (inside.height - 2), bottom), inside.base)


def _branches(rows: list[tuple[Block, Block]]) -> Block:
    columns = max(formula.width for formula, _ in rows)
    lines: list[str] = []
    for n, (formula, condition) in enumerate(rows):
        if n and len(rows) == 2 and len(lines) + formula.height == 2:
            lines.append("")  # room for the tip of the brace
        padded = Block(tuple(line + " " * (columns - formula.width) for line in formula.lines), formula.base)
        lines += beside(padded, space(2), condition).lines
    across = max(map(width, lines))
    lines = [line + " " * (across - width(line)) for line in lines]
    middle = len(lines) // 2
    brace = ["⎧", *["⎪"] * (len(lines) - 2), "⎩"]
    brace[middle] = "⎨"
    return Block(tuple(f"{b} {line}" for b, line in zip(brace, lines, strict=True)), middle)
