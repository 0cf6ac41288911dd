"""`optiviz search`: the table, the ledger beside the picture, and a search that goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optiviz.cli import run
from optiviz.cli.search import Lines
from optiviz.files import is_ours

SMALL = ["messages", "--limit", "60", "--epochs", "1", "--size", "320x180", "--processes", "1"]
GRID = ["--grid", "lr=0.01,1e30", "--grid", "batch-size=16,32", "--optimizer", "sgd"]


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def search(capsys, *args, status=0):
    assert run(["search", *SMALL, *args]) == status
    return capsys.readouterr()


def interrupted(monkeypatch, capsys):
    """The same search, with Ctrl-C when its first trial has ended."""
    with monkeypatch.context() as patched:
        told = Lines.end

        def end(self, record):
            told(self, record)
            raise KeyboardInterrupt

        patched.setattr(Lines, "end", end)
        return search(capsys, *GRID, status=130)


def test_a_search_is_a_table_a_ledger_and_a_picture_and_goes_on(capsys, desk, monkeypatch):
    assert interrupted(monkeypatch, capsys).err.splitlines()[-1] == (
        "optiviz: interrupted; 1 of 4 trials are in search-messages.sqlite, and the same command goes on"
    )
    out, err = search(capsys, *GRID)
    head, *rows, path = out.splitlines()
    assert head.split() == ["trial", "lr", "batch-size", "loss", "accuracy", "seconds"]
    cells = [row.split() for row in rows]
    assert {(cell[1], cell[2]) for cell in cells[:2]} == {("0.01", "16"), ("0.01", "32")}
    assert float(cells[0][3]) <= float(cells[1][3]) and cells[0][4].endswith("%")
    assert [cell[:4] for cell in cells[2:]] == [["3", "1e+30", "16", "diverged"], ["4", "1e+30", "32", "diverged"]]
    assert all("training diverged at step" in row for row in rows[2:])
    assert path == "search-messages.png" and is_ours(path) and is_ours("search-messages.sqlite")
    assert {file.name for file in desk.iterdir()} == {path, "search-messages.sqlite"}
    first, *others, judged, best = err.splitlines()
    assert first == "1 of 4 trials are there already, in search-messages.sqlite"
    assert [line.split()[0] for line in others] == ["2/4", "3/4", "4/4"]
    assert judged == "judged by 0.2 of the training examples; the test examples chose nothing"
    size = cells[0][2]
    assert best.endswith(f"optiviz train messages --optimizer sgd:lr=0.01 --epochs 1 --batch-size {size} --limit 60")
    picture = Path(path).read_bytes()
    again = search(capsys, *GRID)
    assert again.out == out and "4 of 4 trials are there already" in again.err and Path(path).read_bytes() == picture
    facts = json.loads(search(capsys, *GRID, "--json", "--quiet").out, parse_constant=pytest.fail)
    assert [f"{trial['number']}" for trial in facts["trials"]] == [cell[0] for cell in cells]
    assert (facts["ledger"], facts["space"]["grid"]) == (
        "search-messages.sqlite",
        ["lr=0.01,1e+30", "batch_size=16,32"],
    )
    assert facts["alt"] and facts["trial"]["epochs"] == 1
    assert search(capsys, *GRID, "--quiet") == ("", "")


def test_a_search_without_a_result_has_a_table_and_fails(capsys):
    out, err = search(capsys, "--grid", "lr=1e30", "--optimizer", "sgd", status=2)
    assert "diverged" in out.splitlines()[1]
    assert err.splitlines()[-1].startswith("optiviz: no trial came to a result: training diverged at step ")


def test_the_output_names_both_files(capsys, desk):
    search(capsys, "--random", "lr=log:1e-4:1e-2", "--trials", "1", "-o", "mine.sqlite", "--quiet")
    assert {file.name for file in desk.iterdir()} == {"mine.sqlite", "mine.png"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "there is nothing to search; write --grid lr=0.1,0.01 or --random lr=log:1e-4:1"),
        (["--grid", "lr=0.1,0.01", "--trials", "3"], "a grid has a trial for each point, 2 and not 3"),
        (["--grid", "lr"], "cannot read 'lr'"),
        (["--grid", "warp=1"], "adam has no parameter 'warp'"),
        (["--grid", "lr=0.1", "-o", "here/a.png"], "the directory here does not exist"),
        (["--grid", "lr=0.1", "-o", "taken.png"], "taken.sqlite is damaged or not a ledger"),
    ],
)
def test_a_mistake_costs_one_line_and_no_file(capsys, desk, args, said):
    Path("taken.sqlite").write_text("mine", encoding="utf-8")
    out, err = search(capsys, *args, status=2)
    assert out == "" and said in err and err.count("\n") == 1
    assert [file.read_text() for file in desk.iterdir()] == ["mine"]
