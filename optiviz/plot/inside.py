"""What a rule does inside: its lines as arrows on the surface, and coordinate by coordinate over the steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator

from optiviz.descent import Trajectory
from optiviz.experiments import Internals
from optiviz.names import symbol
from optiviz.plot.arrow import together
from optiviz.plot.canvas import BETWEEN, RIGHT, Picture, pixels_per_unit, surface_room, to_scale
from optiviz.plot.effective import coordinate_names
from optiviz.plot.ground import draw_ground
from optiviz.plot.over_steps import log_ticks, over_steps
from optiviz.plot.panels import arrow_on_surface, draw_way_with_arrows
from optiviz.plot.style import Line
from optiviz.plot.words import fit_legend
from optiviz.surfaces import Grid

__all__ = ["draw_inside"]

Array = npt.NDArray[Any]

STEP = "step Δθ"
"""What the way to the next point is called, as no line of a rule can be."""

WIDE = {1: 0.52, 2: 0.46}
"""How far to the right the surface may reach beside the panels of one coordinate or of two."""

LONG, SHORT = 76, 46
"""How long the longest arrow is that has the unit of the gradient, and of the step, in pixels of a small picture."""

LANE = 9
"""How far beside one another arrows lie that would hide each other, in pixels of a small picture."""

ONE_WAY = 0.999
"""Of a cosine above this, two arrows point the same way."""

TOLD_APART = "vP<*>^XosD"
"""The order in which lines are taken, by their markers: neighbours differ in hue."""

EARLY = 30
"""The updates in which a memory fills; over the logarithm of t they have more than half of the panel."""

SQUEEZED = 60
"""Where the largest is this many times what is usual, a symmetric logarithm shows more than a linear scale."""


def draw_inside(made: Picture, run: Trajectory, grid: Grid, inside: Internals | None) -> None:
    """The arrows on the surface; beside it a column for each coordinate: what is like g, like a step, and sizes.

    Raises:
        ValueError: there are no internals.
    """
    if inside is None:
        raise ValueError("internals want what the rule computed: inside=optiviz.experiments.internals(run, optimizer)")
    step = np.diff(run.theta, axis=0)
    like_g = {name: inside.lines[name] for name in inside.downhill if name not in inside.scaled}
    like_step = {STEP: step} | {name: inside.lines[name] for name in inside.scaled}
    rows = [like_g, like_step, {name: inside.lines[name] for name in inside.sizes}]
    looks = _looks(made, [name for row in rows for name in row])
    surface_axes = made.figure.add_axes(to_scale(surface_room(made.style, WIDE[step.shape[1]]), made.size, grid))
    _draw_panels(made, surface_axes.get_position().x1, [row for row in rows if row], looks, grid, bool(run.slots))
    vectors = {name: inside.downhill.get(name, 1) * values for row in rows[:2] for name, values in row.items()}

    def panel(made: Picture, axes: Axes) -> None:
        draw_ground(made, axes, grid)
        _draw_arrows(made, axes, run, grid, vectors, inside.downhill, looks, rows[:2])

    made.panel = panel
    panel(made, surface_axes)


def _looks(made: Picture, names: Sequence[str]) -> dict[str, Line]:
    """A colour, a dash pattern and a marker for each: the gradient's and the step's are those of other pictures."""
    style = made.style
    taken = {"g": style.gradient, STEP: style.step}
    free = [line for line in style.lines if line.colour not in (style.run.colour, *taken.values())]
    others = cycle(sorted(free, key=lambda line: TOLD_APART.index(line.marker)))
    broken = cycle(line.dashes for line in style.lines[3:0:-1])  # what lies under them is seen
    return {
        name: Line(taken[name], "-", "o") if name in taken else replace(next(others), dashes=next(broken))
        for name in names
    }


def _drawn(name: str) -> str:
    """A line's name as on the slide; a second value of a name has a prime."""
    if name == STEP:
        return r"step $\Delta\theta$"
    bare, primes = re.fullmatch(r"(.*?)(′*)", name).groups()  # type: ignore[union-attr]
    return f"${symbol(bare).latex}{chr(39) * len(primes)}$"


def _draw_arrows(
    made: Picture,
    axes: Axes,
    run: Trajectory,
    grid: Grid,
    vectors: Mapping[str, Array],
    downhill: Mapping[str, int],
    looks: Mapping[str, Line],
    groups: Sequence[Iterable[str]],
) -> None:
    """From the point: what has the unit of g beside one another, and likewise what has that of a step."""
    way = run.theta if grid.y is not None else np.column_stack([run.theta[:, 0], run.value])
    way = np.where(np.isfinite(way), way, np.nan)
    per_unit = pixels_per_unit(axes)
    last = np.full((1, way.shape[1]), np.nan)  # no update follows
    arrows: dict[str, Any] = {}
    faces, edge = iter(made.style.arrows), made.style.ink if made.style.arrows else ""
    for group, length in zip(groups, (LONG, SHORT), strict=True):
        ahead = [np.vstack([_on_plane(vectors[name]), last]) for name in group]
        for name, seen in zip(group, together(ahead, per_unit, length * made.scale), strict=True):
            label = _drawn(name) if downhill.get(name, 1) > 0 else f"$-${_drawn(name)}"
            width = 7.5 - 1.3 * min(len(arrows), 4)  # where they agree the first is seen around the others
            face = next(faces, looks[name].colour)
            above = 0 if grid.y is not None else 17 * (len(arrows) + 1)  # along a curve all lie on one line
            arrows[label] = arrow_on_surface(made, axes, label, face, width, edge, above), seen
    pointing = np.flatnonzero(np.any([seen.any(axis=-1) for _, seen in arrows.values()], axis=0))
    made.resting = int(pointing[-1]) if len(pointing) else made.resting
    if grid.y is not None:
        for (arrow, _), lane in zip(arrows.values(), _lanes([seen for _, seen in arrows.values()]), strict=True):
            arrow.beside = LANE * made.scale * lane
    draw_way_with_arrows(made, axes, way, grid, arrows)


def _lanes(vectors: Sequence[Array]) -> list[float]:
    """How many lanes to the left of its point each lies, so that those that always point one way hide no other."""
    first = [next(j for j, other in enumerate(vectors) if j == i or _agree(other, v)) for i, v in enumerate(vectors)]
    return [(first.count(leads) - 1) / 2 - first[:i].count(leads) for i, leads in enumerate(first)]


def _agree(one: Array, other: Array) -> bool:
    """Do two arrows point the same way at nearly all looks at which both are there (n, 2)?"""
    both = one.any(axis=-1) & other.any(axis=-1)
    lengths = np.linalg.norm(one[both], axis=-1) * np.linalg.norm(other[both], axis=-1)
    return bool(both.any()) and bool(np.mean((one * other)[both].sum(axis=-1) > ONE_WAY * lengths) > 0.9)


def _on_plane(values: Array) -> Array:
    """Along a curve a vector points to the left or to the right."""
    return values if values.shape[1] == 2 else np.column_stack([values, np.zeros(len(values))])


def _draw_panels(
    made: Picture,
    beside: float,
    rows: Sequence[Mapping[str, Array]],
    looks: Mapping[str, Line],
    grid: Grid,
    remembers: bool,
) -> None:
    grow = made.style.grow
    names = coordinate_names(grid)
    left, low, top = beside + BETWEEN * grow, 0.125 * grow, 1 - 0.21 * grow
    between = 0.062 * grow, 0.075 * grow
    wide = (RIGHT - left - between[0] * (len(names) - 1)) / len(names)
    high = (top - low - between[1] * (len(rows) - 1)) / len(rows)
    for i, row in enumerate(rows):
        scale = _scale(row.values(), remembers)
        for j, name in enumerate(names):
            room = left + j * (wide + between[0]), top - high - i * (high + between[1]), wide, high
            axes = made.figure.add_axes(room)
            _draw_row(made, axes, name, {line: _component(values, j) for line, values in row.items()}, looks, scale)
            if remembers:
                axes.set_xscale("log")
                axes.xaxis.set_major_locator(LogLocator(numticks=5))
                axes.xaxis.set_minor_locator(NullLocator())
            axes.tick_params(labelbottom=i == len(rows) - 1)
            if i == len(rows) - 1:
                axes.set_xlabel("update t", labelpad=0)
    made.legend_room = _draw_legend(made, [(_drawn(name), looks[name]) for row in rows for name in row]) - 0.07


def _draw_legend(made: Picture, entries: Sequence[tuple[str, Line]]) -> float:
    """What the lines in the panels are; returns where it begins. It leaves about as much to that of the surface."""
    legend = fit_legend(
        made.figure,
        [Line2D([], [], color=look.colour, ls=look.dashes, marker=look.marker) for _, look in entries],
        [name for name, _ in entries],
        0.45,
        loc="lower right",
        bbox_to_anchor=(0.985, -0.005),
        ncols=len(entries),
        handlelength=1.8,
        columnspacing=1,
        borderaxespad=0.2,
    )
    return float(legend.get_window_extent().x0 / made.size[0])


def _component(values: Array, j: int) -> Array:
    component = values[:, j]
    return np.asarray(np.where(np.isfinite(component), component, np.nan))


def _scale(lines: Iterable[Array], remembers: bool) -> tuple[str, float]:
    """The scale of the panels of a row, and up to where a symmetric one is linear.

    Where a rule remembers, what counts is how its memory fills.
    """
    every = np.stack([*lines])
    seen = every[:, :EARLY] if remembers else every
    sizes = np.abs(seen[np.isfinite(seen) & (seen != 0)])
    if not sizes.size:
        return "linear", 0.0
    if np.nanmin(every) >= 0 and sizes.max() > 30 * sizes.min():
        return "log", 0.0
    if sizes.max() > SQUEEZED * np.median(sizes):
        return "symlog", float(10 ** np.floor(np.log10(max(np.quantile(sizes, 0.1), sizes.max() * 1e-6))))
    return "linear", 0.0


def _draw_row(
    made: Picture,
    axes: Axes,
    coordinate: str,
    lines: Mapping[str, Array],
    looks: Mapping[str, Line],
    scale: tuple[str, float],
) -> None:
    series = {_drawn(name): values for name, values in lines.items()}
    name, linear_to = scale
    if name == "log":
        axes.set_yscale("log")
        series = {name: np.where(values > 0, values, np.nan) for name, values in series.items()}
    of = {"log": "  (log)", "symlog": "  (±log)", "linear": ""}[name]
    over_steps(made, axes, series, f"{coordinate}:  {', '.join(series)}{of}", [looks[name] for name in lines], first=1)
    if name == "log":
        axes.yaxis.set_major_locator(LogLocator(numticks=log_ticks(made, axes, 4)))
    else:
        axes.axhline(0, color=made.style.faint, lw=0.8 * made.scale, zorder=0)
        axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    if name == "symlog":
        largest = max(map(abs, axes.get_ylim()))
        low, high = (1.5 * end for end in axes.get_ylim())
        axes.set_yscale("symlog", linthresh=linear_to, linscale=0.5)
        tick = 10.0 ** np.floor(np.log10(largest))
        axes.yaxis.set_major_locator(FixedLocator([-tick, 0, tick]))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(min(low, 0), max(high, 0))
