"""The surface as a solid body that turns slowly, with the ways that lie on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from optiviz.descent import Trajectory
from optiviz.plot.box import Show, draw_box
from optiviz.plot.camera import TURNS, Camera, Turn
from optiviz.plot.canvas import Picture, Room
from optiviz.plot.ground import draw_legend, minima
from optiviz.plot.panels import path_and_point
from optiviz.plot.relief import HEIGHT, SIDE, Relief
from optiviz.plot.style import Line
from optiviz.surfaces import Grid

__all__ = ["Mesh", "draw_solid", "draw_solid_run", "solid_room"]

Array = npt.NDArray[Any]

LINES = 8
"""How many parts a side of the surface is divided into by the lines on it."""

BEHIND = 0.4
"""How opaque is what lies on the surface where the surface hides it."""


def solid_room(room: Room, size: tuple[int, int], grid: Grid) -> Room:
    """More than the room for a surface with numbers beside it: here they stand inside."""
    left, low, width, height = room
    return 0.01, 0.6 * low, left + width - 0.01, height + 0.4 * low


def draw_solid_run(made: Picture, axes: Axes, run: Trajectory, grid: Grid) -> None:
    """One run on the body of its surface."""
    theta = np.where(np.isfinite(run.theta), run.theta, np.nan)
    _draw(made, axes, {"": theta}, grid, [made.style.run])


def draw_solid(made: Picture, axes: Axes, ways: Mapping[str, Array], grid: Grid) -> None:
    """Several ways on the body of one surface, each an array of points (T+1, 2)."""
    _draw(made, axes, ways, grid, made.style.lines)


def _draw(made: Picture, axes: Axes, ways: Mapping[str, Array], grid: Grid, styles: Sequence[Line]) -> None:
    relief = Relief(grid)
    draped = [relief.draped(way) for way in ways.values()]
    turn = _open_turn(relief, np.concatenate([points[own] for points, own in draped]))
    turn = turn if made.turning else turn.at_rest
    shows = [draw_box(made, axes, relief, grid, turn), _body(made, axes, relief, Camera(turn.corner))]
    for points, look in minima(made, grid):
        (marks,) = axes.plot([], [], **look)
        shows.append(_lying(made, relief, marks, relief.on(points), lambda _: slice(None)))
    fine = 1 if len(ways) <= 4 else 0.8  # so that more do not hide each other
    lines = [path_and_point(made, axes, grid, style, fine, name) for name, style in zip(ways, styles, strict=False)]
    for (path, _), (points, own) in zip(lines, draped, strict=True):
        shows.append(_lying(made, relief, path, points, _until(own)))
    for (_, point), (points, own) in zip(lines, draped, strict=True):
        shows.append(_lying(made, relief, point, points[own], _at(len(own) - 1)))

    def update(look: int) -> None:
        camera = turn.camera(look, made.looks)
        for show in shows:
            show(look, camera)

    made.updates.append(update)
    draw_legend(made, axes)


def _until(own: Array) -> Callable[[int], slice]:
    """Of a way, what has been gone at a look; who has arrived stays there."""
    return lambda look: slice(0, int(own[min(look, len(own) - 1)]) + 1)


def _at(last: int) -> Callable[[int], slice]:
    """Of the points visited, the one of a look."""
    return lambda look: slice(min(look, last), min(look, last) + 1)


def _open_turn(relief: Relief, visited: Array) -> Turn:
    """The turn that hides least of the points visited and of the surface; the customary one if it is nearly that."""
    visited = visited[:: len(visited) // 1000 + 1]
    surface = relief.lines(LINES)

    def hidden(turn: Turn) -> float:
        begin, middle, end = turn.cameras[::4]
        cameras = begin, middle, end, begin  # it comes back to where it began
        shares = [relief.hidden(some, camera).mean() for some in (visited, surface) for camera in cameras]
        return float(sum(shares)) + (0.2 if turn != TURNS[0] else 0)

    return min(TURNS, key=hidden)


class Mesh(QuadMesh):
    """Quads in a row, each drawn over those before it."""

    def __init__(self, colours: Array) -> None:
        super().__init__(np.zeros((SIDE, SIDE, 2)), antialiased=False, label="_surface")
        self.set_facecolor([*colours.reshape(-1, 4)])

    def set_corners(self, seen: Array) -> None:
        """Put the corners of the quads (SIDE, SIDE, 2) in their places."""
        self._coordinates = seen
        self.stale = True

    def draw(self, renderer: Any) -> None:
        """Draw it; what is not made of pixels has edges, or the paper would be seen between the quads."""
        if not isinstance(renderer, RendererAgg):
            self.set(edgecolor="face", linewidth=0.4)
        super().draw(renderer)


def _body(made: Picture, axes: Axes, relief: Relief, camera: Camera) -> Show:
    """The surface with lines along its coordinates, and the walls below its near edges."""
    style, scale = made.style, made.scale
    x, y = (1 if near > 0 else -1 for near in camera.eye[:2])
    vertices = relief.vertices[::y, ::x]  # what is far comes first
    edges = [vertices[-1], vertices[:, -1]]
    mesh = Mesh(relief.colours(style.heights, camera)[::y, ::x])
    axes.add_collection(mesh, autolim=False)
    (lines,) = axes.plot([], [], color=style.contour, lw=0.5 * scale, alpha=0.4, label="_lines")
    walls = []
    for share in (0.45, 0.3):
        colour = (1 - share) * np.array(to_rgb(style.paper)) + share * np.array(to_rgb(style.faint))
        walls.append(Polygon([(0, 0)], closed=True, facecolor=colour, edgecolor=style.faint, lw=0.8 * scale))
        axes.add_patch(walls[-1]).set_label("_wall")
    (rim,) = axes.plot([], [], color=style.faint, lw=0.8 * scale, label="_rim")
    made.moving += [mesh, lines, rim, *walls]
    ruled, far = relief.lines(LINES), np.vstack([vertices[:, 0][::-1], vertices[0]])

    def show(look: int, camera: Camera) -> None:
        mesh.set_corners(camera.project(_on_the_floor(vertices)))
        for line, points in ((lines, ruled), (rim, far)):
            line.set_data(*np.where(relief.hidden(points, camera)[:, None], np.nan, camera.project(points)).T)
        for wall, edge in zip(walls, edges, strict=True):
            wall.set_xy(camera.project(np.vstack([_on_the_floor(edge), edge[::-1] * [1, 1, 0] - [0, 0, HEIGHT / 2]])))

    return show


def _on_the_floor(points: Array) -> Array:
    """Points with those on the floor that are not there."""
    return np.nan_to_num(points, nan=-HEIGHT / 2)


def _lying(made: Picture, relief: Relief, line: Line2D, points: Array, part: Callable[[int], slice]) -> Show:
    """Points on the surface (n, 3): in full where they are seen, faint where the surface hides them."""
    behind = Line2D([], [])
    behind.update_from(line)
    behind.set(alpha=BEHIND, path_effects=None, label=f"_{line.get_label()} behind")
    assert line.axes is not None
    line.axes.add_line(behind)
    made.moving += [behind, line]

    def show(look: int, camera: Camera) -> None:
        here = points[part(look)]
        seen = camera.project(here)
        behind.set_data(*seen.T)
        line.set_data(*np.where(relief.hidden(here, camera)[:, None], np.nan, seen).T)

    return show
