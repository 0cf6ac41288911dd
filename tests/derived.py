"""What the end of a derivation says, for given examples: with numbers of many digits, or with symbols of SymPy."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import Any
from unittest import mock

import mpmath
import sympy

from optiviz.derive import Derivation, Grade, LossForm, Step, Verdict, derive
from optiviz.derive.derivation import story
from optiviz.derive.functions import FUNCTIONS
from optiviz.derive.rewriting import expanded
from optiviz.derive.written import Call, Cases, Compare, Element, Letter, Number, Operation, Total, Written

ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


@cache
def told(name: str) -> Derivation:
    """The derivation as `derive` builds it, without its proofs: they take most of the time, and test_derive.py asks."""

    def unproved(step: Step) -> None:
        object.__setattr__(step, "verdict", Verdict(Grade.DEFINITION, "unproved"))

    teller = sys.modules[story(name).__module__]  # what it takes of other derivations is told, too
    others = mock.patch.object(teller, "derive", told, create=True)
    with mock.patch.object(Step, "__post_init__", unproved), others:
        made: Derivation = derive.__wrapped__(name)
    return made


def truth(form: LossForm, scores: Any, targets: Any, params: Mapping[str, Any], *, symbols: bool) -> tuple[Any, Any]:
    """The loss of one example and the list of its derivatives.

    Args:
        form: the end of a derivation.
        scores: a number, or a list with one for each class or for each score.
        targets: a number, the list of the classes' targets, or a label counted from 0.
        params: the parameters by name.
        symbols: the numbers are SymPy's, else mpmath's.
    """
    letters: dict[Any, Any] = dict(params)
    rows = isinstance(form.scores[0], Element)
    several = rows or len(form.scores) > 1
    for letter, value in zip(form.scores, [scores] if rows or not several else scores, strict=True):
        letters[letter.family.name if isinstance(letter, Element) else letter.name] = value
    if isinstance(form.targets, Element):
        letters[form.targets.family.name] = targets
    else:
        letters[form.targets.name] = targets + 1 if form.targets.size else targets
    reader = _Reader(letters, len(scores) if rows else 0, symbols)
    if form.shift:
        letters[form.shift[0].name] = reader.value(form.shift[1], {})
    loss = reader.value(form.loss.after, {})
    if rows:
        (slope,) = form.gradients
        free = next(part for part in _letters(slope.after) if part.name == "m")
        return loss, [reader.value(slope.after, {free.name: place}) for place in range(1, len(scores) + 1)]
    slopes = [reader.value(gradient.after, {}) for gradient in form.gradients]
    return loss, slopes if several else slopes[0]


def said(tree: Written, letters: Mapping[str, Any]) -> Any:
    """What a formula says of symbols, by the names of its letters; abbreviations are written out."""
    return _Reader(dict(letters), 0, symbols=True).value(tree, {})


def _letters(tree: Written) -> list[Letter]:
    own = [tree] if isinstance(tree, Letter) else []
    return own + [letter for part in tree.args for letter in _letters(part)]


_expanded = cache(expanded)


class _Reader:
    def __init__(self, letters: dict[str, Any], classes: int, symbols: bool) -> None:
        self.letters, self.classes, self.symbols = letters, classes, symbols

    def value(self, tree: Written, at: Mapping[str, int]) -> Any:
        return self.read(_expanded(tree), at)

    def read(self, tree: Written, at: Mapping[str, int]) -> Any:
        match tree:
            case Number(value):
                return sympy.Integer(value) if self.symbols else mpmath.mpf(value)
            case Letter(name):
                return at[name] if name in at else self.letters[name]
            case Element(family, (place,)):
                return self.letters[family.name][self.read(place, at) - 1]
            case Total(name, index, (body, _, _)):
                terms = [self.read(body, {**at, index.name: place}) for place in range(1, self.classes + 1)]
                return reduce(operator.add, terms) if name == "sum" else self.function("max")(*terms)
            case Call(name, args):
                return self.function(name)(*(self.read(arg, at) for arg in args))
            case Compare(name, (left, right)):
                return COMPARE[name](self.read(left, at), self.read(right, at))
            case Cases((value, condition, otherwise)):
                either, or_else, holds = (self.read(part, at) for part in (value, otherwise, condition))
                if self.symbols:
                    return sympy.Piecewise((either, holds), (or_else, True))
                return either if holds else or_else
            case Operation("negative", (x,)):
                return -self.read(x, at)
            case Operation(name, (left, right)):
                return ARITHMETIC[name](self.read(left, at), self.read(right, at))
        raise TypeError(tree)

    def function(self, name: str) -> Callable[..., Any]:
        return FUNCTIONS[name].symbolic if self.symbols else FUNCTIONS[name].value
