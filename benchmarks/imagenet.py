"""The networks of ImageNet on one real image: forward and back, in seconds and megabytes.

    python -m benchmarks.imagenet [alexnet vgg16 googlenet] [--image photograph.png] [--threads 2]

Each is a program of its own, so that its peak of memory is its own. No weights are trained here: what is seen is that
the networks run, what they need for it, and that every weight hears from the loss.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from optiviz import losses, models

NAMES = ("alexnet", "vgg16", "googlenet")

HEAD = """\
| model | weights | made | forward, back, first | again | weights alone | peak memory |
| --- | --- | --- | --- | --- | --- | --- |"""


def photograph(path: str | None, shape: tuple[int, ...]) -> np.ndarray:
    """A batch of one image (1, H, W, 3), its channels of mean 0 and variance 1; by default one of Matplotlib's."""
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    with Image.open(Path(path) if path else get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        pixels = np.asarray(image.convert("RGB").resize(shape[1::-1]), np.float32)[None]
    return (pixels - pixels.mean((1, 2))) / pixels.std((1, 2))


def row(name: str, image: str | None, threads: int | None) -> str:
    """A line of the table: the network, made, and two steps of training without the update."""
    begin = time.perf_counter()
    network = models.called(name)
    model = network(threads=threads)
    seconds = [time.perf_counter() - begin]
    x, y, rng = photograph(image, network.shape), np.array([652]), np.random.default_rng(0)
    for _ in range(2):
        begin = time.perf_counter()
        loss, gradient = model.value_and_grad(x, y, losses.sparse_cce, rng)
        seconds.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes, on Linux
    silent = [str(shape) for shape, g in zip(model.layout, parts(gradient, model.layout), strict=True) if not g.any()]
    if not np.isfinite(loss) or silent:
        sys.exit(f"{name}: a loss of {loss}, and no gradient in {', '.join(silent) or 'no weight'}")
    made, first, again = seconds
    memory = f"{model.theta.nbytes / 2**20:,.0f} MB | {peak:,.0f} MB"
    return f"| {name} | {model.theta.size:,} | {made:.2f} s | {first:.2f} s | {again:.2f} s | {memory} |"


def parts(flat: np.ndarray, layout: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The gradients weight by weight."""
    return np.split(flat, np.cumsum([np.prod(shape, dtype=int) for shape in layout])[:-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imagenet", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--image", help="a photograph; one of Matplotlib's, if none is given")
    parser.add_argument("--threads", type=int)
    said = parser.parse_args()
    if len(said.names) == 1:
        print(row(said.names[0], said.image, said.threads))
        return
    print(HEAD, flush=True)
    options = [f"--{name}={value}" for name in ("image", "threads") if (value := getattr(said, name)) is not None]
    for name in said.names or NAMES:
        subprocess.run([sys.executable, "-m", "benchmarks.imagenet", name, *options], check=True)


if __name__ == "__main__":
    main()
