"""How a training went: its loss and accuracy over the epochs, and its learning rate over the updates."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from optiviz.plot.alt_networks import of_curves, of_rate
from optiviz.plot.curves import thinned
from optiviz.plot.ends import counted, name_ends, name_times
from optiviz.plot.still import Still, beside_numbers, heights, shows_more, side_by_side, still, titled
from optiviz.plot.style import Line
from optiviz.plot.words import label, legible, percent, plain

__all__ = ["Record", "draw_curves", "draw_rate"]

Array = npt.NDArray[Any]

FEW = 15
"""Up to so many epochs each has a mark."""

DECADES = 30
"""A loss that falls by more than this factor is drawn on a log scale."""

NAMES = 0.13
"""How much of the width the names at the right of a panel take at most."""

FINEST = 0.02
"""An axis of accuracies covers so much at least."""

OVERFITS = 1.05
"""So many times its lowest a validation loss has risen if that is more than chance."""


class Record(Protocol):
    """What is drawn of a training: `optiviz.nn.History` is one; arrays may be empty."""

    optimizer: str
    loss_name: str
    schedule: str
    augmentation: str
    batch_size: int
    examples: int
    epochs: int
    ending: str
    step_loss: Array
    step_lr: Array
    loss: Array
    accuracy: Array
    val_loss: Array
    val_accuracy: Array


def draw_curves(
    history: Record, *, held: str = "validation", size: tuple[int, int] | None = None, style: str = "light"
) -> Still:
    """The loss over the epochs, and beside it the accuracy if there is one.

    The mean of an epoch stands at its middle, for it is that of weights on their way; what is found on data that was
    held back stands where the epoch ends. The loss of each batch is drawn thin behind.

    Args:
        history: the record of a training, with its `interventions`, if there were any.
        held: what the data are called that were not trained on.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: not one update has been made.
    """
    if not len(history.step_loss):
        raise ValueError("there is nothing to draw of a training before its first update")
    best = best_epoch(history)
    facts = _facts(history)
    if best:
        lowest = f"lowest {held} loss" if len(history.val_loss) else "lowest loss"
        facts.append(f"training: means of the epochs, thin: of batches; ★ {lowest}")
    with still(_title(history, best, held), facts, size, style) as made:
        accurate = len(history.accuracy) > 0
        panels = side_by_side(made, 1 + accurate)
        _loss(made, panels[0], history, held)
        if accurate:
            _accuracy(made, panels[1], history, held)
        for axes in panels:
            beside_numbers(made, axes)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
            axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
            times = [(float(in_epochs(history, step)), name) for step, name in _interventions(history)]
            name_times(made, axes, times, named=axes is panels[0])
        made.words = of_curves(history, best, held, counted(name for _, name in _interventions(history)))
    return made


def best_epoch(history: Record) -> int | None:
    """After how many epochs the loss is lowest, on data held back if there are any; None before the first is over."""
    values = history.val_loss if len(history.val_loss) else history.loss
    return int(np.nanargmin(values)) + 1 if np.isfinite(values).any() else None


def overfits(history: Record, best: int | None) -> bool:
    """Has the loss on data held back risen since, while that of training has fallen?"""
    if best is None or not len(history.val_loss):
        return False
    return bool(
        history.val_loss[-1] > OVERFITS * history.val_loss[best - 1] and history.loss[-1] < history.loss[best - 1]
    )


def in_epochs(history: Record, steps: Any) -> Array:
    """Where updates are among the epochs; each epoch is as long as the others, though updates may have been skipped."""
    ended: Array = np.asarray(getattr(history, "epoch_step", ()), np.float64)
    done = len(history.loss)
    if len(ended) != done:
        ended = per_epoch(history) * np.arange(1, done + 1)
    beyond = np.append(ended, (ended[-1] if done else 0) + per_epoch(history))
    return np.asarray(np.interp(steps, np.append(0, beyond), np.arange(done + 2)))


def per_epoch(history: Record) -> float:
    """How many updates an epoch has."""
    if history.examples and history.batch_size:
        return -(-history.examples // history.batch_size)
    return len(history.step_loss) / max(len(history.loss), 1)


def _title(history: Record, best: int | None, held: str) -> str:
    """Where it ends; the best epoch would be one that the data chose which it is judged by."""
    done = len(history.loss)
    if history.ending == "diverged":
        return f"The loss diverges in epoch {done + 1}, at update {len(history.step_loss)}"
    if best is None:
        first, last = (plain(float(history.step_loss[at])) for at in (0, -1))
        return f"The loss of a batch goes from {first} to {last} in {len(history.step_loss)} updates"
    if not len(history.val_loss):
        first, last = (plain(float(history.loss[at])) for at in (0, -1))
        way = "falls" if history.loss[-1] < history.loss[0] else "does not fall:"
        return f"The loss {way} from {first} to {last} in {done} epoch{'s' * (done != 1)}"
    if len(history.val_accuracy):
        right = f"{percent(float(history.val_accuracy[-1]))} right on {held} data"
    else:
        right = f"{held} loss {plain(float(history.val_loss[-1]))}"
    since = f"; it overfits from epoch {best} on" if overfits(history, best) else ""
    return f"{right[0].upper()}{right[1:]} after {done} epoch{'s' * (done != 1)}{since}"


def _facts(history: Record) -> list[str]:
    facts = [label(history.optimizer), label(history.loss_name)]
    if history.schedule and history.schedule not in history.optimizer:  # a rule says which it follows
        facts.append(label(history.schedule))
    facts += [f"augmentation {label(history.augmentation)}"] if history.augmentation else []
    facts += [f"batches of {history.batch_size}"] if history.batch_size else []
    facts += [f"{history.examples:,} examples"] if history.examples else []
    if history.ending not in ("finished", "running"):
        facts.append(f"{history.ending} at update {len(history.step_loss)}")
    return [legible(fact) for fact in facts]


def _interventions(history: Record) -> list[tuple[int, str]]:
    """After which update somebody did what."""
    return [(each.step, legible(_said(each))) for each in getattr(history, "interventions", ())]


def _said(intervention: Any) -> str:
    what, value = str(intervention.what), intervention.value
    return what if value is None else f"{what} × {plain(value)}"


def _loss(made: Still, axes: Axes, history: Record, held: str) -> None:
    train, other, steps = history.loss, history.val_loss, history.step_loss
    seen = np.concatenate([train, other, steps if not len(train) else []])
    seen = seen[np.isfinite(seen)]
    batches = steps[np.isfinite(steps)]
    logarithmic = bool(seen.size and seen.min() > 0 and seen.max() > DECADES * seen.min())
    x = in_epochs(history, np.arange(1, len(steps) + 1))
    line = made.style.lines[0]
    finite = np.where(np.isfinite(steps) & ((steps > 0) | (not logarithmic)), steps, np.nan)
    thin: dict[str, Any] = {
        "color": line.colour,
        "lw": 0.9 * made.scale,
        "alpha": 0.35,
        "label": "batches",
        "zorder": 1,
    }
    if len(batches) == 1:  # a line of no length
        thin |= {"marker": line.marker, "ms": 4.5 * made.scale, "alpha": 1.0}
    axes.plot(*thinned(axes, x, finite), **thin)
    ends = _lines(made, axes, history, train, other, held, plain)
    usual = np.quantile(batches, (0.01, 0.99)) if batches.size else np.array([])
    _limits(axes, np.append(seen, usual), logarithmic)
    titled(axes, "loss (log scale)" if logarithmic else "loss")
    axes.set_xlim(0, max(x[-1], 1))
    ends = ends or [("batches", float(last), line) for last in batches[-1:]]
    if ends:
        name_ends(made, axes, ends, NAMES * made.style.grow)


def _accuracy(made: Still, axes: Axes, history: Record, held: str) -> None:
    ends = _lines(made, axes, history, history.accuracy, history.val_accuracy, held, percent)
    seen = np.concatenate([history.accuracy, history.val_accuracy])
    _limits(axes, seen[np.isfinite(seen)], False)
    low, high = axes.get_ylim()
    wider = max(FINEST - (high - low), 0) / 2
    axes.set_ylim(max(low - wider, -0.005), min(high + wider, 1.005))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    titled(axes, "accuracy: the share of right answers")
    axes.set_xlim(0, max(float(in_epochs(history, len(history.step_loss))), 1))
    name_ends(made, axes, ends, NAMES * made.style.grow)


def _lines(
    made: Still, axes: Axes, history: Record, train: Array, other: Array, held: str, said: Any
) -> list[tuple[str, float, Line]]:
    """The line of training and the one of what was held back, whose best epoch is marked; their names and ends."""
    ends, best = [], best_epoch(history)
    for values, name, line, shift in zip(
        (train, other), ("training", held), made.style.lines, (0.5, 1.0), strict=False
    ):
        if not len(values):
            continue
        x = np.arange(len(values)) + shift
        marks: dict[str, Any] = {"marker": line.marker, "ms": 4.5 * made.scale} if len(values) <= FEW else {}
        axes.plot(x, values, color=line.colour, ls=line.dashes, label=name, zorder=3, **marks)
        if best and (name == held or not len(other)):
            star: dict[str, Any] = {
                "marker": "*",
                "ms": 15 * made.scale,
                "mec": made.style.paper,
                "mew": 1.1 * made.scale,
            }
            axes.plot(
                x[best - 1],
                values[best - 1],
                color=made.style.ink,
                ls="",
                label="best",
                zorder=5,
                clip_on=False,
                **star,
            )
        if np.isfinite(values).any():
            last = float(values[np.isfinite(values)][-1])
            ends.append((f"{legible(name)} {said(last)}", last, line))
    return ends


def _limits(axes: Axes, seen: Array, logarithmic: bool) -> None:
    """As high as what is seen, with a margin."""
    if not seen.size:
        return
    low, high = float(seen.min()), float(seen.max())
    heights(axes, float(seen[seen > 0].min()) if logarithmic else low, high, logarithmic)


def draw_rate(history: Record, *, size: tuple[int, int] | None = None, style: str = "light") -> Still:
    """The learning rate of each update, with what somebody did to it.

    Args:
        history: the record of a training, with its `interventions`, if there were any.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: not one update has been made, or the rule has no learning rate.
    """
    rates = np.asarray(history.step_lr, np.float64)
    if not np.isfinite(rates).any():
        raise ValueError(f"there is no learning rate to draw: {history.optimizer} has none, or made no update")
    with still(_course(rates), _facts(history), size, style) as made:
        (axes,) = side_by_side(made, 1)
        line, t = made.style.lines[0], np.arange(1, len(rates) + 1)
        logarithmic = shows_more(rates)
        axes.plot(*thinned(axes, t, rates), color=line.colour, label="rate", zorder=3)
        _limits(axes, rates[np.isfinite(rates) & ((rates > 0) | (not logarithmic))], logarithmic)
        if not logarithmic:
            axes.set_ylim(bottom=min(0.0, float(np.nanmin(rates))))
            axes.set_ylim(top=1.08 * float(np.nanmax(rates)) or 1.0)
        axes.set_xlim(1, max(len(rates), 2))
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        axes.set_xlabel(f"update (an epoch has {per_epoch(history):.4g})" if len(history.loss) else "update")
        titled(axes, "learning rate (log scale)" if logarithmic else "learning rate")
        axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
        beside_numbers(made, axes)
        name_times(made, axes, _interventions(history))
        made.words = of_rate(rates, counted(name for _, name in _interventions(history)))
    return made


def _course(rates: Array) -> str:
    """How it goes, in a title."""
    seen = rates[np.isfinite(rates)]
    steps, top = np.diff(seen), int(np.argmax(seen))
    first, low, high, last = (plain(float(value)) for value in (seen[0], seen.min(), seen[top], seen[-1]))
    if not steps.any():
        return f"The learning rate stays at {first}"
    if (steps <= 0).all() or (steps >= 0).all():
        return f"The learning rate {'falls' if steps.sum() < 0 else 'rises'} from {first} to {last}"
    if (steps[:top] >= 0).all() and (steps[top:] <= 0).all():
        return f"The learning rate rises to {high} by update {int(np.nanargmax(rates)) + 1}, then falls to {last}"
    return f"The learning rate goes up and down between {low} and {high}"
