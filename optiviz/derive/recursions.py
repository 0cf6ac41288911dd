"""The checks of what a rule does again and again: its closed form, and the equation that ties a few times together."""

from __future__ import annotations

from dataclasses import dataclass, field

from optiviz.derive.functions import number
from optiviz.derive.rewriting import Replacements, replaced, transformed
from optiviz.derive.step import Check, Equation
from optiviz.derive.written import Letter, Total, Written

__all__ = ["Induction", "Residual"]


@dataclass(frozen=True, eq=False)
class Induction(Check):
    """The closed form of a recursion: right at time 1, and right at t if it is so at t - 1.

    The recursion is the formula of the step; `previous` is what it calls the value before, `start` the value at
    time 0, and `inputs` says what its other letters are.
    """

    rule = "induction"
    time: Letter
    previous: Written
    start: Written
    inputs: Replacements = field(default_factory=dict)

    def claims(self, after: Written) -> list[Equation]:
        earlier = replaced(after, {self.time: self.time - 1}, capture=True)
        first = replaced(self._following(self.start), {self.time: number(1)}, capture=True)
        return [
            (first, replaced(after, {self.time: number(1)}, capture=True)),
            (self._following(earlier), self._last_term_apart(after)),
        ]

    def _following(self, value: Written) -> Written:
        return replaced(replaced(self.source, self.inputs), {self.previous: value}, capture=True)

    def _last_term_apart(self, after: Written) -> Written:
        def apart(part: Written) -> Written | None:
            if isinstance(part, Total) and part.args[2] == self.time:
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
