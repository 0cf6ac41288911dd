"""What a solid body stands on: a plate with the coordinates along its near edges, and the room for it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from optiviz.names import symbol
from optiviz.plot.camera import Camera, Turn
from optiviz.plot.canvas import Picture, pixels_per_unit
from optiviz.plot.readout import Readout
from optiviz.plot.relief import HEIGHT, Relief
from optiviz.surfaces import Grid

__all__ = ["Show", "draw_box"]

Array = npt.NDArray[Any]

Show = Callable[[int, Camera], None]
"""What sets artists for a look through a camera."""

PLATE = 1.07
"""How many times as wide as the body the plate is."""

FOOT = np.array([0.0, 0.0, -HEIGHT / 2])
"""The middle of the plate."""

NUMBERS, NAMES = 15, 36
"""How far from the plate the numbers and the names stand, in pixels at the scale one."""

BELOW, ABOVE = 44, 4
"""What is left free around the body for them, in pixels at the scale one."""

WIDE = 0.602 * 100 / 72
"""How wide a letter is, in pixels for each point of its size."""


class Word(NamedTuple):
    """A word beside an edge of the plate: where the edge is, which way is out, and how far out the word stands."""

    text: str
    edge: Array
    out: Array
    away: float


def draw_box(made: Picture, axes: Axes, relief: Relief, grid: Grid, turn: Turn) -> Show:
    """The plate, with ticks, numbers and names along the two edges that are near."""
    style, scale = made.style, made.scale
    rim = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * [*(relief.half * PLATE), 0] + FOOT
    plate = Polygon(rim[:, :2], facecolor=(*to_rgb(style.faint), 0.16), edgecolor=style.faint, lw=0.8 * scale)
    axes.add_patch(plate).set_label("_plate")
    (ticks,) = axes.plot([], [], color=style.faint, lw=scale, label="_ticks", solid_capstyle="butt")
    marks = _marks(relief, grid, Camera(turn.corner))
    sizes = [(13 if mark.away == NAMES else 10) * scale for mark in marks]
    wide = np.array([len(mark.text) * size for mark, size in zip(marks, sizes, strict=True)]) * WIDE
    _frame(made, axes, relief, turn, NUMBERS * scale + max(wide))
    words = [Readout(0, 0, transform=axes.transData, ha="center", va="center", color=style.ink) for _ in marks]
    for word, mark, size in zip(words, marks, sizes, strict=True):
        axes.add_artist(word).set(text=mark.text)
        word.set_fontsize(size)
    made.moving += [plate, ticks, *words]
    edges, outs = np.array([mark.edge for mark in marks]), np.array([mark.out for mark in marks])
    numbered = np.array([mark.away == NUMBERS for mark in marks])
    tick_ends = np.stack([edges - outs, edges, np.full_like(edges, np.nan)], axis=1)[numbered].reshape(-1, 3)
    away = np.array(
        [[mark.away * scale + width / 2, mark.away * scale] for mark, width in zip(marks, wide, strict=True)]
    )
    away /= pixels_per_unit(axes)

    def show(look: int, camera: Camera) -> None:
        plate.set_xy(camera.project(rim))
        ticks.set_data(*camera.project(tick_ends).T)
        begin = camera.project(edges)
        outward = camera.project(edges + outs) - begin
        places = begin + away * outward / np.hypot(*outward.T)[:, None]
        for word, place in zip(words, places, strict=True):
            word.set_position(place)

    return show


def _frame(made: Picture, axes: Axes, relief: Relief, turn: Turn, beside: float) -> None:
    """The limits between which the body stays in its room while the camera turns, with so many pixels beside it."""
    plate = np.array([(x, y, 0) for x in (-1, 1) for y in (-1, 1)]) * [*(relief.half * PLATE), 0] + FOOT
    solid = relief.vertices[np.isfinite(relief.vertices[..., 2])]
    seen = np.concatenate([camera.project(np.vstack([plate, solid])) for camera in turn.cameras])
    low, high = seen.min(axis=0), seen.max(axis=0)
    room, below, above = axes.get_window_extent(), BELOW * made.scale, ABOVE * made.scale
    free = np.array([room.width - 2 * beside, room.height - below - above])
    per_unit = float((free / (high - low)).min())
    spare = free / per_unit - (high - low)
    left, bottom = low - spare / 2 - np.array([beside, below]) / per_unit
    axes.set(xlim=(left, left + room.width / per_unit), ylim=(bottom, bottom + room.height / per_unit))
    axes.set_axis_off()


def _marks(relief: Relief, grid: Grid, camera: Camera) -> list[Word]:
    """The numbers and names of both coordinates, each along the edge that is near to the camera."""
    assert grid.y is not None
    marks = []
    near = np.sign(camera.eye[:2]) * relief.half
    for along, (values, name) in enumerate(zip((grid.x, grid.y), grid.coordinates, strict=True)):
        across = 1 - along
        edge, out = FOOT.copy(), np.zeros(3)
        edge[across], out[across] = PLATE * near[across], (PLATE - 1) * near[across]
        marks.append(Word(symbol(name).unicode, edge, out, NAMES))
        numbers = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(values[0], values[-1])
        for number in numbers[(numbers >= values[0]) & (numbers <= values[-1])]:
            at = edge.copy()
            at[along] = relief.half[along] * (2 * (number - values[0]) / (values[-1] - values[0]) - 1)
            marks.append(Word(f"{number:g}".replace("-", "−"), at, out, NUMBERS))
    return marks
