"""Races: everyone is treated alike, the table is right, and the picture shows what happened."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from examples import every
from matplotlib.text import Text
from pictures import lay_out
from PIL import Image

import optiviz.dialects  # noqa: F401
from optiviz import (
    adam,
    bowl,
    constant,
    cosine,
    cyclic,
    exponential,
    from_text,
    gd,
    minimize,
    momentum,
    ravine,
    rosenbrock,
    sgd,
    sign_sgd,
    warmup,
)
from optiviz.cli import run
from optiviz.experiments import LEARNING_RATES, SHARES, quantiles, race, table, tune
from optiviz.optimizers import Optimizer, named
from optiviz.plot import film, race_picture
from optiviz.plot.frames import frames
from optiviz.plot.style import LIGHT, STYLES
from optiviz.schedules import Schedule
from optiviz.surfaces import Surface, double_well, saddle

pytestmark = pytest.mark.usefixtures("unpainted")

TEN = [Optimizer.registry[name] for name in "gd momentum nesterov adagrad rmsprop adam nadam lion rprop muon".split()]


@Optimizer
def bare(theta, g, t):
    return theta - 0.1 * g


# Fairness.


@pytest.fixture
def evaluations(monkeypatch):
    """How many gradients each rule saw, and the first points at which they were taken."""
    seen = Counter()
    true = Surface.value_and_gradient

    def counted(self, theta):
        seen["gradients"] += 1 if isinstance(theta, list) else np.size(theta) // self.dimension
        return true(self, theta)

    monkeypatch.setattr(Surface, "value_and_gradient", counted)
    return seen


@pytest.mark.parametrize("rule", [gd, momentum, adam, named("adam+clip_norm"), named("muon")], ids=lambda r: r.name)
@pytest.mark.parametrize(("budget", "looks"), [(54 * 21, 54 * 21), (10 * 21 + 20, 10 * 21)])
def test_everyone_gets_as_many_gradients(evaluations, rule, budget, looks):
    done = race(rosenbrock, [rule], steps=20, noise=0.1, seeds=3, tune=True, budget=budget)
    assert done.budget == budget
    assert evaluations["gradients"] == 1 + looks + 3 * 21  # a look whether the start is sound, the search, the race


def test_the_default_budget_pays_for_all_rates():
    assert race(bowl, [gd], steps=20, tune=True).budget == len(LEARNING_RATES) * 21
    assert race(bowl, [gd], steps=20).budget == 0


def test_everyone_starts_at_the_same_point_and_sees_the_same_noise():
    done = race(bowl, [gd(lr=0.1), momentum(lr=0.01), adam(lr=0.2)], [1.0, -1.0], steps=30, noise=0.5, seed=4, seeds=5)
    noises = []
    for racer in done.racers:
        theta, gradient = racer.run.theta, racer.run.gradient
        assert theta.shape == (31, 5, 2) and (theta[0] == [1.0, -1.0]).all()
        noises.append(gradient - 2 * theta)  # what was added to the gradient of x**2 + y**2
        assert (racer.run.noise, racer.run.seed) == (0.5, 4)
    for other in noises[1:]:
        np.testing.assert_allclose(other, noises[0], atol=1e-12)
    assert np.abs(noises[0][:, 0] - noises[0][:, 1]).min() > 0  # but not the same for two seeds
    alone = race(bowl, [gd(lr=0.1)], [1.0, -1.0], steps=30, noise=0.5, seed=4)
    np.testing.assert_allclose(alone.racers[0].path, done.racers[0].path, atol=1e-12)


def test_company_changes_nothing():
    together = race(rosenbrock, TEN, noise=1.0, seeds=2, steps=20, tune=True, budget=12 * 21)
    for rule, racer in zip(TEN, together.racers, strict=True):
        (alone,) = race(rosenbrock, [rule], noise=1.0, seeds=2, steps=20, tune=True, budget=12 * 21).racers
        assert alone.lr == racer.lr
        np.testing.assert_array_equal(alone.run.theta, racer.run.theta)


def test_a_search_is_made_under_the_conditions_of_the_race():
    calm, rough = (race(bowl, [gd], tune=True, noise=noise).racers[0].lr for noise in (0.0, 20.0))
    assert rough < calm
    steep = from_text("x**2 + 50*y**2")
    along, across = (race(steep, [sign_sgd], start, tune=True).racers[0].lr for start in ([2.9, 0], [0.01, 0.01]))
    assert across < along


def test_where_a_learning_rate_comes_from():
    rules = [gd, gd(lr=0.3), gd(lr=exponential(lr=0.3))]
    assert [racer.lr_from for racer in race(bowl, rules, steps=3).racers] == ["watchable", "given", "given"]
    tuned = race(bowl, rules, steps=3, tune=True).racers
    assert [racer.lr_from for racer in tuned] == ["tuned", "given", "given"]
    assert [racer.lr for racer in race(bowl, [gd(lr=1), bare], steps=3).racers] == [1.0, None]
    assert tuned[1].lr == tuned[2].lr == 0.3
    assert (tuned[1].schedule, tuned[2].schedule) == ("", "exponential(lr=0.3, k=0.01)")


def halving(t, *, begin=0.4):
    return begin / 2**t


def test_a_schedule_has_the_rate_that_the_rule_would_have():
    """It begins there, or rises to it, unless it has a rate of its own."""
    both = warmup(steps=5) >> cosine(steps=9)
    plain, row, free = race(rosenbrock, [adam, adam(lr=both), adam(lr=Schedule(halving))], steps=15).racers
    assert (plain.lr, plain.lr_from) == (row.lr, row.lr_from) == (table()["rosenbrock"]["adam"], "watchable")
    expected = minimize(rosenbrock, adam(lr=both(lr=plain.lr)), steps=15, tolerance=1e-6)
    np.testing.assert_array_equal(row.path, expected.theta)
    assert row.schedule == repr(both(lr=plain.lr)) and row.label == "adam(lr=warmup >> cosine)"
    assert (free.lr, free.lr_from, free.schedule) == (None, "given", "halving(begin=0.4)")


@pytest.mark.parametrize("noise", [0.0, 3.0])
@pytest.mark.parametrize("rule", [gd, named("muon")], ids=lambda rule: rule.name)
def test_a_schedule_is_tuned_as_it_runs(rule, noise):
    """One that never changes finds the rate of the rule itself, one that falls early a higher rate."""
    done = race(rosenbrock, [rule, rule(lr=constant)], steps=40, noise=noise, tune=True)
    assert done.racers[0].lr == done.racers[1].lr
    plain, falling = race(rosenbrock, [adam, adam(lr=exponential(k=0.1))], steps=40, tune=True).racers
    assert plain.lr < falling.lr


def test_a_schedule_with_a_lowest_rate_is_tuned_above_it():
    (racer,) = race(rosenbrock, [gd(lr=cyclic(lowest=0.05))], steps=20, tune=True).racers
    assert racer.lr == 0.05 > race(rosenbrock, [gd(lr=cyclic)], steps=20, tune=True).racers[0].lr
    assert tune(gd(lr=cyclic(lowest=0.05)), bowl, rates=[1e-3, 1e-2]) == 0.05


# The table.


def test_thresholds_by_hand():
    """Every step halves x, so f = x**2 falls to a quarter: below a tenth after two steps, and so on."""
    done = race(from_text("x**2"), [gd(lr=0.25), gd(lr=1.0)], [1.0], steps=12)
    half, swing = done.racers
    assert half.steps == (2, 4, 7, 10) and half.reached == (1, 1, 1, 1) and half.held == 4
    assert half.final == 0.25**12
    assert swing.steps == (np.inf,) * 4 and swing.reached == (0,) * 4 and swing.held == 0
    assert done.winners == (half,) and not done.bottom_known and done.bottom == 0.25**12
    assert (half.ended, swing.ended) == ("12 steps", "12 steps")


def test_the_height_is_measured_from_the_minimum():
    lifted = from_text("x**2 + 100")
    flat = race(lifted, [gd(lr=0.25)], [1.0], steps=12).racers[0]
    assert flat.steps[:3] == (2, 4, 7)  # above the lowest seen
    well = race(double_well, [gd(lr=0.02)], [-1.9], steps=200)
    assert well.bottom == double_well.lowest and well.bottom_known
    (racer,) = well.racers
    for share, step in zip(SHARES, racer.steps, strict=True):
        above = racer.values[:, 0] - well.bottom
        assert (above[: int(step)] > share * above[0]).all() and above[int(step)] <= share * above[0]


def test_over_several_runs_steps_are_medians_and_never_is_infinite():
    done = race(rosenbrock, [adam(lr=0.3)], noise=40.0, seeds=9, seed=2)
    (racer,) = done.racers
    above = racer.values - done.bottom
    for share, step, count in zip(SHARES, racer.steps, racer.reached, strict=True):
        first = [next((t for t, h in enumerate(one) if h <= share * one[0]), np.inf) for one in above.T]
        assert count == np.isfinite(first).sum() and step == sorted(first)[4]
    assert 0 < racer.reached[2] < 9  # or it would prove little
    assert racer.final == np.median(racer.values[-1])


def test_who_wins():
    def winner(rules, **options):
        return [racer.label for racer in race(bowl, rules, **options).winners]

    assert winner([gd(lr=0.05), gd(lr=0.2), gd(lr=2.0)]) == ["gd(lr=0.2)"]  # the first, though all end there
    assert winner([gd(lr=1e-4), gd(lr=1e-3)], steps=3) == []  # none gets far
    assert winner([gd(lr=2.0), gd(lr=0)], steps=300) == []
    assert winner([gd(lr=0.2), sgd(lr=0.2)]) == ["gd", "sgd"]  # both at once


def test_how_it_ended():
    rules = [gd(lr=2.0), gd(lr=0.5), gd(lr=1e-4)]
    assert [racer.ended for racer in race(bowl, rules, steps=50).racers] == [
        "diverged at 3",
        "converged at 1",
        "50 steps",
    ]
    (racer,) = race(from_text("x**3", (-3, 3)), [gd(lr=0.01)], [0.1], noise=3.0, seeds=20, steps=900).racers
    counts = Counter(racer.run.endings.tolist())
    assert counts["escaped"] and racer.ended == ", ".join(
        f"{counts[e]} {e}" for e in ("diverged", "escaped") if counts[e]
    )


def test_labels_are_distinct_and_short():
    def labels(*rules):
        return [racer.label for racer in race(bowl, rules, steps=2).racers]

    assert labels(gd, momentum) == ["gd", "momentum"]
    assert labels(adam(lr=0.1, beta1=0.5), adam) == ["adam(beta1=0.5)", "adam"]
    assert labels(adam(lr=0.1), adam(lr=0.2), adam) == ["adam(lr=0.1)", "adam(lr=0.2)", "adam"]
    assert labels(gd, gd, gd(lr=0.1)) == ["gd", "gd 2", "gd(lr=0.1)"]
    row = warmup(lr=0.1, steps=5) >> cosine
    assert labels(gd(lr=row)) == ["gd(lr=warmup >> cosine)"]
    assert labels(gd(lr=row), gd(lr=(warmup >> cosine).until(60))) == [
        "gd(lr=warmup(lr=0.1, steps=5) >> cosine)",
        "gd(lr=(warmup >> cosine).until(60))",
    ]


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"rules": []}, "1 to 10 racers, not 0"),
        ({"rules": [gd] * 11}, "1 to 10 racers, not 11"),
        ({"seeds": 5}, "5 runs each want noise"),
        ({"seeds": 0, "noise": 1.0}, "one run at least, not 0"),
        ({"start": [9.0, 9.0]}, "outside bowl's box"),
        ({"seeds": 1000, "steps": 2000, "noise": 1.0}, "1000 runs of 2000 steps are more than can be kept"),
        ({"budget": 3}, "from 42 to 21000 gradient evaluations, not 3"),
    ],
)
def test_a_race_that_cannot_be(change, phrase):
    with pytest.raises(ValueError, match=phrase):
        race(bowl, **({"rules": [gd], "steps": 20} | change))


@pytest.mark.parametrize("rules", [gd, [bowl], ["gd"]], ids=repr)
def test_only_optimizers_race(rules):
    with pytest.raises(TypeError, match=r"a list of optimizers such as \[gd, adam"):
        race(bowl, rules)


# The picture.


def drawn(surface, rules, size=(320, 180), style="light", **options):
    done = race(surface, rules, **options)
    return done, race_picture(done, surface.sample(40), size=size, style=style)


def artist(axes, label):
    (found,) = [a for a in (*axes.lines, *axes.collections) if a.get_label() == label]
    return found


def texts(made):
    return [a for a in made.figure.get_children() if isinstance(a, Text)]


def words(made):
    return [text.get_text() for text in texts(made)]


def test_the_paths_and_the_losses_are_those_of_the_runs():
    done, made = drawn(rosenbrock, [gd(lr=1e-3), adam(lr=0.5), gd(lr=0.1)], steps=20)
    surface, loss = made.figure.axes
    assert made.looks == 21 and done.racers[2].run.steps < 20
    for look in (0, 7, 20, 3):
        made.show(look)
        for racer, style in zip(done.racers, LIGHT.lines, strict=False):
            last = min(look, racer.run.steps)
            np.testing.assert_array_equal(
                artist(surface, f"_path of {racer.label}").get_xydata(), racer.path[: last + 1]
            )
            np.testing.assert_array_equal(artist(surface, f"_{racer.label}").get_xydata(), racer.path[last : last + 1])
            line = artist(loss, racer.label)
            assert (line.get_color(), line.get_linestyle()) == (style.colour, line.get_linestyle())
            expected = racer.values[: last + 1, 0]
            np.testing.assert_array_equal(line.get_ydata(), np.where(expected > 0, expected, np.nan))


def test_one_coordinate_has_points_on_the_curve():
    done, made = drawn(double_well, [gd(lr=0.02), adam(lr=0.3)], steps=9)
    made.show(9)
    for racer in done.racers:
        points = artist(made.figure.axes[0], f"_path of {racer.label}").get_xydata()
        np.testing.assert_allclose(points[:, 1], [double_well(x) for x in points[:, 0]])


def test_the_band_is_from_the_tenth_to_the_ninetieth_percentile():
    done, made = drawn(bowl, [gd(lr=0.1), momentum(lr=0.01)], steps=20, noise=1.0, seeds=11)
    made.show(20)
    loss = made.figure.axes[1]
    for racer in done.racers:
        low, median, high = np.percentile(racer.values, [10, 50, 90], axis=1)
        np.testing.assert_allclose(artist(loss, racer.label).get_ydata(), median)
        edges = artist(loss, f"_band of {racer.label}").get_paths()[0].vertices
        for t in (0, 10, 20):
            np.testing.assert_allclose(
                [edges[edges[:, 0] == t, 1].min(), edges[edges[:, 0] == t, 1].max()], [low[t], high[t]]
            )
    assert "median loss" in loss.get_title(loc="left")
    assert any("11 runs each: path of the first, band 10–90 %" in text for text in words(made))


def test_quantiles_are_numpy_s_and_what_is_lost_is_infinitely_high():
    values = np.random.default_rng(0).standard_normal((7, 10))
    np.testing.assert_allclose(quantiles(values, [0.1, 0.5, 0.9]), np.quantile(values, [0.1, 0.5, 0.9], axis=1).T)
    values[0, :6] = np.nan
    values[1, :5] = np.inf
    assert quantiles(values, 0.5)[:2].tolist() == [np.inf, np.inf]
    assert np.isfinite(quantiles(values, 0.4)[1])


def test_who_diverges_leaves_the_panel_and_is_named():
    _, made = drawn(ravine, [gd(lr=0.2), gd(lr=0.05)], steps=60)
    loss = made.figure.axes[1]
    made.show(0)
    assert "diverged" not in words(made)
    made.show(60)
    assert words(made).count("diverged") == 1
    assert loss.get_ylim()[1] < 10  # not as high as where it went


def test_the_caption_says_what_was_the_same_for_all():
    _, made = drawn(saddle, [gd, adam(lr=0.25)], steps=20, noise=2.0, seed=7, tune=True)
    text = "\n".join(words(made))
    for fact in ("gd and adam on saddle", "start (−1.5, 0.02)", "20 steps", "gradient noise 2, seed 7"):
        assert fact in text
    assert "0.25" in words(made)
    assert "* tuned with 1134 gradient evaluations each, seed 7" in text
    _, made = drawn(saddle, [bare, gd(lr=1)], steps=2)
    assert {"bare", "−", "1"} <= {*words(made)}
    _, made = drawn(saddle, TEN, steps=2)
    assert "10 optimizers on saddle" in words(made) and any("chosen for a watchable path" in w for w in words(made))


LONG = from_text("(1 - x)**2 + 100*(y - x**2)**2 + sin(3*x)*cos(4*y) + exp(-x**2 - y**2)")


@pytest.mark.parametrize(
    ("size", "style"),
    [
        ((640, 360), "big"),
        pytest.param((960, 540), "light", marks=pytest.mark.proof),
        pytest.param((640, 360), "dark", marks=pytest.mark.proof),
        pytest.param((1920, 1080), "slide", marks=pytest.mark.proof),
    ],
    ids=str,
)
@pytest.mark.parametrize(("surface", "count"), [(LONG, 10), (rosenbrock, 2), (double_well, 1)], ids=["long", "2", "1"])
def test_words_stay_inside_and_apart(surface, count, size, style):
    names = ["schedule_free_adamw+clip_norm+lookahead", "adam", "gd", "lion", "rprop", "nadam", "adamw", "yogi"]
    rules = [named(name)(lr=1.234e-5) for name in [*names, "torch.rmsprop_centered", "adamax"]][:count]
    done = race(surface, rules, steps=3, noise=0.123, seeds=2 if count > 1 else 1)
    done = replace(done, budget=16254000, steps=100_000)
    made = race_picture(done, surface.sample(20), size=size, style=style)
    lay_out(made)
    made.show(made.looks - 1)
    figure, (ground, loss) = made.figure, made.figure.axes
    parts = [*texts(made), *figure.legends, loss._left_title, loss.xaxis.label, ground.xaxis.label]
    parts += [*loss.get_xticklabels(), *ground.get_xticklabels()]
    boxes = [part.get_window_extent() for part in parts]
    shown = [(part, box) for part, box in zip(parts, boxes, strict=True) if box.width > 1]
    for part, box in shown:
        assert box.x0 >= 0 and box.y0 >= -1 and box.x1 <= size[0] + 6 * size[1] / 540 and box.y1 <= size[1], part
    for (one, a), (other, b) in combinations(shown, 2):
        assert not a.padded(-1).overlaps(b), (one, other)
    panel = loss.get_window_extent()
    assert panel.height > {"big": 0.16, "slide": 0.24}.get(style, 0.25) * size[1]
    head = next(text for text in figure.texts if text.get_text() in ("f", "median f"))
    assert head.get_fontsize() >= 9.99 * size[1] / 540  # nowhere smaller than in the light style
    assert not any(text.get_window_extent().overlaps(panel) for text in texts(made))


@pytest.mark.parametrize(
    ("surface", "options"),
    every(3, product([rosenbrock, double_well], [{}, {"noise": 1.0, "seeds": 3}])),
    ids=lambda value: getattr(value, "name", "three runs" if value else "one run"),
)
def test_a_frame_is_a_full_drawing(surface, options):
    _, made = drawn(surface, [gd, adam], steps=4, **options)
    with made.settings():
        frame = [frame.copy() for frame in frames(made, [1, 4, 3])][-1]
    for moving in made.moving:
        moving.set_animated(False)
    with made.settings():
        made.figure.canvas.draw()
    np.testing.assert_array_equal(frame, np.asarray(made.figure.canvas.buffer_rgba()))


@pytest.mark.parametrize("style", every(2, ["light", "dark"]))
def test_ten_racers_keep_their_colours_in_the_file(tmp_path, style):
    done = race(rosenbrock, TEN, steps=5)
    film(race_picture(done, rosenbrock.sample(), size=(960, 540), style=style), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 6
        image.seek(5)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    for line in STYLES[style].lines:
        colour = [int(line.colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (pixels == colour).all(axis=-1).sum() > 20, line


@pytest.mark.parametrize("text", ["exp(x**4)", "1/x", "sqrt(x)", "-exp(x*x*y*y)", "x - x"])
def test_wild_races_can_be_drawn(text):
    surface = from_text(text)
    start = None if surface.dimension == 2 else [1.0]
    _, made = drawn(surface, [gd(lr=1e6), adam(lr=1.0)], start=start, steps=5, noise=1.0, seeds=3)
    assert len([None for _ in frames(made, range(made.looks))]) == made.looks


# The command.


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


QUICK = ["--size", "320x180", "--steps", "30"]


def printed(capsys, *args):
    status = run(["race", *args])
    out, err = capsys.readouterr()
    assert status == 0, err
    return out, err


def test_the_table(capsys, desk):
    out, err = printed(capsys, "gd:lr=0.1", "gd:lr=0.2", "gd:lr=2", "-s", "bowl", *QUICK)
    assert out.splitlines() == [
        "  racer        lr  1e-1  1e-2  1e-4  1e-6  final loss  ended",
        "  gd(lr=0.1)  0.1     6    11    21     -    6.13e-06  30 steps",
        "* gd(lr=0.2)  0.2     3     5    10    14    1.95e-13  converged at 30",
        "  gd(lr=2)      2     -     -     -     -    2.92e+03  diverged at 3",
        "race-bowl.gif",
    ]
    assert "above the minimum\n* wins: of those that end below" in err
    with Image.open("race-bowl.gif") as image:
        assert (image.size, image.n_frames) == ((320, 180), 31)


def test_the_table_fits_a_terminal(capsys, desk, undrawn):
    rules = ["schedule_free_adamw+clip_norm+lookahead:limit=2", "torch.adagrad", "adam:lr=warmup:steps=9 >> cosine"]
    out, err = printed(capsys, *rules, "-s", "rosenbrock", *QUICK, "--noise", "9", "--seeds", "100", "-o", "a.png")
    assert max(map(len, out.splitlines())) <= 80 and "medians of 100 runs" in err
    assert "…" in out and "\nadam(lr=warmup >> cosine): the learning rate follows warmup(lr=" in err


def test_a_schedule_with_several_numbers_is_written_with_brackets(capsys, desk, undrawn):
    args = ["gd:lr=step(every=5,factor=0.5)", "gd(lr=warmup(lr=0.2, steps=4) >> cosine(steps=9))"]
    facts = json.loads(printed(capsys, *args, "-s", "bowl", *QUICK, "-o", "a.png", "--json")[0])
    assert [(row["lr"], row["lr_from"], row["schedule"]) for row in facts["racers"]] == [
        (0.2, "watchable", "step(lr=0.2, factor=0.5, every=5)"),
        (0.2, "given", "warmup(lr=0.2, steps=4) >> cosine(lr=0.2, end=0.0, steps=9)"),
    ]


def test_the_facts_as_json(capsys, desk, undrawn):
    args = ["gd", "momentum:lr=0.05", "-s", "bowl", *QUICK, "--noise", "0.5", "--seeds", "4", "--seed", "3"]
    out, err = printed(capsys, *args, "--budget", "310", "-o", "a.png", "--json")
    facts = json.loads(out, parse_constant=pytest.fail)
    done = race(bowl, [gd, momentum(lr=0.05)], steps=30, noise=0.5, seeds=4, seed=3, tune=True, budget=310)
    assert err == "" and (facts["file"], facts["winners"]) == ("a.png", [racer.label for racer in done.winners])
    assert {key: facts[key] for key in ("steps", "noise", "seed", "seeds", "budget")} == {
        "steps": 30, "noise": 0.5, "seed": 3, "seeds": 4, "budget": 310,
    }  # fmt: skip
    for row, racer in zip(facts["racers"], done.racers, strict=True):
        assert (row["label"], row["lr"], row["lr_from"]) == (racer.label, racer.lr, racer.lr_from)
        assert [*row["steps_to"]] == ["0.1", "0.01", "0.0001", "1e-06"]
        assert [*row["steps_to"].values()] == [step if np.isfinite(step) else None for step in racer.steps]
        assert (row["final"], row["ended"]) == (racer.final, racer.ended)


@pytest.mark.parametrize("suffix", every(2, ["gif", "png"]))
def test_the_same_seed_gives_the_same_bytes(capsys, desk, suffix):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        args = ["gd", "adam", "-s", "bowl", *QUICK, "--noise", "1", "--seeds", "3", "--tune", "--seed", seed]
        printed(capsys, *args, "-o", f"{name}.{suffix}")
    a, b, c = (Path(f"{name}.{suffix}").read_bytes() for name in "abc")
    assert a == b != c


UPHILL = "from optiviz import optimizer\n\n@optimizer\ndef uphill(theta, g, t, *, lr=0.1):\n    return theta + lr * g\n"


def test_the_notes_say_where_the_rates_come_from(capsys, desk, undrawn):
    Path("mine.py").write_text(UPHILL)

    def noted(*args):
        return printed(capsys, *args, "-s", "bowl", *QUICK, "-o", "a.png")[1].splitlines()[2:]

    watchable = (
        "learning rate chosen for a watchable path: gd, gd(lr=cosine); choose your own with RULE:lr=..., or --tune"
    )
    assert noted("gd", "gd:lr=cosine", "adam:lr=0.1", "mine.py:uphill") == [
        "gd(lr=cosine): the learning rate follows cosine(lr=0.2, end=0.0, steps=300)",
        watchable,
        "with a learning rate chosen for a watchable path it gets no lower here: uphill",
    ]
    for args, phrase in (
        (["gd", "adam:lr=0.1"], "310 gradient evaluations each, but for those given"),
        (["gd:lr=1"], "no learning rate was tuned: all are given"),
    ):
        (last,) = noted(*args, "--budget", "310")
        assert last.endswith(phrase)


def test_quiet_and_one_s_own(capsys, desk):
    Path("mine.py").write_text(
        "from optiviz import optimizer\n\n@optimizer\ndef mine(theta, g, t, *, lr=0.1):\n    return theta - lr * g\n"
    )
    assert printed(capsys, "mine.py:mine", "gd", "-s", "x**2 + y**2", *QUICK, "-q") == ("", "")
    assert Path("race-formula.gif").is_file()


@pytest.mark.parametrize(
    ("args", "phrase"),
    [
        (["gd"] * 11 + ["-s", "bowl"], "a race is for 1 to 10 racers, not 11"),
        (["-s", "bowl"], "Missing argument 'RULE...'"),
        (["gd", "adm", "-s", "bowl"], "unknown optimizer 'adm'; did you mean 'adam'?"),
        (
            ["gd,adam"],
            "write NAME or NAME:PARAMETER=VALUE,... such as adam:lr=0.1, and part several by spaces",
        ),
        (["gd:lr=0,1"], "cannot read '1'; write NAME=VALUE such as lr=0.1, a number with a point"),
        (["gd", "-p", "lr=0.1"], "-p is for commands with one rule; write the numbers of each after its name"),
        (["gd", "--lr", "0.1"], "lr is a hyperparameter, not an option; write RULE:lr=VALUE"),
        (["gd", "rosenbrock"], "rosenbrock is a surface, no optimizer; write -s rosenbrock"),
        (["gd", "Cosine"], "cosine is a schedule, no optimizer; write it as a learning rate, adam:lr=cosine"),
        (["gd", "reduce-on-plateau"], "is a reaction, no optimizer; write it for one optimizer, optiviz animate adam"),
        (["clip_norm:limit=2"], "clip_norm is a wrapper, no optimizer; write what it goes around, adam+clip_norm"),
        (["adamw+weight_decay"], "set that of adamw with decay=..., or leave one of the two out"),
        (["gd+lookahead:every=2.5"], "every must be in {1, 2, ...}, not 2.5"),
        (["gd:lr=cyclic(lowest=0.5)"], "cyclic wants lowest not above lr, not lowest=0.5 and lr=0.1"),
        (["gd", "-s", "bowl", "--seeds", "3"], "3 runs each want noise"),
        (["gd", "-s", "bowl", "--budget", "3"], "from 602 to 301000 gradient evaluations"),
        (["gd", "-s", "bowl", "--start=9,9"], "outside bowl's box"),
        (["gd", "-s", "log(x)"], "is not a finite number at (-2.4)"),
        (["gd", "-s", "bowl", "-o", "a.bmp"], "the formats are .gif, .apng"),
    ],
    ids=lambda a: " ".join(a)[:30] if isinstance(a, list) else "",
)
def test_a_mistake_costs_one_line(capsys, desk, args, phrase):
    status = run(["race", *args])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "") and err.count("\n") == 1 and phrase in err
    assert list(desk.iterdir()) == []


def test_a_racer_is_tuned_for_what_the_race_counts():
    """No other rate that it could have found would have put it before itself."""
    for rule in (gd, adam):
        tuned = race(rosenbrock, [rule], tune=True).racers[0]
        for lr in LEARNING_RATES[::5]:
            other = race(rosenbrock, [rule(lr=lr)]).racers[0]
            if not other.lost:
                assert (tuned.held, -tuned.steps[max(tuned.held - 1, 0)]) >= (
                    other.held,
                    -other.steps[max(other.held - 1, 0)],
                )
