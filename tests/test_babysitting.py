"""Babysitting: what somebody who looks on may do to a training, and that it is written down."""

from __future__ import annotations

import math
import signal
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from examples import every
from trainings import bars, cnn, line, norm_cnn, record, small

from optiviz import adam, cosine, descend, gd, losses, momentum, reduce_on_plateau
from optiviz.nn import History, Intervention, batches, early_stopping
from optiviz.optimizers import Optimizer, named

X, Y = bars(60)
STEPS = 3
"""So many updates make an epoch of 45 examples in batches of 16."""


class Script:
    """A babysitter that answers by how often it has been asked, that is, how many updates have been made."""

    def __init__(self, answers: dict[int, Any], before: int = 0) -> None:
        self.answers, self.asked = answers, before

    def __call__(self) -> Any:
        self.asked += 1
        return self.answers.get(self.asked)


def fitted(answers: dict[int, Any], make: Any = cnn, before: int = 0, **options: Any) -> tuple[Any, History]:
    model = make()
    known = {"loss": "sparse_cce", "optimizer": "adam", "epochs": 4, "batch_size": 16, "validation": 0.25, **options}
    babysitter = Script(answers, before) if answers else None
    return model, model.fit(X, Y, **known, babysitter=babysitter)


def the_same(one: tuple[Any, History], other: tuple[Any, History], but: tuple[str, ...] = ()) -> bool:
    """The same weights and the same record, but for some of it."""
    records = [{name: value for name, value in record(r).items() if name not in but} for _, r in (one, other)]
    assert records[0] == records[1]
    return one[0].theta.tobytes() == other[0].theta.tobytes()


def test_who_nods_changes_nothing():
    assert the_same(fitted({99: "stop"}), fitted({}))


# The learning rate.
RATES: dict[str, Any] = {
    "a number": {"optimizer": adam(lr=0.02)},
    "a schedule": {"optimizer": adam(lr=0.02), "schedule": cosine(steps=12)},
    "a schedule in the rule": {"optimizer": named("adam+weight_decay")(lr=cosine(lr=0.02, steps=12))},
    "a reaction": {"optimizer": adam(lr=0.02), "schedule": reduce_on_plateau(factor=0.5, patience=1)},
}
every_rate = pytest.mark.parametrize("rate", RATES.values(), ids=RATES)


@every_rate
def test_a_number_multiplies_the_rate_from_here_on(rate):
    plain, changed = fitted({}, **rate)[1], fitted({4: 0.5, 7: 10}, **rate)[1]
    factors = [1.0] * 4 + [0.5] * 3 + [5.0] * 5
    assert changed.interventions == (Intervention(4, 2, "rate", 0.5), Intervention(7, 3, "rate", 10.0))
    assert changed.step_loss[:5].tolist() == plain.step_loss[:5].tolist() and changed.step_loss[5] != plain.step_loss[5]
    if not isinstance(rate.get("schedule"), type(reduce_on_plateau)):
        assert changed.step_lr == pytest.approx(plain.step_lr * factors, rel=1e-12)
    else:
        known, lr, slots = rate["schedule"], 0.02, (math.inf, 0.0)
        for step, loss in enumerate(changed.step_loss):
            lr *= {4: 0.5, 7: 10}.get(step, 1)
            lr, *slots = known(lr, loss, *slots)
            assert changed.step_lr[step] == lr


def test_it_is_descend_by_hand_with_another_rule():
    model, history = fitted({2: 0.5}, validation=None, epochs=1, optimizer=momentum(lr=0.1))
    own, rng = cnn(), np.random.default_rng(0)
    todo, loss = batches(X, Y, 16, rng=rng), own.objective(losses.sparse_cce, rng)
    state, seen = momentum.init(own.theta, own.layout), []
    for lr in (0.1, 0.05):
        seen += [look.value for look in descend(loss, momentum(lr=lr), own.theta, islice(todo, 2), state=state)]
    assert seen == history.step_loss.tolist() and own.theta.tobytes() == model.theta.tobytes()


def small_steps(theta, g, t):
    return theta - 0.001 * g


def test_a_rule_without_a_rate_has_none_to_change():
    rule = Optimizer(small_steps)
    with pytest.raises(ValueError, match=r"small_steps has no learning rate that a babysitter could multiply by 0\.5"):
        fitted({1: 0.5}, optimizer=rule)
    history = fitted({1: "undo"}, optimizer=rule)[1]
    assert np.isnan(history.step_lr).all() and "lr" not in history.rows()[0]


# Undoing.
@pytest.mark.parametrize("at", [1, 3, 4, 5, 12])
@pytest.mark.parametrize("make", [cnn, norm_cnn])
def test_what_is_undone_is_as_if_it_had_not_been(at, make):
    """All that is drawn is drawn again: the next try is the same."""
    plain, undone = fitted({}, make), fitted({at: "undo"}, make)
    assert the_same(plain, undone, but=("interventions",))
    assert undone[1].interventions == (Intervention(at, (at - 1) // STEPS + 1, "undo"),)
    assert plain[0].statistics.tobytes() == undone[0].statistics.tobytes()


@every_rate
def test_the_rate_stays_when_an_epoch_is_undone(rate):
    """As if the rate had been changed when the epoch began."""
    late = fitted({4: 0.5, 5: "undo"}, **rate)
    early = fitted({3: 0.5}, **rate)
    assert the_same(late, early, but=("interventions",))
    twice = fitted({4: 0.5, 5: "undo", 6: 0.1, 7: "undo", 8: 10.0, 9: "undo"}, **rate)
    assert twice[1].step_lr == pytest.approx(early[1].step_lr, rel=1e-12) or "schedule" in rate
    assert [i.step for i in twice[1].interventions] == [4, 5, 4, 5, 4, 5]


def test_from_the_start_all_is_undone():
    model, other = cnn(), cnn()
    known = {"loss": "sparse_cce", "optimizer": gd(lr=1e-3), "epochs": 1, "batch_size": 16}
    history = model.fit(X, Y, **known, babysitter=Script({2: "undo", 3: 0.5}), record_weights=True)
    assert history.steps == 4 and history.weights.shape == (2, model.theta.size)
    assert (history.weights[0] == other.theta).all()


# Leaving out, and ending.
def test_to_skip_is_to_leave_out_the_rest_of_an_epoch():
    _, history = fitted({4: "skip"})
    assert history.ending == "finished" and history.epoch_step.tolist() == [3, 4, 7, 10] and history.steps == 10
    assert history.loss[1] == history.step_loss[3] and len(history.val_loss) == 4
    assert history.interventions == (Intervention(4, 2, "skip"),)
    assert history.images_per_second * history.seconds == pytest.approx([45, 16, 45, 45])
    rows = history.rows()
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4] and rows[1]["loss"] == history.step_loss[3]
    assert [*rows[0]] == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "lr"]
    assert fitted({3: "skip"})[1].step_loss.tolist() == fitted({})[1].step_loss.tolist()  # there was nothing left


def test_to_stop_is_to_keep_the_model_as_it_is(tmp_path):
    stop = early_stopping(9)
    model, history = fitted({5: "stop"}, callbacks=stop, checkpoint=tmp_path / "run.npz")
    assert (history.ending, history.steps, len(history.loss)) == ("stopped", 5, 1)
    assert model.theta.tobytes() != stop.memory["theta"].tobytes()
    again = fitted({1: "undo"}, callbacks=early_stopping(9), checkpoint=tmp_path / "run.npz", epochs=9)
    assert the_same(again, (model, history), but=("epochs",))
    assert again[1].interventions == (Intervention(5, 2, "stop"),)


# Going on.
ANSWERS = {2: 0.5, 5: "undo", 8: "skip", 9: 3.0, 10: "undo", 14: 0.1}


@pytest.mark.parametrize(("name", "asked"), every(2, product(RATES, [1, 5, 8, 9, 13])))
@pytest.mark.usefixtures("ctrl_c")
def test_what_is_interrupted_goes_on_with_all_that_was_done(name, asked, tmp_path):
    path, ends = tmp_path / "run.npz", []
    options = {"make": norm_cnn, "epochs": 5, **RATES[name]}
    whole = fitted(ANSWERS, **options, callbacks=lambda look: None)

    script = Script(ANSWERS)

    def pressing() -> Any:
        answer = script()
        if script.asked == asked:
            signal.raise_signal(signal.SIGINT)
        return answer

    model = norm_cnn()
    known = {"loss": "sparse_cce", "epochs": 5, "batch_size": 16, "validation": 0.25, "checkpoint": path, **RATES[name]}
    known["callbacks"] = lambda look: ends.append(script.asked)
    broken = model.fit(X, Y, **known, babysitter=pressing)
    assert broken.ending == "interrupted"
    before = ends[-1] if ends else 0
    assert the_same(fitted(ANSWERS, before=before, checkpoint=path, **options), whole)


# The record.
def test_a_record_with_interventions_goes_to_a_file_and_back(tmp_path):
    _, history = fitted(ANSWERS, epochs=5)
    assert [i.what for i in history.interventions] == ["rate", "undo", "skip", "rate", "undo", "rate"]
    history.save(tmp_path / "history.npz")
    back = History.load(tmp_path / "history.npz")
    assert record(back) == record(history) and isinstance(back.interventions[0], Intervention)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"interventions": ((1, 1, "rate", None),)}, "an intervention is none"),
        ({"interventions": ((1, 1, "rate", math.inf),)}, "an intervention is none"),
        ({"interventions": ((1, 1, "undo", 0.5),)}, "an intervention is none"),
        ({"interventions": ((1.5, 1, "undo", None),)}, "an intervention is none"),
        ({"interventions": ((1, 1, "sing", None),)}, "an intervention is none"),
        ({"epoch_step": np.array([2.0])}, "epoch_step does not hold numbers"),
        ({"epoch_step": np.array([0])}, "its epochs end where there was no update"),
        ({"epoch_step": np.array([3])}, "its epochs end where there was no update"),
    ],
)
def test_a_record_that_is_none_is_refused(changed, message, tmp_path):
    good = {"step_loss": np.ones(2), "step_lr": np.ones(2), "loss": np.ones(1), "epoch_step": np.array([2])}
    path = tmp_path / "history.npz"
    History("m", "gd", "mse", **good).save(path)
    History.load(path)
    History("m", "gd", "mse", **{**good, **changed}).save(path)
    with pytest.raises(ValueError, match=message):
        History.load(path)


def test_rows_of_a_training_without_accuracy():
    x, y = line()
    assert [*small().fit(x, y, "mse", adam).rows()[0]] == ["epoch", "loss", "seconds", "lr"]
    assert History("", "", "").rows() == []


# What is no answer.
@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ("halt", ValueError, "a number to multiply the learning rate by, 'undo', 'skip' or 'stop', not 'halt'"),
        ("rate", ValueError, "not 'rate'"),
        (True, TypeError, "not True"),
        ([0.5], TypeError, r"not \[0.5\]"),
        (0.0, ValueError, "multiplies the learning rate by a positive number, not by 0"),
        (-1, ValueError, "not by -1"),
        (math.nan, ValueError, "not by nan"),
        (math.inf, ValueError, "not by inf"),
        (1e308, ValueError, r"lr must be in \[0, ∞\), not inf"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(answer, error, message):
    with pytest.raises(error, match=message):
        fitted({2: answer}, optimizer=adam(lr=10.0))


def test_who_cannot_be_asked_is_refused():
    with pytest.raises(TypeError, match=r"a babysitter is a function without arguments, not 0\.5"):
        cnn().fit(X, Y, "sparse_cce", "adam", babysitter=0.5)
