"""Mistakes are planted in every step of every derivation, and each is refused.

A mistake in a line must be refused by that line's own check, or, where the line is a definition or asks for less
than it shows, by the check of a line that goes on from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from mutants import differs, mutants

from optiviz.derive import Check, Step, derive, names
from optiviz.derive.checks import Affine
from optiviz.derive.written import Written


def is_refused(check: Check, after: Written) -> bool:
    try:
        check.confirm(after)
    except ValueError:
        return True
    return False


def survives(step: Step, wrong: Written, others: tuple[Step, ...]) -> bool:
    """Whether the wrong formula would pass in the place of the step's, and is not the same in disguise."""
    if is_refused(step.check, wrong):
        return False
    instead: Any = SimpleNamespace(after=wrong, subject=step.subject)  # a Step could not be made of it
    users = (other for other in others if other.check.of is step)
    if any(is_refused(replace(user.check, of=instead), user.after) for user in users):
        return False
    return differs(step.after, wrong)


def planted(name: str) -> Iterator[tuple[Step, str, Written]]:
    return ((step, word, wrong) for step in derive(name).steps for word, wrong in mutants(step.after))


def survivors(name: str, every: int, first: int) -> tuple[int, list[str]]:
    chosen = [*planted(name)][first::every]
    steps = derive(name).steps
    return len(chosen), [f"{word}: {wrong}" for step, word, wrong in chosen if survives(step, wrong, steps)]


@pytest.mark.parametrize("name", names())
def test_a_few_mistakes_are_refused(name):
    _, found = survivors(name, every=80, first=3)
    assert found == []


@pytest.mark.proof
def test_many_mistakes_are_refused():
    results = [survivors(name, every=11, first=0) for name in names()]
    assert sum(count for count, _ in results) > 400
    assert [mistake for _, found in results for mistake in found] == []


def steps_with(kind: type) -> list[Step]:
    return [step for name in names() for step in derive(name).steps if isinstance(step.check, kind)]


def test_what_is_said_of_dropped_constants_is_checked():
    """The scale and the shift are shown, so mistakes in them are refused, too."""
    for step in steps_with(Affine):
        for field in ("scale", "shift"):
            for _, wrong in [*mutants(getattr(step.check, field))][:4]:
                if differs(getattr(step.check, field), wrong):
                    assert is_refused(replace(step.check, **{field: wrong}), step.after), (field, str(wrong))


def test_the_wrong_sign_is_refused():
    opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
    signed = [step for name in names() for step in derive(name).steps if step.sign]
    assert len(signed) > 10
    for step in signed:
        assert is_refused(replace(step.check, sign=opposite[step.sign]), step.after)
