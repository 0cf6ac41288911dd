"""What holds a stranger's program: bounds to what it takes, and the end of all that it has started.

It is no wall. The program may do what its user may do, and one that leaves its session with an empty
environment outlives it. Processes that left the session are found on Linux only; elsewhere it is the group that
ends, on Windows the one process. Memory is bounded on Linux, nothing on Windows, and the number of processes
never for the superuser.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["MARK", "end", "limit"]

MARK = "OPTIVIZ_CHECK"
"""The variable of the environment by which all that the program starts is found."""

FILE = 100_000_000
"""How many bytes a file may have that the program writes."""
PROCESSES = 100
"""How many processes and threads it may start, beside all that its user has."""

PATIENCE = 2.0
"""Seconds for which processes that go on starting others are hunted."""


def limit(timeout: float, memory: int) -> None:
    """Bound this process and what it starts, as far as the system can.

    Args:
        timeout: seconds of the processor.
        memory: bytes on top of what there is.
    """
    with suppress(ImportError):  # Windows has no limits
        import resource

        bounds = {
            resource.RLIMIT_CPU: math.ceil(timeout) + 1,
            resource.RLIMIT_FSIZE: FILE,
            resource.RLIMIT_CORE: 0,
        }
        with suppress(OSError):  # only Linux says what there is
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            bounds |= {resource.RLIMIT_AS: used + memory, resource.RLIMIT_NPROC: _threads() + PROCESSES}
        for what, most in bounds.items():
            before = resource.getrlimit(what)
            most = most if before[1] == resource.RLIM_INFINITY else min(most, before[1])
            with suppress(OSError, ValueError):
                resource.setrlimit(what, (most, before[1]))
                if what == resource.RLIMIT_NPROC and not _may_start():  # the user has others, where we cannot look
                    resource.setrlimit(what, before)
                    continue
                resource.setrlimit(what, (most, most))


def end(process: subprocess.Popen[bytes], mark: str) -> None:
    """End a process and all that it has started; the mark is what its environment has under MARK."""
    with suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + PATIENCE
    while (left := _marked(f"{MARK}={mark}".encode())) and time.monotonic() < until:
        for how in (signal.SIGSTOP, signal.SIGKILL):  # stopped, none starts another while its turn comes
            for pid in left:
                with suppress(OSError):
                    os.kill(pid, how)
        time.sleep(0.002)


def _marked(mark: bytes) -> list[int]:
    """The processes with that in their environment; none where the system does not tell."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # another user's, or gone
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


def _threads() -> int:
    """How many threads the processes of this user have."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.stat().st_uid == os.getuid():
                count += len(os.listdir(process / "task"))
    return count


def _may_start() -> bool:
    """May this process start another, or a thread?"""
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        return False
    return True
