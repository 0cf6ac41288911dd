"""Theory in numbers: the generated code is what the derivations say, to the byte and, by symbols, to the formula."""

from __future__ import annotations

import types
from itertools import product
from typing import Any

import pytest
import sympy
from derived import said, told
from symbolic_array import array

from optiviz._generated import theory as committed
from optiviz.averages import bias
from optiviz.derive import theory
from optiviz.derive.domains import REAL
from optiviz.derive.rewriting import expanded, leaves
from optiviz.derive.theory import PLACE, RESULTS, Result, arguments, formula, line, write

every_result = pytest.mark.parametrize("name", RESULTS)


@pytest.fixture(autouse=True)
def _unproved(monkeypatch):
    """Which code a derivation makes is the question here; that it is proved, tests/test_derive.py's."""
    monkeypatch.setattr(theory, "derive", told)


def assert_is_derived(name: str, function: Any) -> None:
    """Run it on symbols of either sign; a letter that abbreviates, such as κ, is given as what it stands for."""
    letters, _ = leaves(expanded(formula(name)))
    for sign in (1, -1):
        symbols = {
            letter.name: (sign if letter.domain is REAL else 1) * sympy.Symbol(letter.name, positive=True)
            for letter in letters.values()
        }
        given = {python: array(said(letter, symbols)) for python, letter in arguments(name).items()}
        found = sympy.nsimplify(sympy.sympify(array(function(**given)).item()), rational=True)
        assert sympy.simplify(found - said(formula(name), symbols)) == 0, f"{found} is not {formula(name)}"


def test_the_committed_code_is_what_the_derivations_make(tmp_path):
    assert write(tmp_path / "theory.py").read_bytes() == PLACE.read_bytes(), "run optiviz derive --write"


@every_result
def test_the_code_is_a_line_of_the_derivation(name):
    assert_is_derived(name, getattr(committed, name))


@every_result
def test_it_says_which_line_that_is(name):
    doc = getattr(committed, name).__doc__
    assert doc.endswith(f"from the derivation `{RESULTS[name].derivation}`.") and str(formula(name)) in doc


MISTAKES = [
    ("stable_rate", "2 / lam", "1 / lam"),
    ("best_factor", "kappa + 1", "kappa - 2"),
    ("best_momentum", "** 2", "** 1"),
    ("critical_descent", "(1 - root) * t", "root * t"),
    ("escape_time", "1 + lr * lam", "1 - lr * lam"),
    ("noise_floor", "2 - lr", "1 - lr"),
    ("mean_loss_after", "sigma**2 / 2", "sigma / 2"),
    ("adagrad_step", "np.sqrt(t)", "t"),
    ("average_of_a_constant", "1 - beta", "beta - 1"),
    ("adam_first_step", "+ eps", "- eps"),
    ("sigmoid_mse_slope", "1 - probability", "2 - probability"),
    ("sigmoid_mse_bend", "1 / 3", "1 / 2"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), MISTAKES)
def test_a_planted_mistake_is_refused(name, right, wrong):
    before, code = PLACE.read_text(encoding="utf-8").split(f"def {name}(")
    body, *rest = code.split("\ndef ")
    signature, doc, statements = body.split('"""')
    assert right in statements
    spoilt = types.ModuleType("spoilt")
    parts = [f'{signature}"""{doc}"""{statements.replace(right, wrong, 1)}', *rest]
    exec(f"{before}def {name}(" + "\ndef ".join(parts), vars(spoilt))
    with pytest.raises(AssertionError, match="is not"):
        assert_is_derived(name, getattr(spoilt, name))


def test_a_line_that_is_gone_or_has_elements_is_no_number(monkeypatch):
    monkeypatch.setitem(theory.RESULTS, "lost", Result("hinge", "set to zero and solve"))
    with pytest.raises(LookupError, match="hinge has no line 'set to zero and solve' for lost"):
        line("lost")
    monkeypatch.setitem(theory.RESULTS, "recursion", Result("gd_quadratic", "the code of gd"))
    with pytest.raises(TypeError, match="would need θₜ₋₁, which is one of many"):
        arguments("recursion")


def test_the_bias_of_an_average_is_the_one_derived():
    """`averages.bias` is what the derivations begin with, so it cannot be made of them; it must be the same."""
    for beta, t in product((0.0, 0.5, 0.9, 0.999), (1, 2, 10, 1000)):
        assert bias(beta, t) == committed.average_of_a_constant(beta, t, 1.0)
