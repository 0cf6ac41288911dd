"""What a search varies of a trial, what each variant is worth, and that the test examples have no say in it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from optiviz.data import Part
from optiviz.search import Record, Space
from optiviz.spec import files_in
from optiviz.trials import Trial, prepared, train, varying
from optiviz.trials.varying import ranked, search_trial, valued, varied

USUAL = Trial().completed().optimizer
SMALL = Trial("messages", epochs=1, limit=60)


@pytest.mark.parametrize(
    ("trial", "parameters", "changes"),
    [
        (Trial(), {"batch_size": 32, "epochs": 2.0, "seed": 3}, {"batch_size": 32, "epochs": 2, "seed": 3}),
        (Trial(), {"model": "lenet5", "augment": "flip"}, {"model": "lenet5", "augment": "flip"}),
        (Trial(augment="flip"), {"augment": "none"}, {"augment": ""}),
        (Trial(optimizer="adam:beta1=0.8"), {"lr": 0.1}, {"optimizer": "adam:beta1=0.8,lr=0.1"}),
        (Trial(), {"lr": 0.1}, {"optimizer": "adam:lr=0.1"}),
        (Trial(), {"optimizer": "sgd", "lr": 0.1}, {"optimizer": "sgd:lr=0.1"}),
        (Trial(), {"lr": 1e-05, "beta1": 0.5}, {"optimizer": "adam:lr=1e-05,beta1=0.5"}),
        (Trial(optimizer="sgd"), {"schedule": "none"}, {"schedule": ""}),
        (Trial(), {"schedule": "none"}, {"schedule": "", "optimizer": USUAL}),
        (Trial(schedule="step:every=9"), {"schedule.every": 5}, {"schedule": "step:every=5"}),
        (
            Trial(),
            {"schedule": "step", "schedule.every": 5},
            {"schedule": "step:every=5", "optimizer": USUAL},
        ),
    ],
)
def test_parameters_change_a_trial(trial, parameters, changes):
    assert varied(trial, parameters) == replace(trial, **changes)


def test_a_varied_rule_has_no_schedule_that_nobody_asked_for():
    assert Trial().completed().schedule and not varied(Trial(), {"lr": 0.1}).completed().schedule
    assert not varied(Trial(), {"schedule": "none"}).completed().schedule


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"data": "mnist"}, "data is not varied"),
        ({"loss": "mse"}, "different losses cannot be compared"),
        ({"threads": 2}, "each process has one"),
        ({"batch_size": 1.5}, "batch_size is a whole number from 1, not 1.5"),
        ({"epochs": "many"}, "epochs is a whole number from 1, not many"),
        ({"epochs": 0}, "epochs is a whole number from 1, not 0"),
        ({"limit": 0}, "limit is a whole number from 1, not 0"),
        ({"seed": -1}, "seed is a whole number from 0, not -1"),
        ({"schedule.k": 0.1}, "there is no schedule with k=0.1; write --schedule exponential"),
    ],
)
def test_what_cannot_be_varied_says_why(parameters, said):
    with pytest.raises(ValueError, match=said):
        varied(Trial(), parameters)


def test_variants_are_judged_by_training_examples_alone(monkeypatch):
    material = prepared(SMALL)
    expected = train(SMALL, validation=0.2, material=material, progress=False).history
    none = replace(material, test=Part(material.test.x[:0], material.test.y[:0]))
    monkeypatch.setattr(varying, "_material", lambda *_: none)
    assert valued({}, trial=SMALL, share=0.2) == {"loss": expected.val_loss[-1], "accuracy": expected.val_accuracy[-1]}


def test_a_loss_of_numbers_has_no_accuracy():
    assert [*valued({}, trial=replace(SMALL, loss="mse"), share=0.2)] == ["loss"]


def test_a_search_gives_what_each_trial_gives_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("OPTIVIZ_THREADS", "1")
    space = Space.read(grid=["lr=0.01,1e30", "batch-size=16,32"])
    trial = replace(SMALL, optimizer="sgd")
    found = search_trial(trial, space, ledger=tmp_path / "ledger", processes=1)
    alone = partial(valued, trial=trial, share=0.2)
    assert [record.result for record in found[:2]] == [alone(record.parameters) for record in found[:2]]
    assert [record.state for record in found] == ["done", "done", "diverged", "diverged"]
    assert ranked(found)[0].result["loss"] == min(record.result["loss"] for record in found[:2])
    for other, said in ((replace(trial, epochs=2), "epochs: 1, not 2"), (replace(trial, seed=1), "seed: ")):
        with pytest.raises(ValueError, match=said):
            search_trial(other, space, ledger=tmp_path / "ledger")
    with pytest.raises(ValueError, match=r"share: 0\.2, not 0\.5"):
        search_trial(trial, space, share=0.5, ledger=tmp_path / "ledger")


@pytest.mark.parametrize(
    ("grid", "trial", "error", "said"),
    [
        ("rate=0.1", SMALL, LookupError, "adam has no parameter 'rate'"),
        ("model=cnn", SMALL, LookupError, "unknown model 'cnn'"),
        ("model=none", SMALL, LookupError, "unknown model 'none'"),
        ("optimizer=none", SMALL, LookupError, "unknown optimizer 'none'"),
        ("model=lenet5", SMALL, ValueError, "lenet5 takes no tokens, and messages has texts"),
        ("lr=-1,0.1", SMALL, ValueError, "lr"),
        ("lr=0.1", replace(SMALL, data="shape"), LookupError, "unknown data 'shape'; did you mean 'shapes'"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_begins(tmp_path, grid, trial, error, said):
    with pytest.raises(error, match=said):
        search_trial(trial, Space.read([grid]), ledger=tmp_path / "ledger")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("a.py:net", ["a.py"]),
        ("b c.py:rule+clip_norm:lr=0.1", ["b c.py"]),
        ("flip >> d/e.py:turn", ["d/e.py"]),
        ("adam:lr=a.py:warm(k=1)", ["a.py"]),
        ("a.py:rule:lr=d/e.py:warm(k=1)", ["a.py", "d/e.py"]),
        ("c++ (1), x=2/a.py:rule+clip_norm", ["c++ (1), x=2/a.py"]),
        ("missing.py:rule", []),
        ("i", []),
    ],
)
def test_files_are_found_in_what_names_them(text, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b c.py", "d/e.py", "c++ (1), x=2/a.py"):
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [*files_in(text)] == files


def test_a_file_that_is_edited_makes_another_search(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = partial(search_trial, SMALL, Space.read(["optimizer=sgd,mine.py:rule"]), ledger="ledger", processes=1)
    mine = Path("mine.py")
    mine.write_text(
        "from optiviz.optimizers import optimizer\n\n@optimizer\ndef rule(theta, g, t, *, lr=0.1):\n"
        "    return theta - lr * g\n"
    )
    assert [record.state for record in asked()] == ["done", "done"]
    mine.write_text(mine.read_text().replace("0.1", "0.2"))
    with pytest.raises(ValueError, match=r"ledger is the ledger of another search \(mine.py: .*, not .*\)"):
        asked()


def test_the_best_stands_first_and_what_has_no_end_last():
    states = ["lost", "done", "diverged", "done", "failed"]
    losses = [None, 0.5, None, np.float64(0.25), None]
    records = [
        Record(k, {"k": k}, state, {} if loss is None else {"loss": float(loss)})
        for k, (state, loss) in enumerate(zip(states, losses, strict=True))
    ]
    assert [record.number for record in ranked(records)] == [3, 1, 0, 2, 4]
