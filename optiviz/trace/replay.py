"""The speed: a traced rule run in place over large arrays, one cache-sized block at a time.

Called plainly, a rule makes a new array for every operation; on a million weights they leave the cache
and cost more than the arithmetic. The replay writes the same operations, in the same order, as the
source of a Python function that works on blocks: into a few scratch blocks and, where nothing reads the
old value any more, straight into theta and the slots. What has no coordinates is computed once a step,
as a Python float. `print(Replay(trace, ...).source)` shows it.
"""

from __future__ import annotations

import keyword
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.threads import side_by_side, threads_here
from optiviz.trace.merged import merged
from optiviz.trace.node import Node, as_node, reachable
from optiviz.trace.operations import BY_UFUNC, CALL, COMPARE, OPERATIONS
from optiviz.trace.record import Trace

__all__ = ["BLOCK", "Replay", "without_gaps"]

Array = npt.NDArray[Any]

BLOCK = 49_152
"""Coordinates per block: theta, g, two slots and a scratch block in float32 fill a MB, a core's own cache."""

FEW = 8
"""Blocks that are not worth a thread of their own."""


class Replay:
    """An elementwise trace whose outputs become the new values of `targets`, block by block.

    A target that is an input is updated in place; any other is an array that is only written. With
    `regroup=False` the replay performs exactly the operations of a call. With `regroup=True` a division by
    a number becomes a multiplication and consecutive factors are merged: faster, and a few ulp away.
    """

    def __init__(self, trace: Trace, targets: Sequence[str], *, regroup: bool = False) -> None:
        outputs = _regroup(trace.outputs) if regroup else trace.outputs
        equal = merged(*outputs)
        outputs = [equal[node.order] for node in outputs]
        writer = _Writer(trace, outputs, tuple(targets))
        self.source = writer.source()
        self._largest, self._rooms = BLOCK, len(writer.scratch)
        self._own = threading.local()  # two threads that step by one rule share no scratch
        exec(compile(self.source, f"<replay of {trace.name}>", "exec"), writer.names)
        self._run: Callable[..., dict[str, float]] = writer.names["replay"]

    def __call__(self, *arguments: Any) -> dict[str, float]:
        """Update the targets; return the new values of those that have no coordinates.

        Args:
            arguments: the inputs in order, the first of them an array, then the targets that are none. Arrays
                have one shape, one dtype and one layout without gaps; the others are Python numbers.
        """
        flat = arguments
        if arguments[0].ndim > 1:
            flat = tuple(v.ravel("K") if isinstance(v, np.ndarray) else v for v in arguments)
        blocks = -(-flat[0].size // self._largest) or 1
        block = -(-flat[0].size // blocks) + 7 & -8 or 8  # blocks of one size, none of them a remainder
        shares = min(threads_here(), blocks // FEW) if blocks >= 2 * FEW else 1
        if shares == 1:
            return self._run(block, self._scratch(flat[0].dtype, block), *flat)

        def run(part: slice) -> dict[str, float]:
            some = (v[part] if isinstance(v, np.ndarray) else v for v in flat)
            return self._run(block, self._scratch(flat[0].dtype, block), *some)

        each = -(-blocks // shares) * block
        parts = [slice(i * each, (i + 1) * each) for i in range(shares)]
        return side_by_side([partial(run, part) for part in parts])[0]

    def along_runs(self, *arguments: Any) -> dict[str, float]:
        """The same where what has no coordinates may be an array (n, 1), a number for each of n runs (n, d)."""
        first = arguments[0]
        return self._run(len(first), np.empty((self._rooms, *first.shape), first.dtype), *arguments)

    def _scratch(self, dtype: np.dtype[Any], size: int) -> Array:
        kept: Array | None = getattr(self._own, dtype.char, None)
        if kept is None or kept.shape[1] < size:
            kept = np.empty((self._rooms, size), dtype)
            setattr(self._own, dtype.char, kept)
        return kept


def without_gaps(array: Array) -> bool:
    """Does it fill its memory, row by row or (as many points whose coordinates lie together) column by column?"""
    return array.flags.forc or np.moveaxis(array, -1, 0).flags.c_contiguous


class _Writer:
    """Writes the source: which operation, and where each value lives."""

    def __init__(self, trace: Trace, outputs: Sequence[Node], targets: tuple[str, ...]) -> None:
        self.trace, self.outputs, self.targets = trace, outputs, targets
        self.names: dict[str, Any] = {"np": np, "over": _over}
        names = dict.fromkeys((*trace.inputs, *targets))
        self.variable = {name: name + "_" * (name in _TAKEN or name[:1] == "_") for name in names}
        self.wide = [name for name in names if name not in trace.inputs or not trace.inputs[name].scalar]
        self.nodes = reachable(*outputs)
        self.text: dict[int, str] = {}  # how a node is written, by its order
        self.scratch: list[str] = []
        self.numbers: dict[str, str] = {}  # the arrays () of what has no coordinates, by its text

    def source(self) -> str:
        once = [line for n in self.nodes if n.scalar for line in self.scalar(n)]
        block = self.block()
        wide = [self.variable[name] for name in self.wide]
        arguments = [f"_all_{v}" if v in wide else v for v in self.variable.values()]
        narrow = [
            f"{name!r}: {self.text[node.order]}"
            for name, node in zip(self.targets, self.outputs, strict=True)
            if name not in self.wide
        ]
        head = [
            *once,
            *(f"{n} = np.array({text}, _all_{wide[0]}.dtype)" for text, n in self.numbers.items()),
            f"for _start in range(0, len(_all_{wide[0]}), _block):",
            "    _part = slice(_start, _start + _block)",
            *(f"    {v} = _all_{v}[_part]" for v in wide),
            *(f"    {s} = _scratch[{i}][: len({wide[0]})]" for i, s in enumerate(self.scratch)),
        ]
        body = [*head, *(f"    {line}" for line in block), f"return {{{', '.join(narrow)}}}"]
        first = f"def replay(_block, _scratch, {', '.join(arguments)}):"
        return "\n".join([first, *(f"    {line}" for line in body), ""])

    def scalar(self, node: Node) -> list[str]:
        """A value without coordinates: its name or number, or the line that computes it."""
        if node.operation is None:
            self.text[node.order] = self.variable[node.name] if node.name else repr(node.value)
            if node.value is not None and node.value < 0:
                self.text[node.order] = f"({node.value!r})"
            return []
        self.text[node.order] = name = f"_c{sum(t.startswith('_c') for t in self.text.values())}"
        arguments = [self.text[a.order] for a in node.args]
        if node.call is node.operation.point and node.operation.precedence < CALL:
            return [f"{name} = {node.operation.python.format(*arguments)}"]
        if node.call is np.divide:
            return [f"{name} = over({', '.join(arguments)})"]
        function = f"_{node.operation.name}{name}"
        self.names[function] = _on_numbers(node)
        return [f"{name} = {function}({', '.join(arguments)})"]

    def block(self) -> list[str]:
        """The array operations of one block, each with the place of its result."""
        work = [n for n in self.nodes if n.operation and not n.scalar]
        last_read = {a.order: i for i, node in enumerate(work) for a in node.args}
        last_read |= {node.order: len(work) for node in self.outputs}
        lines = []
        old: dict[str, int] = {}  # the node that a target's block holds before the update
        for node in self.nodes:
            if node.operation is None and not node.scalar:
                self.text[node.order] = self.variable[node.name]
                old[node.name] = node.order
        for name, node in self.pairs():
            if node.order in old.values() and node.name != name and node.name in self.targets:
                self.text[node.order] = copy = self.new_scratch()  # an old value that moves to another slot
                lines.append(f"np.copyto({copy}, {self.variable[node.name]})")

        goal: dict[int, str] = {}
        for name, node in self.pairs():
            goal.setdefault(node.order, name)
        due = {goal[node.order]: i for i, node in enumerate(work) if node.order in goal}
        free: list[str] = []
        for i, node in enumerate(work):
            read = [self.text[a.order] for a in node.args]
            for a in {a.order: a for a in node.args}.values():
                if last_read[a.order] == i and a.operation and self.text[a.order] in self.scratch:
                    free.append(self.text[a.order])
            target = goal.get(node.order, "")
            if node.operation and node.operation.precedence == COMPARE:
                self.text[node.order] = f"_b{i}"  # a mask: NumPy makes a new array of bool for it
            elif target and last_read.get(old.get(target, -1), -1) <= i:
                self.text[node.order] = self.variable[target]
            elif lent := self.lent(node, i, old, due, last_read):
                self.text[node.order] = self.variable[lent]
                old[lent] = node.order
            else:
                self.text[node.order] = free.pop() if free else self.new_scratch()
            lines += self.instruction(node, read, self.text[node.order])
        moves = [(self.variable[name], self.text[node.order]) for name, node in self.pairs()]
        return lines + [f"np.copyto({name}, {value})" for name, value in moves if name != value]

    def lent(self, node: Node, i: int, old: dict[str, int], due: dict[str, int], last_read: dict[int, int]) -> str:
        """The target whose block may hold `node`, which reads it last, until the target's new value is due."""
        read = {a.order for a in node.args}
        for name, at in due.items():
            if old.get(name) in read and last_read[old[name]] == i < at and last_read[node.order] <= at:
                return name
        return ""

    def pairs(self) -> list[tuple[str, Node]]:
        """The targets that have coordinates, each with the node of its new value."""
        both = zip(self.targets, self.outputs, strict=True)
        return [(name, node) for name, node in both if name in self.wide]

    def new_scratch(self) -> str:
        self.scratch.append(f"_s{len(self.scratch)}")
        return self.scratch[-1]

    def instruction(self, node: Node, read: list[str], out: str) -> list[str]:
        assert node.operation is not None
        name = node.operation.name
        if name == "where":
            return [f"np.copyto({out}, np.where({', '.join(read)}))"]
        if name == "power" and node.args[1].value == 2:
            return [self.ufunc(np.square, read[0], out)]
        if name == "power" and node.args[1].scalar and node.call is not np.power:
            # x **= p takes the short cuts that x ** p takes; np.power(x, p) takes others.
            copied = [f"np.copyto({out}, {read[0]})"] if out != read[0] else []
            return [*copied, f"{out} **= {read[1]}"]
        arrays = ", ".join(self.number(text) if a.scalar else text for a, text in zip(node.args, read, strict=True))
        ufunc = node.operation.ufunc
        assert ufunc is not None
        if node.operation.precedence == COMPARE:
            return [f"{out} = {self.ufunc(ufunc, arrays)}"]
        return [self.ufunc(ufunc, arrays, out)]

    def ufunc(self, ufunc: np.ufunc, arguments: str, out: str = "") -> str:
        """A call whose result goes to `out`: by position, which saves a sixth of a short call where NumPy allows it."""
        self.names[ufunc.__name__] = ufunc
        by_name = "out=" * bool(out and ufunc in (np.maximum, np.minimum))
        return f"{ufunc.__name__}({arguments}{out and ', '}{by_name}{out})"

    def number(self, text: str) -> str:
        """A number as an array (): converting a Python number would cost a ufunc more than a small block does."""
        return self.numbers.setdefault(text, f"_n{len(self.numbers)}")


_TAKEN = {
    "np",
    "over",
    "range",
    "slice",
    "len",
    "square",
    *(ufunc.__name__ for ufunc in BY_UFUNC),
    *keyword.kwlist,
}


def _over(a: Any, b: Any) -> Any:
    """a / b; where Python's floats would raise, what NumPy makes of it."""
    return a / b if isinstance(b, np.ndarray) or b else _number(np.divide(a, b))


def _on_numbers(node: Node) -> Callable[..., Any]:
    """An operation on Python floats, or on arrays (n, 1) of a number for each run."""
    operation = node.operation
    assert operation is not None and node.call is not None
    call, ufunc = node.call, operation.ufunc or np.where

    def result(*values: Any) -> Any:
        return _number((ufunc if any(map(np.ndim, values)) else call)(*values))

    return result


def _number(value: Any) -> Any:
    return value if np.ndim(value) else float(value)


def _regroup(outputs: Sequence[Node]) -> list[Node]:
    """The same values with every chain of scalar factors, such as lr * m / (1 - beta1**t), made one."""
    split: dict[int, tuple[Node | None, Node]] = {}
    joined: dict[int, Node] = {}

    def whole(node: Node) -> Node:
        if node.order not in joined:
            factor, rest = split[node.order]
            joined[node.order] = rest if factor is None else factor * rest
        return joined[node.order]

    def product(a: Node | None, b: Node | None) -> Node | None:
        return a * b if a is not None and b is not None else a if b is None else b

    for node in reachable(*outputs):
        factor, rest = None, node
        if node.operation and not node.scalar:
            name, args = node.operation.name, node.args
            if name == "multiply" and args[0].scalar:
                factor, rest = split[args[1].order]
                factor = product(whole(args[0]), factor)
            elif name == "multiply" and args[1].scalar:
                factor, rest = split[args[0].order]
                factor = product(factor, whole(args[1]))
            elif name == "divide" and args[1].scalar:
                factor, rest = split[args[0].order]
                over = as_node(1) if factor is None else factor
                factor = Node(OPERATIONS["divide"], (over, whole(args[1])), call=np.divide)  # 1 / 0 is inf here too
            elif name == "divide" and not args[0].scalar:
                factor, rest = split[args[0].order]
                rest = rest / whole(args[1])
            else:
                rest = Node(node.operation, tuple(whole(a) for a in args), call=node.call)
        split[node.order] = (factor, rest)
    return [whole(node) for node in outputs]
