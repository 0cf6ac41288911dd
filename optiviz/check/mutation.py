"""What makes the catalogue of mistakes work: a rule, its mutants, and what each says to the student."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import product
from typing import Any

from optiviz.check.patterns import INPUTS, Place, lines_against, lines_with, places, rewritten, with_nodes
from optiviz.names import symbol
from optiviz.optimizers import Optimizer
from optiviz.trace import Node, Trace, printers, reachable

__all__ = ["CATALOGUE", "Mutant", "Rule", "Variant", "Variants", "heading", "mistake", "mistake_of_the_rule", "mutants"]


@dataclass(frozen=True)
class Rule:
    """A rule as its trace, with the handles by which a mistake can get hold of it.

    Attributes:
        name: what it is called.
        trace: what it does.
        first: its slots by name, with the nodes of their first values.
        defaults: the hyperparameters, by name.
        given: those of them that the student's rule has, too, with its names for them.
    """

    name: str
    trace: Trace
    first: Mapping[str, Node]
    defaults: Mapping[str, float]
    given: Mapping[str, str]

    @classmethod
    def of(cls, rule: Optimizer, given: Mapping[str, str] | None = None) -> Rule:
        """The rule of an optimizer, with its hyperparameters; its mistakes are made once for many files."""
        return _rule(rule, tuple(({name: name for name in rule.params} if given is None else given).items()))

    @property
    def missing(self) -> list[str]:
        """The hyperparameters that the student's rule has not."""
        return [name for name in self.defaults if name not in self.given]

    @cached_property
    def equations(self) -> list[str]:
        """Its lines as they stand on the slide."""
        return printers.unicode(self.trace)

    @cached_property
    def nodes(self) -> list[Node]:
        """All nodes, in the order of the source."""
        return reachable(*self.trace.outputs)

    @cached_property
    def against(self) -> str:
        """The lines by which it goes against the gradient; of several the sign of any may be the wrong one."""
        found = [self.equations[i] for i in lines_against(self.trace)] or self.equations[-1:]
        together = "; the signs of these lines count together, so turn those of one" if len(found) > 1 else ""
        return f"Go against the gradient{together}: {', '.join(found)}"

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Every mistake in it; some may change nothing in its numbers."""
        return [*mutants(self)]

    @property
    def old(self) -> dict[str, Node]:
        """What the slots held before the update."""
        return {slot: self.trace.inputs[slot] for slot in self.first}

    @property
    def new(self) -> dict[str, Node]:
        """What the slots hold after it."""
        return dict(zip(self.first, self.trace.outputs[1:], strict=True))

    def returning(self, values: Mapping[str, Node]) -> Trace:
        """The rule with other new values of its slots, or of theta."""
        return replace(self.trace, outputs=(*{"theta": self.trace.outputs[0], **self.new, **values}.values(),))

    def replacing(self, nodes: Mapping[Node, Node]) -> Trace:
        """The rule with other nodes everywhere."""
        return with_nodes(self.trace, nodes)

    def stepping(self, nodes: Mapping[Node, Node]) -> Trace:
        """The rule with other nodes where the new theta is made; the slots stay what they are."""
        stepped = with_nodes(self.trace, nodes)
        return replace(stepped, outputs=(stepped.outputs[0], *self.trace.outputs[1:]))

    def uses(self, node: Node, others: Iterable[Node]) -> bool:
        """Is the node made of one of the others?"""
        return not {id(n) for n in others}.isdisjoint(id(n) for n in reachable(node))


@lru_cache(256)
def _rule(rule: Optimizer, given: tuple[tuple[str, str], ...]) -> Rule:
    inputs = rule.trace.inputs
    first = {s: inputs[v] if isinstance(v, str) else Node(value=float(v)) for s, v in rule.slots.items()}
    return Rule(rule.name, rule.trace, first, rule.params, dict(given))


@dataclass(frozen=True)
class Variant:
    """A way to make a mistake: where, what becomes of the rule, and the nodes at which it can be seen."""

    where: str
    trace: Trace
    nodes: Sequence[Node] = ()
    words: Mapping[str, str] = field(default_factory=dict)


Variants = Iterator[Variant]


@dataclass(frozen=True)
class Mutant:
    """A rule with a mistake in it.

    Attributes:
        name: the mistake, and where it was made if it could be made in several places: `no_correction:vhat`.
        explanation: what is wrong, for the student.
        hint: what to write instead.
        trace: what the wrong rule does.
        lines: the lines of the rule, by their numbers, in which the mistake is.
    """

    name: str
    explanation: str
    hint: str
    trace: Trace
    lines: Sequence[int] = ()

    @property
    def kind(self) -> str:
        """The mistake without its place."""
        return self.name.partition(":")[0]


def heading(rule: Optimizer) -> str:
    """How the definition of a rule begins."""
    slots = "".join(f"{slot}={first!r}, " for slot, first in rule.slots.items())
    params = ", ".join(f"{name}={value!r}" for name, value in rule.defaults.items())
    return f"def {rule.name.rpartition('.')[2]}(theta, g, t, {slots}*, {params}):"


CATALOGUE: dict[str, Callable[[Rule], Iterator[Mutant]]] = {}
"""The mistakes by name, the likelier first; each makes its mutants of a rule."""


def mistake(function: Callable[..., Any]) -> Callable[..., Any]:
    """Enter a mistake that is a pair of patterns, (right, wrong), or several of them."""

    def variants(rule: Rule) -> Variants:
        for letters, numbers in _letters(function, rule):
            made = function(**letters, **{name: Node(value=value) for name, value in numbers.items()})
            words = {name: f"{value:g}" for name, value in numbers.items()}
            known = {name: rule.trace.inputs[name] for name in letters if name in INPUTS}
            for spelling in made if isinstance(made, list) else [made]:
                pairs = spelling if isinstance(spelling[0], tuple) else (spelling,)
                yield from _made_of_pairs(rule, pairs, known, words)

    CATALOGUE[function.__name__] = lambda rule: _said(function, rule, variants(rule))
    return function


def mistake_of_the_rule(function: Callable[[Rule], Variants]) -> Callable[[Rule], Variants]:
    """Enter a mistake that is made with the whole rule in view."""
    CATALOGUE[function.__name__] = lambda rule: _said(function, rule, function(rule))
    return function


def mutants(rule: Rule, names: Iterable[str] | None = None) -> Iterator[Mutant]:
    """Every mistake, or each of those named, in this rule; some may change nothing in its numbers."""
    for name in CATALOGUE if names is None else names:
        yield from CATALOGUE[name](rule)


def _letters(function: Callable[..., Any], rule: Rule) -> Iterator[tuple[dict[str, Node], dict[str, float]]]:
    """What a mistake is to be called with: letters, and one of the numbers that it proposes for each keyword."""
    letters: dict[str, Node] = {}
    numbers: dict[str, tuple[float, ...]] = {}
    for p in _signature(function):
        if p.kind is p.KEYWORD_ONLY:
            numbers[p.name] = p.default
        elif p.name in INPUTS and p.name not in rule.trace.inputs:
            return  # it is about a hyperparameter that this rule has not
        else:
            letters[p.name] = Node(name=p.name, scalar=p.name in ("t", "b"))
    for chosen in product(*numbers.values()):
        yield letters, dict(zip(numbers, chosen, strict=True))


@cache
def _signature(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return [*inspect.signature(function).parameters.values()]


def _made_of_pairs(
    rule: Rule, pairs: Sequence[tuple[Node, Node]], known: dict[str, Node], words: Mapping[str, str]
) -> Variants:
    """The rule with the first pair at each of its places and the other pairs wherever they then fit."""
    (right, wrong), *others = pairs
    first = places(rule.nodes, rule.first, known, right, wrong)
    changes = []
    for place in first:
        along = [places(rule.nodes, rule.first, place.bound, *other) for other in others]
        if all(along):
            changes.append([place, *(p for found in along for p in found)])
    if len(changes) > 1:  # made everywhere, it is more likely than made once
        changes.insert(0, [place for change in changes for place in change])
    for change in changes:
        yield _variant(rule, change, words, alone=len(changes) > 1 and change is not changes[0])


def _variant(rule: Rule, change: list[Place], words: Mapping[str, str], alone: bool) -> Variant:
    nodes = [place.node for place in change]
    factors = {place.bound["b"].name for place in change if "b" in place.bound}
    name = factors.pop() if len(factors) == 1 else "beta"
    said = {
        **words,
        "b": symbol(name).unicode,
        "code_b": name,
    }
    names = [rule.trace.lines[i].name for i in lines_with(rule.trace, nodes)]
    return Variant("+".join(dict.fromkeys(names)) if alone else "", rewritten(rule.trace, change), nodes, said)


def _said(function: Callable[..., Any], rule: Rule, variants: Variants) -> Iterator[Mutant]:
    """The variants with what the docstring says about each."""
    explanation, _, hint = (inspect.getdoc(function) or "").partition("\n\n")
    for variant in variants:
        equations = rule.equations
        touched = lines_with(rule.trace, variant.nodes)
        words = {
            "rule": rule.name,
            "where": variant.where,
            "line": " and ".join(dict.fromkeys(equations[i].partition(" = ")[0] for i in touched)),
            "lines": ", ".join(dict.fromkeys(equations[i] for i in touched)),
            "theta": equations[-1],
            "against": rule.against,
            "returns": f"return theta, {', '.join(rule.first)}",
            **variant.words,
        }
        wrong, right = (" ".join(text.format(**words).split()) for text in (explanation, hint or "{lines}"))
        where = variant.where.replace(" and ", "+")
        yield Mutant(":".join(filter(None, [function.__name__, where])), wrong, right, variant.trace, touched)
