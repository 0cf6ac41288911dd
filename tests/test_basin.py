"""Basins: every start's end is that of its own run, whatever runs beside it."""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest

from optiviz import (
    adam,
    basin,
    bowl,
    double_well,
    forrester,
    from_text,
    gd,
    himmelblau,
    minimize,
    momentum,
    rastrigin,
    saddle,
    sgd,
)
from optiviz.experiments.basin import DIVERGES, ESCAPES, NEAR, NOWHERE
from optiviz.loss_surfaces import bernoulli_likelihood, cce, mse

ROOM = importlib.import_module("optiviz.experiments.basin")  # the room itself, not the function of its name


def same(one, other):
    for name in ("minima", "reached", "arrival"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_himmelblau_has_four_basins_and_each_start_is_its_own_run():
    found = basin(momentum(lr=0.005), himmelblau, starts=(8, 6), steps=150)
    assert found.reached.shape == found.arrival.shape == (6, 8)
    assert {tuple(m) for m in found.minima} == set(himmelblau.minima)
    assert found.shares.sum() == pytest.approx(1) and (np.diff(found.shares) <= 0).all()
    sides = np.array([10.0, 10.0])
    for row, y in enumerate(found.axes[1]):
        for column, x in enumerate(found.axes[0]):
            run = minimize(himmelblau, momentum(lr=0.005), [[x, y]], steps=150, tolerance=1e-9)
            way = run.theta[:, 0]
            away = (np.abs(way - way[-1]) > NEAR * sides).any(axis=-1)
            assert found.arrival[row, column] == (np.flatnonzero(away)[-1] + 1 if away.any() else 0)
            nearest = np.linalg.norm(found.minima - way[-1], axis=-1).argmin()
            assert found.reached[row, column] == nearest


@pytest.mark.parametrize("size", [None, 8])
def test_on_data_each_start_is_its_own_run_by_the_same_batches(size):
    found = basin(sgd(lr=0.5), cce, starts=(6, 5), steps=60, batch_size=size, seed=3)
    assert (found.batch_size, found.seed, found.near) == (size or 0, 3, 0.05 if size else NEAR)
    assert 0 < found.shares.sum() < 1
    sides = np.subtract(cce.box[1::2], cce.box[::2])
    for row, b in enumerate(found.axes[1]):
        for column, w in enumerate(found.axes[0]):
            way = minimize(cce, sgd(lr=0.5), [w, b], steps=60, batch_size=size, seed=3).theta
            away = (np.abs(way - way[-1]) > found.near * sides).any(axis=-1)
            there = (np.abs(way[-1] - cce.minima[0]) <= found.near * sides).all()
            assert (found.reached[row, column] == 0) == there
            assert found.arrival[row, column] == (np.flatnonzero(away)[-1] + 1 if there else -1)


def test_the_more_examples_the_fewer_starts_unless_somebody_says():
    few, many = mse.on([0, 1, 2], [1, 3, 4]), mse.on(np.arange(5000.0), np.arange(5000.0) % 7)
    counts = [basin(gd(lr=1e-9), surface, steps=1).reached.shape for surface in (few, mse, many, bernoulli_likelihood)]
    assert counts == [(300, 300), (50, 50), (20, 20), (1000,)]
    assert basin(gd(lr=1e-9), many, steps=1, starts=(3, 4)).reached.shape == (4, 3)
    with pytest.raises(TypeError, match="bowl has no examples"):
        basin(gd(lr=0.1), bowl, batch_size=4)


@pytest.mark.parametrize("surface", [himmelblau, rastrigin, double_well], ids=lambda s: s.name)
def test_how_many_go_together_does_not_matter(monkeypatch, surface):
    starts = (17, 23)[: surface.dimension]
    together = basin(adam(lr=0.3), surface, starts=starts)
    monkeypatch.setattr(ROOM, "_AT_ONCE", 64)
    asked = []
    apart = basin(adam(lr=0.3), surface, starts=starts, progress=lambda parts: asked.extend(parts) or parts)
    same(together, apart)
    assert asked == [*range(0, math.prod(starts), 64)]


def test_minima_that_nobody_listed_are_found():
    known = basin(gd(lr=0.01), himmelblau, starts=(20, 20))
    formula = from_text("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", box=(-5, 5, -5, 5))
    assert formula.minima == ()
    found = basin(gd(lr=0.01), formula, starts=(20, 20))
    np.testing.assert_allclose(found.minima, known.minima, atol=1e-9)
    np.testing.assert_array_equal(found.reached, known.reached)


def test_the_local_minima_of_rastrigin_are_found():
    found = basin(gd(lr=1e-3), rastrigin, starts=(60, 60))
    assert len(found.minima) == 11**2 and (found.reached >= 0).mean() > 0.9
    assert any((m == 0).all() for m in found.minima)
    _, slopes = rastrigin.value_and_gradient(found.minima)
    assert np.abs(slopes).max() < 1e-6
    gaps = np.abs(found.minima[:, None] - found.minima[None]).max(axis=-1) + 9 * np.eye(121)
    assert gaps.min() > 0.9


def test_a_ring_or_a_valley_is_no_minimum_and_a_saddle_is_none_either():
    assert len(basin(gd(lr=0.05), from_text("(x**2 + y**2 - 1)**2"), starts=(20, 20)).minima) == 0
    assert len(basin(gd(lr=0.05), from_text("x**2 + 0*y"), starts=(20, 20)).minima) == 0
    found = basin(gd(lr=0.05), saddle, starts=(5, 5))
    assert (found.reached[2] == NOWHERE).all() and (found.arrival[2] == -1).all()  # exactly on the ridge, y = 0
    assert (found.reached[3:] != found.reached[:2]).all() and len(found.minima) == 2


def test_runs_that_come_to_nothing():
    found = basin(gd(lr=0.6), from_text("x**2 - y**3"), starts=(3, 3))
    assert (found.reached[2] == ESCAPES).all() and found.share(ESCAPES) >= 1 / 3
    assert basin(gd(lr=1.5), from_text("x**2 + y**2"), starts=(4, 4)).share(DIVERGES) == 1
    assert (basin(gd(lr=1e-9), himmelblau, starts=(4, 4)).reached == NOWHERE).all()
    nowhere = basin(gd(lr=0.1), from_text("log(x) + log(y)"), starts=(3, 3), steps=5)
    assert (nowhere.reached[:2, :2] == DIVERGES).all()


def test_one_coordinate():
    found = basin(gd(lr=0.001), forrester, starts=(200,))
    assert found.reached.shape == (200,) and len(found.axes) == 1
    assert {round(float(m), 3) for m in found.minima[:, 0]} == {0.757, 0.143}
    left, right = found.minima[:, 0].argsort()
    assert (found.reached[:40] == left).all() and (found.reached[-40:] == right).all()


def test_the_start_on_a_minimum_has_arrived_at_once():
    found = basin(gd(lr=0.1), from_text("x**2 + y**2"), starts=(3, 3))
    assert found.arrival[1, 1] == 0 and found.reached[1, 1] == 0


def test_more_steps_than_fit_into_memory_are_made_by_fewer_at_a_time(monkeypatch):
    expected = basin(gd(lr=0.001), himmelblau, starts=(20, 20), steps=50)
    monkeypatch.setattr(ROOM, "_REMEMBERED", 1)
    same(expected, basin(gd(lr=0.001), himmelblau, starts=(20, 20), steps=50))


@pytest.mark.parametrize(
    ("surface", "options", "message"),
    [
        (himmelblau, {"starts": (10,)}, r"starts in x and in y, from 2 to 1000000 in all, not \(10,\)"),
        (himmelblau, {"starts": (1, 10)}, "from 2"),
        (himmelblau, {"starts": (1001, 1000)}, "to 1000000"),
        (double_well, {"starts": (10, 10)}, "takes a number of starts"),
        (himmelblau, {"steps": 0}, "steps are positive"),
        (himmelblau, {"near": 0.0}, "near is between 0 and 1"),
    ],
)
def test_numbers_out_of_range_are_refused(surface, options, message):
    with pytest.raises(ValueError, match=message):
        basin(gd, surface, **options)
