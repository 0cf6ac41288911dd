"""Reading a formula by running it once on nodes.

While the function runs, its local names are watched line by line; a name that is bound to a new node
becomes a Line. So the equations need no source text, and what is printed is what runs, in its order.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from types import FrameType
from typing import Any

import numpy as np

from optiviz.trace.node import Node, Untraceable, as_node, reachable

__all__ = ["Line", "Trace", "trace"]


@dataclass(frozen=True)
class Line:
    """One line of a formula: `name` takes the value of `node`.

    `primes` tells apart several values of one name: the second g is g′. `new` marks the value that
    theta or a slot has after the update.
    """

    name: str
    node: Node
    primes: int = 0
    new: bool = False


@dataclass(frozen=True, eq=False)
class Trace:
    """What a formula does, as a graph: its inputs, its lines in source order, what it returns."""

    name: str
    inputs: Mapping[str, Node]
    lines: tuple[Line, ...]
    outputs: tuple[Node, ...]

    @cached_property
    def elementwise(self) -> bool:
        """True when no coordinate looks at another, so the formula may be run on any block of them."""
        return not any(n.operation and n.operation.reduces for n in reachable(*self.outputs))


def trace(
    function: Callable[..., Any],
    arrays: Collection[str],
    hyperparameters: Iterable[str],
    results: tuple[str, ...],
) -> Trace:
    """Run `function` once on nodes and return what it did.

    Args:
        function: a formula. If it is made of others (its attribute `made_of`), their lines are read too.
        arrays: names of the positional arguments that have coordinates (theta, g, most slots); the others
            are one number each (t, a slot that does not depend on g).
        hyperparameters: names of the keyword-only arguments.
        results: names of what it returns, the first value first.

    Raises:
        Untraceable: it branches, writes in place, leaves the traced functions or returns something
            else than `results`.
    """
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    variables = [p for p in signature(function, follow_wrapped=False).parameters.values() if p.kind in kinds]
    names = [p.name for p in variables]
    timed = "t" in names or any(p.default is not p.empty for p in variables)  # who remembers has a before and an after
    positional = {name: Node(name=name, scalar=name not in arrays, moving=timed) for name in names}
    hyper = {name: Node(name=name) for name in hyperparameters}
    bindings, returned = _watch(function, list(positional.values()), hyper)
    outputs = _outputs(function.__name__, returned, results)
    inputs = positional | hyper
    lines = _lines(bindings, outputs, results, inputs)
    return Trace(function.__name__, inputs, lines, outputs)


def _watch(
    function: Callable[..., Any], positional: list[Node], hyper: Mapping[str, Node]
) -> tuple[list[tuple[str, Node]], Any]:
    """Call the function; return which name was bound to which node, in order, and what came back."""
    bindings: list[tuple[str, Node]] = []
    known = {id(node) for node in (*positional, *hyper.values())}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        for name, value in frame.f_locals.items():
            if isinstance(value, Node) and id(value) not in known:
                known.add(id(value))
                bindings.append((name, value))
        return look

    watched = {inner.__code__ for inner in (function, *getattr(function, "made_of", ()))}

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        return look if frame.f_code in watched else None

    previous = sys.gettrace()  # a debugger or a coverage tool gets its hook back
    sys.settrace(enter)
    try:
        returned = function(*positional, **hyper)
    finally:
        sys.settrace(previous)
    # Two assignments may share a line, and a value may get its name late: what is read comes first.
    return sorted(bindings, key=lambda binding: binding[1].order), returned


def _outputs(name: str, returned: Any, results: tuple[str, ...]) -> tuple[Node, ...]:
    values = returned if isinstance(returned, tuple) else (returned,)
    expected = " and ".join(filter(None, [results[0], ", ".join(results[1:])]))
    if len(values) != len(results):
        came = "1 value" if len(values) == 1 else f"{len(values)} values"
        came = {type(None): "nothing", list: "a list"}.get(type(returned), came)
        raise Untraceable(f"{name} returned {came}, expected {len(results)}: {expected}")
    for result, value in zip(results, values, strict=True):
        if not isinstance(value, (Node, int, float, np.integer, np.floating)) or isinstance(value, bool):
            raise Untraceable(
                f"{name} returned {type(value).__name__} for {result}, expected a value made of its arguments"
            )
    return tuple(as_node(v) for v in values)


def _lines(
    bindings: list[tuple[str, Node]],
    outputs: tuple[Node, ...],
    results: tuple[str, ...],
    inputs: Mapping[str, Node],
) -> tuple[Line, ...]:
    """Name the lines: a returned one by the slot it becomes, a rebound name by its primes."""
    becomes: dict[int, list[str]] = {}
    for result, node in zip(results, outputs, strict=True):
        becomes.setdefault(id(node), []).append(result)
    lines: list[Line] = []
    seen = Counter(dict.fromkeys(inputs, 1))
    for name, node in bindings:
        ends = becomes.get(id(node))
        if ends:
            lines.append(Line(name if name in ends else ends[0], node, new=True))
        else:
            lines.append(Line(name, node, primes=seen[name]))
            seen[name] += 1
    written = {line.name for line in lines if line.new}
    rest = [Line(r, node, new=True) for r, node in zip(results, outputs, strict=True) if r not in written]
    return (*lines, *rest)  # what is returned without a name of its own comes last
