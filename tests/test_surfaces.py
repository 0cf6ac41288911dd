"""The surfaces: what each states about itself, its gradient and its minima is checked by other means."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from examples import every

from optiviz import from_text, kink, rosenbrock
from optiviz.expression import ExpressionError
from optiviz.formula import FormulaError
from optiviz.loss_surfaces import mae
from optiviz.surfaces import (
    DataSurface,
    Surface,
    ackley,
    bowl,
    double_well,
    drop_wave,
    eggholder,
    kept,
    ravine,
    stochastic,
)
from optiviz.trace import reachable

SURFACES = Surface.registry.values()
CHANGED = [rosenbrock(b=10.0), ravine(steepness=3.0), double_well(tilt=-0.1)]
every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
every_formula = pytest.mark.parametrize("surface", [*SURFACES, *CHANGED], ids=repr)

PROMISED = """bowl ravine saddle monkey_saddle plateau cliff double_well rosenbrock himmelblau beale booth matyas
mccormick goldstein_price three_hump_camel six_hump_camel rastrigin ackley griewank levy easom eggholder
styblinski_tang schaffer""".split()


def sides(surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    return np.array(surface.box[::2]), np.array(surface.box[1::2])


def points(surface: Surface, *shape: int) -> np.ndarray:
    """Random points of the box."""
    return np.random.default_rng(0).uniform(*sides(surface), (*shape, surface.dimension))


def heights(surface: Surface, theta: np.ndarray) -> Any:
    return surface(*np.moveaxis(theta, -1, 0))


def gradients(surface: Surface, theta: np.ndarray) -> np.ndarray:
    return surface.value_and_gradient(theta)[1]


def smooth(surface: Surface) -> bool:
    """Is it free of kinks, and of means, that complex numbers do not know?"""
    return not isinstance(surface, DataSurface) and all(
        node.operation is None or node.operation.name != "abs" for node in reachable(*surface.trace.outputs)
    )


# What a surface says of itself.


def test_the_promised_surfaces_are_there():
    assert set(PROMISED) <= set(Surface.registry)
    assert len(SURFACES) >= 24
    assert sum(surface.dimension == 1 for surface in SURFACES) >= 5


@every_surface
def test_it_has_a_source_and_one_sentence(surface):
    assert surface.source
    assert surface.summary.endswith(".") and ". " not in surface.summary and len(surface.summary) < 120


@every_surface
def test_its_start_lies_in_the_box_and_on_a_slope(surface):
    low, high = sides(surface)
    assert ((low < surface.start) & (surface.start < high)).all()
    surface.check_start(surface.start)
    assert gradients(surface, np.array(surface.start)).any()


@every_surface
def test_its_arena_is_ten_boxes_wide(surface):
    low, high = sides(surface)
    arena = np.array(surface.arena)
    np.testing.assert_allclose(arena[1::2] - arena[::2], 10 * (high - low))
    np.testing.assert_allclose(arena[1::2] + arena[::2], low + high, atol=1e-12)


@pytest.mark.parametrize(
    ("surface", "start", "message"),
    [
        (rosenbrock, (1.0,), r"a start on rosenbrock is two numbers, not \(1\)"),
        (kink, (1.0, 2.0), r"a start on kink is one number, not \(1, 2\)"),
        (rosenbrock, (0.0, 3.5), r"\(0, 3.5\) lies outside rosenbrock's box, x from -2 to 2, y from -1 to 3"),
        (rosenbrock, (math.nan, 0.0), r"\(nan, 0\) lies outside"),
    ],
)
def test_a_start_outside_is_refused(surface, start, message):
    with pytest.raises(ValueError, match=message):
        surface.check_start(start)


# The value, the gradient and the Hessian.


@every_formula
def test_floats_are_arrays(surface):
    """Within a few ulp of what was summed up."""
    theta = points(surface, 200)
    value, gradient = surface.value_and_gradient(theta)
    single = [surface.value_and_gradient(point) for point in theta.tolist()]
    assert {type(number) for v, g in single for number in (v, *g)} == {float}
    called = [surface(*point) for point in theta.tolist()]
    for ours, theirs in (
        ([v for v, _ in single], np.array(called)),
        ([v for v, _ in single], value),
        ([g for _, g in single], gradient),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14 * np.abs(theirs).max())
    np.testing.assert_array_equal(value, heights(surface, theta))


@pytest.mark.parametrize("surface", every(2, SURFACES), ids=lambda s: s.name)
def test_a_batch_is_its_points_bit_for_bit(surface):
    theta = points(surface, 4, 5)
    for batch in (theta, np.asfortranarray(theta), theta[::-1, ::2]):
        value, gradient = surface.value_and_gradient(batch)
        hessian = surface.hessian(batch)
        assert hessian.shape == (*batch.shape, surface.dimension)
        for k in np.ndindex(batch.shape[:-1]):
            alone = surface.value_and_gradient(batch[k])
            assert value[k] == alone[0]
            np.testing.assert_array_equal(gradient[k], alone[1])
            np.testing.assert_array_equal(hessian[k], surface.hessian(batch[k]))
    assert surface.value_and_gradient(theta[:0])[1].shape == (0, 5, surface.dimension)


@every_formula
def test_the_gradient_is_the_slope(surface):
    """By a complex step, which is exact; by central differences where there are kinks."""
    theta = points(surface, 300)
    gradient = gradients(surface, theta)
    for i, unit in enumerate(np.eye(surface.dimension)):
        if smooth(surface):
            slope = heights(surface, theta + 1e-20j * unit).imag / 1e-20
            np.testing.assert_allclose(gradient[:, i], slope, rtol=1e-12, atol=1e-13 * np.abs(slope).max())
        else:
            h = 1e-6 * (surface.box[1] - surface.box[0])
            slope = (heights(surface, theta + h * unit) - heights(surface, theta - h * unit)) / (2 * h)
            np.testing.assert_allclose(gradient[:, i], slope, atol=1e-4 * np.abs(slope).max())


@every_formula
def test_the_hessian_is_the_slope_of_the_gradient(surface):
    theta = points(surface, 300)
    hessian = surface.hessian(theta)
    np.testing.assert_allclose(hessian, np.swapaxes(hessian, -1, -2), rtol=1e-12)
    low, high = sides(surface)
    for i, h in enumerate(1e-6 * (high - low)):
        step = h * np.eye(surface.dimension)[i]
        slope = (gradients(surface, theta + step) - gradients(surface, theta - step)) / (2 * h)
        typical = np.abs(hessian).mean()  # a kink nearby makes single entries huge
        np.testing.assert_allclose(hessian[:, i], slope, rtol=1e-3, atol=1e-4 * typical)


@pytest.mark.parametrize("surface", [kink, ackley, drop_wave], ids=lambda s: s.name)
def test_the_slope_of_a_kink_is_zero(surface):
    origin = [0.0] * surface.dimension
    assert surface.value_and_gradient(origin)[1] == origin
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gradients(surface, np.array(origin)), origin)


def test_hyperparameters_change_the_gradient_and_leave_the_original():
    theta = np.array([0.5, 1.0])
    np.testing.assert_allclose(gradients(rosenbrock(b=10.0), theta), [-16.0, 15.0])
    np.testing.assert_allclose(gradients(rosenbrock, theta), [-151.0, 150.0])


def test_points_have_as_many_coordinates_as_the_surface():
    for ask in (rosenbrock.value_and_gradient, rosenbrock.hessian):
        with pytest.raises(ValueError, match=r"takes points of 2 coordinates, not shape \(5, 3\)"):
            ask(np.zeros((5, 3)))


# The minima. What is stated is compared with the heights alone, on a fine grid and around each point.


def grid_minima(surface: Surface, n: int) -> np.ndarray:
    """The points of the grid, short of its edge, that are not higher than their neighbours."""
    grid = surface.sample(n)
    lowest = np.full((n - 2,) * surface.dimension, True)
    middle = grid.z[(slice(1, -1),) * surface.dimension]
    for shift in np.ndindex((3,) * surface.dimension):
        lowest &= middle <= grid.z[tuple(slice(s, n - 2 + s) for s in shift)]
    axes = [grid.x] if grid.y is None else [grid.y, grid.x]
    return np.stack([axis[1 + i] for axis, i in zip(axes, np.nonzero(lowest), strict=True)][::-1], axis=-1)


def settled(surface: Surface, theta: np.ndarray, rounds: int = 150) -> np.ndarray:
    """Where Newton's method comes to rest, made to go downhill: curvature by its size, steps that help."""
    share = np.ones(len(theta))
    for _ in range(rounds):
        value, gradient = surface.value_and_gradient(theta)
        curvature, axes = np.linalg.eigh(surface.hessian(theta))
        along = np.einsum("kij,ki->kj", axes, gradient) / np.maximum(np.abs(curvature), 1e-12)
        moved = theta - share[:, None] * np.einsum("kij,kj->ki", axes, along)
        helps = heights(surface, moved) <= value
        theta = np.where(helps[:, None], moved, theta)
        share = np.where(helps, np.minimum(1, 2 * share), share / 4)
    return theta


def distinct(found: np.ndarray, near: float) -> list[tuple[float, ...]]:
    kept: list[Any] = []
    for point in found:
        if all(np.abs(point - other).max() > near for other in kept):
            kept.append(point)
    return sorted((tuple(point) for point in kept), key=lambda point: np.round(point, 4).tolist())


@every_surface
def test_the_stated_minima_are_minima(surface):
    low, high = sides(surface)
    steepest = np.abs(gradients(surface, points(surface, 300))).max()
    spread = np.ptp(surface.sample(50).z)
    for point in map(np.array, (*surface.minima, *(surface.local_minima or ()))):
        with np.errstate(all="ignore"):  # ackley and drop_wave come to a point
            value, gradient = surface.value_and_gradient(point)
            hessian = surface.hessian(point)
        assert ((low <= point) & (point <= high)).all()
        gradient[(point == low) & (gradient > 0) | (point == high) & (gradient < 0)] = 0  # held by the edge
        if surface is not mae:  # a corner between two creases, where the slope of one example is 0
            assert np.abs(gradient).max() <= 1e-12 * steepest
        if np.isfinite(hessian).all():
            assert np.linalg.eigvalsh(hessian).min() >= 0
        for radius in (1e-7, 1e-5, 1e-3):
            around = np.array([np.cos(np.arange(0, 7, 0.1)), np.sin(np.arange(0, 7, 0.1))][: surface.dimension]).T
            ring = np.clip(point + radius * (high - low) * around, low, high)
            assert heights(surface, ring).min() >= value - 1e-15 * spread


@every_surface
def test_nothing_in_the_box_is_lower_than_the_minima(surface):
    low, high = sides(surface)
    n = 100 if isinstance(surface, DataSurface) else 500  # even: without the middle, where some come to a point
    grid = surface.sample(n)
    with np.errstate(all="ignore"):  # no Hessian in the middle of drop_wave
        found = np.clip(settled(surface, grid_minima(surface, n), rounds=20), low, high)
    spread = np.ptp(grid.z)
    stated = [surface(*point) for point in surface.minima]
    assert np.ptp(stated) <= 1e-15 * spread
    assert surface.lowest == min(stated) == grid.lowest
    assert min(grid.z.min(), heights(surface, found).min(initial=math.inf)) >= surface.lowest - 1e-15 * spread
    assert all(surface(*point) > surface.lowest + 1e-6 * spread for point in surface.local_minima or ())


LISTED = [s for s in SURFACES if isinstance(s, DataSurface) or s.local_minima is not None]
"""Whose minima are listed; those of a loss on data all are, and are not looked up before they are needed."""


@pytest.mark.parametrize("surface", every(2, LISTED), ids=lambda s: s.name)
def test_a_search_from_many_starts_finds_all_the_stated_minima_and_no_others(surface):
    """The starts are the grid's minima: more than there are, for a diagonal valley and even a saddle has some."""
    low, high = sides(surface)
    found = settled(surface, grid_minima(surface, 301))
    found = found[np.linalg.eigvalsh(surface.hessian(found)).min(axis=-1) >= 0]
    inside = found[((low < found) & (found < high)).all(axis=-1)]
    near = 1e-6 * (high - low).max()
    np.testing.assert_allclose(distinct(inside, near), sorted(surface.minima + surface.local_minima), rtol=0, atol=near)


def test_the_lowest_height_is_unknown_when_the_formula_is_changed():
    assert rosenbrock.lowest == 0.0
    assert rosenbrock(b=100.0).lowest == 0.0
    assert [surface.lowest for surface in CHANGED] == [None] * len(CHANGED)
    assert rosenbrock(b=10.0).sample(10).lowest is None
    assert from_text("x**2").lowest is None


@every_surface
def test_a_grid_is_the_surface_over_its_box(surface):
    grid = surface.sample(7)
    axes = [grid.x] if grid.y is None else [grid.x, grid.y]
    assert grid.name == surface.name and len(axes) == surface.dimension
    assert surface.box == tuple(bound for axis in axes for bound in (axis[0], axis[-1]))
    assert grid.z.shape == (7,) * surface.dimension
    corner = [axis[-1] for axis in axes]
    between = [axis[k] for axis, k in zip(axes, (2, 4), strict=False)]
    assert grid.z.flat[-1] == pytest.approx(surface(*corner), rel=1e-13)
    assert grid.z[(4, 2)[-surface.dimension :]] == pytest.approx(surface(*between), rel=1e-12)
    assert [tuple(m) for m in grid.minima] == list(surface.minima)
    assert [tuple(m) for m in grid.local_minima] == list(surface.local_minima or ())


# A user's formula.


def test_a_surface_from_text():
    surface = from_text("x^2 + 10·y²", box=(-1, 4, 0, 10))
    assert surface(1.0, 2.0) == 41.0
    np.testing.assert_allclose(gradients(surface, np.array([[1.0, 2.0]])), [[2.0, 40.0]])
    np.testing.assert_allclose(surface.hessian(np.array([1.0, 2.0])), [[2.0, 0.0], [0.0, 20.0]])
    assert (surface.box, surface.start, surface.minima, surface.local_minima) == ((-1, 4, 0, 10), (-0.5, 8), (), None)
    assert len(Surface.registry) == len(SURFACES)


def test_a_surface_from_text_has_a_box_of_its_own():
    assert from_text("x*y").box == (-3, 3, -3, 3)
    assert from_text("x**4").box == (-3, 3)
    assert from_text("x**4").dimension == 1
    np.testing.assert_array_equal(from_text("y").value_and_gradient(np.array([5.0, 7.0]))[1], [0.0, 1.0])


@pytest.mark.parametrize(
    ("text", "box", "error", "message"),
    [
        ("x**2 + z", None, ExpressionError, "z"),
        ("", None, ExpressionError, "empty"),
        ("__import__('os')", None, ExpressionError, "__import__"),
        ("x**2", (0, 1, 0, 1), ValueError, r"a box is \(low, high\)"),
        ("x + y", (0, 1), ValueError, r"a box is \(x low"),
        ("x", (1, 1), ValueError, "with low < high"),
        ("x*y", (0, 1, 2, -2), ValueError, "with low < high"),
    ],
)
def test_a_text_that_is_no_formula_is_refused(text, box, error, message):
    with pytest.raises(error, match=message):
        from_text(text, box)


def test_a_surface_has_one_or_two_coordinates():
    def cube(x, y, z):
        return x + y + z

    with pytest.raises(FormulaError, match="cube"):
        Surface(cube, box=(-1, 1) * 3, start=(0, 0, 0))


# Noise.


def test_noise_has_a_seed_and_leaves_the_value_exact():
    theta = points(bowl, 6)
    value, gradient = bowl.value_and_gradient(theta)
    once, again, other = (stochastic(bowl, noise=0.5, seed=seed) for seed in (3, 3, 4))
    for _ in range(3):
        (value1, noisy1), (_, noisy2), (_, noisy3) = once(theta), again(theta), other(theta)
        np.testing.assert_array_equal(value1, value)
        np.testing.assert_array_equal(noisy1, noisy2)
        assert (np.abs(noisy1 - gradient) > 0).all() and (noisy1 != noisy3).all()


@pytest.mark.parametrize("surface", [rosenbrock, double_well], ids=lambda s: s.name)
def test_a_run_sees_the_same_noise_alone_among_others_and_as_floats(surface):
    theta = points(surface, 2, 3)
    grid, few, alone, floats = (stochastic(surface, noise=0.5, seed=1) for _ in range(4))
    seen = []
    for _ in range(600):  # more than one block of draws
        gradient = grid(theta)[1]
        np.testing.assert_array_equal(gradient[0, :2], few(theta[0, :2])[1])
        np.testing.assert_array_equal(gradient[0, 0], alone(theta[0, 0])[1])
        np.testing.assert_allclose(gradient[0, 0], floats(theta[0, 0].tolist())[1], rtol=1e-12, atol=1e-12)
        seen.append(gradient[0, 0])
    assert len(np.unique(seen)) == 600 * surface.dimension


def test_noise_is_gaussian_and_independent():
    theta = np.zeros((4, 2))
    objective = stochastic(bowl, noise=0.5, seed=0)
    noise = np.array([objective(theta)[1] for _ in range(3000)]).reshape(3000, -1)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(np.cov(noise.T), 0.25 * np.eye(8), atol=0.03)


def test_the_best_of_eggholder_lies_at_the_edge():
    assert eggholder.minima[0][0] == eggholder.box[1]
    assert eggholder.lowest == pytest.approx(-959.6406627)


# The slopes that are kept.

NAMED = [(each.trace, each.coordinates) for each in Surface.registry.formulas.values() if type(each) is Surface]


def test_what_is_kept_is_what_sympy_finds():
    assert kept.PLACE.read_text(encoding="utf-8") == kept.source(NAMED)


def test_another_formula_of_the_same_name_gets_its_own_slopes():
    def bowl(x, y):
        return 3 * x**2 + y**2

    assert Surface(bowl).value_and_gradient([1.0, 1.0]) == (4.0, [6.0, 2.0])


def test_a_named_surface_needs_no_sympy():
    code = "import sys; from optiviz import adam, bowl, minimize; minimize(bowl, adam); print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
