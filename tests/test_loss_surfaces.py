"""Derived losses over the parameters of small models: the loss is the generated one, the estimates are the lowest."""

from __future__ import annotations

import json

import numpy as np
import pytest

from optiviz import gd, losses, race, sgd
from optiviz.cli import pictures, run
from optiviz.experiments import suited_batch
from optiviz.loss_surfaces import bce, bernoulli_likelihood, cce, gaussian_likelihood, mae, mse, mse_on_sigmoid
from optiviz.series import read_columns
from optiviz.surfaces import DataSurface, Surface
from optiviz.symbolic import compiled
from optiviz.trace import reachable
from optiviz.trace.shared import shared

ALL = [surface for surface in Surface.registry.values() if isinstance(surface, DataSurface)]
every_surface = pytest.mark.parametrize("surface", ALL, ids=lambda s: s.name)


def test_the_promised_surfaces_are_there():
    assert {s.name for s in ALL} >= {"mse", "mae", "bce", "mse_on_sigmoid", "cce"}
    assert {s.name for s in ALL} >= {"gaussian_likelihood", "bernoulli_likelihood"}


@pytest.mark.parametrize(("surface", "loss"), [(mse, losses.mse), (mae, losses.mae), (bce, losses.bce)])
def test_it_is_the_loss_of_the_library_and_its_gradient_goes_by_the_chain_rule(surface, loss):
    x, y = surface.data
    for w, b in np.random.default_rng(0).normal(size=(20, 2)):
        value, by_score = loss(w * x + b, y)
        ours, gradient = surface.value_and_gradient(np.array([w, b]))
        assert ours == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(gradient, [by_score @ x, by_score.sum()], rtol=1e-10, atol=1e-14)


def test_three_classes_go_by_the_chain_rule_too():
    x, *kinds = cce.data
    for w, b in np.random.default_rng(1).normal(size=(20, 2)):
        value, by_score = losses.cce(np.stack([-w * x, np.full_like(x, b), w * x], axis=-1), np.stack(kinds, axis=-1))
        ours, gradient = cce.value_and_gradient(np.array([w, b]))
        assert ours == pytest.approx(value, rel=1e-13)
        slopes = [(by_score[:, 2] - by_score[:, 0]) @ x, by_score[:, 1].sum()]
        np.testing.assert_allclose(gradient, slopes, rtol=1e-10, atol=1e-14)


def test_the_others_go_by_the_chain_rule_too():
    x, y = mse_on_sigmoid.data
    for w, b in np.random.default_rng(4).normal(size=(10, 2)):
        p = 1 / (1 + np.exp(-(w * x + b)))
        by_score = 2 * (p - y) * p * (1 - p) / len(x)
        ours, gradient = mse_on_sigmoid.value_and_gradient(np.array([w, b]))
        assert ours == pytest.approx(np.mean((p - y) ** 2), rel=1e-12)
        np.testing.assert_allclose(gradient, [by_score @ x, by_score.sum()], rtol=1e-9, atol=1e-14)
    (tosses,), (heights,) = bernoulli_likelihood.data, gaussian_likelihood.data
    for p in (0.1, 0.5, 0.9):
        expected = -np.mean(tosses * np.log(p) + (1 - tosses) * np.log(1 - p))
        assert bernoulli_likelihood(p) == pytest.approx(expected, rel=1e-12)
    for mu, sigma in ((150.0, 5.0), (172.0, 9.0)):
        expected = np.mean((heights - mu) ** 2) / (2 * sigma**2) + np.log(sigma)
        assert gaussian_likelihood(mu, sigma) == pytest.approx(expected, rel=1e-12)


def test_the_curvature_is_right_where_stable_forms_have_corners():
    x, _ = bce.data
    at_zero = np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1]]) / 4  # σ(0) (1 − σ(0)) = 1/4
    np.testing.assert_allclose(bce.hessian(np.zeros(2)), at_zero, rtol=1e-8)


def test_the_estimates_are_the_lowest_points():
    (heights,), (tosses,) = gaussian_likelihood.data, bernoulli_likelihood.data
    assert gaussian_likelihood.minima == ((heights.mean(), heights.std()),)
    assert bernoulli_likelihood.minima == ((tosses.mean(),),)
    np.testing.assert_allclose(mse.minima, [np.polyfit(*mse.data, 1)])


def test_outliers_draw_the_line_of_least_squares_and_not_that_of_least_absolute_error():
    clean, squared, absolute = mse.minima[0][0], mse.on(*mae.data).minima[0][0], mae.minima[0][0]
    assert abs(absolute - clean) < 0.1 < 0.3 < abs(squared - clean)


def test_squared_errors_of_a_sigmoid_are_not_convex_and_the_cross_entropy_is():
    points = np.random.default_rng(2).uniform(-6, 6, (500, 2))
    assert np.linalg.eigvalsh(mse_on_sigmoid.hessian(points)).min() < -1e-3
    assert np.linalg.eigvalsh(bce.hessian(points)).min() >= 0
    start = np.array(bce.start)
    assert (
        np.abs(mse_on_sigmoid.value_and_gradient(start)[1]).max()
        < 1e-3
        < np.abs(bce.value_and_gradient(start)[1]).max()
    )


@every_surface
def test_float32_stays_near_the_truth(surface):
    theta = np.random.default_rng(3).uniform(surface.box[::2], surface.box[1::2], (50, surface.dimension))
    value, gradient = surface.value_and_gradient(theta.astype(np.float32))
    truth = surface.value_and_gradient(theta.astype(np.float32).astype(np.float64))
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(value, truth[0], rtol=1e-5)
    np.testing.assert_allclose(gradient, truth[1], rtol=1e-4, atol=1e-4 * np.abs(truth[1]).max())


def test_classes_that_a_threshold_parts_have_no_best_sigmoid():
    parted = bce.on([1, 2, 3, 4], [0, 0, 1, 1])
    assert parted.minima == () and parted.lowest is None
    assert all(low < at < high for low, at, high in zip(parted.box[::2], parted.start, parted.box[1::2], strict=True))


@pytest.mark.parametrize(
    ("surface", "data", "message"),
    [
        (mse, ([1, 1], [0, 2]), "two different values"),
        (mae, ([1, 1], [0, 2]), "two different values"),
        (bce, ([1, 2], [0, 2]), "must hold 0 and 1"),
        (bernoulli_likelihood, ([0, 7],), "nothing but 0 and 1"),
        (bce, ([1, 2], [1, 1]), "both of them"),
        (cce, ([1, 2], [1, 1], [0, 0], [0, 1]), "one is 1, the others 0"),
        (gaussian_likelihood, ([3, 3],), "values that differ"),
    ],
)
def test_data_with_nothing_to_see_are_refused(surface, data, message):
    with pytest.raises(ValueError, match=message):
        surface.on(*data)


# In a race and on the command line.


@every_surface
def test_what_is_computed_once_is_the_same(surface):
    """No number changes, and of each exponential there is one."""
    rng = np.random.default_rng(4)
    theta = [rng.uniform(low, high, (50, 1)) for low, high in zip(surface.box[::2], surface.box[1::2], strict=True)]
    once = shared(surface.look_trace)
    plain, found = (compiled(each, on_floats=False)(*theta, *surface.data) for each in (surface.look_trace, once))
    for one, other in zip(plain, found, strict=True):
        np.testing.assert_array_equal(one, other)
    exponentials = [repr(node) for node in reachable(*once.outputs) if node.operation and node.operation.name == "exp"]
    assert (
        len(exponentials)
        == len(set(exponentials))
        == {"bce": 1, "cce": 3, "mse_on_sigmoid": 2}.get(surface.name, len(exponentials))
    )


def test_sgd_draws_batches_and_the_others_take_all():
    assert [suited_batch(rule, bce) for rule in (sgd, gd)] == [32, None]
    assert suited_batch(sgd, gaussian_likelihood) == 6
    run = race(bce, [gd(lr=0.3), sgd(lr=0.3)], steps=50)
    assert [racer.batch_size for racer in run.racers] == [0, 32]
    assert np.ptp(run.racers[0].path - run.racers[1].path) > 1e-3
    band = race(bce, [sgd(lr=0.3)], steps=20, seeds=3)
    assert len(set(band.racers[0].values[-1])) == 3
    assert [racer.batch_size for racer in race(bce, [gd(lr=0.3), sgd(lr=0.3)], steps=5, batch_size=8).racers] == [8, 8]


def facts(capsys, *words: str) -> dict:
    assert run([*words, "--json", "--force"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_animate_draws_batches_and_takes_data(capsys, desk, undrawn):
    quick = ("--steps", "3", "-o", "a.png", "--size", "320x180")
    assert facts(capsys, "animate", "sgd:lr=0.1", "-s", "bce", *quick)["batch_size"] == 32
    assert facts(capsys, "animate", "adam:lr=0.1", "-s", "bce", "--batch-size", "5", *quick)["batch_size"] == 5
    assert facts(capsys, "animate", "adam:lr=0.1", "-s", "mse-on-sigmoid", *quick)["batch_size"] == 0
    (desk / "own.csv").write_text("y;x\n0;1,5\n1;2,5\n1;1\n0;2\n")
    assert facts(capsys, "animate", "gd:lr=0.1", "-s", "bce", "--data", "own.csv", *quick)["start"] == pytest.approx(
        bce.on([1.5, 2.5, 1, 2], [0, 1, 1, 0]).start
    )


def test_basin_draws_batches_takes_data_and_says_why_its_starts_are_few(capsys, desk, undrawn):
    quick = ("--steps", "2", "-o", "a.png", "--size", "320x180")
    found = facts(capsys, "basin", "sgd:lr=0.1", "-s", "bce", *quick)
    assert (found["batch_size"], found["starts"], found["near"]) == (32, [50, 50], 0.05)
    assert facts(capsys, "basin", "adam:lr=0.1", "-s", "bce", "--batch-size", "5", *quick)["batch_size"] == 5
    assert facts(capsys, "basin", "gd:lr=0.1", "-s", "bce", *quick)["batch_size"] == 0
    (desk / "own.csv").write_text("y;x\n0;1,5\n1;2,5\n1;1\n0;2\n")
    words = ["basin", "sgd:lr=0.1", "-s", "bce", "--data", "own.csv", *quick]
    assert facts(capsys, *words, "--starts", "9x9")["batch_size"] == 1
    assert run([*words[:4], *quick, "--force"]) == 0
    assert "each start looks at all 128 examples" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["animate", "sensitivity", "basin"])
@pytest.mark.parametrize(("words", "size"), [((), 32), (("--batch-size", "4"), 4), (("--noise", "0"), None)])
def test_a_rate_is_chosen_for_the_batches_of_the_run(command, words, size, capsys, desk, monkeypatch, undrawn):
    asked = []
    monkeypatch.setattr(pictures, "suited_lr", lambda rule, surface, batch_size: asked.append(batch_size) or 0.125)
    if command == "basin" and words[:1] == ("--noise",):
        pytest.skip("all its gradients are exact")
    quick = ("--steps", "3", "-o", "a.png", "--size", "320x180")
    found = facts(capsys, command, "sgd", "-s", "bce", *words, *quick)
    assert asked == [size] and found["batch_size"] == (size or 0)
    assert 0.125 in (found["params"].get("lr"), found.get("watchable", {}).get("lr"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-s", "bowl", "--data", "own.csv"], "bowl has no data; --data is for a loss on data: mse, mae, bce"),
        (["-s", "bowl", "--batch-size", "4"], "bowl has no examples"),
        (["-s", "bce", "--batch-size", "400"], "1 to 128 examples, not 400"),
        (["-s", "bce", "--batch-size", "4", "--noise", "1"], "batch_size or noise"),
        (["-s", "bce", "--data", "none.csv"], "none.csv: no such file"),
        (["-s", "bce", "--data", "own.csv"], "must hold 0 and 1"),
        (["-s", "cce", "--data", "own.csv"], "own.csv has no columns 'small', 'middle' and 'large'; it has x, y"),
        (
            ["-s", "cce", "--data", "few.csv"],
            "few.csv has 2 columns, a, b; 4 columns are needed, x, small, middle, large, by these",
        ),
        (["-s", "cce", "--data", "some.csv"], "some.csv has no columns 'middle' and 'large'; it has x, small"),
        (["-s", "mse", "--data", "odd.csv"], "line 3, 'x': 'a' is not a number"),
        (["-s", "mse", "--data", "odd.csv"], "odd.csv, line 2, 'y': there is no number"),
    ],
)
def test_what_cannot_be_is_said(words, message, capsys, desk):
    (desk / "own.csv").write_text("x,y\n1,5\n2,6\n")
    (desk / "few.csv").write_text("a,b\n1,5\n2,6\n")
    (desk / "some.csv").write_text("x,small\n1,5\n2,6\n")
    (desk / "odd.csv").write_text("x,y\n1,\na,6\n2,3\n")
    assert run(["animate", "gd:lr=0.1", *words]) == 2
    assert message in capsys.readouterr().err


def test_columns_go_by_name_or_by_place(desk):
    (desk / "named.csv").write_text("y,x\n1,5\n2,6\n")
    (desk / "bare.csv").write_text("1,5\n2,6\n")
    assert [a.tolist() for a in read_columns(desk / "named.csv", ("x", "y"))] == [[5, 6], [1, 2]]
    assert [a.tolist() for a in read_columns(desk / "bare.csv", ("x", "y"))] == [[1, 2], [5, 6]]
