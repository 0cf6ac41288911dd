"""Small sets of data in the place of those that are loaded, made once."""

from functools import cache

import pytest

from optiviz.data import Dataset, messages, shapes, shapes_rgb

SMALL = {"shapes": shapes, "shapes-rgb": shapes_rgb, "messages": messages}


@cache
def small(name: str) -> Dataset:
    return SMALL[name](train=200, test=100)


@pytest.fixture
def small_data(monkeypatch):
    """What is loaded by name is small."""
    for room in ("material", "using"):
        monkeypatch.setattr(f"optiviz.trials.{room}.load", lambda name, data_dir=None, progress=None: small(name))
