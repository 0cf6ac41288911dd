"""The trace: what a formula did, line by line, and what it says to a function that is no formula."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optiviz
from optiviz.formula import FormulaError
from optiviz.optimizers import Optimizer, adam, gd
from optiviz.trace import Node, Untraceable
from optiviz.trace.operations import OPERATIONS


def lines(function: Callable[..., Any]) -> list[str]:
    """The lines of a rule as name, primes and what the line is made of."""
    trace = Optimizer(function).trace
    return [f"{line.name}{line.primes * chr(39)} = {line.node!r}" + " (new)" * line.new for line in trace.lines]


def test_lines_have_the_names_and_the_order_of_the_source():
    assert [line.name for line in adam.trace.lines] == ["m", "v", "mhat", "vhat", "theta"]
    assert lines(gd.function) == ["theta = subtract(theta, multiply(lr, g)) (new)"]


def test_a_name_bound_again_is_primed_and_the_last_one_is_the_slot():
    def rule(theta, g, t, m=0.0, *, lr=0.1):
        g = g + 1
        g = g + 2
        m = m + g
        m = m * 3
        return theta - m, m

    assert [line.split(" = ")[0] for line in lines(rule)] == ["g'", "g''", "m'", "m", "theta"]


def test_a_returned_value_is_named_for_the_slot_that_it_becomes():
    def rule(theta, g, t, m=0.0, n=1.0, *, lr=0.1):
        u = m + g
        return theta - u, u, m

    assert lines(rule) == [
        "m = add(m, g) (new)",
        "theta = subtract(theta, add(m, g)) (new)",
        "n = m (new)",
    ]


def test_a_value_returned_twice_has_two_names():
    def rule(theta, g, t, before=0.0, *, lr=0.1):
        theta = theta - g
        return theta, theta

    assert lines(rule) == ["theta = subtract(theta, g) (new)", "before = subtract(theta, g) (new)"]


def test_what_is_read_comes_first_whoever_is_named_first():
    """Two assignments on one line, and a value that gets its name after it was used."""

    def one_line(theta, g, t, m=0.0, v=0.0, *, lr=0.1):
        v = v + g; m = m + v  # fmt: skip  # noqa: E702
        return theta - m, m, v

    def late(theta, g, t, m=0.0, *, lr=0.1):
        both = (m + g, m - g)
        u = both[0] * 2
        m, w = both
        return theta - u - w, m

    assert [line.split(" = ")[0] for line in lines(one_line)] == ["v", "m", "theta"]
    assert [line.split(" = ")[0] for line in lines(late)] == ["m", "w", "u", "theta"]


def test_a_constant_and_a_gradient_may_be_returned():
    def rule(theta, g, t, m=0.0, n="theta", o=0.0, *, lr=0.1):
        return theta - g, g, 0.5, np.sign(3)

    assert lines(rule)[1:] == ["m = g (new)", "n = 0.5 (new)", "o = 1 (new)"]


@pytest.mark.parametrize(
    ("first", "new", "wide"),
    [
        ("0.0", "m * 0.9", False),
        ("0.0", "m * 0.9 + t", False),
        ("0.0", "m + g", True),
        ("0.0", "n", True),
        ("'theta'", "m", True),
        ("'lr'", "m * t", False),
        ("'lr'", "m * theta", True),
    ],
)
def test_a_slot_has_coordinates_exactly_if_what_it_is_made_of_has(first, new, wide):
    names = {}
    exec(f"def rule(theta, g, t, n=0.0, m={first}, *, lr=0.1): return theta, n + g, {new}", names)
    assert Optimizer(names["rule"]).trace.inputs["m"].scalar is not wide


def test_elementwise_is_without_a_norm():
    def clipped(theta, g, t, *, lr=0.1):
        return theta - lr * g / optiviz.norm(g)

    assert adam.trace.elementwise
    assert not Optimizer(clipped).trace.elementwise


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=lambda row: row.name)
def test_every_operation_is_recorded_in_every_spelling(row):
    """As an operator or a function of optiviz, and as NumPy's function."""
    names = ["x", "y", "z"][: row.python.count("{}")]
    nodes = {name: Node(name=name, scalar=False) for name in names}
    spellings = [row.python.format(*names)]
    if row.ufunc or row.name == "where":
        spellings.append(f"np.{row.ufunc.__name__ if row.ufunc else 'where'}({', '.join(names)})")
    for spelling in spellings:
        space = {name: getattr(optiviz, name, None) for name in OPERATIONS} | {"np": np} | nodes
        assert repr(eval(spelling, space)) == f"{row.name}({', '.join(names)})"


def test_numpy_s_other_spellings():
    x = Node(name="x", scalar=False)
    assert repr(np.clip(x, -1, 2)) == "minimum(maximum(x, -1), 2)"
    assert repr(np.square(x)) == "power(x, 2)"
    assert repr(np.float64(0.5) > x) == "greater(0.5, x)"
    assert repr(np.float32(0.5) * x) == "multiply(0.5, x)"
    assert repr(+x) == "x"
    assert repr(2 - x) == "subtract(2, x)"


SAMPLES = [0.25, 3.0, 1.0, 2, 0.0, -0.7, -1, 0]


@pytest.mark.parametrize("row", [row for row in OPERATIONS.values() if row.ufunc], ids=lambda row: row.name)
def test_on_floats_it_is_what_it_is_on_arrays(row):
    """An operator or optiviz's function; where arrays have NaN or infinity, floats raise."""
    function = eval(f"lambda x, y: {row.python.format('x', 'y')}", {n: getattr(optiviz, n, None) for n in OPERATIONS})
    for x in SAMPLES:
        for y in SAMPLES:
            with np.errstate(all="ignore"):
                expected = function(np.array([float(x)]), np.array([float(y)]))[0]
            if np.isfinite(expected):
                assert function(x, y) == pytest.approx(expected, rel=1e-15)
                assert type(function(x, y)) in (float, int, bool)
            else:
                with pytest.raises((ArithmeticError, ValueError, TypeError)):
                    float(function(x, y))  # (-0.7) ** 0.25 is complex, and then no float


@pytest.mark.parametrize("function", [optiviz.maximum, optiviz.minimum])
def test_nan_wins(function):
    for x, y in ((math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)):
        assert math.isnan(function(x, y))
        assert np.isnan(function(np.array([x]), y)).all()
    assert math.isnan(optiviz.sign(math.nan))


def test_where_chooses_for_each_coordinate():
    two = np.array([1.0, 2.0])
    assert optiviz.where(True, 3.0, 4.0) == 3.0
    assert optiviz.where(np.False_, 3.0, 4.0) == 4.0
    for chosen in (optiviz.where(True, two, 0.0), optiviz.where(False, 0.0, two), optiviz.where(two > 0, two, 0.0)):
        np.testing.assert_array_equal(chosen, two)
    np.testing.assert_array_equal(optiviz.where(True, 3.0, two), [3.0, 3.0])
    np.testing.assert_array_equal(optiviz.where(False, two, 3.0), [3.0, 3.0])
    np.testing.assert_array_equal(optiviz.where(two > 1, 3.0, two), [1.0, 3.0])


def test_norm_keeps_the_last_axis():
    assert optiviz.norm(np.array([3.0, -4.0])).tolist() == [5.0]
    assert optiviz.norm(np.ones((2, 3, 4))).shape == (2, 3, 1)


@pytest.mark.parametrize("value", [True, "3", None, [1.0], np.ones(2), 1j, math.inf, math.nan])
def test_only_finite_numbers_are_constants(value):
    with pytest.raises(Untraceable, match="a formula"):
        Node(name="x") + value


# What a student may write, and what they are told. Each rule stands in a file of its own.

MISTAKES = {
    "if g > 0: theta = theta - lr": "branches on what is made of g: a formula is straight-line; use where(",
    "if t == 1: m = g": "branches on what is made of t: a formula is straight-line; use where(",
    "m = max(g, 0)": "branches on what is made of g",
    "m = m if 0 < g < 1 else g": "branches on what is made of g",
    "m = g and m": "branches on g",
    "m = math.sqrt(g)": "needs the number behind g: use sqrt, exp, ... from optiviz or np.sqrt, np.exp, not math.sqrt",
    "m = math.floor(lr * t)": "needs the number behind what is made of lr, t",
    "m = float(g)": "needs the number behind g",
    "m = round(g)": "needs the number behind g",
    "for i in range(t): m = m + g": "needs the number behind t",
    "m *= lr": "changes m in place: write m = m * ... instead of m *= ...",
    "m += g": "changes m in place: write m = m + ... instead of m += ...",
    "m -= g": "changes m in place: write m = m - ...",
    "m /= lr": "changes m in place: write m = m / ...",
    "m **= 2": "changes m in place: write m = m ** ...",
    "m = theta[0]": "takes theta apart: a formula works on all coordinates at once",
    "x, y = theta": "takes theta apart: a formula works on all coordinates at once",
    "m = sum(g)": "takes g apart",
    "m = np.arctan(g)": "np.arctan is not among the traced functions: sqrt, exp, log",
    "m = np.sum(g)": "np.sum is not among the traced functions: sqrt, exp, log",
    "m = np.linalg.norm(g)": "norm (from optiviz) is the length over the last axis",
    "m = np.sqrt(g, out=m)": "np.sqrt with out: write it without",
    "m = np.add.reduce(g)": "np.add with reduce",
    "m = norm(t)": "norm of t, which has no coordinates; use abs",
    "m = g + 'x'": "a formula works on numbers, not on str ('x')",
    "m = g * np.ones(2)": "a formula works on numbers, not on ndarray",
    "m = g * np.inf": "a formula's numbers are finite, not inf",
    "m = 1 / 0": "ZeroDivisionError: division by zero",
    "m = unknown(g)": "NameError: name 'unknown' is not defined",
    "m = g.mean()": "AttributeError: g has no .mean: a formula is made of + - * / ** and sqrt, exp",
    "m = g % 2": "TypeError: unsupported operand",
    "raise KeyError('k')": "KeyError: 'k'",
}
RETURNS = {
    "return theta": "returned 1 value, expected 2: theta and m",
    "return theta, m, g": "returned 3 values, expected 2: theta and m",
    "return theta, 'm'": "returned str for m, expected a value made of its arguments",
    "return None, m": "returned NoneType for theta",
    "return theta, True": "returned bool for m",
    "return theta, [m]": "returned list for m",
    "return [theta, m]": "returned a list, expected 2: theta and m",
    "pass": "returned nothing, expected 2: theta and m",
}


def student(folder: Path, body: str, result: str = "return theta, m") -> Optimizer:
    path = folder / "mine.py"
    path.write_text(
        "import math\nimport numpy as np\nfrom optiviz import norm, optimizer\n\n\n"
        f"@optimizer\ndef mine(theta, g, t, m=0.0, *, lr=0.1):\n    {body}\n    {result}\n"
    )
    return Optimizer.registry[f"{path}:mine"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_its_remedy(tmp_path, mistake):
    rule = student(tmp_path, mistake)
    for use in (lambda: rule.trace, rule.unicode, lambda: rule.init([1.0])):
        with pytest.raises(FormulaError) as error:
            use()
        assert f"{tmp_path / 'mine.py'}, line 8, in mine: " in str(error.value)
        assert MISTAKES[mistake] in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("result", RETURNS)
def test_a_wrong_result_is_named_with_what_was_expected(tmp_path, result):
    with pytest.raises(FormulaError) as error:
        student(tmp_path, "u = g", result).init([1.0])
    assert str(error.value).startswith(f"{tmp_path / 'mine.py'}, line 6, in mine: mine ")
    assert RETURNS[result] in str(error.value)


def test_the_line_named_is_the_student_s_even_if_the_error_is_deeper(tmp_path):
    (tmp_path / "helper.py").write_text("def half(x):\n    return x[0] / 2\n")
    rule = student(tmp_path, "from helper import half; m = half(g)")
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.raises(FormulaError, match=r"mine\.py, line 8, in mine: takes g apart"):
            rule.init([1.0])
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("helper", None)


def test_a_debugger_s_hook_is_restored():
    def hook(frame, event, argument):
        return None

    def broken(theta, g, t, *, lr=0.1):
        return theta - math.sqrt(g)

    before = sys.gettrace()
    try:
        for function in (gd.function, broken):
            sys.settrace(hook)
            rule = Optimizer(function)
            if function is broken:
                with pytest.raises(FormulaError):
                    _ = rule.trace
            else:
                assert rule.trace.lines
            assert sys.gettrace() is hook
    finally:
        sys.settrace(before)
