"""Losses on data as surfaces: means over examples, mini-batches, runs that do not disturb each other."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from optiviz import adam, bowl, gd, minimize, sgd
from optiviz.formula import FormulaError
from optiviz.surfaces import DataSurface, stochastic
from optiviz.trace.functions import sin

RNG = np.random.default_rng(5)
X = RNG.normal(size=40)
Y = 2 * X - 1 + RNG.normal(scale=0.3, size=40)


def line(w, b, x, y):
    return (w * x + b - y) ** 2


def wave(w, x, y, *, height=1.0):
    return (height * sin(w * x) - y) ** 2


def look(surface):
    best = tuple(np.polyfit(*surface.data, 1))
    return (-1, 5, -4, 2), (-0.5, 1.5), [best]


FIT = DataSurface(line, data=(X, Y), look=look)
WAVE = DataSurface(wave, data=(X, Y), look=lambda _: ((-3, 3), (1,), []))


def by_hand(theta):
    w, b = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)[..., None]
    error = w * X + b - Y
    return (error**2).mean(-1), 2 * np.stack([(error * X).mean(-1), error.mean(-1)], axis=-1)


@pytest.mark.parametrize("shape", [(2,), (1, 2), (7, 2), (3, 4, 2), (0, 2), (3000, 2)])
def test_it_is_the_mean_over_the_examples(shape):
    theta = RNG.uniform(-1, 1, shape)
    value, gradient = FIT.value_and_gradient(theta)
    assert np.shape(value) == shape[:-1] and gradient.shape == shape
    for ours, theirs in zip((value, gradient), by_hand(theta), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_batch_of_runs_is_its_runs_to_the_bit_and_keeps_its_dtype(dtype):
    theta = RNG.uniform(-1, 1, (1001, 2)).astype(dtype)
    value, gradient = FIT.value_and_gradient(theta)
    assert value.dtype == gradient.dtype == dtype
    for k in (0, 1, 500, 1000):
        alone = FIT.value_and_gradient(theta[k])
        assert alone[0] == value[k] and (alone[1] == gradient[k]).all()
    listed = FIT.value_and_gradient([1.5, 0.25])
    assert [type(listed[0]), *map(type, listed[1])] == [float, float, float]


def test_the_gradient_and_the_hessian_are_those_of_the_mean():
    for surface, at in ((FIT, [0.3, -0.7]), (WAVE(height=2.0), [0.4])):
        theta, h = np.array(at), 1e-5
        steps = np.eye(len(at)) * h
        rise = [(surface(*(theta + s)) - surface(*(theta - s))) / (2 * h) for s in steps]
        bend = [
            (surface.value_and_gradient(theta + s)[1] - surface.value_and_gradient(theta - s)[1]) / (2 * h)
            for s in steps
        ]
        np.testing.assert_allclose(surface.value_and_gradient(theta)[1], rise, rtol=1e-7)
        np.testing.assert_allclose(surface.hessian(theta), bend, rtol=1e-7)
        assert surface.hessian(np.stack([theta, theta])).shape == (2, len(at), len(at))


def test_it_is_called_with_parameters_or_with_an_example_too():
    assert FIT(2.0, 1.0) == pytest.approx(by_hand([2.0, 1.0])[0])
    assert FIT(2.0, 1.0, 3.0, 5.0) == 4.0
    assert FIT(np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)
    assert WAVE(height=3.0).params == {"height": 3.0}
    assert FIT.coordinates == ("w", "b") and FIT.examples == 40 and FIT.dimension == 2
    assert FIT.box_text == "w from -1 to 5, b from -4 to 2"
    assert FIT.lowest == pytest.approx(by_hand(np.polyfit(X, Y, 1))[0])


def test_other_data_have_a_surface_of_their_own():
    other = FIT.on([0, 1, 2], [5, 5, 5])
    np.testing.assert_allclose(other.minima, [(0, 5)], atol=1e-12)
    assert other(0.0, 5.0) == 0.0
    assert FIT.examples == 40


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (([1, 2],), TypeError, "line takes x, y, not 1 arrays"),
        (([1, 2], [1]), ValueError, "one length"),
        (([], []), ValueError, "one length"),
        (([[1, 2]], [[1, 2]]), ValueError, "one length"),
        (([1, np.nan], [1, 2]), ValueError, "NaN or infinity"),
    ],
)
def test_data_that_do_not_fit_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        FIT.on(*data)


def test_a_formula_without_parameters_is_refused():
    with pytest.raises(FormulaError, match="one or two parameters"):
        DataSurface(lambda x, y: x, data=(X, Y), look=look)


# Mini-batches.


def drawn(seed, looks, runs=()):
    """Looks whose gradient, the mean of powers of two, tells which examples were drawn."""

    def tell(w, x):
        return w * x

    powers = DataSurface(tell, data=(2.0 ** np.arange(10),), look=lambda _: ((-1, 1), (0,), []))
    objective = stochastic(powers, batch_size=3, seed=seed)
    theta = np.zeros((*runs, 1))
    return [objective(theta) for _ in range(looks)]


def test_an_epoch_sees_every_example_once_and_ends_with_what_is_left():
    sizes = (3, 3, 3, 1)
    for epoch in range(3):
        looks = drawn(7, 12)[4 * epoch : 4 * epoch + 4]
        seen = sum(size * gradient[0] for size, (_, gradient) in zip(sizes, looks, strict=True))
        assert seen == pytest.approx(2**10 - 1)  # powers of two: each exactly once
    assert [g[0] for _, g in drawn(7, 4)] == [g[0] for _, g in drawn(7, 4)] != [g[0] for _, g in drawn(8, 4)]


def test_a_run_draws_the_same_batches_alone_and_among_others():
    few, many = drawn(1, 6, (2,)), drawn(1, 6, (5,))
    for (_, a), (_, b) in zip(few, many, strict=True):
        np.testing.assert_array_equal(a, b[:2])
        assert len(set(b.ravel())) > 1


def test_sgd_goes_down_by_batches_and_the_recorded_value_is_that_of_all_examples():
    run = minimize(FIT, sgd(lr=0.05), steps=300, batch_size=8, seed=3)
    assert run.batch_size == 8
    np.testing.assert_allclose(run.value, by_hand(run.theta)[0], rtol=1e-12)
    assert not np.allclose(run.gradient, by_hand(run.theta)[1])
    assert run.value[-1] < 2 * FIT.lowest
    whole = minimize(FIT, gd(lr=0.05), steps=20)
    np.testing.assert_allclose(whole.gradient, by_hand(whole.theta)[1], atol=1e-12)
    all_at_once = minimize(FIT, gd(lr=0.05), steps=20, batch_size=40)
    np.testing.assert_allclose(all_at_once.theta, whole.theta, rtol=1e-12)


def test_one_point_on_floats_is_the_same_run_as_on_arrays():
    floats = minimize(FIT, adam(lr=0.05), steps=50, batch_size=8)
    arrays = minimize(FIT, adam(lr=0.05), [FIT.start], steps=50, batch_size=8)
    np.testing.assert_allclose(floats.theta, arrays.theta[:, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("surface", "given", "error", "message"),
    [
        (bowl, {"batch_size": 2}, TypeError, "bowl has no examples to draw batches from; give it noise"),
        (FIT, {"batch_size": 0}, ValueError, "1 to 40 examples, not 0"),
        (FIT, {"batch_size": 41}, ValueError, "1 to 40 examples, not 41"),
        (FIT, {"batch_size": 4, "noise": 1.0}, ValueError, "batch_size or noise"),
    ],
)
def test_batches_that_cannot_be_drawn_are_refused(surface, given, error, message):
    with pytest.raises(error, match=message):
        minimize(surface, gd, steps=3, **given)


def test_many_runs_keep_their_own_batches_also_when_they_are_computed_in_parts():
    theta = RNG.uniform(-1, 1, (3000, 2))
    drawn = RNG.integers(0, 40, (3000, 25))
    batch = [column[drawn] for column in FIT.data]
    value, gradient = FIT.value_and_gradient(theta, *batch)
    for k in (0, 1400, 2999):
        alone = FIT.value_and_gradient(theta[k], *(column[k] for column in batch))
        assert alone[0] == value[k] and (alone[1] == gradient[k]).all()


def test_runs_that_are_to_be_alike_see_one_run_s_batches():
    objective, single = (stochastic(FIT, batch_size=7, seed=2, alike=alike) for alike in (True, False))
    for _ in range(3):
        np.testing.assert_array_equal(objective(np.ones((4, 2)))[1], np.tile(single(np.ones(2))[1], (4, 1)))


def test_the_data_are_drawn_without_end():
    objective = stochastic(FIT, batch_size=40)
    values = [value for value, _ in islice(iter(lambda: objective(np.zeros(2)), None), 3)]
    assert len(set(values)) == 1
