"""Formulas as NumPy writes them, in two layouts.

With `ARRAYS` the classes are the last axis of an array, which sums keep; with `SEQUENCES` they are the entries of a
sequence, and one of them may be an array of many examples, a number or a trace node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from optiviz.derive.letters import k
from optiviz.derive.program import Program, is_per_class
from optiviz.derive.rewriting import free_letters
from optiviz.derive.written import Call, Cases, Compare, Element, Letter, Number, Operation, Total, Written

__all__ = ["ARRAYS", "SEQUENCES", "Layout", "lines"]

COMPARE, SUM, PRODUCT, MINUS, POWER, ATOM = range(6)
"""How tightly an expression binds in Python."""
_BINDS = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "negative": MINUS, "**": POWER}
_UFUNCS = {name: name for name in ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "tanh", "cosh")}
_UFUNCS |= {"max": "maximum", "min": "minimum"}
_OWN = ("sigmoid", "softplus", "xexp", "divergence")
"""Functions that stand in the generated module itself."""


def lines(program: Program, layout: Layout) -> tuple[list[str], list[str]]:
    """The assignments of a program, and the expressions of its results."""
    return [layout.assignment(name, made) for name, made in program.parts], [layout.show(r) for r in program.results]


class Layout:
    """How an expression is written; what the classes make different is left open.

    Attributes:
        own: functions of NumPy's in whose place one of the generated module is called.
    """

    own: tuple[str, ...] = ()

    def assignment(self, name: Letter | Element, made: Written) -> str:
        """The line that computes a part."""
        return f"{_name(name)} = {self.show(made)}"

    def show(self, tree: Written) -> str:
        """The expression."""
        return self._bound(tree)[0]

    def element(self, tree: Element) -> str:
        """A value of a family over the classes."""
        raise NotImplementedError

    def total(self, tree: Total) -> str:
        """A sum or the largest over the classes."""
        raise NotImplementedError

    def _bound(self, tree: Written) -> tuple[str, int]:
        """The expression and how tightly it binds."""
        match tree:
            case Number(value):
                text = f"math.{value}" if isinstance(value, str) else str(value)
                return text, MINUS if text[0] == "-" else ATOM
            case Letter(name):
                return name, ATOM
            case Element():
                return self.element(tree), ATOM
            case Total():
                return self.total(tree), ATOM
            case Call("delta", (place, Letter() as label)) if place == k:
                numbers = f"{_column(label)}, np.arange(z.shape[-1])"
                return f"np.equal({numbers}, out=np.empty_like(z, bool))", ATOM  # as the scores are in memory
            case Call("exp" | "log" | "sqrt" as name, (x,)) if not free_letters(tree):  # np would make it a float64
                return f"math.{name}({self.show(x)})", ATOM
            case Call(name, args) if name in _UFUNCS or name in _OWN:
                function = name if name in (*_OWN, *self.own) else f"np.{_UFUNCS[name]}"
                return f"{function}({', '.join(map(self.show, args))})", ATOM
            case Cases((value, condition, *rest)):
                otherwise = self.show(rest[0] if len(rest) == 1 else Cases(tuple(rest)))
                return f"np.where({self.show(condition)}, {self.show(value)}, {otherwise})", ATOM
            case Compare(name, (left, right)):
                return f"{self.show(left)} {'==' if name == '=' else name} {self.show(right)}", COMPARE
            case Operation("negative", (x,)):
                return f"-{self._in(x, ATOM)}", MINUS
            case Operation("**", (base, exponent)):
                below, above = self._in(base, ATOM), self._in(exponent, MINUS)
                simple = all(re.fullmatch(r"-?[\w.]+", part) for part in (below, above))
                return f"{below}**{above}" if simple else f"{below} ** {above}", POWER
            case Operation(name, (left, right)):
                binds = _BINDS[name]
                return f"{self._in(left, binds)} {name} {self._in(right, binds + 1)}", binds
        raise TypeError(f"{tree!r} cannot be computed")

    def _in(self, tree: Written, least: int) -> str:
        text, binds = self._bound(tree)
        return text if binds >= least else f"({text})"


class _Arrays(Layout):
    own = ("log1p",)

    def element(self, tree: Element) -> str:
        (place,) = tree.args
        if not is_per_class(tree):
            return f"np.take_along_axis({tree.family.name}, {_column(place)}, axis=-1)"
        return tree.family.name

    def total(self, tree: Total) -> str:
        return f"np.{tree.name}({self.show(tree.args[0])}, axis=-1, keepdims=True)"


class _Sequences(Layout):
    def element(self, tree: Element) -> str:
        return f"{tree.family.name}_k"

    def total(self, tree: Total) -> str:
        body = tree.args[0]
        terms = body.family.name if isinstance(body, Element) else f"{self.show(body)} {_loop(body)}"
        return f"total({terms})" if tree.name == "sum" else f"functools.reduce(np.maximum, {terms})"

    def assignment(self, name: Letter | Element, made: Written) -> str:
        if isinstance(name, Letter):
            return super().assignment(name, made)
        return f"{_name(name)} = [{self.show(made)} {_loop(made)}]"


ARRAYS, SEQUENCES = _Arrays(), _Sequences()


def _name(name: Letter | Element) -> str:
    return name.family.name if isinstance(name, Element) else name.name


def _column(label: Written) -> str:
    return f"{label}[..., np.newaxis]"


def _loop(body: Written) -> str:
    """The loop that gives `body` all its values."""
    names = list(dict.fromkeys(_over_classes(body)))
    counted = any(part == k for part in _inside(body))
    each = ", ".join(f"{name}_k" for name in names)
    many = names[0] if len(names) == 1 else f"zip({', '.join(names)}, strict=True)"
    if not counted:
        return f"for {each} in {many}"
    return f"for k, {each if len(names) == 1 else f'({each})'} in enumerate({many})"


def _over_classes(body: Written) -> Iterator[str]:
    for part in _inside(body):
        if isinstance(part, Element) and is_per_class(part):
            yield part.family.name


def _inside(tree: Written) -> Iterator[Written]:
    """The parts of a formula that are the same formula's: those of a sum inside it are not."""
    yield tree
    if not isinstance(tree, (Total, Element)):
        for part in tree.args:
            yield from _inside(part)
