"""Rules drawn at random, as source text, for the laws that hold for every rule there may ever be.

An expression is a template with holes, filled with further expressions or with names: W is a value with
coordinates, S a value without, A either of them, C and D conditions on them; ~ stands before what NumPy
and optiviz both have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import optiviz
from optiviz.optimizers import Optimizer


def templates(text: str) -> list[str]:
    """The templates in `text`; small(X) is X between -9 and 9."""
    text = re.sub(r"small\((.)\)", r"~minimum(~maximum(\1, -9), 9)", text)
    return [template.strip() for template in text.split(";")]


LINEAR = templates("(W + A); (A + W); (W - A); (A - W); (W * A); (A * W); (-W); (+W)")
GUARDED = templates("(W / (1 + ~abs(A))); (A / (1 + ~abs(W))); ~sqrt(~maximum(W, 0)); ~sqrt(~abs(W))")
CORNERED = templates(
    "~abs(W); ~sign(W); ~minimum(W, A); ~maximum(A, W); ~where(C, W, A); ~where(C, A, W);"
    "~floor(small(W)); ~floor(small(W))**2; 2**~floor(small(W)); W**1; (-W)**1; (-(W**1))"
)
MASKED = templates("((C) * W); (W * (C)); ~where(C, 1.0 * S, S)")  # of two integers it would be an array of integers
SMOOTH = templates(
    "~exp(~minimum(W, 3)); ~log(1 + ~abs(W)); ~log1p(~abs(W)); ~expm1(~minimum(W, 3));"
    "~sin(W); ~cos(W); ~tanh(W); W**2; (-(W**2)); W**3;"
    "(1 + ~abs(W))**-1; (1 + ~abs(W))**0.5; (1 + ~abs(W))**(small(W) / 9); 2**(-~abs(W))"
)
UNGUARDED = templates("(W / W); (A / W); (W / S); ~sqrt(W); ~log(W); W**-1; W**-2; W**0.5; W**1.5")
NUMPY = templates("np.square(W); np.power(W, 3); np.power(W, 0.5); np.clip(W, -1, 1); np.clip(W, -1, A)")
SCALAR = templates(
    "(S + S); (S - S); (S * S); (-S); (S / (1 + ~abs(S))); ~sqrt(~abs(S)); ~abs(S); ~sign(S); ~minimum(S, S);"
    "~maximum(S, S); ~floor(small(S)); ~where(D, S, S); ((D) * S)"
)
SMOOTH_SCALAR = templates("~exp(~minimum(S, 3)); ~log(1 + ~abs(S)); small(S)**2; (1 + ~abs(S))**-0.5; ~tanh(S)**t")


@dataclass(frozen=True)
class Style:
    """Which templates a rule may be made of, which constants, and in whose spelling."""

    wide: list[str]
    scalar: list[str]
    constants: tuple[str, ...] = ("0.5", "-0.25", "1.5", "1e-3", "0.9", "2", "3", "-1", "0.0")
    spellings: tuple[str, ...] = ("",)
    arrays_only: bool = False
    """It does what arrays answer with inf or NaN, and floats with an exception."""


EXACT = Style(LINEAR + GUARDED + CORNERED + MASKED, SCALAR)
"""What every machine rounds alike: + - * /, the square root and corners."""
FLOATS = Style(EXACT.wide + SMOOTH, SCALAR + SMOOTH_SCALAR)
"""All that Python's floats can do."""
ANY = Style(FLOATS.wide + UNGUARDED + NUMPY, FLOATS.scalar, spellings=("", "np."), arrays_only=True)
"""All that arrays can do."""
SINGLE = Style(LINEAR + GUARDED + CORNERED + SMOOTH + UNGUARDED, FLOATS.scalar, arrays_only=True)
"""What keeps an array's dtype: np.sqrt(lr) and a mask times a number are float64 by NumPy's rules."""
BINARY = Style(
    templates(
        "(W + W); (W - W); (-W); (W * S); (S * W); (W / S); (W / W); (S / W); (W * W);"
        "abs(W); sqrt(abs(W)); minimum(W, W); where(C, W, W)"
    ),
    templates("(S * S); (S / S)"),
    constants=("0.5", "2", "0.125", "4.0", "-2.0"),
    arrays_only=True,
)
"""Scalars are powers of two: multiplying by one is exact, so it does not matter when it is done."""

SLOTS = "m v s start size part scratch s0 c0 b0 in_m _u range new i norm lambda_ yhat".split()
WIDE_LINES = "u w mhat step a1 delete".split()
SCALAR_LINES = "corr c var".split()
HYPER = "alpha gamma eps k mu_2 var".split()


@dataclass(frozen=True)
class Drawn:
    """A rule's source text; shown as it would stand in a file."""

    source: str

    def __repr__(self) -> str:
        return f"\n{self.source}"

    @cached_property
    def rule(self) -> Optimizer:
        words = "abs cos exp expm1 floor log log1p sign sin sqrt tanh where"
        names = {name: getattr(optiviz, name) for name in words.split()}
        names |= {"np": np, "minimum": optiviz.minimum, "maximum": optiviz.maximum}
        exec(compile(self.source, "<drawn>", "exec"), names)
        return Optimizer(names["drawn"])


class Writer:
    """Fills templates; knows which names have coordinates and which do not."""

    def __init__(self, draw: Any, style: Style) -> None:
        self.draw, self.style = draw, style
        self.wides, self.scalars = ["theta", "g"], ["t", "lr"]

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def wide(self, depth: int) -> str:
        return self.fill(self.one(*self.style.wide), depth) if depth else self.one(*self.wides)

    def scalar(self, depth: int) -> str:
        if depth:
            return self.fill(self.one(*self.style.scalar), depth)
        return self.one(*self.scalars) if self.one(True, True, False) else self.one(*self.style.constants)

    def fill(self, template: str, depth: int) -> str:
        return re.sub("[WSACD~]", lambda hole: self.hole(hole[0], depth - self.one(1, 1, depth)), template)

    def hole(self, kind: str, depth: int) -> str:
        compare = self.one("{} > {}", "{} >= {}", "{} < {}", "{} <= {}", "{} == {}", "{} != {}") if kind in "CD" else ""
        if kind == "~":
            return self.one(*self.style.spellings)
        if kind == "C":
            return compare.format(self.wide(0), self.wide(depth))
        if kind == "D":
            return compare.format(self.one("t", "lr"), self.scalar(depth))  # not a constant
        return self.wide(depth) if kind == "W" or (kind == "A" and self.one(True, False)) else self.scalar(depth)


@st.composite
def rules(draw: Any, style: Style = ANY) -> Drawn:
    """A rule with up to three slots, up to three hyperparameters and up to five lines."""
    writer = Writer(draw, style)
    one = writer.one
    names = draw(st.lists(st.sampled_from(SLOTS), max_size=3, unique=True))
    first = {name: one("0.0", "1.0", "0.5", "'theta'", "'lr'") if style is not BINARY else "0.5" for name in names}
    narrow = [name for name in names if first[name] != "'theta'" and one(True, False, False)]
    positive = [value for value in style.constants if float(value) > 0]
    hyper = {name: one(*positive) for name in ["lr", *HYPER] if name == "lr" or one(True, False, False)}
    slots = {name: name not in narrow for name in names}  # a slot's name, and whether it has coordinates
    writer.wides += [name for name, wide in slots.items() if wide]
    writer.scalars += [*narrow, *list(hyper)[1:]]

    lines = []
    for _ in range(one(0, 1, 2, 3, 4)):
        name = one(*writer.wides, *WIDE_LINES, *narrow, *SCALAR_LINES)
        wide = name in writer.wides or name in WIDE_LINES
        lines.append(f"{name} = {writer.wide(one(1, 2, 3)) if wide else writer.scalar(one(1, 2))}")
        known = writer.wides if wide else writer.scalars
        known += [name] * (name not in known)

    results = [one("theta", writer.wide(0), writer.wide(1), writer.wide(2), one(*style.constants))]
    for name, wide in slots.items():
        if wide:
            constant = [one(*style.constants)] * (first[name] == "'theta'")
            results.append(one(name, name, writer.wide(0), writer.wide(1), writer.wide(2), *constant))
        else:
            results.append(one(name, writer.scalar(0), writer.scalar(1)))
    signature = ["theta", "g", "t", *(f"{name}={first[name]}" for name in names), "*"]
    signature += [f"{name}={value}" for name, value in hyper.items()]
    source = "\n    ".join([f"def drawn({', '.join(signature)}):", *lines, f"return {', '.join(results)}"])
    drawn = Drawn(source + "\n")
    # A slot that meets no coordinate is one number after all, and a number cannot do what arrays can.
    assume(not style.arrays_only or not any(slots[name] and drawn.rule.trace.inputs[name].scalar for name in slots))
    return drawn
