"""Windows of one channel each: y[n, i, j, c, m] = Σ_ab x[n, s i + d a, s j + d b, c] W[a, b, c, m], and derivatives.

There is too little to do at a place for a product of matrices: a loop goes over the places of a window instead.
"""

from __future__ import annotations

import numpy as np

from optiviz.nn.kernels.correlation import Pads, Steps, inside, widened, windows
from optiviz.nn.kernels.products import sum_to_last
from optiviz.nn.memory import Array, Memory

__all__ = ["depthwise", "depthwise_by_input", "depthwise_by_weights"]


def depthwise(x: Array, w: Array, strides: Steps, dilation: Steps, memory: Memory, out: Array) -> Array:
    """The formula above, of padded images x (n, h, w, c) and weights (a, b, c, m), into `out` (n, i, j, c m)."""
    seen, y = windows(x, w.shape[:2], strides, dilation), _by_channel(out, w)
    out[...] = 0
    for a, b, m in np.ndindex(*w.shape[:2], w.shape[3]):
        y[..., m] += _product(seen[:, :, :, a, b], _row(w[a, b, :, m], y), memory)
    return out


def depthwise_by_weights(x: Array, dy: Array, strides: Steps, dilation: Steps, memory: Memory, out: Array) -> Array:
    """dW[a, b, c, m] = Σ_nij x[n, s i + d a, s j + d b, c] dy[n, i, j, c, m], of padded images."""
    seen, slopes = windows(x, out.shape[:2], strides, dilation), _by_channel(dy, out)
    for a, b, m in np.ndindex(*out.shape[:2], out.shape[3]):
        out[a, b, :, m] = sum_to_last(_product(seen[:, :, :, a, b], slopes[..., m], memory))
    return out


def depthwise_by_input(
    dy: Array, w: Array, pads: Pads, strides: Steps, dilation: Steps, memory: Memory, out: Array
) -> Array:
    """dx[n, s i + d a, s j + d b, c] += Σ_m dy[n, i, j, c, m] W[a, b, c, m], without what was padded."""
    wide = widened(out, pads, memory)
    wide[...] = 0
    into, slopes = windows(wide, w.shape[:2], strides, dilation), _by_channel(dy, w)
    for a, b, m in np.ndindex(*w.shape[:2], w.shape[3]):
        into[:, :, :, a, b] += _product(slopes[..., m], _row(w[a, b, :, m], slopes), memory)
    return inside(wide, pads, out)


def _by_channel(y: Array, w: Array) -> Array:
    return y.reshape(*y.shape[:3], *w.shape[2:])


def _row(w: Array, y: Array) -> Array:
    """The weights of all channels once for each place of a row, so that a row is multiplied at once."""
    return np.tile(w, (y.shape[2], 1))


def _product(x: Array, factor: Array, memory: Memory) -> Array:
    return np.multiply(x, factor, out=memory.scratch("product", x.shape, x))
