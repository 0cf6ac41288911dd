"""Rules that look at a whole weight tensor at once: its length, its rows and columns, its singular values.

Weights lie as in this library's layers: inputs along the rows, outputs along the columns. A vector is a
matrix of one column.
"""

from __future__ import annotations

from optiviz.optimizers.optimizer import optimizer
from optiviz.trace.functions import (
    column_mean,
    columns,
    frobenius,
    maximum,
    minimum,
    newton_schulz,
    norm,
    rms,
    row_mean,
    rows,
    sqrt,
    where,
)


@optimizer(per="tensor")
def lamb(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-6, decay=0.0):
    """Adam with steps as long as the weights: every layer moves by the same share, however large the batch.

    Source: You et al. (2020), algorithm 2, arXiv:1904.00962.

    >>> import numpy as np
    >>> theta, m, v = lamb(np.array([3.0, 4.0]), np.array([1.0, -1.0]), 1, lr=0.1)
    >>> theta.round(4)
    array([2.6464, 4.3536])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    u = mhat / (sqrt(vhat) + eps) + decay * theta
    weight = norm(theta)
    update = norm(u)
    share = where(update > 0, weight / where(update > 0, update, 1.0), 1.0)
    ratio = where(weight > 0, share, 1.0)
    return theta - lr * ratio * u, m, v


@optimizer(per="matrix")
def adafactor(theta, g, t, row=0.0, column=0.0, *, lr=0.01, power=0.8, eps=1e-30, scale=1e-3, clip=1.0):
    """Adam in little memory: the averages of g squared are kept for rows and columns, and multiplied.

    There is no momentum, and the step is a share of the size of the weights.

    Source: Shazeer and Stern (2018), algorithm 4, arXiv:1804.04235.

    >>> import numpy as np
    >>> theta, row, column = adafactor(np.ones((2, 2)), np.array([[1.0, 2.0], [2.0, 4.0]]), 1, lr=0.1)
    >>> theta, row, column
    (array([[0.9, 0.9],
           [0.9, 0.9]]), array([[ 2.5],
           [10. ]]), array([[ 2.5, 10. ]]))
    """
    beta2 = 1 - t**-power
    row = beta2 * row + (1 - beta2) * row_mean(g**2 + eps)
    column = beta2 * column + (1 - beta2) * column_mean(g**2 + eps)
    v = row / column_mean(row)  # times column, whose product with it would be 0 in float32 where no gradient came
    u = g / (sqrt(v) * sqrt(column))
    u = u / maximum(1.0, rms(u) / clip)
    return theta - maximum(scale, rms(theta)) * minimum(lr, 1 / sqrt(t)) * u, row, column


@optimizer(per="matrix")
def muon(theta, g, t, m=0.0, *, lr=0.02, beta=0.95, eps=1e-7, decay=0.0):
    """Momentum whose step is made nearly orthogonal: all directions of a weight matrix move equally far.

    Meant for the matrices inside a network; its vectors and its first and last layer are left to Adam.

    Source: Jordan et al. (2024), Muon, https://kellerjordan.github.io/posts/muon/.

    >>> import numpy as np
    >>> theta, m = muon(np.zeros((2, 2)), np.diag([5.0, 0.5]), 1, lr=1.0)
    >>> theta.round(2) + 0.0
    array([[-0.7 ,  0.  ],
           [ 0.  , -0.71]])
    """
    m = beta * m + (1 - beta) * g
    u = beta * m + (1 - beta) * g
    o = newton_schulz(u / (frobenius(u) + eps))
    return theta - lr * (sqrt(maximum(1.0, columns(theta) / rows(theta))) * o + decay * theta), m
