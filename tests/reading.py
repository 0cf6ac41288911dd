"""Reading a printed equation back, as a student at the slide would: what stands there is computed.

Both notations become the same tokens; one parser computes them. Where people differ, in whether a / b c is
a / (b c), the reading is an argument, and what is printed must come out alike under both. What nobody
could read with certainty (two signs in a row, two superscripts, a power of a root) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from optiviz.trace.operations import OPERATIONS

CALLS = {"exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tanh": "tanh", "sign": "sign"}
CALLS |= {"min": "minimum", "max": "maximum"}
COMPARISONS = {"<": "less", ">": "greater", "≤": "less_equal", "≥": "greater_equal", "=": "equal", "≠": "not_equal"}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ᵗ⁺⁻⁽⁾", "0123456789t+−()")

UNICODE = {
    **{rf"{name}(?=\()": name for name in CALLS},
    **{re.escape(sign): sign for sign in (", else", "if", *"()+−/·^√⌊⌋{},", *COMPARISONS)},
    r"\|": ")|",
    r"[⁰¹²³⁴⁵⁶⁷⁸⁹ᵗ⁺⁻⁽⁾]+": "raised",
    r"\d+(?:\.\d+)?(?:e−?\d+)?": "number",
}
LATEX = {
    r"\\frac": "frac",
    r"\\sqrt": "√",
    r"e\^": "exp",
    r"\\operatorname\{sign\}": "sign",
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
    r"\\left\\lfloor": "⌊",
    r"\\right\\rfloor": "⌋",
    r"\\cdot": "·",
    **{r"\\le(?!ft)": "≤", r"\\ge": "≥", r"\\ne": "≠", "<": "<", ">": ">", "=": "="},
    **{r"\+": "+", "-": "−", r"\^": "^", ",": ","},
    r"\d+(?:\.\d+)?(?: \\cdot 10\^\{-?\d+\})?": "number",
}


def compute(line: str, names: Mapping[str, float], notation: dict[str, str], *, tight: bool) -> tuple[str, float]:
    """The left-hand side of an equation and the value of its right-hand side; `tight`: a / b c is a / (b c)."""
    left, right = line.split(" = ", 1)
    reader = _Reader(right, names, notation, tight)
    value = reader.comparison()
    assert not reader.token, f"stopped at {reader.token!r} in {line}"
    return left, value


class _Reader:
    def __init__(self, text: str, names: Mapping[str, float], notation: dict[str, str], tight: bool) -> None:
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
                    opens = match[0] == "|" and (text[position - 1 : position] in " (√⌊{−" or found[-1][0] == "|(")
                    found.append(("|(" if opens else kind, match[0]))
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

    def apply(self, name: str, *arguments: float) -> float:
        return OPERATIONS[name].point(*arguments)

    def comparison(self) -> float:
        left = self.sum()
        if self.token not in COMPARISONS:
            return left
        name = COMPARISONS[self.token]
        self.take()
        return self.apply(name, left, self.sum())

    def sum(self) -> float:
        negative = self.token == "−" and bool(self.take())
        value = -self.quotient() if negative else self.quotient()
        while self.token in ("+", "−"):
            value = value + self.quotient() if self.take() == "+" else value - self.quotient()
        return value

    def quotient(self) -> float:
        value = self.product()
        while self.token == "/":
            self.take()
            value = value / (self.product() if self.tight else self.power())
            while not self.tight and self.multiplies():
                value = value * self.power()
        return value

    def product(self) -> float:
        value = self.power()
        while self.multiplies():
            value = value * self.power()
        return value

    def multiplies(self) -> bool:
        """Is there another factor? A dot between the two is not needed."""
        if self.token == "·":
            self.take()
            return True
        return self.token in ("number", "name", "(", "|(", "⌊", "√", "{", "frac", *CALLS)

    def power(self) -> float:
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

    def atom(self) -> float:
        kind = self.token
        text = self.take()
        if kind == "name":
            return self.names[text]
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
        assert kind in ("(", "|(", "⌊"), f"{kind!r} after {self.tokens[: self.position - 1]}"
        close, name = {"(": (")", ""), "|(": (")|", "abs"), "⌊": ("⌋", "floor")}[kind]
        value = self.comparison()
        self.take(close)
        return self.apply(name, value) if name else value
