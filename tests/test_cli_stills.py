"""The commands that draw stills: what they write and print, and every mistake in a line."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from examples import every
from PIL import Image

from optiviz import cosine, ewma, ewma_uncorrected, gd, himmelblau, minimize, rosenbrock, window
from optiviz.cli import run
from optiviz.cli.loss import VIEWS
from optiviz.experiments import growth
from optiviz.files import MARK, is_ours

SMALL = ["--size", "320x180"]
LOSS = "epoch,loss\n" + "".join(f"{t},{10 / t}\n" for t in range(1, 31))


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """A directory to work in, with a log."""
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(LOSS, encoding="utf-8")
    return tmp_path


def printed(capsys, *args: str) -> str:
    status = run([*args])
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def facts(capsys, *args: str) -> dict:
    return json.loads(printed(capsys, *args, *SMALL, "--json"), parse_constant=pytest.fail)


COMMANDS = [
    (["ewma", "log.csv", "--column", "loss"], "ewma-log.png"),
    (["schedule", "cosine"], "schedule-cosine.png"),
    (["schedule", "cosine", "step"], "schedule.png"),
    (["schedule", "warmup:steps=5 >> cosine:steps=9"], "schedule.png"),
    (["loss", "mse", "mae", "huber:delta=2"], "loss-mse-mae-huber.png"),
    (["loss", "focal", "focal:gamma=5", "sparse-cce"], "loss-focal-sparse_cce.png"),
    (["loss", "mse", "mae", "--over", "outlier"], "loss-outlier-mse-mae.png"),
    (["sensitivity", "adam", "-s", "bowl", "--steps", "5"], "sensitivity-adam-bowl.png"),
    (["sensitivity", "torch.adam", "-s", "x**2 + y**2", "--steps", "5"], "sensitivity-torch.adam-formula.png"),
    (["sensitivity", "adam", "-s", "bowl", "--over", "lr", "--over", "beta1", "--steps", "3"], None),
    (["basin", "gd", "-s", "bowl", "--starts", "20x20"], "basin-gd-bowl.png"),
    (["basin", "gd", "-s", "kink"], "basin-gd-kink.png"),
]


@pytest.mark.parametrize(
    ("args", "name"), every(2, COMMANDS), ids=lambda a: " ".join(a)[:40] if isinstance(a, list) else ""
)
def test_each_writes_one_picture_with_a_mark_and_the_same_bytes(capsys, desk, args, name):
    path = printed(capsys, *args, *SMALL).splitlines()[-1]
    assert {p.name for p in desk.iterdir()} == {"log.csv", path} and name in (None, path) and is_ours(path)
    with Image.open(path) as image:
        assert image.size == (320, 180) and image.info["Software"] == MARK
    before = Path(path).read_bytes()
    printed(capsys, *args, *SMALL)  # replaces its own
    assert Path(path).read_bytes() == before


def test_dark_svg_and_quiet(capsys):
    assert run(["schedule", "cosine", *SMALL, "--style", "dark", "--quiet", "-o", "dark.svg"]) == 0
    assert capsys.readouterr() == ("", "")
    assert MARK in Path("dark.svg").read_text(encoding="utf-8")


def test_schedule_json_gives_the_rates(capsys, undrawn):
    found = facts(capsys, "schedule", "cosine:steps=4,lr=1", "--steps", "5")
    assert list(found["rates"].values()) == [[cosine(t, lr=1.0, steps=4) for t in range(6)]]


def test_ewma_json_gives_the_averages(capsys, undrawn):
    found = facts(capsys, "ewma", "log.csv", "-c", "loss", "-b", "0.5", "-b", "0.9")
    x = 10 / np.arange(1.0, 31.0)
    assert (found["column"], found["values"], found["left_out"]) == ("loss", 30, 0)
    for average, beta in zip(found["averages"], (0.5, 0.9), strict=True):
        assert (average["beta"], average["window"]) == (beta, window(beta))
        assert average["corrected"] == ewma(beta=beta).over(x).tolist()
        assert average["uncorrected"] == ewma_uncorrected(beta=beta).over(x).tolist()


def test_ewma_reads_the_standard_input(capsys, monkeypatch, undrawn):
    text = "loss\n3\n\n?\n1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    found = facts(capsys, "ewma", "-", "--skip", "-b", "0.5")
    assert (found["file"], found["values"], found["left_out"]) == ("ewma.png", 2, 1)


def test_loss_json_gives_values_and_gradients(capsys, undrawn):
    found = facts(capsys, "loss", "mae", "huber:delta=2")
    at = found["x"].index(3.0)
    assert (found["values"]["huber(delta=2.0)"][at], found["gradients"]["huber(delta=2.0)"][at]) == (4.0, 2.0)
    assert found["jumps"] == {"mae": [[0.0, -1.0, 0.0, 1.0]], "huber(delta=2.0)": []}


def test_an_outlier_s_estimates_are_printed(capsys, undrawn):
    page = printed(capsys, "loss", "mse", "mae", "--over", "outlier", *SMALL)
    assert page.splitlines()[:3] == ["outlier at      3   23", "mse         4.643  7.5", "mae           4.5    5"]
    assert facts(capsys, "loss", "mae", "--over", "outlier")["estimates"]["mae"][-1] == pytest.approx(5)


def test_costs_are_a_table_and_json(capsys, monkeypatch, undrawn):
    brief = partial(growth, classes=[10, 100], examples=4)
    monkeypatch.setitem(VIEWS, "classes", lambda losses, seed: brief(losses, seed=seed))
    head, *rows, path = printed(capsys, "loss", "cce", "sparse_cce", "--over", "classes", *SMALL).splitlines()
    assert head.split() == "classes cce bytes sparse_cce bytes cce ms sparse_cce ms".split()
    assert [row.split()[:3] for row in rows] == [["10", "160", "32"], ["100", "1,600", "32"]]
    assert is_ours(path) and path == "loss-classes-cce-sparse_cce.png"
    found = facts(capsys, "loss", "cce", "sparse_cce", "--over", "classes")
    assert (found["classes"], found["memory"]) == ([10, 100], {"cce": [160, 1600], "sparse_cce": [32, 32]})


def test_sensitivity_json_gives_every_run(capsys, undrawn):
    found = facts(
        capsys, "sensitivity", "gd", "-s", "rosenbrock", "--over", "lr=1e-4..10", "--cells", "6", "--steps", "9"
    )
    for rate, value, ending in zip(found["over"]["lr"], found["value"], found["ending"], strict=True):
        expected = minimize(rosenbrock, gd(lr=rate), [rosenbrock.start], steps=9)
        assert ending == expected.endings[0]
        assert value == (expected.value[-1, 0] if np.isfinite(expected.value[-1, 0]) else None)
    assert found["best"] == {"lr": found["over"]["lr"][int(np.argmin([v or 1e9 for v in found["value"]]))]}
    assert "watchable" in found and found["first_value"] == pytest.approx(24.2)


def test_sensitivity_says_whose_values_are_marked(capsys, undrawn):
    common = ["-s", "bowl", "--cells", "4", "--steps", "3"]
    assert facts(capsys, "sensitivity", "gd:lr=0.1", *common)["as given"] == {"lr": 0.1}
    assert facts(capsys, "sensitivity", "adam", *common, "--over", "beta1=0.5..0.99")["default"] == {"beta1": 0.9}
    assert facts(capsys, "sensitivity", "sgd", *common)["noise"] > 0
    two = facts(capsys, "sensitivity", "adam", "-s", "bowl", "--over", "eps", "--over", "beta1", "--cells", "4x3")
    assert np.shape(two["value"]) == (4, 3) and list(two["over"]) == ["eps", "beta1"]


def test_basin_json_gives_the_minima(capsys, undrawn):
    found = facts(capsys, "basin", "gd:lr=0.01", "-s", "himmelblau", "--starts", "20x10")
    assert {tuple(each["at"]) for each in found["minima"]} == set(himmelblau.minima)
    shares = [each["share"] for each in found["minima"]]
    assert sum(shares) + found["at_no_minimum"] + found["diverged"] + found["escaped"] == pytest.approx(1)
    assert found["starts"] == [20, 10] and not found["note"]


def test_what_is_tuned_and_what_cannot_be_is_said(capsys, desk, undrawn):
    """A schedule, too, begins at a rate that suits the surface; a rule that goes uphill has none."""
    Path("mine.py").write_text(
        "from optiviz import optimizer\n\n@optimizer\ndef uphill(theta, g, t, *, lr=0.1):\n    return theta + lr * g\n"
    )
    own = facts(capsys, "basin", "gd", "-s", "bowl", "--starts", "9x9", "-p", "lr=cosine")
    assert (own["params"], own["note"]) == (
        {"lr": "cosine(lr=0.2, end=0.0, steps=300)"},
        "learning rate chosen for a watchable path",
    )
    hopeless = "no learning rate that was tried gets down on this surface"
    assert facts(capsys, "basin", "mine.py:uphill", "-s", "bowl", "--starts", "9x9")["note"] == hopeless
    assert run(["basin", "mine.py:uphill", "-s", "bowl", "--starts", "8x8", *SMALL]) == 0
    assert f"0 minima reached\n{hopeless}; choose your own with -p lr=..." in capsys.readouterr().err
    assert "tried" in facts(capsys, "sensitivity", "mine.py:uphill", "-s", "bowl", "--cells", "3")
    assert facts(capsys, "animate", "mine.py:uphill", "-s", "bowl", "--steps", "2", "-o", "a.png")["note"] == hopeless
    elsewhere = facts(capsys, "animate", "gd", "-s", "rosenbrock", "--start=2,-1", "--steps", "1", "-o", "a.png")
    assert elsewhere["note"] == "learning rate chosen for a watchable path from the surface's own start"


SWEEP = ["sensitivity", "adam", "-s", "bowl"]
BASIN = ["basin", "gd", "-s", "bowl"]
MISTAKES = [
    (["schedule"], "Missing argument 'SPEC...'"),
    (["schedule", "cosin"], "did you mean 'cosine'?"),
    (["schedule", "reduce_on_plateau"], "reacts to the loss of a run, so nobody knows its rates beforehand; see its"),
    (["schedule", "reduce-on-plateau:factor=0.5"], "optiviz schedule step"),
    (["schedule", "cosine", "--steps", "0"], "1<=x<=100000"),
    (["schedule", "cosine", "-o", "a.gif"], "the formats are .png, .svg"),
    (["schedule", "cosine", "--size", "9x9"], "from 320x180 to 3840x2160"),
    (["schedule", "cosine", "--size", "big"], "write 1920x1080"),
    (["schedule", "cosine", "-o", "log.csv"], "the formats are"),
    (["ewma"], "Missing argument 'FILE.csv'"),
    (["ewma", "nope.csv"], "nope.csv: no such file"),
    (["ewma", "."], "is a directory; name a CSV file in it"),
    (["ewma", "empty.csv"], "empty.csv is empty"),
    (["ewma", "one.csv"], "one value in column 'x'; two or more are needed"),
    (["ewma", "latin.csv"], "not UTF-8"),
    (["ewma", "log.csv"], "choose one with --column: epoch, loss"),
    (["ewma", "log.csv", "-c", "lost"], "no column 'lost'; did you mean 'loss'?"),
    (["ewma", "log.csv", "-c", "loss", "-b", "1"], "beta must be in [0, 1), not 1"),
    (["ewma", "log.csv", "-c", "loss", "-b", "high"], "'high' is not a valid float"),
    (["ewma", "log.csv", "-c", "loss", "-o", "foreign.png"], "foreign.png was not written by optiviz"),
    (["loss"], "Missing argument 'LOSS...'"),
    (["loss", "msee"], "unknown loss 'msee'; did you mean 'mse'?"),
    (["loss", "huber:detla=2"], "huber has no parameter 'detla'; did you mean 'delta'?"),
    (["loss", "huber:delta=-1"], "delta must be in"),
    (["loss", "huber:delta=cosine"], "delta must be a number, not Schedule"),
    (["loss", "huber:delta=1e200"], "is not finite"),
    (["loss", "mse,mae"], "part several by spaces"),
    (["loss", "mse", "bce"], "share no axis: mse over the error, bce over the score of the right answer"),
    (["loss", "mse", "mse"], "mse is given twice"),
    (["loss", *(f"focal:gamma={g}" for g in range(1, 12))], "up to 10 losses, not 11"),
    (
        ["loss", "bce", "--over", "outlier"],
        "an outlier is for losses of one number, mse mae huber log_cosh, not for bce",
    ),
    (["loss", "bce", "--over", "classes"], "classes are for the losses that have them, cce sparse_cce kl, not for bce"),
    (["loss", "mse", "--over", "time"], "'scores', 'outlier', 'classes'"),
    (["loss", "mse", "-o", "a.gif"], "the formats are .png, .svg"),
    (["loss", "mse", "-o", "foreign.png"], "foreign.png was not written by optiviz"),
    (["sensitivity", "adam"], "--surface"),
    ([*SWEEP, "--over", "beta"], "adam has no parameter 'beta'; did you mean 'beta1' or 'beta2'?"),
    ([*SWEEP, "--over", "lr=3"], "cannot read 'lr=3'; write NAME, or NAME=LOW..HIGH such as beta1=0.5..0.99"),
    ([*SWEEP, "--over", "lr=a..b"], "cannot read 'lr=a..b'"),
    ([*SWEEP, "--over", "beta1=0.5..1"], "beta1 goes from LOW to HIGH in [0, 1), not from 0.5 to 1"),
    ([*SWEEP, "--over", "lr=2..1"], "not from 2 to 1"),
    ([*SWEEP, "--over", "lr=nan..1"], "not from nan to 1"),
    ([*SWEEP, "--over", "lr", "--over", "lr"], "--over lr is given twice"),
    ([*SWEEP, "--over", "lr", "--over", "eps", "--over", "beta1"], "not 3 times"),
    ([*SWEEP, "-p", "lr=0.1"], "lr is what is varied, so -p cannot set it; say from where to where with --over lr=LOW"),
    ([*SWEEP, "-p", "beta1=0.5", "--over", "beta1"], "or mark a value of your own with adam:beta1=VALUE"),
    ([*SWEEP, "-p", "lr=cosine"], "lr cannot both follow cosine"),
    ([*SWEEP, "--cells", "3x3"], "--cells wants one number, at least 2, for each"),
    ([*SWEEP, "--cells", "1"], "at least 2"),
    ([*SWEEP, "--cells", "999999"], "up to 250000 cells"),
    ([*SWEEP, "--start=9,9"], "outside bowl's box"),
    ([*BASIN, "--starts", "1001x1000"], "from 2 to 1000000 in all"),
    ([*BASIN, "--starts", "10"], "starts in x and in y"),
    ([*BASIN, "--steps", "10001"], "1<=x<=10000"),
    ([*BASIN, "-p", "beta=0.5"], "gd has no parameter 'beta'"),
]


@pytest.mark.parametrize(("args", "phrase"), MISTAKES, ids=lambda a: " ".join(a)[:50] if isinstance(a, list) else "")
def test_a_mistake_costs_one_line(capsys, desk, args, phrase):
    Path("empty.csv").write_bytes(b"")
    Path("one.csv").write_bytes(b"x\n1\n")
    Path("latin.csv").write_bytes(b"temp\xe9rature\n1\n2\n")
    Path("foreign.png").write_bytes(b"a holiday picture")
    before = {path.name: path.read_bytes() for path in desk.iterdir()}
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("optiviz: ") and err.count("\n") == 1 and phrase in err, err
    assert {path.name: path.read_bytes() for path in desk.iterdir()} == before
