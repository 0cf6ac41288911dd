"""The trace handed to SymPy, and SymPy's answer made a trace again.

SymPy differentiates what a formula does; the derivative comes back as a trace, so it is computed, printed
and translated like any other formula. SymPy takes part of a second to load, so it is loaded on first use.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from optiviz.trace import Line, Node, Trace, printers, reachable
from optiviz.trace.functions import maximum, sqrt, where
from optiviz.trace.operations import OPERATIONS

__all__ = ["compiled", "derivatives", "expressions"]

TINY = 1e-200
"""Stands for zero under a root, small enough not to be seen and large enough that its powers are finite."""


def expressions(trace: Trace) -> list[Any]:
    """The outputs of a trace as SymPy expressions in real symbols named like its inputs.

    Decimal numbers become exact fractions. Functions with a kink (abs, sign, maximum, ...) stay opaque to
    SymPy's rewriting, and have their everyday derivative.
    """
    import sympy

    found: dict[int, Any] = {}
    for node in reachable(*trace.outputs):
        if node.operation is not None:
            arguments = [found[a.order] for a in node.args]
            found[node.order] = _sympy_operation(node.operation.name)(*arguments)
        elif node.value is None:
            found[node.order] = sympy.Symbol(node.name, real=True)
        else:
            known = {math.pi: sympy.pi, math.e: sympy.E}
            found[node.order] = known.get(node.value, sympy.Rational(repr(node.value)))
    return [found[node.order] for node in trace.outputs]


def derivatives(trace: Trace, variables: Sequence[str], order: int = 1) -> Trace:
    """The gradient (order 1) or the Hessian row by row (order 2) of a trace with one output, as a trace.

    At a kink, such as abs(x) or sqrt(x**2 + y**2) at zero, the derivative takes the value 0, the middle of
    its one-sided values there.

    Raises:
        ValueError: SymPy finds no derivative in terms of the traced functions.
    """
    import sympy

    (value,) = expressions(trace)
    results = [value]
    symbols = [sympy.Symbol(v, real=True) for v in variables]
    for _ in range(order):
        slopes = [sympy.diff(result, symbol) for result in results for symbol in symbols]
        results = [sympy.factor_terms(slope) for slope in slopes]  # 2 b y - 2 b x**2 is 2 b (y - x**2)
    root = _opaque("slope_of_a_root")
    results = [result.replace(_is_slope_of_a_root, lambda power: root(*power.args)) for result in results]
    shared, results = sympy.cse(results, symbols=sympy.numbered_symbols("_u", real=True))

    nodes: dict[Any, Node] = {sympy.Symbol(name, real=True): node for name, node in trace.inputs.items()}
    lines = []
    for symbol, expression in shared:
        nodes[symbol] = _node(expression, nodes)
        lines.append(Line(symbol.name, nodes[symbol]))
    outputs = tuple(_node(result, nodes) for result in results)
    return Trace(f"{trace.name}_derivative", trace.inputs, tuple(lines), outputs)


def compiled(trace: Trace, *, on_floats: bool) -> Callable[..., tuple[Any, ...]]:
    """The trace as a fast function of all its inputs in order, on plain floats or on arrays."""
    import numpy as np

    names: dict[str, Any] = {
        row.name: row.point if on_floats else row.ufunc or {"where": np.where}.get(row.name, row.point)
        for row in OPERATIONS.values()
    }
    source = printers.python(trace, tuple(trace.inputs))
    exec(compile(source, f"<{trace.name}>", "exec"), names)
    function: Callable[..., tuple[Any, ...]] = names[trace.name]
    return function


def _sympy_operation(name: str) -> Callable[..., Any]:
    """What an operation of the trace is in SymPy."""
    import sympy

    smooth = {
        "add": sympy.Add,
        "subtract": lambda a, b: a - b,
        "multiply": sympy.Mul,
        "divide": lambda a, b: a / b,
        "power": sympy.Pow,
        "negative": lambda a: -a,
        "sqrt": sympy.sqrt,
        "exp": sympy.exp,
        "log": sympy.log,
        "log1p": _of_c("log1p"),
        "expm1": _of_c("expm1"),
        "sin": sympy.sin,
        "cos": sympy.cos,
        "tanh": sympy.tanh,
    }
    return smooth[name] if name in smooth else _opaque(name)


def _of_c(name: str) -> Callable[..., Any]:
    from sympy.codegen import cfunctions

    function: Callable[..., Any] = getattr(cfunctions, name)
    return function


def _opaque(name: str) -> Callable[..., Any]:
    """An operation with a kink or a jump as a SymPy function that knows only its slopes on either side.

    SymPy's own Abs and Max rewrite themselves into forms with DiracDelta, Heaviside or re and im.
    """
    import sympy

    slopes: dict[str, Callable[..., Any]] = {
        "abs": lambda x: (_opaque("sign")(x),),
        "maximum": lambda a, b: ((1 + _opaque("sign")(a - b)) / 2, (1 - _opaque("sign")(a - b)) / 2),
        "minimum": lambda a, b: ((1 - _opaque("sign")(a - b)) / 2, (1 + _opaque("sign")(a - b)) / 2),
        "where": lambda c, a, b: (sympy.S.Zero, _opaque("where")(c, 1, 0), _opaque("where")(c, 0, 1)),
    }
    if name not in _kinds:

        def slope(self: Any, index: int) -> Any:
            return slopes[name](*self.args)[index - 1] if name in slopes else sympy.S.Zero

        _kinds[name] = type(name, (sympy.Function,), {"fdiff": slope, "is_real": True})
    return _kinds[name]


_kinds: dict[str, Callable[..., Any]] = {}


def _node(expression: Any, known: dict[Any, Node]) -> Node:
    """A SymPy expression as a node, its terms and factors in SymPy's order, but what is subtracted last."""
    import sympy

    if expression in known:
        return known[expression]
    if expression.is_Integer:
        return Node(value=int(expression))
    if expression.is_number:
        return Node(value=float(expression))
    if expression.is_Add:
        first, *rest = sorted(expression.as_ordered_terms(), key=lambda term: term.could_extract_minus_sign())
        total = _node(first, known)
        for term in rest:
            negative = term.could_extract_minus_sign()
            total = total - _node(-term, known) if negative else total + _node(term, known)
        return total
    if expression.is_Mul and expression.could_extract_minus_sign():
        return -_node(-expression, known)
    if expression.is_Mul:
        over: list[Node] = []
        under: list[Node] = []
        for factor in expression.as_ordered_factors():
            base, exponent = factor.as_base_exp()
            below = exponent.is_Integer and exponent < 0
            (under if below else over).append(_node(1 / factor if below else factor, known))
        return _product(over) / _product(under) if under else _product(over)
    if expression.is_Pow and expression.func is not sympy.exp:
        return _power(_node(expression.base, known), expression.exp, known)
    if expression.func is _opaque("slope_of_a_root"):  # one over a root, which at zero is a kink: 0
        base, exponent = _node(expression.args[0], known), float(expression.args[1])
        guarded: Node = where(base > 0, maximum(base, TINY) ** exponent, 0)
        return guarded
    if expression.func.__name__ not in OPERATIONS:
        raise ValueError(f"no derivative in terms of the traced functions: {expression}")
    return Node(OPERATIONS[expression.func.__name__], tuple(_node(a, known) for a in expression.args))


def _is_slope_of_a_root(expression: Any) -> bool:
    return bool(
        expression.is_Pow and expression.exp.is_Rational and expression.exp < 0 and not expression.exp.is_Integer
    )


def _product(factors: list[Node]) -> Node:
    product: Node = functools.reduce(operator.mul, factors) if factors else Node(value=1)
    return product


def _power(base: Node, exponent: Any, known: dict[Any, Node]) -> Node:
    if exponent.is_Integer:
        return base ** int(exponent) if exponent > 0 else 1 / (base ** int(-exponent) if exponent != -1 else base)
    return sqrt(base) if 2 * exponent == 1 else base ** _node(exponent, known)
