"""A trace in which whatever is used more than once is computed once."""

from __future__ import annotations

from collections import Counter

from optiviz.trace.merged import merged
from optiviz.trace.node import Node, reachable
from optiviz.trace.record import Line, Trace

__all__ = ["shared"]


def shared(trace: Trace) -> Trace:
    """The same formula with a line for each value that is used more than once.

    What differs by a sign is one value, so minus signs move outward: -w x is the negative of w x, and
    b - (-w x) is b + w x. No number changes but the sign of a zero. For code that is printed, on arrays.

    >>> w, x = Node(name="w", scalar=False), Node(name="x", scalar=False)
    >>> twice = shared(Trace("f", {"w": w, "x": x}, (), (-w * x - 1, 2 - x * w)))
    >>> [(line.name, line.node) for line in twice.lines], twice.outputs
    ([('_v0', multiply(w, x))], (negative(add(multiply(w, x), 1)), subtract(2, multiply(w, x))))
    """
    outputs = _signs_outside(*trace.outputs)
    equal = merged(*outputs)
    outputs = tuple(equal[node.order] for node in outputs)
    nodes = reachable(*outputs)
    uses = Counter(a.order for used in [*(node.args for node in nodes), outputs] for a in used)
    lines = [node for node in nodes if node.operation and uses[node.order] > 1]
    return Trace(trace.name, trace.inputs, tuple(Line(f"_v{i}", node) for i, node in enumerate(lines)), outputs)


def _signs_outside(*roots: Node) -> tuple[Node, ...]:
    found: dict[int, tuple[bool, Node]] = {}  # is it the negative of that node?
    for node in reachable(*roots):
        signs, plain = [found[a.order][0] for a in node.args], [found[a.order][1] for a in node.args]
        match node.operation and node.operation.name:
            case None:
                found[node.order] = False, node
            case "negative":
                found[node.order] = not signs[0], plain[0]
            case "multiply" | "divide":
                found[node.order] = signs[0] != signs[1], Node(node.operation, tuple(plain))
            case "add" | "subtract" as name:
                found[node.order] = _sum(signs[0], plain[0], signs[1] != (name == "subtract"), plain[1])
            case _:
                args = [-a if sign else a for sign, a in zip(signs, plain, strict=True)]
                found[node.order] = False, Node(node.operation, tuple(args))
    return tuple(-node if sign else node for sign, node in (found[root.order] for root in roots))


def _sum(minus_a: bool, a: Node, minus_b: bool, b: Node) -> tuple[bool, Node]:
    if minus_a == minus_b:
        return minus_a, a + b
    return False, b - a if minus_a else a - b
