"""Sliding windows as one matrix product: y[n, i, j] = Σ_ab x[n, s i + d a, s j + d b] W[a, b], and its two derivatives.

The windows of some images are laid out as the rows of a matrix (im2col), so few at a time that they stay in the cache
of a core, and are multiplied with the weights at once. Images have their channels last: the numbers of a row of a
window then lie side by side and are copied together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from optiviz.nn.kernels import winograd
from optiviz.nn.memory import Array, Memory, Shape, parts

__all__ = [
    "correlate",
    "correlate_by_input",
    "correlate_by_weights",
    "inside",
    "padded",
    "surrounded",
    "widened",
    "windows",
]

CACHE = 300_000
"""How many numbers of windows are laid out at a time: 1.2 MB in float32, about a core's own cache."""

Steps = tuple[int, ...]
Pads = tuple[Steps, Steps]


def padded(x: Array, pads: Pads, memory: Memory) -> Array:
    """The images with zeros around them."""
    wide = widened(x, pads, memory)
    return x if wide is x else surrounded(x, pads, wide)


def widened(x: Array, pads: Pads, memory: Memory) -> Array:
    """An array like x and what is around it; x itself if that is nothing."""
    (top, bottom), (left, right) = pads
    if not (top or bottom or left or right):
        return x
    n, h, w, c = x.shape
    return memory.scratch("padded", (n, h + top + bottom, w + left + right, c), x)


def surrounded(x: Array, pads: Pads, out: Array) -> Array:
    """The images with zeros around them, in `out`."""
    (top, _), (left, _) = pads
    h, w = x.shape[1:3]
    out[:, :top] = out[:, top + h :] = 0
    out[:, top : top + h, :left] = out[:, top : top + h, left + w :] = 0
    out[:, top : top + h, left : left + w] = x
    return out


def inside(wide: Array, pads: Pads, out: Array) -> Array:
    """The images without what is around them, in `out`."""
    (top, _), (left, _) = pads
    if wide is not out:
        out[...] = wide[:, top : top + out.shape[1], left : left + out.shape[2]]
    return out


def windows(x: Array, size: Steps, strides: Steps, dilation: Steps) -> Array:
    """A view (n, i, j, a, b, c) of padded images (n, h, w, c): number (a, b) of the window at (i, j)."""
    n, h, w, c = x.shape
    (kh, kw), (sh, sw), (dh, dw) = size, strides, dilation
    places = ((h - (kh - 1) * dh - 1) // sh + 1, (w - (kw - 1) * dw - 1) // sw + 1)
    x = x if x.flags.c_contiguous else x.copy()
    by_image, by_row, by_column, by_channel = x.strides
    steps = (by_image, by_row * sh, by_column * sw, by_row * dh, by_column * dw, by_channel)
    return _strided(x, (n, *places, kh, kw, c), steps)


def _strided(x: Array, shape: Shape, strides: Shape, offset: int = 0) -> Array:
    """A view of an array that lies in one piece, with other steps; `offset` and steps are in bytes."""
    if x.dtype.hasobject:
        return as_strided(x.reshape(-1)[offset // x.itemsize :], shape, strides, subok=True)
    return np.ndarray(shape, x.dtype, x, offset, strides)  # ten times as fast as as_strided


def correlate(x: Array, w: Array, strides: Steps, dilation: Steps, memory: Memory, out: Array) -> Array:
    """The formula above, of padded images x (n, h, w, c) and weights (a, b, c, k), into `out` (n, i, j, k)."""
    if winograd.pays(w.shape, strides, dilation, out.shape):
        return winograd.correlate(x, w, memory, out)
    weights = w.reshape(-1, w.shape[-1])
    for part, rows in _laid_out(windows(x, w.shape[:2], strides, dilation), memory):
        np.matmul(rows, weights, out=out[part].reshape(-1, w.shape[-1]))
    return out


def correlate_by_weights(
    x: Array, dy: Array, size: Steps, strides: Steps, dilation: Steps, memory: Memory, out: Array
) -> Array:
    """dW[a, b] = Σ_nij x[n, s i + d a, s j + d b]ᵀ dy[n, i, j], of padded images, into `out` (..., c, k)."""
    weights = (*size, *out.shape[-2:])
    if winograd.pays(weights, strides, dilation, dy.shape):
        return winograd.correlate_by_weights(x, dy, memory, out.reshape(weights))
    total = out.reshape(-1, out.shape[-1])
    share = memory.scratch("share", total.shape, total)
    for i, (part, rows) in enumerate(_laid_out(windows(x, size, strides, dilation), memory)):
        np.matmul(rows.T, dy[part].reshape(len(rows), -1), out=share if i else total)
        if i:
            total += share
    return out


def correlate_by_input(
    dy: Array, w: Array, pads: Pads, strides: Steps, dilation: Steps, memory: Memory, out: Array
) -> Array:
    """dx[n, s i + d a, s j + d b] += dy[n, i, j] W[a, b]ᵀ, without what was padded, into `out` (n, h, w, c)."""
    if strides == (1, 1):
        # Each place collects from the windows that it was in: once more a correlation, with the weights turned round.
        turned = np.ascontiguousarray(w[::-1, ::-1].swapaxes(2, 3))
        reach = [(k - 1) * d for k, d in zip(w.shape[:2], dilation, strict=True)]
        top_bottom, left_right = ((r - a, r - b) for r, (a, b) in zip(reach, pads, strict=True))
        return correlate(padded(dy, (top_bottom, left_right), memory), turned, strides, dilation, memory, out)
    wide = widened(out, pads, memory)
    wide[...] = 0
    weights = w.reshape(-1, w.shape[-1]).T
    shape = (*dy.shape[1:3], *w.shape[:3])
    for part in _image_parts((len(dy), *shape)):
        spread = memory.scratch("rows", (part.stop - part.start, *shape), dy)
        np.matmul(dy[part].reshape(-1, w.shape[-1]), weights, out=spread.reshape(-1, weights.shape[-1]))
        _add_windows(wide[part], spread, strides, dilation)
    return inside(wide, pads, out)


def _add_windows(x: Array, spread: Array, strides: Steps, dilation: Steps) -> None:
    """Add each number of each window to its place; those side by side that no two windows share, at once."""
    n, i, j, kh, kw, c = spread.shape
    (si, sj), (di, dj) = strides, dilation
    by_image, by_row, by_column, by_channel = x.strides
    steps = (by_image, by_row * si, by_column * sj, by_channel)
    run = min(sj, kw) if dj == 1 else 1
    for a in range(kh):
        for b in range(0, kw, run):
            shape = (n, i, j, min(run, kw - b) * c)
            into = _strided(x, shape, steps, a * di * by_row + b * dj * by_column)
            into += spread[:, :, :, a, b : b + run].reshape(shape)


def _image_parts(shape: Shape) -> Sequence[slice]:
    return parts(shape[0], CACHE // max(1, math.prod(shape[1:])))


def _laid_out(view: Array, memory: Memory) -> Iterator[tuple[slice | tuple[slice, slice], Array]]:
    """The windows of some images, or of some rows of one, as the rows of a matrix, with the part of the output."""
    _, i, j, *window = view.shape
    depth = math.prod(window)
    if window[:2] == [1, 1] and view.flags.c_contiguous:
        yield slice(None), view.reshape(-1, depth)
        return
    for part in _image_parts(view.shape):
        bands = parts(i, max(1, CACHE // (j * depth))) if part.stop - part.start == 1 else [slice(None)]
        for band in bands:
            some = view[part, band]
            rows = memory.scratch("rows", some.shape, view)
            np.copyto(rows, some)
            yield (part, band), rows.reshape(-1, depth)
