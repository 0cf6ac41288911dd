"""The wrappers: each does what its first sentence says, they go around any rule and around each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from catalogue import WRAPPED

from optiviz import exponential
from optiviz.formula import FormulaError
from optiviz.optimizers import (
    Optimizer,
    Wrapper,
    adam,
    adamw,
    asgd,
    clip_norm,
    clip_value,
    gd,
    l2,
    lamb,
    lion,
    lookahead,
    momentum,
    muon,
    named,
    polyak,
    schedule_free,
    weight_decay,
    wrapper,
)

RULES = [gd, momentum, adam, lion, schedule_free]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def gradients(count: int = 20, shape: tuple[int, ...] = (4,), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *shape)) * 3


def walk(rule: Optimizer, slopes: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """All points, and the last slots, of a run from ones."""
    theta = np.ones(slopes.shape[1:])
    state = rule.init(theta)
    points = [theta.copy()]
    for g in slopes:
        rule.step(theta, g, state)
        points.append(theta.copy())
    return np.array(points), state.slots


# What each does.


def test_adam_with_weight_decay_is_adamw():
    """Up to rounding, for adamw takes lr out of a bracket; also under a schedule, which both share."""
    for lr in (0.1, exponential(lr=0.2, k=0.1)):
        wrapped, ours = weight_decay(adam(lr=lr), decay=0.3), adamw(lr=lr, decay=0.3)
        np.testing.assert_allclose(walk(wrapped, gradients())[0], walk(ours, gradients())[0], rtol=1e-13, atol=1e-15)


def test_l2_is_weight_decay_for_gradient_descent_and_not_for_adam():
    both = [(l2(rule, decay=0.3), weight_decay(rule, decay=0.3)) for rule in (gd(lr=0.1), adam(lr=0.1))]
    (one, other), (coupled, decoupled) = [[walk(rule, gradients())[0] for rule in pair] for pair in both]
    np.testing.assert_allclose(one, other, rtol=1e-12)
    assert np.abs(coupled - decoupled).max() > 0.01


@pytest.mark.parametrize("rule", [gd, momentum, adam, schedule_free], ids=lambda rule: rule.name)
def test_l2_is_the_gradient_of_the_penalty(rule):
    slopes, wrapped = gradients(), l2(rule, decay=0.25)
    theta, other = np.ones(4), np.ones(4)
    state, own = wrapped.init(theta), rule.init(other)
    for g in slopes:
        wrapped.step(theta, g, state)
        rule.step(other, g + 0.25 * other, own)
    np.testing.assert_array_equal(theta, other)


def test_clip_norm_never_lets_more_through_and_keeps_the_direction():
    rng = np.random.default_rng(1)
    for limit in (0.01, 1.0, 30.0):
        g = rng.normal(size=(500, 3)) * 10 ** rng.uniform(-3, 3, size=(500, 1))
        seen = -clip_norm(gd(lr=1.0), limit=limit)(np.zeros_like(g), g, 1)
        length, before = np.linalg.norm(seen, axis=1), np.linalg.norm(g, axis=1)
        assert length.max() <= limit * (1 + 4e-16)
        np.testing.assert_allclose(seen / length[:, None], g / before[:, None], rtol=0, atol=1e-14)
        short = before < limit
        np.testing.assert_array_equal(seen[short], g[short])
        np.testing.assert_allclose(length[~short], limit, rtol=1e-14)
    assert clip_norm(gd)(np.zeros(2), np.zeros(2), 1).tolist() == [0.0, 0.0]  # no length, no division by it


@pytest.mark.parametrize(("dtype", "large"), [(np.float64, 1e153), (np.float32, 1e18)], ids=["float64", "float32"])
def test_clip_norm_takes_no_step_where_the_squares_overflow(dtype, large):
    """Up to there it clips; from there on torch and optax, too, have nothing left of the gradient."""
    rule = clip_norm(gd(lr=1.0))
    for scale, expected in ((large, [-0.6, 0.8]), (large * 100, [0, 0])):
        g = np.array([3, -4], dtype) * dtype(scale)
        theta = np.zeros(2, dtype)
        with np.errstate(over="ignore"):
            rule.step(theta, g, rule.init(theta))
        assert theta.dtype == dtype
        np.testing.assert_allclose(theta, expected, rtol=1e-6)
        if dtype is np.float64:
            point = [0.0, 0.0]
            with np.errstate(over="ignore"):
                rule.step(point, g.tolist(), rule.init(point))
            assert point == theta.tolist()


def test_clip_norm_is_that_of_each_run_and_of_all_its_coordinates():
    g = np.array([[3.0, 4.0], [0.3, 0.4]])
    np.testing.assert_allclose(clip_norm(gd(lr=1.0))(np.zeros((2, 2)), g, 1), [[-0.6, -0.8], [-0.3, -0.4]], rtol=1e-15)


def test_clip_value_never_lets_more_through():
    g = gradients(1)[0]
    seen = -clip_value(gd(lr=1.0), limit=0.5)(np.zeros(4), g, 1)
    np.testing.assert_array_equal(seen, np.clip(g, -0.5, 0.5))


@every_rule
def test_lookahead_that_goes_all_the_way_is_the_rule(rule):
    points, _ = walk(lookahead(rule, pull=1.0), gradients())
    np.testing.assert_allclose(points, walk(rule, gradients())[0], rtol=1e-12)


def test_lookahead_pulls_the_slow_weights_every_few_updates():
    """As its algorithm says it, with two loops; the rule's own slots are kept."""
    rule, slopes = momentum(lr=0.1), gradients(17)
    points, slots = walk(lookahead(rule, pull=0.25, every=3), slopes)
    slow = fast = np.ones(4)
    v, expected = np.zeros(4), [np.ones(4)]
    for t, g in enumerate(slopes, start=1):
        fast, v = rule(fast, g, t, v)
        if t % 3 == 0:
            slow = fast = slow + 0.25 * (fast - slow)
        expected.append(fast)
    np.testing.assert_allclose(points, expected, rtol=1e-13)
    np.testing.assert_allclose(slots["slow"], slow, rtol=1e-13)


@every_rule
def test_polyak_s_average_is_the_mean_of_all_points(rule):
    """And the rule does not notice."""
    points, slots = walk(polyak(rule), gradients())
    np.testing.assert_array_equal(points, walk(rule, gradients())[0])
    np.testing.assert_allclose(slots["average"], points[1:].mean(axis=0), rtol=1e-12)


# Around each other.


def test_wrappers_stand_in_the_order_in_which_they_are_written():
    """The last one is outermost: it sees the gradient first and the step last."""
    g = np.array([30.0, 40.0])
    clipped_then_decayed = l2(clip_norm(gd(lr=1.0)), decay=0.5)
    decayed_then_clipped = clip_norm(l2(gd(lr=1.0), decay=0.5))
    ones = np.ones(2)
    for rule, seen in (
        (clipped_then_decayed, (g + 0.5) / np.linalg.norm(g + 0.5)),
        (decayed_then_clipped, g / 50 + 0.5),
    ):
        np.testing.assert_allclose(ones - rule(ones, g, 1), seen, rtol=1e-14)
    assert clipped_then_decayed.name == "gd+clip_norm+l2"
    assert decayed_then_clipped.name == "gd+l2+clip_norm"


def test_the_slots_of_all_are_kept_and_begin_as_each_says():
    rule = polyak(lookahead(adam))
    assert rule.slots == {"average": 0.0, "slow": "theta", "m": 0.0, "v": 0.0}
    points, slots = walk(rule, gradients(12))
    inner, own = walk(lookahead(adam), gradients(12))
    np.testing.assert_array_equal(points, inner)
    for name, slot in own.items():
        np.testing.assert_array_equal(slots[name], slot)


def test_a_wrapped_rule_says_what_it_is():
    rule = clip_norm(adam(lr=0.1), limit=2.0)
    assert repr(rule) == "adam+clip_norm(lr=0.1, limit=2.0)"
    assert rule.unicode()[0] == "g′ₜ = gₜ (c / max(‖gₜ‖, c))"
    assert rule.unicode()[-1] == adam.unicode()[-1]
    assert "Shortens a gradient" in rule.__doc__ and rule.summary == adam.summary
    assert "arXiv:1412.6980" in rule.source and "arXiv:1211.5063" in rule.source


# Hyperparameters.


def test_configuring_reaches_the_wrapper_and_the_rule():
    rule = clip_norm(adam)
    assert rule.params == {"lr": 0.001, "limit": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    own = rule(limit=0.5, beta1=0.8)
    g = np.array([30.0, 40.0])
    expected = adam(np.ones(2), g / 100, 1, beta1=0.8)
    np.testing.assert_allclose(own(np.ones(2), g, 1)[0], expected[0], rtol=1e-13)
    assert clip_norm(adam, limit=0.5, beta1=0.8).params == own.params
    assert clip_norm(limit=0.5)(adam(beta1=0.8)).params == own.params
    assert own.chosen == {"limit", "beta1"} == clip_norm(limit=0.5)(adam(beta1=0.8)).chosen
    with pytest.raises(LookupError, match=r"^adam\+clip_norm has no parameter 'limt'; did you mean 'limit'\?$"):
        rule(limt=0.5)
    with pytest.raises(
        LookupError, match=r"^adam\+clip_norm has no parameter 'beta'; did you mean 'beta1' or 'beta2'\?$"
    ):
        clip_norm(adam, beta=0.5)
    with pytest.raises(LookupError, match=r"^clip_norm has no parameter 'beta1'; it has limit$"):
        clip_norm(beta1=0.5)
    with pytest.raises(ValueError, match=r"limit must be in \(0, ∞\), not 0"):
        clip_norm(adam, limit=0)


def test_the_learning_rate_is_shared():
    """Weight decay follows the rule's rate and its schedule; the rate that was set on the rule stays."""
    rule = weight_decay(gd(lr=0.5), decay=0.5)
    assert rule.params == {"lr": 0.5, "decay": 0.5}
    assert rule(lr=0.25)(1.0, 0.0, 1) == 1 - 0.25 * 0.5
    scheduled = rule(lr=exponential(lr=0.5, k=0.1))
    assert scheduled.at(3)["lr"] == exponential(3, lr=0.5, k=0.1)
    assert weight_decay(gd).params["lr"] == gd.params["lr"]
    assert next(iter(weight_decay(momentum).params)) == "lr"


def test_a_hyperparameter_of_a_wrapper_may_be_a_schedule_or_many():
    slopes = gradients(5, (3, 2))
    many = clip_norm(adam, limit=np.array([[0.1], [1.0], [10.0]]))
    points, _ = walk(many, slopes)
    for run, limit in enumerate((0.1, 1.0, 10.0)):
        np.testing.assert_array_equal(points[:, run], walk(clip_norm(adam, limit=limit), slopes[:, run])[0])
    falling = clip_norm(gd(lr=1.0), limit=exponential(lr=1.0, k=0.5))
    points, _ = walk(falling, np.full((3, 1), 100.0))
    np.testing.assert_allclose(-np.diff(points[:, 0]), np.exp([0, -0.5, -1.0]), rtol=1e-14)


# By name.


def test_a_name_with_a_plus_sign_is_a_wrapped_rule():
    found = named("adam+clip_norm")
    assert (found.name, found.params, found.slots) == (clip_norm(adam).name, clip_norm(adam).params, adam.slots)
    assert named("Adam+Clip-Norm+LOOKAHEAD").name == "adam+clip_norm+lookahead"
    assert named("torch.adagrad+clip_value").name == "torch.adagrad+clip_value"
    assert named("adam") is adam
    assert [rule.name for rule in WRAPPED] == [named(rule.name).name for rule in WRAPPED]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("adm+clip_norm", "unknown optimizer 'adm'; did you mean 'adam'?"),
        ("adam+clip", "unknown wrapper 'clip'; did you mean 'clip_norm'?"),
        ("adam+", "unknown wrapper ''; there are clip_value, clip_norm"),
        ("adam+momentum", "unknown wrapper 'momentum'; there are clip_value, clip_norm"),
        ("clip_norm+adam", "unknown optimizer 'clip_norm'; there are gd, sgd"),
        ("+clip_norm", "unknown optimizer '+clip_norm'; there are gd, sgd"),
        ("", "unknown optimizer ''; there are gd, sgd"),
    ],
)
def test_an_unknown_name_is_answered(name, message):
    with pytest.raises(LookupError) as error:
        named(name)
    assert str(error.value).startswith(message)


# What does not fit together.


@pytest.mark.parametrize(
    ("wrap", "message"),
    [
        (lambda: clip_norm(clip_norm(adam)), "adam+clip_norm, which has limit already, and a name means one number"),
        (lambda: clip_value(clip_norm(adam)), "clip_value cannot go around adam+clip_norm, which has limit already"),
        (lambda: weight_decay(adamw), "set that of adamw with decay=..., or leave one of the two out"),
        (lambda: l2(lion), "set that of lion with decay=..., or leave one of the two out"),
        (lambda: polyak(asgd), "asgd, which remembers average already; leave one of the two out"),
        (lambda: lookahead(lookahead(gd)), "which has every and pull already, and a name means one number"),
    ],
)
def test_names_that_collide_are_refused(wrap, message):
    with pytest.raises(FormulaError) as error:
        wrap()
    assert message in str(error.value)


def test_a_norm_of_all_coordinates_does_not_go_around_a_rule_of_tensors():
    for rule in (muon, lamb):
        with pytest.raises(TypeError) as error:
            clip_norm(rule)
        assert str(error.value) == f"clip_norm looks at all coordinates, {rule.name} at one tensor at a time"


@pytest.mark.parametrize("rule", [0.1, "adam", Optimizer, clip_norm, exponential], ids=repr)
def test_only_rules_are_wrapped(rule):
    with pytest.raises(TypeError, match=r"^clip_norm wraps a rule: clip_norm\(adam\), not "):
        clip_norm(rule)
    with pytest.raises(TypeError, match=r"^clip_norm wraps a rule: "):
        clip_norm(adam, adam)


def test_a_wrapper_of_one_s_own():
    def halved(rule, theta, g, t, calls=0.0, *, share=0.5):
        return rule(theta, share * g, t), calls + 1

    try:
        made = wrapper(halved)
        assert Wrapper.registry["halved"] is made
        points, slots = walk(made(gd(lr=1.0)), np.ones((3, 2)))
        assert points[:, 0].tolist() == [1.0, 0.5, 0.0, -0.5] and slots == {"calls": 3.0}
        assert named("gd+halved").params == {"lr": 0.01, "share": 0.5}
    finally:
        Wrapper.registry.formulas.pop("halved", None)

    def wrong(theta, g, t, *, share=0.5):
        return theta

    with pytest.raises(FormulaError, match=r"wrong takes \(theta, g, t\); a wrapper is written  def halved\(rule, "):
        Wrapper(wrong)
