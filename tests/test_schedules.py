"""The schedules against their closed forms, schedules in a row, and the reaction to a plateau."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from catalogue import SEQUENCES, every_schedule

from optiviz import (
    adam,
    cosine,
    cosine_restarts,
    cyclic,
    gd,
    linear,
    multistep,
    noam,
    one_cycle,
    polynomial,
    reduce_on_plateau,
    schedules,
    sgdr,
    warmup,
)
from optiviz.formula import FormulaError
from optiviz.schedules import Schedule, constant, exponential, inverse, step

TIMES = [0, 1, 2, 9, 10, 49, 50, 51, 99, 100, 1000]
FROM_THE_TOP = [constant, step, exponential, inverse, multistep, linear, polynomial, cosine, cosine_restarts, sgdr]
RISING = [warmup, one_cycle, cyclic, noam]
"""These begin low; `lr` is the highest rate (noam's is a scale)."""


def test_each_schedule_begins_high_or_low():
    assert [*FROM_THE_TOP, *RISING] and {*FROM_THE_TOP, *RISING} == {*Schedule.registry.values()}


@pytest.mark.parametrize("schedule", FROM_THE_TOP, ids=lambda s: s.name)
def test_it_begins_at_the_rate(schedule):
    for lr in (0.1, 0.25, 3):
        assert schedule(0, lr=lr) == lr


@pytest.mark.parametrize("schedule", RISING, ids=lambda s: s.name)
def test_it_begins_low_and_comes_to_its_highest_rate(schedule):
    rates = [schedule(t) for t in range(8000)]
    highest = 1.0 / math.sqrt(512 * 4000) if schedule is noam else 0.1
    assert rates[0] < highest / 3
    assert max(rates) == pytest.approx(highest, rel=1e-3)


@every_schedule
def test_it_is_proportional_to_its_rates(schedule):
    """Two factors of two change no bit. In a row, what has a rate of its own keeps it."""
    others = {name: value for name, value in schedule.params.items() if name in ("end", "lowest")}
    for t in TIMES if schedule not in SEQUENCES[1:] else range(10):
        twice, once = (schedule(t, lr=f * 0.25, **{n: f * v for n, v in others.items()}) for f in (2, 1))
        assert twice == 2 * once
        assert schedule(t, lr=0, **dict.fromkeys(others, 0)) == 0


@every_schedule
def test_it_is_a_rate_at_any_time_and_an_array_of_times_gives_them_all(schedule):
    """A constant stays one number, which is as good as an array of it."""
    floats = [schedule(t) for t in range(10_001)]
    assert all(isinstance(rate, float) and rate >= 0 and math.isfinite(rate) for rate in floats)
    together = np.broadcast_to(schedule(np.arange(10_001)), len(floats))
    np.testing.assert_allclose(together, floats, rtol=1e-15, atol=1e-16 * max(floats))
    assert np.shape(schedule(np.array([[0, 1], [2, 3]]))) in ((2, 2), ())


@pytest.mark.parametrize("schedule", [constant, step, exponential, inverse], ids=lambda s: s.name)
def test_the_course_s_schedules_never_rise(schedule):
    rates = [schedule(t) for t in range(2000)]
    assert rates == sorted(rates, reverse=True)


def test_constant():
    assert {constant(t, lr=0.3) for t in TIMES} == {0.3}


def test_step_is_a_staircase():
    rates = [step(t, lr=8.0, factor=0.5, every=10) for t in range(40)]
    assert rates == [8.0] * 10 + [4.0] * 10 + [2.0] * 10 + [1.0] * 10
    assert step(25, lr=1.0, factor=0.25, every=10) == 0.0625


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
        (lambda: step(factor=0), r"factor must be in \(0, 1\], not 0"),
        (lambda: reduce_on_plateau(factor=1.5), r"factor must be in \(0, 1\], not 1.5"),
        (lambda: reduce_on_plateau(patience=0.5), r"patience must be in \{0, 1, ...\}, not 0.5"),
        (lambda: step(every=0), r"every must be in \{1, 2, ...\}, not 0"),
        (lambda: cyclic(every=2.5), r"every must be in \{1, 2, ...\}, not 2.5"),
        (lambda: sgdr(every=0.5), r"every must be in \{1, 2, ...\}, not 0.5"),
        (lambda: cosine(steps=99.5), r"steps must be in \{1, 2, ...\}, not 99.5"),
        (lambda: noam(rising=0), r"rising must be in \{1, 2, ...\}, not 0"),
        (lambda: noam(width=0.5), r"width must be in \{1, 2, ...\}, not 0.5"),
        (lambda: multistep(first=1.5), r"first must be in \{0, 1, ...\}, not 1.5"),
        (lambda: multistep(first=300), r"^multistep wants first not above second, not first=300 and second=225$"),
        (lambda: multistep(third=200), r"^multistep wants second not above third, not second=225 and third=200$"),
        (lambda: cyclic(lowest=0.2), r"^cyclic wants lowest not above lr, not lowest=0.2 and lr=0.1$"),
        (lambda: inverse(lr=-1), r"lr must be in \[0, ∞\), not -1"),
    ],
)
def test_parameters_outside_their_domains(configure, message):
    with pytest.raises(ValueError, match=message):
        configure()


# Schedules that run their course.


def test_polynomial_cosine_and_linear_end_where_they_say():
    for schedule in (linear, polynomial, cosine):
        own = schedule(lr=0.5, end=0.125, steps=8)
        assert [own(t) for t in (8, 9, 1000)] == [0.125] * 3
        rates = [own(t) for t in range(9)]
        assert rates == sorted(rates, reverse=True) and len({*rates}) == 9
        assert own(4) == {linear: 0.3125, polynomial: 0.21875, cosine: 0.3125}[schedule]


def test_multistep_drops_at_the_updates_that_it_is_told():
    own = multistep(lr=8.0, factor=0.5, first=2, second=3, third=5)
    assert [own(t) for t in range(7)] == [8.0, 8.0, 4.0, 2.0, 2.0, 1.0, 1.0]


def test_cosine_restarts_is_a_cosine_again_and_again():
    once = [cosine(t, lr=0.5, steps=7) for t in range(7)]
    found = [cosine_restarts(t, lr=0.5, every=7) for t in range(700)]
    np.testing.assert_allclose(found, once * 100, rtol=0, atol=1e-14)


@pytest.mark.parametrize("growth", ["1.01", "1.25", "1.5", "2.0", "3.0", "10.0"])
@pytest.mark.parametrize("every", ["1", "7", "40", "1000"])
def test_sgdr_restarts_exactly_where_its_cycles_end(growth, every):
    """Up to t = 100 000, against sixty digits; a restart one update late would be off by nearly one."""
    with localcontext() as digits:
        digits.prec = 60
        begun, length, expected = Decimal(0), Decimal(every), np.empty(100_001)
        while begun <= 100_000:
            first, behind = math.ceil(begun), math.ceil(begun + length)
            offset = float((first - begun) / length)
            done = offset + np.arange(min(behind, 100_001) - first) / float(length)
            expected[first:behind] = (1 + np.cos(np.pi * done)) / 2
            begun, length = begun + length, length * Decimal(growth)
    found = sgdr(np.arange(100_001), lr=1.0, every=float(every), growth=float(growth))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_one_cycle_rises_and_falls():
    own = one_cycle(lr=1.0, steps=100, rise=0.3)
    rates = [own(t) for t in range(100)]
    assert rates[:30] == sorted(rates[:30]) and rates[29:] == sorted(rates[29:], reverse=True)
    assert rates[29] == 1.0
    assert (rates[0], rates[-1]) == (pytest.approx(1 / 25), pytest.approx(1 / 25e4))
    assert own(5000) == rates[-1]


def test_cyclic_is_a_triangle():
    own = cyclic(lr=1.0, lowest=0.5, every=8)
    assert [own(t) for t in range(9)] == [0.5, 0.625, 0.75, 0.875, 1.0, 0.875, 0.75, 0.625, 0.5]


def test_noam_is_the_paper_s():
    for t in TIMES:
        step = t + 1
        assert noam(t) == pytest.approx(512**-0.5 * min(step**-0.5, step * 4000**-1.5), rel=1e-14)


# Schedules in a row.


@pytest.mark.parametrize(
    "first",
    [
        linear(end=0.05, steps=9),
        cosine(end=0.05, steps=9),
        warmup(steps=9),
        exponential.until(9),
        step(every=2).until(9),
        constant(lr=0.3).until(9),
    ],
    ids=repr,
)
@pytest.mark.parametrize("then", FROM_THE_TOP, ids=lambda s: s.name)
def test_there_is_no_jump_at_the_seam(first, then):
    """The second goes on from the rate that the first ends at, and counts from 0."""
    both = first >> then
    assert [both(t) for t in range(9)] == [first(t) for t in range(9)]
    assert [both(9 + t) for t in range(20)] == [then(t, lr=first(9)) for t in range(20)]
    assert both(9) == first(9)


def test_a_jump_may_be_asked_for():
    both = constant(lr=0.5).until(3) >> constant(lr=0.125)
    assert [both(t) for t in range(6)] == [0.5] * 3 + [0.125] * 3
    same = constant(lr=0.5).until(3) >> linear(lr=0.1, steps=2)  # also if it is the default
    assert [same(t) for t in (2, 3, 4, 5)] == [0.5, 0.1, 0.05, 0.0]


def test_three_in_a_row():
    left = (warmup(lr=1.0, steps=4) >> constant.until(3)) >> linear(steps=2)
    expected = [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    assert [left(t) for t in range(11)] == expected
    right = warmup(lr=1.0, steps=4) >> (constant.until(3) >> linear(steps=2))
    assert [right(t) for t in range(11)] == expected
    assert left(np.arange(11)).tolist() == right(np.arange(11)).tolist() == expected
    assert (left.length, right.length) == (9, 9)
    assert left.name == right.name == "warmup >> constant >> linear"


def test_a_row_may_begin_at_another_rate():
    both = warmup(steps=2) >> cosine(steps=2)
    assert [both(t, lr=1.0) for t in range(5)] == [0.5, 1.0, 1.0, 0.5, 0.0]
    assert gd(lr=both(lr=1.0)).at(1) == {"lr": 1.0}
    own = constant(lr=1.0).until(2) >> constant(lr=0.25)
    assert [own(t, lr=0.5) for t in range(4)] == [0.5, 0.5, 0.25, 0.25]  # the second keeps what it was given


def test_until_ends_what_has_no_end_and_shortens_what_has():
    assert constant.length is None and constant.until(7).length == 7
    assert cosine(steps=30).length == 30 and cosine(steps=30).until(10).length == 10
    half = cosine(lr=1.0, steps=20).until(10) >> constant
    assert [half(t) for t in (9, 10, 11)] == [cosine(9, lr=1.0, steps=20), 0.5, 0.5]
    for t in (0, -1, 2.5, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"must last for a whole number of updates from 1 on, not {t:g}$"):
            constant.until(t)


def test_what_cannot_stand_in_a_row_says_so():
    with pytest.raises(ValueError, match=r"^constant has no end; write constant\(\.\.\.\)\.until\(100\) >> cosine"):
        constant >> cosine

    def still(t, *, rate=0.1):
        return rate

    with pytest.raises(ValueError, match=r"^still has no lr, which schedules in a row hand on$"):
        warmup >> Schedule(still)
    with pytest.raises(TypeError):
        warmup >> 0.1
    with pytest.raises(LookupError, match=r"^warmup >> cosine has no parameter 'steps'; it has lr$"):
        (warmup >> cosine)(steps=3)


def test_a_row_says_all_its_numbers():
    both = warmup(lr=0.5, steps=2) >> cosine(steps=4)
    assert repr(both) == "warmup(lr=0.5, steps=2) >> cosine(lr=0.5, end=0.0, steps=4)"
    assert repr(constant(lr=0.5).until(7)) == "constant(lr=0.5).until(7)"


# The reaction.


def reacted(losses, lr=1.0, **params):
    """The rate after each loss."""
    rates, slots = [], reduce_on_plateau.slots.values()
    for loss in losses:
        lr, *slots = reduce_on_plateau(lr, loss, *slots, **params)
        rates.append(lr)
    return rates


@pytest.mark.parametrize(
    ("losses", "params", "rates"),
    [
        ([9, 8, 7, 6, 5], {"patience": 0}, [1, 1, 1, 1, 1]),  # it falls
        ([9, 9, 9, 9], {"patience": 2}, [1, 1, 1, 0.5]),  # the third look without progress is one too many
        ([9, 9, 9, 9, 9, 9, 9, 9], {"patience": 2}, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]),  # and it waits again
        ([9, 9, 9, 8, 8, 8, 8], {"patience": 2}, [1, 1, 1, 1, 1, 1, 0.5]),  # progress begins the wait anew
        ([9, 8.9995, 8.9995, 8.999], {"patience": 0, "progress": 0.001}, [1, 0.5, 0.25, 0.125]),  # too small to count
        ([9, 8.99], {"patience": 0, "progress": 0.001}, [1, 1]),
        ([9, 12, 9, 8], {"patience": 1}, [1, 1, 0.5, 0.5]),  # to come back is no progress
        ([9] * 5, {"patience": 0, "lowest": 0.3}, [1, 0.5, 0.3, 0.3, 0.3]),
        ([9] * 3, {"patience": 0, "lowest": 2.0}, [1, 1, 1]),  # what is below the lowest is not raised
        ([9, math.nan, math.inf], {"patience": 1}, [1, 1, 0.5]),  # what is no number is no progress
    ],
)
def test_reduce_on_plateau(losses, params, rates):
    assert reacted(losses, factor=0.5, **params) == rates


def test_reduce_on_plateau_is_its_words():
    """As one would say it with if: on long series of noise that falls and stops falling."""
    rng = np.random.default_rng(0)
    losses = 1 / (1 + np.arange(400) / 20) + 0.05 * rng.random(400)
    lr, best, waited, expected = 1.0, math.inf, 0, []
    for loss in losses:
        if loss < best * (1 - 1e-4):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > 10:
            lr, waited = lr * 0.1, 0
        expected.append(lr)
    assert reacted(losses.tolist()) == expected and len({*expected}) > 3
    many = reacted(np.tile(losses[:, None], (1, 3)), lr=np.full(3, 1.0))  # and on arrays, run by run
    np.testing.assert_allclose(many, np.tile(np.array(expected)[:, None], (1, 3)), rtol=1e-15)


def test_a_schedule_is_of_t_alone():
    def wrong(epoch, *, lr=0.1):
        return lr

    with pytest.raises(FormulaError, match=r"wrong takes \(epoch\); a schedule is written  def halving\(t, "):
        Schedule(wrong)


def test_a_row_that_is_cut_stays_cut_when_it_is_configured():
    cut = (warmup(steps=3) >> exponential).until(6)
    assert cut(lr=0.5).length == cut.length == 6 and repr(cut).endswith(".until(6)")
    assert (cut >> cosine)(lr=0.5)(6) == pytest.approx(cut(lr=0.5)(6), rel=1e-12)
    assert (warmup(steps=3) >> cosine(steps=5)).until(5)(lr=1.0).length == 5


# Times a number.


@pytest.mark.parametrize("of", [*SEQUENCES, cosine(lr=0.5, steps=9), exponential(k=0.1).until(8)], ids=repr)
def test_a_schedule_times_a_number(of):
    half, t = 0.5 * of, np.arange(60)
    assert (half(t) == 0.5 * of(t)).all() and half.length == of.length
    assert half(lr=0.75)(7) == 0.5 * of(lr=0.75)(7)
    assert (0.5 * half)(7) == 0.5 * half(7)
    assert (half.until(5) >> exponential(k=0.5))(7) == pytest.approx(half(5) * np.exp(-1))
    assert repr(half).startswith("0.5 * ") and half.short.startswith("0.5 * ")
    assert adam(lr=half).at(7)["lr"] == 0.5 * of(7)
    assert eval(repr(half), {**vars(schedules)})(t).tolist() == half(t).tolist()


def test_a_schedule_is_multiplied_by_a_number_only():
    with pytest.raises(TypeError, match="unsupported operand"):
        {} * cosine
