"""The named networks: what they are made of, that all of it learns, and what is refused."""

from __future__ import annotations

import doctest
import inspect
import math
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from optiviz import adam, losses, models
from optiviz.nn import Concatenate, Conv1D, Conv2D, Flatten, LocalResponseNorm, Model
from optiviz.nn.graph import in_order

WEIGHTS = {
    "logistic": 7_850,
    "mlp": 101_770,
    "fashion_cnn": 360_458,
    "cifar_cnn": 1_284_170,
    "cifar_vgg": 2_396_330,
    "text_cnn": 232_993,
    "lenet5": 61_706,
    "alexnet": 62_378_344,
    "vgg16": 138_357_544,
    "googlenet": 6_998_552,
}
"""By the literature: those of the papers' networks as they are cited, of the others as Keras counts them."""

LARGE = ("alexnet", "vgg16", "googlenet")
SMALL = [name for name in WEIGHTS if name not in LARGE]

LEAST = {"fashion_cnn": 15, "cifar_cnn": 15, "cifar_vgg": 8, "text_cnn": 35, "lenet5": 16, "alexnet": 67, "vgg16": 32}
"""The smallest input that leaves a place for every window."""


def every(names):
    return pytest.mark.parametrize("network", [models.called(name) for name in names], ids=str)


def data_for(network, n=32):
    """Inputs and targets at random, and the loss that goes with them."""
    rng = np.random.default_rng(0)
    if network is models.text_cnn:
        return rng.integers(0, 50, (n, *network.shape)), rng.integers(0, 2, (n, 1)).astype(float), losses.bce
    return rng.standard_normal((n, *network.shape)), rng.integers(0, 10, n), losses.sparse_cce


def weights_of(model):
    return [
        (f"{model.names[layer]}.{name}", layer, layer.arrays[name])
        for layer in model.layers
        for name in layer.gradients
    ]


# What they are made of.
def test_every_network_has_its_number_of_weights():
    assert {name: models.called(name).size() for name in models.Architecture.registry} == WEIGHTS
    assert models.googlenet.size(auxiliary=True) == 13_378_280


@every(SMALL)
def test_the_number_is_that_of_the_weights_which_are_made(network):
    assert network().theta.size == network.size()


def test_counting_makes_no_weights():
    tracemalloc.start()
    assert models.vgg16.size() == WEIGHTS["vgg16"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def shapes_at(network, kind, **params):
    _, outputs = network.graph(**params)
    return [node.shape for node in in_order(outputs) if isinstance(node.layer, kind)]


def test_arrays_have_the_sizes_of_the_papers():
    assert shapes_at(models.lenet5, Conv2D) == [(28, 28, 6), (10, 10, 16)]
    assert shapes_at(models.alexnet, Conv2D) == [(55, 55, 96), (27, 27, 256), *2 * [(13, 13, 384)], (13, 13, 256)]
    assert shapes_at(models.alexnet, LocalResponseNorm) == [(55, 55, 96), (27, 27, 256)]
    assert len(shapes_at(models.vgg16, Conv2D)) == 13
    assert shapes_at(models.vgg16, Flatten) == [(7 * 7 * 512,)]
    channels = [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    sides = [28] * 2 + [14] * 5 + [7] * 2
    assert shapes_at(models.googlenet, Concatenate) == [(n, n, c) for n, c in zip(sides, channels, strict=True)]
    assert shapes_at(models.googlenet, LocalResponseNorm) == [(56, 56, 64), (56, 56, 192)]
    assert shapes_at(models.googlenet, Flatten, auxiliary=True) == 2 * [(4 * 4 * 128,)]


@pytest.mark.parametrize("name", LEAST)
def test_how_small_an_input_may_be(name):
    network, n = models.called(name), LEAST[name]
    sides = len(network.shape[:-1]) or 1
    network.size((*[n] * sides, *network.shape[sides:]))
    with pytest.raises(ValueError, match="has no place in"):
        network.size((*[n - 1] * sides, *network.shape[sides:]))
    assert f" {n} " in inspect.getdoc(network).partition("Args:")[2].partition("classes:")[0]


def test_googlenet_takes_images_of_any_size_without_auxiliary_heads():
    assert models.googlenet.size((1, 1, 3)) == models.googlenet.size((300, 200, 3)) == WEIGHTS["googlenet"]
    models.googlenet.size((65, 65, 3), auxiliary=True)
    with pytest.raises(ValueError, match="has no place in"):
        models.googlenet.size((64, 64, 3), auxiliary=True)


@every(WEIGHTS)
def test_it_says_what_it_is_and_where_it_comes_from(network):
    assert network.summary.endswith(".") and network.source and repr(network) == network.name
    assert getattr(models, network.name) is network
    module = sys.modules[network.function.__module__]
    test = doctest.DocTestParser().get_doctest(network.__doc__, vars(module).copy(), network.name, None, 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted and not result.failed, "".join(report)


def test_the_signature_tells_the_defaults():
    assert str(inspect.signature(models.text_cnn)).startswith(
        "(shape: 'tuple[int, ...] | None' = (100,), classes=1, *, tokens=10000, dimensions=20, rng: 'Any' = 0, "
    )


# That all of it learns.
@every(SMALL)
def test_every_weight_learns_and_no_two_filters_are_the_same(network):
    model = network(threads=1, **({"tokens": 50} if network is models.text_cnn else {}))
    x, y, loss = data_for(network)
    before = [w.copy() for _, _, w in weights_of(model)]
    state, rng = adam.init(model.theta), np.random.default_rng(1)
    for _ in range(3):
        _, gradient = model.value_and_grad(x, y, loss, rng)
        adam.step(model.theta, gradient, state)
    for (name, layer, after), old in zip(weights_of(model), before, strict=True):
        assert np.mean(after != old) > 0.8, name  # a ReLU may be shut for all 32 examples
        if isinstance(layer, (Conv1D, Conv2D)) and after.ndim > 1:
            assert len(np.unique(after.reshape(-1, after.shape[-1]), axis=1).T) == after.shape[-1], name


@every(SMALL)
def test_planned_it_is_what_its_layers_are(network):
    x, y, loss = data_for(network, 4)
    found = []
    for fuse in (True, False):
        model = network(dtype=np.float64, fuse=fuse, threads=2)
        value, gradient = model.value_and_grad(x, y, loss, np.random.default_rng(1))
        found.append((value, gradient, model.forward(x)[0]))
    for planned, plain in zip(*found, strict=True):
        np.testing.assert_allclose(planned, plain, rtol=0, atol=1e-12 * np.abs(plain).max())


AUXILIARY = {"shape": (65, 65, 3), "classes": 5, "auxiliary": True, "threads": 1}


def gradient_of(model, x, dy):
    """The gradient for these gradients of the three outputs, None for nothing."""
    y, backward = model.forward(x, training=np.random.default_rng(1))
    assert [a.shape for a in y] == 3 * [(2, 5)]
    backward(dy)
    return model.grad.copy()


def test_three_outputs_of_googlenet():
    model = models.googlenet(**AUXILIARY, dtype=np.float64)
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 65, 65, 3)), rng.standard_normal((3, 2, 5))
    alone = [gradient_of(model, x, [d if i == j else None for j, d in enumerate(dy)]) for i in range(3)]
    together = gradient_of(model, x, [dy[0], 0.3 * dy[1], 0.3 * dy[2]])
    np.testing.assert_allclose(together, alone[0] + 0.3 * alone[1] + 0.3 * alone[2], rtol=0, atol=1e-12)
    ends = np.cumsum([math.prod(shape) for shape in model.layout])[:-1]
    heard = np.array([[part.any() for part in np.split(gradient, ends)] for gradient in alone])
    stem, heads = heard[:, :6], heard[:, -12:]  # a convolution and two dense layers each, with their biases
    assert stem.all() and heard.any(axis=0).all()
    assert heads[1, :6].all() and heads[2, 6:].all()
    assert not heads[0].any() and not heads[1, 6:].any() and not heads[2, :6].any()
    assert not heard[1, :-12].all() and not heard[2, :-12].all() and heard[0, :-12].all()


def test_three_outputs_planned_are_those_of_the_layers():
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 65, 65, 3)), rng.standard_normal((3, 2, 5))
    planned, plain = (
        gradient_of(models.googlenet(**AUXILIARY, dtype=np.float64, fuse=fuse), x, dy) for fuse in (True, False)
    )
    np.testing.assert_allclose(planned, plain, rtol=0, atol=1e-12 * np.abs(plain).max())


def test_the_main_path_begins_the_same_with_auxiliary_heads():
    alone, helped = (models.googlenet((65, 65, 3), 5, auxiliary=heads) for heads in (False, True))
    np.testing.assert_array_equal(helped.theta[: alone.theta.size], alone.theta)


# How they are called.
def test_options_are_those_of_a_model():
    one, other = models.lenet5((28, 28, 1), 26, rng=3, dtype=np.float64, threads=1, fuse=False), models.lenet5(rng=4)
    assert (one.theta.size, one.dtype, one.threads, one.fuse) == (45_786, np.float64, 1, False)
    assert one.inputs[0].shape == (28, 28, 1) and one.forward(np.zeros((1, 28, 28, 1)))[0].shape == (1, 26)
    assert other.dtype == np.float32 and other.fuse
    assert (models.lenet5(rng=4).theta == other.theta).all() and (models.lenet5().theta != other.theta).any()


@every(WEIGHTS)
def test_of_one_class_it_says_how_likely_it_is(network):
    _, (output,) = network.graph(classes=1)
    assert output.shape == (1,) and type(output.layer).__name__ == "Sigmoid"
    _, (output,) = network.graph(classes=3)
    assert output.shape == (3,) and type(output.layer).__name__ == "Softmax"


def test_a_network_is_found_by_its_name():
    assert models.called("lenet5") is models.lenet5 and models.called("Cifar-VGG") is models.cifar_vgg
    with pytest.raises(LookupError, match=r"unknown model 'fashion'; did you mean 'fashion_cnn'\?"):
        models.called("fashion")
    with pytest.raises(LookupError, match=r"there are logistic, mlp, fashion_cnn, .*, googlenet"):
        models.called("quux")


def test_a_network_of_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from optiviz.models import answer, architecture\nfrom optiviz.nn import Flatten\n\n"
        "@architecture(shape=(4, 4))\ndef net(i, classes=2):\n    return answer(classes)(Flatten()(i))\n\n"
        "def plain(i):\n    return i\n"
    )
    net = models.called(f"{path}:net")
    assert net().theta.size == 34 and "net" not in models.Architecture.registry
    with pytest.raises(LookupError, match=r"is a plain function; put @architecture\(shape=\.\.\.\) above it"):
        models.called(f"{path}:plain")


@pytest.mark.parametrize("classes", [0, -1, 2.0, True, "10", None])
def test_classes_that_are_none(classes):
    with pytest.raises(ValueError, match=r"classes is a whole number from 1, not .*; 1 asks for yes or no"):
        models.mlp(classes=classes)


def test_arguments_that_are_not_known():
    with pytest.raises(TypeError, match=r"googlenet has no argument 'auxilary'; did you mean 'auxiliary'\?"):
        models.googlenet(auxilary=True)
    with pytest.raises(TypeError, match="rng belongs to a model, and here none is made"):
        models.googlenet.size(rng=1)
    with pytest.raises(TypeError, match="mlp takes a shape and a number of classes; give 64 by its name"):
        models.mlp((4,), 2, 64)
    with pytest.raises(ValueError, match="has no place in 2 x 2"):
        models.lenet5((2, 2, 1))
    with pytest.raises(ValueError, match="a single channel is an axis, too"):
        models.lenet5((32, 32))


def test_it_is_kept_in_a_file(tmp_path):
    model, x = models.lenet5(rng=1), data_for(models.lenet5, 2)[0]
    model.save(tmp_path / "lenet5.npz")
    np.testing.assert_array_equal(Model.load(tmp_path / "lenet5.npz").predict(x), model.predict(x))


@pytest.mark.proof
@every(LARGE)
def test_a_photograph_goes_forward_and_back(network):
    """What it takes is in benchmarks/imagenet.py."""
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    with Image.open(Path(get_sample_data("grace_hopper.jpg", asfileobj=False))) as image:
        x = np.asarray(image.resize(network.shape[1::-1]), np.float32)[None] / 128 - 1
    model = network()
    value, _ = model.value_and_grad(x, np.array([652]), losses.sparse_cce, np.random.default_rng(0))
    assert value == pytest.approx(math.log(1000), rel=0.2)
    assert all(
        np.isfinite(layer.gradient(n)).all() and layer.gradient(n).any()
        for layer in model.layers
        for n in layer.gradients
    )
