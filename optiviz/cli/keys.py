"""Keys that are pressed while something runs, without Return, and without waiting for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

__all__ = ["keys_pressed"]

ARROWS = {"\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down", "\xe0H": "up", "\xe0P": "down"}
"""What terminals send for the keys with an arrow: ANSI's two modes, and Windows."""
ESCAPES = ("\x1b", "\xe0", "\0")
"""What all such keys begin with."""


@contextmanager
def keys_pressed() -> Iterator[Callable[[], str]]:
    """Inside the block, a function that returns the next key that was pressed, "" if none is waiting.

    The terminal does not show the keys; Ctrl-C stays what it is. Afterwards the terminal is as it was.

    Raises:
        UsageError: the standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("--interactive reads single keys, so it needs a terminal; this standard input is none")
    reading = _windows if sys.platform == "win32" else _posix
    waiting = ""
    with reading() as read:

        def pressed() -> str:
            nonlocal waiting
            waiting += read()
            for code, name in ARROWS.items():
                if waiting.startswith(code):
                    waiting = waiting[len(code) :]
                    return name
            if waiting[:1] in ESCAPES:  # another key that is sent as several characters
                waiting = ""
            key, waiting = waiting[:1].lower(), waiting[1:]
            return key

        yield pressed


@contextmanager
def _posix() -> Iterator[Callable[[], str]]:
    """All that lies there, at once: an arrow is three characters."""
    import select
    import termios
    import tty

    where = sys.stdin.fileno()
    usual = termios.tcgetattr(where)

    def read() -> str:
        ready, _, _ = select.select([where], [], [], 0)
        return os.read(where, 64).decode(errors="ignore") if ready else ""

    try:
        tty.setcbreak(where, termios.TCSANOW)
        yield read
    finally:
        termios.tcsetattr(where, termios.TCSANOW, usual)


@contextmanager
def _windows() -> Iterator[Callable[[], str]]:
    import msvcrt

    console: Any = msvcrt  # its functions are not there elsewhere

    def read() -> str:
        found = ""
        while console.kbhit():
            found += console.getwch()
        return found

    yield read
