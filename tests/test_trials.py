"""Trials: what is trained on what and how, what is prepared for it, and what a model is worth."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_data import SMALL, small, small_data  # noqa: F401, a fixture

from optiviz.data import NAMES
from optiviz.losses import Loss
from optiviz.models import Architecture, called
from optiviz.nn import Diverged
from optiviz.trials import RECIPES, Trial, judged, planned, prepared, resolved, train
from optiviz.trials.judging import loss_for, outputs_for, targets_for
from optiviz.trials.material import some_of_each

pytestmark = pytest.mark.usefixtures("small_data")

STEP = {"epochs": 1, "limit": 16, "batch_size": 16, "threads": 1}
"""One update."""


# What a trial says.


def test_every_set_of_data_has_a_recipe_that_can_be_followed():
    assert {*RECIPES} == {*NAMES}
    for name, recipe in RECIPES.items():
        trial = Trial(name).completed()
        assert (trial.model, trial.optimizer, trial.epochs) == (recipe.model, recipe.optimizer, recipe.epochs)
        assert called(recipe.model) and ("tokens" in called(recipe.model).params) == bool(recipe.length)


def test_a_trial_is_the_same_in_a_file():
    trial = Trial("messages", optimizer="adam:lr=0.1", epochs=3, seed=4)
    assert Trial(**json.loads(json.dumps(trial.facts))) == trial
    assert trial.completed().completed() == trial.completed()
    assert trial.differences(replace(trial, epochs=4, seed=5)) == ["epochs", "seed"]


def test_the_schedule_is_that_of_the_usual_rule_alone():
    usual = RECIPES["shapes"]
    assert usual.schedule and Trial("shapes").completed().schedule == usual.schedule
    assert Trial("shapes", optimizer=usual.optimizer).completed().schedule == ""
    assert Trial("shapes", optimizer="sgd", schedule="cosine").completed().schedule == "cosine"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("cosine", "cosine:steps=18"),
        ("one-cycle(lr=0.1)", "one-cycle:lr=0.1,steps=18"),
        ("linear:steps=5", "linear:steps=5"),
        ("cosine:until=3", "cosine:until=3"),
        ("exponential:k=0.1", "exponential:k=0.1"),
        ("warmup >> cosine", "warmup >> cosine"),
        ("reduce_on_plateau", "reduce_on_plateau"),
    ],
)
def test_a_schedule_with_an_end_lasts_as_long_as_the_training(text, whole):
    material = prepared(Trial(limit=50))
    found = resolved(Trial(limit=50, epochs=3, batch_size=9, schedule=text), material)
    assert found.schedule == whole and resolved(found, material) == found


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"epochs": 1.5}, {"seed": True}, {"model": None}, {"data": 3}])
def test_a_trial_of_something_else_is_refused(wrong):
    with pytest.raises(TypeError, match=f"{next(iter(wrong))} of a trial is a "):
        Trial(**wrong)


# What is prepared.


@examples(60)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
def test_some_of_each_class_are_the_first_of_each_as_its_share_says(labels, data):
    labels = np.array(labels)
    count = data.draw(st.integers(1, len(labels)))
    places = some_of_each(labels, count)
    assert len({*places.tolist()}) == len(places) == count and (np.diff(places) > 0).all()
    sizes, taken = np.bincount(labels), np.bincount(labels[places], minlength=labels.max() + 1)
    for k in np.flatnonzero(sizes):
        assert (places[labels[places] == k] == np.flatnonzero(labels == k)[: taken[k]]).all()
        exact = sizes[k] * count / len(labels)
        assert count < np.count_nonzero(sizes) or max(1, math.floor(exact)) >= taken[k] - 1
    if count >= np.count_nonzero(sizes):
        assert (taken[sizes > 0] > 0).all()


def test_images_are_floats_and_the_originals_are_beside_them():
    material = prepared(Trial(limit=30))
    x, y = material.train
    assert (x.shape, x.dtype, x.min() >= 0, x.max() <= 1) == ((30, 28, 28, 1), np.float32, True, True)
    assert np.bincount(y).tolist() == [3] * 10
    assert np.array_equal(np.round(material.test.x * 255), material.originals)


def test_no_word_of_a_test_is_known_before():
    material = prepared(Trial("messages", limit=20))
    tokenizer = material.intake.tokenizer
    known = {word for text in material.dataset.train.x for word in tokenizer.words(text)}
    counted = {*tokenizer.word_counts}
    assert counted < known and max(map(max, material.train.x)) == tokenizer.size - 1
    assert material.test.x.shape == (100, RECIPES["messages"].length) and material.test.x.dtype.kind == "i"
    unknown = tokenizer.word_index[tokenizer.oov_token]
    assert unknown in material.test.x and unknown not in material.train.x


@pytest.mark.parametrize("data", ["shapes", "messages"])
def test_what_is_held_out_is_of_the_training_examples(data):
    whole = prepared(Trial(data, limit=60))
    part = whole.held_out(0.25)
    assert (len(part.train.y), len(part.test.y)) == (45, 15)
    assert np.array_equal(part.intake(part.originals), part.test.x)
    rows = {row.tobytes() for row in part.train.x}, {row.tobytes() for row in part.test.x}
    assert rows[0] | rows[1] == {row.tobytes() for row in whole.train.x} and not rows[0] & rows[1]
    for share in (0.0, 1.0, 0.001):
        with pytest.raises(ValueError, match="examples leaves"):
            whole.held_out(share)


@pytest.mark.parametrize(
    ("trial", "phrase"),
    [
        (Trial("shapse"), "unknown data 'shapse'; did you mean 'shapes'?"),
        (Trial(limit=201), "has 200 examples to train on, not 201"),
        (Trial(limit=9), "has 10 classes"),
        (Trial(model="lenet-5"), "unknown model 'lenet-5'; did you mean 'lenet5'?"),
        (Trial(model="text_cnn"), "text_cnn is for texts, and shapes has images"),
        (Trial("messages", model="mlp"), "mlp takes no tokens, and messages has texts"),
        (Trial("messages", model="lenet5"), "lenet5 takes no tokens, and messages has texts"),
        (Trial("messages", augment="flip"), "flip changes images, and messages has texts"),
        (Trial(model="vgg16"), "window"),
        (Trial(loss="bce"), "bce is no loss of 10 classes; did you mean 'cce'?"),
        (Trial("messages", loss="hinge"), "hinge is no loss of 2 classes"),
        (Trial(loss="cross-entropy"), "did you mean 'bce' or 'cce'?"),
        (Trial(optimizer="adm"), "unknown optimizer 'adm'; did you mean 'adam'?"),
        (Trial(schedule="cosin"), "unknown schedule 'cosin'; did you mean 'cosine'?"),
        (Trial(augment="flop"), "unknown augmentation 'flop'; did you mean 'flip'?"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_trained(trial, phrase):
    with pytest.raises((LookupError, ValueError)) as caught:
        planned(trial, prepared(trial))
    assert phrase in str(caught.value)


MODELS = """
from optiviz.models import answer, architecture
from optiviz.nn import Conv2D, Dense, Embedding, Flatten, GlobalAvgPool1D, GlobalAvgPool2D

@architecture(shape=(28, 28, 1))
def tiny(i, classes=10):
    return answer(classes)(GlobalAvgPool2D()(Conv2D(8, 3, strides=2, activation="relu")(i)))

@architecture(shape=(28, 28, 1))
def raw(i, classes=10):
    return Dense(classes)(Flatten()(i))

@architecture(shape=(40,))
def words(i, classes=1, *, tokens=100):
    return answer(classes)(GlobalAvgPool1D()(Embedding(tokens, 8)(i)))

@architecture(shape=(28, 28, 1))
def five(i):
    return answer(5)(Flatten()(i))
"""


@pytest.fixture
def own(tmp_path):
    """A file with models of one's own."""
    path = tmp_path / "mine.py"
    path.write_text(MODELS)
    return path


def test_a_model_of_one_s_own(own):
    outcome = train(Trial(model=f"{own}:tiny", **STEP))
    assert outcome.model.theta.size == 170 and outcome.history.ending == "finished"
    with pytest.raises(ValueError, match=r"five ends in \(5,\), and shapes with sparse_cce needs \(10,\)"):
        train(Trial(model=f"{own}:five", **STEP))


def test_scores_or_probabilities_at_the_end_make_no_difference(own):
    """A model that ends before the softmax says the same as one with it, and so does a sigmoid."""
    ends = [train(Trial(model=model, loss="cce", optimizer="sgd", **STEP)) for model in ("logistic", f"{own}:raw")]
    first, second = (outcome.judgement for outcome in ends)
    assert first.loss == pytest.approx(second.loss, rel=1e-6)
    assert first.confidence == pytest.approx(second.confidence, rel=1e-5) and first.confidence.max() <= 1


# Laws.


@pytest.mark.parametrize("data", SMALL)
def test_what_is_made_here_is_trained_with_its_usual_model(data):
    outcome = train(Trial(data, **STEP))
    assert outcome.history.steps == 1 and outcome.history.ending == "finished"
    assert (outcome.model.theta != planned(outcome.trial, outcome.material).model.theta).any()
    assert outcome.judgement.confusion.sum() == 100 and 0 <= outcome.judgement.accuracy <= 1
    assert outcome.history.val_loss[-1] == pytest.approx(outcome.judgement.loss, rel=1e-5)


def fits(name: str) -> bool:
    """Does the architecture find its place in small images, and is it small?"""
    try:
        return called(name).size((28, 28, 1), 10) < 500_000
    except ValueError:
        return False


@pytest.mark.parametrize("name", [name for name in Architecture.registry if fits(name)])
def test_every_small_architecture_trains(name):
    assert train(Trial(model=name, **STEP)).history.steps == 1


NO_CLASSES = ("poisson_nll", "gaussian_nll", "hinge")


@pytest.mark.parametrize("data", ["shapes", "messages"])
@pytest.mark.parametrize("name", [*Loss.registry])
def test_every_loss_that_fits_goes_down(data, name, own):
    classes = len(small(data).classes)
    if name in NO_CLASSES or (classes > 2 and name in ("bce", "focal")):
        with pytest.raises(ValueError, match=f"{name} is no loss of {classes} classes; "):
            loss_for(name, classes)
        return
    loss = loss_for(name, classes)
    model = f"{own}:{'words' if data == 'messages' else 'tiny'}"
    outcome = train(Trial(data, model=model, loss=name, optimizer="adam:lr=0.03", epochs=6, limit=48, batch_size=16))
    assert outcome.loss is loss and outcome.history.loss[-1] < outcome.history.loss[0]
    assert outcome.judgement.loss == pytest.approx(outcome.history.val_loss[-1], rel=1e-5)
    if len(outcome.history.val_accuracy):
        assert outcome.judgement.accuracy == pytest.approx(outcome.history.val_accuracy[-1])


def test_the_same_trial_gives_the_same_weights_and_another_seed_others():
    first, again, other = (train(Trial(model="logistic", seed=seed, **STEP)).model.theta for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_augmentation_schedule_and_reaction_reach_the_training():
    outcome = train(Trial(model="logistic", augment="flip >> shift:by=0.2", schedule="cosine", **STEP | {"epochs": 2}))
    assert outcome.history.augmentation == "flip >> shift(by=0.2)" and "cosine" in outcome.history.schedule
    assert outcome.history.step_lr.tolist() == pytest.approx([0.004, 0.002])
    watched = train(Trial(model="logistic", schedule="reduce_on_plateau:patience=0", **STEP))
    assert "reduce_on_plateau" in watched.history.schedule


def test_a_training_beyond_bounds_says_so(own):
    with pytest.raises(Diverged) as error:
        train(Trial(model=f"{own}:raw", optimizer="sgd:lr=1e30", loss="mse", **STEP | {"epochs": 5}))
    lower = "a smaller learning rate, such as sgd:lr=1e+29"
    assert str(error.value) == f"{error.value.what}; try {lower}, or shorter gradients: sgd+clip_norm:lr=1e30"
    assert error.value.what.startswith("training diverged at step ") and error.value.history.ending == "diverged"
    again = pickle.loads(pickle.dumps(error.value))  # as from a process of a pool
    assert str(again) == str(error.value) and again.history.ending == "diverged"


@pytest.mark.parametrize(
    ("optimizer", "schedule", "ways"),
    [
        ("sgd", "cosine:lr=1e30", "try a smaller learning rate, such as cosine:lr=1e+29,steps="),
        ("sgd:lr=1e30", "cosine", "try a smaller learning rate, such as sgd:lr=1e+29, or shorter gradients: "),
        ("sgd:lr=cosine(lr=1e30)", "", "try a smaller learning rate, or shorter gradients: sgd+clip_norm:lr=cosine("),
        ("sgd", "constant:lr=1e30,until=3 >> cosine:steps=9", "try a smaller learning rate, or shorter gradients: "),
    ],
)
def test_the_smaller_rate_is_written_where_the_rate_was(optimizer, schedule, ways, own):
    with pytest.raises(Diverged) as error:
        train(Trial(model=f"{own}:raw", optimizer=optimizer, schedule=schedule, loss="mse", **STEP | {"epochs": 5}))
    assert str(error.value).startswith(f"{error.value.what}; {ways}")


def test_who_chooses_does_so_by_examples_that_are_no_test():
    outcome = train(Trial(model="logistic", **STEP | {"limit": 40}), validation=0.25)
    assert outcome.history.examples == 30 and len(outcome.judgement.truth) == 10


# What a model is worth.


def test_a_judgement_by_hand():
    """Nine examples of three classes: what is counted is what one counts on paper."""

    class Model:
        outs = (0,)

        def predict(self, x):
            return x

        def evaluate(self, x, y, loss):
            return type("", (), {"loss": 0.5})

        def scores_for(self, loss):
            return -1

    said = [0, 0, 0, 1, 1, 0, 2, 2, 1]
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2])
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.9, 0.95, 0.9, 0.9, 0.97])
    x = np.full((9, 3), np.nan)
    x[:] = (1 - sure[:, None]) / 2
    x[np.arange(9), said] = sure
    found = judged(Model(), loss_for("sparse_cce", 3), x, truth, ("a", "b", "c"))
    assert found.confusion.tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 2]]
    assert found.accuracy == 6 / 9 and found.support.tolist() == [4, 2, 3]
    assert found.precision.tolist() == [3 / 4, 1 / 3, 1] and found.recall.tolist() == [3 / 4, 1 / 2, 2 / 3]
    p, r = found.precision, found.recall
    assert found.f1 == pytest.approx(2 * p * r / (p + r))
    assert found.mistakes.tolist() == [8, 5, 3] and found.confidence.tolist() == sure.tolist()
    assert found.facts["classes"]["b"] == {"precision": 1 / 3, "recall": 1 / 2, "f1": 0.4, "support": 2}
    never = judged(Model(), loss_for("sparse_cce", 3), x[:1], truth[:1], ("a", "b", "c"))
    assert never.facts["classes"]["c"] == {"precision": None, "recall": None, "f1": None, "support": 0}


@pytest.mark.parametrize("name", ["bce", "sparse_cce", "mse", "cce"])
def test_targets_are_what_the_loss_takes(name):
    for classes in (2, 4):
        if name == "bce" and classes > 2:
            continue
        loss, labels = loss_for(name, classes), np.arange(classes)
        scores = np.zeros((classes, outputs_for(loss, classes)), np.float32)
        value, _ = loss(scores, targets_for(loss, labels, classes))
        assert np.isfinite(value)


@pytest.mark.parametrize("name", [name for name, usual in RECIPES.items() if usual.length])
def test_every_word_of_a_text_is_read(name):
    length = RECIPES[name].length
    model = called(RECIPES[name].model)((length,), rng=1, tokens=50)
    tokens = np.random.default_rng(0).integers(1, 50, (40, length))
    before = model.predict(tokens)
    for place in range(length):
        changed = tokens.copy()
        changed[:, place] = changed[:, place] % 49 + 1
        assert (model.predict(changed) != before).any(), place
