"""What comes of a check: a step is refused, or confirmed and graded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Grade", "Refused", "Verdict"]


class Refused(ValueError):
    """A step is wrong, or cannot be confirmed; the message shows where the two sides differ."""


class Grade(IntEnum):
    """How sure a step is, the surest last."""

    PROVED_AT_SIZES = 1
    """Proved by algebra with sums written out, for each small size."""
    PROVED = 2
    """Proved by algebra for all sizes; where there are corners, for each case that points on their sides show."""
    DEFINITION = 3
    """There is nothing to prove."""


@dataclass(frozen=True)
class Verdict:
    """How a step was confirmed, for the reader."""

    grade: Grade
    note: str = ""

    def __str__(self) -> str:
        name = {
            Grade.PROVED_AT_SIZES: "proved at",
            Grade.PROVED: "proved",
            Grade.DEFINITION: "definition",
        }[self.grade]
        return f"{name} {self.note}".strip()

    @classmethod
    def weakest(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """What holds of all of them."""
        return min(verdicts, key=lambda verdict: verdict.grade)
