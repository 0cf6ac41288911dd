"""How many examples a test draws: in `make proof` as many as it asks for, in `make test` a quarter of them."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(count: int, **options: Any) -> settings:
    """The settings of a test that is thorough with `count` examples; always the same ones."""
    few = settings.get_current_profile_name() != "proof"
    return settings(deadline=None, derandomize=True, max_examples=-(-count // 4) if few else count, **options)
