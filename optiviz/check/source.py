"""What the source of a rule shows that its numbers do not."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

__all__ = ["never_read"]


def never_read(function: Callable[..., Any]) -> dict[str, int]:
    """The names that a function gives a value and never reads, each with its line in the file.

    Names that begin with _ and those that count a loop are left out.
    """
    try:
        lines, first = inspect.getsourcelines(function)
        nodes = [*ast.walk(ast.parse(textwrap.dedent("".join(lines))))]
    except (OSError, TypeError, SyntaxError):
        return {}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    known = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    known |= {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    for node in nodes:
        if isinstance(node, (ast.For, ast.comprehension)):
            known |= {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
    return {n.id: first + n.lineno - 1 for n in names if n.id not in known and not n.id.startswith("_")}
