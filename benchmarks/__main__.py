"""Runs every benchmark and prints the table that benchmarks/RESULTS.md keeps."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.interleaved import Elsewhere, Peer, ratio
from benchmarks.losses import loss_rows
from benchmarks.pictures import picture_rows
from optiviz import adam, minimize, rosenbrock
from optiviz.descent import descend
from optiviz.trace.replay import BLOCK

PEER = "OPTIVIZ_PEER_PYTHON"
"""Names the interpreter of a Python that has torch."""

SIZES = {10_000: 301, 1_000_000: 51, 10_000_000: 11}
"""Numbers of weights, and how often a step on them is timed."""


def process(*command: str) -> None:
    subprocess.run([sys.executable, *command], check=True, capture_output=True)


def by_hand(theta, g, m, v, t, scratch, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam in place, as a careful person writes it, in the same blocks."""
    block = len(scratch)
    for start in range(0, theta.size, block):
        part = slice(start, start + block)
        theta_, g_, m_, v_ = theta[part], g[part], m[part], v[part]
        s = scratch[: theta_.size]
        m_ *= beta1
        np.multiply(g_, 1 - beta1, out=s)
        m_ += s
        v_ *= beta2
        np.multiply(g_, g_, out=s)
        s *= 1 - beta2
        v_ += s
        np.multiply(v_, 1 / (1 - beta2**t), out=s)
        np.sqrt(s, out=s)
        s += eps
        np.divide(m_, s, out=s)
        s *= lr / (1 - beta1**t)
        theta_ -= s


def replay_rows() -> list[str]:
    rows = []
    for size, rounds in SIZES.items():
        rng = np.random.default_rng(0)
        theta, g = rng.standard_normal((2, size), dtype=np.float32)
        state = adam.init(theta)
        m, v, scratch = np.zeros_like(theta), np.zeros_like(theta), np.empty(min(BLOCK, size), np.float32)

        def ours(theta=theta, g=g, state=state):
            adam.step(theta, g, state)

        def hand(theta=theta, g=g, m=m, v=v, scratch=scratch):
            by_hand(theta, g, m, v, 3, scratch)

        def plain(theta=theta, g=g, m=m, v=v):
            adam(theta, g, 3, m, v)

        rows.append(ratio(f"Adam step on {size:,} float32 / the same in place by hand", ours, hand, rounds))
        if size <= 1_000_000:
            rows.append(ratio(f"Adam step on {size:,} float32 / the rule called plainly", ours, plain, 51))
    return rows


def many_starts(dtype):
    """A hundred thousand runs of 200 steps, theta's path kept."""
    starts = np.random.default_rng(0).uniform(-1, 1, (2, 100_000)).astype(dtype)
    path = np.empty((201, *starts.shape), dtype)

    def run():
        theta = starts.copy().T  # coordinate by coordinate in memory
        arena = rosenbrock.arena
        for look in descend(rosenbrock.value_and_gradient, adam(lr=0.01), theta, steps=200, arena=arena):
            path[look.t] = theta.T

    return run


def peer_rows(peer: Peer) -> Iterator[str]:
    """The same work by autograd and torch.optim.Adam, on one thread too."""
    yield ratio(
        "10,000 recorded Adam steps from one start / torch",
        lambda: minimize(rosenbrock, adam(lr=0.01), steps=10_000),
        Elsewhere(peer, "one start"),
        7,
    )
    for dtype in ("float32", "float64"):
        name = f"200 Adam steps from 100,000 starts in {dtype}, path kept / torch"
        yield ratio(name, many_starts(dtype), Elsewhere(peer, f"many starts in {dtype}"), 9)
    for size, rounds in SIZES.items():
        theta, g = np.random.default_rng(0).standard_normal((2, size), dtype=np.float32)
        state = adam.init(theta)

        def ours(theta=theta, g=g, state=state):
            adam.step(theta, g, state)

        yield ratio(f"Adam step on {size:,} float32 / torch", ours, Elsewhere(peer, f"step on {size}"), rounds)


def main() -> None:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "matplotlib", "sympy", "click"))
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {versions}\n")
    print("| what / peer | optiviz | peer | ratio | spread (10 % to 90 %) |\n| --- | --- | --- | --- | --- |")
    click = ("-c", "import click")
    print(
        ratio(
            "`optiviz --help` / `python -c 'import click'`",
            lambda: process("-m", "optiviz", "--help"),
            lambda: process(*click),
        )
    )
    print(
        ratio(
            "`optiviz derive bce` / `python -c 'import numpy, click'`",
            lambda: process("-m", "optiviz", "derive", "bce"),
            lambda: process("-c", "import numpy, click"),
        )
    )
    for row in (*replay_rows(), *loss_rows()):
        print(row)
    if python := os.environ.get(PEER):
        with Peer(python) as peer:
            for row in peer_rows(peer):
                print(row, flush=True)
            print(f"| (the peer: {peer.told('who')}) |")
    else:
        print(f"| (no rows against torch: {PEER} names no Python that has it) |")
    array = np.array([rosenbrock.start])
    point = lambda: minimize(rosenbrock, adam(lr=0.5), steps=2000)  # noqa: E731
    print(
        ratio(
            "2000 recorded steps from one start on floats / on arrays",
            point,
            lambda: minimize(rosenbrock, adam(lr=0.5), array, steps=2000),
            7,
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        picture = ("-m", "optiviz", "animate", "adam", "-s", "rosenbrock", "-q", "-o", str(Path(folder) / "a.gif"))
        libraries = ("-c", "import numpy, matplotlib.figure, sympy, click")
        print(
            ratio(
                "the headline command / importing its libraries",
                lambda: process(*picture),
                lambda: process(*libraries),
                5,
            )
        )
    for row in picture_rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
