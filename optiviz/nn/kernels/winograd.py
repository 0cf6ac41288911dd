"""3 × 3 windows with fewer multiplications: 16 instead of 36 for the four places of a 2 × 2 tile.

In one dimension, two neighbouring outputs of a filter of three weights need four products instead of six:

    y₀ = m₀ + m₁ + m₂    m₀ = (x₀ − x₂) w₀    m₁ = (x₁ + x₂) (w₀ + w₁ + w₂)/2
    y₁ = m₁ − m₂ − m₃    m₃ = (x₁ − x₃) w₂    m₂ = (x₂ − x₁) (w₀ − w₁ + w₂)/2

In two dimensions the same is done along the rows and then along the columns. Sums are cheap beside products where there
are many channels: each of the 16 products is one of matrices, of tiles × channels and channels × filters.

Source: Winograd (1980), Arithmetic Complexity of Computations; Lavin and Gray (2016), arXiv:1509.09308.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optiviz.nn.memory import Array, Memory, Shape, parts

__all__ = ["correlate", "correlate_by_weights", "pays"]

MANY = 64
"""Channels and filters from which the sums cost less than the products that they save."""

CACHE = 200_000
"""How many sums of inputs are made at a time."""

WEIGHTS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
BOTH = np.einsum("pa,qb->qpab", WEIGHTS, WEIGHTS).reshape(16, 9)
"""The sums of the weights above along the columns and along the rows: (4 · 4, 3 · 3)."""


def pays(weights: Shape, strides: tuple[int, ...], dilation: tuple[int, ...], out: Shape) -> bool:
    """Is this way the faster one?"""
    steps = (weights[:2], strides, dilation) == ((3, 3), (1, 1), (1, 1))
    return steps and min(weights[2:]) >= MANY and out[1] % 2 == out[2] % 2 == 0


def correlate(x: Array, w: Array, memory: Memory, out: Array) -> Array:
    """y[n, i, j] = Σ_ab x[n, i + a, j + b] W[a, b], of padded images (n, h, w, c), into `out`, of even sizes."""
    (_, h, width, k), c = out.shape, x.shape[-1]
    products = memory.scratch("sums of weights", (16, c, k), x)
    np.matmul(BOTH.astype(x.dtype), w.reshape(9, c * k), out=products.reshape(16, c * k))
    for part in _parts(out.shape, c):
        sums = _sums_of_inputs(x[part], memory)
        tiles = memory.scratch("tiles", (16, (part.stop - part.start) * h * width // 4, k), x)
        np.matmul(sums, products, out=tiles)
        _add_up(tiles.reshape(4, 4, -1, h // 2, width // 2, k), out[part], memory)
    return out


def correlate_by_weights(x: Array, dy: Array, memory: Memory, out: Array) -> Array:
    """dW[a, b] = Σ_nij x[n, i + a, j + b]ᵀ dy[n, i, j], of padded images, into `out` (3, 3, c, k)."""
    c, k = out.shape[2:]
    total, share = (memory.scratch(name, (16, c, k), x) for name in ("sums of weights", "share of tiles"))
    for i, part in enumerate(_parts(dy.shape, c)):
        sums = _sums_of_inputs(x[part], memory)
        np.matmul(sums.swapaxes(1, 2), _spread(dy[part], memory), out=share if i else total)
        if i:
            total += share
    np.matmul(BOTH.T.astype(x.dtype), total.reshape(16, c * k), out=out.reshape(9, c * k))
    return out


def _parts(out: Shape, channels: int) -> Sequence[slice]:
    return parts(out[0], CACHE // (4 * out[1] * out[2] * channels))


def _sums_of_inputs(x: Array, memory: Memory) -> Array:
    """The four sums of inputs along the rows, and of these the four along the columns: (4 · 4, tiles, c)."""
    n, h, w, c = x.shape
    down = memory.scratch("down", (4, n, h // 2 - 1, w, c), x)
    across = memory.scratch("across", (4, 4, n, h // 2 - 1, w // 2 - 1, c), x)
    _four_sums([x[:, i : h - 2 + i : 2] if i < 2 else x[:, i::2] for i in range(4)], down)
    _four_sums([down[:, :, :, j : w - 2 + j : 2] if j < 2 else down[:, :, :, j::2] for j in range(4)], across)
    return across.reshape(16, -1, c)


def _four_sums(x: list[Array], out: Array) -> None:
    np.subtract(x[0], x[2], out=out[0])
    np.add(x[1], x[2], out=out[1])
    np.subtract(x[2], x[1], out=out[2])
    np.subtract(x[1], x[3], out=out[3])


def _add_up(m: Array, y: Array, memory: Memory) -> None:
    """From the products (4, 4, n, i, j, k), by columns and rows, to the outputs (n, 2 i, 2 j, k)."""
    halves = memory.scratch("halves", (2, *m.shape[1:]), m)
    _two_sums(m, halves[0], halves[1])
    for j, half in enumerate(halves):
        _two_sums(half, y[:, 0::2, j::2], y[:, 1::2, j::2])


def _two_sums(m: Array, first: Array, second: Array) -> None:
    np.add(m[1], m[2], out=first)
    first += m[0]
    np.subtract(m[1], m[2], out=second)
    second -= m[3]


def _spread(dy: Array, memory: Memory) -> Array:
    """Which products an output takes part in, with which sign: (n, 2 i, 2 j, k) to (4 · 4, tiles, k)."""
    n, h, w, k = dy.shape
    down = memory.scratch("spread down", (4, n, h // 2, w, k), dy)
    across = memory.scratch("tiles", (4, 4, n, h // 2, w // 2, k), dy)
    _four_parts(dy[:, 0::2], dy[:, 1::2], down)
    _four_parts(down[:, :, :, 0::2], down[:, :, :, 1::2], across)
    return across.reshape(16, -1, k)


def _four_parts(first: Array, second: Array, out: Array) -> None:
    out[0] = first
    np.add(first, second, out=out[1])
    np.subtract(first, second, out=out[2])
    np.negative(second, out=out[3])
