"""What a registered rule does, as a formula: so that theory is about the code that runs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optiviz.derive import functions
from optiviz.derive.written import Call, Number, Operation, Writable, Written, written
from optiviz.formula import Formula
from optiviz.trace import Node, reachable

__all__ = ["outputs"]

_OPERATIONS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "negative": "negative"}
_FUNCTIONS = {
    "abs": "abs",
    "sign": "sign",
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "log",
    "log1p": "log1p",
    "expm1": "expm1",
    "maximum": "max",
    "minimum": "min",
}


def outputs(formula: Formula, inputs: Mapping[str, Writable]) -> tuple[Written, ...]:
    """What a formula returns, as it is written in its source, for these inputs.

    Raises:
        LookupError: an input has no value, or an operation is none of those that derivations know.
    """
    found: dict[int, Written] = {}
    for node in reachable(*formula.trace.outputs):
        found[node.order] = _written(node, [found[a.order] for a in node.args], inputs)
    return tuple(found[node.order] for node in formula.trace.outputs)


def _written(node: Node, args: list[Written], inputs: Mapping[str, Writable]) -> Written:
    if node.operation is not None:
        name = node.operation.name
        if name in _OPERATIONS:
            return Operation(_OPERATIONS[name], tuple(args))
        return Call(_FUNCTIONS[name], tuple(args))
    if node.value is None:
        return written(inputs[node.name])
    if node.value == math.pi:
        return functions.pi
    if node.value != int(node.value):
        raise LookupError(f"{node.value} is no whole number, which is all that derivations know")
    return Number(int(node.value))
