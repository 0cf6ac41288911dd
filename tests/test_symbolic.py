"""What SymPy makes of a trace: its derivatives, compared with those that complex numbers give."""

from __future__ import annotations

import cmath
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from catalogue import FORMULAS, every_formula, outputs, reached
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import optiviz
from optiviz.symbolic import compiled, derivatives, expressions
from optiviz.trace import Trace, printers, trace
from optiviz.trace.operations import OPERATIONS

SMOOTH = """
x + y*3; x - 2*y; x*y; x/y; -x; x**2*y**3; x**-2 + y**-1; x**0.5*y**1.5; x**-0.5; (x + y)**0.3; x**y; 2**x; y**(x - y);
sqrt(x)*y; sqrt(1 + x*y); 1/sqrt(x + y**2); exp(-x*y); exp(x)/y; log(x + y); log(x)*log(y); log1p(x)*log1p(x*y);
expm1(x)/y; sin(x*y); cos(x)/sin(y); tanh(x - y); tanh(x)**3; exp(tanh(sin(x) + cos(y))); 0.1*x**2 + 1e-3*y**4;
(x**2 + y - 11)**2 + (x + y**2 - 7)**2; 3*x; y + 0*x; x**12
"""
CORNERED = """
abs(x - y); abs(x - y)**3; x*abs(y - x); sign(x - y)*x; maximum(x, y); minimum(x**2, y); maximum(x*y, 0.5)**2;
minimum(3, x)*y; floor(3*x)*y; x**floor(x); maximum(x, y) - minimum(x, y); pick(x, y, x**2, y**3); pick(x, 0.7, x*y, 2);
sqrt(abs(x - y)); log(maximum(x, y)); exp(-abs(x*y)); log1p(exp(-abs(x))); abs(sin(5*x)); maximum(abs(x), abs(y))
"""


def cases(text: str) -> list[str]:
    return [case.strip() for case in text.replace("\n", " ").split(";") if case.strip()]


NAMES = "abs cos exp expm1 floor log log1p maximum minimum sign sin sqrt tanh"
FORMULA = {name: getattr(optiviz, name) for name in NAMES.split()}
FORMULA["pick"] = lambda a, b, c, d: optiviz.where(a > b, c, d)
COMPLEX: dict[str, Any] = {
    **{name: getattr(cmath, name) for name in "cos exp log sin sqrt tanh".split()},
    "log1p": lambda z: cmath.log(1 + z),
    "expm1": lambda z: cmath.exp(z) - 1,
    "abs": lambda z: z if z.real > 0 else -z,
    "sign": lambda z: complex(np.sign(z.real)),
    "floor": lambda z: complex(math.floor(z.real)),
    "maximum": lambda a, b: a if complex(a).real > complex(b).real else b,
    "minimum": lambda a, b: a if complex(a).real < complex(b).real else b,
    "pick": lambda a, b, c, d: c if complex(a).real > complex(b).real else d,
}
"""The same functions where a step of i 1e-30 carries the derivative."""


def traced(text: str) -> Trace:
    function = eval(f"lambda x, y: {text}", FORMULA)
    function.__name__ = "drawn"
    return trace(function, ("x", "y"), (), ("f",))


def slopes(text: str, x: float, y: float) -> list[float]:
    function = eval(f"lambda x, y: {text}", COMPLEX)
    h = 1e-30j
    return [complex(function(x + h, complex(y))).imag / 1e-30, complex(function(complex(x), y + h)).imag / 1e-30]


POINTS = [(0.5, 0.8), (1.3, 0.4), (0.9, 2.1), (2.6, 1.7)]


@pytest.mark.parametrize("text", cases(SMOOTH + ";" + CORNERED))
def test_the_gradient_is_exact(text):
    gradient = compiled(derivatives(traced(text), ("x", "y")), on_floats=True)
    for point in POINTS:
        np.testing.assert_allclose(gradient(*point), slopes(text, *point), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("text", cases(SMOOTH + ";" + CORNERED))
def test_the_hessian_is_the_slope_of_the_gradient(text):
    gradient, hessian = (compiled(derivatives(traced(text), ("x", "y"), order), on_floats=True) for order in (1, 2))
    h = 1e-6
    for x, y in POINTS:
        along_x = np.subtract(gradient(x + h, y), gradient(x - h, y)) / (2 * h)
        along_y = np.subtract(gradient(x, y + h), gradient(x, y - h)) / (2 * h)
        found = np.array(hessian(x, y), dtype=float)
        np.testing.assert_allclose(found, [*along_x, *along_y], rtol=1e-7, atol=1e-8 * (1 + np.abs(found).max()))


@pytest.mark.parametrize("text", cases(SMOOTH + ";" + CORNERED))
def test_floats_and_arrays_agree(text):
    xs, ys = np.array(POINTS).T
    for order in (1, 2):
        derivative = derivatives(traced(text), ("x", "y"), order)
        together = compiled(derivative, on_floats=False)(xs, ys)
        for k, point in enumerate(POINTS):
            alone = compiled(derivative, on_floats=True)(*point)
            at_point = [np.broadcast_to(entry, xs.shape)[k] for entry in together]
            np.testing.assert_allclose(alone, at_point, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("abs(x) + abs(y - 1)", (0.0, 1.0), [0, 0]),
        ("sqrt(x**2 + y**2)", (0.0, 0.0), [0, 0]),
        ("(x**2 + y**2)**0.25", (0.0, 0.0), [0, 0]),
        ("maximum(x, y)", (1.0, 1.0), [0.5, 0.5]),
        ("minimum(2*x, y)", (1.0, 2.0), [1.0, 0.5]),
        ("maximum(x, 0)*y", (0.0, 3.0), [1.5, 0]),
        ("sqrt(abs(x*y))", (0.0, 1.0), [0, 0]),
    ],
)
def test_a_kink_has_the_slope_between_its_sides(text, point, expected):
    derivative = derivatives(traced(text), ("x", "y"))
    assert list(compiled(derivative, on_floats=True)(*point)) == expected
    found = compiled(derivative, on_floats=False)(*np.array(point)[:, None])
    assert [float(np.squeeze(entry)) for entry in found] == expected


def test_decimal_numbers_are_exact_and_functions_are_sympy_s():
    import sympy

    x, y = sympy.symbols("x y", real=True)
    assert expressions(traced("0.1*x + sin(y)**2")) == [x / 10 + sympy.sin(y) ** 2]
    assert expressions(traced(f"{math.pi}*x - {math.e}*y")) == [sympy.pi * x - sympy.E * y]
    assert expressions(traced("-x/y + sqrt(x)*exp(log(y))")) == [sympy.sqrt(x) * sympy.exp(sympy.log(y)) - x / y]


def test_hyperparameters_stay_inputs():
    def scaled(x, *, a=2.0):
        return optiviz.exp(a * x)

    derivative = derivatives(trace(scaled, ("x",), ("a",), ("f",)), ("x",))
    assert list(derivative.inputs) == ["x", "a"]
    assert compiled(derivative, on_floats=True)(0.5, 3.0)[0] == pytest.approx(3 * math.exp(1.5))


WITHOUT_SYMPY = [formula for formula in FORMULAS if not formula.trace.elementwise]
"""SymPy's symbols are numbers; a norm is one of all coordinates, and a matrix is none."""


@every_formula
def test_sympy_s_expressions_are_the_call(formula):
    """What the proof proves something about is what runs, for every formula of the catalogue."""
    import sympy

    if formula in WITHOUT_SYMPY:
        return
    symbols = [sympy.Symbol(name, real=True) for name in formula.trace.inputs]
    points = {name: row.point for name, row in OPERATIONS.items()}
    function = sympy.lambdify(symbols, expressions(formula.trace), modules=[points, "math"])
    for seed in range(4):
        values = reached(formula, seed)
        np.testing.assert_allclose(
            function(*values.values()), outputs(formula, values), rtol=1e-9, err_msg=formula.name
        )


# Whatever formula there may ever be.

leaves = st.sampled_from(["x", "y", "0.5", "3", "-0.25", "2"])
templates = cases("""
(A + B); (A - B); (A * B); (A / (1 + B**2)); (-A); A**2; A**3; (1 + A**2)**-1; (1 + A**2)**0.5; (1 + A**2)**-0.3;
(1 + A**2)**tanh(B); sqrt(1 + A**2); sin(A); cos(A); tanh(A); exp(tanh(A)); log(1 + A**2); abs(A); maximum(A, B);
minimum(A, B); sign(A)*B; floor(tanh(A)*3)*B; pick(x, 0.8, A, B); pick(y, x, A, B); sqrt(1 + abs(A))
""")


def filled(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda template, a, b: template.replace("A", "\0").replace("B", f"({b})").replace("\0", f"({a})"),
        st.sampled_from(templates),
        inner,
        inner,
    )


formulas = st.recursive(leaves, filled, max_leaves=6).filter(lambda text: "x" in text or "y" in text)


@examples(150)
@given(formulas)
def test_the_gradient_of_any_formula_is_exact(text):
    """Where it is not at a kink, up to what cancels."""
    tree = derivatives(traced(text), ("x", "y"))
    gradient = compiled(tree, on_floats=True)
    for point in ((0.7310, 1.2341), (-0.4127, 0.6173), (1.9113, -2.3171)):
        expected = slopes(text, *point)
        size = 1 + max(map(abs, expected))
        np.testing.assert_allclose(gradient(*point), expected, rtol=0, atol=1e-9 * size)
        arrays = compiled(tree, on_floats=False)(*np.array(point)[:, None])
        np.testing.assert_allclose([float(np.squeeze(a)) for a in arrays], gradient(*point), rtol=0, atol=1e-11 * size)


SOURCES = """
from optiviz.surfaces import Surface
from optiviz.symbolic import derivatives
from optiviz.trace import printers
for name in "beale levy ackley".split():
    surface = Surface.registry[name]
    for order in (1, 2):
        tree = derivatives(surface.trace, surface._variables, order)
        print(printers.python(tree, tuple(tree.inputs)))
"""


def test_the_code_does_not_depend_on_the_hash_seed():
    """SymPy orders much by hash; the same formula must give the same bytes."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SOURCES], stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("0", "2024")
    ]
    first, other = [run.communicate()[0] for run in runs]
    assert first.count(b"def ") == 6
    assert other == first


def test_the_code_is_that_of_this_process_too():
    tree = derivatives(optiviz.rosenbrock.trace, ("x", "y"))
    source = printers.python(tree, tuple(tree.inputs))
    assert source == printers.python(derivatives(optiviz.rosenbrock.trace, ("x", "y")), tuple(tree.inputs))
    assert source.startswith("def rosenbrock_derivative(x, y, a, b):")
