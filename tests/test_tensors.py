"""Rules of whole weight tensors: the layout of a flat buffer, and each rule against its paper on arrays."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from catalogue import OPTIMIZERS, RULES

from optiviz import adam, frobenius, newton_schulz
from optiviz.optimizers import Optimizer, adafactor, gd, lamb, muon, named

TENSOR_RULES = [rule for rule in OPTIMIZERS if rule.per != "coordinate"]
every_rule = pytest.mark.parametrize("rule", TENSOR_RULES, ids=lambda rule: rule.name)
LAYOUT = [(4, 3), (3,), (2, 2, 5), (1,), (6, 1)]
SIZES = [math.prod(shape) for shape in LAYOUT]
TOTAL = sum(SIZES)


def gradients(shape: Any, count: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, *np.atleast_1d(shape)))


def parts(flat: np.ndarray) -> list[np.ndarray]:
    return np.split(flat, np.cumsum(SIZES)[:-1])


def as_matrix(part: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """As a rule of matrices sees it: a vector as one column, what has more axes with all but the last as rows."""
    return part[:, None] if len(shape) == 1 else part.reshape(-1, shape[-1])


# The layout.


@every_rule
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_flat_buffer_is_its_tensors_each_stepped_alone(rule, dtype):
    """By calls of the rule on the tensor itself, from slots that begin as the signature says."""
    theta = gradients(TOTAL, 1, seed=1)[0].astype(dtype)
    own = [part.copy() for part in parts(theta)]
    state, slots = rule.init(theta, LAYOUT), [[] for _ in LAYOUT]
    for t, g in enumerate(gradients(TOTAL).astype(dtype), start=1):
        rule.step(theta, g, state)
        for i, (part, slope, shape) in enumerate(zip(own, parts(g), LAYOUT, strict=True)):
            seen = (part, slope) if rule.per == "tensor" else (as_matrix(part, shape), as_matrix(slope, shape))
            new, *slots[i] = rule(*seen, t, *slots[i])
            own[i] = new.reshape(-1)
    for found, expected in zip(parts(theta), own, strict=True):
        np.testing.assert_array_equal(found, expected)
    for i, mine in enumerate(slots):
        for (name, slot), expected in zip(state.slots.items(), mine, strict=True):
            np.testing.assert_array_equal(slot[i], expected, err_msg=name)
            assert slot[i].shape == np.shape(expected) and slot[i].dtype == dtype


def test_a_rule_of_coordinates_does_not_mind_the_layout():
    theta, other = np.ones(TOTAL), np.ones(TOTAL)
    state, own = adam.init(theta, LAYOUT), adam.init(other)
    for g in gradients(TOTAL):
        adam.step(theta, g, state)
        adam.step(other, g, own)
    np.testing.assert_array_equal(theta, other)
    assert state.slots["m"].shape == (TOTAL,)


@pytest.mark.parametrize("rule", [lamb, adafactor, muon, adam], ids=lambda rule: rule.name)
def test_a_layout_that_does_not_fit_is_refused(rule):
    for theta, layout in ((np.ones(7), [(2, 3)]), (np.ones((2, 3)), [(2, 3)]), (np.ones(6), [(2, 3), (1,)])):
        weights = sum(map(math.prod, layout))
        message = f"a layout of {weights} weights does not fit theta {theta.shape}"
        with pytest.raises(ValueError, match=re.escape(message)):
            rule.init(theta, layout)
    if rule.on_floats:
        with pytest.raises(ValueError, match="a layout of 6 weights does not fit theta"):
            rule.init([1.0] * 6, [(2, 3)])


def test_the_slots_have_the_shapes_that_the_rule_gives_them():
    slots = adafactor.init(np.ones(TOTAL, np.float32), LAYOUT).slots
    assert [slot.shape for slot in slots["row"]] == [(4, 1), (3, 1), (4, 1), (1, 1), (6, 1)]
    assert [slot.shape for slot in slots["column"]] == [(1, 3), (1, 1), (1, 5), (1, 1), (1, 1)]
    assert {slot.dtype for name in slots for slot in slots[name]} == {np.dtype(np.float32)}
    memory = sum(slot.size for name in slots for slot in slots[name])
    assert memory < TOTAL  # which is what it is for
    assert [slot.shape for slot in muon.init(np.ones(TOTAL), LAYOUT).slots["m"]] == [
        (4, 3),
        (3, 1),
        (4, 5),
        (1, 1),
        (6, 1),
    ]
    assert [slot.shape for slot in lamb.init(np.ones(TOTAL), LAYOUT).slots["v"]] == [(size,) for size in SIZES]


@every_rule
def test_without_a_layout_each_point_is_a_tensor(rule):
    """A vector, which for a rule of matrices is one column."""
    theta, g = gradients(5, 2)
    flat, shaped = theta.copy(), theta.copy()
    rule.step(flat, g, rule.init(flat))
    rule.step(shaped, g, rule.init(shaped, [(5,)]))
    np.testing.assert_array_equal(flat, shaped)
    column = theta.copy()
    rule.step(column, g, rule.init(column, [(5, 1)]))
    np.testing.assert_array_equal(flat, column)


def test_per_is_one_of_three():
    with pytest.raises(ValueError, match=r"^gd is per coordinate or tensor or matrix, not per 'row'$"):
        Optimizer(gd.function, per="row")
    assert {rule.per for rule in RULES} == {*Optimizer.PER}


# LAMB: You et al. (2020), algorithm 2.


def test_lamb_s_step_is_as_long_as_the_weights():
    """lr times the length of the tensor, however long the gradient is; each tensor its own."""
    rule = lamb(lr=0.1, decay=0.3)
    theta = gradients(TOTAL, 1, seed=2)[0]
    state = rule.init(theta, LAYOUT)
    for scale in (1e-3, 1.0, 1e3):
        before = theta.copy()
        rule.step(theta, scale * gradients(TOTAL, 1, seed=3)[0], state)
        for old, new in zip(parts(before), parts(theta), strict=True):
            assert np.linalg.norm(new - old) == pytest.approx(0.1 * np.linalg.norm(old), rel=1e-12)


def test_lamb_from_or_to_nowhere_takes_adam_s_step():
    """The paper's ratio is 1 where a length is 0."""
    g = gradients(4, 1)[0]
    from_zero = lamb(lr=0.1)(np.zeros(4), g, 1)[0]
    np.testing.assert_allclose(from_zero, adam(lr=0.1, eps=1e-6)(np.zeros(4), g, 1)[0], rtol=1e-14)
    assert lamb(lr=0.1)(np.ones(4), np.zeros(4), 1)[0].tolist() == [1.0] * 4


# Adafactor: Shazeer and Stern (2018), algorithms 4 and 5.


def unfactored(theta: np.ndarray, slopes: np.ndarray, lr: float = 0.1) -> np.ndarray:
    """Algorithm 5, which keeps the whole v, with the constants of section 9."""
    v = np.zeros_like(theta)
    for t, g in enumerate(slopes, start=1):
        beta2 = 1 - t**-0.8
        v = beta2 * v + (1 - beta2) * (g**2 + 1e-30)
        u = g / np.sqrt(v)
        u = u / max(1, np.sqrt(np.mean(u**2)) / 1.0)
        theta = theta - max(1e-3, np.sqrt(np.mean(theta**2))) * min(lr, 1 / math.sqrt(t)) * u
    return theta


def test_adafactor_of_a_vector_is_not_factored():
    theta, slopes = gradients(6, 1, seed=4)[0], gradients(6, 12)
    found = theta.copy()
    rule = adafactor(lr=0.1)
    state = rule.init(found)
    for g in slopes:
        rule.step(found, g, state)
    np.testing.assert_allclose(found, unfactored(theta, slopes), rtol=1e-12)


def test_adafactor_s_factors_are_exact_where_g_squared_has_rank_one():
    theta = gradients((4, 3), 1, seed=5)[0]
    rng = np.random.default_rng(6)
    rows, columns = np.exp(rng.normal(size=(4, 1))), np.exp(rng.normal(size=(1, 3)))
    slopes = np.array([s * rows * columns * np.sign(rng.normal(size=(4, 3))) for s in (1.0, 0.3, 7.0, 2.0)])
    rule, flat = adafactor(lr=0.1), theta.reshape(-1).copy()
    state = rule.init(flat, [(4, 3)])
    for g in slopes:
        rule.step(flat, g.reshape(-1), state)
    np.testing.assert_allclose(flat.reshape(4, 3), unfactored(theta, slopes), rtol=1e-11)


def test_adafactor_is_the_paper_s_factored_formula():
    """Algorithm 4 with sums, as there, where the code has means."""
    theta = gradients((4, 3), 1, seed=7)[0]
    rule, flat = adafactor(lr=0.1), theta.reshape(-1).copy()
    state = rule.init(flat, [(4, 3)])
    row, column = np.zeros(4), np.zeros(3)
    for t, g in enumerate(gradients((4, 3), 8), start=1):
        rule.step(flat, g.reshape(-1), state)
        beta2 = 1 - t**-0.8
        row = beta2 * row + (1 - beta2) * (g**2 + 1e-30).sum(axis=1)
        column = beta2 * column + (1 - beta2) * (g**2 + 1e-30).sum(axis=0)
        u = g / np.sqrt(np.outer(row, column) / row.sum())
        u = u / max(1, np.sqrt(np.mean(u**2)))
        theta = theta - max(1e-3, np.sqrt(np.mean(theta**2))) * min(0.1, 1 / math.sqrt(t)) * u
        np.testing.assert_allclose(flat.reshape(4, 3), theta, rtol=1e-12)


# Muon: Jordan et al. (2024).


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 7), (4, 1)])
def test_newton_schulz_is_a_polynomial_of_the_singular_values(shape):
    """Which is computed here from them, one by one; it keeps the directions and takes stacks of matrices."""
    x = gradients(shape, 3)
    x = x / frobenius(x)
    found = newton_schulz(x)
    for one, matrix in zip(found, x, strict=True):
        u, s, v = np.linalg.svd(matrix, full_matrices=False)
        for _ in range(5):
            s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
        np.testing.assert_allclose(one, (u * s) @ v, rtol=0, atol=1e-12)


def test_muon_s_step_moves_all_directions_about_equally_far():
    """Down to a hundredth of the largest; what is smaller still is pushed up, but not all the way."""
    theta, g = gradients((8, 8), 2)
    u, _, v = np.linalg.svd(g)
    for scale in (1e-3, 1.0, 1e3):
        slope = scale * (u * np.geomspace(0.05, 5, 8)) @ v
        new, _ = muon(lr=1.0)(theta, slope, 1)
        values = np.linalg.svd(theta - new, compute_uv=False)
        assert values.min() > 0.6 and values.max() < 1.25


def test_muon_s_step_is_longer_where_columns_outnumber_rows():
    """By the root of their ratio, so that what leaves the layer moves equally far; never shorter."""
    for shape, factor in (((2, 8), 2.0), ((8, 2), 1.0), ((4, 4), 1.0)):
        g = gradients(shape, 1)[0]
        new, m = muon(lr=1.0, beta=0.5)(np.zeros(shape), g, 1)
        u = 0.5 * m + 0.5 * g
        np.testing.assert_allclose(-new, factor * newton_schulz(u / (np.linalg.norm(u) + 1e-7)), rtol=1e-12)


def test_a_wrapper_that_looks_at_coordinates_goes_around_a_rule_of_tensors():
    rule = named("lamb+clip_value")
    theta, other = np.ones(TOTAL), np.ones(TOTAL)
    state, own = rule(limit=0.5).init(theta, LAYOUT), lamb.init(other, LAYOUT)
    for g in gradients(TOTAL):
        rule(limit=0.5).step(theta, g, state)
        lamb.step(other, np.clip(g, -0.5, 0.5), own)
    np.testing.assert_array_equal(theta, other)


@pytest.mark.parametrize("name", ["adafactor", "optax.adafactor", "torch.adafactor"])
def test_adafactor_stands_still_where_no_gradient_ever_came(name):
    """Rows and columns of 0, as a black pixel and a unit that is off have them: 1e-30 twice is 0 in float32."""
    rule = named(name)
    theta, g = np.ones((3, 200), np.float32), np.zeros((3, 200), np.float32)
    g[:2, :150] = 1e-3
    before, state = theta.copy(), rule.init(theta)
    for _ in range(3):
        rule.step(theta, g, state)
    assert np.isfinite(theta).all()
    assert np.array_equal(theta[2, 150:], before[2, 150:]) and (theta[:2, :150] < 1).all()
