"""Is a student's rule the named one? If not: what was the mistake, and where do the two part?

The numbers decide, not the source: a rule is correct if theta goes the same way, however it is written and
whatever it remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optiviz.check.diagnosis import Evidence
from optiviz.check.experiments import Played, Run, experiments, parting, play
from optiviz.check.mutation import Rule, heading
from optiviz.check.sandbox import Submission, Unusable, answered
from optiviz.optimizers import Optimizer

__all__ = ["Verdict", "check"]

STATUS = {"correct": 0, "wrong": 1, "unusable": 2}


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes:
        file: the file, with the name of the rule in it.
        like: the rule that it should be.
        verdict: "correct", "wrong" or "unusable".
        mistake: the name of the likeliest mistake, such as "no_correction:vhat"; two have a + between them.
        explanation: what is wrong, in words.
        hint: what to write instead.
        first_difference: the step and the line at which the two part, with numbers.
        notes: what else should be known.
        printed: the last lines that an unusable file printed.
    """

    file: str
    like: str
    verdict: str
    mistake: str = ""
    explanation: str = ""
    hint: str = ""
    first_difference: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()
    printed: str = ""

    @property
    def status(self) -> int:
        """The exit status: 0 for correct, 1 for wrong, 2 for unusable."""
        return STATUS[self.verdict]

    def facts(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)


def check(file: str | Path, name: str = "", *, like: Optimizer, seed: int = 0, **limits: float) -> Verdict:
    """Is the rule in that file the named one?

    Args:
        file: the student's file.
        name: the rule in it; not needed if it defines one only.
        like: the rule that it should be.
        seed: what the experiments are drawn from.
        limits: `timeout` in seconds (10) and `memory` in bytes (a thousand million).

    Raises:
        ValueError: a hyperparameter of `like` is no number.
        FormulaError: `like` cannot be traced.
    """
    if like.scheduled or like.swept:
        raise ValueError(f"{like!r}: hyperparameters of the rule to compare with must be numbers")
    said = f"{file}:{name}" if name else str(file)
    shape = (2, 4) if like.per == "matrix" else (8,)
    rule = Rule.of(like)
    runs = experiments(rule, shape, seed)
    written = f"{heading(like)} ...; return {', '.join(['theta', *like.slots])}"
    plan = {"file": str(file), "name": name, "like": like.name, "heading": written, "params": [*like.params]}
    try:
        reply = answered(
            {**plan, "runs": [run.written() for run in runs]},
            timeout=limits.get("timeout", 10.0),
            memory=int(limits.get("memory", 1e9)),
        )
        submission = Submission.read(reply, len(runs))
        played = [submission.played(i, run) for i, run in enumerate(runs)]
        if submission.imported:
            raise Unusable(f"{file}: {submission.name} is optiviz's own rule, imported; write it yourself")
    except Unusable as error:
        return Verdict(said, like.name, "unusable", explanation=str(error), printed=error.printed)
    said = f"{file}:{submission.name}"
    rule = Rule.of(like, submission.given)
    fixed = {name: like.params[name] for name in rule.missing}
    runs = [replace(run, params=[{**numbers, **fixed} for numbers in run.params]) for run in runs]
    ours = [play(rule, run) for run in runs]
    return _judged(Evidence(rule, like, submission, runs, played, ours), said)


def _judged(case: Evidence, said: str) -> Verdict:
    """Compare what both made of the runs, and find the mistake."""
    whole = [i for i, run in enumerate(case.runs) if not run.slots]
    parted = {i: parting(case.runs[i], case.ours[i].theta, case.played[i].theta) for i in whole}
    if not any(parted.values()) and _slots_correspond(case, whole):
        late = [i for i, played in enumerate(case.played) if i not in whole and played.theta]
        parted |= {i: parting(case.runs[i], case.ours[i].theta, case.played[i].theta) for i in late}
    seen = [i for i in parted if parted[i]]
    notes, defaults, name = _notes(case), _other_defaults(case), case.like.name
    if not seen and not defaults:
        if case.theirs.refusal:
            notes.insert(0, f"It computes, but it cannot be drawn or printed. {case.theirs.refusal}.")
        return Verdict(said, name, "correct", notes=notes)
    if not seen:
        mistake, explanation = " + ".join(f"default:{param}" for param in defaults), "; ".join(defaults.values())
        hint = ", ".join(f"{case.theirs.given[param]}={case.like.params[param]!r}" for param in defaults)
        return Verdict(said, name, "wrong", mistake, f"{explanation}.", hint, notes=notes)
    notes += [f"{words}." for words in defaults.values()]
    if coarse := case.theirs.coarse:
        kinds = " and ".join(dict.fromkeys(coarse.values()))
        notes.append(f"{', '.join(coarse)} come{'s' * (len(coarse) == 1)} back as {kinds}; leave the conversion out.")
    first = next((i for i in seen if _shows(case, i, parted[i])), seen[0])
    step, coordinate = parted[first] or (0, 0)
    used = [first, *(i for i in parted if i != first)]  # the run in which they part tells most mistakes at once
    mistake, explanation, hint = case.mistake(used, notes)
    for unread, line in case.theirs.unread.items():
        if f"{unread})" not in explanation:
            notes.append(f"{unread} is computed in line {line} and not used.")
    theirs = [*case.theirs.slots]
    own = dict(zip(case.rule.first, theirs, strict=True)) if len(theirs) == len(case.rule.first) else {}
    own = {slot: name for slot, name in own.items() if slot not in theirs}  # in their order, where the names differ
    if mistake == "remembers_outside" and (at := parting(case.runs[0], case.ours[0].theta, case.again.theta)):
        difference = _difference(case.rule, case.runs[0], case.again, at, own)
        difference["text"] = f"the first run, made again: {difference['text']}"
    else:
        difference = _difference(case.rule, case.runs[first], case.played[first], (step, coordinate), own)
    return Verdict(said, name, "wrong", mistake, explanation, hint, difference, notes)


def _shows(case: Evidence, i: int, parted: tuple[int, int] | None) -> bool:
    """Can the difference be seen in the first digits?"""
    step, coordinate = parted or (0, 0)
    right, came = (played[i].theta[step].ravel()[coordinate] for played in (case.ours, case.played))
    return not abs(came - right) < 1e-3 * abs(right)


def _slots_correspond(case: Evidence, whole: list[int]) -> bool:
    """Do their slots hold what ours do, by name or else in their order, so that a run may begin with ours?"""
    theirs, ours = [*case.theirs.slots], [*case.rule.first]
    if len(theirs) != len(ours):
        return False
    at = [theirs.index(slot) for slot in (ours if {*theirs} == {*ours} else theirs)]
    for i in whole:
        for right, came in zip(case.ours[i].slots, case.played[i].slots, strict=True):
            for value, found in zip(right, (came[j] for j in at), strict=True):
                if found.shape not in ((), case.runs[i].theta.shape):
                    return False
                if not np.allclose(value, found, rtol=1e-6, atol=1e-12, equal_nan=True):
                    return False
    return True


def _other_defaults(case: Evidence) -> dict[str, str]:
    """The hyperparameters whose defaults are not the rule's; the learning rate is everyone's own choice."""
    return {
        name: f"{own} defaults to {case.theirs.params[own]:g}, {case.like.name}'s is {case.like.params[name]:g}"
        for name, own in case.theirs.given.items()
        if name != "lr" and case.theirs.params[own] != case.like.params[name]
    }


def _notes(case: Evidence) -> list[str]:
    """What should be known of a rule that may be correct all the same."""
    rule, theirs, notes = case.rule, case.theirs, []
    spelled = [f"{own} is taken for {name}" for name, own in theirs.given.items() if own != name]
    if spelled:
        notes.append(f"{', '.join(spelled)}.")
    if rule.missing:
        numbers = ", ".join(f"{name} = {case.like.params[name]:g}" for name in rule.missing)
        notes.append(f"It has no hyperparameter {', '.join(rule.missing)}; it is compared at {numbers}.")
    extra = [name for name in theirs.params if name not in theirs.given.values()]
    if extra:
        numbers = ", ".join(f"{name} = {theirs.params[name]:g}" for name in extra)
        notes.append(f"{case.like.name} has no hyperparameter {', '.join(extra)}; left at {numbers}.")
    lr = theirs.given.get("lr")
    if lr and theirs.params[lr] != case.like.params["lr"]:
        notes.append(f"{lr} defaults to {theirs.params[lr]:g}, {case.like.name}'s is {case.like.params['lr']:g}.")
    return notes


def _difference(
    rule: Rule, run: Run, came: Played, at_which: tuple[int, int], own_names: Mapping[str, str]
) -> dict[str, Any]:
    """The step at which theta parts, and the first line of it that does."""
    step, coordinate = at_which
    ours = play(rule, run, steps=step + 1, lines=True)

    def at(value: Any) -> float:
        return float(np.broadcast_to(value, run.theta.shape).ravel()[coordinate])

    theirs = came.lines[step]
    before = came.theta[step - 1] if step else run.theta
    agree: list[str] = []
    absent = ""
    line: dict[str, Any] | None = None
    for name, value in ours.lines[step]:
        same = [own for own, found in theirs if np.allclose(found, value, rtol=1e-9, atol=1e-14, equal_nan=True)]
        mine = own_names.get(name, name)
        named = [found for own, found in theirs if own == mine]
        if same and name != "theta":
            agree.append(name if name in same else f"{name} (your {same[-1]})")
        elif named and name != "theta":
            called = name if mine == name else f"{name} (your {mine})"
            line = {"name": called, "expected": at(value), "found": at(named[-1])}
            break
        elif name != "theta" and theirs:
            absent = absent or f"no value of yours is {name} = {at(value):.6g}"
    theta = {"expected": at(ours.theta[step]), "found": at(came.theta[step])}
    right, found = _told_apart(theta["expected"], theta["found"])
    numbers = [f"{name} = {value:g}" for name, value in run.params[step].items() if value != rule.defaults[name]]
    text = (
        f"step {run.t + step}, from theta = {at(before):.6g} with g = {at(run.gradient(step, before)):.6g}"
        f"{''.join(f', {number}' for number in numbers)}: theta should be {right}, is {found}"
    )
    parts = [f"{', '.join(agree)} agree{'s' * (len(agree) == 1)}"] if agree else []
    if line:
        right, found = _told_apart(line["expected"], line["found"])
        parts.append(f"{line['name']} = {found} instead of {right}")
    elif absent:
        parts.append(absent)
    if parts:
        text += f"; up to there: {', '.join(parts)}"
    return {"step": run.t + step, "theta": theta, "line": line, "agree": agree, "text": text}


def _told_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    digits = next((d for d in range(6, 17) if f"{a:.{d}g}" != f"{b:.{d}g}"), 17)
    return f"{a:.{digits}g}", f"{b:.{digits}g}"
