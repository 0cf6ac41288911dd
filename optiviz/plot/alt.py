"""What a picture shows in a sentence or two, with the numbers that matter, for who cannot see it.

Each function takes what its picture is drawn from; the words are plain text, without formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.descent import CONVERGED, DIVERGED, ENDINGS, ESCAPED, Trajectory
from optiviz.experiments import (
    SHARES,
    Basin,
    Growth,
    Internals,
    Outlier,
    Profile,
    Race,
    Racer,
    Sensitivity,
    effective_steps,
)
from optiviz.experiments.basin import DIVERGES, ESCAPES, NOWHERE
from optiviz.names import symbol
from optiviz.plot.words import label, listed, percent, place, plain
from optiviz.surfaces import Grid

__all__ = [
    "of_augmentations",
    "of_averages",
    "of_basin",
    "of_growth",
    "of_outlier",
    "of_profile",
    "of_race",
    "of_rates",
    "of_run",
    "of_sensitivity",
    "of_words",
]

Array = npt.NDArray[Any]

MOST = 0.9
"""Of a way down it is said when this share of it was done."""

NAMED = 4
"""So many minima of a map are named, and the rest counted."""

ROUNDING = 1e-12
"""A minimum no higher than this is at zero."""


SEEN = {
    "3d": "the surface is seen as a solid body that the camera goes around",
    "field": "small arrows against the gradient cover the surface",
}
"""What is to be said of the views that say it of every run alike."""


def of_run(run: Trajectory, grid: Grid, view: str = "contour", inside: Internals | None = None) -> str:
    """One run: from where to where it went, in how many steps, how soon, how near to a minimum, and its view."""
    seen = np.isfinite(run.value) & np.isfinite(run.theta).all(axis=-1)
    last = int(np.flatnonzero(seen)[-1]) if seen.any() else 0  # what diverged may end nowhere
    first, final = float(run.value[0]), float(run.value[last])
    rate = f" with lr {_value(run.params['lr'])}" if "lr" in run.params else ""
    begin = f"{run.rule}{rate} on {label(run.surface)}{_chance(run.noise, run.batch_size, run.seed)}"
    shown = _of_view(run, grid, view, inside)
    if last == 0:
        ended = ", from where it diverges at once" if run.ending == DIVERGED else ""
        whole = f"{begin} stands at {place(run.theta[0])}, where f is {plain(first)}{ended}."
        return f"{whole} {_sentence(shown)}" if shown else whole
    way = "goes down" if final < first else "goes up" if final > first else "goes"
    ending = {CONVERGED: ", and has converged", DIVERGED: "; then it diverges", ESCAPED: "; it has escaped downhill"}
    whole = (
        f"{begin} {way} from {place(run.theta[0])}, where f is {plain(first)}, to {place(run.theta[last])}, "
        f"where f is {plain(final)}, in {_count(last, 'step')}{ending.get(int(run.ending), '')}."
    )
    facts = []
    if final < first:
        soon = int(np.argmax(run.value[: last + 1] <= first - MOST * (first - final)))
        facts.append(f"{MOST:.0%} of that way down is done after {_count(soon, 'step')}".replace("%", " %"))
    rises = int(np.sum(np.diff(run.value[: last + 1]) > 0))
    facts.append(f"the loss rises in {rises} of the {last}" if rises else "the loss never rises")
    if len(grid.minima):
        away = np.linalg.norm(grid.minima - run.theta[last], axis=1)
        facts.append(f"it ends {plain(away.min())} from the minimum at {place(grid.minima[away.argmin()])}")
    return f"{whole} {_sentence(listed(facts))[:-1]}{f'; {shown}' if shown else ''}."


def _chance(noise: float, batch_size: int, seed: int) -> str:
    """What is left to chance, as an aside; nothing if nothing is."""
    chances = [f"gradient noise {plain(noise)}"] if noise else []
    chances += [f"mini-batches of {batch_size}"] if batch_size else []
    return f", with {listed([*chances, f'seed {seed}'])}," if chances else ""


def _of_view(run: Trajectory, grid: Grid, view: str, inside: Internals | None) -> str:
    """What a view shows beside the way: the rule's vectors in the first update, or how far each coordinate moves."""
    if view == "internals" and inside is not None and run.steps:
        vectors = {_symbol(name): inside.lines[name][0] for name in inside.downhill}
        vectors["Δθ"] = run.theta[1] - run.theta[0]
        return f"in the first update {listed(f'{name} is {_vector(values)}' for name, values in vectors.items())}"
    if view == "effective" and run.steps:
        names = ["θ"] if grid.y is None else [_symbol(name) for name in grid.coordinates]
        courses = [values[np.isfinite(values)] for values in effective_steps(run).T]
        each = [f"of {name} {_course(c)}" for name, c in zip(names, courses, strict=True) if len(c)]
        return f"the effective step, |Δθ / g|, {'; '.join(each)}" if each else ""
    return SEEN.get(view, "")


def _symbol(name: str) -> str:
    """A line's name as it is read; a second value of a name has a prime."""
    bare = name.rstrip("′")
    return symbol(bare).unicode + name[len(bare) :]


def _vector(values: Array) -> str:
    numbers = [plain(float(value)) for value in np.ravel(values)]
    return f"({', '.join(numbers)})" if len(numbers) > 1 else numbers[0]


def of_race(race: Race) -> str:
    """A race: who wins and when, and how low the others come."""
    names = listed(racer.label for racer in race.racers)
    height = plain(float(race.racers[0].values[0, 0]))
    where = f"on {label(race.surface)}, from {place(race.start)}, where f is {height}, in up to {race.steps} steps"
    where += _chance(race.noise, 0, race.seed).rstrip(",")
    median = "median " if race.seeds > 1 else ""
    won = race.winners
    if won:
        share = won[0].held - 1
        above = "the minimum" if race.bottom_known else "the lowest that was seen"
        low = f"down to {plain(SHARES[share])} of that height above {above} after {plain(won[0].steps[share])} steps"
        says = f"{listed(r.label for r in won)} {'wins' if len(won) == 1 else 'win'}, {low}"
    else:
        says = "nobody wins"
    ends = [_end(racer) for racer in race.racers]
    return f"Of {names} {where}, {says}. At the end the {median}f of each is: {', '.join(ends)}."


def _end(racer: Racer) -> str:
    rate = "" if racer.lr is None else f" (lr {plain(racer.lr)})"
    return f"{racer.label}{rate} {'diverged' if racer.lost else plain(racer.final)}"


def of_rates(rates: Mapping[str, Array]) -> str:
    """Schedules: where each begins, where it ends, and between what it lies if it is not on one way."""
    updates = max(len(values) for values in rates.values()) - 1
    return f"Learning rates over {updates} updates: {'; '.join(f'{label(n)} {_course(v)}' for n, v in rates.items())}."


def _course(values: Array) -> str:
    """How a series goes, in numbers."""
    first, last, low, high = (float(v) for v in (values[0], values[-1], values.min(), values.max()))
    if low == high:
        return f"stays at {plain(first)}"
    way = f"goes from {plain(first)} to {plain(last)}"
    return way if {low, high} == {first, last} else f"{way}, between {plain(low)} and {plain(high)}"


def of_averages(
    series: Array, averages: Mapping[float, tuple[Array, Array]], windows: Mapping[float, float], name: str
) -> str:
    """A series and its averages: between what they lie, and how the uncorrected ones begin."""
    each = [
        f"with beta {plain(beta)}, a window of {plain(windows[beta])}, the average {_course(corrected)}"
        for beta, (corrected, _) in averages.items()
    ]
    begun = listed(plain(float(uncorrected[0])) for _, uncorrected in averages.values())
    return (
        f"{len(series)} values of {name} between {plain(float(series.min()))} and {plain(float(series.max()))}, "
        f"smoothed: {'; '.join(each)}. Uncorrected they begin at {begun} instead of {plain(float(series[0]))}."
    )


def of_sensitivity(found: Sensitivity, note: str = "") -> str:
    """A sweep: where the loss ends lowest, how low with the rule's own values, and how many runs were lost."""
    over = listed(f"{len(v)} values of {n} from {v[0]:.6g} to {v[-1]:.6g}" for n, v in found.axes.items())
    whole = (
        f"The loss of {found.rule} on {label(found.surface)} after {found.steps} steps from {place(found.start)}, "
        f"where it is {plain(found.first)}, over {label(over)}"
    )
    if found.best:
        best = found.value[_nearest(found, found.best)]
        whole += f": it is lowest, {plain(best)}, with {_values(found.best)}"
    inside = all(values[0] <= found.suited[name] <= values[-1] for name, values in found.axes.items())
    if note and inside:
        own = _nearest(found, found.suited)
        ended = f"it has {ENDINGS[int(found.ending[own])]}" if found.ending[own] >= DIVERGED else ""
        said = ended or f"it is {plain(found.value[own])}"
        whole += f"; near {_values(found.suited)}, {note}, {said}"
    lost = [
        f"{percent(share)} of the runs {ENDINGS[ending]}"
        for ending in (DIVERGED, ESCAPED)
        if (share := float(np.mean(found.ending == ending)))
    ]
    return f"{whole}. {_sentence(listed(lost) or 'no run diverged')}"


def _nearest(found: Sensitivity, at: Mapping[str, float]) -> tuple[int, ...]:
    return tuple(int(np.abs(values - at[name]).argmin()) for name, values in found.axes.items())


def _values(at: Mapping[str, float]) -> str:
    return listed(f"{name} {plain(value)}" for name, value in at.items())


def of_basin(found: Basin) -> str:
    """A map of basins: which share of the starts leads to which minimum, and what becomes of the rest."""
    starts = " × ".join(str(len(axis)) for axis in found.axes)
    order = np.argsort(-found.shares, kind="stable")[:NAMED]
    ends = []
    for i in order:
        height = 0.0 if abs(found.heights[i]) < ROUNDING else float(found.heights[i])
        ends.append(f"{percent(found.shares[i])} to {place(found.minima[i])}, where f is {plain(height)}")
    if rest := len(found.minima) - len(order):
        ends.append(f"{percent(np.delete(found.shares, order).sum())} to {_count(rest, 'other place')}")
    lost = ((NOWHERE, "to no minimum yet"), (DIVERGES, "to nowhere, for they diverge"), (ESCAPES, "outside, downhill"))
    ends += [f"{percent(share)} {word}" for ending, word in lost if (share := found.share(ending))]
    return f"Of {starts} starts of {found.rule} on {label(found.surface)}, {found.steps} steps lead {'; '.join(ends)}."


def of_profile(found: Profile) -> str:
    """Losses: what each loses at the ends and in the middle, and how its slope goes."""
    middle = int(np.abs(found.x).argmin())
    at = [0, middle, len(found.x) - 1]
    axis = "error z − y" if found.over == "error" else "score z"
    each = []
    for name, values in found.values.items():
        slopes = found.gradients[name]
        jumps = [f"jumps at {plain(x)} from {plain(a)} to {plain(b)}" for x, a, _, b in found.jumps[name]]
        slope = f"its slope goes from {plain(slopes[0])} to {plain(slopes[-1])}"
        each.append(f"{label(name)} is {listed(plain(values[i]) for i in at)}, {' and '.join([slope, *jumps])}")
    places = listed(plain(found.x[i]) for i in at)
    return f"Losses and their slopes over the {axis}, at {places}: {'; '.join(each)}."


def of_outlier(found: Outlier) -> str:
    """Constants that follow an outlier, or do not."""
    each = listed(f"{label(name)} {_course(best)}" for name, best in found.estimates.items())
    moves = f"one moves from {plain(found.moving[0])} to {plain(found.moving[-1])}"
    return f"The constant of least mean loss for {len(found.others) + 1} values, of which {moves}: that of {each}."


def of_growth(found: Growth) -> str:
    """What classes cost: bytes and milliseconds for the fewest and the most."""
    few, many = (f"{count:,}" for count in found.classes[[0, -1]])
    each = [
        f"with {label(name)} {found.memory[name][0]:,} and {found.memory[name][-1]:,} bytes of targets, "
        f"{plain(1000 * found.seconds[name][0])} and {plain(1000 * found.seconds[name][-1])} milliseconds for a call"
        for name in found.memory
    ]
    return f"What {few} and {many} classes cost for {found.examples} examples: {'; '.join(each)}."


def of_augmentations(image: Array, versions: Mapping[str, Array]) -> str:
    """One image, floats from 0 to 1, under augmentations: how much each changes the pixels, in the mean."""
    changes = {name: float(np.mean(np.abs(made - image))) for name, made in versions.items()}
    count = len(next(iter(versions.values())))
    high, wide = image.shape[:2]
    each = listed(f"{label(name)} {percent(change)}" for name, change in changes.items())
    return (
        f"An image of {wide} × {high} pixels as it is, and {_count(count, 'version')} of it by each augmentation. Its "
        f"pixels change, as a share of the way from black to white, in the mean by: {each}."
    )


def of_words(words: Sequence[str], points: Array, shares: Array) -> str:
    """Words in a plane: how much of their vectors it shows, and which lie at its ends."""
    ends = [f"from {words[axis.argmin()]!r} to {words[axis.argmax()]!r}" for axis in points.T]
    return (
        f"{_count(len(words), 'word')} in the plane in which their vectors differ most, with "
        f"{percent(float(shares[0]))} and {percent(float(shares[1]))} of the variance. The first direction "
        f"goes {ends[0]}, the second {ends[1]}."
    )


def _value(value: float | str) -> str:
    return label(value) if isinstance(value, str) else plain(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
