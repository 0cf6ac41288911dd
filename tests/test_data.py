"""The sets that are made here: what they are, that they are as hard as they say, and that a seed is a set."""

from __future__ import annotations

import re

import numpy as np
import pytest

from optiviz import adam, data
from optiviz.data.drawing import REACH, coverage
from optiviz.data.figures import FIGURES
from optiviz.nn import Conv1D, Conv2D, Dense, Embedding, Flatten, GlobalMaxPool1D, Input, MaxPool2D, Sequential

MADE = (data.shapes, data.shapes_rgb, data.messages)


@pytest.mark.parametrize("make", MADE)
def test_a_set_is_what_it_says(make):
    made = make(train=300, test=30)
    for part, size in ((made.train, 300), (made.test, 30)):
        x, y = part
        assert len(x) == len(y) == size and y.dtype == np.int64
        assert not y.flags.writeable
    assert set(made.train.y) == set(range(len(made.classes)))
    assert made.about and made.source and made.licence
    if made.shape is None:
        assert isinstance(made.train.x, list) and all(isinstance(text, str) and text for text in made.train.x)
    else:
        assert made.train.x.dtype == np.uint8 and made.train.x.shape == (300, *made.shape)
        assert not made.train.x.flags.writeable
        assert np.bincount(made.train.y).min() >= 27


@pytest.mark.parametrize("make", MADE)
def test_a_seed_is_a_set_and_a_small_one_begins_a_large_one(make):
    small, large, other = make(train=20, test=10), make(train=600, test=300), make(train=20, test=10, seed=1)
    for part in ("train", "test"):
        a, b, c = (getattr(made, part) for made in (small, large, other))
        assert np.array_equal(a.x, b.x[: len(a.x)]) and np.array_equal(a.y, b.y[: len(a.y)])
        assert not np.array_equal(a.x, c.x)
    assert not np.array_equal(small.train.x[:10], small.test.x)


@pytest.mark.parametrize("name", ["shapes", "shapes-rgb", "messages"])
def test_the_default_sets_by_name(name):
    made = data.load(name.replace("-", "_").upper(), seed=3)
    assert made.name == name
    again = getattr(data, name.replace("-", "_"))(train=5, test=5, seed=3)
    assert np.array_equal(made.test.x[:5], again.test.x)


@pytest.mark.parametrize("size", [(16, 16), (28, 28), (45, 45), (28, 56), (40, 20)])
def test_a_figure_is_whole_and_seen_at_any_size(size):
    y = np.repeat(np.arange(10), 20)
    cover = coverage(y, size, np.random.default_rng(0))
    assert cover.shape == (200, *size) and cover.min() == 0 and cover.max() == 1
    edge = np.concatenate([cover[:, 0], cover[:, -1], cover[:, :, 0], cover[:, :, -1]], axis=1)
    assert (edge.max(axis=1) > 0.5).mean() < 0.02
    assert (cover.sum(axis=(1, 2)) > 0.03 * min(size) ** 2).all()


@pytest.mark.parametrize("name", FIGURES)
def test_a_distance_is_negative_inside_and_grows_no_faster_than_the_way(name):
    line = np.linspace(-1.5, 1.5, 301, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    distance = FIGURES[name](x, y)
    assert distance.dtype == np.float32
    inside = (distance < 0).mean() * 9
    assert 1.0 < inside < 2.6, "about the area of its kin"
    assert (np.hypot(x, y)[distance < 0] < REACH).all()
    slopes = np.hypot(*np.gradient(distance, 0.01))
    assert np.quantile(slopes, 0.99) < 1.45


def test_scaled():
    x = np.arange(256, dtype=np.uint8)
    assert np.array_equal(data.scaled(x), np.arange(256, dtype=np.float32) / 255)
    assert data.scaled(x).dtype == np.float32
    floats = np.array([0.5, 7])
    assert data.scaled(floats).dtype == np.float32 and np.array_equal(data.scaled(floats), floats)
    with pytest.raises(TypeError, match="uint8"):
        data.scaled(np.array([1, 2]))


@pytest.mark.parametrize("make", MADE)
@pytest.mark.parametrize(
    "wrong", [{"train": 0}, {"test": -1}, {"train": 2.5}, {"seed": -1}, {"seed": "x"}, {"test": True}]
)
def test_a_wrong_number_is_refused(make, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is a whole number from"):
        make(**wrong)


def test_a_wrong_size_is_refused():
    with pytest.raises(ValueError, match="size is a whole number from 16, not 8"):
        data.shapes(size=8)
    with pytest.raises(ValueError, match="size is a whole number from 16, not 8"):
        data.shapes(size=(28, 8))
    with pytest.raises(ValueError, match="size is a whole number from 16, not \\(28, 28, 1\\)"):
        data.shapes(size=(28, 28, 1))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("fashon-mnist", "fashion-mnist"),
        ("shape", "shapes"),
        ("sms_spm", "sms-spam"),
        ("cifar", "cifar-10"),
        (3, "there"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(name, meant):
    with pytest.raises(LookupError, match="unknown data") as error:
        data.load(name)
    assert meant in str(error.value)


def test_a_linear_model_guesses_at_shapes_and_a_small_convolutional_network_does_not():
    made = data.shapes(train=2000, test=400, size=20)
    (x, y), (x_test, y_test) = made.train, made.test
    x, x_test = data.scaled(x), data.scaled(x_test)
    linear = Sequential([Input(shape=made.shape), Flatten(), Dense(10, "softmax")], rng=0)
    linear.fit(x, y, loss="sparse_cce", optimizer=adam(), epochs=5, progress=False)
    assert linear.evaluate(x_test, y_test, loss="sparse_cce").accuracy < 0.25
    layers = [Conv2D(8, 3, activation="relu"), MaxPool2D(2), Conv2D(16, 3, activation="relu"), MaxPool2D(2)]
    small = Sequential([Input(shape=made.shape), *layers, Flatten(), Dense(32, "relu"), Dense(10, "softmax")], rng=0)
    small.fit(x, y, loss="sparse_cce", optimizer=adam(lr=0.004), epochs=5, progress=False)
    assert small.evaluate(x_test, y_test, loss="sparse_cce").accuracy > 0.8


def test_words_alone_do_not_tell_the_messages_and_their_order_does():
    made = data.messages(train=2000, test=500)
    words = [[re.findall(r"[a-z0-9]+", text.lower()) for text in part.x] for part in (made.train, made.test)]
    known = {
        word: number
        for number, word in enumerate(sorted({w for text in words[0] for w in text if w < "08" or w > "09"}))
    }
    length = max(len(text) for part in words for text in part)
    numbers = [np.zeros((len(part), length), int) for part in words]
    for part, array in zip(words, numbers, strict=True):
        for row, text in zip(array, part, strict=True):
            row[: len(text)] = [known.get(word, -2) + 2 for word in text]
    counts = [np.stack([np.bincount(row, minlength=len(known) + 2)[1:] for row in array]) for array in numbers]
    y, y_test = made.train.y, made.test.y

    linear = Sequential([Input(shape=counts[0].shape[1:]), Dense(1, "sigmoid")], rng=0)
    linear.fit(counts[0], y, loss="bce", optimizer=adam(lr=0.01), epochs=8, progress=False)
    assert 0.6 < linear.evaluate(counts[1], y_test, loss="bce").accuracy < 0.8

    order = [Embedding(len(known) + 2, 12), Conv1D(16, 3, activation="relu"), GlobalMaxPool1D(), Dense(1, "sigmoid")]
    model = Sequential([Input(shape=(length,)), *order], rng=0)
    model.fit(numbers[0], y, loss="bce", optimizer=adam(lr=0.01), epochs=4, progress=False)
    assert model.evaluate(numbers[1], y_test, loss="bce").accuracy > 0.95
