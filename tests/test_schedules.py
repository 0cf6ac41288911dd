"""The schedules against their closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optiviz.formula import FormulaError
from optiviz.schedules import Schedule, constant, exponential, inverse, step

every_schedule = pytest.mark.parametrize("schedule", Schedule.registry.values(), ids=lambda s: s.name)
TIMES = [0, 1, 2, 9, 10, 49, 50, 51, 99, 100, 1000]


@every_schedule
def test_it_begins_at_the_rate(schedule):
    for lr in (0.1, 0.25, 3):
        assert schedule(0, lr=lr) == lr


@every_schedule
def test_it_is_proportional_to_the_rate(schedule):
    for t in TIMES:
        assert schedule(t, lr=0.5) == 2 * schedule(t, lr=0.25)
        assert schedule(t, lr=0) == 0


@every_schedule
def test_an_array_in_is_floats_in(schedule):
    """A constant stays one number, which is as good as an array of it."""
    floats = [schedule(t) for t in TIMES]
    assert all(isinstance(value, float) for value in floats)
    np.testing.assert_allclose(np.broadcast_to(schedule(np.array(TIMES)), len(TIMES)), floats, rtol=1e-15)


@every_schedule
def test_it_is_a_rate_at_any_time(schedule):
    rates = [schedule(t) for t in range(0, 20000, 7)]
    assert all(rate >= 0 and math.isfinite(rate) for rate in rates)


@pytest.mark.parametrize("schedule", [constant, step, exponential, inverse], ids=lambda s: s.name)
def test_the_course_s_schedules_never_rise(schedule):
    rates = [schedule(t) for t in range(2000)]
    assert rates == sorted(rates, reverse=True)


def test_constant():
    assert {constant(t, lr=0.3) for t in TIMES} == {0.3}


def test_step_is_a_staircase():
    rates = [step(t, lr=8.0, factor=0.5, every=10) for t in range(40)]
    assert rates == [8.0] * 10 + [4.0] * 10 + [2.0] * 10 + [1.0] * 10
    assert step(25, lr=1.0, factor=3, every=10) == 9.0


def test_exponential_decays_by_the_same_share():
    for k in (0.0, 0.01, 0.5):
        for t in TIMES:
            assert exponential(t, lr=0.4, k=k) == pytest.approx(0.4 * math.e ** (-k * t), rel=1e-12)
    assert exponential(10_000_000, k=1.0) == 0.0
    half_life = math.log(2) / 0.01
    assert exponential(half_life, lr=1.0, k=0.01) == pytest.approx(0.5)


def test_inverse_decays_as_one_over_t():
    for k in (0.0, 0.01, 0.5):
        for t in TIMES:
            assert inverse(t, lr=0.4, k=k) == pytest.approx(0.4 / (k * t + 1), rel=1e-15)
    assert inverse(100, lr=1.0, k=0.01) == 0.5


@pytest.mark.parametrize(
    ("configure", "message"),
    [
        (lambda: exponential(k=-0.1), r"k must be in \[0, ∞\), not -0.1"),
        (lambda: step(factor=0), r"factor must be in \(0, ∞\), not 0"),
        (lambda: step(every=0), r"every must be in \(0, ∞\), not 0"),
        (lambda: inverse(lr=-1), r"lr must be in \[0, ∞\), not -1"),
    ],
)
def test_parameters_outside_their_domains(configure, message):
    with pytest.raises(ValueError, match=message):
        configure()


def test_a_schedule_is_of_t_alone():
    def wrong(epoch, *, lr=0.1):
        return lr

    with pytest.raises(FormulaError, match=r"wrong takes \(epoch\); a schedule is written  def halving\(t, "):
        Schedule(wrong)
