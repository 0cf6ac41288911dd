"""Formulas in SymPy: how they are read, and whether what is read is nought."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Add, Dummy, Indexed, IndexedBase, Product, S, Sum, Symbol

from optiviz.derive.domains import SHARE, SIMPLEX
from optiviz.derive.functions import FUNCTIONS
from optiviz.derive.points import Point, value
from optiviz.derive.rewriting import expanded, leaves
from optiviz.derive.sums import canonical, differentiated, wholes
from optiviz.derive.written import (
    Call,
    Compare,
    Derivative,
    Element,
    Integral,
    Letter,
    Number,
    Operation,
    Total,
    Written,
)

__all__ = ["Reader", "has_one_root", "is_zero"]


@dataclass
class Reader:
    """Reads formulas into SymPy, and knows what may be assumed of their letters."""

    letters: dict[str, Letter]
    families: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *trees: Written) -> Reader:
        """A reader for these formulas."""
        reader = cls({}, {})
        for tree in trees:
            letters, families = leaves(expanded(tree))
            reader.letters |= letters
            reader.families |= families
        return reader

    def read(self, tree: Written) -> Any:
        """The formula in SymPy, abbreviations written out."""
        return _read(expanded(tree), {})

    def settled(self, expression: Any) -> Any:
        """`expression` with shares and rows of shares in free positive letters, so that SymPy sees what bounds them.

        A share p is a/(1 + a), and where the sizes are known a row that adds up to one is a row of parts over
        their sum, or, where it need not be positive, its last element is 1 less the others.
        """
        shares = [letter for letter in self.letters.values() if letter.domain == SHARE]
        swap = {_symbol(letter): _share(Symbol(f"a_{letter.name}", positive=True)) for letter in shares}
        for element in expression.atoms(Indexed):
            family = self.families.get(str(element.base))
            free = IndexedBase(f"a_{element.base}", positive=True)
            if family is not None and family.domain == SHARE:
                swap[element] = _share(free[element.indices])
            elif family is not None and family.domain.sums_to_one and self.sizes:
                *before, place = element.indices
                row = range(1, self.sizes[family.axes[-1].name] + 1)
                if family.domain == SIMPLEX:
                    swap[element] = free[element.indices] / Add(*(free[(*before, k)] for k in row))
                elif place == row[-1]:
                    swap[element] = 1 - Add(*(element.base[(*before, k)] for k in row[:-1]))
        return expression.xreplace(swap)

    def unsigned(self, expression: Any, at: Point) -> Any:
        """`expression` without the absolute values that SymPy makes of roots of squares: as it is around the point."""
        swap = {}
        for size in expression.atoms(sympy.Abs):
            letter = self.letters.get(str(size.args[0]))
            if letter is not None:
                swap[size] = size.args[0] if value(letter, at) >= 0 else -size.args[0]
        return expression.xreplace(swap)

    def forms(self, tree: Written) -> Iterator[Any]:
        """The formula in forms in which SymPy may see its sign: as written, abbreviations closed, and worked out."""
        yield wholes(self.settled(_read(tree, {})))
        yield sympy.factor(wholes(self.settled(canonical(self.read(tree), self.rows()))))
        yield sympy.factor(sympy.simplify(wholes(self.settled(self.read(tree)))))

    def rows(self) -> dict[Any, Any]:
        """The families whose rows add up to one, each with the length of its rows."""
        if self.sizes:
            return {}
        known = (family for family in self.families.values() if family.domain.sums_to_one)
        return {_base(family): _symbol(family.axes[-1]) for family in known}


def _share(a: Any) -> Any:
    return a / (1 + a)


@functools.cache
def _named(name: str, assumptions: tuple[str, ...]) -> Any:
    return Symbol(name, **dict.fromkeys(assumptions, True))


def _symbol(letter: Letter) -> Any:
    return _named(letter.name, letter.domain.assumptions)


def _base(family: Any) -> Any:
    return IndexedBase(family.name, **dict.fromkeys(family.domain.assumptions, True))


_OPERATIONS: Mapping[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "negative": lambda a: -a,
}


def _read(tree: Written, bound: dict[Letter, Any]) -> Any:
    def read(part: Written) -> Any:
        return _read(part, bound)

    match tree:
        case Number(number):
            return {"pi": sympy.pi, "infinity": S.Infinity}[number] if isinstance(number, str) else S(number)
        case Letter():
            return bound.get(tree) or _symbol(tree)
        case Element(family, args):
            return _base(family)[tuple(read(a) for a in args)]
        case Operation(name, args):
            return _OPERATIONS[name](*map(read, args))
        case Call(name, args):
            return FUNCTIONS[name].symbolic(*map(read, args))
        case Total(name, index, (body, first, last)) if name in ("sum", "product"):
            own = Dummy(index.name, integer=True, nonnegative=True, positive=True if first == Number(1) else None)
            limits = (own, read(first), read(last))
            inner = _read(body, bound | {index: own})
            if limits[2] == S.Infinity:
                return sympy.summation(inner, limits)
            return (Sum if name == "sum" else Product)(inner, limits)
        case Integral(variable, (body, low, high)):
            own = Dummy(variable.name, real=True)
            return sympy.integrate(_read(body, bound | {variable: own}), (own, read(low), read(high)))
        case Derivative(order, (body, by)):
            found, what = read(body), read(by)
            for _ in range(order):
                found = differentiated(found, what)
            return found
        case Compare(_, (a, b)):
            return read(a) - read(b)
    raise NotImplementedError(f"{tree} has corners")


def is_zero(e: Any, reader: Reader, *, thorough: bool = True) -> bool:
    """Whether `e` is nought for all values of its letters, as far as the algebra can see.

    What is not `thorough` is quick: it leaves out what seldom helps and takes long when it does not.
    """
    settled = reader.settled(canonical(e, reader.rows()))
    whole = wholes(canonical(settled, reader.rows()))
    return any(stage(whole) == 0 for stage in STAGES) or (thorough and sympy.simplify(whole) == 0)


def _split(e: Any) -> Any:
    """`e` with its logarithms and its powers of unknown degree split into those of factors."""
    e = e.rewrite((sympy.tanh, sympy.cosh), sympy.exp)
    e = e.replace(sympy.log, lambda x: sympy.expand_log(sympy.log(_factored(x))))
    e = e.replace(
        lambda p: p.is_Pow and not p.exp.is_number and p.func is not sympy.exp,
        lambda p: sympy.expand_power_base(_factored(p.base) ** p.exp),
    )
    return sympy.expand(e, power_exp=True)


def _apart(e: Any) -> Any:
    """`e` with b**(t - 1) as b**t over b, b**t being a symbol, for SymPy would join them again."""

    def split(power: Any) -> Any:
        known, unknown = power.exp.as_coeff_Add()
        return Symbol(str(power.base**unknown), positive=power.base.is_positive) * power.base**known

    return _fractions(e.replace(lambda p: p.is_Pow and not p.exp.is_number and p.func is not sympy.exp, split))


def _factored(e: Any) -> Any:
    return sympy.factor(sympy.together(sympy.expand_power_exp(e)))


def _fractions(e: Any) -> Any:
    return sympy.cancel(sympy.together(e))


def _both(e: Any) -> Any:
    return _fractions(_split(e))


STAGES: tuple[Callable[[Any], Any], ...] = (sympy.expand, _split, _fractions, _apart, _both)
"""Ways to make nought of what is nought, the quick ones first."""


def has_one_root(of: Written, unknown: Written) -> bool:
    """Whether `of` = 0 has at most one solution: its numerator is linear in the unknown (or in its square).

    A power of the unknown may be divided out only where that cannot be zero, or where nothing else is left.
    """
    reader = Reader.of(of, unknown)
    symbol = reader.read(unknown)
    squared = symbol.is_Pow
    symbol = symbol.base if squared else symbol
    free = Dummy("u", positive=symbol.is_positive)
    expression = wholes(canonical(reader.read(of), reader.rows()).xreplace({symbol: free}))
    numerator, _ = sympy.fraction(sympy.together(expression))
    if not numerator.is_polynomial(free):
        return False
    powers = {power for (power,) in sympy.Poly(numerator, free).monoms()}
    lowest = min(powers) if free.is_positive or len(powers) == 1 else 0
    return {power - lowest for power in powers} <= ({0, 2} if squared else {0, 1})
