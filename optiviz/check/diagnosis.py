"""Which mistake was it? The named rule is changed until it goes the student's way.

The catalogue's mistakes are tried one by one, then other rules are asked, then pairs of mistakes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

import optiviz.check.mistakes  # noqa: F401, which fills the catalogue
from optiviz.check.experiments import Params, Played, Run, parting, play
from optiviz.check.mutation import CATALOGUE, Mutant, Rule, heading, mutants
from optiviz.check.sandbox import Submission
from optiviz.dialects import DIALECTS
from optiviz.optimizers import Optimizer
from optiviz.trace import Node, Trace

__all__ = ["Evidence"]

PATIENCE = 1.1
"""Seconds of the processor for which pairs of mistakes are tried."""

NEARLY = (1e-4, 3e-4)
"""How close a rule comes that is right but for its rounding: as a share of its steps, and of theta."""

OUTSIDE = (
    "The same run made twice gives different numbers: the rule remembers something outside of its arguments "
    "(a global variable or a list), or draws random numbers. What it remembers are its arguments with a default."
)
LATE = "The first steps are right, later ones are not: does something depend on t that should not?"
INEXACT = (
    "The first digits agree, the others do not: is something rounded, or float32, or is a number written with "
    "too few digits?"
)

ALONE = ("plus_for_minus", "minus_for_plus")
"""Mistakes that are not looked for in pairs: they can be made in too many places."""


@dataclass(frozen=True)
class Evidence:
    """The named rule, the student's, and what both made of the runs."""

    rule: Rule
    like: Optimizer
    theirs: Submission
    runs: Sequence[Run]
    played: Sequence[Played]
    ours: Sequence[Played]

    @property
    def again(self) -> Played:
        """The first run, as it was when it was made once more."""
        theta = [np.array(value, float).reshape(self.runs[0].theta.shape) for value in self.theirs.again]
        return Played(theta, [], [[] for _ in theta])

    def fits(self, rule: Rule, used: Sequence[int], params: Mapping[int, Params] | None = None) -> bool:
        """Does the rule go the student's way in all these runs?"""
        for i in used:
            run, came = self.runs[i], self.played[i].theta
            for steps in (1, len(run.params)):  # most part in their first step
                theta = play(rule, run, params[i] if params else None, steps).theta
                if parting(run, theta, came[:steps]):
                    return False
        return True

    def mistake(self, used: Sequence[int], notes: list[str]) -> tuple[str, str, str]:
        """The name of the likeliest mistake, what is wrong, and what to write instead."""
        if not np.array_equal(np.array(self.theirs.again), np.array(self.theirs.runs[0]["theta"]), equal_nan=True):
            return "remembers_outside", OUTSIDE, heading(self.like)
        begun = self._begun_elsewhere(used)
        if begun:
            return begun
        single = next((m for m in self.rule.mutants if self.fits(replace(self.rule, trace=m.trace), used)), None)
        other = self._other_rule([i for i in used if not self.runs[i].slots])
        if single:
            if other:
                notes.append(f"What it does is {_called(other)}.")
            return self._told(single, used[0])
        if other:
            return f"is:{other.name}", f"This is not {self.like.name}: it is {_called(other)}.", self._equations()
        for one, two in self._pairs():
            if self.fits(replace(self.rule, trace=two.trace), used):
                (name, first, _), (other_name, second, _) = (self._told(m, used[0]) for m in (one, two))
                return f"{name} + {other_name}", f"Two mistakes. {first} {second}", self._mended(two.trace)
        if self.runs[used[0]].slots:
            return "late", LATE, self._equations()
        if not any(parting(self.runs[i], self.ours[i].theta, self.played[i].theta, *NEARLY) for i in used):
            return "inexact", INEXACT, self._equations()
        return "", "None of the known mistakes makes these numbers.", self._equations()

    def _begun_elsewhere(self, used: Sequence[int]) -> tuple[str, str, str] | None:
        """Is it the first value of a slot?"""
        others = {
            slot: first
            for slot, first in self.theirs.slots.items()
            if slot in self.like.slots and first != self.like.slots[slot] and not isinstance(first, str)
        }
        first = {**self.rule.first, **{slot: Node(value=value) for slot, value in others.items()}}
        if not others or not self.fits(replace(self.rule, first=first), used):
            return None
        said = [
            f"{slot} begins with {value:g}, {self.like.name}'s with {self.like.slots[slot]}"
            for slot, value in others.items()
        ]
        hint = ", ".join(f"{slot}={self.like.slots[slot]!r}" for slot in others)
        return " + ".join(f"beginning:{slot}" for slot in others), f"{'; '.join(said)}.", hint

    def _pairs(self) -> Iterator[tuple[Mutant, Mutant]]:
        """Two mistakes in one rule, as long as patience lasts."""
        until = time.process_time() + PATIENCE  # on a busy machine no fewer
        names = [name for name in CATALOGUE if name not in ALONE]
        names.sort(key=lambda name: name != "another_number")  # where hyperparameters are missing, it is likely
        known = sorted((m for m in self.rule.mutants if m.kind in names), key=lambda m: names.index(m.kind))
        for later in (True, False):  # the order rarely matters
            for one in known:
                at = names.index(one.kind)
                for two in mutants(replace(self.rule, trace=one.trace), names[at:] if later else names[:at]):
                    if time.process_time() > until:
                        return
                    if one.name != two.name:
                        yield one, two

    def _other_rule(self, used: Sequence[int]) -> Optimizer | None:
        """Another registered rule that goes the student's way."""
        params = {i: self.theirs.params_in(self.runs[i]) for i in used}
        for other in Optimizer.registry.values():
            if other.per != self.like.per or other.function is self.like.function:
                continue
            numbers = {i: [{**other.params, **at} for at in params[i]] for i in used}
            if self.fits(Rule.of(other), used, numbers):
                found: Optimizer = other
                return found
        return None

    def _told(self, mutant: Mutant, i: int) -> tuple[str, str, str]:
        """What is said of a mistake; where the line is there in which it is, that the line is not used."""
        idle = self._idle(mutant, i)
        if not idle:
            return mutant.name, mutant.explanation, mutant.hint
        names = [self.rule.equations[k].partition(" = ")[0] for k in idle]
        written = [self.rule.trace.lines[k].name for k in idle]
        called = [
            n if own == w else f"{n} (your {own})" for n, w, own in zip(names, written, idle.values(), strict=True)
        ]
        said = f"{' and '.join(called)} {'is' if len(idle) == 1 else 'are'} computed, but not used."
        if len(idle) < len(mutant.lines):
            return mutant.name, f"{mutant.explanation} {said}", mutant.hint
        said = f"{said[:-1]}: the step is made as if {'that line' if len(idle) == 1 else 'those lines'} were not there."
        return f"unused:{'+'.join(written)}", said, self.rule.equations[-1]

    def _idle(self, mutant: Mutant, i: int) -> dict[int, str]:
        """Which of the lines with the mistake are right in the student's rule all the same, with its names for them."""
        outputs = {id(node) for node in self.rule.trace.outputs}
        if any(id(self.rule.trace.lines[k].node) in outputs for k in mutant.lines):
            return {}
        ours = play(self.rule, self.runs[i], lines=True).lines
        found = {}
        for k in mutant.lines:
            own = [
                {name for name, value in came if np.allclose(value, right[k][1], rtol=1e-9, atol=1e-14, equal_nan=True)}
                for came, right in zip(self.played[i].lines, ours, strict=False)
            ]
            if own and (names := set.intersection(*own)):
                found[k] = min(names)
        return found

    def _mended(self, wrong: Trace) -> str:
        """The lines of the named rule that a wrong one has otherwise."""
        pairs = zip(self.rule.equations, replace(self.rule, trace=wrong).equations, strict=True)
        return ", ".join(right for right, found in pairs if right != found) or self._equations()

    def _equations(self) -> str:
        return ", ".join(self.like.unicode())


def _called(rule: Optimizer) -> str:
    """A rule in words: by its name, or by that of the library that writes it so."""
    library, dot, name = rule.name.rpartition(".")
    if not dot:
        return rule.name
    spelled = f"{name} as {DIALECTS[library].library} spells it"
    own = rule.function.__module__.startswith("optiviz.dialects")
    return f"{spelled}: {rule.summary.rstrip('.')}" if own else spelled
