"""The moving average and its bias, against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from optiviz.averages import Average, bias, ewma, ewma_uncorrected, window
from optiviz.formula import FormulaError

BETAS = [0.0, 0.5, 0.9, 0.99]
every_average = pytest.mark.parametrize("average", Average.registry.values(), ids=lambda a: a.name)
SERIES = np.random.default_rng(0).normal(size=40) + 3


@pytest.mark.parametrize("beta", BETAS)
def test_the_weights_are_powers_of_beta(beta):
    """y_t = (1 - beta) sum of beta^(t - i) x_i; the corrected average divides by what the weights add up to."""
    for t in (1, 2, 7, len(SERIES)):
        weights = beta ** np.arange(t - 1, -1, -1.0)
        plain = (1 - beta) * np.sum(weights * SERIES[:t])
        assert ewma_uncorrected(beta=beta).over(SERIES)[t - 1] == pytest.approx(plain, rel=1e-12)
        assert ewma(beta=beta).over(SERIES)[t - 1] == pytest.approx(np.average(SERIES[:t], weights=weights), rel=1e-12)


@pytest.mark.parametrize("beta", BETAS)
def test_the_bias_is_the_share_of_a_constant_that_is_reached(beta):
    smooth = ewma_uncorrected(beta=beta).over(np.full(30, 5.0))
    np.testing.assert_allclose(smooth, [5 * bias(beta, t) for t in range(1, 31)], rtol=1e-12)
    np.testing.assert_allclose(ewma(beta=beta).over(np.full(30, 5.0)), 5.0, rtol=1e-12)
    assert bias(beta, 0) == 0


def test_the_window_is_the_sum_of_the_weights():
    for beta in BETAS:
        assert window(beta) == pytest.approx(np.sum(beta ** np.arange(5000.0)), rel=1e-12)
    assert [round(window(beta)) for beta in (0.5, 0.9, 0.98)] == [2, 10, 50]


def test_a_window_later_the_uncorrected_average_has_all_but_a_third():
    """1 - beta^(1 / (1 - beta)) is near 1 - 1/e."""
    for beta in (0.9, 0.99, 0.999):
        assert bias(beta, round(window(beta))) == pytest.approx(1 - 1 / np.e, abs=0.02)


@every_average
def test_without_memory_it_is_the_series(average):
    np.testing.assert_array_equal(average(beta=0.0).over(SERIES), SERIES)


@every_average
def test_over_is_one_call_after_another(average):
    slots = tuple(average.slots.values())
    for t, (x, smooth) in enumerate(zip(SERIES.tolist(), average.over(SERIES), strict=True), start=1):
        value, *slots = average(x, t, *slots)
        assert value == pytest.approx(smooth, rel=1e-14)


@every_average
def test_arrays_in_are_floats_in(average):
    columns = np.stack([SERIES, -SERIES, SERIES**2], axis=1)
    smooth = average.over(columns)
    assert smooth.shape == columns.shape
    for k in range(3):
        np.testing.assert_array_equal(smooth[:, k], average.over(columns[:, k]))
    assert average.over([]).shape == (0,)
    assert average.over([1, 2]).dtype == np.float64


@every_average
def test_it_stays_between_the_smallest_and_the_largest(average):
    smooth = average.over(SERIES)
    assert np.all(smooth <= np.maximum.accumulate(SERIES) + 1e-12)
    assert np.all(average.over(-SERIES) == -smooth)


def test_an_average_of_one_s_own():
    def mean(x, t, y=0.0):
        y = y + (x - y) / t
        return y, y

    np.testing.assert_allclose(Average(mean).over(SERIES), np.cumsum(SERIES) / np.arange(1, 41), rtol=1e-12)
    assert Average(mean).unicode() == ["yₜ = yₜ₋₁ + (xₜ − yₜ₋₁) / t", "ŷₜ = yₜ"]


def test_an_average_is_of_x_and_t():
    def wrong(x, y=0.0):
        return y, y

    with pytest.raises(FormulaError, match=r"wrong takes \(x\); an average is written  def mean"):
        Average(wrong)
