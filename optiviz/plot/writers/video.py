"""MP4 and WebM, by ffmpeg: the one on the PATH, or the one that comes with the extra `video`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from optiviz.files import MARK
from optiviz.plot.writers.reel import HOLD, Reel

__all__ = ["find_ffmpeg", "write_video"]

CODECS = {
    ".mp4": "-c:v libx264 -preset veryfast -tune animation -crf 18 -movflags +faststart",
    ".webm": "-c:v libvpx-vp9 -crf 24 -b:v 0 -deadline realtime -cpu-used 6 -row-mt 1",
}

EXACTLY = "-threads 2 -fflags +bitexact -flags:v +bitexact -map_metadata -1"
"""The number of threads changes the bytes, and so would the date and the version."""

HELD = f"tpad=stop_mode=clone:stop_duration={HOLD:g},pad=ceil(iw/2)*2:ceil(ih/2)*2"
"""The last frame stands for a while, and both sides are even, as the colours of a video want it."""

COLOURS = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
TAGS = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"


def find_ffmpeg() -> str:
    """Where ffmpeg is.

    Raises:
        ValueError: it is nowhere.
    """
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        raise ValueError(
            "a video needs ffmpeg, which is not on the PATH: install it, or write "
            "pip install 'optiviz-toolkit[video]'; .gif, .apng and .webp need neither"
        ) from None
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def write_video(path: Path, reel: Reel) -> None:
    """Write a video; its frames go to ffmpeg as they are made.

    Raises:
        ValueError: there is no ffmpeg.
        OSError: it could not write the file.
    """
    width, height = reel.size
    source = f"-f rawvideo -pix_fmt rgba -s {width}x{height} -framerate {reel.fps:g} -i -".split()
    coded = ["-vf", f"{HELD},{COLOURS}", *f"{TAGS} {CODECS[path.suffix.lower()]} {EXACTLY}".split()]
    command = [find_ffmpeg(), *"-hide_banner -loglevel error -nostdin -y".split(), *source, *coded]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "-metadata", f"comment={MARK}", str(path)], stdin=subprocess.PIPE, stderr=said
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # it has ended by itself, and said why
                for frame in reel.frames():
                    process.stdin.write(frame.data)
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines() or [f"exit {process.returncode}"]
            raise OSError(f"ffmpeg could not write {path.suffix}: {words[-1]}")
