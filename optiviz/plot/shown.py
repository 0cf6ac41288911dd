"""Records as Python and notebooks show them: a figure, a file, a page."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable
from html import escape
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from optiviz.descent import Trajectory
from optiviz.experiments import Race
from optiviz.plot.canvas import Picture
from optiviz.plot.film import film, last_frame
from optiviz.plot.history import Record, draw_curves
from optiviz.plot.picture import picture
from optiviz.plot.race import race_picture
from optiviz.plot.views import sampled
from optiviz.plot.words import place, plain
from optiviz.plot.writers import write_png
from optiviz.surfaces import Surface

__all__ = ["animation", "curves", "curves_image", "figure", "image", "page", "table"]

SIZE = (720, 405)
"""In a notebook, in pixels: a cell should not take long."""

LOOKS = ("size", "style", "view", "note")

ROWS = 10
"""Of so many runs a table has a row each; of so many coordinates a point has a number each."""


def drawn(record: Trajectory | Race, surface: Surface, **look: Any) -> Picture:
    """The picture of a run or a race on its surface."""
    known = LOOKS if isinstance(record, Race) else (*LOOKS, "inside")
    if strange := [name for name in look if name not in known]:
        raise TypeError(f"a picture has {', '.join(known)}, and no {strange[0]!r}")
    grid = sampled(surface, look.get("view", "contour"))
    if isinstance(record, Race):
        return race_picture(record, grid, **look)
    return picture(record, grid, **look)


def figure(record: Trajectory | Race, surface: Surface, **look: Any) -> Figure:
    """The figure at rest; nothing in it moves any more."""
    made = drawn(record, surface, **look)
    made.rest(made.resting)
    return made.figure


def animation(
    record: Trajectory | Race,
    surface: Surface,
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    most: int | None = None,
    progress: Callable[[list[int]], Iterable[int]] = iter,
    **look: Any,
) -> None:
    """Write it, as the suffix of `path` says."""
    film(drawn(record, surface, **look), path, fps=fps, most=most, progress=progress)


def curves(record: Record, **look: Any) -> Figure:
    """The figure of a training."""
    return draw_curves(record, **look).figure


def image(record: Trajectory | Race, surface: Surface) -> tuple[bytes, str]:
    """The picture at rest as PNG, and what is to be seen in it."""
    return _written(drawn(record, surface, size=SIZE))


def curves_image(record: Record) -> tuple[bytes, str]:
    """The curves of a training as PNG, and what is to be seen in them."""
    return _written(draw_curves(record, size=SIZE))


def _written(made: Picture) -> tuple[bytes, str]:
    file = BytesIO()
    with made.settings():
        write_png(file, last_frame(made))
    return file.getvalue(), made.words


def page(record: Any, shown: tuple[bytes, str] | None) -> str:
    """A piece of HTML: the picture with its words, or what there is to say without one."""
    if shown is None:
        return table(record) if isinstance(record, (Trajectory, Race)) else f"<pre>{escape(repr(record))}</pre>"
    data, words = shown
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return f'<img src="{source}" alt="{escape(words)}" style="max-width: 100%">'


def table(record: Trajectory | Race) -> str:
    """From where to where each run went, in HTML."""
    runs = {racer.label: racer.run for racer in record.racers} if isinstance(record, Race) else {"": record}
    rows = [row for name, run in runs.items() for row in _rows(name, run)]
    head = ["", "start", "f", "end", "f", "steps", "ended"]
    cells = [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[:ROWS]]
    more = f"<tr><td colspan={len(head)}>and {len(rows) - ROWS:,} more</td></tr>" if len(rows) > ROWS else ""
    names = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><caption>{escape(repr(record))}</caption><tr>{names}</tr>{''.join(cells)}{more}</table>"


def _rows(name: str, run: Trajectory) -> list[list[str]]:
    many = run.value[0].size
    theta, value = run.theta.reshape(len(run.value), many, -1), run.value.reshape(len(run.value), many)
    endings = np.ravel(run.endings)
    return [
        [
            f"{name} {k + 1}" if many > 1 else name,
            *(cell for at in (0, -1) for cell in (_point(theta[at, k]), plain(float(value[at, k])))),
            str(run.steps),
            str(endings[k]) if run.ending.flat[k] else "all steps made",
        ]
        for k in range(min(many, ROWS))
    ] + [[]] * max(many - ROWS, 0)


def _point(theta: Any) -> str:
    return place(theta) if len(theta) <= ROWS else f"{len(theta):,} numbers, {plain(float(np.linalg.norm(theta)))} long"
