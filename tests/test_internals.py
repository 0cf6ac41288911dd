"""What a rule computes on its way: the lines of every registered rule, and the effective learning rates."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import FLOATS, rules
from hypothesis import given, settings
from hypothesis import strategies as st

from optiviz import (
    adam,
    bowl,
    exponential,
    gd,
    lion,
    minimize,
    momentum,
    parabola,
    ravine,
    reduce_on_plateau,
    rosenbrock,
)
from optiviz.experiments import effective_steps, internals
from optiviz.optimizers import Optimizer
from optiviz.optimizers.wrapper import named
from optiviz.surfaces import Surface, from_text

WRAPPED = [named(name) for name in ("adam+clip_norm", "momentum+l2", "adam+lookahead", "adam+polyak", "gd+clip_value")]
RULES = [*Optimizer.registry.values(), *WRAPPED]


def assert_lines_are_the_run(run, inside):
    np.testing.assert_array_equal(inside.lines["theta"], run.theta[1:])
    np.testing.assert_array_equal(inside.lines["g"], run.gradient[:-1])
    for name, slot in run.slots.items():
        slot = slot.reshape(len(slot), -1) if slot.ndim > 1 else slot
        np.testing.assert_array_equal(inside.lines[name], np.broadcast_to(slot[1:], inside.lines[name].shape))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("surface", [rosenbrock, parabola], ids=lambda surface: surface.name)
def test_the_lines_lead_to_the_recorded_points(rule, surface):
    run = minimize(surface, rule, steps=12, noise=0.1)
    assert_lines_are_the_run(run, internals(run, rule))


@settings(deadline=None, derandomize=True, max_examples=40, report_multiple_bugs=False)
@given(rules(FLOATS), st.integers(0, 100))
def test_so_do_those_of_rules_drawn_at_random(drawn, seed):
    run = minimize(bowl, drawn.rule, steps=4, noise=1.0, seed=seed)
    inside = internals(run, drawn.rule)
    known = np.isfinite(inside.lines["theta"])
    np.testing.assert_array_equal(inside.lines["theta"][known], run.theta[1:][known])


@pytest.mark.parametrize(
    ("surface", "options"),
    [
        (Surface.registry["bce"], {"batch_size": 8}),
        (bowl, {"reaction": reduce_on_plateau(patience=0), "noise": 3.0}),
        (from_text("exp(x**4)"), {"start": [2.0]}),
    ],
    ids=["batches", "reaction", "divergence"],
)
def test_under_other_conditions(surface, options):
    rule = momentum(lr=0.1)
    run = minimize(surface, rule, steps=20, **options)
    inside = internals(run, rule)
    known = np.isfinite(inside.lines["theta"])
    assert known[:1].all()
    np.testing.assert_array_equal(inside.lines["theta"][known], run.theta[1:][known])


def test_a_scheduled_rate_is_that_of_each_update():
    rule = adam(lr=exponential(lr=0.3, k=0.1), beta1=exponential(lr=0.9, k=0.01))
    run = minimize(rosenbrock, rule, steps=20)
    inside = internals(run, rule)
    assert_lines_are_the_run(run, inside)
    t = np.arange(1, 21)[:, None]
    beta1 = 0.9 * np.exp(-0.01 * (t - 1))
    np.testing.assert_allclose(inside.lines["mhat"], run.slots["m"][1:] / (1 - beta1**t), rtol=1e-13)


def test_mhat_is_m_corrected_for_having_begun_at_zero():
    run = minimize(ravine, adam(lr=0.1), steps=50)
    lines = internals(run, adam(lr=0.1)).lines
    t = np.arange(1, 51)[:, None]
    np.testing.assert_allclose(lines["mhat"], run.slots["m"][1:] / (1 - 0.9**t), rtol=1e-14)
    np.testing.assert_allclose(lines["vhat"], run.slots["v"][1:] / (1 - 0.999**t), rtol=1e-12)
    np.testing.assert_allclose(lines["m"][0], 0.1 * run.gradient[0], rtol=1e-15)
    np.testing.assert_allclose(lines["mhat"][0], run.gradient[0], rtol=1e-15)


@pytest.mark.parametrize(
    ("rule", "downhill", "scaled", "sizes"),
    [
        (gd, {"g": -1}, (), ()),
        (momentum, {"g": -1, "v": 1}, ("v",), ()),
        (adam, {"g": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),
        (named("torch.adam"), {"g": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),
        (named("adam+clip_norm"), {"g": -1, "g′": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),
        (named("adam+l2"), {"g": -1, "g′": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),
        (named("adam+lookahead"), {"g": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),  # slow and fast are points
        (lion, {"g": -1, "u": -1, "m": -1}, (), ()),
        (named("asgd"), {"g": -1}, (), ()),
        (named("nadam"), {"g": -1, "m": -1, "mhat": -1}, (), ("v", "vhat")),  # mu and the product are numbers
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_turns_with_the_gradient(rule, downhill, scaled, sizes):
    inside = internals(minimize(rosenbrock, rule, steps=1), rule)
    assert (inside.downhill, inside.scaled, inside.sizes) == (downhill, scaled, sizes)


def test_whose_internals_they_are():
    run = minimize(bowl, adam(lr=0.1), steps=2)
    with pytest.raises(ValueError, match=r"the run was made by adam\(lr=0\.1\), not by adam\(lr=0\.2\)"):
        internals(run, adam(lr=0.2))
    batch = minimize(bowl, adam(lr=0.1), start=np.ones((3, 2)), steps=2)
    with pytest.raises(ValueError, match=r"one run, not of a batch of shape \(3,\)"):
        internals(batch, adam(lr=0.1))
    nothing = internals(minimize(bowl, adam, steps=0), adam)
    assert nothing.lines["mhat"].shape == nothing.lines["g"].shape == (0, 2)


# Effective steps.


def test_of_gd_it_is_the_learning_rate():
    exact = minimize(from_text("x*x/2 + y*y/2"), gd(lr=0.5), start=[1.0, -2.0], steps=30)
    np.testing.assert_array_equal(effective_steps(exact), 0.5)
    run = minimize(ravine, gd(lr=0.07), steps=100)
    np.testing.assert_allclose(effective_steps(run), 0.07, rtol=1e-11)
    falling = minimize(ravine, gd(lr=exponential(lr=0.07, k=0.02)), steps=50)
    np.testing.assert_allclose(effective_steps(falling), falling.rates["lr"][:-1, None] + [0, 0], rtol=1e-11)


def test_of_adam_s_first_update_it_is_lr_over_g():
    run = minimize(ravine, adam(lr=0.1), steps=3)
    np.testing.assert_allclose(effective_steps(run)[0], 0.1 / np.abs(run.gradient[0]), rtol=1e-7)  # eps is not zero


def test_without_a_gradient_there_is_a_gap():
    run = minimize(from_text("x*x + 0*y"), momentum(lr=0.1), start=[1.0, 1.0], steps=3)
    effective = effective_steps(run)
    assert np.isnan(effective[:, 1]).all() and np.isfinite(effective[:, 0]).all()
    wild = minimize(from_text("exp(x**4)"), gd(lr=1e6), start=[2.0], steps=3)
    assert effective_steps(wild).shape == (wild.steps, 1)
    batch = minimize(bowl, gd(lr=0.5), start=np.ones((3, 2)), steps=2)
    assert effective_steps(batch).shape == (2, 3, 2)
