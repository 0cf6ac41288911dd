"""What holds for every formula: how it is called, configured, found, loaded from a file, and written."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import inspect
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from catalogue import FORMULAS, REGISTERED, WRAPPED, public_home

import optiviz
from optiviz.averages import Average, ewma
from optiviz.formula import Formula, FormulaError, Registry, nearest
from optiviz.names import HYPERPARAMETERS, hyperparameter
from optiviz.optimizers import Optimizer, Wrapper, adam, gd, momentum, optimizer
from optiviz.schedules import Reaction, Schedule, exponential, step
from optiviz.surfaces import Surface

every_formula = pytest.mark.parametrize(
    "formula", [*REGISTERED, *Surface.registry.values()], ids=lambda f: f"{f.kind}-{f.name}"
)


# Calling and configuring.


def test_variables_compute_and_keywords_configure():
    assert gd(1.0, 2.0, 1) == 1.0 - 0.01 * 2.0
    assert gd(1.0, 2.0, 1, lr=0.5) == gd(lr=0.5)(1.0, 2.0, 1) == 0.0
    assert gd() is gd


def test_a_copy_leaves_the_original_and_keeps_what_was_set_before():
    slow = adam(lr=0.5)
    slower = slow(beta1=0.8)
    assert (slower.params["lr"], slower.params["beta1"], slower.params["beta2"]) == (0.5, 0.8, 0.999)
    assert (slow.params["beta1"], adam.params["lr"]) == (0.9, 0.001)
    assert isinstance(slower, Optimizer)
    assert slower.function is adam.function


def test_repr_shows_what_was_changed():
    assert repr(adam) == repr(adam(lr=0.001)) == "adam"
    assert repr(adam(beta1=0.8, lr=1)) == "adam(lr=1, beta1=0.8)"
    assert adam(lr=0.001).chosen == {"lr"}  # set, if to its default
    assert adam.chosen == frozenset()
    assert repr(adam(lr=np.array([[0.1], [0.2]]))) == "adam(lr=2 values from 0.1 to 0.2)"
    assert repr(adam(lr=exponential(k=0.5))) == "adam(lr=exponential(lr=0.1, k=0.5))"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.0, r"^beta1 must be in \[0, 1\), not 1$"),
        (-0.1, r"^beta1 must be in \[0, 1\), not -0.1$"),
        (math.nan, r"^beta1 must be in \[0, 1\), not nan$"),
        (math.inf, r"^beta1 must be in \[0, 1\), not inf$"),
    ],
)
def test_a_value_outside_its_domain_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        adam(beta1=value)


@pytest.mark.parametrize("value", [-1, -1e-300, math.inf, -math.inf, math.nan, np.float64("nan")])
def test_a_learning_rate_is_finite_and_not_negative(value):
    with pytest.raises(ValueError, match=r"lr must be in \[0, ∞\), not"):
        gd(lr=value)
    with pytest.raises(ValueError, match=r"lr must be in \[0, ∞\), not"):
        gd(1.0, 2.0, 1, lr=value)


@pytest.mark.parametrize("value", [True, np.True_, "0.1", None, 1j, [0.1], np.ones(2), np.ones(1), np.array(0.1), gd])
def test_what_is_not_a_number_is_refused(value):
    with pytest.raises(TypeError, match=rf"^lr must be a number, not {type(value).__name__} \("):
        gd(lr=value)
    with pytest.raises(TypeError, match=r"^k must be a number"):
        exponential(k=value)


@pytest.mark.parametrize("value", [np.float64(0.25), np.float32(0.25), np.int64(2), 0.25, 2, 0])
def test_numbers_become_python_s_own(value):
    kept = gd(lr=value).params["lr"]
    assert kept == value
    assert type(kept) in (int, float)


def test_a_schedule_is_no_value_for_a_schedule_or_an_average():
    for formula, name in ((exponential, "k"), (ewma, "beta")):
        with pytest.raises(TypeError, match=f"{name} must be a number, not Schedule"):
            formula(**{name: step})


# Names.


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: adam(beta=0.5), "adam has no parameter 'beta'; did you mean 'beta1' or 'beta2'?"),
        (lambda: adam(beta3=exponential), "adam has no parameter 'beta3'; did you mean 'beta1' or 'beta2'?"),
        (lambda: gd(warp=0.5), "gd has no parameter 'warp'; it has lr"),
        (lambda: Optimizer.registry["adm"], "unknown optimizer 'adm'; did you mean 'adam'?"),
        (lambda: Schedule.registry["exponentail"], "unknown schedule 'exponentail'; did you mean 'exponential'?"),
        (lambda: Average.registry["zzz"], "unknown average 'zzz'; there are ewma, ewma_uncorrected"),
        (lambda: Optimizer.registry[""], "unknown optimizer ''; there are gd, sgd"),
        (lambda: Registry(Formula)["x"], "unknown formula 'x'; there are none"),
    ],
)
def test_an_unknown_name_is_answered_by_the_nearest(use, message):
    with pytest.raises(LookupError) as error:
        use()
    assert str(error.value).startswith(message)


def test_nearest_lists_all_where_nothing_is_near():
    assert nearest("xyz", {"adam": 1, "sgd": 2}, "there are") == "there are adam, sgd"
    assert nearest("beta", ["beta1", "beta2", "beta3"], "there are").count(" or ") == 1


@pytest.mark.parametrize("name", ["adam_uncorrected", "adam-uncorrected", "Adam-Uncorrected", "ADAM_UNCORRECTED"])
def test_hyphen_and_underscore_and_capitals_are_the_same(name):
    assert Optimizer.registry[name] is optiviz.adam_uncorrected


def test_a_decorator_enters_the_formula_under_its_name():
    def my_own_(theta, g, t, *, lr=0.1):
        return theta - lr * g

    try:
        made = optimizer(my_own_)
        assert Optimizer.registry["my-own"] is made
    finally:
        Optimizer.registry.formulas.pop("my_own", None)


def test_a_registry_is_a_collection_of_names():
    assert "adam" in list(Optimizer.registry)
    assert len(Optimizer.registry) == len(Optimizer.registry.values()) == len(list(Optimizer.registry))
    assert all(Optimizer.registry[rule.name] is rule for rule in Optimizer.registry.values())
    assert Schedule.registry is not Optimizer.registry


@pytest.mark.parametrize(
    "asked",
    [
        "Optimizer.registry['torch.adagrad'].name == 'torch.adagrad'",
        "named('keras.adam+clip_norm').name == 'keras.adam+clip_norm'",
        "'optax.nadam' in Optimizer.registry",
        "len(Optimizer.registry) == len(Optimizer.registry.values()) > 80",
    ],
)
def test_what_other_libraries_spell_is_loaded_when_it_is_asked_for(asked):
    code = f"""
        import sys
        from optiviz import Optimizer, adam
        from optiviz.optimizers import named
        assert Optimizer.registry["adam"] is adam and not {{"optiviz.dialects"}} & {{*sys.modules}}
        assert {asked}
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_an_unknown_name_with_a_dot_is_near_those_of_its_library():
    with pytest.raises(LookupError, match=r"unknown optimizer 'torch.adm'; did you mean 'torch.adam'"):
        Optimizer.registry["torch.adm"]


# What every registered formula says about itself.


@every_formula
def test_it_says_what_it_is_for_and_where_it_comes_from(formula):
    assert formula.summary.endswith((".", "!", "?"))
    assert "\n" not in formula.summary
    assert len(formula.summary) > 20
    assert formula.source
    assert "\n" not in formula.source
    assert repr(formula).startswith(formula.name)


@every_formula
def test_its_examples_are_true(formula):
    module = sys.modules[formula.function.__module__]
    test = doctest.DocTestParser().get_doctest(formula.__doc__, vars(module).copy(), formula.name, None, 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.failed == 0, "".join(report)
    spelling = "." in formula.name  # a dialect's own formula shows what it changes, our own shows it at work
    assert result.attempted or formula.kind == "surface" or spelling


@every_formula
def test_its_defaults_are_in_their_domains(formula):
    for name, value in formula.params.items():
        assert value in hyperparameter(name).domain
        assert formula(**{name: value}).params == formula.params


def test_every_hyperparameter_is_explained():
    """Those of surfaces are coefficients; what they are is seen in the equation."""
    unknown = {
        f"{f.name}: {name}" for f in [*REGISTERED, *FORMULAS] for name in f.params if name not in HYPERPARAMETERS
    }
    assert not unknown


@pytest.mark.parametrize("kind", [Optimizer, Schedule], ids=lambda kind: kind.kind)
def test_lr_comes_first(kind):
    for formula in [*kind.registry.values(), *(rule for rule in WRAPPED if isinstance(rule, kind))]:
        assert next(iter(formula.params)) == "lr", formula.name


@every_formula
def test_its_name_is_one_everywhere(formula):
    assert formula.name.rpartition(".")[2] == formula.function.__name__.rstrip("_")
    assert formula.name == formula.name.lower()
    assert public_home(formula) is formula
    assert type(formula).registry[formula.name.replace("_", "-").upper()] is formula


PLAIN = (ast.Name, ast.Load, ast.Store, ast.Constant, ast.BinOp, ast.operator, ast.UnaryOp, ast.USub, ast.UAdd)
PLAIN += (ast.Call, ast.Attribute, ast.Compare, ast.cmpop, ast.Tuple)


@every_formula
def test_it_is_straight_line(formula):
    """Assignments and one return, made of names, numbers, operators and calls; nothing else."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(formula.function))).body
    docstring, *assignments, result = definition.body
    assert isinstance(docstring.value, ast.Constant)
    assert isinstance(result, ast.Return)
    for line in assignments:
        assert isinstance(line, ast.Assign), ast.unparse(line)
        assert all(isinstance(target, ast.Name) for target in line.targets), ast.unparse(line)
    for node in [child for line in (*assignments, result) for child in ast.walk(line.value)]:
        assert isinstance(node, PLAIN), ast.unparse(node)
        if isinstance(node, ast.Call):
            assert not node.keywords, ast.unparse(node)


@every_formula
def test_it_can_be_traced(formula):
    can_be_traced(formula)


@pytest.mark.parametrize("formula", WRAPPED, ids=lambda rule: rule.name)
def test_what_is_wrapped_is_a_formula_like_any_other(formula):
    can_be_traced(formula)
    assert formula.source and "\n" not in formula.source + formula.summary
    assert repr(formula) == formula.name  # with the defaults of both


def can_be_traced(formula):
    assert formula.equations() == formula.trace.lines
    assert len(formula.unicode()) == len(formula.latex()) == len(formula.trace.lines)
    assert formula.trace is formula.trace
    assert formula().trace is formula.trace


# Signatures.

GOOD = "theta, g, t, m=0.0, *, lr=0.1"
BAD_SIGNATURES = {
    "theta, g, *, lr=0.1": "takes (theta, g)",
    "g, theta, t, *, lr=0.1": "takes (g, theta, t)",
    "theta, g, t, m, *, lr=0.1": "takes (theta, g, t, m)",
    "theta, g, t, *args, lr=0.1": "takes *args",
    "theta, g, t, *, lr=0.1, **options": "takes **options",
    "theta, g, t, m=None, *, lr=0.1": "begins 'm' with None, expected a number or an earlier argument",
    "theta, g, t, m=True, *, lr=0.1": "begins 'm' with True",
    "theta, g, t, m='thta', *, lr=0.1": "begins 'm' with 'thta'",
    "theta, g, t, m='m', *, lr=0.1": "begins 'm' with 'm'",
    "theta, g, t, m='v', v=0.0, *, lr=0.1": "begins 'm' with 'v'",
    "theta, g, t, m=[0.0], *, lr=0.1": "begins 'm' with [0.0]",
    "theta, g, t, *, lr": "has no number as default for 'lr'",
    "theta, g, t, *, lr='0.1'": "has no number as default for 'lr'",
    "theta, g, t, *, lr=True": "has no number as default for 'lr'",
}


@pytest.mark.parametrize("signature", BAD_SIGNATURES)
def test_a_wrong_signature_is_answered_by_a_right_one(tmp_path, signature):
    path = write(tmp_path, f"from optiviz import optimizer\n\n@optimizer\ndef mine({signature}): return theta\n")
    with pytest.raises(FormulaError) as error:
        Optimizer.registry[f"{path}:mine"]
    assert str(error.value).startswith(f"{path}, line 3: mine {BAD_SIGNATURES[signature]}")
    assert str(error.value).endswith(f"; an optimizer is written  {Optimizer.example}")


@pytest.mark.parametrize(
    ("default", "message"),
    [
        ("lr=-1.0", "lr must be in [0, ∞), not -1"),
        ("lr=0.1, beta1=1.0", "beta1 must be in [0, 1), not 1"),
        ("lr=0.1, warp=float('inf')", "warp must be in (−∞, ∞), not inf"),
    ],
)
def test_a_default_outside_its_domain_is_refused(tmp_path, default, message):
    path = write(
        tmp_path, f"from optiviz import optimizer\n\n@optimizer\ndef mine(theta, g, t, *, {default}): return g\n"
    )
    with pytest.raises(FormulaError) as error:
        Optimizer.registry[f"{path}:mine"]
    assert str(error.value) == f"{path}, line 3: mine: {message}"


@pytest.mark.parametrize("first", ["g", "t"])
def test_a_slot_cannot_begin_as_what_is_not_known_yet(tmp_path, first):
    path = write(
        tmp_path, f"from optiviz import optimizer\n\n@optimizer\ndef mine(theta, g, t, m='{first}'): return theta, m\n"
    )
    with pytest.raises(FormulaError, match=f"line 3: slot 'm' cannot begin as {first}, unknown before the run"):
        Optimizer.registry[f"{path}:mine"]


def test_a_wrapped_function_has_its_wrapper_s_signature():
    @functools.wraps(gd.function)
    def counted(*args, **params):
        return gd.function(*args, **params)

    with pytest.raises(FormulaError, match=r"gd takes \*args; an optimizer is written"):
        Optimizer(counted)


def test_a_schedule_has_no_slots(tmp_path):
    path = write(tmp_path, "from optiviz import schedule\n\n@schedule\ndef mine(t, lr=0.1): return lr\n")
    with pytest.raises(
        FormulaError, match=r"mine gives 'lr' a default before the \*; a schedule is written  def halving"
    ):
        Schedule.registry[f"{path}:mine"]


@pytest.mark.parametrize("thing", [gd, np.sin, Optimizer, "adam", lambda theta, g, t: theta])
def test_only_a_function_with_a_name_can_be_a_formula(thing):
    with pytest.raises(TypeError, match="a function written with def"):
        Optimizer(thing)


@pytest.mark.parametrize("kind", [Optimizer, Wrapper, Schedule, Reaction, Average], ids=lambda kind: kind.kind)
def test_the_example_in_the_messages_is_a_formula(kind):
    names = {"sign": optiviz.sign}
    exec(kind.example.replace("...", "u = sign(m + g)" if kind is Optimizer else "lr = lr * factor"), names)
    (function,) = [value for name, value in names.items() if inspect.isfunction(value) and name != "sign"]
    assert kind(function).unicode()


# Files.


def write(folder: Path, text: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


TIGER = '''
from optiviz import adam, optimizer, sign

@optimizer
def tiger(theta, g, t, m=0.0, *, lr=0.001, beta1=0.9, beta2=0.99):
    """Chen et al. 2023, arXiv:2302.06675."""
    u = sign(beta1 * m + (1 - beta1) * g)
    m = beta2 * m + (1 - beta2) * g
    return theta - lr * u, m
'''


def test_a_rule_from_a_file_is_a_rule(tmp_path):
    tiger = Optimizer.registry[f"{write(tmp_path, TIGER)}:tiger"]
    assert tiger(1.0, 2.0, 1, lr=0.5) == (0.5, (1 - 0.99) * 2.0)
    assert tiger.unicode()[0] == "uₜ = sign(β₁ mₜ₋₁ + (1 − β₁) gₜ)"
    assert tiger(lr=0.5).params["lr"] == 0.5
    assert "tiger" not in list(Optimizer.registry)


def test_a_path_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, TIGER)
    assert Optimizer.registry["mine.py:tiger"].where == "mine.py, line 4"
    with pytest.raises(LookupError) as error:
        Optimizer.registry["mine.py"]
    assert str(error.value) == "mine.py defines tiger; write mine.py:tiger"
    write(tmp_path, "x = 1\ny = x / 0\n", "broken.py")
    with pytest.raises(FormulaError) as error:
        Optimizer.registry["broken.py:tiger"]
    assert str(error.value) == "broken.py, line 2: ZeroDivisionError: division by zero"


def test_hyphens_in_a_file_s_names(tmp_path):
    path = write(tmp_path, TIGER.replace("def tiger", "def my_tiger"))
    assert Optimizer.registry[f"{path}:my-tiger"].name == "my_tiger"


def test_a_file_may_import_its_neighbours_and_the_path_is_restored(tmp_path):
    write(tmp_path, "rate = 0.25\n", "my_rates.py")
    path = write(tmp_path, "from my_rates import rate\n" + TIGER.replace("lr=0.001", "lr=rate"))
    before = list(sys.path)
    assert Optimizer.registry[f"{path}:tiger"].params["lr"] == 0.25
    assert sys.path == before
    del sys.modules["my_rates"]


def test_a_file_that_is_saved_twice_in_a_second_is_read_twice_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for rate in [0.5, 0.25]:  # texts of the same length
        path = write(tmp_path, TIGER.replace("lr=0.001", f"lr={rate:.3f}"))
        os.utime(path, (1e9, 1e9))
        assert Optimizer.registry[f"{path}:tiger"].params["lr"] == rate
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_cannot_replace_a_rule_of_the_library(tmp_path):
    path = write(tmp_path, TIGER.replace("def tiger", "def adam"))
    mine = Optimizer.registry[f"{path}:adam"]
    assert list(mine.slots) == ["m"]
    assert Optimizer.registry["adam"] is adam is not mine
    with pytest.raises(FormulaError):
        Optimizer.registry[f"{write(tmp_path, TIGER.replace('def tiger', 'def adam') + 'oops', 'other.py')}:adam"]
    assert Optimizer.registry["adam"] is adam


def test_a_file_that_is_the_first_to_import_a_room_leaves_its_names_in_the_registry(tmp_path):
    path = write(tmp_path, "from optiviz.averages import ewma\nfrom optiviz.schedules import step\n" + TIGER)
    code = f"""
        from optiviz.optimizers import Optimizer
        Optimizer.registry[{str(path)!r} + ":tiger"]
        from optiviz.schedules import Schedule
        from optiviz.averages import Average
        print(*Schedule.registry, *Average.registry, "tiger" in list(Optimizer.registry))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*Schedule.registry, *Average.registry, "False"]


@pytest.mark.parametrize(
    ("asked", "text", "kind", "message"),
    [
        ("none.py:tiger", "", FileNotFoundError, "none.py: no such file"),
        (":tiger", TIGER, LookupError, "unknown optimizer ':tiger'"),
        ("mine.py", TIGER, LookupError, "mine.py defines tiger; write {}/mine.py:tiger"),
        ("mine.py:", TIGER, LookupError, "mine.py defines tiger; write {}/mine.py:tiger"),
        ("mine.py", "x = 1", LookupError, "mine.py defines no optimizer; write {}/mine.py:NAME"),
        ("mine.py", "from optiviz import adam", LookupError, "mine.py defines adam; write {}/mine.py:adam"),
        ("mine.py", TIGER + "_half = tiger(lr=0.5)", LookupError, "mine.py defines tiger; write {}/mine.py:tiger"),
        ("mine.py:tigre", TIGER, LookupError, "mine.py defines no optimizer 'tigre'; did you mean 'tiger'?"),
        ("mine.py:zzz", TIGER, LookupError, "mine.py defines no optimizer 'zzz'; it defines tiger"),
        ("mine.py:f", "def f(x): return x", LookupError, "mine.py: 'f' is a plain function; put @optimizer above it"),
        ("mine.py:x", "x = 1", LookupError, "mine.py defines no optimizer 'x'; it defines none"),
        (
            "mine.py:step",
            "from optiviz import step",
            LookupError,
            "mine.py: 'step' is a schedule, expected an optimizer",
        ),
        ("mine.py:f", "x = 1\ndef f(:\n", FormulaError, "mine.py, line 2: invalid syntax"),
        ("mine.py:f", "x = 1\n\0", FormulaError, "mine.py, line 1: "),
        ("mine.py:f", "x = 1\n  y = 2\n", FormulaError, "mine.py, line 2: unexpected indent"),
        (
            "mine.py:f",
            "x = 1\nimport nonsense_\n",
            FormulaError,
            "mine.py, line 2: ModuleNotFoundError: No module named",
        ),
        ("mine.py:f", "def g():\n    raise KeyError(3)\ng()\n", FormulaError, "mine.py, line 2: KeyError: 3"),
        ("mine.py:f", "x = 1\nraise SystemExit(1)\n", FormulaError, "mine.py, line 2: SystemExit: 1"),
        ("mine.py:f", "import sys\nsys.exit('no')\n", FormulaError, "mine.py, line 2: SystemExit: no"),
    ],
)
def test_a_file_that_does_not_do_is_answered(tmp_path, asked, text, kind, message):
    write(tmp_path, text)
    name = asked if asked.startswith(":") else f"{tmp_path}/{asked}"
    before = list(sys.path)
    with pytest.raises(kind) as error:
        Optimizer.registry[name]
    where = "" if asked.startswith(":") else f"{tmp_path}/"
    assert str(error.value).startswith(where + message.format(tmp_path))
    assert "\n" not in str(error.value)
    assert sys.path == before


def test_an_error_in_a_neighbour_is_named_where_the_file_imports_it(tmp_path):
    write(tmp_path, "x = 1 / 0\n", "my_broken.py")
    path = write(tmp_path, "\nimport my_broken\n")
    with pytest.raises(FormulaError, match=r"mine\.py, line 2: ZeroDivisionError"):
        Optimizer.registry[f"{path}:tiger"]
    assert "my_broken" not in sys.modules


def test_ctrl_c_in_a_file_is_not_an_error_of_the_file(tmp_path):
    path = write(tmp_path, "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        Optimizer.registry[f"{path}:tiger"]


def test_where_is_the_file_and_the_line():
    module = importlib.import_module("optiviz.optimizers.course")
    path, line = momentum.where.split(", line ")
    assert Path(path).resolve() == Path(module.__file__)
    assert (
        inspect.getsource(momentum.function).splitlines()[0]
        == (Path(module.__file__).read_text(encoding="utf-8").splitlines()[int(line) - 1])
    )
