"""What is committed of the derivations, made anew; and what is proved today, held against what is committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from optiviz.derive import generate, theory
from optiviz.derive.derivation import derive, names
from optiviz.derive.record import record
from optiviz.derive.verdict import Grade, Refused
from optiviz.files import MARK, written_whole
from optiviz.handout.committed import PLACE, derivations

__all__ = ["GENERATED", "derive", "differences", "everything", "names", "source", "write_records"]


def source(records: dict[str, dict[str, Any]] | None = None) -> str:
    """The text of `optiviz/_generated/derivations.json`: these records, or those of all derivations."""
    made = {name: record(derive(name)) for name in names()} if records is None else records
    bodies = ",\n".join(f"{_compact(name)}: {_entry(one)}" for name, one in made.items())
    return f'{{"made": {_compact(f"{MARK}: optiviz derive --write")}, "derivations": {{\n{bodies}\n}}}}\n'


def _entry(one: dict[str, Any]) -> str:
    fields = []
    for key, value in one.items():
        rows = ",\n".join(map(_compact, value)) if key in ("steps", "legend") else ""
        fields.append(f"{_compact(key)}: " + (f"[\n{rows}\n]" if rows else _compact(value)))
    return "{\n" + ",\n".join(fields) + "\n}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_records() -> Path:
    """Make `optiviz/_generated/derivations.json` anew."""
    text = source()
    PLACE.parent.mkdir(exist_ok=True)
    with written_whole(PLACE) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    derivations.cache_clear()
    return PLACE


GENERATED: tuple[Callable[[], Path], ...] = (write_records, generate.write, theory.write)
"""What writes the files of `optiviz/_generated`, each its own."""


def everything() -> list[str]:
    """The derivations that there are, and those that are only committed."""
    return [*dict.fromkeys([*names(), *derivations()])]


def differences(name: str) -> list[str]:
    """The derivation built and proved anew: where it is another one or less than what is committed, in words.

    A line is another one if anything that it says is, and less if its verdict has a lower grade, or says something else
    at the same grade; a higher one is fine.
    """
    return [*_differences(name)]


def _differences(name: str) -> Iterator[str]:
    committed = derivations().get(name)
    if committed is None:
        yield f"{name} is not committed; run optiviz derive --write"
        return
    try:
        today = record(derive(name))
    except Refused as refused:
        yield f"{name} can no longer be proved: {refused}"
        return
    except LookupError:
        yield f"{name} is committed, but nothing derives it; run optiviz derive --write"
        return
    if other := _others(today, committed, but=("steps",)):
        yield f"{name} is another one than what is committed ({other}); run optiviz derive --write"
    for number, (new, old) in enumerate(zip(today["steps"], committed["steps"], strict=False), 1):
        if other := _others(new, old, but=("grade", "verdict")):
            yield f"line {number} of {name} is another one than what is committed ({other}); run optiviz derive --write"
        elif _grade(new) < _grade(old) or (_grade(new) == _grade(old) and new["verdict"] != old["verdict"]):
            yield f"line {number} of {name} is {new['verdict']}, where {old['verdict']} is committed"
    if len(today["steps"]) != len(committed["steps"]):
        was, now = len(committed["steps"]), len(today["steps"])
        yield f"{name} has {now} lines, where {was} are committed; run optiviz derive --write"


def _others(new: dict[str, Any], old: dict[str, Any], but: tuple[str, ...]) -> str:
    """The names of the fields that are not the same, those left out that are compared in another way."""
    return ", ".join(name for name in {**new, **old} if name not in but and new.get(name) != old.get(name))


def _grade(step: dict[str, Any]) -> Grade:
    return Grade[step["grade"].upper().replace(" ", "_")]
