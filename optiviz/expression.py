"""A user's formula, read safely: `x**2 + 10*y**2` typed on the command line becomes a surface.

The text is cut into words, and a small grammar builds from them a tree that can hold nothing but arithmetic, so
nothing that a user types is ever run as a program.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, TypeAlias

from optiviz.trace import node

__all__ = ["Expression", "ExpressionError", "parse"]

Tree: TypeAlias = "float | str | tuple[Any, ...]"
"""A number, the name of a variable, or a function followed by the trees of its arguments."""

CHARACTERS, WORDS, BRACKETS, CALLS = 200, 80, 24, 4  # how much may be typed, and how deeply it may nest
DEGREE, EXPONENT, CONSTANT = 24, 12, 1e9  # steeper surfaces overflow before they teach anything

VALUES: dict[str, Tree] = {"x": "x", "y": "y", "pi": math.pi, "e": math.e}
FUNCTIONS = {name: getattr(node, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh", "abs")}
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
EXPONENTS: dict[Tree, int] = {n: n for n in range(-EXPONENT, EXPONENT + 1)}  # finds 2 for 2.0

NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
WORD = re.compile(rf"{NUMBER.pattern}|{NAME.pattern}|\*\*|[^ ]", re.ASCII)
SLIDES = {"^": "**", "·": "*", "⋅": "*", "×": "*", "−": "-", "–": "-", "π": "pi", "\N{NO-BREAK SPACE}": " "}
PASTED = str.maketrans(SLIDES | {digit: f"**{n}" for n, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})

MADE_OF = f"a formula is made of {', '.join(VALUES)}, numbers and {' '.join(FUNCTIONS)}"
INSTEAD = {
    **dict.fromkeys("=:", "write the height alone, such as x**2 + 10*y**2"),
    **dict.fromkeys("[]{}", "write round brackets ( )"),
    **dict.fromkeys([".", "np", "math"], "write sqrt(x), not np.sqrt(x)"),
    ",": "a function takes one value, and a decimal is written 2.5",
    "|": "write abs(x)",
    "√": "write sqrt(x)",
    "ln": "write log(x)",
    "sen": "write sin(x)",
    "tan": "write sin(x)/cos(x)",
    "xy": "write x*y",
}


class ExpressionError(ValueError):
    """A formula cannot be read; `column` is where in the text as it was typed, from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Expression:
    """A checked formula: `text` is what was understood, `variables` are its coordinates, in order."""

    text: str
    variables: tuple[str, ...]
    tree: Tree = field(repr=False)

    def __call__(self, *coordinates: Any) -> Any:
        """The height there, on floats, arrays and trace nodes alike.

        >>> parse("sqrt(x**2 + y**2)")(3.0, 4.0)
        5.0
        """
        return self.function(*coordinates)

    @property
    def function(self) -> Callable[..., Any]:
        """The formula as a plain function of `x`, or of `x` and `y`.

        >>> parse("x**2 + 10*y**2").function(x=3.0, y=1.0)
        19.0
        """

        def curve(x: Any) -> Any:
            return _value(self.tree, {"x": x})

        def surface(x: Any, y: Any) -> Any:
            return _value(self.tree, {"x": x, "y": y})

        function = surface if "y" in self.variables else curve
        function.__doc__ = f"The height {self.text}."
        return function


def parse(text: str) -> Expression:
    """Read a formula of x, or of x and y.

    >>> parse("x² − cos(2·π·y)")
    Expression(text='x**2 - cos(2*pi*y)', variables=('x', 'y'))
    >>> parse("x**2 + 10y")
    Traceback (most recent call last):
    optiviz.expression.ExpressionError: no operator before 'y' at column 10; write 10*y

    Raises:
        ExpressionError: it is no such formula or too large; the message says where, and what to write instead.
    """
    if not text.strip():
        _refuse("an empty formula", 1, "write one, such as x**2 + 10*y**2")
    if len(text) > CHARACTERS:
        _refuse(f"more than {CHARACTERS} characters", CHARACTERS + 1, "write a shorter formula")
    reader = _Reader(text)
    tree = reader.formula()
    used = {word.text for word in reader.words} & {"x", "y"}
    if not used:
        _refuse("a formula without x and y", 1, "write one that changes with them, such as x**2 + 10*y**2")
    return Expression(text.translate(PASTED).strip(), ("x",) if used == {"x"} else ("x", "y"), tree)


def _value(tree: Tree, point: Mapping[str, Any]) -> Any:
    """The tree's value where the variables have the values of `point`."""
    if isinstance(tree, tuple):
        function, *arguments = tree
        return function(*(_value(argument, point) for argument in arguments))
    return point[tree] if isinstance(tree, str) else tree


def _degree(tree: Tree) -> int:
    """The degree as a polynomial in x, y and the values of functions; dividing counts like multiplying."""
    match tree:
        case (operator.add | operator.sub | operator.neg, *terms):
            return max(map(_degree, terms))
        case (operator.mul | operator.truediv, left, right):
            return _degree(left) + _degree(right)
        case (operator.pow, base, int(exponent)):
            return _degree(base) * abs(exponent)
    return 0 if isinstance(tree, float) else 1


def _refuse(found: str, column: int, instead: str) -> NoReturn:
    raise ExpressionError(f"{found} at column {column}; {instead}", column)


class _Word(NamedTuple):
    text: str
    column: int


def _constant(word: _Word, function: Callable[..., float], *arguments: float | str) -> float:
    try:
        value = function(*arguments)
    except (ArithmeticError, ValueError):
        value = math.nan
    if not abs(value) <= CONSTANT:
        found = f"'{word.text}' makes a constant that is no number, or larger than {CONSTANT:g},"
        _refuse(found, word.column, "write numbers of everyday size")
    return value


def _join(word: _Word, *arguments: Tree) -> Tree:
    """The tree of an operator or function; of constants alone, already their value."""
    function = operator.neg if word.text == "-" and len(arguments) == 1 else (OPERATORS | FUNCTIONS)[word.text]
    numbers = [float(argument) for argument in arguments if not isinstance(argument, (str, tuple))]
    if len(numbers) == len(arguments):
        return _constant(word, function, *numbers)
    tree = (function, *arguments)
    if _degree(tree) > DEGREE:
        _refuse(f"a polynomial of degree above {DEGREE}", word.column, "write smaller exponents")
    return tree


class _Reader:
    """Each rule of the grammar is a method, which takes the rule's words and returns their tree.

    sum = product {("+" | "-") product}
    product = signed {("*" | "/") signed}
    signed = ("+" | "-") signed | power
    power = value ["**" signed]
    value = number | "x" | "y" | "pi" | "e" | [function] "(" sum ")"
    """

    def __init__(self, text: str) -> None:
        # A pasted sign is cut by itself, lest it melt into its neighbours: x²3 is not x**23.
        pieces = ((m.start() + 1, piece) for m in WORD.finditer(text) for piece in WORD.findall(m[0].translate(PASTED)))
        self.words = [_Word(piece, column) for column, piece in pieces]
        counted = [word for word in self.words if word.text not in ("(", ")")]
        if len(counted) > WORDS:
            _refuse(f"more than {WORDS} numbers, names and operators", counted[WORDS].column, "write a shorter formula")
        self.words.append(_Word("", len(text) + 1))
        self.position = 0
        self.open: list[_Word] = []  # the brackets we are in: whose (a function's, or none's) and where

    @property
    def next(self) -> _Word:
        return self.words[self.position]

    def take(self) -> _Word:
        self.position += 1
        return self.words[self.position - 1]

    def formula(self) -> Tree:
        tree = self.sum()
        return self.stop() if self.next.text else tree

    def sum(self) -> Tree:
        tree = self.product()
        while self.next.text in ("+", "-"):
            tree = _join(self.take(), tree, self.product())
        return tree

    def product(self) -> Tree:
        tree = self.signed()
        while self.next.text in ("*", "/"):
            tree = _join(self.take(), tree, self.signed())
        return tree

    def signed(self) -> Tree:
        if self.next.text not in ("+", "-"):
            return self.power()
        sign = self.take()
        return _join(sign, self.signed()) if sign.text == "-" else self.signed()

    def power(self) -> Tree:
        base = self.value()
        if self.next.text != "**":
            return base
        sign, start = self.take(), self.position
        exponent = self.signed()
        spelled = "".join(word.text for word in self.words[start : self.position])
        if not NUMBER.fullmatch(spelled.strip("()+-")) or exponent not in EXPONENTS:
            found = f"an exponent other than a whole number from -{EXPONENT} to {EXPONENT}"
            _refuse(found, self.words[start].column, "write sqrt(x) for x**0.5, exp(x) for e**x, (x**2)**3 for x**2**3")
        return _join(sign, base, EXPONENTS[exponent])

    def value(self) -> Tree:
        if NUMBER.fullmatch(self.next.text):
            number = self.take()
            return _constant(number, float, number.text)
        if self.next.text in VALUES:
            return VALUES[self.take().text]
        function = self.take() if self.next.text in FUNCTIONS else _Word("", 0)
        if self.next.text != "(":
            self.stop()
        self.open.append(_Word(function.text, self.take().column))
        if len(self.open) > BRACKETS or len([bracket for bracket in self.open if bracket.text]) > CALLS:
            found = f"more than {BRACKETS} brackets or {CALLS} functions inside each other"
            _refuse(found, self.open[-1].column, "write a simpler formula")
        tree = self.sum()
        if self.next.text != ")":
            self.stop()
        self.take()
        self.open.pop()
        return _join(function, tree) if function.text else tree

    def stop(self) -> NoReturn:
        """Refuse the next word, which no rule can take here."""
        text, column = self.next
        before = self.words[self.position - 1] if self.position else _Word("", 1)
        begins = text in VALUES or text in FUNCTIONS or text == "(" or NUMBER.fullmatch(text)
        complete = before.text in VALUES or before.text == ")" or NUMBER.fullmatch(before.text)
        if before.text in FUNCTIONS:
            _refuse(f"'{before.text}' without brackets", before.column, f"write {before.text}(x)")
        if NAME.fullmatch(text) and not begins:
            _refuse(f"unknown name '{text}'", column, INSTEAD.get(text, MADE_OF))
        if complete and begins:
            _refuse(f"no operator before '{text}'", column, f"write {before.text}*{text}")
        if complete and not text:
            _refuse("a bracket that is never closed", self.open[-1].column, "write its ')'")
        if complete and text == ")":
            _refuse("a ')' that closes nothing", column, "write its '(' too")
        if not text or text == ")" or text in OPERATORS:
            _refuse(f"no value before {repr(text) if text else 'the end'}", column, "write one, such as x**2")
        name = "" if text.isascii() else f" ({unicodedata.name(text, 'unnamed')})"
        _refuse(f"unexpected {text!r}{name}", column, INSTEAD.get(text, MADE_OF))
