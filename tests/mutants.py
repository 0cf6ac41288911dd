"""Small mistakes in formulas, as they are made on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optiviz.derive.functions import number
from optiviz.derive.points import Undefined, points, value
from optiviz.derive.written import Call, Cases, Compare, Element, Letter, Named, Number, Operation, Total, Written

TINY = number(1) / 1000


def mutants(tree: Written) -> Iterator[tuple[str, Written]]:
    """The formula with one mistake in it, wherever one can be made; each with a word for it."""
    yield from _here(tree)
    for n, part in enumerate(tree.args):
        if isinstance(tree, Element) or (isinstance(tree, Total) and n > 0):
            continue
        for word, wrong in mutants(part):
            yield word, tree.with_args((*tree.args[:n], wrong, *tree.args[n + 1 :]))


def _here(tree: Written) -> Iterator[tuple[str, Written]]:
    match tree:
        case Number(int()):
            yield "number", Number(tree.value + 1)
        case Letter() | Element() if not getattr(tree, "size", None):
            yield "a thousandth", tree + TINY
        case Operation("+" | "-" as name, (a, b)):
            yield "sign", Operation("-" if name == "+" else "+", (a, b))
            yield "dropped term", a
            yield "dropped term", b
            yield "doubled term", Operation(name, (a, 2 * b))
        case Operation("*" | "/" as name, (a, b)):
            yield "factor", Operation("/" if name == "*" else "*", (a, b))
            yield "dropped factor", a
            yield "dropped factor", b
        case Operation("**", (base, exponent)):
            yield "exponent", base ** (exponent + 1)
            yield "dropped exponent", base
        case Operation("negative", (x,)):
            yield "sign", x
        case Call(name, args):
            yield "dropped function", args[0]
            if name in ("max", "min"):
                yield "function", Call("min" if name == "max" else "max", args)
        case Total(_, _, (body, first, last)):
            yield "limit", tree.with_args((body, first + 1, last))
            yield "limit", tree.with_args((body, first, last - 1))
            yield "dropped sum", body
            if tree.name in ("sum", "product"):
                yield "function", replace(tree, name="product" if tree.name == "sum" else "sum")
        case Cases((a, condition, b)):
            yield "case", Cases((b, condition, a))
        case Compare(name, (a, b)):
            yield "relation", Compare({"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(name, name), (a, b))
            if name == "=":
                yield "condition", Compare(name, (a, b + 1))
            return
    if not isinstance(tree, Named):
        yield "sign", -tree


def differs(one: Written, other: Written) -> bool:
    """Whether there is a point where the formulas have different values, or only one has a value."""
    for point in points(one, other, each=3, seed=77):
        found = []
        for tree in (one, other):
            try:
                found.append(value(tree, point))
            except Undefined:
                found.append(None)
        if (found[0] is None) != (found[1] is None):
            return True
        if found[0] is not None and abs(found[0] - found[1]) > 1e-15:
            return True
    return False
