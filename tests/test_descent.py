"""The one loop and the one record: looks, endings, batches, floats, files."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
import sys
import zipfile
from collections.abc import Iterator
from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest
from catalogue import ON_LISTS, OPTIMIZERS
from examples import every

from optiviz import (
    adam,
    bowl,
    exp,
    exponential,
    from_text,
    gd,
    inverse,
    linear,
    minimize,
    momentum,
    reduce_on_plateau,
    rosenbrock,
    sign_sgd,
    sqrt,
    where,
)
from optiviz.descent import CONVERGED, DIVERGED, ESCAPED, RUNNING, Look, Trajectory, descend
from optiviz.experiments import table
from optiviz.optimizers import LARGE, Optimizer
from optiviz.surfaces import Surface, styblinski_tang

RULES = [rule for rule in Optimizer.registry.values() if rule.name in table()["rosenbrock"]]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)

STARTS = np.array([[-1.2, 1.0], [0.5, 2.0], [1.5, -0.5], [1.0, 1.0], [-1.9, 2.9]])


def square(theta: Any) -> tuple[Any, Any]:
    """x**2 of each coordinate, summed up; on floats and on arrays."""
    if isinstance(theta, list):
        return sum(x * x for x in theta), [2 * x for x in theta]
    return (theta**2).sum(axis=-1), 2 * theta


def kept(looks: Iterator[Look]) -> list[dict[str, Any]]:
    """Copies of what is valid only until the next look."""
    return [
        {
            "theta": np.array(look.theta),
            "value": np.array(look.value),
            "gradient": np.array(look.gradient),
            "ending": np.array(look.ending),
            **{name: np.array(slot) for name, slot in look.slots.items()},
        }
        for look in looks
    ]


def same(run: Trajectory, other: Trajectory) -> None:
    for fact in (fact for fact in dataclasses.fields(Trajectory) if fact.compare):
        ours, theirs = getattr(run, fact.name), getattr(other, fact.name)
        if isinstance(ours, dict):
            assert list(ours) == list(theirs)
            ours, theirs = list(ours.values()), list(theirs.values())
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype
        for a, b in zip(ours, theirs, strict=True) if isinstance(ours, list) else [(ours, theirs)]:
            np.testing.assert_array_equal(a, b)


# Look, yield, step.


@pytest.mark.parametrize("theta", [[3.0, -2.0], np.array([3.0, -2.0]), STARTS.copy()], ids=["list", "(2,)", "(5, 2)"])
@pytest.mark.parametrize("steps", [0, 1, 7])
def test_so_many_steps_give_one_more_look(theta, steps):
    first = np.array(theta)
    looks = kept(descend(square, gd(lr=0.25), theta, steps=steps))
    assert len(looks) == steps + 1
    for t, look in enumerate(looks):
        np.testing.assert_array_equal(look["theta"], first / 2**t)
        np.testing.assert_array_equal(look["gradient"], 2 * look["theta"])
        np.testing.assert_array_equal(look["value"], (look["theta"] ** 2).sum(axis=-1))
        assert not look["ending"].any()
    np.testing.assert_array_equal(theta, looks[-1]["theta"])  # in place, and no step after the last look


def test_a_look_shows_what_the_next_step_uses():
    rule = momentum(lr=exponential(lr=0.5, k=0.1))
    looks = list(descend(square, rule, np.array([1.0]), steps=3))
    assert [look.t for look in looks] == [0, 1, 2, 3]
    np.testing.assert_allclose([look.params["lr"] for look in looks], 0.5 * np.exp([0, -0.1, -0.2, -0.3]))
    assert {tuple(look.params) for look in looks} == {("lr", "beta")}
    assert all(look.theta is looks[0].theta for look in looks)  # one buffer: valid until the next look


def test_the_objective_gets_its_batch():
    def fit(theta, x, y):
        return 0.5 * (theta[0] * x - y) ** 2, np.array([(theta[0] * x - y) * x])

    pairs = [(1.0, 2.0), (2.0, 4.0), (3.0, 3.0)]
    looks = kept(descend(fit, gd(lr=0.1), np.array([0.0]), pairs))
    assert [float(look["value"]) for look in looks] == pytest.approx([2.0, 6.48, 0.0288])
    assert len(kept(descend(fit, gd(lr=0.1), np.array([0.0]), pairs, steps=1))) == 2


# How a run ends.

FORMS = {"floats": lambda start: start, "arrays": lambda start: [start]}
in_both_forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@in_both_forms
@pytest.mark.parametrize(
    ("text", "lr", "start", "ending"),
    [
        ("x**2 + y**2", 0.25, [1.0, 1.0], "converged"),
        ("x**2 + y**2", 0.0001, [1.0, 1.0], "running"),
        ("x**2 + y**2", 1.5, [1.0, 1.0], "diverged"),  # leaves the arena uphill
        ("x**4 + y**4", 70.0, [2.0, 2.0], "diverged"),
        ("exp(x**4)", 1.0, [2.0], "diverged"),  # beyond the largest float
        ("x*y", 0.1, [0.1, 0.5], "escaped"),
        ("-x**2", 0.5, [0.1], "escaped"),
        ("x", 1.0, [0.0], "escaped"),
        ("sqrt(x)", 0.5, [0.1], "diverged"),  # no root to the left of zero
        ("1/x", 0.1, [0.0], "diverged"),
        ("log(x)", 0.1, [-1.0], "diverged"),
        ("sqrt(x) + y", 0.01, [-1.0, 0.0], "diverged"),
    ],
)
def test_how_a_run_ends(form, text, lr, start, ending):
    run = minimize(from_text(text), gd(lr=lr), form(start), steps=100, tolerance=1e-6)
    assert np.ravel(run.endings).tolist() == [ending]
    assert (run.steps < 100) == (ending != "running")
    gradient = run.gradient.reshape(run.steps + 1, -1)
    if ending == "converged":
        assert np.abs(gradient[-1]).max() < 1e-6 <= np.abs(gradient[-2]).max()
    if ending == "escaped":
        assert run.value[-1] < run.value[0]


@in_both_forms
def test_without_a_tolerance_a_run_at_rest_goes_on(form):
    assert minimize(bowl, gd, form([0.0, 0.0]), steps=5).steps == 5


def test_a_value_that_is_not_finite_is_divergence():
    for bad in (math.inf, -math.inf, math.nan):
        for value, gradient in ((bad, 1.0), (1.0, bad)):
            (look,) = kept(descend(lambda x, v=value, g=gradient: (v, [g]), gd, [0.5], steps=3))
            assert look["ending"] == DIVERGED
            (look,) = kept(descend(lambda x, v=value, g=gradient: (v, np.array([g])), gd, np.array([0.5]), steps=3))
            assert look["ending"] == DIVERGED


def test_one_bad_coordinate_is_enough():
    surface = from_text("x**2 + 1/y")
    run = minimize(surface, gd(lr=0.1), [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], steps=2)
    assert run.endings.tolist() == ["diverged", "running", "diverged"]


def test_runs_that_have_ended_stand_still_while_others_go_on():
    starts = [[0.0, 0.0], [0.1, 0.5], [1e-3, 1e-3], [2.9, -2.9]]
    run = minimize(from_text("x*y"), momentum(lr=0.3), starts, steps=30, tolerance=0.01)
    assert run.endings.tolist() == ["converged", "escaped", "converged", "escaped"]
    looks = kept(descend(from_text("x*y").value_and_gradient, momentum(lr=0.3), np.array(starts), steps=30,
                         tolerance=0.01, arena=from_text("x*y").arena))  # fmt: skip
    ended = np.array([look["ending"] != RUNNING for look in looks])
    assert (np.diff(ended.astype(int), axis=0) >= 0).all()  # an ending is final
    assert len(set(ended.argmax(axis=0))) > 2  # they end at different times
    for before, after, over in zip(looks, looks[1:], ended, strict=False):
        for name in ("theta", "v", "value", "ending"):
            np.testing.assert_array_equal(before[name][over], after[name][over])
        assert (before["theta"][~over] != after["theta"][~over]).any(axis=-1).all()


def test_an_ending_is_final_although_the_next_batch_would_have_it_go_on():
    def scaled(theta, factor):
        return factor * theta[..., 0], factor * theta

    looks = kept(descend(scaled, gd, np.array([[0.5], [5.0]]), [(0.1,), (1.0,), (1.0,)], tolerance=0.1))
    assert [look["ending"].tolist() for look in looks] == [[CONVERGED, RUNNING]] * 3
    assert [look["theta"][0, 0] for look in looks] == [0.5] * 3


def test_downhill_is_measured_from_the_start_even_where_the_value_is_theta_itself():
    looks = kept(descend(lambda x: (x[..., 0], np.ones_like(x)), gd(lr=1.0), np.array([[0.0]]), steps=9, arena=(-3, 3)))
    assert looks[-1]["ending"] == ESCAPED and len(looks) == 5
    run = minimize(from_text("x"), gd(lr=1.0), [[0.0]], steps=3)
    assert run.value.ravel().tolist() == [0.0, -1.0, -2.0, -3.0]


def test_the_loop_ends_with_its_last_run():
    run = minimize(bowl, gd(lr=0.25), [[1.0, 0.0], [1e-3, 0.0]], steps=100, tolerance=1e-2)
    assert run.endings.tolist() == ["converged", "converged"]
    assert run.steps == 8  # 2 / 2**8 is the first gradient below


# A batch is its runs, bit for bit.


def rate(rule: Optimizer) -> Optimizer:
    return rule(lr=table()["rosenbrock"][rule.name])


@pytest.mark.parametrize(
    ("rule", "factor"),
    every(2, [(rule, 1.0) for rule in RULES])
    + every(3, [(rule, 40.0) for rule in RULES]),  # tuned, and so that some diverge
    ids=lambda p: getattr(p, "name", p),
)
def test_a_batch_is_its_runs(rule, factor):
    rule = rule(lr=factor * rate(rule).params["lr"])
    options: Any = {"steps": 60, "tolerance": 1e-3, "arena": rosenbrock.arena}
    batch = kept(descend(rosenbrock.value_and_gradient, rule, STARTS.copy(), **options))
    for k, start in enumerate(STARTS):
        alone = kept(descend(rosenbrock.value_and_gradient, rule, start.copy(), **options))
        for t, look in enumerate(batch):
            mine = alone[min(t, len(alone) - 1)]
            for name in look:
                clock = look[name].ndim == 0  # shared by all runs, and goes on when one has ended
                if not (clock and t >= len(alone)):
                    np.testing.assert_array_equal(mine[name], look[name] if clock else look[name][k])


@every_rule
@pytest.mark.parametrize("count", [5, LARGE])
def test_float32_stays_float32_and_a_batch_its_runs(rule, count):
    """However the points lie in memory: row by row or coordinate by coordinate."""
    starts = np.random.default_rng(0).uniform(-1, 1, (count, 2)).astype(np.float32)
    options: Any = {"steps": 10, "tolerance": 1e-3, "arena": rosenbrock.arena}
    rows, columns = (
        kept(descend(rosenbrock.value_and_gradient, rate(rule), np.array(starts, order=order), **options))
        for order in "CF"
    )
    for name in ("theta", "value", "gradient", *rule.slots):
        for look, other in zip(rows, columns, strict=True):
            np.testing.assert_array_equal(look[name], other[name])
            assert look[name].dtype == other[name].dtype == (np.float32 if look[name].ndim else np.float64)
    for k in (0, count - 1):
        alone = kept(descend(rosenbrock.value_and_gradient, rate(rule), starts[k].copy(), **options))
        for look, mine in zip(rows, alone, strict=False):
            for name in ("theta", "value", "gradient"):
                np.testing.assert_array_equal(look[name][k], mine[name])


def test_a_long_record_of_many_runs_grows_with_them():
    starts = [[1.0, 2.0], [3.0, -1.0]]
    run = minimize(bowl, momentum(lr=1e-4), starts, steps=2500)
    assert run.theta.shape == run.slots["v"].shape == (2501, 2, 2) and run.value.shape == (2501, 2)
    for look in descend(bowl.value_and_gradient, momentum(lr=1e-4), np.array(starts), steps=2500):
        np.testing.assert_array_equal(run.theta[look.t], look.theta)
        np.testing.assert_array_equal(run.value[look.t], look.value)
        np.testing.assert_array_equal(run.slots["v"][look.t], look.slots["v"])
    assert minimize(bowl, gd(lr=0.5), starts, steps=10**12, tolerance=1e-3).steps < 100  # room for what is seen


def test_starts_may_lie_in_a_grid():
    starts = np.random.default_rng(0).uniform(-1, 1, (3, 4, 2))
    run, flat = (minimize(rosenbrock, adam(lr=0.1), s, steps=20) for s in (starts, starts.reshape(12, 2)))
    assert run.theta.shape == (21, 3, 4, 2) and run.slots["m"].shape == (21, 3, 4, 2)
    assert run.value.shape == (21, 3, 4) and run.ending.shape == (3, 4)
    np.testing.assert_array_equal(run.theta.reshape(21, 12, 2), flat.theta)


@every_rule
def test_a_batch_that_is_replayed_in_blocks_is_its_runs(rule):
    starts = np.random.default_rng(0).uniform(-1, 1, (LARGE, 2))
    run = minimize(rosenbrock, rate(rule), starts, steps=20)
    for k in (0, 1, LARGE - 1):
        alone = minimize(rosenbrock, rate(rule), starts[[k]], steps=20)
        np.testing.assert_array_equal(run.theta[: alone.steps + 1, k], alone.theta[:, 0])
        assert run.ending[k] == alone.ending


@every_rule
def test_noise_is_a_run_s_own_whatever_the_others_do(rule):
    rule = rate(rule)
    options: Any = {"steps": 50, "noise": 0.3, "seed": 5, "tolerance": 1e-2}
    calm = minimize(rosenbrock, rule, STARTS[[1, 0, 2]], **options)
    wild = minimize(rosenbrock, rule, [[1e100, 1e100], *STARTS[[0, 2]], [3.0, 3.0]], **options)
    assert wild.endings[0] == "diverged"
    np.testing.assert_array_equal(calm.theta[:, 1:], wild.theta[: calm.steps + 1, 1:3])
    first = minimize(rosenbrock, rule, STARTS[[1]], **options)
    np.testing.assert_array_equal(calm.theta[: first.steps + 1, :1], first.theta)
    assert (minimize(rosenbrock, rule, STARTS[[1]], **(options | {"seed": 6})).gradient[0] != first.gradient[0]).all()


# Reactions.


def test_a_rate_that_answers_to_the_loss_falls_where_it_stalls():
    """Steps over the bowl's bottom, back and forth, until the rate is low enough to get down."""
    answers = reduce_on_plateau(factor=0.5, patience=3)
    stuck, run = (minimize(bowl, sign_sgd(lr=0.5), [0.2, 0.2], steps=200, reaction=r) for r in (None, answers))
    assert stuck.value[-1] > 0.01 > 1e-6 > run.value[-1]
    rates = run.rates["lr"]
    assert rates[0] == 0.5 and set(np.diff(np.log2(rates)).tolist()) == {0.0, -1.0}
    np.testing.assert_allclose(np.abs(np.diff(run.theta, axis=0)).max(axis=-1), rates[:-1], rtol=1e-9)


@pytest.mark.parametrize("alone_as", [list, np.array])
def test_each_of_many_runs_has_its_own_answer(alone_as):
    options: Any = {"steps": 60, "reaction": reduce_on_plateau(factor=0.5, patience=2)}
    starts = np.array([[0.2, 0.2], [2.0, -1.0]])
    batch = minimize(bowl, sign_sgd(lr=0.5), starts, **options)
    for k, start in enumerate(starts):
        alone = minimize(bowl, sign_sgd(lr=0.5), start if alone_as is list else [start], **options)
        np.testing.assert_array_equal(np.reshape(alone.theta, (61, 2)), batch.theta[:, k])


def test_a_reaction_needs_a_rate_that_is_a_number():
    with pytest.raises(ValueError, match="reduce_on_plateau needs a rule whose learning rate is a number, not gd"):
        minimize(bowl, gd(lr=inverse(lr=0.1)), steps=3, reaction=reduce_on_plateau)


# One point as plain floats.


@pytest.mark.parametrize("rule", every(2, [r for r in RULES if "." not in r.name]), ids=lambda rule: rule.name)
@pytest.mark.parametrize(
    ("noise", "steps"),
    [(0.0, 300), (0.3, 50), *(pytest.param(noise, 1000, marks=pytest.mark.proof) for noise in (0.0, 0.3))],
)
def test_floats_are_arrays_within_the_parity_criterion(rule, noise, steps):
    """A free run strays by at most 100 times what it strays when its start moves by one ulp."""
    start = np.array(rosenbrock.start)
    options: Any = {"steps": steps, "noise": noise, "seed": 1}
    floats = minimize(rosenbrock, rate(rule), start, **options)
    nudged = [start, np.nextafter(start, 9)]
    together = [[s] for s in nudged] if noise else [nudged]  # in one batch the noise of the second is another
    runs = [minimize(rosenbrock, rate(rule), starts, **options) for starts in together]
    arrays, moved = np.concatenate([run.theta for run in runs], axis=1).swapaxes(0, 1)
    assert floats.theta.shape == (steps + 1, 2) and floats.theta.dtype == np.float64
    strays = np.abs(moved - arrays).max()
    np.testing.assert_allclose(floats.theta, arrays, rtol=0, atol=max(1e-12, 100 * strays))
    assert floats.endings == runs[0].endings[0] == "running"


def crowded(x, y, *, lr=2.0, beta1=0.5, norm=1.0, theta=3.0, m__0=1.0, steps=1):
    """Its parameters are called like what a rule and a run have."""
    return lr * (x - norm) ** 2 + beta1 * y**2 + steps * abs(x * y - m__0) / theta


GROUNDS = [
    rosenbrock(b=10.0),
    styblinski_tang,
    Surface(crowded),
    from_text("x*y"),
    from_text("x"),
    from_text("sqrt(x) + y**2", box=(0, 1, -1, 1)),
    from_text("exp(x**4)"),
]


def minimized_without_running_ahead(*arguments: Any, **options: Any) -> Trajectory:
    with mock.patch.object(sys.modules["optiviz.descent.minimize"], "run_ahead", return_value=[]):
        return minimize(*arguments, **options)


@pytest.mark.parametrize("apart", [4, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("surface", every(2, GROUNDS), ids=lambda surface: surface.name)
def test_to_run_ahead_is_to_go_step_by_step(surface, apart):
    """To the bit: runs that end well, that end badly, and that do not end.

    Every rule runs where names could collide; elsewhere every fourth, from surface to surface others; in a proof all.
    """
    endings = set()
    rules = ON_LISTS if surface.name == "crowded" else ON_LISTS[GROUNDS.index(surface) % apart :: apart]
    for rule in rules:
        for lr in (rule.params["lr"], 0.3, 1, 50.0):
            options: Any = {"steps": 40, "tolerance": 1e-3}
            ahead = minimize(surface, rule(lr=lr), **options)
            same(ahead, minimized_without_running_ahead(surface, rule(lr=lr), **options))
            endings.add(str(ahead.endings))
    assert len(endings) > 1


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_a_run_that_has_run_ahead_has_its_last_look(steps):
    for start in ([0.0], [0.5], [3.0]):
        options: Any = {"start": start, "steps": steps, "tolerance": 0.1}
        run = minimize(from_text("x**2"), momentum(lr=0.01), **options)
        same(run, minimized_without_running_ahead(from_text("x**2"), momentum(lr=0.01), **options))
        assert run.steps == (steps if any(start) else 0)


def test_what_is_plain_sailing_is_not_looked_at_twice():
    true = Surface.value_and_gradient
    with mock.patch.object(Surface, "value_and_gradient", autospec=True, side_effect=true) as seen:
        run = minimize(rosenbrock, adam(lr=0.01), steps=500)
    assert run.steps == 500 and seen.call_count == 1


def fails(error: type[Exception] | None, name: str, *start: float) -> Any:
    return pytest.param(name, list(start), error, id=name)


def rooted(theta, g, t, *, lr=0.1):
    return theta - lr * g**0.5


def compared(theta, g, t, *, lr=0.1):
    return theta - lr * where(g**0.5 > 1, 1.0, 2.0)


def divided(theta, g, t, *, lr=0.1):
    return theta - lr / g


def logged(theta, g, t, v=0.0, *, lr=0.1):
    v = sqrt(g)
    return theta - lr * v, v


def blown(theta, g, t, *, lr=1000.0):
    return theta - exp(lr * g**2)


@pytest.mark.parametrize(
    ("function", "start"),
    [(rooted, -1.0), (compared, -1.0), (divided, 0.0), (logged, -1.0), (blown, 1.0)],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_a_student_s_rule_that_leaves_the_reals_diverges(function, start):
    """ZeroDivisionError, OverflowError, a math domain error or a complex number: no traceback."""
    run = minimize(from_text("x**2"), Optimizer(function), [start], steps=5)
    assert run.endings == "diverged"
    assert run.theta.dtype == np.float64 and run.steps == 1


@pytest.mark.parametrize(
    "objective",
    [
        lambda x: (x[0] ** 0.5, [1.0]),  # complex
        lambda x: (1.0 if x[0] ** 0.5 > 1 else 2.0, [1.0]),  # which does not compare
        lambda x: (1.0, [math.log(x[0])]),
        lambda x: (x[0] / 0.0, [1.0]),
        lambda x: (math.exp(-1e4 * x[0]), [1.0]),
    ],
)
def test_an_objective_that_leaves_the_reals_diverges(objective):
    (look,) = kept(descend(objective, gd, [-1.0], steps=5))
    assert look["ending"] == DIVERGED and np.isnan(look["value"])
    assert look["theta"] == [-1.0]


def test_a_mistake_is_no_divergence():
    with pytest.raises(TypeError, match="rosenbrock takes points of 2 coordinates, not 3"):
        list(descend(rosenbrock.value_and_gradient, gd, [1.0, 2.0, 3.0], steps=5))
    with pytest.raises(TypeError, match="missing 1 required"):
        list(descend(lambda theta, data: (1.0, [1.0]), gd, [1.0], steps=5))


@in_both_forms
def test_a_schedule_that_leaves_its_domain_is_an_error(form):
    with pytest.raises(ValueError, match=r"after \d+ updates: beta must be in"):
        minimize(bowl, momentum(beta=linear(lr=0.5, end=2.0, steps=9)), form([1.0, 1.0]), steps=9)


# What minimize refuses.


@pytest.mark.parametrize(
    ("start", "options"),
    [
        ([1.0], {}),
        ([1.0, 2.0, 3.0], {}),
        (1.0, {}),
        ([[1.0], [2.0]], {}),
        ([], {}),
        ([math.nan, 0.0], {}),
        ([[0.0, 0.0], [0.0, math.inf]], {}),
        ([[1.0, 2.0], [3.0]], {}),
        ("ab", {}),
        (None, {"steps": -1}),
        (None, {"noise": -0.1}),
        (None, {"noise": math.inf}),
        (None, {"noise": math.nan}),
        (None, {"seed": -1}),
    ],
)
def test_what_is_no_start_no_number_of_steps_and_no_noise(start, options):
    with pytest.raises(ValueError, match=r"2 finite numbers|negative or infinite|from 0, not -1|sequence|convert"):
        minimize(bowl, gd, start, **options)


def test_the_start_is_the_surface_s_unless_given_and_is_not_changed():
    assert minimize(bowl, gd, steps=0).theta.tolist() == [list(bowl.start)]
    start = np.ones((2, 2))
    minimize(bowl, gd, start, steps=3)
    assert (start == 1).all()


# The record.


def example(**options: Any) -> Trajectory:
    return minimize(rosenbrock(b=10.0), adam(lr=exponential(lr=0.1), beta1=0.8), STARTS, steps=12, noise=0.1, **options)


def test_a_record_says_what_made_it():
    run = example(seed=7)
    assert (run.optimizer, run.surface) == ("adam(lr=exponential(lr=0.1, k=0.01), beta1=0.8)", "rosenbrock(b=10.0)")
    assert (run.rule, run.noise, run.seed, run.steps) == ("adam", 0.1, 7, 12)
    assert run.params == {"lr": "exponential(lr=0.1, k=0.01)", "beta1": 0.8, "beta2": 0.999, "eps": 1e-8}
    assert list(run.slots) == ["m", "v"] and run.slots["v"].shape == run.theta.shape == (13, 5, 2)
    assert not run.slots["m"][0].any() and run.slots["m"][1:].all()
    np.testing.assert_allclose(run.rates["lr"], 0.1 * np.exp(-0.01 * np.arange(13)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.seed = 8


@every_rule
@in_both_forms
def test_a_record_is_saved_and_loaded(rule, form, tmp_path):
    run = minimize(bowl, rule, form([1.0, -0.5]), steps=4)
    run.save(tmp_path / "run.npz")
    same(run, Trajectory.load(tmp_path / "run.npz"))


def test_the_same_run_is_the_same_bytes_and_no_pickle(tmp_path):
    paths = [tmp_path / name for name in ("a.npz", "b.npz", "c.npz")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        example(seed=seed).save(path)
    first, again, other = (path.read_bytes() for path in paths)
    assert first == again != other
    same(example(seed=1), Trajectory.load(paths[0]))
    with zipfile.ZipFile(paths[0]) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}  # not the clock's
    with np.load(paths[0], allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["theta"], example(seed=1).theta)
    assert sorted(tmp_path.iterdir()) == paths


def rewritten(path: Any, **changes: Any) -> None:
    """A saved record with other facts or arrays; None leaves one out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(parts.pop("trajectory.json"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            if name.removesuffix(".npy") not in changes:
                archive.writestr(name, data)
        for name, array in changes.items():
            if isinstance(array, np.ndarray):
                with archive.open(f"{name}.npy", "w") as file:
                    np.lib.format.write_array(file, array, allow_pickle=True)
        facts |= {name: value for name, value in changes.items() if name in facts or name == "extra"}
        archive.writestr("trajectory.json", json.dumps({k: v for k, v in facts.items() if v is not None}))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": None},
        {"mark": "made by another"},
        {"mark": None},
        {"optimizer": None},
        {"optimizer": 3},
        {"params": [1, 2]},
        {"noise": "much"},
        {"extra": 1},
        {"theta": None},
        {"value": None},
        {"theta": np.zeros((12, 5, 2))},
        {"theta": np.zeros((13, 5))},
        {"value": np.zeros(())},
        {"value": np.full((13, 5), "a")},
        {"gradient": np.zeros((13, 5, 3))},
        {"ending": np.zeros(4, np.int8)},
        {"ending": np.full(5, 4, np.int8)},
        {"ending": np.full(5, -1, np.int8)},
        {"ending": np.zeros(5)},
        {"slots m": np.zeros((12, 5, 2))},
        {"slots m": np.zeros(())},
        {"rates lr": np.zeros(14)},
        {"theta": np.array([{"a": 1}], dtype=object)},
        {"slots m": None},
        {"slots": ["m", "u"]},
        {"slots": None},
        {"rates": 3},
    ],
    ids=repr,
)
def test_a_record_that_does_not_fit_is_refused(changes, tmp_path):
    path = tmp_path / "run.npz"
    example().save(path)
    rewritten(path)
    same(example(), Trajectory.load(path))
    rewritten(path, **changes)
    with pytest.raises(ValueError, match=r"run\.npz is damaged or not a trajectory written by optiviz"):
        Trajectory.load(path)


unpickled = []


def unpickle(word):
    unpickled.append(word)


class Pickled:
    def __reduce__(self):
        return unpickle, ("ran",)


def test_no_pickle_is_ever_run(tmp_path):
    path = tmp_path / "run.npz"
    example().save(path)
    rewritten(path, theta=np.array([Pickled()], dtype=object))
    with pytest.raises(ValueError, match="damaged or not a trajectory"):
        Trajectory.load(path)
    assert not unpickled


def test_foreign_files_are_refused(tmp_path):
    np.savez(tmp_path / "savez.npz", theta=np.zeros(3))
    np.save(tmp_path / "save.npy", np.zeros(3))
    np.save(tmp_path / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "text.npz").write_text("theta = 3")
    for name, facts in (("list", "[]"), ("number", "3"), ("nothing", "{}"), ("broken", "{"), ("deep", "[" * 10**5)):
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as archive:
            archive.writestr("trajectory.json", facts)
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ValueError, match="damaged or not a trajectory"):
            Trajectory.load(path)
    for path in (tmp_path, tmp_path / "missing.npz"):
        with pytest.raises(FileNotFoundError, match="no such file"):
            Trajectory.load(path)


def damaged(data: bytes, count: int) -> Iterator[bytes]:
    rng = np.random.default_rng(0)
    for _ in range(count):
        broken = bytearray(data)
        for at in rng.integers(len(data), size=rng.integers(1, 4)):
            broken[at] = rng.integers(256)
        yield bytes(broken)
        yield data[: rng.integers(len(data))]


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.proof)])
def test_a_damaged_file_is_refused_or_read_as_it_was(count, tmp_path):
    path = tmp_path / "run.npz"
    minimize(bowl, momentum, steps=2).save(path)
    refused = 0
    for data in damaged(path.read_bytes(), count):
        path.write_bytes(data)
        try:
            same(minimize(bowl, momentum, steps=2), Trajectory.load(path))
        except ValueError as error:
            refused += "damaged or not a trajectory" in str(error)
    assert refused > count


def test_a_record_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        example().save(tmp_path / "missing" / "run.npz")
    with pytest.raises(IsADirectoryError):
        example().save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_endings_in_words_follow_their_numbers():
    words = {RUNNING: "running", CONVERGED: "converged", DIVERGED: "diverged", ESCAPED: "escaped"}
    run = dataclasses.replace(example(), ending=np.array([*words, RUNNING], dtype=np.int8))
    assert run.endings.tolist() == [*words.values(), "running"]


def test_a_rule_with_a_norm_takes_one_point_as_an_array():
    from optiviz import norm

    def normed(theta, g, t, *, lr=0.1):
        return theta - lr * g / (norm(g) + 1e-12)

    run = minimize(bowl, Optimizer(normed), [1.0, 0.0], steps=3)
    np.testing.assert_allclose(run.theta[:, 0], [1.0, 0.9, 0.8, 0.7])
    assert isinstance(bowl, Surface) and run.value.shape == (4,)


# Going on.

ROWS = [(2, 3), (3,)]
PULLS = np.random.default_rng(5).normal(size=(9, 9)) * np.linspace(0.5, 3, 9)


def pulled(theta: Any, pull: Any) -> tuple[Any, Any]:
    """Another bowl at each look; its gradient does not say where the last one was."""
    return float(((theta - pull) ** 2).sum()), (2 * (theta - pull)).astype(theta.dtype)


def followed(rule: Optimizer, kind: str) -> tuple[Optimizer, Any]:
    """The rule, and the reaction, with a learning rate that is a number, follows a schedule or answers to the loss."""
    if kind == "schedule":
        rule = rule(lr=exponential(lr=rule.params["lr"], k=0.25))
    return rule, reduce_on_plateau(factor=0.5, patience=1) if kind == "reaction" else None


@pytest.mark.parametrize(
    ("rule", "dtype", "kind"),
    every(2, product(OPTIMIZERS, [np.float64, np.float32], ["number", "schedule", "reaction"])),
    ids=lambda p: getattr(p, "name", getattr(p, "__name__", p)),
)
def test_to_go_on_from_a_state_is_never_to_have_stopped(rule, dtype, kind):
    if kind != "number" and "lr" not in rule.params:
        pytest.skip("it has no learning rate")
    rule, reaction = followed(rule, kind)
    whole, parted = np.ones(9, dtype), np.ones(9, dtype)
    rates = [
        look.params for look in descend(pulled, rule, whole, [(p,) for p in PULLS], layout=ROWS, reaction=reaction)
    ]
    state, found = rule.init(parted, ROWS), []
    for some in (PULLS[:4], PULLS[4:5], PULLS[5:]):
        todo = [(p,) for p in some]
        found += [look.params for look in descend(pulled, rule, parted, todo, state=state, reaction=reaction)]
        state = pickle.loads(pickle.dumps(state))
    assert parted.tobytes() == whole.tobytes() and found == rates and state.t == 9
    if kind == "reaction":
        assert rates[0]["lr"] > rates[-1]["lr"] == state.reaction["lr"]


@pytest.mark.parametrize("rule", [r for r in ON_LISTS if r.per == "coordinate"], ids=lambda rule: rule.name)
@pytest.mark.parametrize("form", [list, np.array])
def test_to_go_on_after_the_last_look_is_to_look_there_once_more(rule, form):
    """A reaction answers to a look when the step is made, so that it does not answer twice."""
    reaction = reduce_on_plateau(factor=0.5, patience=1) if "lr" in rule.params else None
    thetas = [form([3.0, -2.0, 1.0]) for _ in range(2)]
    whole = [*descend(square, rule, thetas[0], steps=9, reaction=reaction)]
    state, looks = rule.init(thetas[1]), []
    for steps in (0, 4, 9):
        looks += descend(square, rule, thetas[1], steps=steps, state=state, reaction=reaction)
        state = copy.deepcopy(state)
    assert np.array_equal(*thetas)
    assert [look.t for look in looks] == [0, *range(5), *range(4, 10)]
    assert [look.value for look in looks[6:]] == [look.value for look in whole[4:]]
    assert [look.params for look in looks[6:]] == [look.params for look in whole[4:]]


def test_many_runs_go_on_with_their_own_rates():
    rule, reaction = sign_sgd(lr=np.array([[0.5], [0.25]])), reduce_on_plateau(factor=0.5, patience=2)
    whole, parted = np.array([[0.2, 0.2], [2.0, -1.0]]), np.array([[0.2, 0.2], [2.0, -1.0]])
    looks = [*descend(square, rule, whole, steps=60, reaction=reaction)]
    state = rule.init(parted)
    for steps in (25, 60):
        [*descend(square, rule, parted, steps=steps, state=state, reaction=reaction)]
    assert parted.tobytes() == whole.tobytes()
    assert looks[-1].params["lr"].shape == (2, 1) and (looks[-1].params["lr"] < [[0.5], [0.25]]).all()


@pytest.mark.parametrize(
    ("rule", "theta", "options", "message"),
    [
        (gd, np.ones(3), {}, "the state remembers m, v, and gd nothing; go on with the rule that it is of"),
        (adam, np.ones(4), {}, r"the state is one of a theta of shape \(3,\), not \(4,\)"),
        (adam, np.ones(3), {"layout": [(3,)]}, r"the state is one of tensors \[\], not \[\(3,\)\]"),
        (adam, np.ones(3), {"steps": 1}, "the state has made 2 updates already, and there are to be 1 in all"),
    ],
)
def test_a_state_of_another_run_is_refused(rule, theta, options, message):
    state = adam.init(np.ones(3))
    state.t = 2
    with pytest.raises(ValueError, match=message):
        descend(square, rule, theta, state=state, **options)
