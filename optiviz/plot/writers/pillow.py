"""WebP and AVIF, by Pillow."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from optiviz.files import MARK
from optiviz.plot.writers.reel import Reel, durations

__all__ = ["write_avif", "write_webp"]


LOSSLESS = {"lossless": True, "quality": 30, "method": 2, "kmin": 9000, "kmax": 10_000}
"""A lower method gives files sixteen times as large, a higher one takes longer; key frames are of no use here."""


def write_webp(path: Path, reel: Reel) -> None:
    """Write an animation that loops, with all its colours."""
    pauses = durations(reel, unit=0.001)
    _Sequence(reel).save(path, "WEBP", save_all=True, duration=pauses, loop=0, xmp=MARK.encode(), **LOSSLESS)


def write_avif(path: Path, reel: Reel) -> None:
    """Write an animation; its colours are nearly exact."""
    pauses = durations(reel, unit=0.001)
    data = BytesIO()
    _Sequence(reel).save(
        data, "AVIF", save_all=True, duration=pauses, quality=80, subsampling="4:4:4", speed=9, xmp=MARK.encode()
    )
    path.write_bytes(_undated(data.getvalue()))


def _undated(data: bytes) -> bytes:
    """An AVIF sequence without the times at which it was made and changed, which are twice eight bytes in three boxes.

    The boxes are those of ISO/IEC 14496-12 in their version 1: a name, four bytes of version and flags, the times.
    """
    for box in (b"mvhd\x01", b"tkhd\x01", b"mdhd\x01"):
        if (at := data.find(box)) >= 0:
            data = data[: at + 8] + bytes(16) + data[at + 24 :]
    return data


class _Sequence(Image.Image):
    """A reel as Pillow sees it: an image of many frames, each of which is made when it is sought."""

    def __init__(self, reel: Reel) -> None:
        super().__init__()
        self.n_frames, self.is_animated = len(reel.looks), len(reel.looks) > 1
        self._mode, self._size = "RGB", reel.size
        self._frames, self._at = reel.frames(), -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Go on to a frame; to go back to one is not needed by who writes a file."""
        if frame >= self.n_frames:
            raise EOFError(f"there are {self.n_frames} frames")
        while self._at < frame:
            shot = next(self._frames)
            self._at += 1
            self.im = Image.frombytes("RGB", self._size, shot.tobytes(), "raw", "RGBX").im

    def tell(self) -> int:
        """The frame that is there now."""
        return self._at
