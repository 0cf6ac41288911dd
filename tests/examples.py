"""How many examples a test has: in `make proof` all of them, in `make test` a quarter, or every so many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def examples(count: int, **options: Any) -> settings:
    """The settings of a test that is thorough with `count` examples; always the same ones."""
    few = settings.get_current_profile_name() != "proof"
    return settings(deadline=None, derandomize=True, max_examples=-(-count // 4) if few else count, **options)


def every(number: int, values: Iterable[Any]) -> list[Any]:
    """The values of a parameter, or of several in tuples: every so many, and the others in `make proof`."""
    several = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*value, marks=pytest.mark.proof if i % number else ()) for i, value in enumerate(several)]
