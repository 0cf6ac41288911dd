"""Formulas at one point: sums term by term, and every corner decided as it is there, so that plain algebra is left."""

from __future__ import annotations

import functools
from typing import cast

from optiviz.derive.points import Point, value
from optiviz.derive.rewriting import expanded
from optiviz.derive.written import Call, Cases, Derivative, Element, Integral, Letter, Number, Operation, Total, Written

__all__ = ["unrolled"]


def unrolled(tree: Written, at: Point) -> Written:
    """`tree` with the sizes of the point and what it is known to have put in, and no corners left."""
    return _flat(expanded(tree), at)


def _flat(tree: Written, at: Point) -> Written:
    def number(part: Written) -> Number:
        whole = value(part, at)
        if whole != int(whole):
            raise TypeError(f"{part} is {whole}, where an index or one of few whole values was expected")
        return Number(int(whole))

    match tree:
        case Letter(name) if name in at.sizes or name in at.known or tree.size is not None:
            return number(tree)
        case Element(family, args):
            place = tuple(number(a) for a in args)
            fixed = family.size is not None or (family.name, *(each.value for each in place)) in at.known
            return number(tree) if fixed else Element(family, place)
        case Total(name, index, (body, first, last)) if last != Number("infinity"):
            span = range(int(value(first, at)), int(value(last, at)) + 1)
            places = [at.having(index.name, k) for k in span]
            terms = [_flat(body, place) for place in places]
            if name in ("max", "median"):
                ranked = [term for term, _ in sorted(zip(terms, places, strict=True), key=lambda t: value(body, t[1]))]
                middle = ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]
                return ranked[-1] if name == "max" else middle / Number(2)
            sign, whole = ("+", Number(0)) if name == "sum" else ("*", Number(1))
            return functools.reduce(lambda a, b: Operation(sign, (a, b)), terms, cast(Written, whole))
        case Cases(args):
            conditions = range(1, len(args), 2)
            return _flat(next((args[n - 1] for n in conditions if value(args[n], at)), args[-1]), at)
        case Call("abs", (x,)):
            return _flat(x, at) if value(x, at) >= 0 else -_flat(x, at)
        case Call("max", (a, b)):
            return _flat(a if value(a, at) >= value(b, at) else b, at)
        case Call("min", (a, b)):
            return _flat(a if value(a, at) <= value(b, at) else b, at)
        case Call("sign" | "delta"):
            return number(tree)
        case Derivative(_, (body, by)):
            return tree.with_args((_flat(body, at), _flat(by, at) if isinstance(by, Element) else by))
        case Integral():
            return tree
    return tree.with_args(tuple(_flat(part, at) for part in tree.args))
