"""A series of numbers from a CSV file: a column of daily temperatures, the loss in a log."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from array import array
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from optiviz.formula import nearest

__all__ = ["Series", "read_columns", "read_series"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
LOOKED_AT = 50
"""From how many lines the delimiter and the columns of numbers are known."""

SAID = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)
"""The first line by which a spreadsheet says what parts the cells."""
COMMA = re.compile(r"[-+−]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][-+]?\d+)?")
"""A number with a decimal comma: 3,5 or 1.003,5."""
POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+")
GROUPS = re.compile(r"[-+]?\d{1,3}([\s'’]\d{3})+([.,]\d+)?")
"""Thousands parted by points; by spaces or apostrophes: 1 003,5 or 1'003.5."""

Row = tuple[int, list[str]]


class NoColumn(LookupError):
    """There is no column of that name."""

    def __init__(self, source: str, wanted: str, names: list[str]) -> None:
        self.source, self.wanted, self.names = source, wanted, names
        super().__init__(f"{source} has no column {wanted!r}; {nearest(wanted, names, 'it has')}")


@dataclass(frozen=True)
class Series:
    """A column of a file.

    Attributes:
        name: of the column.
        values: its numbers, (T,).
        source: the file's name.
        left_out: how many lines had no number there.
    """

    name: str
    values: npt.NDArray[np.float64]
    source: str
    left_out: int = 0


def read_series(file: str | os.PathLike[str] | BinaryIO, column: str | None = None, *, skip: bool = False) -> Series:
    """A column of a CSV file, whose cells are parted by commas, semicolons or tabs.

    The file is read line by line and may be large. It is UTF-8, or UTF-16 that says so in its first bytes; its
    first line names the columns, unless it holds nothing but numbers. Where commas do not part the cells a
    number may have a decimal comma.

    Args:
        file: its path, or an open binary file.
        column: a name, or a number from 1; the only column of numbers if None.
        skip: leave out the lines without a number instead of refusing them.

    Raises:
        ValueError: what is wrong, in which line and column, and what to do.
        OSError: the file cannot be read.

    >>> read_series(io.BytesIO(b"day;degrees\\nmonday;20.5\\ntuesday;19"))
    Series(name='degrees', values=array([20.5, 19. ]), source='the input', left_out=0)
    """
    if isinstance(file, (str, os.PathLike)):
        name = os.path.basename(file)
        if os.path.isdir(file):
            raise IsADirectoryError(f"{os.fspath(file)} is a directory; name a CSV file in it")
        if not os.path.exists(file):
            raise FileNotFoundError(f"{os.fspath(file)}: no such file")
        with open(file, "rb") as opened:
            return _read(opened, name, column, skip)
    return _read(file, "the input", column, skip)


def read_columns(file: str | os.PathLike[str], names: Sequence[str]) -> tuple[npt.NDArray[np.float64], ...]:
    """Columns of a CSV file by their names; if it names none of them, the first so many in their order.

    Raises:
        LookupError: the file has some of the columns and not the others, or too few.
        ValueError: as `read_series` does, of all the columns together.
        OSError: the file cannot be read.
    """
    found, missing, wrong = _columns(file, names)
    if len(missing) == len(names):
        found, missing, wrong = _columns(file, [str(i + 1) for i in range(len(names))])
        if missing:
            lacking = missing[0]
            raise LookupError(
                f"{lacking.source} has {_counted(len(lacking.names))}, {_all(lacking.names)}; {_counted(len(names))} "
                f"are needed, {_all(names)}, by these names or in this order"
            )
    if len(missing) == 1:
        raise missing[0]
    if missing:
        *said, last = (repr(each.wanted) for each in missing)
        raise LookupError(
            f"{missing[0].source} has no columns {_all(said)} and {last}; it has {_all(missing[0].names)}"
        )
    if wrong:
        raise ValueError("; ".join(map(str, wrong)))
    return tuple(found)


def _columns(
    file: str | os.PathLike[str], names: Sequence[str]
) -> tuple[list[npt.NDArray[np.float64]], list[NoColumn], list[ValueError]]:
    """The columns, which of them there are not, and what is wrong with the others."""
    found: list[npt.NDArray[np.float64]] = []
    missing: list[NoColumn] = []
    wrong: list[ValueError] = []
    for name in names:
        try:
            found.append(read_series(file, name).values)
        except NoColumn as error:
            missing.append(error)
        except ValueError as error:
            wrong += [] if str(error) in map(str, wrong) else [error]  # what is wrong with the file is said once
    return found, missing, wrong


def _counted(count: int) -> str:
    return f"{count} column{'s' * (count != 1)}"


def _read(file: BinaryIO, source: str, column: str | None, skip: bool) -> Series:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        return _column(text, source, column, skip)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise ValueError(
            f"{source} is not {error.encoding.upper()} (it has a byte 0x{byte:02x}); save it as UTF-8, which a "
            f"spreadsheet calls CSV UTF-8, or if it is latin-1: iconv -f latin1 -t utf8 {source} > utf8.csv"
        ) from None
    except csv.Error as error:
        raise ValueError(f"{source} is no CSV file: {error}") from None
    finally:
        text.detach()  # the file is the caller's to close


def _encoding(file: BinaryIO) -> str:
    """What the first bytes say: UTF-16 begins with a mark of its byte order, UTF-8 may begin with one."""
    if peek := getattr(file, "peek", None):
        begin = peek(2)
    else:
        place, begin = file.tell(), file.read(2)
        file.seek(place)
    return "utf-16" if begin[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"


def _column(text: Iterable[str], source: str, column: str | None, skip: bool) -> Series:
    lines = iter(text)
    begin = list(islice(lines, LOOKED_AT))
    if any("\0" in line for line in begin):
        raise ValueError(f"{source} has bytes of zero, as UTF-16 without a mark has them; save it as UTF-8")
    said = SAID.fullmatch(begin[0]) if begin else None
    delimiter = said[1] if said else _delimiter(begin)
    rows = _rows(csv.reader(chain(begin, lines), delimiter=delimiter))
    first = next(islice(rows, 1 if said else 0, None), None)
    if first is None:
        raise ValueError(f"{source} is empty; it needs a line of column names and a line for each value")
    names = [cell.strip() for cell in first[1]]
    if all(_numeric(name, delimiter) for name in names):
        names, rows = [f"column {i}" for i in range(1, len(names) + 1)], chain([first], rows)
    known = list(islice(rows, LOOKED_AT))
    at = _only(names, known, delimiter, source) if column is None else _found(names, column, source)
    values, left_out, mark = array("d"), 0, ""
    wrong: list[str] = []
    for number, cells in chain(known, rows):
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            hint = "a number is written with a point (3.5), and " if delimiter == "," else ""
            raise ValueError(
                f"{source}, line {number} has {len(cells)} cells, the first line {len(names)}; {hint}a text with "
                f"a {DELIMITERS[delimiter]} in it in quotes"
            )
        cell = cells[at].strip() if at < len(cells) else ""
        mark = mark or _mark(cell, delimiter)
        value = _number(cell, mark)
        if value is not None:
            values.append(value)
        elif skip and _mark(cell, delimiter) in ("", mark):
            left_out += 1
        else:
            wrong.append(f"line {number}" if wrong else _what(cell, mark, f"{source}, line {number}, {names[at]!r}"))
    if wrong:
        what, *others = wrong
        more = f", and {len(others) - 3} more lines" if len(others) > 4 else ""
        raise ValueError(what + f" (more such: {_all(others[: 3 if more else 4])}{more})" * bool(others))
    if len(values) < 2:
        count = "one value" if len(values) else "no values"
        raise ValueError(f"{source} has {count} in column {names[at]!r}; two or more are needed")
    return Series(names[at], np.frombuffer(values), source, left_out)


def _rows(reader: Iterator[list[str]]) -> Iterator[Row]:
    """The rows that are not empty, with the lines where they end."""
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells  # type: ignore[attr-defined]


def _delimiter(lines: Sequence[str]) -> str:
    """What parts most lines into as many cells as the first, of which most are numbers, and that into most."""

    def fits(delimiter: str) -> tuple[int, int, int]:
        rows = [cells for _, cells in _rows(csv.reader(lines, delimiter=delimiter))]
        if not rows or len(rows[0]) < 2:
            return 0, 0, 0
        odd = sum(not _numeric(cell, delimiter) for cells in rows for cell in cells)
        return sum(len(cells) == len(rows[0]) for cells in rows), -odd, len(rows[0])

    best = max(DELIMITERS, key=fits)
    return best if any(fits(best)) else ";"  # of a single column a comma parts nothing but the digits of a number


def _mark(cell: str, delimiter: str) -> str:
    """The decimal mark of a number that has one."""
    if "," in cell and delimiter != "," and COMMA.fullmatch(_plain(cell)):
        return ","
    return "." if "." in cell and _number(cell) is not None else ""


def _numeric(cell: str, delimiter: str) -> bool:
    return _number(cell, _mark(cell, delimiter)) is not None


def _number(cell: str, mark: str = ".") -> float | None:
    """The number in a cell; where the decimal mark is a comma, points part its thousands."""
    if mark != "," and (value := _float(cell)) is not None:
        return value
    plain = _plain(cell)
    if mark == "," and ("," in plain or "." in plain):
        thousands = COMMA.fullmatch(plain) or POINTS.fullmatch(plain)
        return _float(plain.replace(".", "").replace(",", ".")) if thousands else None
    return _float(plain)


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _plain(cell: str) -> str:
    """With a minus that Python reads, and without spaces or apostrophes between the thousands."""
    text = cell.strip().replace("−", "-")
    return re.sub(r"[\s'’]", "", text) if GROUPS.fullmatch(text) else text


def _only(names: list[str], rows: list[Row], delimiter: str, source: str) -> int:
    """The only column of numbers, as far as the first lines tell."""

    def numeric(i: int) -> bool:
        cells = [cells[i].strip() for _, cells in rows if i < len(cells) and cells[i].strip()]
        return bool(cells) and sum(_numeric(cell, delimiter) for cell in cells) > len(cells) / 2

    found = [i for i in range(len(names)) if numeric(i)]
    if len(names) == 1 or len(found) == 1:
        return found[0] if found else 0
    which = "no column of numbers" if not found else "several columns of numbers"
    raise ValueError(
        f"{source} has {which}; choose one with --column: {', '.join(names[i] for i in found) or _all(names)}"
    )


def _found(names: list[str], column: str, source: str) -> int:
    wanted = column.strip()
    for known in (names, [name.casefold() for name in names]):
        places = [i for i, name in enumerate(known) if name == (wanted if known is names else wanted.casefold())]
        if len(places) == 1:
            return places[0]
        if places:
            raise ValueError(
                f"{source} has {len(places)} columns {wanted!r}; choose one by its number, {places[0] + 1}"
            )
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise NoColumn(source, wanted, names)


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _what(cell: str, mark: str, where: str) -> str:
    """Why a cell is no number, and what to do."""
    if COMMA.fullmatch(cell):
        plain = cell.replace(".", "").replace(",", ".")
        others = ", those before it a decimal point" if mark == "." else ""
        return f"{where}: {cell} has a decimal comma{others}; write {plain}, here and in all lines"
    if mark == "," and _number(cell) is not None:
        return f"{where}: {cell} has a decimal point, those before it a decimal comma; write all alike"
    problem = f"{cell[:40]!r} is not a number" if cell else "there is no number"
    return f"{where}: {problem}; write one, or leave out such lines (ewma does with --skip)"
