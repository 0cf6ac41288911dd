"""The IDX format, in which MNIST and its kin are published: a header that says all, then the numbers."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from optiviz.data.dataset import Array

__all__ = ["idx", "read_idx"]

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte of a file, and the numbers it announces; the high byte comes first."""

DEFLATE = 1032
"""A compressed file cannot grow by more than this."""

BLOCK = 1 << 20

GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array in an IDX file, compressed by gzip or not, whatever its numbers and its rank.

        0 0 dtype rank | size of each axis, 4 bytes each | the numbers, row by row; the high byte first

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no IDX file, or its length is not what its header says.

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "two-by-three")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    ...     read_idx(path)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{os.fspath(path)}: no such file; an IDX file was expected there")
    name, size = os.fspath(path), os.path.getsize(path)
    with open(path, "rb") as file:
        if file.peek(2)[:2] != GZIP:
            return idx(file, size, name)
        try:
            with gzip.open(file) as unzipped:
                return idx(unzipped, size * DEFLATE, name)
        except EOFError:
            raise ValueError(f"{name} is truncated: the compressed data end too early; copy it again") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{name} is damaged ({error}); copy it again") from None


def idx(file: Any, at_most: int, name: str) -> Array:
    """The array in an open IDX file of `at_most` so many bytes; `name` stands in messages.

    Raises:
        ValueError: it is no IDX file, or its length is not what its header says.
    """
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in DTYPES:
        raise ValueError(
            f"{name} is no IDX file: it begins with {head.hex(' ') or 'nothing'}, and an IDX file with 00 00, one of "
            f"{', '.join(f'{code:02x}' for code in DTYPES)}, and the number of axes"
        )
    dtype, rank = np.dtype(DTYPES[head[2]]), head[3]
    if rank > 64:
        raise ValueError(f"{name} announces {rank} axes; NumPy has arrays of at most 64")
    sizes = file.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise ValueError(f"{name} is truncated: it ends within its header of {4 + 4 * rank} bytes; copy it again")
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    wanted = math.prod(shape) * dtype.itemsize
    what = f"its header announces {'×'.join(map(str, shape)) or 'one'} numbers, {wanted:,} bytes"
    if wanted > at_most:
        raise ValueError(f"{name} is truncated: {what}, more than it can hold; copy it again")
    content = b"".join(_blocks(file, wanted + 1))
    if len(content) != wanted:
        rest = "and more follow" if len(content) > wanted else f"and it has {len(content):,}"
        raise ValueError(
            f"{name} is {'too long' if len(content) > wanted else 'truncated'}: {what}, {rest}; copy it again"
        )
    try:
        return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    except ValueError:  # 0 times as much as there is
        raise ValueError(f"{name} has no numbers, and its header announces more than NumPy has arrays for") from None


def _blocks(file: Any, size: int) -> Iterator[bytes]:
    """So many bytes of a file, or all that it has, without asking for much more than there is."""
    while size and (block := file.read(min(size, BLOCK))):
        size -= len(block)
        yield block
