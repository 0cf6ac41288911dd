"""Losses at scores of any size: what is too large is infinite, what is small keeps its digits, and nothing is NaN."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_examples import as_floats, assert_near, drawn, every_loss, exactly

from optiviz import losses
from optiviz.losses import Loss

quick = settings(deadline=None, derandomize=True, max_examples=25)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@every_loss
@both_dtypes
@pytest.mark.parametrize("most", [50, pytest.param(6**3, marks=pytest.mark.proof)])
def test_extreme_scores_are_right(loss, dtype, most):
    """Each example alone, so that none hides behind one whose loss is infinite."""
    inner = {"": 1, "classes": 3}.get(loss.axis, 2)
    corners = np.array(np.meshgrid(*[[-1e4, -60, -1e-3, 0, 60, 1e4]] * inner)).reshape(inner, -1).T
    corners = corners[:: -(-len(corners) // most)]
    z = (corners if loss.axis else corners[:, 0]).astype(dtype)
    known: list[Any] = [drawn(loss, (len(z),), seed, dtype)[1] for seed in range(3)]
    if loss.targets.per_class:
        least = np.finfo(dtype).smallest_subnormal
        known = [np.full((len(z), 3), row, dtype) for row in ([0.5, 0.25, 0.25], [0, 1, 0], [least, 0, 1])]
    elif loss.targets.whole:
        known = [np.arange(len(z)) % 3]
    elif loss is losses.gaussian_nll:
        known = [z[:, 0], *known[:2]]  # without an error nothing is infinite
    for targets in known:
        for n in range(len(z)):
            example = z[n : n + 1], targets[n : n + 1]
            with np.errstate(all="raise"):
                found = loss(*example)
            assert found[1].dtype == dtype
            assert_near(found, as_floats(exactly(loss, *example), dtype), 3e-6 if dtype == np.float32 else 1e-14)


@both_dtypes
def test_a_gaussian_loss_is_infinite_only_where_no_float_is_as_large(dtype):
    tiny, steps = np.finfo(dtype).tiny, np.array([-2.1, -1.9, -1, -0.5, 0, 0.5, 1]) * -np.log(np.finfo(dtype).tiny)
    for error in (0, tiny, tiny**0.75, tiny**0.5, tiny**0.25, 1, tiny**-0.5, tiny**-0.9):
        for s in (*steps, 1e4):
            z = np.array([[error, s]], dtype)
            wanted = as_floats(exactly(losses.gaussian_nll, z, np.zeros(1, dtype)), dtype)
            assert_near(losses.gaussian_nll(z, [0.0]), wanted, 1e3 * np.finfo(dtype).eps)


ENORMOUS = [0.0, 1.0, -1.0, 1e-300, 1e4, -1e4, 1e155, -1e200, 1e308, -1e308]


@every_loss
@quick
@given(st.data())
def test_it_is_never_nan(loss, data):
    """Whatever finite numbers the scores are: the answer is a number, perhaps infinite, or a refusal."""
    z, y = drawn(loss, (2,), data.draw(st.integers(0, 99)))
    if loss.targets.meaning == "numbers":
        y = np.array(data.draw(st.lists(st.sampled_from(ENORMOUS), min_size=y.size, max_size=y.size)))
    z = np.array(data.draw(st.lists(st.sampled_from(ENORMOUS), min_size=z.size, max_size=z.size))).reshape(z.shape)
    try:
        value, gradient = loss(z, y)
    except ValueError as refusal:
        message = str(refusal)
    else:
        message = ""
        assert not np.isnan([value, *gradient.ravel()]).any()
    assert not message or ("so small that float64 holds" in message and abs(z).max() >= 1e155)


# Small losses keep their digits: where a model is sure and right, or nearly right.
SURE = (0, 1e-9, 0.3, 1, 5, 17, 20, 37, 40, 80, 100, 700)


def sure(name: str, z: float) -> tuple[list[Any], list[Any]]:
    """A score of z for the right answer, or an error as small as exp(-z)."""
    examples: dict[str, tuple[list[Any], list[Any]]] = {
        "bce": ([z, -z], [1, 0]),
        "focal": ([z, -z], [1, 0]),
        "cce": ([[z, 0.0, -1.0]], [[1, 0, 0]]),
        "sparse_cce": ([[0.0, z, -1.0]], [1]),
        "kl": ([[0.0, -1.0, z]], [[0, 0, 1]]),
        "log_cosh": ([math.exp(-z / 2), -math.exp(-z / 2)], [0.0, 0.0]),
    }
    return examples[name]


@both_dtypes
@pytest.mark.parametrize("name", ["bce", "cce", "sparse_cce", "kl", "focal", "log_cosh"])
def test_small_losses_keep_their_digits(name, dtype):
    loss, eps = Loss.registry[name], float(np.finfo(dtype).eps)
    for score in SURE:
        scores, targets = sure(name, score)
        z, y = np.array(scores, dtype), np.array(targets)
        wanted, slopes = exactly(loss, z, y, digits=700)
        value, gradient = loss(z, y)
        if wanted > np.finfo(dtype).tiny:
            assert value == pytest.approx(wanted, rel=8 * eps, abs=0), score
            if name in ("focal", "log_cosh"):
                np.testing.assert_allclose(gradient, slopes, rtol=16 * eps)


@both_dtypes
def test_log_cosh_has_all_digits_everywhere(dtype):
    z = np.concatenate([np.geomspace(1e-15, 1e4, 199), np.nextafter(1, [0, 2], dtype=dtype)]).astype(dtype)
    with mpmath.workdps(60):
        wanted = [float(mpmath.log(mpmath.cosh(mpmath.mpf(float(error))))) for error in z]
    np.testing.assert_allclose(losses.log_cosh.each(z, np.zeros_like(z)), wanted, rtol=6 * np.finfo(dtype).eps)


@quick
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64]))
def test_a_divergence_is_never_negative(seed, dtype):
    """Not by a rounding either; and where the targets are predicted it is 0 but for the square of a rounding."""
    rng = np.random.default_rng(seed)
    y = rng.dirichlet(10.0 ** rng.integers(-3, 3, 5), 50) * (rng.random((50, 5)) < 0.8) + np.eye(5)[0] * 1e-9
    y = (y / y.sum(axis=-1, keepdims=True)).astype(dtype)
    z = np.log(np.maximum(y, np.finfo(dtype).tiny)) + rng.normal(size=(50, 1)).astype(dtype)
    for noise in (0, 1e-16, 1e-8, 1e-3, 1, 1e4):
        moved = z + (noise * rng.standard_normal(z.shape)).astype(dtype)
        terms = losses.kl.each(moved.T, y.T)
        assert terms.min() >= 0
        if not noise:
            assert terms.max() <= (200 * np.finfo(dtype).eps) ** 2
