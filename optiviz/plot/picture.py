"""The picture of one run: where it went on the surface, its loss, and what the rule remembered.

A Picture is a figure whose background is drawn once and whose few moving artists are set, frame by frame,
from the arrays of a Trajectory. It optimizes nothing and knows no optimizer.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from optiviz.descent import CONVERGED, ENDINGS, RUNNING, Trajectory
from optiviz.names import symbol
from optiviz.plot.over_steps import draw_loss, draw_memory
from optiviz.plot.panels import Picture, draw_contour, draw_curve, to_scale
from optiviz.plot.style import DARK, LIGHT, Theme, themed
from optiviz.plot.words import fit, number, point
from optiviz.surfaces import Grid

__all__ = ["picture"]

DPI = 100
SURFACE = (0.06, 0.125, 0.52, 0.685)
"""The room for the surface: left, bottom, width and height as shares of the figure."""
BETWEEN, RIGHT = 0.09, 0.98
"""What is left free beside the surface, and where the panels on its right end."""


def picture(
    run: Trajectory, grid: Grid, *, size: tuple[int, int] = (960, 540), dark: bool = False, note: str = ""
) -> Picture:
    """The picture of one run on its surface.

    Args:
        run: a single run, with theta of shape (T+1, 1) or (T+1, 2).
        grid: the surface, sampled over what is to be seen.
        size: width and height in pixels.
        dark: light on dark, for dark rooms.
        note: a few words for the caption, such as where the learning rate comes from.

    Raises:
        ValueError: there is nothing to see, because no height is finite.
    """
    if not np.isfinite(grid.z).any():
        raise ValueError(f"{grid.name} is nowhere a finite number in what is to be drawn of it")
    theme = DARK if dark else LIGHT
    settings = partial(themed, theme, size[1])
    with settings():
        figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI)
        FigureCanvasAgg(figure)
        made = Picture(figure, run.steps + 1, settings)
        scale = size[1] / 540
        surface_axes = figure.add_axes(to_scale(SURFACE, size, grid))
        left = surface_axes.get_position().x1 + BETWEEN
        loss_axes = figure.add_axes((left, 0.53, RIGHT - left, 0.26))
        slots_axes = figure.add_axes((left, 0.125, RIGHT - left, 0.275))
        _title(figure, run, theme, scale, note)
        (draw_curve if grid.y is None else draw_contour)(made, surface_axes, run, grid, theme.run, scale)
        draw_loss(made, loss_axes, {"loss": run.value}, grid, theme, [theme.run])
        draw_memory(made, slots_axes, run, theme)
        _counter(made, run, theme, scale)
        for order, artist in enumerate(made.moving):
            artist.set(animated=True, zorder=10 + order)  # over all that stands still, as frames draws them
        figure.canvas.draw()  # settles the layout while the settings hold
    return made


def _title(figure: Figure, run: Trajectory, theme: Theme, scale: float, note: str) -> None:
    title = figure.text(0.02, 0.975, f"{run.rule} on {run.surface}", size=19 * scale, weight="bold", va="top")
    values = [rf"${symbol(name).latex}$ = {number(value)}" for name, value in run.params.items()]
    facts = [*values, f"start {point(run.theta[0])}"]
    if run.noise:
        facts.append(f"gradient noise {run.noise:.2g}, seed {run.seed}")
    if run.batch_size:
        facts.append(f"mini-batches of {run.batch_size}, seed {run.seed}")
    facts.append(note) if note else None
    caption = figure.text(0.02, 0.895, "   ".join(facts), size=11 * scale, va="top", color=theme.ink)
    fit(title, 0.46)
    fit(caption, 0.96)


def _counter(made: Picture, run: Trajectory, theme: Theme, scale: float) -> None:
    """Which step it is and how high the point; in the last frame, how the run ended."""
    text = made.figure.text(0.98, 0.965, "", size=15 * scale, ha="right", va="top", family="DejaVu Sans Mono")
    made.moving.append(text)

    def words(look: int) -> str:
        word = f"{ENDINGS[int(run.ending)]} at " if look == run.steps and run.ending != RUNNING else ""
        height = f"{run.value[look]:<10.4g}".replace("-", "−")
        return f"{word}step {look:>{len(str(run.steps))}}   f = {height}"

    text.set_text(max(map(words, range(run.steps + 1)), key=len))
    fit(text, 0.47)

    def update(look: int) -> None:
        ended = look == run.steps and run.ending != RUNNING
        text.set_text(words(look))
        lost = ended and run.ending != CONVERGED
        text.set_color(theme.warning if lost else theme.ink)
        text.set_fontweight("bold" if lost else "normal")

    made.updates.append(update)
