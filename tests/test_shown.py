"""Records draw themselves: in Python, to files, and in notebooks, where nothing ever fails."""

from __future__ import annotations

import base64
import copy
import pickle
import re
import subprocess
import sys
from dataclasses import asdict, replace
from html import unescape
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from optiviz import (
    Trajectory,
    adam,
    bowl,
    double_well,
    from_text,
    gd,
    himmelblau,
    minimize,
    momentum,
    race,
    rosenbrock,
)
from optiviz.plot import picture, race_picture
from optiviz.surfaces import Surface, surface_called

RUN = minimize(rosenbrock, adam(lr=0.5), steps=20)
RACE = race(bowl, [gd(lr=0.1), momentum(lr=0.05)], steps=20)


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


# In Python.


def test_a_plot_is_the_picture_of_the_end_as_a_figure_to_go_on_with():
    figure = RUN.plot(size=(320, 180), style="dark", note="mine")
    made = picture(RUN, rosenbrock.sample(), size=(320, 180), style="dark", note="mine")
    made.rest(RUN.steps)
    assert isinstance(figure, Figure)
    before = pixels(figure)
    np.testing.assert_array_equal(before, pixels(made.figure))
    figure.axes[0].plot([-2, 2], [-1, 3], color="red", lw=5)
    assert (pixels(figure) != before).any()


def test_a_race_plots_itself_too():
    made = race_picture(RACE, bowl.sample(), size=(320, 180))
    made.rest(RACE.steps)
    np.testing.assert_array_equal(pixels(RACE.plot(size=(320, 180))), pixels(made.figure))


@pytest.mark.parametrize("record", [RUN, RACE], ids=["run", "race"])
def test_a_record_animates_itself(tmp_path, record):
    record.animate(tmp_path / "a.gif", fps=20, size=(320, 180), style="paper")
    with Image.open(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.size, image.info["duration"]) == (21, (320, 180), 50)


@pytest.mark.parametrize(
    "surface",
    [
        rosenbrock,
        rosenbrock.configured(a=2.0, b=50.0),
        double_well,
        from_text("x**2 + 3*sin(y)"),
        Surface.registry["mse"],
    ],
    ids=repr,
)
def test_a_record_from_a_file_finds_its_surface_by_name(tmp_path, surface):
    run = minimize(surface, gd(lr=1e-3), steps=3)
    assert run.ground() is surface
    run.save(tmp_path / "run.npz")
    loaded = Trajectory.load(tmp_path / "run.npz")
    assert loaded.on is None
    found = loaded.ground()
    assert repr(found) == repr(surface) and found.params == surface.params
    np.testing.assert_array_equal(found.sample(9).z, surface.sample(9).z)


def test_another_surface_is_refused():
    unknown = replace(RUN, surface="hills(height=2)", on=None)
    with pytest.raises(LookupError, match=r"'hills\(height=2\)' is not a surface that is known here; pass the one"):
        unknown.plot()
    assert unknown.ground(rosenbrock) is rosenbrock
    for other in (himmelblau, double_well, rosenbrock.configured(a=2.0)):
        with pytest.raises(ValueError, match="was made on another surface"):
            RUN.plot(surface=other)
    own = Surface.registry["mse"].on([0.0, 1.0, 2.0], [1.0, 3.0, 4.0])  # has the name of one with other data
    with pytest.raises(ValueError, match="was made on another surface"):
        replace(minimize(own, gd(lr=1e-3), steps=2), on=None).plot()
    with pytest.raises(LookupError):
        surface_called("nothing(a=b)")


def test_a_copy_is_as_good_and_a_pickle_as_a_file():
    run, held = (copy.deepcopy(record) for record in (RUN, RACE))
    assert asdict(RUN)["surface"] == run.surface == "rosenbrock" and len(asdict(RACE)["racers"]) == 2
    assert copy.deepcopy(rosenbrock) is rosenbrock
    for record in (run, held, pickle.loads(pickle.dumps(RUN)), pickle.loads(pickle.dumps(RACE))):
        assert repr(record.ground()) in ("rosenbrock", "bowl")


def test_a_batch_has_no_plot_and_says_so():
    with pytest.raises(ValueError, match="one run, not a batch"):
        minimize(bowl, gd(lr=0.1), start=np.ones((3, 2)), steps=2).plot()


def test_a_record_does_not_load_matplotlib_before_it_is_drawn():
    code = "import sys; from optiviz import bowl, gd, minimize; run = minimize(bowl, gd(lr=0.1))"
    code += "; print('matplotlib' in sys.modules); run._repr_html_()"
    code += "; print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]


# In a notebook.


@pytest.mark.parametrize("record", [RUN, RACE], ids=["run", "race"])
def test_a_notebook_shows_the_picture_with_its_words(record):
    html = record._repr_html_()
    source, words = re.fullmatch(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]+)"[^>]*>', html).groups()
    data = base64.b64decode(source)
    assert data == record._repr_png_()
    with Image.open(BytesIO(data)) as image:
        assert image.info["Description"] == unescape(words) and image.format == "PNG"
        assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 50


def test_the_words_of_a_hostile_name_stay_words():
    named = replace(RUN, rule='<script>"&', surface="rosenbrock")
    assert "<script>" not in named._repr_html_() and "&lt;script&gt;" in named._repr_html_()
    batch = replace(minimize(bowl, gd(lr=0.1), start=np.ones((2, 2)), steps=2), optimizer="<b>")
    assert "<b>" not in batch._repr_html_()


DEEP = Trajectory("gd", "a network", "gd", {}, np.ones((3, 40)), np.arange(3.0), np.ones((3, 40)))
THREE = Trajectory("gd", "x", "gd", {}, np.ones((3, 3)), np.arange(3.0), np.ones((3, 3)))
ODD = [
    minimize(bowl, gd(lr=0.1), start=np.ones((3, 2)), steps=2),
    minimize(bowl, gd(lr=0.1), start=np.ones((5, 6, 2)), steps=2),
    minimize(bowl, gd(lr=1e300), start=np.ones((2, 2)), steps=9),
    DEEP,
    THREE,
    replace(RUN, surface="nobody knows", on=None),
    replace(RUN, on=himmelblau, surface="log(-1 - x**2)"),
    replace(RUN, theta=np.full_like(RUN.theta, np.nan), value=np.full_like(RUN.value, np.nan)),
]


@pytest.mark.parametrize("record", ODD, ids=range(len(ODD)))
def test_what_has_no_picture_has_a_table_or_a_picture_and_never_an_error(record):
    html = record._repr_html_()
    if record._repr_png_() is None:
        rows = re.findall(r"<tr>(?:<td>.*?</td>)+</tr>", html)
        assert html.startswith("<table>") and len(rows) == min(record.value[0].size, 10)
        assert (f"and {record.value[0].size - 10} more" in html) == (record.value[0].size > 10)
    else:
        assert html.startswith("<img")


def test_a_table_has_the_numbers():
    batch = ODD[0]
    html = batch._repr_html_()
    assert "(1, 1)" in html and "<td>2</td>" in html and "all steps made" in html and "3 runs of 2 steps" in html
    assert "40 numbers, 6.32 long" in DEEP._repr_html_() and "(1, 1, 1)" in THREE._repr_html_()
    assert "diverged" in ODD[2]._repr_html_()


def test_a_race_of_many_seeds_is_a_picture():
    noisy = race(bowl, [gd(lr=0.1), adam(lr=0.1)], noise=1.0, seeds=3, steps=4)
    assert noisy._repr_html_().startswith("<img") and noisy.ground() is bowl


# What was asked for in Python.


def test_a_figure_shows_itself():
    figure = RUN.plot(size=(320, 180))
    figure.axes[0].axhline(1.0)
    with Image.open(BytesIO(figure._repr_png_())) as image:
        assert image.size == (320, 180) and len(np.unique(np.asarray(image).reshape(-1, 4), axis=0)) > 50


def test_a_run_of_a_batch_is_the_run_alone():
    starts = [[-1.0, 1.0], [0.5, 2.0]]
    batch = minimize(rosenbrock, adam(lr=0.1), starts, steps=5)
    alone = minimize(rosenbrock, adam(lr=0.1), [starts[1]], steps=5)[0]
    for name in ("theta", "value", "gradient", "ending"):
        np.testing.assert_array_equal(getattr(batch[1], name), getattr(alone, name))
    np.testing.assert_array_equal(batch[1].slots["v"], alone.slots["v"])
    assert batch[1].plot(size=(320, 180)).axes
    for wrong in (lambda: batch[2], lambda: batch[0][0], lambda: batch[0, 1]):
        with pytest.raises(IndexError):
            wrong()


@pytest.mark.parametrize("size", [(0, 0), (-5, 5), (640.5, 360), (10, 10)])
def test_a_size_is_whole_pixels(size):
    with pytest.raises(ValueError, match="a size is width and height in whole pixels"):
        RUN.plot(size=size)


def test_a_look_that_no_picture_has_is_named():
    with pytest.raises(TypeError, match="a picture has size, style, view, note, inside, and no 'stile'"):
        RUN.plot(stile="dark")
