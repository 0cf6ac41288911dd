"""Files written whole or not at all, and how optiviz knows its own."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["MARK", "VERSION", "alone_in", "check_place", "is_ours", "read_facts", "write_facts", "written_whole"]

MARK = "made by optiviz"
"""Stands in every file that optiviz writes; a file with it may be replaced without asking."""

VERSION = 1
"""Of the format of what is written to be read again. A file of a later one is refused."""


def check_place(path: Path) -> None:
    """See that a file could be written at `path`.

    Raises:
        FileNotFoundError: its directory does not exist.
        IsADirectoryError: it is a directory.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory; name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the directory {path.parent} does not exist; create it or choose another")


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block succeeds and removed when it does not.

    What is written is on the disk before it gets the name: after a power cut there is the old file or the new one.

    Raises:
        FileNotFoundError, IsADirectoryError: `path` is no place for a file.
    """
    target = Path(path)
    check_place(target)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes it private
        with open(temporary, "rb+") as file:
            os.fsync(file)
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def alone_in(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Inside the block no other process is inside one for the same folder.

    The system holds the lock, and takes it back when the process ends, however it ends. Where it has none for folders,
    on Windows and on some network drives, nothing is locked.

    Raises:
        BlockingIOError: another one is.
        OSError: there is no such folder.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(
                f"{os.fspath(folder)} is in use by another process; wait until it has ended"
            ) from None
        except OSError:  # there are no locks there
            pass
        yield
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def is_ours(path: str | os.PathLike[str]) -> bool:
    """True if the file at `path` carries optiviz's mark, in its first or last kilobytes."""
    with open(path, "rb") as file:
        first = file.read(4096)
        file.seek(max(0, os.path.getsize(path) - 4096))
        return any(MARK.encode() in part for part in (first, file.read()))


def write_facts(path: str | os.PathLike[str], kind: str, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON, in a file that knows what kind of file it is; the same facts give the same bytes.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    said = {"mark": MARK, "kind": kind, "version": VERSION, **facts}
    text = json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False)
    with written_whole(path) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")


@contextmanager
def read_facts(path: str | os.PathLike[str], kind: str) -> Iterator[dict[str, Any]]:
    """The facts that `write_facts` wrote; whatever goes wrong inside the block is the fault of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged or of another kind.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{os.fspath(path)}: no such file")
    with open(path, "rb") as file:
        written = file.read()
    try:
        facts = json.loads(written)
        if not isinstance(facts, dict) or facts.pop("mark", None) != MARK:
            raise ValueError("made by another program")
        if (found := facts.pop("kind", None)) != kind:
            raise ValueError(f"it is a {found!s:.20}")
        if (version := facts.pop("version", None)) != VERSION:
            raise ValueError(f"its format is {version!r:.20}, and this optiviz reads {VERSION}; update optiviz")
        yield facts
    except Exception as error:  # there is no end to what damage makes json and what is made of it raise
        raise ValueError(
            f"{os.fspath(path)} is damaged or not a {kind} written by optiviz ({error or type(error).__name__})"
        ) from error
