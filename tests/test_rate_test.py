"""The learning-rate range test: all is put back, the seed says everything, and the edge is where it should be."""

from __future__ import annotations

import re

import numpy as np
import pytest

from optiviz import adam, gd, losses, momentum, rprop
from optiviz.nn import BatchNorm, Dense, Dropout, Input, RateTest, Sequential, rate_test
from optiviz.optimizers import Optimizer
from optiviz.schedules import cosine

X = np.linspace(-1, 1, 64)[:, None]
Y = 3 * X + 1


def line(*between, **options):
    return Sequential([Input((1,)), *between, Dense(1)], **options)


def record(losses, low=1e-6, high=10.0, steps=None):
    """A test with these smoothed losses."""
    steps = steps or len(losses)
    rates = low * (high / low) ** (np.arange(len(losses)) / (steps - 1))
    return RateTest("gd", "mse", 32, steps, rates, np.array(losses), np.array(losses))


def test_the_rates_grow_each_by_the_same_factor():
    found = rate_test(line(), X, Y, "mse", gd, low=1e-4, high=1e-2, steps=21)
    assert len(found.rates) == len(found.losses) == len(found.smoothed) == found.steps == 21
    assert found.rates[[0, 10, -1]] == pytest.approx([1e-4, 1e-3, 1e-2])
    assert np.diff(np.log(found.rates)) == pytest.approx(np.log(100) / 20)
    assert (found.optimizer, found.loss_name, found.batch_size) == ("gd", "mse", 32)


def test_each_step_is_one_of_the_rule_at_its_rate():
    """By hand: the loss of the next batch, all examples at once, is that behind a step of gradient descent."""
    model = line(dtype=float)
    w, b = model.theta.copy()
    found = rate_test(model, X, Y, "mse", gd, low=0.01, high=0.1, steps=10, batch_size=64)
    for rate, loss in zip(found.rates, found.losses, strict=True):
        error = w * X + b - Y
        assert loss == pytest.approx(np.mean(error**2))
        w, b = w - rate * np.mean(2 * error * X), b - rate * np.mean(2 * error)


def test_the_average_is_the_corrected_one():
    found = rate_test(line(), X, Y, "mse", gd, steps=30, high=0.1)
    weights = 0.9 ** np.arange(30)
    for t in (0, 1, 7, 29):
        w = weights[: t + 1][::-1]
        assert found.smoothed[t] == pytest.approx(np.sum(w * found.losses[: t + 1]) / np.sum(w))


@pytest.mark.parametrize("high", [1.0, 1e30], ids=["to the end", "blown up"])
def test_afterwards_all_is_as_before(high):
    model = line(Dense(8, "relu"), BatchNorm(), Dropout(0.5))
    theta, statistics = model.theta.copy(), model.statistics.copy()
    found = rate_test(model, X, Y, "mse", adam, high=high, steps=50)
    assert found.blew_up == (high > 1)
    assert np.array_equal(model.theta, theta) and np.array_equal(model.statistics, statistics)


def test_afterwards_all_is_as_before_even_if_it_was_broken_off():
    model = line()
    theta = model.theta.copy()

    def broken(x, rng):
        if not np.array_equal(model.theta, theta):
            raise KeyboardInterrupt
        return x

    with pytest.raises(KeyboardInterrupt):
        rate_test(model, X, Y, "mse", gd, augment=broken)
    assert np.array_equal(model.theta, theta)


def test_the_seed_says_everything():
    def tested(rng):
        return rate_test(line(Dropout(0.5)), X, Y, "mse", momentum, rng=rng, steps=40, high=0.1).losses

    assert np.array_equal(tested(3), tested(3)) and not np.array_equal(tested(3), tested(4))


def test_the_rule_s_own_rate_plays_no_part():
    a, b, c = (
        rate_test(line(), X, Y, "mse", rule, steps=20).losses for rule in ("adam", adam(lr=5.0), adam(lr=cosine))
    )
    assert np.array_equal(a, b) and np.array_equal(a, c)
    assert not np.array_equal(a, rate_test(line(), X, Y, "mse", adam(beta1=0.5), steps=20).losses)


def test_the_edge_of_gradient_descent_is_behind_that_of_theory():
    """On a mean of squares with the curvature λ = 2 it diverges from 1 on; what is suggested lies below that."""
    found = rate_test(line(), X, Y, "mse", gd, batch_size=64, steps=300)
    assert found.blew_up and not found.why
    assert 1 < found.rates[found.edge] < 8 and 0.1 <= found.suggested < 1


def test_the_edge_is_the_last_step_before_the_loss_rises():
    down, up = np.linspace(2, 1, 100), np.linspace(1, 3, 50)
    found = record([*down, *up[1:]])
    assert found.lowest == 99 and found.edge == 99  # the next one is higher by 0.04
    assert found.suggested == float(f"{found.rates[99] / 10:.1g}")


def test_a_plateau_has_an_edge_too():
    """A deep network may not learn at all in so few steps, and even so be thrown off by a rate that is too large."""
    flat = 2.303 + 0.005 * np.sin(np.arange(150))
    found = record([*flat, *np.linspace(2.31, 2.6, 30), *np.full(20, 2.32)])
    assert 149 <= found.edge <= 152 and found.suggested == float(f"{found.rates[found.edge] / 10:.1g}")


def test_a_first_loss_that_is_low_by_chance_says_nothing():
    found = record([0.1, *np.linspace(2, 1, 100), *np.linspace(1.1, 3, 50)])
    assert found.lowest == found.edge == 100


def test_why_there_is_no_rate():
    falling = record(np.linspace(2, 1, 100))
    assert falling.suggested is None and "had not risen when the rates ended at 10; let them grow" in falling.why
    rising = record(np.linspace(1, 9, 100), low=0.5)
    assert rising.suggested is None and "rose from a rate of 0.677 on already; begin" in rising.why


def test_a_loss_below_zero_is_no_reason_to_end_it():
    """Of a Gaussian with a width of its own the loss is a logarithm, and sinks below 0."""
    x = np.linspace(-1, 1, 64)[:, None]
    model = Sequential([Input((1,)), Dense(2)], dtype=float)
    found = rate_test(model, x, np.zeros((64, 1)), losses.gaussian_nll, adam, low=0.02, high=0.3, steps=300)
    assert found.smoothed.min() < -0.5 and len(found.rates) > 150


def test_data_begin_again_when_they_end():
    found = rate_test(line(), X[:8], Y[:8], "mse", gd, batch_size=8, steps=40, high=0.01)
    assert len(found.losses) == 40


def without_rate(theta, g, t):
    """A rule without a learning rate."""
    return theta - g


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        ({"low": 0.0}, "both above 0; low=0 and high=10"),
        ({"low": 1.0, "high": 0.1}, "low=1 and high=0.1 do not"),
        ({"low": 1e-300, "high": 1e300}, "low=1e-300 and high=1e+300 are so far apart"),
        ({"high": np.inf}, "high=inf do not"),
        ({"low": np.nan}, "low=nan"),
        ({"steps": 9}, "9 steps says nothing; write steps=200, or 10 and more"),
        ({"steps": 2.5}, "steps"),
        ({"batch_size": 0}, "batch_size"),
        ({"optimizer": Optimizer(without_rate)}, "without_rate has no learning rate"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"loss": "mes"}, "did you mean 'mae' or 'mse'"),
        ({"x": X * 1e30}, "no finite number before the first step; is the input scaled?"),
        ({"y": Y[:5]}, "one target for each example"),
    ],
    ids=str,
)
def test_a_mistake_is_named(options, phrase):
    given = {"x": X, "y": Y, "loss": "mse", "optimizer": gd} | options
    model = line()
    theta = model.theta.copy()
    with pytest.raises((ValueError, LookupError, TypeError), match=re.escape(phrase)):
        rate_test(model, **given)
    assert np.array_equal(model.theta, theta)


def test_a_rule_with_a_rate_for_each_weight_is_tested_too():
    assert rate_test(line(), X, Y, "mse", rprop, steps=60).rates[0] == 1e-6
