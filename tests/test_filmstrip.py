"""Film strips: the looks that they show, and that words fit."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from examples import every
from pictures import lay_out
from PIL import Image

from optiviz import adam, himmelblau, minimize, momentum, nesterov, parabola, race, rosenbrock
from optiviz.cli import run
from optiviz.optimizers import Optimizer
from optiviz.plot import film, filmstrip, picture, race_picture
from optiviz.plot.filmstrip import IN_A_ROW, MOST, strip_looks
from optiviz.plot.solid import Mesh

pytestmark = pytest.mark.usefixtures("unpainted")

RUN = minimize(rosenbrock, adam(lr=0.5), steps=40)
RACE = race(himmelblau, [Optimizer.registry[name] for name in "gd momentum adam lion yogi amsgrad".split()], steps=30)


def line(axes, label):
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


@pytest.mark.parametrize("style", ["light", "big"])
def test_a_body_fills_its_cells_and_is_seen_from_one_side(style):
    shown = race_picture(RACE, himmelblau.sample(40), view="3d", style=style)
    bodies = []
    for axes in filmstrip(shown, 4).figure.axes:
        (mesh,) = [artist for artist in axes.collections if isinstance(artist, Mesh)]
        bodies.append(mesh._coordinates)
        corners = axes.transData.transform(mesh._coordinates.reshape(-1, 2))
        size, cell = np.ptp(corners, axis=0), axes.get_window_extent()
        assert max(size / [cell.width, cell.height]) > 0.6
        assert cell.padded(1).contains(*corners.min(axis=0)) and cell.padded(1).contains(*corners.max(axis=0))
    assert all(np.array_equal(body, bodies[0]) for body in bodies)
    shown.show(0)
    (turning,) = [artist for artist in shown.figure.axes[0].collections if isinstance(artist, Mesh)]
    np.testing.assert_allclose(turning._coordinates, bodies[0], atol=1e-12)


@pytest.mark.parametrize("looks", [1, 2, 3, 7, 12, 301, 100_001])
@pytest.mark.parametrize("count", range(2, MOST + 1))
def test_a_strip_has_the_first_look_the_last_and_more_of_the_early_ones(looks, count):
    chosen = strip_looks(looks, count)
    assert len(chosen) == min(count, looks) and chosen[0] == 0 and chosen[-1] == looks - 1
    gaps = np.diff(chosen)
    assert (gaps > 0).all() and (looks < 100 or (np.diff(gaps) > 0).all())


@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.proof), 4, 5, 12])
def test_each_panel_is_the_run_up_to_its_step(count):
    strip = filmstrip(picture(RUN, rosenbrock.sample(20), size=(640, 360)), count)
    looks = strip_looks(RUN.steps + 1, count)
    assert len(strip.figure.axes) == count
    for axes, look in zip(strip.figure.axes, looks, strict=True):
        np.testing.assert_array_equal(line(axes, "path").get_xydata(), RUN.theta[: look + 1])
        np.testing.assert_array_equal(line(axes, "θ").get_xydata(), RUN.theta[look : look + 1])
        assert axes.get_title(loc="left") == f"step {look}   f = {RUN.value[look]:.4g}".replace("-", "−")
        box = axes.get_window_extent()
        assert box.width == pytest.approx(box.height, rel=1e-6)  # to scale, as rosenbrock's box is square
    rows = {round(axes.get_window_extent().y0) for axes in strip.figure.axes}
    assert len(rows) == (1 if count <= IN_A_ROW else 2)
    assert strip.words.startswith("At the steps 0") and RUN.rule in strip.words and not strip.moving


def test_a_race_s_strip_names_its_racers_once():
    strip = filmstrip(race_picture(RACE, himmelblau.sample(20)), 3)
    (legend,) = strip.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["minima", *(racer.label for racer in RACE.racers)]
    for axes in strip.figure.axes:
        assert {f"_path of {racer.label}" for racer in RACE.racers} <= {artist.get_label() for artist in axes.lines}


DRAWN = {
    "run": lambda **o: picture(RUN, rosenbrock.sample(20), note="learning rate tuned for this surface", **o),
    "curve": lambda **o: picture(minimize(parabola, momentum(lr=0.1), steps=9), parabola.sample(20), **o),
    "race": lambda **o: race_picture(RACE, himmelblau.sample(20), **o),
}


@pytest.mark.parametrize(
    ("count", "size", "style"),
    [
        (12, (640, 360), "big"),
        pytest.param(4, (960, 540), "paper", marks=pytest.mark.proof),
        pytest.param(6, (640, 360), "big", marks=pytest.mark.proof),
        pytest.param(2, (1920, 1080), "slide", marks=pytest.mark.proof),
    ],
)
@pytest.mark.parametrize("name", every(2, DRAWN))
def test_words_stay_inside_and_apart(name, count, size, style):
    strip = filmstrip(DRAWN[name](size=size, style=style), count)
    lay_out(strip)
    texts = [*strip.figure.texts, *strip.figure.legends]
    for axes in strip.figure.axes:
        texts += [axes._left_title, axes.xaxis.label]
        for i, axis in enumerate((axes.xaxis, axes.yaxis)):
            low, high = axis.get_view_interval()
            texts += [tick for tick in axis.get_ticklabels() if low <= tick.get_position()[i] <= high]
    boxes = [(text, text.get_window_extent()) for text in texts if not hasattr(text, "get_text") or text.get_text()]
    boxes = [(text, box) for text, box in boxes if box.width > 1]
    assert strip.size[0] == size[0] and len(boxes) > 2 * count
    for text, box in boxes:
        assert box.x0 >= 0 and box.y0 >= -1 and box.x1 <= strip.size[0] and box.y1 <= strip.size[1] + 1, text
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.padded(-0.15 * a.height).overlaps(b), (one, other)  # less at a corner is not ink


@pytest.mark.parametrize("suffix", [".png", pytest.param(".svg", marks=pytest.mark.proof), ".pdf"])
def test_a_strip_is_written_in_every_format_that_does_not_move(tmp_path, suffix):
    for path in (tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"):
        strip = filmstrip(picture(RUN, rosenbrock.sample(20), size=(320, 180)), 2)
        film(strip, path)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    if suffix == ".png":
        with Image.open(tmp_path / "a.png") as image:
            assert image.size == strip.size and len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 50


def test_what_makes_no_strip_is_refused():
    shown = picture(minimize(rosenbrock, nesterov(lr=1e-3), steps=3), rosenbrock.sample(20), size=(320, 180))
    for count in (1, 13):
        with pytest.raises(ValueError, match="from 2 to 12 looks"):
            filmstrip(shown, count)
    shown.panel = None
    with pytest.raises(ValueError, match="no surface to make a film strip of"):
        filmstrip(shown, 3)


# The command line.


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (["animate", "gd", "-s", "bowl"], "gd-bowl.png"),
        (["animate", "torch.adam", "-s", "bowl"], "torch.adam-bowl.png"),
        (["race", "gd", "adam", "-s", "bowl"], "race-bowl.png"),
    ],
    ids=lambda a: a[0] if isinstance(a, list) else "",
)
def test_the_command_writes_a_png_unless_told_otherwise(tmp_path, monkeypatch, capsys, args, name):
    monkeypatch.chdir(tmp_path)
    small = ["--steps", "5", "--size", "320x180", "--filmstrip", "3"]
    assert run([*args, *small]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == name
    assert [path.name for path in Path().iterdir()] == [name]
    with Image.open(name) as image:
        assert image.size[0] == 320
        assert image.info["Description"].startswith("At the steps 0, 1 and 5: ")


def test_a_strip_that_moves_is_an_error_in_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["animate", "gd", "-s", "bowl", "--filmstrip", "3", "-o", "a.gif"]) == 2
    said = capsys.readouterr().err
    assert "a film strip does not move, as .gif would; write -o with one of a.png, a.svg, a.pdf" in said
    assert not [*tmp_path.iterdir()]
