"""A picture to one file: its frames, the writer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from optiviz.descent import Trajectory
from optiviz.experiments import Internals
from optiviz.plot.canvas import Picture
from optiviz.plot.frames import MOST_FRAMES, chosen_looks, frames
from optiviz.plot.picture import picture
from optiviz.plot.writers import STILL, VECTOR, Reel, check_format, write, write_vector
from optiviz.surfaces import Grid

__all__ = ["animate", "film", "last_frame"]


def animate(
    run: Trajectory,
    grid: Grid,
    path: str | os.PathLike[str],
    *,
    view: str = "contour",
    inside: Internals | None = None,
    fps: float | None = None,
    most: int | None = None,
    size: tuple[int, int] | None = None,
    style: str = "light",
    note: str = "",
    progress: Callable[[list[int]], Iterable[int]] = iter,
) -> None:
    """Draw a run on its surface and write it as an animation, or its last frame.

    Args:
        run: a single run on a surface of one or two coordinates.
        grid: that surface, from `Surface.sample`; for a field with its slopes.
        path: where to; the suffix says the format: .gif, .apng, .webp, .avif, .mp4 and .webm move, .png, .svg and
            .pdf are the last frame; of the internals that of the last update, which has arrows.
        view: how the surface is seen, or what is drawn beside it, as of `picture`.
        inside: what the rule computed, from `optiviz.experiments.internals`, for the view internals.
        fps: frames per second; if None, so many that it lasts about eight seconds, but 4 to 30.
        most: a longer run is shown at so many of its looks, evenly spaced; 400 if None.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        note: a few words for the caption.
        progress: takes the list of looks that will be drawn and yields them, for a progress bar.

    Raises:
        LookupError: there is no such style or view.
        ValueError: the format is not known or what it needs is missing, fps is out of range, the run is a batch, or
            there is nothing to see in that view.
        OSError: the file cannot be written; nothing is left behind.

    >>> from optiviz import adam, minimize, rosenbrock
    >>> run = minimize(rosenbrock, adam(lr=0.5))
    >>> animate(run, rosenbrock.sample(), "adam.png")  # doctest: +SKIP
    """
    drawn = picture(run, grid, view=view, inside=inside, size=size, style=style, note=note)
    film(drawn, path, fps=fps, most=most, progress=progress)


def film(
    drawn: Picture,
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    most: int | None = None,
    progress: Callable[[list[int]], Iterable[int]] = iter,
) -> None:
    """Write a picture as an animation, or its last frame; the arguments are those of `animate`.

    Raises:
        ValueError: the format is not known or what it needs is missing, or fps is out of range.
        OSError: the file cannot be written; nothing is left behind.
    """
    if fps is not None and not 0.5 <= fps <= 50:
        raise ValueError(f"fps must be from 0.5 to 50, not {fps}")
    target = Path(path)
    check_format(target)
    looks = chosen_looks(drawn.looks, most or MOST_FRAMES)
    if target.suffix.lower() in STILL:
        looks = [drawn.resting]
    with drawn.settings():
        if target.suffix.lower() in VECTOR:
            drawn.rest(drawn.resting)
            write_vector(target, drawn.figure, drawn.words)
            return
        write(target, _reel(drawn, looks, fps or min(max(len(looks) / 8, 4), 30), progress))


def last_frame(drawn: Picture) -> Reel:
    """A reel of the look at rest alone, to be written in the picture's settings."""
    return _reel(drawn, [drawn.resting], 1)


def _reel(drawn: Picture, looks: list[int], fps: float, progress: Callable[[list[int]], Iterable[int]] = iter) -> Reel:
    return Reel(drawn.size, looks, fps, partial(frames, drawn), drawn.colours(), progress, words=drawn.words)
