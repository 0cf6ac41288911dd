"""Files written whole or not at all, and how optiviz knows its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["MARK", "is_ours", "written_whole"]

MARK = "made by optiviz"
"""Stands in every file that optiviz writes; a file with it may be replaced without asking."""


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block succeeds and removed when it does not.

    Raises:
        FileNotFoundError, NotADirectoryError, IsADirectoryError: `path` is no place for a file.
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a directory; name a file in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the directory {target.parent} does not exist; create it or choose another")
    handle, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes it private
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
