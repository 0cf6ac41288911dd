"""Pictures of losses: what is drawn is the loss, estimates are those of the closed forms, costs are measured."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from examples import every
from hypothesis import given, settings
from hypothesis import strategies as st

from optiviz.experiments import Growth, growth, outlier, profile
from optiviz.experiments.losses import KINDS, LEAST, MOST
from optiviz.losses import Loss, bce, cce, focal, hinge, huber, kl, log_cosh, mae, mse, sparse_cce
from optiviz.losses.targets import NUMBERS, Targets
from optiviz.plot import draw_growth, draw_outlier, draw_profile, write_still

pytestmark = pytest.mark.usefixtures("unpainted")

LOSSES = [*Loss.registry.values(), huber(delta=0.37), focal(gamma=5)]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
JUMPS = {"mae": [[0, -1, 0, 1]], "hinge": [[1, -1, -1, 0]]}
SIZES = [(640, 360), (1920, 1080)]


def single(loss: Loss, x: float, target: float) -> tuple[float, float]:
    """The loss of one example and its slope, from the call that trains models."""
    scores, targets = {
        "": ([x], [target]),
        "classes": ([[x, 0, 0]], [0] if loss.targets.whole else [[1, 0, 0]]),
    }.get(loss.axis, ([[x, 0.0]], [target]))
    value, gradient = loss(np.array(scores, dtype=float), targets)
    return value, float(gradient.ravel()[0])


@every_loss
def test_what_is_looked_at_is_the_loss(loss):
    found = profile([loss])
    name = repr(loss)
    assert found.over == KINDS[loss.targets]
    assert found.x[0] == -found.x[-1] and 0 in found.x
    for i in range(0, len(found.x), 32):
        value, slope = single(loss, float(found.x[i]), found.target)
        assert found.values[name][i] == pytest.approx(value, rel=1e-14, abs=1e-15)
        assert found.gradients[name][i] == pytest.approx(slope, rel=1e-14, abs=1e-15)


@every_loss
def test_a_slope_jumps_where_the_loss_has_a_kink_and_nowhere_else(loss):
    np.testing.assert_allclose(profile([loss]).jumps[repr(loss)], np.reshape(JUMPS.get(loss.name, []), (-1, 4)))


def test_a_steep_slope_is_no_jump():
    steep = huber(delta=1e-7)
    assert profile([steep]).jumps[repr(steep)].size == 0


def test_a_jump_beside_the_points_is_found():
    def beside(z, y):
        """The distance to a place that is no round number."""
        return abs(z - np.sqrt(2))

    def both(z, y):
        return np.mean(beside(z, y)), np.sign(z - np.sqrt(2)) / z.size

    ((at, before, _, after),) = profile([Loss(beside, both, NUMBERS)]).jumps["beside"]
    assert (at, before, after) == (pytest.approx(np.sqrt(2), abs=1e-9), -1, 1)


@every_loss
def test_the_gradient_is_the_slope_of_the_value(loss):
    found = profile([loss])
    rises = np.diff(found.values[repr(loss)]) / np.diff(found.x)
    ends = np.stack([found.gradients[repr(loss)][:-1], found.gradients[repr(loss)][1:]])
    assert (rises >= ends.min(axis=0) - 1e-4).all() and (rises <= ends.max(axis=0) + 1e-4).all()


def test_a_wide_huber_is_seen_to_its_bend():
    assert profile([huber(delta=10)]).x[-1] == 15


def for_primes(z, y):
    """A loss with targets of its own."""
    return z - y


PRIMES = Loss(for_primes, lambda z, y: (0, z), Targets("primes"))


@pytest.mark.parametrize(
    ("losses", "phrase"),
    [
        ([], "name a loss"),
        ([mse, mae, mse], "mse is given twice"),
        (
            [mse, bce, mae],
            "mse mae over the error, bce over the score of the right answer; make a picture of each kind",
        ),
        ([mse, huber(delta=1e300)], "mse is not finite from -1.5e\\+300"),
        ([PRIMES], "primes"),
    ],
)
def test_what_cannot_be_drawn_is_refused(losses, phrase):
    with pytest.raises(ValueError, match=phrase):
        profile(losses)


@every_loss
@pytest.mark.parametrize("style", every(2, ["light", "dark"]))
def test_every_loss_is_drawn_as_it_is(loss, style):
    found = profile([loss])
    value, slope = (next(at for at in axes.lines if at.get_label() == repr(loss)) for axes in panels(found, style))
    np.testing.assert_array_equal(value.get_data(), (found.x, found.values[repr(loss)]))
    x, y = slope.get_data()
    kept = np.isin(x, found.x) & ~np.isin(x, found.jumps[repr(loss)][:, 0])
    shown = np.isin(found.x, x[kept])
    np.testing.assert_array_equal(y[kept], found.gradients[repr(loss)][shown])
    assert shown.sum() == len(found.x) - len(found.jumps[repr(loss)])
    step = np.abs(np.diff(y))
    assert np.isnan(y).sum() == len(found.jumps[repr(loss)]) and np.nanmax(step) < 0.02 * np.ptp(
        y[~np.isnan(y)]
    )  # no slanted line


def panels(found, style="light"):
    return draw_profile(found, style=style).figure.axes


@pytest.mark.parametrize("loss", [mae, hinge], ids=repr)
def test_a_dot_stands_where_the_slope_is_and_rings_where_it_only_comes_near(loss):
    ((at, before, there, after),) = JUMPS[loss.name]
    rings, dot = (line for line in panels(profile([loss]))[1].lines if line.get_marker() == "o")
    assert rings.get_xydata().tolist() == [[at, before], [at, after]]
    assert dot.get_xydata().tolist() == [[at, there]] and dot.get_zorder() > rings.get_zorder()
    assert dot.get_markerfacecolor() == dot.get_color() == rings.get_color() != rings.get_markerfacecolor()


@pytest.mark.parametrize("size", SIZES)
def test_ten_fit_and_eleven_are_refused(size):
    ten = [bce, cce, sparse_cce, kl, hinge, *(focal(gamma=g) for g in (1, 2, 3, 4, 5))]
    made = draw_profile(profile(ten), size=size)
    legend = made.figure.legends[0].get_window_extent()
    assert legend.x1 <= size[0] and legend.y0 > made.figure.axes[0].get_window_extent().y1
    with pytest.raises(ValueError, match="up to 10 losses, not 11"):
        draw_profile(profile([*ten, focal(gamma=6)]))


def test_the_setting_is_said():
    def said(*losses):
        return " ".join(text.get_text() for text in draw_profile(profile(losses)).figure.texts)

    assert "y = 1" in said(bce) and "classes" not in said(bce)
    assert "3 classes" in said(bce, cce)
    assert "y = 3" in said(Loss.registry["poisson_nll"])
    assert "gaussian_nll: log_variance = 0" in said(Loss.registry["gaussian_nll"])


# One outlier.

numbers = st.floats(-100, 100).map(lambda v: round(v, 3))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(numbers, min_size=2, max_size=8).filter(lambda v: len(v) % 2 == 0), st.floats(-1e4, 1e4))
def test_the_best_constants_are_mean_and_median(others, away):
    found = outlier([mse, mae, huber(delta=2)], others, [away]).estimates
    values = np.array([*others, away])
    size = max(1, abs(values).max())
    assert found["mse"][0] == pytest.approx(values.mean(), abs=1e-11 * size)
    assert found["mae"][0] == pytest.approx(np.median(values), abs=1e-11 * size)
    assert np.clip(found["huber(delta=2)"][0] - values, -2, 2).sum() == pytest.approx(0, abs=1e-9 * size)


def test_of_equally_good_constants_it_is_the_lowest():
    assert outlier([mae], [1, 2, 3], [10.0]).estimates["mae"][0] == pytest.approx(2, abs=1e-12)


def test_huber_goes_from_the_median_to_the_mean():
    tiny, vast = outlier([huber(delta=1e-12), huber(delta=1e100)]).estimates.values()
    median, mean = outlier([mae, mse]).estimates.values()
    np.testing.assert_allclose(tiny, median, atol=1e-10)
    np.testing.assert_allclose(vast, mean, atol=1e-10)


def test_the_mean_runs_away_and_the_median_stops():
    found = outlier([mse, mae, huber, log_cosh])
    rises = {name: np.diff(best) for name, best in found.estimates.items()}
    np.testing.assert_allclose(rises["mse"], np.diff(found.moving) / 7, rtol=1e-9)
    for name in ("mae", "huber", "log_cosh"):
        np.testing.assert_allclose(rises[name][-50:], 0, atol=1e-6)


def test_the_picture_has_the_estimates():
    found = outlier([mse, mae])
    left, right = draw_outlier(found).figure.axes
    for name, best in found.estimates.items():
        (line,) = [line for line in right.lines if line.get_label() == name]
        np.testing.assert_array_equal(line.get_data(), (found.moving, best))
        (level,) = [line for line in left.lines if line.get_label() == name]
        assert set(level.get_ydata()) == {best[-1]}


@pytest.mark.parametrize("wrong", [bce, cce, Loss.registry["gaussian_nll"], Loss.registry["poisson_nll"]], ids=repr)
def test_an_outlier_is_for_losses_of_one_number(wrong):
    with pytest.raises(ValueError, match=f"mse mae huber log_cosh, not for {wrong.name}"):
        outlier([mse, wrong])


@pytest.mark.parametrize("others", [[], [np.nan], [np.inf, 1], [[1, 2]]], ids=repr)
def test_the_values_that_stay_are_numbers(others):
    with pytest.raises(ValueError, match="one or more finite numbers"):
        outlier([mse], others)


# The cost of classes.


def test_memory_is_that_of_the_targets_and_time_is_measured():
    found = growth([cce, sparse_cce, kl], [2, 50], examples=4)
    assert found.memory["cce"].tolist() == found.memory["kl"].tolist() == [4 * 2 * 4, 4 * 50 * 4]
    assert found.memory["sparse_cce"].tolist() == [4 * 8, 4 * 8]
    assert all((times > 0).all() and len(times) == 2 for times in found.seconds.values())
    assert ((found.repeats >= LEAST) & (found.repeats <= MOST)).all()
    with pytest.raises(ValueError, match="cce sparse_cce kl, not for bce"):
        growth([cce, bce])
    for classes in ([], [1, 10], [10**9]):
        with pytest.raises(ValueError, match="examples times classes, 2 or more, are up to 50,000,000"):
            growth([cce], classes)


def measured() -> Growth:
    return Growth(
        classes=np.array([10, 1000]),
        examples=32,
        memory={"cce": np.array([1280, 128_000]), "sparse_cce": np.array([256, 256])},
        seconds={"cce": np.array([1e-4, 2e-3]), "sparse_cce": np.array([1e-4, 1e-3])},
        repeats=np.array([101, 9]),
    )


def test_costs_are_drawn_on_log_axes_and_said_to_be_measured():
    made = draw_growth(measured())
    memory, times = made.figure.axes
    assert {axis for axes in (memory, times) for axis in (axes.get_xscale(), axes.get_yscale())} == {"log"}
    (line,) = [line for line in times.lines if line.get_label() == "cce"]
    np.testing.assert_allclose(line.get_data(), ([10, 1000], [0.1, 2.0]))
    assert any("measured on this machine, medians of 9 to 101 calls" in text.get_text() for text in made.figure.texts)


PICTURES = {
    "profile": lambda: draw_profile(profile([mse, mae])),
    "outlier": lambda: draw_outlier(outlier([mse, mae])),
    "growth": lambda: draw_growth(measured()),
}


@pytest.mark.parametrize(("suffix", "picture"), every(2, product([".png", ".svg"], PICTURES)))
def test_the_same_picture_has_the_same_bytes(tmp_path, suffix, picture):
    files = [tmp_path / f"{i}{suffix}" for i in range(2)]
    for file in files:
        write_still(PICTURES[picture](), file)
    assert files[0].read_bytes() == files[1].read_bytes()
