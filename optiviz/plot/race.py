"""The picture of a race: all ways on one surface, the losses, and a table of who is where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.lines import Line2D

from optiviz.experiments import WATCHABLE, Race, Racer, quantiles
from optiviz.experiments.race import TUNED, WATCHED
from optiviz.names import symbol
from optiviz.plot.alt import of_race
from optiviz.plot.canvas import BETWEEN, RIGHT, Picture, surface_room
from optiviz.plot.over_steps import draw_loss
from optiviz.plot.picture import check_visible, title_and_caption
from optiviz.plot.readout import Readout
from optiviz.plot.views import VIEWS, named_view
from optiviz.plot.words import fit, fit_name, listed, number, point
from optiviz.surfaces import Grid

__all__ = ["count_steps", "facts_of", "height_of", "race_picture", "rate_of", "title_of", "way_of"]

Array = npt.NDArray[Any]

BAND = (0.1, 0.9)
"""Over several runs: the lower and the upper edge of the band."""

ROW, FOOT = 0.034, 0.022
"""How high a row of the table is, and where the last one stands, as shares of the height."""

LEAST = 0.26
"""How high the panel of the losses is; for many racers the table is set smaller, but not than in the light style."""


Middle = Literal["median", "mean"]
"""What the line and the table show of several runs."""


def _mean(values: Array) -> Array:
    return np.asarray(np.mean(np.where(np.isfinite(values), values, np.inf), axis=-1))


MIDDLES: Mapping[Middle, Callable[[Array], Array]] = {
    "median": lambda values: quantiles(values, 0.5),
    "mean": _mean,
}


def race_picture(
    race: Race,
    grid: Grid,
    *,
    view: str = "contour",
    size: tuple[int, int] | None = None,
    style: str = "light",
    note: str = "",
    middle: Middle = "median",
    floors: Sequence[Array] = (),
) -> Picture:
    """The picture of a race on its surface.

    Args:
        race: up to ten racers; of several runs each the first is drawn on the surface, and a band of the losses.
        grid: the surface, sampled over what is to be seen; for a field with its slopes.
        view: how the surface is seen: contour, 3d or field.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        note: a few words for the caption, which begins with them.
        middle: what the line and the table show of several runs: median or mean.
        floors: for each racer how low theory lets its loss come at each step, (T+1,); thin lines.

    Raises:
        LookupError: there is no such style or view.
        ValueError: there is nothing to see, because no height is finite, or not in that view.
    """
    check_visible(grid)
    seen = named_view(view, grid)
    draw_ways = seen.ways
    if draw_ways is None:
        several = ", ".join(name for name, one in VIEWS.items() if one.ways)
        raise LookupError(f"the view {view} is of one run; a race has {several}")
    with Picture.drawn(style, size, max(racer.run.steps for racer in race.racers) + 1) as made:
        surface_axes = made.figure.add_axes(seen.room(surface_room(made.style), made.size, grid))
        beside = surface_axes.get_position().x1
        left, top = beside + BETWEEN * made.style.grow, 1 - 0.21 * made.style.grow
        rows, below = len(race.racers) + 1, 0.105 * made.style.grow
        row = min(ROW * made.style.grow, max((top - LEAST - below - FOOT) / rows, ROW))
        foot = FOOT + row * rows + below
        loss_axes = made.figure.add_axes((left, foot, RIGHT - left, top - foot))
        facts = [note, *facts_of(race), seen.note(grid)]
        title_and_caption(made, title_of(race), [fact for fact in facts if fact], 0.78)
        ways = {racer.label: way_of(racer, grid) for racer in race.racers}
        made.key = dict(zip(ways, made.style.lines, strict=False))
        made.panel = lambda made, axes: draw_ways(made, axes, ways, grid)
        made.panel(made, surface_axes)
        draw_loss(
            made,
            loss_axes,
            {racer.label: _loss(racer, middle) for racer in race.racers},
            grid,
            made.style.lines,
            lost=[racer.label for racer in race.racers if racer.lost],
            name="loss" if race.seeds == 1 else f"{middle} loss",
            decades=9,  # the thresholds of the race end earlier
        )
        loss_axes.set_xlabel("step", labelpad=1)
        for floor, line in zip(floors, made.style.lines, strict=False):
            loss_axes.plot(floor, color=line.colour, lw=1.1 * made.scale, label="_floor")
        _table(made, race, beside + 0.02, row, middle)
        count_steps(made)
        made.words = of_race(race)
    return made


def way_of(racer: Racer, grid: Grid) -> Array:
    """The points on the picture that the first run visits."""
    path = racer.path if grid.y is not None else np.column_stack([racer.path[:, 0], racer.values[:, 0]])
    return np.where(np.isfinite(path), path, np.nan)


def _loss(racer: Racer, middle: Middle) -> Array:
    if racer.values.shape[1] == 1:
        return racer.values[:, 0]
    low, high = quantiles(racer.values, BAND).T
    return np.column_stack([low, MIDDLES[middle](racer.values), high])


def title_of(race: Race) -> str:
    """Who goes down on what."""
    names = [racer.label for racer in race.racers]
    return f"{listed(names) if len(names) < 4 else f'{len(names)} optimizers'} on {race.surface}"


def facts_of(race: Race) -> list[str]:
    """What was the same for all."""
    facts = [f"start {point(race.start)}", f"{race.steps} steps"]
    if race.noise:
        facts.append(f"gradient noise {race.noise:.2g}, seed {race.seed}")
    batches = dict.fromkeys(f"{r.label}: mini-batches of {r.batch_size}" for r in race.racers if r.batch_size)
    facts += [*batches, f"seed {race.seed}"] if batches else []
    if race.seeds > 1:
        facts.append(f"{race.seeds} runs each: path of the first, band 10–90 %")
    if race.budget:
        facts.append(f"* tuned with {race.budget} gradient evaluations each, seed {race.seed}")
    elif any(racer.lr_from == WATCHED for racer in race.racers):
        facts.append(f"* ${symbol('lr').latex}$ {WATCHABLE}")
    return facts


def _table(made: Picture, race: Race, left: float, row: float, middle: Middle) -> None:
    """A row for each racer: its line, its name, its learning rate, and where it is."""
    figure, scale = made.figure, made.size[1] / 540 * row / ROW
    common: dict[str, Any] = {"size": 10 * scale, "va": "center"}
    rows = [FOOT + row * (len(race.racers) - i + 0.5) for i in range(len(race.racers) + 1)]
    rate, here = 0.875, RIGHT
    figure.text(rate, rows[0], f"${symbol('lr').latex}$", ha="right", **common)
    figure.text(here, rows[0], "f" if race.seeds == 1 else f"{middle} f", ha="right", **common)
    for racer, style, y in zip(race.racers, made.style.lines, rows[1:], strict=False):
        figure.add_artist(
            Line2D(
                [left, left + 0.018, left + 0.036],
                [y, y, y],
                color=style.colour,
                ls=style.dashes,
                marker=style.marker,
                markevery=[1],
                mec=made.style.paper,
                ms=7 * scale,
            )
        )
        label = figure.text(left + 0.045, y, racer.label, **common)
        text = figure.text(rate, y, rate_of(racer), ha="right", **common)
        fit(text, 0.07)
        fit_name(label, rate - left - 0.055 - text.get_window_extent().width / figure.bbox.width)
        height_of(made, racer, here, y, middle, ha="right", **common)


def rate_of(racer: Racer) -> str:
    """Its learning rate, with a star if the user did not give it."""
    mark = "*" if racer.lr_from in (WATCHED, TUNED) else ""
    lr = racer.lr if isinstance(racer.lr, float) else (racer.lr or "−").partition("(")[0]
    return f"{number(lr)}{mark}"


def height_of(made: Picture, racer: Racer, x: float, y: float, middle: Middle = "median", **common: Any) -> Readout:
    """Where it is, of several runs in the middle, or that it diverged; until it is set, the longest of these texts."""
    text = made.readout(x, y, **common)
    heights = MIDDLES[middle](racer.values)

    def words(look: int) -> str:
        over = racer.lost and look >= racer.run.steps
        return "diverged" if over else f"{heights[min(look, racer.run.steps)]:.3g}".replace("-", "−")

    def update(look: int) -> None:
        over = racer.lost and look >= racer.run.steps
        text.set_text(words(look))
        text.set_color(made.style.warning if over else made.style.ink)
        text.set_fontweight("bold" if over else "normal")

    text.set_text(max(map(words, range(racer.run.steps + 1)), key=len))
    made.updates.append(update)
    return text


def count_steps(made: Picture) -> None:
    """Which step it is."""
    text = made.readout(RIGHT, 1 - 0.035 * made.style.grow, size=15 * made.scale, ha="right", va="top")
    width = len(str(made.looks - 1))
    made.updates.append(lambda look: text.set_text(f"step {look:>{width}}"))
