"""What stands in a registry says what it is for and where it comes from, in its docstring."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from optiviz.formula.registry import short

__all__ = ["Documented"]


class Documented:
    """A function of a registry, whose docstring is that of the whole.

    Attributes:
        function: the function itself.
        name: what it is called in the registry.
    """

    function: Callable[..., Any]
    name: str

    @property
    def summary(self) -> str:
        """The first sentence of the docstring: what it is for."""
        return self.__doc__.strip().split("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]

    @property
    def source(self) -> str:
        """Where it comes from: the docstring's paragraph that begins with `Source:`."""
        found = re.search(r"^Source: (.*?)(?:\n\n|\Z)", self.__doc__ or "", re.MULTILINE | re.DOTALL)
        return " ".join(found[1].split()) if found else ""

    @property
    def where(self) -> str:
        """The file and line of the definition."""
        code = self.function.__code__
        return f"{short(code.co_filename)}, line {code.co_firstlineno}"
