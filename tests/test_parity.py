"""The rules, wrappers, schedules and averages against other libraries, in float64.

tests/golden holds what torch, Keras, optax and pandas (or, where no library has the rule, a closed form)
made of the same problems; the scripts in tests/oracles wrote it, by running the very calls that our dialects
print. The criterion stands in tests/oracles/checks.py; rules that are nearly right are refused by it.
"""

from __future__ import annotations

import importlib.util
import itertools
import string
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import every
from oracles.around import CONVENTIONS, KNOWN, MISSING, SCHEDULES
from oracles.checks import MOST, ONE_STEP, apart, free_run, golden, one_step, rates, runs, size, updates
from oracles.problems import FALLING, LOOKS, PROBLEMS, RESTLESS, problems, settings

from optiviz import optimizers
from optiviz.averages import Average
from optiviz.dialects import DIALECTS, parity
from optiviz.optimizers import Optimizer
from optiviz.schedules import Reaction, Schedule
from optiviz.trace.functions import minimum, norm, sqrt

HERE = Path(__file__).parent
AVERAGES = golden("averages")

ORACLES = {
    "gd": {"torch", "keras", "optax"},
    "sgd": {"torch", "keras", "optax"},
    "momentum": {"keras"},
    "nesterov": {"keras"},
    "adagrad": {"keras", "optax"},
    "rmsprop": {"keras", "optax"},
    "adam": {"torch", "optax"},
    "adam_uncorrected": {"closed"},
}
"""Whose word counts for which rule of the course."""

COURSE = [(name, library) for name, libraries in ORACLES.items() for library in sorted(libraries)]
COURSE_ONCE = [
    pytest.param(name, library, marks=pytest.mark.proof if library != min(ORACLES[name]) else ())
    for name, library in COURSE
]
"""By the word of one library, and of the others in `make proof`."""
LIBRARIES = [*DIALECTS, "closed"]
RULES = [
    (library, name)
    for library in LIBRARIES
    for name in sorted({n for run in golden(library)["runs"] for n in run["rules"]})
]
"""Every rule that a library was run for; adam_uncorrected has a closed form."""


def of(name: str, library: str) -> list[dict[str, Any]]:
    """The runs that a library made for the rule of that name."""
    return [run for run in golden(library)["runs"] if name in run["rules"]]


def refused(check: Callable[..., float], rule: Optimizer, golden: Iterable[dict[str, Any]], path: str) -> list[str]:
    """The runs in which the rule leaves the oracle, and by how much."""
    allowed = ONE_STEP if check is one_step else 1.0
    share = {_named(run): check(rule, run, path) / allowed for run in golden}
    return [f"{name}: {value:.3g} times what is allowed" for name, value in share.items() if not value <= 1]


def vague(rule: Optimizer, golden: Iterable[dict[str, Any]]) -> list[str]:
    """The free runs in which so much is allowed that they say nothing."""
    allowed = {_named(run): max(allowed for _, allowed in apart(rule, run)) for run in golden}
    return [f"{name}: {value:.3g} is allowed" for name, value in allowed.items() if not value <= MOST]


def _named(run: dict[str, Any]) -> str:
    return f"{run['call']}, {run['problem']}, {'falling' if run['falls'] else 'constant'}"


# The rules of all dialects, and through them those of the course.
@pytest.mark.parametrize(("library", "name"), RULES)
def test_one_step_from_the_oracles_state(library, name):
    assert refused(one_step, Optimizer.registry[name], of(name, library), "array") == []


@pytest.mark.parametrize(
    ("library", "name"),
    # the matrices of the largest rules take seconds each
    every(2, [rule for rule in RULES if not rule[1].endswith(("adafactor", "muon"))])
    + [pytest.param(*rule, marks=pytest.mark.proof) for rule in RULES if rule[1].endswith(("adafactor", "muon"))],
)
def test_free_run_with_defaults_and_at_last(library, name):
    """The first run and the last, which is on another problem, with other numbers and at a falling rate."""
    rule, made = Optimizer.registry[name], of(name, library)
    assert refused(free_run, rule, [made[0], made[-1]], "array") == vague(rule, [made[0], made[-1]]) == []


@pytest.mark.parametrize(("name", "library"), COURSE_ONCE)
def test_free_run_of_the_course(name, library):
    rule = Optimizer.registry[name]
    made = runs(rule, library)
    assert refused(free_run, rule, made, "array") == vague(rule, made) == []


@pytest.mark.proof
@pytest.mark.parametrize(("library", "name"), RULES)
def test_every_free_run_and_that_it_says_something(library, name):
    rule, made = Optimizer.registry[name], of(name, library)
    assert refused(free_run, rule, made, "array") == vague(rule, made) == []


@pytest.mark.parametrize("path", ["point", "blocks"])
@pytest.mark.parametrize(("name", "library"), COURSE_ONCE)
def test_one_step_as_a_point_and_in_blocks(name, library, path):
    rule = Optimizer.registry[name]
    assert refused(one_step, rule, runs(rule, library), path) == []


@pytest.mark.parametrize(("name", "library"), COURSE_ONCE)
def test_free_run_of_a_point(name, library):
    rule = Optimizer.registry[name]
    constant, falling = [run for run in runs(rule, library) if run["problem"] == "rosenbrock"][-2:]
    assert falling["falls"] and refused(free_run, rule, [constant, falling], "point") == []


@pytest.mark.proof
@pytest.mark.parametrize("path", ["point", "blocks"])
@pytest.mark.parametrize(("library", "name"), RULES)
def test_every_rule_on_every_path(library, name, path):
    rule = Optimizer.registry[name]
    if rule.per != "coordinate":
        pytest.skip("a rule for weight tensors runs on arrays only")
    assert refused(one_step, rule, of(name, library), path) == []
    if path == "point":
        assert refused(free_run, rule, of(name, library), path) == []


# What the golden runs are.
def test_every_rule_of_the_course_has_its_oracle():
    course = [rule for rule in Optimizer.registry.values() if rule.function.__module__ == "optiviz.optimizers.course"]
    found = {rule.name: {library for library in LIBRARIES if runs(rule, library)} for rule in course}
    assert {name: libraries for name, libraries in found.items() if "." not in name} == ORACLES


@pytest.mark.parametrize("library", DIALECTS)
def test_every_rule_of_a_dialect_was_run_and_no_other(library):
    dialect = DIALECTS[library]
    assert {rule.name for rule, _ in dialect.calls} == {name for known, name in RULES if known == library}
    assert {f"{library}.{name}" for name in dialect.rules} <= {name for known, name in RULES if known == library}


@pytest.mark.parametrize(("library", "name"), [row for row in RULES if row[0] != "closed"])
def test_what_was_run_is_what_call_prints_today(library, name):
    rule, dialect = Optimizer.registry[name], DIALECTS[library]
    for run in of(name, library):
        slots = {key: value for key, value in run["numbers"].items() if key in rule.slots}
        params = {key: value for key, value in run["numbers"].items() if key not in slots}
        assert dialect.call(rule.beginning(**slots).configured(**params)) == run["call"]


@pytest.mark.parametrize(("library", "name"), RULES)
def test_the_runs_are_all_settings_on_all_problems_at_a_constant_and_at_a_falling_rate(library, name):
    rule, made = Optimizer.registry[name], of(name, library)
    rates = (False,) if name == "optax.rprop" else (False, True)  # it takes a number and no schedule
    defaults = {key: value for key, value in {**rule.slots, **rule.params}.items() if key in made[0]["numbers"]}
    seen = {(run["problem"], *run["numbers"].values(), run["falls"]): updates(run) for run in made}
    for problem in problems(name.rpartition(".")[2]):
        chosen = [(tuple(numbers.values()), looks) for numbers, looks in settings(name, defaults, problem)]
        assert len({numbers for numbers, _ in chosen}) >= 3
        for (numbers, looks), falls in itertools.product(chosen, rates):
            assert seen.pop((problem, *numbers, falls)) == looks[-1]
    assert seen == {}, "and no other"
    assert any(run["numbers"] == defaults for run in made)


@pytest.mark.parametrize(("library", "name"), RULES)
def test_a_run_is_recorded_whole(library, name):
    rule = Optimizer.registry[name]
    for run in of(name, library):
        looks = [t for t in LOOKS if t <= updates(run)]
        assert looks[-1] >= 1000 or name in RESTLESS[run["problem"]]
        whole = [*looks[:2], looks[-1]]
        assert [int(t) for t in run["states"]] == sorted({0, *looks, *whole, *(t - 1 for t in whole)})
        assert [int(t) for t in run["slopes"]] == whole
        assert run["states"]["0"]["theta"] == PROBLEMS[run["problem"]].start
        for t in whole:
            assert np.isfinite(run["states"][str(t)]["theta"]).all()
            assert set(rule.slots) <= set(run["states"][str(t)]), "every slot is compared"


@pytest.mark.parametrize(("problem", "name"), [(problem, name) for problem in RESTLESS for name in RESTLESS[problem]])
def test_a_run_that_ends_early_would_say_nothing_later(problem, name):
    made = [run for library in DIALECTS for run in of(name, library) if run["problem"] == problem]
    early = next(run for run in made if updates(run) < LOOKS[-1] and not run["falls"])
    longer = {**early, "states": {**early["states"], str(LOOKS[-1]): early["states"]["0"]}}
    assert vague(Optimizer.registry[name], [longer]) and not vague(Optimizer.registry[name], [early])


@pytest.mark.parametrize(("library", "name"), RULES)
def test_a_rule_that_is_deaf_to_one_of_its_numbers_is_refused(library, name):
    """So each of them is varied, and where it makes a difference."""
    rule, made = Optimizer.registry[name], of(name, library)
    defaults = {**rule.slots, **rule.params}
    for key in made[0]["numbers"]:
        assert len({run["numbers"][key] for run in made}) > 1
        deaf = [{**run, "numbers": {**run["numbers"], key: defaults[key]}} for run in made]
        assert any(refused(check, rule, [run], "array") for check in (one_step, free_run) for run in deaf), key


@pytest.mark.parametrize("rule", Optimizer.registry.values(), ids=lambda rule: rule.name)
def test_every_hyperparameter_of_every_rule_takes_at_least_two_values(rule):
    """Also where one library has no argument for it: another, that has the same formula, sets it."""
    made = [run for library in LIBRARIES for run in runs(rule, library)]
    if not made:
        cells = parity()["rules"][rule.name].values()
        assert all(cell["match"] != rule.name for cell in cells), "only other spellings of it are known"
    for key in rule.params if made else ():
        values = {run["numbers"].get(key, Optimizer.registry[run["rules"][0]].params[key]) for run in made}
        assert len(values) > 1, key


@pytest.mark.parametrize("library", DIALECTS)
def test_every_number_in_a_call_is_set_by_the_runs(library):
    for rule, template in DIALECTS[library].calls:
        written = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        assert all(set(run["numbers"]) == written for run in of(rule.name, library))


# Rules that are nearly right.
def adam_with_beta_for_its_power(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1)) / (sqrt(v / (1 - beta2)) + eps), m, v


def adam_that_counts_from_two(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1 ** (t + 1))) / (sqrt(v / (1 - beta2 ** (t + 1))) + eps), m, v


def adam_with_eps_inside(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / sqrt(v / (1 - beta2**t) + eps), m, v


def adam_with_eps_before_the_correction(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + eps), m, v


def adam_that_corrects_m_only(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (sqrt(v) + eps), m, v


def adagrad_with_eps_outside(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = cache + g**2
    return theta - lr * g / (sqrt(cache) + eps), cache


def adagrad_one_update_late(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    return theta - lr * g / sqrt(cache + eps), cache + g**2


def rmsprop_with_eps_outside(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / (sqrt(cache) + eps), cache


def rmsprop_that_adds_up(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + g**2
    return theta - lr * g / sqrt(cache + eps), cache


def momentum_as_an_average(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - (1 - beta) * lr * g
    return theta + v, v


def nesterov_with_the_old_velocity(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    return theta + beta * v - lr * g, beta * v - lr * g


def gd_with_half_the_slope(theta, g, t, *, lr=0.01):
    return theta - lr * g / 2


PLANTED = [
    ("adam", adam_with_beta_for_its_power),
    ("adam", adam_that_counts_from_two),
    ("adam", adam_with_eps_inside),
    ("adam", adam_with_eps_before_the_correction),
    ("adam", adam_that_corrects_m_only),
    ("adam", Optimizer.registry["adam_uncorrected"].function),
    ("adam_uncorrected", Optimizer.registry["adam"].function),
    ("adagrad", adagrad_with_eps_outside),
    ("adagrad", adagrad_one_update_late),
    ("rmsprop", rmsprop_with_eps_outside),
    ("rmsprop", rmsprop_that_adds_up),
    ("momentum", momentum_as_an_average),
    ("momentum", Optimizer.registry["nesterov"].function),
    ("nesterov", nesterov_with_the_old_velocity),
    ("nesterov", Optimizer.registry["momentum"].function),
    ("gd", gd_with_half_the_slope),
]


@pytest.mark.parametrize(
    ("name", "wrong", "check"),
    [(*planted, one_step) for planted in PLANTED] + every(2, [(*planted, free_run) for planted in PLANTED]),
)
def test_a_rule_that_is_nearly_right_is_refused(name, wrong, check):
    rule = Optimizer.registry[name]
    made = [run for library in ORACLES[name] for run in runs(rule, library)]
    if check is free_run:
        made = [run for run in made if run["problem"] == "quadratic"]  # which takes the least time
    with np.errstate(all="ignore"):  # some of them diverge
        assert len(refused(check, Optimizer(wrong), made, "array")) == len({_named(run) for run in made})


def test_an_lr_outside_the_velocity_is_seen_under_a_schedule_only():
    """The spelling of torch, with the sign of ours: the same way as long as lr stays, another when it falls."""

    def momentum_of_torch(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
        v = beta * v - g
        return theta + lr * v, v

    made = of("keras.momentum", "keras")
    falling = [_named(run) for run in made if run["falls"]]
    found = refused(free_run, Optimizer(momentum_of_torch), made, "array")
    assert [line.rsplit(": ", 1)[0] for line in found] == falling


@pytest.mark.parametrize("check", [one_step, free_run])
@pytest.mark.parametrize("name", ["gd", "momentum", "adam", "adagrad", "rmsprop"])
def test_a_schedule_that_counts_from_one_is_refused(name, check, monkeypatch):
    rule = Optimizer.registry[name]
    falling = [run for library in ORACLES[name] for run in runs(rule, library) if run["falls"]]
    # in one step, a rate that falls in drops differs only right at a drop
    falling = [
        run
        for run in falling
        if (run["problem"] == "quadratic" if check is free_run else FALLING[run["problem"]][0] != "step")
    ]
    at = Optimizer.at
    monkeypatch.setattr(Optimizer, "at", lambda rule, updates: at(rule, updates + 1))
    assert len(refused(check, rule, falling, "array")) == len({_named(run) for run in falling})


# Wrappers and schedules.
@pytest.mark.parametrize(
    "run", golden("wrappers")["runs"], ids=lambda run: f"{run['ours']}-{run['library']}-{run['problem']}"
)
def test_wrapper(run):
    rule = eval(run["ours"], vars(optimizers))
    if (run["ours"].partition("(")[0], run["library"]) not in KNOWN:
        assert refused(one_step, rule, [run], "array") == []
        assert refused(free_run, rule, [run], "array") == []


def test_what_torch_adds_to_the_norm_is_the_whole_difference():
    @optimizers.wrapper
    def clip_norm_of_torch(rule, theta, g, t, *, limit=1.0):
        return rule(theta, g * minimum(limit / (norm(g) + 1e-6), 1.0), t)

    del optimizers.Wrapper.registry.formulas["clip_norm_of_torch"]
    made = [run for run in golden("wrappers")["runs"] if (run["ours"][:9], run["library"]) == ("clip_norm", "torch")]
    theirs = clip_norm_of_torch(optimizers.gd(lr=0.05), limit=0.5)
    ours = optimizers.clip_norm(optimizers.gd(lr=0.05), limit=0.5)
    assert made and refused(one_step, theirs, made, "array") == refused(free_run, theirs, made, "array") == []
    assert all(1e-10 < one_step(ours, run) < 1e-6 for run in made)


@pytest.mark.parametrize("run", golden("schedules")["runs"], ids=lambda run: f"{run['ours']}-{run['library']}")
def test_schedule(run):
    ours = rates(run["ours"], len(run["values"]))
    assert len(set(ours)) > 1 or run["ours"].startswith("constant")
    assert size(np.subtract(ours, run["values"])) <= ONE_STEP


def test_the_schedules_that_were_run_are_those_of_the_table_and_none_is_forgotten():
    made = [(run["ours"], run["library"], run["call"], len(run["values"])) for run in golden("schedules")["runs"]]
    assert made == SCHEDULES
    seen = {(run["ours"].partition("(")[0], run["library"]) for run in golden("schedules")["runs"]}
    names = {*Schedule.registry, *Reaction.registry}
    explained = {(name, library) for name, libraries in MISSING.items() for library in libraries}
    assert seen | explained >= {(name, library) for name in names for library in DIALECTS}
    assert not seen & explained and set(CONVENTIONS) <= names


# The table that scripts/parity.py makes of all this.
def script() -> Any:
    spec = importlib.util.spec_from_file_location("parity_script", HERE.parent / "scripts" / "parity.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_within_the_criterion_and_the_page_says_what_it_says():
    page = (HERE.parent / "docs" / "parity.md").read_text(encoding="utf-8")
    assert script().page(parity()) == page
    _within(parity())


def _within(table: dict[str, Any]) -> None:
    """The numbers may differ from machine to machine, the verdict not."""
    cells = [cell for row in table["rules"].values() for cell in row.values() if cell["match"]]
    for cell in [*cells, *(row for row in table["wrappers"] if not row["sentence"])]:
        assert cell["one_step"] <= ONE_STEP and cell["share"] <= 1
        assert cell["free_run"] <= cell["allowed"] <= MOST
    assert all(row["difference"] <= ONE_STEP for row in table["schedules"])


def test_the_table_is_what_the_code_measures(monkeypatch):
    """Without the numbers, which test_every_free_run_and_that_it_says_something looks at and a machine may change."""
    made, known = script(), parity()
    monkeypatch.setattr(made, "differences", lambda rule, runs: dict.fromkeys(MEASURED))
    now = made.table()
    assert set(now["rules"]) == {name for name in Optimizer.registry if "." not in name and "+" not in name}
    for part in now:
        assert _facts(now[part]) == _facts(known[part])
    assert set(now) == set(known) and now["criterion"] == known["criterion"]


@pytest.mark.proof
def test_the_table_measured_again():
    _within(script().table())


MEASURED = ("one_step", "free_run", "share", "allowed")


def _facts(part: Any) -> Any:
    """What is in a part of the table but for what was measured."""
    if isinstance(part, dict):
        return {key: _facts(value) for key, value in part.items() if key not in (*MEASURED, "difference")}
    return [_facts(value) for value in part] if isinstance(part, list) else part


def test_no_cell_is_empty_without_a_reason():
    for rule, row in parity()["rules"].items():
        assert set(DIALECTS) <= set(row)
        assert all(cell["sentence"] for cell in row.values())
        if rule in ORACLES:
            assert all(cell["match"] for cell in row.values()) or row["closed"]["match"] == rule


# The averages.
def smoothed(run: dict[str, Any]) -> list[float]:
    """The series as our average smooths it, from the same first value as the oracle."""
    average, y, values = Average.registry[run["average"]](**run["params"]), run["y"], []
    for t, x in enumerate(AVERAGES["series"], start=1):
        value, y = average(x, t, y)
        values.append(value)
    return values


@pytest.mark.parametrize("run", AVERAGES["runs"], ids=lambda run: f"{run['average']}-{run['oracle']}-{run['params']}")
def test_average(run):
    ours, golden, beta = smoothed(run), np.array(run["values"]), run["params"]["beta"]
    # 1 - beta**t is a difference of nearly equal numbers: for small t it has lost digits, and ewma with it
    lost = 2.0**-52 / (1 - beta ** np.arange(1, len(golden) + 1)) if run["average"] == "ewma" else 0
    assert (np.abs(ours - golden) <= (1e-14 + lost) * np.maximum(1, np.abs(golden))).all()
    if run["y"] == 0:
        over = Average.registry[run["average"]](beta=beta).over(AVERAGES["series"])
        assert over.tolist() == ours


def test_the_averages_are_told_apart():
    golden = [run for run in AVERAGES["runs"] if run["params"]["beta"] > 0]  # without memory all are x itself
    for run in golden:
        for other in golden:
            if run is not other:
                assert size(np.subtract(smoothed(run), other["values"])) > 1e-3


# The oracles themselves, where they are installed.
def oracles() -> Any:
    spec = importlib.util.spec_from_file_location("make_golden", HERE / "oracles" / "make_golden.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore")  # what they warn about is theirs
@pytest.mark.parametrize(("library", "name"), RULES)
def test_live(library, name):
    """The last run of a rule again: the library does today what the file says."""
    make, run = oracles(), of(name, library)[-1]
    missing = [needed for needed in make.NEEDS[library] if importlib.util.find_spec(needed) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}; tests/golden stands in")
    rate = make.Rate(run["numbers"]["lr"], *(FALLING[run["problem"]] if run["falls"] else ()))
    again = {**run, **make.record(library, run["call"], run["problem"], rate)}
    assert refused(one_step, Optimizer.registry[name], [again], "array") == []
    assert refused(free_run, Optimizer.registry[name], [again], "array") == []
