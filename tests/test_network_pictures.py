"""Pictures of trained networks: what their artists show, what their titles say, and that words fit."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from examples import every
from pictures import check_grey, check_words, lay_out

from optiviz.nn import History, Intervention
from optiviz.plot import (
    draw_comparison,
    draw_confusion,
    draw_curves,
    draw_filters,
    draw_mistakes,
    draw_rate,
    draw_rate_test,
    draw_search,
    write_still,
)
from optiviz.plot.confusion import confusions
from optiviz.plot.ends import apart

pytestmark = pytest.mark.usefixtures("unpainted")

RNG = np.random.default_rng(0)
E = np.arange(1.0, 9.0)
FALLING = 2.3 / E
OVER = np.array([2.0, 1.2, 0.8, 0.7, 0.75, 0.8, 0.9, 1.0])
HISTORY = History(
    model="Dense(10)",
    optimizer="adam(lr=0.001)",
    loss_name="sparse_cce",
    batch_size=32,
    examples=100,
    epochs=8,
    seed=0,
    ending="finished",
    step_loss=np.repeat(FALLING, 4) + 0.1 * RNG.normal(size=32),
    step_lr=np.geomspace(1e-1, 1e-4, 32),
    loss=FALLING,
    accuracy=1 - 0.8 / E,
    val_loss=OVER,
    val_accuracy=1 - OVER / 3,
)
NAMES = ["T-shirt/top", "Trouser", "Pull$over", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def intervened(history, *interventions):
    """A record to which somebody has done something."""
    return replace(history, interventions=tuple(Intervention(*each) for each in interventions))


BABYSAT = intervened(HISTORY, (5, 2, "rate", 0.1), (6, 2, "undo", None), (20, 6, "skip", None), (31, 8, "stop", None))


def line(axes, label):
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


def title(made):
    return made.figure.texts[0].get_text()


def said(made):
    return [text.get_text() for text in made.figure.texts]


# Curves.


def test_the_curves_are_the_record_each_where_it_belongs():
    loss, accuracy = draw_curves(HISTORY).figure.axes
    np.testing.assert_array_equal(line(loss, "training").get_xydata(), np.column_stack([E - 0.5, FALLING]))
    np.testing.assert_array_equal(line(loss, "validation").get_xydata(), np.column_stack([E, OVER]))
    np.testing.assert_array_equal(
        line(loss, "batches").get_xydata(), np.column_stack([np.arange(1, 33) / 4, HISTORY.step_loss])
    )
    np.testing.assert_array_equal(line(accuracy, "training").get_ydata(), HISTORY.accuracy)
    assert line(loss, "best").get_xydata().tolist() == [[4, 0.7]]
    assert line(accuracy, "best").get_xydata().tolist() == [[4, HISTORY.val_accuracy[3]]]
    assert loss.get_yscale() == "linear" and loss.get_xlim() == (0, 8)


def test_names_stand_where_lines_end_with_what_was_reached():
    made = draw_curves(HISTORY, held="test", size=(1280, 720))
    names = {text.get_text(): text.get_window_extent() for text in made.figure.texts}
    loss = made.figure.axes[0]
    for name, end in (("training 0.287", FALLING[-1]), ("test 1", 1.0)):
        box = names[name]
        assert box.x0 > loss.get_window_extent().x1
        assert (box.y0 + box.y1) / 2 == pytest.approx(loss.transData.transform((8, end))[1], abs=box.height)


def test_a_loss_that_spans_decades_has_a_log_axis():
    assert (
        draw_curves(replace(HISTORY, loss=10.0**-E, step_loss=np.repeat(10.0**-E, 4))).figure.axes[0].get_yscale()
        == "log"
    )
    none = replace(HISTORY, loss=np.maximum(10.0**-E - 1e-7, 0))  # one that reaches zero has none
    assert draw_curves(none).figure.axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "66.7 % right on validation data after 8 epochs; it overfits from epoch 4 on"),
        ({"val_loss": FALLING}, "66.7 % right on validation data after 8 epochs"),
        (
            {"val_loss": np.array([3, 2, 1, 2, 1.01, 1.01, 1.01, 1.01])},
            "66.7 % right on validation data after 8 epochs",
        ),
        ({"val_accuracy": np.empty(0)}, "Validation loss 1 after 8 epochs; it overfits from epoch 4 on"),
        ({"val_loss": np.empty(0), "val_accuracy": np.empty(0)}, "The loss falls from 2.3 to 0.287 in 8 epochs"),
        ({"val_loss": np.empty(0), "loss": FALLING[::-1]}, "The loss does not fall: from 0.287 to 2.3 in 8 epochs"),
        ({"ending": "diverged"}, "The loss diverges in epoch 9, at update 32"),
    ],
)
def test_the_title_says_how_it_went(changes, says):
    assert title(draw_curves(replace(HISTORY, **changes))) == says


def test_a_training_that_ended_in_its_first_epoch_is_drawn():
    nothing = {name: np.empty(0) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    begun = replace(
        HISTORY, **nothing, step_loss=np.array([2.0, 1.5, 1.25]), step_lr=np.full(3, 0.1), ending="interrupted"
    )
    made = draw_curves(begun)
    assert title(made) == "The loss of a batch goes from 2 to 1.25 in 3 updates" and len(made.figure.axes) == 1
    assert made.words == "Over 0 epochs (3 updates), the loss of a batch goes from 2 to 1.25."
    with pytest.raises(ValueError, match="before its first update"):
        draw_curves(replace(begun, step_loss=np.empty(0)))
    lost = replace(begun, step_loss=np.full(3, np.nan), ending="diverged")
    assert title(draw_curves(lost)) == "The loss diverges in epoch 1, at update 3"
    soon = draw_curves(replace(lost, step_loss=np.array([2.5, np.nan])))
    assert line(soon.figure.axes[0], "batches").get_marker() != "None" and "batches" in said(soon)


def test_interventions_stand_where_they_were_made_with_their_names():
    loss, accuracy = draw_curves(BABYSAT).figure.axes
    upright = [
        artist.get_xdata()[0]
        for artist in loss.lines
        if len({*artist.get_xdata()}) == 1 and len(artist.get_xdata()) == 2
    ]
    assert upright == [5 / 4, 6 / 4, 5, 31 / 4]
    assert [text.get_text() for text in loss.texts] == ["rate × 0.1, undo", "skip", "stop"] and not accuracy.texts
    rate = draw_rate(BABYSAT).figure.axes[0]
    assert [text.get_text() for text in rate.texts] == ["rate × 0.1", "undo", "skip", "stop"]
    assert [text.get_position()[0] for text in rate.texts] == [5, 6, 20, 31]
    assert "marked: rate × 0.1, undo, skip and stop." in draw_curves(BABYSAT).words


def test_a_key_that_is_held_down_is_named_once_and_the_smallest_of_rates_is_drawn():
    held = intervened(HISTORY, *((8, 2, "rate", 0.5) for _ in range(3)), (8, 2, "stop", None))
    assert draw_rate(held).figure.axes[0].texts[0].get_text() == "rate × 0.5 (3 times), stop"
    assert "marked: rate × 0.5 (3 times) and stop." in draw_curves(held).words
    low, high = draw_rate(replace(HISTORY, step_lr=np.geomspace(1e-1, 5e-324, 32))).figure.axes[0].get_ylim()
    assert 0 < low < 1e-30 and 0.1 < high < 10


@pytest.mark.parametrize("rate", [1e30, 5e-6])
def test_what_is_far_from_one_has_its_power_in_its_numbers_and_not_in_the_title(rate):
    made = draw_rate(replace(HISTORY, step_lr=np.full(32, rate)))
    lay_out(made)
    numbers = made.figure.axes[0].yaxis
    assert numbers.get_offset_text().get_text() == "" and "e" in numbers.get_ticklabels()[-1].get_text()


def test_an_epoch_that_was_left_early_is_as_wide_as_the_others():
    cut = replace(HISTORY, step_loss=HISTORY.step_loss[:30], step_lr=HISTORY.step_lr[:30])
    record = replace(intervened(cut, (6, 2, "skip", None)), epoch_step=np.array([4, 6, 10, 14, 18, 22, 26, 30]))
    loss = draw_curves(record).figure.axes[0]
    np.testing.assert_allclose(line(loss, "batches").get_xdata()[[3, 4, 5, 29]], [1, 1.5, 2, 8])
    assert loss.texts[0].get_position()[0] == 2 and loss.get_xlim() == (0, 8)


def test_the_rate_is_that_of_each_update():
    made = draw_rate(HISTORY)
    (axes,) = made.figure.axes
    np.testing.assert_array_equal(line(axes, "rate").get_ydata(), HISTORY.step_lr)
    assert axes.get_yscale() == "log" and title(made) == "The learning rate falls from 0.1 to 0.0001"
    up = np.append(np.linspace(0.01, 0.1, 10), np.linspace(0.1, 0.05, 22))
    assert (
        title(draw_rate(replace(HISTORY, step_lr=up)))
        == "The learning rate rises to 0.1 by update 10, then falls to 0.05"
    )
    assert title(draw_rate(replace(HISTORY, step_lr=np.full(32, 2e-5)))) == "The learning rate stays at 2e−5"
    there_and_back = np.repeat([0.1, 0.05, 0.1, 0.2], 8)
    assert title(draw_rate(replace(HISTORY, step_lr=there_and_back))) == (
        "The learning rate goes up and down between 0.05 and 0.2"
    )
    with pytest.raises(ValueError, match=r"adam\(lr=0.001\) has none"):
        draw_rate(replace(HISTORY, step_lr=np.full(32, np.nan)))


def test_names_are_moved_apart_no_farther_than_needed():
    for _ in range(50):
        places = RNG.uniform(0, 1, RNG.integers(1, 9))
        found = apart(places, 0.1, 0.0, 1.0)
        order = np.argsort(places)
        assert (np.diff(found[order]) >= 0.1 - 1e-12).all() and found.min() >= 0 and found.max() <= 1 + 1e-12
        alone = np.diff(np.sort(places)) > 0.1
        if alone.all():
            np.testing.assert_allclose(found, places)


def test_a_history_draws_itself_and_is_shown_in_a_notebook():
    figure = HISTORY.plot(size=(640, 360), style="dark", held="test")
    np.testing.assert_array_equal(line(figure.axes[0], "test").get_ydata(), OVER)
    html = HISTORY._repr_html_()
    assert (
        html.startswith("<img") and "Over 8 epochs (32 updates)" in html and HISTORY._repr_png_().startswith(b"\x89PNG")
    )
    empty = replace(HISTORY, step_loss=np.empty(0), step_lr=np.empty(0))
    assert empty._repr_png_() is None and empty._repr_html_().startswith("<pre>&lt;adam(lr=0.001) on sparse_cce")
    assert pickle.loads(pickle.dumps(HISTORY)).plot(size=(320, 180)).axes


# What is taken for what.

TABLE = np.array([[8, 2, 0], [0, 5, 0], [3, 1, 6]])


def test_a_table_shows_shares_of_rows_and_counts():
    made = draw_confusion(TABLE, ["a", "b", "c"])
    axes = made.figure.axes[0]
    np.testing.assert_allclose(np.asarray(axes.images[0].get_array()), TABLE / TABLE.sum(axis=1, keepdims=True))
    numbers = {tuple(map(int, text.get_label().split())): text.get_text() for text in axes.texts}
    assert numbers == {(i, j): str(TABLE[i, j]) for i, j in zip(*np.nonzero(TABLE), strict=True)}
    assert confusions(TABLE) == [(2, 0), (0, 1), (2, 1)]
    assert title(made) == "76.0 % right; c is taken for a most: 30.0 %"
    assert {"c → a", "a → b", "c → b", "30.0 %", "20.0 %", "10.0 %"} <= {*said(made)}
    assert made.words.startswith("Of 25 examples in 3 classes 76.0 % are right, from 60.0 % of c to 100.0 % of b.")


def test_a_table_without_a_mistake_or_with_an_empty_row_is_drawn():
    made = draw_confusion(np.diag([3, 0, 2]), ["a", "b", "c"])
    assert title(made) == "100.0 % right: nothing is confused" and made.words.endswith("Nothing is confused.")
    assert title(draw_confusion(np.array([[99_999, 1], [0, 9]]), ["a", "b"])).startswith(
        "over 99.9 % right; a is taken"
    )


@pytest.mark.parametrize("classes", [2, 10, 26, 100])
def test_numbers_stand_in_their_cells_or_are_left_out(classes):
    matrix = np.diag(np.full(classes, 1000)) + (np.arange(classes) == np.arange(classes)[:, None] + 1) * 7
    for size in ((640, 360), (960, 540)):
        axes = draw_confusion(matrix, [f"class {k}" for k in range(classes)], size=size).figure.axes[0]
        assert bool(axes.texts) == (classes <= 10)
        box = axes.get_window_extent()
        for text in axes.texts:
            own = text.get_window_extent()
            assert own.width < box.width / classes and own.height < box.height / classes


@pytest.mark.parametrize("matrix", [np.zeros((2, 2)), np.eye(3), -np.eye(2), np.full((2, 2), np.nan)])
def test_what_is_no_table_is_refused(matrix):
    with pytest.raises(ValueError, match="matrix"):
        draw_confusion(matrix, ["a", "b"])


# Mistakes.

IMAGES = RNG.integers(0, 256, (30, 9, 12), dtype=np.uint8)
TRUTH, GUESS = np.arange(30) % 10, np.where(np.arange(30) % 2, np.arange(30) % 10, (np.arange(30) + 1) % 10)
SURE = np.linspace(0.3, 0.99, 30)


def test_mistakes_are_shown_with_the_surest_first():
    made = draw_mistakes(IMAGES, TRUTH, GUESS, SURE, NAMES)
    order = [28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6]
    np.testing.assert_array_equal(tiles(made), IMAGES[order] / 255)
    assert title(made) == "Surest and wrong: Bag is called Ankle boot with 96.6 %"
    assert "15 of 30 are wrong" in said(made)[1]
    captions = [text for text in said(made) if text.startswith("is ")]
    assert captions[:2] == ["is Bag", "is Shirt"] and "said Sneaker 92 %" in said(made)
    assert made.words.startswith("12 mistakes, the surest first. It said: Ankle boot with 96.6 %, is Bag; Sneaker")
    boxes = [image.get_window_extent() for image in made.figure.axes[0].images]
    assert all(box.width / box.height == pytest.approx(12 / 9) for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_colours_and_floats_are_drawn_as_they_are():
    colours = RNG.uniform(0, 1, (2, 5, 5, 3))
    made = draw_mistakes(colours, [0, 1], [1, 0], [0.9, 0.8], ["a", "b"])
    np.testing.assert_array_equal(tiles(made)[1], colours[1])


def test_texts_are_wrapped_and_cut():
    texts = ["win £5 \U0001f98a $x$ now", "word " * 200, "l" * 500, ""]
    made = draw_mistakes(texts, [0, 0, 0, 0], [1, 1, 1, 1], [0.9, 0.8, 0.7, 0.999], ["ham", "spam"])
    shown = said(made)
    assert r"win £5 □ \$x\$ now" in shown and sum(text.endswith("…") for text in shown) == 2
    assert shown.count("said spam 99 %, is ham") == 1 and not made.figure.axes
    assert title(made) == "Surest and wrong: ham is called spam with 99.9 %"


def test_where_there_is_no_mistake_the_least_sure_are_shown():
    made = draw_mistakes(IMAGES, TRUTH, TRUTH, SURE, NAMES)
    assert title(made) == "Not one mistake in 30; least sure of T-shirt/top, with 30.0 %"
    np.testing.assert_array_equal(tiles(made)[0], IMAGES[0] / 255)
    assert made.words.startswith(
        "No mistake; 12 examples of which the network was least sure: T-shirt/top with 30.0 %;"
    )
    none = draw_mistakes([], [], [], [], NAMES)
    assert title(none) == "Not one mistake" and none.words == "There was no mistake."


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"for each of 30 items, not \(30,\), \(29,\) and \(30,\)"):
        draw_mistakes(IMAGES, TRUTH, GUESS[1:], SURE, NAMES)
    with pytest.raises(ValueError, match="floats from 0 to 1"):
        draw_mistakes(IMAGES * 1.0, TRUTH, GUESS, SURE, NAMES)


# Filters.


def tiles(made):
    return [np.asarray(image.get_array()) for image in made.figure.axes[0].images]


def test_filters_are_on_one_scale_around_zero():
    weights = RNG.normal(size=(3, 4, 1, 5))
    made = draw_filters(weights)
    np.testing.assert_allclose(tiles(made), np.moveaxis(weights[:, :, 0], -1, 0) / np.abs(weights).max())
    assert {image.get_clim() for image in made.figure.axes[0].images} == {(-1, 1)}
    assert title(made) == "5 filters of 3 × 4 pixels: red is positive, blue negative"
    assert title(draw_filters(weights, style="paper")).endswith("white is positive, black negative")


def test_filters_of_three_channels_are_images_and_grey_where_they_are_zero():
    weights = RNG.normal(size=(3, 3, 3, 4))
    weights[0, 0, :, 2] = 0
    found = tiles(draw_filters(weights))
    np.testing.assert_allclose(found[1], 0.5 + weights[..., 1] / np.abs(weights).max() / 2)
    np.testing.assert_array_equal(found[2][0, 0], 0.5)


def test_other_filters_are_tables():
    weights = RNG.normal(size=(3, 20, 6))
    np.testing.assert_allclose(tiles(draw_filters(weights))[5], weights[..., 5] / np.abs(weights).max())
    assert tiles(draw_filters(RNG.normal(size=(3, 3, 8, 4))))[0].shape == (9, 8)
    dense = RNG.normal(size=(12, 10))
    np.testing.assert_allclose(
        tiles(draw_filters(dense, shape=(3, 4, 1)))[9], dense[:, 9].reshape(3, 4) / np.abs(dense).max()
    )
    assert tiles(draw_filters(dense))[0].shape == (12, 10)
    named = draw_filters(dense, shape=(3, 4), names=NAMES)
    assert {r"Pull\$over", "Bag"} <= {*said(named)} and title(named).startswith("What speaks for each class")


def test_of_many_filters_the_strongest_are_shown():
    weights = RNG.normal(size=(3, 3, 1, 100)) * np.where(np.arange(100) < 40, 0.01, 1)
    made = draw_filters(weights)
    assert len(tiles(made)) == 64 and "the 64 of 100 with the largest weights" in " ".join(said(made))
    np.testing.assert_allclose(tiles(made)[-1], weights[..., 0, -1] / np.abs(weights).max())
    assert not np.any(tiles(draw_filters(np.zeros((3, 3, 1, 2)))))


@pytest.mark.parametrize(
    ("weights", "options", "error"),
    [
        (np.zeros(3), {}, "weights are finite numbers"),
        (np.full((3, 3, 1, 2), np.inf), {}, "weights are finite numbers"),
        (np.zeros((12, 2)), {"shape": (3, 5)}, "an image of 12 numbers"),
        (np.zeros((3, 3, 1, 2)), {"names": ["a"]}, "each of 2 filters, not 1"),
    ],
)
def test_what_are_no_filters_is_refused(weights, options, error):
    with pytest.raises(ValueError, match=error):
        draw_filters(weights, **options)


# Comparisons.

RUNS = {"adam": np.array([[3, 1.0], [2, 0.5], [4, 0.75]]), "sgd": np.array([[3, 2.0], [3, 1.5], [3, 4.0]])}


def test_a_line_is_the_mean_and_a_band_from_the_lowest_to_the_highest():
    made = draw_comparison(RUNS, note="tuned with 8 runs each")
    (axes,) = made.figure.axes
    assert line(axes, "adam").get_xydata().tolist() == [[1, 3], [2, 0.75]]
    bands = {band.get_label(): band.get_paths()[0].vertices for band in axes.collections}
    assert (bands["band of adam"][:, 1].min(), bands["band of adam"][:, 1].max()) == (0.5, 4)
    assert title(made) == "adam ends with the lowest validation loss: 0.75"
    assert {"adam  0.75 (0.5–1)", "sgd  2.5 (1.5–4)"} <= {*said(made)} and "tuned with 8 runs each" in said(made)[1]
    assert made.words == (
        "The validation loss at epoch 2, means of 3 runs and, in brackets, from the lowest to the highest: "
        "adam 0.75 (0.5 to 1); sgd 2.5 (1.5 to 4)."
    )
    assert title(draw_comparison(RUNS, title="No optimizer is best everywhere")) == "No optimizer is best everywhere"


def test_nobody_wins_whose_band_ends_in_that_of_another():
    once = draw_comparison({name: runs[:1] for name, runs in RUNS.items()})
    assert title(once) == "adam ends with the lowest validation loss in one run, which may be chance: 1"
    alike = {"a": np.full((1, 2), 0.5), "b": np.full((1, 2), 0.5)}
    assert title(draw_comparison(alike)) == "a and b end alike in one run each"
    near = RUNS | {"lion": RUNS["adam"] + 0.2}
    assert title(draw_comparison(near)) == "adam and lion end alike: their bands overlap"
    assert title(draw_comparison(near | {"yogi": RUNS["adam"] + 0.1})).endswith("the bands of 3 of 4 overlap")
    (bar,) = draw_comparison({"a": np.array([[0.5], [0.7]])}).figure.axes[0].collections
    assert bar.get_segments()[0][:, 1].tolist() == [0.5, 0.7] and bar.get_linewidth() > 1


def test_the_lowest_before_the_rise_is_on_the_picture_of_a_rate_test():
    rates, smoothed = np.geomspace(1e-4, 1, 5), np.array([2.0, 1.9, 1.0, 5.0, 9.0])
    (axes,) = draw_rate_test(rates, smoothed, smoothed, 1e-3, rises=rates[2]).figure.axes
    assert axes.get_ylim()[0] < 1.0
    star = next(line for line in axes.lines if line.get_label() == "suggested")
    assert star.zorder > max(text.zorder for text in axes.texts)


def test_higher_may_be_better_and_what_is_lost_is_the_worst():
    shares = {"a": np.array([[0.5, 0.9], [0.5, np.nan], [0.5, 0.8]]), "b": np.array([[0.5, 0.6]] * 3)}
    made = draw_comparison(shares, of="accuracy", better="higher")
    np.testing.assert_array_equal(line(made.figure.axes[0], "a").get_ydata(), [0.5, np.nan])
    assert title(made) == "b and a end alike: their bands overlap"
    lost = {"a": np.full((2, 3), np.nan), "b": np.ones((2, 3))}
    assert "a  diverged at times" in said(made) and "a diverged (diverged to 0.9)" in made.words
    assert "a  diverged" in said(draw_comparison(lost)) and title(draw_comparison(lost)).startswith("b ends")
    assert title(draw_comparison({"a": lost["a"]})) == "a ends with no finite number"


@pytest.mark.parametrize("curves", [{}, {"a": np.ones(3)}, {"a": np.ones((2, 3)), "b": np.ones((2, 4))}])
def test_what_cannot_be_compared_is_refused(curves):
    with pytest.raises(ValueError, match=r"\(seeds, points\)"):
        draw_comparison(curves)
    with pytest.raises(ValueError, match="x has a number for each of 2 points"):
        draw_comparison(RUNS, x=np.arange(3))


# Searches.

TRIALS = [{"lr": 10.0**-k, "batch_size": 16 * 2 ** (k % 3), "optimizer": ("sgd", "adam")[k % 2]} for k in range(10)]
FOUND = [np.nan, 0.5, 0.3, None, 0.4, 9.0, 0.45, 0.35, 0.42, 0.44]


def test_each_hyperparameter_has_a_panel_with_the_best_marked_and_the_failed_on_top():
    made = draw_search(TRIALS, FOUND, logarithmic=["lr", "batch_size"], of="validation loss")
    lr, batch, rule = made.figure.axes
    stood = [1, 2, 4, 6, 7, 8, 9]
    drawn = [[TRIALS[k]["lr"], FOUND[k]] for k in stood]
    np.testing.assert_array_equal(line(lr, "trials").get_xydata(), drawn)
    assert line(lr, "best").get_xydata().tolist() == [[0.01, 0.3]]
    assert line(lr, "failed").get_xdata().tolist() == [1, 1e-3] and line(lr, "outside").get_xdata().tolist() == [1e-5]
    assert (lr.get_xscale(), rule.get_xscale()) == ("log", "linear")
    assert [tick.get_text() for tick in batch.get_xticklabels()] == ["16", "32", "64"]
    assert [tick.get_text() for tick in rule.get_xticklabels()] == ["sgd", "adam"]
    assert np.round(line(rule, "best").get_xdata()).tolist() == [0]
    assert title(made) == "Validation loss 0.3 with lr 0.01, batch_size 64, optimizer sgd"
    assert "△ 1 beyond" in " ".join(said(made)) and "× 2 failed" in " ".join(said(made))
    assert made.words.endswith("the best, 0.3, has lr 0.01, batch size 64 and optimizer sgd; 2 failed.")


def test_a_search_is_drawn_whatever_came_of_it():
    assert title(draw_search(TRIALS, [None] * 10)) == "Not one of 10 trials came to an end"
    best = draw_search(TRIALS, [0.1, 0.2, 0.9, *[0.5] * 7], of="accuracy", better="higher")
    assert title(best).startswith("Accuracy 0.9 with lr 0.01")
    (axes,) = draw_search([{"size": size} for size in (32, 64, 128)], [3, 1, 2]).figure.axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["32", "64", "128"]
    assert "1 trial" in said(draw_search([{"a": 1}], [0.5]))[1].split("    ")
    made = draw_search(
        [{"rule": rule, "x": 1, "y": 1} for rule in ("momentum:beta=0.95", "adam:beta1=0.95,beta2=0.999")],
        [3, 1], size=(640, 360), style="big",
    )  # fmt: skip
    made.figure.canvas.draw()
    one, two = (tick.get_window_extent() for tick in made.figure.axes[0].get_xticklabels())
    assert one.x1 < two.x0
    some = draw_search([{"a": 1}, {"b": True}], [0.5, 0.25]).figure.axes
    assert len(some) == 2 and len(line(some[0], "trials").get_xdata()) == 1
    with pytest.raises(ValueError, match="not 10 trials, 9 losses and 3 hyperparameters"):
        draw_search(TRIALS, FOUND[1:])


RATES = np.geomspace(1e-4, 10, 60)
SLOPE = 2.3 - 1 / (1 + np.exp(-3 * np.log(RATES / 0.03))) + (RATES / 2) ** 3


def test_a_range_test_marks_where_it_rises_and_what_to_begin_with():
    made = draw_rate_test(RATES, SLOPE + 0.01 * RNG.normal(size=60), SLOPE, 0.03, rises=2.0)
    (axes,) = made.figure.axes
    assert line(axes, "suggested").get_xdata().tolist() == [0.03] and axes.get_xscale() == "log"
    np.testing.assert_array_equal(line(axes, "smoothed").get_ydata(), SLOPE)
    assert [text.get_text() for text in axes.texts] == ["begin with 0.03", "rises from 2"]
    assert axes.get_ylim()[1] < 4 and title(made) == "Begin with a learning rate of 0.03: the loss rises from 2"
    assert made.words.endswith("It rises from 2 on; begin with 0.03.")
    none = draw_rate_test(RATES, RATES, RATES, None)
    assert title(none) == "No learning rate to begin with stands out"
    assert none.words.endswith("It does not rise; no rate is suggested.")
    above = draw_rate_test(RATES, RATES, RATES, None, rises=1e-3)
    assert title(above) == "No learning rate to begin with: the loss rises from 0.001 on"
    with pytest.raises(ValueError, match=r"not \(60,\), \(59,\) and \(60,\)"):
        draw_rate_test(RATES, SLOPE[1:], SLOPE, 0.1)


# All of them.

MANY = np.diag(RNG.integers(50, 100, 100)) + (RNG.uniform(size=(100, 100)) < 0.05) * 3
TEXTS = ["call 0906 now £1000 $ prize", "ok", "a " * 300, "x" * 99] * 5
PICTURES = {
    "curves": lambda **o: draw_curves(HISTORY, **o),
    "babysat": lambda **o: draw_curves(BABYSAT, held="test", **o),
    "decades": lambda **o: draw_curves(
        replace(HISTORY, loss=10.0**-E, accuracy=np.empty(0), optimizer="adam(lr=0.1)" * 12), **o
    ),
    "rate": lambda **o: draw_rate(BABYSAT, **o),
    "confusion": lambda **o: draw_confusion(RNG.integers(0, 1000, (10, 10)) * 0 + 7, NAMES, **o),
    "two": lambda **o: draw_confusion(np.array([[9000, 12], [0, 8]]), ["ham", "a very long name of a class " * 3], **o),
    "many": lambda **o: draw_confusion(MANY, [f"class {k}" for k in range(100)], **o),
    "mistakes": lambda **o: draw_mistakes(IMAGES, TRUTH, GUESS, SURE, NAMES, **o),
    "one mistake": lambda **o: draw_mistakes(IMAGES[:1], [0], [1], [1.0], ["a class with a long name", "b" * 60], **o),
    "texts": lambda **o: draw_mistakes(TEXTS, TRUTH[:20], GUESS[:20], SURE[:20], NAMES, **o),
    "filters": lambda **o: draw_filters(np.sin(np.arange(288.0)).reshape(3, 3, 1, 32), **o),
    "named": lambda **o: draw_filters(np.sin(np.arange(120.0)).reshape(12, 10), shape=(3, 4), names=NAMES, **o),
    "words": lambda **o: draw_filters(np.sin(np.arange(1920.0)).reshape(3, 20, 32), **o),
    "comparison": lambda **o: draw_comparison(RUNS, note="learning rates tuned with 8 runs each", **o),
    "ten": lambda **o: draw_comparison(
        {f"rule{k}(lr=0.{k}1, beta=0.9)": 2 + k / 99 + RUNS["sgd"] for k in range(10)}, **o
    ),
    "search": lambda **o: draw_search(TRIALS, FOUND, logarithmic=["lr", "batch_size"], **o),
    "eight": lambda **o: draw_search([{f"param_{k}": v for k in range(8)} for v in (1, 2.5, 1e3)], [3, 1, 2], **o),
    "range": lambda **o: draw_rate_test(RATES, SLOPE, SLOPE, 0.03, rises=2.0, **o),
    "colours": lambda **o: draw_filters(np.sin(np.arange(864.0)).reshape(3, 3, 3, 32), **o),
}

# those that `every(2, PICTURES)` leaves to `make proof`
CROWDED = [pytest.param(name, marks=() if i % 2 else pytest.mark.proof) for i, name in enumerate(PICTURES)]


@pytest.mark.parametrize(
    ("size", "style"),
    [
        ((640, 360), "big"),
        pytest.param((640, 360), "dark", marks=pytest.mark.proof),
        pytest.param((1920, 1080), "slide", marks=pytest.mark.proof),
    ],
    ids=str,
)
@pytest.mark.parametrize("picture", CROWDED)
def test_words_stay_inside_and_apart(picture, size, style):
    made = PICTURES[picture](size=size, style=style)
    check_words(made)
    sentences = re.findall(r"[A-Za-z0-9].*?\.(?= [A-Z]|$)", made.words)
    assert 1 <= len(sentences) <= 2 and not re.search(r"[\\_]|nan|  | ,", made.words)


@pytest.mark.parametrize("picture", every(3, PICTURES))
def test_on_paper_all_is_grey_and_words_fit(tmp_path, picture):
    made = PICTURES[picture](style="paper", size=(640, 360))
    check_words(made)
    write_still(made, tmp_path / "a.png")
    check_grey(tmp_path / "a.png")


@pytest.mark.parametrize("picture", every(3, ["babysat", "texts", "search"]))
def test_the_same_arrays_give_the_same_bytes(tmp_path, picture):
    paths = [tmp_path / f"{name}.svg" for name in "ab"]
    write_still(PICTURES[picture](size=(320, 180)), paths[0])
    with mpl.rc_context({"font.size": 30.0, "lines.linewidth": 9.0}):
        write_still(PICTURES[picture](size=(320, 180)), paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_loss_that_almost_vanishes_does_not_squeeze_the_others():
    made = draw_comparison({"a": [[1.0, 1e-320]], "b": [[1.0, 0.5]]})
    low, high = made.figure.axes[0].get_ylim()
    assert 1e-33 < low < 1e-30 and 1 < high < 100


def test_the_axis_of_a_comparison_ends_with_its_last_point():
    for points, ends in ((1, (0, 1)), (3, (1, 3))):
        made = draw_comparison({"a": np.full((2, points), 0.5), "b": np.full((2, points), 0.6)})
        assert made.figure.axes[0].get_xlim() == ends
