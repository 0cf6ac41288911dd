"""The derivations as they are committed: records in `optiviz/_generated/derivations.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["PLACE", "Record", "derivations", "find", "groups", "how_sure"]

Record: TypeAlias = dict[str, Any]
"""A derivation or one of its lines, as `optiviz.derive.record` makes it."""

PLACE = Path(__file__).parent.parent / "_generated" / "derivations.json"


@lru_cache
def derivations() -> dict[str, Record]:
    """All of them by name, in the order of the course."""
    found: dict[str, Record] = json.loads(PLACE.read_text(encoding="utf-8"))["derivations"]
    return found


def find(name: str) -> Record:
    """The derivation of that name.

    Raises:
        LookupError: there is none; the message proposes the nearest.
    """
    plain = name.replace("-", "_").lower()
    if plain not in derivations():
        from optiviz.formula import nearest

        raise LookupError(f"unknown derivation '{name}'; {nearest(plain, derivations(), 'there are')}")
    return derivations()[plain]


def groups() -> dict[str, list[Record]]:
    """The derivations by group.

    >>> list(groups())[0]
    'Losses'
    """
    found: dict[str, list[Record]] = {}
    for record in derivations().values():
        found.setdefault(record["group"], []).append(record)
    return found


def how_sure(step: Record) -> str:
    """The verdict, or nothing where the rule says as much."""
    verdict: str = step["verdict"]
    return "" if verdict == step["rule"] else verdict
