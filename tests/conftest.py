"""What many tests share: profiles of those that draw examples (see `examples`), Ctrl-C, commands without a picture."""

import signal

import pytest
from hypothesis import settings

from optiviz.files import MARK

for name in ("test", "proof"):
    settings.register_profile(name, deadline=None, derandomize=True)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background, and so it would be in all that tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.load_profile("test")  # `make proof` chooses the other


@pytest.fixture
def ctrl_c():
    """Ctrl-C is as in a terminal, also where the tests run in the background and it is ignored."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.fixture
def undrawn(monkeypatch):
    """Where it counts what a command says: the drawing, which takes most of the time, is left out."""

    def draw(sheet, drawer, found, path, **more):
        path.write_text(MARK, encoding="utf-8")
        return ""

    monkeypatch.setattr("optiviz.cli.sheet.Sheet.draw", draw)
