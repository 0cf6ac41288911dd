"""Files out of their packing, in memory: what is wanted is read by its name, and nothing is written anywhere."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optiviz.data.published import PUBLISHED, Content, Published

__all__ = ["unpacked"]


def unpacked(files: Mapping[str, Path], published: Published) -> Iterator[tuple[str, bytes]]:
    """What lies in `files`, unpacked or packed, one after the other; each is compared with what was published.

    A packed file is read once from its beginning to its end, and may have some of what some is enough of.

    Raises:
        ValueError: a file is truncated, damaged or another one.
        OSError: it cannot be opened.
    """
    contents = published.contents
    most = 2 * sum(content.size for content in contents.values()) + MARGIN
    found: set[str] = set()
    for path in dict.fromkeys(files.values()):
        wanted = {name: contents[name] for name in files if files[name] == path}
        try:
            for name, content in _read(path, wanted, most):
                _compare(path, name, content, wanted[name])
                found.add(name)
                yield name, content
        except EOFError:
            raise ValueError(f"{path} is truncated: it ends too early; {_AGAIN}") from None
        except DAMAGED as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise  # it is the disk that speaks, and names the file
            raise ValueError(
                f"{path} is damaged, or packed in another way than its name says ({error}); {_AGAIN}"
            ) from None
        if missing := published.missing(found) & wanted.keys():
            raise ValueError(f"{path} does not contain {' and '.join(sorted(missing))}; {_AGAIN}")


DAMAGED = (
    OSError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    UnicodeError,
)
"""What the readers of packed files raise when they cannot make sense of one."""

MARGIN = 1 << 20
"""So many bytes an archive may have beside twice its files: for their names, and for a page that tells of them."""

BLOCK = 1 << 20

_AGAIN = "remove it, and copy or download it again"


class _Limited:
    """A file of which no more than `left` bytes are read, for a small one may be packed that fills the memory."""

    def __init__(self, file: Any, left: int) -> None:
        self.file, self.left = file, left

    def read(self, size: int) -> bytes:
        block: bytes = self.file.read(size)
        self.left -= len(block)
        if self.left < 0:
            raise tarfile.ReadError("far more comes out of it than should")
        return block


def _read(path: Path, wanted: Mapping[str, Content], most: int) -> Iterator[tuple[str, bytes]]:
    """What is wanted of a file, and at most one byte more of each than there should be."""
    if path.name.endswith(".tar.gz"):
        with gzip.open(path) as unzipped:
            limited: Any = _Limited(unzipped, most)
            with tarfile.open(fileobj=limited, mode="r|", bufsize=BLOCK) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.name in wanted and member.isreg() else None
                    if file is not None:
                        yield member.name, file.read(wanted[member.name].size + 1)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in wanted.keys() & set(archive.namelist()):
                if archive.getinfo(name).flag_bits & 1:
                    raise NotImplementedError("it has a password")
                with archive.open(name) as file:
                    yield name, file.read(wanted[name].size + 1)
    else:
        ((name, content),) = wanted.items()
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as plain:
            yield name, plain.read(content.size + 1)


def _compare(path: Path, name: str, content: bytes, published: Content) -> None:
    short = name.rpartition("/")[2]
    which = str(path) if path.name == short else f"{short} in {path}"
    if len(content) < published.size:
        raise ValueError(f"{which} is truncated: {len(content):,} bytes of {published.size:,}; {_AGAIN}")
    found = hashlib.sha256(content).hexdigest() if len(content) == published.size else ""
    if found != published.sha256:
        if other := _owner(found):
            raise ValueError(f"{which} is a file of {other}; a file of that name, of another set, was expected there")
        raise ValueError(
            f"{which} is not the file that was published, which has {published.size:,} bytes and the SHA-256 "
            f"{published.sha256}; {_AGAIN}"
        )


def _owner(sha256: str) -> str:
    """The set that a file with this SHA-256 belongs to."""
    sets = PUBLISHED.values()
    return next((p.title for p in sets if any(c.sha256 == sha256 for c in p.contents.values())), "")
