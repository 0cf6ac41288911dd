"""The layers, run on symbols, are their definitions, and what they take back is what SymPy differentiates."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
import sympy
from symbolic_array import array, symbols

from optiviz import nn

PROOF = pytest.mark.proof


def on_symbols(layer, shape):
    """The layer with a symbol for each number of its weights, and counters of symbols."""
    begin = layer.weights(shape)
    arrays = {name: symbols(name, b.shape) for name, b in begin.items()}
    gradients = {name: array(np.zeros(b.shape)) for name, b in begin.items()}
    counted = {name: array(np.zeros(b.shape, int)) for name, b in layer.statistics(shape).items()}
    layer.live_in({**arrays, **counted}, gradients)
    return layer


def prove(layer, shape, definition, *, training=False):
    """The output is the definition, and the gradients of Σ dy y are its derivatives."""
    on_symbols(layer, shape[1:])
    x = symbols("x", shape)
    y, backward = layer.forward(x, training=training)
    wanted = np.empty(y.shape, object)
    for place in np.ndindex(y.shape):
        wanted[place] = definition(x.view(np.ndarray), *place)
        assert is_zero(y[place] - wanted[place]), f"y{place}"
    dy = symbols("dy", y.shape)
    terms = defaultdict(list)  # of the derivative of Σ dy y, by the symbol
    for place in np.ndindex(y.shape):
        for symbol in sympy.sympify(wanted[place]).free_symbols:
            terms[symbol].append(dy[place] * sympy.diff(wanted[place], symbol))
    found = {"x": (x, backward(dy))} | {name: (layer.arrays[name], layer.gradients[name]) for name in layer.gradients}
    for name, (variables, slopes) in found.items():
        assert slopes.shape == variables.shape
        for place in np.ndindex(variables.shape):
            assert is_zero(slopes[place] - sympy.Add(*terms[variables[place]])), f"d{name}{place}"


def is_zero(formula):
    """Is it nothing? Square roots are letters with r² = what is under them."""
    formula, roots = sympy.sympify(formula), {}

    def letter(base, exponent):
        inside = sympy.expand(base)
        r = roots.setdefault(inside, sympy.Symbol(f"r{len(roots)}", positive=True))
        return r ** (2 * exponent)

    formula = formula.replace(
        lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2, lambda e: letter(e.base, e.exp)
    )
    above = sympy.expand(formula)
    if roots:
        above = sympy.expand(sympy.numer(sympy.together(formula)))
    for inside, r in roots.items():
        above = sympy.rem(above, r**2 - inside, r)
    return sympy.expand(above) == 0


def test_what_is_nothing():
    a, b = sympy.symbols("a b", positive=True)
    assert is_zero((a + b) ** 2 - a**2 - 2 * a * b - b**2)
    one, same = (a + b) ** 2 + 1, a**2 + 2 * a * b + b**2 + 1
    assert is_zero(1 / sympy.sqrt(one) - sympy.sqrt(same) / one)
    assert not is_zero(1 / sympy.sqrt(a + b) - 1 / (a + b))
    assert not is_zero(a - b)


# Layers that are linear
@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 2)], ids=str)
@pytest.mark.parametrize("use_bias", [True, False])
def test_dense(shape, use_bias):
    layer = nn.Dense(2, use_bias=use_bias)

    def definition(x, *place):
        *row, k = place
        weighed = sum(x[*row, i] * layer.W[i, k] for i in range(shape[-1]))
        return weighed + (layer.b[k] if use_bias else 0)

    prove(layer, shape, definition)


def before(n, k, s, d, padding):
    """How many zeros stand before the first of n numbers, from what each padding promises."""
    reach = (k - 1) * d
    if padding == "same":  # ceil(n / s) places, with an odd zero at the end
        return max((-(-n // s) - 1) * s + reach + 1 - n, 0) // 2
    return {"valid": 0, "full": reach}[padding]


def inside(x, n, i, j):
    """The pixel of an image, 0 outside of it."""
    return x[n, i, j] if 0 <= i < x.shape[1] and 0 <= j < x.shape[2] else 0 * x[n, 0, 0]


SMALL = [
    ((1, 2, 3, 2), (2, 2), (1, 1), (1, 1)),
    ((2, 3, 2, 1), (2, 1), (2, 1), (1, 1)),
    ((1, 4, 3, 1), (2, 2), (1, 1), (2, 1)),
    ((1, 5, 4, 1), (2, 2), (2, 3), (2, 1)),
]
LARGE = [
    ((1, 5, 6, 2), (3, 3), strides, dilation)
    for strides in [(1, 1), (2, 2), (1, 3)]
    for dilation in [(1, 1), (2, 1), (2, 2)]
]


every_padding = pytest.mark.parametrize("padding", ["valid", "same", "full"])


def taps(x, n, i, j, layer, sides):
    """The pixels (C,) under the window at (i, j), by their places (a, b) in it."""
    steps = list(zip(sides, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True))
    (s, t), (d, e) = layer.strides, layer.dilation_rate
    top, left = (before(*step, layer.padding) for step in steps)
    window = itertools.product(*map(range, layer.kernel_size))
    return {(a, b): inside(x, n, s * i + d * a - top, t * j + e * b - left) for a, b in window}


def places(layer, sides):
    """How many windows there are along each side."""
    steps = list(zip(sides, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True))
    return tuple(
        {
            "valid": len(range(0, n - (k - 1) * d, s)),
            "same": -(-n // s),
            "full": len(range(-(k - 1) * d, n, s)),
        }[layer.padding]
        for n, k, s, d in steps
    )


@every_padding
@pytest.mark.parametrize(
    ("shape", "size", "strides", "dilation"), [*SMALL, *(pytest.param(*case, marks=PROOF) for case in LARGE)], ids=str
)
def test_convolution(shape, size, strides, dilation, padding):
    layer = nn.Conv2D(2, size, strides, padding, dilation_rate=dilation)
    assert layer.output_shape(shape[1:]) == (*places(layer, shape[1:3]), 2)

    def definition(x, n, i, j, k):
        pixels = taps(x, n, i, j, layer, shape[1:3])
        return layer.b[k] + sum(x[c] * layer.W[a, b, c, k] for (a, b), x in pixels.items() for c in range(shape[-1]))

    prove(layer, shape, definition)


@every_padding
@pytest.mark.parametrize(("strides", "dilation"), [((1, 1), (1, 1)), ((2, 1), (1, 2))], ids=str)
def test_a_window_for_each_channel(strides, dilation, padding):
    layer = nn.DepthwiseConv2D((2, 2), strides, padding, depth_multiplier=2, dilation_rate=dilation)
    shape = (1, 3, 3, 2)
    assert layer.output_shape(shape[1:]) == (*places(layer, shape[1:3]), 4)

    def definition(x, n, i, j, k):
        pixels = taps(x, n, i, j, layer, shape[1:3])
        return layer.b[k] + sum(x[k // 2] * layer.W[a, b, k // 2, k % 2] for (a, b), x in pixels.items())

    prove(layer, shape, definition)


@every_padding
def test_convolution_of_a_sequence(padding):
    layer = nn.Conv1D(2, 2, 2, padding, dilation_rate=2)
    left = before(5, 2, 2, 2, padding)

    def definition(x, n, i, k):
        at = [(a, 2 * i + 2 * a - left) for a in range(2)]
        return layer.b[k] + sum(x[n, p, c] * layer.W[a, c, k] for a, p in at if 0 <= p < 5 for c in range(2))

    prove(layer, (1, 5, 2), definition)


# Normalization
@pytest.mark.parametrize(
    "shape",
    [(1, 2), (2, 2), (3, 1), *(pytest.param(shape, marks=PROOF) for shape in [(4, 1), (2, 2, 1), (1, 2, 2, 1)])],
    ids=str,
)
def test_batch_normalization(shape):
    layer = nn.BatchNorm()
    layer.epsilon = sympy.Symbol("epsilon", positive=True)
    prove(layer, shape, lambda x, *place: normal(layer, x[..., place[-1]], x[place], place[-1]), training=True)


@pytest.mark.parametrize("shape", [(2, 2), (1, 3)], ids=str)
def test_layer_normalization(shape):
    layer = nn.LayerNorm()
    layer.epsilon = sympy.Symbol("epsilon", positive=True)
    prove(layer, shape, lambda x, *place: normal(layer, x[place[:-1]], x[place], place[-1]), training=True)


def normal(layer, among, x, k):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta."""
    numbers = list(among.ravel())
    mean = sympy.Add(*numbers) / len(numbers)
    variance = sympy.Add(*((u - mean) ** 2 for u in numbers)) / len(numbers)
    return layer.gamma[k] * (x - mean) / sympy.sqrt(variance + layer.epsilon) + layer.beta[k]


def test_inference_after_two_batches_has_the_weighted_mean_of_their_statistics():
    """With momentum 1/2 the later batch counts twice as much."""
    layer = on_symbols(nn.BatchNorm(momentum=0.5), (1,))
    a, b = symbols("a", (2, 1)), symbols("b", (3, 1))
    for x in (a, b):
        layer.forward(x, training=True)
    (mean,), (variance,) = layer.averages
    means, variances = [], []
    for x in (a, b):
        m = sum(x[:, 0]) / len(x)
        means.append(m)
        variances.append(sum((u - m) ** 2 for u in x[:, 0]) / len(x))
    assert is_zero(mean - (means[0] + 2 * means[1]) / 3)
    assert is_zero(variance - (variances[0] + 2 * variances[1]) / 3)


# Pooling
WINDOWS = [((2, 3), (2, 2), (1, 1)), ((3, 3), (2, 2), (2, 2)), ((3, 4), (3, 2), (2, 1)), ((4, 3), (1, 3), (2, 1))]


def windows(sides, size, strides, padding):
    """The pixels of each window that are inside, row by row."""
    corners = [
        [s * i - before(n, k, s, 1, padding) for i in range(-(-n // s) if padding == "same" else (n - k) // s + 1)]
        for n, k, s in zip(sides, size, strides, strict=True)
    ]
    return {
        (i, j): [
            (a, b)
            for a in range(top, top + size[0])
            for b in range(left, left + size[1])
            if 0 <= a < sides[0] and 0 <= b < sides[1]
        ]
        for (i, top), (j, left) in itertools.product(*map(enumerate, corners))
    }


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("sides", "size", "strides"), WINDOWS, ids=str)
def test_the_mean_of_a_window(sides, size, strides, padding):
    pixels = windows(sides, size, strides, padding)

    def definition(x, n, i, j, c):
        return sum(x[n, a, b, c] for a, b in pixels[i, j]) / sympy.Integer(len(pixels[i, j]))

    layer = nn.AvgPool2D(size, strides, padding)
    assert layer.output_shape((*sides, 2)) == (*(last + 1 for last in max(pixels)), 2)
    prove(layer, (1, *sides, 2), definition)


def test_the_mean_of_an_image():
    prove(nn.GlobalAvgPool2D(), (2, 2, 3, 2), lambda x, n, c: sum(x[n, :, :, c].ravel()) / 6)


def every_order(sides, values):
    """Images of one channel with every combination of so many values: every order of so many pixels, and every tie."""
    count = sides[0] * sides[1]
    grids = np.indices((values,) * count).reshape(count, -1).T
    return grids.astype(float).reshape(-1, *sides, 1)


ORDERS = [
    ((2, 2), (2, 2), (1, 1), 4),
    ((2, 3), (2, 2), (1, 1), 3),
    ((3, 3), (2, 2), (2, 2), 2),
    ((3, 3), (2, 2), (1, 1), 2),
    ((3, 4), (3, 2), (2, 1), 2),
    pytest.param((2, 3), (2, 2), (1, 1), 6, marks=PROOF),
    pytest.param((3, 3), (2, 2), (2, 2), 4, marks=PROOF),
    pytest.param((3, 3), (3, 3), (1, 1), 4, marks=PROOF),
]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("sides", "size", "strides", "values"), ORDERS, ids=str)
def test_the_largest_of_a_window_in_every_order(sides, size, strides, values, padding):
    """dy are powers of two, exact in float64, so that dx tells which windows a pixel got."""
    x, pixels = every_order(sides, values), windows(sides, size, strides, padding)
    y, backward = nn.MaxPool2D(size, strides, padding).forward(x, training=True)
    assert y.shape == (len(x), *(last + 1 for last in max(pixels)), 1)
    dx, dy = np.zeros_like(x), np.empty_like(y)
    for power, ((i, j), inside) in enumerate(pixels.items()):
        numbers = np.stack([x[:, a, b, 0] for a, b in inside], axis=1)
        np.testing.assert_array_equal(y[:, i, j, 0], numbers.max(1))
        dy[:, i, j] = 2.0**power
        for first, (a, b) in enumerate(inside):
            dx[:, a, b, 0] += dy[:, i, j, 0] * (numbers.argmax(1) == first)
    np.testing.assert_array_equal(backward(dy), dx)


@pytest.mark.parametrize("values", [2, pytest.param(6, marks=PROOF)])
def test_the_largest_of_an_image_in_every_order(values):
    x = every_order((2, 3), values)
    y, backward = nn.GlobalMaxPool2D().forward(x, training=True)
    flat = x.reshape(len(x), 6)
    np.testing.assert_array_equal(y[:, 0], flat.max(1))
    first = np.arange(6) == flat.argmax(1)[:, None]
    np.testing.assert_array_equal(backward(7 * np.ones_like(y)).reshape(flat.shape), 7 * first)
