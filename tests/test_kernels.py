"""The kernels beside their definitions: sums over every index, written down as they are."""

import numpy as np
import pytest
import sympy
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz.nn.kernels import correlation, winograd
from optiviz.nn.kernels.correlation import correlate, correlate_by_input, correlate_by_weights, padded
from optiviz.nn.kernels.products import add_bias, product, sum_to_last
from optiviz.nn.kernels.rectifier import positive_part
from optiviz.nn.kernels.sizes import PADDINGS, numbers, output_length, padded_by
from optiviz.nn.memory import ALONE, Planned, Scratch, parts


def by_definition(x, w, strides, dilation):
    """y[n, i, j] = Σ_ab x[n, s i + d a, s j + d b] W[a, b], number by number."""
    (n, h, width, _), (kh, kw, _, k) = x.shape, w.shape
    (si, sj), (di, dj) = strides, dilation
    y = np.zeros((n, (h - (kh - 1) * di - 1) // si + 1, (width - (kw - 1) * dj - 1) // sj + 1, k), x.dtype)
    for i, j, a, b in np.ndindex(*y.shape[1:3], kh, kw):
        y[:, i, j] += x[:, si * i + di * a, sj * j + dj * b] @ w[a, b]
    return y


@st.composite
def correlations(draw):
    """Images, weights and how the window moves; the window fits the padded image."""
    small = st.integers(1, 3)
    kernel, strides, dilation = ((draw(small), draw(small)) for _ in range(3))
    padding = draw(st.sampled_from(PADDINGS))
    least = [1 if padding != "valid" else (k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    n, c, k = (draw(small) for _ in range(3))
    h, w = (least[i] + draw(st.integers(0, 4)) for i in (0, 1))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x, weights = rng.standard_normal((n, h, w, c)), rng.standard_normal((*kernel, c, k))
    pads = tuple(padded_by(size, *g, padding) for size, *g in zip((h, w), kernel, strides, dilation, strict=True))
    return x, weights, pads, strides, dilation


@pytest.mark.parametrize("cache", [1, 300_000], ids=["row by row", "at once"])
@examples(40)
@given(case=correlations())
def test_a_correlation_and_its_derivatives_are_their_definitions(case, cache):
    x, w, pads, strides, dilation = case
    old, correlation.CACHE = correlation.CACHE, cache
    try:
        memory = Planned(Scratch(), Scratch(), Scratch())
        wide = np.pad(x, ((0, 0), *pads, (0, 0)))
        y = by_definition(wide, w, strides, dilation)
        dy = np.random.default_rng(1).standard_normal(y.shape)
        assert np.array_equal(padded(x, pads, memory), wide)
        ours = correlate(wide, w, strides, dilation, memory, np.full_like(y, np.nan))
        np.testing.assert_allclose(ours, y, rtol=0, atol=1e-13)
        # y is linear in x and in W, so that <dy, y(x, W')> = <dW, W'> for every W', and the same for x.
        dw = correlate_by_weights(wide, dy, w.shape[:2], strides, dilation, memory, np.full_like(w, np.nan))
        dx = correlate_by_input(dy, w, pads, strides, dilation, memory, np.full_like(x, np.nan))
        for place in np.ndindex(w.shape):
            one = np.zeros_like(w)
            one[place] = 1
            np.testing.assert_allclose(dw[place], (dy * by_definition(wide, one, strides, dilation)).sum(), atol=1e-12)
        other = np.random.default_rng(2).standard_normal(x.shape)
        moved = by_definition(np.pad(other, ((0, 0), *pads, (0, 0))), w, strides, dilation)
        np.testing.assert_allclose((dx * other).sum(), (dy * moved).sum(), rtol=0, atol=1e-11)
    finally:
        correlation.CACHE = old


def test_winograd_in_one_dimension_is_the_filter_itself():
    x, w = sympy.symbols("x:4"), sympy.symbols("w:3")
    sums = [sum(sympy.Rational(f) * v for f, v in zip(row, w, strict=True)) for row in winograd.WEIGHTS]
    m = [f * v for f, v in zip((x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]), sums, strict=True)]
    assert sympy.expand(m[0] + m[1] + m[2] - (x[0] * w[0] + x[1] * w[1] + x[2] * w[2])) == 0
    assert sympy.expand(m[1] - m[2] - m[3] - (x[1] * w[0] + x[2] * w[1] + x[3] * w[2])) == 0


@pytest.mark.parametrize("cache", [1, 200_000])
@pytest.mark.parametrize("shape", [(1, 4, 4, 1), (3, 6, 10, 5), (2, 8, 4, 64)])
def test_winograd_is_the_correlation(monkeypatch, shape, cache):
    monkeypatch.setattr(winograd, "CACHE", cache)
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal(shape), rng.standard_normal((3, 3, shape[-1], 7))
    y = by_definition(x, w, (1, 1), (1, 1))
    dy = rng.standard_normal(y.shape)
    plain = correlate_by_weights(x, dy, (3, 3), (1, 1), (1, 1), ALONE, np.empty_like(w))
    np.testing.assert_allclose(winograd.correlate(x, w, ALONE, np.empty_like(y)), y, rtol=0, atol=1e-12)
    np.testing.assert_allclose(winograd.correlate_by_weights(x, dy, ALONE, np.empty_like(w)), plain, rtol=0, atol=1e-11)


def test_winograd_is_taken_where_it_pays():
    image = (1, 8, 8, 64)
    assert winograd.pays((3, 3, 64, 64), (1, 1), (1, 1), image)
    assert not winograd.pays((3, 3, 32, 64), (1, 1), (1, 1), image)
    assert not winograd.pays((3, 3, 64, 64), (2, 2), (1, 1), image)
    assert not winograd.pays((3, 3, 64, 64), (1, 1), (2, 2), image)
    assert not winograd.pays((3, 3, 64, 64), (1, 1), (1, 1), (1, 7, 8, 64))
    assert not winograd.pays((5, 5, 64, 64), (1, 1), (1, 1), image)


def test_large_correlations_go_by_winograd(monkeypatch):
    rng = np.random.default_rng(4)
    x, w = rng.standard_normal((2, 6, 8, 64)), rng.standard_normal((3, 3, 64, 64))
    taken = []
    for name in ("correlate", "correlate_by_weights"):
        way = getattr(winograd, name)
        monkeypatch.setattr(winograd, name, lambda *a, way=way, name=name: taken.append(name) or way(*a))
    y = correlate(x, w, (1, 1), (1, 1), ALONE, np.empty((2, 4, 6, 64)))
    np.testing.assert_allclose(y, by_definition(x, w, (1, 1), (1, 1)), rtol=0, atol=1e-11)
    correlate_by_weights(x, y, (3, 3), (1, 1), (1, 1), ALONE, np.empty_like(w))
    correlate_by_input(y, w, ((0, 0), (0, 0)), (1, 1), (1, 1), ALONE, np.empty_like(x))
    assert taken == ["correlate", "correlate_by_weights", "correlate"]


@given(length=st.integers(1, 30), kernel=st.integers(1, 5), stride=st.integers(1, 4), dilation=st.integers(1, 3))
def test_sizes_are_those_of_the_places_of_a_window(length, kernel, stride, dilation):
    for padding in PADDINGS:
        before, after = padded_by(length, kernel, stride, dilation, padding)
        starts = range(0, length + before + after - (kernel - 1) * dilation, stride)
        assert output_length(length, kernel, stride, dilation, padding) == len(starts)
    assert output_length(length, kernel, stride, dilation, "same") == -(-length // stride)
    before, after = padded_by(length, kernel, stride, dilation, "same")
    assert 0 <= after - before <= 1


def test_numbers_are_whole_and_positive():
    assert numbers("strides", 2, 2) == (2, 2) and numbers("strides", [1, 3], 2) == (1, 3)
    for wrong in (0, -1, 1.5, "3", (1,), (1, 2, 3), None, True):
        with pytest.raises(ValueError, match=r"strides is a whole number from 1 or 2 of them, not"):
            numbers("strides", wrong, 2)


@given(length=st.integers(1, 50), most=st.integers(0, 60))
def test_parts_cover_a_length_evenly(length, most):
    slices = parts(length, most)
    assert [i for part in slices for i in range(length)[part]] == [*range(length)]
    sizes = [part.stop - part.start for part in slices]
    assert max(sizes) <= max(1, most) and max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_sums_and_positive_parts(dtype):
    rng = np.random.default_rng(5)
    y, b = rng.standard_normal((3, 4, 5, 6)).astype(dtype), rng.standard_normal(6).astype(dtype)
    assert sum_to_last(y).dtype == dtype
    np.testing.assert_allclose(sum_to_last(y), y.sum((0, 1, 2)), rtol=0, atol=1e-5)
    assert np.array_equal(add_bias(y.copy(), b), y + b)
    across = np.ascontiguousarray(y.swapaxes(1, 2)).swapaxes(1, 2)
    assert np.array_equal(add_bias(across, b), y + b)
    assert np.array_equal(positive_part(y, np.empty_like(y)), np.maximum(y, 0))
    left, right = y.reshape(-1, 6), rng.standard_normal((6, 300)).astype(dtype)
    memory = Planned(Scratch(), Scratch(), Scratch())
    memory.shares = 3
    out = product(left, right, memory, np.empty((60, 300), dtype))
    np.testing.assert_allclose(out, left @ right, rtol=0, atol=1e-5)
