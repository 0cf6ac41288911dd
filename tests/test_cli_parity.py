"""`optiviz parity`: the table in the terminal, and how each library does a rule."""

from __future__ import annotations

import json

import pytest

from optiviz.cli import run
from optiviz.dialects import around, compared, parity
from optiviz.optimizers import Optimizer


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_the_table_names_every_rule_and_fits(capsys):
    assert run(["parity"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    rules = [name for name in Optimizer.registry if "." not in name]
    assert [line.split()[0] for line in lines[1 : len(rules) + 1]] == rules
    assert "torch 2" in lines[0] and "Keras 3" in lines[0] and "optax" in lines[0]


def test_the_table_has_the_largest_differences(capsys):
    assert run(["parity"]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()[1:] if line.strip()}
    for name, row in parity()["rules"].items():
        for cell in (cell for library, cell in row.items() if cell["match"] and library != "closed"):
            assert {f"{cell['one_step']:.0e}", f"{cell['free_run']:.0e}"} <= {*rows[name]}
            assert ("*" in rows[name]) == any(its.get("short") for its in row.values())


@pytest.mark.parametrize("name", parity()["rules"])
def test_a_rule_in_detail_fits_and_says_what_differs(name, capsys):
    assert run(["parity", name]) == 0
    page = capsys.readouterr().out
    flat = " ".join(page.split())
    for theirs in compared(Optimizer.registry[name]):
        assert theirs.library in page and " ".join(theirs.sentence.split()) in flat
        assert theirs.its_call is None or theirs.its_call in flat
        assert theirs.call is None or theirs.call in flat
    assert all(len(line) <= 80 for line in page.splitlines()[1:] if " " in line.strip())


@pytest.mark.parametrize("name", parity()["rules"])
def test_show_prints_the_call_of_each_library_too(name, capsys):
    assert run(["show", name]) == 0
    page = capsys.readouterr().out
    for theirs in compared(Optimizer.registry[name]):
        assert theirs.library in page
        assert (theirs.call or theirs.its_call or theirs.sentence) in page
        assert theirs.call or theirs.sentence in page


WRAPPERS, SCHEDULES, AVERAGES = (
    [*dict.fromkeys(row["name"] for row in parity()[part])] for part in ("wrappers", "schedules", "averages")
)


@pytest.mark.parametrize("name", [name for name in (*WRAPPERS, *SCHEDULES) if ">>" not in name])
def test_show_prints_what_libraries_call_a_wrapper_or_a_schedule(name, capsys):
    assert run(["show", name]) == 0
    page = capsys.readouterr().out
    for row in around(name):
        assert f"{parity()['libraries'][row['library']]}, for {row['ours']}:" in page
        assert all(f"    {call}\n" in page for call in (row["call"], row.get("also")) if call)
        assert row.get("sentence", "") in page
    for library, why in parity()["missing"].get(name, {}).items():
        assert f"{parity()['libraries'][library]}: {why}." in page
    assert parity()["conventions"].get(name, "") in page


def test_show_prints_them_for_a_wrapped_rule(capsys):
    assert run(["show", "adam+clip_value"]) == 0
    assert "    torch.nn.utils.clip_grad_value_(params, 0.5)\n" in capsys.readouterr().out
    assert run(["show", "adam+clip_value", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["around"] == around("clip_value")


def test_what_differs_in_adagrad(capsys):
    assert run(["parity", "adagrad"]) == 0
    page = capsys.readouterr().out
    assert "eps is added to the root, not under it." in page
    assert "as it stands (torch.adagrad): torch.optim.Adagrad(" in page
    assert "other defaults: cache 0.1 for 0.0" in page


def test_the_name_of_a_dialect_means_the_rule(capsys):
    assert run(["parity", "keras.adam"]) == 0
    assert capsys.readouterr().out.startswith("adam: ")


def test_json(capsys):
    assert run(["parity", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == parity()
    assert run(["parity", "lion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == parity()["rules"]["lion"]


@pytest.mark.parametrize("name", [name for name in (*WRAPPERS, *SCHEDULES, *AVERAGES, "noam") if ">>" not in name])
def test_what_is_no_rule_in_detail(name, capsys):
    """The calls with the largest differences, who has none, and what differs."""
    assert run(["parity", name]) == 0
    flat = " ".join(capsys.readouterr().out.split())
    for row in around(name):
        assert all(
            " ".join(text.split()) in flat for text in (row["call"], row.get("also"), row.get("sentence")) if text
        )
        assert f"measured: {row.get('difference', row.get('one_step')):.0e} " in flat
    for library, why in parity()["missing"].get(name, {}).items():
        assert f"{parity()['libraries'][library]}: {why}" in flat
    assert parity()["conventions"].get(name, "") in flat
    assert run(["parity", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compared"] == around(name)


def test_the_averages_are_compared_with_pandas(capsys):
    assert AVERAGES == ["ewma", "ewma_uncorrected"]
    assert all(row["difference"] <= 1e-13 for row in parity()["averages"])
    assert run(["show", "ewma"]) == 0
    assert "    series.ewm(alpha=1 - beta, adjust=True).mean()" in capsys.readouterr().out


def test_an_unknown_rule_costs_one_line(capsys):
    assert run(["parity", "adm"]) == 2
    seen = capsys.readouterr()
    assert seen.out == "" and "did you mean 'adam'" in seen.err and len(seen.err.splitlines()) == 1
