"""A process that evaluates trials, one after the other, for as long as its parent lives."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from numbers import Real
from typing import Any

from optiviz.search.space import Value
from optiviz.threads import VARIABLE, one_blas_thread

__all__ = ["AGAIN", "End", "Evaluate", "work"]

Evaluate = Callable[[dict[str, Value]], Mapping[str, float]]

End = tuple[str, dict[str, float], float, str]
"""State, result, seconds and message of a trial."""

AGAIN = "it is run again when the search is called again"
"""What is to be done about a trial that is lost."""

LONGEST = 1000
"""Characters of a message."""


def work(evaluate: Evaluate, pipe: Connection) -> None:
    """Say that it is ready, then evaluate the parameters that come and send each trial's end, until None comes.

    The work is done on one thread; side by side is the business of the parent, which has several such processes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent sees to it
    threading.Thread(target=_die_with_parent, daemon=True).start()
    os.environ[VARIABLE] = "1"
    sys.stdout = sys.stderr  # what the search prints there is data
    with one_blas_thread(), suppress(BrokenPipeError, EOFError):
        pipe.send(None)
        while (parameters := pipe.recv()) is not None:
            pipe.send(_evaluated(evaluate, parameters))


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _evaluated(evaluate: Evaluate, parameters: dict[str, Value]) -> End:
    """How a trial ends, whatever the function does short of ending the process."""
    began = time.perf_counter()
    result: dict[str, float] = {}
    try:
        result = _checked(evaluate(parameters))
        state, message = "done", ""
    except ArithmeticError as error:
        state, message = "diverged", _said(error)
    except (OSError, MemoryError) as error:  # another time there may be room
        state, message = "lost", f"{_said(error)}; {AGAIN}"
    except Exception as error:
        state, message = "failed", _said(error)
    return state, result, time.perf_counter() - began, message


def _checked(result: Any) -> dict[str, float]:
    """What a function returned, if it is numbers by name."""
    if not isinstance(result, Mapping) or not result:
        raise TypeError(f"it must return a dictionary of numbers, such as {{'loss': 0.5}}, not {result!r:.60}")
    found: dict[str, float] = {}
    for name, value in result.items():
        if not isinstance(name, str) or not isinstance(value, Real):
            raise TypeError(f"it must return numbers by name, such as {{'loss': 0.5}}, not {name!r:.30}: {value!r:.30}")
        found[name] = int(value) if isinstance(value, int) else float(value)
        if not math.isfinite(found[name]):
            raise FloatingPointError(f"{name} is {found[name]}")
    return found


def _said(error: BaseException) -> str:
    """An error in one line; one of the library speaks for itself, a slip in the function is named."""
    said = " ".join(str(error).split())[:LONGEST]
    plain = isinstance(error, (ValueError, ArithmeticError, LookupError, OSError)) and not isinstance(error, KeyError)
    return said if said and plain else f"{type(error).__name__}: {said}".rstrip(": ")
