"""What a writer is given: frames that are made one by one as it asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["HOLD", "Frame", "Patch", "Reel", "codes", "durations", "patches", "standing"]

Frame = npt.NDArray[np.uint8]
"""The pixels of a frame, (height, width, 4) bytes of red, green, blue and alpha; alpha is always 255."""

Codes = npt.NDArray[np.uint32]
T = TypeVar("T")

HOLD = 2.0
"""Seconds for which the last frame stands before the animation begins again."""


@dataclass(frozen=True)
class Reel:
    """An animation of which only one frame exists at a time.

    Attributes:
        size: width and height in pixels.
        looks: what is to be seen in each frame, in order.
        fps: frames per second.
        film: makes the frames of some looks; each is valid until the next.
        colours: colours (n, 3) of bytes that must come out exactly, if the format has exact colours at all.
        progress: takes the looks that will be drawn and yields them, for a progress bar.
        words: what is to be seen, for who cannot see it; they stand in the file where its format has a place for them.
    """

    size: tuple[int, int]
    looks: Sequence[int]
    fps: float
    film: Callable[[Iterable[int]], Iterator[Frame]]
    colours: Frame
    progress: Callable[[list[int]], Iterable[int]] = iter
    words: str = ""

    def frames(self) -> Iterator[Frame]:
        """All frames in order."""
        return self.film(self.progress([*self.looks]))

    def samples(self) -> Iterator[Frame]:
        """A few frames in which all colours occur."""
        last = len(self.looks) - 1
        return self.film(sorted({self.looks[i * last // 3] for i in range(4)}))


def durations(reel: Reel, unit: float, least: int = 1) -> list[int]:
    """How long each frame stands, in whole units of so many seconds, rounded so that the whole keeps time.

    >>> durations(Reel((2, 2), range(4), 30, iter, None), unit=0.01)
    [3, 4, 3, 200]
    """
    ends = np.round(np.arange(len(reel.looks)) / (unit * reel.fps)).astype(int)
    return [*(max(int(d), least) for d in np.diff(ends)), round(HOLD / unit)]


def codes(frame: Frame) -> Codes:
    """Each pixel as one number (height, width), red in its lowest byte; a view of the frame."""
    return frame.view("<u4")[..., 0]


class Patch(NamedTuple):
    """What is new in a frame.

    Attributes:
        pixels: the box around it (height, width, 4), a view of the frame.
        new: where in the box it is.
        left: the box's first column.
        top: the box's first row.
    """

    pixels: Frame
    new: npt.NDArray[np.bool_]
    left: int
    top: int


def patches(frames: Iterable[Frame]) -> Iterator[Patch | None]:
    """What is new in each frame, in the first all of it; None for one that is like the last."""
    before = None
    for frame in frames:
        now = codes(frame)
        if before is None:
            before = now.copy()
            yield Patch(frame, np.ones(now.shape, bool), 0, 0)
            continue
        differs = now != before
        rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            yield None
            continue
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        before[box] = now[box]
        yield Patch(frame[box], differs[box], int(columns[0]), int(rows[0]))


def standing(images: Iterable[T | None], pauses: Iterable[int]) -> Iterator[tuple[T, int]]:
    """Each image with how long it stands; None prolongs the one before.

    >>> [*standing(["a", None, "b"], [3, 3, 200])]
    [('a', 6), ('b', 200)]
    """
    held, total = None, 0
    for image, pause in zip(images, pauses, strict=True):
        if image is not None:
            if held is not None:
                yield held, total
            held, total = image, 0
        total += pause
    if held is not None:
        yield held, total
