"""The checks of what a rule does again and again: its closed form, and the equation that ties a few times together."""

from __future__ import annotations

from dataclasses import dataclass, field

from optiviz.derive.checks import Definition, origin
from optiviz.derive.functions import number
from optiviz.derive.rewriting import Replacements, replaced, transformed
from optiviz.derive.step import Check, Equation
from optiviz.derive.written import Compare, Letter, Total, Written

__all__ = ["Induction", "Recursion", "Residual"]


@dataclass(frozen=True, eq=False)
class Recursion(Definition):
    """How a value is made of the one before, time after time; at time 0 it is `start`, which is shown beside it."""

    time: Letter = field(kw_only=True)
    start: Written = field(kw_only=True)

    def agreed(self, left: Written) -> tuple[Compare, ...]:
        first = replaced(left, {self.time: 0})
        return () if str(first) == str(self.start) else (first.equals(self.start),)


@dataclass(frozen=True, eq=False)
class Induction(Check):
    """The closed form of a recursion: right at time 1, and right at t if it is so at t - 1.

    What it goes on from is a recursion, or an equal form of one; `inputs` says what its other letters are, if they are
    known, and then the line is about something new.
    """

    rule = "induction"
    inputs: Replacements = field(default_factory=dict)

    def claims(self, after: Written) -> list[Equation]:
        recursion, name = self._recursion()
        time = recursion.time
        earlier = replaced(after, {time: time - 1}, capture=True)
        update, previous = replaced(self.source, self.inputs), replaced(name, {time: time - 1})
        first = replaced(update, {previous: recursion.start}, capture=True)
        return [
            (replaced(first, {time: number(1)}, capture=True), replaced(after, {time: number(1)}, capture=True)),
            (replaced(update, {previous: earlier}, capture=True), self._last_term_apart(after, time)),
        ]

    def left(self) -> Written | None:
        return None if self.inputs else self._recursion()[1]

    def _recursion(self) -> tuple[Recursion, Written]:
        """How the recursion begins, and what it is about."""
        step = self.of and origin(self.of)
        if step is None or not isinstance(step.check, Recursion) or step.subject is None:
            raise TypeError("Induction goes on from a Recursion that is about something, such as yₜ")
        return step.check, step.subject

    def _last_term_apart(self, after: Written, time: Letter) -> Written:
        def apart(part: Written) -> Written | None:
            if isinstance(part, Total) and part.args[2] == time:
                body, first, last = part.args
                return part.with_args((body, first, last - 1)) + replaced(body, {part.index: last})
            return None

        return transformed(after, apart)


@dataclass(frozen=True, eq=False)
class Residual(Check):
    """What an equation is about minus what it equals, which is zero."""

    rule = "bring to one side"

    def claims(self, after: Written) -> list[Equation]:
        if self.of is None or self.of.subject is None:
            raise TypeError("Residual goes on from a step that is about something")
        return [(self.of.subject - self.source, after)]

    def left(self) -> Written | None:
        return number(0)
