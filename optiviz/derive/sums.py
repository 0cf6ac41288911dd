"""An algebra of sums in SymPy that is sure of itself.

SymPy's own rules for indexed sums are right in part only (a substitution may catch an index, `solve` finds no
root where there is one, a derivative by x[i] under a sum over i is wrong). Here every sum has an index of its
own, constants are pulled out, terms are told apart, a derivative by an element is a sum with deltas, and what is
left are sums that are compared as wholes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Add, Dummy, Indexed, KroneckerDelta, Mul, Product, S, Sum, Symbol

__all__ = ["canonical", "differentiated", "wholes"]


def differentiated(e: Any, by: Any) -> Any:
    """The derivative by a symbol, or by an element such as z[m]: z[i] by z[m] is 1 where i = m, else 0."""
    if not isinstance(by, Indexed):
        return sympy.diff(e, by)
    if isinstance(e, Indexed):
        if e.base != by.base:
            return S.Zero
        return Mul(*(KroneckerDelta(i, m) for i, m in zip(e.indices, by.indices, strict=True)))
    if not any(a.base == by.base for a in e.atoms(Indexed)):
        return S.Zero
    if isinstance(e, Sum):
        return Sum(differentiated(e.function, by), *e.limits)
    if isinstance(e, Product):
        return e * Sum(differentiated(e.function, by) / e.function, *e.limits)
    places = [Dummy(real=True, positive=a.is_positive) for a in e.args]
    outer, back = e.func(*places), dict(zip(places, e.args, strict=True))
    return Add(*(sympy.diff(outer, p).xreplace(back) * differentiated(a, by) for p, a in back.items()))


def canonical(e: Any, rows: Mapping[Any, Any]) -> Any:
    """`e` with sums of sums of terms, constants before them, deltas gone and logarithms of products as sums."""
    if not e.args or isinstance(e, Indexed):
        return e
    if isinstance(e, Sum):
        inner = canonical(e.function, rows)
        for limits in e.limits:
            index, first, last = limits
            inner = _summed(inner, index, first, last, rows)
        return inner
    if isinstance(e, Product):
        return e.func(canonical(e.function, rows), *e.limits)
    made = e.func(*(canonical(a, rows) for a in e.args))
    if isinstance(made, sympy.log):
        made = _logarithm(made.args[0], rows)
    return made


def _logarithm(inside: Any, rows: Mapping[Any, Any]) -> Any:
    found: Any = S.Zero
    for factor in Mul.make_args(sympy.powsimp(inside)):
        if isinstance(factor, Product):
            found += canonical(Sum(_logarithm(factor.function, rows), *factor.limits), rows)
        else:
            found += sympy.expand_log(sympy.log(factor))
    return found if found.is_Add or found.is_Mul or not isinstance(found, sympy.log) else sympy.expand_log(found)


def _summed(body: Any, index: Any, first: Any, last: Any, rows: Mapping[Any, Any]) -> Any:
    """The sum of `body` over one index, term by term."""
    if (last - first).is_Integer and 0 <= last - first < 3:
        return Add(*(body.subs(index, first + k) for k in range(int(last - first) + 1)))
    terms = Add.make_args(sympy.expand(body))
    return Add(*(_term(term, index, first, last, rows) for term in terms if term != 0))


def _term(term: Any, index: Any, first: Any, last: Any, rows: Mapping[Any, Any]) -> Any:
    for factor in Mul.make_args(term):
        if isinstance(factor, KroneckerDelta) and index in factor.args and first == 1 and last.is_Symbol:
            other = factor.args[0] if factor.args[1] == index else factor.args[1]
            return (term / factor).subs(index, other)
    inner = [f for f in Mul.make_args(term) if isinstance(f, Sum) and index in f.free_symbols]
    constant, varying = term.as_independent(index, as_Add=False)
    for factor in Mul.make_args(varying):  # beta**(t - i) is beta**t times beta**(-i), which SymPy would join again
        base, exponent = factor.as_base_exp()
        if index not in base.free_symbols:
            before, _ = exponent.as_independent(index, as_Add=True)
            constant, varying = constant * base**before, varying / base**before
    if varying == 1:
        return constant * (last - first + 1)
    if isinstance(varying, Indexed) and (first, last) == (1, rows.get(varying.base)) and varying.indices[-1] == index:
        return constant
    if len(inner) == 1:  # a sum in a sum: one with two indices
        return constant * _ordered(Sum(varying / inner[0] * inner[0].function, *inner[0].limits, (index, first, last)))
    return constant * Sum(varying, (index, first, last))


def _ordered(double: Any) -> Any:
    """A sum over several indices, in the order of their last values, where the order does not matter."""
    indices = {limits[0] for limits in double.limits}
    if any(indices & (limits[1].free_symbols | limits[2].free_symbols) for limits in double.limits):
        return double
    return Sum(double.function, *sorted(double.limits, key=lambda limits: str(limits[2])))


def wholes(e: Any) -> Any:
    """`e` with each sum or product as one symbol, the same for the same sum, so that the rest is plain algebra."""
    if not e.args or isinstance(e, Indexed):
        return e
    if isinstance(e, KroneckerDelta):
        return Symbol(str(e), integer=True, nonnegative=True)
    if isinstance(e, (Sum, Product)):
        name = str(e.as_dummy())
        some = all(first == 1 and last.is_Symbol for _, first, last in e.limits)  # a sum to t - 1 may have no terms
        known = "positive" if e.function.is_positive and some else "real"
        known = "nonnegative" if e.function.is_nonnegative and known == "real" else known
        return Symbol(name, **{known: True})
    return e.func(*map(wholes, e.args))
