"""The proof: what runs is what the paper says.

Each rule is traced, its trace handed to SymPy, and the difference from the paper's equations simplified to
zero: from an arbitrary state, with every number a symbol, and along three updates from the beginning. The
equations stand here in the paper's own form (sums over all gradients, points in place of velocities), not in
ours. t is 1, 2 and 3: it enters only through powers and fractions. Nothing here rests on numbers alone.

beta = 1 / (1 + a) with a > 0 lets SymPy see that 1 - beta^t is positive. Rules with corners (max, sign, where)
are proved case by case: at a point with exact coordinates it is decided which side of each corner applies,
and there both sides are formulas without corners, which must be equal as such.
"""

from __future__ import annotations

import inspect
import operator
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import pytest
import sympy
from examples import every
from sympy import Abs, Max, Min, Piecewise, Rational, S, Sum, sign, sqrt

import optiviz
from optiviz.averages import Average, ewma, ewma_uncorrected
from optiviz.dialects import keras, torch
from optiviz.formula import Formula
from optiviz.optimizers import Optimizer
from optiviz.symbolic import expressions
from optiviz.trace.operations import OPERATIONS

TIMES = (1, 2, 3)
SHARES = ("beta", "beta1", "beta2", "rho")
SIGNED = ("theta", "g", "x", "y", "m", "mean", "average", "z", "before", "t")
DIGITS = 40


class Refused(AssertionError):
    """The formulas differ."""


@cache
def named(name: str) -> sympy.Symbol:
    """The symbol of a name, positive unless it may have either sign; that of a share beta is its a."""
    return sympy.Symbol(f"a_{name}" if name in SHARES else name, real=True, positive=None if name in SIGNED else True)


def value(name: str) -> Any:
    """What stands for a name in an equation."""
    return 1 / (1 + named(name)) if name in SHARES else named(name)


def gradients(count: int) -> list[sympy.Symbol]:
    return [sympy.Symbol(f"g{i}", real=True) for i in range(1, count + 1)]


# What the code does.


def step(formula: Formula, t: int, **state: Any) -> list[Any]:
    """What the trace returns at time t, in the symbols of its inputs or in what `state` puts in their place."""
    inputs = {name: state.get(name, value(name)) for name in formula.trace.inputs} | {"t": S(t)}
    swap = {sympy.Symbol(name, real=True): expression for name, expression in inputs.items()}
    return [expression.subs(swap, simultaneous=True) for expression in expressions(formula.trace)]


def along(formula: Formula, inputs: list[Any], **state: Any) -> list[list[Any]]:
    """What it returns at t = 1, 2, ... from its beginning, one gradient (or value) after the other."""
    variable = "x" if isinstance(formula, Average) else "g"
    state = {"theta": named("theta"), **state}
    for slot, first in formula.slots.items():
        state[slot] = state.setdefault(first, value(first)) if isinstance(first, str) else S(first)
    found = []
    for t, each in enumerate(inputs, start=1):
        found.append(step(formula, t, **state, **{variable: each}))
        state |= zip((formula.result, *formula.slots), found[-1], strict=True)
    return found


# Corners.

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "StrictGreaterThan": operator.gt,
    "GreaterThan": operator.ge,
    "StrictLessThan": operator.lt,
    "LessThan": operator.le,
}


def around(expression: Any, point: dict[Any, Any]) -> Any:
    """The formula without corners that `expression` is around a point. Ours and SymPy's corners are read alike."""
    smooth = chosen(expression, point)
    return smooth if smooth == expression else around(smooth, point)  # sqrt(x**2), put together anew, is Abs(x)


def chosen(expression: Any, point: dict[Any, Any]) -> Any:
    name = expression.func.__name__
    if not expression.args:
        return expression
    if name in ("where", "Piecewise"):
        pairs = [expression.args[:2], (True, expression.args[2])] if name == "where" else None
        for condition, branch in pairs or [(pair.cond, pair.expr) for pair in expression.args]:
            if holds(condition, point):
                return chosen(branch, point)
    args = [chosen(a, point) for a in expression.args]
    if name in ("maximum", "Max", "minimum", "Min"):
        return (max if name.lower().startswith("max") else min)(args, key=lambda a: number(a, point))
    if name in ("abs", "Abs"):
        return args[0] if number(args[0], point) >= 0 else -args[0]
    if name == "sign":
        return S(sympy.sign(number(args[0], point)))
    return expression.func(*args)


def holds(condition: Any, point: dict[Any, Any]) -> bool:
    if condition in (True, False, sympy.true, sympy.false):
        return bool(condition)
    name = condition.func.__name__
    if name in ("And", "Or"):
        return (all if name == "And" else any)(holds(part, point) for part in condition.args)
    if name == "ITE":  # SymPy's if, then, else: a case within a case
        first, then, otherwise = condition.args
        return holds(then if holds(first, point) else otherwise, point)
    left, right = (number(around(side, point), point) for side in condition.args)
    return bool(COMPARISONS[name](left, right))


def number(expression: Any, point: dict[Any, Any]) -> Any:
    return sympy.N(S(expression).subs(point), DIGITS)


def points(symbols: Iterable[Any], cases: Sequence[dict[str, Any]] = ()) -> list[dict[Any, Any]]:
    """Exact points, one for each case (its numbers, and any for the rest), or three where there are none."""
    primes = [*sympy.primerange(2, 2000)]
    found = []
    for k, own in enumerate(cases or ({},) * 3):
        at = {}
        for i, symbol in enumerate(sorted(symbols, key=str)):
            flip = -1 if not symbol.is_positive and (i + k) % 2 else 1
            at[symbol] = own.get(symbol.name, Rational(flip * primes[3 * i + 7 * k], primes[2 * i + 5 * k + 9]))
        found.append({symbol: S(number) for symbol, number in at.items()})
    return found


# The comparison.


def prove(found: Iterable[Any], expected: Iterable[Any], cases: Sequence[dict[str, Any]] = ()) -> None:
    """Raise Refused unless all pairs are equal: refuted by numbers, proved by simplification, case by case."""
    for ours, paper in zip(found, expected, strict=True):
        ours, paper = S(ours), S(paper)
        proved = set()
        for point in points(ours.free_symbols | paper.free_symbols, cases):
            difference = around(ours, point) - around(paper, point)
            if abs(number(difference, point)) > 1e-25:
                raise Refused(f"{ours} is not {paper} at {point}")
            if difference not in proved and not vanishes(difference):
                raise AssertionError(f"neither proved nor refuted: {sympy.simplify(difference)}")
            proved.add(difference)


def vanishes(difference: Any) -> bool:
    """Is it zero? First by making what stands under each root canonical, then by all that SymPy knows."""
    canonical = difference.replace(
        lambda e: e.is_Pow and not e.exp.is_Integer, lambda e: sympy.factor(sympy.together(e.base)) ** e.exp
    )
    return bool(sympy.cancel(sympy.together(canonical)) == 0 or sympy.simplify(difference) == 0)


# The papers: one update from any state, at time t. Each is a function of values by name.


def gradient_descent(t, theta, g, lr):
    """Cauchy; Robbins and Monro."""
    return [theta - lr * g]


def heavy_ball(t, theta, g, v, lr, beta):
    """Polyak (1964), equation 9, which knows no velocity, only the point before; v is their difference."""
    before = theta - v
    new = theta - lr * g + beta * (theta - before)
    return [new, new - theta]


def nesterov(t, theta, g, v, lr, beta):
    """Sutskever et al. (2013), equations 3 and 4: theta is their theta + mu v, where they take the gradient."""
    behind = theta - beta * v
    velocity = beta * v - lr * g
    return [behind + velocity + beta * velocity, velocity]


def adagrad(t, theta, g, cache, lr, eps):
    """Duchi et al. (2011), figure 1, with the course's eps under the root."""
    return [theta - lr * (cache + g**2 + eps) ** Rational(-1, 2) * g, cache + g**2]


def rmsprop(t, theta, g, cache, lr, rho, eps):
    """Tieleman and Hinton (2012), slide 29, with the course's eps under the root."""
    mean_square = rho * cache + (1 - rho) * g**2
    return [theta - lr * g / sqrt(mean_square + eps), mean_square]


def moments(t, g, m, v, beta1, beta2):
    """Kingma and Ba (2015), algorithm 1: the biased moments and the corrected ones."""
    first, second = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return first, second, first / (1 - beta1**t), second / (1 - beta2**t)


def adam(t, theta, g, m, v, lr, beta1, beta2, eps):
    """Kingma and Ba (2015), algorithm 1."""
    first, second, mhat, vhat = moments(t, g, m, v, beta1, beta2)
    return [theta - lr * mhat / (sqrt(vhat) + eps), first, second]


def adam_uncorrected(t, theta, g, m, v, lr, beta1, beta2, eps):
    """The course's slide: algorithm 1 without its two lines of correction."""
    first, second, *_ = moments(t, g, m, v, beta1, beta2)
    return [theta - lr * first / (sqrt(second) + eps), first, second]


def moving_average(t, x, y, beta):
    """Roberts (1959)."""
    return [beta * y + (1 - beta) * x] * 2


def corrected_average(t, x, y, beta):
    """Kingma and Ba (2015), section 3: divided by the sum of the weights (1 - beta) beta^i that were given so far."""
    i = sympy.Symbol("i", integer=True)
    weights = Sum((1 - beta) * beta**i, (i, 0, t - 1)).doit()
    return [(beta * y + (1 - beta) * x) / weights, beta * y + (1 - beta) * x]


def rmsprop_centered(t, theta, g, mean, cache, lr, rho, eps):
    """Graves (2013), equations 38 to 40, with eps inside the root as there."""
    n, average = rho * cache + (1 - rho) * g**2, rho * mean + (1 - rho) * g
    return [theta - lr * g / sqrt(n - average**2 + eps), average, n]


def adadelta(t, theta, g, cache, delta, lr, rho, eps):
    """Zeiler (2012), algorithm 1: RMS[x] is the root of E[x²] + eps."""
    squares = rho * cache + (1 - rho) * g**2
    move = -sqrt(delta + eps) / sqrt(squares + eps) * g
    return [theta + lr * move, squares, rho * delta + (1 - rho) * move**2]


def adamax(t, theta, g, m, u, lr, beta1, beta2, eps):
    """Kingma and Ba (2015), algorithm 2, with torch's eps beside the gradient."""
    first, largest = beta1 * m + (1 - beta1) * g, Max(beta2 * u, Abs(g) + eps)
    return [theta - lr / (1 - beta1**t) * first / largest, first, largest]


def nadam(t, theta, g, m, v, product, lr, beta1, beta2, eps, psi):
    """Dozat (2016), algorithm 2, with the schedule of mu of his section 2; `product` is that of mu_1 to mu_(t-1)."""

    def mu(i):
        return beta1 * (1 - Rational(1, 2) * Rational(96, 100) ** (i * psi))

    first, second, _, vhat = moments(t, g, m, v, beta1, beta2)
    ghat = g / (1 - product * mu(t))
    mhat = first / (1 - product * mu(t) * mu(t + 1))
    mbar = (1 - mu(t)) * ghat + mu(t + 1) * mhat
    return [theta - lr * mbar / (sqrt(vhat) + eps), first, second, product * mu(t)]


def radam(t, theta, g, m, v, lr, beta1, beta2, eps, threshold):
    """Liu et al. (2020), algorithm 2, with Adam's eps, and a threshold where the paper has 4."""
    first, second, mhat, vhat = moments(t, g, m, v, beta1, beta2)
    longest = 2 / (1 - beta2) - 1
    rho = longest - 2 * t * beta2**t / (1 - beta2**t)
    r = sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
    return [
        Piecewise((theta - lr * r * mhat / (sqrt(vhat) + eps), rho > threshold), (theta - lr * mhat, True)),
        first,
        second,
    ]


def amsgrad(t, theta, g, m, v, vhat, lr, beta1, beta2, eps):
    """Reddi et al. (2018), algorithm 2, with Adam's eps."""
    first, second, *_ = moments(t, g, m, v, beta1, beta2)
    largest = Max(vhat, second)
    return [theta - lr * first / (sqrt(largest) + eps), first, second, largest]


def adamw(t, theta, g, m, v, lr, beta1, beta2, eps, decay):
    """Loshchilov and Hutter (2019), algorithm 2: the decay stands beside the step, not in the gradient."""
    stepped, first, second = adam(t, theta, g, m, v, lr, beta1, beta2, eps)
    return [stepped - lr * decay * theta, first, second]


def adabelief(t, theta, g, m, s, lr, beta1, beta2, eps):
    """Zhuang et al. (2020), algorithm 2."""
    first = beta1 * m + (1 - beta1) * g
    belief = beta2 * s + (1 - beta2) * (g - first) ** 2 + eps
    return [theta - lr * (first / (1 - beta1**t)) / (sqrt(belief / (1 - beta2**t)) + eps), first, belief]


def yogi(t, theta, g, m, v, lr, beta1, beta2, eps):
    """Zaheer et al. (2018), algorithm 2."""
    first = beta1 * m + (1 - beta1) * g
    second = v - (1 - beta2) * sign(v - g**2) * g**2
    return [theta - lr * first / (sqrt(second) + eps), first, second]


def sign_sgd(t, theta, g, lr):
    """Bernstein et al. (2018), algorithm 1."""
    return [theta - lr * sign(g)]


def signum(t, theta, g, m, lr, beta):
    """Bernstein et al. (2018), algorithm 2."""
    average = beta * m + (1 - beta) * g
    return [theta - lr * sign(average), average]


def lion(t, theta, g, m, lr, beta1, beta2, decay):
    """Chen et al. (2023), algorithm 2: the step comes before the momentum is updated."""
    return [theta - lr * (sign(beta1 * m + (1 - beta1) * g) + decay * theta), beta2 * m + (1 - beta2) * g]


def rprop(t, theta, g, step, before, lr, shrink, grow, smallest, largest):
    """Igel and Hüsken (2000), figure 4 (iRprop-)."""
    agree = g * before
    longer, shorter = Min(step * grow, largest), Max(step * shrink, smallest)
    new = Piecewise((longer, agree > 0), (shorter, agree < 0), (step, True))
    slope = Piecewise((0, agree < 0), (g, True))
    return [theta - sign(slope) * new, new, slope]


def asgd(t, theta, g, average, lr, decay, alpha, after):
    """Xu (2011): the rate; Polyak and Juditsky (1992), equation 3, from `after` updates on."""
    rate = lr * (1 + decay * lr * (t - 1)) ** -alpha
    new = (1 - rate * decay) * theta - rate * g
    count = Max(1, t - 1 - after)
    return [new, (count - 1) / count * average + new / count]


def schedule_free(t, theta, g, z, x, lr, beta):
    """Defazio et al. (2024) in their own program: x is the mean of all z that were stepped to, without the start."""
    z = z - lr * g
    x = (1 - S(1) / t) * x + z / t
    return [(1 - beta) * z + beta * x, z, x]


def schedule_free_adamw(t, theta, g, z, x, v, lr, beta1, beta2, eps, decay):
    """Defazio et al. (2024) in their own program, without warmup and with a constant rate."""
    second = beta2 * v + (1 - beta2) * g**2
    z = z - lr * g / (sqrt(second / (1 - beta2**t)) + eps) - lr * decay * theta
    x = (1 - S(1) / t) * x + z / t
    return [(1 - beta1) * z + beta1 * x, z, x, second]


PAPERS: dict[Formula, Callable[..., list[Any]]] = {
    optiviz.gd: gradient_descent,
    optiviz.sgd: gradient_descent,
    optiviz.momentum: heavy_ball,
    optiviz.nesterov: nesterov,
    optiviz.adagrad: adagrad,
    optiviz.rmsprop: rmsprop,
    optiviz.adam: adam,
    optiviz.adam_uncorrected: adam_uncorrected,
    ewma: corrected_average,
    ewma_uncorrected: moving_average,
    optiviz.rmsprop_centered: rmsprop_centered,
    optiviz.adadelta: adadelta,
    optiviz.adamax: adamax,
    optiviz.nadam: nadam,
    optiviz.radam: radam,
    optiviz.amsgrad: amsgrad,
    optiviz.adamw: adamw,
    optiviz.adabelief: adabelief,
    optiviz.yogi: yogi,
    optiviz.sign_sgd: sign_sgd,
    optiviz.signum: signum,
    optiviz.lion: lion,
    optiviz.rprop: rprop,
    optiviz.asgd: asgd,
    optiviz.schedule_free: schedule_free,
    optiviz.schedule_free_adamw: schedule_free_adamw,
}
NOT_OF_NUMBERS = {optiviz.lamb, optiviz.adafactor, optiviz.muon}
"""Rules of whole tensors; tests/test_tensors.py compares them with their papers on arrays."""

CASES: dict[Callable[..., list[Any]], list[dict[str, Any]]] = {
    adamax: [{"u": 9, "g": 1, "a_beta2": Rational(1, 9)}, {"u": Rational(1, 9), "g": -3}, {"u": 1, "g": 2}],
    amsgrad: [{"vhat": 50, "v": 1, "g": 2}, {"vhat": Rational(1, 50), "v": 3, "g": -2}],
    yogi: [{"v": 9, "g": 2}, {"v": 1, "g": -2}, {"v": 4, "g": 2}],
    sign_sgd: [{"g": 2}, {"g": -2}, {"g": 0}],
    signum: [{"g": 2, "m": 3}, {"g": -2, "m": -3}, {"g": 1, "m": -1, "a_beta": 1}],
    lion: [{"g": 2, "m": 3}, {"g": -2, "m": -3}, {"g": 1, "m": -1, "a_beta1": 1}],
    # with beta2 near 1 rho is about t, and is trusted later; with beta2 = 1/2 it never is
    radam: [
        {"a_beta2": Rational(1, 999), "threshold": Rational(401, 100)},
        {"a_beta2": 1, "threshold": 5},
    ],
    # Within its bounds, as the paper takes for granted, a step stays there or would leave them; after a turn,
    # on a straight way, from rest.
    rprop: [
        {"step": 2, "smallest": 1, "largest": 9, "grow": 2, "shrink": Rational(2, 3), "g": g, "before": b}
        for g in (3, -3, 0)
        for b in (2, -2, 0)
    ]
    + [
        {"step": 2, "smallest": Rational(9, 5), "largest": 3, "grow": 2, "shrink": Rational(1, 2), "g": 3, "before": b}
        for b in (2, -2)
    ],
    asgd: [{"after": Rational(1, 2)}, {"after": 5}, {"after": Rational(3, 2)}],
}
"""Points that lie on each side of the corners, and on them."""

WITHIN = [
    {"lr": 1, "smallest": Rational(1, 9), "largest": 99, "grow": 2, "shrink": Rational(1, 2), "g2": g2, "g3": 5}
    for g2 in (-7, 0, 7)
]
"""The way of rprop stays within its bounds, with turns and without."""

LATER: dict[Callable[..., list[Any]], tuple[int, ...]] = {radam: (6, 9)}
"""Times at which what happens later than the third update happens."""


def paper(equations: Callable[..., list[Any]], formula: Formula, t: int) -> list[Any]:
    return equations(t=S(t), **{name: value(name) for name in formula.trace.inputs if name != "t"})


def prove_one_update(formula: Formula, equations: Callable[..., list[Any]], times: Sequence[int] = TIMES) -> None:
    for t in (*times, *LATER.get(equations, ())):
        prove(step(formula, t), paper(equations, formula, t), CASES.get(equations, ()))


@pytest.mark.parametrize("times", [(2,), pytest.param(TIMES, marks=pytest.mark.proof)], ids=str)
@pytest.mark.parametrize("formula", every(2, PAPERS), ids=lambda formula: formula.name)
def test_one_update_from_any_state_is_the_paper_s(formula, times):
    prove_one_update(formula, PAPERS[formula], times)


def test_no_rule_is_left_out():
    ours = {rule for rule in Optimizer.registry.values() if "." not in rule.name} | {*Average.registry.values()}
    assert {*PAPERS} | NOT_OF_NUMBERS == ours


def test_the_cases_lie_on_every_side_of_every_corner():
    """Deciding each corner at the points gives as many different formulas as the paper's cases have."""
    sides = {adamax: 3, amsgrad: 2, yogi: 3, sign_sgd: 3, signum: 3, lion: 3, radam: 2, rprop: 5, asgd: 2}
    assert sides.keys() == CASES.keys()
    for formula, equations in PAPERS.items():
        if equations in CASES:
            last = max((*TIMES, *LATER.get(equations, ())))
            whole = sympy.Tuple(*paper(equations, formula, last))
            given = points(whole.free_symbols, CASES[equations])
            assert len({around(whole, point) for point in given}) >= sides[equations], formula.name


# From the beginning: the sums of the papers over all gradients.


def unrolled(formula: Formula) -> list[list[Any]]:
    return along(formula, gradients(3))


def weighted(beta: Any, values: list[Any]) -> Any:
    """The sum of (1 - beta) beta^(t - i) x_i over i = 1 ... t: the closed form of the moving average."""
    t = len(values)
    return sum((1 - beta) * beta ** (t - i) * x for i, x in enumerate(values, start=1))


def squares(values: list[Any]) -> list[Any]:
    return [x**2 for x in values]


def path(formula: Formula, move: Callable[[list[Any]], Any]) -> list[Any]:
    """The points of the paper: theta minus lr times each move, which is a function of all gradients so far."""
    g = gradients(3)
    moves = [named("lr") * move(g[:t]) for t in TIMES]
    return [named("theta") - sum(moves[:t]) for t in TIMES]


def adam_move(g: list[Any]) -> Any:
    """Kingma and Ba (2015), equation 4, over its correction."""
    beta1, beta2, t = value("beta1"), value("beta2"), len(g)
    mhat = weighted(beta1, g) / (1 - beta1**t)
    return mhat / (sqrt(weighted(beta2, squares(g)) / (1 - beta2**t)) + named("eps"))


def uncorrected_move(g: list[Any]) -> Any:
    return weighted(value("beta1"), g) / (sqrt(weighted(value("beta2"), squares(g))) + named("eps"))


def heavy_ball_move(g: list[Any]) -> Any:
    return sum(value("beta") ** (len(g) - i) * x for i, x in enumerate(g, start=1))


def nesterov_move(g: list[Any]) -> Any:
    return value("beta") * heavy_ball_move(g) + g[-1]


MOVES: dict[Formula, Callable[[list[Any]], Any]] = {
    optiviz.gd: lambda g: g[-1],
    optiviz.sgd: lambda g: g[-1],
    optiviz.momentum: heavy_ball_move,
    optiviz.nesterov: nesterov_move,
    optiviz.adagrad: lambda g: g[-1] / sqrt(sum(squares(g)) + named("eps")),
    optiviz.rmsprop: lambda g: g[-1] / sqrt(weighted(value("rho"), squares(g)) + named("eps")),
    optiviz.adam: adam_move,
    optiviz.adam_uncorrected: uncorrected_move,
    optiviz.signum: lambda g: sign(weighted(value("beta"), g)),
    optiviz.adamax: lambda g: (
        weighted(value("beta1"), g)
        / (1 - value("beta1") ** len(g))
        / Max(*(value("beta2") ** (len(g) - i) * (Abs(x) + named("eps")) for i, x in enumerate(g, start=1)))
    ),
}


@pytest.mark.parametrize("formula", MOVES, ids=lambda formula: formula.name)
def test_three_updates_from_the_beginning_are_the_paper_s_sums(formula):
    prove([new[0] for new in unrolled(formula)], path(formula, MOVES[formula]))


def test_the_moments_are_closed_sums():
    """Kingma and Ba (2015), equation 4, and AdaGrad's sum, which forgets nothing."""
    g = gradients(3)
    for t, (_, m, v) in enumerate(unrolled(optiviz.adam), start=1):
        prove([m, v], [weighted(value("beta1"), g[:t]), weighted(value("beta2"), squares(g[:t]))])
    prove([cache for _, cache in unrolled(optiviz.adagrad)], [sum(squares(g[:t])) for t in TIMES])


def test_the_corrected_average_is_a_mean():
    """Its weights beta^(t - i) are divided by their sum, so a constant is its own average at every time."""
    x, beta = gradients(3), value("beta")
    for t, (yhat, y) in enumerate(unrolled(ewma), start=1):
        weights = [beta ** (t - i) for i in range(1, t + 1)]
        mean = sum(w * each for w, each in zip(weights, x, strict=False)) / sum(weights)
        prove([yhat, yhat.subs(dict.fromkeys(x, named("x")))], [mean, named("x")])
        prove([y], [weighted(beta, x[:t])])
    for t, (yhat, _) in enumerate(unrolled(ewma_uncorrected), start=1):
        prove([yhat.subs(dict.fromkeys(x, named("x")))], [(1 - beta**t) * named("x")])


def test_schedule_free_s_x_is_the_mean_of_gradient_descent_s_points():
    g, lr, theta = gradients(3), named("lr"), named("theta")
    z = [theta - lr * sum(g[:t]) for t in TIMES]
    for t, (_, last, mean) in enumerate(unrolled(optiviz.schedule_free), start=1):
        prove([last, mean], [z[t - 1], sum(z[:t]) / t])


@pytest.mark.proof
@pytest.mark.parametrize("formula", PAPERS, ids=lambda formula: formula.name)
def test_three_updates_of_the_code_are_three_of_the_paper(formula):
    """From the beginning, the paper's equations applied to what they gave before."""
    inputs = gradients(3)
    found = along(formula, inputs)
    equations, variable = PAPERS[formula], "x" if isinstance(formula, Average) else "g"
    state: dict[str, Any] = {name: value(name) for name in formula.params} | {"theta": named("theta")}
    for slot, first in formula.slots.items():
        state[slot] = state[first] if isinstance(first, str) else S(first)
    for t, each in enumerate(inputs, start=1):
        known = {name: state[name] for name in formula.trace.inputs if name in state}
        new = equations(t=S(t), **known | {variable: each})
        prove(found[t - 1], new, WITHIN if equations is rprop else ())
        state |= zip((formula.result, *formula.slots), new, strict=True)


# What is wrong is refused. Each rule stands beside the one that it is nearly.


PLANTED: dict[str, tuple[Formula, str, str]] = {
    "eps hat: the root is corrected, eps is not": (
        optiviz.adam,
        "lr * mhat / (sqrt(vhat) + eps)",
        "lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + eps)",
    ),
    "1 - beta for 1 - beta^t": (optiviz.adam, "(1 - beta1**t)", "(1 - beta1)"),
    "1 - beta2 for 1 - beta2^t": (optiviz.adam, "(1 - beta2**t)", "(1 - beta2)"),
    "no correction": (optiviz.adam, "mhat / (sqrt(vhat)", "m / (sqrt(v)"),
    "v not corrected": (optiviz.adam, "sqrt(vhat)", "sqrt(v)"),
    "eps under the root": (optiviz.adam, "sqrt(vhat) + eps", "sqrt(vhat + eps)"),
    "the old m": (optiviz.adam, "m = beta1 * m + (1 - beta1) * g\n", "old = m; m = beta1 * m + (1 - beta1) * g\n"),
    "the old v": (
        optiviz.adam,
        "v = beta2 * v + (1 - beta2) * g**2\n",
        "old = v; v = beta2 * v + (1 - beta2) * g**2\n",
    ),
    "beta1 twice": (optiviz.adam, "v = beta2 * v + (1 - beta2)", "v = beta1 * v + (1 - beta1)"),
    "time from 0": (optiviz.adam, "beta1**t", "beta1**(t + 1)"),
    "no square": (optiviz.adam, "g**2", "abs(g)"),
    "no root": (optiviz.adam, "sqrt(vhat)", "vhat"),
    "shares exchanged": (optiviz.adam, "beta1 * m + (1 - beta1) * g", "(1 - beta1) * m + beta1 * g"),
    "uphill": (optiviz.adam, "theta - lr", "theta + lr"),
    "the correction after all": (optiviz.adam_uncorrected, "lr * m /", "lr * m / (1 - beta1**t) /"),
    "an average for the sum": (optiviz.adagrad, "cache + g**2\n", "0.9 * cache + (1 - 0.9) * g**2\n"),
    "eps beside the root": (optiviz.adagrad, "sqrt(cache + eps)", "(sqrt(cache) + eps)"),
    "the cache before": (optiviz.adagrad, "sqrt(cache + eps)", "sqrt(cache - g**2 + eps)"),
    "a sum for the average": (optiviz.rmsprop, "(1 - rho) * g**2", "g**2"),
    "eps beside RMSProp's root": (optiviz.rmsprop, "sqrt(cache + eps)", "(sqrt(cache) + eps)"),
    "an average of gradients": (optiviz.momentum, "lr * g", "lr * (1 - beta) * g"),
    "lr outside": (
        optiviz.momentum,
        "v = beta * v - lr * g\n    return theta + v",
        "v = beta * v - g\n    return theta + lr * v",
    ),
    "no look ahead": (optiviz.nesterov, "theta + beta * v - lr * g", "theta + v"),
    "twice ahead": (optiviz.nesterov, "theta + beta * v - lr * g", "theta + v + beta * v - lr * g"),
    "a window for the share": (ewma, "(1 - beta**t)", "(1 - beta)"),
    "no correction of the average": (ewma, "y / (1 - beta**t)", "y"),
    "decay in the gradient": (optiviz.adamw, "    m = beta1", "    g = g + decay * theta\n    m = beta1"),
    "decay by the schedule alone, as in the paper's algorithm 2": (
        optiviz.adamw,
        "lr * (mhat / (sqrt(vhat) + eps) + decay * theta)",
        "lr * mhat / (sqrt(vhat) + eps) - decay * theta",
    ),
    "the momentum of now": (optiviz.nadam, "ahead * m / (1 - product * ahead)", "mu * m / (1 - product)"),
    "no memory": (optiviz.amsgrad, "maximum(vhat, v)", "v"),
    "belief in the old m": (optiviz.adabelief, "(g - m) ** 2", "g ** 2"),
    "eps outside the belief": (optiviz.adabelief, "** 2 + eps", "** 2"),
    "Adam's v": (optiviz.yogi, "v - (1 - beta2) * sign(v - g**2) * g**2", "beta2 * v + (1 - beta2) * g**2"),
    "one average": (optiviz.lion, "beta2 * m + (1 - beta2) * g", "beta1 * m + (1 - beta1) * g"),
    "the sign of g": (optiviz.signum, "sign(m)", "sign(g)"),
    "the largest without forgetting": (optiviz.adamax, "beta2 * u", "u"),
    "the wrong delta": (optiviz.adadelta, "(1 - rho) * u**2", "(1 - rho) * (lr * u)**2"),
    "no rectification": (optiviz.radam, "r * mhat", "mhat"),
    "no rest after a turn": (optiviz.rprop, "g = where(agree < 0, 0.0, g)", "g = g"),
    "the mean counts the start, as in the paper's equation 5": (
        optiviz.schedule_free,
        "(z - x) / t",
        "(z - x) / (t + 1)",
    ),
    "an average that begins late": (optiviz.asgd, "t - 1 - after", "t - after"),
}
"""What is wrong: a rule, a piece of its source, and what stands in its place."""


def planted(name: str) -> Formula:
    formula, right, wrong = PLANTED[name]
    source = textwrap.dedent(inspect.getsource(formula.function))
    source = source[source.index("def ") :]
    assert right in source, f"{formula.name} has no {right!r} any more"
    source = source.replace(right, wrong)
    if "old =" in wrong:
        letter = wrong.split("old = ")[1][0]
        source = source.replace(f"{letter}hat = {letter} /", f"{letter}hat = old /")
    space = {name: getattr(optiviz, name) for name in OPERATIONS if hasattr(optiviz, name)}
    exec(source, space)
    return type(formula)(space[formula.function.__name__])


@pytest.mark.parametrize("name", every(2, PLANTED))
def test_a_wrong_rule_is_refused(name):
    equations = PAPERS[PLANTED[name][0]]
    with pytest.raises(Refused):
        prove_one_update(planted(name), equations)


def test_a_dialect_that_differs_is_refused():
    """Those whose first sentence says what is different are different; in numbers the difference is small."""
    others = {keras.adam: adam, torch.adagrad: adagrad, torch.rmsprop: rmsprop, torch.momentum: heavy_ball}
    for rule, equations in others.items():
        with pytest.raises(Refused):
            prove_one_update(rule, equations)


def test_what_is_the_same_is_proved_of_dialects_too():
    """A dialect's numbers are symbols here, so its own defaults make no difference."""
    prove_one_update(torch.adam, adam)
    prove_one_update(keras.momentum, heavy_ball)
