"""Pictures that do not move: what their artists show, and that words fit."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from unittest import mock

import matplotlib as mpl
import numpy as np
import pytest
from examples import every
from matplotlib.colors import rgb_to_hsv, to_rgb
from matplotlib.lines import Line2D
from pictures import check_grey, check_words
from PIL import Image

from optiviz import (
    adam,
    basin,
    constant,
    cosine,
    double_well,
    ewma,
    ewma_uncorrected,
    exponential,
    from_text,
    gd,
    himmelblau,
    losses,
    momentum,
    rastrigin,
    rosenbrock,
    schedule_free_adamw,
    sensitivity,
    sgd,
    step,
    warmup,
    window,
)
from optiviz.data.augment import contrast, cutout, flip, rotation
from optiviz.experiments import growth, outlier, profile
from optiviz.experiments.basin import DIVERGES, NOWHERE
from optiviz.files import is_ours
from optiviz.loss_surfaces import bce
from optiviz.plot import (
    draw_augmentations,
    draw_averages,
    draw_basin,
    draw_growth,
    draw_outlier,
    draw_profile,
    draw_rates,
    draw_sensitivity,
    draw_words,
    write_still,
)
from optiviz.plot.basins import COLOURS, ENDINGS
from optiviz.plot.still import DIVERGING
from optiviz.plot.style import STYLES
from optiviz.schedules import rates

pytestmark = pytest.mark.usefixtures("unpainted")


def line(axes, label) -> Line2D:
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


def words(legend):
    return [text.get_text() for text in legend.get_texts()]


# Schedules.


def test_rates_are_those_of_the_schedules():
    found = rates([warmup(steps=10) >> cosine(steps=20), constant(lr=0.05)], 30)
    axes = draw_rates(found).figure.axes[0]
    for name, values in found.items():
        t, rate = line(axes, name).get_data()
        np.testing.assert_array_equal(rate[np.append(np.flatnonzero(np.diff(t)), -1)], values)  # after a drop
        assert (t.min(), t.max()) == (0, 30)
    assert axes.get_yscale() == "linear" and axes.get_xlim() == (0, 30)


def test_a_drop_is_upright():
    t, rate = line(draw_rates(rates([step(every=10)], 60)).figure.axes[0], repr(step(every=10))).get_data()
    assert {float(at) for at in t[:-1][np.diff(t) == 0]} == {10, 20, 30, 40, 50, 60}
    assert set(np.round(rate, 12).tolist()) == {0.1 / 2**k for k in range(7)}


@pytest.mark.parametrize(
    ("schedule", "scale"), [(cosine, "linear"), (exponential(k=0.05), "log"), (step, "linear"), (constant, "linear")]
)
def test_the_axis_is_logarithmic_where_that_shows_more(schedule, scale):
    assert draw_rates(rates([schedule], 300)).figure.axes[0].get_yscale() == scale


def test_the_legend_has_all_numbers_and_true_minus_signs():
    made = draw_rates(rates([exponential(lr=1e-5), cosine(steps=100.0)], 10))
    assert words(made.figure.legends[0]) == ["exponential(lr=1e−05, k=0.01)", "cosine(lr=0.1, end=0, steps=100)"]


# Moving averages.


def averages(x, betas=(0.9, 0.98)):
    return {beta: (ewma(beta=beta).over(x), ewma_uncorrected(beta=beta).over(x)) for beta in betas}


def test_averages_show_the_series_and_both_curves_of_each_beta():
    x = np.random.default_rng(1).normal(20, 3, 200)
    smooth = averages(x)
    made = draw_averages(
        x, smooth, {beta: window(beta) for beta in smooth}, equations=["x"], name="degrees", source="a.csv"
    )
    drawn = [artist.get_ydata() for artist in made.figure.axes[0].lines]
    for expected in (x, *(curve for pair in smooth.values() for curve in pair)):
        assert any(np.array_equal(expected, ys) for ys in drawn)
    solid, dashed = made.figure.axes[0].lines[1:3]
    assert solid.get_color() == dashed.get_color() and (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    labels = words(made.figure.legends[0])
    assert labels[1:3] == [r"$\beta$ = 0.9, window 10", r"$\beta$ = 0.98, window 50"] and "uncorrected" in labels[3]


def test_of_a_long_series_the_extremes_are_drawn():
    x = np.random.default_rng(1).normal(size=200_003)
    x[123_456] = 50.0
    made = draw_averages(x, averages(x, (0.9,)), {0.9: 10.0}, equations=["x"], name="x")
    t, shown = made.figure.axes[0].lines[0].get_data()
    assert len(shown) < 10_000 and shown.max() == 50 and shown.min() == x.min() and t[0] == 1 and t[-1] == len(x)
    np.testing.assert_array_equal(shown, x[t - 1])


def test_a_series_far_from_zero_is_not_squeezed():
    x = np.random.default_rng(1).normal(300, 2, 400)
    low, high = (
        draw_averages(x, averages(x), {0.9: 10, 0.98: 50}, equations=["x"], name="kelvin").figure.axes[0].get_ylim()
    )
    assert high - low < 3 * np.ptp(x)


@pytest.mark.parametrize(
    ("x", "first"),
    [
        (np.random.default_rng(1).normal(300, 2, 150), 100),  # too deep: it begins 300 below
        (np.random.default_rng(1).normal(2, 1, 9000), 100),  # too short: a hundredth of the width
        (np.random.default_rng(1).normal(-30, 1, 12), 12),
        (np.random.default_rng(1).normal(20, 6, 150), 0),
    ],
    ids=["far", "long", "few", "seen"],
)
def test_how_the_uncorrected_averages_begin_is_always_seen(x, first):
    smooth = averages(x)
    made = draw_averages(x, smooth, {0.9: 10.0, 0.98: 50.0}, equations=["x"], name="x")
    axes, *beside = made.figure.axes
    shown = beside[0] if beside else axes
    assert len(beside) == (first > 0) and axes.get_position().x1 <= 0.98
    low, high = shown.get_ylim()
    for (corrected, uncorrected), drawn in zip(smooth.values(), (shown.lines[1:3], shown.lines[3:5]), strict=True):
        assert low < uncorrected[0] < high and low < corrected[0] < high
        for values, each in zip((corrected, uncorrected), drawn, strict=True):
            np.testing.assert_array_equal(each.get_ydata()[: first or None], values[: first or None])
        assert [each.get_linestyle() for each in drawn] == ["-", "--"]
    if beside:
        assert shown.get_title(loc="left") == f"the first {first} values" and shown.get_xlim() == (1, first)
        boxes = [each.get_tightbbox(made.figure.canvas.get_renderer()) for each in (axes, shown)]
        assert not boxes[0].overlaps(boxes[1])


# Sensitivity.


def test_a_curve_is_the_sweep():
    found = sensitivity(adam(lr=0.5), rosenbrock)
    axes = draw_sensitivity(found, note="watchable").figure.axes[0]
    x, y = line(axes, "loss at the end (log scale)").get_data()
    np.testing.assert_array_equal(x, found.axes["lr"])
    stood = found.ending == 0
    np.testing.assert_array_equal(y[stood], found.value[stood])
    assert np.isnan(y[found.ending == 2]).all() and (found.ending == 2).any()
    assert line(axes, "best").get_xdata()[0] == found.best["lr"]
    assert line(axes, "watchable").get_xdata()[0] == pytest.approx(0.5, rel=0.05)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_a_map_is_the_sweep():
    found = sensitivity(momentum(lr=0.01), himmelblau, {"lr": np.geomspace(1e-4, 1, 9), "beta": [0.5, 0.9, 0.99]})
    made = draw_sensitivity(found, note="watchable")
    axes = made.figure.axes[0]
    mesh = axes.collections[0]
    shown = np.ma.filled(mesh.get_array(), np.nan).T
    assert shown.shape == (9, 3)
    np.testing.assert_allclose(shown[found.ending == 0], found.value[found.ending == 0], atol=1e-12)
    assert np.isnan(shown[found.ending == 2]).all()
    assert line(axes, "best").get_xydata()[0].tolist() == [found.best["lr"], found.best["beta"]]
    assert line(axes, "watchable").get_xydata()[0].tolist() == [0.01, 0.9]
    assert words(made.figure.legends[0])[0] == "diverged"


def test_without_a_run_that_stands_there_is_still_a_picture():
    for over in ({"lr": [3.0, 5.0]}, {"lr": [3.0, 5.0], "beta": [0.5, 0.6]}):
        draw_sensitivity(sensitivity(momentum, from_text("x**2 + y**2"), over), note="default")


# Basins.


@pytest.mark.parametrize(("surface", "starts"), [(himmelblau, (20, 15)), (double_well, (40,))], ids=["map", "strip"])
def test_a_basin_has_the_colour_of_its_minimum(surface, starts):
    found = basin(gd(lr=0.01), surface, starts=starts)
    made = draw_basin(found, surface.sample(20))
    image = np.asarray(made.figure.axes[0].images[0].get_array()).reshape(*found.reached.shape, 3)
    hues = rgb_to_hsv([to_rgb(colour) for colour in COLOURS])[:, 0]  # neither paler nor darker changes it
    arrived = found.reached >= 0
    np.testing.assert_allclose(rgb_to_hsv(image)[arrived][:, 0], hues[found.reached[arrived]], atol=1e-6)
    fast, slow = (
        image[found.arrival == at].sum(axis=-1).mean() for at in (found.arrival[arrived].min(), found.arrival.max())
    )
    assert fast > slow
    stars = {
        tuple(artist.get_xydata()[0])
        for axes in made.figure.axes
        for artist in axes.lines
        if artist.get_marker() == "*"
    }
    assert {round(x, 6) for x, *_ in stars} == {round(x, 6) for x in found.minima[:, 0]}


def test_runs_that_come_to_nothing_have_their_own_colours():
    found = basin(gd(lr=0.03), himmelblau, starts=(30, 30), steps=3)
    image = np.asarray(draw_basin(found, himmelblau.sample(20)).figure.axes[0].images[0].get_array())
    for ending in (NOWHERE, DIVERGES):
        assert (found.reached == ending).any()
        np.testing.assert_allclose(image[found.reached == ending] - to_rgb(ENDINGS[ending][0]), 0, atol=1e-9)


def test_the_key_counts():
    made = draw_basin(basin(gd(lr=1e-3), rastrigin, starts=(60, 60)), rastrigin.sample(20))
    labels = words(made.figure.legends[0])
    assert labels[0].startswith("(0, 0):") and any(label.startswith("120 higher minima:") for label in labels)


def test_many_minima_have_the_colours_of_their_heights():
    found = basin(gd(lr=1e-3), rastrigin, starts=(60, 60))
    made = draw_basin(found, rastrigin.sample(20))
    image = np.asarray(made.figure.axes[0].images[0].get_array())
    heights = found.heights[found.reached[found.reached >= 0]]
    rows = np.unique(image[found.reached >= 0], axis=0)
    assert len(rows) > 15
    light = image[found.reached >= 0] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light[np.argsort(heights, kind="stable")]) > -1e-9).all()  # the higher, the lighter
    ramp = made.figure.axes[-1]
    assert ramp.get_xlabel() == "height of the minimum where it ends"
    assert ramp.get_xlim() == pytest.approx((found.heights.min(), found.heights.max()))
    assert [artist.get_marker() for artist in made.figure.axes[0].lines] == ["*"]  # at the lowest alone


def test_many_minima_of_one_height_share_the_colours():
    found = basin(gd(lr=0.1), EGG_BOX, starts=(40, 40))
    made = draw_basin(found, EGG_BOX.sample(20))
    assert len(found.minima) > len(COLOURS) and np.ptp(found.heights) < 1e-9
    colours = {line.get_color() for line in made.figure.axes[0].lines}
    assert colours == {*COLOURS}
    for at in (line.get_xydata()[0] for line in made.figure.axes[0].lines):
        assert np.abs(at).max() <= 8 + 16 / 39  # none is drawn outside
    assert any("same colours again" in label for label in words(made.figure.legends[0]))


def test_a_map_over_parameters_names_them_and_says_what_was_drawn():
    found = basin(sgd(lr=0.3), bce, starts=(5, 4), steps=3, batch_size=32, seed=7)
    made = draw_basin(found, bce.sample(20))
    assert (made.figure.axes[0].get_xlabel(), made.figure.axes[0].get_ylabel()) == (
        "$w$ of the start",
        "$b$ of the start",
    )
    caption = " ".join(text.get_text() for text in made.figure.texts)
    assert "mini-batches of 32, the same for all, seed 7" in caption and "there: within 5 % of the box" in caption
    assert "mini-batches" not in "".join(
        text.get_text() for text in draw_basin(basin(gd(lr=0.3), bce, starts=(3, 3)), bce.sample(9)).figure.texts
    )


def test_a_map_of_basins_is_to_scale():
    found = basin(gd(lr=0.01), himmelblau, starts=(20, 20))
    for size in ((640, 360), (1920, 1080), (400, 800)):
        box = draw_basin(found, himmelblau.sample(20), size=size).figure.axes[0].get_window_extent()
        assert box.width == pytest.approx(box.height)


# Augmentations.


def test_an_image_and_its_versions_are_drawn_as_they_are():
    made = draw_augmentations(IMAGE, CHANGED)
    drawn = {image.get_label(): np.asarray(image.get_array()) for image in made.figure.axes[0].images}
    np.testing.assert_array_equal(drawn["as it is 0"], IMAGE / 255)
    assert len(drawn) == 1 + 2 * len(CHANGED)
    for name, images in CHANGED.items():
        for k, image in enumerate(images):
            np.testing.assert_array_equal(drawn[f"{name} {k}"], image / 255)
    flat = [np.full((4, 4), 0.25), np.full((3, 4, 4, 1), 0.75)]
    assert made.words.endswith(f"and cutout {100 * np.abs(CHANGED['cutout'] / 255 - IMAGE / 255).mean():.1f} %.")
    assert "by: paler 50.0 %." in draw_augmentations(flat[0], {"paler": flat[1]}).words


def test_images_are_as_large_as_they_fit():
    tall = np.zeros((60, 20, 3), np.uint8)
    for size, image in (((640, 360), IMAGE), ((640, 360), tall), ((400, 800), tall.transpose(1, 0, 2))):
        versions = {str(k): np.stack([image] * 2) for k in range(4)}
        (axes,) = draw_augmentations(image, versions, size=size).figure.axes
        boxes = [drawn.get_window_extent() for drawn in axes.images]
        assert all(box.width / box.height == pytest.approx(image.shape[1] / image.shape[0]) for box in boxes)
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        assert max(b.x1 for b in boxes) >= 0.9 * size[0] or min(b.y0 for b in boxes) <= 0.1 * size[1]


def test_what_are_no_images_of_one_kind_is_refused():
    with pytest.raises(ValueError, match=r"arrays \(N, 12, 16, 3\), .* not none"):
        draw_augmentations(IMAGE, {})
    with pytest.raises(ValueError, match=r"arrays \(N, 12, 16, 3\), .* not a \(2, 12, 15, 3\)"):
        draw_augmentations(IMAGE, {"a": np.zeros((2, 12, 15, 3))})
    with pytest.raises(ValueError, match="floats from 0 to 1"):
        draw_augmentations(IMAGE * 1.0, CHANGED)


# Words in a plane.


def test_words_lie_where_they_are_and_their_names_stand_apart():
    for size in ((640, 360), (1920, 1080)):
        axes = draw_words(WORDS, POINTS, [0.4, 0.2], size=size).figure.axes[0]
        np.testing.assert_array_equal(axes.lines[0].get_xydata(), POINTS)
        unit = np.diff(axes.transData.transform([(0, 0), (1, 1)]), axis=0)
        assert unit[0, 0] == pytest.approx(unit[0, 1])
        named = {text.get_text(): text for text in axes.texts}
        assert WORDS[0] in named and 20 < len(named) < len(WORDS)
        assert all(text.xy == tuple(POINTS[WORDS.index(word)]) for word, text in named.items())
        boxes = [text.get_window_extent() for text in named.values()]
        assert not any(one.padded(-0.01).overlaps(other) for one, other in combinations(boxes, 2))
        assert all(axes.get_window_extent().x0 <= box.x0 < box.x1 <= axes.get_window_extent().x1 for box in boxes)
        dots = axes.transData.transform(POINTS)
        assert not any(((box.p0 < dots) & (dots < box.p1)).all(axis=1).any() for box in boxes)


def test_the_plane_of_words_is_told():
    points = np.array([[0, 1], [2, 0], [-1, 0.5]])
    made = draw_words(["eggs", "ham", "sky"], points, [0.75, 0.125])
    assert made.words.startswith("3 words in the plane") and "75.0 % and 12.5 % of the variance" in made.words
    assert made.words.endswith("The first direction goes from 'sky' to 'ham', the second from 'ham' to 'eggs'.")
    assert draw_words(["eggs"], points[:1], [0, 0]).figure.axes[0].texts[0].get_text() == "eggs"
    with pytest.raises(ValueError, match=r"not \(3, 2\) for 2 words"):
        draw_words(["eggs", "ham"], points, [0.5, 0.5])


# All of them.

X = np.random.default_rng(1).normal(20, 3, 50)
LONG = from_text("(1 - x)**2 + 100*(y - x**2)**2 + sin(3*x)*cos(4*y) + exp(-x**2 - y**2)")
SWEEP = cache(lambda: sensitivity(schedule_free_adamw(lr=0.1), LONG, steps=20, noise=0.5))
TABLE = cache(lambda: sensitivity(adam(lr=0.5), LONG, {"lr": [1e-3, 0.1, 9], "beta1": [0, 0.9, 0.999]}, steps=20))
COSTS = cache(lambda: growth([losses.cce, losses.sparse_cce], [10, 100], examples=4))
IMAGE = (np.indices((12, 16)).sum(axis=0)[..., None] * [3, 6, 9]).astype(np.uint8)
WORDS = [f"{word}{k}" for k in range(25) for word in ("a$b", "onions", "_x", "<word>")]
POINTS = np.random.default_rng(0).normal(size=(len(WORDS), 2)) * [3, 1]
CHANGED = {
    repr(a): a(np.stack([IMAGE] * 2), 0)
    for a in (rotation(degrees=30, fill="reflect") >> flip >> flip, flip >> contrast(by=0.5), cutout)
}
EGG_BOX = from_text("cos(x)*cos(y)", box=(-8, 8, -8, 8))
PICTURES = {
    "rates": lambda **o: draw_rates(rates([warmup >> cosine, step, constant]), **o),
    "many rates": lambda **o: draw_rates(rates([(warmup(lr=k) >> step(every=k)).until(99) for k in range(1, 11)]), **o),
    "averages": lambda **o: draw_averages(
        X,
        averages(X, (0.5, 0.9, 0.99, 0.999)),
        dict.fromkeys((0.5, 0.9, 0.99, 0.999), 9.0),
        equations=["x"],
        name="a$b" * 30,
        **o,
    ),
    "augmentations": lambda **o: draw_augmentations(IMAGE, CHANGED, seed=0, **o),
    "words": lambda **o: draw_words(WORDS, POINTS, [0.4, 0.2], **o),
    "curve": lambda **o: draw_sensitivity(SWEEP(), note="as given", **o),
    "map": lambda **o: draw_sensitivity(TABLE(), note="watchable", **o),
    "basin": lambda **o: draw_basin(basin(gd(lr=1e-3), rastrigin, starts=(30, 30)), rastrigin.sample(20), **o),
    "alike": lambda **o: draw_basin(basin(gd(lr=0.1), EGG_BOX, starts=(30, 30)), EGG_BOX.sample(20), **o),
    "losses": lambda **o: draw_profile(profile([losses.mse, losses.mae, losses.huber, losses.log_cosh]), **o),
    "outlier": lambda **o: draw_outlier(outlier([losses.mse, losses.mae, losses.huber(delta=2)]), **o),
    "growth": lambda **o: draw_growth(COSTS(), **o),
    "strip": lambda **o: draw_basin(basin(gd(lr=0.3), double_well, starts=(30,)), double_well.sample(20), **o),
}


@pytest.mark.parametrize(
    ("size", "style"),
    [
        ((640, 360), "big"),
        pytest.param((960, 540), "paper", marks=pytest.mark.proof),
        pytest.param((640, 360), "dark", marks=pytest.mark.proof),
        pytest.param((1920, 1080), "slide", marks=pytest.mark.proof),
    ],
    ids=str,
)
@pytest.mark.parametrize("picture", every(2, PICTURES))
def test_words_stay_inside_and_apart(picture, size, style):
    check_words(PICTURES[picture](size=size, style=style))


@pytest.mark.parametrize("suffix", every(2, [".svg", ".png"]))
def test_the_same_picture_gives_the_same_bytes_and_carries_the_mark(tmp_path, suffix):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for picture in ("map", "strip"):
        for path in paths:
            write_still(PICTURES[picture](), path)
        assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes() == paths[1].read_bytes() and is_ours(paths[0])
    if suffix == ".png":
        with Image.open(paths[0]) as image:
            assert image.size == (960, 540)


def test_a_format_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"the formats are \.png, \.svg"):
        write_still(PICTURES["rates"](), tmp_path / "a.gif")
    assert not [*tmp_path.iterdir()]


def test_the_user_s_settings_neither_change_the_picture_nor_are_changed(tmp_path):
    write_still(PICTURES["curve"](), tmp_path / "a.png")
    with mpl.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "axes.grid": True}):
        before = dict(mpl.rcParams)
        write_still(PICTURES["curve"](), tmp_path / "b.png")
        assert dict(mpl.rcParams) == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_more_than_can_be_told_apart_is_refused():
    with pytest.raises(ValueError, match="up to 10 schedules, not 11"):
        draw_rates(rates([constant(lr=k / 100) for k in range(11)], 3))


def test_what_was_added_to_a_picture_is_in_its_file(tmp_path):
    made, plain = PICTURES["rates"](), tmp_path / "plain.png"
    write_still(made, plain)
    with mock.patch.object(made.figure.canvas, "draw", side_effect=AssertionError("drawn twice")):
        write_still(made, tmp_path / "again.png")
    made.figure.axes[0].axhline(0.01)
    write_still(made, tmp_path / "added.png")
    assert (tmp_path / "again.png").read_bytes() == plain.read_bytes() != (tmp_path / "added.png").read_bytes()


# On paper.


@pytest.mark.parametrize("picture", every(3, PICTURES))
def test_on_paper_all_is_grey(tmp_path, picture):
    write_still(PICTURES[picture](style="paper", size=(640, 360)), tmp_path / "a.png")
    check_grey(tmp_path / "a.png")


def test_on_paper_lost_runs_are_hatched_and_each_minimum_has_one_grey():
    found = basin(gd(lr=0.03), himmelblau, starts=(30, 30), steps=60)
    made = draw_basin(found, himmelblau.sample(20), style="paper")
    image = np.asarray(made.figure.axes[0].images[0].get_array())
    greys = STYLES["paper"].basins
    for i in range(len(found.minima)):
        np.testing.assert_allclose(image[found.reached == i] - to_rgb(greys[i]), 0, atol=1e-9)
    assert (found.reached == DIVERGES).any() and (image[found.reached < 0] == 1).all()
    patterns = {patch.get_hatch() for patch in made.figure.legends[0].get_patches()}
    assert {DIVERGING} <= patterns and len(made.figure.axes) == 1  # no ramp of steps
    hatched = {pattern for each in made.figure.axes[0].collections for pattern in getattr(each, "hatches", [])}
    assert DIVERGING in hatched


def test_on_paper_averages_differ_in_their_marks():
    x = np.random.default_rng(1).normal(20, 3, 200)
    betas = (0.5, 0.9, 0.98)
    made = draw_averages(x, averages(x, betas), dict.fromkeys(betas, 9.0), equations=["x"], name="x", style="paper")
    marks = [artist.get_marker() for artist in made.figure.axes[0].lines[1::2]]
    assert len(set(marks)) == 3 and "None" not in marks


def test_more_than_four_lines_have_marks_for_dashes_come_again():
    for count, marked in ((4, False), (5, True)):
        axes = draw_rates(rates([constant(lr=k / 100) for k in range(1, count + 1)], 30)).figure.axes[0]
        assert {artist.get_marker() not in ("None", None) for artist in axes.lines} == {marked}
