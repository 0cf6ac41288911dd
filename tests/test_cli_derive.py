"""`optiviz derive`: what it prints and writes, what it refuses, and what it proves anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import click
import pytest

from optiviz import handout
from optiviz.cli import cli, run
from optiviz.files import MARK, is_ours
from optiviz.handout.block import width

SUFFIXES = [".txt", ".tex", ".md", ".html", ".json"]


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def printed(capsys, *args: str) -> str:
    status = run(list(args))
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def refused(capsys, *args: str) -> str:
    assert run(list(args)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "Traceback" not in err
    return err


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_a_derivation_fits_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    lines = printed(capsys, "derive", "cce").splitlines()
    assert max(map(width, lines)) <= int(columns)
    assert lines[0].startswith("A categorical likelihood")


@pytest.mark.parametrize("columns", ["40", "63", "80"])
def test_a_formula_in_a_sentence_is_broken_before_a_relation(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    for name in ("ewma", "heavy_ball", "bce"):
        lines = printed(capsys, "derive", name).splitlines()
        assert not [line for line in lines if re.match(r"(  |    )\w", line) and re.search(r"[\w)] [−+±=<>≤≥]$", line)]


def test_without_a_name_the_derivations_are_listed(capsys):
    listed = printed(capsys, "derive")
    assert listed == printed(capsys, "derive", "--list")
    assert all(re.search(rf"^  {name} ", listed, re.MULTILINE) for name in handout.derivations())
    assert listed.startswith("Losses\n  mse ")
    assert json.loads(printed(capsys, "derive", "--json"))["Losses"]["bce"]


def test_facts_as_json(capsys):
    facts = json.loads(printed(capsys, "derive", "bce", "--json"))
    assert facts == handout.find("bce") == json.loads(printed(capsys, "derive", "BCE", "--format", "json"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_written_as_its_suffix_says(capsys, suffix):
    path = Path(f"hinge{suffix}")
    assert printed(capsys, "derive", "hinge", "-o", str(path)) == f"{path}\n"
    assert is_ours(path) and MARK in path.read_text(encoding="utf-8")
    assert [*Path().iterdir()] == [path]
    before = path.read_bytes()
    path.write_bytes(before[:200] + before[300:])
    assert printed(capsys, "derive", "hinge", "-o", str(path), "-q") == ""  # ours, so it is replaced
    assert path.read_bytes() == before
    path.write_text("my thesis", encoding="utf-8")
    assert "not written by optiviz" in refused(capsys, "derive", "hinge", "-o", str(path))
    assert path.read_text(encoding="utf-8") == "my thesis"
    printed(capsys, "derive", "hinge", "-o", str(path), "--force")
    assert path.read_bytes() == before


def test_what_is_printed_in_a_format_is_what_is_written(capsys):
    for name, suffix in (("latex", ".tex"), ("markdown", ".md"), ("html", ".html")):
        printed(capsys, "derive", "mae", "-o", f"mae{suffix}")
        assert printed(capsys, "derive", "mae", "--format", name) == Path(f"mae{suffix}").read_text(encoding="utf-8")


def test_nothing_is_left_when_writing_fails(capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "hinge.md")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left" in refused(capsys, "derive", "hinge", "-o", "hinge.md")
    assert [*Path().iterdir()] == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["bcee"], "did you mean 'bce'"),
        (["../bce"], "unknown derivation"),
        (["b\x00ce"], "unknown derivation"),
        ([""], "unknown derivation"),
        (["bce", "-o", "bce.pdf"], "the formats are .txt, .tex"),
        (["bce", "-o", "bce"], "the formats are"),
        (["bce", "-o", "nowhere/bce.md"], "does not exist"),
        (["bce", "-o", "."], "is a directory"),
        (["bce", "-o", "bce.md", "--format", "html"], "the suffix says"),
        (["bce", "--format", "pdf"], "is not one of"),
        (["bce", "--open"], "-o NAME.html"),
        (["-o", "all.md"], "are for one derivation"),
        (["--list", "--format", "latex"], "are for one derivation"),
        (["--list", "bce"], "leave out 'bce'"),
        (["--write", "bce"], "leave out 'bce'"),
        (["--write", "--verify"], "do not go together"),
        (["--verify", "bcee"], "did you mean 'bce'"),
        (["--verify", "bce", "-o", "x.md"], "are for one derivation"),
        (["bce", "mse"], "unexpected extra argument"),
        (["--beta", "3"], "optiviz"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(capsys, args, says):
    assert says in refused(capsys, "derive", *args)
    assert [*Path().iterdir()] == []


def test_names_are_completed():
    from click.shell_completion import ShellComplete

    found = ShellComplete(cli, {}, "optiviz", "_OPTIVIZ_COMPLETE").get_completions(["derive"], "l")
    assert [item.value for item in found] == ["l2_penalty", "l1_penalty", "log_cosh"]
    assert found[0].help


def test_colours_only_on_a_terminal(capsys, monkeypatch):
    assert "\x1b" not in printed(capsys, "derive", "hinge")
    monkeypatch.setattr(click.utils, "should_strip_ansi", lambda *_: False)
    assert "\x1b[32mproved" in printed(capsys, "derive", "hinge")


# Proved anew.


def test_everything_holds(capsys):
    out = printed(capsys, "derive", "--verify", "hinge")
    assert out == "hinge: all 2 lines hold, each as surely as is committed\n"
    assert printed(capsys, "derive", "--verify", "Hinge", "-q") == ""
    facts = json.loads(printed(capsys, "derive", "--verify", "hinge", "--json"))
    assert facts == {"derivations": 1, "lines": 2, "verified": True, "differences": {"hinge": []}}


def test_a_downgrade_ends_with_status_1(capsys, monkeypatch):
    committed = {**handout.find("huber"), "steps": [dict(step) for step in handout.find("huber")["steps"]]}
    committed["steps"][0]["grade"] = "definition"
    committed["steps"][1] |= {"grade": "definition", "verdict": "definition"}
    monkeypatch.setattr("optiviz.derive.committed.derivations", lambda: {"huber": committed})
    assert run(["derive", "--verify", "huber"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err == "line 2 of huber is proved in 3 cases, where definition is committed\n"


def test_a_step_that_no_longer_follows_ends_with_status_1(capsys, monkeypatch):
    from optiviz.derive import Refused

    def refuse(name):
        raise Refused(f"the first line of {name} is wrong")

    monkeypatch.setattr("optiviz.derive.committed.derive", refuse)
    assert run(["derive", "--verify", "hinge", "--json"]) == 1
    out, err = capsys.readouterr()
    assert not json.loads(out)["verified"]
    assert err == "hinge can no longer be proved: the first line of hinge is wrong\n"


@pytest.mark.proof
def test_all_derivations_hold(capsys):
    assert "derivations: all" in printed(capsys, "derive", "--verify")


def test_all_that_is_generated_is_made_anew(capsys, monkeypatch):
    from optiviz.derive import committed, generate, theory
    from optiviz.surfaces import kept

    place = Path("derivations.json").absolute()
    monkeypatch.setattr(committed, "PLACE", place)
    monkeypatch.setattr(committed, "names", lambda: ["hinge"])
    assert {generate.write, theory.write, committed.write_records} == {*committed.GENERATED}
    monkeypatch.setattr(committed, "GENERATED", (committed.write_records,))  # of the others there are tests elsewhere
    slopes = Path("slopes.py").absolute()
    monkeypatch.setattr(kept, "PLACE", slopes)
    assert printed(capsys, "derive", "--write") == f"{place}\n{slopes}\n"
    assert is_ours(slopes)
    made = json.loads(place.read_text(encoding="utf-8"))["derivations"]
    assert made == {"hinge": handout.find("hinge")}
    assert is_ours(place)
