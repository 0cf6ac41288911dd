"""The operations that a formula may use, one row each.

A row says what the operation is on arrays (a NumPy ufunc), on plain floats, and how it is written:
on the slide (Unicode, LaTeX) and in code (Python, JavaScript). Everything else reads this table.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["BY_UFUNC", "CALL", "COMPARE", "MINUS", "OPERATIONS", "POWER", "PRODUCT", "SUM", "Operation"]

# How tightly an operation binds, as in Python and in JavaScript.
COMPARE, SUM, PRODUCT, MINUS, POWER, CALL = range(6)


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    `ufunc` works on arrays (None where NumPy has no ufunc for it), `point` on plain floats with
    `math`'s speed and exceptions. The four templates hold one `{}` per argument. `reduces` says that the
    result looks at more than one coordinate; what has no JavaScript takes whole matrices.
    """

    name: str
    ufunc: np.ufunc | None
    point: Callable[..., Any]
    precedence: int
    unicode: str
    latex: str
    python: str
    javascript: str
    reduces: bool = False


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b  # NaN wins, as in np.maximum


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x * 0.0  # 0 at zero, NaN of NaN


def _norm(x: Any) -> Any:
    return np.sqrt(np.sum(np.square(x), axis=-1, keepdims=True))


def _frobenius(x: Any) -> Any:
    return np.sqrt(np.sum(np.square(x), axis=(-2, -1), keepdims=True))


def _rms(x: Any) -> Any:
    return np.sqrt(np.mean(np.square(x), axis=(-2, -1), keepdims=True))


def _row_mean(x: Any) -> Any:
    return np.mean(x, axis=-1, keepdims=True)


def _column_mean(x: Any) -> Any:
    return np.mean(x, axis=-2, keepdims=True)


def _rows(x: Any) -> float:
    return float(x.shape[-2])


def _columns(x: Any) -> float:
    return float(x.shape[-1])


def _newton_schulz(x: Any) -> Any:
    a, b, c = 3.4445, -4.775, 2.0315
    tall = x.shape[-2] > x.shape[-1]
    x = np.swapaxes(x, -2, -1) if tall else x  # the smaller product, and the same result
    for _ in range(5):
        gram = x @ np.swapaxes(x, -2, -1)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return np.swapaxes(x, -2, -1) if tall else x


def _where(condition: Any, a: Any, b: Any) -> Any:
    return a if condition else b


def _infix(
    name: str, ufunc: np.ufunc, point: Callable[..., Any], precedence: int, sign: str, pretty: str = "", latex: str = ""
) -> Operation:
    code = f"{{}} {sign} {{}}"
    return Operation(name, ufunc, point, precedence, pretty or code, latex or pretty or code, code, code)


def _function(name: str, ufunc: np.ufunc, point: Callable[..., Any], latex: str, pretty: str = "") -> Operation:
    code = f"{name}({{}})"
    return Operation(name, ufunc, point, CALL, pretty or code, latex, code, f"Math.{code}")


def _two(name: str, ufunc: np.ufunc, point: Callable[..., Any], short: str) -> Operation:
    latex = rf"\{short}\left({{}}, {{}}\right)"
    return Operation(
        name, ufunc, point, CALL, f"{short}({{}}, {{}})", latex, f"{name}({{}}, {{}})", f"Math.{short}({{}}, {{}})"
    )


def _of_matrix(name: str, point: Callable[..., Any], latex: str, pretty: str = "") -> Operation:
    code = f"{name}({{}})"
    return Operation(name, None, point, CALL, pretty or code, latex, code, "", reduces=True)


OPERATIONS: dict[str, Operation] = {
    row.name: row
    for row in (
        _infix("add", np.add, operator.add, SUM, "+"),
        _infix("subtract", np.subtract, operator.sub, SUM, "-", "{} − {}", "{} - {}"),
        _infix("multiply", np.multiply, operator.mul, PRODUCT, "*", "{} {}"),
        _infix("divide", np.divide, operator.truediv, PRODUCT, "/", latex=r"\frac{{{}}}{{{}}}"),
        _infix("power", np.power, operator.pow, POWER, "**", "{}^{}", "{}^{{{}}}"),
        Operation("negative", np.negative, operator.neg, MINUS, "−{}", "-{}", "-{}", "-{}"),
        _infix("greater", np.greater, operator.gt, COMPARE, ">"),
        _infix("greater_equal", np.greater_equal, operator.ge, COMPARE, ">=", "{} ≥ {}", r"{} \ge {}"),
        _infix("less", np.less, operator.lt, COMPARE, "<"),
        _infix("less_equal", np.less_equal, operator.le, COMPARE, "<=", "{} ≤ {}", r"{} \le {}"),
        _infix("equal", np.equal, operator.eq, COMPARE, "==", "{} = {}", "{} = {}"),
        _infix("not_equal", np.not_equal, operator.ne, COMPARE, "!=", "{} ≠ {}", r"{} \ne {}"),
        _function("sqrt", np.sqrt, math.sqrt, r"\sqrt{{{}}}", "√{}"),
        _function("exp", np.exp, math.exp, r"e^{{{}}}"),
        _function("log", np.log, math.log, r"\log\left({}\right)"),
        _function("log1p", np.log1p, math.log1p, r"\operatorname{{log1p}}\left({}\right)"),
        _function("expm1", np.expm1, math.expm1, r"\operatorname{{expm1}}\left({}\right)"),
        _function("sin", np.sin, math.sin, r"\sin\left({}\right)"),
        _function("cos", np.cos, math.cos, r"\cos\left({}\right)"),
        _function("tanh", np.tanh, math.tanh, r"\tanh\left({}\right)"),
        _function("abs", np.absolute, operator.abs, r"\left|{}\right|", "|{}|"),
        _function("sign", np.sign, _sign, r"\operatorname{{sign}}\left({}\right)"),
        _function("floor", np.floor, math.floor, r"\left\lfloor {} \right\rfloor", "⌊{}⌋"),
        _two("maximum", np.maximum, _maximum, "max"),
        _two("minimum", np.minimum, _minimum, "min"),
        Operation(
            "norm", None, _norm, CALL, "‖{}‖", r"\left\lVert {} \right\rVert", "norm({})", "norm({})", reduces=True
        ),
        _of_matrix("frobenius", _frobenius, r"\left\lVert {} \right\rVert_F", "‖{}‖_F"),
        _of_matrix("rms", _rms, r"\operatorname{{RMS}}\left({}\right)", "RMS({})"),
        _of_matrix("row_mean", _row_mean, r"\operatorname{{rowmean}}\left({}\right)", "rowmean({})"),
        _of_matrix("column_mean", _column_mean, r"\operatorname{{colmean}}\left({}\right)", "colmean({})"),
        _of_matrix("rows", _rows, r"\operatorname{{rows}}\left({}\right)"),
        _of_matrix("columns", _columns, r"\operatorname{{columns}}\left({}\right)"),
        _of_matrix(
            "newton_schulz", _newton_schulz, r"\operatorname{{NewtonSchulz}}_5\left({}\right)", "NewtonSchulz₅({})"
        ),
        Operation(
            "where",
            None,
            _where,
            CALL,
            "{{{1} if {0}, else {2}}}",
            r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
            "where({}, {}, {})",
            "({} ? {} : {})",
        ),
    )
}
"""Every operation of the trace, by name."""

BY_UFUNC = {row.ufunc: row for row in OPERATIONS.values() if row.ufunc is not None}
