"""The committed learning rates are those that a search finds, and every run with one is worth a look."""

from __future__ import annotations

import numpy as np
import pytest

from optiviz import adam, bowl, exponential, from_text, gd, minimize, momentum, ravine, rosenbrock, sgd
from optiviz.experiments import LEARNING_RATES, STEPS, suited_lr, suited_noise, table, tune
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

PAIRS = [(surface, rule) for surface in Surface.registry for rule in Optimizer.registry]
SAMPLE = [("rosenbrock", "adam"), ("bowl", "gd"), ("eggholder", "momentum"), ("kink", "rmsprop")]


def test_the_table_has_every_surface_and_every_rule():
    assert {surface: list(rates) for surface, rates in table().items()} == {
        surface: list(Optimizer.registry) for surface in Surface.registry
    }


def test_the_rates_are_among_those_tried():
    assert {rate for rates in table().values() for rate in rates.values()} <= set(LEARNING_RATES)
    assert list(LEARNING_RATES) == sorted(set(LEARNING_RATES))
    np.testing.assert_allclose(np.diff(np.log10(LEARNING_RATES)), 1 / 6, atol=0.06)


@pytest.mark.parametrize(
    ("surface", "rule"), SAMPLE + [pytest.param(*pair, marks=pytest.mark.proof) for pair in PAIRS if pair not in SAMPLE]
)
def test_the_table_is_what_the_search_finds(surface, rule):
    assert tune(Optimizer.registry[rule], Surface.registry[surface]) == table()[surface][rule]


@pytest.mark.parametrize("surface", Surface.registry.values(), ids=lambda s: s.name)
def test_a_tuned_run_stays_in_the_box_and_ends_lower(surface):
    low, high = np.array(surface.box[::2]), np.array(surface.box[1::2])
    for rule in Optimizer.registry.values():
        run = minimize(surface, rule(lr=table()[surface.name][rule.name]), steps=STEPS)
        assert run.endings == "running"
        assert ((low <= run.theta) & (run.theta <= high)).all()
        assert np.abs(np.diff(run.theta, axis=0) / (high - low)).max() <= 1 / 6 + 1e-12
        assert run.value[-1] < run.value[0]


def test_adam_reaches_the_minimum_of_rosenbrock():
    run = minimize(rosenbrock, adam(lr=suited_lr(adam, rosenbrock)), steps=300)
    np.testing.assert_allclose(run.theta[-1], [1, 1], atol=0.15)
    assert run.value[-1] < 0.01 < 20 < run.value[0]
    assert (np.abs(run.theta[:, 0]) <= 2).all() and (np.abs(run.theta[:, 1] - 1) <= 2).all()


def test_gradient_descent_zig_zags_in_the_ravine():
    y = minimize(ravine, gd(lr=suited_lr(gd, ravine)), steps=20).theta[:, 1]
    assert (np.sign(y) == np.sign(y[0]) * (-1.0) ** np.arange(21)).all()


# The rate for a pair that need not stand in the table.


def twin(x, y):
    return x**2 + y**2


@pytest.fixture
def searched(monkeypatch):
    """The rates that are searched for, not looked up."""
    asked = []
    monkeypatch.setattr("optiviz.experiments.tune", lambda rule, surface: asked.append((rule, surface)) or 0.125)
    return asked


def test_what_stands_in_the_table_is_not_searched_for(searched):
    for surface, rule in PAIRS:
        assert suited_lr(Optimizer.registry[rule], Surface.registry[surface]) == table()[surface][rule]
    assert suited_lr(adam(lr=0.3), ravine(steepness=25.0)) == table()["ravine"]["adam"]
    assert suited_lr(adam(lr=exponential), ravine) == table()["ravine"]["adam"]
    assert not searched


@pytest.mark.parametrize(
    ("rule", "surface"),
    [
        (adam(beta1=0.5), bowl),
        (momentum(beta=exponential(lr=0.9)), bowl),
        (adam, rosenbrock(b=10.0)),
        (adam, from_text("x**2 + y**2")),
    ],
    ids=repr,
)
def test_a_changed_rule_or_surface_is_tuned_on_the_spot(rule, surface, searched):
    assert suited_lr(rule, surface) == 0.125
    assert searched == [(rule, surface)]


def test_a_namesake_is_not_mistaken_for_the_library_s(searched):
    def adam(theta, g, t, *, lr=0.1):
        return theta - lr * g

    def bowl(x, y):
        return x**4 + y**4

    surface = Surface(bowl, box=(-2, 2, -2, 2), start=(1, 1))
    assert suited_lr(Optimizer(adam), Surface.registry["bowl"]) == 0.125
    assert suited_lr(gd, surface) == 0.125
    assert suited_lr(gd, Surface(twin, box=(-2, 2, -2, 2), start=(1, 1))) == 0.125
    assert len(searched) == 3


def test_tuning_a_surface_without_known_minima():
    rate = suited_lr(gd, from_text("3*x**2 + y**2"))
    run = minimize(from_text("3*x**2 + y**2"), gd(lr=rate), steps=STEPS)
    assert rate in LEARNING_RATES and run.value[-1] < 1e-6 * run.value[0]
    fast, slow = (suited_lr(gd, from_text(text)) for text in ("x**2/50", "50*x**2"))
    assert fast > 100 * slow


def test_tuning_survives_a_surface_where_everything_diverges():
    assert tune(gd, from_text("sqrt(x - 100)"), steps=5) in LEARNING_RATES


def test_noise_is_sized_by_the_box_and_the_rate():
    assert suited_noise(sgd(lr=0.1), bowl) == pytest.approx(0.4)
    assert suited_noise(sgd(lr=0.2), bowl) == pytest.approx(0.2)
    assert suited_noise(sgd(lr=exponential(lr=0.2)), bowl) == pytest.approx(0.2)
    assert suited_noise(sgd(lr=0.1), ravine) == pytest.approx(0.25)  # its shorter side
    assert suited_noise(sgd(lr=0), bowl) == 0.0
    rough, plain = (minimize(bowl, sgd(lr=0.1), steps=300, noise=n).theta[50:] for n in (0.4, 0.0))
    assert 0.02 < (rough - plain).std() < 0.2
