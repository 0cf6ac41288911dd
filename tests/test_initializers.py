"""How weights begin: their bounds and variances."""

import math
import tracemalloc

import numpy as np
import pytest

from optiviz import nn
from optiviz.nn.initializers import INITIALIZERS, initializer
from optiviz.nn.layer import AT_ONCE

SHAPE, IN, OUT = (300, 400), 300, 400

VARIANCES = {
    "he": 2 / IN,
    "glorot": 2 / (IN + OUT),
    "lecun": 1 / IN,
    "uniform": 0.1**2 / 12,
    "zeros": 0,
    "ones": 0,
}
BOUNDS = {"glorot": math.sqrt(6 / (IN + OUT)), "uniform": 0.05, "zeros": 0, "ones": 1}


def test_every_initializer_is_known():
    assert set(VARIANCES) == set(INITIALIZERS)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_variance_and_bounds(name):
    made = initializer(name)(np.random.default_rng(0), SHAPE, IN, OUT)
    assert made.shape == SHAPE
    assert made.var() == pytest.approx(VARIANCES[name], rel=0.02)  # of 120 000 numbers: within five standard errors
    assert abs(made.mean() - (name == "ones")) <= 5 * math.sqrt(VARIANCES[name] / made.size)
    if name in BOUNDS:
        assert 0.999 * BOUNDS[name] <= np.abs(made).max() <= BOUNDS[name]
    else:
        assert np.abs(made).max() > 3 * math.sqrt(VARIANCES[name])  # normal numbers have tails


def test_the_same_seed_draws_the_same():
    for name in INITIALIZERS:
        one, two, three = (initializer(name)(np.random.default_rng(seed), SHAPE, IN, OUT) for seed in (0, 0, 1))
        np.testing.assert_array_equal(one, two)
        assert (one == three).all() == (name in ("zeros", "ones"))


@pytest.mark.parametrize(
    ("layer", "shape", "fans"),
    [
        (nn.Dense(5), (7,), (7, 5)),
        (nn.Conv2D(5, (2, 3)), (8, 8, 7), (42, 30)),
        (nn.Conv1D(5, 3), (8, 7), (21, 15)),
        (nn.DepthwiseConv2D((2, 3), depth_multiplier=4), (8, 8, 7), (6, 24)),
    ],
    ids=repr,
)
def test_how_many_numbers_enter_and_leave_a_unit(layer, shape, fans):
    begin = layer.weights(shape)["W"]
    assert (begin.fan_in, begin.fan_out) == fans


@pytest.mark.parametrize("name", INITIALIZERS)
def test_what_is_drawn_in_parts_is_what_is_drawn_at_once(name):
    begin = nn.Begin((2, AT_ONCE + 3), name, IN, OUT)
    found, rng = np.empty(begin.shape, np.float32), np.random.default_rng(0)
    begin.fill(found, rng)
    whole = initializer(name)(other := np.random.default_rng(0), begin.shape, IN, OUT)
    np.testing.assert_array_equal(found, whole.astype(np.float32))
    assert rng.random() == other.random()


def test_making_a_model_takes_little_more_than_its_weights_and_gradients():
    tracemalloc.start()
    model = nn.Sequential([nn.Input(2048), nn.Dense(2048)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < model.theta.nbytes + model.grad.nbytes + 8 * AT_ONCE + 1_000_000


def test_an_unknown_initializer():
    with pytest.raises(LookupError, match=r"unknown initializer 'hee'; did you mean 'he'\?"):
        initializer("hee")
    with pytest.raises(LookupError, match="there are he, glorot"):
        initializer("quux")
