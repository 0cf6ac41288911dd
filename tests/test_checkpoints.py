"""Checkpoints: a training that is broken off anywhere, in any way, ends to the bit as if it had not been."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from functools import cache
from itertools import count, product
from typing import Any

import numpy as np
import pytest
from examples import every
from trainings import bars, cnn, killable, line, norm_cnn, record, small

from optiviz import adam, cosine, exponential, gd, reduce_on_plateau, rmsprop
from optiviz.data.augment import flip, shift
from optiviz.nn import History, Sequential, early_stopping
from optiviz.nn.checkpoint import digest
from optiviz.optimizers import named

pytestmark = pytest.mark.usefixtures("ctrl_c")

X, Y = bars(60)
KILLED = -signal.SIGKILL


CASES: dict[str, tuple[Any, Any]] = {
    "adam, dropout": (cnn, lambda: {"optimizer": adam(lr=0.01)}),
    "batch norm, augmentation": (norm_cnn, lambda: {"optimizer": "momentum", "augment": shift(by=0.2) >> flip}),
    "float64, two threads": (lambda: norm_cnn(dtype=float, threads=2), lambda: {"optimizer": "nadam"}),
    "a schedule": (cnn, lambda: {"optimizer": rmsprop(lr=0.01), "schedule": cosine(steps=15)}),
    "a schedule in the rule": (cnn, lambda: {"optimizer": adam(lr=exponential(lr=0.01, k=0.1))}),
    "a reaction": (cnn, lambda: {"optimizer": adam, "schedule": reduce_on_plateau(factor=0.5, patience=1)}),
    "early stopping, in time": (norm_cnn, lambda: {"optimizer": gd(lr=0.5), "callbacks": early_stopping(1)}),
    "early stopping, at the end": (norm_cnn, lambda: {"optimizer": gd(lr=0.5), "callbacks": early_stopping(9)}),
    "muon": (cnn, lambda: {"optimizer": "muon"}),
    "lamb": (norm_cnn, lambda: {"optimizer": "lamb", "validation": None}),
    "adafactor": (cnn, lambda: {"optimizer": "adafactor"}),
    "wrappers": (cnn, lambda: {"optimizer": named("adam+clip_norm+weight_decay+lookahead+polyak")}),
    "schedule free": (cnn, lambda: {"optimizer": "schedule_free_adamw"}),
    "two averages": (cnn, lambda: {"optimizer": "adadelta"}),
    **{
        kind.__name__: (cnn, lambda kind=kind: {"optimizer": "lion", "rng": np.random.Generator(kind(5))})
        for kind in (np.random.MT19937, np.random.SFC64, np.random.Philox)
    },
}
every_case = pytest.mark.parametrize("name", CASES)


def fitted(case: tuple[Any, Any], **options: Any) -> tuple[Sequential, History]:
    """A model that is made anew, and what training it comes to."""
    make, asked = case
    model = make()
    known = {"loss": "sparse_cce", "epochs": 4, "batch_size": 16, "validation": 0.25, **asked(), **options}
    return model, model.fit(X, Y, **known)


@cache
def unbroken(name: str) -> tuple[Sequential, History]:
    """What it comes to when nothing happens."""
    return fitted(CASES[name])


def the_same(one: tuple[Sequential, History], other: tuple[Sequential, History]) -> bool:
    numbers = [(model.theta.tobytes(), model.statistics.tobytes()) for model, _ in (one, other)]
    assert record(one[1]) == record(other[1])
    return numbers[0] == numbers[1]


def pressing(asked: int):
    """Somebody who presses Ctrl-C when asked for the so-manieth time: one more update is made."""
    times = iter(range(1, 1000))
    return lambda: signal.raise_signal(signal.SIGINT) if next(times) == asked else None


# Three updates make an epoch of 45 examples.
@pytest.mark.parametrize(("name", "asked"), every(2, product(CASES, [2, 1, 4, 6])))
def test_what_is_interrupted_goes_on(name, asked, tmp_path):
    path, case, whole = tmp_path / "run.npz", CASES[name], unbroken(name)
    _, broken = fitted(case, checkpoint=path, babysitter=pressing(asked))
    assert broken.ending == "interrupted" and broken.steps in (asked, asked + 1) and whole[1].ending != "interrupted"
    assert the_same(fitted(case, checkpoint=path), whole)
    assert the_same(fitted(case, checkpoint=path), whole)  # at once, for it is over
    assert [*tmp_path.iterdir()] == [path]


def test_what_is_interrupted_again_and_again_goes_on(tmp_path):
    case = CASES["batch norm, augmentation"]
    for _ in range(4):
        _, broken = fitted(case, checkpoint=tmp_path / "run.npz", babysitter=pressing(3))
        assert broken.ending == "interrupted"
    assert the_same(fitted(case, checkpoint=tmp_path / "run.npz"), fitted(case))


def test_the_same_model_goes_on_too(tmp_path):
    model, whole = cnn(), cnn()
    known = {"loss": "sparse_cce", "optimizer": "adam", "epochs": 2, "checkpoint": tmp_path / "run.npz"}
    model.fit(X, Y, **known, babysitter=pressing(1))  # within the first epoch
    history = model.fit(X, Y, **known)
    assert the_same((model, history), (whole, whole.fit(X, Y, **{**known, "checkpoint": None})))


@every_case
def test_more_epochs_may_follow(name, tmp_path):
    path, case = tmp_path / "run.npz", CASES[name]
    fitted(case, checkpoint=path, epochs=2)
    assert the_same(fitted(case, checkpoint=path), unbroken(name))


def test_what_is_over_is_over_at_once(tmp_path):
    path, seen = tmp_path / "run.npz", []
    case = CASES["adam, dropout"]
    first = fitted(case, checkpoint=path, callbacks=lambda look: seen.append(look.epoch))
    before = path.read_bytes()
    again = fitted(case, checkpoint=path, callbacks=lambda look: seen.append(look.epoch))
    assert seen == [1, 2, 3, 4] and path.read_bytes() == before
    assert the_same(first, again) and (first[1].seconds == again[1].seconds).all()


def test_a_training_that_diverges_leaves_what_was_before(tmp_path):
    path = tmp_path / "run.npz"
    x, y = line(40)
    answers = iter([None] * 5 + [1e30] + [None] * 99)
    with pytest.raises(ArithmeticError):
        small().fit(
            x, y, "mse", gd(lr=0.01), epochs=5, batch_size=10, checkpoint=path, babysitter=lambda: next(answers)
        )
    model, whole = small(), small()
    history = model.fit(x, y, "mse", gd(lr=0.01), epochs=5, batch_size=10, checkpoint=path)
    assert the_same((model, history), (whole, whole.fit(x, y, "mse", gd(lr=0.01), epochs=5, batch_size=10)))


class Counting:
    """A callback that changes the model by what it remembers."""

    def __init__(self) -> None:
        self.memory: dict[str, Any] = {"seen": 0, "sums": [np.float32(0)], "name": "counting"}

    def __repr__(self) -> str:
        return "Counting()"

    def __call__(self, look: Any) -> None:
        self.memory["seen"] += 1
        self.memory["sums"].append(np.float32(look.model.theta.sum()))
        look.model.theta[...] += 1e-3 * self.memory["seen"] * self.memory["sums"][-2]


def test_a_callback_with_a_memory_finds_it_again(tmp_path):
    case = CASES["adam, dropout"]
    calls = [Counting() for _ in range(3)]
    whole = fitted(case, callbacks=calls[0])
    fitted(case, checkpoint=tmp_path / "run.npz", callbacks=[calls[1]], babysitter=pressing(7))
    assert the_same(fitted(case, checkpoint=tmp_path / "run.npz", callbacks=[print, calls[2]][1:]), whole)
    assert calls[0].memory == calls[2].memory and type(calls[2].memory["sums"][-1]) is np.float32


@pytest.mark.parametrize("what", [{1, 2}, {1: "one"}, print, 2j, np.array([None]), np.array("a")])
def test_a_memory_of_what_has_no_words_is_refused(what, tmp_path):
    call = Counting()
    call.memory["of"] = what
    with pytest.raises(TypeError, match=r"memories\.0\.of is .*, which a checkpoint cannot hold; arrays, numbers"):
        fitted(CASES["adam, dropout"], checkpoint=tmp_path / "run.npz", callbacks=call)
    assert [*tmp_path.iterdir()] == []


# Killed.
PROGRAM = """
import os, signal, sys, threading, zipfile
path, how, when, sys.path[:] = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
from trainings import killable
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
counted = iter(range(1, 10**9))
if how == "after":
    threading.Timer(when, die).start()
elif how == "writing":
    whole = zipfile.ZipFile.writestr
    def writestr(self, name, data, *more):
        if next(counted) == when:
            self.fp.write(bytes(data if isinstance(data, memoryview) else data.encode())[:40])
            self.fp.flush()
            die()
        whole(self, name, data, *more)
    zipfile.ZipFile.writestr = writestr
elif how == "renaming":
    whole = os.replace
    os.replace = lambda *names: die() if next(counted) == when else whole(*names)
elif how == "limit":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(when), int(when)))
try:
    killable(checkpoint=path)
except OSError as error:
    print(error)
    sys.exit(3)
"""


def elsewhere(path: Any, how: str, when: float) -> subprocess.CompletedProcess:
    """The training in a process of its own, which is killed, or finds no room."""
    command = [sys.executable, "-c", PROGRAM, str(path), how, str(when), *sys.path]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


MOMENTS = np.random.default_rng(0).uniform(size=(6, 12)).tolist()


@pytest.mark.parametrize(
    "kills",
    [
        [("writing", 25), ("after", 0.02)],
        *(pytest.param([("after", 0.1 * t) for t in moments], marks=pytest.mark.proof) for moments in MOMENTS),
        *(pytest.param([("writing", i), ("renaming", i // 9)] * 3, marks=pytest.mark.proof) for i in range(9, 40, 3)),
    ],
    ids=lambda kills: "-".join(f"{how}{when:.2g}" for how, when in kills[:2]),
)
def test_what_is_killed_goes_on(kills, tmp_path):
    path = tmp_path / "run.npz"
    done = [elsewhere(path, how, when) for how, when in kills]
    assert all(each.returncode in (KILLED, 0) for each in done), [each.stderr for each in done]  # 0 if it was through
    assert done[0].returncode == KILLED or kills[0][0] == "after"
    assert the_same(killable(checkpoint=path), killable())


def test_a_file_that_may_not_grow_stays_as_it_was(tmp_path):
    path = tmp_path / "run.npz"
    killable(checkpoint=path, epochs=2)
    before = path.read_bytes()
    done = elsewhere(path, "limit", len(before) - 100)
    assert done.returncode == 3, done.stderr
    assert "the checkpoint after epoch 3 could not be written (File too large)" in done.stdout
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("module", "place"), [(np.lib.format, "write_array"), (zipfile.ZipFile, "writestr"), (os, "fsync"), (os, "replace")]
)
@pytest.mark.parametrize("times", [1, 3])
def test_on_a_full_disk_the_last_one_stays(module, place, times, tmp_path, monkeypatch):
    path, case = tmp_path / "run.npz", CASES["early stopping, at the end"]
    fitted(case, checkpoint=path, epochs=1)
    whole, counted, usual = fitted(case), iter(range(1, 1000)), getattr(module, place)

    def until_it_is_full(*given: Any, **more: Any) -> Any:
        if next(counted) >= times:
            raise OSError(errno.ENOSPC, "No space left on device")
        return usual(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(module, place, until_it_is_full)
        message = r"could not be written \(No space left on device\); the file is as it was"
        with pytest.raises(OSError, match=message) as found:
            fitted(case, checkpoint=path)
    assert found.value.errno == errno.ENOSPC and str(path) in str(found.value)
    assert [*tmp_path.iterdir()] == [path]
    assert the_same(fitted(case, checkpoint=path), whole)


def test_a_place_where_nothing_can_be_written_is_told_before_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist; create it or choose another"):
        fitted(CASES["muon"], checkpoint=tmp_path / "none" / "run.npz")
    with pytest.raises(IsADirectoryError, match="is a directory; name a file in it"):
        fitted(CASES["muon"], checkpoint=tmp_path)


# Damaged and foreign files.
def test_a_foreign_file_is_refused_and_stays(tmp_path):
    path, case = tmp_path / "run.npz", CASES["adam, dropout"]
    for write in (
        lambda: path.write_bytes(b""),
        lambda: path.write_text("a diary"),
        lambda: np.savez(path, theta=np.ones(3)),
        lambda: cnn().save(path),
        lambda: fitted(case)[1].save(path),
    ):
        write()
        before = path.read_bytes()
        with pytest.raises(ValueError, match=r"is damaged or not a checkpoint written by optiviz \(.*\); remove"):
            fitted(case, checkpoint=path)
        assert path.read_bytes() == before


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.proof)])
def test_a_damaged_file_is_refused_or_is_as_good_as_whole(count, tmp_path):
    path, case, draw = tmp_path / "run.npz", CASES["early stopping, at the end"], random.Random(3)
    whole = fitted(case, checkpoint=path, epochs=2)
    good, refused = path.read_bytes(), 0
    for i in range(count):
        bad = bytearray(good)
        if i % 2:
            bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
        else:
            del bad[draw.randrange(len(bad)) :]
        path.write_bytes(bad)
        with suppress(ValueError):
            assert the_same(fitted(case, checkpoint=path, epochs=2), whole)
            refused -= 1
        refused += 1
        assert path.read_bytes() == bad
    assert refused > count / 2


def test_what_is_written_has_no_pickle_and_is_the_same_each_time(tmp_path, monkeypatch):
    for name in ("one.npz", "two.npz"):
        monkeypatch.setattr("optiviz.nn.training.time.perf_counter", count(1).__next__)
        fitted(CASES["muon"], checkpoint=tmp_path / name, epochs=1)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.npz") as archive:
        names = {name for name in archive.namelist() if name.startswith("state")}
    assert names == {f"state.slots.m.{i}.npy" for i in range(6)}


# Another training.
OTHER: list[tuple[str, dict[str, Any], str]] = [
    (
        "model",
        {"make": lambda: norm_cnn(threads=1)},
        r"its model is 1: conv2d Conv2D\(4, .*, and that of this one is 1: c",
    ),
    ("dtype", {"make": lambda: cnn(threads=1, dtype=float)}, r"in float32, and that of this one is .* in float64"),
    ("optimizer", {"optimizer": adam(lr=0.02)}, r"its optimizer is adam\(lr=0.01\), and .* is adam\(lr=0.02\)"),
    ("schedule", {"schedule": cosine(steps=9)}, r"its optimizer is adam\(lr=0.01\), and .* is adam\(lr=cosine\("),
    ("reaction", {"schedule": reduce_on_plateau}, "its schedule is none, and that of this one is reduce_on_plateau"),
    ("loss", {"loss": "focal", "make": lambda: small(threads=1)}, "model"),
    ("batch size", {"batch_size": 17}, "its batch_size is 16, and that of this one is 17"),
    ("augmentation", {"augment": flip}, "its augment is none, and that of this one is flip"),
    ("seed", {"rng": 1}, "its rng is 0, and that of this one is 1"),
    ("generator", {"rng": np.random.default_rng(0)}, "its rng is 0, and that of this one is a PCG64 that stands at"),
    ("plan", {"make": lambda: cnn(threads=1, fuse=False)}, "its fuse is True, and that of this one is False"),
    ("threads", {"make": lambda: cnn(threads=2)}, "its threads is 1, and that of this one is 2"),
    ("validation", {"validation": 0.5}, "its data is [0-9a-f]{32}, and that of this one is [0-9a-f]{32};"),
    ("other validation", {"validation": (X[:9], Y[:9])}, "its data is "),
    ("callbacks", {"callbacks": early_stopping(2)}, r"its callbacks is none|at its end"),
    ("epochs", {"epochs": 3}, "a training of 4 epochs, of which 4 are done, and there can only be more of them; write"),
]


@pytest.mark.parametrize("changed", [o[1:] for o in OTHER], ids=[o[0] for o in OTHER])
def test_another_training_is_refused_and_says_why(changed, tmp_path):
    options, message = changed
    path = tmp_path / "run.npz"
    asked = {"optimizer": adam(lr=0.01)}
    fitted((lambda: cnn(threads=1), lambda: asked), checkpoint=path)
    before = path.read_bytes()
    options = dict(options)
    make = options.pop("make", lambda: cnn(threads=1))
    model = make()
    known = {"loss": "sparse_cce", "epochs": 4, "batch_size": 16, "validation": 0.25, **asked, **options}
    x = X if model.inputs[0].shape == X.shape[1:] else X.reshape(60, -1)[:, :3]
    theta = model.theta.copy()
    with pytest.raises(ValueError, match=message):
        model.fit(x, Y, **known, checkpoint=path)
    assert path.read_bytes() == before and (model.theta == theta).all()


@pytest.mark.parametrize("which", ["x", "y", "validation"])
def test_other_data_are_refused(which, tmp_path):
    path = tmp_path / "run.npz"
    x, y = bars(30)
    held = bars(10, seed=1)

    def fit() -> None:
        cnn().fit(x, y, "sparse_cce", "adam", validation=held, checkpoint=path)

    fit()
    if which == "y":
        y[29] = 1 - y[29]
    else:
        images = x if which == "x" else held[0]
        images[-1, -1, -1, 0] = np.nextafter(images[-1, -1, -1, 0], 2)
    with pytest.raises(ValueError, match=f"its {'validation' if which == 'validation' else 'data'} is "):
        fit()


def test_the_weights_of_all_epochs_are_too_much(tmp_path):
    with pytest.raises(ValueError, match="leave one of the two out"):
        fitted(CASES["muon"], checkpoint=tmp_path / "run.npz", record_weights=True)


def test_a_digest_is_that_of_the_numbers():
    x = np.arange(24.0).reshape(4, 3, 2)
    alike = [x, x.copy(), x[::-1][::-1], np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]]
    others = [x[:3], x.reshape(4, 6), x.astype(">f8"), x.astype("f4"), x.astype(int), x > 3, -x, x[::-1]]
    assert len({digest([a]) for a in alike}) == 1 and len({digest([a]) for a in [x, *others]}) == 1 + len(others)
    assert digest([x, x[:2]]) != digest([x[:2], x])
