"""The contact sheet is drawn, with every kind of picture that there is."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

import pytest
from PIL import Image

from optiviz import plot

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def sheet():
    spec = importlib.util.spec_from_file_location("sheet", ROOT / "scripts" / "sheet.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_a_sheet_has_the_pictures_and_their_names(sheet, tmp_path, monkeypatch):
    kinds = ["schedules", "run on a curve"]
    chosen = [word for kind in kinds for word in ("--kind", kind)]
    size = ["--style", "dark", "--size", "320x180"]
    monkeypatch.setattr(sys, "argv", ["sheet.py", str(tmp_path), *chosen, *size])
    sheet.main()
    with Image.open(tmp_path / "dark-320x180.png") as page:
        assert page.size == (2 * (320 + sheet.GAP) + sheet.GAP, 180 + sheet.LABEL + 2 * sheet.GAP)
        for i, kind in enumerate(kinds):
            with Image.open(tmp_path / "dark-320x180" / f"{kind.replace(' ', '-')}.png") as image:
                box = (sheet.GAP + i * (320 + sheet.GAP), sheet.GAP + sheet.LABEL)
                assert page.crop((*box, box[0] + 320, box[1] + 180)).tobytes() == image.convert("RGB").tobytes()


def test_no_function_that_draws_is_left_out(sheet):
    drawing = [
        name for name in dir(plot) if name.startswith("draw_") or name in ("picture", "race_picture", "filmstrip")
    ]
    source = inspect.getsource(sheet)
    assert len(drawing) > 8 and all(f"plot.{name}(" in source for name in drawing)
