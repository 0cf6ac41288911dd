"""Arrays of SymPy's expressions, which go through NumPy code as arrays of numbers do and show what it computes."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import sympy

UFUNCS = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: operator.pow,
    np.negative: operator.neg,
    np.square: lambda x: x**2,
    np.less: lambda a, b: sympy.Lt(a, b),
    np.less_equal: lambda a, b: sympy.Le(a, b),
    np.greater: lambda a, b: _one_if(sympy.Gt(a, b)),
    np.greater_equal: lambda a, b: _one_if(sympy.Ge(a, b)),
    np.not_equal: lambda a, b: int(a != b),
    np.equal: lambda a, b: int(a == b),  # two symbols, or a symbol and a number, are different numbers
    np.sqrt: sympy.sqrt,
    np.exp: sympy.exp,
    np.log: sympy.log,
    np.log1p: lambda x: sympy.log(1 + x),
    np.expm1: lambda x: sympy.exp(x) - 1,
    np.tanh: sympy.tanh,
    np.absolute: sympy.Abs,
    np.sign: sympy.sign,
    np.maximum: sympy.Max,
    np.minimum: sympy.Min,
}
KNOWN = {math.log(2): sympy.log(2)}


class SymbolicArray(np.ndarray):
    """An object array whose ufuncs, sums and products of matrices are SymPy's."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if ufunc is np.matmul:
            function = ufunc
        else:
            function = np.frompyfunc(UFUNCS[ufunc], ufunc.nin, 1, identity=0 if ufunc is np.add else None)
        plain = [_exact(value) for value in inputs]
        if method == "__call__":
            result = function(*plain)
        else:
            kept = {name: options[name] for name in ("axis", "keepdims") if name in options}
            result = getattr(function, method)(*plain, **kept)
        if out is None:
            return array(result)
        out[0].view(np.ndarray)[...] = result
        return out[0]

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where:
            return array(np.frompyfunc(_chosen, 3, 1)(*map(_exact, args)))
        return super().__array_function__(function, types, args, options)


def array(values: Any) -> SymbolicArray:
    """The values as an array."""
    return np.asarray(values, dtype=object).view(SymbolicArray)


def symbols(name: str, shape: tuple[int, ...], **assumptions: bool) -> SymbolicArray:
    """An array of a symbol for each place."""
    made = np.empty(shape, object)
    for place in np.ndindex(shape):
        made[place] = sympy.Symbol("_".join([name, *map(str, place)]), real=True, **assumptions)
    return made.view(SymbolicArray)


def _one_if(condition: Any) -> Any:
    """1 where it holds, else 0: what a mask is when it is multiplied."""
    return sympy.Piecewise((1, condition), (0, True))


def _chosen(condition: Any, one: Any, other: Any) -> Any:
    """One of two formulas; if they are the same in other words, the condition does not matter."""
    terms = sympy.Add.make_args(sympy.expand(one - other))
    same = sympy.Add(*map(sympy.factor_terms, terms)) == 0
    return one if same else sympy.Piecewise((one, condition), (other, True))


def _exact(value: Any) -> Any:
    """Plain objects, and no decimal numbers: a half is a half, and 0.693... the logarithm of 2."""
    if isinstance(value, np.ndarray):
        whole = value.astype(int) if value.dtype == bool else value
        return np.asarray(whole, dtype=object).view(np.ndarray)
    if isinstance(value, float):
        return KNOWN.get(value, sympy.Rational(value))
    return value
