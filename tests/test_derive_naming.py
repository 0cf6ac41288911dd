"""The names of a derivation: what each stands for is said once, and a line that calls something else so is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optiviz.derive import Refused, derive
from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put, RootOf
from optiviz.derive.derivation import Story
from optiviz.derive.domains import ONE_HOT, POSITIVE, REAL, SIZE
from optiviz.derive.functions import absolute, delta, exp, log, number, product, sigmoid, sqrt, total
from optiviz.derive.letters import K, N, i, k, m, mu, of_all, scores, sigma, x, xs, y, z, zs
from optiviz.derive.likelihoods import ProductOf
from optiviz.derive.recursions import Induction, Recursion
from optiviz.derive.rewriting import mentioned, named_at, replaced
from optiviz.derive.written import Derivative, Family, Letter, Named

a, b = Letter("a", POSITIVE, "a positive number"), Letter("b", POSITIVE, "another")
t = Letter("t", SIZE, "a time")
J, F = Named("J", (z,)), Named("F", (z,))


def begun(after=z**2 + a, left=J) -> Story:
    story = Story()
    story.step(after, Definition(), "It is given.", left=left)
    return story


def refusal(make) -> str:
    with pytest.raises(Refused) as caught:
        make()
    return str(caught.value)


def told(story: Story, after, check, left=None):
    return story.step(after, check, "So it is.", left=left)


# A name keeps its meaning.


def test_a_name_stands_for_what_its_first_line_says():
    story = begun()
    told(story, z * z + a, Definition(), J)
    message = refusal(lambda: told(story, 2 * z**2, Definition(), J))
    assert "J(z) stands for something else" in message and "the two sides differ by" in message
    assert len(story.steps) == 2


def test_a_name_is_a_function():
    story = begun()
    told(story, 4 + a, Definition(), Named("J", (number(2),)))
    told(story, exp(y) ** 2 + a, Definition(), Named("J", (exp(y),)))
    assert "J(y) stands for something else" in refusal(lambda: told(story, z**2 + a, Definition(), Named("J", (y,))))
    assert "J(3) stands for something else" in refusal(
        lambda: told(story, 4 + a, Definition(), Named("J", (number(3),)))
    )


def test_a_formula_of_names_is_worked_out():
    story = begun()
    told(story, z - 1, Definition(), F)
    told(story, z**2 + a - z + 1, Definition(), J - F)
    assert "F(z) − J(z) stands for something else" in refusal(
        lambda: told(story, z**2 + a - z + 1, Definition(), F - J)
    )
    assert "no line says what H(z) is" in refusal(lambda: told(story, z, Definition(), J - Named("H", (z,))))


def test_a_name_of_another_kind_of_argument_is_another_name():
    story = begun()
    told(story, total(zs[i], i), Definition(), of_all("J", zs))
    told(story, total(scores[k] ** 2, k), Definition(), Named("J", (scores.whole("the scores"),)))
    refusal(lambda: told(story, total(zs[i] ** 2, i), Definition(), of_all("J", zs)))


def test_the_squared_size_of_a_name_says_nothing_else_of_it():
    story = begun(z**2 + a, absolute(J) ** 2)
    told(story, 4 + a, Definition(), absolute(Named("J", (number(2),))) ** 2)
    assert "but only" in refusal(lambda: told(story, sqrt(z**2 + a), Definition(), J))


def test_a_new_name_shows_letters_that_its_line_has():
    new = Named("G", (y,))
    assert "shows y, which is not in z² + a" in refusal(lambda: begun(left=new))
    assert "must show letters" in refusal(lambda: begun(left=Named("G", (exp(z),))))
    assert "each once" in refusal(lambda: begun(left=Named("G", (z, z))))
    assert "everybody knows" in refusal(lambda: begun(left=Named("sigma", (z,))))
    begun(1 / (1 + exp(-z)), sigmoid(z))
    refusal(lambda: begun(1 / (1 + exp(z)), sigmoid(z)))


def test_what_a_name_shows_is_not_held_fixed_from_then_on():
    story = begun(exp(-((x - mu) ** 2) * b), Named("f", (x,)))
    logs = told(story, -((x - mu) ** 2) * b, LogOf(story.steps[0]), Named("ell", (mu, b)))
    turned = Affine(logs, number(-1), number(0), (mu,), "<")
    assert "does not show b, which ℓ(μ, b) does" in refusal(
        lambda: told(story, (x - mu) ** 2 * b, turned, Named("J", (mu,)))
    )
    told(story, (x - mu) ** 2, Affine(logs, -(1 / b), number(0), (mu,), "<"), Named("J", (mu,)))


def test_a_letter_in_use_for_any_number_is_no_name():
    assert "already in use" in refusal(lambda: told(begun(), z + 1, Definition(), a))
    assert "already in use" in refusal(lambda: begun(y + 1, y))
    story = begun(z + 1, Letter("v"))
    assert "an earlier line has that name" in refusal(lambda: told(story, Letter("v") + 1, Definition(), Letter("w")))


def test_a_letter_abbreviates_one_thing():
    one, other = (Letter("c", REAL, "short", formula) for formula in (a**2, a**3))
    story = begun(z + one)
    told(story, z + a**2, Equal(story.steps[0]))
    refusal(lambda: told(story, z + other, Definition(), F))
    families = [Family("q", REAL, (K,), "short", ((k,), scores[k] ** n)) for n in (1, 2)]
    story = begun(total(families[0][k], k), Letter("v"))
    assert "two meanings" in refusal(lambda: told(story, total(families[1][k], k), Definition(), Letter("w")))


# What follows from the line before.


def test_a_line_without_a_name_says_the_same_as_the_line_before():
    story = begun()
    square = story.steps[0]
    told(story, z * z + a, Equal(square))
    assert "has no name" in refusal(lambda: told(story, log(z**2 + a), LogOf(square)))
    assert "has no name" in refusal(lambda: told(story, z**2 + 1, Put(square, {a: number(1)})))
    assert "has no name" in refusal(lambda: told(Story(), z, Definition()))
    told(story, 1 + a, Put(square, {z: number(1)}))
    assert str(story.steps[-1].left) == "J(1)"


def test_what_a_name_does_not_show_gets_no_other_value_under_it():
    assert named_at(J, z**2 + a, {z: y}) == Named("J", (y,))
    assert named_at(J, z**2 + a, {a: y}) is None
    assert named_at(J, z**2, {a: y}) == J
    hidden = Letter("c", REAL, "a constant", a**2)
    assert named_at(J, z + hidden, {a: y}) is None
    assert str(named_at(Derivative(1, (J, z)), 2 * z, {z: y})) == "∂J(y)/∂z"


def test_what_a_name_does_not_show_is_not_multiplied_under_it():
    story = begun(exp(-((x - mu) ** 2)), Named("f", (x,)))
    density = story.steps[0]
    likelihood = product(exp(-((xs[i] - mu) ** 2)), i)
    assert str(ProductOf(density, i, {x: xs[i]}).via(density.left)) == "∏ᵢ f(xᵢ)"
    assert ProductOf(density, i, {x: xs[i], mu: zs[i]}).via(density.left) is None
    told(story, likelihood, ProductOf(density, i, {x: xs[i]}), Named("L", (mu,)))


def test_a_row_is_an_argument():
    table = Family("y", ONE_HOT, (N, K), "targets")
    targets = Family("y", ONE_HOT, (K,), "a target")
    unit = Family("e", ONE_HOT, (K, K), "a row", ((m, k), delta(k, m)))
    whole = targets.whole("the target as a row")
    story = begun(total(targets[k] * scores[k], k), Named("f", (whole,)))
    one = story.steps[0]
    assert str(ProductOf(one, i, {targets: table.row(i)}).via(one.left)) == "∏ᵢ f(yᵢ)"
    told(story, scores[m], Put(one, {targets: unit.row(m)}))
    assert str(story.steps[-1].left) == "f(eₘ)"
    refusal(lambda: told(story, scores[m], Definition(), Named("f", (unit.row(k),))))


def test_a_derivative_is_by_what_the_name_shows():
    story = begun()
    assert "does not show a" in refusal(lambda: told(story, number(1), DerivativeOf(story.steps[0], a)))
    told(story, 2 * z, DerivativeOf(story.steps[0], z))
    for wrong in (Derivative(1, (J, y)), Derivative(2, (J, z)), Derivative(1, (F, z))):
        refusal(lambda wrong=wrong: told(story, 2 * z, DerivativeOf(story.steps[0], z), wrong))
    softmax = Family("q", POSITIVE, (K,), "softmax", ((m,), exp(scores[m]) / total(exp(scores[k]), k)))
    assert mentioned(Named("J", (softmax.whole("a row"),))) >= {scores, softmax}


def test_a_derivative_knows_what_depends_on_what_it_is_by():
    weights = Family("w", REAL, (K,), "weights")
    outputs = Family("z", REAL, (N,), "scores", depends_on=weights)
    story = begun(total(outputs[i], i) + total(weights[k] ** 2, k), Named("J", (weights.whole("all", "W"),)))
    message = refusal(lambda: told(story, 2 * weights[m], DerivativeOf(story.steps[0], weights[m])))
    assert "depends on wₘ in a way that is not said" in message


def test_a_hat_is_on_the_unknown_that_was_found():
    story = begun(-((mu - x) ** 2) * b, Named("ell", (mu,)))
    slope = told(story, 2 * (x - mu) * b, DerivativeOf(story.steps[0], mu))
    for wrong in ("sigmahat", "nu", "bhat"):
        assert "is no name for what μ was found to be" in refusal(
            lambda wrong=wrong: told(story, x, RootOf(slope, mu), Letter(wrong))
        )
    told(story, x, RootOf(slope, mu), Letter("muhat"))
    told(story, x, RootOf(slope, mu), Letter("mu_best"))
    root = told(story, x, RootOf(slope, mu))
    assert "is no name" in refusal(lambda: told(story, number(1), Put(root, {x: number(1)}), Letter("sigmahat")))


def test_an_unknown_is_found_once():
    story = begun(z - a)
    told(story, a, RootOf(story.steps[0], z))
    told(story, z - b, Definition(), F)
    assert "z stands for something else" in refusal(lambda: told(story, b, RootOf(story.steps[-1], z)))


def test_the_optimum_stays_where_the_name_shows_it():
    story = begun(b * (mu - a) ** 2 + sigma, Named("ell", (mu, b)))
    dropped = Affine(story.steps[0], 1 / b, -(sigma / b), (mu,))
    assert "shows b, on which" in refusal(lambda: told(story, (mu - a) ** 2, dropped, Named("J", (mu, b))))
    assert "does not show mu" in refusal(lambda: told(story, (mu - a) ** 2, dropped, Named("J", (a,))))
    told(story, (mu - a) ** 2, dropped, Named("J", (mu,)))


def test_a_closed_form_has_the_name_of_its_recursion():
    values = Family("y", REAL, (t,), "values")
    story = Story()
    told(story, values[t - 1] / 2 + 1, Recursion(time=t, start=a), values[t])
    recursion = story.steps[0]
    closed = 2 + (a - 2) / number(2) ** t
    assert refusal(lambda: told(story, closed, Definition(), values[t]))
    assert refusal(lambda: told(story, closed + 1, Induction(recursion)))
    told(story, closed, Induction(recursion))
    assert story.steps[-1].subject == values[t]


def test_facts_are_shown_under_the_name():
    told(Story(), z**2 + a, Definition(known=lambda f: (replaced(f, {z: 0}).equals(a),)), J)

    def at_one(f):
        return ((f if f == J else z**2 + 1).equals(z**2 + 1),)

    assert "stands for something else" in refusal(lambda: told(Story(), z**2 + a, Definition(known=at_one), J))


# The lines of a derivation.


def test_a_derivation_binds_its_names_itself():
    made = derive("hinge")
    assert replace(made, title="Another") != made
    first, second = made.steps
    assert "has no name" in refusal(lambda: replace(made, steps=(replace(first, left=None), second)))
    assert "its check knows" in refusal(lambda: replace(made, steps=(second,)))
    renamed = replace(first, left=Named("J_1", (y,)), check=Definition())
    assert "shows y, which is not in" in refusal(lambda: replace(made, steps=(renamed,)))


def test_lines_of_another_derivation_get_names_of_their_own():
    other = derive("hinge").steps[0]
    assert "lines of another derivation" in refusal(lambda: told(Story(), log(other.after), LogOf(other), F))
    story = Story()
    told(story, other.after, Equal(other), F)
    assert str(story.steps[0].left) == "F(z)"
