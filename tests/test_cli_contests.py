"""The commands that train several networks: compare, experiment and lr-find."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from small_data import small_data  # noqa: F401, a fixture

from optiviz.cli import run
from optiviz.files import is_ours
from optiviz.trials.experiments import EXPERIMENTS

SMALL = ["--size", "320x180"]
few = pytest.mark.usefixtures("small_data")
"""A few examples are enough, and are not drawn anew for each command."""
TINY = ["--model", "logistic", "--limit", "40", "--epochs", "1", *SMALL]


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def printed(capsys, *args: str) -> tuple[str, str]:
    """What a command that must succeed prints."""
    status = run(list(args))
    out, err = capsys.readouterr()
    assert status == 0, err
    return out, err


def facts(capsys, *args: str) -> dict:
    return json.loads(printed(capsys, *args, "--json")[0], parse_constant=pytest.fail)


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


# compare


@few
def test_rules_are_compared(capsys):
    out, err = printed(capsys, "compare", "adam", "sgd:lr=0.1", "--seeds", "2", "--rates", "2", *TINY)
    head, first, second, path = out.splitlines()
    assert re.fullmatch(r"rule +lr +test accuracy +test loss +seconds", head)
    assert re.fullmatch(r"adam +(1|0.0001) +0\.\d{4} ± 0\.\d{4} +\d\S* +\d+\.\d", first)
    assert re.fullmatch(r"sgd:lr=0\.1 +0\.1 +0\.\d{4} ± 0\.\d{4} +\d\S* +\d+\.\d", second)
    assert len({len(head), len(first), len(second)}) == 1
    assert path == "compare-shapes.png" and files() == {path} and is_ours(Path(path))
    assert "mean ± standard deviation of 2 seeds, after 1 epoch of 40 examples" in err
    assert "learning rates tuned, but for those given: 2 from 0.0001 to 1 for each rule; 2 epochs of 32 training" in err
    assert re.search(r"^adam: (1 is the highest|0.0001 is the lowest) rate tried; one beyond may be better", err, re.M)
    assert "sgd:lr=0.1: " not in err
    with Image.open(path) as image:
        assert image.size == (320, 180)


@few
def test_what_is_compared_is_all_in_the_facts(undrawn, capsys):
    args = ["compare", "adam", "gd:lr=0.1", "--seeds", "2", "--rates", "3", "--seed", "5", *TINY]
    found = facts(capsys, *args)
    adam, gd = found["variants"]
    assert (
        found["seeds"] == [5, 6] and found["epochs"] == 1 and found["examples"] == 40 and found["model"] == "logistic"
    )
    assert gd["lr"] == 0.1 and len(adam["accuracies"]) == 2 and adam["weights"] == gd["weights"] == 7850
    tuning = found["tuning"]
    assert tuning["rates"] == [0.0001, 0.01, 1] and [*tuning["losses"]] == ["adam"]
    losses = tuning["losses"]["adam"]
    assert tuning["best"]["adam"] == tuning["rates"][losses.index(min(losses))] == adam["lr"]
    edges = {0.0001: {"adam": "lowest"}, 1: {"adam": "highest"}}
    assert tuning["edges"] == edges.get(tuning["best"]["adam"], {})
    again = facts(capsys, *args)
    for one in (*found["variants"], *again["variants"]):
        del one["seconds"]
    assert again == found


@few
def test_who_gives_all_rates_tunes_nothing(undrawn, capsys):
    _, err = printed(capsys, "compare", "adam:lr=0.01", "gd:lr=0.1", "--seeds", "1", *TINY)
    assert "no learning rate was tuned: all are given" in err and "after 1 epoch" in err


@few
def test_a_rule_that_diverges_has_a_row_too(undrawn, capsys):
    out, _ = printed(capsys, "compare", "gd:lr=1e60", "adam:lr=0.01", "--seeds", "2", *TINY)
    assert re.search(r"gd:lr=1e60 +1e\+60 +2 of 2 diverged +- ", out)


@few
def test_texts_are_compared_too(capsys):
    found = facts(capsys, "compare", "adam:lr=0.01", "--data", "messages", "--limit", "32", "--epochs", "1", *SMALL)
    assert found["model"] == "text_cnn" and found["loss"] == "bce" and found["file"] == "compare-messages.png"


def test_by_a_loss_without_right_and_wrong_the_loss_is_compared(capsys):
    out, _ = printed(capsys, "compare", "gd:lr=0.1", "adam:lr=0.01", "--loss", "mse", "--seeds", "2", *TINY)
    head, first, *_ = out.splitlines()
    assert re.fullmatch(r"rule +lr +test loss +seconds", head)
    assert re.fullmatch(r"gd:lr=0\.1 +0\.1 +0\.\d{4} ± 0\.\d{4} +\d+\.\d", first)
    found = facts(capsys, "compare", "gd:lr=0.1", "adam:lr=0.01", "--loss", "mse", "--seeds", "2", *TINY)
    assert found["alt"].startswith("The test loss of logistic on shapes at epoch 1, means of 2 runs")


def test_more_rules_than_can_be_told_apart_are_refused_before_they_are_trained(capsys):
    rules = [f"gd:lr=0.{k}" for k in range(1, 12)]
    assert run(["compare", *rules]) == 2
    assert "at most 10 rules can be told apart in the picture, not 11; compare fewer" in capsys.readouterr().err


# experiment


def test_the_experiments_are_listed(capsys):
    out, _ = printed(capsys, "experiment")
    assert [line.split()[0] for line in out.splitlines()] == [*EXPERIMENTS]
    assert all(one.line in out for one in EXPERIMENTS.values()) and max(map(len, out.splitlines())) <= 110
    assert facts(capsys, "experiment") == {name: one.line for name, one in EXPERIMENTS.items()}
    assert files() == set()


@few
def test_an_experiment_asks_runs_and_answers(capsys):
    out, _ = printed(capsys, "experiment", "sharing", "--limit", "40", "--epochs", "1", "--seeds", "2", *SMALL)
    question, answer, table, path = out.strip().split("\n\n")
    assert " ".join(question.split()) == EXPERIMENTS["sharing"].question
    assert answer.startswith("After 1 epoch of 40 examples")
    assert table.startswith("variant") and len(table.splitlines()) == 3 and "19,178" in table
    assert path == "experiment-sharing.png" and files() == {path}


@few
def test_the_facts_of_an_experiment(capsys):
    found = facts(capsys, "experiment", "Batch_Norm", "--limit", "40", "--epochs", "1", "--seeds", "2", *SMALL)
    assert found["name"] == "batch-norm" and found["expected"] == "batch normalization"
    assert found["question"] in found["alt"] and found["answer"] in found["alt"]
    assert found["as_expected"] in (True, False) and len(found["variants"]) == 2


# lr-find


@few
def test_a_learning_rate_is_found_and_the_command_trains_with_it(capsys):
    out, err = printed(
        capsys, "lr-find", "--model", "logistic", "--optimizer", "sgd", "--limit", "200", "--high", "1e4", *SMALL,
        "--augment", "flip>>shift:by=0.1", "--seed", "3", "--data-dir", ".",
    )  # fmt: skip
    assert out == "lr-find-shapes.png\n" and files() == {"lr-find-shapes.png"}
    said = re.fullmatch(r"begin with lr=(\S+): optiviz (train .*)\n", err)
    assert said and said[2] == (
        f"train shapes --model logistic --optimizer sgd:lr={said[1]} --augment 'flip>>shift:by=0.1' --seed 3 "
        "--limit 200 --data-dir ."
    )
    printed(capsys, *shlex.split(said[2]), "--epochs", "1", "-q")


@few
def test_where_no_rate_is_found_it_is_said_why(undrawn, capsys):
    found = facts(capsys, "lr-find", "--model", "logistic", "--limit", "200", "--high", "1e-5", "--steps", "30", *SMALL)
    assert found["suggested"] is None and "let them grow higher" in found["why_none"] and not found["blew_up"]
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"]) == 30


@few
def test_the_seed_says_the_losses(undrawn, capsys):
    args = ["lr-find", "messages", "--limit", "100", "--steps", "12", *SMALL]
    a, b, c = (facts(capsys, *args, "--seed", seed)["losses"] for seed in "112")
    assert a == b != c


# Mistakes.


@pytest.mark.parametrize(
    ("args", "phrase"),
    [
        (["compare"], "Missing argument 'RULE...'"),
        (["compare", "adm"], "unknown optimizer 'adm'; did you mean 'adam'?"),
        (["compare", "adam", "adam"], "adam is given twice; leave one out, or give it other numbers"),
        (
            ["compare", "adam:lr=0.1", "Adam:lr=0.10"],
            "adam:lr=0.1 is given twice",
        ),
        (["compare", "adam", "--data", "shape"], "unknown data 'shape'; did you mean 'shapes'"),
        (["compare", "adam", "--model", "lenet"], "did you mean 'alexnet' or 'lenet5'?"),
        (["compare", "adam", "--model", "text_cnn"], "text_cnn is for texts"),
        (["compare", "adam", "--seeds", "0"], "--seeds"),
        (["compare", "adam", "--rates", "40"], "2<=x<=17"),
        (["compare", "adam", "--limit", "3"], "10 classes"),
        (["compare", "adam", "--limit", "9000"], "8,000 examples"),
        (["compare", "adam", "-o", "a.gif"], "the formats are .png"),
        (["experiment", "poling"], "unknown experiment 'poling'; did you mean 'pooling'?"),
        (["experiment", "-o", "a.png"], "-o and --open are for one experiment; write optiviz experiment NAME"),
        (["experiment", "pooling", "--limit", "1"], "--limit"),
        (["lr-find", "shaps"], "unknown data 'shaps'; did you mean 'shapes'"),
        (["lr-find", "--low", "1", "--high", "0.1", "--model", "logistic"], "low=1 and high=0.1 do not"),
        (["lr-find", "--steps", "5", "--model", "logistic"], "5 is not in the range x>=10"),
        (["lr-find", "--optimizer", "polyak"], "polyak is a wrapper, no optimizer"),
        (["lr-find", "--augment", "flop"], "did you mean 'flip'?"),
        (["lrfind"], "unknown command 'lrfind'; did you mean 'lr-find'?"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_mistake_costs_one_line(capsys, args, phrase):
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("optiviz: ") and err.count("\n") == 1 and phrase in err, err
    assert files() == set()
