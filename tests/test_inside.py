"""The other views of a run, and a race as small multiples: what the artists show, and that the words fit."""

from __future__ import annotations

import json
from itertools import combinations, product

import numpy as np
import pytest
from examples import every
from pictures import lay_out

from optiviz.cli import run as run_command
from optiviz.descent import DIVERGED, minimize
from optiviz.experiments import effective_steps, internals, race
from optiviz.optimizers import Optimizer, adam, gd, momentum
from optiviz.optimizers.wrapper import named
from optiviz.plot import animate, filmstrip, grid_picture, picture
from optiviz.plot.arrow import Arrow, together
from optiviz.plot.film import last_frame
from optiviz.plot.frames import frames
from optiviz.plot.readout import Readout
from optiviz.schedules import exponential
from optiviz.surfaces import Surface, bowl, double_well, from_text, parabola, ravine, rosenbrock

pytestmark = pytest.mark.usefixtures("unpainted")

SMALL = (320, 180)
STEPS = r"step $\Delta\theta$"
SIZES = [
    ((640, 360), "big"),
    pytest.param((640, 360), "dark", marks=pytest.mark.proof),
    pytest.param((1280, 720), "paper", marks=pytest.mark.proof),
]
DECAY = exponential(lr=0.0123, k=0.0123)


def drawn(surface, rule, view, *, steps=5, size=SMALL, style="light", note="", **options):
    """A run, what is inside, and its picture."""
    run = minimize(surface, rule, steps=steps, **options)
    inside = internals(run, rule)
    return run, inside, picture(run, surface.sample(40), view=view, inside=inside, size=size, style=style, note=note)


def line(axes, label):
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


def arrows(made):
    return {artist.get_label(): artist for artist in made.moving if isinstance(artist, Arrow)}


# Internals.


def test_every_line_is_drawn_coordinate_by_coordinate():
    run, inside, made = drawn(rosenbrock, adam(lr=0.5), "internals", steps=8)
    surface, *panels = made.figure.axes
    rows = [["$g$", "$m$", r"$\hat{m}$"], [r"step $\Delta\theta$"], ["$v$", r"$\hat{v}$"]]
    values = [[inside.lines[n] for n in ("g", "m", "mhat")], [np.diff(run.theta, axis=0)]]
    values.append([inside.lines[n] for n in ("v", "vhat")])
    assert len(panels) == 6
    for look in (0, 4, 8, 2):
        made.show(look)
        np.testing.assert_array_equal(line(surface, "path").get_xydata(), run.theta[: look + 1])
        for i, axes in enumerate(panels):
            for label, value in zip(rows[i // 2], values[i // 2], strict=True):
                shown = value[: look + 1, i % 2]
                np.testing.assert_array_equal(line(axes, label).get_ydata(), shown)
                np.testing.assert_array_equal(line(axes, label).get_xdata(), np.arange(1, len(shown) + 1))
    assert [axes.get_title(loc="left") for axes in panels[:3]] == [
        r"x:  $g$, $m$, $\hat{m}$", r"y:  $g$, $m$, $\hat{m}$", r"x:  step $\Delta\theta$",
    ]  # fmt: skip


def test_arrows_of_one_unit_are_as_long_beside_one_another_as_they_are():
    run, inside, made = drawn(ravine, adam(lr=0.1), "internals")
    found = arrows(made)
    assert [*found] == ["$-$$g$", "$-$$m$", r"$-$$\hat{m}$", r"step $\Delta\theta$"]
    per_unit = made.figure.axes[0].transData.transform([1, 1]) - made.figure.axes[0].transData.transform([0, 0])
    for look in (0, 3):
        made.show(look)
        longest = max(np.hypot(*found[label].vector) for label in [*found][:3])
        assert longest == pytest.approx(76 * made.scale)
        seen = {
            label: -inside.lines[name][look] * per_unit for label, name in zip(found, ("g", "m", "mhat"), strict=False)
        }
        for one, other in combinations(seen, 2):
            ratio = np.hypot(*seen[one]) / np.hypot(*seen[other])
            assert np.hypot(*found[one].vector) / np.hypot(*found[other].vector) == pytest.approx(ratio)
        for label, vector in seen.items():
            np.testing.assert_allclose(found[label].vector / np.hypot(*found[label].vector), vector / np.hypot(*vector))
        ahead = np.diff(run.theta, axis=0)[look] * per_unit
        np.testing.assert_allclose(found[[*found][3]].vector, ahead / np.hypot(*ahead) * 46 * made.scale)
    made.show(0)
    assert np.hypot(*found["$-$$m$"].vector) == pytest.approx(0.1 * np.hypot(*found["$-$$g$"].vector))
    made.show(run.steps)
    assert not any(arrow.get_visible() for arrow in found.values())


@pytest.mark.parametrize("still", ["frame", "figure", "strip"])
def test_at_rest_the_last_update_has_its_arrows(still):
    run, _, made = drawn(ravine, adam(lr=0.1), "internals", steps=5)
    if still == "frame":
        list(frames(made, last_frame(made).looks))
    elif still == "figure":
        made.rest(made.resting)
    assert made.resting == run.steps - 1
    if still == "strip":
        made = filmstrip(made, 3)
        cell = made.figure.axes[-1]
        assert cell.get_title(loc="left").startswith("step 4")
        found = [artist for artist in cell.get_children() if isinstance(artist, Arrow)]
    else:
        found = [*arrows(made).values()]
        covers = [artist for artist in made.moving if str(artist.get_label()).startswith("_cover of")]
        assert len(covers) == 4 and not any(cover.get_visible() for cover in covers)
    assert len(found) == 4 and all(arrow.get_visible() for arrow in found)


def test_a_run_that_diverges_rests_where_it_still_has_an_arrow():
    run, _, made = drawn(bowl, gd(lr=1e300), "internals", steps=5)
    made.show(made.resting)
    assert run.ending == DIVERGED and any(arrow.get_visible() for arrow in arrows(made).values())
    assert drawn(bowl, adam(lr=0.1), "internals", steps=0)[2].resting == 0


@pytest.mark.parametrize("surface", every(2, [ravine, rosenbrock]), ids=lambda surface: surface.name)
@pytest.mark.parametrize("rule", [adam(lr=0.1), gd(lr=0.001), momentum(lr=0.001)], ids=lambda rule: rule.name)
def test_arrows_that_always_point_one_way_lie_beside_one_another(surface, rule):
    run, _, made = drawn(surface, rule, "internals", steps=12, size=(640, 360))
    pairs = {"adam": ("$-$$m$", r"$-$$\hat{m}$"), "gd": ("$-$$g$", STEPS), "momentum": (STEPS, "$v$")}
    one, other = (arrows(made)[name] for name in pairs[rule.name])
    for look in range(1, run.steps):
        made.show(look)
        ends = [np.array(arrow.get_xy())[[0, 1, 5, 6]] for arrow in (one, other)]  # the shafts
        along = one.vector / np.hypot(*one.vector)
        across = [corners @ [-along[1], along[0]] for corners in ends]  # the first lies to the left
        assert across[0].min() >= across[1].max() - 0.1
        at = made.figure.axes[0].transData.transform(run.theta[look])
        assert abs(np.mean([corners[[0, 3]].mean(axis=0) for corners in ends], axis=0) - at).max() < 1e-6
    for name, arrow in arrows(made).items():
        assert (arrow.beside == 0) == (name not in pairs[rule.name])


def test_m_is_seen_in_its_colour():
    run, _, made = drawn(ravine, adam(lr=0.1), "internals", steps=40, size=(960, 540))
    found = [np.round(255 * np.array(arrows(made)[name].get_facecolor()[:3])) for name in ("$-$$m$", r"$-$$\hat{m}$")]
    surface = made.figure.axes[0].get_window_extent()
    left, right, low, high = (int(end) for end in (surface.x0, surface.x1, surface.y0, surface.y1))
    with made.settings():
        for frame in frames(made, range(5, run.steps, 5)):
            seen = frame[540 - high : 540 - low, left:right, :3].astype(int)
            assert min((abs(seen - colour) < 2).all(axis=-1).sum() for colour in found) > 12


@pytest.mark.parametrize(("view", "style"), [("internals", "big"), ("internals", "slide"), ("effective", "big")])
def test_the_star_of_the_legend_is_whole(view, style):
    made = drawn(ravine, adam(lr=0.3), view, size=(640, 360), style=style, note="learning rate chosen")[2]
    (star,) = [h for legend in made.figure.legends for h in legend.legend_handles if h.get_label() == "minimum"]
    middle = star.get_window_extent()
    assert (middle.y0 + middle.y1) / 2 - star.get_markersize() / 2 * made.figure.dpi / 72 >= 0


def test_vectors_that_are_not_finite_have_no_arrow():
    vectors = [np.array([[1.0, 0.0], [np.nan, 1.0], [0.0, 0.0]]), np.array([[0.0, 2.0], [3.0, 0.0], [0.0, np.inf]])]
    one, other = together(vectors, np.array([10.0, 10.0]), 8.0)
    np.testing.assert_array_equal(one, [[4, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(other, [[0, 8], [8, 0], [0, 0]])
    assert together([], np.ones(2), 1.0) == []


def test_along_a_curve_arrows_lie_above_one_another():
    run, inside, made = drawn(parabola, adam(lr=0.3), "internals")
    made.show(1)
    at = made.figure.axes[0].transData.transform((run.theta[1, 0], run.value[1]))
    heights = [arrow.get_xy()[3, 1] - at[1] for arrow in arrows(made).values()]
    np.testing.assert_allclose(heights, 17 * made.scale * np.arange(1, 5))
    assert arrows(made)["$-$$g$"].vector[0] * inside.lines["g"][1, 0] < 0


def test_velocity_is_drawn_with_the_step_and_gd_has_two_rows():
    made = drawn(ravine, momentum(lr=0.01), "internals")[2]
    assert [*arrows(made)] == ["$-$$g$", r"step $\Delta\theta$", "$v$"]
    assert made.figure.axes[3].get_title(loc="left") == r"x:  step $\Delta\theta$, $v$"
    made = drawn(parabola, gd(lr=0.1), "internals")[2]
    assert [axes.get_title(loc="left") for axes in made.figure.axes[1:]] == ["θ:  $g$", r"θ:  step $\Delta\theta$"]


def test_a_slot_that_is_called_step_is_not_the_step():
    run, _, made = drawn(rosenbrock, named("rprop")(lr=0.1), "internals")
    titles = [axes.get_title(loc="left") for axes in made.figure.axes[1:]]
    assert titles[2] == r"x:  step $\Delta\theta$" and r"$\mathrm{step}$" in titles[4]
    made.show(run.steps)
    np.testing.assert_array_equal(line(made.figure.axes[5], r"$\mathrm{step}$").get_ydata(), run.slots["step"][1:, 0])


def test_sizes_are_logarithmic_and_what_explodes_symmetrically_so():
    made = drawn(ravine, adam(lr=0.1), "internals")[2]
    assert [axes.get_yscale() for axes in made.figure.axes[1:]] == ["linear"] * 4 + ["log"] * 2
    assert {axes.get_xscale() for axes in made.figure.axes[1:]} == {"log"}
    made = drawn(from_text("x**4"), gd(lr=0.02), "internals", steps=300, start=[-2.0])[2]
    assert [axes.get_yscale() for axes in made.figure.axes[1:]] == ["symlog", "log"]
    assert {axes.get_xscale() for axes in made.figure.axes[1:]} == {"linear"}


def test_on_paper_arrows_differ_in_grey_and_lines_in_dashes():
    made = drawn(ravine, adam(lr=0.1), "internals", style="paper")[2]
    greys = sorted(arrow.get_facecolor()[0] for arrow in arrows(made).values())
    assert min(np.diff(greys)) > 0.2
    entries = [(e.get_color(), e.get_linestyle(), e.get_marker()) for e in made.figure.legends[0].legend_handles]
    assert len(set(entries)) == len(entries) == 6
    assert len({marker for *_, marker in entries[:3]}) == 3


# The effective step.


@pytest.mark.parametrize("surface", [ravine, parabola, Surface.registry["bce"]], ids=lambda s: s.name)
def test_effective_steps_are_drawn_beside_the_learning_rate(surface):
    run, _, made = drawn(surface, adam(lr=0.1), "effective", steps=12)
    axes = made.figure.axes[1]
    made.show(run.steps)
    *labels, rate = [text.get_text() for text in axes.get_legend().get_texts()]
    assert rate == r"$\eta$" and len(labels) == run.theta.shape[1]
    for i, label in enumerate(labels):
        np.testing.assert_array_equal(line(axes, label).get_ydata(), effective_steps(run)[:, i])
    np.testing.assert_array_equal(line(axes, rate).get_ydata(), np.full(run.steps, 0.1))


def test_the_reference_follows_the_schedule_and_gd_lies_on_it():
    run, _, made = drawn(ravine, gd(lr=DECAY), "effective", steps=20)
    axes = made.figure.axes[1]
    made.show(run.steps)
    np.testing.assert_array_equal(line(axes, r"$\eta$").get_ydata(), run.rates["lr"][:-1])
    np.testing.assert_allclose(line(axes, "x").get_ydata(), run.rates["lr"][:-1], rtol=1e-12)


def test_a_rule_without_a_rate_has_no_reference():
    @Optimizer
    def bare(theta, g, t):
        return theta - 0.1 * g

    made = drawn(bowl, bare, "effective")[2]
    assert [text.get_text() for text in made.figure.axes[1].get_legend().get_texts()] == ["x", "y"]


# Small multiples.


def test_a_pane_for_each_racer():
    done = race(ravine, [gd(lr=0.01), gd(lr=0.05), gd(lr=0.1), adam], steps=60)
    made = grid_picture(done, ravine.sample(40), size=(960, 540))
    panes = made.figure.axes
    for look in (0, 7, 60, 3):
        made.show(look)
        for racer, axes in zip(done.racers, panes, strict=True):
            np.testing.assert_array_equal(line(axes, "path").get_xydata(), racer.path[: look + 1])
    assert len({(*axes.get_xlim(), *axes.get_ylim()) for axes in panes}) == 1
    words = [text.get_text() for text in made.figure.texts]
    assert {"gd(lr=0.01)", r"$\eta$ = 0.01", "gd(lr=0.1)", "adam", r"$\eta$ = 0.3*"} <= {*words}
    *heights, counter = [text for text in made.moving if isinstance(text, Readout)]
    made.show(60)
    assert done.racers[2].lost and heights[2].get_text() == "diverged"
    assert (heights[2].get_color(), heights[2].get_fontweight()) == (made.style.warning, "bold")
    assert heights[0].get_text() == f"{done.racers[0].final:.3g}" and counter.get_text() == "step 60"
    made.show(3)
    assert heights[2].get_text() == f"{done.racers[2].values[3, 0]:.3g}" and heights[2].get_color() == made.style.ink


@pytest.mark.parametrize("counts", [(1, 3, 4), pytest.param((), marks=pytest.mark.proof)], ids=["some", "all"])
@pytest.mark.parametrize(("ratio", "columns"), [(1, [1, 2, 3, 4, 3, 3, 4, 4, 5, 5]), (2, [1, 2, 2, 2])], ids=str)
def test_panes_fill_the_room_to_scale(ratio, columns, counts):
    surface = from_text("x*x + y*y", box=(-ratio, ratio, -1, 1))
    for count in counts or range(1, len(columns) + 1):
        expected = columns[count - 1]
        made = grid_picture(race(surface, [gd(lr=0.1)] * count, steps=1), surface.sample(5), size=SMALL)
        boxes = [axes.get_window_extent() for axes in made.figure.axes]
        assert len({round(box.x0) for box in boxes}) == expected, count
        assert len({(round(box.width, 6), round(box.height, 6)) for box in boxes}) == 1
        assert boxes[0].width == pytest.approx(ratio * boxes[0].height)
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        across = max(b.x1 for b in boxes) - min(b.x0 for b in boxes)
        up = max(b.y1 for b in boxes) - min(b.y0 for b in boxes)
        assert across > 0.75 * SMALL[0] or up > 0.6 * SMALL[1], count


# Words.


@Optimizer
def of_many_lines(theta, g, t, first=0.0, second=0.0, *, lr=0.1, beta1=0.9, beta2=0.999, weight_of_the_past=0.123):
    first = beta1 * first + (1 - beta1) * g
    second = beta2 * second + weight_of_the_past * g**2
    corrected = first / (1 - beta1**t)
    further = corrected * 3
    return theta - lr * further / (second + 1e-8) ** 0.5, first, second


def words_of(made):
    figure = made.figure
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    parts = [*figure.texts, *(text for text in made.moving if isinstance(text, Readout))]
    parts += [text for legend in legends for text in legend.get_texts()]
    for axes in figure.axes:
        parts += [axes._left_title, axes.xaxis.label]
        parts += [tick.label1 for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]
    parts = [part for part in parts if part.get_visible()]
    return [(part, box) for part in parts if (box := part.get_window_extent()).width > 1]


def assert_words_are_apart(made):
    lay_out(made)
    width, height = made.size
    words = words_of(made)
    for part, box in words:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, part
    for (one, a), (other, b) in combinations(words, 2):
        assert not a.padded(-1.5).overlaps(b), (one, other)


CROWDED = [
    (rosenbrock, adam(lr=DECAY)),
    (ravine, of_many_lines(lr=DECAY)),
    (double_well, named("adam+clip_norm")(lr=0.1)),
]


@pytest.mark.parametrize(("size", "style"), SIZES, ids=str)
@pytest.mark.parametrize(
    ("view", "surface", "rule"),
    every(2, ((view, *run) for view in ("internals", "effective") for run in CROWDED)),
    ids=lambda value: getattr(value, "name", value),
)
def test_words_stay_inside_and_apart(view, surface, rule, size, style):
    _, _, made = drawn(surface, rule, view, steps=40, size=size, style=style, note="learning rate tuned")
    made.show(40)
    assert_words_are_apart(made)


@pytest.mark.parametrize(("size", "style"), SIZES, ids=str)
@pytest.mark.parametrize(("surface", "count"), [(rosenbrock, 10), (ravine, 4), (double_well, 5)], ids=["10", "4", "5"])
def test_words_of_panes_stay_inside_and_apart(surface, count, size, style):
    names = [
        "schedule_free_adamw+clip_norm",
        "gd",
        "adam",
        "lion",
        "rprop",
        "nadam",
        "adamw",
        "yogi",
        "torch.adam",
        "sgd",
    ]
    made = grid_picture(
        race(surface, [named(n)(lr=1.234e-5) for n in names[:count]], steps=3),
        surface.sample(20),
        size=size,
        style=style,
    )
    made.show(3)
    assert_words_are_apart(made)


# Frames, files, mistakes.


def assert_a_frame_is_a_full_drawing(made):
    with made.settings():
        frame = [frame.copy() for frame in frames(made, [1, 4, 3])][-1]
    for moving in made.moving:
        moving.set_animated(False)
    with made.settings():
        made.figure.canvas.draw()
    np.testing.assert_array_equal(frame, np.asarray(made.figure.canvas.buffer_rgba()))


@pytest.mark.parametrize(
    ("view", "surface"),
    every(3, product(["internals", "effective"], [rosenbrock, parabola])),
    ids=lambda value: getattr(value, "name", value),
)
def test_a_frame_is_a_full_drawing(view, surface):
    assert_a_frame_is_a_full_drawing(drawn(surface, adam(lr=0.5), view)[2])


@pytest.mark.parametrize("surface", [rosenbrock, parabola], ids=lambda s: s.name)
def test_so_is_a_frame_of_panes(surface):
    assert_a_frame_is_a_full_drawing(
        grid_picture(race(surface, [gd, adam, momentum], steps=5), surface.sample(30), size=SMALL)
    )


@pytest.mark.parametrize(("view", "suffix"), every(3, product(["internals", "effective"], [".gif", ".svg"])))
def test_every_view_can_be_written(tmp_path, view, suffix):
    run = minimize(rosenbrock, adam(lr=0.5), steps=3)
    inside = internals(run, adam(lr=0.5))
    animate(run, rosenbrock.sample(20), tmp_path / f"a{suffix}", view=view, inside=inside, size=SMALL)
    assert (tmp_path / f"a{suffix}").stat().st_size > 1000


@pytest.mark.parametrize("name", every(3, ["muon", "rprop", "lamb", "schedule_free", "adafactor", "lion", "gd+polyak"]))
def test_what_rules_of_every_kind_do_inside_can_be_drawn(name):
    rule = named(name)
    run, _, made = drawn(rosenbrock, rule, "internals", steps=2)
    with made.settings():
        assert len([None for _ in frames(made, range(made.looks))]) == run.steps + 1


WILD = [("exp(x**4)", gd(lr=1e6)), ("sqrt(x)", adam(lr=1.0)), ("-exp(x*x*y*y)", adam(lr=1.0)), ("x - x + y - y", gd)]


@pytest.mark.parametrize(
    ("view", "text", "rule"), every(3, ((view, *run) for run in WILD for view in ("internals", "effective"))), ids=str
)
def test_wild_runs_can_be_drawn(view, text, rule):
    _, _, made = drawn(from_text(text), rule, view)
    with made.settings():
        assert len([None for _ in frames(made, range(made.looks))]) == made.looks


def test_a_run_that_diverged_says_so():
    run, _, made = drawn(ravine, gd(lr=1.0), "internals", steps=60)
    assert run.ending == DIVERGED
    made.show(run.steps)
    (counter,) = [text for text in made.moving if isinstance(text, Readout)]
    assert counter.get_text().startswith("diverged") and counter.get_color() == made.style.warning


def test_mistakes():
    run = minimize(bowl, gd(lr=0.1), steps=2)
    with pytest.raises(LookupError, match="unknown view 'inside'; there are contour, 3d, field, internals, effective"):
        picture(run, bowl.sample(20), view="inside")
    with pytest.raises(ValueError, match=r"inside=optiviz.experiments.internals\(run, optimizer\)"):
        picture(run, bowl.sample(20), view="internals")
    nowhere = from_text("log(-1 - x**2)")
    with pytest.raises(ValueError, match="nowhere a finite number"):
        grid_picture(race(bowl, [gd], steps=1), nowhere.sample(20))


# The commands.


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from optiviz import optimizer\n\n@optimizer\ndef mine(theta, g, t, u=0.0, *, lr=0.1):\n"
        "    u = 0.5 * u + g\n    halved = u / 2\n    return theta - lr * halved, u\n"
    )
    return tmp_path


QUICK = ["--size", "320x180", "--steps", "4"]


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (["animate", "torch.adam", "-s", "ravine", "--view", "internals"], "torch.adam-ravine-internals.gif"),
        (["animate", "mine.py:mine", "-s", "x**2", "--view", "internals"], "mine-formula-internals.gif"),
        (["animate", "sgd", "-s", "bce", "--view", "effective"], "sgd-bce-effective.gif"),
        (["animate", "adam", "-s", "bowl", "--schedule", "cosine", "--view", "internals"], "adam-bowl-internals.gif"),
        (["animate", "gd", "-s", "bowl", "--view", "contour"], "gd-bowl.gif"),
        (["race", "gd:lr=0.1", "gd:lr=9", "-s", "bowl", "--grid"], "race-bowl-grid.gif"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_commands(capsys, desk, args, name):
    assert run_command([*args, *QUICK]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == name
    assert (desk / name).stat().st_size > 1000


def test_a_view_that_is_not_there(capsys, desk):
    assert run_command(["animate", "gd", "-s", "bowl", "--view", "inside"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "'inside' is not one of 'contour', '3d', 'field', 'internals', 'effective'" in err


def test_panes_have_words_and_refuse_other_views(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    race_in_panes = ["race", "gd", "adam", "-s", "bowl", "--steps", "3", "--size", "320x180", "-o", "a.png", "--grid"]
    assert run_command([*race_in_panes, "--json"]) == 0
    assert "gd" in json.loads(capsys.readouterr().out)["alt"]
    for more in (["--view", "3d"], ["--filmstrip", "3"]):
        assert run_command([*race_in_panes, *more]) == 2
        assert "leave out --view and --filmstrip" in capsys.readouterr().err
