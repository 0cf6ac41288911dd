"""Frames to files, by suffix: an animated GIF with exact colours, or the last frame as PNG.

The GIF has one palette for all its frames. Flat colours keep their exact value and the rest share what is
left, so a red marker stays red; of each frame only what changed is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from optiviz.files import MARK, written_whole

__all__ = ["HOLD", "SUFFIXES", "write"]

Frame = npt.NDArray[np.uint8]

SUFFIXES = (".gif", ".png")
HOLD = 2.0
"""Seconds for which the last frame stands before the animation begins again."""

EXACT = 160
"""How many palette entries go to the most frequent colours; the other 95 are spread over the rest."""


def write(path: Path, frames: Iterable[Frame], samples: Iterable[Frame], fps: float) -> None:
    """Write frames (height, width, 3) of bytes to `path`, whole or not at all.

    Args:
        path: its suffix, .gif or .png, says the format; a PNG takes the last frame.
        frames: made one by one as they are asked for.
        samples: a few frames in which all colours occur.
        fps: frames per second.

    Raises:
        ValueError: the format is not known.
        OSError: the file cannot be written.
    """
    with written_whole(path) as temporary:
        if path.suffix.lower() == ".gif":
            _gif(temporary, frames, _palette(samples), fps)
        elif path.suffix.lower() == ".png":
            _png(temporary, frames)
        else:
            raise ValueError(f"cannot write '{path.suffix or path.name}'; the formats are {', '.join(SUFFIXES)}")


def _png(path: Path, frames: Iterable[Frame]) -> None:
    for last in frames:  # noqa: B007
        pass
    mark = PngImagePlugin.PngInfo()
    mark.add_text("Software", MARK)
    Image.fromarray(last).save(path, format="PNG", optimize=True, pnginfo=mark)


def _gif(path: Path, frames: Iterable[Frame], palette: Frame, fps: float) -> None:
    images = _indexed(frames, palette)
    first = next(images)
    # GIF counts in hundredths of a second, and viewers slow down what is shorter than two.
    pause = max(20, round(100 / fps) * 10)
    pending = list(images)
    durations = [pause] * len(pending) + [int(HOLD * 1000)]
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=pending,
        duration=durations,
        loop=0,
        comment=MARK,
        transparency=255,
        disposal=1,
        optimize=True,
        palette=palette.tobytes(),
    )


def _indexed(frames: Iterable[Frame], palette: Frame) -> Iterator[Image.Image]:
    """Each frame as a palette image; the table from colour to entry is filled as colours turn up."""
    table = np.full(1 << 24, 255, np.uint8)  # 255, the transparent entry, stands for not yet known
    entries = palette[:255].astype(np.int32)
    for frame in frames:
        codes = _codes(frame)
        image = table[codes]
        new = np.unique(codes[image == 255])
        for part in np.array_split(new, len(new) // 4096 + 1):
            distance = ((_colours(part)[:, None].astype(np.int32) - entries[None]) ** 2).sum(axis=-1)
            table[part] = distance.argmin(axis=1)
        indexed = Image.fromarray(table[codes] if len(new) else image)
        indexed.putpalette(palette.tobytes())
        yield indexed


def _palette(samples: Iterable[Frame]) -> Frame:
    """256 colours (256, 3): the frequent ones exactly, the rest by median cut, the last for transparency."""
    present, counts = np.unique(np.concatenate([_codes(frame).ravel() for frame in samples]), return_counts=True)
    by_frequency = present[np.argsort(-counts, kind="stable")]
    exact, rest = by_frequency[:EXACT], by_frequency[EXACT:]
    if len(rest) > 255 - EXACT:
        strip = Image.fromarray(_colours(rest)[None])
        cut = strip.quantize(255 - EXACT, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        found = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)[: 255 - EXACT]
    else:
        found = _colours(rest)
    palette = np.unique(np.vstack([_colours(exact), found]), axis=0)
    # Unused entries must not repeat a used one, or Pillow merges them.
    spare = np.setdiff1d(np.arange(1 << 24)[::65537], _codes(palette[None]).ravel())[: 256 - len(palette)]
    return np.vstack([palette, _colours(spare)]).astype(np.uint8)


def _codes(frame: Frame) -> npt.NDArray[np.int32]:
    """Each pixel's colour as one number."""
    r, g, b = (frame[..., i].astype(np.int32) for i in range(3))
    return (r << 16) | (g << 8) | b


def _colours(codes: npt.NDArray[np.integer]) -> Frame:
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)
