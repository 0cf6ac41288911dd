"""Models in files: the same to the bit, written whole, and nothing that is damaged or foreign is taken for one."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest

from optiviz import adam, nn
from optiviz.nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, Input, Layer, Model, ReLU, Sequential, load
from optiviz.nn.layer import LAYERS


@pytest.fixture
def own_layers():
    """Layers that a test defines are forgotten after it."""
    kept = dict(LAYERS)
    yield
    LAYERS.clear()
    LAYERS.update(kept)


def image_model(**options) -> Model:
    layers = [Input((6, 6, 2)), Conv2D(3, (3, 2), strides=2, padding="same", activation="relu"), BatchNorm()]
    return Sequential([*layers, Dropout(0.3), Flatten(), Dense(4, use_bias=False)], rng=1, **options)


def shared_model(**options) -> Model:
    """Two inputs, two outputs, a layer with an activation that stands at two places, and one without weights."""
    a, b = Input((3,)), Input((3,))
    both, relu = Dense(5, "relu"), ReLU()
    one, other = both(a), both(b)
    return Model([a, b], [Dense(2)(one), relu(Dense(4)(relu(other)))], rng=2, **options)


def graph(shape: tuple[int, ...], *layers: Layer, **options) -> Model:
    return Sequential([Input(shape), *layers], **options)


def residual_model(**options) -> Model:
    a, b = Input((6, 6, 2)), Input((6, 6, 2))
    sums = nn.Add()([nn.Conv2D(2, 3, padding="same")(a), b])
    return Model([a, b], nn.Concatenate()([sums, nn.ZeroPadding2D(((1, 2), (2, 1)))(nn.MaxPool2D(2)(a))]), **options)


MODELS = {
    "image": image_model,
    "shared": shared_model,
    "tokens": lambda **o: graph(
        (7,), nn.Embedding(9, 4), nn.Conv1D(3, 2), nn.GlobalMaxPool1D(), Dense(2, "sigmoid"), **o
    ),
    "depthwise": lambda **o: graph(
        (6, 6, 2), nn.DepthwiseConv2D(3), nn.LayerNorm(), nn.Tanh(), nn.AvgPool2D((2, 1)), **o
    ),
    "alex": lambda **o: graph(
        (6, 6, 8), nn.LocalResponseNorm(), nn.LeakyReLU(), nn.GlobalAvgPool2D(), nn.Softmax(), **o
    ),
    "rows": lambda **o: graph((6, 6), nn.MaxPool1D(2), nn.Reshape((9, 2)), nn.AvgPool1D(3), nn.GlobalAvgPool1D(), **o),
    "largest": lambda **o: graph((6, 6, 8), nn.GlobalMaxPool2D(), nn.Sigmoid(), **o),
    "residual": residual_model,
}


def test_every_layer_is_in_one_of_the_models():
    used = {type(layer).__name__ for make in MODELS.values() for layer in make().layers}
    assert {name for name, kind in LAYERS.items() if kind.__module__.startswith("optiviz.")} == used


def data(model: Model, n: int = 9) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 9, (n, *node.shape)) if v in model.tokens else rng.normal(size=(n, *node.shape))
        for v, node in zip(model.ins, model.inputs, strict=True)
    ]


def said(model: Model) -> bytes:
    found = model.predict(data(model))
    return b"".join(y.tobytes() for y in (found if isinstance(found, list) else [found]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_a_model_comes_back_to_the_bit(make, dtype, tmp_path):
    model = make(dtype=dtype)
    if model.statistics.size:
        model.statistics[...] = np.linspace(0.5, 2, model.statistics.size)
    path = tmp_path / "model.npz"
    model.save(path)
    back = load(path)
    assert said(back) == said(model)
    assert (back.theta.tobytes(), back.statistics.tobytes()) == (model.theta.tobytes(), model.statistics.tobytes())
    assert [repr(layer) for layer in back.layers] == [repr(layer) for layer in model.layers]
    assert (back.layout, back.dtype, len(back.calls)) == (model.layout, model.dtype, len(model.calls))
    first = path.read_bytes()
    back.save(path)
    assert path.read_bytes() == first
    assert Model.load(path, threads=1).threads == 1


def test_a_model_that_came_back_is_trained_as_the_other(tmp_path):
    model = image_model()
    model.save(tmp_path / "model.npz")
    back = load(tmp_path / "model.npz")
    x, y = data(model, 40)[0], np.arange(40) % 4
    for each in (model, back):
        each.fit(x, y, loss="sparse_cce", optimizer=adam, epochs=2)
    assert said(back) == said(model) and back.statistics.tobytes() == model.statistics.tobytes()


def test_a_trained_model_comes_back_to_the_bit(tmp_path):
    model = image_model()
    model.fit(data(model, 40)[0], np.arange(40) % 4, loss="sparse_cce", optimizer=adam, epochs=2)
    model.save(tmp_path / "model.npz")
    assert said(load(tmp_path / "model.npz")) == said(model)


def test_the_file_is_one_that_numpy_reads(tmp_path):
    model = image_model()
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        assert (file["theta"] == model.theta).all() and (file["statistics"] == model.statistics).all()


@pytest.mark.usefixtures("own_layers")
def test_a_layer_of_ones_own_must_be_known(tmp_path):
    class Scaled(Layer):
        reads = ""

        def __init__(self, factor: float, inner: Layer | None = None) -> None:
            self.factor, self.inner = factor, inner

        def forward(self, x, training=False):
            return x * self.factor, lambda dy: dy * self.factor

    path = tmp_path / "model.npz"
    model = Sequential([Input((3,)), Scaled(0.25, ReLU()), Dense(1)])
    model.save(path)
    back = load(path)
    assert said(back) == said(model) and isinstance(back.layers[0].inner, ReLU)
    del LAYERS["Scaled"]
    with pytest.raises(
        ValueError, match=r"model\.npz has the layer 'Scaled', which is not known here; define its class"
    ):
        load(path)


@pytest.mark.usefixtures("own_layers")
def test_what_has_no_words_is_not_written(tmp_path):
    class Applied(Layer):
        def __init__(self, function) -> None:
            self.function = function

        def forward(self, x, training=False):
            return self.function(x), lambda dy: dy

    with pytest.raises(TypeError, match=r"Applied has function=.*cannot be written"):
        Sequential([Input((3,)), Applied(np.tanh)]).save(tmp_path / "model.npz")
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        image_model().save(tmp_path / "missing" / "model.npz")
    with pytest.raises(IsADirectoryError):
        image_model().save(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        load(tmp_path / "missing.npz")
    assert not [*tmp_path.iterdir()]


def rewritten(path, change, **arrays) -> None:
    """The file again, with its facts changed and some arrays."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(parts.pop("model.json"))
    change(facts)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.json", json.dumps(facts))
        for name, content in parts.items():
            if name.removesuffix(".npy") not in arrays:
                archive.writestr(name, content)
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=True)


def set_at(*keys):
    """A change of the facts: what stands at the place that the keys but the last say becomes the last."""
    *way, last, value = keys

    def change(facts):
        for key in way:
            facts = facts[key]
        facts[last] = value

    return change


def same(facts) -> None:
    """No change."""


CHANGES = {
    "newer": set_at("version", 2),
    "foreign": set_at("mark", "made by another"),
    "no layers": lambda facts: facts.pop("layers"),
    "another size": set_at("layers", 1, "config", "filters", 4),
    "endless": set_at("layers", 1, "config", "filters", 10**12),
    "an argument that is not": set_at("layers", 1, "config", "colour", 3),
    "a layer of layers to come": set_at("layers", 1, "config", "activation", {"layer": 7}),
    "a layer of itself": set_at("layers", 1, "config", "activation", {"layer": 1}),
    "a node of nodes to come": set_at("nodes", 1, "of", [4]),
    "a node of itself": set_at("nodes", 1, "of", [1]),
    "a node of none": set_at("nodes", 1, "of", []),
    "a node of two": set_at("nodes", 1, "of", [0, 0]),
    "from behind": set_at("nodes", 1, "of", [-1]),
    "no number": set_at("nodes", 1, "of", ["0"]),
    "no layer": set_at("nodes", 1, "layer", 99),
    "no shape": set_at("nodes", 0, "shape", [6, 6, -2]),
    "another shape": set_at("nodes", 0, "shape", [6, 6, 3]),
    "no output": set_at("outputs", []),
    "an input too few": set_at("inputs", []),
    "other weights": set_at("weights", 0, 2, [3, 2, 3, 2]),
    "a number for a layer": set_at("layers", 1, "config", 3),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_with_other_words_is_refused(change, tmp_path):
    path = tmp_path / "model.npz"
    image_model().save(path)
    rewritten(path, same)
    assert said(load(path)) == said(image_model())
    rewritten(path, change)
    with pytest.raises(ValueError, match=r"model\.npz is damaged or not a model written by optiviz"):
        load(path)


unpickled = []


def unpickle(word):
    unpickled.append(word)


class Pickled:
    def __reduce__(self):
        return unpickle, ("ran",)


ARRAYS = {
    "too short": {"theta": np.zeros(3, np.float32)},
    "not flat": {"theta": image_model().theta[None]},
    "whole numbers": {"theta": np.zeros(image_model().theta.shape, int)},
    "two kinds": {"theta": np.zeros(image_model().theta.shape, np.float64)},
    "moved": {
        "theta": np.append(image_model().theta, np.float32(0)),
        "statistics": image_model().statistics[1:],
    },
    "a pickle": {"theta": np.array([Pickled()], dtype=object)},
}


@pytest.mark.parametrize("arrays", ARRAYS.values(), ids=ARRAYS)
def test_a_file_with_other_arrays_is_refused(arrays, tmp_path):
    path = tmp_path / "model.npz"
    image_model().save(path)
    rewritten(path, same, **arrays)
    with pytest.raises(ValueError, match=r"model\.npz is damaged or not a model written by optiviz"):
        load(path)
    assert not unpickled


def test_foreign_files_are_refused(tmp_path):
    np.savez(tmp_path / "savez.npz", theta=np.zeros(3))
    np.save(tmp_path / "save.npy", np.zeros(3))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Pickled()))
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "text.npz").write_text("theta = 3")
    for name, facts in (("list", "[]"), ("number", "3"), ("nothing", "{}"), ("broken", "{"), ("deep", "[" * 10**5)):
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as archive:
            archive.writestr("model.json", facts)
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", " " * 10**7 + "{}")
    history = Sequential([Input((1,)), Dense(1)]).fit([[1.0]], [1.0], loss="mse", optimizer=adam)
    history.save(tmp_path / "history.npz")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ValueError, match=f"{path.name} is damaged or not a model written by optiviz"):
            load(path)
    assert not unpickled


def damaged(content: bytes, count: int) -> Iterator[bytes]:
    rng = np.random.default_rng(0)
    for _ in range(count):
        broken = bytearray(content)
        for at in rng.integers(len(content), size=rng.integers(1, 4)):
            broken[at] = rng.integers(256)
        yield bytes(broken)
        yield content[: rng.integers(len(content))]


@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.proof)])
def test_a_damaged_file_is_refused_or_read_as_it_was(count, tmp_path):
    path = tmp_path / "model.npz"
    model = image_model()
    model.save(path)
    words, refused = said(model), 0
    for content in damaged(path.read_bytes(), count):
        path.write_bytes(content)
        try:
            assert said(load(path)) == words
        except ValueError as error:
            refused += "damaged or not a model" in str(error)
    assert refused > count
