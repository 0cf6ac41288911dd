"""Rows that are added to those of a table."""

from __future__ import annotations

import numpy as np

from optiviz.nn.memory import Array

__all__ = ["add_rows"]

PAIRS = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}


def add_rows(which: Array, rows: Array, out: Array) -> Array:
    """out[v] = Σ rows[t] over all t with which[t] = v, for `out` (V, D) whose memory is in one piece.

    Number by number, for which NumPy has a fast loop; two at a time where D is even, as the parts of complex numbers.
    """
    out[...] = 0
    table, width = out.reshape(-1), out.shape[1]
    numbers = np.ascontiguousarray(rows)
    if width % 2 == 0 and out.dtype in PAIRS:
        table, numbers, width = table.view(PAIRS[out.dtype]), numbers.view(PAIRS[out.dtype]), width // 2
    places = which.astype(np.intp)[:, None] * width + np.arange(width)
    np.add.at(table, places.reshape(-1), numbers.reshape(-1))
    return out
