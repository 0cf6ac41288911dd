"""Pictures: what the artists show, and the little that only pixels can tell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from examples import every
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from pictures import lay_out
from PIL import Image

from optiviz.descent import DIVERGED, minimize
from optiviz.optimizers import Optimizer, adagrad, adam, gd, momentum, sgd
from optiviz.plot import animate, film, picture, writers
from optiviz.plot.arrow import Arrow
from optiviz.plot.frames import MOST_FRAMES, chosen_looks, frames
from optiviz.plot.readout import Readout
from optiviz.plot.style import LIGHT, STYLES
from optiviz.plot.words import fit_name
from optiviz.schedules import exponential
from optiviz.surfaces import Surface, bowl, double_well, from_text, himmelblau, parabola, rosenbrock, washboard

pytestmark = pytest.mark.usefixtures("unpainted")

SMALL = (320, 180)


def drawn(surface, rule, *, steps=5, size=SMALL, style="light", note="", **options):
    """A run and its picture."""
    run = minimize(surface, rule, steps=steps, **options)
    return run, picture(run, surface.sample(40), size=size, style=style, note=note)


def shots(made, looks):
    with made.settings():
        return [frame[..., :3].copy() for frame in frames(made, looks)]


def line(axes, label):
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


def labels(legend):
    return [text.get_text() for text in legend.get_texts()]


# The surface and the way on it.


def test_the_path_is_the_trajectory():
    run, made = drawn(rosenbrock, adam(lr=0.5))
    surface, loss, _ = made.figure.axes
    for look in (0, 3, 5, 2):  # back as well
        made.show(look)
        np.testing.assert_array_equal(line(surface, "path").get_xydata(), run.theta[: look + 1])
        np.testing.assert_array_equal(line(surface, "θ").get_xydata(), run.theta[look : look + 1])
        np.testing.assert_array_equal(line(loss, "loss").get_xydata()[:, 0], np.arange(look + 1))
        np.testing.assert_array_equal(line(loss, "loss").get_xydata()[:, 1], run.value[: look + 1])


@pytest.mark.parametrize(
    ("surface", "lr", "start", "look"),
    [(rosenbrock, 1e-4, None, 1), (from_text("exp(10*x*x*y*y)"), 1e-309, [-2.95, 2.8365], 0)],
    ids=["usual", "nearly infinite"],
)
def test_arrows_point_downhill_and_ahead_on_the_screen(surface, lr, start, look):
    run, made = drawn(surface, momentum(lr=lr), start=start)
    axes = made.figure.axes[0]
    arrows = {a.get_label(): a for a in axes.patches + axes.artists if isinstance(a, Arrow)}
    x0, y0 = axes.transData.transform((0, 0))
    x1, y1 = axes.transData.transform((1, 1))
    made.show(look)
    ahead = run.theta[look + 1] - run.theta[look]
    for label, vector in (("−gradient (direction)", -run.gradient[look]), ("next step (direction)", ahead)):
        arrow = arrows[label]
        np.testing.assert_array_equal(arrow.tail, run.theta[look])
        vector = vector / np.abs(vector).max() * [x1 - x0, y1 - y0]
        np.testing.assert_allclose(arrow.vector / np.hypot(*arrow.vector), vector / np.hypot(*vector), atol=1e-12)
        tip = arrow.get_xy()[3] - axes.transData.transform(run.theta[look])
        np.testing.assert_allclose(tip, arrow.vector, atol=1e-9)
    made.show(run.steps)
    assert not arrows["next step (direction)"].get_visible() and not arrows["next step (direction)"].vector.any()


def test_minima_are_marked():
    _, made = drawn(himmelblau, gd(lr=0.01))
    np.testing.assert_array_equal(line(made.figure.axes[0], "minima").get_xydata(), himmelblau.minima)
    _, made = drawn(double_well, gd(lr=0.01))
    marks = {name: line(made.figure.axes[0], name).get_xydata() for name in ("minimum", "local minimum")}
    for name, points in (("minimum", double_well.minima), ("local minimum", double_well.local_minima)):
        np.testing.assert_allclose(marks[name][:, 0], [x for (x,) in points])
        np.testing.assert_allclose(marks[name][:, 1], [double_well(x) for (x,) in points], atol=0.05)
    assert {"minimum", "local minimum"} <= set(labels(made.figure.legends[0]))


def test_one_coordinate_is_a_curve_with_its_tangent():
    run, made = drawn(parabola, gd(lr=0.3))
    grid = parabola.sample(40)
    axes = made.figure.axes[0]
    np.testing.assert_array_equal(line(axes, "f").get_xydata(), np.column_stack([grid.x, grid.z]))
    for look in range(run.steps + 1):
        made.show(look)
        np.testing.assert_array_equal(line(axes, "path").get_ydata(), run.value[: look + 1])
        (x0, y0), (x1, y1) = line(axes, "tangent: the gradient").get_xydata()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(run.gradient[look, 0])
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((run.theta[look, 0], run.value[look]))
        np.testing.assert_array_equal(line(axes, "next step").get_xdata(), run.theta[look : look + 2, 0])


@pytest.mark.parametrize(
    ("surface", "rule", "named"),
    [
        (rosenbrock, adam(lr=0.5), ["−gradient (direction)", "next step (direction)"]),
        (parabola, gd(lr=0.3), ["tangent: the gradient", "next step"]),
    ],
    ids=["arrows", "lines"],
)
def test_the_legend_names_what_is_there(surface, rule, named):
    run, made = drawn(surface, rule)
    covers = {
        cover.get_label().removeprefix("_cover of "): cover
        for cover in made.figure.artists
        if isinstance(cover, Rectangle)
    }
    assert [*covers] == named and {*named} <= {*labels(made.figure.legends[0])}
    for look, there in ((0, named), (run.steps, named[:1]), (1, named)):
        made.show(look)
        assert [name for name, cover in covers.items() if not cover.get_visible()] == there
    entry = next(text for text in made.figure.legends[0].get_texts() if text.get_text() == named[1])
    box = entry.get_window_extent()
    rows, columns = slice(180 - int(box.y1), 180 - int(box.y0)), slice(int(box.x0), int(box.x1))
    first, last = shots(made, [0, run.steps])
    assert (first[rows, columns] != 255).any() and (last[rows, columns] == 255).all()


def test_a_surface_is_to_scale_unless_it_is_very_long():
    for text, box, exact in (
        ("x*x + y*y", (-1, 1, -1, 1), True),
        ("x + y", (0, 4, 0, 2), True),
        ("x*y", (0, 9, 0, 1), 0),
    ):
        for size in (SMALL, (1920, 1080), (400, 700)):
            surface = from_text(text, box=box)
            axes = drawn(surface, gd(lr=1e-3), size=size)[1].figure.axes[0]
            x, y = axes.transData.transform((1, 1)) - axes.transData.transform((0, 0))
            assert (abs(x / y - 1) < 1e-9) == bool(exact)
            assert axes.get_position().x1 <= 0.58 + 1e-9 and axes.get_position().y0 >= 0.125 - 1e-9


def test_a_mark_on_the_edge_is_drawn_whole_and_one_outside_is_not():
    surface = from_text("-x*x - y*y", box=(-2, 1, -2, 1))
    run, made = drawn(surface, gd(lr=0.25), start=[0.5, 0.5], steps=3)
    point = line(made.figure.axes[0], "θ")
    for look, inside in ((0, True), (2, False), (1, True)):  # 0.5, 0.75, 1.125
        made.show(look)
        assert point.get_clip_on() != inside
    made.show(run.steps)
    dot = made.figure.axes[1].lines[-1]
    assert dot.get_xdata() == [run.steps] and not dot.get_clip_on()


@pytest.mark.parametrize("name", ["adam+clip_norm(limit=2)", "adam+clip_norm(limit=5)", "a" * 80])
def test_a_name_stays_readable_and_keeps_its_ends(name):
    figure = drawn(bowl, gd)[1].figure
    text = figure.text(0.1, 0.1, name, size=10)
    fit_name(text, 0.3)
    assert text.get_window_extent().width <= 0.3 * 320 and text.get_fontsize() >= 8.5
    start, _, end = text.get_text().partition("…")
    assert name.startswith(start) and name.endswith(end) and len(end) >= 3


# Curves over the steps.


@pytest.mark.parametrize(
    ("surface", "start", "scale", "title"),
    [
        (bowl, [1.5, 1.0], "log", "loss (log scale)"),
        (himmelblau, [2.9, 2.1], "linear", "loss"),
        (washboard, None, "linear", "loss"),
        (double_well, [-1.9], "log", "loss above the minimum (log scale)"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_loss_is_logarithmic_where_that_shows_more(surface, start, scale, title):
    rate = 0.2 if surface is bowl else 0.02 if surface is double_well else 1e-4
    _, made = drawn(surface, gd(lr=rate), start=start, steps=40)
    axes = made.figure.axes[1]
    assert (axes.get_yscale(), axes.get_title(loc="left")) == (scale, title)


@pytest.mark.parametrize(
    ("rule", "title", "expected"),
    [
        (adam(lr=0.5), "memory", {r"‖$m$‖": "m", r"‖$v$‖": "v"}),
        (adam(lr=exponential(lr=0.5)), "memory and schedule", {r"‖$m$‖": "m", r"‖$v$‖": "v", r"$\eta$": "lr"}),
        (gd(lr=exponential(lr=1e-4)), "schedule", {r"$\eta$": "lr"}),
        (gd(lr=1e-4), "learning rate", {r"$\eta$": 1e-4}),
    ],
    ids=repr,
)
def test_the_memory_panel_shows_what_the_rule_remembers(rule, title, expected):
    run, made = drawn(rosenbrock, rule)
    axes = made.figure.axes[2]
    assert axes.get_title(loc="left").removesuffix(" (log scale)") == title
    assert labels(axes.get_legend()) == list(expected)
    made.show(run.steps)
    for label, name in expected.items():
        values = np.sqrt((run.slots[name] ** 2).sum(axis=-1)) if name in run.slots else run.rates.get(name, name)
        if axes.get_yscale() == "log":
            values = np.where(values > 0, values, np.nan)
        shown = line(axes, label).get_ydata()
        np.testing.assert_allclose(shown, np.broadcast_to(values, shown.shape), rtol=1e-14)


# Words.


def counter(made):
    (found,) = [text for text in made.moving if isinstance(text, Readout)]
    return found


def test_the_counter_counts_and_names_the_end():
    run, made = drawn(bowl, gd(lr=0.25))
    made.show(3)
    assert counter(made).get_text().split() == ["step", "3", "f", "=", f"{run.value[3]:.4g}"]
    run, made = drawn(parabola, gd(lr=1.5), steps=50)
    assert run.ending == DIVERGED
    made.show(run.steps - 1)
    assert "diverged" not in counter(made).get_text() and counter(made).get_color() == LIGHT.ink
    made.show(run.steps)
    assert counter(made).get_text().startswith(f"diverged at step {run.steps}")
    assert (counter(made).get_color(), counter(made).get_fontweight()) == (LIGHT.warning, "bold")
    run, made = drawn(bowl, gd(lr=0.5), tolerance=1e-6)
    made.show(run.steps)
    assert counter(made).get_text().startswith("converged at step 1") and counter(made).get_color() == LIGHT.ink


def test_the_caption_says_what_made_the_run():
    _, made = drawn(rosenbrock, sgd(lr=2e-5), noise=3.0, seed=7, note="a note")
    title, caption = made.figure.texts
    assert title.get_text() == "sgd on rosenbrock"
    for fact in (r"$\eta$ = $2 \cdot 10^{-5}$", "start (−1.2, 1)", "gradient noise 3, seed 7", "a note"):
        assert fact in caption.get_text()


@Optimizer
def my_very_own_optimizer(
    theta, g, t, m=0.0, v=0.0, size=0.0, *, lr=0.1, beta1=0.9, beta2=0.999, rho=0.9, weight_of_the_past=0.123, eps=1e-8
):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + rho * weight_of_the_past * g**2
    return theta - lr * m / (v + eps) ** 0.5, m, v, size + g**2


LONG = from_text("(1 - x)**2 + 100*(y - x**2)**2 + sin(3*x)*cos(4*y) + exp(-x**2 - y**2)")
DECAY = exponential(lr=0.0123, k=0.0123)
CROWDED = [
    (rosenbrock, adam(lr=0.5), 300),
    (himmelblau, adam(lr=DECAY), 300),
    (LONG, my_very_own_optimizer(lr=DECAY), 100_000),
    (LONG, adagrad(lr=DECAY), 100_000),
    (double_well, momentum(lr=DECAY), 300),
]


@pytest.mark.parametrize(
    ("size", "style"),
    [
        ((640, 360), "big"),
        *(
            pytest.param(size, style, marks=pytest.mark.proof)
            for size, style in (
                ((960, 540), "light"),
                ((640, 360), "dark"),
                ((1920, 1080), "slide"),
                ((1600, 900), "paper"),
            )
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize(("surface", "rule", "steps"), every(2, CROWDED), ids=lambda v: getattr(v, "name", ""))
def test_words_stay_inside_and_apart(surface, rule, steps, size, style):
    run = minimize(surface, rule, steps=8)
    looks = np.linspace(0, 8, steps + 1).astype(int)  # as long as that, but at once
    run = replace(
        run,
        theta=run.theta[looks],
        value=-1e-100 * run.value[looks],
        gradient=run.gradient[looks],
        slots={name: slot[looks] for name, slot in run.slots.items()},
        rates={name: rate[looks] for name, rate in run.rates.items()},
        ending=np.int8(DIVERGED),
    )
    made = picture(run, surface.sample(20), size=size, style=style, note="learning rate chosen for a watchable path")
    lay_out(made)
    made.show(steps)
    figure = made.figure
    assert rule is CROWDED[2][1] or "chosen for a watchable path" in figure.texts[1].get_text()  # smaller, but not cut
    memory = figure.axes[2]
    words = {
        text.get_text(): text
        for text in (*figure.texts, counter(made), *(axes._left_title for axes in figure.axes[1:]))
    }
    words |= {"the first legend": figure.legends[0], "the memory's legend": memory.get_legend()}
    words |= {f"label {axis.axes.get_label()}": axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)}
    boxes = {name: text.get_window_extent() for name, text in words.items() if text.get_visible()}
    boxes = {name: box for name, box in boxes.items() if box.width > 1}
    for name, box in boxes.items():
        assert box.x0 >= 0 and box.y0 >= -1 and box.x1 <= size[0] and box.y1 <= size[1], name
        assert name.count("$") % 2 == 0, name
    for one, other in combinations(boxes, 2):
        assert not boxes[one].padded(-1).overlaps(boxes[other]), (one, other)


# Colours and settings.


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("theme", STYLES.values(), ids=STYLES)
def test_words_stand_out_from_the_paper(theme):
    """The contrast ratio of WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text."""
    for colour, least in ((theme.ink, 7), (theme.warning, 4.5)):
        low, high = sorted([luminance(colour), luminance(theme.paper)])
        assert (high + 0.05) / (low + 0.05) >= least


def test_no_two_things_look_alike():
    for style in STYLES.values():
        colours = [
            style.run.colour,
            style.gradient,
            style.paper,
            *([style.step, style.ink] if style.name != "paper" else []),
        ]
        assert len(set(colours)) == len(colours)
        assert len({line.marker for line in style.lines}) == len(style.lines) == 10
        assert len({(line.colour, line.dashes) for line in style.lines[:4]}) == 4


@pytest.mark.parametrize("theme", every(2, STYLES.values()), ids=STYLES)
def test_the_run_keeps_its_exact_colour_in_the_gif(tmp_path, theme):
    run = minimize(rosenbrock, adam(lr=0.5), steps=12)
    animate(run, rosenbrock.sample(), tmp_path / "a.gif", size=(640, 360), style=theme.name)
    wanted = np.round(np.array(to_rgb(theme.run.colour)) * 255)
    with Image.open(tmp_path / "a.gif") as image:
        for look in (8, 12):
            image.seek(look)
            assert (np.asarray(image.convert("RGB")) == wanted).all(axis=-1).sum() > 100


def test_the_user_s_settings_neither_change_the_picture_nor_are_changed(tmp_path):
    _, made = drawn(rosenbrock, adam(lr=0.5))
    plain = shots(made, [0, 5])
    mine = {"axes.unicode_minus": False, "text.hinting": "none", "path.snap": False, "axes.grid": True}
    mine |= {"font.size": 30.0, "lines.linewidth": 9.0, "font.family": ["serif"], "mathtext.fontset": "cm"}
    with mpl.rc_context(mine):
        _, made = drawn(rosenbrock, adam(lr=0.5))
        before = dict(mpl.rcParams)
        np.testing.assert_array_equal(shots(made, [0, 5]), plain)
        film(made, tmp_path / "a.png")
        assert dict(mpl.rcParams) == before
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), plain[-1])
    assert {key: before[key] for key in mine} == mine


# Frames and files.


@pytest.mark.parametrize("surface", [rosenbrock, parabola], ids=lambda s: s.name)
def test_a_frame_is_a_full_drawing(surface):
    _, made = drawn(surface, adam(lr=0.5))
    frame = shots(made, [1, 4, 3])[-1]
    for artist in made.moving:
        artist.set_animated(False)
    with made.settings():
        made.figure.canvas.draw()
    np.testing.assert_array_equal(frame, np.asarray(made.figure.canvas.buffer_rgba())[..., :3])


def test_a_frame_does_not_depend_on_those_before():
    _, made = drawn(rosenbrock, adam(lr=0.5))
    np.testing.assert_array_equal(shots(made, [0, 5, 2])[-1], shots(made, [2])[0])


@pytest.mark.parametrize("looks", [1, 2, MOST_FRAMES, MOST_FRAMES + 1, 1001, 100_001])
def test_a_long_run_is_shown_from_its_first_to_its_last_look(looks):
    chosen = chosen_looks(looks)
    assert len(chosen) == min(looks, MOST_FRAMES) and (chosen[0], chosen[-1]) == (0, looks - 1)
    gaps = np.diff(chosen)
    assert looks == 1 or gaps.max() - gaps.min() <= 1


@cache
def descent(steps):
    return drawn(rosenbrock, adam(lr=0.5), steps=steps)[1]


@pytest.mark.parametrize(("steps", "fps"), [(0, 10), (1, 10), (6, 10), (6, 50), (6, 0.5), (6, None)])
def test_how_long_a_gif_lasts(tmp_path, steps, fps):
    film(descent(steps), tmp_path / "a.gif", fps=fps)
    with Image.open(tmp_path / "a.gif") as image:
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            durations.append(image.info["duration"])
        assert steps == 0 or image.info["loop"] == 0
    assert len(durations) == steps + 1
    assert durations[:-1] == [round(1000 / (fps or 4))] * steps and durations[-1] == 1000 * writers.HOLD


def reel(made, fps=10.0):
    """A reel of frames that are there already."""
    height, width, _ = made[0].shape
    return writers.Reel((width, height), range(len(made)), fps, lambda looks: (made[i] for i in looks), COLOURLESS)


COLOURLESS = np.zeros((0, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_frames_that_look_alike_keep_their_time(tmp_path, suffix):
    still = np.full((20, 30, 4), 200, np.uint8)
    other = still.copy()
    other[5:9, 5:9] = 10
    writers.write(tmp_path / f"a{suffix}", reel([still, still, still, other], fps=10))
    with Image.open(tmp_path / f"a{suffix}") as image:
        total = 0
        for frame in range(image.n_frames):
            image.seek(frame)
            total += image.info["duration"]
    assert total == 300 + 1000 * writers.HOLD


def test_a_png_is_the_last_frame(tmp_path):
    run, made = drawn(rosenbrock, adam(lr=0.5))
    animate(run, rosenbrock.sample(40), tmp_path / "a.png", size=SMALL)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), shots(made, [run.steps])[0])


@pytest.fixture(scope="module")
def twins():
    return [drawn(rosenbrock, adam(lr=0.5), steps=4)[1] for _ in range(2)]


@pytest.mark.parametrize("suffix", [s for s in writers.SUFFIXES if s not in (".mp4", ".webm")])
def test_same_run_same_bytes(tmp_path, twins, suffix):
    for name, made in zip("ab", twins, strict=True):
        film(made, tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    frame = np.zeros((10, 10, 4), np.uint8)

    def broken(looks):
        for look in looks:
            if look == 3:
                raise OSError("no space left")
            yield frame

    for suffix in (".gif", ".apng", ".webp", ".avif", ".png"):
        with pytest.raises(OSError, match="no space left"):
            writers.write(tmp_path / f"a{suffix}", writers.Reel((10, 10), range(4), 10, broken, COLOURLESS))
    with pytest.raises(ValueError, match=r"cannot write '\.bmp'; the formats are \.gif, \.apng"):
        writers.write(tmp_path / "a.bmp", reel([frame]))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_drawn_is_refused(tmp_path):
    batch = minimize(bowl, gd(lr=0.1), start=np.ones((3, 2)), steps=2)
    with pytest.raises(ValueError, match=r"one run, not a batch of shape \(3,\)"):
        animate(batch, bowl.sample(20), tmp_path / "a.gif")
    nowhere = from_text("log(-1 - x**2)")
    with pytest.raises(ValueError, match="nowhere a finite number"):
        drawn(nowhere, gd(lr=0.1))
    with pytest.raises(ValueError, match=r"fps must be from 0\.5 to 50"):
        animate(minimize(bowl, gd(lr=0.1), steps=2), bowl.sample(20), tmp_path / "a.gif", fps=0)
    assert list(tmp_path.iterdir()) == []


# Everything can be drawn; warnings are errors.


def shows_something(made):
    first, last = shots(made, [0, made.looks - 1])
    return (first != last).any() and len(np.unique(first.reshape(-1, 3), axis=0)) > 50


RULES = [rule for rule in Optimizer.registry.values() if "." not in rule.name]
SURFACES = [*Surface.registry.values()]
COUPLES = [(SURFACES[i % len(SURFACES)], RULES[i % len(RULES)]) for i in range(max(len(SURFACES), len(RULES)))]


@pytest.mark.parametrize(("surface", "rule"), every(8, COUPLES), ids=lambda either: either.name)
def test_every_surface_and_every_rule_can_be_drawn(surface, rule):
    assert shows_something(drawn(surface, rule(lr=1e-3), steps=2)[1])


WILD = ["exp(x**4)", "exp(exp(x*x))", "-exp(x*x*y*y)", "1/x", "sqrt(x)", "x - x + y - y"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param(text, rule, marks=pytest.mark.proof if (i + j) % 3 else ())
        for i, text in enumerate(WILD)
        for j, rule in enumerate([gd(lr=1e6), adam(lr=1.0)])
    ],
    ids=str,
)
def test_wild_runs_can_be_drawn(text, rule):
    _, made = drawn(from_text(text), rule)
    assert len(shots(made, range(made.looks))) == made.looks


def test_a_caption_that_is_long_stands_in_two_lines_rather_than_small():
    small = {"size": (640, 360), "steps": 2}
    _, short = drawn(bowl, gd(lr=0.1), **small)
    _, long = drawn(himmelblau, adam(lr=DECAY), note="learning rate tuned for this surface", style="big", **small)
    for made, lines in ((short, 1), (long, 2)):
        caption = made.figure.texts[1]
        assert len(caption.get_text().splitlines()) == lines
        assert caption.get_fontsize() > 0.6 * 11 * made.scale and "…" not in caption.get_text()
        assert caption.get_window_extent().x1 <= 0.98 * 640 + 1
