"""What the tests of the search evaluate: functions of parameters, in a module that other processes can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from optiviz.threads import threads_here


def bowl(parameters):
    """A number that depends on every bit of the parameters, and on how many threads add."""
    generator = np.random.default_rng(int(1e6 * parameters["lr"]))
    return {"loss": float((generator.normal(size=(200, 200)) @ generator.normal(size=200)).sum()), "epochs": 3}


def raising(parameters):
    """Whatever the parameter `end` names."""
    return {
        "done": lambda: {"loss": np.float32(0.5), "right": np.int64(3)},
        "nan": lambda: {"loss": float("nan")},
        "overflow": lambda: {"loss": (1e300) ** 2},
        "value": lambda: int("one"),
        "slip": lambda: {"loss": 1 + "1"},
        "nothing": lambda: None,
        "words": lambda: {"loss": "low"},
        "disk": lambda: open("/nowhere/at/all"),
        "memory": lambda: (_ for _ in ()).throw(MemoryError()),
        "exit": lambda: os._exit(3),
        "leave": lambda: exit(),
    }[parameters["end"]]()


def killed_once(parameters):
    """Trial 1 is killed the first time; every trial notes that it ran."""
    mark = Path(parameters["folder"], f"{parameters['k']}")
    with mark.open("a") as file:
        file.write("x")
    if parameters["k"] == 1 and mark.stat().st_size == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"loss": parameters["k"]}


def waiting(parameters):
    """Trial 0 ends at once; the others note their process and wait to be let go."""
    folder = Path(parameters["folder"])
    with Path(folder, "ran").open("a") as file:
        file.write(f"{parameters['k']}\n")
    if parameters["k"]:
        Path(folder, f"{os.getpid()}.pid").touch()
        while not Path(folder, "go").exists():
            time.sleep(0.02)
    return {"loss": parameters["k"]}


def threads(parameters):
    """How many threads it may use, of ours and of the linear algebra library's."""
    np.ones((2, 2)) @ np.ones((2, 2))
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {"ours": threads_here(), "blas": max(blas)}
