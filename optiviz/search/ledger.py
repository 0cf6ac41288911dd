"""The ledger of a search: an SQLite file in which every trial stands from before it begins until long after.

A kill at any moment loses nothing: a trial's state changes in a transaction, and the disk has it when that is over.
The journal is SQLite's default, not a write-ahead log: each trial takes two small writes, and the ledger stays one file
that can be copied, also where files lie on another computer. The connection of a search holds the file's lock, which
the system takes back when the process ends, however it ends.
"""

from __future__ import annotations

import errno
import json
import math
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from optiviz.files import MARK, check_place
from optiviz.search.space import Value

__all__ = ["STATES", "VERSION", "Ledger", "Record"]

STATES = ("waiting", "running", "done", "diverged", "failed", "lost")
"""How a trial stands. Of the last four, which are its ends, only `lost` says nothing of its parameters."""

KEPT = ("done", "diverged", "failed")
"""The ends that another call leaves as they are."""

VERSION = 1
"""Of the format. A file of a later one is refused."""

UNWRITABLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
"""The errors that are not the fault of what is in the file."""

APPLICATION = int.from_bytes(b"optv", "big")
"""What SQLite files by optiviz have in their header."""

PATIENCE = 0.5
"""For how many seconds another program may hold the file, such as one that looks into it."""

TABLES = (
    f"CREATE TABLE search (facts TEXT NOT NULL /* {MARK} */)",
    "CREATE TABLE trials (number INTEGER PRIMARY KEY, parameters TEXT NOT NULL, state TEXT NOT NULL, "
    "result TEXT NOT NULL DEFAULT '{}', seconds REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '')",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)


@dataclass(frozen=True)
class Record:
    """A trial as it stands in the ledger.

    Attributes:
        number: which one, from 0.
        parameters: what it is made with.
        state: one of STATES.
        result: what came of it, if it is done: numbers by name.
        seconds: how long it took.
        message: why it diverged, failed or was lost.
    """

    number: int
    parameters: dict[str, Value]
    state: str = "waiting"
    result: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    message: str = ""

    def __post_init__(self) -> None:
        named = isinstance(self.parameters, dict) and isinstance(self.result, dict)
        if not named or self.state not in STATES or type(self.message) is not str:
            raise ValueError(f"trial {self.number + 1} has no parameters, result, state or message")
        numbers = [*self.result.values(), self.seconds]
        if any(type(x) not in (int, float) or not math.isfinite(x) for x in numbers):
            raise ValueError(f"trial {self.number + 1} has a result that is no finite number")
        if any(type(value) not in (int, float, str) for value in self.parameters.values()):
            raise ValueError(f"trial {self.number + 1} has a parameter that is neither number nor word")


class Ledger:
    """The open ledger of one search, which has it for itself until it is closed.

    Args:
        path: the file; it is made if there is none.
        facts: what the search is, as JSON; the ledger of another search is refused.
        plan: the parameters of its trials. There may be more of them than the last time, or fewer.

    Raises:
        BlockingIOError: another search has it open.
        OSError: it cannot be written; what was in it before is still good.
        ValueError: it is damaged, the ledger of another search, or no ledger at all. Then it is left as it is.
    """

    def __init__(
        self, path: str | os.PathLike[str], facts: Mapping[str, Any], plan: Sequence[Mapping[str, Value]]
    ) -> None:
        self.path = Path(path)
        check_place(self.path)
        new = not self.path.exists()
        with self._explained():
            self._file = sqlite3.connect(self.path.absolute(), timeout=PATIENCE, isolation_level=None)
        try:
            with self._explained():
                self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            with self._written():
                if self._is_empty():
                    self._make(facts)
                self._compare(facts)
                self._plan(plan)
        except BaseException as error:
            self.close()
            in_use = isinstance(error, BlockingIOError)  # by one that is about to write into what is still empty
            if new and not in_use and self.path.exists() and not self.path.stat().st_size:
                self.path.unlink()
            raise

    def _is_empty(self) -> bool:
        """True if nothing is in the file yet; what is there already must be a ledger."""
        (mark,) = self._file.execute("PRAGMA application_id").fetchone()
        (version,) = self._file.execute("PRAGMA user_version").fetchone()
        (tables,) = self._file.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if mark != APPLICATION:
            if tables or mark or version:
                raise ValueError(f"{self.path} is a database of another program; name another file for the ledger")
            return True
        if version != VERSION:
            raise ValueError(f"{self.path}: its format is {version}, and this optiviz reads {VERSION}; update optiviz")
        (damage,) = self._file.execute("PRAGMA quick_check(1)").fetchone()
        if damage != "ok":
            raise self._damaged(damage)
        return False

    def _make(self, facts: Mapping[str, Any]) -> None:
        for statement in TABLES:
            self._file.execute(statement)
        self._file.execute("INSERT INTO search VALUES (?)", (json.dumps(facts),))

    def _compare(self, facts: Mapping[str, Any]) -> None:
        """See that the ledger is this search's."""
        with self._read():
            there = dict(json.loads(self._file.execute("SELECT facts FROM search").fetchone()[0]))
        here = json.loads(json.dumps(facts))
        for name in {**there, **here}:
            if there.get(name) != here.get(name):
                was, now = (_said(side.get(name)) for side in (there, here))
                raise ValueError(
                    f"{self.path} is the ledger of another search ({name}: {was}, not {now}); name another file"
                )

    def _plan(self, plan: Sequence[Mapping[str, Value]]) -> None:
        """Enter the trials that are not there yet; those without an end of their own wait again."""
        there = self.records()
        for record, parameters in zip(there, plan, strict=False):
            if record.parameters != parameters:
                raise self._damaged(f"trial {record.number + 1} has other parameters than this search gives it")
        rows = [(number, json.dumps(plan[number])) for number in range(len(there), len(plan))]
        self._file.executemany("INSERT INTO trials (number, parameters, state) VALUES (?, ?, 'waiting')", rows)
        kept = ", ".join(f"'{state}'" for state in KEPT)
        self._file.execute(
            f"UPDATE trials SET state = 'waiting', seconds = 0, message = '' WHERE state NOT IN ({kept})"
        )

    def records(self) -> list[Record]:
        """All trials, in order."""
        columns = ", ".join(column.name for column in fields(Record))
        with self._explained(), self._read():
            rows = self._file.execute(f"SELECT {columns} FROM trials ORDER BY number").fetchall()
            found = [Record(n, json.loads(p), state, json.loads(r), *rest) for n, p, state, r, *rest in rows]
            if [record.number for record in found] != [*range(len(found))]:
                raise ValueError("a trial is missing")
            return found

    def begin(self, number: int) -> None:
        """Note that a trial begins."""
        with self._written():
            self._file.execute("UPDATE trials SET state = 'running' WHERE number = ?", (number,))

    def end(self, record: Record) -> None:
        """Note how a trial ended."""
        with self._written():
            self._file.execute(
                "UPDATE trials SET state = ?, result = ?, seconds = ?, message = ? WHERE number = ?",
                (record.state, json.dumps(record.result), record.seconds, record.message, record.number),
            )

    def close(self) -> None:
        """Let others have the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _written(self) -> Iterator[None]:
        """A transaction: all that the block does is on the disk when it is over, or nothing of it."""
        with self._explained():
            self._file.execute("BEGIN EXCLUSIVE")
            try:
                yield
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Whatever cannot be read in the block is the fault of the file."""
        try:
            yield
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise self._damaged(str(error)) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite complains of, said of this file."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                instead = "wait until it has ended, or name another file"
                raise BlockingIOError(f"{self.path} is in use by another search; {instead}") from error
            if code in UNWRITABLE:
                said = f"{error}; what was written before is kept, make room and call it again"
                raise OSError(errno.EIO, said, str(self.path)) from error
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> ValueError:
        return ValueError(f"{self.path} is damaged or not a ledger written by optiviz ({why}); name another file")


def _said(fact: Any) -> str:
    """A fact in a message: the texts of a list one after the other, and what is not there as nothing."""
    return " ".join(map(str, fact)) or "none" if isinstance(fact, list) else "none" if fact is None else str(fact)
