"""The folder of a training: what lies in it, how it goes on, and what is said when it cannot."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image
from small_data import small, small_data  # noqa: F401, a fixture

from optiviz.cli import cli, run
from optiviz.nn import Input, Model, load
from optiviz.trials import Trial, free, kept, train
from optiviz.trials import running as trials
from optiviz.trials.pictures import PICTURES

MINE = '''
import os, signal
from pathlib import Path
from optiviz import optimizer
from optiviz.data.augment import augmentation
from optiviz.models import answer, architecture
from optiviz.nn import BatchNorm, Conv2D, Dense, Dropout, Embedding, GlobalAvgPool1D, GlobalAvgPool2D

@architecture(shape=(28, 28, 1))
def tiny(i, classes=10):
    z = Conv2D(4, 3, strides=3, activation="relu")(i)
    z = BatchNorm()(z)
    return answer(classes)(Dropout(0.2)(GlobalAvgPool2D()(z)))

@architecture(shape=(40,))
def words(i, classes=1, *, tokens=100):
    return answer(classes)(Dropout(0.2)(GlobalAvgPool1D()(Embedding(tokens, 8)(i))))

@optimizer
def fixed(theta, g, t):
    return theta - 0.1 * g

@augmentation
def calm(images, rng):
    """Changes nothing, but at the tenth batch sends the signal that is in a file called now, if there is one."""
    now = Path("now")
    if now.exists():
        number, count = map(int, now.read_text().split())
        now.write_text(f"{number} {count + 1}")
        if count == 10:
            now.unlink()
            os.kill(os.getpid(), number)
    return images
'''

TINY = ["--model", "mine.py:tiny", "--limit", "64", "--batch-size", "16", "--epochs", "4"]
FILES = {
    *"trial.json checkpoint.npz model.npz history.csv history.json results.json".split(),
    *(f"{name}.png" for name in PICTURES),
}


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory with a file of models, where what is drawn is small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPTIVIZ_THREADS", "1")
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures take time, and are drawn elsewhere."""
    monkeypatch.setattr("optiviz.trials.running.write_pictures", lambda *_: {})


def printed(capsys, *args: str) -> str:
    status = run([*args])
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def refused(capsys, *args: str, status: int = 2) -> str:
    """The one line of a command that must fail."""
    assert run([*args]) == status
    out, err = capsys.readouterr()
    last = err.splitlines()[-1]
    assert out == "" and last.startswith("optiviz: ") and "Traceback" not in err
    return last


def names(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def untimed(folder: str) -> tuple[bytes, bytes, list[dict[str, str]]]:
    """What must be the same of two trainings that are the same."""
    place = Path(folder)
    with open(place / "history.csv", newline="") as file:
        rows = [{name: cell for name, cell in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    return (place / "model.npz").read_bytes(), (place / "results.json").read_bytes(), rows


# What is written.


@pytest.mark.usefixtures("small_data")
def test_a_folder_has_all_that_came_of_a_training(capsys):
    out = printed(capsys, "train", *TINY, "--size", "480x270", "--style", "dark")
    accuracy = re.fullmatch(r"accuracy (0\.\d{4}), loss \d\.\d{4}, on 100 test examples\nshapes-tiny\n", out)
    assert accuracy and names("shapes-tiny") == FILES
    results = json.loads(Path("shapes-tiny/results.json").read_text())
    assert f"{results['accuracy']:.4f}" == accuracy[1] and results["epochs"] == 4
    assert {*results["pictures"]} == {name for name in FILES if name.endswith(".png")}
    for name, words in results["pictures"].items():
        with Image.open(f"shapes-tiny/{name}") as image:
            assert image.size == (480, 270) and image.info["Description"] == words
    with open("shapes-tiny/history.csv", newline="") as file:
        rows = [*csv.DictReader(file)]
    record = json.loads(Path("shapes-tiny/history.json").read_text())
    assert [float(row["loss"]) for row in rows] == [row["loss"] for row in record["epochs"]]
    assert len(rows) == 4 and len(record["updates"]["lr"]) == len(record["updates"]["loss"]) == 16
    assert float(rows[-1]["val_accuracy"]) == results["accuracy"]
    x = small("shapes").test.x / np.float32(255)
    right = load("shapes-tiny/model.npz").predict(x).argmax(axis=1) == small("shapes").test.y
    assert right.mean() == results["accuracy"]


@pytest.mark.usefixtures("small_data")
def test_texts_bring_their_tokenizer_and_a_rule_without_a_rate_no_picture_of_it(capsys):
    options = ["--model", "mine.py:words", "--optimizer", "mine.py:fixed", "--limit", "64", "--epochs", "1"]
    facts = json.loads(printed(capsys, "train", "messages", *options, "-o", "run", "--json", "--quiet"))
    assert names("run") == {*facts["files"]} == (FILES | {"tokenizer.json"}) - {"rate.png"}
    assert kept("run").intake.tokenizer.size == load("run/model.npz").layers[0].array("W").shape[0]
    assert facts["trial"]["loss"] == "bce" and [*facts["classes"]] == ["ordinary", "spam"]


@pytest.mark.usefixtures("small_data")
def test_of_a_training_beyond_bounds_it_is_shown_how_it_went(capsys):
    asked = "train shapes --model mlp --optimizer sgd:lr=1e30 --limit 64 --batch-size 16 -o wild"
    said = refused(capsys, *asked.split())
    assert re.match(r"optiviz: training diverged at step \d+, in epoch 1: the loss is (nan|inf)", said)
    lower = "try a smaller learning rate, such as sgd:lr=1e+29, or shorter gradients: sgd+clip_norm:lr=1e30"
    assert said.endswith(f"; {lower}; how it went is in wild")
    assert names("wild") == {"trial.json", "checkpoint.npz", "history.csv", "history.json", "curves.png", "rate.png"}
    with open("wild/history.json") as file:
        assert json.load(file)["ending"] == "diverged"
    assert "wild has no model, for its training diverged; train with a smaller" in refused(capsys, "evaluate", "wild")


@pytest.mark.usefixtures("small_data", "undrawn")
def test_without_a_name_no_training_takes_the_place_of_another(capsys):
    for seed, folder in ((0, "shapes-tiny"), (1, "shapes-tiny-2"), (0, "shapes-tiny"), (2, "shapes-tiny-3")):
        assert printed(capsys, "train", *TINY, "--seed", f"{seed}").splitlines()[-1] == folder
    Path("shapes-logistic").write_text("mine")
    assert free("shapes-logistic", lambda trial: True) == Path("shapes-logistic-2")


@pytest.mark.usefixtures("small_data", "undrawn")
def test_the_same_training_gives_the_same_bytes(capsys):
    for folder in ("a", "b"):
        printed(capsys, "train", *TINY, "-o", folder)
    assert untimed("a") == untimed("b")
    assert Path("a/trial.json").read_bytes() == Path("b/trial.json").read_bytes()


# Interrupted.


@pytest.mark.usefixtures("small_data", "undrawn")
def test_ctrl_c_keeps_the_epochs_and_says_how_to_go_on(capsys):
    options = [*TINY, "--augment", "mine.py:calm"]
    printed(capsys, "train", *options, "-o", "straight")
    Path("now").write_text(f"{signal.SIGINT:d} 1")
    said = refused(capsys, "train", *options, "-o", "run", status=130)
    assert said == (
        "optiviz: interrupted in epoch 3 of 4; those before are kept; go on with optiviz train --resume run"
    )
    assert names("run") == {"trial.json", "checkpoint.npz"}
    assert "its training has not ended; go on with optiviz train --resume run" in refused(capsys, "evaluate", "run")
    printed(capsys, "train", "--resume", "run")
    assert untimed("run") == untimed("straight")


@pytest.mark.usefixtures("small_data", "undrawn")
@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (9, "in epoch 1 of 4; no epoch is done yet"),
        (5, "in epoch 2 of 4; the one before is kept"),
        (-5, "after epoch 4 of 4, the last, which is kept; what came of it is not written yet"),
    ],
)
def test_ctrl_c_says_what_is_kept(capsys, batch, said):
    """`calm` counts batches up to its tenth, in epochs of four."""
    Path("now").write_text(f"{signal.SIGINT:d} {batch}")
    message = refused(capsys, "train", *TINY, "--augment", "mine.py:calm", "-o", "run", status=130)
    assert message == f"optiviz: interrupted {said}; go on with optiviz train --resume run"
    printed(capsys, "train", "--resume", "run")
    assert json.loads(Path("run/results.json").read_text())["epochs"] == 4


@pytest.mark.usefixtures("small_data", "undrawn")
@pytest.mark.parametrize(
    ("name", "time"), [("trial.json", 1), ("checkpoint.npz", 3), ("model.npz", 1), ("results.json", 1)]
)
def test_a_full_disk_keeps_what_there_was_and_says_how_to_go_on(capsys, monkeypatch, name, time):
    printed(capsys, "train", *TINY, "-o", "straight")
    times = 0

    def full(source, target, replace=os.replace):
        nonlocal times
        times += Path(target).name == name
        if times == time and Path(target).name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("optiviz.files.os.replace", full)
        said = refused(capsys, "train", *TINY, "-o", "run")
    assert "No space left on device" in said and said.endswith("make room, and go on with optiviz train --resume run")
    assert not [path for path in Path("run").iterdir() if path.name.startswith(".")]
    printed(capsys, "train", *([*TINY, "-o"] if name == "trial.json" else ["--resume"]), "run")
    assert untimed("run") == untimed("straight")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that kills")
@pytest.mark.usefixtures("undrawn")
def test_killed_without_a_warning_it_ends_with_the_same_weights(capsys):
    """In the middle of the third epoch, through the command line."""
    options = [*TINY, "--augment", "mine.py:calm"]
    Path("now").write_text(f"{signal.SIGKILL:d} 1")
    command = [sys.executable, "-m", "optiviz", "train", *options, "-o", "run"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=100, check=False)
    assert done.returncode == -signal.SIGKILL and "epoch 2/4" in done.stderr
    assert names("run") == {"trial.json", "checkpoint.npz"}
    halves = [Path("run/.checkpoint-half.npz"), *(Path(f"run/.{name}-half.png") for name in PICTURES)]
    for half in halves:
        half.write_bytes(b"what was being written")
    printed(capsys, "train", "--resume", "run")
    printed(capsys, "train", *options, "-o", "straight")
    assert untimed("run") == untimed("straight")
    assert not any(half.exists() for half in halves)


@pytest.mark.usefixtures("small_data", "undrawn")
def test_more_epochs_are_those_that_come_next(capsys):
    steady = [*TINY, "--optimizer", "adam"]
    printed(capsys, "train", *steady, "-o", "run")
    printed(capsys, "train", "--resume", "run", "--epochs", "6")
    printed(capsys, "train", *steady, "--epochs", "6", "-o", "straight")
    assert untimed("run") == untimed("straight")
    printed(capsys, "train", "--resume", "run")  # to have the files once more
    assert untimed("run") == untimed("straight")
    said = refused(capsys, "train", "--resume", "run", "--epochs", "5")
    assert "run has 6 epochs, not 5, and there can only be more" in said


@pytest.mark.usefixtures("small_data", "undrawn")
@pytest.mark.parametrize(
    "schedule", ["one_cycle", "warmup:steps=4 >> cosine:steps=4", "exponential", "linear:steps=99,until=8"]
)
def test_who_goes_on_beyond_the_end_of_a_schedule_is_told_what_the_rate_is(capsys, schedule):
    twice = [*TINY[:-1], "2", "--optimizer", "adam"]
    begin = ["train", *twice, "--schedule", schedule, "-o", "run"]
    assert run(begin) == run(["train", "--resume", "run"]) == 0 and "schedule" not in capsys.readouterr().err
    assert run(["train", "--resume", "run", "--epochs", "3"]) == 0
    said = re.search(r"over after 8 updates, .* stays at (.*); .* with --epochs 3", capsys.readouterr().err)
    rates = json.loads(Path("run/history.json").read_text())["updates"]["lr"]
    assert bool(said) == (schedule not in ("exponential", "linear:steps=99,until=8"))
    assert not said or rates[8:] == pytest.approx([float(said[1])] * 4, rel=0.01, abs=1e-9)


@pytest.mark.usefixtures("small_data", "undrawn")
def test_who_trains_again_what_is_done_is_told_so(capsys):
    assert run(["train", *TINY, "-o", "run"]) == 0 and "already" not in capsys.readouterr().err
    for again in (["train", *TINY, "-o", "run"], ["train", "--resume", "run"]):
        assert run(again) == 0
        assert "all 4 epochs were done already, and nothing was trained" in capsys.readouterr().err
    assert run(["train", "--resume", "run", "--epochs", "5"]) == 0 and "already" not in capsys.readouterr().err


@pytest.mark.usefixtures("small_data", "undrawn")
def test_what_is_trained_is_said_when_all_goes_together(capsys):
    printed(capsys, "train", *TINY, "-o", "run")
    assert run(["train", "--model", "text_cnn"]) == 2
    assert run(["train", *TINY, "--seed", "1", "-o", "run"]) == 2
    assert run(["train", *TINY, "--optimizer", "sgd:lr=1", "--schedule", "cosine:lr=1", "-o", "other"]) == 2
    assert "examples of" not in capsys.readouterr().err and not Path("other").exists()


# What is in the way.


@pytest.mark.skipif(os.name == "nt", reason="Windows locks no folders")
@pytest.mark.usefixtures("small_data", "undrawn")
def test_two_trainings_do_not_share_a_folder(capsys):
    Path("run").mkdir()
    holding = (
        "import time\nfrom optiviz.files import alone_in\nwith alone_in('run'): print(1, flush=True), time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"1"
        said = refused(capsys, "train", *TINY, "-o", "run")
        other.kill()
    assert said == "optiviz: run is in use by another process; wait until it has ended"
    assert not names("run")
    printed(capsys, "train", *TINY, "-o", "run")  # the lock went with the process


@pytest.mark.usefixtures("small_data", "undrawn")
def test_who_comes_second_sees_what_the_first_has_made(capsys, monkeypatch):
    """The other training begins and ends while this one's data are prepared."""
    seen = []

    def late(folder, look=trials.found):
        seen.append(folder)
        if len(seen) == 1:
            train(Trial("shapes", model="mine.py:tiny", epochs=1, limit=50, seed=1), "run")
            return None
        return look(folder)

    monkeypatch.setattr(trials, "found", late)
    assert "run holds another training (epochs: 1, not 4)" in refused(capsys, "train", *TINY, "-o", "run")
    assert kept("run").trial.seed == 1


def test_a_name_that_no_folder_can_have_is_refused():
    with pytest.raises(OSError, match="too long"):
        free("x" * 300, lambda trial: True)


@pytest.mark.usefixtures("small_data", "undrawn")
def test_another_training_is_not_written_over(capsys):
    printed(capsys, "train", *TINY, "-o", "run")
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    for options, apart in (
        (["--seed", "1"], "seed: 0, not 1"),
        (["--optimizer", "sgd"], "optimizer: adam:lr=0.004, not sgd"),
        (["--epochs", "9"], "epochs: 4, not 9"),
    ):
        said = refused(capsys, "train", *TINY, *options, "-o", "run")
        assert f"run holds another training ({apart}); go on with it by optiviz train --resume run, or" in said
    said = refused(capsys, "train", "--resume", "run", "--seed", "1", "-p", "lr=1")
    assert "--resume takes all but --epochs from run; leave out -p, --seed" in said
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before


@pytest.mark.usefixtures("small_data", "undrawn")
def test_what_is_not_ours_is_left_alone(capsys):
    Path("file").write_text("mine")
    Path("holiday").mkdir()
    Path("holiday/picture.png").write_bytes(b"mine")
    assert "file is a file; name a folder" in refused(capsys, "train", *TINY, "-o", "file")
    assert "holiday holds files that are not those of a training" in refused(capsys, "train", *TINY, "-o", "holiday")
    assert "file/run" in refused(capsys, "train", *TINY, "-o", "file/run")
    assert names("holiday") == {"picture.png"} and Path("file").read_text() == "mine"
    for command in (["train", "--resume"], ["evaluate"]):
        assert "holiday is not the folder of a training" in refused(capsys, *command, "holiday")
        assert "nowhere does not exist" in refused(capsys, *command, "nowhere")
    Path("empty/deep").mkdir(parents=True)
    assert train(Trial(model="logistic", epochs=1, limit=20), "empty/deep").history.steps == 1


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two trainings that have ended, of images and of texts."""
    desk = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optiviz.trials.material.load", lambda name, *_, **__: small(name))
        patch.setattr("optiviz.trials.running.write_pictures", lambda *_: {})
        (desk / "mine.py").write_text(MINE)
        for data, model in (("shapes", "tiny"), ("messages", "words")):
            train(Trial(data, model=f"{desk / 'mine.py'}:{model}", epochs=1, limit=64), desk / data)
    return desk


def copied(runs: Path, data: str) -> Path:
    """A training of one's own to spoil."""
    Path("run").mkdir()
    for path in (runs / data).iterdir():
        (Path("run") / path.name).write_bytes(path.read_bytes())
    return Path("run")


BROKEN = [
    b"",
    b"{}",
    b"[1]",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"mark": "made by optiviz", "kind": "history", "version": 1}',
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_description_is_named(capsys, runs, content):
    folder = copied(runs, "shapes")
    (folder / "trial.json").write_bytes(content)
    for command in (["evaluate", "run"], ["predict", "run", "a.png"], ["train", "--resume", "run"]):
        assert "run/trial.json is damaged or not a trial written by optiviz" in refused(capsys, *command)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"version": 2}, "its format is 2, and this optiviz reads 1"),
        ({"trial": {"data": 1}}, "data of a trial is a text"),
        ({"trial": {"date": "shapes"}}, "unexpected keyword argument 'date'"),
        ({"trial": ["shapes"]}, "damaged"),
        ({"classes": ["one"]}, "its classes have no names"),
        ({"classes": [1, 2]}, "its classes have no names"),
        ({"shape": [28, "28", 1]}, "its examples have no shape"),
        ({"data_dir": 4}, "where its data lie is no text"),
    ],
)
def test_a_description_of_something_else_says_what_is_wrong(capsys, runs, change, phrase):
    path = copied(runs, "shapes") / "trial.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert phrase in refused(capsys, "evaluate", "run")


@pytest.mark.usefixtures("small_data")
def test_a_broken_model_or_tokenizer_is_named(capsys, runs):
    folder = copied(runs, "messages")
    whole = (folder / "tokenizer.json").read_text()
    for start, other in (('"word_counts": {', '"word_counts": {"zz": -1,'), ("true", "2"), ("{", "["), (whole, "")):
        assert start in whole
        (folder / "tokenizer.json").write_text(whole.replace(start, other))
        assert "run/tokenizer.json is damaged or not a tokenizer" in refused(capsys, "predict", "run", "hello")
    (folder / "tokenizer.json").unlink()
    assert "run/tokenizer.json: no such file" in refused(capsys, "predict", "run", "hello")
    (folder / "tokenizer.json").write_text(whole)
    (folder / "model.npz").write_bytes((folder / "model.npz").read_bytes()[:999])
    assert "run/model.npz is damaged or not a model" in refused(capsys, "evaluate", "run")
    (folder / "model.npz").write_bytes((runs / "shapes" / "model.npz").read_bytes())
    assert "run/model.npz is not the model of run/trial.json" in refused(capsys, "evaluate", "run")
    (folder / "checkpoint.npz").write_bytes(b"PK")
    assert "run/checkpoint.npz is damaged" in refused(capsys, "train", "--resume", "run", "--epochs", "2")


# Judged and asked.


@pytest.mark.usefixtures("small_data")
def test_evaluate_says_what_the_training_said(capsys, runs):
    results = json.loads((runs / "shapes" / "results.json").read_text())
    facts = json.loads(printed(capsys, "evaluate", str(runs / "shapes"), "--json"))
    assert facts["accuracy"] == results["accuracy"] and facts["classes"] == results["classes"]
    *table, last = printed(capsys, "evaluate", str(runs / "shapes"), "shapes").splitlines()
    assert table[0].split() == ["class", "precision", "recall", "F1", "examples"] and len(table) == 11
    assert len({len(line) for line in table}) == 1
    assert last.startswith(f"accuracy {results['accuracy']:.4f}, loss ") and last.endswith(
        "100 test examples of shapes"
    )


@pytest.mark.usefixtures("small_data")
def test_who_judges_by_other_classes_is_told_so(capsys, runs):
    path = copied(runs, "shapes") / "trial.json"
    facts = json.loads(path.read_text())
    first, second, *others = facts["classes"]
    path.write_text(json.dumps(facts | {"classes": [first, "coat", *others]}))
    assert run(["evaluate", "run"]) == 0
    assert "run learnt other classes than those of shapes" in (err := capsys.readouterr().err)
    assert err.endswith(f"compared by their numbers: 1 was coat and is {second}\n")
    assert run(["evaluate", str(runs / "shapes")]) == 0 and not capsys.readouterr().err


@pytest.mark.usefixtures("small_data")
@pytest.mark.parametrize(
    ("run", "data", "phrase"),
    [
        ("shapes", "shapes-rgb", "takes images of 28×28×1, and shapes-rgb has images of 32×32×3"),
        ("shapes", "messages", "takes images of 28×28×1, and messages has texts"),
        ("messages", "shapes", "takes texts, and shapes has images of 28×28×1"),
        ("messages", "messsages", "unknown data 'messsages'; did you mean 'messages'?"),
    ],
)
def test_data_of_another_kind_are_refused(capsys, runs, run, data, phrase):
    assert phrase in refused(capsys, "evaluate", str(runs / run), data)


def test_an_image_is_asked_about(capsys, runs):
    Image.fromarray(small("shapes").test.x[0, ..., 0]).save("a.png")
    Image.new("RGB", (90, 60), "red").save("b.jpg")
    facts = json.loads(printed(capsys, "predict", str(runs / "shapes"), "a.png", "b.jpg", "--json"))
    first, second = facts["answers"]
    expected = load(runs / "shapes" / "model.npz").predict(small("shapes").test.x[:1] / np.float32(255))[0]
    assert [*first["probabilities"].values()] == pytest.approx(expected.tolist(), rel=1e-5)
    assert first["class"] == small("shapes").classes[expected.argmax()]
    assert first["note"] == "taken as it is"
    assert second["note"] == "from 90×60 in colour the middle, 60×60, at 28×28 in grey"
    assert sum(second["probabilities"].values()) == pytest.approx(1)
    assert run(["predict", str(runs / "shapes"), "a.png", "b.jpg"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"a.png: {first['class']}\n  {first['class']}") and f"\n\nb.jpg: {second['class']}\n" in out
    assert "b.jpg: from 90×60" in err


def test_a_text_is_asked_about(capsys, runs, monkeypatch):
    text = small("messages").test.x[0]
    facts = json.loads(printed(capsys, "predict", str(runs / "messages"), text, "", "zzz", "--json"))
    first, empty, unknown = facts["answers"]
    intake = kept(runs / "messages").intake
    expected = load(runs / "messages" / "model.npz").predict(intake([text]))[0, 0]
    assert first["probabilities"]["spam"] == pytest.approx(expected)
    assert all(sum(answer["probabilities"].values()) == pytest.approx(1) for answer in (first, empty, unknown))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n\nsecond\n"))
    said = json.loads(printed(capsys, "predict", str(runs / "messages"), "-", "--json"))["answers"]
    assert said[0]["probabilities"] == first["probabilities"] and len(said) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert "no text on the standard input" in refused(capsys, "predict", str(runs / "messages"), "-")


def test_what_is_odd_about_a_question_is_said(capsys, runs, monkeypatch):
    word = next(iter(small("messages").test.x[0].split()))
    Path("m.txt").write_text(word)
    asked = ["predict", str(runs / "messages"), word, "zzz qqq", "", "m.txt"]
    assert run(asked) == 0
    assert capsys.readouterr().err.splitlines() == [
        "zzz qqq: the network knows none of its words",
        ": the network knows none of its words",
        "m.txt: the name of a file was taken for a text; to ask what it holds, write - < m.txt",
    ]
    assert run([*asked, "-q"]) == 0 and capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stdin", io.StringIO("m.txt\n"))
    assert "name of a file" not in printed(capsys, "predict", str(runs / "messages"), "-", "--json")
    for text in ("call now", "-", "x" * 5000):
        said = refused(capsys, "predict", str(runs / "shapes"), text)
        assert "no such file; the network in" in said and said.endswith("takes images: write their files")


def test_a_text_is_printed_in_one_short_line_and_stands_whole_in_json(capsys, runs):
    wild, long = "a\nb\x1b[31mred\r\x9bc\udcff", "word " * 40
    heads = printed(capsys, "predict", str(runs / "messages"), wild, long).splitlines()[::4]
    assert heads[0].startswith("a b [31mred c: ") and heads[1].startswith(f"{long[:57]}...: ")
    said = json.loads(printed(capsys, "predict", str(runs / "messages"), wild, long, "--json"))["answers"]
    assert said[0]["input"] == wild and said[1]["input"] == long


@pytest.mark.parametrize(
    ("args", "phrase"),
    [
        (["train", "shpaes"], "unknown data 'shpaes'; did you mean 'shapes'?"),
        (["train", "--model", "lenet-5"], "unknown model 'lenet-5'; did you mean 'lenet5'?"),
        (["train", "--optimizer", "adm"], "unknown optimizer 'adm'; did you mean 'adam'?"),
        (["train", "--optimizer", "adam", "-p", "lr"], "write NAME=VALUE such as lr=0.1"),
        (["train", "-p", "beta3=1"], "adam has no parameter 'beta3'"),
        (["train", "--schedule", "cosin"], "unknown schedule 'cosin'; did you mean 'cosine'?"),
        (["train", "--loss", "cross-entropy"], "did you mean 'bce' or 'cce'?"),
        (["train", "--augment", "flip >> turn"], "unknown augmentation 'turn'"),
        (["train", "--epochs", "0"], "x>=1"),
        (["train", "--limit", "99999"], "shapes has 200 examples to train on, not 99,999"),
        (["train", "--loss", "bce"], "bce is no loss of 10 classes"),
        (["train", "messages", "--augment", "flip"], "flip changes images, and messages has texts"),
        (["train", "--model", "missing.py:net"], "missing.py: no such file"),
        (["train", "--model", "mine.py"], "mine.py defines"),
        (["train", "--lr", "0.1"], "lr is a hyperparameter, not an option; write -p lr=VALUE"),
        (["train", "shapes", "--resume", "nowhere"], "leave out DATA"),
        (["predict", "nowhere"], "IMAGE|TEXT"),
        (["evaluate"], "DIR"),
    ],
)
@pytest.mark.usefixtures("small_data")
def test_a_mistake_costs_one_line_and_no_folder(capsys, args, phrase):
    assert phrase in refused(capsys, *args)
    assert names(".") <= {"mine.py", "__pycache__"}


def test_a_model_of_several_ends_is_not_ours(runs):
    """Nor is one whose input is another."""
    folder = copied(runs, "shapes")
    i = Input(shape=(28, 28, 1))
    Model(i, i).save(folder / "model.npz")
    with pytest.raises(ValueError, match="is not the model of"):
        kept(folder).model()


PAGE = Path(__file__).parent.parent / "docs" / "train.md"
LINES = re.findall(r"^optiviz (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
LINES += re.findall(r"`optiviz ([^`]+)`", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("line", [line for line in LINES if "DIR" not in line and line != "predict"])
def test_what_the_page_says_can_be_typed(desk, line):
    """It is read and not run: names, numbers and files are looked at."""
    mine = next(block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    (desk / "mine.py").write_text(mine)
    name, *words = shlex.split(line.partition(" <")[0])
    command = cli.get_command(top := click.Context(cli, **cli.context_settings), name)
    assert command is not None and command.make_context(name, words, parent=top).params
