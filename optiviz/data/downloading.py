"""Files from the network, whole and as they were published, or not at all.

What has come is kept in `name.part` beside the place of the file, and a later attempt goes on from there, be it from
another mirror. Only what has the published SHA-256 gets the name of the file.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from optiviz.data.published import Download, Progress

try:
    import fcntl
except ImportError:  # Windows: two downloads at once may disturb each other, and the SHA-256 says so
    fcntl = None  # type: ignore[assignment]

__all__ = ["downloaded"]

PATIENCE = 20.0
"""Seconds without a byte after which a connection is given up."""

ATTEMPTS = 3
"""How many times in a row a mirror may fail without a gain."""

PAUSE = 1.0
"""Seconds before the second attempt; twice as many before each further one."""

BLOCK = 1 << 16
"""So many bytes are read at a time, and count as a gain."""


LATER = (408, 425, 429)
"""What a mirror answers, beside its own failures from 500 on, when the same question may get another answer later."""


class Wrong(Exception):
    """What a mirror has is not the file: there is no use in asking it again."""


def downloaded(download: Download, folder: Path, progress: Progress | None = None) -> Path:
    """The file in `folder`, which is downloaded if it is not there as it was published.

    How far that has come is shown on the terminal if nobody else is told.

    Raises:
        ConnectionError: no mirror gave it; says what each of them did.
        OSError: the folder cannot be written, or the disk is full.
    """
    path = folder / download.name
    with _said(folder, download):
        if _is_good(path, download):
            return path
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not _is_good(path, download):  # another process may have got it meanwhile
                part = folder / f"{download.name}.part"
                _gather(download, part, progress or shown)
                os.replace(part, path)
    return path


def shown(name: str, done: int, size: int) -> None:
    """Say on the terminal, if there is one, how far a download has come."""
    if sys.stderr.isatty():
        end = "\n" if done >= size else ""
        print(f"\rdownloading {name}: {done / 1e6:.1f} of {size / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)


def _gather(download: Download, part: Path, progress: Progress) -> None:
    """Get all of a file into `part`, from one mirror after the other, until it is the published one."""
    failed: dict[str, str] = {}
    mirrors = dict.fromkeys(download.mirrors, 0)
    furthest = _size(part)
    while mirrors:
        for url, failures in [*mirrors.items()]:
            if failures:
                time.sleep(PAUSE * 2 ** (failures - 1))
            try:
                _receive(url, download, part, progress)
            except (Wrong, ConnectionError, http.client.HTTPException) as error:
                failed[url] = str(error) or type(error).__name__
                mirrors[url] = 0 if _size(part) >= furthest + BLOCK else failures + 1
                furthest = max(furthest, _size(part))
                if isinstance(error, Wrong) or mirrors[url] == ATTEMPTS:
                    del mirrors[url]
            else:
                return
    tried = "; ".join(f"{urlsplit(url).hostname}: {_plain(why)}" for url, why in failed.items())
    raise ConnectionError(
        f"{download.name} could not be downloaded ({tried}); try again later, which goes on from what has come, "
        f"or copy {download.mirrors[0]} into a folder and name that by --data-dir, data_dir= or OPTIVIZ_DATA"
    )


def _receive(url: str, download: Download, part: Path, progress: Progress) -> None:
    """Go on with `part` from one mirror, and see that it is the published file.

    Raises:
        Wrong: the mirror has another file or none.
        ConnectionError, HTTPException: it came in part, or not at all.
    """
    begun = _size(part)
    if begun < download.size:
        with _answer(url, begun) as answer:
            begun = _offset(answer, begun, download)
            with part.open("ab" if begun else "wb") as file:
                done = begun
                progress(download.name, done, download.size)
                for block in _blocks(answer):
                    file.write(block)
                    done += len(block)
                    progress(download.name, min(done, download.size), download.size)
                    if done > download.size:
                        break
                file.flush()
                os.fsync(file.fileno())
        if done < download.size:
            raise ConnectionError(f"the connection ended after {done:,} of {download.size:,} bytes")
    if not _is_good(part, download):
        part.unlink()
        if not begun:
            raise Wrong("it has a file with another SHA-256 than was published")
        _receive(url, download, part, progress)  # the first bytes, from another time or mirror, may be the wrong ones


def _answer(url: str, begun: int) -> http.client.HTTPResponse:
    """The answer of a mirror that is asked for the bytes from `begun` on; failures as `_receive` says."""
    headers = {"User-Agent": "optiviz", "Accept-Encoding": "identity"}
    if begun:
        headers["Range"] = f"bytes={begun}-"
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=PATIENCE
        )
        return answer
    except urllib.error.HTTPError as error:
        error.close()
        said = f"HTTP {error.code} {error.reason}"
        raise (ConnectionError(said) if error.code in LATER or error.code >= 500 else Wrong(said)) from None
    except urllib.error.URLError as error:
        raise _in_words(error.reason) from None
    except OSError as error:
        raise _in_words(error) from None
    except ValueError:
        raise Wrong("it leads to no address") from None


def _plain(said: str) -> str:
    """What a mirror said, on one line and without what moves the cursor of a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in said).strip()


def _blocks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The bytes as they come, if they do not come by drops.

    Raises:
        ConnectionError: nothing more came, or hardly anything.
    """
    came, since, long = 0, time.monotonic(), 3 * PATIENCE
    while block := _bytes(answer):
        yield block
        came += len(block)
        if came >= BLOCK:
            came, since = 0, time.monotonic()
        elif time.monotonic() > since + long:
            raise ConnectionError(f"fewer than {BLOCK:,} bytes came in {long:g} seconds")


def _bytes(answer: http.client.HTTPResponse) -> bytes:
    """The next bytes, empty at the end."""
    try:
        return answer.read1(BLOCK)
    except OSError as error:  # not one of the disk
        raise _in_words(error) from None


def _in_words(error: Any) -> Exception:
    """A failure of the network, as one that `_gather` knows."""
    if isinstance(error, socket.gaierror):
        return Wrong("no such host, or no network")
    if isinstance(error, TimeoutError):
        return ConnectionError(f"nothing came for {PATIENCE:g} seconds")
    return ConnectionError(getattr(error, "strerror", None) or str(error))


def _offset(answer: http.client.HTTPResponse, begun: int, download: Download) -> int:
    """Where the bytes that come belong: after those that are there, or at the beginning if the mirror sends all.

    Raises:
        Wrong: the answer says that the file has another length.
    """
    length = answer.headers.get("Content-Length", "")
    if answer.status == 206:
        sent = answer.headers.get("Content-Range", "")
        if not sent.startswith(f"bytes {begun}-"):
            raise Wrong(f"it was asked for the bytes from {begun:,} on and sends {sent or 'others'!r:.60}")
    else:
        begun = 0
    if length.isdecimal() and begun + int(length) != download.size:
        raise Wrong(f"it has a file of {begun + int(length):,} bytes, not {download.size:,}")
    return begun


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _is_good(path: Path, download: Download) -> bool:
    """True if the file is there as it was published."""
    if not os.path.isfile(path) or path.stat().st_size != download.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == download.sha256


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process downloads into this folder."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _said(folder: Path, download: Download) -> Iterator[None]:
    """What the disk refuses, in words that say what to do; a full disk gets back what had come."""
    other = "name another folder in OPTIVIZ_CACHE"
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            (folder / f"{download.name}.part").unlink(missing_ok=True)
            raise OSError(
                f"the disk is full: {download.name} needs {download.size:,} bytes in {folder}; make room, or {other}"
            ) from error
        where = error.filename or folder
        raise type(error)(f"{where} cannot be read or written ({error.strerror}); {other}") from error
