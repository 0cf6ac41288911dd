"""What a batch says of each channel, and x a + b with numbers a and b for each channel.

Both go over rows so long that a loop over them costs little, in blocks that stay in a core's cache, some blocks in each
thread. Sums are products with ones in the precision of the numbers within a block, and in float64 from block to block.
"""

from __future__ import annotations

import math

import numpy as np

from optiviz.nn.kernels.products import sum_to_last
from optiviz.nn.memory import Array, Memory, parts

__all__ = ["scaled", "sums"]

LONG = 1024
"""Numbers of a row; the numbers for each channel are repeated to that length."""

BLOCK = 131_072
"""Numbers of a block: half a megabyte in float32."""


def sums(x: Array, shift: Array, memory: Memory, v: Array | None = None) -> Array:
    """Σ v and Σ (x - shift) v over all axes but the last, as (2, C) in float64; v is x - shift itself if None."""
    rows, other = _long_rows(x), None if v is None else _long_rows(v)
    c, wide = x.shape[-1], np.result_type(x, np.float64)
    s = _repeated(shift, rows)

    def work(part: slice) -> Array:
        total = np.zeros_like(x, wide, shape=(2, c))
        scratch = np.empty_like(rows[part][: _most(rows)])
        for block in _blocks(part, rows):
            centred = np.subtract(rows[block], s, out=scratch[: block.stop - block.start])
            factor = centred if other is None else other[block]
            total[0] += sum_to_last(factor.reshape(-1, c))
            np.multiply(centred, factor, out=centred)
            total[1] += sum_to_last(centred.reshape(-1, c))
        return total

    first, *others = memory.each(len(rows), work, least=_most(rows))
    for total in others:
        first += total
    return first  # type: ignore[no-any-return]


def scaled(
    x: Array,
    shift: Array,
    a: Array,
    b: Array,
    memory: Memory,
    out: Array,
    plus: tuple[Array, Array] | None = None,
) -> Array:
    """(x - shift) a + b into `out`, for each channel; with `plus` (v, c) there comes v c to it, and `out` may be v."""
    rows, places = _long_rows(x), _long_rows(out)
    s, factor, summand = _repeated(shift, rows), _repeated(a, rows), _repeated(b, rows)
    more = None if plus is None else (_long_rows(plus[0]), _repeated(plus[1], rows))

    def work(part: slice) -> None:
        scratch = None if more is None else np.empty_like(rows[part][: _most(rows)])
        for block in _blocks(part, rows):
            place = places[block]
            y = place if scratch is None else scratch[: len(place)]
            np.subtract(rows[block], s, out=y)
            y *= factor
            y += summand
            if more is not None:
                v, c = more
                np.multiply(v[block], c, out=place)
                place += y

    memory.each(len(rows), work, least=_most(rows))
    return out


def _long_rows(x: Array) -> Array:
    """The numbers of 2ᵏ whole places in each row, which make it long if so many divide them all."""
    c = x.shape[-1]
    times = math.gcd(x.size // c, 1 << max(0, LONG // c - 1).bit_length())
    return x.reshape(-1, times * c)


def _repeated(numbers: Array, rows: Array) -> Array:
    """The numbers for each channel, as often as there are places in a row."""
    return np.tile(numbers, rows.shape[1] // len(numbers)).astype(rows.dtype)


def _most(rows: Array) -> int:
    """How many rows a block has."""
    return max(1, BLOCK // int(rows.shape[1]))


def _blocks(part: slice, rows: Array) -> list[slice]:
    """The blocks of some rows."""
    within = parts(part.stop - part.start, _most(rows))
    return [slice(part.start + block.start, part.start + block.stop) for block in within]
