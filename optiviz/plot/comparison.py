"""Several trainings each of some kinds, over the epochs: their mean, and how far they spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator

from optiviz.plot.alt_networks import of_comparison
from optiviz.plot.ends import name_ends
from optiviz.plot.still import Still, beside_numbers, heights, side_by_side, still, titled
from optiviz.plot.words import legible, listed, plain

__all__ = ["draw_comparison"]

Array = npt.NDArray[Any]

MOST = 10
"""So many kinds can be told apart."""

DECADES = 30
"""What spans more than this factor is drawn on a log scale."""

NAMES = 0.3
"""How much of the width the names take at most."""


def draw_comparison(
    curves: Mapping[str, Array],
    *,
    x: Array | None = None,
    over: str = "epoch",
    of: str = "validation loss",
    better: Literal["lower", "higher"] = "lower",
    title: str = "",
    note: str = "",
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """A line for each kind, the mean of its runs, in a band from the lowest to the highest; beside it where they end.

    The title names a winner only if its band ends apart from all others. What is not finite counts as the worst.

    Args:
        curves: by what a kind is called its runs (seeds, points); up to ten kinds.
        x: where the points are, the same for all (points,); 1, 2, ... if None.
        over: what x counts.
        of: what the curves are.
        better: whether lower or higher is better.
        title: what the picture says; if it is empty, who ends best.
        note: what was the same for all, such as "learning rates tuned with 8 runs each"; after a ; it may go on in
            the next line.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: there is nothing to draw or more than can be told apart, or the arrays do not fit together.
    """
    runs = {legible(name): np.asarray(values, np.float64) for name, values in curves.items()}
    shapes = {values.shape for values in runs.values()}
    if not 1 <= len(runs) <= MOST or len(shapes) > 1 or any(len(s) != 2 or not all(s) for s in shapes):
        raise ValueError(
            "curves has for each of one to ten kinds an array (seeds, points), all of one shape, not "
            f"{', '.join(f'{name} {np.shape(values)}' for name, values in curves.items()) or 'none'}"
        )
    ((seeds, points),) = shapes
    x = np.arange(1, points + 1) if x is None else np.asarray(x)
    if x.shape != (points,):
        raise ValueError(f"x has a number for each of {points} points, not {x.shape}")
    edges = {name: _edges(values, better) for name, values in runs.items()}
    last = {name: found[-1] for name, found in edges.items()}
    ends = {name: (float(low), float(middle), float(high)) for name, (low, middle, high) in last.items()}
    spread = [f"mean of {seeds} runs each; band: from the lowest to the highest"] if seeds > 1 else ["one run each"]
    with still(
        legible(title) or _title(ends, of, better, seeds), [*legible(note).split("; "), *spread], size, style
    ) as made:
        (axes,) = side_by_side(made, 1)
        for (name, found), line in zip(edges.items(), made.style.lines, strict=False):
            low, middle, high = np.where(np.isfinite(found), found, np.nan).T
            few: dict[str, Any] = {"marker": line.marker, "ms": 4.5 * made.scale} if points <= 15 else {}
            axes.plot(x, middle, color=line.colour, ls=line.dashes, label=name, zorder=3, **few)
            if seeds > 1:
                faint = 0.2 if len(runs) <= 4 else 0.11
                look: dict[str, Any] = {"color": line.colour, "alpha": faint, "label": f"band of {name}"}
                if points > 1:
                    axes.fill_between(x, low, high, lw=0, **look)
                else:  # of no width otherwise
                    axes.vlines(x, low, high, lw=9 * made.scale, clip_on=False, **look)
        logarithmic = _settle(axes, np.concatenate([*edges.values()]))
        titled(axes, f"{legible(of)} (log scale)" if logarithmic else legible(of))
        axes.set(xlabel=legible(over), xlim=(x[0] - (points == 1), x[-1]))  # a lone point stands beside its name
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        axes.grid(True, axis="y", color=made.style.faint, alpha=0.25)
        beside_numbers(made, axes)
        places = [
            (f"{name}  {_told(ends[name], seeds)}", ends[name][1], line)
            for name, line in zip(runs, made.style.lines, strict=False)
        ]
        name_ends(made, axes, places, NAMES * made.style.grow)
        plainly = {" ".join(name.split()): end for name, end in zip(curves, ends.values(), strict=True)}
        made.words = of_comparison(plainly, of, over, float(x[-1]), seeds)
    return made


def _edges(values: Array, better: str) -> Array:
    """The lowest, the mean and the highest at each point (points, 3)."""
    seen = np.where(np.isfinite(values), values, np.inf if better == "lower" else -np.inf)
    with np.errstate(over="ignore"):
        return np.stack([seen.min(axis=0), seen.mean(axis=0), seen.max(axis=0)], axis=-1)


def _settle(axes: Any, edges: Array) -> bool:
    """The limits of the axis; is it logarithmic?"""
    seen = edges[np.isfinite(edges)]
    if not seen.size:
        return False
    low, high = float(seen.min()), float(seen.max())
    calm = float(np.quantile(seen, 0.98))  # one that leaps does not flatten all others
    logarithmic = low > 0 and high > DECADES * low
    heights(axes, low, high if logarithmic or high - low < 3 * (calm - low) else calm, logarithmic)
    return logarithmic


def _told(end: tuple[float, float, float], seeds: int) -> str:
    low, middle, high = map(plain, end)
    if not np.isfinite(end[1]):
        return "diverged at times" if np.isfinite(end).any() else "diverged"
    return f"{middle} ({low}–{high})" if seeds > 1 else middle


def _title(ends: Mapping[str, tuple[float, float, float]], of: str, better: str, seeds: int) -> str:
    """Who ends best, if anybody does without doubt."""
    sign = 1 if better == "lower" else -1
    order = sorted(ends, key=lambda name: sign * ends[name][1] if np.isfinite(ends[name][1]) else np.inf)
    best, worst_edge, best_edge = order[0], 2 if sign > 0 else 0, 0 if sign > 0 else 2
    if not np.isfinite(ends[best][1]):
        return "Nobody ends with a finite number" if len(order) > 1 else f"{best} ends with no finite number"
    if len(order) == 1:
        return f"{best} ends at {plain(ends[best][1])}"
    reached = sign * ends[best][worst_edge]
    alike = [name for name in order[1:] if sign * ends[name][best_edge] <= reached]
    if not alike:
        word = {"lower": "lowest", "higher": "highest"}[better]
        chance = "" if seeds > 1 else " in one run, which may be chance"
        return f"{best} ends with the {word} {legible(of)}{chance}: {plain(ends[best][1])}"
    if seeds == 1:
        return f"{listed([best, *alike])} end alike in one run each"
    if len(alike) == 1:
        return f"{best} and {alike[0]} end alike: their bands overlap"
    return f"No clear winner: where they end, the bands of {len(alike) + 1} of {len(order)} overlap"
