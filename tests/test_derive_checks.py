"""The checks by themselves: what each refuses, and what it says."""

from __future__ import annotations

import math

import pytest

from optiviz._generated import losses
from optiviz.averages import Average
from optiviz.derive import LossForm, Refused, Step, derive, names
from optiviz.derive.checks import (
    Abbreviate,
    Affine,
    ByName,
    Combined,
    Definition,
    DerivativeOf,
    Equal,
    LogOf,
    PartOf,
    Put,
    RootOf,
)
from optiviz.derive.conditions import Equivalent, Lagrangian, Smallest
from optiviz.derive.corners import confirm_at_corners
from optiviz.derive.derivation import Story
from optiviz.derive.domains import BIT, POSITIVE, REAL, SHARE, SIZE
from optiviz.derive.functions import (
    absolute,
    cases,
    exp,
    integral,
    largest,
    log,
    log1p,
    maximum,
    median,
    minimum,
    number,
    product,
    sigmoid,
    sign,
    sqrt,
    tanh,
    total,
)
from optiviz.derive.letters import N, i, k, mu, scores, sigma, weights, x, xs, y, z, zs
from optiviz.derive.likelihoods import MeanOf, Posterior, ProductOf
from optiviz.derive.points import Point, Undefined, points, value
from optiviz.derive.proof import confirm, confirm_sign
from optiviz.derive.recursions import Induction, Recursion, Residual
from optiviz.derive.rewriting import expanded, free_letters, replaced
from optiviz.derive.written import Cases, Compare, Element, Family, Letter, Named, Number, Operation, Total, Written

a = Letter("a", POSITIVE, "a positive number")
share = Letter("p", SHARE, "a share")


def given(tree: Written, **more) -> Step:
    return Step(more.pop("left", None), tree, Definition(**more), "definition", "It is given.")


def refusal(make) -> str:
    with pytest.raises(Refused) as caught:
        make()
    return str(caught.value)


def from_zero(x, t, y=0.0, *, p=0.5):
    y = p * y + x
    return y, y


from_zero = Average(from_zero)


# What is equal is proved, and what is not is refuted with a point.

EQUAL = [
    (log(product(exp(-((xs[i] - mu) ** 2)), i)), -total((xs[i] - mu) ** 2, i)),
    (total((xs[i] - mu) ** 2, i), total(xs[i] ** 2, i) - 2 * mu * total(xs[i], i) + N * mu**2),
    (total(weights[k], k), number(1)),
    (log(total(exp(scores[k]), k)), a + log(total(exp(scores[k] - a), k))),
    (log(1 - share) - log(share), log((1 - share) / share)),
    (maximum(z, 0) + log1p(exp(-absolute(z))), log(1 + exp(z))),
    (tanh(z), (exp(2 * z) - 1) / (exp(2 * z) + 1)),
    (sqrt(z**2), absolute(z)),
    (integral(exp(-a * absolute(x)), x), 2 / a),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=str)
def test_what_is_equal_is_proved(left, right):
    assert str(confirm(left, right)).startswith("proved")


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=str)
def test_what_is_a_thousandth_off_is_refuted_with_a_point(left, right):
    message = refusal(lambda: confirm(left, right + number(1) / 1000))
    assert "the two sides differ by 0.001" in message


def test_the_message_shows_the_coordinates():
    message = refusal(lambda: confirm(total(xs[i], i), total(xs[i] ** 2, i)))
    assert "at N=1, x₁=" in message


def test_a_side_without_a_value_is_refused():
    assert "no real number" in refusal(lambda: confirm(log(-a), log(a)))
    assert "has no value at" in refusal(lambda: confirm(number(1), z / (z - z)))


def test_signs():
    assert str(confirm_sign(-(a**2), "<")) == "proved"
    assert "does not hold" in refusal(lambda: confirm_sign(z, ">="))


# Each check, refusing.


def test_affine_refuses_what_could_move_the_optimum():
    step = given((mu - 1) ** 2)
    assert "depends on μ" in refusal(lambda: Affine(step, mu**2, number(0), (mu,)).confirm(mu**2 * (mu - 1) ** 2))
    assert "does not hold" in refusal(lambda: Affine(step, -a, number(0), (mu,)).confirm(-a * (mu - 1) ** 2))
    hidden = Letter("C", REAL, "a constant that is none", mu**2)
    assert "depends on μ" in refusal(lambda: Affine(step, number(1), hidden, (mu,)).confirm((mu - 1) ** 2 + hidden))
    scores_of = Family("z", REAL, (N,), "scores", depends_on=xs)
    assert "depends on x₁" in refusal(lambda: Affine(step, number(1), scores_of[1], (xs[1],)).confirm(mu))
    assert "over what?" in refusal(lambda: Affine(step, number(1), -mu, ()).confirm((mu - 1) ** 2 - mu))
    assert "may be zero" in refusal(lambda: Affine(step, number(0), number(0), (mu,), ">=").confirm(number(0)))


def test_what_is_dropped_is_shown_term_by_term():
    step = given(mu**2, left=Named("J", (mu,)))
    shown = {
        -a - (share + a): "J(μ) − a − (p + a)",
        a + (share - a): "J(μ) + a + p − a",
        -a: "J(μ) − a",
        number(0): "J(μ)",
    }
    assert [str(Affine(step, number(1), shift, (mu,)).via(step.left)) for shift in shown] == [*shown.values()]
    assert [str(Combined(step, number(1), shift).via(step.left)) for shift in shown] == [*shown.values()]


def test_the_posterior_wants_likelihood_prior_and_evidence():
    prior = given(exp(-(z**2)), left=Named("f", (z,)))
    bayes = Posterior(given(exp(-a), left=Named("L")), prior, i, {z: zs[i]}, sigma)
    bayes.confirm(-a - total(zs[i] ** 2, i) - log(sigma))
    assert str(bayes.via(Named("L"))) == "log((L ∏ᵢ f(zᵢ))/σ)"
    for wrong in (-a - log(sigma), -a - total(zs[i] ** 2, i), -a + total(zs[i] ** 2, i) - log(sigma)):
        refusal(lambda wrong=wrong: bayes.confirm(wrong))


def test_an_equation_is_brought_to_one_side():
    equation = given(share * y + 1, left=z)
    assert str(Residual(equation).left()) == "0"
    Residual(equation).confirm(z - share * y - 1)
    refusal(lambda: Residual(equation).confirm(z - share * y + 1))
    with pytest.raises(TypeError, match="about something"):
        Residual(given(y)).confirm(y)


def test_derivatives_refuse_corners_without_an_agreement():
    step = given(absolute(z))
    assert "say which slope" in refusal(lambda: DerivativeOf(step, z).confirm(sign(z)))
    assert "not as agreed" in refusal(lambda: DerivativeOf(step, z, at_corner=number(1)).confirm(sign(z)))
    wild = cases((number(5), z.equals(0)), otherwise=sign(z))
    assert "is not between" in refusal(lambda: DerivativeOf(step, z, at_corner=number(5)).confirm(wild))
    DerivativeOf(step, z, at_corner=number(0)).confirm(sign(z))


def test_what_jumps_has_no_derivative():
    steps = given(cases((number(-1), z <= 4), otherwise=number(1)), left=Named("F", (z,)))
    assert "jumps at the corner z=4" in refusal(lambda: DerivativeOf(steps, z, at_corner=number(0)).confirm(number(0)))
    assert "jumps" in refusal(lambda: DerivativeOf(given(sign(z)), z, sign=">=").confirm(number(0)))


def test_a_slope_is_looked_at_on_its_own_corners():
    parabola = given(z**2)
    wrong = cases((number(5), z.equals(7)), otherwise=2 * z)
    assert "at z=7 the two sides differ" in refusal(lambda: DerivativeOf(parabola, z).confirm(wrong))
    with pytest.raises(Refused, match="is not between"):
        confirm_at_corners(parabola.after, z, wrong, None)


def test_a_closed_form_is_right_at_first_and_then_always():
    t = Letter("t", SIZE, "a time")
    values, inputs = Family("y", REAL, (t,), "values"), Family("x", REAL, (t,), "inputs")
    check = Recursion(time=t, start=from_zero, inputs={"x": inputs[t], "y": values[t - 1], "p": share})
    recursion = Step(values[t], share * values[t - 1] + inputs[t], check, "definition", "It is given.")
    assert str(recursion) == "yₜ = p yₜ₋₁ + xₜ; y₀ = 0   [definition; definition]"
    of_ones = Induction(Step(None, recursion.after, Equal(recursion), "the same", "It is the same."), {inputs[t]: 1})
    of_ones.confirm((1 - share**t) / (1 - share))
    assert of_ones.left() is None and Induction(recursion).left() == values[t]
    for wrong in ((1 - share**t) / share, (1 - share ** (t - 1)) / (1 - share), 1 + share * (t - 1)):
        refusal(lambda wrong=wrong: of_ones.confirm(wrong))
    assert "not what the code of from_zero makes" in refusal(lambda: check.confirm(share * values[t - 1]))
    assert "because of what" in refusal(lambda: Recursion(time=t, start=number(1)).confirm(recursion.after))
    with pytest.raises(TypeError, match="goes on from a Recursion"):
        Induction(given(share * y)).confirm(y)


def test_a_name_takes_the_place_of_its_line_and_no_other():
    line = given(z**2, left=y)
    again = given((z**2 + 1) / a)
    ByName(again, line).confirm((y + 1) / a)
    refusal(lambda: ByName(again, line).confirm((z**2 + y) / a))
    with pytest.raises(TypeError, match="a line that has a name"):
        ByName(again, given(z**2)).confirm((y + 1) / a)


def test_a_derivative_by_an_element_has_every_term():
    step = given(total(scores[k] ** 2, k))
    m = Letter("m", i.domain, "a class", size=k.size)
    DerivativeOf(step, scores[m]).confirm(2 * scores[m])
    refusal(lambda: DerivativeOf(step, scores[m]).confirm(total(2 * scores[k], k)))


def test_roots_are_the_only_ones():
    assert "more than one" in refusal(lambda: RootOf(given(z**2 - a**2), z).confirm(a))
    assert "still has z" in refusal(lambda: RootOf(given(z - y), z).confirm(z))
    assert "more than one" in refusal(lambda: RootOf(given(mu * (mu - y)), mu).confirm(y))
    assert "more than one" in refusal(lambda: RootOf(given(mu**2 * (mu - y)), mu).confirm(y))
    RootOf(given(mu**2 * y), mu).confirm(number(0))
    RootOf(given(sigma**3 - a * sigma**2), sigma).confirm(a)
    RootOf(given(sigma**2 - a), sigma**2).confirm(a)
    refusal(lambda: RootOf(given(sigma**2 - sigma - a), sigma**2).confirm(a))


def test_what_is_put_in_is_what_the_letter_may_stand_for():
    story = Story()
    size = story.step(sqrt(a**2), Definition(), "A size.", left=Named("F", (a,)))
    itself = story.step(a, Equal(size), "It is positive.")
    story.step(sigma, Put(itself, {a: sigma}), "Of another one.")
    story.step(absolute(z), Put(itself, {a: z}), "Of any number it is what the definition says.")
    assert "√(z²) is not z" in refusal(lambda: Put(itself, {a: z}).confirm(z))
    slope = story.step(number(1), DerivativeOf(itself, a), "The slope.")
    assert "a may not stand for that: it is a positive number" in refusal(lambda: Put(slope, {a: z}).confirm(number(1)))
    bit = Letter("q", BIT, "a bit")
    square = given(bit, of=None)
    assert "is not z" in refusal(lambda: Put(Step(None, bit, Equal(given(bit**2)), "", ""), {bit: z}).confirm(z))
    Put(square, {bit: number(1)}).confirm(number(1))


def test_at_the_edge_of_its_domain_a_slope_has_its_value_if_nothing_has_a_corner():
    smooth = Step(None, 2 * a, DerivativeOf(given(a**2), a), "", "")
    Put(smooth, {a: number(0)}).confirm(number(0))
    broken = Step(None, number(1), DerivativeOf(given(absolute(a)), a), "", "")
    assert "may not stand" in refusal(lambda: Put(broken, {a: number(0)}).confirm(number(1)))


def test_one_example_is_what_it_is_said_to_be():
    loss = given(total((zs[i] - x) ** 2, i) / N)
    squares = given(total(zs[i] ** 2, i) / N)
    extra = Letter("e", REAL, "a letter that is nowhere else")
    MeanOf(loss, i, {z: zs[i]}).confirm((z - x) ** 2)
    assert "no element" in refusal(lambda: MeanOf(loss, i, {z: zs[i], extra: number(0)}).confirm((z - x) ** 2 + extra))
    assert "the same element" in refusal(lambda: MeanOf(squares, i, {z: zs[i], y: zs[i]}).confirm(z * y))
    assert "has the index i" in refusal(lambda: MeanOf(loss, i, {z: zs[i]}).confirm((zs[i] - x) ** 2))
    density = given(exp(-((x - mu) ** 2)))
    assert "the same element" in refusal(
        lambda: ProductOf(density, i, {x: xs[i], mu: xs[i]}).confirm(product(exp(-((xs[i] - xs[i]) ** 2)), i))
    )


def test_the_rest_of_a_sum_is_shown():
    assert str(PartOf(given(z**2 + y), y).via(Named("J", (z,)))) == "J(z) − y"


def test_the_other_checks_refuse():
    refusal(lambda: LogOf(given(a)).confirm(a))
    refusal(lambda: Lagrangian(given(z), a, y).confirm(z - a * y))
    refusal(lambda: Lagrangian(given(a * z), a, y).confirm(a * z + a * y))
    refusal(lambda: PartOf(given(z + y), z).confirm(2 * y))
    refusal(lambda: MeanOf(given(total(zs[i], i)), i, {z: zs[i]}).confirm(z))
    refusal(lambda: Put(given(z**2), {z: a}).confirm(a))
    refusal(lambda: Smallest(given(total(absolute(xs[i] - mu), i)), mu).confirm(total(xs[i], i) / N))
    refusal(lambda: Equivalent(given(z * a), ">").confirm(z < 0))
    refusal(lambda: Equivalent(given(z), ">").confirm(a > 0))
    wrong = Letter("w", POSITIVE, "not exp(z)", exp(2 * z))
    refusal(lambda: Abbreviate(given(exp(z)), {exp(z): wrong}).confirm(wrong))
    refusal(lambda: Definition(known=lambda f: (f.equals(1),)).confirm(number(2)))
    with pytest.raises(TypeError, match="goes on from a step"):
        Equal(None).confirm(z)


def test_a_step_cannot_be_made_of_what_does_not_follow():
    with pytest.raises(Refused):
        Step(None, z, Equal(given(2 * z)), "rewrite", "It is not so.")


# Stories and the losses that they end in.


def test_a_story_names_its_derivatives_itself():
    story = Story()
    first = story.step(z**2, Definition(), "A square.", left=Named("J", (z,)))
    slope = story.step(2 * z, DerivativeOf(first, z), "Its slope.")
    bend = story.step(number(2), DerivativeOf(slope, z, sign=">"), "Its bend.")
    again = story.step(z * z, Equal(first), "The first once more.")
    assert [str(step.left) for step in (slope, bend, again)] == ["∂J(z)/∂z", "∂²J(z)/∂z²", "J(z)"]
    assert str(bend) == "∂²J(z)/∂z² = 2 > 0   [differentiate; proved]"
    with pytest.raises(Refused, match="its check knows"):
        story.step(2 * z, DerivativeOf(first, z), "Its slope.", left=bend.left)


def test_a_derivative_at_a_point_names_the_point_but_not_what_it_is_by():
    story = Story()
    first = story.step(z**2 * y, Definition(), "A product.", left=Named("J", (z, y)))
    slope = story.step(2 * z * y, DerivativeOf(first, z), "Its slope.")
    mixed = story.step(2 * z, DerivativeOf(slope, y), "The mixed one.")
    here = story.step(2 * a, Put(mixed, {z: a, y: number(3)}), "The same at a.")
    assert str(here.left) == "∂²J(a, 3)/∂z∂y"


def test_a_legend_wants_one_meaning_for_each_letter():
    story = Story()
    story.step(Letter("q") + 1, Definition(), "No meaning.", left=Letter("v"))
    with pytest.raises(ValueError, match="what does v mean"):
        story.legend()
    story = Story()
    story.step(a + Letter("a", POSITIVE, "another"), Definition(), "Two meanings.", left=Letter("v", REAL, "a sum"))
    with pytest.raises(ValueError, match="means both"):
        story.legend()


def test_a_legend_explains_functions_and_what_a_name_mentions():
    story = Story()
    row = xs.whole("a whole row", "q")
    three = log1p(exp(z)) + sigmoid(a) * sigmoid(z) + xs[1]
    story.step(three, Definition(), "Three.", left=Named("J", (row,)))
    told = {str(each): meaning for each, meaning in story.legend()}
    assert [*told] == ["q", "log1p(u)", "z", "σ(a)", "a", "x₁"]
    assert told["σ(a)"] == "the sigmoid, 1/(1 + exp(−a))" and told["q"] == "a whole row"


def test_a_loss_must_have_its_own_gradient():
    story = Story()
    loss = story.step((z - y) ** 2, Definition(), "A loss.", left=Named("J", (z,)))
    other = story.step(z**3, Definition(), "Another.", left=Named("F", (z,)))
    slope = story.step(3 * z**2, DerivativeOf(other, z), "The slope of the other.")
    for gradients in ((slope,), (loss,), ()):
        refusal(lambda gradients=gradients: LossForm("broken", (z,), y, loss, gradients))
    stranger = given(2 * (z - y))
    with pytest.raises(Refused, match="not a step"):
        story.ends_in(LossForm("broken", (z,), y, loss, (Step(None, 2 * (z - y), DerivativeOf(loss, z), "", ""),)))
    assert stranger not in story.steps


LOSSES = "mse gaussian_nll bce cce sparse_cce kl mae poisson_nll huber log_cosh hinge focal".split()


def test_every_loss_has_its_form():
    assert [name for name in names() if derive(name).loss] == LOSSES


# The stable forms in float64, evaluated as they are written.

FLOATS = {
    "exp": math.exp,
    "log": math.log,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "sqrt": math.sqrt,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
    "max": max,
    "min": min,
    "tanh": math.tanh,
    "delta": lambda p, q: float(p == q),
    "divergence": losses.divergence,
}
OPERATORS = {
    "+": lambda p, q: p + q,
    "-": lambda p, q: p - q,
    "*": lambda p, q: p * q,
    "/": lambda p, q: p / q,
    "**": lambda p, q: p**q,
    "negative": lambda p: -p,
    "<": lambda p, q: p < q,
    "<=": lambda p, q: p <= q,
    ">": lambda p, q: p > q,
    "=": lambda p, q: p == q,
}


def in_floats(tree: Written, at: dict) -> float:
    match tree:
        case Number(n):
            return float(n)
        case Letter(name):
            return at[name] if name in at else in_floats(tree.definition, at)
        case Element(family) if family.name not in at:
            return in_floats(expanded(tree), at)
        case Element(family, args):
            return at[family.name][int(in_floats(args[0], at)) - 1]
        case Total(name, index, (body, *_)):
            terms = [in_floats(body, at | {index.name: n}) for n in range(1, len(at["z"]) + 1)]
            return max(terms) if name == "max" else sum(terms)
        case Cases(args):
            for n in range(0, len(args) - 1, 2):
                if in_floats(args[n + 1], at):
                    return in_floats(args[n], at)
            return in_floats(args[-1], at)
        case Operation(name, args) | Compare(name, args):
            return OPERATORS[name](*(in_floats(each, at) for each in args))
    return FLOATS[tree.name](*(in_floats(each, at) for each in tree.args))


EXTREME = (-1e4, -800.0, -37.0, -1e-9, 0.0, 1e-9, 36.0, 800.0, 1e4)


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("poisson_nll", "gaussian_nll")])
def test_the_stable_forms_are_stable(name):
    """At ±1e4 there is no overflow, and float64 agrees with thirty digits. exp is all that poisson_nll can do."""
    form = derive(name).loss
    chosen = {letter.name: 2.0 for letter in form.parameters}
    row = isinstance(form.scores[0], Element)
    for score in EXTREME:
        for target in (0, 1):
            point = {"z": [score, 0.5, -1.0] if row else score, "y": float(target), "c": 1.0 + target} | chosen
            if row:
                point["y"] = [1.0 - target, float(target), 0.0]
                point |= {"M": in_floats(form.shift[1], point), "m": 1.0}
            if name == "hinge":
                point["y"] = 2.0 * target - 1
            for tree in (form.loss.after, *(gradient.after for gradient in form.gradients)):
                found = in_floats(tree, point)
                assert math.isfinite(found)
                exact = float(value(tree, exactly(point)))
                assert found == pytest.approx(exact, rel=1e-12, abs=1e-15), (name, score, target)


def exactly(point: dict) -> Point:
    known = {}
    for name, number_ in point.items():
        if isinstance(number_, list):
            known |= {(name, n): each for n, each in enumerate(number_, start=1)}
        else:
            known[name] = number_
    return Point({"K": 3, "N": 1}, known=known)


# Trees.


def test_a_sum_does_not_catch_an_index():
    with pytest.raises(ValueError, match="would be caught"):
        replaced(total(mu * xs[i], i), {mu: xs[i]})
    assert replaced(total(mu * xs[i], i), {mu: zs[i]}, capture=True) == total(zs[i] * xs[i], i)
    row = Family("q", REAL, (k.size,), "a softmax", ((k,), exp(scores[k]) / largest(scores[k], k)))
    assert free_letters(expanded(total(row[k], k))) == {k.size}


def test_a_formula_is_made_of_letters_and_whole_numbers():
    with pytest.raises(TypeError, match="whole numbers"):
        z + 0.5
    with pytest.raises(ValueError, match="has 1 indices"):
        xs[i, k]


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (-((x - mu) ** 2) / (2 * sigma**2), "−(x − μ)²/(2 σ²)"),
        (z - (y - a), "z − (y − a)"),
        (z - -y, "z − (−y)"),
        ((z + y) * a, "(z + y) a"),
        (z / (y / a), "z/(y/a)"),
        (total(xs[i], i) / N, "(Σᵢ xᵢ)/N"),
        (1 / N * total(xs[i], i), "(1/N) Σᵢ xᵢ"),
        ((-z) ** 2, "(−z)²"),
        (exp(z) ** (y + 1), "exp(z)ʸ⁺¹"),
        (minimum(z, 1), "min(z, 1)"),
        (median(xs[i], i), "medianᵢ xᵢ"),
        (2 * number(3), "2 · 3"),
    ],
)
def test_formulas_in_one_line(tree, text):
    assert str(tree) == text


def test_points_are_the_same_each_time_and_in_their_domains():
    bits = Family("q", BIT, (N,), "bits")
    one, again = (list(points(total(bits[i] * share, i), each=3)) for _ in range(2))
    for first, second in zip(one, again, strict=True):
        assert value(total(bits[i] * share, i), first) == value(total(bits[i] * share, i), second)
        assert 0 < value(share, first) < 1
        assert value(bits[number(1)], first) in (0, 1)
    assert {point.sizes["N"] for point in one} == {1, 2, 3}
    with pytest.raises(Undefined):
        value(xs[number(7)], one[0])
