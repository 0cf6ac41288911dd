"""Runs every benchmark and prints the table that benchmarks/RESULTS.md keeps."""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.interleaved import ratio
from optiviz import adam, minimize, rosenbrock


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
    for size in (10_000, 1_000_000):
        rng = np.random.default_rng(0)
        theta, g = rng.standard_normal((2, size), dtype=np.float32)
        state = adam.init(theta)
        m, v, scratch = np.zeros_like(theta), np.zeros_like(theta), np.empty(16_384, np.float32)

        def ours(theta=theta, g=g, state=state):
            adam.step(theta, g, state)

        def hand(theta=theta, g=g, m=m, v=v, scratch=scratch):
            by_hand(theta, g, m, v, 3, scratch)

        def plain(theta=theta, g=g, m=m, v=v):
            adam(theta, g, 3, m, v)

        rows.append(ratio(f"Adam step on {size:,} float32 / the same in place by hand", ours, hand, 101))
        rows.append(ratio(f"Adam step on {size:,} float32 / the rule called plainly", ours, plain, 51))
    return rows


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
    for row in replay_rows():
        print(row)
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


if __name__ == "__main__":
    main()
