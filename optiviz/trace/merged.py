"""What a formula computes twice, made one: fewer operations, and each of them the same as before."""

from __future__ import annotations

from optiviz.trace.node import Node, reachable

__all__ = ["merged"]

COMMUTE = ("add", "multiply")
"""These give the same to the last bit in whichever order they have their arguments."""


def merged(*roots: Node) -> dict[int, Node]:
    """The nodes that `roots` are made of, each with its equal among them, by its order.

    >>> x = Node(name="x", scalar=False)
    >>> twice = (x - 1) ** 2 + (x - 1)
    >>> len(reachable(twice)), len(reachable(merged(twice)[twice.order]))
    (8, 6)
    """
    known: dict[object, Node] = {}
    equal: dict[int, Node] = {}
    for node in reachable(*roots):
        args = tuple(equal[a.order] for a in node.args)
        key: object = node.name or repr(node.value)
        if node.operation:
            orders = [a.order for a in args]
            key = (node.operation.name, node.call, *(sorted(orders) if node.operation.name in COMMUTE else orders))
        if key not in known:
            changed = any(a is not b for a, b in zip(args, node.args, strict=True))
            known[key] = Node(node.operation, args, call=node.call) if changed else node
        equal[node.order] = known[key]
    return equal
