"""Keys that a training is looked after with: they change the learning rate, undo, skip, stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from optiviz.cli.keys import keys_pressed

__all__ = ["KEYS", "babysitter"]

Wish = float | str | None

KEYS: dict[str, tuple[Wish, str]] = {
    "up": (2.0, "learning rate doubled"),
    "down": (0.5, "learning rate halved"),
    "u": ("undo", "back to the end of the last epoch"),
    "n": ("skip", "the rest of this epoch is left out"),
    "s": ("stop", "stopping; what is learnt so far is saved"),
}
"""What each key asks `fit` for, and what is said when it is pressed."""

SAME = {"+": "up", "-": "down", "q": "s"}
"""Other keys for the same."""

HELP = "keys: up doubles the learning rate, down halves it; u: undo to the last epoch; n: to the next; s: stop and save"


@contextmanager
def babysitter() -> Iterator[Callable[[], Wish]]:
    """Inside the block, what `fit` may ask between updates; it answers with what was wished for by a key.

    Raises:
        UsageError: the standard input is no terminal.
    """
    with keys_pressed() as pressed:
        click.echo(HELP, err=True)

        def wished() -> Wish:
            key = pressed()
            wish, said = KEYS.get(SAME.get(key, key), (None, HELP if key else ""))
            if said:
                click.echo(f"\r\x1b[K{said}", err=True)  # over the bar, which is drawn again below
            return wish

        yield wished
