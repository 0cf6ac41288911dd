"""A race as small multiples: a pane for each racer, all over the same ground and at the same step."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from optiviz.experiments import Race, Racer
from optiviz.names import symbol
from optiviz.plot.alt import of_race
from optiviz.plot.canvas import Picture, Room, place, to_scale
from optiviz.plot.ground import draw_ground, draw_legend
from optiviz.plot.panels import path_and_point
from optiviz.plot.picture import check_visible, title_and_caption
from optiviz.plot.race import count_steps, facts_of, height_of, rate_of, title_of, way_of
from optiviz.plot.words import fit, fit_name
from optiviz.surfaces import Grid

__all__ = ["grid_picture"]

LEFT, RIGHT, GAP = 0.055, 0.985, 0.02
"""Where the panes begin and end, and what is free between two, as shares of the width."""

BELOW = 0.03
"""What is free below the first of two rows, as a share of the height."""

LETTERS = 0.15
"""How wide a head is to be at least, where there is room."""

HEAD = 0.082
"""How high the two lines over a pane are: the name, below it the learning rate and the height."""

FOOT = 0.105
"""What is left for numbers and the legend below the panes."""


def grid_picture(race: Race, grid: Grid, *, size: tuple[int, int] | None = None, style: str = "light") -> Picture:
    """The picture of a race with a pane for each racer; over each its name, learning rate and height.

    Args:
        race: up to ten racers; of several runs each the first is drawn, and the height is their median.
        grid: the surface, sampled over what is to be seen.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there is nothing to see, because no height is finite.
    """
    check_visible(grid)
    with Picture.drawn(style, size, max(racer.run.steps for racer in race.racers) + 1) as made:
        title_and_caption(made, title_of(race), facts_of(race), 0.78)
        columns, lettered, rooms = _rooms(made, len(race.racers), grid)
        for i, (racer, room) in enumerate(zip(race.racers, rooms, strict=True)):
            axes = made.figure.add_axes(room)
            draw_ground(made, axes, grid)
            _plain(axes, left=i % columns == 0, bottom=i + columns >= len(rooms))
            _draw_way(made, axes, racer, grid)
            _draw_head(made, racer, room, lettered)
        made.legend_room = 0.9
        draw_legend(made, made.figure.axes[0])
        count_steps(made)
        made.words = of_race(race)
    return made


def _rooms(made: Picture, count: int, grid: Grid) -> tuple[int, float, list[Room]]:
    """The columns, how wide a head may be, and a room for each pane.

    Up to four stand in one row or in two, whichever gives larger panes; more stand in two.
    """
    choices = [_in_rows(made, count, rows, grid) for rows in ((1, 2)[:count] if count <= 4 else (2,))]
    return max(choices, key=lambda choice: choice[2][0][2] * choice[2][0][3])


def _in_rows(made: Picture, count: int, rows: int, grid: Grid) -> tuple[int, float, list[Room]]:
    grow, columns = made.style.grow, -(-count // rows)
    left, low, top, head = LEFT * grow, FOOT * grow, 1 - 0.155 * grow, HEAD * grow
    wide = (RIGHT - left - GAP * (columns - 1)) / columns
    high = (top - low - BELOW * (rows - 1)) / rows
    _, _, across, up = to_scale((0, 0, wide, high - head), made.size, grid)
    lettered = max(across, min(wide, LETTERS * grow))  # a narrow pane leaves its head more than its own width
    begin = left + (RIGHT - left - (lettered + GAP) * columns + GAP) / 2
    end = top - (top - low - (up + head + BELOW) * rows + BELOW) / 2
    return (
        columns,
        lettered,
        [
            (begin + i % columns * (lettered + GAP), end - head - up - i // columns * (up + head + BELOW), across, up)
            for i in range(count)
        ],
    )


def _plain(axes: Axes, *, left: bool, bottom: bool) -> None:
    """Numbers only at the outer edges, few of them, and no title."""
    axes.set(title="", xlabel="")
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="both"))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.tick_params(labelleft=left, labelbottom=bottom)


def _draw_way(made: Picture, axes: Axes, racer: Racer, grid: Grid) -> None:
    way = way_of(racer, grid)
    path, point = path_and_point(made, axes, grid, made.style.run, fine=0.75)
    made.moving += [path, point]

    def update(look: int) -> None:
        last = min(look, len(way) - 1)  # who has arrived stays there
        path.set_data(way[: last + 1, 0], way[: last + 1, 1])
        place(point, way[last : last + 1, 0], way[last : last + 1, 1])

    made.updates.append(update)


def _draw_head(made: Picture, racer: Racer, room: Room, wide: float) -> None:
    left, bottom, _, high = room
    name, below = (bottom + high + share * made.style.grow for share in (0.059, 0.022))
    common: dict[str, Any] = {"size": 10 * made.scale, "va": "center"}
    fit_name(made.figure.text(left, name, racer.label, weight="bold", **common), wide)
    fit(made.figure.text(left, below, f"${symbol('lr').latex}$ = {rate_of(racer)}", **common), 0.52 * wide)
    fit(height_of(made, racer, left + wide, below, ha="right", **common), 0.46 * wide)
