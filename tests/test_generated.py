"""The generated losses: they are what the derivations say, to the byte and, by symbols, to the formula."""

from __future__ import annotations

import copy
import dataclasses
import re
import types
from typing import Any

import numpy as np
import pytest
import sympy
from derived import told, truth
from symbolic_array import array, symbols

from optiviz import losses
from optiviz._generated import losses as generated
from optiviz.derive import generate, names
from optiviz.derive.functions import FUNCTIONS, exp, factorial, total
from optiviz.derive.generate import PLACE
from optiviz.derive.letters import k, m, mu, scores
from optiviz.derive.numpy_code import ARRAYS, lines
from optiviz.derive.program import program, with_one_index
from optiviz.derive.verdict import Refused
from optiviz.losses import Loss
from optiviz.losses import loss as loss_module

LOSSES = Loss.registry.values()
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)


@pytest.fixture(autouse=True)
def _unproved(monkeypatch):
    """Which code a derivation makes is the question here; that it is proved, tests/test_derive.py's."""
    monkeypatch.setattr(generate, "derive", told)


def test_every_derived_loss_is_a_loss():
    assert {name for name in names() if told(name).loss} == set(Loss.registry)


def test_the_committed_code_is_what_the_derivations_make(tmp_path):
    assert generate.write(tmp_path / "losses.py").read_bytes() == PLACE.read_bytes()


def test_it_needs_nothing_but_numpy():
    imports = re.findall(r"^(?:import|from) (\w+)", PLACE.read_text(encoding="utf-8"), re.MULTILINE)
    assert imports == ["functools", "operator", "numpy"]


# The code that runs, on symbols.
def batch(loss: Loss) -> tuple[Any, Any, dict[str, Any]]:
    """Symbols for two examples of up to three scores, and for the parameters."""
    params = {name: sympy.Symbol(name, positive=True) for name in loss.params}
    shape = {"": (2,), "classes": (2, 3)}.get(loss.axis, (2, 2))
    targets: Any = symbols("y", shape if loss.targets.per_class else (2,), positive=True)
    return symbols("z", shape), np.array([2, 0]) if loss.targets.whole else targets, params


def computed(loss: Loss, z: Any, y: Any, params: dict[str, Any]) -> list[Any]:
    """The mean and all elements of its gradient."""
    configured = copy.copy(loss)
    configured.params = {name: array(value) for name, value in params.items()}
    value, gradient = configured.mean(z, y)
    return [value, *gradient.ravel()]


def expected(loss: Loss, z: Any, y: Any, params: dict[str, Any]) -> list[Any]:
    form = told(loss.name).loss
    values, slopes = zip(*(truth(form, a, b, params, symbols=True) for a, b in zip(z, y, strict=True)), strict=True)
    return [sum(values) / len(z), *(slope / len(z) for slope in np.ravel(np.array(slopes, dtype=object)))]


def assert_equal(found: Any, wanted: Any) -> None:
    """First by numbers, which is quick where they differ; then by algebra."""
    difference = sympy.nsimplify(found, rational=True) - wanted
    for shift, small in ((0, 1), (3, 1), (0, 99)):
        point = {
            s: sympy.Rational(7 * n + shift + 1, 5 + 2 * n)
            * (-1 if s.name == f"z_{shift % 2}" else sympy.Rational(1, small) if s.name[0] == "y" else 1)
            for n, s in enumerate(sorted(difference.free_symbols, key=str))
        }
        assert abs(difference.xreplace(point).evalf(30)) < 1e-20, f"{found} is not {wanted}"
    long = sympy.expand(difference)
    short = sympy.Add(*map(sympy.factor_terms, sympy.Add.make_args(long)))
    assert 0 in (difference, long, short) or sympy.simplify(difference) == 0, f"{found} is not {wanted}"


def assert_all_equal(found: list[Any], wanted: list[Any]) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert_equal(one, other)


@every_loss
@pytest.mark.parametrize("blocks", [1, 2])
def test_the_code_is_the_end_of_the_derivation(loss, blocks, monkeypatch):
    z, y, params = batch(loss)
    monkeypatch.setattr(loss_module, "BLOCK", z.size // blocks)
    assert_all_equal(computed(loss, z, y, params), expected(loss, z, y, params))


@every_loss
def test_what_each_example_loses_is_the_end_of_the_derivation(loss):
    z, y, params = batch(loss)
    params_there = {name: array(value) for name, value in params.items()}
    columns = (z.T if loss.axis else z), (y.T if loss.targets.per_class else y)
    found = loss.function(*columns, **params_there)
    form = told(loss.name).loss
    for n in range(2):
        assert_equal(found[n], truth(form, z[n], y[n], params, symbols=True)[0])


def test_zero_targets_of_kl_count_as_zero():
    z = symbols("z", (1, 3))
    y = array([[0, 1, 0]])
    assert_all_equal(computed(losses.kl, z, y, {}), expected(losses.kl, z, y, {}))


SIGNS = (1, -1, 0)
"""A score is positive, negative or 0, and what has corners is plain algebra in each case."""


def assert_link(code: Any, name: str) -> None:
    """A function that makes probabilities of scores is what the derivations call by its name."""
    if name == "softmax":
        z = symbols("z", (2, 3))
        for row, probabilities in zip(z, code.softmax(z), strict=True):
            for score, probability in zip(row, probabilities, strict=True):
                shifted_by_any = sympy.sympify(probability).xreplace({sympy.Max(*row): sympy.Symbol("M", real=True)})
                assert_equal(shifted_by_any, sympy.exp(score) / sum(map(sympy.exp, row)))
        return
    y = symbols("y", (1,))
    for sign in SIGNS:
        z = array([sign * sympy.Symbol("z", positive=True)])
        if name == "sigmoid_mse_each":
            assert_equal(code.sigmoid_mse_each(z, y)[0], (FUNCTIONS["sigmoid"].symbolic(z[0]) - y[0]) ** 2)
        else:
            assert_equal(getattr(code, name)(z)[0], FUNCTIONS[name].symbolic(z[0]))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "softmax", "sigmoid_mse_each"])
def test_the_code_of_what_links_scores_is_the_function_of_the_derivations(name):
    assert_link(generated, name)


def test_the_helpers_are_the_functions_of_the_derivations():
    x, y = (array([sympy.Symbol(name, positive=True), 0]) for name in "xy")
    u = symbols("u", (2,))
    for n in range(2):
        assert_equal(generated.xexp(x, u)[n], FUNCTIONS["xexp"].symbolic(x[n], u[n]))
        assert_equal(generated.divergence(y, u)[n], FUNCTIONS["divergence"].symbolic(y[n], u[n]))
    assert_equal(generated.total(u), u[0] + u[1])


LINKS = [
    ("sigmoid", "np.minimum(z, 0)", "np.maximum(z, 0)"),
    ("softplus", "np.maximum(z, 0)", "z"),
    ("softmax", "z - highest", "z - 2 * z"),
    ("sigmoid_mse_each", ") ** 2", ") * 2"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), LINKS)
def test_a_mistake_planted_in_a_link_is_refused(name, right, wrong):
    code = spoilt(name, right, wrong)
    with pytest.raises(AssertionError, match="is not"):
        assert_link(code, name)


def spoilt(name: str, right: str, wrong: str) -> Any:
    """The generated module with a mistake in one function."""
    start, code = re.split(rf"(?=^def {name}\()", PLACE.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)
    assert right in code.split("\ndef ")[0]
    made = types.ModuleType("spoilt")
    exec(start + code.replace(right, wrong, 1), vars(made))
    return made


MISTAKES = [
    ("mse", "2 * error", "error"),
    ("bce", "log1p(tail)", "np.log(tail)"),
    ("bce", "- y * z", "+ y * z"),
    ("bce", "np.minimum(z, 0)", "np.maximum(z, 0)"),
    ("bce", "gradient / loss.size", "gradient"),
    ("cce", "z - highest", "z - 2 * highest"),
    ("cce", "probabilities - y", "probabilities"),
    ("cce", "np.sum(exponentials - y, axis=-1", "np.sum(exponentials - y, axis=0"),
    ("sparse_cce", "np.arange(z.shape[-1])", "np.arange(1, 1 + z.shape[-1])"),
    ("sparse_cce", ", axis=-1) - highest", ", axis=-1) + highest"),
    ("cce", "exponentials - y", "exponentials"),
    ("kl", "shifted - log_normalizer", "shifted"),
    ("mae", "np.sign(error)", "np.tanh(error)"),
    ("huber", "clipped / 2", "clipped"),
    ("huber", "np.maximum(-delta", "np.maximum(delta"),
    ("log_cosh", "np.expm1(-2 * distance)", "np.expm1(-distance)"),
    ("log_cosh", "near, far", "far, near"),
    ("poisson_nll", "rate - y\n", "rate\n"),
    ("gaussian_nll", "by_z = xexp(error, -s)", "by_z = error"),
    ("gaussian_nll", "1 - surprise", "surprise - 1"),
    ("hinge", "-y, 0)", "0, -y)"),
    ("focal", "wrong_probability**gamma", "wrong_probability"),
    ("focal", "gamma * (1 - ", "(1 - "),
]


@pytest.mark.parametrize(("name", "right", "wrong"), MISTAKES)
def test_a_planted_mistake_is_refused(name, right, wrong):
    both, own = getattr(spoilt(name, right, wrong), name), Loss.registry[name]
    loss = Loss(own.function, both, own.targets, axis=own.axis)
    z, y, params = batch(loss)
    with pytest.raises(AssertionError, match="is not"):
        assert_all_equal(computed(loss, z, y, params), expected(loss, z, y, params))


# The generator refuses what it could only write badly, or what is not the formula that it comes from.
def lying(name: str, change: Any) -> Any:
    """`told`, but one derivation's steps have another formula than was confirmed."""
    true = told(name)

    def changed(step: Any) -> Any:
        wrong = copy.copy(step)
        object.__setattr__(wrong, "after", change(step.after))
        return wrong

    form = true.loss and dataclasses.replace(true.loss)
    if form:
        object.__setattr__(form, "gradients", tuple(map(changed, form.gradients)))
    false = copy.copy(true)  # to make one anew would refuse it
    object.__setattr__(false, "steps", tuple(map(changed, true.steps)))
    object.__setattr__(false, "loss", form)
    return lambda asked: false if asked == name else told(asked)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("sigmoid_convexity", lambda formula: formula + 1),
        ("cce", lambda formula: 2 * formula.args[0] - formula.args[1] if len(formula.args) == 2 else formula),
    ],
)
def test_a_formula_that_is_not_what_it_comes_from_is_not_written(name, change, monkeypatch):
    monkeypatch.setattr(generate, "derive", lying(name, change))
    with pytest.raises(Refused):
        generate.source()


def test_what_is_computed_twice_needs_a_name():
    z = scores
    with pytest.raises(LookupError, match="is computed twice; say in NAMES"):
        program(total(exp(3 * z[k]) * exp(3 * z[k]), k))


def test_what_numpy_does_not_have_is_not_written():
    with pytest.raises(TypeError, match="cannot be computed"):
        lines(program(factorial(mu)), ARRAYS)


def test_a_table_of_all_pairs_of_classes_is_no_row():
    form = told("cce").loss
    with pytest.raises(ValueError, match="which is no row of numbers"):
        with_one_index(total(exp(scores[k] - scores[m]), k), form)
