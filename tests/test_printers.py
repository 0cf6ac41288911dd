"""What is printed is what runs: the equations and the code of every formula, registered or drawn at random."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from catalogue import FORMULAS, OPTIMIZERS, WITHOUT_JAVASCRIPT, every_formula, outputs, reached
from drawn import EXACT, FLOATS, rules
from examples import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from reading import LATEX, UNICODE, compute

import optiviz
from optiviz import abs, floor, log, minimum, norm, sign, sqrt, tanh, where
from optiviz.averages import ewma, ewma_uncorrected
from optiviz.formula import Formula
from optiviz.names import symbol
from optiviz.optimizers import Optimizer, adagrad, adam, adam_uncorrected, gd, momentum, nesterov, rmsprop, sgd
from optiviz.schedules import constant, exponential, inverse, step
from optiviz.trace import functions, printers, reachable
from optiviz.trace.operations import OPERATIONS

quick = examples(150, report_multiple_bugs=False)
seeds = st.integers(0, 2**32 - 1)


def arguments(formula: Formula, seed: int) -> dict[str, float]:
    """A float for every input of a drawn rule, by name."""
    rng = np.random.default_rng(seed)
    values = {name: float(rng.normal()) for name in formula.trace.inputs}
    values |= {name: abs(values[name]) for name in formula.slots}  # sums of squares are not negative
    values |= {"t": int(rng.integers(1, 50))} | formula.params
    return {name: values[name] for name in formula.trace.inputs}


def called(formula: Formula, values: dict[str, Any]) -> tuple[Any, ...]:
    """What the formula returns, as floats or arrays."""
    return numbers(outputs(formula, values))


def numbers(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(value if isinstance(value, np.ndarray) else float(value) for value in values)


def assert_same(found: tuple[Any, ...], expected: tuple[Any, ...], formula: Formula) -> None:
    """To the last bit, and of the same shape."""
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=formula.name)
        assert np.shape(one) == np.shape(other), formula.name


def read(formula: Formula, values: dict[str, Any], notation: dict[str, str], *, tight: bool) -> tuple[Any, ...]:
    """What the printed equations say that the formula returns, line by line from the top."""
    lines = formula.unicode() if notation is UNICODE else formula.latex()
    updated = (formula.result, *formula.slots)
    timed = "t" in values or bool(formula.slots)
    names = {}
    for name, value in values.items():
        index = "" if name == "t" or name in formula.params else "t-1" if name in updated else "t"
        names[indexed(name, index if timed else "", notation)] = value
    for line in lines:
        left, value = compute(line, names, notation, tight=tight)
        assert left not in names or left == indexed("t", "", notation), f"{left} stands for two things in {lines}"
        names[left] = value
    return numbers(names[indexed(name, "t" if timed else "", notation)] for name in updated)


def indexed(name: str, index: str, notation: dict[str, str]) -> str:
    """A name of the slide with its time."""
    if notation is UNICODE:
        return symbol(name).unicode + index.translate(str.maketrans("t-1", "ₜ₋₁"))
    drawn = symbol(name).latex
    if index and drawn.endswith("}") and "_{" in drawn:
        return f"{drawn[:-1]},{index}}}"
    return drawn + (f"_{{{index}}}" if len(index) > 1 else f"_{index}" if index else "")


SLIDES = {
    gd: [("θₜ = θₜ₋₁ − η gₜ", r"\theta_t = \theta_{t-1} - \eta g_t")],
    sgd: [("θₜ = θₜ₋₁ − η gₜ", r"\theta_t = \theta_{t-1} - \eta g_t")],
    momentum: [
        ("vₜ = β vₜ₋₁ − η gₜ", r"v_t = \beta v_{t-1} - \eta g_t"),
        ("θₜ = θₜ₋₁ + vₜ", r"\theta_t = \theta_{t-1} + v_t"),
    ],
    nesterov: [
        ("vₜ = β vₜ₋₁ − η gₜ", r"v_t = \beta v_{t-1} - \eta g_t"),
        ("θₜ = θₜ₋₁ + β vₜ − η gₜ", r"\theta_t = \theta_{t-1} + \beta v_t - \eta g_t"),
    ],
    adagrad: [
        ("cacheₜ = cacheₜ₋₁ + gₜ²", r"\mathrm{cache}_t = \mathrm{cache}_{t-1} + g_t^{2}"),
        (
            "θₜ = θₜ₋₁ − η gₜ / √(cacheₜ + ε)",
            r"\theta_t = \theta_{t-1} - \frac{\eta g_t}{\sqrt{\mathrm{cache}_t + \epsilon}}",
        ),
    ],
    rmsprop: [
        (
            "cacheₜ = ρ cacheₜ₋₁ + (1 − ρ) gₜ²",
            r"\mathrm{cache}_t = \rho \mathrm{cache}_{t-1} + \left(1 - \rho\right) g_t^{2}",
        ),
        (
            "θₜ = θₜ₋₁ − η gₜ / √(cacheₜ + ε)",
            r"\theta_t = \theta_{t-1} - \frac{\eta g_t}{\sqrt{\mathrm{cache}_t + \epsilon}}",
        ),
    ],
    adam: [
        ("mₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ", r"m_t = \beta_{1} m_{t-1} + \left(1 - \beta_{1}\right) g_t"),
        ("vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²", r"v_t = \beta_{2} v_{t-1} + \left(1 - \beta_{2}\right) g_t^{2}"),
        ("m̂ₜ = mₜ / (1 − β₁ᵗ)", r"\hat{m}_t = \frac{m_t}{1 - \beta_{1}^{t}}"),
        ("v̂ₜ = vₜ / (1 − β₂ᵗ)", r"\hat{v}_t = \frac{v_t}{1 - \beta_{2}^{t}}"),
        (
            "θₜ = θₜ₋₁ − η m̂ₜ / (√v̂ₜ + ε)",
            r"\theta_t = \theta_{t-1} - \frac{\eta \hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
        ),
    ],
    adam_uncorrected: [
        ("mₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ", r"m_t = \beta_{1} m_{t-1} + \left(1 - \beta_{1}\right) g_t"),
        ("vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²", r"v_t = \beta_{2} v_{t-1} + \left(1 - \beta_{2}\right) g_t^{2}"),
        ("θₜ = θₜ₋₁ − η mₜ / (√vₜ + ε)", r"\theta_t = \theta_{t-1} - \frac{\eta m_t}{\sqrt{v_t} + \epsilon}"),
    ],
    constant: [("ηₜ = η", r"\eta_t = \eta")],
    step: [("ηₜ = η γ^(⌊t / n⌋)", r"\eta_t = \eta \gamma^{\left\lfloor \frac{t}{n} \right\rfloor}")],
    exponential: [("ηₜ = η exp(−k t)", r"\eta_t = \eta e^{-k t}")],
    inverse: [("ηₜ = η / (k t + 1)", r"\eta_t = \frac{\eta}{k t + 1}")],
    ewma: [
        ("yₜ = β yₜ₋₁ + (1 − β) xₜ", r"y_t = \beta y_{t-1} + \left(1 - \beta\right) x_t"),
        ("ŷₜ = yₜ / (1 − βᵗ)", r"\hat{y}_t = \frac{y_t}{1 - \beta^{t}}"),
    ],
    ewma_uncorrected: [
        ("yₜ = β yₜ₋₁ + (1 − β) xₜ", r"y_t = \beta y_{t-1} + \left(1 - \beta\right) x_t"),
        ("ŷₜ = yₜ", r"\hat{y}_t = y_t"),
    ],
}


@pytest.mark.parametrize("formula", SLIDES, ids=lambda f: f.name)
def test_the_course_s_equations(formula):
    unicode, latex = map(list, zip(*SLIDES[formula], strict=True))
    assert formula.unicode() == unicode
    assert formula.latex() == latex


def test_all_that_an_equation_may_hold():
    def everything(theta, g, t, m=0.0, lambda_=1.0, *, lr=0.1, mu_2=0.5):
        c = 1 - lr
        g = g + 0.5 * m / 2
        g = where(g > -1, -g, minimum(g, 2e-8) * 3)
        x1 = (g / lr * m) ** 2 - (m - -lr) * (lr / m)
        ghat = abs(floor(x1)) * tanh(sqrt(m) ** (t - 1)) / log(t) ** mu_2
        return theta - lr * -ghat / norm(sign(g)), m * 2**c, lambda_ + 2**t

    rule = Optimizer(everything)
    assert rule.unicode() == [
        "c = 1 − η",
        "g′ₜ = gₜ + 0.5 mₜ₋₁ / 2",
        "g′′ₜ = {−g′ₜ if g′ₜ > −1, else min(g′ₜ, 2e−08) · 3}",
        "x₁ₜ = ((g′′ₜ / η) mₜ₋₁)² − (mₜ₋₁ − (−η)) (η / mₜ₋₁)",
        "ĝₜ = |⌊x₁ₜ⌋| tanh((√mₜ₋₁)ᵗ⁻¹) / log(t)^(μ₂)",
        "θₜ = θₜ₋₁ − η (−ĝₜ) / ‖sign(g′′ₜ)‖",
        "mₜ = mₜ₋₁ · 2^c",
        "λₜ = λₜ₋₁ + 2ᵗ",
    ]
    assert rule.latex() == [
        r"c = 1 - \eta",
        r"g_t' = g_t + \frac{0.5 m_{t-1}}{2}",
        r"g_t'' = \begin{cases} -g_t' & g_t' > -1 \\ \min\left(g_t', 2 \cdot 10^{-8}\right) \cdot 3"
        r" & \text{otherwise} \end{cases}",
        r"x_{1,t} = \left(\frac{g_t''}{\eta} m_{t-1}\right)^{2}"
        r" - \left(m_{t-1} - \left(-\eta\right)\right) \frac{\eta}{m_{t-1}}",
        r"\hat{g}_t = \frac{\left|\left\lfloor x_{1,t} \right\rfloor\right|"
        r" \tanh\left(\sqrt{m_{t-1}}^{t - 1}\right)}{\log\left(t\right)^{\mu_{2}}}",
        r"\theta_t = \theta_{t-1} - \frac{\eta \left(-\hat{g}_t\right)}"
        r"{\left\lVert \operatorname{sign}\left(g_t''\right) \right\rVert}",
        r"m_t = m_{t-1} \cdot 2^{c}",
        r"\lambda_t = \lambda_{t-1} + 2^{t}",
    ]


four_seeds = pytest.mark.parametrize("some", [(0, 1), pytest.param((2, 3), marks=pytest.mark.proof)], ids=str)


@every_formula
@pytest.mark.parametrize("notation", [UNICODE, LATEX], ids=["unicode", "latex"])
@four_seeds
def test_equation_is_number(formula, notation, some):
    for seed in some:
        values = reached(formula, seed)
        assert_same(read(formula, values, notation, tight=seed % 2 == 0), called(formula, values), formula)


@quick
@given(rules(FLOATS), seeds, st.booleans())
def test_equation_is_number_in_drawn_rules(drawn, seed, tight):
    constants = [
        node.value for line in drawn.rule.trace.lines for node in reachable(line.node) if node.value is not None
    ]
    assume(all(float(f"{value:.12g}") == value for value in constants))  # the slide shows no more digits
    values = arguments(drawn.rule, seed)
    expected = called(drawn.rule, values)
    for notation in (UNICODE, LATEX):
        assert read(drawn.rule, values, notation, tight=tight) == expected


FUNCTIONS = {name: getattr(functions, name) for name in OPERATIONS if hasattr(functions, name)}


def as_python(formula: Formula, values: dict[str, Any]) -> tuple[Any, ...]:
    names = dict(FUNCTIONS)
    exec(printers.python(formula.trace, tuple(values)), names)
    return numbers(names[formula.trace.name](*values.values()))


@every_formula
@four_seeds
def test_python_is_the_call(formula, some):
    for seed in some:
        values = reached(formula, seed)
        assert_same(as_python(formula, values), called(formula, values), formula)


@quick
@given(rules(FLOATS), seeds)
def test_python_is_the_call_of_drawn_rules(drawn, seed):
    values = arguments(drawn.rule, seed)
    assert_same(as_python(drawn.rule, values), called(drawn.rule, values), drawn.rule)


NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="JavaScript is run by node, which is not installed")
SCRIPT = """
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answer = ([source, inputs]) => {
  try { return eval("(" + source + ")")(...inputs); } catch (error) { return source + error; }
};
process.stdout.write(JSON.stringify(cases.map(answer)));
"""


def in_node(cases: list[tuple[str, list[Any]]]) -> list[Any]:
    """What each JavaScript function returns for its arguments; one process runs them all."""
    done = subprocess.run([NODE, "-e", SCRIPT], input=json.dumps(cases), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def case(formula: Formula, values: dict[str, Any]) -> tuple[str, list[Any]]:
    """The formula's JavaScript and its arguments: the variables, then the hyperparameters as an object."""
    variables = [np.asarray(value, float).tolist() for name, value in values.items() if name not in formula.params]
    return formula.javascript(), [*variables, {name: values[name] for name in formula.params}]


@needs_node
def test_javascript_is_the_call():
    """To a few ulp of the largest: machines round powers and exponentials differently."""
    printed = [formula for formula in FORMULAS if formula not in WITHOUT_JAVASCRIPT]
    cases = [(formula, reached(formula, seed)) for formula in printed for seed in range(5)]
    for (formula, values), answer in zip(cases, in_node([case(*each) for each in cases]), strict=True):
        for found, expected in zip(answer, called(formula, values), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-11, err_msg=formula.name)


@every_formula
def test_the_javascript_function_has_a_name_of_javascript(formula):
    """Also if the rule's own has a dot or a plus sign in it; what takes matrices says that it has none."""
    if formula in WITHOUT_JAVASCRIPT:
        with pytest.raises(ValueError, match=rf"^{formula.trace.name} takes whole matrices \(\w+\), which has no Java"):
            formula.javascript()
    else:
        assert re.match(r"function [A-Za-z_]\w*\(", formula.javascript())


def test_only_rules_of_matrices_have_no_javascript():
    reducing = {name for name, row in OPERATIONS.items() if not row.javascript}
    for rule in OPTIMIZERS:
        nodes = reachable(*rule.trace.outputs)
        used = {node.operation.name for node in nodes if node.operation} & reducing
        assert bool(used) == (rule in WITHOUT_JAVASCRIPT), f"{rule.name}: {used}"


@needs_node
@examples(12, report_multiple_bugs=False)
@given(st.lists(st.tuples(rules(EXACT), seeds), min_size=10, max_size=30))
def test_javascript_is_exactly_the_call_of_drawn_rules(drawn):
    """Of + - * / and roots and corners, which every machine rounds alike."""
    cases = [(one.rule, arguments(one.rule, seed)) for one, seed in drawn]
    expected = [called(rule, {**values, "t": float(values["t"])}) for rule, values in cases]
    assume(all(math.isfinite(v) for row in expected for v in row))
    for (rule, _), row, answer in zip(cases, expected, in_node([case(*each) for each in cases]), strict=True):
        assert answer == list(row), rule.javascript()


@needs_node
def test_every_operation_in_javascript():
    """What machines round differently agrees within 1e-12."""
    tried = []
    for row in OPERATIONS.values():
        if row.reduces:
            continue
        text = row.python.format(*["theta", "g", "t"][: row.javascript.count("{}")])
        space = {name: getattr(optiviz, name, None) for name in OPERATIONS}
        exec(f"def operation(theta, g, t, *, lr=0.1): return {text}", space)
        rule = Optimizer(space["operation"])
        rng = np.random.default_rng(4)
        inputs = [[abs(x), y, abs(z)] for x, y, z in rng.normal(scale=3, size=(50, 3)).tolist()]  # in every domain
        tried += [(rule, [x > 2 if row.name == "where" else x, y, z]) for x, y, z in inputs]
    answers = in_node([(rule.javascript(), each) for rule, each in tried])
    for (rule, each), answer in zip(tried, answers, strict=True):
        values = dict(zip(["theta", "g", "t"], each, strict=True)) | rule.params
        assert answer == pytest.approx(called(rule, values), rel=1e-12), rule.javascript()


def clipped(theta, g, t, length=1.0, seen=0.0, count=0.0, *, lr=0.1, limit=0.5, new=2.0):
    """Gradient clipping: a rule that looks at all coordinates at once."""
    size = norm(g)
    u = g * minimum(1, limit / size)
    length = norm(theta - lr * u) + length / 2
    return theta - lr * u * new, length, size, count + 1


@needs_node
def test_javascript_of_a_norm_works_on_arrays_step_after_step():
    rule = Optimizer(clipped)
    theta, rng = np.array([3.0, -2.0, 0.5]), np.random.default_rng(5)
    state = rule.init(theta)
    for t in range(1, 4):
        g = rng.normal(size=3)
        slots = [v.tolist() if isinstance(v, np.ndarray) else v for v in state.slots.values()]
        (answer,) = in_node([(rule.javascript(), [theta.tolist(), g.tolist(), t, *slots, {"new": 2.0}])])
        rule.step(theta, g, state)
        for found, expected in zip(answer, [theta, *state.slots.values()], strict=True):
            np.testing.assert_allclose(np.broadcast_to(found, np.shape(expected)), expected, rtol=1e-12)
            assert np.shape(found) == np.shape(expected)


@needs_node
def test_names_that_javascript_keeps_to_itself():
    spaces = {name: {} for name in ["delete", "new", "function", "norm", "Math", "i"]}
    for name, space in spaces.items():
        body = f"this = g * var\n return theta - this, {name}"
        exec(f"def {name}(theta, g, t, {name}=0.0, *, lr=0.1, var=2.0):\n {body}", space)
    rules = [Optimizer(space[name]) for name, space in spaces.items()]
    answers = in_node([(rule.javascript(), [1.0, 2.0, 1, 5.0, {"var": 3.0}]) for rule in rules])
    assert answers == [[-5.0, 5.0]] * len(rules)
