"""Threads that work side by side: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, TypeVar

__all__ = ["at_most", "one_blas_thread", "side_by_side", "threads_here", "usual_threads"]

T = TypeVar("T")
VARIABLE = "OPTIVIZ_THREADS"
MOST = 8


def usual_threads() -> int:
    """How many threads are used unless something else is said: OPTIVIZ_THREADS, or the cores that this process may use.

    Raises:
        ValueError: OPTIVIZ_THREADS is no whole number from 1.
    """
    said = os.environ.get(VARIABLE, "")
    if said:
        if not said.isdecimal() or int(said) < 1:
            raise ValueError(f"{VARIABLE} is a whole number from 1, not {said!r}")
        return int(said)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


_most: ContextVar[int] = ContextVar("_most", default=0)


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Use no more than so many threads inside the block."""
    before = _most.set(threads)
    try:
        yield
    finally:
        _most.reset(before)


def threads_here() -> int:
    """How many threads may be used: what `at_most` says, or the usual number."""
    return _most.get() or usual_threads()


@cache
def _helpers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="optiviz")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # threads stay behind in the parent


def side_by_side(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """What the tasks return, in order; the first runs in this thread, all as NumPy is told to in it (`errstate`)."""
    if len(tasks) == 1:
        return [tasks[0]()]
    helpers = _helpers(len(tasks) - 1)
    waiting = [helpers.submit(copy_context().run, task) for task in tasks[1:]]
    try:
        first = tasks[0]()
    finally:
        try:
            others = [future.exception() for future in waiting]
        except BaseException:  # Ctrl-C: nobody is to write into arrays any more when it is passed on
            wait(waiting)
            raise
    for error in others:
        if error is not None:
            raise error
    return [first, *(future.result() for future in waiting)]


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


_held = threading.Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold the linear algebra library at one thread: its own threads wait busily, and slow down ours."""
    if not _held.acquire(blocking=False):
        yield  # it is held already, and whoever does lets go of it
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _held.release()
