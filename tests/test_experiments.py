"""The committed learning rates are those that a search finds, and every run with one is worth a look."""

from __future__ import annotations

import numpy as np
import pytest

import optiviz.dialects  # noqa: F401
from optiviz import adam, bowl, exponential, from_text, gd, minimize, momentum, ravine, rosenbrock, sgd, warmup
from optiviz.experiments import (
    LEARNING_RATES,
    STEPS,
    rates_for,
    suited_batch,
    suited_lr,
    suited_noise,
    table,
    tune,
    tuning,
)
from optiviz.loss_surfaces import bce
from optiviz.optimizers import Optimizer, named
from optiviz.surfaces import DataSurface, Surface

RULES = [name for name in Optimizer.registry if "." not in name]  # what dialects spell is tuned when asked for
PAIRS = [(surface, rule) for surface in Surface.registry for rule in RULES]
SAMPLE = [("rosenbrock", "adam"), ("bowl", "gd"), ("eggholder", "momentum"), ("kink", "rmsprop")]


def test_the_table_has_every_surface_and_every_rule():
    assert {surface: list(rates) for surface, rates in table().items()} == dict.fromkeys(Surface.registry, RULES)


def test_the_rates_are_among_those_tried():
    assert {rate for rates in table().values() for rate in rates.values()} <= set(LEARNING_RATES)
    assert list(LEARNING_RATES) == sorted(set(LEARNING_RATES))
    np.testing.assert_allclose(np.diff(np.log10(LEARNING_RATES)), 1 / 6, atol=0.06)


@pytest.mark.parametrize(
    ("surface", "rule"), SAMPLE + [pytest.param(*pair, marks=pytest.mark.proof) for pair in PAIRS if pair not in SAMPLE]
)
def test_the_table_is_what_the_search_finds(surface, rule):
    one, where = Optimizer.registry[rule], Surface.registry[surface]
    assert tune(one, where, batch_size=suited_batch(one, where)) == table()[surface][rule]


@pytest.mark.parametrize("apart", [4, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("surface", Surface.registry.values(), ids=lambda s: s.name)
def test_a_tuned_run_stays_in_the_box_and_ends_lower(surface, apart):
    """Every fourth rule runs, from surface to surface others; in a proof all."""
    low, high = np.array(surface.box[::2]), np.array(surface.box[1::2])
    names = RULES if not isinstance(surface, DataSurface) else ("gd", "momentum", "adam")
    for rule in (Optimizer.registry[name] for name in names[[*Surface.registry].index(surface.name) % apart :: apart]):
        run = minimize(surface, rule(lr=table()[surface.name][rule.name]), steps=STEPS)
        assert run.endings == "running"
        assert ((low <= run.theta) & (run.theta <= high)).all()
        assert np.abs(np.diff(run.theta, axis=0) / (high - low)).max() <= 1 / 6 + 1e-12
        assert run.value[-1] < run.value[0]


def test_a_watchable_rate_is_not_the_one_that_ends_lowest():
    """Which is why nobody says that it is: help, notes and pictures speak of a watchable path."""
    watched, higher = (minimize(bce, gd(lr=lr), steps=STEPS).value[-1] for lr in (suited_lr(gd, bce), 1.0))
    assert suited_lr(gd, bce) == 0.3 and higher < watched


@pytest.mark.parametrize("rough", [{"noise": 1.0}, {"batch_size": 8}], ids=str)
@pytest.mark.parametrize("seed", [0, 3])
def test_a_rate_is_searched_with_other_noise_than_its_run_will_meet(rough, seed):
    """Else a rate would win that suits these numbers by chance, and its run would look better than it is."""
    seen = []

    def cost(height, diverged):
        return (seen.append(height) or 0.0,)

    tune(gd, bce, 20, rates=[0.1], cost=cost, seed=seed, **rough)
    runs = minimize(bce, gd(lr=0.1), np.tile(bce.start, (5, 1)), steps=20, seed=seed, **rough).value.T  # five children
    alone = minimize(bce, gd(lr=0.1), steps=20).value
    shares = [(value - bce.lowest) / (value[0] - bce.lowest) for value in (*runs, alone)]
    assert all(np.abs(height - seen[0])[1:].min() > 1e-9 for height in shares)


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
    monkeypatch.setattr(
        "optiviz.experiments.tuning.tune", lambda rule, surface, batch_size: asked.append((rule, surface)) or 0.125
    )
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


def test_what_a_schedule_begins_with_suits_the_rule_without_it(searched):
    assert suited_lr(adam(beta1=0.5, lr=exponential), bowl) == 0.125
    ((rule, _),) = searched
    assert rule.params == adam(beta1=0.5).params


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
    assert suited_noise(sgd(lr=warmup(lr=0.2)), bowl) == pytest.approx(0.2)  # by its longest steps, not its first
    assert suited_noise(sgd(lr=0.1), ravine) == pytest.approx(0.25)  # its shorter side
    assert suited_noise(sgd(lr=0), bowl) == 0.0
    rough, plain = (minimize(bowl, sgd(lr=0.1), steps=300, noise=n).theta[50:] for n in (0.4, 0.0))
    assert 0.02 < (rough - plain).std() < 0.2


# All rates at once.

TOGETHER = ["gd", "adam", "rprop", "nadam", "muon", "adafactor", "lamb", "adam+clip_norm", "muon+lookahead"]


CALM_AND_ROUGH = [
    ("rosenbrock", 0.0),
    ("cliff", 2.0),
    ("kink", 0.0),
    ("rosenbrock", 2.0),
    ("cliff", 0.0),
    ("kink", 2.0),
]


@pytest.mark.parametrize(
    ("surface", "noise", "apart"),
    [(*pair, 6) for pair in CALM_AND_ROUGH[:2]]
    + [pytest.param(*pair, 3, marks=pytest.mark.proof) for pair in CALM_AND_ROUGH],
)
@pytest.mark.parametrize("rule", TOGETHER)
def test_all_rates_at_once_give_the_answer_of_one_after_the_other(surface, rule, noise, apart, monkeypatch):
    costs = []
    true = tuning._watchable
    monkeypatch.setattr(tuning, "_watchable", lambda *run: costs.append(true(*run)) or costs[-1])
    rates, options = LEARNING_RATES[::apart], {"steps": 40, "noise": noise, "seed": 3}
    together = tune(named(rule), Surface.registry[surface], rates=rates, **options)
    batch, costs[:] = [*costs], []
    for rate in rates:
        tune(named(rule), Surface.registry[surface], rates=[rate], **options)
    assert costs == batch and together == rates[costs.index(min(costs))]


def test_a_run_that_ends_is_judged_by_what_it_did_until_then():
    slope = from_text("-x", (-1, 1))  # it escapes the sooner, the higher the rate
    assert tune(gd, slope, rates=[0.01, 1e3], steps=20) == 0.01
    assert tune(gd, slope, rates=[1e3, 1e4], steps=20) == 1e3


def test_a_budget_pays_for_rates():
    assert rates_for(54 * 301) == rates_for(55 * 301 - 1) == LEARNING_RATES
    few, many = rates_for(10 * 21, steps=20), rates_for(100 * 21, steps=20)
    assert len(few) == 10 and set(few) <= set(LEARNING_RATES)
    assert len(many) == 100 and list(many) == sorted(set(many))
    assert all((rates[0], rates[-1]) == (LEARNING_RATES[0], LEARNING_RATES[-1]) for rates in (few, many))
    for budget in (0, 41, 21 * 1001):
        with pytest.raises(ValueError, match=f"from 42 to 21000 gradient evaluations, not {budget}"):
            rates_for(budget, steps=20)


def test_a_dialect_has_the_entry_of_the_rule_that_it_agrees_with(searched):
    assert suited_lr(named("torch.adam"), bowl) == table()["bowl"]["adam"]
    assert suited_lr(adam.renamed("mine"), bowl) == table()["bowl"]["adam"]
    assert not searched
    assert suited_lr(named("keras.adam"), bowl) == 0.125  # another eps
    assert suited_lr(named("torch.adagrad"), bowl) == 0.125  # another formula
    assert suited_lr(named("keras.adagrad"), bowl) == 0.125  # another first value of its slot
    assert suited_lr(named("adam+clip_norm"), bowl) == 0.125
    assert len(searched) == 4
