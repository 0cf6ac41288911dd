"""Training: one loop, the record of it, what stops it, what is refused before it begins, and what a model says then."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from examples import every
from trainings import bars, cnn, line, record, small

from optiviz import adam, clip_norm, cosine, descend, gd, losses, momentum, reduce_on_plateau, sam, sgd
from optiviz.nn import (
    BatchNorm,
    Conv2D,
    Dense,
    Diverged,
    Embedding,
    Epoch,
    Flatten,
    GlobalMaxPool1D,
    History,
    Input,
    Layer,
    Model,
    ReLU,
    Reshape,
    Sequential,
    batches,
    early_stopping,
)
from optiviz.nn.examples import Examples
from optiviz.nn.layer import LAYERS
from optiviz.nn.progress import words
from optiviz.nn.stops import largest
from optiviz.optimizers import Optimizer
from optiviz.threads import side_by_side


@pytest.fixture
def own_layers():
    """Layers that a test defines are forgotten after it."""
    kept = dict(LAYERS)
    yield
    LAYERS.clear()
    LAYERS.update(kept)


# It learns.
def test_a_cnn_learns_and_every_weight_moves():
    x, y = bars(400)
    model = cnn()
    before = model.theta.copy()
    history = model.fit(x, y, loss="sparse_cce", optimizer=adam(lr=0.01), epochs=6, validation=bars(100, seed=1))
    assert history.val_accuracy[-1] > 0.95 and history.accuracy[-1] > 0.9 and history.loss[-1] < history.loss[0] / 2
    assert model.evaluate(*bars(100, seed=2), loss="sparse_cce").accuracy > 0.95
    for layer in model.layers:
        for name in layer.gradients:
            assert (layer.arrays[name] != 0).any()
    assert (model.theta != before).mean() > 0.97  # a ReLU that is never on keeps its weights


RATES = {"gd": 0.3, "sgd": 0.3, "asgd": 0.3, "schedule_free": 1.0, "adadelta": 10.0, "radam": 0.05, "sign_sgd": 0.005}


RULES = [rule for rule in Optimizer.registry.values() if "." not in rule.name]


@pytest.mark.parametrize("rule", every(2, RULES), ids=lambda rule: rule.name)
def test_every_rule_trains(rule):
    x, y = bars(128)
    model = Sequential([Input((6, 6, 1)), Conv2D(3, 3, activation="relu"), Flatten(), Dense(2)])
    rule = rule(lr=RATES.get(rule.name, 0.02)) if "lr" in rule.params else rule
    history = model.fit(
        x, y, loss="sparse_cce", optimizer=rule, epochs=25, batch_size=128 if rule.name == "rprop" else 32
    )
    assert history.loss[-1] < history.loss[0] / 2


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_bytes(threads, tmp_path):
    x, y = bars(70)
    found = []
    for seed in (3, 3, 4):
        model = cnn(threads=threads)
        options = {"epochs": 2, "batch_size": 16, "validation": 0.2, "record_weights": True}
        history = model.fit(x, y, loss="sparse_cce", optimizer="adam", rng=seed, **options)
        found.append((model.theta.tobytes(), record(history)))
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]


def test_fit_is_descend_by_hand():
    x, y = bars(50)
    fitted, own = cnn(), cnn()
    history = fitted.fit(x, y, loss="sparse_cce", optimizer=adam(lr=0.01), epochs=2, batch_size=16, rng=5)

    rng = np.random.default_rng(5)
    all_batches = (batch for _ in range(2) for batch in batches(x, y, 16, rng=rng))
    looks = descend(own.objective(losses.sparse_cce, rng), adam(lr=0.01), own.theta, all_batches)
    assert [look.value for look in looks] == history.step_loss.tolist()
    assert own.theta.tobytes() == fitted.theta.tobytes()


@pytest.mark.parametrize("rule", ["lamb", "muon", "adafactor"])
def test_rules_of_whole_tensors_see_the_tensors(rule):
    x, y = bars(64)
    rule, (fitted, whole, flat) = Optimizer.registry[rule], [cnn() for _ in range(3)]
    fitted.fit(x, y, loss="sparse_cce", optimizer=rule, batch_size=64)
    for model, layout in ((whole, whole.layout), (flat, ())):
        rng = np.random.default_rng(0)
        todo = list(batches(x, y, 64, rng=rng))
        assert len([*descend(model.objective(losses.sparse_cce, rng), rule, model.theta, todo, layout=layout)]) == 1
    assert fitted.theta.tobytes() == whole.theta.tobytes()
    assert (flat.theta != whole.theta).any()


def test_sam_goes_around_the_objective():
    x, y = line()
    model = small()
    careful = sam(model.objective(losses.mse), radius=0.05)
    before = model.theta.copy()
    value, _ = careful(model.theta, x, y[:, None])
    assert (model.theta == before).all()
    assert value == model.value_and_grad(x, y[:, None], losses.mse)[0]
    plain = model.grad.copy()
    assert not np.array_equal(careful(model.theta, x, y[:, None])[1], plain)
    looks = [*descend(careful, adam(lr=0.02), model.theta, [(x, y[:, None])] * 200)]
    assert looks[-1].value < looks[0].value / 20


# Batches.
def test_batches_have_every_example_once():
    x = np.arange(23)
    seen = [(bx.copy(), by.copy()) for bx, by in batches(x[:, None], x, 5, rng=0)]
    assert [len(bx) for bx, _ in seen] == [5, 5, 5, 5, 3]
    assert all((bx[:, 0] == by).all() for bx, by in seen)
    order = np.concatenate([by for _, by in seen])
    assert sorted(order) == list(x) and list(order) != list(x)


@pytest.mark.parametrize("make", [lambda a: a, lambda a: np.asfortranarray(a), lambda a: a[::-1][::-1]])
def test_batches_of_any_array(make):
    x = np.random.default_rng(0).normal(size=(11, 4, 3))
    for (bx, by), (cx, cy) in zip(batches(x, x, 4, rng=1), batches(make(x), [*x], 4, rng=1), strict=True):
        assert (bx == cx).all() and (by == cy).all()
    assert [a.shape for a in next(batches([x, x[:, 0]], x, 4))[0]] == [(4, 4, 3), (4, 3)]


def test_a_batch_uses_the_same_memory_again():
    x = np.zeros((10, 3))
    assert len({bx.__array_interface__["data"][0] for bx, _ in batches(x, x, 5)}) == 1


def test_batches_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="entry for each example, but they have 3 and 5"):
        next(batches(np.ones((3, 2)), np.ones(5), 2))
    with pytest.raises(ValueError, match="entry for each example, but they have 5 and 3 and 5"):
        next(batches([np.ones(5), np.ones(3)], np.ones(5), 2))
    with pytest.raises(ValueError, match="batch_size is a whole number from 1, not 0"):
        next(batches(np.ones(5), np.ones(5), 0))
    assert [*batches(np.ones((0, 2)), np.ones(0), 2)] == []


def test_a_batch_larger_than_the_data_is_all_of_them():
    x, y = line(10)
    model, other = small(), small()
    history = model.fit(x, y, loss="mse", optimizer=gd, epochs=3, batch_size=1000)
    assert history.steps == 3 and history.batch_size == 1000
    other.fit(x, y, loss="mse", optimizer=gd, epochs=3, batch_size=10)
    assert model.theta.tobytes() == other.theta.tobytes()


def test_whole_numbers_become_floats_unscaled():
    images = np.random.default_rng(0).integers(0, 256, (20, 3), np.uint8)
    y = images[:, :1] / 256
    models = [small(), small()]
    for model, x in zip(models, (images, images.astype(np.float32)), strict=True):
        model.fit(x, y, loss="mse", optimizer=adam)
    assert models[0].theta.tobytes() == models[1].theta.tobytes()
    assert (models[0].predict(images) == models[1].predict(images.astype(float))).all()


# The record.
def test_the_record_says_what_happened():
    x, y = bars(50)
    model = cnn()
    before = model.theta.copy()
    rule = momentum(lr=0.05)
    seen = model.fit(
        x, y, loss=losses.sparse_cce, optimizer=rule, epochs=3, batch_size=20, validation=0.2, record_weights=True
    )
    assert (seen.optimizer, seen.loss_name, seen.schedule, seen.ending) == (
        "momentum(lr=0.05)",
        "sparse_cce",
        "",
        "finished",
    )
    assert (seen.batch_size, seen.examples, seen.epochs, seen.seed, seen.steps) == (20, 40, 3, 0, 6)
    assert seen.step_lr.tolist() == [0.05] * 6
    assert np.allclose(seen.loss, seen.step_loss.reshape(3, 2).mean(axis=1), rtol=1e-12)
    assert seen.weights.shape == (4, len(model.theta)) and seen.weights.dtype == np.float32
    assert (seen.weights[0] == before).all() and (seen.weights[-1] == model.theta).all()
    assert seen.layout == tuple(model.layout) and seen.model.startswith("Conv2D(4, (3, 3)")
    assert all(
        len(a) == 3 for a in (seen.accuracy, seen.val_loss, seen.val_accuracy, seen.seconds, seen.images_per_second)
    )
    left = model.evaluate(x[40:], y[40:], loss="sparse_cce")
    assert (seen.val_loss[-1], seen.val_accuracy[-1]) == pytest.approx(tuple(left), rel=1e-6)
    assert re.fullmatch(r"<momentum\(lr=0.05\) on sparse_cce: 3 epochs, loss .* to .*, accuracy .*>", repr(seen))


def test_the_loss_of_an_epoch_weighs_the_last_batch_by_its_length():
    x, y = line(10)
    model = small()
    history = model.fit(x, y, loss="mse", optimizer=gd(lr=1e-9), batch_size=4)
    assert history.loss[0] == pytest.approx(model.evaluate(x, y, loss="mse").loss, rel=1e-4)


def test_regression_has_no_accuracy():
    x, y = line()
    model = small()
    history = model.fit(x, y, loss="mse", optimizer=gd, validation=0.25, rng=np.random.default_rng(0))
    assert history.accuracy.size == history.val_accuracy.size == history.weights.size == 0 and history.seed is None
    assert len(history.val_loss) == 1 and model.evaluate(x, y, loss="huber").accuracy is None


@pytest.mark.parametrize("loss", ["sparse_cce", "cce", "kl", "bce", "focal", "hinge"])
def test_accuracy_is_the_share_of_right_answers(loss):
    x, y = bars(60)
    two = loss in ("sparse_cce", "cce", "kl")
    targets = {"cce": np.eye(2)[y], "kl": np.eye(2)[y], "hinge": 2 * y - 1}.get(loss, y)
    model = Sequential([Input((6, 6, 1)), Flatten(), Dense(2 if two else 1)])
    history = model.fit(x, targets, loss=loss, optimizer=gd(lr=1e-9), batch_size=25)
    scores = model.predict(x)
    answers = scores.argmax(axis=1) if two else (scores[:, 0] > 0).astype(int)
    assert history.accuracy[0] == model.evaluate(x, targets, loss=loss).accuracy == (answers == y).mean()


def test_a_record_goes_to_a_file_and_back(tmp_path):
    x, y = bars(30)
    history = cnn().fit(x, y, loss="sparse_cce", optimizer=adam, epochs=2, record_weights=True, validation=0.5)
    path = tmp_path / "history.npz"
    history.save(path)
    first = path.read_bytes()
    back = History.load(path)
    assert record(back) == record(history) and (back.seconds == history.seconds).all()
    back.save(path)
    assert path.read_bytes() == first
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("loss.npy", b"")
    with pytest.raises(ValueError, match=r"history\.npz is damaged or not a history"):
        History.load(path)


# Schedules and names.
def test_a_schedule_is_the_learning_rate():
    x, y = line(40)
    for rule, schedule, first in (
        (adam(lr=0.01), cosine(steps=8), 0.01),
        (adam, cosine(steps=8), 0.001),
        (adam, cosine(lr=0.5, steps=8), 0.5),
    ):
        history = small().fit(x, y, loss="mse", optimizer=rule, schedule=schedule, epochs=2, batch_size=10)
        assert history.step_lr.tolist() == pytest.approx([cosine(lr=first, steps=8)(t) for t in range(8)])
        assert history.schedule.startswith("cosine(")
    with pytest.raises(ValueError, match="given twice"):
        small().fit(x, y, loss="mse", optimizer=adam(lr=0.1), schedule=cosine(lr=0.2))


def test_a_reaction_answers_to_the_loss():
    x, y = line(40)
    slow = reduce_on_plateau(patience=2, factor=0.5)
    history = small().fit(x, y, loss="mse", optimizer=gd(lr=1e-12), schedule=slow, epochs=3, batch_size=10)
    assert history.step_lr[0] == 1e-12 and history.step_lr[-1] <= 1e-12 / 8
    assert history.schedule.startswith("reduce_on_plateau")


def test_rules_and_losses_by_name():
    x, y = line()
    assert small().fit(x, y, loss="huber", optimizer="adam+clip_norm").optimizer == "adam+clip_norm"
    for options, error, message in (
        ({"optimizer": "adm"}, LookupError, "did you mean 'adam'"),
        ({"optimizer": "adam:lr=0.1"}, LookupError, r"adam\(lr=0.1\)"),
        ({"optimizer": 3}, TypeError, "expected an optimizer"),
        ({"loss": "mean squared"}, LookupError, "unknown loss"),
        ({"loss": abs}, TypeError, "expected a loss"),
        ({"optimizer": adam(lr=np.ones((3, 1)))}, ValueError, "a model is one"),
        ({"schedule": 0.1}, TypeError, "expected a schedule"),
    ):
        with pytest.raises(error, match=message):
            small().fit(x, y, **{"loss": "mse", "optimizer": adam, **options})


def test_a_second_fit_goes_on_with_the_weights():
    x, y = line()
    once, twice = small(), small()
    rng = np.random.default_rng(0)
    once.fit(x, y, loss="mse", optimizer=sgd, epochs=2, rng=np.random.default_rng(0))
    for _ in range(2):
        twice.fit(x, y, loss="mse", optimizer=sgd, rng=rng)
    assert once.theta.tobytes() == twice.theta.tobytes()


# What may end it.
@pytest.mark.usefixtures("ctrl_c")
def test_a_program_that_has_its_own_way_with_ctrl_c_keeps_it():
    x, y = line()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    history = small().fit(
        x, y, loss="mse", optimizer=adam, epochs=2, callbacks=lambda _: signal.raise_signal(signal.SIGINT)
    )
    assert history.ending == "finished" and signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_it_after_the_update():
    x, y = line(40)
    model, other = small(), small()

    def press(look):
        if look.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    history = model.fit(x, y, loss="mse", optimizer=adam, epochs=5, callbacks=press)
    other.fit(x, y, loss="mse", optimizer=adam, epochs=2)
    assert history.ending == "interrupted" and len(history.loss) == 2 and "interrupted" in repr(history)
    assert model.theta.tobytes() == other.theta.tobytes()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("own_layers", "ctrl_c")
def test_ctrl_c_within_an_epoch_leaves_a_part_of_it():
    x, y = line(40)

    class Pressing(Layer):
        forwards = 0

        def forward(self, x, training=False):
            self.forwards += 1
            if self.forwards == 3:
                signal.raise_signal(signal.SIGINT)
            return x, lambda dy: dy

    model = Sequential([Input((3,)), Pressing(), Dense(1)], fuse=False)
    history = model.fit(x, y, loss="mse", optimizer=adam, epochs=5, batch_size=10)
    assert (history.ending, history.steps, len(history.loss)) == ("interrupted", 3, 0)
    assert np.isfinite(model.predict(x)).all()


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_raises():
    x, y = line()

    def press(look):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        small().fit(x, y, loss="mse", optimizer=adam, epochs=5, callbacks=[press])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


PROGRAM = """
import signal
import numpy as np
from optiviz import adam
from optiviz.nn import Dense, Input, Sequential
signal.signal(signal.SIGINT, signal.default_int_handler)
x = np.zeros((1000, 3))
model = Sequential([Input((3,)), Dense(1)])
history = model.fit(x, x[:, 0], loss="mse", optimizer=adam, epochs=1000, batch_size=10,
                    callbacks=[lambda look: print("ready", flush=True) if look.epoch == 1 else None])
print(history.ending, history.steps > 0, flush=True)
"""


def test_ctrl_c_from_outside():
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "ready\n"
        program.send_signal(signal.SIGINT)
        assert program.stdout.read() == "interrupted True\n"
    assert program.returncode == 0


def test_the_largest_numbers_are_found():
    model = Sequential([Input((3,)), Dense(2), ReLU(), Dense(4)])
    model.grad[...] = 0
    model.layers[2].db[...] = [0, 0, -5, 1]
    model.layers[0].W[2, 1] = 7
    words = "the largest gradient is 5, in b of dense_1; the largest weight is 7, in W of dense"
    assert largest(model) == words
    model.layers[0].db[0] = np.nan
    assert "gradient is nan, in b of dense;" in largest(model)


@pytest.mark.parametrize("threads", [1, 2])
def test_numbers_beyond_bounds_end_it_and_say_where(threads):
    x, y = bars(600)
    model = cnn(threads=threads)
    with pytest.raises(
        Diverged, match=r"diverged at step \d+, in epoch \d+: the loss is (nan|inf).*largest gradient is"
    ) as found:
        model.fit(x, y, loss="sparse_cce", optimizer=gd(lr=1e12), epochs=5, batch_size=300)
    message, history = str(found.value), found.value.history
    assert re.search(r"gradient is .*, in (W|b) of (conv2d|dense).*; the largest weight is .*, in (W|b) of ", message)
    assert "lr=1e+11" in message and "optimizer=clip_norm(gd(lr=1000000000000.0))" in message
    assert history.ending == "diverged" and not np.isfinite(history.step_loss[-1]) and history.steps > 1
    assert isinstance(found.value, ArithmeticError)


def test_callbacks_see_each_epoch_and_may_stop():
    x, y = line()
    seen = []

    def stop(look):
        seen.append((look.epoch, look.epochs, len(look.history.loss), look.history.ending))
        return "stop" if look.epoch == 3 else None

    model = small()
    history = model.fit(
        x, y, loss="mse", optimizer=adam, epochs=9, callbacks=[stop, lambda look: seen.append(look.model is model)]
    )
    assert seen[::2] == [(1, 9, 1, "running"), (2, 9, 2, "running"), (3, 9, 3, "running")] and seen[1::2] == [True] * 3
    assert history.ending == "stopped" and len(history.loss) == 3
    with pytest.raises(TypeError, match="returns 'stop' or nothing"):
        model.fit(x, y, loss="mse", optimizer=adam, callbacks=[lambda look: "halt"])


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_puts_the_best_back(restore):
    x, y = line(60)
    model = small()
    rising = gd(lr=1e-9)
    kept = []

    def worse(look):
        """From the third epoch on, spoil the weights more and more."""
        kept.append(look.model.theta.copy())
        if look.epoch >= 2:
            look.model.theta[...] += 1

    callbacks = [early_stopping(3, restore=restore), worse]
    history = model.fit(x, y, loss="mse", optimizer=rising, epochs=20, validation=0.3, callbacks=callbacks)
    assert history.ending == "stopped" and len(history.loss) == int(np.argmin(history.val_loss)) + 4
    best = kept[int(np.argmin(history.val_loss))]
    expected = best if restore else kept[-1] + 1
    assert np.allclose(model.theta, expected)
    with pytest.raises(ValueError, match="whole number of epochs"):
        early_stopping(0)


def test_early_stopping_does_not_take_nan_for_a_low():
    stop, losses = early_stopping(2), [2.0, 1.0, np.nan, np.nan]
    for epoch in range(1, 5):
        history = History("", "", "", loss=np.array(losses[:epoch]))
        assert stop(Epoch(epoch, 9, small(), history)) == ("stop" if epoch == 4 else None)


def test_early_stopping_restores_after_the_last_epoch():
    x, y = line(60)
    model = small()
    ways = []

    def worse(look):
        ways.append(look.model.theta.copy())
        look.model.theta[...] += 1

    history = model.fit(
        x, y, loss="mse", optimizer=gd(lr=1e-9), epochs=3, validation=0.3, callbacks=[worse, early_stopping(9)]
    )
    assert history.ending == "finished"
    assert np.allclose(model.theta, ways[int(np.argmin(history.val_loss))] + 1)


# Progress.
class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_silent_in_scripts_and_on_demand(capsys, monkeypatch):
    x, y = bars(40)
    fitting = {"loss": "sparse_cce", "optimizer": "adam", "epochs": 2, "validation": 0.25}
    cnn().fit(x, y, **fitting)
    assert capsys.readouterr() == ("", "")
    cnn().fit(x, y, **fitting, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 2
    pattern = r"epoch 1/2  loss \d.* \(.*%\)  held out \d.* \(.*%\)  [\d,]+/s  \d.* s"
    assert re.fullmatch(pattern, err.splitlines()[0])
    for progress, shown in ((None, True), (False, False)):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        cnn().fit(x, y, **fitting, progress=progress)
        assert bool(terminal.getvalue()) is shown
        if shown:
            assert terminal.getvalue().count("\n") == 2 and re.search(pattern, terminal.getvalue())
            assert "\x1b[?25h" in terminal.getvalue()[-10:]  # the cursor is there again


def test_a_failure_leaves_the_terminal_as_it_was(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    x, y = bars(40)
    model = cnn()
    monkeypatch.setattr(model, "value_and_grad", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.fit(x, y, loss="sparse_cce", optimizer="adam")
    assert "\x1b[?25l" in terminal.getvalue() and terminal.getvalue().endswith("\x1b[?25h\n")


# Predicting.
def test_predicting_takes_batches_and_gives_a_fresh_array():
    x, _ = bars(50)
    model = cnn()
    whole = model.predict(x)
    assert whole.shape == (50, 2) and whole.dtype == np.float32
    for size in (1, 7, 50, 1000):
        assert np.allclose(model.predict(x, batch_size=size), whole, atol=1e-6)
    first = model.predict(x[:25])
    model.predict(x[25:])
    assert np.allclose(first, whole[:25], atol=1e-6)
    assert model.predict(x[:0]).shape == (0, 2)


def test_the_rest_makes_no_plan_of_its_own():
    x, y = bars(50)
    model = cnn()
    model.predict(x, batch_size=16)
    model.evaluate(x, y, loss="sparse_cce", batch_size=16)
    assert len(model._plans) == 1


def test_several_inputs_and_outputs():
    a, b = Input((3,)), Input((2,))
    both = Model([a, b], [Dense(2)(a), Dense(4)(b)])
    x = [np.ones((5, 3)), np.ones((5, 2))]
    assert [y.shape for y in both.predict(x, batch_size=2)] == [(5, 2), (5, 4)]
    out = Dense(1)(Dense(2)(b))
    model = Model(b, out)
    model.fit([np.ones((5, 2))], np.ones(5), loss="mse", optimizer=gd)
    model.fit(np.ones((5, 2)).tolist(), [1.0] * 5, loss="mse", optimizer=gd)
    with pytest.raises(ValueError, match="2 inputs, and x has 1"):
        both.predict([np.ones((5, 3))])
    with pytest.raises(ValueError, match="but they have 5 and 4"):
        both.predict([np.ones((5, 3)), np.ones((4, 2))])
    with pytest.raises(ValueError, match="one output"):
        both.fit(x, np.ones(5), loss="mse", optimizer=gd)


def test_memory_does_not_grow_with_the_data():
    model = small()
    peaks = []
    for n in (4_000, 40_000):
        x = np.ones((n, 3), np.float32)
        model.predict(x[:512])
        tracemalloc.start()
        model.evaluate(x, np.ones((n, 1), np.float32), loss="mse")
        peaks.append(tracemalloc.get_traced_memory()[1] - 4 * n)  # the targets themselves
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 40_000 * 16


# What is taken, and what is not.
@pytest.mark.parametrize(
    ("outputs", "loss", "shape"),
    [(1, "mse", (40,)), (1, "bce", (40, 1)), (1, "bce", (40,)), (2, "sparse_cce", (40, 1))],
)
def test_targets_as_elsewhere(outputs, loss, shape):
    x, y = line()
    targets = (y > 0).astype(int).reshape(shape)
    assert small(outputs).fit(x, targets, loss=loss, optimizer=adam, epochs=99).loss[-1] < 0.6


X, Y = line()
BAD = np.where(np.arange(120).reshape(40, 3) == 17, np.nan, X)
HOSTILE = [
    (X[:, :2], Y, {}, ValueError, r"takes arrays of shape \(N, 3\), not x of shape \(40, 2\)"),
    (X[0], Y, {}, ValueError, r"write x\[None\]"),
    (X[:0], Y[:0], {}, ValueError, "no example"),
    (X, Y[:39], {}, ValueError, "x has 40 examples and y 39 targets"),
    (X, 3.0, {}, ValueError, "y a single number"),
    (X, np.ones((40, 2)), {}, ValueError, r"shape \(40, 1\) for scores"),
    (BAD, Y, {}, ValueError, r"x must be finite numbers of float32, not nan at \[5, 2\]"),
    (X * 1e300, Y, {}, ValueError, "x must be finite numbers of float32"),
    (X, np.where(Y.max() == Y, np.inf, Y), {}, ValueError, "y must be finite numbers"),
    (X.astype(str), Y, {}, TypeError, "x must be numbers"),
    (None, Y, {}, TypeError, "x must be numbers, not None"),
    (X, None, {}, TypeError, "y must be numbers, not None"),
    ([[1, 2, 3], [1, 2]], Y, {}, ValueError, "equally long"),
    (np.ma.masked_greater(X, 1), Y, {}, TypeError, "mask"),
    (X, Y, {"loss": "bce"}, ValueError, "targets of bce must be probabilities"),
    (X, Y, {"loss": "sparse_cce"}, ValueError, "classes"),
    (X, Y, {"batch_size": 0}, ValueError, "batch_size is a whole number from 1, not 0"),
    (X, Y, {"batch_size": 2.5}, TypeError, "batch_size is a whole number"),
    (X, Y, {"callbacks": 3}, TypeError, r"callbacks are functions such as early_stopping\(patience=3\), not 3"),
    (X, Y, {"callbacks": [print, "stop"]}, TypeError, "callbacks are functions"),
    (X, Y, {"epochs": 0}, ValueError, "epochs is a whole number"),
    (X, Y, {"rng": -1}, ValueError, "rng is a seed"),
    (X, Y, {"rng": "seed"}, ValueError, "rng is a seed"),
    (X, Y, {"validation": 1.0}, ValueError, "share between 0 and 1"),
    (X, Y, {"validation": 0.99}, ValueError, "leaves 0 to train on"),
    (X, Y, {"validation": 1e-20}, ValueError, "0 to validate with"),
    (X, Y, {"validation": (X, Y[:3])}, ValueError, "x of validation has 40 examples"),
    (X, Y, {"validation": "some"}, ValueError, r"validation is \(x, y\)"),
]


@pytest.mark.parametrize(("x", "y", "options", "error", "message"), HOSTILE, ids=[m[:40] for *_, m in HOSTILE])
def test_what_does_not_fit_is_refused_before_it_begins(x, y, options, error, message):
    model = small()
    before = model.theta.tobytes()
    with pytest.raises(error, match=message):
        model.fit(x, y, **{"loss": "mse", "optimizer": adam, **options})
    assert model.theta.tobytes() == before


def test_numbers_are_looked_at_in_chunks(monkeypatch):
    monkeypatch.setattr("optiviz.nn.examples.CHUNK", 7)
    model = small()
    with pytest.raises(ValueError, match=r"x must be finite numbers of float32, not nan at \[5, 2\]"):
        model.fit(BAD, Y, loss="mse", optimizer=adam)
    model.fit(X, Y, loss="mse", optimizer=adam)


def test_threads_hold_what_numpy_was_told():
    with np.errstate(over="ignore", divide="raise"):
        found = side_by_side([np.geterr] * 3)
        assert found == [np.geterr()] * 3


@pytest.mark.parametrize(
    ("share", "n", "first"), [(0.9, 10, 1), (0.1, 14, 12), (0.5, 3, 1), (0.3, 10, 7), (0.2, 50, 40)]
)
def test_a_share_is_split_off_from_the_end(share, n, first):
    x = np.arange(n)
    trained, held = Examples([x], x).split(share)
    assert trained.y.tolist() == list(range(first)) and held.y.tolist() == list(range(first, n))
    assert len(held.x[0]) == len(held)


def test_hints_for_images():
    model = cnn()
    with pytest.raises(ValueError, match=r"write x\[\.\.\., None\]"):
        model.predict(np.ones((5, 6, 6)))
    three = Sequential([Input((6, 6, 3)), Flatten(), Dense(1)])
    with pytest.raises(ValueError, match="channels come last"):
        three.predict(np.ones((5, 3, 6, 6)))


def test_labels_for_rows_and_rows_for_labels():
    x, y = bars(10)
    for loss, targets, message in (("cce", y, "there is sparse_cce"), ("sparse_cce", np.eye(2)[y], "there is cce")):
        with pytest.raises(ValueError, match=message):
            cnn().fit(x, targets, loss=loss, optimizer=adam)
    with pytest.raises(ValueError, match="has labels up to 2, and the model ends in 2 outputs, for labels from 0 to 1"):
        cnn().fit(x, y + 1, loss="sparse_cce", optimizer=adam)


@pytest.mark.parametrize(("activation", "loss"), [("softmax", "sparse_cce"), ("sigmoid", "bce"), (None, "bce")])
def test_what_comes_out_is_behind_the_activation(activation, loss):
    x, y = bars(50)
    two = loss == "sparse_cce"
    ending, raw = (Sequential([Input((6, 6, 1)), Flatten(), Dense(1 + two, a)]) for a in (activation, None))
    fitted = [model.fit(x, y, loss=loss, optimizer=adam, epochs=2) for model in (ending, raw)]
    assert record(fitted[0])["step_loss"] == record(fitted[1])["step_loss"]
    assert ending.evaluate(x, y, loss=loss) == raw.evaluate(x, y, loss=loss)
    scores = raw.predict(x).astype(float)
    if activation:
        scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True) if two else 1 / (1 + np.exp(-scores))
    assert np.allclose(ending.predict(x), scores, atol=1e-6)


def test_an_activation_of_another_loss_is_refused():
    x, y = bars(10)
    model = Sequential([Input((6, 6, 1)), Flatten(), Dense(2, "softmax")])
    with pytest.raises(ValueError, match="ends in a softmax"):
        model.fit(x, np.eye(2)[y], loss="bce", optimizer=adam)


def test_probabilities_in_another_shape_are_no_scores():
    """They would be taken for scores, and made probabilities of once more."""
    x, y = bars(10)
    model = Sequential([Input((6, 6, 1)), Flatten(), Dense(1, "sigmoid"), Reshape((1, 1)), Flatten()])
    with pytest.raises(ValueError, match=r"ends in a sigmoid before Flatten\(\); end it in activation='sigmoid'"):
        model.fit(x, y[:, None], loss="bce", optimizer=adam)
    assert model.evaluate(x, y[:, None], loss="mse").loss < 1


def test_a_loss_by_its_name_by_hand():
    x, y = bars(10)
    found = [cnn().value_and_grad(x, y, loss, np.random.default_rng(0)) for loss in ("sparse_cce", losses.sparse_cce)]
    assert found[0][0] == found[1][0] and np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_tokens_stay_whole(dtype):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 20, (200, 6)).astype(dtype)
    y = (x == 7).any(axis=1).astype(int)
    model = Sequential([Input((6,)), Embedding(20, 4), GlobalMaxPool1D(), Dense(1, "sigmoid")])
    assert model.fit(x, y, loss="bce", optimizer=adam(lr=0.05), epochs=20).accuracy[-1] > 0.98
    with pytest.raises(
        TypeError, match=r"takes whole numbers, such as tokens, and x is float64; write x.astype\(int\)"
    ):
        model.fit(x.astype(float), y, loss="bce", optimizer=adam)


def test_statistics_are_learnt_and_early_stopping_puts_them_back():
    x, y = bars(60)
    model = Sequential([Input((6, 6, 1)), Conv2D(3, 3), BatchNorm(), ReLU(), Flatten(), Dense(2)])
    before, seen = model.statistics.copy(), []

    def spoil(look):
        seen.append(look.model.statistics.copy())
        look.model.theta[...] += 1

    history = model.fit(
        x, y, loss="sparse_cce", optimizer=gd, epochs=9, validation=0.3, callbacks=[early_stopping(2), spoil]
    )
    assert (seen[0] != before).all() and history.ending == "stopped"
    assert (model.statistics == seen[int(np.argmin(history.val_loss))]).all()


def test_a_wrapped_rule_trains():
    x, y = line()
    history = small().fit(x, y, loss="mse", optimizer=clip_norm(gd(lr=0.1), limit=1.0), epochs=30)
    assert history.loss[-1] < history.loss[0] / 4


def test_a_model_of_layers_without_weights():
    model = Sequential([Input((2,)), ReLU()])
    history = model.fit(np.ones((4, 2)), np.zeros((4, 2)), loss="mse", optimizer=adam)
    assert history.loss.tolist() == [1.0]


def test_a_training_is_that_of_torch():
    torch = pytest.importorskip("torch")
    x, y = bars(70)
    model = Sequential(
        [Input((6, 6, 1)), Conv2D(4, 3, activation="relu"), BatchNorm(), Flatten(), Dense(2)], dtype=np.float64
    )
    conv, _, norm, _, dense = model.layers
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.BatchNorm2d(4, eps=norm.epsilon), torch.nn.Flatten(),
        torch.nn.Linear(64, 2),
    ).double()  # fmt: skip
    with torch.no_grad():
        theirs[0].weight.copy_(torch.tensor(conv.W.transpose(3, 2, 0, 1)))
        theirs[4].weight.copy_(torch.tensor(dense.W.reshape(4, 4, 4, 2).transpose(3, 2, 0, 1).reshape(2, 64)))
        for weight in (theirs[0].bias, theirs[4].bias):
            weight.zero_()
    rule = torch.optim.Adam(theirs.parameters(), lr=0.01, eps=1e-8)
    rng, losses_of_torch = np.random.default_rng(3), []
    for _ in range(3):
        for bx, by in batches(x, y, 16, rng=rng):
            rule.zero_grad()
            images = torch.tensor(bx.transpose(0, 3, 1, 2).astype(np.float64))
            loss = torch.nn.functional.cross_entropy(theirs(images), torch.tensor(by))
            loss.backward()
            rule.step()
            losses_of_torch.append(loss.item())
    history = model.fit(x, y, loss="sparse_cce", optimizer=adam(lr=0.01), epochs=3, batch_size=16, rng=3)
    assert np.allclose(history.step_loss, losses_of_torch, rtol=1e-9)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"validation_split": 0.1}, "fit has no validation_split; write validation=0.1"),
        ({"verbose": 1}, "fit has no verbose; write progress=True or progress=False"),
        ({"epoch": 1}, "fit has no epoch; did you mean 'epochs'?"),
        ({"callbacks": early_stopping}, r"write callbacks=early_stopping\(patience=3\)"),
        ({"callbacks": ["stop"]}, r"callbacks are functions such as early_stopping\(patience=3\), not 'stop'"),
    ],
)
def test_what_keras_calls_otherwise_is_told_before_training(told, message):
    model = Sequential([Input(shape=(2,)), Dense(2)])
    before = model.theta.copy()
    with pytest.raises(TypeError, match=message):
        model.fit(np.ones((4, 2)), [0, 1, 0, 1], "sparse_cce", "adam", **told)
    assert np.array_equal(model.theta, before)


def test_a_rule_of_the_command_line_is_told_as_code():
    model = Sequential([Input(shape=(2,)), Dense(2)])
    with pytest.raises(LookupError, match=r"is written clip_norm\(adam\(lr=0.1\), limit=1\), not"):
        model.fit(np.ones((4, 2)), [0, 1, 0, 1], "sparse_cce", "adam:lr=0.1+clip_norm:limit=1")


def test_other_ends_are_told_as_what_is_missing():
    image = Sequential([Input(shape=(6, 6, 1)), Conv2D(4, 3), Dense(3)])
    with pytest.raises(ValueError, match=r"ends in \(N, 4, 4, 3\).*is a Flatten\(\) missing before the last Dense"):
        image.fit(np.ones((4, 6, 6, 1)), [0, 1, 2, 0], "sparse_cce", "adam")
    few = Sequential([Input(shape=(2,)), Dense(9)])
    with pytest.raises(ValueError, match=r"labels up to 9.*for labels from 0 to 8; end it in Dense\(10\)"):
        few.evaluate(np.ones((2, 2)), [0, 9], "sparse_cce")


def test_a_line_of_progress_fits_a_terminal():
    long = History(
        "m", "adam", "bce", examples=60000, loss=np.ones(100), accuracy=np.ones(100), val_loss=np.ones(100) * 10.5,
        val_accuracy=np.ones(100) * 0.987, seconds=np.full(100, 123.4)
    )  # fmt: skip
    assert len("epoch 100/100  " + words(long)) <= 80
