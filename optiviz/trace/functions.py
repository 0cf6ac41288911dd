"""The functions that a formula may use beside + - * / **: on floats, on arrays and on nodes alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optiviz.trace.node import Node, record
from optiviz.trace.operations import OPERATIONS

__all__ = [
    "abs",
    "column_mean",
    "columns",
    "cos",
    "exp",
    "expm1",
    "floor",
    "frobenius",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "newton_schulz",
    "norm",
    "rms",
    "row_mean",
    "rows",
    "sign",
    "sin",
    "sqrt",
    "tanh",
    "where",
]


def _two_faced(name: str, doc: str) -> Callable[..., Any]:
    """`math`'s function on plain floats (fast), NumPy's on arrays, recorded on nodes."""
    row = OPERATIONS[name]
    point, ufunc = row.point, row.ufunc
    assert ufunc is not None
    if ufunc.nin == 1:

        def function(x: Any) -> Any:
            if isinstance(x, (float, int)):
                return point(x)
            return record(row, (x,)) if isinstance(x, Node) else ufunc(x)

    else:

        def function(x: Any, y: Any) -> Any:  # type: ignore[misc]
            if isinstance(x, Node) or isinstance(y, Node):
                return record(row, (x, y))
            return point(x, y) if isinstance(x, (float, int)) and isinstance(y, (float, int)) else ufunc(x, y)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc} On floats, arrays and trace nodes alike."
    return function


sqrt = _two_faced("sqrt", "The square root.")
exp = _two_faced("exp", "The exponential function.")
log = _two_faced("log", "The natural logarithm.")
log1p = _two_faced("log1p", "log(1 + x), exact for small x.")
expm1 = _two_faced("expm1", "exp(x) - 1, exact for small x.")
sin = _two_faced("sin", "The sine of an angle in radians.")
cos = _two_faced("cos", "The cosine of an angle in radians.")
tanh = _two_faced("tanh", "The hyperbolic tangent.")
abs = _two_faced("abs", "The absolute value.")
sign = _two_faced("sign", "-1, 0 or 1.")
floor = _two_faced("floor", "The largest whole number that is not larger.")
maximum = _two_faced("maximum", "The larger of two, coordinate by coordinate.")
minimum = _two_faced("minimum", "The smaller of two, coordinate by coordinate.")


def norm(x: Any) -> Any:
    """The Euclidean length over the last axis, which is kept: (..., d) -> (..., 1).

    >>> norm(np.array([[3.0, 4.0], [5.0, 12.0]]))
    array([[ 5.],
           [13.]])
    """
    return _reduced("norm", x)


def frobenius(x: Any) -> Any:
    """The length of a matrix, the root of the sum of its squares, over its last two axes, which are kept.

    >>> frobenius(np.array([[3.0, 0.0], [0.0, 4.0]]))
    array([[5.]])
    """
    return _reduced("frobenius", x)


def rms(x: Any) -> Any:
    """The root of the mean square of a matrix, over its last two axes, which are kept.

    >>> rms(np.array([[3.0, 4.0], [5.0, 5.0]]) * 2)
    array([[8.66025404]])
    """
    return _reduced("rms", x)


def row_mean(x: Any) -> Any:
    """The mean of each row of a matrix: (..., n, m) -> (..., n, 1).

    >>> row_mean(np.array([[1.0, 3.0], [5.0, 7.0]]))
    array([[2.],
           [6.]])
    """
    return _reduced("row_mean", x)


def column_mean(x: Any) -> Any:
    """The mean of each column of a matrix: (..., n, m) -> (..., 1, m).

    >>> column_mean(np.array([[1.0, 3.0], [5.0, 7.0]]))
    array([[3., 5.]])
    """
    return _reduced("column_mean", x)


def rows(x: Any) -> Any:
    """How many rows a matrix has."""
    return _reduced("rows", x)


def columns(x: Any) -> Any:
    """How many columns a matrix has."""
    return _reduced("columns", x)


def newton_schulz(x: Any) -> Any:
    """A matrix of length at most 1, its singular values pushed near 1: X = a X + (b X Xᵀ + c (X Xᵀ)²) X, five times.

    With a, b, c = 3.4445, -4.775, 2.0315, which do not converge but come to between about 0.7 and 1.2 in
    few steps. Over the last two axes.

    Source: Jordan et al. (2024), Muon, https://kellerjordan.github.io/posts/muon/.

    >>> np.linalg.svd(newton_schulz(np.diag([0.9, 0.1])), compute_uv=False).round(2)
    array([0.71, 0.68])
    """
    return _reduced("newton_schulz", x)


def _reduced(name: str, x: Any) -> Any:
    row = OPERATIONS[name]
    return record(row, (x,)) if isinstance(x, Node) else row.point(x)


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`. Both are computed, so guard what may fail.

    >>> where(2.0 > 1.0, "a", "b")
    'a'
    """
    if isinstance(condition, (bool, np.bool_)) and not (isinstance(a, np.ndarray) or isinstance(b, np.ndarray)):
        return a if condition else b
    if any(isinstance(v, Node) for v in (condition, a, b)):
        return record(OPERATIONS["where"], (condition, a, b))
    return np.where(condition, a, b)
