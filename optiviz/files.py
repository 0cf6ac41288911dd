"""Files written whole or not at all, and how optiviz knows its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["MARK", "check_place", "is_ours", "written_whole"]

MARK = "made by optiviz"
"""Stands in every file that optiviz writes; a file with it may be replaced without asking."""


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
            os.fsync(file)  # else, after a power cut, the name could be there without the content
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


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
