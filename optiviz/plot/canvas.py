"""A picture: a figure whose background is drawn once, and the few artists in it that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from optiviz.plot.readout import Readout
from optiviz.plot.style import Line, Style, named_style, themed
from optiviz.surfaces import Grid

__all__ = [
    "BETWEEN",
    "PLANE",
    "RIGHT",
    "Picture",
    "Room",
    "pixels_per_unit",
    "place",
    "proportion",
    "surface_room",
    "to_scale",
]

Array = npt.NDArray[Any]
Update = Callable[[int], None]

Room = tuple[float, float, float, float]
"""Left, bottom, width and height as shares of the figure."""

DPI = 100

PLANE = ("x", "y")
"""What the coordinates of a surface are called that has no names for them."""

BETWEEN, RIGHT = 0.09, 0.98
"""What is left free beside the surface, and where the panels on its right end."""

FLATTEST = 2.1
"""The surface is drawn to scale unless one of its sides is longer than this many times the other."""


class ShownFigure(Figure):
    """A figure that a notebook shows without pyplot, as it was drawn."""

    settings: Callable[[], AbstractContextManager[None]]

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        with self.settings():
            self.savefig(file, format="png")
        return file.getvalue()


@dataclass
class Picture:
    """A figure, the artists in it that move, and what sets them for a look.

    It is drawn in its settings, which matter to drawing too and not only to what is made.

    Attributes:
        figure: the Matplotlib figure, with its own Agg canvas.
        style: how it looks.
        looks: how many looks there are to show.
        moving: the artists that change from frame to frame, in drawing order.
        updates: what sets them, each called with a look.
        words: one or two sentences that say what is to be seen, for who cannot see it.
        legend_room: how wide the legend of the surface may be, as a share of the figure; without any there is none.
        title: what it is.
        facts: what made it, in a few words each.
        says: what is to be said of a look: which step it is, and how high.
        panel: draws the surface and what moves on it, on any axes of any picture.
        key: the lines in that panel that its legend does not name, by their names.
        unit: the height in pixels for which texts and lines are sized; that of the figure if 0.
        turning: does the camera go around a body, or stand where it begins?
        resting: the look that is shown where nothing moves; the last if not given.
        background: the pixels of what does not move.
    """

    figure: Figure
    style: Style
    looks: int
    moving: list[Any] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    words: str = ""
    legend_room: float = 0.53
    title: str = ""
    facts: Sequence[str] = ()
    says: Callable[[int], str] = "step {}".format
    panel: Callable[[Picture, Axes], None] | None = None
    key: Mapping[str, Line] = field(default_factory=dict)
    unit: int = 0
    turning: bool = True
    resting: int = -1
    background: Any = None

    def __post_init__(self) -> None:
        if self.resting < 0:
            self.resting = self.looks - 1

    @classmethod
    @contextmanager
    def drawn(cls, style: str, size: tuple[int, int] | None, looks: int = 1, unit: int = 0) -> Iterator[Self]:
        """A new picture of `size` pixels; the block draws it, in its settings."""
        look = named_style(style)
        width, height = size or look.size
        if not all(isinstance(side, int) and 100 <= side <= 10_000 for side in (width, height)):
            raise ValueError(f"a size is width and height in whole pixels, from 100 to 10000 each, not {size}")
        with themed(look, unit or height):
            figure = ShownFigure(figsize=(width / DPI, height / DPI), dpi=DPI)
            FigureCanvasAgg(figure)
            made = cls(figure, look, looks, unit=unit)
            figure.settings = made.settings
            yield made
            for order, artist in enumerate(made.moving):
                artist.set(animated=True, zorder=10 + order)  # over all that stands still, as frames draws them
            made.draw()  # settles the layout while the settings hold

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return round(self.figure.bbox.width), round(self.figure.bbox.height)

    @property
    def scale(self) -> float:
        """How much larger everything is than in the light style at a height of 540 pixels."""
        return self.style.grow * (self.unit or self.size[1]) / 540

    def settings(self) -> AbstractContextManager[None]:
        """Matplotlib's settings, to draw in."""
        return themed(self.style, self.unit or self.size[1])

    def draw(self) -> None:
        """Draw all that does not move, and keep it."""
        canvas: Any = self.figure.canvas
        canvas.draw()
        self.background = canvas.copy_from_bbox(self.figure.bbox)

    def show(self, look: int) -> None:
        """Set the moving artists to what there is to see at `look`."""
        for update in self.updates:
            update(look)

    def rest(self, look: int) -> None:
        """Show a look for good: from now on what moves is drawn as all else."""
        self.show(look)
        for artist in self.moving:
            artist.set_animated(False)

    def readout(self, x: float, y: float, **options: Any) -> Readout:
        """A line of text that moves, at a place given in shares of the figure."""
        text = Readout(x, y, transform=self.figure.transFigure, **options)
        self.moving.append(self.figure.add_artist(text))
        return text

    def colours(self) -> npt.NDArray[np.uint8]:
        """The colours of all that moves (n, 3), in bytes; but for what has many, such as a surface in light."""
        found = []
        for artist in self.moving:
            for get in ("get_color", "get_facecolor", "get_edgecolor", "get_markerfacecolor", "get_markeredgecolor"):
                if hasattr(artist, get):
                    found.append(to_rgba_array(getattr(artist, get)()))
        solid = np.vstack([colour for colour in found if len(colour) == 1] or [np.zeros((0, 4))])
        return np.unique(np.round(255 * solid[solid[:, 3] == 1, :3]).astype(np.uint8), axis=0)


def surface_room(style: Style, right: float = 0.58) -> Room:
    """The room for the surface, at the left below the caption, as far as `right`."""
    left, low, top = 0.06 * style.grow, 0.125 * style.grow, 1 - 0.19 * style.grow
    return left, low, right - left, top - low


def to_scale(room: Room, size: tuple[int, int], grid: Grid) -> Room:
    """The part of a room, at its left and halfway up, in which both axes of a surface have the same scale.

    There gradients are seen to be perpendicular to contours. A curve, a surface that is far longer than it is wide,
    and one over the parameters of a model, each with a unit of its own, have all of the room.

    Args:
        room: left, bottom, width and height as shares of the figure.
        size: width and height of the figure in pixels.
        grid: the surface.
    """
    left, bottom, width, height = room
    ratio = proportion(grid)
    if ratio is None:
        return room
    pixels = min(width * size[0], ratio * height * size[1])
    wide, high = pixels / size[0], pixels / ratio / size[1]
    return left, bottom + (height - high) / 2, wide, high


def proportion(grid: Grid) -> float | None:
    """How many times as wide as deep a surface is drawn; None where its sides are not to the same scale."""
    if grid.y is None or grid.coordinates != PLANE:
        return None
    ratio = float((grid.x[-1] - grid.x[0]) / (grid.y[-1] - grid.y[0]))
    return ratio if 1 / FLATTEST <= ratio <= FLATTEST else None


def place(mark: Line2D, x: Array, y: Array) -> None:
    """Set a mark on its point; one that stands inside the axes is drawn whole, also over their edge."""
    mark.set_data(x, y)
    inside = len(x) > 0 and mark.axes is not None and mark.axes.viewLim.contains(x[-1], y[-1])
    mark.set_clip_on(not inside)


def pixels_per_unit(axes: Axes) -> Array:
    """How many pixels one unit is along each axis (2,)."""
    ends: Array = axes.transData.transform([(0, 0), (1, 1)])
    return np.asarray(np.abs(ends[1] - ends[0]))
