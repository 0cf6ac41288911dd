"""Surfaces by their text: a formula that a user typed, and what a record calls the surface it was made on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from optiviz.expression import ExpressionError, parse
from optiviz.surfaces.surface import Surface

__all__ = ["from_text", "surface_called"]

CALLED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<params>\w+=[^()]*)\))?")


def from_text(text: str, box: Sequence[float] | None = None) -> Surface:
    """A surface from a formula that a user typed, such as `x**2 + 10*y**2`.

    Args:
        text: the formula; it is read, never evaluated as code.
        box: what is drawn, (x0, x1) or (x0, x1, y0, y1); from -3 to 3 if not given.

    Raises:
        ExpressionError: the formula is not one; the message says in which column and why.

    >>> from_text("x**2 + 10*y**2")(1.0, 2.0)
    41.0
    """
    expression = parse(text)
    made = Surface(expression.function, box=box, local_minima=None)
    made.name = expression.text
    return made


def surface_called(text: str) -> Surface:
    """The surface whose `repr` this is: a named one with its hyperparameters, or a formula.

    Raises:
        LookupError: there is no such surface, and it is no formula.

    >>> surface_called("rosenbrock(a=2.0)").params["a"], surface_called("x**2+10*y**2")(1.0, 1.0)
    (2.0, 11.0)
    """
    match = CALLED.fullmatch(text)
    try:
        if match and match["name"] in Surface.registry:
            pairs = (pair.partition("=") for pair in (match["params"] or "").split(",") if pair)
            named: Surface = Surface.registry[match["name"]]
            return named.configured(**{name.strip(): float(value) for name, _, value in pairs})
        return from_text(text)
    except (ExpressionError, LookupError, ValueError):
        raise LookupError(f"'{text}' is not a surface that is known here") from None
