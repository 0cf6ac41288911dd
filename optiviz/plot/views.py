"""What a picture may show: how its surface is seen, with one run on it or with many ways, and what is beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy.typing as npt
from matplotlib.axes import Axes

from optiviz.descent import Trajectory
from optiviz.experiments import Internals
from optiviz.plot.canvas import Picture, Room, to_scale
from optiviz.plot.effective import draw_effective
from optiviz.plot.field import draw_field
from optiviz.plot.ground import wide
from optiviz.plot.inside import draw_inside
from optiviz.plot.panels import draw_run, draw_ways
from optiviz.plot.solid import draw_solid, draw_solid_run, solid_room
from optiviz.surfaces import Grid, Surface

__all__ = ["VIEWS", "View", "named_view", "sampled"]

Array = npt.NDArray[Any]


class View(NamedTuple):
    """What draws the panel of a surface, and if it is not the loss and what the rule remembered, what is beside it.

    Attributes:
        run: draws the panel with one run on it.
        ways: draws it with several ways on it, each by its name an array of points (T+1, d); None: it is of one run.
        whole: draws the panel and what is beside it, of a run whose internals may be given.
        room: the part that it takes of the room that there is.
        note: what the caption must say of it, in a few words, if anything.
        curves: is there such a view of a surface of one coordinate?
        slopes: does the grid have to have slopes?
    """

    run: Callable[[Picture, Axes, Trajectory, Grid], None]
    ways: Callable[[Picture, Axes, Mapping[str, Array], Grid], None] | None = None
    whole: Callable[[Picture, Trajectory, Grid, Internals | None], None] | None = None
    room: Callable[[Room, tuple[int, int], Grid], Room] = to_scale
    note: Callable[[Grid], str] = lambda grid: ""
    curves: bool = False
    slopes: bool = False


VIEWS = {
    "contour": View(draw_run, draw_ways, curves=True),
    "3d": View(
        draw_solid_run,
        draw_solid,
        room=solid_room,
        note=lambda grid: "height: log scale" if wide(grid) else "",
    ),
    "field": View(
        partial(draw_run, ground=draw_field),
        partial(draw_ways, ground=draw_field),
        note=lambda grid: "arrows: −gradient, length: log scale",
        slopes=True,
    ),
    "internals": View(draw_run, whole=draw_inside, curves=True),
    "effective": View(draw_run, whole=lambda made, run, grid, inside: draw_effective(made, run, grid), curves=True),
}
"""The views to choose from."""


def named_view(name: str, grid: Grid) -> View:
    """The view of a name, for that surface.

    Raises:
        LookupError: there is no such view.
        ValueError: there is none of a curve, or the grid lacks the slopes for it.
    """
    if name not in VIEWS:
        raise LookupError(f"unknown view '{name}'; there are {', '.join(VIEWS)}")
    view = VIEWS[name]
    if grid.y is None and not view.curves:
        raise ValueError(
            f"the view {name} is of a surface of two coordinates, and {grid.name} has one, {grid.coordinates[0]}; "
            "its view is contour"
        )
    if view.slopes and grid.slopes is None:
        raise ValueError(f"the view {name} wants the slopes of {grid.name}; sample it with slopes=True")
    return view


def sampled(surface: Surface, view: str) -> Grid:
    """The surface sampled for a view, once it is clear that it has one.

    Raises:
        LookupError: there is no such view.
        ValueError: there is none of a curve.
    """
    grid = surface.sample(slopes=view in VIEWS and VIEWS[view].slopes)
    named_view(view, grid)
    return grid
