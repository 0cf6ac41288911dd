"""The replay of a trace is the call: every registered rule, and rules drawn at random."""

from __future__ import annotations

import copy
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest
from catalogue import ELEMENTWISE, outputs
from drawn import ANY, BINARY, SINGLE, rules
from examples import every, examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz import adam, from_text
from optiviz.optimizers import LARGE, Optimizer
from optiviz.schedules import exponential
from optiviz.trace import replay

BLOCK = 8
SIZES = [1, 5, 8, 16, 21]  # below, equal to and above a block, whole blocks and not

every_rule = pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
seeds = st.integers(0, 2**32 - 1)
quick = examples(150, report_multiple_bugs=False)
thorough = examples(5000, report_multiple_bugs=False)


def inputs(rule: Optimizer, size: int, rng: np.random.Generator, dtype: Any = np.float64) -> dict[str, Any]:
    """Theta, its gradient, and the slots as they begin, by name."""
    theta = (rng.normal(size=size) * rng.integers(0, 4, size)).astype(dtype)  # some of them 0
    return {"theta": theta, "g": gradient(size, rng, dtype), "t": 1, **rule.init(theta).slots, **rule.at(0)}


def gradient(size: int, rng: np.random.Generator, dtype: Any = np.float64) -> np.ndarray:
    return (rng.normal(size=size) * 10.0 ** rng.integers(-3, 2, size)).astype(dtype)


def called(rule: Optimizer, values: dict[str, Any]) -> dict[str, Any]:
    """The new theta and slots by name, as the rule itself gives them, each of the kind that it was."""
    old = {name: values[name] for name in ("theta", *rule.slots)}
    return {
        name: np.array(np.broadcast_to(value, old[name].shape), old[name].dtype)
        if isinstance(old[name], np.ndarray)
        else float(value)
        for name, value in zip(old, outputs(rule, values), strict=True)
    }


def replayed(rule: Optimizer, run: replay.Replay, values: dict[str, Any]) -> dict[str, Any]:
    """The same from the replay, which writes into copies."""
    values = copy.deepcopy(values)
    numbers = run(*(values[name] for name in rule.trace.inputs))
    return {name: numbers.get(name, values[name]) for name in ("theta", *rule.slots)}


def assert_replay_is_the_call(
    rule: Optimizer, size: int, seed: int, dtype: Any, *, regroup: bool, time: int = 1
) -> None:
    rng = np.random.default_rng(seed)
    with mock.patch.object(replay, "BLOCK", BLOCK), np.errstate(all="ignore"):
        values = inputs(rule, size, rng, dtype)
        run = replay.Replay(rule.trace, ("theta", *rule.slots), regroup=regroup)
        for t in (time, 2 * time, 4 * time):
            values |= {"t": t, "g": gradient(size, rng, dtype)}
            expected, found = called(rule, values), replayed(rule, run, values)
            for name in expected:
                np.testing.assert_array_equal(found[name], expected[name], err_msg=f"{name}, t = {t}\n{run.source}")
                assert getattr(found[name], "dtype", dtype) == dtype
            values |= expected


@pytest.mark.parametrize(
    ("rule", "dtype"),
    every(3, product(ELEMENTWISE, [np.float64, np.float32])),
    ids=lambda p: getattr(p, "name", getattr(p, "__name__", p)),
)
def test_registered_rules(rule, dtype):
    for size in SIZES:
        assert_replay_is_the_call(rule, size, 1, dtype, regroup=False)
        assert_replay_is_the_call(rule, size, 2, dtype, regroup=False, time=5)  # lookahead's slow weights move


@quick
@given(rules(ANY), st.sampled_from(SIZES), seeds)
def test_drawn_rules(drawn, size, seed):
    assert_replay_is_the_call(drawn.rule, size, seed, np.float64, regroup=False)


@pytest.mark.proof
@thorough
@given(rules(ANY), st.sampled_from(SIZES), seeds)
def test_many_drawn_rules(drawn, size, seed):
    assert_replay_is_the_call(drawn.rule, size, seed, np.float64, regroup=False)


@quick
@given(rules(SINGLE), st.sampled_from(SIZES), seeds)
def test_drawn_rules_in_float32(drawn, size, seed):
    assert_replay_is_the_call(drawn.rule, size, seed, np.float32, regroup=False)


@quick
@given(rules(ANY), st.sampled_from(SIZES), seeds, st.booleans())
def test_float32_stays_float32_whatever_a_rule_does(drawn, size, seed, regroup):
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        values = inputs(drawn.rule, size, rng, np.float32)
        run = replay.Replay(drawn.rule.trace, ("theta", *drawn.rule.slots), regroup=regroup)
        new = replayed(drawn.rule, run, values)
    assert {v.dtype for v in new.values() if isinstance(v, np.ndarray)} == {np.dtype(np.float32)}


@quick
@given(rules(BINARY), st.sampled_from(SIZES), seeds)
def test_regrouping_moves_nothing_but_scalar_factors(drawn, size, seed):
    """Where every scalar is a power of two, merging them changes no bit; so nothing else was changed."""
    assert_replay_is_the_call(drawn.rule, size, seed, np.float64, regroup=True)


@every_rule
def test_regrouped_float32_is_as_near_to_the_truth_as_the_call(rule):
    """Both start from the same float32 state; the truth is the same update in float64."""
    rng = np.random.default_rng(2)
    values = inputs(rule, 2000, rng, np.float32)
    run = replay.Replay(rule.trace, ("theta", *rule.slots), regroup=True)
    ulp = float(np.finfo(np.float32).eps)
    for t in range(1, 6):
        values |= {"t": t, "g": gradient(2000, rng, np.float32)}
        wide = {k: v.astype(np.float64) if isinstance(v, np.ndarray) else v for k, v in values.items()}
        truth, plain, regrouped = called(rule, wide), called(rule, values), replayed(rule, run, values)
        for name in truth:
            assert getattr(regrouped[name], "dtype", np.float32) == np.float32
            size = np.maximum(np.abs(truth[name]), np.abs(wide[name])) + np.finfo(np.float32).tiny
            own, other = (np.max(np.abs(found[name] - truth[name]) / size) for found in (regrouped, plain))
            assert own <= 2 * other + 4 * ulp, name
        values |= plain


def test_a_division_of_scalars_by_zero_is_infinite_when_regrouped_too():
    def divide(theta, g, t, *, lr=0.5):
        return theta - lr * g / (t - 1)

    theta, g = np.ones(LARGE, np.float32), np.ones(LARGE, np.float32)
    rule = Optimizer(divide)
    with np.errstate(divide="ignore"):
        rule.step(theta, g, rule.init(theta))
    assert np.all(theta == -np.inf)


@every_rule
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_large_array_steps_as_small_ones(rule, dtype):
    """To the bit: `step` replays the large array and, in float64, calls the rule on its parts."""
    rng = np.random.default_rng(3)
    rows = 5
    theta = rng.normal(size=(rows, LARGE // rows + 1)).astype(dtype)
    parts = [row.copy() for row in theta]
    state, states = rule.init(theta), [rule.init(row) for row in parts]
    assert theta.size >= LARGE > parts[0].size
    for _ in range(3):
        g = gradient(theta.size, rng, dtype).reshape(theta.shape)
        with mock.patch.object(rule, "function", side_effect=AssertionError("a large array is not called")):
            rule.step(theta, g, state)
        for part, own, slope in zip(parts, states, g, strict=True):
            rule.step(part, slope, own)
    np.testing.assert_array_equal(theta, parts)
    for name, slot in state.slots.items():
        np.testing.assert_array_equal(slot, [own.slots[name] for own in states])


@pytest.mark.parametrize("size", [2, LARGE])
def test_old_values_may_move_on(size):
    """Slots are swapped and theta is remembered: each new value is made of old ones only."""

    def swap(theta, g, t, m=1.0, v=2.0, before="theta", *, lr=0.5):
        m = m + g
        return theta - lr * g, v, m, theta

    rule = Optimizer(swap)
    theta, g = np.full(size, 8.0), np.full(size, 3.0)
    state = rule.init(theta)
    for expected in ([6.5, 2.0, 4.0, 8.0], [5.0, 4.0, 5.0, 6.5]):
        rule.step(theta, g, state)
        assert [theta[0], *(slot[0] for slot in state.slots.values())] == expected


def test_the_gradient_may_be_theta_itself():
    """On x**2 / 2 it is, and then the first write to theta would change the gradient of the rest."""

    def early(theta, g, t, m=0.0, *, lr=0.5):
        theta = theta - lr * g
        return theta, m + g

    rule = Optimizer(early)
    theta = np.ones(LARGE)
    state = rule.init(theta)
    rule.step(theta, theta, state)
    assert theta[0] == 0.5
    assert state.slots["m"][0] == 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_targets_that_are_no_inputs_are_written_only(dtype):
    """So a surface's height and slopes are computed; one of them may be an input itself, or a constant."""
    for text in ("x*y + x**2", "3*x - 2*y", "exp(x) * sin(y) + abs(x)", "y"):
        surface = from_text(text)
        run = replay.Replay(surface.look_trace, ("_height", "_slope1", "_slope2"))
        x, y = np.random.default_rng(0).normal(size=(2, 3 * BLOCK)).astype(dtype)
        before, results = (x.copy(), y.copy()), np.full((3, x.size), np.nan, dtype)
        assert run(x, y, *results) == {}
        value, gradient = surface.value_and_gradient(np.stack([x, y], axis=-1))
        np.testing.assert_array_equal(results, [value, *gradient.T])
        np.testing.assert_array_equal((x, y), before)


def test_points_may_lie_coordinate_by_coordinate():
    rows = np.random.default_rng(0).normal(size=(LARGE, 3, 2))
    columns = np.moveaxis(np.moveaxis(rows, -1, 0).copy(), 0, -1)
    assert not columns.flags.c_contiguous and replay.without_gaps(columns) and not replay.without_gaps(rows[::2])
    states = [adam.init(theta) for theta in (rows, columns)]
    with mock.patch.object(adam, "function", side_effect=AssertionError("a large array is not called")):
        for theta, state in zip((rows, columns), states, strict=True):
            for _ in range(3):
                adam.step(theta, np.cos(theta), state)
    np.testing.assert_array_equal(rows, columns)
    np.testing.assert_array_equal(states[0].slots["v"], states[1].slots["v"])


def test_threads_that_share_a_rule_share_no_scratch():
    thetas = np.random.default_rng(0).normal(size=(4, 20, LARGE))
    alone = thetas.copy()

    def walk(rows):
        for theta in rows:
            state = adam.init(theta)
            for _ in range(5):
                adam.step(theta, np.cos(theta), state)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(walk, thetas))
    for rows in alone:
        walk(rows)
    np.testing.assert_array_equal(thetas, alone)


def test_arrays_may_lie_as_they_like():
    """Slices with gaps and gradients of another dtype or shape are updated all the same."""
    gaps, whole = np.ones(2 * LARGE)[::2], np.ones(LARGE)
    for theta, g in (
        (gaps, whole),
        (whole.copy(), gaps),
        (whole.copy(), whole.astype(np.float32)),
        (np.ones((2, LARGE)), whole),
    ):
        adam.step(theta, g, adam.init(theta))
        np.testing.assert_allclose(theta, 0.999, rtol=1e-6)


def test_configured_copies_share_the_replay_and_not_the_parameters():
    theta, other = np.ones(LARGE), np.ones(LARGE)
    g = np.ones(LARGE)
    slow, fast = adam(lr=0.125), adam(lr=exponential(lr=0.5, k=0.0))
    slow.step(theta, g, slow.init(theta))
    fast.step(other, g, fast.init(other))
    assert theta[0] == pytest.approx(0.875)
    assert other[0] == pytest.approx(0.5)


def test_regrouping_makes_one_of_many_factors():
    def rule(theta, g, t, *, lr=0.5, beta=0.5):
        return theta - lr * (2 * (g * beta) / 3 * t) / (theta / t)

    plain, merged = (replay.Replay(Optimizer(rule).trace, ("theta",), regroup=flag).source for flag in (False, True))
    operations = [len(re.findall(r"^        \w+\(", source, re.MULTILINE)) for source in (plain, merged)]
    assert operations == [8, 4]  # theta times a number, g over that, times a number, theta minus that


def test_the_source_can_be_read():
    source = adam._replays[False].source
    assert "multiply(_n0, m, m)" in source
    assert "    _n0 = np.array(beta1, _all_theta.dtype)\n" in source
    assert "    _c0 = 1 - beta1\n" in source
    assert adam._replays[False]._rooms == 2


@pytest.mark.parametrize("name", ["np", "range", "slice", "float", "BLOCK", "replay", "theta", "lambda_"])
def test_a_rule_may_have_any_name(name):
    names = {}
    exec(f"def {name}(theta, g, t, range=0.0, slice=0.0, *, lr=0.5): return theta - lr * g, range + g, g", names)
    rule = Optimizer(names[name])
    theta, g = np.ones(LARGE), np.full(LARGE, 3.0)
    state = rule.init(theta)
    rule.step(theta, g, state)
    assert [theta[0], state.slots["range"][0], state.slots["slice"][0]] == [-0.5, 3.0, 3.0]
