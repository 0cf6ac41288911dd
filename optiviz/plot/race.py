"""The picture of a race: all ways on one surface, the losses, and a table of who is where."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.lines import Line2D

from optiviz.experiments import Race, Racer, quantiles
from optiviz.names import symbol
from optiviz.plot.alt import of_race
from optiviz.plot.canvas import Picture, to_scale
from optiviz.plot.over_steps import draw_loss
from optiviz.plot.panels import draw_ways
from optiviz.plot.picture import BETWEEN, RIGHT, check_visible, surface_room, title_and_caption
from optiviz.plot.words import fit, fit_name, listed, number, point
from optiviz.surfaces import Grid

__all__ = ["race_picture"]

Array = npt.NDArray[Any]

BAND = (0.1, 0.5, 0.9)
"""Over several runs: the lower edge of the band, the line, the upper edge."""

ROW, FOOT = 0.034, 0.022
"""How high a row of the table is, and where the last one stands, as shares of the height."""

LEAST = 0.26
"""How high the panel of the losses is; for many racers the table is set smaller, but not than in the light style."""


def race_picture(race: Race, grid: Grid, *, size: tuple[int, int] | None = None, style: str = "light") -> Picture:
    """The picture of a race on its surface.

    Args:
        race: up to ten racers; of several runs each the first is drawn on the surface, and a band of the losses.
        grid: the surface, sampled over what is to be seen.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there is nothing to see, because no height is finite.
    """
    check_visible(grid)
    with Picture.drawn(style, size, max(racer.run.steps for racer in race.racers) + 1) as made:
        surface_axes = made.figure.add_axes(to_scale(surface_room(made.style), made.size, grid))
        beside = surface_axes.get_position().x1
        left, top = beside + BETWEEN * made.style.grow, 1 - 0.21 * made.style.grow
        rows, below = len(race.racers) + 1, 0.105 * made.style.grow
        row = min(ROW * made.style.grow, max((top - LEAST - below - FOOT) / rows, ROW))
        foot = FOOT + row * rows + below
        loss_axes = made.figure.add_axes((left, foot, RIGHT - left, top - foot))
        title_and_caption(made, _title(race), _facts(race), 0.78)
        ways = {racer.label: _way(racer, grid) for racer in race.racers}
        made.key = dict(zip(ways, made.style.lines, strict=False))
        made.panel = partial(draw_ways, ways=ways, grid=grid)
        made.panel(made, surface_axes)
        draw_loss(
            made,
            loss_axes,
            {racer.label: _loss(racer) for racer in race.racers},
            grid,
            made.style.lines,
            lost=[racer.label for racer in race.racers if racer.lost],
            name="loss" if race.seeds == 1 else "median loss",
            decades=9,  # the thresholds of the race end earlier
        )
        loss_axes.set_xlabel("step", labelpad=1)
        _table(made, race, beside + 0.02, row)
        _counter(made)
        made.words = of_race(race)
    return made


def _way(racer: Racer, grid: Grid) -> Array:
    """The points on the picture that the first run visits."""
    path = racer.path if grid.y is not None else np.column_stack([racer.path[:, 0], racer.values[:, 0]])
    return np.where(np.isfinite(path), path, np.nan)


def _loss(racer: Racer) -> Array:
    return racer.values[:, 0] if racer.values.shape[1] == 1 else quantiles(racer.values, BAND)


def _title(race: Race) -> str:
    names = [racer.label for racer in race.racers]
    return f"{listed(names) if len(names) < 4 else f'{len(names)} optimizers'} on {race.surface}"


def _facts(race: Race) -> list[str]:
    facts = [f"start {point(race.start)}", f"{race.steps} steps"]
    if race.noise:
        facts.append(f"gradient noise {race.noise:.2g}, seed {race.seed}")
    batches = dict.fromkeys(f"{r.label}: mini-batches of {r.batch_size}" for r in race.racers if r.batch_size)
    facts += [*batches, f"seed {race.seed}"] if batches else []
    if race.seeds > 1:
        facts.append(f"{race.seeds} runs each: path of the first, band 10–90 %")
    if race.budget:
        facts.append(f"* tuned with {race.budget} gradient evaluations each, seed {race.seed}")
    elif any(racer.lr_from == "suited" for racer in race.racers):
        facts.append("* tuned for this surface")
    return facts


def _table(made: Picture, race: Race, left: float, row: float) -> None:
    """A row for each racer: its line, its name, its learning rate, and where it is."""
    figure, scale = made.figure, made.size[1] / 540 * row / ROW
    common: dict[str, Any] = {"size": 10 * scale, "va": "center"}
    rows = [FOOT + row * (len(race.racers) - i + 0.5) for i in range(len(race.racers) + 1)]
    rate, here = 0.875, RIGHT
    figure.text(rate, rows[0], f"${symbol('lr').latex}$", ha="right", **common)
    figure.text(here, rows[0], "f" if race.seeds == 1 else "median f", ha="right", **common)
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
        mark = "*" if racer.lr_from in ("suited", "tuned") else ""
        lr = racer.lr if isinstance(racer.lr, float) else (racer.lr or "−").partition("(")[0]
        text = figure.text(rate, y, f"{number(lr)}{mark}", ha="right", **common)
        fit(text, 0.07)
        fit_name(label, rate - left - 0.055 - text.get_window_extent().width / figure.bbox.width)
        _height(made, racer, here, y, common)


def _height(made: Picture, racer: Racer, x: float, y: float, common: dict[str, Any]) -> None:
    text = made.readout(x, y, ha="right", **common)
    heights = quantiles(racer.values, 0.5)

    def update(look: int) -> None:
        over = racer.lost and look >= racer.run.steps
        text.set_text("diverged" if over else f"{heights[min(look, racer.run.steps)]:.3g}".replace("-", "−"))
        text.set_color(made.style.warning if over else made.style.ink)

    made.updates.append(update)


def _counter(made: Picture) -> None:
    """Which step it is."""
    text = made.readout(RIGHT, 1 - 0.035 * made.style.grow, size=15 * made.scale, ha="right", va="top")
    width = len(str(made.looks - 1))
    made.updates.append(lambda look: text.set_text(f"step {look:>{width}}"))
