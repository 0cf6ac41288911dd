"""A step of training beside torch's, on one core and on two, and what whole programs take in time and memory.

    OPTIVIZ_PEER_PYTHON=path/to/python python -m benchmarks.networks [--net A] [--batch 128] [--threads 2] [--rounds 9]

Both sides are programs that wait for their turn: some steps here, as many there, and so on. A turn begins when the
threads of the other side sleep: those of torch look out for work for ten milliseconds after their last.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.interleaved import Peer, spread
from benchmarks.nets import NETS, batches_for, model_of

PEER = "OPTIVIZ_PEER_PYTHON"
OURS, THEIRS = "benchmarks.nets", "benchmarks.torch_nets"

TURN = 5
"""Steps of a turn; the turn counts by its median."""

REST = 0.02
"""Seconds before each turn."""

LONG = 50
"""Steps of a whole program that is timed."""


class Row(NamedTuple):
    """What is measured, and how many times as fast, or as small, as torch it must be, and is wanted to be."""

    net: str
    batch: int
    threads: int
    must: float
    aim: float
    rounds: int

    def line(self, what: str, pairs: Sequence[tuple[float, float]], unit: str) -> str:
        """A line of the table, of pairs (torch, ours)."""
        torch, ours = (f"{statistics.median(column):,.4g} {unit}" for column in zip(*pairs, strict=True))
        ratios = [torch / ours for torch, ours in pairs]
        found = f"{statistics.median(ratios):.3g} | {spread(ratios)} | {self.must} | {self.aim}"
        return f"| {what} of {self.net}, batch {self.batch} | {self.threads} | {torch} | {ours} | {found} |"


STEPS = [
    *(Row("A", n, threads, 1.2, 1.8, 41) for n in (32, 128) for threads in (1, 2)),
    *(Row("B", n, 1, 0.75, 1.0, 11) for n in (32, 128)),
    Row("B", 128, 2, 0.65, 1.2, 11),
    *(Row("C", n, threads, 1.5, 2.0, 41) for n in (32, 128) for threads in (1, 2)),
]
PROGRAMS = [Row("A", 32, 2, 5, 8, 7)]
MEMORY = [Row(net, n, 2, must, aim, 3) for net, must, aim in (("A", 4, 6), ("B", 2, 3)) for n in (32, 128)]


def steps_of(row: Row, side: Peer, count: int) -> list[float]:
    """The seconds of some steps."""
    return [float(said) for said in side.told(f"{row.net} {row.batch} {row.threads} {count}").split()]


def step_line(row: Row, theirs: Peer, ours: Peer) -> str:
    def turn(side: Peer) -> float:
        time.sleep(REST)
        return statistics.median(steps_of(row, side, TURN)) * 1e3

    turn(theirs), turn(ours)  # warm up
    return row.line("step", [(turn(theirs), turn(ours)) for _ in range(row.rounds)], "ms")


def program_line(row: Row, python: str) -> str:
    """Of whole programs, from the start of the interpreter to its end."""

    def program(python: str, module: str) -> float:
        begin = time.perf_counter()
        with Peer(python, module) as side:
            steps_of(row, side, LONG)
        return time.perf_counter() - begin

    pairs = [(program(python, THEIRS), program(sys.executable, OURS)) for _ in range(row.rounds)]
    return row.line(f"whole program, {LONG} steps", pairs, "s")


def memory_line(row: Row, python: str) -> str:
    def peak(python: str, module: str) -> float:
        with Peer(python, module) as side:
            steps_of(row, side, TURN)
            return peak_memory(side.process.pid)

    pairs = [(peak(python, THEIRS), peak(sys.executable, OURS)) for _ in range(row.rounds)]
    return row.line("peak memory", pairs, "MB")


def peak_memory(pid: int) -> float:
    """The most memory that a process has had so far, in MB; only Linux tells that of another process."""
    status = Path(f"/proc/{pid}/status")
    said = status.read_text().partition("VmHWM:")[2] if status.exists() else "nan"
    return float(said.split()[0]) / 1024


def difference(net: str, theirs: Peer) -> float:
    """How much torch's loss and gradients in float64 differ from ours, for the same weights and batch."""
    model = model_of(net, threads=2, rate=0.0, dtype=np.float64)
    rng = np.random.default_rng(0)
    model.theta += 0.01 * rng.standard_normal(model.theta.shape)  # no bias is 0
    ((x, y),) = batches_for(net, 8, np.float64, count=1)
    loss, _ = model.value_and_grad(x, y, NETS[net].loss, rng)
    places = [(layer, name) for layer in model.layers for name in layer.gradients]
    weights = {f"weight{i}": layer.arrays[name] for i, (layer, name) in enumerate(places)}
    gradients = {f"gradient{i}": layer.gradients[name] for i, (layer, name) in enumerate(places)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.npz"
        np.savez(path, x=x, y=y, loss=loss, **weights, **gradients)
        return float(theirs.told(f"check {net} {path}"))


def checked(nets: Sequence[str], theirs: Peer) -> Iterator[str]:
    """What the networks are, after a look that both sides compute the same."""
    for net in nets:
        found = difference(net, theirs)
        yield f"- {net}: {NETS[net].layers.__doc__} In float64 loss and gradients differ by {found:.1e}."
        if not found < 1e-9:
            sys.exit("these are not the same network")


def busy() -> str:
    """How many threads wanted a core in the last minute: beside the work of others, two threads tell little."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def wanted(rows: Sequence[Row], said: argparse.Namespace) -> list[Row]:
    """The rows that were asked for."""
    names = [name for name in ("net", "batch", "threads") if getattr(said, name) is not None]
    rows = [row for row in rows if all(getattr(row, name) == getattr(said, name) for name in names)]
    return [row._replace(rounds=said.rounds) for row in rows] if said.rounds else rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__.partition("\n")[0])
    parser.add_argument("--net", choices=NETS)
    for name in ("--batch", "--threads", "--rounds"):
        parser.add_argument(name, type=int)
    parser.add_argument("--check", action="store_true", help="only see that both sides compute the same")
    parser.add_argument("--steps", action="store_true", help="only steps, no whole programs")
    said = parser.parse_args()
    python = os.environ.get(PEER)
    if not python:
        sys.exit(f"no peer: {PEER} names no Python that has torch")
    with Peer(python, THEIRS) as theirs, Peer(sys.executable, OURS) as ours:
        print(f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()},")
        print(f"numpy {np.__version__}; the peer {theirs.told('who')}; load {busy()}\n")
        for text in checked([said.net] if said.net else [*NETS], theirs):
            print(text, flush=True)
        if said.check:
            return
        print("\n| what | threads | torch | optiviz | torch / optiviz | spread (10 % to 90 %) | must | aim |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for row in wanted(STEPS, said):
            print(step_line(row, theirs, ours), flush=True)
    if not said.steps:
        for row in wanted(PROGRAMS, said):
            print(program_line(row, python), flush=True)
        for row in wanted(MEMORY, said):
            print(memory_line(row, python), flush=True)


if __name__ == "__main__":
    main()
