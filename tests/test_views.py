"""Views of a surface: the body that turns, and the field of arrows."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from examples import every
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.quiver import Quiver
from pictures import lay_out
from PIL import Image

from optiviz import names
from optiviz.cli import run
from optiviz.descent import minimize
from optiviz.experiments import race
from optiviz.optimizers import adam, gd, momentum
from optiviz.plot import VIEWS, animate, film, picture, race_picture, writers
from optiviz.plot.camera import TURNS, Camera
from optiviz.plot.canvas import pixels_per_unit
from optiviz.plot.frames import frames
from optiviz.plot.ground import shade
from optiviz.plot.readout import Readout
from optiviz.plot.relief import HEIGHT, LIFT, SIDE, Relief
from optiviz.plot.solid import Mesh
from optiviz.plot.style import PAPER
from optiviz.surfaces import Surface, bowl, from_text, himmelblau, parabola, rosenbrock

pytestmark = pytest.mark.usefixtures("unpainted")

SMALL = (320, 180)
OTHERS = [name for name, view in VIEWS.items() if view.ways and name != "contour"]


def drawn(surface, rule, view, *, steps=5, size=SMALL, style="light", note="", **options):
    """A run and its picture."""
    run = minimize(surface, rule, steps=steps, **options)
    grid = surface.sample(40, slopes=VIEWS[view].slopes)
    return run, picture(run, grid, view=view, size=size, style=style, note=note)


def line(axes, label):
    (found,) = [artist for artist in axes.lines if artist.get_label() == label]
    return found


def shots(made, looks):
    with made.settings():
        return [frame[..., :3].copy() for frame in frames(made, looks)]


def test_the_views_of_the_command_line_are_those_that_are_drawn():
    assert [*names.VIEWS] == [*VIEWS]


# The camera.


def test_a_camera_shows_known_points_where_they_are():
    front = Camera(azimuth=-90, elevation=0, distance=4)
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [1, -2, 1], [1, 4, 0]], float)
    expected = [[0, 0], [1, 0], [0, 1], [0, 0], [2, 2], [0.5, 0]]  # at half of the distance twice as large
    np.testing.assert_allclose(front.project(points), expected, atol=1e-12)
    above = Camera(azimuth=-90, elevation=90, distance=4)
    np.testing.assert_allclose(above.project(np.array([[0.3, 0.2, 0.0]])), [[0.3, 0.2]], atol=1e-12)
    np.testing.assert_allclose(above.eye, [0, 0, 4], atol=1e-12)


@given(st.floats(-180, 180), st.floats(5, 85), st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3))
def test_what_lies_on_one_ray_is_seen_at_one_place(azimuth, elevation, point):
    camera = Camera(azimuth, elevation)
    nearer = np.array(point) + 0.6 * (camera.eye - np.array(point))
    np.testing.assert_allclose(camera.project(np.array(point)), camera.project(nearer), atol=1e-9)


@pytest.mark.parametrize("looks", [1, 2, 3, 200])
def test_a_turn_comes_back_and_stays_before_its_corner(looks):
    for turn in TURNS:
        cameras = [turn.camera(look, looks) for look in range(looks)]
        assert cameras[0].azimuth == pytest.approx(cameras[-1].azimuth)
        for camera in cameras:
            seen, corner = camera.eye[:2], Camera(turn.corner).eye[:2]
            assert (np.sign(seen) == np.sign(corner)).all() and (np.abs(seen) > 0.5).all()
    assert len({np.sign(Camera(turn.corner).eye[:2]).tobytes() for turn in TURNS}) == 4


# The body.


def test_the_body_has_the_heights_of_the_surface():
    grid = bowl.sample(65)
    relief = Relief(grid)
    heights = (grid.z - grid.z.min()) / np.ptp(grid.z)
    np.testing.assert_allclose(relief.vertices[..., 2], HEIGHT * (heights - 0.5), atol=1e-12)
    np.testing.assert_allclose(relief.vertices[0, -1], [0.5, -0.5, HEIGHT / 2], atol=1e-12)
    points = np.array([[2, -2], [-2, 2], [0, 0], [2.01, 0], [np.nan, 0], [np.inf, 0]])
    on = relief.on(points)
    np.testing.assert_allclose(on[:3, 2] - LIFT, [HEIGHT / 2, HEIGHT / 2, -HEIGHT / 2], atol=1e-12)
    assert np.isnan(on[3:, 2]).all()


def test_quads_are_drawn_from_far_to_near():
    turns = set()
    for surface in (bowl, from_text("exp(-9*(x - 2)**2) + y - y"), from_text("exp(-9*(y + 2)**2) + x - x")):
        _, made = drawn(surface, gd(lr=1e-4), "3d", steps=4)
        relief, turn = turn_of(made, surface)
        turns.add(turn.corner)
        for look in range(5):
            made.show(look)
            camera = turn.camera(look, made.looks)
            places = camera.project(relief.vertices)
            corners = mesh_of(made)._coordinates
            (floor,) = [  # the points of the floor under the corners, in the order in which they are drawn
                relief.vertices[::j, ::i, :2] for i in (1, -1) for j in (1, -1) if (corners == places[::j, ::i]).all()
            ]
            far = np.abs(camera.eye[:2] - floor)
            assert (np.diff(far[..., 1], axis=0) < 0).all() and (np.diff(far[..., 0], axis=1) < 0).all()
    assert len(turns) > 1


def mesh_of(made):
    (mesh,) = [artist for artist in made.figure.axes[0].collections if isinstance(artist, Mesh)]
    return mesh


def turn_of(made, surface):
    """The body that was drawn of a surface, and how the camera turns around it."""
    relief = Relief(surface.sample(40))
    made.show(0)
    corners = np.unique(mesh_of(made)._coordinates.reshape(-1, 2), axis=0)
    places = {turn: turn.camera(0, made.looks).project(relief.vertices).reshape(-1, 2) for turn in TURNS}
    (turn,) = [turn for turn, seen in places.items() if np.array_equal(np.unique(seen, axis=0), corners)]
    return relief, turn


def test_the_path_and_the_point_lie_on_the_body_at_every_look():
    run, made = drawn(rosenbrock, adam(lr=0.5), "3d", steps=12)
    relief, turn = turn_of(made, rosenbrock)
    axes = made.figure.axes[0]
    for look in (0, 7, 12, 3):
        made.show(look)
        camera = turn.camera(look, made.looks)
        here = relief.on(run.theta[: look + 1])
        seen = camera.project(here)
        hidden = relief.hidden(here, camera)
        path, faint = line(axes, "path").get_xydata(), line(axes, "_path behind").get_xydata()
        np.testing.assert_allclose(faint[-1], seen[-1], atol=1e-9)
        np.testing.assert_allclose(line(axes, "_θ behind").get_xydata(), seen[-1:], atol=1e-9)
        for point, unseen in zip(seen, hidden, strict=True):
            assert np.abs(faint - point).sum(axis=1).min() < 1e-9
            assert unseen or np.nanmin(np.abs(path - point).sum(axis=1)) < 1e-9
        assert np.isnan(line(axes, "θ").get_xydata()).all() == hidden[-1]


def test_the_minima_are_marked_on_the_body():
    _, made = drawn(himmelblau, gd(lr=0.01), "3d")
    relief, turn = turn_of(made, himmelblau)
    made.show(2)
    seen = turn.camera(2, made.looks).project(relief.on(np.array(himmelblau.minima)))
    np.testing.assert_allclose(line(made.figure.axes[0], "_minima behind").get_xydata(), seen, atol=1e-9)


def test_the_body_hides_what_is_behind_it():
    relief = Relief(from_text("exp(-20*x*x) + y - y", box=(-1, 1, -1, 1)).sample(65))  # a wall across
    camera = Camera(azimuth=0, elevation=20)  # it looks along x, from where x is large
    behind, before, above = relief.on(np.array([[-0.4, 0.1], [0.4, 0.1], [0.0, 0.1]]))
    nowhere = np.full(3, np.nan)
    assert relief.hidden(np.array([behind, before, above, nowhere]), camera).tolist() == [True, False, False, False]
    assert not relief.hidden(behind[None], Camera(azimuth=0, elevation=75)).any()
    flat = Relief(from_text("x - x + y - y").sample(20))
    assert not flat.hidden(flat.lines(8), Camera(-45)).any()


def test_a_way_follows_the_surface_and_ends_where_it_leaves_it():
    relief = Relief(bowl.sample(65))
    way = np.array([[-2, -2], [2, 2], [9, 2], [1e300, -1e300], [np.nan, 0], [0.5, 0.5], [0.5, 0.5]])
    points, own = relief.draped(way)
    assert own[0] == 0 and own[-1] == len(points) - 1 and (np.diff(own) >= 1).all()
    np.testing.assert_array_equal(np.isfinite(points[own, 2]), [True, True, False, False, False, True, True])
    np.testing.assert_allclose(points[own][[0, 1, 5]], relief.on(way[[0, 1, 5]]))
    across = points[: own[1] + 1]
    np.testing.assert_allclose(across[:, 0], across[:, 1], atol=1e-12)
    assert across[:, 2].min() == pytest.approx(-HEIGHT / 2 + LIFT, abs=1e-3) and len(across) > SIDE
    leaving = Relief(bowl.sample(65)).draped(np.array([[1.0, 0.0], [5.0, 0.0]]))[0]
    assert np.isnan(leaving[-1, 2]) and leaving[-2, 0] == pytest.approx(0.5)
    beside = Relief(bowl.sample(65)).draped(np.array([[3.0, -9.0], [3.0, 9.0]]))[0]
    assert np.isnan(beside[:, 2]).all()
    crossing = Relief(bowl.sample(65)).draped(np.array([[-9.0, 1.0], [9.0, 1.0]]))[0]
    there = crossing[np.isfinite(crossing[:, 2])]
    assert (there[0, 0], there[-1, 0]) == pytest.approx((-0.5, 0.5))
    assert len(relief.draped(way[:1])[0]) == 1


def test_a_hole_is_clear_and_what_lies_over_it_is_nowhere():
    surface = from_text("sqrt(x) + y*y", box=(-1, 1, -1, 1))
    relief = Relief(surface.sample(65))
    clear = relief.colours("viridis", Camera(-45))[..., 3] == 0
    assert clear[:, :31].all() and not clear[:, 33:].any()
    assert np.isnan(relief.on(np.array([[-0.5, 0.0]]))[0, 2])


def test_no_wild_lines():
    """A run that goes far away draws nothing outside of its panel."""
    _, made = drawn(rosenbrock, gd(lr=0.1), "3d", steps=9)
    axes = made.figure.axes[0]
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    for look in range(made.looks):
        made.show(look)
        for artist in axes.lines:
            x, y = artist.get_xydata().reshape(-1, 2).T
            x, y = x[np.isfinite(x)], y[np.isfinite(y)]
            assert ((x >= x0) & (x <= x1)).all() and ((y >= y0) & (y <= y1)).all(), artist.get_label()


@pytest.mark.parametrize(("surface", "logarithmic"), [(rosenbrock, True), (himmelblau, False)], ids=["log", "linear"])
def test_the_caption_says_if_heights_are_logarithms(surface, logarithmic):
    _, made = drawn(surface, gd(lr=1e-4), "3d", size=(960, 540))
    assert ("height: log scale" in made.figure.texts[1].get_text()) == logarithmic
    assert (shade(surface.sample(40)) != surface.sample(40).z).any() == logarithmic


def test_light_and_paper():
    relief = Relief(himmelblau.sample(65))
    colours = relief.colours(PAPER.heights, Camera(-45))[..., :3]
    assert np.ptp(colours, axis=-1).max() < 1e-6  # grey
    flat = Relief(from_text("x - x + y - y").sample(20)).colours("viridis", Camera(-45))
    assert np.ptp(flat, axis=(0, 1)).max() < 1e-12
    for surface in (rosenbrock, himmelblau):
        colours = Relief(surface.sample(65)).colours("viridis", Camera(-45)).reshape(-1, 4)
        assert 50 < len(np.unique(colours, axis=0)) < 220  # a GIF has room for them


# The field.


@pytest.mark.parametrize("surface", [rosenbrock, from_text("x*x + 4*y*y", box=(-1, 9, -1, 1))], ids=["1:1", "5:1"])
def test_arrows_point_downhill_where_they_stand(surface):
    _, made = drawn(surface, gd(lr=1e-4), "field", size=(640, 360))
    axes = made.figure.axes[0]
    (field,) = [artist for artist in axes.collections if isinstance(artist, Quiver)]
    _, gradient = surface.value_and_gradient(field.XY)
    down = -gradient * pixels_per_unit(axes)
    shown = np.column_stack([field.U, field.V])
    cosine = (down * shown).sum(axis=1) / np.hypot(*down.T) / np.hypot(*shown.T)
    np.testing.assert_allclose(cosine, 1, atol=1e-9)
    lengths, sizes = np.hypot(*shown.T), np.hypot(*gradient.T)
    order = np.argsort(sizes)
    assert (np.diff(lengths[order]) > -1e-9).all() and 2 < lengths.max() / lengths.min() < 4
    assert len(field.XY) > 40
    places = axes.transData.transform(field.XY)
    spans = [np.diff(np.unique(column.round(6))) for column in places.T]
    assert all(np.ptp(span) < 1e-3 for span in spans) and min(map(np.min, spans)) > lengths.max()


def test_the_slopes_of_a_grid_are_exact():
    grid = rosenbrock.sample(7, slopes=True)
    points = np.stack(np.meshgrid(grid.x, grid.y), axis=-1)
    np.testing.assert_array_equal(grid.slopes, rosenbrock.value_and_gradient(points)[1])
    assert rosenbrock.sample(7).slopes is None
    np.testing.assert_array_equal(parabola.sample(7, slopes=True).slopes, 2 * parabola.sample(7).x[:, None])
    data = Surface.registry["bce"].sample(5, slopes=True)
    assert data.slopes.shape == (5, 5, 2) and np.isfinite(data.slopes).all()


# All of them.


@pytest.mark.parametrize("view", OTHERS)
@pytest.mark.parametrize(
    ("size", "style"),
    [
        ((640, 360), "big"),
        pytest.param((960, 540), "paper", marks=pytest.mark.proof),
        pytest.param((640, 360), "dark", marks=pytest.mark.proof),
        pytest.param((1920, 1080), "slide", marks=pytest.mark.proof),
    ],
    ids=str,
)
def test_words_stay_inside_and_apart(view, size, style):
    for surface in (rosenbrock, from_text("x*y", box=(-12345, 12345, -0.001, 0.001))):
        _, made = drawn(
            surface, adam(lr=0.5), view, size=size, style=style, note="learning rate tuned for this surface"
        )
        lay_out(made)
        figure = made.figure
        for look in (0, made.looks - 1):
            made.show(look)
            words = [*figure.texts, *figure.legends, *(a for a in figure.axes[0].texts if isinstance(a, Readout))]
            boxes = [(word, word.get_window_extent()) for word in words if getattr(word, "get_text", str)()]
            assert view != "3d" or len(boxes) >= 10
            for word, box in boxes:
                assert box.x0 >= 0 and box.y0 >= -1 and box.x1 <= size[0] and box.y1 <= size[1], word
            for (one, a), (other, b) in combinations(boxes, 2):
                assert not a.padded(-1).overlaps(b), (one, other)
            panel = figure.axes[1].get_tightbbox()
            inside = [box for word, box in boxes if isinstance(word, Readout) and word.axes is figure.axes[0]]
            assert not any(box.overlaps(panel) for box in inside)


@pytest.mark.parametrize("view", OTHERS)
def test_a_frame_is_a_full_drawing(view):
    _, made = drawn(rosenbrock, adam(lr=0.5), view)
    frame = shots(made, [1, 4, 3])[-1]
    for artist in made.moving:
        artist.set_animated(False)
    with made.settings():
        made.figure.canvas.draw()
    np.testing.assert_array_equal(frame, np.asarray(made.figure.canvas.buffer_rgba())[..., :3])


def test_the_body_turns_and_comes_back():
    _, made = drawn(bowl, gd(lr=0.0), "3d", steps=4)
    first, middle, last = (frame[30:150, :170] for frame in shots(made, [0, 2, 4]))
    assert (first != middle).any() and (first == last).all()


@pytest.mark.proof
@pytest.mark.parametrize("view", OTHERS)
def test_every_format_of_one_picture(tmp_path, view):
    _, made = drawn(himmelblau, adam(lr=0.5), view, steps=1)
    suffixes = [suffix for suffix in writers.SUFFIXES if suffix not in (".mp4", ".webm")]
    for suffix in suffixes:
        film(made, tmp_path / f"a{suffix}")
        assert (tmp_path / f"a{suffix}").stat().st_size > 2000
    _, made = drawn(himmelblau, adam(lr=0.5), view, steps=1)
    for suffix in (".gif", ".svg"):
        film(made, tmp_path / f"b{suffix}")
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert view != "3d" or (tmp_path / "b.svg").read_text().count("<path") > (SIDE - 1) ** 2  # drawn, not painted


def test_the_run_keeps_its_exact_colour_beside_the_many_of_a_body(tmp_path):
    run = minimize(rosenbrock, adam(lr=0.5), steps=3)
    animate(run, rosenbrock.sample(), tmp_path / "a.gif", view="3d", size=(640, 360))
    with Image.open(tmp_path / "a.gif") as image:
        image.seek(3)
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels == (0xBD, 0x1F, 0x01)).all(axis=-1).sum() > 100


@pytest.mark.parametrize("view", OTHERS)
def test_a_race_in_every_view(view):
    done = race(himmelblau, [gd, momentum, adam], steps=6)
    made = race_picture(done, himmelblau.sample(40, slopes=VIEWS[view].slopes), view=view, size=SMALL)
    first, last = shots(made, [0, 6])
    assert (first != last).any()
    if view == "3d":
        relief, turn = turn_of(made, himmelblau)
        made.show(6)
        for racer in done.racers:
            seen = turn.camera(6, made.looks).project(relief.on(racer.path[-1:]))
            np.testing.assert_allclose(
                line(made.figure.axes[0], f"__{racer.label} behind").get_xydata(), seen, atol=1e-9
            )


WILD = ["exp(x**4)*y", "-exp(x*x*y*y)", "1/x + y", "sqrt(x*y)", "x - x + y - y", "exp(236*x) - exp(236*y)"]


@pytest.mark.parametrize(
    ("text", "view"),
    [
        pytest.param(text, view, marks=pytest.mark.proof if (i + j) % 3 else ())
        for i, text in enumerate(WILD)
        for j, view in enumerate(OTHERS)
    ],
)
def test_wild_runs_can_be_drawn(text, view):
    _, made = drawn(from_text(text), gd(lr=1e6), view)
    assert len(shots(made, range(made.looks))) == made.looks


BODIES = [surface for surface in Surface.registry.values() if surface.dimension == 2]
BODIES = [pytest.param(s, marks=pytest.mark.proof if i % 12 else (), id=s.name) for i, s in enumerate(BODIES)]


@pytest.mark.parametrize("surface", BODIES)
def test_every_surface_is_a_body(surface):
    _, made = drawn(surface, gd(lr=1e-3), "3d", steps=1)
    assert len(np.unique(shots(made, [1])[0].reshape(-1, 3), axis=0)) > 50


@pytest.mark.parametrize("view", OTHERS)
def test_what_cannot_be_seen_is_refused(view):
    with pytest.raises(
        ValueError, match=f"the view {view} is of a surface of two coordinates, and parabola has one, x"
    ):
        drawn(parabola, gd(lr=0.1), view)
    with pytest.raises(ValueError, match="nowhere a finite number"):
        drawn(from_text("log(-1 - x**2 - y**2)"), gd(lr=0.1), view)
    with pytest.raises(LookupError, match="unknown view '4d'; there are contour, 3d, field"):
        picture(minimize(bowl, gd(lr=0.1), steps=1), bowl.sample(9), view="4d")
    with pytest.raises(ValueError, match="wants the slopes of bowl; sample it with slopes=True"):
        picture(minimize(bowl, gd(lr=0.1), steps=1), bowl.sample(9), view="field")


# The command.


@pytest.mark.parametrize("view", every(2, OTHERS))
def test_the_commands(tmp_path, monkeypatch, capsys, view):
    monkeypatch.chdir(tmp_path)
    options = ["--view", view, "--steps", "2", "--size", "320x180", "--json"]
    assert run(["animate", "adam", "-s", "bce", *options, "-o", "a.png"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == "a.png"
    assert run(["race", "gd", "adam", "-s", "bowl", *options, "-o", "b.svg"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "b.svg"}
    capsys.readouterr()
    for command in (["animate", "gd"], ["race", "gd"]):
        assert run([*command, "-s", "parabola", "--view", view]) == 2
        assert "its view is contour" in capsys.readouterr().err
    assert len([*tmp_path.iterdir()]) == 2
