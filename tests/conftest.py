"""What many tests share: the profiles of those that draw examples (see `examples`), and commands without a picture."""

import pytest
from hypothesis import settings

from optiviz.files import MARK

for name in ("test", "proof"):
    settings.register_profile(name, deadline=None, derandomize=True)
settings.load_profile("test")  # `make proof` chooses the other


@pytest.fixture
def undrawn(monkeypatch):
    """Where it counts what a command says: the drawing, which takes most of the time, is left out."""

    def draw(sheet, drawer, found, path, **more):
        path.write_text(MARK, encoding="utf-8")
        return ""

    monkeypatch.setattr("optiviz.cli.sheet.Sheet.draw", draw)
