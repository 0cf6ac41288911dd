"""What is right near zero, or on one side of a corner, and wrong elsewhere, is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from optiviz.derive import Refused, derive
from optiviz.derive.domains import COUNT, POSITIVE, REAL
from optiviz.derive.functions import (
    absolute,
    cases,
    derivative,
    exp,
    integral,
    log,
    maximum,
    minimum,
    number,
    pi,
    sigmoid,
    sign,
    softplus,
    sqrt,
    total,
)
from optiviz.derive.letters import N, i, mu, xs, y, z
from optiviz.derive.points import Point, points, value
from optiviz.derive.proof import confirm, confirm_sign
from optiviz.derive.sides import places_where, sides, within
from optiviz.derive.written import Letter

a = Letter("a", POSITIVE, "a positive number")
n = Letter("n", COUNT, "a count")

EQUAL_NEARBY = [
    (maximum(z, 0), minimum(maximum(z, 0), 5)),
    (softplus(z), cases((softplus(z), z <= 10), otherwise=number(0))),
    (derivative((z - y) ** 2, z), cases((2 * (z - y), z <= 4), otherwise=number(7))),
    (derivative(absolute(z), z), cases((sign(z), z <= 5), otherwise=number(7))),
    (absolute(z), absolute(z) * sign(z + 4)),
    (absolute(z), absolute(z) * sign(z + 3000)),
    (absolute(z), cases((absolute(z), z < 3), (absolute(z), z > 3), otherwise=number(4))),
    (log(a), log(a) * sign(3 - a)),
    (absolute(a - 1), cases((absolute(a - 1), exp(-a) * 5000 >= 1), otherwise=a)),
    (z, cases((z, absolute(z) <= 11), otherwise=z + 1)),
    (z, z + (maximum(z, 4) - 4) * (maximum(y, 9) - 9)),
    (total(absolute(xs[i]), i), total(minimum(absolute(xs[i]), 8), i)),
    (total(xs[i], i), total(xs[i], i) * cases((number(1), N <= 3), otherwise=number(2))),
    (total(xs[i], i), total(xs[i], i) + (N - 1) * (N - 2) * (N - 3) * mu),
    (n + 0, minimum(n, 6)),
    (sqrt(5 - a) ** 2, 5 - a),
]


@pytest.mark.parametrize(("left", "right"), EQUAL_NEARBY, ids=str)
def test_what_is_equal_nearby_only_is_refused(left, right):
    with pytest.raises(Refused):
        confirm(left, right)


@pytest.mark.parametrize(
    ("tree", "holds"),
    [
        (z - 5, "<"),
        (z**2 - 100, "<"),
        (12 * z**2 - 64, "<"),
        (maximum(z, 5) - 6, "<"),
        (cases((sigmoid(z) * (1 - sigmoid(z)), z <= 9), otherwise=number(-1)), ">"),
        (6 - n, ">="),
        (cases((number(1), (z - 20) ** 2 > 0), otherwise=number(-1)), ">"),
    ],
    ids=str,
)
def test_a_sign_that_holds_nearby_only_is_refused(tree, holds):
    with pytest.raises(Refused):
        confirm_sign(tree, holds)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (derivative(z**2, z), 2 * z + z / 10**11),
        (z**2, z**2 + z / 10**25),
        (integral(exp(-(z**2)) / sqrt(pi), z, -7, 7), number(1)),
        (integral(exp(-(z**2)), z), sqrt(pi) + number(1) / 10**12),
    ],
    ids=str,
)
def test_numbers_alone_prove_nothing(left, right):
    with pytest.raises(Refused, match="agree at all points tried, but that they are equal was not proved"):
        confirm(left, right)


def test_a_case_of_which_there_is_no_point_is_refused():
    never = cases((z + 1, ((z - 7) ** 2).equals(0)), otherwise=z)
    with pytest.raises(Refused, match="no point was found for each of the cases of"):
        confirm(z + 0 * absolute(z), never)


@pytest.mark.parametrize(
    ("name", "line", "spoil"),
    [
        ("bce", 18, lambda line: minimum(line, 20)),
        ("bce", 17, lambda line: cases((line, z <= 9), otherwise=number(1))),
        ("mse", 20, lambda line: maximum(-12, minimum(line, 12))),
        ("huber", 3, lambda line: cases((line, z <= 40), otherwise=number(1))),
    ],
)
def test_a_line_of_ours_that_is_spoilt_far_out_is_refused(name, line, spoil):
    step = derive(name).steps[line - 1]
    with pytest.raises(Refused):
        step.check.confirm(spoil(step.after))


def test_corners_are_met_on_both_sides_and_on_themselves():
    found = sides(absolute(absolute(z - y) - a), z)
    assert found.on and not found.unseen
    for corner in (z - y, absolute(z - y) - a):
        assert {bool(value(corner, point) > 0) for point in found.beside} == {True, False}
    assert all(value(z - y, point) == 0 or value(absolute(z - y) - a, point) == 0 for point in found.on)


def test_zeros_are_found():
    at = Point({}, drawn={("y",): 2})
    assert places_where(3 * z - 7, z, at) == [Fraction(7, 3)]
    assert places_where(absolute(z - y) - 6, z, at) == [-4, 8]
    assert places_where(y - 2, z, at) == []
    (far,) = places_where(exp(a) - 500, a, at)
    assert abs(value(exp(a), at.moved(a, far)) - 500) < 1e-12


def test_what_may_stand_for_a_letter():
    share = Letter("p", REAL, "any number")
    assert within(share, z) and within(a, a + 1) and within(a, exp(z)) and within(n, n + 1)
    assert not within(a, z) and not within(a, number(0)) and not within(n, a)
    assert within(a, number(0), edge=True) and not within(a, number(-1), edge=True)
    assert all(value(a, point) > 0 for point in points(a))
