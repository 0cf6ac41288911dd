"""Reading a printed equation back, as a student at the slide would: what stands there is computed.

Both notations become the same tokens; one parser computes them. Where people differ, in whether a / b c is
a / (b c), the reading is an argument, and what is printed must come out alike under both. What nobody
could read with certainty (two signs in a row, two superscripts, a power of a root) is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from optiviz.trace.operations import OPERATIONS

CALLS = {name: name for name in "exp log log1p expm1 sin cos tanh sign".split()}
CALLS |= {"min": "minimum", "max": "maximum", "RMS": "rms", "rowmean": "row_mean", "colmean": "column_mean"}
CALLS |= {"rows": "rows", "columns": "columns", "NewtonSchulz₅": "newton_schulz"}
COMPARISONS = {"<": "less", ">": "greater", "≤": "less_equal", "≥": "greater_equal", "=": "equal", "≠": "not_equal"}
BRACKETS = {
    "(": {")": ""},
    "|(": {")|": "abs"},
    "‖(": {")‖": "norm", ")‖_F": "frobenius"},
    "⌊": {"⌋": "floor"},
}
"""What a bracket may be closed by, and what it then stands for."""
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ᵗ⁺⁻⁽⁾", "0123456789t+−()")

UNICODE = {
    **{rf"{name}(?=\()": name for name in CALLS},
    **{re.escape(sign): sign for sign in (", else", "if", *"()+−/·^√⌊⌋{},", *COMPARISONS)},
    "π": "pi",
    r"\|": ")|",
    "‖_F": ")‖_F",
    "‖": ")‖",
    r"[⁰¹²³⁴⁵⁶⁷⁸⁹ᵗ⁺⁻⁽⁾]+": "raised",
    r"\d+(?:\.\d+)?(?:e−?\d+)?": "number",
}
LATEX = {
    r"\\frac": "frac",
    r"\\sqrt": "√",
    r"e\^": "exp",
    r"\\operatorname\{NewtonSchulz\}_5": "NewtonSchulz₅",
    **{
        rf"\\operatorname\{{{name}\}}": name
        for name in ("log1p", "expm1", "sign", "RMS", "rowmean", "colmean", "rows", "columns")
    },
    r"\\pi": "pi",
    **{rf"\\{name}(?=\\left\()": name for name in CALLS},
    r"\\begin\{cases\}": "{",
    r"& \\text\{otherwise\}": "",
    r"&": "if",
    r"\\\\": ", else",
    r"\\end\{cases\}": "}",
    r"\\left\(|\{": "(",
    r"\\right\)|\}": ")",
    r"\\left\|": "|(",
    r"\\right\|": ")|",
    r"\\left\\lVert": "‖(",
    r"\\right\\rVert_F": ")‖_F",
    r"\\right\\rVert": ")‖",
    r"\\left\\lfloor": "⌊",
    r"\\right\\rfloor": "⌋",
    r"\\cdot": "·",
    **{r"\\le(?!ft)": "≤", r"\\ge": "≥", r"\\ne": "≠", "<": "<", ">": ">", "=": "="},
    **{r"\+": "+", "-": "−", r"\^": "^", ",": ","},
    r"\d+(?:\.\d+)?(?: \\cdot 10\^\{-?\d+\})?": "number",
}


def compute(line: str, names: Mapping[str, Any], notation: dict[str, str], *, tight: bool) -> tuple[str, Any]:
    """The left-hand side of an equation and the value of its right-hand side; `tight`: a / b c is a / (b c)."""
    left, right = line.split(" = ", 1)
    reader = _Reader(right, names, notation, tight)
    value = reader.comparison()
    assert not reader.token, f"stopped at {reader.token!r} in {line}"
    return left, value


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any], notation: dict[str, str], tight: bool) -> None:
        self.names, self.notation, self.tight = names, notation, tight
        self.tokens = [*self.tokenize(text), ("", "")]
        self.position = 0

    def tokenize(self, text: str) -> list[tuple[str, str]]:
        calls = [pattern for pattern, kind in self.notation.items() if kind in CALLS]
        table = {pattern: self.notation[pattern] for pattern in calls}
        table |= {re.escape(name): "name" for name in sorted(self.names, key=len, reverse=True)}
        table |= self.notation
        found, position = [], 0
        while position < len(text):
            if text[position] == " ":
                position += 1
                continue
            for pattern, kind in table.items():
                match = re.compile(pattern).match(text, position)
                if match:
                    before = text[position - 1 : position] in " (√⌊{−" or found[-1][0] in ("|(", "‖(")
                    opens = match[0] in ("|", "‖") and before
                    found.append((f"{match[0]}(" if opens else kind, match[0]))
                    position = match.end()
                    break
            else:
                raise AssertionError(f"cannot read {text[position:]!r} in {text!r}")
        return [token for token in found if token[0]]

    @property
    def token(self) -> str:
        return self.tokens[self.position][0]

    def take(self, kind: str = "") -> str:
        if kind:
            assert self.token == kind, f"expected {kind!r} after {self.tokens[: self.position]}"
        self.position += 1
        return self.tokens[self.position - 1][1]

    def apply(self, name: str, *arguments: Any) -> Any:
        row = OPERATIONS[name]
        if any(isinstance(a, np.ndarray) for a in arguments) and not row.reduces:
            return np.where(*arguments) if name == "where" else row.ufunc(*arguments)
        return row.point(*arguments)

    def comparison(self) -> Any:
        left = self.sum()
        if self.token not in COMPARISONS:
            return left
        name = COMPARISONS[self.token]
        self.take()
        return self.apply(name, left, self.sum())

    def sum(self) -> Any:
        negative = self.token == "−" and bool(self.take())
        value = -self.quotient() if negative else self.quotient()
        while self.token in ("+", "−"):
            value = value + self.quotient() if self.take() == "+" else value - self.quotient()
        return value

    def quotient(self) -> Any:
        value = self.product()
        while self.token == "/":
            self.take()
            value = value / (self.product() if self.tight else self.power())
            while not self.tight and self.multiplies():
                value = value * self.power()
        return value

    def product(self) -> Any:
        value = self.power()
        while self.multiplies():
            value = value * self.power()
        return value

    def multiplies(self) -> bool:
        """Is there another factor? A dot between the two is not needed."""
        if self.token == "·":
            self.take()
            return True
        return self.token in ("number", "pi", "name", "(", "|(", "‖(", "⌊", "√", "{", "frac", *CALLS)

    def power(self) -> Any:
        root = self.token == "√" and self.notation is UNICODE  # in LaTeX the bar ends where the root ends
        value = self.atom()
        if self.token in ("^", "raised"):
            assert not root, "a power of a root, or a root of a power?"
            if self.token == "raised":
                raised = _Reader(self.take().translate(RAISED), {"t": self.names["t"]}, UNICODE, self.tight)
                value = value ** raised.sum()
                assert not raised.token, "two superscripts"
            else:
                self.take()
                value = value ** self.atom()
            assert self.token not in ("^", "raised"), "two superscripts"
        return value

    def atom(self) -> Any:
        kind = self.token
        text = self.take()
        if kind == "name":
            return self.names[text]
        if kind == "pi":
            return math.pi
        if kind == "number":
            text = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", text).replace("−", "-")
            return int(text) if text.isdigit() else float(text)
        if kind in CALLS:
            self.take("(")
            arguments = [self.comparison()]
            while self.token == ",":
                self.take()
                arguments.append(self.comparison())
            self.take(")")
            return self.apply(CALLS[kind], *arguments)
        if kind == "√":
            return self.apply("sqrt", self.atom())
        if kind == "frac":
            return self.atom() / self.atom()
        if kind == "{":
            value = self.comparison()
            self.take("if")
            condition = self.comparison()
            self.take(", else")
            other = self.comparison()
            self.take("}")
            return self.apply("where", condition, value, other)
        assert kind in BRACKETS, f"{kind!r} after {self.tokens[: self.position - 1]}"
        value = self.comparison()
        closing = BRACKETS[kind]
        assert self.token in closing, f"expected one of {[*closing]} after {self.tokens[: self.position]}"
        name = closing[self.token]
        self.take()
        return self.apply(name, value) if name else value
