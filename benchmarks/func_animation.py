"""The same figure animated by Matplotlib's own FuncAnimation, in a process of its own: WHAT FILE."""

from __future__ import annotations

import sys
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter

from optiviz import adam, gd, minimize, momentum, race, rmsprop, rosenbrock
from optiviz.experiments import suited_lr, with_lr
from optiviz.plot import Picture, picture, race_picture
from optiviz.plot.writers.video import find_ffmpeg

STEPS, SIZE, FPS = 199, (960, 480), 25


def one() -> Picture:
    run = minimize(rosenbrock, with_lr(adam, suited_lr(adam, rosenbrock)), steps=STEPS)
    return picture(run, rosenbrock.sample(), size=SIZE)


def four() -> Picture:
    return race_picture(race(rosenbrock, [gd, momentum, rmsprop, adam], steps=STEPS), rosenbrock.sample(), size=SIZE)


def main(make: Callable[[], Picture], path: str) -> None:
    drawn = make()
    for artist in drawn.moving:
        artist.set_animated(False)

    def update(look: int) -> list[object]:
        drawn.show(look)
        return drawn.moving

    with drawn.settings():
        mpl.rcParams["animation.ffmpeg_path"] = find_ffmpeg() if path.endswith(".mp4") else "ffmpeg"
        writer = FFMpegWriter(fps=FPS) if path.endswith(".mp4") else PillowWriter(fps=FPS)
        FuncAnimation(drawn.figure, update, frames=drawn.looks, interval=1000 / FPS).save(path, writer=writer)


if __name__ == "__main__":
    main({"one": one, "four": four}[sys.argv[1]], sys.argv[2])
