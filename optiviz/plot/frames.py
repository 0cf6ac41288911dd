"""The blit loop: the background is drawn once, each frame only its moving artists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from optiviz.plot.canvas import Picture
from optiviz.plot.writers import Frame

__all__ = ["MOST_FRAMES", "chosen_looks", "frames"]

MOST_FRAMES = 400
"""A longer run is shown at this many of its looks, evenly spaced."""


def chosen_looks(looks: int, most: int = MOST_FRAMES) -> list[int]:
    """Which of a run's looks become frames: all of them, or so many with the first and the last.

    >>> chosen_looks(4)
    [0, 1, 2, 3]
    """
    return sorted({round(i) for i in np.linspace(0, looks - 1, min(looks, most))})


def frames(picture: Picture, looks: Iterable[int]) -> Iterator[Frame]:
    """One frame (height, width, 4) of bytes for each look; the array is valid until the next.

    It is drawn in the picture's settings, which the caller enters: to enter them for each frame takes as long as
    to draw one.
    """
    canvas: Any = picture.figure.canvas
    if picture.figure.stale:  # somebody has added to what was drawn
        picture.draw()
    renderer = canvas.get_renderer()
    for look in looks:
        canvas.restore_region(picture.background)
        picture.show(look)
        for artist in picture.moving:
            artist.draw(renderer)
        yield np.asarray(canvas.buffer_rgba())
