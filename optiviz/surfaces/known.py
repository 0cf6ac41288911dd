"""Surfaces by what a record calls them."""

from __future__ import annotations

import re

from optiviz.expression import ExpressionError
from optiviz.surfaces.surface import Surface, from_text

__all__ = ["surface_called"]

CALLED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<params>\w+=[^()]*)\))?")


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
