"""Mistakes are planted in every step of every derivation, and each is refused.

A mistake in a line must be refused by that line's own check, or, where the line is a definition or asks for less
than it shows, by the check of a line that goes on from it. A wrong name for a line must be refused there or at a later
line, when the derivation is told anew with that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from examples import every
from mutants import differs, misnomers, mutants

from optiviz.derive import Check, Step, derive, names
from optiviz.derive.checks import Affine
from optiviz.derive.derivation import Story, story
from optiviz.derive.written import Number, Written


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
    instead: Any = SimpleNamespace(after=wrong, subject=step.subject, check=step.check)  # no Step could be made of it
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


class Misnamed(Story):
    """A story in which one line gets another name than it is given."""

    def __init__(self, line: int, wrong: Written) -> None:
        super().__init__()
        self.line, self.wrong = line, wrong

    def step(self, after, check, reason, *, left=None, rule=""):
        left = self.wrong if len(self.steps) == self.line else left
        return super().step(after, check, reason, left=left, rule=rule)


def is_told(name: str, line: int, wrong: Written) -> bool:
    try:
        story(name)(Misnamed(line, wrong))
    except ValueError:
        return False
    return True


def is_true(name: str, line: int, wrong: Written) -> bool:
    """Whether the line is that by right: it is a number, or another line that has the name says the same."""
    steps = derive(name).steps
    same = [wrong] if isinstance(wrong, Number) else [step.after for step in steps if str(step.left) == str(wrong)]
    return any(not differs(formula, steps[line].after) for formula in same)


def misnamed(name: str, every: int, first: int) -> tuple[int, list[str]]:
    """How many wrong names were given, and those that a derivation was told with to its end."""
    chosen = [*misnomers(derive(name))][first::every]
    told = [one for one in chosen if is_told(name, one[0], one[2]) and not is_true(name, one[0], one[2])]
    return len(chosen), [f"line {line + 1} of {name}, {word}: {wrong}" for line, word, wrong in told]


@pytest.mark.parametrize("name", every(2, names()))
def test_a_few_wrong_names_are_refused(name):
    _, found = misnamed(name, every=40, first=5)
    assert found == []


@pytest.mark.proof
def test_all_wrong_names_are_refused():
    results = [misnamed(name, every=1, first=0) for name in names()]
    assert sum(count for count, _ in results) > 2000
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
