"""The plan: what is computed in blocks, in threads and over old arrays is what the readable layers compute."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from drawn_networks import Recipe, recipes
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from optiviz import losses, nn
from optiviz.nn import (
    BatchNorm,
    Concatenate,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalMaxPool1D,
    Input,
    Layer,
    MaxPool2D,
    Model,
    Sequential,
)

BLOCKS = st.sampled_from([1, 30, 100, 262_144])
THREADS = st.integers(1, 3)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@contextmanager
def small(block: int = 30, light: int = 16_384):
    """Blocks of few examples, and threads however little there is to do."""
    sizes = {"plan.BLOCK": block, "segments.LIGHT": light, "plan.LITTLE": 1, "kernels.moments.BLOCK": 50}
    patches = [patch(f"optiviz.nn.{name}", size) for name, size in sizes.items()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def batch(model, n, rng):
    """Inputs, and gradients of the outputs."""
    x = [rng.normal(size=(n, *node.shape)) for node in model.inputs]
    return x, [rng.normal(size=(n, *node.shape)) for node in model.outputs]


def forward(model, x, training):
    y, back = model.forward(*x, training=training)
    many = len(model.outputs) > 1
    return list(y) if many else [y], back if many else lambda dy: back(dy[0])


def near(ours, readable):
    """The same but for rounding."""
    assert len(ours) == len(readable)
    for a, b in zip(ours, readable, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(b).max(initial=0)))


def both_ways(recipe, sizes=(3, 1), threads=1):
    """Outputs, gradients and statistics beside the readable ones, over several batches, with predictions in between."""
    readable, planned = recipe.model(fuse=False), recipe.model(threads=threads)
    for i, n in enumerate(sizes):
        rng = np.random.default_rng(i)
        (x, dy), (other, _) = batch(readable, n, rng), batch(readable, n, rng)
        kept = [a.copy() for a in (*x, *dy)]
        y, back = forward(readable, x, np.random.default_rng(i))
        z, through = forward(planned, x, np.random.default_rng(i))
        near(z, y)
        near(forward(planned, other, False)[0], forward(readable, other, False)[0])
        near(z, y)
        back(dy)
        through(dy)
        near([planned.grad, planned.statistics], [readable.grad, readable.statistics])
        for a, b in zip((*x, *dy), kept, strict=True):
            np.testing.assert_array_equal(a, b)


@examples(600)
@given(recipes(), SIZES, BLOCKS, st.sampled_from([1, 16_384]), THREADS)
def test_planned_is_readable(recipe, sizes, block, light, threads):
    with small(block, light):
        both_ways(recipe, sizes, threads)


W, HALF = ("dense", 0, 0), ("half", 0, 0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("steps", "outputs"),
    [
        ([W, ("cube", 0, 0), ("dropout", 0, 0)], []),
        ([W, HALF, ("half", 1, 0), ("concatenate", 0, 1), ("wave", 3, 0), ("wave", 4, 0), ("concatenate", 0, 1)], []),
        ([W, HALF, ("half", 1, 0), ("concatenate", 0, 1), ("tanh", 4, 0), ("concatenate", 0, 0), ("add", 0, 2)], []),
        ([W, HALF, ("flatten", 0, 0), ("half", 2, 0), ("flatten", 0, 0), ("add", 0, 2)], []),
        ([W, HALF, ("dropout", 0, 0), ("half", 2, 0), ("dropout", 0, 0), ("add", 0, 2)], []),
        ([W, HALF, ("flatten", 0, 0)], [1, 2]),
        ([W, ("relu", 0, 0), HALF, ("relu", 0, 0)], [1, 2]),
        ([W, ("concatenate", 0, 0), ("times", 0, 0), ("add", 0, 0)], []),
        ([W, ("again", 2, 0), ("add", 0, 1), ("again", 3, 0)], []),
        ([("half", 1, 0)], [2, 3]),
    ],
    ids=lambda value: "-".join(step[0] for step in value if isinstance(step, tuple)) if value else "",
)
def test_what_lies_at_one_place(steps, outputs, threads):
    """Where two values, or two gradients, could be the same array."""
    with small():
        both_ways(Recipe(steps, outputs, 0), threads=threads)


@pytest.mark.parametrize("threads", [1, 3])
def test_tokens_go_in_blocks_too(threads):
    def model(**options):
        one, other = Input(shape=(6,)), Input(shape=(6,))
        words = Embedding(10, 4)
        heard = GlobalMaxPool1D()(BatchNorm()(words(other)))
        seen = Flatten()(Conv1D(3, 3, activation="relu")(words(one)))
        return Model([one, other], [Dense(2)(Concatenate()(seen, heard)), heard], dtype=np.float64, **options)

    with small(10):
        readable, planned = model(fuse=False), model(threads=threads)
        for n in (5, 1, 8):
            rng = np.random.default_rng(n)
            x = [rng.integers(0, 10, (n, 6)) for _ in range(2)]
            (y, back), (z, through) = forward(readable, x, True), forward(planned, x, True)
            near(z, y)
            dy = [rng.normal(size=a.shape) for a in y]
            back(dy)
            through(dy)
            near([planned.grad, planned.statistics], [readable.grad, readable.statistics])


@examples(80)
@given(recipes(), st.integers(1, 9), THREADS)
def test_the_same_threads_give_the_same_bytes(recipe, n, threads):
    def bytes_of():
        model = recipe.model(threads=threads)
        x, dy = batch(model, n, np.random.default_rng(0))
        y, back = forward(model, x, np.random.default_rng(0))
        found = [a.tobytes() for a in y]
        back(dy)
        return [*found, model.grad.tobytes(), model.statistics.tobytes()]

    with small():
        assert bytes_of() == bytes_of()


# Networks as they are trained
def network(**options):
    return Sequential(
        [
            Input(shape=(8, 8, 2)),
            Conv2D(4, 3, padding="same", activation="relu"),
            BatchNorm(),
            MaxPool2D(2),
            Dropout(0.25),
            Conv2D(6, 3, padding="same", activation="relu"),
            Flatten(),
            Dense(16, activation="relu"),
            Dropout(0.5),
            Dense(5, activation="softmax"),
        ],
        dtype=np.float64,
        **options,
    )


def test_a_training_run_is_the_same_planned_and_not():
    """Twenty steps downhill by each of three numbers of threads: losses, weights, averages and predictions."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 8, 8, 2)), rng.integers(0, 5, 24)
    found = []
    with small(block=300):
        for options in ({"fuse": False}, {"threads": 1}, {"threads": 2}, {"threads": 3}):
            model, draws, values = network(**options), np.random.default_rng(1), []
            for step in range(20):
                part = slice(0, 9) if step % 2 else slice(9, 24)
                value, slope = model.value_and_grad(x[part], y[part], losses.sparse_cce, draws)
                model.theta -= 0.05 * slope
                values.append(value)
                model.forward(x[:9])
            found.append([np.array(values), model.theta, model.statistics, model.forward(x)[0]])
    assert found[0][0][-1] < found[0][0][1]
    for planned in found[1:]:
        for a, b in zip(planned, found[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_there_are_several_blocks_and_threads():
    """The other tests would say nothing of them otherwise."""
    with small():
        model = network(threads=3)
        model.forward(np.ones((9, 8, 8, 2)), training=np.random.default_rng(0))
    (plan,) = model._plans.values()
    assert max(len(segment.threads) for segment in plan.segments) == 3
    assert max(len(blocks) for segment in plan.segments for blocks in segment.threads) == 3
    assert {segment.whole for segment in plan.segments} == {True, False}
    over = [call.layer.memory.takes_x for s in plan.segments for blocks in s.threads for call in blocks[0].calls]
    assert any(over)


# What a way back may be asked
@pytest.fixture
def model():
    i = Input(shape=(3,))
    return Model(i, Dense(2)(Dense(4, activation="relu")(i)), dtype=np.float64)


def test_a_way_back_is_gone_once(model):
    x = np.ones((2, 3))
    y, back = model.forward(x, training=True)
    back(y)
    with pytest.raises(RuntimeError, match="call backward once, before the next forward"):
        back(y)
    _, old = model.forward(x, training=True)
    model.forward(x, training=True)
    with pytest.raises(RuntimeError, match="belongs to an earlier forward"):
        old(y)


def test_without_training_there_is_no_way_back(model):
    y, back = model.forward(np.ones((2, 3)))
    with pytest.raises(RuntimeError, match=r"write forward\(x, training=True\)"):
        back(y)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("at", ["forward", "backward"])
def test_after_an_interruption_all_is_as_before(at, fuse):
    """One thread stops on the way, and another has already written down what it has found."""
    trouble = []

    class Interrupted(Layer, abstract=True):
        reads = ""

        def forward(self, x, training=False):
            def backward(dy):
                self.stop("backward")
                return dy.copy()

            self.stop("forward")
            return x.copy(), backward

        def stop(self, place):
            if place in trouble and threading.current_thread() is threading.main_thread():
                raise KeyboardInterrupt

    with small(1):
        layers = Input((5, 5, 1)), Conv2D(2, 3), Interrupted(), BatchNorm(), Conv2D(2, 2), Interrupted(), Flatten()
        model = Sequential([*layers, Dense(2)], threads=2, fuse=fuse, dtype=float)
        x, dy = (np.random.default_rng(0).normal(size=(4, *shape)) for shape in ((5, 5, 1), (2,)))

        def gradient():
            _, back = model.forward(x, training=True)
            back(dy)
            return model.grad.copy()

        first = gradient()
        trouble.append(at)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                gradient()
        trouble.clear()
        np.testing.assert_array_equal(gradient(), first)


@pytest.mark.parametrize("fuse", [True, False])
def test_an_output_without_a_gradient_counts_nothing(fuse):
    i = Input(shape=(3,))
    one, other = Dense(2), Dense(2)
    model = Model(i, [one(i), other(i)], fuse=fuse)
    y, back = model.forward(np.ones((2, 3)), training=True)
    model.grad[:] = 7
    back([y[0], None])
    assert np.all(other.dW == 0) and np.all(one.dW != 0)


def test_an_output_stands_once():
    """Two gradients for one value would be one too many."""
    i = Input(shape=(3,))
    y = Dense(2)(i)
    for inputs, outputs in ((i, [y, y]), ([i, i], y)):
        with pytest.raises(ValueError, match="each input and each output once"):
            Model(inputs, outputs)


@pytest.mark.parametrize("fuse", [True, False])
def test_gradients_are_anew_each_time(fuse):
    model = network(fuse=fuse)
    x, y = np.random.default_rng(0).normal(size=(4, 8, 8, 2)), np.arange(4)
    first, again = (model.value_and_grad(x, y, losses.sparse_cce, np.random.default_rng(0))[1].copy() for _ in "12")
    np.testing.assert_array_equal(first, again)


def calls_of(model):
    """The calls of its only plan."""
    (plan,) = model._plans.values()
    return [call for segment in plan.segments for call in segment.calls]


def stack(*layers):
    return lambda: nn.Sequential([nn.Input((6, 6, 2)), nn.Conv2D(3, 1), *(layer() for layer in layers)], dtype=float)


@pytest.mark.parametrize(
    "make",
    [
        stack(nn.ReLU, nn.MaxPool2D),
        stack(nn.ReLU, lambda: nn.MaxPool2D(3, 2, "same"), nn.ReLU, nn.GlobalMaxPool2D),
        stack(nn.ReLU, nn.GlobalMaxPool2D, lambda: nn.Dense(2)),
    ],
    ids=["2 x 2", "overlapping, twice", "all"],
)
def test_a_relu_behind_a_maximum_is_one_before_it(make):
    """Of whole numbers, many of which are equal, below 0 and 0 itself: the same values and gradients, to the bit."""
    model = make()
    model.layers[0].W = np.arange(6).reshape(1, 1, 2, 3) % 3 - 1.0
    rng = np.random.default_rng(5)
    x = rng.integers(-1, 2, (7, 6, 6, 2)).astype(float)
    plain = make()
    plain.theta[...], plain.fuse = model.theta, False
    (y, back), (z, other) = (m.forward(x, training=True) for m in (model, plain))
    kinds = [type(call.layer).__name__ for call in calls_of(model)]
    assert kinds.index("ReLU") > min(i for i, kind in enumerate(kinds) if "MaxPool" in kind)
    assert np.array_equal(y, z)
    dy = rng.integers(1, 9, y.shape).astype(float)
    back(dy)
    other(dy)
    assert np.array_equal(model.grad, plain.grad) and model.grad.any()


@pytest.mark.parametrize("also", [lambda bent: bent, nn.Flatten()], ids=["comes out", "goes on"])
def test_a_relu_that_others_read_stays_where_it_is(also):
    i = nn.Input((4, 4, 1))
    bent = nn.ReLU()(nn.Conv2D(2, 1)(i))
    model = nn.Model(i, [nn.MaxPool2D(2)(bent), also(bent)])
    model.forward(np.ones((2, 4, 4, 1), np.float32), training=True)
    kinds = [type(call.layer).__name__ for call in calls_of(model)]
    assert kinds.index("ReLU") < kinds.index("MaxPool2D")


def test_a_kind_of_relu_of_ones_own_stays_where_it_is():
    """It may be anything, such as one that a maximum does not pass through."""

    class Hill(nn.ReLU, abstract=True):
        def forward(self, x, training=False):
            y, _ = super().forward(1 - x * x)
            return y, lambda dy: -2 * x * dy * (y > 0)

    model = stack(Hill, nn.MaxPool2D)()
    x = np.random.default_rng(0).normal(size=(3, 6, 6, 2))
    y = model.forward(x)[0].copy()
    model.fuse = False
    np.testing.assert_allclose(y, model.forward(x)[0], atol=1e-12)


def test_what_no_output_depends_on_is_not_computed():
    i = nn.Input((3,))
    model = nn.Model(i, nn.Dense(2, "softmax")(i))
    model.value_and_grad(np.ones((4, 3)), np.zeros(4, int), losses.sparse_cce)
    assert [type(call.layer).__name__ for call in calls_of(model)] == ["Dense"]
