"""`optiviz loss`: losses and their gradients, the effect of an outlier, and what more classes cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import click
import numpy as np

from optiviz.cli.common import aligned
from optiviz.cli.pictures import slug
from optiviz.cli.sheet import Sheet, still_options
from optiviz.cli.types import LOSS
from optiviz.experiments import Growth, Outlier, Profile, growth, outlier, profile
from optiviz.losses import Loss

EXAMPLES = """
\b
Examples:
  optiviz loss mse mae huber:delta=2
  optiviz loss bce hinge focal focal:gamma=5 --style dark
  optiviz loss mse mae huber --over outlier
  optiviz loss cce sparse_cce --over classes
"""

VIEWS: dict[str, Callable[..., Profile | Outlier | Growth]] = {
    "scores": lambda losses, seed: profile(losses),
    "outlier": lambda losses, seed: outlier(losses),
    "classes": lambda losses, seed: growth(losses, seed=seed),
}


@click.command(epilog=EXAMPLES)
@click.argument("losses", metavar="LOSS...", nargs=-1, required=True, type=LOSS)
@click.option(
    "--over",
    type=click.Choice([*VIEWS]),
    default="scores",
    show_default=True,
    help="Over the scores; as one value moves away; or as the classes grow, measured.",
)
@still_options
def command(
    sheet: Sheet,
    losses: tuple[Loss, ...],
    over: str,
) -> None:
    """Draw losses and their gradients, side by side.

    LOSS is a loss such as mse or huber:delta=2; up to ten. Losses of numbers are drawn over the error z − y,
    losses of a class over the score of the right answer.

    --over outlier draws the constant of least mean loss for a few values, one of which moves away. --over classes
    draws the memory of the targets and the time of a call, measured on this machine.
    """
    named = "-".join([*([over] if over != "scores" else []), *dict.fromkeys(map(slug, losses))])
    path = sheet.place(f"loss-{named}.png" if len(named) <= 60 else "loss.png")
    found = VIEWS[over](losses, sheet.seed)

    from optiviz.plot import draw_growth, draw_outlier, draw_profile

    draw: Any = {Profile: draw_profile, Outlier: draw_outlier, Growth: draw_growth}[type(found)]
    words = sheet.draw(draw, found, path)
    said = f"{', '.join(map(repr, losses))} over the {over}"
    sheet.report(path, words, said, lambda: _lists(asdict(found)), _table(found))


def _lists(record: Any) -> Any:
    """The same with lists in place of arrays."""
    if isinstance(record, Mapping):
        return {name: _lists(value) for name, value in record.items()}
    return record.tolist() if isinstance(record, np.ndarray) else record


def _table(found: Profile | Outlier | Growth) -> list[str]:
    """What there is to read beside the picture: the constants, or the costs."""
    rows: list[list[str]] = []
    if isinstance(found, Outlier):
        rows.append(["outlier at", *(f"{found.moving[end]:g}" for end in (0, -1))])
        rows += [[name, *(f"{best[end]:.4g}" for end in (0, -1))] for name, best in found.estimates.items()]
    if isinstance(found, Growth):
        rows.append(["classes", *(f"{name} {unit}" for unit in ("bytes", "ms") for name in found.memory)])
        for i, count in enumerate(found.classes):
            memory = [f"{sizes[i]:,}" for sizes in found.memory.values()]
            times = [f"{1000 * times[i]:.3g}" for times in found.seconds.values()]
            rows.append([f"{count:,}", *memory, *times])
    return aligned(rows)
