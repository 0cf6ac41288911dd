"""Derivations: every step is confirmed, no confirmation gets weaker, and what is wrong is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from examples import every

from optiviz.derive import Derivation, Grade, Refused, derive, names
from optiviz.derive.rewriting import walk
from optiviz.derive.written import Letter

GOLDEN = Path(__file__).parent / "golden" / "derivations.json"


@pytest.fixture(scope="module", params=every(2, names()))
def derivation(request) -> Derivation:
    return derive(request.param)


def lines(derivation: Derivation) -> list[str]:
    return [str(step) for step in derivation.steps]


def test_the_steps_and_how_sure_they_are(derivation):
    """What is in the golden file is what was agreed on: a formula that changes or a grade that falls shows here."""
    assert lines(derivation) == json.loads(GOLDEN.read_text(encoding="utf-8"))[derivation.name]


def test_a_derivation_and_its_lines_are_short_in_a_prompt(derivation):
    weakest = min((step.verdict for step in derivation.steps), key=lambda verdict: verdict.grade)
    assert repr(derivation) == f"<{derivation.name}: {len(derivation.steps)} lines, {weakest}>"
    assert all(repr(step) == f"<{step}>" for step in derivation.steps)


def test_a_derivation_can_be_read(derivation):
    assert derivation.title and derivation.summary.endswith(".") and derivation.source
    for step in derivation.steps:
        assert re.fullmatch(r"\S.{20,}\.", step.reason, re.DOTALL), step.reason
        assert step.rule


def test_what_is_defined_is_used(derivation):
    """A definition is confirmed by nothing, so something must be made of it."""
    for step in derivation.steps:
        if step.verdict.grade is Grade.DEFINITION:
            assert any(other.check.of is step for other in derivation.steps)


def test_the_legend_knows_every_letter(derivation):
    known = {str(letter) for letter, _ in derivation.legend}
    for step in derivation.steps:
        assert {str(part) for part in walk(step.after) if isinstance(part, Letter)} <= known
    assert all(meaning for _, meaning in derivation.legend)


def test_an_unknown_derivation_proposes_the_nearest():
    with pytest.raises(LookupError, match="did you mean"):
        derive("bcee")


def test_a_wrong_step_shows_where(derivation):
    step = next(step for step in derivation.steps if step.before is not None)
    with pytest.raises(Refused):
        step.check.confirm(step.after + 1)
