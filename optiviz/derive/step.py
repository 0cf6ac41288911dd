"""A step of a derivation, and what a check of it is.

A check says which equations must hold of the new line (its claims), and they bind everything that the line
shows. It knows the step that it goes on from, so the rules of a derivation cannot be mixed up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from optiviz import handout
from optiviz.derive.proof import confirm, confirm_sign
from optiviz.derive.rewriting import expanded, walk
from optiviz.derive.sides import is_corner
from optiviz.derive.verdict import Verdict
from optiviz.derive.written import Compare, Written

__all__ = ["Check", "Equation", "Step", "is_smooth"]


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One line of a derivation: `left = after`, which follows from an earlier line; there is none that does not.

    Attributes:
        left: what the line is about, such as ℓ(μ) or ∂ℓ/∂μ; None goes on with the line before.
        after: the new formula, as it is shown.
        check: what the line follows from, and how that was confirmed.
        rule: the rule in a few words.
        reason: why it may be applied, in one sentence.
        verdict: how sure the step is, found when it is made.

    Raises:
        Refused: the line does not follow; the message shows a point where it fails.
    """

    left: Written | None
    after: Written
    check: Check
    rule: str
    reason: str
    verdict: Verdict = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", self.check.confirm(self.after))

    @property
    def before(self) -> Written | None:
        """The formula that this one follows from; None for a definition."""
        return self.check.before

    @property
    def sign(self) -> str:
        """`<`, `<=`, `>` or `>=` where the line ends in a comparison with zero that was confirmed, else empty."""
        return self.check.sign

    @property
    def facts(self) -> tuple[Compare, ...]:
        """Equations that were confirmed of a definition, such as that a density integrates to 1."""
        return self.check.facts(self.left or self.after)

    @property
    def agreed(self) -> tuple[Compare, ...]:
        """Equations that belong to a definition, such as where a recursion begins."""
        return () if self.left is None else self.check.agreed(self.left)

    @property
    def via(self) -> Written | None:
        """The line in terms of what the line before is about, such as log L(μ), if that is worth showing."""
        before = None if self.check.of is None else self.check.of.subject
        return None if before is None else self.check.via(before)

    @property
    def subject(self) -> Written | None:
        """What the formula is about: `left`, or that of the line which this one goes on from."""
        return self.left if self.left is not None or self.check.of is None else self.check.of.subject

    def __str__(self) -> str:
        signs = {"<=": " ≤ 0", ">=": " ≥ 0", "<": " < 0", ">": " > 0", "": ""}
        relation = "exactly where" if isinstance(self.after, Compare) else "="
        parts = [str(part) for part in (self.left, self.via) if part is not None]
        beside = [*map(str, (*self.agreed, *self.facts))]
        facts = f"; {', '.join(beside)}" if beside else ""
        begin = f" {relation} ".join([*parts, ""]) if parts else f"{relation} "
        return f"{begin}{self.after}{signs[self.sign]}{facts}   [{self.rule}; {self.verdict}]"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from optiviz.derive.record import step_record

        return handout.line_html(step_record(self))

    def _repr_latex_(self) -> str:
        """What a notebook becomes in print."""
        from optiviz.derive.record import step_record

        return handout.line_latex(step_record(self))


Equation: TypeAlias = tuple[Written, Written]


@dataclass(frozen=True, eq=False)
class Check:
    """What all checks share: the step that they go on from, and a comparison with zero if the new line has one."""

    rule: ClassVar[str] = "rewrite"
    of: Step | None
    sign: str = field(default="", kw_only=True)

    @property
    def before(self) -> Written | None:
        """The formula that the new one follows from."""
        return None if self.of is None else self.of.after

    @property
    def source(self) -> Written:
        """The same, of a check that cannot do without."""
        if self.of is None:
            raise TypeError(f"{type(self).__name__} goes on from a step")
        return self.of.after

    def claims(self, after: Written) -> list[Equation]:
        """The equations that must hold for `after` to follow; there are none if the check confirms in another way."""
        return []

    def facts(self, after: Written) -> tuple[Compare, ...]:
        """Equations about `after`, or about its name, that are shown beside it."""
        return ()

    def agreed(self, left: Written) -> tuple[Compare, ...]:
        """Equations about its name that belong to a definition, such as where a recursion begins."""
        return ()

    def via(self, subject: Written) -> Written | None:
        """The new line in terms of `subject`, what the line before is about; None if that is not worth showing."""
        return None

    def left(self) -> Written | None:
        """What the new line is called, if that follows from what the line before is called; None if it does not."""
        return None

    def confirm(self, after: Written) -> Verdict:
        """How sure it is that `after` follows.

        Raises:
            Refused: it does not; the message shows where.
        """
        verdicts = [confirm(*claim) for claim in self.claims(after)]
        if self.sign:
            verdicts.append(confirm_sign(after, self.sign))
        return Verdict.weakest(verdicts)


def is_smooth(step: Step | None) -> bool:
    """Whether there is no corner in a line, nor in what it follows from."""
    return step is None or (
        not any(is_corner(part) for part in walk(expanded(step.after))) and is_smooth(step.check.of)
    )
