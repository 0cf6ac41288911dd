"""Every picture says what is to be seen, in a sentence or two with the run's own numbers."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from examples import every
from PIL import Image

from optiviz import adam, bowl, gd, himmelblau, minimize, momentum, parabola, race, rosenbrock, sensitivity
from optiviz.cli import COMMANDS, run
from optiviz.descent import DIVERGED
from optiviz.experiments import SHARES, basin, effective_steps, internals
from optiviz.files import MARK
from optiviz.names import VIEWS
from optiviz.optimizers.wrapper import named
from optiviz.plot import alt, film, picture, writers
from optiviz.plot.words import plain
from optiviz.surfaces import Surface

SMALL = ["--size", "320x180"]
DRAW = {
    "animate": ["animate", "adam", "-s", "rosenbrock", "--steps", "3"],
    "race": ["race", "gd", "adam", "-s", "bowl", "--steps", "3"],
    "schedule": ["schedule", "cosine"],
    "loss": ["loss", "mse", "mae"],
    "ewma": ["ewma", "log.csv", "--column", "loss"],
    "sensitivity": ["sensitivity", "adam", "-s", "bowl", "--steps", "3"],
    "demo": ["demo", "ewma-bias"],
    "search": ["search", "messages", "--grid", "lr=0.01", "--limit", "60", "--epochs", "1"],
    "compare": ["compare", "adam:lr=0.01", "--model", "logistic", "--limit", "40", "--epochs", "1", "--seeds", "2"],
    "experiment": ["experiment", "sharing", "--limit", "40", "--epochs", "1", "--seeds", "1"],
    "lr-find": ["lr-find", "--model", "logistic", "--limit", "40", "--steps", "20"],
    "basin": ["basin", "gd", "-s", "bowl", "--starts", "9x9", "--steps", "30"],
}


@pytest.fixture(autouse=True)
def _desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text("epoch,loss\n1,5\n2,3\n3,2\n", encoding="utf-8")


def well_said(words: str, most: int = 2) -> bool:
    """One or two sentences of plain text, or up to `most`."""
    sentences = re.findall(r"[A-Za-z0-9].*?\.(?= [A-Z]|$)", words)
    return 1 <= len(sentences) <= most and words.endswith(".") and not re.search(r"[$\\_]|nan|  | ,", words)


def test_every_command_that_draws_has_its_words():
    helps = {name for name in COMMANDS if "--style" in help_of(name)} - {"train"}  # it writes them to its results
    assert helps == {*DRAW} and all("--alt" in help_of(name) for name in helps)


def help_of(name: str) -> str:
    command = importlib.import_module(f"optiviz.cli.{name.replace('-', '_')}").command
    return " ".join(option for parameter in command.params for option in parameter.opts)


@pytest.mark.parametrize("name", every(2, DRAW))
def test_the_words_are_beside_the_file_in_it_and_in_the_facts(capsys, name):
    assert run([*DRAW[name], *SMALL, "--alt", "--json", "-o", "a.png"]) == 0
    words = json.loads(capsys.readouterr().out)["alt"]
    assert well_said(words, 5 if name in ("demo", "experiment") else 2), words  # an answer explains
    assert Path("a.alt.txt").read_text(encoding="utf-8") == f"{words}\n\nPicture {MARK}.\n"
    with Image.open("a.png") as image:
        assert image.info["Description"] == words


@pytest.mark.parametrize("name", DRAW)
def test_somebody_else_s_words_are_kept(capsys, name):
    Path("a.alt.txt").write_text("mine", encoding="utf-8")
    assert run([*DRAW[name], *SMALL, "--alt", "-o", "a.png"]) == 2
    assert "a.alt.txt was not written by optiviz" in capsys.readouterr().err
    assert not Path("a.png").exists() and Path("a.alt.txt").read_text(encoding="utf-8") == "mine"


def test_the_words_are_written_when_they_are_asked_for(capsys):
    Path("a.alt.txt").write_text("mine", encoding="utf-8")
    assert run([*DRAW["schedule"], *SMALL, "-o", "a.png"]) == 0  # no business of who does not write them
    assert Path("a.alt.txt").read_text(encoding="utf-8") == "mine"
    assert run([*DRAW["schedule"], *SMALL, "--alt", "--force", "-o", "a.png"]) == 0
    assert "in words: a.alt.txt" in capsys.readouterr().err
    assert MARK in Path("a.alt.txt").read_text(encoding="utf-8")
    assert run([*DRAW["schedule"], *SMALL, "--alt", "-o", "a.png"]) == 0  # its own may be replaced


@pytest.mark.parametrize("suffix", every(2, [".png", ".apng", ".svg", ".pdf"]))
def test_the_words_stand_in_the_file(suffix):
    made = picture(minimize(rosenbrock, adam(lr=0.5), steps=2), rosenbrock.sample(20), size=(320, 180))
    film(made, f"a{suffix}")
    data = Path(f"a{suffix}").read_bytes()
    if suffix == ".pdf":
        assert b"/Subject" in data
    elif suffix == ".svg":
        assert f"<title>{made.words}</title>".encode() in data
    else:
        with Image.open(f"a{suffix}") as image:
            assert image.info["Description"] == made.words


def test_a_reel_without_words_is_no_trouble():
    frame = np.zeros((4, 4, 4), np.uint8)
    for suffix in (".png", ".apng"):
        writers.write(Path(f"a{suffix}"), writers.Reel((4, 4), [0], 1, lambda _: iter([frame]), frame[0, :0, :3]))


# One run.


@pytest.mark.parametrize(
    ("surface", "rule"), [(rosenbrock, adam(lr=0.5)), (himmelblau, momentum(lr=0.01)), (parabola, gd(lr=0.3))], ids=repr
)
def test_a_run_s_words_are_its_numbers(surface, rule):
    run = minimize(surface, rule, steps=40)
    words = alt.of_run(run, surface.sample(20))
    assert well_said(words)
    assert words.startswith(f"{rule.name} with lr {rule.params['lr']:g} on {surface.name} goes down from ")
    assert f"where f is {plain(run.value[0])}, to" in words and f"where f is {plain(run.value[-1])}, in 40" in words
    soon = int(re.search(r"done after (\d+) step", words)[1])
    done = (run.value[0] - run.value) / (run.value[0] - run.value[-1])
    assert done[soon] >= 0.9 > done[:soon].max(initial=0)
    rises = re.search(r"rises in (\d+) of the 40", words)
    assert int(rises[1] if rises else 0) == np.sum(np.diff(run.value) > 0)
    away = min(np.linalg.norm(np.array(point) - run.theta[-1]) for point in surface.minima)
    assert f"it ends {plain(away)} from the minimum" in words


@pytest.mark.parametrize(
    ("rule", "steps", "said"),
    [
        (gd(lr=1.5), 40, "goes up from"),
        (gd(lr=1e300), 40, "diverge"),
        (gd(lr=0.1), 0, "stands at"),
        (gd(lr=0.5), 40, "has converged"),
    ],
    ids=["up", "diverges", "nothing", "converged"],
)
def test_odd_runs_have_words_too(rule, steps, said):
    run = minimize(bowl, rule, steps=steps, tolerance=1e-6)
    words = alt.of_run(run, bowl.sample(20))
    assert said in words and well_said(words), words
    assert (run.ending == DIVERGED) == ("diverge" in words)


def test_each_view_has_words_of_its_own():
    rule = adam(lr=0.1)
    run = minimize(rosenbrock, rule, steps=4)
    inside = internals(run, rule)
    said = {view: alt.of_run(run, rosenbrock.sample(20, slopes=True), view, inside) for view in VIEWS}
    assert len({*said.values()}) == len(VIEWS) and all(well_said(words) for words in said.values()), said
    assert all(words.startswith(said["contour"][:-1]) for words in said.values())
    for name, seen in (("g", "g"), ("m", "m"), ("mhat", "m̂")):
        x, y = (plain(value) for value in inside.lines[name][0])
        assert f" {seen} is ({x}, {y})" in said["internals"]
    for name, values in zip("xy", effective_steps(run).T, strict=True):
        assert f"of {name} goes from {plain(values[0])} to {plain(values[-1])}" in said["effective"]
    assert "solid body" in said["3d"] and "arrows" in said["field"]
    made = picture(run, rosenbrock.sample(20), view="internals", inside=inside, size=(320, 180))
    assert made.words == said["internals"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("rule", [gd(lr=0.3), named("adam+l2")(lr=0.1), named("lamb")(lr=0.1)], ids=repr)
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_view_of_any_run_has_words(view, rule, steps):
    for surface in (bowl, Surface.registry["bce"], *([parabola] if view not in ("3d", "field") else [])):
        run = minimize(surface, rule, steps=steps)
        words = alt.of_run(run, surface.sample(20, slopes=True), view, internals(run, rule))
        assert well_said(words), words


def test_what_is_left_to_chance_is_said():
    noisy = minimize(bowl, gd(lr=0.1), steps=5, noise=0.25, seed=3)
    assert "on bowl, with gradient noise 0.25 and seed 3, goes" in alt.of_run(noisy, bowl.sample(20))
    bce = Surface.registry["bce"]
    some = minimize(bce, gd(lr=0.1), steps=5, batch_size=8, seed=4)
    assert "with mini-batches of 8 and seed 4, goes" in alt.of_run(some, bce.sample(20))
    assert "seed" not in alt.of_run(minimize(bowl, gd(lr=0.1), steps=5), bowl.sample(20))
    assert "with gradient noise 0.25 and seed 3, " in alt.of_race(race(bowl, [gd], steps=3, noise=0.25, seed=3))


# Many runs.


def test_a_race_s_words_name_the_winner():
    found = race(bowl, [gd(lr=0.05), momentum(lr=0.02), gd(lr=9.0)], steps=200)
    words = alt.of_race(found)
    (won,) = found.winners
    share = won.held - 1
    assert well_said(words) and f"{won.label} wins, down to {plain(SHARES[share])} of that height" in words
    assert f"after {plain(won.steps[share])} steps" in words and "(lr 9) diverged" in words
    for racer in found.racers[:2]:
        assert f"{racer.label} (lr {racer.lr:g}) {plain(racer.final)}" in words
    nobody = race(rosenbrock, [gd(lr=1e-12), gd(lr=2e-12)], steps=3)
    assert "nobody wins" in alt.of_race(nobody)


def test_a_sweep_s_words_have_its_best_and_its_lost():
    found = sensitivity(gd(lr=0.1), bowl, {"lr": [1e-3, 0.1, 0.4, 5.0]}, steps=30)
    words = alt.of_sensitivity(found, "default")
    assert well_said(words) and f"lowest, {plain(found.value.min())}, with lr {found.best['lr']:g}" in words
    assert f"near lr 0.1, default, it is {plain(found.value[1])}" in words and "25.0 % of the runs diverged" in words
    assert "default" not in alt.of_sensitivity(found)
    lost = sensitivity(gd(lr=9.0), bowl, {"lr": [9.0, 10.0]}, steps=90)
    assert "lowest" not in alt.of_sensitivity(lost) and "100.0 % of the runs diverged" in alt.of_sensitivity(lost)


def test_a_basin_s_words_count_all_starts():
    found = basin(gd(lr=0.03), himmelblau, starts=(20, 20), steps=5)
    words = alt.of_basin(found)
    shares = [float(share) for share in re.findall(r"([\d.]+) % ", words)]
    assert well_said(words) and sum(shares) == pytest.approx(100, abs=0.5)
    assert f"{100 * found.shares.max():.1f} % to (" in words and "no minimum yet" in words and "diverge" in words
