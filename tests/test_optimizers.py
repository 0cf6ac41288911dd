"""The update rules, and Optimizer, which gives them state, time, schedules and a step in place."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from catalogue import ON_LISTS, OPTIMIZERS, every_rule, outputs, shape_of
from examples import every

from optiviz import exponential, inverse, maximum, norm, where
from optiviz.formula import FormulaError
from optiviz.names import hyperparameter
from optiviz.optimizers import (
    Optimizer,
    adagrad,
    adam,
    adam_uncorrected,
    gd,
    momentum,
    nesterov,
    radam,
    rmsprop,
    sgd,
)
from optiviz.schedules import Schedule

SCHEDULED = {"lr": exponential(lr=0.5, k=0.3)}
every_rule_on_lists = pytest.mark.parametrize("rule", ON_LISTS, ids=lambda rule: rule.name)


def walk(rule: Optimizer, theta: Any, gradients: Any) -> tuple[Any, dict[str, Any]]:
    """Theta and the slots after one step per gradient."""
    state = rule.init(theta)
    for g in gradients:
        rule.step(theta, g, state)
    assert state.t == len(gradients)
    return theta, state.slots


def gradients(shape: tuple[int, ...], count: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *shape))


# The contracts of theta.


@every_rule
def test_a_batch_is_its_runs_bit_for_bit(rule):
    """Of two coordinates and of many, whose sums NumPy could add in another order."""
    for own, dtype, size in ((rule, np.float64, 2), (rule, np.float32, 37), (rule(**SCHEDULED), np.float64, 37)):
        g = gradients((7, size)).astype(dtype)
        starts = gradients((7, size), count=1, seed=1)[0].astype(dtype)
        batch, slots = walk(own, starts.copy(), g)
        for run, start in enumerate(starts):
            assert_a_run_of(batch, slots, run, *walk(own, start.copy(), g[:, run]))


def assert_a_run_of(batch: Any, slots: dict[str, Any], run: int, single: Any, own: dict[str, Any]) -> None:
    np.testing.assert_array_equal(single, batch[run])
    for name, slot in own.items():
        whole = slots[name]
        np.testing.assert_array_equal(
            slot,
            np.squeeze(whole[run])
            if np.ndim(slot) < np.ndim(whole) - 1
            else whole[run]
            if isinstance(whole, np.ndarray)
            else whole,
            err_msg=name,
        )


@pytest.mark.parametrize(
    ("rule", "dtype"),
    every(3, product(OPTIMIZERS, [np.float64, np.float32])),
    ids=lambda p: getattr(p, "name", getattr(p, "__name__", p)),
)
def test_many_values_of_a_hyperparameter_are_many_rules(rule, dtype):
    """An array (n, 1) gives each run of a batch its own number; a run is what it is with that number alone."""
    g, starts = gradients((5, 3)).astype(dtype), gradients((5, 3), count=1, seed=1)[0].astype(dtype)
    for name, value in rule.params.items():
        share = np.linspace(1, 1.5, 5) if name in ("grow", "threshold", "largest") else np.linspace(1, 0.3, 5)
        numbers = value * share if value else np.linspace(0, 0.4, 5)
        numbers = np.ceil(numbers) if hyperparameter(name).domain.whole else numbers
        many = rule(**{name: numbers[:, None]})
        batch, slots = walk(many, starts.copy(), g)
        for run, number in enumerate(numbers.tolist()):
            assert_a_run_of(batch, slots, run, *walk(rule(**{name: number}), starts[run].copy(), g[:, run]))
        np.testing.assert_array_equal(many.params[name][:, 0], numbers)  # no slot that began as it has changed it


@pytest.mark.parametrize("beta2", [0.5, 0.6, 0.61, 0.999])
def test_radam_takes_the_paper_s_threshold(beta2):
    """Beyond 4; with beta2 = 0.6 v averages at most 4 gradients, so the rule never leaves its plain momentum."""
    paper, plain = np.ones((2, 3))
    rules = radam(lr=0.1, beta2=beta2, threshold=4), radam(lr=0.1, beta2=beta2, threshold=1e9)
    states = [rule.init(theta) for rule, theta in zip(rules, (paper, plain), strict=True)]
    longest = 2 / (1 - beta2) - 1
    trusted = False
    for t, g in enumerate(gradients((3,), count=30), start=1):
        for rule, theta, state in zip(rules, (paper, plain), states, strict=True):
            rule.step(theta, g, state)
        trusted |= longest - 2 * t * beta2**t / (1 - beta2**t) > 4
        assert np.isfinite(paper).all() and (paper != plain).any() == trusted
    assert trusted == (beta2 > 0.6)


def test_many_values_are_checked_each():
    with pytest.raises(ValueError, match=r"^lr must be in \[0, ∞\), not -1$"):
        adam(lr=np.array([[0.1], [-1.0]]))
    with pytest.raises(ValueError, match=r"beta1 must be in \[0, 1\), not 1$"):
        adam(beta1=np.array([[1.0], [0.1]]))
    with pytest.raises(ValueError, match=r"lr must be in \[0, ∞\), not nan$"):
        adam(lr=np.array([[0.1], [np.nan]]))
    for shape in ((), (3,), (3, 2), (0, 1)):
        with pytest.raises(TypeError, match="lr must be a number, not ndarray"):
            adam(lr=np.ones(shape))
    with pytest.raises(TypeError, match=r"adam\(lr=2 values from 0.1 to 0.2\) works on arrays"):
        adam(lr=np.array([[0.1], [0.2]])).init([1.0])


@every_rule
def test_float32_stays_float32(rule):
    """In a step, and already in the call: what a step casts back it has computed twice as wide."""
    for own in (rule, rule(**SCHEDULED)):
        theta, slots = walk(own, np.ones(3, np.float32), gradients((3,)).astype(np.float32))
        assert theta.dtype == np.float32
        assert all(slot.dtype == np.float32 for slot in slots.values() if isinstance(slot, np.ndarray))
    shape = shape_of(rule) or (3,)
    theta, g = np.ones(shape, np.float32), np.full(shape, 0.5, np.float32)
    wide = [name for name in ("theta", *rule.slots) if not rule.trace.inputs[name].scalar]
    for t in (1, 2, 5, 50):
        first: dict[str, Any] = {"theta": theta, **rule.params}
        for name, value in rule.slots.items():
            start = first[value] if isinstance(value, str) else value
            first[name] = np.full(shape, start, np.float32) if name in wide else start
        new = dict(zip(("theta", *rule.slots), outputs(rule, {**first, "g": g, "t": t}), strict=True))
        assert {name: new[name].dtype for name in wide} == dict.fromkeys(wide, np.dtype(np.float32))


@every_rule_on_lists
def test_a_list_of_floats_steps_as_an_array(rule):
    """From the same state, within the parity criterion of one step."""
    for own in (rule, rule(**SCHEDULED)):
        theta = np.array([3.0, -0.2])
        state = own.init(theta)
        for g in gradients((2,)):
            point, beside = theta.tolist(), own.init(theta.tolist())
            beside.t = state.t
            beside.slots = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in state.slots.items()}
            own.step(point, g.tolist(), beside)
            own.step(theta, g, state)
            largest = max(1, np.abs(theta).max())
            np.testing.assert_allclose(point, theta, rtol=0, atol=1e-14 * largest)
            for name, slot in state.slots.items():
                np.testing.assert_allclose(beside.slots[name], slot, rtol=1e-14, atol=1e-14)


def test_a_list_is_refused_where_a_matrix_is_needed():
    for rule in OPTIMIZERS:
        if rule not in ON_LISTS:
            with pytest.raises(TypeError, match=r"works on arrays: theta must be an array, not a list$"):
                rule.init([1.0, 2.0])
    assert {rule.per for rule in ON_LISTS} == {"coordinate", "tensor"}


@every_rule
def test_theta_and_slots_are_updated_in_place(rule):
    for theta in (np.ones(2), [1.0, 1.0]) if rule in ON_LISTS else (np.ones(2),):
        state = rule.init(theta)
        before = {"theta": theta, **state.slots}
        for _ in range(5):  # lookahead's slow weights move at the fifth
            rule.step(theta, [0.5, 0.5] if isinstance(theta, list) else np.full(2, 0.5), state)
        assert before["theta"] is theta
        assert all(before[k] is v for k, v in state.slots.items() if isinstance(v, (list, np.ndarray)))
        assert theta[0] != 1.0


def test_a_list_stays_a_list_of_python_s_floats_whatever_numpy_returns():
    def rule(theta, g, t, m=0.0, n="theta", *, lr=0.5):
        m = np.where(g > 0, m + g, np.sqrt(lr))
        return theta - np.sign(m), m, np.float32(2) * n

    theta, slots = walk(Optimizer(rule), [1.0, 2], [[0.5, -0.5]])
    assert theta == [0.0, 1.0]
    assert slots == {"m": [0.5, np.sqrt(0.5)], "n": [2.0, 4.0]}
    assert {type(v) for v in (*theta, *slots["m"], *slots["n"])} == {float}


def test_on_a_list_arithmetic_raises_where_an_array_would_give_infinity_or_nan():
    def divides(theta, g, t, *, lr=0.1):
        return theta / g

    def roots(theta, g, t, *, lr=0.1):
        return theta**0.5 - g

    for rule, theta, g in ((divides, [1.0], [0.0]), (roots, [-1.0], [0.0])):
        with pytest.raises((ArithmeticError, ValueError)):
            walk(Optimizer(rule), theta, [g])
        with np.errstate(all="ignore"):
            assert not np.isfinite(walk(Optimizer(rule), np.array(theta), [np.array(g)])[0])


def test_theta_holds_floats():
    with pytest.raises(TypeError, match=r"theta must hold floats, not int64: write theta\.astype\(float\)"):
        adam.init(np.array([3, -2]))


def test_a_norm_needs_all_coordinates():
    def clipped(theta, g, t, *, lr=1.0, limit=1.0):
        return theta - lr * g / maximum(1, norm(g) / limit)

    rule = Optimizer(clipped)
    theta, _ = walk(rule, np.zeros((2, 2)), [np.array([[3.0, 4.0], [0.3, 0.4]])])
    np.testing.assert_allclose(theta, [[-0.6, -0.8], [-0.3, -0.4]], rtol=1e-15)
    point, _ = walk(rule, [0.0, 0.0], [[3.0, 4.0]])  # a list is one point, all of whose coordinates are there
    assert point == pytest.approx([-0.6, -0.8], rel=1e-15)


# Slots.


def test_slots_begin_as_their_defaults_say():
    def rule(theta, g, t, m=0.5, z="theta", size="lr", y="z", count=0.0, *, lr=0.25):
        return theta - lr * g, m + g, z + g, size * (g + 2), y + g, count + 1

    rule = Optimizer(rule)
    theta = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    slots = rule(lr=exponential(lr=0.125)).init(theta).slots
    assert list(slots) == ["m", "z", "size", "y", "count"]
    for name, first in {"m": 0.5, "z": theta, "size": 0.125, "y": theta}.items():
        np.testing.assert_array_equal(slots[name], np.broadcast_to(first, theta.shape))
        assert slots[name].dtype == theta.dtype
        assert not np.shares_memory(slots[name], theta)
    assert slots["count"] == 0.0
    point = [1.0, 2.0]
    assert rule.init(point).slots == {"m": [0.5, 0.5], "z": point, "size": [0.25, 0.25], "y": point, "count": 0.0}
    assert rule.init(point).slots["z"] is not point


def test_a_call_without_slots_is_the_first_step():
    def rule(theta, g, t, m=0.5, z="theta", size="lr", y="z", *, lr=0.25):
        return theta - lr * g + y, m + g, z + g, size * (g + 2), y + m

    for own in (*OPTIMIZERS, Optimizer(rule), Optimizer(rule)(lr=exponential(lr=0.125, k=0.5))):
        theta, g = np.array([3.0, 1.0]), np.array([2.0, -1.0])
        state = own.init(theta)
        column = (2, 1) if own.per == "matrix" else (2,)
        returned = own(theta.reshape(column).copy(), g.reshape(column), 1)
        own.step(theta, g, state)
        for found, expected in zip(returned if own.slots else (returned,), (theta, *state.slots.values()), strict=True):
            np.testing.assert_array_equal(np.squeeze(found), np.squeeze(expected), err_msg=own.name)
    assert Optimizer(rule)(3.0, 2.0, 1) == (5.5, 2.5, 5.0, 1.0, 3.5)
    assert Optimizer(rule)(3.0, 2.0, 1, 0.0, 1.0) == (3.5, 2.0, 3.0, 1.0, 1.0)  # m and z given, y begins as z


@pytest.mark.parametrize("theta", [[1.0, 2.0, 3.0], np.ones(3), np.ones((4, 2))], ids=["list", "array", "batch"])
def test_a_slot_that_does_not_depend_on_the_gradient_stays_one_number(theta):
    """It is updated once per step, not once per coordinate."""

    def nadam_like(theta, g, t, m=0.0, product=1.0, *, lr=0.1, beta=0.5):
        product = product * beta * (1 + 1 / t)
        m = beta * m + (1 - product) * g
        return theta - lr * m, m, product

    rule = Optimizer(nadam_like)
    g = [[0.5] * 3] * 2 if isinstance(theta, list) else np.full((2, *theta.shape), 0.5)
    _, slots = walk(rule, theta, g)
    assert slots["product"] == 0.5 * 2 * 0.5 * 1.5
    assert isinstance(slots["product"], float)
    assert np.shape(slots["m"]) == np.shape(theta)


def test_where_a_slot_has_coordinates_though_it_is_given_none():
    """A slot that begins as theta keeps its shape, also when a rule sets it to a constant."""

    def forget(theta, g, t, z="theta", *, lr=0.5):
        return theta - lr * g + z, where(t > 1, 7.0, 3.0)

    for theta, g in ((np.ones(2), np.zeros(2)), ([1.0, 1.0], [0.0, 0.0])):
        theta, slots = walk(Optimizer(forget), theta, [g, g])
        assert list(slots["z"]) == [7.0, 7.0]
        assert list(theta) == [5.0, 5.0]


def test_a_rule_that_is_none_is_refused_at_the_start():
    def branches(theta, g, t, *, lr=0.1):
        return theta if t == 1 else theta - lr * g

    with pytest.raises(FormulaError, match="branches on what is made of t"):
        Optimizer(branches).init(np.ones(2))


# Schedules.


def rising(t, *, lr=0.5):
    return lr + 0.25 * t


def test_a_schedule_counts_completed_updates():
    rule = gd(lr=Schedule(rising))
    assert rule.scheduled == ("lr",)
    assert [rule.at(n)["lr"] for n in range(3)] == [0.5, 0.75, 1.0]
    assert rule(1.0, 1.0, 1) == 0.5  # the first update has none behind it
    assert rule(1.0, 1.0, 3) == 0.0
    assert walk(rule, np.zeros(1), np.ones((3, 1)))[0] == -(0.5 + 0.75 + 1.0)
    assert walk(rule, [0.0], [[1.0]] * 3)[0] == [-(0.5 + 0.75 + 1.0)]
    assert rule(lr=0.125).scheduled == ()


@every_rule
def test_any_hyperparameter_may_be_a_schedule(rule):
    """A schedule that stays at the default changes nothing."""
    still = {name: exponential(lr=value, k=0) for name, value in rule.params.items()}
    theta, slots = walk(rule, np.ones(2), gradients((2,)))
    same, scheduled = walk(rule(**still), np.ones(2), gradients((2,)))
    assert rule(**still).scheduled == tuple(rule.params)
    np.testing.assert_array_equal(theta, same)
    for name in slots:
        np.testing.assert_array_equal(slots[name], scheduled[name])


def test_a_schedule_that_leaves_the_domain_is_named_with_its_update():
    rule = momentum(beta=Schedule(rising))
    theta = np.zeros(2)
    state = rule.init(theta)
    rule.step(theta, np.ones(2), state)
    rule.step(theta, np.ones(2), state)
    before = theta.copy()
    with pytest.raises(ValueError, match=r"^rising\(lr=0.5\) after 2 updates: beta must be in \[0, 1\), not 1$"):
        rule.step(theta, np.ones(2), state)
    assert state.t == 2
    np.testing.assert_array_equal(theta, before)
    with pytest.raises(ValueError, match=r"^rising\(lr=2.0\) after 0 updates: beta must be"):
        momentum(beta=Schedule(rising)(lr=2.0)).init(theta)


def test_a_schedule_needs_a_hyperparameter():
    with pytest.raises(LookupError, match="gd has no parameter 'rate'; it has lr"):
        gd(rate=inverse)


# What is known about the rules.


@pytest.mark.parametrize("rule", every(2, OPTIMIZERS), ids=lambda rule: rule.name)
def test_every_rule_finds_the_bottom_of_a_bowl(rule):
    """At one of some learning rates, from (3, -2) to within a fiftieth."""
    found = []
    for lr in (0.1, 0.03, 0.01, 0.003, 0.3, 1.0, 3.0):
        theta = [3.0, -2.0] if rule in ON_LISTS else np.array([3.0, -2.0])
        own = rule(lr=lr)
        state = own.init(theta)
        for _ in range(1500):
            own.step(theta, [2 * x for x in theta], state)
        found.append(max(map(abs, theta)))
        if found[-1] < 0.02:
            return
    raise AssertionError(f"{rule.name} comes as near as {min(found)}")


def test_gradient_descent_goes_straight_down():
    for rule in (gd, sgd):
        assert rule(np.array([1.0, 2.0]), np.array([1.0, -4.0]), 1, lr=0.25).tolist() == [0.75, 3.0]


@pytest.mark.parametrize("rule", [momentum, nesterov])
def test_without_momentum_it_is_gradient_descent(rule):
    g = gradients((3,))
    theta, _ = walk(rule(beta=0, lr=0.1), np.ones(3), g)
    np.testing.assert_allclose(theta, walk(gd(lr=0.1), np.ones(3), g)[0], rtol=1e-15)


def test_momentum_s_terminal_velocity():
    """On a constant slope the velocity tends to lr g / (1 - beta), ten times gradient descent's step."""
    _, slots = walk(momentum(lr=0.1, beta=0.9), np.zeros(2), [np.array([1.0, -2.0])] * 400)
    np.testing.assert_allclose(slots["v"], [-1.0, 2.0], rtol=1e-12)


def test_nesterov_leads_momentum_by_one_look():
    """The first step is 1 + beta times momentum's."""
    first, _ = walk(momentum(lr=0.1, beta=0.5), np.zeros(1), np.ones((1, 1)))
    ahead, _ = walk(nesterov(lr=0.1, beta=0.5), np.zeros(1), np.ones((1, 1)))
    assert ahead == pytest.approx(1.5 * first)


def test_adagrad_s_steps_shrink_with_the_root_of_time():
    theta, state = np.zeros(1), adagrad.init(np.zeros(1))
    rule = adagrad(lr=0.1, eps=0.0)
    for t in range(1, 50):
        before = theta.copy()
        rule.step(theta, np.array([5.0]), state)
        assert before - theta == pytest.approx(0.1 / np.sqrt(t))


def test_rmsprop_s_steps_do_not_shrink():
    rule = rmsprop(lr=0.1)
    theta, state = np.zeros(1), rmsprop.init(np.zeros(1))
    for _ in range(400):
        before = theta.copy()
        rule.step(theta, np.array([5.0]), state)
    assert before - theta == pytest.approx(0.1)


def test_adam_s_first_step_is_the_learning_rate_whatever_the_slope():
    g = np.array([1e-3, -1.0, 1e4])
    theta, _ = walk(adam(lr=0.1), np.zeros(3), [g])
    np.testing.assert_allclose(theta, -0.1 * np.sign(g), rtol=1e-4)


def test_adam_s_first_step_without_the_correction_is_too_long():
    """By (1 - beta1) / sqrt(1 - beta2), which is 3.16 with the defaults."""
    g = np.array([1e-3, -1.0, 1e4])
    theta, _ = walk(adam_uncorrected(lr=0.1, eps=0.0), np.zeros(3), [g])
    np.testing.assert_allclose(theta, -0.1 * np.sign(g) * (1 - 0.9) / np.sqrt(1 - 0.999), rtol=1e-12)


def test_adam_forgets_the_correction():
    """After many updates both are the same rule."""
    g = gradients((2,), count=1, seed=3)[0]
    for t, tolerance in ((1, 3), (20000, 1e-6)):
        corrected, plain = (rule(0.0, g, t, 0.3, 0.2, lr=0.1)[0] for rule in (adam, adam_uncorrected))
        assert np.max(np.abs(corrected / plain - 1)) < tolerance
    assert np.max(np.abs(adam(0.0, g, 1, 0.3, 0.2)[0] / adam_uncorrected(0.0, g, 1, 0.3, 0.2)[0] - 1)) > 0.5


@pytest.mark.parametrize("rule", [adagrad, rmsprop, adam, adam_uncorrected])
def test_the_adaptive_rules_do_not_see_the_scale_of_the_loss(rule):
    """Without eps, a gradient 1024 times as large changes no bit of the path."""
    g = gradients((3,), count=20)
    plain, _ = walk(rule(eps=0), np.ones(3), g)
    scaled, _ = walk(rule(eps=0), np.ones(3), 1024 * g)
    np.testing.assert_array_equal(plain, scaled)


def test_a_call_begins_the_slots_that_it_is_not_given():
    def rule(theta, g, t, z="theta", w="z", k="lr", *, lr=0.1):
        z = z - lr * g
        return theta - w * k, z, w, k

    called = Optimizer(rule)
    assert called(1.0, 2.0, 1) == called(1.0, 2.0, 1, 1.0, 1.0, 0.1) == (0.9, 0.8, 1.0, 0.1)
    assert called(1.0, 2.0, 1, 5.0) == called(1.0, 2.0, 1, 5.0, 5.0, 0.1)
    with pytest.raises(TypeError):
        called(1.0, 2.0, 1, 1.0, 1.0, 0.1, 7.0)
