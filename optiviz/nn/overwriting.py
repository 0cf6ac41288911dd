"""Which arrays may be written over, since nobody reads them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from optiviz.nn.executor import Call
from optiviz.nn.memory import Shape

__all__ = ["Overwriting"]


class Overwriting:
    """For each call: may it write its output over its input, and the gradient of that over the one it is given?"""

    def __init__(
        self,
        calls: Sequence[Call],
        shapes: Mapping[int, Shape],
        inputs: Sequence[int],
        outputs: Sequence[int],
        training: bool,
    ) -> None:
        self.readers: dict[int, list[Call]] = defaultdict(list)
        for call in calls:
            for v in call.inputs:
                self.readers[v].append(call)
        self.outputs = set(outputs)
        self._root: dict[int, int] = {v: v for v in inputs}
        self._over: set[int] = set()  # outputs that are written over inputs
        closed = set(inputs)  # roots that must stay as they are
        for call in calls:
            v = call.inputs[0]
            if len(call.inputs) > 1:
                self._root[call.output] = call.output
            elif call.layer.passes_on == "view" and not (training and call.layer.draws):
                self._root[call.output] = self._root[v]
            elif shapes[v] == shapes[call.output] and self._is_free(call, v, closed, training):
                self._root[call.output] = self._root[v]
                self._over.add(call.output)
            else:
                self._root[call.output] = call.output
            root = self._root[call.output]
            if call.output in self.outputs or len(self.readers[call.output]) > 1:
                closed.add(root)
            if training and "y" in call.layer.reads:
                closed.add(root)
            if training and "x" in call.layer.reads:
                closed.update(self._root[u] for u in call.inputs)

    def _is_free(self, call: Call, v: int, closed: set[int], training: bool) -> bool:
        reads_x = training and "x" in call.layer.reads
        return not reads_x and self._root[v] not in closed

    def reads_alone(self, call: Call) -> bool:
        """Does no other call read its input?"""
        return len(self.readers[call.inputs[0]]) == 1

    def root(self, v: int) -> int:
        """The value at whose place v lies."""
        return self._root[v]

    def x(self, call: Call) -> bool:
        """May the call write its output over its input?"""
        return call.output in self._over

    def dy(self, call: Call) -> bool:
        """May the call write over the gradient of its output?"""
        return self._is_own(call.output)

    def _is_own(self, v: int) -> bool:
        """Is the gradient of v an array that belongs to v alone?"""
        return all(
            reader.layer.passes_on == "" or (reader.layer.passes_on == "view" and self._is_own(reader.output))
            for reader in self.readers[v]
        )
