"""The speed of one point: traced formulas written out in plain Python floats, coordinate by coordinate.

A call of the rule for every coordinate would compute what all coordinates share again for each, and pay
for the calls; NumPy pays more than the arithmetic costs for each of its operations on two numbers. The
writer here makes the source of functions that do their arithmetic and nothing else: a step, a height with
its slope, a whole run. The arithmetic is that of `math`, which raises where an array has inf or NaN.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import count
from typing import Any

from optiviz.trace.merged import merged
from optiviz.trace.node import Node, reachable
from optiviz.trace.operations import CALL, OPERATIONS, PRODUCT, SUM, Operation
from optiviz.trace.printers import Python
from optiviz.trace.record import Line, Trace

__all__ = ["Source", "lines_on_a_point", "on_a_point", "on_numbers", "whole_run"]


class Source:
    """A function that was written, and what it needs to run: `print(source)` shows it."""

    def __init__(self, name: str, arguments: Iterable[str], body: Iterable[str], names: dict[str, Any]) -> None:
        self.text = "\n".join([f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in body), ""])
        self.name, self.names = name, names

    def __str__(self) -> str:
        return self.text

    def made(self) -> Callable[..., Any]:
        """The function itself."""
        exec(compile(self.text, f"<{self.name} on floats>", "exec"), self.names)
        function: Callable[..., Any] = self.names[self.name]
        return function


def on_numbers(trace: Trace) -> Source:
    """The formula as a function of all its inputs in order, each one float, that returns a tuple of floats."""
    names = {name: [name] for name in trace.inputs}
    written = _Floats(trace, names, [1] * len(trace.outputs), _apart(trace))
    body = [*written.statements(), f"return {_tuple(written.results())}"]
    return Source(trace.name, map(written.variable, names), body, written.names)


def on_a_point(trace: Trace, targets: Sequence[str], dimension: int) -> Source:
    """The update of `targets` as a function of all inputs in order: lists of floats, changed in place, and numbers.

    It returns the new values of the targets that have no coordinates. What raises has changed nothing.
    """
    apart = _apart(trace)
    names = _coordinates(trace, dimension, apart)
    written = _Floats(trace, names, [len(names[target]) for target in targets], apart)
    wide = [name for name, node in trace.inputs.items() if not node.scalar]
    arguments = {name: name + apart if name in wide else written.variable(name) for name in names}
    changed = [target for target in targets if target in wide]
    results = iter(written.results())
    new = {target: [next(results) for _ in names[target]] for target in targets}
    body = [
        *(f"{_list(names[name])} = {arguments[name]}" for name in wide),
        *written.statements(),
        f"{_tuple(f'{arguments[name]}[:]' for name in changed)} = {_tuple(_list(new[name]) for name in changed)}",
        f"return {_tuple(new[target][0] for target in targets if target not in wide)}",
    ]
    return Source("step", arguments.values(), body, written.names)


def lines_on_a_point(trace: Trace, dimension: int) -> Source:
    """The lines of the formula as a function of all inputs in order: lists of floats, and numbers; nothing is changed.

    It returns a tuple with a list of floats for each line, in their order; of what has no coordinates, one float.
    """
    apart = _apart(trace)
    names = _coordinates(trace, dimension, apart)
    nodes = tuple(line.node for line in trace.lines)
    sizes = [1 if node.scalar else dimension for node in nodes]
    written = _Floats(replace(trace, outputs=nodes), names, sizes, apart)
    wide = [name for name, node in trace.inputs.items() if not node.scalar]
    arguments = {name: name + apart if name in wide else written.variable(name) for name in names}
    results = iter(written.results())
    values = [[next(results) for _ in range(size)] for size in sizes]
    body = [
        *(f"{_list(names[name])} = {arguments[name]}" for name in wide),
        *written.statements(),
        f"return {_tuple(v[0] if n.scalar else _list(v) for v, n in zip(values, nodes, strict=True))}",
    ]
    return Source("lines", arguments.values(), body, written.names)


def whole_run(surface: Trace, rule: Trace, targets: Sequence[str]) -> Source:
    """Look and step in turn, for as long as all is well; `surface` returns its height and its slopes.

    The function is `run(looks, steps, tolerance, *bounds, *targets, *hyperparameters, *parameters)`, bounds
    and targets coordinate by coordinate. From the first update on it adds to the list `looks`, for each look,
    theta, the height, the slopes and the other targets. It returns, without adding, when a look is not plain
    sailing (something is not finite, theta out of bounds, all of the slope below the tolerance), and raises
    what the arithmetic raises. What that means is for others to judge.
    """
    apart = _apart(surface, rule)
    x = [name for name, node in surface.inputs.items() if not node.scalar]
    names = _coordinates(rule, len(x), apart)
    theta, slope, height = names["theta"], names["g"], f"{apart}height"
    places = {name: [name + apart] for name in surface.inputs} | {n: [c] for n, c in zip(x, theta, strict=True)}
    look = _Floats(surface, places, [1] * len(surface.outputs), apart, mark="s")
    step = _Floats(rule, names, [len(names[target]) for target in targets], apart)
    state = [step.variable(name) for target in targets for name in names[target]]
    sides = [(f"{apart}low{i}", f"{apart}high{i}") for i in range(len(x))]
    inside = " and ".join(f"{low} <= {c} <= {high}" for c, (low, high) in zip(theta, sides, strict=True))
    finite = f"-{apart}inf < {' + '.join([height, *slope])} < {apart}inf"
    flat = " and ".join(f"-{apart}tolerance < {g} < {apart}tolerance" for g in slope)
    body = [
        *look.statements(constant=True),
        *step.statements(constant=True),
        f"for t in range(1, {apart}steps + 2):",
        *(f"    {line}" for line in look.statements(constant=False)),
        *(f"    {name} = {result}" for name, result in zip([height, *slope], look.results(), strict=True)),
        f"    if not ({inside} and {finite}) or ({flat}):",
        "        return",
        f"    {apart}looks += {_tuple([*theta, height, *slope, *state[len(x) :]])}",
        *(f"    {line}" for line in step.statements(constant=False)),
        *(f"    {line}" for line in _assigned(state, step.results())),
    ]
    own = [f"{apart}{name}" for name in ("looks", "steps", "tolerance")]
    options = [step.variable(name) for name in rule.inputs if name not in ("theta", "g", "t", *targets)]
    parameters = [places[name][0] for name in surface.inputs if name not in x]
    arguments = [*own, *(bound for side in sides for bound in side), *state, *options, *parameters]
    return Source("run", arguments, body, look.names | step.names | {f"{apart}inf": math.inf})


def _assigned(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The names take the values all at once; one by one, which is faster, where no text is made of a name."""
    if all(text.isidentifier() and text not in names for text in texts):
        return [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]
    return [f"{_tuple(names)} = {_tuple(texts)}"]


def _tuple(texts: Iterable[str]) -> str:
    return f"({''.join(f'{text}, ' for text in texts)})"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]"


def _apart(*traces: Trace) -> str:
    """Underscores that no name in the formulas has in a row: a name that is made with them is new."""
    names = [name for trace in traces for name in (*trace.inputs, *(line.name for line in trace.lines))]
    return next("_" * n for n in count(2) if not any("_" * n in name for name in names))


def _coordinates(trace: Trace, dimension: int, apart: str) -> dict[str, list[str]]:
    """What each input's coordinates are called; what has none keeps its name."""
    each = [f"{apart}{i}" for i in range(dimension)]
    return {name: [name] if node.scalar else [name + i for i in each] for name, node in trace.inputs.items()}


class _Floats(Python):
    """Prints a trace coordinate by coordinate; what is read more than once has a variable and is computed once.

    `names` are those of each input's coordinates, `sizes` how many coordinates each output has; `apart` and
    `mark` go into the names of the variables.
    """

    reserved = Python.reserved | {"_real"}

    def __init__(
        self, trace: Trace, names: Mapping[str, Sequence[str]], sizes: Sequence[int], apart: str, mark: str = ""
    ) -> None:
        dimension = max(map(len, names.values()))
        inputs: dict[str, Node] = {}
        values: dict[int, list[Node]] = {}
        for name, node in trace.inputs.items():
            values[node.order] = [Node(name=n, scalar=node.scalar, moving=node.moving) for n in names[name]]
            inputs |= zip(names[name], values[node.order], strict=True)
        for node in reachable(*trace.outputs):
            if node.operation is not None:
                values[node.order] = _at_each(node, [values[a.order] for a in node.args], dimension)
            values.setdefault(node.order, [node])
        outputs = [values[o.order][i % len(values[o.order])] for o, n in zip(trace.outputs, sizes, strict=True)
                   for i in range(n)]  # fmt: skip
        equal = merged(*outputs)
        outputs = [equal[node.order] for node in outputs]

        named: dict[int, Line] = {}
        for line in trace.lines:
            for i, node in enumerate(values.get(line.node.order, [])):
                name = line.name if line.node.scalar else f"{line.name}{apart}{i}"
                node = equal.get(node.order, node)
                named.setdefault(node.order, Line(name, node))
        nodes = reachable(*outputs)
        reads = Counter(a.order for node in nodes for a in (*node.args,))
        reads.update(node.order for node in outputs)
        outlives = {a.order for node in nodes for a in node.args if _rank(a) < _rank(node)}
        for node in nodes:
            if node.operation and node.order not in named and (reads[node.order] > 1 or node.order in outlives):
                named[node.order] = Line(f"{apart}{mark}{len(named)}", node)
        lines = tuple(named[node.order] for node in nodes if node.order in named)
        super().__init__(Trace(trace.name, inputs, lines, tuple(outputs)))
        self.names: dict[str, Any] = {row.name: row.point for row in OPERATIONS.values()} | {"_real": real}

    def statements(self, constant: bool | None = None) -> list[str]:
        """The assignments; of them only those that stay as they are in a run, or only the others."""
        return [
            f"{name} = {self.show(line.node, line)[0]}"
            for name, line in self.assignments()
            if constant in (None, _rank(line.node) == 0)
        ]

    def results(self) -> list[str]:
        """The outputs, as floats: Python's roots may be complex, its constants whole."""
        texts = [self.show(node)[0] for node in self.trace.outputs]
        return [
            text if _is_float(node) else f"_real({text})" for text, node in zip(texts, self.trace.outputs, strict=True)
        ]

    def show(self, node: Node, line: Line | None = None) -> tuple[str, int]:
        calls = node.operation and node.scalar and node.call is not node.operation.point  # NumPy's on a number
        if calls and node.operation and (id(node) not in self.line_of or self.line_of[id(node)] is line):
            self.names[name := f"_{node.operation.name}_{node.order}"] = node.call
            return f"float({name}({', '.join(self.show(a)[0] for a in node.args)}))", CALL
        return super().show(node, line)

    def operation(self, row: Operation, args: tuple[Node, ...]) -> tuple[str, int]:
        if row.name == "where":
            condition, a, b = (self.show(arg)[0] for arg in args)
            return f"({a} if {condition} else {b})", CALL
        return super().operation(row, args)


def _at_each(node: Node, args: Sequence[Sequence[Node]], dimension: int) -> list[Node]:
    """The operation at each coordinate. A square is a product, which is faster than a power and rounds as arrays do."""
    assert node.operation is not None
    if node.operation.name == "norm":
        return [Node(OPERATIONS["sqrt"], (reduce(lambda a, b: a + b, [x * x for x in args[0]]),))]
    if node.operation.precedence in (SUM, PRODUCT) and not node.scalar:
        args = [[_as_float(n) for n in a] for a in args]
    each = [[a[i % len(a)] for a in args] for i in range(1 if node.scalar else dimension)]
    if node.operation.name == "power" and node.args[1].value == 2 and not node.scalar:
        return [base * base for base, _ in each]
    return [Node(node.operation, tuple(a), call=node.call) for a in each]


def _as_float(node: Node) -> Node:
    """A whole constant as a float, with which Python computes faster."""
    whole = isinstance(node.value, int) and abs(node.value) < 2**53
    return Node(value=float(node.value)) if whole and node.value is not None else node


def _rank(node: Node) -> int:
    """0 for what stays as it is in a run, 1 for what changes from step to step, 2 for a coordinate."""
    return node.moving if node.scalar else 2


def _is_float(node: Node) -> bool:
    """True if the value is certainly a float; an int, a complex number or a bool may hide in the others."""
    if node.operation is None:
        return not node.scalar or isinstance(node.value, float)
    name, args = node.operation.name, node.args
    if name in ("add", "subtract", "multiply", "divide"):
        some_complex = any(_may_be_complex(a) for a in args)
        return any(_is_float(a) for a in args) and not some_complex
    if name == "power":
        return _is_float(args[0]) and isinstance(args[1].value, int)
    if name in ("where", "maximum", "minimum"):
        return all(_is_float(a) for a in args[-2:])
    return name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh") or (
        name in ("negative", "abs", "sign") and _is_float(args[0])
    )


def _may_be_complex(node: Node) -> bool:
    """A power with a fraction as exponent, somewhere inside."""
    powers = (n for n in reachable(node) if n.operation and n.operation.name == "power")
    return any(not n.scalar and not isinstance(n.args[1].value, int) for n in powers)


def real(value: Any) -> float:
    """A Python float, whatever the arithmetic made of one.

    Raises:
        ValueError: it is complex, such as Python's (-1.0) ** 0.5, where an array has NaN.
    """
    if isinstance(value, complex):
        raise ValueError("a negative number has no real root")
    return float(value)
