"""The picture of one run: where it went on the surface, and beside it what a view shows of it.

It is set, frame by frame, from the arrays of a Trajectory; it optimizes nothing and knows no optimizer.
"""

from __future__ import annotations

import re

import numpy as np

from optiviz.descent import CONVERGED, ENDINGS, RUNNING, Trajectory
from optiviz.experiments import Internals
from optiviz.names import symbol
from optiviz.plot.alt import of_run
from optiviz.plot.canvas import BETWEEN, RIGHT, Picture, surface_room
from optiviz.plot.over_steps import draw_loss, draw_memory
from optiviz.plot.views import View, named_view
from optiviz.plot.words import fit, fit_facts, number, point
from optiviz.surfaces import Grid

__all__ = ["check_visible", "picture", "title_and_caption"]


def picture(
    run: Trajectory,
    grid: Grid,
    *,
    view: str = "contour",
    inside: Internals | None = None,
    size: tuple[int, int] | None = None,
    style: str = "light",
    note: str = "",
) -> Picture:
    """The picture of one run on its surface.

    Args:
        run: a single run, with theta of shape (T+1, 1) or (T+1, 2).
        grid: the surface, sampled over what is to be seen; for a field with its slopes.
        view: how the surface is seen, beside the loss and what the rule remembered: "contour", "3d" or "field"; or what
            stands beside the contours: "internals", the lines of the rule, or "effective", how far each coordinate
            moved for each unit of its gradient.
        inside: what the rule computed, for the internals.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        note: a few words for the caption, such as where the learning rate comes from.

    Raises:
        LookupError: there is no such style or view.
        ValueError: the run is a batch, or there is nothing to see, because no height is finite, or not in that view.
    """
    if run.theta.ndim != 2:
        raise ValueError(f"a picture shows one run, not a batch of shape {run.theta.shape[1:-1]}; take one, run[0]")
    check_visible(grid)
    seen = named_view(view, grid)
    with Picture.drawn(style, size, run.steps + 1) as made:
        title_and_caption(made, f"{run.rule} on {run.surface}", _facts(run, note, seen.note(grid)), 0.46)
        if seen.whole:
            seen.whole(made, run, grid, inside)
        else:
            _draw(made, run, grid, seen)
        _counter(made, run)
        made.words = of_run(run, grid, view, inside)
    return made


def _draw(made: Picture, run: Trajectory, grid: Grid, seen: View) -> None:
    """The way on the surface; beside it the loss and what the rule remembered."""
    surface_axes = made.figure.add_axes(seen.room(surface_room(made.style), made.size, grid))
    grow = made.style.grow
    left = surface_axes.get_position().x1 + BETWEEN * grow
    low, top, between = 0.125 * grow, 1 - 0.21 * grow, 0.13 * grow
    high = (top - low - between) / 2
    loss_axes = made.figure.add_axes((left, top - high, RIGHT - left, high))
    slots_axes = made.figure.add_axes((left, low, RIGHT - left, high))
    memory = draw_memory(made, slots_axes, run)
    made.legend_room = memory.get_window_extent().x0 / made.size[0] - 0.07
    draw_loss(made, loss_axes, {"loss": run.value}, grid, [made.style.run])
    made.panel = lambda made, axes: seen.run(made, axes, run, grid)
    made.panel(made, surface_axes)


def check_visible(grid: Grid) -> None:
    """See that there is something to draw.

    Raises:
        ValueError: no height is finite.
    """
    if not np.isfinite(grid.z).any():
        raise ValueError(f"{grid.name} is nowhere a finite number in what is to be drawn of it")


def title_and_caption(made: Picture, title: str, facts: list[str], share: float) -> None:
    """What it is, in `share` of the width, and below it what made it, in a few words each."""
    grow, scale = made.style.grow, made.scale
    head = made.figure.text(0.02, 1 - 0.025 * grow, title, size=19 * scale, weight="bold", va="top")
    caption = made.figure.text(0.02, 1 - 0.105 * grow, "", size=11 * scale, va="top")
    fit(head, share)
    if fit_facts(caption, facts, 0.96):
        caption.set_y(1 - 0.085 * grow)
    made.title, made.facts = title, facts


def _facts(run: Trajectory, *notes: str) -> list[str]:
    values = [rf"${symbol(name).latex}$ = {number(value)}" for name, value in run.params.items()]
    facts = [*values, f"start {point(run.theta[0])}"]
    if run.noise:
        facts.append(f"gradient noise {run.noise:.2g}, seed {run.seed}")
    if run.batch_size:
        facts.append(f"mini-batches of {run.batch_size}, seed {run.seed}")
    return [*facts, *filter(None, notes)]


def _counter(made: Picture, run: Trajectory) -> None:
    """Which step it is and how high the point; in the last frame, how the run ended."""
    style = made.style
    text = made.readout(RIGHT, 1 - 0.035 * style.grow, size=15 * made.scale, ha="right", va="top")

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
        text.set_color(style.warning if lost else style.ink)
        text.set_fontweight("bold" if lost else "normal")

    made.says = lambda look: re.sub("step +", "step ", words(look)).rstrip()
    made.updates.append(update)
