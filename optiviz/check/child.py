"""The program that runs a stranger's file: it loads it, finds the rule, makes the updates it is told to.

It is started by `sandbox` in a process of its own. It judges nothing: what it writes down are numbers, and
the verdict is made from them where the file cannot reach it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from optiviz.check.fence import limit
from optiviz.check.source import never_read
from optiviz.formula import FormulaError
from optiviz.formula.registry import load, nearest, short
from optiviz.optimizers import Optimizer

__all__ = ["main", "reply"]

SPELLINGS = {
    "lr": "alpha eta learning_rate rate step_size stepsize learningrate",
    "beta": "mu gamma momentum rho alpha beta1",
    "beta1": "b1 beta_1",
    "beta2": "b2 beta_2",
    "rho": "beta gamma alpha decay decay_rate beta2",
    "eps": "epsilon e delta eta",
    "decay": "weight_decay wd lam lamb lambda_ l2",
}
"""Other names that a hyperparameter has in textbooks and libraries."""

RULE = ("theta", "g", "t")
"""How the arguments of a rule begin."""

ARRAYS = "it goes through arrays of numbers; a formula is made of + - * / ** and functions such as np.sqrt alone"


def main(folder: str) -> None:
    """Do what plan.json in the folder says, and write reply.json beside it."""
    plan = json.loads(Path(folder, "plan.json").read_text(encoding="utf-8"))
    limit(plan["timeout"], plan["memory"])
    partial = Path(folder, "reply.part")
    partial.write_text(json.dumps(reply(plan)), encoding="utf-8")
    partial.replace(Path(folder, "reply.json"))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # whatever the file has left running or registered for the end


def reply(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be written down: what the rule made of the runs, or why it could not."""
    try:
        return _answer(plan)
    except BaseException as error:  # a file may raise what it likes
        return {"error": _said(error)}


def _said(error: BaseException) -> str:
    hungry = "it needs more memory than it may have"
    if isinstance(error.__cause__, MemoryError):
        return f"{str(error).partition(': ')[0]}: {hungry}"
    if isinstance(error, MemoryError):
        return hungry
    return str(error) if isinstance(error, (FormulaError, FileNotFoundError)) else f"{type(error).__name__}: {error}"


def _answer(plan: Mapping[str, Any]) -> dict[str, Any]:
    try:
        rule = _find(Path(plan["file"]), plan["name"], plan["like"])
    except FormulaError as error:
        raise FormulaError(str(error).replace(Optimizer.example, plan["heading"])) from error
    stray = [name for name in rule.slots if name in plan["params"]]
    if stray:
        first = "".join(f"{name}=0.0, " for name in rule.slots if name not in plan["params"])
        raise FormulaError(
            f"{rule.where}: {', '.join(stray)} must stand behind a *, which parts hyperparameters from what the rule "
            f"remembers: def {rule.name}(theta, g, t, {first}*, {stray[0]}={rule.slots[stray[0]]}, ...)"
        )
    given = _given(plan["params"], rule.params)
    runs = [_play(rule, run, given) if not run["slots"] else _tried(rule, run, given) for run in plan["runs"]]
    again = _play(rule, plan["runs"][0], given)["theta"]
    return {
        "name": rule.name,
        "imported": rule.function.__module__.startswith("optiviz."),
        "params": rule.params,
        "slots": dict(rule.slots),
        "given": given,
        "unread": never_read(rule.function),
        "runs": runs,
        "again": again,
        "refusal": _refusal(rule),  # last: what the rule keeps outside of its arguments now holds no number
    }


def _refusal(rule: Optimizer) -> str:
    """Why the rule cannot be traced, and what to write instead; nothing if it can."""
    try:
        _ = rule.trace
    except FormulaError as error:
        where, _, why = str(error).partition(": ")
        return str(error) if "Node" not in why else f"{where}: {ARRAYS}"
    except SystemExit:
        return "it ends the program"
    return ""


def _find(path: Path, name: str, like: str) -> Optimizer:
    """The rule of that name in the file, or the only one; with @optimizer above it or without."""
    namespace = load(path)
    rules = {k: v for k, v in namespace.items() if isinstance(v, Optimizer) and not k.startswith("_")}
    own = {k: v for k, v in rules.items() if v.function.__module__ == namespace["__name__"]}
    code = type(_find)
    plain = {k: v for k, v in namespace.items() if isinstance(v, code) and v.__module__ == namespace["__name__"]}
    if not name:
        unmarked = [k for k, v in plain.items() if v.__code__.co_varnames[:3] == RULE]
        found = [*own] or unmarked or [*plain]
        classes = [k for k, v in namespace.items() if isinstance(v, type) and v.__module__ == namespace["__name__"]]
        if not found and classes:
            raise FormulaError(
                f"{path} defines the class {classes[0]}; a rule is a function, which gets what it remembers as "
                f"arguments and returns it: {Optimizer.example}"
            )
        if not found:
            raise FormulaError(f"{path} defines no rule; a rule is written {Optimizer.example}")
        if len(found) > 1 and like not in found:
            raise FormulaError(f"{path} defines {', '.join(found)}; write {path}:{found[0]}")
        name = like if like in found else found[0]
    name = name if name in namespace else name.replace("-", "_")
    if name in rules:
        return rules[name]
    if name in plain and plain[name].__name__ == "<lambda>":
        raise FormulaError(f"{path}: '{name}' is a lambda; a rule is written {Optimizer.example}")
    if name in plain:
        return Optimizer(plain[name])
    if name in namespace:
        raise FormulaError(f"{path}: '{name}' is no function; a rule is written {Optimizer.example}")
    raise FormulaError(f"{path} defines no '{name}'; {nearest(name, [*own, *plain], 'it defines')}")


def _given(wanted: list[str], params: Mapping[str, float]) -> dict[str, str]:
    """Which of the rule's hyperparameters is the student's: by its name, else by another that it goes by."""
    given = {name: name for name in wanted if name in params}
    for name in wanted:
        free = [other for other in SPELLINGS.get(name, "").split() if other in params and other not in wanted]
        if name not in given and free and free[0] not in given.values():
            given[name] = free[0]
    return given


def _play(rule: Optimizer, run: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Make the updates of a run; write down theta, the slots and what the names of the function stood for."""
    theta = np.array(run["theta"])
    kept: dict[str, Any] = {"theta": [], "slots": [], "lines": []}
    if run["slots"] and len(run["slots"]) != len(rule.slots):
        return kept
    first = {**rule.params, **{given[k]: v for k, v in run["params"][0].items() if k in given}, "theta": theta}
    slots = []
    by_name = run["slots"].keys() == rule.slots.keys()
    for (name, begin), state in zip(rule.slots.items(), run["slots"].values() or [None] * len(rule.slots), strict=True):
        start = first[begin] if isinstance(begin, str) else begin
        state = run["slots"][name] if by_name else state
        first[name] = np.array(state, float) if state is not None else start * np.ones_like(theta)
        slots.append(first[name])
    for step, numbers in enumerate(run["params"]):
        with np.errstate(all="ignore"):
            g = _gradient(run, step, theta)
        params = {**rule.params, **{given[name]: value for name, value in numbers.items() if name in given}}
        lines: list[tuple[str, Any]] = []
        called: list[tuple[str, int]] = []
        with np.errstate(all="ignore"), _watched(rule.function, theta.shape, lines, called):
            values = _called(rule, theta.copy(), g, run["t"] + step, slots, params)
        for other, line in called:
            at = f"{short(rule.function.__code__.co_filename)}, line {line}, in {rule.name}"
            raise FormulaError(f"{at}: it calls {other} of optiviz; write the rule yourself")
        kept["kinds"] = {n: np.asarray(v).dtype.name for n, v in zip(("theta", *rule.slots), values, strict=True)}
        theta, *slots = (np.array(value, float) for value in values)
        kept["theta"].append(theta.tolist())
        kept["slots"].append([slot.tolist() for slot in slots])
        kept["lines"].append(lines)
    return kept


def _tried(rule: Optimizer, run: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """A run that begins with the named rule's slots, which may be nothing that this rule can go on with."""
    try:
        return _play(rule, run, given)
    except FormulaError:
        return {"theta": [], "slots": [], "lines": []}


def _gradient(run: Mapping[str, Any], step: int, theta: Any) -> Any:
    if run["gradients"] is not None:
        return np.array(run["gradients"][step], float)
    A, b = run["problem"]  # noqa: N806, a matrix
    return (np.array(A) @ theta.ravel() - np.array(b)).reshape(theta.shape)


def _called(rule: Optimizer, theta: Any, g: Any, t: int, slots: list[Any], params: Mapping[str, float]) -> list[Any]:
    try:
        returned = rule.function(theta, g, t, *(slot.copy() for slot in slots), **params)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        code = rule.function.__code__
        line = next((f.lineno for f in reversed(frames) if f.filename == code.co_filename), code.co_firstlineno)
        at = f"{short(code.co_filename)}, line {line}, in {rule.name}"
        if better := _better_said(error, code):
            raise FormulaError(f"{at}: {better}") from error
        if not isinstance(error, MemoryError):
            refusal = _refusal(rule)
            if refusal.startswith(at):  # it says what to write instead
                raise FormulaError(refusal) from error
        raise FormulaError(f"{at}: {_said(error)}") from error
    values = returned if isinstance(returned, tuple) else (returned,)
    if len(values) != 1 + len(rule.slots) or returned is None or isinstance(returned, list):
        expected = f"{1 + len(rule.slots)}: return {', '.join(['theta', *rule.slots])}"
        raise _unexpected(rule, _counted(returned), expected)
    for name, value in zip(("theta", *rule.slots), values, strict=True):
        if np.asarray(value).dtype.kind not in "fiu":
            raise _unexpected(rule, f"{type(value).__name__} for {name}", "numbers")
    if np.shape(values[0]) != np.shape(theta):
        expected = f"that of theta, {np.shape(theta)}: a rule works on all coordinates at once"
        raise _unexpected(rule, f"theta with the shape {np.shape(values[0])}", expected)
    return list(values)


def _unexpected(rule: Optimizer, came: str, expected: str) -> FormulaError:
    return FormulaError(f"{rule.where}, in {rule.name}: {rule.name} returned {came}, expected {expected}")


def _counted(returned: Any) -> str:
    if returned is None:
        return "nothing"
    if isinstance(returned, (list, dict, set, str)):
        return f"a {type(returned).__name__}"
    return f"{len(returned)} values" if isinstance(returned, tuple) else "1 value"


def _better_said(error: BaseException, code: CodeType) -> str:
    """An error that students meet often, with what to write instead."""
    if "for ^" in str(error) or "bitwise_xor" in str(error):
        return "^ is no power in Python; a power is written **"
    if isinstance(error, RecursionError):
        return "it calls itself without end; a rule makes one update and returns"
    if isinstance(error, NameError):
        meant = nearest(error.name or "", [*code.co_varnames], "")
        advice = "write import numpy as np at the top of the file" if error.name == "np" else meant
        return f"{_said(error)}; {advice}" if error.name == "np" or meant.startswith("did you mean") else ""
    return ""


@contextmanager
def _watched(
    function: Callable[..., Any],
    shape: tuple[int, ...],
    lines: list[tuple[str, Any]],
    called: list[tuple[str, int]],
) -> Iterator[None]:
    """While the function runs, write down every number that a name of it stands for, and calls of our own rules."""
    last: dict[str, Any] = {}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        for name, value in frame.f_locals.items():
            if not isinstance(value, (np.ndarray, np.floating, float)) or np.shape(value) not in ((), shape):
                continue
            if name not in last or not np.array_equal(last[name], value, equal_nan=True):
                if name in last or event != "call":  # an argument is no line
                    lines.append((name, np.asarray(value, float).tolist()))
                last[name] = np.array(value)
        return look

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is function.__code__:
            return look(frame, event, argument)
        if frame.f_code.co_varnames[:3] == RULE and frame.f_globals.get("__name__", "").startswith("optiviz."):
            caller: FrameType | None = frame
            while caller and caller.f_code is not function.__code__:
                caller = caller.f_back
            called.append((frame.f_code.co_name, caller.f_lineno if caller else function.__code__.co_firstlineno))
        return None

    previous = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(previous)
