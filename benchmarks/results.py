"""What the course's networks reach on real data: each trained from three seeds, by the command that a user types.

    make results                       (or python -m benchmarks.results [--row sms-spam] [--page])

The published files are read from OPTIVIZ_DATA, else downloaded. What a run reached is kept in benchmarks/results.json
as soon as it is over, and a run that is there is not repeated; to measure anew, remove its entry. docs/results.md is
the page of what stands there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "results.md"
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        title: the data and the network, in words.
        options: of `optiviz train`, but for the seed and the folder.
        must: what each figure must reach: accuracy, the F1 of a class, or seconds at most.
        aim: what it is to reach at best.
        threads: how many are used; None for as many as there are cores.
    """

    title: str
    options: str
    must: Mapping[str, float]
    aim: Mapping[str, float]
    threads: int | None = None


ROWS = {
    "shapes": Row(
        "shapes, the default of the command line",
        "shapes",
        {"accuracy": 0.97, "seconds": 20},
        {"accuracy": 0.99, "seconds": 10},
    ),
    "sms-spam": Row(
        "SMS spam, text_cnn, each message once",
        "sms-spam --model text_cnn --optimizer adam:lr=0.001 --schedule one_cycle --epochs 12 --batch-size 32",
        {"accuracy": 0.98, "spam F1": 0.93},
        {"accuracy": 0.99, "spam F1": 0.96},
    ),
    "fashion-mnist": Row(
        "Fashion-MNIST, fashion_cnn, all 60,000 images",
        "fashion-mnist --model fashion_cnn --optimizer adam:lr=0.001 --schedule one_cycle --epochs 16 --batch-size 64 "
        "--augment flip",
        {"accuracy": 0.90, "seconds": 300},
        {"accuracy": 0.92, "seconds": 300},
    ),
    "cifar-10": Row(
        "CIFAR-10, cifar_vgg, the first batch alone: 10,000 images",
        "cifar-10 --model cifar_vgg --optimizer adam:lr=0.002 --schedule 'warmup:steps=300 >> cosine:steps=3468' "
        "--epochs 24 --batch-size 64 --augment 'flip >> shift:by=0.1'",
        {"accuracy": 0.65},
        {"accuracy": 0.72},
        threads=1,
    ),
}


def measured(name: str, seed: int) -> dict[str, Any]:
    """One run: the command, from its start to the last picture."""
    row = ROWS[name]
    environment = dict(os.environ)
    if row.threads:
        environment["OPTIVIZ_THREADS"] = str(row.threads)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "optiviz", "train", *shlex.split(row.options), "--seed", str(seed)]
        begin = time.perf_counter()
        done = subprocess.run(
            [*command, "-o", f"{folder}/run", "--json"], env=environment, stdout=subprocess.PIPE, check=True, text=True
        )
        seconds = time.perf_counter() - begin
    facts = json.loads(done.stdout)
    f1 = {f"{name} F1": figures["f1"] for name, figures in facts["classes"].items() if f"{name} F1" in row.must}
    return {"accuracy": facts["accuracy"], "loss": facts["loss"], "seconds": seconds, **f1, "machine": machine()}


def machine() -> str:
    """Where it was measured, in words."""
    import numpy as np

    import optiviz

    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"optiviz {optiviz.__version__}"
    )


def page(record: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """docs/results.md."""
    lines = [
        HEAD,
        "| data, network | figure | mean | spread over the seeds | must | aim |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in ROWS.items():
        runs = [*record.get(name, {}).values()]
        for i, figure in enumerate(row.must):
            cells = [row.title if i == 0 else "", figure, *_spread([run.get(figure) for run in runs])]
            bounds = [_number(bounds[figure], figure) for bounds in (row.must, row.aim)]
            lines.append(f"| {' | '.join([*cells, *bounds])} |")
    lines += ["", "The commands, with `--seed 0`, `1` and `2`:", "", "```"]
    lines += [
        f"{f'OPTIVIZ_THREADS={row.threads} ' if row.threads else ''}optiviz train {row.options}"
        for row in ROWS.values()
    ]
    machines = sorted({run["machine"] for runs in record.values() for run in runs.values()})
    return "\n".join([*lines, "```", "", *[f"Measured on {where}." for where in machines], ""])


HEAD = """\
# What the networks reach

Each network is trained from three seeds and judged by the test examples of its data. Those of the published sets chose
nothing: the settings were found by a share of the training examples. Seconds, at most, are those of the whole command,
pictures included. `make results` trains what has not been trained yet, an hour or two for all, and writes this page.
The options are explained in [train.md](train.md), the data in [data.md](data.md).
"""


def _spread(values: Sequence[float | None]) -> list[str]:
    """The mean, and the lowest and the highest."""
    known = [value for value in values if value is not None]
    if not known:
        return ["–", "–"]
    figure = "seconds" if max(known) > 1 else ""
    low, mean, high = (_number(value, figure) for value in (min(known), statistics.fmean(known), max(known)))
    return [mean, f"{low} to {high}"]


def _number(value: float, figure: str) -> str:
    return f"{value:.0f}" if figure == "seconds" else f"{value:.4f}".rstrip("0")


def main() -> None:
    """Measure what is not there yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", choices=ROWS, action="append", help="these alone")
    parser.add_argument("--page", action="store_true", help="write the page of what is known, and measure nothing")
    asked = parser.parse_args()
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for name in [] if asked.page else asked.row or ROWS:
        for seed in SEEDS:
            if str(seed) not in record.setdefault(name, {}):
                record[name][str(seed)] = found = measured(name, seed)
                RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
                print(f"{name}, seed {seed}: accuracy {found['accuracy']:.4f}, {found['seconds']:.0f} s", flush=True)
    PAGE.write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main()
