"""Sensitivity: a sweep is its single runs, and the theory of the quadratic is what it shows."""

from __future__ import annotations

import numpy as np
import pytest
from examples import every

from optiviz import adam, bowl, cosine, from_text, gd, himmelblau, minimize, parabola, ravine, rosenbrock, sensitivity
from optiviz.descent import DIVERGED, ESCAPED, RUNNING
from optiviz.experiments import spread
from optiviz.experiments.sweep import CELLS
from optiviz.names import HYPERPARAMETERS, hyperparameter
from optiviz.optimizers import Optimizer, named

RATES = np.geomspace(1e-6, 10, 9)


@pytest.mark.parametrize("apart", [4, pytest.param(2, marks=pytest.mark.proof)])
@pytest.mark.parametrize("rule", every(2, [*Optimizer.registry.values()][::-1]), ids=lambda rule: rule.name)
def test_a_cell_is_the_single_run_bit_for_bit(rule, apart):
    rates = RATES[::apart]
    found = sensitivity(rule, himmelblau, {"lr": rates}, steps=30)
    for rate, value, ending in zip(rates, found.value, found.ending, strict=True):
        run = minimize(himmelblau, rule(lr=float(rate)), [himmelblau.start], steps=30)
        np.testing.assert_array_equal(value, run.value[-1, 0])
        assert ending == run.ending[0]


@pytest.mark.parametrize("rule", every(2, Optimizer.registry.values()), ids=lambda rule: rule.name)
def test_every_other_hyperparameter_can_be_swept_bit_for_bit(rule):
    for name in [name for name in rule.params if name != "lr"]:
        values = spread(name, 3, default=rule.defaults[name])
        found = sensitivity(rule(lr=1e-3), rosenbrock, {name: values}, steps=10)
        for value, loss in zip(values, found.value, strict=True):
            run = minimize(rosenbrock, rule(**{"lr": 1e-3, name: float(value)}), [rosenbrock.start], steps=10)
            np.testing.assert_array_equal(loss, run.value[-1, 0])


def test_two_hyperparameters_make_a_table():
    rates, betas = [0.01, 0.1, 0.3], [0.5, 0.9]
    found = sensitivity(adam, rosenbrock, {"lr": rates, "beta1": betas}, steps=20)
    assert found.value.shape == found.ending.shape == (3, 2) and list(found.axes) == ["lr", "beta1"]
    for i, lr in enumerate(rates):
        for j, beta1 in enumerate(betas):
            run = minimize(rosenbrock, adam(lr=lr, beta1=beta1), steps=20)
            assert found.value[i, j] == pytest.approx(run.value[-1], rel=1e-10)
    i, j = np.unravel_index(found.value.argmin(), (3, 2))
    assert found.best == {"lr": rates[i], "beta1": betas[j]}
    assert found.params == {"beta2": 0.999, "eps": 1e-8} and found.suited == {"lr": 0.001, "beta1": 0.9}


def test_every_run_sees_the_same_noise_and_it_is_that_of_the_seed():
    found = sensitivity(gd, bowl, {"lr": [0.01, 0.1]}, noise=0.5, seed=3, steps=300)
    for rate, value in zip((0.01, 0.1), found.value, strict=True):
        assert value == minimize(bowl, gd(lr=rate), [bowl.start], noise=0.5, seed=3, steps=300).value[-1, 0]
    assert (found.noise, found.seed) == (0.5, 3)


@pytest.mark.parametrize(("surface", "curvature"), [(parabola, 2.0), (ravine, 25.0), (from_text("8*x**2"), 16.0)])
def test_gradient_descent_on_a_quadratic_diverges_exactly_above_two_over_the_curvature(surface, curvature):
    limit = 2 / curvature
    rates = np.concatenate([limit * (1 - np.geomspace(1e-2, 0.5, 20)), limit * (1 + np.geomspace(1e-2, 50, 20))])
    found = sensitivity(gd, surface, {"lr": rates}, steps=2000)
    np.testing.assert_array_equal(found.ending == DIVERGED, found.axes["lr"] > limit)
    assert (found.value[found.ending == RUNNING] < found.first).all()


def test_diverged_runs_are_never_the_best():
    """A run that leaves the arena upward may have been stopped at a number; one of NaN compares with nothing."""
    found = sensitivity(gd, bowl, {"lr": [0.1, 1.5, 1e300]}, steps=30)
    assert found.best == {"lr": 0.1} and found.ending.tolist() == [RUNNING, DIVERGED, DIVERGED]
    assert sensitivity(gd, bowl, {"lr": [1.5, 2.5]}, steps=50).best == {}
    assert (sensitivity(gd, from_text("-x**2 - y**2"), {"lr": [0.5, 1.0]}).ending == ESCAPED).all()


def test_a_schedule_is_replaced_where_it_is_swept_and_kept_elsewhere():
    found = sensitivity(adam(lr=cosine(lr=0.5, steps=20)), bowl, {"beta1": [0.5, 0.9]}, steps=20)
    assert found.params["lr"] == "cosine(lr=0.5, end=0.0, steps=20)"
    run = minimize(bowl, adam(lr=cosine(lr=0.5, steps=20), beta1=0.5), [bowl.start], steps=20)
    assert found.value[0] == pytest.approx(run.value[-1, 0], rel=1e-12)
    assert sensitivity(adam(lr=cosine(lr=0.5)), bowl).suited == {"lr": 0.5}


def test_defaults():
    found = sensitivity(gd, bowl, steps=2)
    assert found.value.shape == CELLS[1] and found.axes["lr"][[0, -1]].tolist() == [1e-6, 10]
    assert found.start.tolist() == list(bowl.start) and found.first == bowl(*bowl.start) and found.lowest == 0
    assert sensitivity(adam, bowl, ["lr", "beta1"], steps=2).value.shape == CELLS[2]


# Values to try.


@pytest.mark.parametrize("name", [*HYPERPARAMETERS, "warp"])
@pytest.mark.parametrize("default", [0.0, 1e-8, 0.3, 5.0, 100.0])
def test_what_is_tried_lies_in_the_domain_and_rises(name, default):
    values = spread(name, 50, default=default)
    assert (np.diff(values) > 0).all() and all(value in hyperparameter(name).domain for value in values)


def test_the_spacing_follows_how_a_hyperparameter_acts():
    np.testing.assert_allclose(np.diff(np.log(spread("lr", 9, 0.01, 0.02))), np.log(2) / 8)
    np.testing.assert_allclose(np.diff(np.log(1 - spread("beta2", 9, 0.5, 0.999))), np.log(0.002) / 8)
    np.testing.assert_allclose(np.diff(spread("beta2", 9, 0.1, 0.4)), 0.3 / 8)
    np.testing.assert_allclose(np.diff(spread("decay", 9, 0, 0.4)), 0.05)
    np.testing.assert_allclose(np.diff(np.log(spread("decay", 9, 1e-4, 1))), np.log(1e4) / 8)
    assert spread("beta", 7, 0.3, 0.93)[[0, -1]].tolist() == [0.3, 0.93]  # to the last bit


@pytest.mark.parametrize(
    ("rule", "over", "error", "message"),
    [
        (adam, ["beta"], LookupError, "adam has no parameter 'beta'; did you mean 'beta1' or 'beta2'?"),
        (adam, {"beta1": [0.5, 1.0]}, ValueError, r"beta1 must be in \[0, 1\), not 1"),
        (adam, {"lr": []}, ValueError, "one or more finite numbers"),
        (adam, {"lr": [0.1, np.nan]}, ValueError, "one or more finite numbers"),
        (adam, [], ValueError, "over one or two hyperparameters"),
        (adam, ["lr", "beta1", "beta2"], ValueError, "over one or two hyperparameters"),
        (adam, {"lr": np.arange(1.0, 1e6)}, ValueError, "up to 250000 cells"),
    ],
)
def test_what_cannot_be_swept_is_refused(rule, over, error, message):
    with pytest.raises(error, match=message):
        sensitivity(rule, bowl, over)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"noise": -1.0}, {"noise": np.inf}, {"seed": -1}, {"start": [1.0]}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"steps are positive|a start on bowl is 2 finite numbers"):
        sensitivity(gd, bowl, **wrong)


@pytest.mark.parametrize(("low", "high"), [(0.9, 0.5), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.0)])
def test_a_range_goes_up_and_stays_in_the_domain(low, high):
    with pytest.raises(ValueError, match=r"beta goes from LOW to HIGH in \[0, 1\)"):
        spread("beta", 5, low, high)


def test_what_counts_something_is_tried_once_for_each_whole_number():
    assert spread("every", 9, 1, 4).tolist() == [1, 2, 3, 4]
    assert spread("every", 200, default=5).tolist() == [*range(1, 51)]
    assert spread("patience", 200, default=0)[[0, -1]].tolist() == [0, 10]
    wrapped = named("gd+lookahead")(lr=0.01)
    found = sensitivity(wrapped, bowl, {"every": [2, 5]}, steps=12)
    for count, value in zip((2, 5), found.value, strict=True):
        assert value == minimize(bowl, wrapped(every=count), [bowl.start], steps=12).value[-1, 0]
    with pytest.raises(ValueError, match=r"every must be in \{1, 2, ...\}, not 2.5"):
        sensitivity(wrapped, bowl, {"every": [2, 2.5, 5]}, steps=3)
    with pytest.raises(ValueError, match=r"every goes from LOW to HIGH in \{1, 2, ...\}, not from 1.5 to 4"):
        spread("every", 9, 1.5, 4)
