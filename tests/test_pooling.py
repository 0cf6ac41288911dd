"""Pooling: by hand, by its definition, of equal numbers, and of symbols."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from layers import CASES
from symbolic_array import SymbolicArray, symbols

from optiviz import nn
from optiviz.nn.kernels.pooling import Windows


def image(rows):
    return np.array(rows, float)[None, :, :, None]


def test_by_hand():
    x = image([[1, 2, 0, 1, 9], [4, 3, 5, 0, 9], [9, 9, 9, 9, 9]])  # an odd row and column, which no window has
    y, back = nn.MaxPool2D().forward(x)
    np.testing.assert_array_equal(y[0, :, :, 0], [[4, 5]])
    dx = back(image([[10, 20]]))[0, :, :, 0]
    np.testing.assert_array_equal(dx, [[0, 0, 0, 0, 0], [10, 0, 20, 0, 0], [0, 0, 0, 0, 0]])
    y, back = nn.AvgPool2D().forward(x)
    np.testing.assert_array_equal(y[0, :, :, 0], [[2.5, 1.5]])
    dx = back(image([[4, 8]]))[0, :, :, 0]
    np.testing.assert_array_equal(dx, [[1, 1, 2, 2, 0], [1, 1, 2, 2, 0], [0, 0, 0, 0, 0]])


def test_windows_that_overlap_by_hand():
    x = np.array([[[1.0], [7.0], [3.0], [7.0], [8.0]]])
    y, back = nn.MaxPool1D(3, 1).forward(x)
    np.testing.assert_array_equal(y[0, :, 0], [7, 7, 8])
    np.testing.assert_array_equal(back(np.array([[[1.0], [2.0], [4.0]]]))[0, :, 0], [0, 3, 0, 0, 4])


def test_what_lies_outside_does_not_count():
    x = -np.ones((1, 3, 3, 1))
    np.testing.assert_array_equal(nn.MaxPool2D(3, 1, "same")(x), x)
    np.testing.assert_array_equal(nn.AvgPool2D(3, 1, "same")(x), x)
    _, back = nn.AvgPool1D(3, 1, "same").forward(x[0])
    np.testing.assert_allclose(back(np.ones((3, 3, 1)))[0, :, 0], [1 / 2 + 1 / 3, 2 / 2 + 1 / 3, 1 / 2 + 1 / 3])


@pytest.mark.parametrize("layer", [nn.MaxPool2D(), nn.MaxPool2D(2, 1), nn.GlobalMaxPool2D()], ids=repr)
@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([[1, 1], [1, 1]], (0, 0)),
        ([[0, 1], [1, 1]], (0, 1)),
        ([[0, 1], [1, 0]], (0, 1)),
        ([[0, 0], [1, 1]], (1, 0)),
    ],
)
def test_of_equal_numbers_the_first_gets_the_gradient(layer, rows, place):
    y, back = layer.forward(image(rows))
    dx = back(np.full_like(y, 5))[0, :, :, 0]
    assert dx[place] == 5 == dx.sum()


def by_definition(layer, x):
    """Output, and for each of its numbers the places of the window, slowly."""
    sides, outs = x.shape[1:-1], layer.output_shape(x.shape[1:])[:-1]
    for place in np.ndindex(*outs):
        window = []
        for n, k, s, o, j in zip(sides, layer.pool_size, layer.moves, outs, place, strict=True):
            before = max((o - 1) * s + k - n, 0) // 2 if layer.padding == "same" else 0
            window.append(range(max(0, s * j - before), min(n, s * j - before + k)))
        yield (
            place,
            [tuple(i + r.start for i, r in zip(at, window, strict=True)) for at in np.ndindex(*map(len, window))],
        )


@pytest.mark.parametrize("name", ["MaxPool1D", "MaxPool2D", "AvgPool1D", "AvgPool2D"])
def test_pooling_is_what_it_is_defined_to_be(name):
    @examples(80)
    @given(CASES[name], st.integers(0, 2**32 - 1))
    def law(case, seed):
        rng = np.random.default_rng(seed)
        x = rng.integers(-2, 3, (2, *case.shapes[0])).astype(float)
        y, back = case.layer.forward(x)
        dy = rng.normal(size=y.shape)
        right, slopes = np.empty_like(y), np.zeros_like(x)
        for n, c in np.ndindex(len(x), x.shape[-1]):
            for place, window in by_definition(case.layer, x):
                values = [x[(n, *at, c)] for at in window]
                share = dy[(n, *place, c)]
                if "Max" in name:
                    right[(n, *place, c)] = max(values)
                    slopes[(n, *window[int(np.argmax(values))], c)] += share
                else:
                    right[(n, *place, c)] = sum(values) / len(values)
                    for at in window:
                        slopes[(n, *at, c)] += share / len(values)
        np.testing.assert_allclose(y, right, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(back(dy), slopes, rtol=1e-12, atol=1e-12)

    law()


@examples(100)
@given(*[st.integers(1, 5)] * 3, st.integers(0, 4), st.integers(0, 4))
def test_taps_are_the_numbers_of_all_windows_inside_of_the_array(length, size, stride, before, more):
    before = min(before, size - 1)
    windows = Windows(size, stride, before, 1 + more)
    found = sorted(
        (j, i)
        for places, where in windows.taps(length)
        for j, i in zip(range(99)[places], range(99)[where], strict=True)
    )
    starts = [(j, stride * j - before) for j in range(1 + more)]
    assert found == [(j, i) for j, start in starts for i in range(max(0, start), min(length, start + size))]
    assert [*windows.counts(length)] == [sum(j == place for j, _ in found) for place in range(1 + more)]


def test_what_is_not_a_number_shows():
    x = np.concatenate([image([[0, 0], [0, 0]]), image([[1, np.nan], [3, 2]])])
    for layer in (nn.MaxPool2D(), nn.AvgPool2D(), nn.GlobalMaxPool2D(), nn.GlobalAvgPool2D()):
        y, back = layer.forward(x)
        assert (np.isnan(y) == np.array([False, True]).reshape(-1, *[1] * (y.ndim - 1))).all()
        assert [*back(np.ones_like(y)).sum(axis=(1, 2, 3))] == [1, 1]


@pytest.mark.parametrize(
    "layer", [nn.MaxPool2D(2), nn.MaxPool2D((2, 3), 1), nn.AvgPool2D(2), nn.AvgPool2D(2, 1)], ids=repr
)
def test_of_symbols(layer):
    """The output is the formula in symbols, and at drawn points backward is its derivative by SymPy."""
    x = symbols("x", (1, 3, 3, 1))
    y, back = layer.forward(x)
    assert isinstance(y, SymbolicArray)
    for place, window in by_definition(layer, x):
        values = [x[(0, *at, 0)] for at in window]
        right = sympy.Max(*values) if isinstance(layer, nn.MaxPool2D) else sympy.Add(*values) / len(values)
        assert sympy.expand(y[(0, *place, 0)] - right) == 0
    dy = symbols("dy", y.shape)
    total = sum(y.ravel() * dy.ravel())
    dx = back(dy)
    rng = np.random.default_rng(0)
    point = dict(zip(x.ravel(), map(sympy.Integer, rng.permutation(x.size)), strict=True))
    for symbol, slope in zip(x.ravel(), dx.ravel(), strict=True):
        assert sympy.expand(sympy.sympify(slope).subs(point) - sympy.diff(total, symbol).subs(point)) == 0
