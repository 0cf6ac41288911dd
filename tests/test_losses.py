"""Losses: laws that hold for all of them, and what they say to what they cannot take."""

from __future__ import annotations

import contextlib
import doctest
import inspect
import json
import math
import sys
from pathlib import Path
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from derived import told
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_examples import assert_near, drawn, every_loss, exactly
from oracles import make_losses

from optiviz import handout, losses, symbolic
from optiviz.losses import Loss
from optiviz.names import HYPERPARAMETERS, hyperparameter
from optiviz.trace import trace

quick = settings(deadline=None, derandomize=True, max_examples=25)


# What a registered loss says about itself.
@every_loss
def test_it_says_what_it_is_for_and_where_it_comes_from(loss):
    assert loss.summary.endswith(".")
    assert "\n" not in loss.summary
    assert loss.source.startswith(f"the derivation `{loss.name}`")
    assert "shape" in loss.__doc__ or "(...)" in loss.__doc__ or "(..., K)" in loss.__doc__
    assert "float32 or float64" in loss.__doc__
    assert loss.activation in ("", "sigmoid", "softmax")
    assert getattr(losses, loss.name) is loss


@every_loss
def test_a_loss_without_a_likelihood_says_so(loss):
    begins = handout.find(loss.name)["steps"][0]["left"]["plain"]
    likelihood = begins.startswith("f(") or loss is losses.sparse_cce
    assert ("o likelihood" in loss.__doc__) == (not likelihood)


@every_loss
def test_its_examples_are_true(loss):
    names = vars(sys.modules[loss.function.__module__]).copy()
    test = doctest.DocTestParser().get_doctest(loss.__doc__, names, loss.name, None, 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted
    assert not result.failed, "".join(report)


@every_loss
def test_its_parameters_are_explained_and_can_be_set(loss):
    for name, value in loss.params.items():
        assert name in HYPERPARAMETERS and value in hyperparameter(name).domain
        other = loss(**{name: 2 * value})
        assert repr(other) == f"{loss.name}({name}={2 * value})"
        z, y = drawn(loss)
        assert other(z, y)[0] == loss(z, y, **{name: 2 * value})[0] != loss(z, y)[0]
        with pytest.raises(ValueError, match=f"{name} must be in"):
            loss(**{name: -1})


def test_a_loss_is_found_by_its_name():
    assert Loss.registry["sparse-cce"] is losses.sparse_cce
    with pytest.raises(LookupError, match="did you mean 'huber'"):
        Loss.registry["hubber"]


# What it computes.
@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_the_truth(loss, dtype):
    z, y = drawn(loss, (5, 3), dtype=dtype)
    if loss.targets.per_class:
        y /= y.sum(axis=-1, keepdims=True)
    value, gradient = loss(z, y)
    assert type(value) is float
    assert (gradient.dtype, gradient.shape) == (dtype, z.shape)
    assert_near((value, gradient), exactly(loss, z, y), 3e-6 if dtype == np.float32 else 1e-14)


@every_loss
@quick
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_is_the_slope(loss, seed):
    """By central differences, away from corners, where they have no meaning."""
    z, y = drawn(loss, (4,), seed)
    _, gradient = loss(z, y)
    step = 1e-6
    if loss.name in ("mae", "huber"):
        distance = abs(z - y)
        z = np.where((distance < 0.01) | (abs(distance - 1) < 0.01), z + 0.05, z)
    if loss.name == "hinge":
        z = np.where(abs(y * z - 1) < 0.01, z + 0.05, z)
    _, gradient = loss(z, y)
    for place in np.ndindex(z.shape):
        high, low = z.copy(), z.copy()
        high[place] += step
        low[place] -= step
        slope = (loss(high, y)[0] - loss(low, y)[0]) / (high[place] - low[place])
        scale = max(1, abs(gradient).max(), loss(z, y)[0])
        assert abs(slope - gradient[place]) < 1e-7 * scale


def test_slopes_at_corners_are_as_agreed():
    assert losses.mae([2.0], [2.0])[1] == [0.0]
    assert losses.hinge([1.0], [1.0])[1] == [-1.0]
    assert losses.huber([1.0], [0.0])[1] == [1.0]


@every_loss
def test_the_mean_is_that_of_each(loss):
    z, y = drawn(loss, (6,))
    columns = np.moveaxis(z, -1, 0) if loss.axis else z
    each = loss.each(columns, np.moveaxis(y, -1, 0) if loss.targets.per_class else y)
    assert each.shape == (6,)
    assert loss(z, y)[0] == pytest.approx(each.mean(), rel=1e-14)
    alone = [loss(z[n : n + 1], y[n : n + 1])[0] for n in range(6)]
    np.testing.assert_allclose(each, alone, rtol=1e-13, atol=1e-15)


@every_loss
@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3), (2, 1, 3)])
def test_any_shape_of_batch(loss, shape):
    z, y = drawn(loss, shape)
    value, gradient = loss(z, y)
    assert gradient.shape == z.shape
    wide = z[None].repeat(2, axis=0)
    twice, halves = loss(wide, np.repeat(y[None], 2, axis=0))
    assert twice == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(halves[0] * 2, gradient, rtol=1e-14, atol=1e-17)


@every_loss
def test_the_layout_in_memory_does_not_matter(loss):
    z, y = drawn(loss, (6, 4))
    value, gradient = loss(z, y)
    turned = np.asfortranarray(z)
    again, same = loss(turned, np.asfortranarray(y))
    assert value == again
    assert np.array_equal(gradient, same)
    z.flags.writeable = y.flags.writeable = False
    assert loss(z, y)[0] == value


@every_loss
def test_blocks_do_not_matter(loss, monkeypatch):
    z, y = drawn(loss, (1003,), dtype=np.float32)
    value, gradient = loss(z, y)
    monkeypatch.setattr("optiviz.losses.loss.BLOCK", 128)
    in_blocks, slopes = loss(z, y)
    assert in_blocks == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(slopes, gradient, rtol=3e-7)


def test_labels_are_rows_with_a_single_one():
    z, labels = drawn(losses.sparse_cce, (5, 3))
    sparse = losses.sparse_cce(z, labels)
    dense = losses.cce(z, np.eye(4)[labels])
    assert sparse[0] == pytest.approx(dense[0], rel=1e-15)
    np.testing.assert_array_equal(sparse[1], dense[1])


def test_two_classes_are_a_coin():
    """Softmax of (z, 0) is the sigmoid of z."""
    z, y = drawn(losses.bce, (9,))
    pairs = losses.cce(np.stack([z, np.zeros_like(z)], axis=-1), np.stack([y, 1 - y], axis=-1))
    coin = losses.bce(z, y)
    assert coin[0] == pytest.approx(pairs[0], rel=1e-14)
    np.testing.assert_allclose(coin[1], pairs[1][:, 0], rtol=1e-12, atol=1e-17)


def test_the_links_are_stable_and_right():
    z = np.array([-1e4, -50, -1e-9, 0, 1, 50, 1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = losses.sigmoid(z), losses.softplus(z), losses.softmax(np.stack([z, -z], axis=-1))
    with mpmath.workdps(60):
        share = [1 / (1 + mpmath.exp(-mpmath.mpf(v))) for v in z]
        np.testing.assert_allclose(found[0], [float(s) for s in share], rtol=1e-15)
        np.testing.assert_allclose(found[1], [float(mpmath.log1p(mpmath.exp(mpmath.mpf(v)))) for v in z], rtol=1e-15)
        twice = [float(1 / (1 + mpmath.exp(-2 * mpmath.mpf(v)))) for v in z]
    np.testing.assert_allclose(found[2][:, 0], twice, rtol=1e-15)
    assert losses.sigmoid(np.float32([-100, 100])).dtype == losses.softmax(np.float32([1, 2])).dtype == np.float32


# The formula of each example on trace nodes, which is what loss surfaces are made of.
def flat(loss: Loss) -> Any:
    """The loss of one example as a function of numbers: the scores, then the targets."""
    count = {"": 1, "classes": 3}.get(loss.axis, 2)

    def f(z1, z2, z3, y1, y2, y3):
        z, y = (z1, z2, z3)[:count], (y1, y2, y3)
        return loss.each(z if loss.axis else z1, y if loss.targets.per_class else y1)

    return f


@every_loss
def test_on_nodes_it_is_traced_and_differentiated(loss):
    wide = tuple(inspect.signature(flat(loss)).parameters)
    recorded = trace(flat(loss), wide, (), ("f",))
    slope = symbolic.derivatives(recorded, wide[:3])
    z, y = drawn(loss, (5,), seed=3, classes=3)
    for row, known in zip(z, y, strict=True):
        numbers = [*np.resize(row, 3).tolist(), *np.resize(known, 3).tolist()]
        (value,) = symbolic.compiled(recorded, on_floats=True)(*numbers)
        gradient = symbolic.compiled(slope, on_floats=True)(*numbers)
        expected, slopes = loss(row, known)
        assert value == pytest.approx(expected, rel=1e-13, abs=1e-15)
        np.testing.assert_allclose(gradient[: slopes.size], slopes.ravel(), rtol=1e-10, atol=1e-14)


# Hostile input.
NO_FLOATS = "scores of mse must be of float32 or float64"
NO_SIGN = "must be −1 or 1, not 0.0 at"
HOSTILE = [
    ("mse", [1, 2], [1.0, 2.0], TypeError, rf"{NO_FLOATS}, not int64; they come first, raw"),
    ("mse", np.float16([1]), [1.0], TypeError, f"{NO_FLOATS}, not float16"),
    ("mse", ["a"], [1.0], TypeError, NO_FLOATS),
    ("mse", [], [], ValueError, r"scores of mse must be at least one, but their shape is \(0,\)"),
    ("mse", [1.0, 2.0], [[1.0], [2.0]], ValueError, r"the shape \(2,\) for scores of shape \(2,\), not \(2, 1\)"),
    ("mse", [1.0], None, TypeError, r"and None stands in the place of the targets: mse\(scores, targets\)"),
    ("mse", None, [1.0], TypeError, "mse takes scores and targets, and None stands in the place of the scores"),
    ("mse", None, None, TypeError, "None stands in the place of the scores"),
    ("mse", [None], [1.0], TypeError, r"scores of mse must be numbers, not None at \[0\]"),
    ("mse", [1.0, 2.0], [1.0, "a", None], TypeError, r"targets of mse must be numbers, not a at \[1\]"),
    ("mse", {}, [1.0], TypeError, "scores of mse must be numbers, not {}$"),
    ("mse", [[1.0, 2.0], [3.0]], [1.0], ValueError, "array, in which .* equally long, but row 1 has 1 and row 0 has 2"),
    ("mse", [1.0, [3.0, 2.0]], [1.0], ValueError, "scores of mse must be an array.*, but row 1 has 2 and row 0 has 1"),
    ("mse", [[[1.0], [3.0, 2.0]]], [1.0], ValueError, "equally long, but some within them are longer$"),
    ("cce", [[1.0, 2.0]] * 2, [[1.0, 0], [1]], ValueError, "targets of cce must be an array.* row 1 has 1"),
    ("cce", [[1e308, -1e308]], [[1, 0]], ValueError, r"holds their differences, not 1e\+308 at .*; write np.clip"),
    ("mse", np.float32([1]), [1e300], ValueError, r"targets of mse must be finite numbers of float32, not inf"),
    ("mse", [1.0], ["a"], TypeError, "targets of mse must be numbers"),
    ("mse", [1.0], [1j], TypeError, "targets of mse must be numbers, not complex128"),
    ("bce", [1.0, 2.0], [0.5, 1.5], ValueError, r"targets of bce must be probabilities, 0 … 1, not 1.5 at \[1\]"),
    ("bce", [1.0], [-0.1], ValueError, "must be probabilities"),
    ("bce", 1.0, 2.0, ValueError, "must be probabilities, 0 … 1, not 2.0$"),
    ("focal", [1.0], [0.5], ValueError, r"targets of focal must be 0 or 1, not 0.5 at \[0\]"),
    ("hinge", [1.0, 1.0], [1, 0], ValueError, rf"{NO_SIGN} \[1\]; of 0 and 1 make them by 2 \* targets - 1"),
    ("poisson_nll", [1.0], [-1], ValueError, "targets of poisson_nll must be counts, 0 or more, not -1.0"),
    ("cce", [[1.0, 2.0]], [0], ValueError, r"must have the shape \(1, 2\).*not \(1,\); for labels there is sparse_cce"),
    ("cce", [[1.0, 2.0]], [[0.5, 0.6]], ValueError, r"rows of probabilities, with sum 1, not \[0.5 0.6\] at \[0\]"),
    ("cce", [[1.0, 2.0]], [[1.5, -0.5]], ValueError, r"rows of probabilities, with sum 1, not -0.5 at \[0, 1\]"),
    ("cce", [[1.0]], [[1.0]], ValueError, "must have 2 or more classes on the last axis"),
    ("cce", 1.0, 1.0, ValueError, r"must have 2 or more classes on the last axis, but their shape is \(\)"),
    ("kl", [[1.0, 2.0]], [[0.0, 0.0]], ValueError, "with sum 1"),
    ("sparse_cce", [[1.0, 2.0]], [2], ValueError, r"labels from 0 to K − 1, not 2 at \[0\]; labels are counted from 0"),
    ("sparse_cce", [[1.0, 2.0]], [-1], ValueError, "labels from 0 to K − 1, not -1"),
    ("sparse_cce", [[1.0, 2.0]], [1.0], TypeError, r"whole numbers, not float64; write targets.astype\(int\)"),
    ("sparse_cce", [[1.0, 2.0]], [True], TypeError, "whole numbers, not bool"),
    ("sparse_cce", [[1.0, 2.0]], [[0, 1]], ValueError, "for rows of targets there is cce"),
    ("gaussian_nll", [[1.0, 2.0, 3.0]], [1.0], ValueError, r"mean and log_variance on the last axis.*\(1, 3\)"),
    ("gaussian_nll", [[1.0, 2.0]], [[1.0, 2.0]], ValueError, r"must have the shape \(1,\)"),
    ("mse", np.ma.array([1.0, 9.0], mask=[0, 1]), [1.0, 2.0], TypeError, "scores of mse must be .* without a mask"),
    ("mse", [1.0, 9.0], np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "targets of mse .*; leave out the examples"),
    ("hinge", [1.0, math.inf], [1, 1], ValueError, r"scores of hinge must be finite .* float64, not inf at \[1\]"),
    ("sparse_cce", [[-math.inf, 1.0]], [1], ValueError, r"scores of sparse_cce .*, not -inf at \[0, 0\]"),
]  # fmt: skip


def test_without_targets_it_says_so():
    with pytest.raises(
        TypeError, match=r"mse takes scores and targets, and there are no targets: mse\(scores, targets"
    ):
        losses.mse([1.0])
    assert losses.mse() is losses.mse


@pytest.mark.parametrize(("name", "scores", "targets", "error", "message"), HOSTILE)
def test_it_says_what_it_cannot_take(name, scores, targets, error, message):
    with pytest.raises(error, match=message):
        Loss.registry[name](scores, targets)


@every_loss
@pytest.mark.parametrize("what", ["scores", "targets"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_wherever_it_is(loss, what, bad):
    z, y = drawn(loss, (6,))
    spoilt = z if what == "scores" else y
    if spoilt.dtype.kind == "i":
        pytest.skip("whole numbers are never NaN")
    for place in np.ndindex(spoilt.shape):
        kept, spoilt[place] = spoilt[place], bad
        with pytest.raises(ValueError, match=rf"{what} of {loss.name} must be"):
            loss(z, y)
        spoilt[place] = kept


@every_loss
def test_scores_may_be_so_large_that_their_sum_is_not_finite(loss):
    z, y = drawn(loss, (3,), dtype=np.float32)
    z[...] = np.finfo(np.float32).max
    with contextlib.suppress(ValueError):
        value, gradient = loss(z, y)
        assert not np.isnan([value, *gradient.ravel()]).any()


def test_probabilities_are_targets_in_the_derivation_as_well():
    """What bce and cce take as targets their formulas are proved for: 0, 1 and what is between."""
    one, rows = (told(name).loss.targets for name in ("bce", "cce"))
    drawn_ones = one.domain.row(Random(0), 50, 0)
    drawn_rows = [rows.family.domain.row(Random(seed), 3, 0) for seed in range(50)]
    assert {0, 1} < {*drawn_ones}
    assert any(0 in row and 1 not in row for row in drawn_rows)
    assert all(sum(row) == 1 and min(row) >= 0 for row in drawn_rows)


# Beside other libraries.
GOLDEN = json.loads((Path(__file__).parent / "golden" / "losses.json").read_text(encoding="utf-8"))["cases"]


def assert_close(found: tuple[float, Any], value: float, gradient: Any) -> None:
    assert found[0] == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-12 * np.abs(gradient).max())


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['loss']}-{case['kind']}")
def test_it_is_what_torch_and_optax_make_of_it(case):
    loss = Loss.registry[case["loss"]]
    assert_close(loss(case["scores"], case["targets"]), case["value"], np.array(case["gradient"]))


def test_the_golden_file_has_every_loss():
    assert {case["loss"] for case in GOLDEN} == set(Loss.registry)


@pytest.mark.parametrize("name", make_losses.TORCH)
def test_it_is_what_torch_makes_of_it_here(name):
    pytest.importorskip("torch")
    for seed in range(5):
        z, y = drawn(Loss.registry[name], (9,), seed)
        assert_close(Loss.registry[name](z, y), *make_losses.by_torch(make_losses.TORCH[name], z, y))
