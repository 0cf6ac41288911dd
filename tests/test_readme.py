"""The README's code does what the README says."""

import re
import shlex
from pathlib import Path

import pytest
from examples import every
from small_data import small_data  # noqa: F401, a fixture

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = re.findall(r"^optiviz (.*?)(?:  +#.*)?$", README.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("x,y\n0,1\n1,2.5\n2,2.5\n3,4.5\n", encoding="utf-8")
    for block in BLOCKS:
        named = re.match(r"# (\w+\.py)\n", block)
        if named:
            (tmp_path / named[1]).write_text(block, encoding="utf-8")


def test_python_blocks_run(capsys):
    for block in BLOCKS:
        if not block.startswith("# "):
            exec(compile(block, "README.md", "exec"), {})
    assert "θₜ = " in capsys.readouterr().out
    assert Path("run.npz").exists()


DRAWN = ("animate ", "race ", "demo ")
QUICK = ["--model", "logistic", "--limit", "60", "--epochs", "1"]
SHORT = {
    "train": ["--epochs", "1", "--limit", "60"],
    "evaluate": [],
    "predict": [],
    "compare": [*QUICK, "--seeds", "1", "--rates", "2", "--tuning-epochs", "1"],
    "experiment": ["--limit", "40", "--epochs", "1", "--seeds", "1"],
    "search": [*QUICK, "--trials", "2"],
    "lr-find": ["--model", "logistic", "--limit", "60", "--steps", "12"],
}
"""What makes the commands that train short enough for a test."""

FEWER = {"basin": ["--starts", "60x60"]}
"""And those that draw."""


def first(line):
    return line.split()[0]


@pytest.mark.parametrize("line", [line for line in COMMANDS if not line.startswith(DRAWN) and first(line) not in SHORT])
def test_short_commands_run(line):
    from optiviz.cli import run

    assert run([*shlex.split(line), *FEWER.get(first(line), [])]) == 0


@pytest.mark.parametrize("line", every(4, [line for line in COMMANDS if line.startswith(DRAWN)]))
def test_pictures_are_made(line):
    from optiviz.cli import run

    assert run([*shlex.split(line), "-o", "picture.png"]) == 0  # the last frame is enough here
    assert Path("picture.png").stat().st_size > 10_000


@pytest.mark.parametrize("pictures", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_a_network_is_trained_judged_and_asked(small_data, pictures, request, monkeypatch):  # noqa: F811
    """The lines are one session; few examples are enough here, and the pictures are drawn in other tests, too."""
    from PIL import Image

    from optiviz.cli import run

    if not pictures:
        request.getfixturevalue("undrawn")
        monkeypatch.setattr("optiviz.trials.running.write_pictures", lambda *_: {})
    Image.new("L", (40, 40), "white").save("drawing.png")
    lines = [line for line in COMMANDS if first(line) in SHORT]
    assert {first(line) for line in lines} == {*SHORT}
    for line in lines:
        assert run([*shlex.split(line, comments=True), *SHORT[first(line)]]) == 0, line
