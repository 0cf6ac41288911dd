"""The generated losses: they are what the derivations say, to the byte and, by symbols, to the formula."""

from __future__ import annotations

import copy
import re
import types
from typing import Any

import numpy as np
import pytest
import sympy
from derived import truth
from symbolic_array import array, symbols

from optiviz import losses
from optiviz.derive import derive, names
from optiviz.derive.functions import exp, factorial, total
from optiviz.derive.generate import PLACE, write
from optiviz.derive.letters import k, m, mu, scores
from optiviz.derive.numpy_code import ARRAYS, lines
from optiviz.derive.program import program, with_one_index
from optiviz.losses import Loss
from optiviz.losses import loss as loss_module

LOSSES = Loss.registry.values()
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)


def test_every_derived_loss_is_a_loss():
    assert {name for name in names() if derive(name).loss} == set(Loss.registry)


def test_the_committed_code_is_what_the_derivations_make(tmp_path):
    assert write(tmp_path / "losses.py").read_bytes() == PLACE.read_bytes()


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
    form = derive(loss.name).loss
    values, slopes = zip(*(truth(form, a, b, params, symbols=True) for a, b in zip(z, y, strict=True)), strict=True)
    return [sum(values) / len(z), *(slope / len(z) for slope in np.ravel(np.array(slopes, dtype=object)))]


def assert_equal(found: Any, wanted: Any) -> None:
    """First by numbers, which is quick where they differ; then by algebra."""
    difference = sympy.sympify(found) - wanted
    for shift in (0, 3):
        point = {
            s: sympy.Rational(7 * n + shift + 1, 5 + 2 * n) * (-1 if s.name == f"z_{shift % 2}" else 1)
            for n, s in enumerate(sorted(difference.free_symbols, key=str))
        }
        assert abs(difference.xreplace(point).evalf(30)) < 1e-20, f"{found} is not {wanted}"
    assert 0 in (difference, sympy.expand(difference)) or sympy.simplify(difference) == 0, f"{found} is not {wanted}"


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
    form = derive(loss.name).loss
    for n in range(2):
        assert_equal(found[n], truth(form, z[n], y[n], params, symbols=True)[0])


def test_zero_targets_of_kl_count_as_zero():
    z = symbols("z", (1, 3))
    y = array([[0, 1, 0]])
    assert_all_equal(computed(losses.kl, z, y, {}), expected(losses.kl, z, y, {}))


MISTAKES = [
    ("mse", "2 * error", "error"),
    ("bce", "np.log1p(tail)", "np.log(tail)"),
    ("bce", "- y * z", "+ y * z"),
    ("bce", "np.minimum(z, 0)", "np.maximum(z, 0)"),
    ("bce", "gradient / loss.size", "gradient"),
    ("cce", "z - highest", "z - 2 * highest"),
    ("cce", "probabilities - y", "probabilities"),
    ("cce", "np.sum(exponentials, axis=-1", "np.sum(exponentials, axis=0"),
    ("sparse_cce", "np.arange(z.shape[-1])", "np.arange(1, 1 + z.shape[-1])"),
    ("sparse_cce", ", axis=-1) - highest", ", axis=-1) + highest"),
    ("kl", "minus_entropy + ", ""),
    ("mae", "np.sign(error)", "np.tanh(error)"),
    ("huber", "clipped / 2", "clipped"),
    ("huber", "np.maximum(-delta", "np.maximum(delta"),
    ("log_cosh", "np.expm1(-2 * distance)", "np.expm1(-distance)"),
    ("poisson_nll", "rate - y\n", "rate\n"),
    ("gaussian_nll", "by_z = error * precision", "by_z = error"),
    ("gaussian_nll", "1 - surprise", "surprise - 1"),
    ("hinge", "-y, 0)", "0, -y)"),
    ("focal", "wrong_probability**gamma", "wrong_probability"),
    ("focal", "gamma * (1 - ", "(1 - "),
]


@pytest.mark.parametrize(("name", "right", "wrong"), MISTAKES)
def test_a_planted_mistake_is_refused(name, right, wrong):
    start, code = re.split(rf"(?=^def {name}\()", PLACE.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)
    assert right in code.split("\ndef ")[0]
    spoilt = types.ModuleType("spoilt")
    exec(start + code.replace(right, wrong, 1), vars(spoilt))
    loss = Loss(
        Loss.registry[name].function, getattr(spoilt, name), Loss.registry[name].targets, axis=Loss.registry[name].axis
    )
    z, y, params = batch(loss)
    with pytest.raises(AssertionError, match="is not"):
        assert_all_equal(computed(loss, z, y, params), expected(loss, z, y, params))


# The generator refuses what it could only write badly.
def test_what_is_computed_twice_needs_a_name():
    z = scores
    with pytest.raises(LookupError, match="is computed twice; say in NAMES"):
        program(total(exp(3 * z[k]) * exp(3 * z[k]), k))


def test_what_numpy_does_not_have_is_not_written():
    with pytest.raises(TypeError, match="cannot be computed"):
        lines(program(factorial(mu)), ARRAYS)


def test_a_table_of_all_pairs_of_classes_is_no_row():
    form = derive("cce").loss
    with pytest.raises(ValueError, match="which is no row of numbers"):
        with_one_index(total(exp(scores[k] - scores[m]), k), form)
