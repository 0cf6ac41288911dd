"""Laws that every layer keeps, alone and in a plan, over configurations that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from layers import CASES, REGISTERED, Case
from symbolic_array import symbols

from optiviz import nn
from optiviz.nn import plan, segments
from optiviz.nn.layer import LAYERS
from optiviz.nn.layers.activations import activation_called
from optiviz.nn.memory import ALONE

seeds = st.integers(0, 2**32 - 1)


def dice():
    """The generator that a layer draws from in training: always the same numbers."""
    return np.random.default_rng(3)


def several(dx):
    return dx if isinstance(dx, tuple) else (dx,)


def anew(layer):
    """The layer, whose gradients begin at 0."""
    layer.void.update(layer.gradients)
    return layer


def gone_back(layer, x, dy):
    """dx and the gradients of the weights, by a forward of its own."""
    _, backward = anew(layer).forward(*x, training=dice())
    return [a.copy() for a in several(backward(dy)) if a is not None] + [g.copy() for g in layer.gradients.values()]


def test_every_layer_is_drawn():
    assert sorted(CASES) == REGISTERED


def for_each_layer(count):
    """Run a test(case, rng) for each layer, with `count` drawn cases."""

    def decorate(test):
        @pytest.mark.parametrize("name", REGISTERED)
        def run(name):
            @examples(count)
            @given(CASES[name], seeds)
            def law(case, seed):
                test(case, np.random.default_rng(seed))

            law()

        run.__doc__ = test.__doc__
        return run

    return decorate


@for_each_layer(40)
def test_the_derivative_is_that_of_the_formula(case, rng):
    """Along a random direction of each input and weight, by a central difference."""
    layer = anew(case.built(rng))
    x = case.inputs(rng, n=int(rng.integers(1, 4)))
    y, backward = layer.forward(*x, training=dice())
    dy = rng.normal(size=y.shape)
    found = several(backward(dy))
    h = 1e-6

    def value():
        return np.sum(layer.forward(*x, training=dice())[0] * dy)

    for array, slope in [*zip(x, found, strict=True), *((layer.array(n), g) for n, g in layer.gradients.items())]:
        if array.dtype.kind == "i":
            assert slope is None
            continue
        assert slope.shape == array.shape
        way, kept = rng.normal(size=array.shape), array.copy()
        array[...] = kept + h * way
        after = value()
        array[...] = kept - h * way
        before = value()
        array[...] = kept
        np.testing.assert_allclose(np.sum(slope * way), (after - before) / (2 * h), rtol=1e-6, atol=1e-7)


@for_each_layer(20)
def test_what_is_float32_stays_float32(case, rng):
    layer = case.built(rng, np.float32)
    x = case.inputs(rng, dtype=np.float32)
    for training in (dice(), False):
        y, backward = layer.forward(*x, training=training)
        assert case.tokens or y.dtype == np.float32
        for array in (y, *several(backward(np.ones_like(y))), *layer.gradients.values()):
            assert array is None or array.dtype == np.float32


@for_each_layer(20)
def test_a_layer_is_pure(case, rng):
    """Two calls know nothing of each other, backward goes in any order, and what is given is not written to."""
    layer = case.built(rng)
    one, two = case.inputs(rng), case.inputs(rng, n=3)
    (y1, back1), (y2, back2) = layer.forward(*one, training=dice()), layer.forward(*two, training=dice())
    dy1, dy2 = rng.normal(size=y1.shape), rng.normal(size=y2.shape)
    given = [a.copy() for a in (*one, *two, y1, y2, dy1, dy2)]
    anew(layer)
    dx1 = [a.copy() for a in several(back1(dy1)) if a is not None]
    dx2 = [a.copy() for a in several(back2(dy2)) if a is not None]
    both = [g.copy() for g in layer.gradients.values()]
    for a, b in zip(given, (*one, *two, y1, y2, dy1, dy2), strict=True):
        np.testing.assert_array_equal(a, b)
    anew(layer)
    for back, dy, dx in ((back2, dy2, dx2), (back1, dy1, dx1)):
        for a, b in zip(dx, (a for a in several(back(dy)) if a is not None), strict=True):
            np.testing.assert_array_equal(a, b)
    alone = zip(gone_back(layer, one, dy1)[len(dx1) :], gone_back(layer, two, dy2)[len(dx2) :], strict=True)
    for total, (a, b) in zip(both, alone, strict=True):
        np.testing.assert_allclose(total, a + b, rtol=1e-12, atol=1e-12)


@for_each_layer(20)
def test_the_shapes_are_those_that_are_said(case, rng):
    layer = case.built(rng)
    for n in (1, 2):
        y, _ = layer.forward(*case.inputs(rng, n), training=dice())
        assert y.shape == (n, *layer.output_shape(*case.shapes))
    nodes = [nn.Input(shape) for shape in case.shapes]
    assert layer(*nodes).shape == y.shape[1:]


@for_each_layer(20)
def test_a_batch_is_its_examples(case, rng):
    layer = case.built(rng)
    if layer.mixes:
        return
    x = case.inputs(rng, 3)
    y, _ = layer.forward(*x, training=False)
    each = [layer.forward(*(a[i : i + 1] for a in x), training=False)[0] for i in range(3)]
    np.testing.assert_allclose(y, np.concatenate(each), rtol=1e-12, atol=1e-12)


@for_each_layer(20)
def test_a_layer_is_written_down_and_made_again(case, rng):
    layer, x = case.built(rng), case.inputs(rng)
    for again in (LAYERS[type(layer).__name__](**layer.config()), eval(repr(layer), vars(nn))):
        assert repr(again) == repr(layer)
        again.build(*case.shapes, dtype=float)
        for name, array in layer.arrays.items():
            again.array(name)[...] = array
        np.testing.assert_array_equal(again.forward(*x)[0], layer.forward(*x)[0])


@for_each_layer(20)
def test_backward_reads_only_what_it_says(case, rng):
    """What a plan may write over is spoilt, and the derivative is the same."""
    layer = case.built(rng).twin(ALONE)
    x = case.inputs(rng)
    y, backward = layer.forward(*x, training=dice())
    dy = rng.normal(size=y.shape)
    right = gone_back(layer, x, dy)
    if "x" not in layer.reads:
        for a in x:
            a[...] = 0 if case.tokens else np.nan
    if "y" not in layer.reads and not ("x" in layer.reads and layer.passes_on):
        y[...] = np.nan
    anew(layer)
    found = [a for a in several(backward(dy)) if a is not None] + [*layer.gradients.values()]
    for a, b in zip(right, found, strict=True):
        np.testing.assert_array_equal(a, b)


def network(case: Case, **options):
    """A network in which others come before and after the layer, so that it may write over much."""
    inputs = [nn.Input(shape) for shape in case.shapes]
    before = inputs if case.tokens else [nn.Dense(i.shape[-1], "tanh")(i) for i in inputs]
    return nn.Model(inputs, nn.LeakyReLU()(case.layer(*before)), dtype=float, **options)


@for_each_layer(16)
def test_a_plan_changes_nothing(case, rng):
    """In small blocks, in two threads, in memory that is used again."""
    with pytest.MonkeyPatch.context() as patch:
        for room, bound, value in ((plan, "BLOCK", 40), (plan, "LITTLE", 1), (segments, "LIGHT", 0)):
            patch.setattr(room, bound, value)
        model = network(case, threads=2)
        x = case.inputs(rng, 5)
        y, _ = model.forward(*x)
        dy = rng.normal(size=y.shape)
        found, counted = {}, model.statistics.copy()
        for fuse in (False, True, True):
            model.fuse = fuse
            model.statistics[...] = counted
            outputs = [model.forward(*x, training=False)[0].copy()]
            y, backward = model.forward(*x, training=dice())
            outputs.append(y.copy())
            backward(dy)
            outputs.append(model.grad.copy())
            for a, b in zip(found.setdefault("right", outputs), outputs, strict=True):
                np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-12)


def hot(tokens, count):
    return np.eye(count)[tokens]


@examples(40)
@given(CASES["Embedding"], seeds)
def test_an_embedding_is_a_dense_layer_on_one_hot_vectors(case, seed):
    rng = np.random.default_rng(seed)
    layer = anew(case.built(rng))
    dense = nn.Dense(layer.output_dim, use_bias=False)
    dense.build((layer.input_dim,), dtype=float)
    dense.W = layer.W
    (x,) = case.inputs(rng, 3)
    (y, back), (same, dense_back) = layer.forward(x), dense.forward(hot(x, layer.input_dim))
    np.testing.assert_allclose(y, same, rtol=1e-14)
    dy = rng.normal(size=y.shape)
    back(dy)
    dense_back(dy)
    np.testing.assert_allclose(layer.dW, dense.dW, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_many_tokens_of_an_embedding_are_added_up(width):
    rng = np.random.default_rng(0)
    layer = nn.Embedding(50, width)
    layer.build((400,))
    tokens = np.minimum(rng.geometric(0.2, (8, 400)) - 1, 49).astype(np.uint8)
    y, back = layer.forward(tokens)
    dy = np.asfortranarray(rng.normal(size=y.shape), dtype=np.float32)
    back(dy)
    right = np.zeros((50, width))
    np.add.at(right, tokens, dy.astype(float))
    np.testing.assert_allclose(layer.dW, right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("tokens", "error", "words"),
    [
        (np.array([[0, 7]]), ValueError, "knows the tokens from 0 to 6, not 7"),
        (np.array([[-1, 3]]), ValueError, "knows the tokens from 0 to 6, not -1"),
        (np.array([[1.0, 2.0]]), TypeError, r"whole numbers, not float64; write x\.astype\(int\)"),
        (np.array([[True, False]]), TypeError, "whole numbers, not bool"),
    ],
)
def test_a_token_without_a_row_is_refused(tokens, error, words):
    layer = nn.Embedding(7, 3)
    layer.build((2,))
    with pytest.raises(error, match=words):
        layer.forward(tokens)


def test_a_model_hands_on_tokens():
    model = nn.Sequential([nn.Input((3,)), nn.Embedding(5, 2), nn.GlobalMaxPool1D()])
    assert model.forward(np.array([[0, 4, 4]]))[0].shape == (1, 2)
    with pytest.raises(TypeError, match="astype"):
        model.forward(np.array([[0.0, 4.0, 4.0]]))


# By hand.
def test_a_convolution_by_hand():
    layer = nn.Conv2D(1, 2, use_bias=False)
    layer.build((3, 3, 1), dtype=float)
    layer.W = np.array([[1, 2], [3, 4]]).reshape(2, 2, 1, 1)
    y, back = layer.forward(np.arange(9.0).reshape(1, 3, 3, 1))
    np.testing.assert_array_equal(y[0, :, :, 0], [[27, 37], [57, 67]])
    np.testing.assert_array_equal(back(np.ones_like(y))[0, :, :, 0], [[1, 3, 2], [4, 10, 6], [3, 7, 4]])
    np.testing.assert_array_equal(layer.dW[:, :, 0, 0], [[8, 12], [20, 24]])


def test_a_channel_alone_by_hand():
    layer = nn.DepthwiseConv2D((1, 2), depth_multiplier=2)
    layer.build((1, 2, 2), dtype=float)
    layer.W = np.arange(8.0).reshape(1, 2, 2, 2)  # at place b, of channel c, multiplied m times: 4 b + 2 c + m
    layer.b = [0, 0, 0, 1]
    y, _ = layer.forward(np.array([[[[1.0, 10.0], [2.0, 20.0]]]]))
    np.testing.assert_array_equal(y[0, 0, 0], [8, 11, 140, 171])


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Dense(2), (2, 2)),
        (nn.Conv1D(2, 2, 2, "same"), (3, 2)),
        (nn.Conv2D(2, 2, dilation_rate=(1, 2)), (2, 4, 1)),
        (nn.Conv2D(1, 2, 2, "full"), (2, 3, 2)),
        (nn.DepthwiseConv2D(2, (1, 2), "same", 2), (2, 3, 1)),
    ],
    ids=repr,
)
def test_linear_layers_of_symbols(layer, shape):
    """The derivatives are those that SymPy finds of the output in symbols."""
    begin = layer.weights(shape)
    layer.live_in(
        {name: symbols(name, b.shape) for name, b in begin.items()},
        {name: symbols("old", b.shape) for name, b in begin.items()},
    )
    x = symbols("x", (2, *shape))
    y, back = layer.forward(x)
    dy = symbols("dy", y.shape)
    total = sympy.expand(sum(y.ravel() * dy.ravel()))
    for array, slopes in ((x, back(dy)), *((layer.array(name), layer.gradient(name)) for name in begin)):
        for symbol, slope in zip(array.ravel(), slopes.ravel(), strict=True):
            assert sympy.expand(slope - sympy.diff(total, symbol)) == 0


@pytest.mark.parametrize("padding", ["valid", "same", "full"])
def test_a_sequence_is_an_image_of_height_one(padding):
    rng = np.random.default_rng(0)
    flat = nn.Conv1D(3, 4, 2, padding, activation="tanh")
    tall = nn.Conv2D(3, (1, 4), (1, 2), padding, activation="tanh")
    flat.build((9, 2), dtype=float)
    tall.build((1, 9, 2), dtype=float)
    tall.W = flat.W[None]
    x = rng.normal(size=(2, 9, 2))
    np.testing.assert_array_equal(flat(x), tall(x[:, None])[:, 0])


# What does not fit.
@pytest.mark.parametrize(
    ("layer", "shapes", "words"),
    [
        (nn.Conv2D(3, (5, 2)), [(4, 4, 1)], r"reaches over 5 x 2 and has no place in 4 x 4; .*padding=\"same\""),
        (nn.Conv1D(3, 3, dilation_rate=2), [(4, 1)], "reaches over 5 and has no place in 4"),
        (nn.MaxPool2D(3), [(2, 9, 1)], "reaches over 3 x 3 and has no place in 2 x 9"),
        (nn.Conv2D(3, 3), [(28, 28)], r"takes images \(H, W, C\), not \(28, 28\); a single channel.*\(28, 28, 1\)"),
        (nn.MaxPool1D(), [(8, 8, 1)], r"takes sequences \(L, C\), not \(8, 8, 1\)"),
        (nn.GlobalMaxPool1D(), [(8,)], r"takes sequences \(L, C\), not \(8,\)"),
        (nn.ZeroPadding2D(), [(8, 8)], "takes images"),
        (nn.Reshape((3, -1)), [(4, 2)], r"\(4, 2\) has 8 numbers, which do not fit Reshape\(\(3, -1\)\)"),
        (nn.Reshape(7), [(4, 2)], "has 8 numbers"),
        (nn.Add(), [(4, 2), (4, 3)], r"one shape, not \(4, 2\) and \(4, 3\)"),
        (nn.Concatenate(), [(4, 2), (5, 2)], r"along the axis -1 only, not \(4, 2\) and \(5, 2\)"),
        (nn.Concatenate(), [(4, 2), (2,)], "along the axis -1 only"),
        (nn.Concatenate(3), [(4, 2), (4, 2)], r"no axis 3 in examples of shape \(4, 2\)"),
        (nn.Concatenate(-3), [(4, 2), (4, 2)], r"no axis -3 in"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_shapes_that_do_not_fit_are_refused(layer, shapes, words):
    with pytest.raises(ValueError, match=words):
        layer.build(*shapes)
    with pytest.raises(ValueError, match=words):
        layer.forward(*(np.zeros((1, *shape)) for shape in shapes))
    with pytest.raises(ValueError, match=words):
        layer(*map(nn.Input, shapes))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Conv2D(0, 3), "filters is a whole number from 1, not 0"),
        (lambda: nn.Conv2D(3, (3,)), "kernel_size is a whole number from 1 or 2 of them"),
        (lambda: nn.Conv1D(3, 3, padding="some"), "padding is one of valid, same, full, not 'some'"),
        (lambda: nn.MaxPool2D(padding="full"), "padding is one of valid, same, not 'full'"),
        (lambda: nn.MaxPool2D(strides=0), "strides is a whole number from 1"),
        (lambda: nn.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier is a whole number"),
        (lambda: nn.Embedding(0, 3), "input_dim is a whole number"),
        (lambda: nn.Reshape((-1, -1)), "one of which may be -1"),
        (lambda: nn.Reshape((0, 2)), "whole numbers from 1"),
        (lambda: nn.Concatenate(0), "other than 0, the batch"),
        (lambda: nn.ZeroPadding2D((1, 2, 3)), "padding is a whole number from 0"),
        (lambda: nn.ZeroPadding2D(-1), "padding is a whole number from 0"),
        (lambda: nn.ZeroPadding2D("1"), "padding is a whole number from 0"),
        (lambda: nn.LeakyReLU(1.5), "from 0 to below 1, not 1.5"),
        (lambda: nn.Dropout(1), "rate is a number from 0 to below 1, not 1"),
        (lambda: nn.Dropout("some"), "rate is a number from 0 to below 1, not 'some'"),
        (lambda: nn.Reshape("some"), "a target_shape is whole numbers"),
        (lambda: nn.Reshape(2.5), "a target_shape is whole numbers"),
        (lambda: nn.Input(2.5), "a tuple of whole numbers from 1, not 2.5"),
        (lambda: nn.Input(None), "a tuple of whole numbers from 1, not None"),
        (lambda: nn.Input((0, 3)), r"a tuple of whole numbers from 1, not \(0, 3\)"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_whole_numbers_of_numpy_are_whole_numbers():
    side = np.int64(2)
    assert nn.Input((side, side)).shape == nn.Input([2, 2]).shape == (2, 2)
    assert repr(nn.Reshape((side, np.int32(-1)))) == "Reshape((2, -1))"


@pytest.mark.parametrize("make", [lambda: nn.Dense(2), nn.Softmax, nn.BatchNorm, nn.LayerNorm, nn.LocalResponseNorm])
def test_what_goes_along_the_last_axis_needs_one(make):
    """It would go along the batch."""
    with pytest.raises(
        ValueError, match=r"takes arrays of shape \(N, ..., C\), not \(N,\); write Input\(shape=\(1,\)\)"
    ):
        make()(nn.Input(()))


@for_each_layer(5)
def test_a_layer_alone_takes_whole_numbers_for_numbers(case, rng):
    layer = case.built(rng)
    for dtype in (bool, np.uint8, int) if not case.tokens else ():
        x = [rng.integers(0, 2, (2, *shape)).astype(dtype) for shape in case.shapes]
        np.testing.assert_array_equal(layer(*x), layer(*(a.astype(float) for a in x)), strict=True)


# Activations.
def test_an_activation_by_its_name():
    assert activation_called(None) is None
    for name, kind in (("relu", nn.ReLU), ("leaky_relu", nn.LeakyReLU), ("LeakyReLU", nn.LeakyReLU), ("tanh", nn.Tanh)):
        assert type(activation_called(name)) is kind
    assert type(activation_called(nn.Softmax)) is nn.Softmax
    leaky = nn.LeakyReLU(0.1)
    assert activation_called(leaky) is leaky


def test_an_activation_says_its_shape():
    node = nn.Conv2D(2, 2, activation=nn.Flatten())(nn.Input((4, 4, 1)))
    assert node.shape == (18,)
    assert nn.Model(node.inputs[0].inputs[0], node).predict(np.ones((3, 4, 4, 1))).shape == (3, 18)


def test_an_activation_that_is_unknown():
    with pytest.raises(LookupError, match=r"unknown activation 'rellu'; did you mean 'relu'\?"):
        nn.Dense(3, "rellu")
    with pytest.raises(LookupError, match=r"there are .*sigmoid"):
        activation_called("quux")
    with pytest.raises(TypeError, match="not 3"):
        nn.Dense(3, 3)
    with pytest.raises(LookupError, match=r"unknown initializer 'glorott'; did you mean 'glorot'\?"):
        nn.Dense(3, kernel_initializer="glorott")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer", [nn.Sigmoid(), nn.Softmax(), nn.Tanh(), nn.LeakyReLU(), nn.ReLU()], ids=repr)
def test_activations_far_out(layer, dtype):
    x = np.array([[-1e4, -30, 0, 30], [1e4, -1e4, 1e4, 0]], dtype)
    y, back = layer.forward(x)
    assert np.isfinite(y).all()
    assert np.isfinite(back(np.ones_like(x))).all()
    if isinstance(layer, nn.Softmax):
        np.testing.assert_allclose(y, [[0, 0, 0, 1], [0.5, 0, 0.5, 0]], atol=1e-12)
    if isinstance(layer, nn.Sigmoid):
        np.testing.assert_allclose(y[0, :3], [0, 9.357622968839299e-14, 0.5], rtol=1e-6)


def test_a_layer_that_is_called_on_an_array_gets_its_weights():
    layer = nn.Conv2D(4, 3)
    y = layer(np.ones((2, 5, 5, 1)))
    assert y.shape == (2, 3, 3, 4) and y.dtype == np.float64 and np.array_equal(layer(np.ones((2, 5, 5, 1))), y)
    for wrong in ((28, 28, 1), 3):
        with pytest.raises(ValueError, match=r"takes nodes, or arrays \(N, ...\).*a shape is written Input"):
            nn.Conv2D(4, 3)(wrong)
    with pytest.raises(ValueError, match="takes two or more inputs, not 1"):
        nn.Add()(np.ones((2, 3)))


def test_a_sequential_is_made_of_layers():
    for wrong, hint in ((nn.Dense, r"; write Dense\(...\)"), ("relu", "'relu'")):
        with pytest.raises(TypeError, match=f"a Sequential is an Input and then layers, not .*{hint}"):
            nn.Sequential([nn.Input(shape=(3,)), wrong])


def test_the_longer_names_of_keras_are_known():
    assert nn.MaxPooling2D is nn.MaxPool2D and nn.GlobalAveragePooling1D is nn.GlobalAvgPool1D
    assert nn.BatchNormalization is nn.BatchNorm
    with pytest.raises(AttributeError, match="no attribute 'Conv4D'"):
        nn.Conv4D  # noqa: B018
