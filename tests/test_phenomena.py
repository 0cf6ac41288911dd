"""Phenomena: theory agrees with what ran, and no longer does once a rule is spoilt; and the command that shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import every
from PIL import Image

from optiviz import bowl, ewma, gd, handout, minimize
from optiviz.cli import run
from optiviz.experiments.phenomena import (
    PHENOMENA,
    Demonstration,
    Finding,
    Smoothed,
    curvature,
    find,
    memory,
    phenomenon,
    shape,
)
from optiviz.files import MARK, is_ours
from optiviz.plot import race_picture
from optiviz.plot.frames import frames

SMALL = ["--size", "320x180"]
every_phenomenon = pytest.mark.parametrize("name", PHENOMENA)
of_chance = ("noise-floor", "decay-ends-jitter")


@cache
def shown(name: str) -> Demonstration:
    return PHENOMENA[name].show(0)


# Theory beside what ran.


@every_phenomenon
def test_theory_agrees_with_what_ran(name):
    assert [finding for finding in shown(name).findings if not finding.agrees] == []


@every_phenomenon
def test_to_agree_is_not_easy(name):
    """Numbers may differ by little, and it is said why."""
    assert shown(name).findings
    for finding in shown(name).findings:
        assert finding.within <= max(0.07 * abs(finding.theory), 1e-6) and finding.because
        assert handout.find(finding.derivation)


@pytest.mark.proof
@pytest.mark.parametrize("name", of_chance)
@pytest.mark.parametrize("seed", range(1, 21))
def test_chance_is_no_excuse(name, seed):
    assert all(finding.agrees for finding in PHENOMENA[name].show(seed).findings)


def spoilt(surface: Any, rule: Any, *args: Any, **options: Any) -> Any:
    """A run with a learning rate that is a fifth too large, and with an ε that is felt."""
    rate = rule.params["lr"]
    wrong = {"lr": rate.configured(lr=1.2 * rate.params["lr"]) if "lr" in rule.scheduled else 1.2 * rate}
    wrong |= {"eps": 0.01} if "eps" in rule.params else {}
    return minimize(surface, rule.configured(**wrong), *args, **options)


def square(x):
    return x**2


@pytest.fixture
def mistakes(monkeypatch):
    """Rules, an average and a loss that are not what they should be."""
    for module in (phenomenon, curvature, shape, memory):
        monkeypatch.setattr(module, "minimize", spoilt)
    monkeypatch.setattr(import_module("optiviz.experiments.race"), "minimize", spoilt)
    monkeypatch.setattr(memory, "ewma_uncorrected", ewma)
    monkeypatch.setattr(shape, "_squared", square)
    monkeypatch.setattr(shape, "_entropy", square)


@pytest.mark.usefixtures("mistakes")
@every_phenomenon
def test_no_number_agrees_when_something_is_wrong(name):
    assert [finding for finding in PHENOMENA[name].show(0).findings if finding.agrees] == []


def test_what_is_no_number_does_not_agree():
    assert not Finding("", 1.0, float("nan"), 1.0, "", "").agrees
    assert Finding("", 1.0, 1.5, 0.5, "", "").agrees and not Finding("", 1.0, 1.6, 0.5, "", "").agrees


# What is said, and what happens.


@every_phenomenon
def test_a_question_and_an_answer(name):
    one, found = PHENOMENA[name], shown(name)
    assert one.name == name and one.question.endswith("?") and one.line.endswith(".")
    assert found.answer.endswith(".") and len(found.note) > 20
    assert isinstance(found.seen, Smoothed) == (one.surface is None)


def test_names_are_found_however_they_are_spelt():
    assert find("Noise_Floor") is find("noise-floor") is PHENOMENA["noise-floor"]
    with pytest.raises(LookupError, match="unknown phenomenon 'divergance'; did you mean 'divergence'"):
        find("divergance")


def test_what_the_pictures_show_happens():
    slow, jumping, lost = shown("divergence").seen.racers
    assert slow.final == pytest.approx(jumping.final) and lost.final > lost.values[0, 0]
    creeping, critical, swinging = (racer.path[:, 0] for racer in shown("damping").seen.racers)
    assert all(creeping < 0) and all(critical < 0) and any(swinging > 0)
    assert abs(critical[-1]) < 1e-4 * min(abs(creeping[-1]), abs(swinging[-1]))
    descent, _, adaptive = (np.argmax(racer.path[:, 1] > 0.1) for racer in shown("saddle").seen.racers)
    assert 0 < adaptive < 5 and descent > 40
    entropy, squares = (racer.values[:, 0] for racer in shown("sigmoid-mse").seen.racers)
    assert entropy[20] < 0.45 and squares[150] > 2.5 and squares[-1] < 0.45
    floors = [np.mean(racer.values[-50:]) for racer in shown("noise-floor").seen.racers]
    assert floors[0] > 3 * floors[1] > 9 * floors[2]
    constant, falling = (np.mean(racer.values[-50:]) for racer in shown("decay-ends-jitter").seen.racers)
    assert constant > 10 * falling
    _, exploding, *adaptive = shown("scale").seen.racers
    assert exploding.lost and [racer.label.split()[0] for racer in adaptive] == ["adam", "adam", "rmsprop", "rmsprop"]
    for small, large in (adaptive[:2], adaptive[2:]):
        np.testing.assert_allclose(small.values, large.values, rtol=1e-4, atol=1e-7)


def test_the_largest_rate_of_all_is_found_where_none_fails():
    rates = np.array([0.1, 0.2, 0.3])
    assert phenomenon.largest(bowl, gd, rates, 50, phenomenon.nearer) == 0.3


# The command.


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in; what was shown once is not run again."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cached(monkeypatch):
    for name, one in PHENOMENA.items():
        monkeypatch.setitem(PHENOMENA, name, replace(one, show=remembering(name)))


def remembering(name: str) -> Callable[[int], Demonstration]:
    found = shown(name)
    return lambda seed: found


def printed(capsys: Any, *args: str) -> str:
    status = run([*args])
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def test_without_a_name_they_are_listed(capsys):
    lines = printed(capsys, "demo").splitlines()
    assert [line.split()[0] for line in lines] == [*PHENOMENA] and max(map(len, lines)) <= 80
    assert json.loads(printed(capsys, "demo", "--json")) == {name: one.line for name, one in PHENOMENA.items()}


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize("name", every(3, PHENOMENA))
def test_each_draws_its_picture(capsys, desk, name):
    """The question, the answer and every number are on the terminal and in the words of the file."""
    out = printed(capsys, "demo", name, "-o", "a.png", *SMALL)
    with Image.open("a.png") as image:
        assert image.size == (320, 180) and image.info["Software"] == MARK
        told = image.info["Description"]
    words, found = " ".join(out.split()), shown(name)
    assert words.startswith(PHENOMENA[name].question) and found.answer in words and words.endswith("a.png")
    assert told.startswith(PHENOMENA[name].question) and found.answer in told and " win" not in told
    for finding in found.findings:
        assert finding.what in out and f"optiviz derive {finding.derivation}" in out
        assert f"{finding.what}: {finding.numbers[0]} and {finding.numbers[1]}" in told
    assert "1 days" not in told and len(told) < 1000


@pytest.mark.parametrize("name", every(3, [name for name, one in PHENOMENA.items() if one.surface]))
def test_the_caption_begins_with_the_fact(name):
    """It is readable: no text is cut, though a long one is set smaller."""
    surface, found = PHENOMENA[name].surface, shown(name)
    figure = race_picture(found.seen, surface.sample(20), size=(640, 360), note=found.note).figure
    (caption,) = [text for text in figure.texts if text.get_text().startswith(found.note)]
    assert "steps" in caption.get_text() and "…" not in caption.get_text()


@pytest.mark.parametrize("name", of_chance)
def test_the_panel_ends_at_what_was_measured(name):
    """Line and table show the mean that the findings are of, at the same step, and the floor is theory's."""
    surface, found = PHENOMENA[name].surface, shown(name)
    made = race_picture(
        found.seen, surface.sample(20), size=(960, 540), note=found.note, middle=found.middle, floors=found.floors
    )
    list(frames(made, [made.looks - 1]))
    (panel,) = [axes for axes in made.figure.axes if "loss" in axes.get_title(loc="left")]
    lines = {line.get_label(): line.get_ydata() for line in panel.lines}
    floors = [line.get_ydata() for line in panel.lines if line.get_label() == "_floor"]
    texts = {text.get_text() for text in made.figure.texts}
    assert panel.get_title(loc="left") == "mean loss (log scale)" and "mean f" in texts
    for racer, finding, floor in zip(found.seen.racers, found.findings, floors, strict=True):
        assert lines[racer.label][-1] == finding.measured
        assert len(floor) == found.seen.steps + 1 and floor[-1] <= finding.theory * (1 + 1e-6)
    for finding in found.findings:
        assert f"{finding.theory:.3g}" in found.note


@pytest.mark.usefixtures("cached")
def test_it_moves_unless_it_is_a_series(capsys, desk):
    assert printed(capsys, "demo", "divergence", *SMALL).endswith("demo-divergence.gif\n")
    assert printed(capsys, "demo", "ewma_bias", *SMALL).endswith("demo-ewma-bias.png\n")
    with Image.open("demo-divergence.gif") as film:
        assert film.n_frames == 21
    assert {path.name for path in desk.iterdir()} == {"demo-divergence.gif", "demo-ewma-bias.png"}
    assert run(["demo", "divergence", "-q", *SMALL]) == 0 and is_ours("demo-divergence.gif")
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("cached")
def test_json_has_theory_and_what_was_measured(capsys):
    facts = json.loads(printed(capsys, "demo", "scale", "-o", "a.png", "--json", *SMALL), parse_constant=pytest.fail)
    assert (facts["file"], facts["name"], facts["question"]) == ("a.png", "scale", PHENOMENA["scale"].question)
    assert [each["theory"] for each in facts["findings"]] == pytest.approx([0, 0, 8e-5])
    assert all(each["agrees"] and each["because"] and each["derivation"] for each in facts["findings"])
    with Image.open("a.png") as image:
        assert image.info["Description"] == facts["alt"]


def test_the_seed_is_that_of_the_noise(capsys, monkeypatch):
    seen = []
    one = PHENOMENA["ewma-bias"]
    monkeypatch.setitem(PHENOMENA, "ewma-bias", replace(one, show=lambda seed: seen.append(seed) or one.show(seed)))
    printed(capsys, "demo", "ewma-bias", "--seed", "7", "--style", "dark", *SMALL)
    assert seen == [7]


MISTAKES = [
    (["demo", "divergance"], "unknown phenomenon 'divergance'; did you mean 'divergence'?"),
    (["demo", "-o", "a.gif"], "write optiviz demo NAME"),
    (["demo", "saddle", "-o", "a.txt"], "cannot write 'a.txt'"),
    (["demo", "ewma-bias", "-o", "a.gif"], "the formats are .png, .svg"),
    (["demo", "saddle", "-o", "foreign.png"], "foreign.png was not written by optiviz"),
    (["demo", "ewma-bias", "--filmstrip", "3"], "does not move and has no surface; leave out --filmstrip"),
    (["demo", "ewma-bias", "--view", "field"], "leave out --view"),
    (["demo", "ewma-bias", "--fps", "3", "--frames", "9"], "leave out --fps, --frames"),
    (["demo", "ravine", "--view", "internals"], "'internals' is not one of 'contour', '3d', 'field'"),
    (["demo", "damping", "--view", "3d"], "its view is contour"),
    (["demo", "saddle", "--style", "neon"], "'light', 'dark'"),
    (["demo", "saddle", "--seed", "-1"], "x>=0"),
    (["demo", "saddle", "ravine"], "unexpected extra argument"),
]


@pytest.mark.parametrize(("args", "phrase"), MISTAKES, ids=lambda a: " ".join(a)[:40] if isinstance(a, list) else "")
def test_a_mistake_costs_one_line(capsys, args, phrase):
    Path("foreign.png").write_bytes(b"a holiday picture")
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("optiviz: ") and err.count("\n") == 1 and phrase in err, err
    assert [path.name for path in Path().iterdir()] == ["foreign.png"]
