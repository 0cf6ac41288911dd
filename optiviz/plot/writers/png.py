"""PNG: one frame, or an animation (APNG) with all its colours, of each frame only what changed.

The chunks of an animation are those of PNG's third edition (W3C 2025); Pillow makes their contents.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

from optiviz.files import MARK
from optiviz.plot.writers.reel import Frame, Reel, changed, codes, durations

__all__ = ["write_apng", "write_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

OVER = 1
"""A box lies over what stood there; where it is transparent that is still seen."""


def write_png(path: Path | BinaryIO, reel: Reel) -> None:
    """Write the last frame."""
    mark = PngImagePlugin.PngInfo()
    mark.add_text("Software", MARK)
    mark.add_itxt("Description", reel.words)
    (frame,) = reel.film(reel.progress([reel.looks[-1]]))
    Image.fromarray(np.ascontiguousarray(frame[..., :3])).save(path, format="PNG", optimize=True, pnginfo=mark)


def write_apng(path: Path, reel: Reel) -> None:
    """Write an animation that loops; only one frame is held."""
    with path.open("wb") as file:
        file.write(SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">IIBBBBB", *reel.size, 8, 6, 0, 0, 0))
        _chunk(file, b"tEXt", b"Software\x00" + MARK.encode())
        _chunk(file, b"iTXt", b"Description\x00\x00\x00\x00\x00" + reel.words.encode())
        counted = file.tell()
        _chunk(file, b"acTL", struct.pack(">II", 0, 0))  # how many there are is known in the end
        place, image, stands, count = b"", b"", 0, 0
        for (new_place, new), pause in zip(_images(reel.frames()), durations(reel, unit=0.001), strict=True):
            if new and image:
                _frame(file, count, place, stands, image)
                count += 1
            place, image, stands = (new_place, new, pause) if new else (place, image, stands + pause)
        _frame(file, count, place, stands, image)
        _chunk(file, b"IEND", b"")
        file.seek(counted)
        _chunk(file, b"acTL", struct.pack(">II", count + 1, 0))


def _frame(file: BinaryIO, count: int, place: bytes, milliseconds: int, image: bytes) -> None:
    """A frame's control and its pixels; both chunks of all frames but the first are numbered in one sequence."""
    control = place + struct.pack(">HHBB", min(milliseconds, 0xFFFF), 1000, 0, OVER)
    if count == 0:  # is what is seen where animations are not known
        _chunk(file, b"fcTL", struct.pack(">I", 0) + control)
        _chunk(file, b"IDAT", image)
    else:
        _chunk(file, b"fcTL", struct.pack(">I", 2 * count - 1) + control)
        _chunk(file, b"fdAT", struct.pack(">I", 2 * count) + image)


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def _images(frames: Iterator[Frame]) -> Iterator[tuple[bytes, bytes]]:
    """Of each frame the place of the box that changed, and its pixels, compressed; none if none did."""
    before = None
    for frame in frames:
        if before is None:
            before = codes(frame).copy()
            yield struct.pack(">IIII", frame.shape[1], frame.shape[0], 0, 0), _compressed(frame)
            continue
        differs, (down, across) = changed(codes(frame), before)
        size = (across.stop - across.start, down.stop - down.start)
        pixels = np.where(differs[..., None], frame[down, across], 0)
        before[down, across] = codes(frame)[down, across]
        yield struct.pack(">IIII", *size, across.start, down.start), _compressed(pixels) if differs.any() else b""


def _compressed(pixels: Frame) -> bytes:
    rows = pixels.reshape(len(pixels), -1)
    return zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes(), 6)  # each row begins with its filter: none
