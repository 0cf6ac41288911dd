"""The checks of what is no equation between two formulas: a constraint, an inequality, a minimum at a corner."""

from __future__ import annotations

from dataclasses import dataclass

from optiviz.derive.corners import confirm_smallest
from optiviz.derive.functions import number
from optiviz.derive.proof import confirm_equivalent
from optiviz.derive.rewriting import free_letters
from optiviz.derive.step import Check, Equation
from optiviz.derive.verdict import Refused, Verdict
from optiviz.derive.written import Compare, Letter, Written

__all__ = ["Equivalent", "Lagrangian", "Smallest"]


@dataclass(frozen=True, eq=False)
class Lagrangian(Check):
    """The formula plus a multiplier times what a constraint says is zero."""

    rule = "add the constraint with a multiplier"
    multiplier: Letter
    constraint: Written

    def claims(self, after: Written) -> list[Equation]:
        if self.multiplier in free_letters(self.source) | free_letters(self.constraint):
            raise Refused(f"{self.multiplier} is in use")
        return [(self.source + self.multiplier * self.constraint, after)]

    def via(self, subject: Written) -> Written | None:
        return subject + self.multiplier * self.constraint


@dataclass(frozen=True, eq=False)
class Smallest(Check):
    """Where a convex formula made of straight pieces is smallest: at a corner, which is no matter of calculus."""

    rule = "compare the corners"
    unknown: Letter

    def left(self) -> Written | None:
        return self.unknown

    def confirm(self, after: Written) -> Verdict:
        return confirm_smallest(self.source, self.unknown, after)


@dataclass(frozen=True, eq=False)
class Equivalent(Check):
    """A condition that holds exactly where the formula is `relation` (`<`, `<=`, `>`, `>=`) zero."""

    rule = "solve the inequality"
    relation: str

    def left(self) -> Written | None:
        subject = self.of.subject if self.of else None
        return subject and Compare(self.relation, (subject, number(0)))

    def confirm(self, after: Written) -> Verdict:
        return confirm_equivalent(Compare(self.relation, (self.source, number(0))), after)
