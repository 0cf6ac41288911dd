"""The derivations as they are committed: records in `optiviz/_generated/derivations.json`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["PLACE", "Record", "derivations", "end", "find", "groups", "how_sure", "meanings"]

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


def end(record: Record) -> list[Record]:
    """The lines that the derivation ends in: of a loss itself and its gradient, from which its code is made.

    >>> [f"{line['left']['plain']} = {line['after']['plain']}" for line in end(find("mse"))]
    ['J₁(z) = (z − y)²', '∂J₁(z)/∂z = 2 (z − y)']
    """
    return [record["steps"][number - 1] for number in record["end"]]


def meanings(record: Record, text: str) -> dict[str, str]:
    """What the letters of a text stand for in this derivation.

    >>> meanings(find("mse"), "2 (z − y)")
    {'z': 'the score that the model gives an example', 'y': 'the target of an example'}
    """
    legend = {each["letter"]["plain"]: each["meaning"] for each in record["legend"]}
    return {letter: said for letter, said in legend.items() if re.search(rf"(?<!\w){re.escape(letter)}(?!\w)", text)}


def how_sure(step: Record) -> str:
    """The verdict, or nothing where the rule says as much."""
    verdict: str = step["verdict"]
    return "" if verdict == step["rule"] else verdict
