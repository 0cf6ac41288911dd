"""Running a stranger's file in a process of its own, with a limit to its time and memory.

What goes there and what comes back is JSON in a folder of ours; what the file prints is kept apart. It holds
against accidents, an endless loop, a forgotten print, a process left behind, and not against an attacker: `fence`
says what is promised and what is not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np

import optiviz
from optiviz.check.experiments import Params, Played, Run
from optiviz.check.fence import MARK, end
from optiviz.formula import FormulaError

__all__ = ["Submission", "Unusable", "answered"]

START = "import sys; sys.path.append(sys.argv[1]); from optiviz.check.child import main; main(sys.argv[2])"
ENVIRONMENT = {
    "MPLBACKEND": "agg",  # a plot at the end of the homework opens no window
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONIOENCODING": "utf-8",
}
KEPT = 4_000
"""How many of the last bytes that a file prints are kept."""

TAMPERED = "the file has changed what is reported of its rule; a rule only computes"


class Unusable(FormulaError):
    """A file from which no rule can be run; `printed` holds the last lines that it printed."""

    def __init__(self, message: str, printed: str = "") -> None:
        super().__init__(message)
        self.printed = printed


@dataclass
class Submission:
    """What the child reports of the student's rule."""

    name: str
    params: dict[str, float]
    slots: dict[str, Any]
    given: dict[str, str]
    refusal: str
    imported: bool
    unread: dict[str, int]
    runs: list[dict[str, Any]] = field(repr=False)
    again: list[Any]

    @classmethod
    def read(cls, reply: Mapping[str, Any], runs: int) -> Submission:
        """What the child has written down, if it is that.

        Raises:
            Unusable: it is something else.
        """
        try:
            found = cls(**reply)
            if len(found.runs) != runs:
                raise ValueError
        except (TypeError, ValueError):
            raise Unusable(TAMPERED) from None
        return found

    def played(self, i: int, run: Run) -> Played:
        """A run as the student's rule made it."""
        try:
            kept = self._read(i, run)
        except (TypeError, KeyError, ValueError):
            raise Unusable(TAMPERED) from None
        if len(kept.theta) != len(run.params) and not run.slots:
            raise Unusable(TAMPERED)
        return kept

    def _read(self, i: int, run: Run) -> Played:
        kept, shape = self.runs[i], run.theta.shape
        theta = [np.array(value, float).reshape(shape) for value in kept["theta"]]
        slots = [[np.array(value, float) for value in values] for values in kept["slots"]]
        return Played(theta, slots, [[(name, np.array(v, float)) for name, v in step] for step in kept["lines"]])

    @property
    def coarse(self) -> dict[str, str]:
        """What comes back as another type than float64 and loses digits by it, and what type that is."""
        kinds: dict[str, str] = self.runs[0].get("kinds", {})
        return {k: v for k, v in kinds.items() if v in ("float16", "float32") or (k == "theta" and "int" in v)}

    def params_in(self, run: Run) -> Params:
        """Its hyperparameters in a run, by their own names and by those of the named rule."""
        found = []
        for numbers in run.params:
            shared = {name: numbers[name] for name in self.given}
            found.append({**self.params, **{self.given[name]: value for name, value in shared.items()}, **shared})
        return found


def answered(plan: Mapping[str, Any], timeout: float, memory: int) -> dict[str, Any]:
    """What the child writes down when it follows the plan.

    Raises:
        Unusable: the file takes too long or too much, ends the program, or is not a rule.
    """
    with TemporaryDirectory(prefix="optiviz-check-") as folder:
        limits = {"timeout": timeout, "memory": memory}
        Path(folder, "plan.json").write_text(json.dumps({**plan, **limits}), encoding="utf-8")
        printed, status = _run(folder, plan["file"], timeout)
        reply = Path(folder, "reply.json")
        if not reply.is_file():
            how = f"was stopped by {_signal(-status)}" if status < 0 else f"ended the program with status {status}"
            raise Unusable(f"{plan['file']}: it {how}, expected a rule that returns", printed)
        found: dict[str, Any] = json.loads(reply.read_text(encoding="utf-8"))
    if "error" in found:
        raise Unusable(found["error"], printed)
    return found


def _run(folder: str, file: str, timeout: float) -> tuple[str, int]:
    """Start the child, wait for its end and see to it; return what it printed and its status."""
    root = str(Path(optiviz.__file__).parents[1])
    child = subprocess.Popen(
        [sys.executable, "-P", "-B", "-W", "ignore", "-c", START, root, folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=os.name != "nt",
        env={**os.environ, **ENVIRONMENT, MARK: folder},
    )
    assert child.stdout is not None
    tail = bytearray()
    reader = threading.Thread(target=_drain, args=(child.stdout, tail), daemon=True)
    reader.start()
    try:
        status = child.wait(timeout)
    except subprocess.TimeoutExpired:
        raise Unusable(
            f"{file}: it was not done after {timeout:g} seconds; is there a loop that does not end?", _text(tail)
        ) from None
    finally:  # also when Ctrl-C ends the waiting
        end(child, folder)
        reader.join(1.0)
        if not reader.is_alive():
            child.stdout.close()
    return _text(tail), status


def _signal(number: int) -> str:
    """A signal by its name and in words."""
    with suppress(ValueError):
        name = signal.Signals(number).name
        return f"{name} ({signal.strsignal(number)})"
    return f"signal {number}"


def _drain(pipe: IO[bytes], tail: bytearray) -> None:
    """Read all that is printed and keep its end."""
    with suppress(OSError, ValueError):
        while chunk := pipe.read1(65_536):  # type: ignore[attr-defined]
            tail += chunk
            del tail[:-KEPT]


def _text(tail: bytearray) -> str:
    """The last few printed lines."""
    return "\n".join(bytes(tail).decode("utf-8", "replace").splitlines()[-5:])
