"""How names are drawn, and which values they may take."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from catalogue import FORMULAS, every_formula

from optiviz import exponential, rprop
from optiviz.formula import FormulaError
from optiviz.names import HYPERPARAMETERS, ORDERED, Domain, hyperparameter, symbol
from optiviz.optimizers import named
from optiviz.schedules import Schedule, step


@pytest.mark.parametrize(
    ("name", "unicode", "latex"),
    [
        ("theta", "θ", r"\theta"),
        ("lr", "η", r"\eta"),
        ("eps", "ε", r"\epsilon"),
        ("beta2", "β₂", r"\beta_{2}"),
        ("mu_2", "μ₂", r"\mu_{2}"),
        ("x12", "x₁₂", "x_{12}"),
        ("mhat", "m̂", r"\hat{m}"),
        ("m_hat", "m̂", r"\hat{m}"),
        ("yhat", "ŷ", r"\hat{y}"),
        ("theta_hat", "θ̂", r"\hat{\theta}"),
        ("hat", "hat", r"\mathrm{hat}"),
        ("lambda_", "λ", r"\lambda"),
        ("g", "g", "g"),
        ("cache", "cache", r"\mathrm{cache}"),
        ("grad_norm", "grad_norm", r"\mathrm{grad\_norm}"),
    ],
)
def test_symbols(name, unicode, latex):
    assert symbol(name) == (unicode, latex)


@every_formula
def test_no_two_names_of_a_formula_are_drawn_alike(formula):
    names = {*formula.trace.inputs, *(line.name for line in formula.trace.lines)}
    assert len({symbol(name).unicode for name in names}) == len(names)
    assert len({symbol(name).latex for name in names}) == len(names)


@pytest.mark.parametrize(
    ("domain", "inside", "outside", "text"),
    [
        (Domain(0, 1), [0, 0.5, 1 - 1e-16], [-1e-300, 1, math.nan], "[0, 1)"),
        (Domain(0, open_low=True), [1e-300, 1e300], [0, -1, math.inf, math.nan], "(0, ∞)"),
        (Domain(), [-1e300, 0, 1e300], [math.inf, math.nan], "(−∞, ∞)"),
        (Domain(1, whole=True), [1, 2.0, 1e300], [0, 2.5, 1 + 1e-15, -1, math.inf, math.nan], "{1, 2, ...}"),
        (Domain(0, 1, closed_high=True), [0, 1], [1 + 1e-15], "[0, 1]"),
        (Domain(-0.5, 1.5), [-0.5, 1], [1.5, -1], "[−0.5, 1.5)"),
    ],
)
def test_domains(domain, inside, outside, text):
    assert all(value in domain for value in inside)
    assert not any(value in domain for value in outside)
    assert str(domain) == text


def test_the_table_draws_and_explains_every_shared_name():
    for name, row in HYPERPARAMETERS.items():
        assert hyperparameter(name) is row
        assert row.meaning
        assert symbol(name).unicode == symbol(row.symbol).unicode


def test_what_must_not_be_above_another_is_a_shared_name_and_is_refused_for_every_formula():
    held = {pair: [f for f in FORMULAS if {*pair} <= {*f.params}] for pair in ORDERED}
    assert all(held.values()) and {name for pair in ORDERED for name in pair} <= {*HYPERPARAMETERS}
    for (low, high), formulas in held.items():
        for formula in formulas:
            same = formula.params[high]
            assert formula.configured(**{low: same}).params[low] == same
            with pytest.raises(ValueError, match=re.escape(f"{formula.name} wants {low} not above {high}, not {low}=")):
                formula.configured(**{low: same + 1})


def test_many_values_and_one_s_own_defaults_keep_the_order_and_a_schedule_is_not_known_beforehand():
    with pytest.raises(ValueError, match="rprop wants smallest not above largest, not smallest=2 values from 1 to 60"):
        rprop(smallest=np.array([[1.0], [60.0]]))
    assert rprop(smallest=exponential(lr=60.0)).scheduled == ("smallest",)

    def mine(t, *, lr=0.1, lowest=0.2):
        return lr + lowest

    with pytest.raises(FormulaError, match=r"line \d+: mine wants lowest not above lr, not lowest=0.2 and lr=0.1$"):
        Schedule(mine)


def test_a_count_is_a_whole_number_however_it_is_written():
    """From the command line comes 50.0; it reads as 50."""
    assert repr(step(every=50.0)) == "step(lr=0.1, factor=0.5, every=50)"
    assert repr(named("gd+lookahead")(every=np.float64(7))) == "gd+lookahead(every=7)"
    with pytest.raises(ValueError, match=r"every must be in \{1, 2, ...\}, not 2.5"):
        named("gd+lookahead")(every=2.5)


def test_a_name_of_one_s_own_may_take_any_value():
    assert hyperparameter("warp").domain == Domain()
    assert hyperparameter("warp").symbol == "warp"
