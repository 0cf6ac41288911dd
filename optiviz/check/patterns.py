"""Finding a piece of a formula and putting another in its place, on the trace.

A pattern is a node too: it is made by calling a function such as `lambda x, b, t: x / (1 - b**t)` with
nodes that stand for anything. Which things a letter may stand for, its name says:

- `theta`, `g`, `t`, `lr`, `eps`, `decay`, `beta1`, `beta2`: the input of that name,
- `s`: what a slot held before the update,
- `b`: the factor of an average, such as beta1 or rho,
- any other: any value; the same letter always for the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from optiviz.trace import Line, Node, Trace, reachable

__all__ = ["FACTORS", "INPUTS", "Place", "lines_against", "lines_with", "places", "rewritten", "with_nodes"]

INPUTS = ("theta", "g", "t", "lr", "eps", "decay", "beta1", "beta2")
FACTORS = ("beta", "beta1", "beta2", "rho")
EITHER_WAY = ("add", "multiply")

Bound = dict[str, Node]


class Place(NamedTuple):
    """Where a pattern fits: the node, what its letters stand for there, and what is to replace it."""

    node: Node
    bound: Bound
    instead: Node


def places(nodes: Iterable[Node], slots: Collection[str], bound: Bound, right: Node, wrong: Node) -> list[Place]:
    """Every place among the nodes of a trace where `right` fits."""
    found = []
    for node in nodes:
        fitting = next(_fits(right, node, bound, slots), None)
        if fitting is not None:
            found.append(Place(node, fitting, wrong))
    return found


def _fits(pattern: Node, node: Node, bound: Bound, slots: Collection[str]) -> Iterator[Bound]:
    """The ways in which the pattern's letters can stand for parts of the node."""
    if pattern.operation is None and pattern.name:
        if pattern.name in bound:
            if _same(bound[pattern.name], node):
                yield bound
        elif _may_be(pattern.name, node, slots):
            yield {**bound, pattern.name: node}
    elif pattern.operation is None:
        if node.operation is None and not node.name and node.value == pattern.value:
            yield bound
    elif node.operation is pattern.operation:
        orders = [node.args, node.args[::-1]] if pattern.operation.name in EITHER_WAY else [node.args]
        for args in orders:
            yield from _fit_all(list(zip(pattern.args, args, strict=True)), bound, slots)


def _fit_all(pairs: list[tuple[Node, Node]], bound: Bound, slots: Collection[str]) -> Iterator[Bound]:
    if not pairs:
        yield bound
        return
    for more in _fits(*pairs[0], bound, slots):
        yield from _fit_all(pairs[1:], more, slots)


def _may_be(letter: str, node: Node, slots: Collection[str]) -> bool:
    if letter in INPUTS:
        return node.name == letter
    return {"s": node.name in slots, "b": node.name in FACTORS}.get(letter, True)


def _same(a: Node, b: Node) -> bool:
    return a is b or repr(a) == repr(b)


def rewritten(trace: Trace, changes: Iterable[Place]) -> Trace:
    """The trace with other nodes in those places."""
    changed = {id(place.node): place for place in changes}

    def instead(node: Node, new: Callable[[Node], Node]) -> Node | None:
        place = changed.get(id(node))
        if place is None:
            return None
        if node.operation is None:  # beta1 becomes beta2 while beta2 becomes beta1
            return _filled(place.instead, place.bound)
        return _filled(place.instead, {letter: new(value) for letter, value in place.bound.items()})

    return _copied(trace, instead)


def with_nodes(trace: Trace, nodes: Mapping[Node, Node]) -> Trace:
    """The trace with some of its nodes replaced by others that are made of its own."""
    return _copied(trace, lambda node, _: nodes.get(node))


def _copied(trace: Trace, instead: Callable[[Node, Callable[[Node], Node]], Node | None]) -> Trace:
    made: dict[int, Node] = {}

    def new(node: Node) -> Node:
        if id(node) not in made:
            other = instead(node, new)
            if other is None:
                args = tuple(new(a) for a in node.args)
                same = all(a is b for a, b in zip(args, node.args, strict=True))
                other = node if same else Node(node.operation, args, call=node.call)
            made[id(node)] = other
        return made[id(node)]

    outputs = tuple(new(node) for node in trace.outputs)
    lines = tuple(Line(line.name, new(line.node), line.primes, line.new) for line in trace.lines)
    return replace(trace, outputs=outputs, lines=lines)


def _filled(pattern: Node, bound: Bound) -> Node:
    """The pattern with its letters replaced by what they stand for."""
    if pattern.operation is None:
        return bound[pattern.name] if pattern.name else pattern
    return Node(pattern.operation, tuple(_filled(a, bound) for a in pattern.args), call=pattern.call)


def lines_with(trace: Trace, nodes: Iterable[Node]) -> list[int]:
    """The lines, by their numbers, in which one of the nodes is written out."""
    wanted = {id(node) for node in nodes}
    named = {id(line.node) for line in trace.lines}

    def written(node: Node) -> Iterator[Node]:
        yield node
        for a in node.args:
            if id(a) not in named:
                yield from written(a)

    return [i for i, line in enumerate(trace.lines) if any(id(n) in wanted for n in written(line.node))]


def lines_against(trace: Trace) -> list[int]:
    """The lines that go against g by a sign of their own: beside theta, or by what is subtracted from a slot."""
    turns: dict[Node, int] = {}  # 1 for what stays when g turns, -1 for what turns with it, 0 for what is neither
    signed = []
    for node in reachable(*(line.node for line in trace.lines), *trace.outputs):
        signs = [turns[a] for a in node.args]
        name = node.operation.name if node.operation else ""
        if not node.args:
            turns[node] = -1 if node.name == "g" else int(node.scalar)
        elif name in ("add", "subtract"):
            turns[node] = signs[0] if signs[0] == signs[1] else sum(signs) if 0 in signs else 0
            beside = node.args[0].name == "theta" or (name == "subtract" and signs[0] == 0)
            signed += [node] if beside and turns[node] == -1 else []
        elif name in ("multiply", "divide"):
            turns[node] = signs[0] * signs[1]
        elif name in ("negative", "sign"):
            turns[node] = signs[0]
        else:
            even = name == "abs" or (name == "power" and node.args[1].value == 2)
            turns[node] = abs(signs[0]) if even else int(all(sign == 1 for sign in signs))
    return lines_with(trace, signed)
