"""What is committed of the derivations is what is proved today, and how formulas are printed."""

from __future__ import annotations

import pytest

from optiviz import handout
from optiviz.derive import derive, names
from optiviz.derive import functions as fn
from optiviz.derive.committed import differences, everything, source
from optiviz.derive.derivation import chapter
from optiviz.derive.domains import REAL, SIZE
from optiviz.derive.printers import block, latex, mathml, pieces
from optiviz.derive.record import record
from optiviz.derive.written import Family, Letter, Named, Operation, index
from optiviz.handout.committed import PLACE

a, b, c, x = (Letter(name, REAL, "a number") for name in "abcx")
N, M = (Letter(name, SIZE, "a size") for name in "NM")
i, j = index("i", N, "counts"), index("j", M, "counts")
xs = Family("x", REAL, (N, M), "numbers")


@pytest.mark.parametrize("name", names())
def test_what_is_committed_is_what_is_proved(name):
    assert record(derive(name)) == handout.find(name), "run optiviz derive --write"


def test_the_file_has_all_of_them_in_order():
    assert [*handout.derivations()] == names()
    assert PLACE.read_text(encoding="utf-8") == source(handout.derivations())


def test_a_line_that_is_less_sure_is_found(monkeypatch):
    assert differences("hinge") == []
    grades = [step["grade"] for step in handout.find("hinge")["steps"]]
    worse = record(derive("hinge"))
    worse["steps"][1] |= {"grade": "proved at sizes", "verdict": "proved at N=1…3"}
    monkeypatch.setattr("optiviz.derive.committed.record", lambda _: worse)
    wrong = differences("hinge")
    assert grades[1] == "proved"
    assert wrong == ["line 2 of hinge is proved at N=1…3, where proved in 2 cases is committed"]


def test_a_line_that_says_it_is_surer_than_it_is_is_found(monkeypatch):
    kept = handout.find("mae")
    number, sure = next((n, step) for n, step in enumerate(kept["steps"], 1) if step["grade"] == "proved at sizes")
    spoilt = [{**step, "verdict": "proved"} if step is sure else step for step in kept["steps"]]
    monkeypatch.setattr("optiviz.derive.committed.derivations", lambda: {"mae": {**kept, "steps": spoilt}})
    assert differences("mae") == [f"line {number} of mae is {sure['verdict']}, where proved is committed"]


def test_a_line_that_is_surer_is_no_difference(monkeypatch):
    better = record(derive("bce"))
    better["steps"][6] |= {"grade": "proved", "verdict": "proved"}
    monkeypatch.setattr("optiviz.derive.committed.record", lambda _: better)
    assert differences("bce") == []


def test_another_formula_and_another_number_of_lines_are_found(monkeypatch):
    other = record(derive("hinge"))
    other["steps"][0] = {**other["steps"][0], "after": other["steps"][1]["after"]}
    other["steps"].append(other["steps"][0])
    monkeypatch.setattr("optiviz.derive.committed.record", lambda _: other)
    wrong = differences("hinge")
    assert len(wrong) == 2 and "line 1" in wrong[0] and "has 3 lines" in wrong[1]


FIELDS = [field for field in handout.find("bce")["steps"][0] if field not in ("grade", "verdict")]


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_else_a_line_says_is_looked_at(monkeypatch, field):
    kept = handout.find("bce")
    spoilt = [{**step, field: "another"} if n == 2 else step for n, step in enumerate(kept["steps"])]
    monkeypatch.setattr("optiviz.derive.committed.derivations", lambda: {"bce": {**kept, "steps": spoilt}})
    said = f"line 3 of bce is another one than what is committed ({field}); run optiviz derive --write"
    assert differences("bce") == [said]


@pytest.mark.parametrize("field", [field for field in handout.find("bce") if field != "steps"])
def test_whatever_is_said_of_all_lines_is_looked_at(monkeypatch, field):
    kept = handout.find("bce")
    monkeypatch.setattr("optiviz.derive.committed.derivations", lambda: {"bce": {**kept, field: "another"}})
    assert differences("bce") == [f"bce is another one than what is committed ({field}); run optiviz derive --write"]


def test_what_is_only_there_or_only_committed_is_found(monkeypatch):
    monkeypatch.setattr("optiviz.derive.committed.derivations", lambda: {"lost": handout.find("hinge")})
    assert everything() == [*names(), "lost"]
    assert differences("hinge") == ["hinge is not committed; run optiviz derive --write"]
    assert differences("lost") == ["lost is committed, but nothing derives it; run optiviz derive --write"]


def test_every_derivation_has_a_group():
    assert all(chapter(name) and handout.find(name)["group"] for name in names())


def test_a_notebook_shows_mathematics():
    made = derive("hinge")
    assert "<math" in made._repr_html_() and "<script" not in made._repr_html_()
    assert r"\begin{align*}" in made._repr_latex_()
    assert made.steps[0]._repr_html_().startswith('<div class="line"><math')
    assert made.steps[0]._repr_latex_().startswith("$$")


# Each formula with its LaTeX; what is in brackets, in every printer, was decided once.
FORMULAS = [
    (a - (b - c), "a - (b - c)"),
    (a + (b - c), "a + b - c"),
    (a + -b, "a + (-b)"),
    (-(a + b) * c, "-(a + b) c"),
    ((a + b) / 2 * c, r"\frac{a + b}{2} c"),
    ((a / b) ** 2, r"\left(\frac{a}{b}\right)^{2}"),
    (2 * fn.number(3), r"2 \cdot 3"),
    (fn.exp(-(x**2)), r"\exp(-x^{2})"),
    (a * fn.softplus(x), r"a \, \mathrm{softplus}(x)"),
    (fn.absolute(x / 2), r"\left|\frac{x}{2}\right|"),
    (xs[i, j] ** 2, "x_{ij}^{2}"),
    (xs[i, j - 1], "x_{i, j - 1}"),
    (fn.total(fn.total(xs[i, j], j), i), r"\sum_{i = 1}^{N} \sum_{j = 1}^{M} x_{ij}"),
    (fn.total(xs[i, i], i) * a, r"\left(\sum_{i = 1}^{N} x_{ii}\right) a"),
    (fn.total(a + b, i), r"\sum_{i = 1}^{N} (a + b)"),
    (fn.largest(xs[i, i], i), r"\max_{i} x_{ii}"),
    (fn.derivative(fn.derivative(Named("f"), a), b), r"\frac{\partial^{2}f}{\partial b \partial a}"),
    (fn.integral(x, x), r"\int_{-\infty}^{\infty} x \, \mathrm{d}x"),
    (fn.cases((a, x <= 1), otherwise=b), r"\begin{cases} a & \text{if } x \le 1 \\ b & \text{otherwise} \end{cases}"),
    (Letter("theta1") ** 2, r"\theta_{1}^{2}"),
    (Letter("muhat"), r"\hat{\mu}"),
]


@pytest.mark.parametrize(("tree", "expected"), FORMULAS)
def test_formulas_in_latex(tree, expected):
    assert " ".join(map(latex, pieces(tree))) == expected


@pytest.mark.parametrize(("tree", "_"), FORMULAS)
def test_brackets_are_the_same_in_every_printer(tree, _):
    def brackets(text: str) -> str:
        return "".join(sign for sign in text.replace("⎛", "(").replace("⎞", ")") if sign in "()")

    for piece in pieces(tree):
        drawn = "".join("".join(column) for column in zip(*block(piece).lines, strict=True))
        root = isinstance(tree, Operation) and "sqrt" in str(tree)
        assert brackets(latex(piece)) == brackets(mathml(piece))
        assert root or sorted(brackets(latex(piece))) == sorted(brackets(drawn))


def test_a_sum_has_both_its_limits_in_mathml():
    assert mathml(pieces(fn.total(xs[i, i], i))[0]) == (
        '<mrow><munderover><mo>∑</mo><mrow><mi>i</mi><mo form="infix">=</mo><mn>1</mn></mrow><mi>N</mi></munderover>'
        "<msub><mi>x</mi><mrow><mi>i</mi><mi>i</mi></mrow></msub></mrow>"
    )


def test_a_fraction_in_a_fraction_has_the_longer_bar_outside():
    assert block(pieces(a / (b / c))[0]).lines == (" a ", "───", " b ", " ─ ", " c ")


def test_what_has_no_small_letter_is_raised_or_lowered_by_a_line():
    assert block(pieces(a**x * 2)[0]).lines == ("aˣ · 2",)
    assert block(pieces(a ** Letter("gamma"))[0]).lines == (" γ", "a ")
    assert block(pieces(fn.delta(a, b))[0]).lines == ("δ  ", " ab")
