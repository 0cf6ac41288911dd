"""Small mistakes in formulas and in their names, as they are made on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optiviz.derive import Check, Derivation
from optiviz.derive.checks import Put, RootOf
from optiviz.derive.conditions import Smallest
from optiviz.derive.functions import number
from optiviz.derive.points import DIGITS, MANY_DIGITS, Undefined, far_points, points, value
from optiviz.derive.rewriting import mentioned, replaced, walk
from optiviz.derive.written import (
    Call,
    Cases,
    Compare,
    Derivative,
    Element,
    Letter,
    Named,
    Number,
    Operation,
    Total,
    Written,
)

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
            yield "right up to 9 only", Call("min", (tree, Number(9)))
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
    for point in (*points(one, other, each=3, seed=77), *far_points(one, other)):
        found = []
        for tree in (one, other):
            try:
                found.append(value(tree, point, MANY_DIGITS if point.reach else DIGITS))
            except Undefined:
                found.append(None)
        if (found[0] is None) != (found[1] is None):
            return True
        if found[0] is not None and abs(found[0] - found[1]) > 1e-15 * max(1, abs(found[0])):
            return True
    return False


def misnomers(derivation: Derivation) -> Iterator[tuple[int, str, Written]]:
    """For each line that has a name, wrong ones: those of other lines, and its own with a part exchanged.

    The letters that take another's place are those that the line does not have; with one that it has, the name would
    be that of another function of the same formula, which is not wrong.
    """
    named = [(n, step.left) for n, step in enumerate(derivation.steps) if step.left is not None]
    letters = _letters(derivation)
    for n, left in named:
        line = derivation.steps[n]
        for other in {str(other): other for _, other in named if str(other) != str(left)}.values():
            yield n, "another line's name", other
        here = mentioned(line.after) | (mentioned(line.via) if line.via is not None else set())
        others = [letter for letter in letters if letter not in here]
        for part in walk(left):
            if isinstance(part, Named):
                for argument in part.args:
                    for other in others:
                        wrong = part.with_args(tuple(other if each is argument else each for each in part.args))
                        yield n, "wrong argument", replaced(left, {part: wrong})
            if isinstance(part, (Letter, Element)) and _name(part).endswith("hat") and _finds(line.check):
                for other in letters:
                    if f"{other.name}hat" != _name(part):
                        yield n, "wrong hat", replaced(left, {part: Letter(f"{other.name}hat")})
        if isinstance(left, Derivative):
            of, by = left.args
            yield n, "order", Derivative(left.order + 1, left.args)
            yield n, "no derivative", of
            for other in letters:
                if other != by:
                    yield n, "derivative by another", Derivative(left.order, (of, other))


def _finds(check: Check | None) -> bool:
    """Whether it finds the value of an unknown, or goes on from where it was found."""
    if isinstance(check, Put) and check.of is not None:
        check = check.of.check
    return isinstance(check, (RootOf, Smallest))


def _letters(derivation: Derivation) -> list[Letter]:
    """The letters of a derivation for any number; no index, and none that abbreviates."""
    found = set().union(*(mentioned(step.after) for step in derivation.steps))
    free = [each for each in found if isinstance(each, Letter) and each.definition is None and each.size is None]
    return sorted(free, key=lambda letter: letter.name)


def _name(part: Letter | Element) -> str:
    return part.name if isinstance(part, Letter) else part.family.name
