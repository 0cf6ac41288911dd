"""An animated GIF: one palette for all frames, exact colours for what matters, and of each frame what changed.

A GIF has at most 256 colours. Flat colours keep their exact value and the rest share what is left, so a red
marker stays red. The format is that of GIF89a (CompuServe 1990); Pillow compresses the pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from optiviz.files import MARK
from optiviz.plot.writers.reel import Frame, Patch, Reel, codes, durations, patches, standing

__all__ = ["write_gif"]

EXACT = 160
"""How many palette entries go to the most frequent colours, after those that must be exact."""

FLAT = 8
"""A colour of fewer pixels than this is not among them, but one of a ramp's."""

UNCHANGED = 255
"""The palette entry that shows what stood there before; no colour is given to it."""

RGB = np.uint32(0xFFFFFF)

Pixels = npt.NDArray[np.uint8]


def write_gif(path: Path, reel: Reel) -> None:
    """Write an animation that loops; only what changed since the last frame is stored, and only one frame is held."""
    width, height = reel.size
    palette = _palette(reel.samples(), reel.colours)
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + palette.tobytes())
        file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # again and again
        file.write(b"\x21\xfe" + bytes([len(MARK)]) + MARK.encode() + b"\x00")
        nearest = _Nearest(palette)
        images = (None if patch is None else _image(patch, nearest) for patch in patches(reel.frames()))
        for image, stands in standing(images, durations(reel, unit=0.01, least=2)):  # viewers slow down what is shorter
            file.write(_timed(image, stands))
        file.write(b"\x3b")


def _timed(image: bytes, hundredths: int) -> bytes:
    """An image with how long it stands; it lies on the one before."""
    return b"\x21\xf9\x04\x05" + struct.pack("<HBB", min(hundredths, 0xFFFF), UNCHANGED, 0) + image


def _image(patch: Patch, nearest: _Nearest) -> bytes:
    """The box of a patch, compressed; where it is not new, what stood there before is seen."""
    height, width = patch.new.shape
    pixels = np.full(patch.new.shape, UNCHANGED, np.uint8)
    pixels[patch.new] = nearest(codes(patch.pixels)[patch.new])
    compressed = Image.fromarray(pixels).tobytes("gif", "L", 8, 0)
    return struct.pack("<BHHHHBB", 0x2C, patch.left, patch.top, width, height, 0, 8) + compressed + b"\x00"


class _Nearest:
    """The palette entry nearest to each colour; the table is filled as colours turn up."""

    def __init__(self, palette: Frame) -> None:
        self.entries = palette[:UNCHANGED].astype(np.float32)  # squares and sums are whole numbers below 2**24
        self.table = np.full(1 << 24, UNCHANGED, np.uint8)  # which stands for not yet known

    def __call__(self, colours: npt.NDArray[np.uint32]) -> Pixels:
        found: Pixels = self.table[colours & RGB]
        new = found == UNCHANGED
        if new.any():
            for part in _parts(np.unique(colours[new] & RGB)):
                squares = (self.entries**2).sum(axis=1) - 2 * _bytes(part).astype(np.float32) @ self.entries.T
                self.table[part] = squares.argmin(axis=1)
            found = self.table[colours & RGB]
        return found


def _parts(colours: npt.NDArray[np.uint32]) -> list[npt.NDArray[np.uint32]]:
    return np.array_split(colours, len(colours) // 4096 + 1)


def _palette(samples: Iterable[Frame], exact: Frame) -> Frame:
    """256 colours (256, 3): those wanted and the frequent ones exactly, the rest by median cut, the last unused."""
    first, *later = (codes(frame).copy() for frame in samples)
    pixels = np.concatenate([first.ravel(), *(frame[frame != first] for frame in later)])
    present, counts = np.unique(pixels & RGB, return_counts=True)
    wanted = np.unique(_whole(exact))[:EXACT]
    counts[np.isin(present, wanted)] = 0
    present = present[np.argsort(-counts, kind="stable")][: np.count_nonzero(counts)]
    flat = min(np.count_nonzero(counts >= FLAT), EXACT)
    kept, rest = np.concatenate([wanted, present[:flat]])[:UNCHANGED], present[flat:]
    room = UNCHANGED - len(kept)
    if len(rest) > room > 0:
        strip = Image.fromarray(_bytes(rest)[None])
        cut = strip.quantize(room, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
        rest = _whole(np.array(cut, np.uint8).reshape(-1, 3)[:room])
    palette = _bytes(np.unique(np.concatenate([kept, rest[:room]])))
    return np.vstack([palette, np.broadcast_to(palette[-1:], (256 - len(palette), 3))])


def _bytes(colours: npt.NDArray[np.uint32]) -> Frame:
    """Colours (n,) as their red, green and blue (n, 3)."""
    return np.ascontiguousarray(colours).view(np.uint8).reshape(-1, 4)[:, :3]


def _whole(colours: Frame) -> npt.NDArray[np.uint32]:
    """Red, green and blue (n, 3) as one number each (n,)."""
    return np.pad(colours, ((0, 0), (0, 1))).view("<u4")[:, 0]
