"""Animations beside Matplotlib's FuncAnimation of the same figure, whole processes; and the memory of long ones."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.func_animation import FPS, SIZE, STEPS
from benchmarks.interleaved import ratio

COMMON = f"-s rosenbrock --steps {STEPS} --size {SIZE[0]}x{SIZE[1]} --fps {FPS} -q --force -o".split()
OURS = {"one": ["animate", "adam"], "four": ["race", "gd", "momentum", "rmsprop", "adam"]}
NAMES = {"one": "contour, loss and memory", "four": "a race of four"}

MEMORY = """
from optiviz import adam, minimize, rosenbrock
from optiviz.plot import film, picture
run = minimize(rosenbrock, adam(lr=0.3), steps={frames} - 1)
film(picture(run, rosenbrock.sample(), size={size}), "{path}", fps=25, most={frames})
"""


def picture_rows(rounds: int = 5) -> Iterator[str]:
    """Whole processes, from the command line to the file."""
    with tempfile.TemporaryDirectory() as folder:
        for what, suffix in (("one", ".gif"), ("four", ".gif"), ("one", ".mp4")):
            ours, peer = (Path(folder) / f"{whose}{suffix}" for whose in ("ours", "peer"))

            def run(*command: str) -> None:
                subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)

            yield ratio(
                f"{STEPS + 1} frames, {NAMES[what]}, {suffix} / FuncAnimation",
                lambda: run("optiviz", *OURS[what], *COMMON, str(ours)),  # noqa: B023
                lambda: run("benchmarks.func_animation", what, str(peer)),  # noqa: B023
                rounds,
            )
            sizes = ours.stat().st_size, peer.stat().st_size
            yield f"| its file | {sizes[0]:,} B | {sizes[1]:,} B | {sizes[0] / sizes[1]:.3g} | |"
        for suffix in (".gif", ".apng", ".webp", ".mp4"):
            short, long = (peak(frames, Path(folder) / f"long{suffix}") for frames in (200, 2000))
            yield (
                f"| peak memory of 2,000 frames, {suffix} / of 200 | {long / 1e6:.0f} MB | {short / 1e6:.0f} MB "
                f"| {long / short:.3g} | |"
            )


def peak(frames: int, path: Path) -> int:
    """The most bytes that a process held which wrote an animation; of its ffmpeg or of itself, which held more."""
    code = MEMORY.format(frames=frames, path=path, size=SIZE)
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"writing {path.name} failed")
    return usage.ru_maxrss * 1024


if __name__ == "__main__":
    for row in picture_rows():
        print(row, flush=True)
