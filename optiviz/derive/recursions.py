"""The checks of what a rule does again and again: its closed form, and the equation that ties a few times together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optiviz.derive.checks import Definition, origin
from optiviz.derive.functions import number
from optiviz.derive.rewriting import Replacements, replaced, transformed
from optiviz.derive.step import Check, Equation
from optiviz.derive.traced import outputs
from optiviz.derive.verdict import Refused, Verdict
from optiviz.derive.written import Compare, Element, Letter, Number, Total, Writable, Written
from optiviz.formula import Formula

__all__ = ["Induction", "Recursion", "Residual"]


@dataclass(frozen=True, eq=False)
class Recursion(Definition):
    """How a value is made of the one before, time after time; what it is at time 0 is shown beside it.

    Where that is any number, `start` is its letter. Where it is a certain one, `start` is the rule that the line is the
    code of, and `inputs` what the code is given: the number is the rule's own.
    """

    time: Letter = field(kw_only=True)
    start: Letter | Element | Formula = field(kw_only=True)
    inputs: Mapping[str, Writable] = field(default_factory=dict, kw_only=True)

    @property
    def first(self) -> Written:
        """The value at time 0."""
        if not isinstance(self.start, Formula):
            return self.start
        (begun,) = self.start.slots.values()
        return number(int(begun))

    def agreed(self, left: Written) -> tuple[Compare, ...]:
        first = replaced(left, {self.time: 0})
        return () if str(first) == str(self.first) else (first.equals(self.first),)

    def confirm(self, after: Written) -> Verdict:
        if isinstance(self.start, Number):
            raise Refused(f"it begins at {self.start} because of what? Give the rule that does so, or a letter")
        if isinstance(self.start, Formula) and after not in outputs(self.start, self.inputs):
            raise Refused(f"{after} is not what the code of {self.start.name} makes of its inputs")
        return super().confirm(after)


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
        first = replaced(update, {previous: recursion.first}, capture=True)
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
