"""Makes optiviz/parity.json and docs/parity.md from the golden runs in tests/golden: `python scripts/parity.py`.

It runs our rules beside what the libraries did, under the criterion of tests/oracles/checks.py; a minute.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from oracles.around import CONVENTIONS, KNOWN, MISSING, WRAPPERS  # noqa: E402
from oracles.checks import FREE_RUN, MOST, ONE_STEP, Run, apart, golden, one_step, rates, runs, updates  # noqa: E402
from oracles.problems import LOOKS  # noqa: E402

from optiviz import optimizers  # noqa: E402
from optiviz.averages import Average  # noqa: E402
from optiviz.dialects import DIALECTS, compared  # noqa: E402
from optiviz.files import written_whole  # noqa: E402
from optiviz.optimizers import Optimizer  # noqa: E402

TABLE, PAGE = ROOT / "optiviz" / "parity.json", ROOT / "docs" / "parity.md"
CLOSED = "No library leaves the correction out, so it is compared with its averages as sums, to 28 digits."


def rounded(value: float) -> float:
    return float(f"{value:.2g}")


def measured(rule: Optimizer, library: str) -> dict[str, Any]:
    """The largest differences of a rule from the library's runs of it."""
    made = runs(rule, library)
    return {
        **differences(rule, made),
        "runs": len(made),
        "short": sum(updates(run) < LOOKS[-1] for run in made),
        "scheduled": any(run["falls"] for run in made),
    }


def differences(rule: Optimizer, made: list[Run]) -> dict[str, float]:
    """The largest after one step and in a free run, that as a share of what was allowed, and the most allowed."""
    looks = [look for run in made for look in apart(rule, run)]
    return {
        "one_step": rounded(max(one_step(rule, run) for run in made)),
        "free_run": rounded(max(difference for difference, _ in looks)),
        "share": rounded(max(difference / allowed for difference, allowed in looks)),
        "allowed": rounded(max(allowed for _, allowed in looks)),
    }


def rows() -> dict[str, dict[str, Any]]:
    """By rule and library: which registered rule matches, its calls, and the differences measured."""
    found: dict[str, dict[str, Any]] = {}
    for name in [name for name in Optimizer.registry if "." not in name]:
        rule, row = Optimizer.registry[name], {}
        for theirs in compared(rule):
            its = theirs.rule
            match = None if its is None else name if its.function is rule.function else its.name
            cell = {"match": match, "call": theirs.call, "its_call": theirs.its_call, "sentence": theirs.sentence}
            row[theirs.dialect] = cell | (measured(its, theirs.dialect) if its else {})
        if runs(rule, "closed"):
            row["closed"] = {"match": name, "sentence": CLOSED, **measured(rule, "closed")}
        found[name] = row
    return found


def wrapped() -> list[dict[str, Any]]:
    """Every wrapper that a library has, with the largest differences."""
    found = []
    for ours, library, call, also in WRAPPERS:
        name = ours.partition("(")[0]
        made = [run for run in golden("wrappers")["runs"] if (run["ours"], run["library"]) == (ours, library)]
        row = {"name": name, "ours": ours, "library": library, "call": call, "also": also}
        row["sentence"] = KNOWN.get((name, library), "")
        found.append(row | differences(eval(ours, vars(optimizers)), made))
    return found


def scheduled() -> list[dict[str, Any]]:
    """Every schedule that a library has, with the largest difference of a rate."""
    return [
        {
            "name": re.sub(r"\(.*?\)", "", run["ours"]),
            "ours": run["ours"],
            "library": run["library"],
            "call": run["call"],
            "updates": len(run["values"]),
            "difference": rounded(np.abs(np.subtract(rates(run["ours"], len(run["values"])), run["values"])).max()),
        }
        for run in golden("schedules")["runs"]
    ]


EWM = {
    "pandas ewm(adjust=True)": ("pandas", "series.ewm(alpha=1 - beta, adjust=True).mean()", ""),
    "pandas ewm(adjust=False)": (
        "pandas",
        "series.ewm(alpha=1 - beta, adjust=False).mean()",
        "It begins at the first value of the series, not at zero; ours, begun there, is the same.",
    ),
    "closed form": ("closed form", "", "The average that begins at zero, as the sum that it is, to 28 digits."),
}


def averaged() -> list[dict[str, Any]]:
    """Every moving average beside each oracle, with the largest difference over all of its betas."""
    made = golden("averages")
    found = []
    for name, oracle in dict.fromkeys((run["average"], run["oracle"]) for run in made["runs"]):
        library, call, sentence = EWM[oracle]
        mine = [run for run in made["runs"] if (run["average"], run["oracle"]) == (name, oracle)]
        gaps = [np.abs(np.subtract(_smoothed(run, made["series"]), run["values"])).max() for run in mine]
        betas = ", ".join(f"{run['params']['beta']:g}" for run in mine)
        row = {"name": name, "ours": f"{name}, beta {betas}", "library": library, "call": call, "sentence": sentence}
        found.append(row | {"updates": len(made["series"]), "difference": rounded(max(gaps))})
    return found


def _smoothed(run: dict[str, Any], series: list[float]) -> list[float]:
    """The series as our average smooths it, from the same first value as the oracle."""
    average, y, values = Average.registry[run["average"]](**run["params"]), run["y"], []
    for t, x in enumerate(series, start=1):
        value, y = average(x, t, y)
        values.append(value)
    return values


def table() -> dict[str, Any]:
    return {
        "libraries": {name: dialect.library for name, dialect in DIALECTS.items()},
        "criterion": {"one_step": ONE_STEP, "free_run": FREE_RUN, "most": MOST},
        "rules": rows(),
        "wrappers": wrapped(),
        "schedules": scheduled(),
        "averages": averaged(),
        "missing": MISSING,
        "conventions": CONVENTIONS,
    }


# The page.
HEAD = """# Parity

Made by `scripts/parity.py` from `tests/golden`; `optiviz parity` prints it in the terminal.

Every rule was run beside {libraries}, in float64.
The libraries ran the very calls that our dialects print: on a quadratic, on Rosenbrock's function and on a logistic
regression with mini-batches (rules for weight tensors on a linear network with mini-batches), with three settings, the
library's defaults among them, each at a constant and at a falling learning rate. On Rosenbrock's function, rules whose
steps are as long as slopes are steep run at a hundredth of their rates. Every hyperparameter takes two values at least,
and a rule that ignored one would be refused. A cell names the rule that does exactly what the library does by default,
then the largest difference

- after one step from the library's own state, relative to what is compared (allowed: {one_step:g}), and
- in a free run of 1000 steps, looked at after 1, 10, 100 and 1000 (allowed: {free_run:g}, or 100 times what our own run
  changes when its start moves by one ulp).

A start may move by one ulp up or down in each coordinate. Two runs can meet again to the last bit by luck and part
later, so four such starts are tried and the one counts that leads farthest off (one start for the rules for weight
tensors, which have more coordinates). Where that allowance is large, a run proves nothing; a test holds all to
{most:g}, and the largest is {largest:g}. \\* By default, the rule goes around the minimum of some problem for ever, and
an ulp decides where to: these runs, {short} of {runs}, end after 100 steps.

All three libraries compute here and there in lower precision than they are asked to. They were kept from it, so that
the formulas are compared: torch's Muon works in bfloat16; Keras (on jax) takes means, norms and cosines in float32;
optax has Adafactor's decay and the count of its schedules in float32.
"""


def page(found: dict[str, Any]) -> str:
    libraries = found["libraries"]
    cells = [cell for row in found["rules"].values() for cell in row.values() if cell["match"]]
    numbers = {key: sum(cell[key] for cell in cells) for key in ("short", "runs")}
    numbers |= {**found["criterion"], "largest": max(cell["allowed"] for cell in cells)}
    lines = [HEAD.format(libraries=_listed([*libraries.values()]), **numbers)]
    lines += ["| rule | " + " | ".join(libraries.values()) + " |", "| --- " * (len(libraries) + 1) + "|"]
    for rule, row in found["rules"].items():
        lines.append(f"| {rule} | " + " | ".join(_cell(row, name) for name in libraries) + " |")
    lines += ["", "## What differs", ""]
    for rule, row in found["rules"].items():
        for name in libraries:
            cell = row[name]
            if cell["match"] and not cell["sentence"].endswith("defaults."):
                exact = f" `{cell['call']}` does what {rule} does." if cell["call"] else ""
                lines.append(f"- `{name}.{rule}`: {cell['sentence']}{exact}")
            if cell["match"] and not cell["scheduled"]:
                lines.append(f"- `{name}.{rule}` takes a number as its learning rate and no schedule.")
        if "closed" in row:
            lines.append(f"- `{rule}`: {row['closed']['sentence']}")
    lines += [
        "- `optax.schedule_free` and `optax.schedule_free_adamw` weigh a point by the square of the largest learning "
        "rate so far: the same as here while it is constant or falls, another average while it rises.",
        "- The learning rate of `rprop` is the first step only: what happens to it later changes nothing.",
        "",
        "## Wrappers",
        "",
        "| ours | library | call | one step | free run |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in found["wrappers"]:
        calls = " with ".join(f"`{call}`" for call in (row["call"], row["also"]) if call)
        lines.append(f"| `{row['ours']}` | {row['library']} | {calls} | {row['one_step']:g} | {row['free_run']:g} |")
    lines += [
        "",
        *(f"- {row['library']}, {row['ours']}: {row['sentence']}" for row in found["wrappers"] if row["sentence"]),
    ]
    lines += [
        "",
        "## Schedules",
        "",
        "| ours | library | call | updates | difference |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{row['ours']}` | {row['library']} | `{row['call']}` | {row['updates']} | {row['difference']:g} |"
        for row in found["schedules"]
    ]
    lines += ["", *(f"- {name}: {text}" for name, text in found["conventions"].items())]
    for name, missing in found["missing"].items():
        lines.append(f"- {name}: " + "; ".join(f"{library}: {why}" for library, why in missing.items()) + ".")
    lines += [
        "",
        "## Averages",
        "",
        "| ours | library | call | values | difference |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in found["averages"]:
        call = f"`{row['call']}`" if row["call"] else ""
        lines.append(f"| {row['ours']} | {row['library']} | {call} | {row['updates']} | {row['difference']:g} |")
    lines += [
        "",
        *(f"- {row['name']}, {row['library']}: {row['sentence']}" for row in found["averages"] if row["sentence"]),
    ]
    return "\n".join(lines) + "\n"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1]


def _cell(row: dict[str, Any], library: str) -> str:
    cell = row[library]
    if cell["match"]:
        return f"`{cell['match']}` {_numbers(cell)}"
    return f"none; closed form {_numbers(row['closed'])}" if "closed" in row else cell["sentence"].rstrip(".")


def _numbers(cell: dict[str, Any]) -> str:
    return f"{cell['one_step']:g}, {cell['free_run']:g}" + r" \*" * bool(cell.get("short"))


def main() -> None:
    found = table()
    with written_whole(TABLE) as path:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with written_whole(PAGE) as path:
        path.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
