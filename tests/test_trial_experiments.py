"""The course's comparisons: what is compared differs in one thing, the answer has the numbers, and claims hold."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from optiviz.data import shapes
from optiviz.trials.contest import Contest
from optiviz.trials.experiments import EXPERIMENTS, Shown, find, networks
from optiviz.trials.experiments.experiment import judged
from optiviz.trials.experiments.figures import SIZES, figures, figures_of, squeezed

every_experiment = pytest.mark.parametrize("name", EXPERIMENTS)


@cache
def small(name: str) -> Shown:
    return EXPERIMENTS[name].show((0, 1), examples=40, epochs=1)


@every_experiment
def test_a_question_a_line_and_an_answer(name):
    one, shown = EXPERIMENTS[name], small(name)
    assert one.name == name and one.question.endswith("?") and one.line.endswith(".") and one.because.endswith(".")
    assert shown.answer.startswith("After 1 epoch of 40 examples") and shown.answer.endswith(".")
    assert all(label in shown.answer for label in shown.contest.names)
    assert shown.better == shown.contest.names[-1] and shown.contest.loss.shape == (2, 2, 1)
    assert np.isfinite(shown.contest.step_loss).all()


@every_experiment
def test_the_same_seeds_give_the_same_numbers(name):
    again = EXPERIMENTS[name].show((1,), examples=40, epochs=1)
    assert np.array_equal(again.contest.step_loss[:, 0], small(name).contest.step_loss[:, 1])


@every_experiment
def test_what_is_compared_differs_in_one_thing(name):
    a, b = EXPERIMENTS[name].variants(20, 20)
    assert repr(a.optimizer) == repr(b.optimizer) and a.loss == b.loss and np.array_equal(a.train.y, b.train.y)
    models = a.model(0), b.model(0)
    same_network, same_change = repr(models[0].layers) == repr(models[1].layers), a.augment is b.augment
    same_images = all(np.array_equal(*pair) for pair in zip(each(a.train.x), each(b.train.x), strict=True))
    differ = [same_network, same_change, same_images].count(False)
    assert differ == 1 + (name == "any-size")  # one of its networks cannot take the images of the other


def each(x):
    return x if isinstance(x, list) else [x]


@pytest.mark.parametrize("name", ["pooling", "dropout", "augmentation"])
def test_as_many_weights(name):
    assert len({*small(name).contest.weights.tolist()}) == 1


def test_convolutions_have_as_many_weights_as_the_dense_network():
    dense, convolutional = small("sharing").contest.weights
    assert abs(dense - convolutional) < 0.01 * dense


def test_images_of_several_sizes():
    train, held = figures_of(SIZES, 12, 8)
    assert [x.shape for x in train.x] == [(12, *size, 1) for size in SIZES] and held.y.shape == (8, 3)
    flat = squeezed(train)
    assert {x.shape for x in flat.x} == {(12, 28, 28, 1)} and np.array_equal(flat.x[0], train.x[0])
    assert flat.x[1][3, 5, 7, 0] == pytest.approx(train.x[1][3, 5, 14:16, 0].mean())
    assert flat.x[2][3, 5, 7, 0] == pytest.approx(train.x[2][3, 10:12, 7, 0].mean())


def test_what_is_trained_on_is_not_what_is_judged_by():
    train, held = figures(30, 30)
    made = shapes(30, 30)
    assert np.array_equal(train.x, made.train.x / np.float32(255)) and np.array_equal(held.y, made.test.y)
    assert not any(np.array_equal(a, b) for a in train.x for b in held.x)


def test_the_listings_read_like_the_slide():
    """A layer a line, and nothing else but loops."""
    for listing in (networks.plain, networks.normalized, networks.pooled, networks.thinned):
        body = inspect.getsource(listing).partition('"""')[2].partition('"""')[2].split("\n")
        assert all(line.strip().startswith(("z = ", "for filters in", "return answer(")) for line in body if line)


# Verdicts.


def contested(*accuracies) -> Contest:
    """A contest that ended with these accuracies, (V, S)."""
    last = np.array(accuracies, dtype=float)[..., None]
    count, seeds, _ = last.shape
    names = tuple("abc"[:count])
    return Contest(names, tuple(range(seeds)), 32, 100, np.ones(count), last, last, last, last, np.ones((count, seeds)))


@pytest.mark.parametrize(
    ("accuracies", "expected", "phrase"),
    [
        (([0.5, 0.6, 0.7], [0.9, 0.91, 0.92]), True, "a 60.0% ± 10.0; b 91.0% ± 1.0. Why."),
        (([0.5, 0.6, 0.7], [0.6, 0.7, 0.8]), False, "b was to be ahead; by these runs the difference may be luck"),
        (([0.9, 0.91, 0.92], [0.5, 0.5, 0.5]), False, "It was to be the other way round, with b ahead"),
        (([0.5], [0.9]), False, "A single seed cannot tell a difference from luck"),
        (([0.5, np.nan, 0.5], [0.9, 0.9, 0.9]), True, "a, a run of which diverged"),
        (([0.5, 0.5, 0.5], [0.9, np.nan, 0.9]), False, "b, a run of which diverged"),
        (([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]), False, "may be luck"),
    ],
)
def test_the_verdict_is_that_of_the_numbers(accuracies, expected, phrase):
    shown = judged(replace(EXPERIMENTS["pooling"], because="Why."), contested(*accuracies))
    assert shown.as_expected is expected and phrase in shown.answer


def test_names_are_found_however_they_are_spelt():
    assert find("Batch_Norm") is find("batch-norm") is EXPERIMENTS["batch-norm"]
    with pytest.raises(LookupError, match="unknown experiment 'poling'; did you mean 'pooling'"):
        find("poling")


@pytest.mark.proof
@every_experiment
def test_what_is_expected_happens(name):
    shown = EXPERIMENTS[name].show()
    assert shown.as_expected, shown.answer
