"""`optiviz check`: right rules are found right, wrong ones wrong, and the mistake is named."""

from __future__ import annotations

import ast
import inspect
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from examples import every
from homework import HEAD, RIGHT, WRONG

import optiviz.dialects  # noqa: F401, which registers theirs
from optiviz.check import Verdict, check, child, fence, verdict
from optiviz.check.diagnosis import Evidence
from optiviz.check.experiments import experiments, play
from optiviz.check.mutation import CATALOGUE, Rule, mutants
from optiviz.check.sandbox import Submission, Unusable
from optiviz.cli import run
from optiviz.optimizers import Optimizer
from optiviz.trace import printers

COURSE = ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adam_uncorrected"]
FUNCTIONS = "from optiviz.trace.functions import *\n"


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def here(monkeypatch):
    """Without a process for each file: the child's part is done in this one."""

    def answered(plan, **limits):
        reply = json.loads(json.dumps(child.reply(plan)))
        if "error" in reply:
            raise Unusable(reply["error"])
        return reply

    monkeypatch.setattr(verdict, "answered", answered)


def checked(source: str, like: str, name: str = "", **options) -> Verdict:
    Path("homework.py").write_text(HEAD + source + "\n", encoding="utf-8")
    return check("homework.py", name, like=Optimizer.registry[like], **options)


def command(capsys, *args: str) -> tuple[int, str, str]:
    status = run(["check", *args])
    return (status, *capsys.readouterr())


def wrong(mistake: str) -> str:
    return next(source for _, made, source in WRONG if made == mistake)


def right(piece: str) -> str:
    return next(source for _, source in RIGHT if piece in source)


# Homework.


MADE = [mistake.partition(":")[0] for _, mistake, _ in WRONG]
AGAIN = {i for i, made in enumerate(MADE) if made in MADE[:i]}
"""The same mistake in another place or rule, for `make proof`; so is every other one, whose trace is tried below."""
HANDED_IN = [
    pytest.param(*row, id=f"{row[0]}-{row[1] or 'unknown'}", marks=pytest.mark.proof if i in AGAIN or i % 2 else ())
    for i, row in enumerate(WRONG)
]


@pytest.mark.parametrize(("like", "mistake", "source"), HANDED_IN)
def test_the_mistake_is_named(here, like, mistake, source):
    found = checked(source, like)
    assert (found.verdict, found.mistake, found.status) == ("wrong", mistake, 1), found.explanation
    assert found.explanation[-1] in ".?" and found.hint
    assert bool(found.first_difference) != mistake.startswith("default:")


@pytest.mark.parametrize(("like", "source"), RIGHT, ids=[f"{i}-{like}" for i, (like, _) in enumerate(RIGHT)])
def test_another_spelling_is_correct(here, like, source):
    found = checked(source, like)
    assert (found.verdict, found.mistake, found.status) == ("correct", "", 0), found.explanation


def test_there_is_enough_homework():
    assert len(WRONG) >= 50 and len(RIGHT) >= 10
    assert {like for like, _, _ in WRONG} >= {*COURSE} and {like for like, _ in RIGHT} == {*COURSE}


@pytest.mark.parametrize("name", every(2, [name for name in Optimizer.registry.formulas if "." not in name]))
def test_every_rule_is_itself(here, name):
    rule = Optimizer.registry[name]
    source = inspect.getsource(rule.function).replace(f"@optimizer(per={rule.per!r})\n", "@optimizer\n")
    assert checked(FUNCTIONS + source, name).verdict == "correct"


@pytest.mark.parametrize("name", ["torch.momentum", "keras.adam", "optax.amsgrad"])
def test_a_dialect_is_like_itself_and_not_like_ours(here, name):
    source = inspect.getsource(Optimizer.registry[name].function).partition("\n")[2]
    assert checked(FUNCTIONS + source, name).verdict == "correct"
    found = checked(FUNCTIONS + source, name.partition(".")[2])
    assert found.verdict == "wrong" and name.partition(".")[0] in str([*found.notes, found.explanation]).lower()


# The catalogue.

TWINS: dict[str, set[str]] = {
    "no_look_ahead": {"old_value_used"},
    "ascent": {"plus_for_minus", "minus_for_plus"},
    "plus_for_minus": {"minus_for_plus"},
    "minus_for_plus": {"minus_for_plus"},  # in another line
}
"""Mistakes that come to the same numbers in some rule: the one that is said, and those that it stands for."""


def written(name: str, trace) -> str:
    """A mutant as a student would hand it in."""
    rule = Optimizer.registry[name]
    lines = printers.python(trace, ("theta", "g", "t", *rule.slots, *rule.params)).splitlines()
    slots = "".join(f"{slot}={first!r}, " for slot, first in rule.slots.items())
    params = ", ".join(f"{p}={value!r}" for p, value in rule.params.items())
    head = f"def {name}(theta, g, t, {slots}*, {params}):"
    result = lines[-1].replace("return (", "return ").replace(", )", "")
    return FUNCTIONS + "\n".join([head, *lines[1:-1], result])


@cache
def right_runs(name: str):
    rule = Rule.of(Optimizer.registry[name])
    runs = experiments(rule, (8,), 0)
    return rule, runs, [play(rule, one) for one in runs]


def judged(like: Optimizer, trace) -> Verdict:
    """The verdict over a rule that does what the trace does, without a file."""
    rule, runs, ours = right_runs(like.name)
    wrong = replace(rule, trace=trace)
    played = [play(wrong, one) for one in runs]
    reply = {"name": like.name, "params": like.params, "slots": like.slots, "given": rule.given, "refusal": ""}
    again = [theta.tolist() for theta in played[0].theta]
    theirs = Submission(**reply, imported=False, unread={}, runs=[{"theta": again}], again=again)
    for one, kept in zip(runs, played, strict=True):
        kept.lines = [[] for _ in one.params]
        kept.slots = [[np.asarray(value) for value in values] for values in kept.slots]
    return verdict._judged(Evidence(rule, like, theirs, runs, played, ours), "")


def missed(name: str, judge, every: int = 1) -> tuple[int, list[str]]:
    """How many mistakes apply to a rule, of all or of every so many, and which of them are taken for another."""
    like, applied, wrong = Optimizer.registry[name], 0, []
    for mutant in Rule.of(like).mutants[::every]:
        found = judge(like, mutant.trace)
        applied += found.verdict == "wrong"  # else the numbers stay what they are: it does not apply
        kind = found.mistake.partition(":")[0]
        if found.verdict == "wrong" and found.mistake != mutant.name and mutant.kind not in TWINS.get(kind, ()):
            wrong.append(f"{mutant.name} is taken for {found.mistake or 'unknown'}")
    return applied, wrong


AT_LEAST = {"gd": 8, "momentum": 20, "nesterov": 33, "adagrad": 35, "rmsprop": 40, "adam": 100, "adam_uncorrected": 70}


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", COURSE)
def test_each_mistake_is_recognised(name, every):
    applied, wrong = missed(name, judged, every)
    assert wrong == [] and applied >= AT_LEAST[name] // every


@pytest.mark.proof
@pytest.mark.parametrize("name", COURSE)
def test_each_mistake_is_recognised_in_a_file(here, name):
    applied, wrong = missed(name, lambda like, trace: checked(written(like.name, trace), like.name))
    assert wrong == [] and applied >= AT_LEAST[name]


def test_every_mistake_applies_somewhere_and_is_explained():
    made = {}
    for name in [*COURSE, "adamw", "torch.momentum", "torch.nesterov"]:
        rule = Rule.of(Optimizer.registry[name], {})
        made |= {m.name.partition(":")[0]: m for m in [*mutants(rule), *mutants(Rule.of(Optimizer.registry[name]))]}
    assert [*made.keys() ^ CATALOGUE.keys()] == []
    for mutant in made.values():
        assert mutant.explanation[-1] in ".?" and mutant.hint and "{" not in mutant.explanation + mutant.hint
        assert "_" not in mutant.explanation, mutant.explanation


def test_the_hint_is_the_course_s_equation(here):
    found = checked(wrong("no_correction:vhat"), "adam")
    assert found.hint == "v̂ₜ = vₜ / (1 − β₂ᵗ)"
    difference = found.first_difference
    assert difference["step"] == 1 and difference["agree"] == [
        "m (your first)",
        "v (your second)",
        "mhat (your corrected)",
    ]
    assert difference["theta"]["expected"] == pytest.approx(0.9) and difference["line"] is None
    assert "no value of yours is vhat = 4" in difference["text"]


def test_the_first_line_that_differs_is_told_with_its_numbers(here):
    found = checked(wrong("shares_exchanged"), "rmsprop")
    assert found.first_difference["line"] == {
        "name": "cache",
        "expected": pytest.approx(0.4),
        "found": pytest.approx(3.6),
    }
    assert "cache = 3.6 instead of 0.4" in found.first_difference["text"]


def test_slots_of_other_names_are_matched_by_their_order(here):
    found = checked(wrong("share_missing").replace("cache", "squares"), "rmsprop")
    assert "up to there: cache (your squares) = 4 instead of 0.4" in found.first_difference["text"]


def test_what_is_computed_and_not_used_is_said_to_be(here):
    found = checked(wrong("unused:mhat"), "adam")
    assert found.explanation.startswith("m̂ₜ (your m_hat) is computed, but not used")
    assert found.hint == "θₜ = θₜ₋₁ − η m̂ₜ / (√v̂ₜ + ε)" and "m_hat" not in str(found.notes)
    one_of_two = wrong("unused:mhat+vhat").replace("    vhat = v / (1 - beta2**t)\n", "")
    found = checked(one_of_two, "adam")
    assert found.mistake == "no_correction" and found.explanation.endswith("m̂ₜ is computed, but not used.")


def test_a_value_that_is_never_read_is_noted(here):
    source = """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    root = np.sqrt(cache + eps)
    for _ in range(2):
        kept = root
    return theta - lr * g / (cache + eps), cache
"""
    found = checked(source, "rmsprop")
    assert found.mistake == "root_forgotten" and found.notes == ["kept is computed in line 8 and not used."]


def test_two_mistakes_have_the_named_rule_s_equations(here):
    found = checked(wrong("lr_outside_velocity + share_extra"), "momentum")
    assert found.hint == "vₜ = β vₜ₋₁ − η gₜ, θₜ = θₜ₋₁ + vₜ"


def test_what_is_remembered_outside_shows_in_the_second_run(here):
    text = checked(wrong("remembers_outside"), "adam").first_difference["text"]
    assert text.startswith("the first run, made again: step 1, from theta = 1 with g = 2")


# What is noted.


@pytest.mark.parametrize(
    ("returned", "note"),
    [
        ("np.float32(theta - lr * g)", "theta comes back as float32; leave the conversion out."),
        ("(theta - lr * g).astype(int)", "theta comes back as int64; leave the conversion out."),
    ],
)
def test_a_conversion_that_loses_digits_is_noted(here, returned, note):
    found = checked(f"def gd(theta, g, t, *, lr=0.01):\n    return {returned}", "gd")
    assert (found.verdict, found.notes) == ("wrong", [note])


def test_a_rule_that_goes_through_arrays_is_correct_but_not_drawn(here):
    found = checked(right("v[:] ="), "momentum")
    assert "cannot be drawn" in found.notes[0] and "Node" not in found.notes[0]


VELOCITY = """
def {name}(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v {first} lr * g
    return theta {second}, v
"""


@pytest.mark.parametrize(
    ("like", "first", "second", "lines"),
    [
        ("momentum", "+", "+ v", ["vₜ = β vₜ₋₁ − η gₜ", "θₜ = θₜ₋₁ + vₜ"]),
        ("momentum", "-", "- v", ["vₜ = β vₜ₋₁ − η gₜ", "θₜ = θₜ₋₁ + vₜ"]),
        ("nesterov", "+", "+ beta * v + lr * g", ["vₜ = β vₜ₋₁ − η gₜ", "θₜ = θₜ₋₁ + β vₜ − η gₜ"]),
    ],
)
def test_of_two_signs_that_count_together_neither_is_called_the_wrong_one(here, like, first, second, lines):
    found = checked(VELOCITY.format(name=like, first=first, second=second), like)
    assert found.mistake == "ascent" and found.hint == (
        f"Go against the gradient; the signs of these lines count together, so turn those of one: {', '.join(lines)}"
    )


def test_where_one_line_goes_against_the_gradient_it_is_that():
    for name, line in (
        ("adam", "θₜ = θₜ₋₁ − η m̂ₜ / (√v̂ₜ + ε)"),
        ("adabelief", "θₜ = θₜ₋₁ − η m̂ₜ / (√ŝₜ + ε)"),
        ("torch.momentum", "θₜ = θₜ₋₁ − η vₜ"),
        ("schedule_free", "zₜ = zₜ₋₁ − η gₜ"),
    ):
        assert Rule.of(Optimizer.registry[name]).against == f"Go against the gradient: {line}"


def test_a_default_is_named(here):
    found = checked(wrong("default:beta2"), "adam")
    assert found.explanation == "beta2 defaults to 0.99, adam's is 0.999." and found.hint == "beta2=0.999"


def test_a_default_beside_another_mistake_is_a_note(here):
    source = """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.99, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    return theta + lr * g / np.sqrt(cache + eps), cache
"""
    found = checked(source, "rmsprop")
    assert found.mistake == "ascent" and "rho defaults to 0.99, rmsprop's is 0.9." in found.notes


def test_a_learning_rate_is_one_s_own_choice(here):
    found = checked("def gd(theta, g, t, *, lr=0.5):\n    return theta - lr * g", "gd")
    assert found.verdict == "correct" and found.notes == ["lr defaults to 0.5, gd's is 0.01."]


def test_a_rule_that_branches_on_t_is_correct_but_not_drawn(here):
    found = checked(right("if t == 1"), "adam")
    assert found.verdict == "correct" and len(found.notes) == 1
    assert "cannot be drawn" in found.notes[0] and "line 5" in found.notes[0] and "where(" in found.notes[0]


def test_hidden_numbers_are_compared_at_the_defaults(here):
    found = checked(right("0.999 * v"), "adam")
    assert "It has no hyperparameter lr, beta1, beta2, eps" in found.notes[0]


def test_like_may_have_parameters(here):
    source = (
        "def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.5):\n    v = beta * v - lr * g\n    return theta + v, v"
    )
    Path("homework.py").write_text(HEAD + source)
    assert check("homework.py", like=Optimizer.registry["momentum"](beta=0.5)).verdict == "correct"
    assert check("homework.py", like=Optimizer.registry["momentum"]).mistake == "default:beta"


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(2, 9))])
def test_the_seed_is_no_matter(here, seed):
    for like, mistake, source in [row for row in WRONG if row[1] not in ("", "inexact", "late")][::19]:
        assert checked(source, like, seed=seed).mistake == mistake
    for like, source in RIGHT[::3]:
        assert checked(source, like, seed=seed).verdict == "correct"


# What cannot be checked.

SIGNATURE = "def gd(theta, g, t, *, lr=0.01):"
UNUSABLE = {
    "syntax": ("def gd(:", "line 3", "invalid syntax"),
    "import": ("import no_such_module", "No module named"),
    "raises": (f"{SIGNATURE}\n    return theta - lr * g / 0 + [1, 2]", "line 4, in gd"),
    "names": ("def gd(w, grad, t, *, lr=0.01):\n    return w - lr * grad", "takes (w, grad, t)", "is written"),
    "nothing": ("x = 1", "defines no rule"),
    "no number": ("def gd(theta, g, t, *, lr):\n    return theta - lr * g", "no number as default for 'lr'"),
    "count": (f"{SIGNATURE}\n    return theta - lr * g, 0.0", "returned 2 values, expected 1: return theta"),
    "nothing back": (f"{SIGNATURE}\n    theta - lr * g", "returned nothing, expected 1: return theta"),
    "string": (f"{SIGNATURE}\n    return 'down'", "returned str for theta"),
    "branches": (
        f"{SIGNATURE}\n    if g > 0:\n        return theta - lr\n    return theta + lr",
        "use where(condition",
    ),
    "shape": (f"{SIGNATURE}\n    return (theta - lr * g).sum()", "with the shape ()", "all coordinates at once"),
    "star": (
        "def gd(theta, g, t, lr=0.01):\n    return theta - lr * g",
        "behind a *",
        "def gd(theta, g, t, *, lr=0.01",
    ),
    "math": ("import math\n" + SIGNATURE + "\n    return theta - lr * math.sqrt(g * g)", "not math.sqrt"),
    "imported": ("from optiviz import gd", "defines no rule"),
    "memory": (f"{SIGNATURE}\n    return theta - lr * np.ones(10**11)[:8] * g", "line 4"),
    "exits": (f"{SIGNATURE}\n    raise SystemExit", "SystemExit"),
    "calls": (f"import optiviz\n{SIGNATURE}\n    return optiviz.gd(theta, g, t, lr=lr)", "line 5", "write the rule"),
    "calls inside": (
        f"from optiviz.optimizers.course import gd as best\n{SIGNATURE}\n    return best.function(theta, g, t, lr=lr)",
        "line 5, in gd: it calls gd of optiviz; write the rule yourself",
    ),
    "calls a step": (
        f"import optiviz\n{SIGNATURE}\n    optiviz.gd(lr=lr).step(theta, g, optiviz.gd.init(theta))\n    return theta",
        "line 5, in gd: it calls gd of optiviz",
    ),
    "calls a dialect": (
        f"from optiviz.optimizers import Optimizer\nimport optiviz.dialects\n{SIGNATURE}\n"
        "    return Optimizer.registry['keras.gd'](theta, g, t, lr=lr)",
        "line 6, in gd: it calls gd of optiviz",
    ),
    "power": (f"{SIGNATURE}\n    return theta - lr * g^2", "line 4", "^ is no power in Python; a power is written **"),
    "recursion": (f"{SIGNATURE}\n    return gd(theta - lr * g, g, t)", "calls itself without end"),
    "numpy": (f"del np\n{SIGNATURE}\n    return theta - lr * np.array(g)", "line 5", "write import numpy as np"),
    "misspelt": (f"{SIGNATURE}\n    step = lr * g\n    return theta - stp", "line 5", "did you mean 'step'?"),
    "dictionary": (f"{SIGNATURE}\n    return {{'theta': theta, 'g': g}}", "returned dict for theta, expected numbers"),
    "lambda": ("gd = lambda theta, g, t, *, lr=0.01: theta - lr * g", "is a lambda", "def gd(theta, g, t, *, lr=0.01)"),
    "class": (
        "class GD:\n    def step(self, theta, g):\n        return theta - g",
        "the class GD",
        "def gd(theta, g, t",
    ),
    "its heading": (
        "def adam(w, dw):\n    return w - dw",
        "takes (w, dw)",
        "is written def gd(theta, g, t, *, lr=0.01):",
    ),
}


FENCED = ("memory", "exits", "raises", "syntax")
"""What is tried in a process of its own, as users try it."""


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_is_no_rule_says_why(request, desk, capsys, case):
    if case not in FENCED:
        request.getfixturevalue("here")
    source, *phrases = UNUSABLE[case]
    (desk / "homework.py").write_text(HEAD + source + "\n")
    status, out, err = command(capsys, "homework.py", "--like", "gd")
    assert (status, out) == (2, "") and err.startswith("optiviz: ") and err.count("\n") == 1
    assert all(phrase in err for phrase in ["homework.py", *phrases]), err


def test_which_rule_of_a_file(here, desk, capsys):
    (desk / "homework.py").write_text(
        "def gd(theta, g, t, *, lr=0.01):\n    return theta - lr * g\n\n"
        "def other(theta, g, t, *, lr=0.01):\n    return theta + lr * g\n"
    )
    assert command(capsys, "homework.py", "--like", "gd")[0] == 0
    assert command(capsys, "homework.py:other", "--like", "gd")[0] == 1
    status, _, err = command(capsys, "homework.py", "--like", "sign_sgd")
    assert status == 2 and "defines gd, other; write homework.py:gd" in err
    status, _, err = command(capsys, "homework.py:gdd", "--like", "gd")
    assert status == 2 and "did you mean 'gd'?" in err
    status, _, err = command(capsys, "homework.py:gd:lr=1", "--like", "gd")
    assert status == 2 and "write FILE.py or FILE.py:NAME" in err


def test_one_s_own_is_not_optiviz_s(here, desk, capsys):
    (desk / "homework.py").write_text("from optiviz import adam\n")
    status, _, err = command(capsys, "homework.py:adam", "--like", "adam")
    assert status == 2 and "write it yourself" in err


# The fence.

LOOP = f"{SIGNATURE}\n    print('still here')\n    while True: pass"


def test_an_endless_loop_is_stopped(desk, capsys):
    (desk / "homework.py").write_text(LOOP)
    began = time.monotonic()
    status, out, err = command(capsys, "homework.py", "--like", "gd", "--timeout", "1")
    assert time.monotonic() - began < 5
    assert (status, out) == (2, "") and "not done after 1 seconds" in err


def test_what_is_printed_is_kept_apart(desk, capsys):
    noise = "print('gd: correct', flush=True)\nimport os\nos.write(1, b'{}\\n')\n" + "print('x' * 10**6)\n" * 3
    (desk / "homework.py").write_text(noise + f"{SIGNATURE}\n    print('stepping')\n    return theta + lr * g")
    status, out, err = command(capsys, "homework.py", "--like", "gd", "--json")
    facts = json.loads(out)
    assert (status, err) == (1, "") and facts["mistake"] == "ascent" and facts["printed"] == ""
    assert facts["file"] == "homework.py:gd" and facts["like"] == "gd" and facts["verdict"] == "wrong"
    (desk / "homework.py").write_text("print('one')\nprint('two')\n1 / 0\n")
    status, out, err = command(capsys, "homework.py", "--like", "gd")
    assert (status, out) == (2, "") and "printed:\none\ntwo\n" in err and "line 3: ZeroDivisionError" in err


def test_a_file_that_ends_the_program_is_unusable(desk, capsys):
    (desk / "homework.py").write_text('import os\nprint(\'{"verdict": "correct"}\', flush=True)\nos._exit(0)\n')
    status, out, err = command(capsys, "homework.py", "--like", "gd")
    assert (status, out) == (2, "") and "ended the program" in err


def test_a_file_that_reads_the_keyboard_finds_nobody(desk, capsys):
    (desk / "homework.py").write_text("input('lr? ')\n")
    status, _, err = command(capsys, "homework.py", "--like", "gd")
    assert status == 2 and "EOFError" in err


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux")
def test_a_hungry_file_is_stopped(desk):
    pytest.importorskip("resource")
    hungry = f"{SIGNATURE}\n    kept = []\n    while True: kept.append(bytearray(10**7))"
    assert "more memory than it may have" in checked(hungry, "gd", memory=10**8).explanation


LEAVES = """
import os, pathlib, subprocess, sys
code = "import os, time; os.fork(); open('pids', 'a').write(f'{os.getpid()} '); time.sleep(60)"
subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)
while not pathlib.Path("pids").is_file() or pathlib.Path("pids").read_text().count(" ") < 2: pass
"""


def runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="others are found on Linux")
@pytest.mark.parametrize("ending", [f"{SIGNATURE}\n    return theta - lr * g", "os._exit(3)", "while True: pass"])
def test_what_leaves_its_session_is_ended_all_the_same(desk, ending):
    found = checked(f"{LEAVES}{ending}", "gd", timeout=2.0)
    assert found.verdict == ("correct" if ending.startswith("def") else "unusable"), found.explanation
    pids = Path("pids").read_text().split()
    assert len(pids) == 2 and not any(runs(pid) for pid in pids)


def test_a_file_writes_no_more_than_a_disk_can_bear(desk, monkeypatch):
    resource = pytest.importorskip("resource")
    assert fence.FILE <= 10**8
    source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_FSIZE), flush=True)\nimport os\nos._exit(0)"
    assert (
        checked(source, "gd").printed == str((fence.FILE, fence.FILE)) != str(resource.getrlimit(resource.RLIMIT_FSIZE))
    )
    greedy = "with open('big', 'wb') as file:\n    file.truncate(10**12)"
    assert "File too large" in checked(greedy, "gd").explanation
    assert Path("big").stat().st_size == 0


def test_what_ends_a_file_is_said_in_words(desk):
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nwhile True: pass"
    if os.name != "nt":
        assert "stopped by SIGTERM (Terminated)" in checked(source, "gd").explanation


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are counted on Linux")
def test_how_many_processes_is_bounded(desk):
    pytest.importorskip("resource")
    source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NPROC), flush=True)\nimport os\nos._exit(0)"
    soft, hard = ast.literal_eval(checked(source, "gd").printed)
    assert soft == hard and fence.PROCESSES < soft < fence.PROCESSES + 100_000


def test_nothing_is_left_beside_the_file(desk):
    checked(f"{SIGNATURE}\n    return theta - lr * g", "gd")
    assert [path.name for path in desk.iterdir()] == ["homework.py"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_child(desk):
    (desk / "homework.py").write_text(
        f"import os, pathlib\n{SIGNATURE}\n    pathlib.Path('pid').write_text(str(os.getpid()))\n    while True: pass"
    )
    born = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a job in the background ignores it
    )
    code = f"{born}; from optiviz.cli import main; main(['check', 'homework.py', '--like', 'gd'])"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 10
        while not (Path("pid").is_file() and Path("pid").read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and "interrupted" in err
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("pid").read_text()), 0)


# The command.


def test_a_verdict_on_the_terminal(here, desk, capsys):
    (desk / "homework.py").write_text(HEAD + RIGHT[0][1])
    assert command(capsys, "homework.py", "--like", "gd") == (0, "homework.py:gd is gd: correct\n", "")
    (desk / "homework.py").write_text(HEAD + WRONG[0][2])
    status, out, err = command(capsys, "homework.py", "--like", "gd")
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "homework.py:gd is not gd.",
        "A sign is wrong: the step goes up the slope, away from the minimum.",
        "  instead: Go against the gradient: θₜ = θₜ₋₁ − η gₜ",
        "  step 1, from theta = 1 with g = 2, lr = 0.1: theta should be 0.8, is 1.2",
        "  mistake: ascent",
    ]


def test_many_files_have_a_line_each(here, desk, capsys):
    (desk / "a.py").write_text(HEAD + RIGHT[0][1])
    (desk / "b.py").write_text(HEAD + WRONG[0][2])
    status, out, err = command(capsys, "a.py", "b.py", "--like", "gd")
    assert (status, err) == (1, "") and [line.partition(": ")[0] for line in out.splitlines()] == ["a.py:gd", "b.py:gd"]
    status, out, _ = command(capsys, "a.py", "c.py", "b.py", "--like", "gd", "--json")
    assert status == 2
    assert [found["verdict"] for found in json.loads(out)["checks"]] == ["correct", "unusable", "wrong"]


def test_like_may_be_a_file(here, desk, capsys):
    (desk / "solution.py").write_text(
        textwrap.dedent("""
        from optiviz import optimizer
        @optimizer
        def cubed(theta, g, t, *, lr=0.1):
            return theta - lr * g**3
        """)
    )
    (desk / "homework.py").write_text("def mine(theta, g, t, *, lr=0.1):\n    return theta - lr * g * g * g")
    assert command(capsys, "homework.py", "--like", "solution.py:cubed")[0] == 0


def test_a_check_is_quick(desk):
    began = time.process_time()  # on a busy machine, too
    found = checked(WRONG[-1][2], "rmsprop")  # nothing fits, so that everything is tried
    assert found.mistake == "" and time.process_time() - began < 4
