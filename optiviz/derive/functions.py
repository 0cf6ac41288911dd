"""The functions of the lecture, each with its value, what SymPy calls it, and how it is written here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy

from optiviz.derive.written import (
    Call,
    Cases,
    Compare,
    Derivative,
    Integral,
    Letter,
    Number,
    Total,
    Writable,
    Written,
    written,
)

__all__ = [
    "FUNCTIONS",
    "Function",
    "NotReal",
    "absolute",
    "cases",
    "cosh",
    "delta",
    "derivative",
    "divergence",
    "exp",
    "expm1",
    "factorial",
    "infinity",
    "integral",
    "largest",
    "log",
    "log1p",
    "maximum",
    "median",
    "minimum",
    "number",
    "pi",
    "product",
    "sigmoid",
    "sign",
    "softplus",
    "sqrt",
    "tanh",
    "total",
    "xexp",
]


@dataclass(frozen=True)
class Function:
    """A function: `value` in numbers of many digits, `symbolic` in SymPy.

    Where its name does not say what it is, its `meaning` does, with {} in the place of each argument.
    """

    value: Callable[..., Any]
    symbolic: Callable[..., Any]
    meaning: str = ""


class NotReal(ArithmeticError):
    """A formula has no real number as its value, as log(-1) has not, and that not for being at the edge, as log(0)."""


def _factorial(x: Any) -> Any:
    if x < 0:
        raise NotReal(f"({x})!")
    return mpmath.factorial(x)


def _divergence(y: Any, log_p: Any, library: Any) -> Any:
    p = library.exp(log_p)
    return p if y == 0 else y * (library.log(y) - log_p) - y + p


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


FUNCTIONS: dict[str, Function] = {
    "exp": Function(mpmath.exp, sympy.exp),
    "log": Function(mpmath.log, sympy.log),
    "sqrt": Function(mpmath.sqrt, sympy.sqrt),
    "abs": Function(abs, sympy.Abs),
    "sign": Function(_sign, sympy.sign, "−1, 0 or 1, as {} is negative, zero or positive"),
    "max": Function(max, sympy.Max),
    "min": Function(min, sympy.Min),
    "log1p": Function(mpmath.log1p, lambda x: sympy.log(1 + x), "log(1 + {0}), without loss of digits for small {0}"),
    "expm1": Function(mpmath.expm1, lambda x: sympy.exp(x) - 1, "exp({0}) − 1, without loss of digits for small {0}"),
    "sigmoid": Function(
        lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: 1 / (1 + sympy.exp(-z)), "the sigmoid, 1/(1 + exp(−{}))"
    ),
    "softplus": Function(
        lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: sympy.log(1 + sympy.exp(z)), "log(1 + exp({}))"
    ),
    "tanh": Function(mpmath.tanh, sympy.tanh, "the hyperbolic tangent, sinh({0})/cosh({0})"),
    "cosh": Function(mpmath.cosh, sympy.cosh, "the hyperbolic cosine, (exp({0}) + exp(−{0}))/2"),
    "factorial": Function(_factorial, sympy.factorial),
    "xexp": Function(lambda x, y: x * mpmath.exp(y), lambda x, y: x * sympy.exp(y)),
    "divergence": Function(
        lambda y, log_p: _divergence(y, log_p, mpmath),
        lambda y, log_p: _divergence(y, log_p, sympy),
    ),
    "delta": Function(lambda i, j: int(i == j), sympy.KroneckerDelta, "1 if {} = {}, else 0"),
}

pi = Number("pi")
infinity = Number("infinity")


def number(value: int) -> Written:
    """A whole number as a formula, so that number(1) / 2 is a fraction."""
    return Number(value)


def _call(name: str, doc: str) -> Callable[..., Written]:
    def call(*args: Writable) -> Written:
        return Call(name, tuple(written(arg) for arg in args))

    call.__name__, call.__doc__ = name, doc
    return call


exp = _call("exp", "The exponential function.")
log = _call("log", "The natural logarithm.")
sqrt = _call("sqrt", "The square root.")
absolute = _call("abs", "The absolute value |x|.")
sign = _call("sign", "−1, 0 or 1; the sign of 0 is 0.")
maximum = _call("max", "The larger of two.")
minimum = _call("min", "The smaller of two.")
log1p = _call("log1p", "log(1 + x), exact for small x.")
expm1 = _call("expm1", "exp(x) − 1, exact for small x.")
sigmoid = _call("sigmoid", "σ(z) = 1/(1 + exp(−z)).")
softplus = _call("softplus", "softplus(z) = log(1 + exp(z)).")
tanh = _call("tanh", "The hyperbolic tangent.")
cosh = _call("cosh", "The hyperbolic cosine.")
factorial = _call("factorial", "x! = 1 · 2 · … · x.")
xexp = _call("xexp", "x exp(y), and 0 where x is 0, however large exp(y) is.")
divergence = _call(
    "divergence", "y log(y/p) − y + p of y and log p: nowhere negative, 0 where y = p, and p where y = 0."
)
delta = _call("delta", "Kronecker's delta: 1 if both indices are the same, else 0.")


def total(body: Writable, index: Letter, first: Writable = 1, last: Writable | None = None) -> Written:
    """The sum of `body` over an index, from 1 to its size unless said otherwise."""
    return _total("sum", body, index, first, last)


def product(body: Writable, index: Letter, first: Writable = 1, last: Writable | None = None) -> Written:
    """The product of `body` over an index, from 1 to its size unless said otherwise."""
    return _total("product", body, index, first, last)


def largest(body: Writable, index: Letter) -> Written:
    """The largest of `body` over an index."""
    return _total("max", body, index, 1, None)


def median(body: Writable, index: Letter) -> Written:
    """The middle one of `body` over an index, or the mean of the two in the middle."""
    return _total("median", body, index, 1, None)


def _total(name: str, body: Writable, index: Letter, first: Writable, last: Writable | None) -> Written:
    end = index.size if last is None else last
    if end is None:
        raise ValueError(f"how far does {index.name} run? Give the sum its last index")
    return Total(name, index, (written(body), written(first), written(end)))


def integral(body: Writable, variable: Letter, low: Writable = -infinity, high: Writable = infinity) -> Written:
    """The integral of `body`, over the whole line unless said otherwise."""
    return Integral(variable, (written(body), written(low), written(high)))


def derivative(body: Written, by: Written, order: int = 1) -> Written:
    """The derivative of `body` by a letter or an element."""
    return Derivative(order, (body, by))


def cases(*branches: tuple[Writable, Compare], otherwise: Writable) -> Written:
    """One of several formulas, each with its condition; the first that holds counts."""
    pairs = [part for value, condition in branches for part in (written(value), condition)]
    return Cases((*pairs, written(otherwise)))
