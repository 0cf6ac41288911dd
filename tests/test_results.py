"""What the networks reach on real data: the page says what was measured, and each command runs, in short."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
from small_data import SMALL

from benchmarks.results import PAGE, RECORD, ROWS, SEEDS, page
from optiviz import data
from optiviz.cli import run
from optiviz.data.dataset import Part

REAL = Path(__file__).parents[2] / "shared" / "data"


def short(part, length):
    return Part(part.x[:length], part.y[:length])


@pytest.mark.parametrize("name", ROWS)
def test_each_command_trains(name, tmp_path, monkeypatch, capsys):
    if name not in SMALL and not REAL.is_dir():
        pytest.skip("the published files are not here")
    whole = SMALL[name](train=96, test=32) if name in SMALL else data.load(name, REAL)
    few = replace(whole, train=short(whole.train, 96), test=short(whole.test, 32))
    monkeypatch.setattr("optiviz.trials.material.load", lambda *_, **__: few)
    monkeypatch.setattr("optiviz.trials.running.write_pictures", lambda *_: {})
    command = ["train", *shlex.split(ROWS[name].options), "--epochs", "2", "--seed", "1", "--json"]
    assert run([*command, "-o", str(tmp_path / "run")]) == 0
    said = json.loads(capsys.readouterr().out)
    first, last = said["training"]["epochs"]
    assert last["loss"] != first["loss"] and last["epoch"] == 2
    assert said["trial"]["seed"] == 1 and 0 <= said["accuracy"] <= 1


def test_the_page_says_what_was_measured():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == page(record), "run python -m benchmarks.results --page"
    for name, runs in record.items():
        assert {*runs} <= {str(seed) for seed in SEEDS}
        for figure, must in ROWS[name].must.items():
            found = [run[figure] for run in runs.values()]
            assert max(found) <= must if figure == "seconds" else fmean(found) >= must
