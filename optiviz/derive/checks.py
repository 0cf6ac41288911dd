"""The checks: what makes the next line of a derivation follow from the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from optiviz.derive.algebra import has_one_root
from optiviz.derive.corners import confirm_at_corners
from optiviz.derive.functions import derivative, log, number, sqrt
from optiviz.derive.proof import confirm_sign
from optiviz.derive.rewriting import (
    Replacements,
    combined,
    expanded,
    mentioned,
    named_at,
    replaced,
    stem,
    walk,
)
from optiviz.derive.sides import domain_of, within
from optiviz.derive.step import Check, Equation, Step, is_smooth
from optiviz.derive.verdict import Grade, Refused, Verdict
from optiviz.derive.written import Compare, Derivative, Element, Family, Letter, Operation, Written

__all__ = [
    "Abbreviate",
    "Affine",
    "ByName",
    "Combined",
    "Definition",
    "DerivativeOf",
    "Equal",
    "LogOf",
    "PartOf",
    "Put",
    "RootOf",
    "origin",
]


def _no_facts(_: Written) -> tuple[Compare, ...]:
    return ()


@dataclass(frozen=True, eq=False)
class Definition(Check):
    """What the derivation begins with. Facts about it, if it has any, are confirmed and shown."""

    rule = "definition"
    of: Step | None = None
    known: Callable[[Written], tuple[Compare, ...]] = _no_facts

    def facts(self, after: Written) -> tuple[Compare, ...]:
        return self.known(after)

    def claims(self, after: Written) -> list[Equation]:
        return [(fact.args[0], fact.args[1]) for fact in self.facts(after)]

    def confirm(self, after: Written) -> Verdict:
        return super().confirm(after) if self.facts(after) or self.sign else Verdict(Grade.DEFINITION)


@dataclass(frozen=True, eq=False)
class Equal(Check):
    """The same in another form."""

    def claims(self, after: Written) -> list[Equation]:
        return [(self.source, after)]

    def left(self) -> Written | None:
        return None if self.of is None else self.of.subject


def origin(step: Step) -> Step:
    """The step where a chain of equal forms begins."""
    while isinstance(step.check, Equal) and step.check.of is not None:
        step = step.check.of
    return step


@dataclass(frozen=True, eq=False)
class Abbreviate(Equal):
    """The same with letters in place of parts, each of which equals what its letter is defined as."""

    rule = "name the parts"
    letters: Mapping[Written, Letter]

    def claims(self, after: Written) -> list[Equation]:
        definitions = [(part, letter) for part, letter in self.letters.items()]
        return [*definitions, (replaced(self.source, self.letters), after)]


@dataclass(frozen=True, eq=False)
class ByName(Equal):
    """The same with the name of an earlier line in place of its formula."""

    rule = "by its name"
    line: Step

    def claims(self, after: Written) -> list[Equation]:
        if self.line.left is None:
            raise TypeError("ByName wants a line that has a name")
        return [(replaced(self.source, {self.line.after: self.line.left}), after)]


@dataclass(frozen=True, eq=False)
class LogOf(Check):
    """The logarithm, which grows with its argument and so keeps the place of the maximum."""

    rule = "take the logarithm"

    def claims(self, after: Written) -> list[Equation]:
        return [(log(self.source), after)]

    def via(self, subject: Written) -> Written | None:
        return log(subject)


@dataclass(frozen=True, eq=False)
class Combined(Check):
    """`scale` times the formula plus `shift`, as the line shows; it does not say that an optimum stays where it is."""

    rule = "combine"
    scale: Written
    shift: Written

    def claims(self, after: Written) -> list[Equation]:
        return [(self.scale * self.source + self.shift, after)]

    def via(self, subject: Written) -> Written | None:
        return combined(subject, self.scale, self.shift)


@dataclass(frozen=True, eq=False)
class Affine(Combined):
    """The same where neither `scale` nor `shift` knows the parameters: the optimum does not move."""

    rule = "drop constants"
    parameters: tuple[Written, ...]
    scale_sign: str = ">"

    def confirm(self, after: Written) -> Verdict:
        if not self.parameters:
            raise Refused(
                "the optimum over what? Give the parameters, or use Combined, which says nothing of an optimum"
            )
        if self.scale_sign not in ("<", ">"):
            raise Refused(f"a scale that may be zero moves the optimum; the scale is < or > 0, not {self.scale_sign} 0")
        for constant in (self.scale, self.shift):
            if moved := [p for p in self.parameters if stem(p) in mentioned(constant)]:
                raise Refused(f"{constant} depends on {moved[0]}, so the optimum could move")
        return Verdict.weakest([super().confirm(after), confirm_sign(self.scale, self.scale_sign)])


@dataclass(frozen=True, eq=False)
class DerivativeOf(Check):
    """The derivative by a letter or an element; at a corner, the value between its slopes that is agreed on."""

    rule = "differentiate"
    by: Written
    at_corner: Written | None = None

    def claims(self, after: Written) -> list[Equation]:
        return [(derivative(self.source, self.by), after)]

    def left(self) -> Written | None:
        subject = self.of.subject if self.of else None
        if subject is None:
            return None
        if stem(self.by) not in mentioned(subject):
            raise Refused(f"{subject} does not show {self.by}, so no derivative of it is by that")
        if isinstance(subject, Derivative) and subject.args[1] == self.by:
            return Derivative(subject.order + 1, subject.args)
        return Derivative(1, (subject, self.by))

    def confirm(self, after: Written) -> Verdict:
        for part in walk(expanded(self.source)):
            if isinstance(part, Element) and part.family.depends_on == stem(self.by):
                raise Refused(f"{part} depends on {self.by} in a way that is not said")
        verdict = super().confirm(after)
        confirm_at_corners(self.source, self.by, after, self.at_corner)
        return verdict


@dataclass(frozen=True, eq=False)
class RootOf(Check):
    """The only place, of a letter, an element or the square of a positive letter, where the formula is zero."""

    rule = "set to zero and solve"
    unknown: Written

    def claims(self, after: Written) -> list[Equation]:
        letter, root = self.unknown, after
        if isinstance(letter, Operation):
            letter, root = letter.args[0], sqrt(after)
        return [(replaced(self.source, {letter: root}), number(0))]

    def left(self) -> Written | None:
        return self.unknown

    def confirm(self, after: Written) -> Verdict:
        if any(part == self.unknown for part in walk(after)):
            raise Refused(f"{after} still has {self.unknown} in it")
        verdict = super().confirm(after)
        if not has_one_root(self.source, self.unknown):
            raise Refused(f"{self.source} = 0 may have more than one solution for {self.unknown}")
        return verdict


@dataclass(frozen=True, eq=False)
class Put(Check):
    """The formula with something put in the place of letters; of a derivative, its value there.

    What a letter may not stand for is put into the formula as it was defined, for what that was turned into may be
    right for that letter only. If it was differentiated, the edge of what the letter may stand for will do, where all
    is continuous.
    """

    rule = "substitute"
    values: Replacements

    def left(self) -> Written | None:
        return None if self.of is None else named_at(self.of.subject, self.of.after, self.values)

    def claims(self, after: Written) -> list[Equation]:
        return [(replaced(self._formula(), self.values, capture=True), after)]

    def _formula(self) -> Written:
        outside = [key for key, put in self.values.items() if not within(key, put)]
        if self.of is None or not outside:
            return self.source
        begun = origin(self.of)
        if isinstance(begun.check, Definition):
            return begun.after
        for key in outside:
            if not within(key, self.values[key], edge=True) or not is_smooth(begun):
                name = key.name if isinstance(key, Family) else key
                raise Refused(f"{name} may not stand for that: it is {domain_of(key).text}")
        return self.source


@dataclass(frozen=True, eq=False)
class PartOf(Check):
    """What is left of a sum without `rest`, as the line shows."""

    rule = "take one term"
    rest: Written

    def claims(self, after: Written) -> list[Equation]:
        return [(self.source, self.rest + after)]

    def via(self, subject: Written) -> Written | None:
        return subject - self.rest
