"""One point in Python's floats does what an array does: registered rules, rules drawn at random, awkward names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from catalogue import ON_LISTS
from drawn import FLOATS, rules
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz import adam, from_text, log, maximum, norm, rosenbrock, sqrt, where
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface
from optiviz.trace.point import on_a_point, on_numbers, whole_run

SIZES = [1, 2, 3]


def assert_point_is_array(rule: Optimizer, size: int, seed: int, updates: int = 4) -> None:
    """One step from the same state, again and again, within the parity criterion."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=size)
    state = rule.init(theta)
    for _ in range(updates):
        g = rng.normal(size=size) * rng.integers(0, 3, size)
        point, own = theta.tolist(), rule.init(theta.tolist())
        own.t = state.t
        own.slots = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in state.slots.items()}
        with np.errstate(all="ignore"):
            rule.step(theta, g, state)
        new = {"theta": theta, **state.slots}
        if not all(np.isfinite(value).all() for value in new.values()):
            return  # floats raise there
        rule.step(point, g.tolist(), own)
        largest = max(1, *(np.abs(value).max() for value in new.values()))
        for name, value in {"theta": point, **own.slots}.items():
            assert np.abs(np.subtract(value, new[name])).max() <= 1e-14 * largest, source(rule, size)
            assert not isinstance(value, list) or {type(v) for v in value} == {float}


def source(rule: Optimizer, size: int) -> str:
    return str(on_a_point(rule.trace, ("theta", *rule.slots), size))


@pytest.mark.parametrize("rule", ON_LISTS, ids=lambda rule: rule.name)
@pytest.mark.parametrize("size", SIZES)
def test_registered_rules(rule, size):
    assert_point_is_array(rule, size, seed=size)


@examples(300, report_multiple_bugs=False)
@given(rules(FLOATS), st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
def test_drawn_rules(drawn, size, seed):
    assert_point_is_array(drawn.rule, size, seed)


# What stands in a rule.


def clipped(theta, g, t, *, lr=1.0, limit=1.0):
    return theta - lr * g / maximum(1, norm(g) / limit)


def norms_in_norms(theta, g, t, m=0.0, *, lr=0.1):
    m = m + g * norm(theta)
    return theta - lr * m / (norm(m / (1 + norm(g))) + 1), m


def alike(theta, g, t, size=0.0, *, lr=0.1):
    size = norm(g)  # a slot with coordinates that are all the same
    return theta - lr * size, size


def cornered(theta, g, t, m=0.0, *, lr=0.1):
    m = where(g > 0, m + g, where(theta > t, -m, g**2))
    return theta - lr * np.clip(m, -1, theta), m


def guarded(theta, g, t, *, lr=0.1):
    return where(g > 0, theta - lr * log(maximum(g, 1e-3)), theta + lr * abs(g) ** 0.5)


def in_numpy(theta, g, t, k=1.0, *, lr=0.1):
    k = np.sqrt(k + lr) * np.power(lr, 2)
    return theta - np.square(lr) * np.tanh(g) * np.exp(-k) / np.maximum(t, 2), k


def whole(theta, g, t, m=1, n="theta", *, lr=1):
    return theta - lr * 2, 3, where(t > 1, n, n - 1)


def swapped(theta, g, t, m=1.0, n=2.0, *, lr=0.5):
    return theta - lr * g, n, m


@pytest.mark.parametrize(
    "function", [clipped, norms_in_norms, alike, cornered, guarded, in_numpy, whole, swapped], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("size", SIZES)
def test_what_may_stand_in_a_rule(function, size):
    rule = Optimizer(function)
    for seed in range(20):
        assert_point_is_array(rule, size, seed)


@pytest.mark.parametrize(
    "name", "norm m__0 m_ theta__0 _ __ step t_ lr_new sqrt lambda_ _real looks u u__1 u_new".split()
)
@pytest.mark.parametrize("kind", ["slot", "hyperparameter", "line"])
def test_names(name, kind):
    """Also those that the writer, or the table of operations, might have used itself."""
    slot, hyper, line = (name if kind == k else other for k, other in
                         (("slot", "m"), ("hyperparameter", "beta"), ("line", "u")))  # fmt: skip
    if len({slot, hyper, line}) < 3:
        pytest.skip("u is a line already")
    text = f"""def rule(theta, g, t, {slot}=0.0, *, lr=0.1, {hyper}=0.5):
        {line} = {hyper} * {slot} + g * root(abs(g))
        {slot} = {line} - {hyper} * {slot}
        return theta - lr * {slot} / (1 + {line}**2), {slot}
    """
    names: dict[str, Any] = {"root": sqrt}
    exec(text.replace("\n    ", "\n"), names)
    rule = Optimizer(names["rule"])
    assert_point_is_array(rule, 2, seed=0)
    run = whole_run(rosenbrock.look_trace, rule.trace, ("theta", *rule.slots)).made()
    looks: list[float] = []
    run(looks, 3, 0.0, *rosenbrock.arena, 0.5, 0.5, 0.0, 0.0, *rule.params.values(), *rosenbrock.params.values())
    assert len(looks) == 4 * (2 + 1 + 2 + 2)


# How floats fail.


def rooted(theta, g, t, *, lr=0.1):
    return theta - lr * g**0.5


def rooted_in_a_line(theta, g, t, m=0.0, *, lr=0.1):
    m = g**1.5
    return theta - lr * g, m


@pytest.mark.parametrize("function", [rooted, rooted_in_a_line], ids=lambda f: f.__name__)
def test_a_root_of_a_negative_number_is_no_complex_number(function):
    rule, theta = Optimizer(function), [1.0, 2.0]
    with pytest.raises(ValueError, match="a negative number has no real root"):
        rule.step(theta, [0.5, -0.5], rule.init(theta))
    assert theta == [1.0, 2.0]


def test_only_the_branch_that_is_taken_is_computed():
    def safe(theta, g, t, *, lr=0.1):
        return where(g > 0, theta - lr * log(g), theta)

    theta, rule = [1.0, 2.0], Optimizer(safe)
    rule.step(theta, [math.e, -1.0], rule.init(theta))
    assert theta == [0.9, 2.0]


# What is written.


def test_the_source_can_be_read():
    text = str(on_a_point(adam.trace, ("theta", "m", "v"), 2))
    assert "    [theta__0, theta__1] = theta__\n" in text
    assert text.count("beta1 ** t") == text.count("1 - beta1\n") == 1
    assert text.count("sqrt") == 2
    assert str(on_numbers(rosenbrock.look_trace)).count("x * x") == 1


def test_what_stays_as_it_is_is_computed_before_the_run():
    before, loop = str(whole_run(rosenbrock.look_trace, adam.trace, ("theta", "m", "v"))).split("for t in")
    assert "1 - beta1\n" in before and "1 - beta1\n" not in loop
    assert before.count("\n") == 5 and "beta1 ** t" in loop


def test_a_surface_s_run_is_kept_for_all_copies_and_no_longer_than_its_rule():
    surface = from_text("x**2 + y**2")

    def lion(theta, g, t, *, lr=0.1):
        return theta - lr * g

    rule = Optimizer(lion)
    assert surface.whole_run(rule) is surface.whole_run(rule(lr=0.5)) is not surface.whole_run(adam)
    assert len(surface._runs) == 2
    del rule, lion
    assert len(surface._runs) == 1


@pytest.mark.parametrize("surface", Surface.registry.values(), ids=lambda surface: surface.name)
def test_heights_and_slopes_are_floats(surface):
    height, slope = surface.value_and_gradient([0.5, 1.0][: surface.dimension])
    assert {type(number) for number in (height, *slope)} == {float}
