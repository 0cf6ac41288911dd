"""The parity criterion: how far a rule is from a library's run, for test_parity.py and scripts/parity.py.

A rule passes if

- one step from the oracle's own state lands within 1e-14 of it (relative to what is compared, and for theta
  at least to 1), and
- a free run of 1000 steps stays, wherever it is looked at, within 1e-12, or within 100 times what the run
  itself changes when its start moves by one ulp: on its way into a minimum RMSProp multiplies a rounding
  error by up to 10^10, and so does its oracle. Of several starts that are an ulp away the one counts that
  leads farthest off, because a single one may meet the run again by luck.

A run says something only where that allowance is small, at most 1e-6; a test holds all runs to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from oracles.problems import FALLING, LOOKS, PROBLEMS

from optiviz import schedules
from optiviz.optimizers import LARGE, Optimizer, State
from optiviz.schedules import Schedule

GOLDEN = Path(__file__).parent.parent / "golden"
ONE_STEP, FREE_RUN = 1e-14, 1e-12
"""What is allowed, if the run itself is not more sensitive."""
MOST = 1e-6
"""The most that may be allowed: more would prove nothing."""

Run = dict[str, Any]
PATHS: dict[str, Callable[[Any], Any]] = {
    "point": list,  # Python's own floats
    "array": np.array,
    "blocks": lambda values: np.tile(values, LARGE),  # long enough to be replayed in blocks
}
"""The three ways in which a rule for coordinates runs."""

DERIVED = {
    "schedule_free": ("x",),
    "schedule_free_adamw": ("x",),
}
"""Slots that no oracle keeps: they are made of what it keeps, to begin from, and not compared."""


@lru_cache
def golden(library: str) -> dict[str, Any]:
    """The file of golden runs of a library (or of the closed forms)."""
    return json.loads((GOLDEN / f"{library}.json").read_text(encoding="utf-8"))


def runs(rule: Optimizer, library: str) -> list[Run]:
    """The runs of a library that do what the rule does, under whatever name."""
    return [
        run
        for run in golden(library)["runs"]
        if any(Optimizer.registry[name].function is rule.function for name in run["rules"])
    ]


def configured(rule: Optimizer, run: Run) -> Optimizer:
    """The rule with the numbers of the run."""
    slots = {name: value for name, value in run["numbers"].items() if name in rule.slots}
    params: dict[str, Any] = {name: value for name, value in run["numbers"].items() if name not in slots}
    if run["falls"]:
        name, shape = FALLING[run["problem"]]
        params["lr"] = Schedule.registry[name](lr=params["lr"], **shape)
    return rule.beginning(**slots).configured(**params)


def one_step(rule: Optimizer, run: Run, path: str = "array") -> float:
    """The largest difference after one step from the oracle's own state."""
    rule, layout = configured(rule, run), PROBLEMS[run["problem"]].layout
    derived = {name for key, names in DERIVED.items() if key in run["call"] for name in names}
    shares = []
    for t, g in ((int(t), g) for t, g in run["slopes"].items()):
        before, after = run["states"][str(t - 1)], run["states"][str(t)]
        theta = PATHS[path](before["theta"])
        state = rule.init(theta, layout)
        state = State(t - 1, {**state.slots, **_begun(state, before, path)}, layout)
        rule.step(theta, PATHS[path](g), state)
        shares.append(distance(theta, after["theta"]) / max(1, size(after["theta"])))
        for name, value in _begun(state, after, path).items():
            if name not in derived:
                shares.append(distance(_flat(state.slots[name]), _flat(value)) / max(size(value), 1e-300))
    return float(np.max(shares))


def _begun(state: State, recorded: dict[str, Any], path: str) -> dict[str, Any]:
    """The slots of a recorded state, in the form in which they are in a state of ours."""

    def form(like: Any, value: Any) -> Any:
        if isinstance(value, float):
            return value
        if isinstance(like, list) and isinstance(like[0], np.ndarray):
            return [np.reshape(part, own.shape) for own, part in zip(like, value, strict=True)]
        return PATHS[path](value)

    return {name: form(like, recorded[name]) for name, like in state.slots.items() if name in recorded}


def free_run(rule: Optimizer, run: Run, path: str = "array") -> float:
    """The largest difference in a run from the same start, as a share of what is allowed."""
    return float(np.max([difference / allowed for difference, allowed in apart(rule, run, path)]))


def apart(rule: Optimizer, run: Run, path: str = "array") -> list[tuple[float, float]]:
    """By look at a free run: how far ours is from the oracle's, and what is allowed."""
    trajectory = _run_of_ours(_Key(configured(rule, run), run, path))
    return [
        (distance(ours, run["states"][str(t)]["theta"]), max(FREE_RUN, 100 * moved))
        for t, (ours, moved) in trajectory.items()
    ]


def updates(run: Run) -> int:
    """How many updates a run has made when it ends."""
    return max(map(int, run["states"]))


class _Key:
    """Equal runs of ours are run once, whichever library they are compared with."""

    def __init__(self, rule: Optimizer, run: Run, path: str) -> None:
        self.rule, self.problem, self.path, self.updates = rule, PROBLEMS[run["problem"]], path, updates(run)
        numbers = (*rule.slots.values(), *map(repr, rule.params.values()))
        # with the method that asks the schedules, which a test changes
        self.parts = (rule.function, numbers, self.problem.name, path, self.updates, Optimizer.at)

    def __hash__(self) -> int:
        return hash(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.parts == other.parts


@lru_cache(maxsize=4096)
def _run_of_ours(key: _Key) -> dict[int, tuple[np.ndarray, float]]:
    """By update: our own point, and how far off it is if the start is one ulp further, up or down.

    Two runs may meet again to the last bit and part later, so there are more starts than one if they are cheap.
    """
    rule, problem = key.rule, key.problem
    start = np.array(problem.start)
    up, down = np.nextafter(start, np.inf), np.nextafter(start, -np.inf)
    even = np.arange(start.size) % 2 == 0
    starts = [start, up] if problem.layout else [start, up, down, np.where(even, up, down), np.where(even, up, start)]
    # an array holds all runs; a list is one point, and weight tensors are one buffer, so these run one by one
    whole = np.stack(starts)
    thetas: list[Any] = whole.tolist() if key.path == "point" else [*whole] if problem.layout else [whole]
    states, seen = [rule.init(theta, problem.layout) for theta in thetas], {}
    for t in range(1, key.updates + 1):
        for theta, state in zip(thetas, states, strict=True):
            g = problem.gradient(np.asarray(theta), t)
            rule.step(theta, g.tolist() if key.path == "point" else g, state)
        if t in LOOKS:
            ours, *moved = np.array(np.reshape(thetas, whole.shape))
            seen[t] = (ours, max(distance(other, ours) for other in moved))
    return seen


def rates(ours: str, count: int) -> list[float]:
    """The rates of a schedule of ours, or of a reaction to the drawn losses."""
    made = eval(ours, vars(schedules))
    if isinstance(made, Schedule):
        return [made(t) for t in range(count)]
    rate, slots, seen = 0.1, list(made.slots.values()), []
    for loss in golden("schedules")["losses"]:
        rate, *slots = made(rate, loss, *slots)
        seen.append(rate)
    return seen


def size(values: Any) -> float:
    """The maximum norm."""
    return float(np.abs(_flat(values)).max())


def _flat(values: Any) -> np.ndarray:
    parts = values if isinstance(values, list) else [values]
    return np.concatenate([np.ravel(part) for part in parts])


def distance(ours: Any, theirs: Any) -> float:
    """In the maximum norm; `ours` may repeat itself."""
    theirs = np.asarray(theirs)
    return float(np.abs(np.reshape(ours, (-1, theirs.size)) - theirs.ravel()).max())
