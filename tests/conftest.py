"""What many tests share: profiles of those that draw examples, Ctrl-C, and pictures that are not drawn or painted."""

import gc
import signal
from functools import cache

import pytest
from hypothesis import settings
from matplotlib.backends import backend_agg
from matplotlib.mathtext import MathTextParser

from optiviz.files import MARK
from optiviz.plot.canvas import Picture

for name in ("test", "proof"):
    settings.register_profile(name, deadline=None, derandomize=True)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background, and so it would be in all that tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.load_profile("test")  # `make proof` chooses the other

# Hundreds of figures have the same formulas: one parser for all, which forgets none of them.
MathTextParser._parse_cached = cache(MathTextParser._parse_cached.__wrapped__)
backend_agg.MathTextParser = cache(MathTextParser)


def pytest_collection_finish():
    """What is there when all tests are known stays, so that garbage is not looked for in it again and again."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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


@pytest.fixture
def unpainted(request, monkeypatch):
    """Where nothing is written, a picture is painted, which takes half of the time, when its frames are asked for."""

    def draw(made, paint=Picture.draw):
        if hasattr(made, "waits"):
            paint(made)
        made.waits = True

    if "tmp_path" not in request.fixturenames:
        monkeypatch.setattr(Picture, "draw", draw)
