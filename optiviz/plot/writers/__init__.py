"""Frames to files, by suffix; each file is written whole or not at all, and the same frames give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import features

from optiviz.files import MARK, written_whole
from optiviz.plot.writers.gif import write_gif
from optiviz.plot.writers.pillow import write_avif, write_webp
from optiviz.plot.writers.png import write_apng
from optiviz.plot.writers.png import write_png as write_png
from optiviz.plot.writers.reel import HOLD as HOLD
from optiviz.plot.writers.reel import Frame as Frame
from optiviz.plot.writers.reel import Reel as Reel
from optiviz.plot.writers.video import find_ffmpeg, write_video

__all__ = ["ANIMATED", "STILL", "SUFFIXES", "check_format", "write", "write_vector"]

ANIMATED: dict[str, Callable[[Path, Reel], None]] = {
    ".gif": write_gif,
    ".apng": write_apng,
    ".webp": write_webp,
    ".avif": write_avif,
    ".mp4": write_video,
    ".webm": write_video,
}
"""The formats of pictures that move."""

STILL = (".png", ".svg", ".pdf")
"""The formats of the last frame."""

VECTOR = {".svg": {"Creator": MARK, "Date": None}, ".pdf": {"Creator": MARK, "CreationDate": None}}
"""Those that are not made of pixels, and what they say of themselves."""

WORDS = {".svg": "Title", ".pdf": "Subject"}
"""Where they say what is to be seen; the title of an SVG is what a screen reader reads."""

SUFFIXES = (*ANIMATED, *STILL)


def check_format(path: Path) -> None:
    """See that a file of this suffix can be written here.

    Raises:
        ValueError: the suffix is not known, or what it needs is missing.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"cannot write '{suffix or path.name}'; the formats are {', '.join(SUFFIXES)}")
    if ANIMATED.get(suffix) is write_video:
        find_ffmpeg()
    if suffix in (".webp", ".avif") and not features.check(suffix[1:]):
        raise ValueError(f"this Pillow cannot write {suffix}; .gif and .apng need nothing more")


def write(path: Path, reel: Reel) -> None:
    """Write a reel as the suffix of `path` says: animated, or its last frame.

    Raises:
        ValueError: the format is not known, or what it needs is missing.
        OSError: the file cannot be written; nothing is left behind.
    """
    check_format(path)
    with written_whole(path) as temporary:
        ANIMATED.get(path.suffix.lower(), write_png)(temporary, reel)


def write_vector(path: Path, figure: Figure, words: str) -> None:
    """Write a figure as lines and letters, as .svg or .pdf, with words for who cannot see it.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    suffix = path.suffix.lower()
    mpl.rcParams["svg.hashsalt"] = MARK  # else the names of its parts are drawn at random
    with written_whole(path) as temporary:
        figure.savefig(temporary, format=suffix[1:], metadata=VECTOR[suffix] | {WORDS[suffix]: words})
