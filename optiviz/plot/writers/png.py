"""PNG: one frame, or an animation (APNG) with all its colours, of each frame only what changed.

The chunks of an animation are those of PNG's third edition (W3C 2025).
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

from optiviz.files import MARK
from optiviz.plot.writers.reel import Patch, Reel, durations, patches, standing

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
    Image.fromarray(np.ascontiguousarray(frame[..., :3])).save(path, format="PNG", pnginfo=mark)


def write_apng(path: Path, reel: Reel) -> None:
    """Write an animation that loops; only one frame is held."""
    with path.open("wb") as file:
        file.write(SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">IIBBBBB", *reel.size, 8, 6, 0, 0, 0))
        _chunk(file, b"tEXt", b"Software\x00" + MARK.encode())
        _chunk(file, b"iTXt", b"Description\x00\x00\x00\x00\x00" + reel.words.encode())
        counted = file.tell()
        _chunk(file, b"acTL", struct.pack(">II", 0, 0))  # how many there are is known in the end
        images = (None if patch is None else _image(patch) for patch in patches(reel.frames()))
        count = 0
        for (place, image), stands in standing(images, durations(reel, unit=0.001)):
            _frame(file, count, place, stands, image)
            count += 1
        _chunk(file, b"IEND", b"")
        file.seek(counted)
        _chunk(file, b"acTL", struct.pack(">II", count, 0))


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


def _image(patch: Patch) -> tuple[bytes, bytes]:
    """The place of a patch's box, and its pixels, compressed; what is not new in it is transparent."""
    height, width = patch.new.shape
    rows = np.where(patch.new[..., None], patch.pixels, 0).reshape(height, -1)
    filtered = np.pad(rows, ((0, 0), (1, 0)))  # each row begins with its filter: none
    return struct.pack(">IIII", width, height, patch.left, patch.top), zlib.compress(filtered.tobytes(), 6)
