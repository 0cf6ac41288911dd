"""What a phenomenon of learning is: a question for the class, something to see, and theory beside what ran."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from optiviz.descent import minimize
from optiviz.experiments.race import Race
from optiviz.formula import find_among
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

__all__ = [
    "PHENOMENA",
    "Demonstration",
    "Finding",
    "Phenomenon",
    "Smoothed",
    "called",
    "find",
    "largest",
    "nearer",
    "phenomenon",
]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Finding:
    """A number that theory gives, beside the same number of a run.

    Attributes:
        what: the number, in words.
        theory: what it should be.
        measured: what it was.
        within: how far apart the two may be.
        because: why they may be.
        derivation: where theory's number was derived.
    """

    what: str
    theory: float
    measured: float
    within: float
    because: str
    derivation: str

    @property
    def agrees(self) -> bool:
        """Are the two as near to one another as they should be?"""
        return bool(abs(self.measured - self.theory) <= self.within)

    @property
    def numbers(self) -> tuple[str, str]:
        """Theory's number and the run's, to four digits."""
        theory, measured = (f"{value:.4g}".replace("-", "−") for value in (self.theory, self.measured))
        return theory, measured


@dataclass(frozen=True)
class Smoothed:
    """A series and its moving averages.

    Attributes:
        name: what the values are.
        series: the values.
        averages: by beta, the corrected and the uncorrected average after each value.
        windows: by beta, how many values the average looks back over.
        equations: of the corrected average, in LaTeX.
    """

    name: str
    series: Array
    averages: Mapping[float, tuple[Array, Array]]
    windows: Mapping[float, float]
    equations: Sequence[str]


@dataclass(frozen=True)
class Demonstration:
    """What there is to see of a phenomenon, and what to say of it.

    Attributes:
        seen: what the picture is made of.
        note: a few words for the caption.
        answer: to the question.
        findings: theory beside what ran.
        middle: what is shown of several runs.
        floors: for each racer how low theory lets its loss come at each step, (T+1,).
    """

    seen: Race | Smoothed
    note: str
    answer: str
    findings: tuple[Finding, ...]
    middle: Literal["median", "mean"] = "median"
    floors: tuple[Array, ...] = ()

    @property
    def words(self) -> str:
        """The answer, and theory's numbers beside the runs', for who cannot see the picture."""
        found = [f"{one.what}: {' and '.join(one.numbers)}" for one in self.findings]
        return f"{self.answer} In theory and as measured, {'; '.join(found)}."


@dataclass(frozen=True)
class Phenomenon:
    """Something that happens when one learns by gradients, and can be shown in eight seconds.

    Attributes:
        name: what it is called.
        line: what happens, in one sentence.
        question: what to ask before the picture.
        surface: where it happens; None for what happens to a series.
        show: makes it happen; what is random is drawn from its argument, the seed.
    """

    name: str
    line: str
    question: str
    surface: Surface | None
    show: Callable[[int], Demonstration] = field(repr=False)


PHENOMENA: dict[str, Phenomenon] = {}
"""By name, in the order of a lesson."""


def phenomenon(question: str, surface: Surface | None = None) -> Callable[[Callable[[int], Demonstration]], Phenomenon]:
    """Enter what makes a phenomenon happen in the registry; its docstring says in one line what happens."""

    def enter(show: Callable[[int], Demonstration]) -> Phenomenon:
        line = (inspect.getdoc(show) or "").partition("\n")[0]
        name = show.__name__.replace("_", "-")
        PHENOMENA[name] = Phenomenon(name, line, question, surface, show)
        return PHENOMENA[name]

    return enter


def find(name: str) -> Phenomenon:
    """The phenomenon of that name; `-` and `_` are the same.

    Raises:
        LookupError: there is none; the message proposes the nearest.

    >>> find("Noise_Floor").line
    'With noisy gradients the loss stops falling at a floor.'
    """
    return find_among(PHENOMENA, name, "phenomenon")


def largest(surface: Surface, rule: Optimizer, rates: Array, steps: int, well: Callable[[Array], Array]) -> float:
    """The largest of the learning rates up to which all goes well, each tried from the surface's start.

    Args:
        surface: where.
        rule: whose learning rate is varied.
        rates: what is tried, rising.
        steps: how many updates each makes.
        well: what it is to go well, of all points (T+1, n, d) at once, for each rate.
    """
    starts = np.tile(surface.start, (len(rates), 1))
    good = well(minimize(surface, rule.configured(lr=rates[:, None]), starts, steps=steps).theta)
    return float(rates[good.argmin() - 1]) if not good.all() else float(rates[-1])


def nearer(theta: Array) -> Array:
    """Which runs (T+1, n, d) end nearer to the minimum at 0 than they began; what left the numbers does not."""
    far = np.max(np.abs(theta), axis=-1)
    return np.asarray(far[-1] < far[0])


def called(race: Race, *labels: str) -> Race:
    """The race with its racers under other names, which a picture has more room for."""
    racers = (replace(racer, label=label) for racer, label in zip(race.racers, labels, strict=True))
    return replace(race, racers=tuple(racers))
