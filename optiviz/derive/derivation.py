"""A derivation: a story in checked steps, from a likelihood (or a definition, or a rule) to what follows from it."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from optiviz import handout
from optiviz.derive.checks import DerivativeOf, origin
from optiviz.derive.functions import FUNCTIONS
from optiviz.derive.naming import Names
from optiviz.derive.step import Check, Step
from optiviz.derive.verdict import Refused, Verdict
from optiviz.derive.written import Call, Compare, Element, Letter, Named, Total, Written
from optiviz.formula import nearest

__all__ = ["Derivation", "LossForm", "Story", "derivation", "derive", "names"]


@dataclass(frozen=True)
class LossForm:
    """A loss in the form in which it is computed: for one example, stable, with its gradient.

    The formulas are `loss.after` and `gradients[...].after`. A letter in them that has a definition is a line of code
    of its own. Where the scores are a row over the classes, a gradient is the element of that row with its free index,
    and the loss of all examples is the mean over the examples, as it is where the scores are single numbers.

    Attributes:
        name: of the loss, as in `optiviz derive bce`.
        scores: what the model gives: letters, or a family over the classes.
        targets: what is known of the example, in the same way.
        loss: the step that ends in the loss of one example.
        gradients: for each of the scores, the step that ends in the derivative by it.
        parameters: letters that the user chooses.
        shift: for rows, the letter that may be any number, and the largest score, which it should be.
        convention: what was agreed on at corners, in words; empty where there are none.
    """

    name: str
    scores: tuple[Letter | Element, ...]
    targets: Letter | Element
    loss: Step
    gradients: tuple[Step, ...]
    parameters: tuple[Letter, ...] = ()
    shift: tuple[Letter, Written] | None = None
    convention: str = ""

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.gradients):
            raise Refused(f"{self.name} has {len(self.scores)} scores and {len(self.gradients)} gradients")
        for score, gradient in zip(self.scores, self.gradients, strict=True):
            slope = origin(gradient)
            if not isinstance(slope.check, DerivativeOf) or not _same_letter(slope.check.by, score):
                raise Refused(f"{gradient} is not the derivative of the loss by {score}")
            assert slope.check.of is not None
            if origin(slope.check.of) is not origin(self.loss):
                raise Refused(f"{gradient} is not the derivative of {self.loss}")


def _same_letter(by: Written, score: Written) -> bool:
    if isinstance(by, Element) and isinstance(score, Element):
        return by.family == score.family
    return by == score


@dataclass(frozen=True, repr=False)
class Derivation:
    """A tuple of checked steps, whose names keep their meaning, with a title, a source and a legend.

    Attributes:
        name: of what it ends in (`bce`, `adam_first_step`).
        title: as a heading.
        summary: one sentence.
        source: where it can be read up.
        steps: the lines, each confirmed by its check.
        legend: what each letter means, and each function that not everybody knows, in the order in which they appear.
        loss: what the code is made from, if it ends in a loss.

    Raises:
        Refused: a line is not what its name stands for; the message shows a point where they differ.
    """

    name: str
    title: str
    summary: str
    source: str
    steps: tuple[Step, ...]
    legend: tuple[tuple[Written, str], ...]
    loss: LossForm | None = None

    def __post_init__(self) -> None:
        names = Names()
        for step in self.steps:
            names.bind(step)

    @property
    def end(self) -> Step:
        """The last line."""
        return self.steps[-1]

    def __str__(self) -> str:
        return "\n".join([self.title, "", *map(str, self.steps)])

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.steps)} lines, {Verdict.weakest(step.verdict for step in self.steps)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from optiviz.derive.record import record

        return handout.article(record(self))

    def _repr_latex_(self) -> str:
        """What a notebook becomes in print."""
        from optiviz.derive.record import record

        return handout.latex(record(self))


@dataclass
class Story:
    """A derivation while it is told: `step` adds a line, or raises Refused."""

    names: Names = field(default_factory=Names)
    loss: LossForm | None = None

    @property
    def steps(self) -> list[Step]:
        """The lines so far."""
        return self.names.lines

    def step(
        self, after: Written | Compare, check: Check, reason: str, *, left: Written | None = None, rule: str = ""
    ) -> Step:
        """Add the line `left = after`, if `check` confirms it and the name is right.

        Without `left` it is called what its check knows it to be, and goes on with the line before if it says the same.

        Raises:
            Refused: the line does not follow, or is not what its name stands for; the message shows where.
        """
        name = check.left()
        goes_on = bool(self.steps) and check.of is self.steps[-1] and name is not None and name == check.of.subject
        made = Step(left or (None if goes_on else name), after, check, rule or check.rule, reason)
        self.names.bind(made)
        return made

    def ends_in(self, loss: LossForm) -> None:
        """Attach the loss that the code is made from; its steps are steps of this story."""
        if strangers := [s for s in (loss.loss, *loss.gradients) if s not in self.steps]:
            raise Refused(f"{strangers[0]} is not a step of this derivation")
        self.loss = loss

    def legend(self) -> tuple[tuple[Written, str], ...]:
        """Each letter of the steps with its meaning, and each function that its name does not explain.

        Raises:
            ValueError: a letter has no meaning, or two.
        """
        found: dict[tuple[str, int], tuple[Written, str]] = {}
        for each, name, told in (
            one for step in self.steps for tree in (step.left, step.after) for one in explained(tree)
        ):
            if not told:
                raise ValueError(f"what does {each} mean? Give it a meaning")
            _, meaning = found.setdefault((name, len(each.args)), (each, told))
            if meaning != told and not isinstance(each, Call):
                raise ValueError(f"{each} means both {meaning} and {told}")
        return tuple(found.values())


def explained(tree: Written | None) -> Iterator[tuple[Written, str, str]]:
    """What a reader may have to look up, as it is read, each with its name and what it means.

    Of what a name such as J(z) or J(z₁, z₂, …) mentions, only what has a meaning, and no single elements.
    """
    match tree:
        case Letter():
            yield tree, tree.name, tree.meaning
        case Element(family):
            yield tree, family.name, family.meaning
        case Total(_, index):
            yield index, index.name, index.meaning
        case Call(name, args) if FUNCTIONS[name].meaning:
            shown = tree.with_args(tuple(arg if isinstance(arg, Letter) else Letter("u") for arg in args))
            yield shown, f"{name}()", FUNCTIONS[name].meaning.format(*map(str, shown.args))
        case Named(_, args):
            yield from (one for arg in args if not _is_one(arg) for one in explained(arg) if one[2])
            return
    for part in tree.args if tree is not None else ():
        yield from explained(part)


def _is_one(tree: Written) -> bool:
    return isinstance(tree, Element) and len(tree.args) == len(tree.family.axes)


_stories: dict[str, tuple[str, Callable[[Story], None]]] = {}


def derivation(title: str) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """Enter a story in the registry, under its function's name. Its docstring is the summary, and the source."""

    def enter(tell: Callable[[Story], None]) -> Callable[[Story], None]:
        _stories[tell.__name__] = (title, tell)
        return tell

    return enter


def names() -> list[str]:
    """The derivations by name; none of them is built for that."""
    return list(_stories)


def story(name: str) -> Callable[[Story], None]:
    """What tells the derivation of that name."""
    return _stories[name][1]


def chapter(name: str) -> str:
    """The module of `optiviz.derive.stories` that tells the derivation of that name."""
    return story(name).__module__.rpartition(".")[2]


@functools.cache
def derive(name: str) -> Derivation:
    """The derivation of that name, built and checked when it is first asked for, which takes some time.

    Raises:
        LookupError: there is none; the message proposes the nearest.
    """
    plain = name.replace("-", "_").lower()
    if plain not in _stories:
        raise LookupError(f"unknown derivation '{name}'; {nearest(plain, _stories, 'there are')}")
    title, tell = _stories[plain]
    story = Story()
    tell(story)
    summary, _, rest = (inspect.getdoc(tell) or "").partition("\n\n")
    source = re.search(r"Source: (.*)", rest, re.DOTALL)
    where = " ".join(source[1].split()) if source else ""
    return Derivation(plain, title, " ".join(summary.split()), where, tuple(story.steps), story.legend(), story.loss)
