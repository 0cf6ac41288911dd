"""A derivation as plain data, every formula of it printed: what is committed, and what needs no SymPy to be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optiviz.derive.derivation import Derivation, chapter, explained
from optiviz.derive.plain import plain
from optiviz.derive.printers import block, latex, mathml, pieces
from optiviz.derive.rewriting import walk
from optiviz.derive.step import Step
from optiviz.derive.written import Compare, Element, Letter, Named, Written, written

__all__ = ["formula", "record", "step_record"]

_GROUPS = {
    "priors": "Penalties, from priors",
    "convexity": "Convexity",
    "averages": "Optimizers",
    "quadratic": "Optimizers",
    "momentum": "Optimizers",
    "descent": "Optimizers",
}
"""Where the derivations of a module of stories belong that do not end in a loss."""


def record(derivation: Derivation) -> dict[str, Any]:
    """The derivation with its formulas in plain text, LaTeX, MathML and as blocks of characters."""
    steps = derivation.steps
    ends = (derivation.loss.loss, *derivation.loss.gradients) if derivation.loss else (derivation.end,)
    return {
        "name": derivation.name,
        "title": derivation.title,
        "summary": derivation.summary,
        "source": derivation.source,
        "group": "Losses" if derivation.loss else _GROUPS[chapter(derivation.name)],
        "legend": [{"letter": formula(letter), "meaning": meaning} for letter, meaning in _legend(derivation)],
        "steps": [step_record(step, steps[:n], _names(derivation)) for n, step in enumerate(steps)],
        "end": [steps.index(step) + 1 for step in ends],
    }


def step_record(step: Step, earlier: tuple[Step, ...] = (), known: set[str] | None = None) -> dict[str, Any]:
    """One line: `left = via = after`, with why it holds and how that was confirmed.

    `continues` says that the line is about the same as the one before, so that a slide leaves the left-hand side out;
    `from` is the number of the line that it follows from, if that is not the one before; `where` are the letters that
    it is the first to abbreviate something by, as far as that is said in letters that are `known`.
    """
    of = step.check.of
    where = [fact for fact in _abbreviations(step, earlier) if known is None or _written_in(fact) <= known]
    after = Compare(step.sign, (step.after, written(0))) if step.sign else step.after
    return {
        "left": step.subject and formula(step.subject),
        "continues": step.left is None,
        "relation": "⇔" if isinstance(step.after, Compare) else "=",
        "via": step.via and formula(step.via),
        "after": formula(after),
        "rule": step.rule,
        "reason": step.reason,
        "grade": step.verdict.grade.name.lower().replace("_", " "),
        "verdict": str(step.verdict),
        "facts": [formula(fact) for fact in step.facts],
        "where": [formula(fact) for fact in (*step.agreed, *where)],
        "from": earlier.index(of) + 1 if of in earlier[:-1] else None,
    }


def formula(tree: Written) -> dict[str, Any]:
    """The formula in one line of plain text, and in its terms: LaTeX, MathML and blocks with the line at their base."""
    terms = pieces(tree)
    return {
        "plain": plain(tree),
        "latex": [latex(term) for term in terms],
        "mathml": [mathml(term) for term in terms],
        "text": [["\n".join(made.lines), made.base] for made in map(block, terms)],
    }


def _names(derivation: Derivation) -> set[str]:
    """The letters that a reader meets; a definition may need others, only to say what a letter may stand for."""
    trees = [tree for step in derivation.steps for tree in (step.left, step.after) if tree is not None]
    if derivation.loss:
        trees += [*derivation.loss.scores, derivation.loss.targets]
    return set().union(*map(_written_in, trees))


def _written_in(tree: Written) -> set[str]:
    return {_name(part) for part in walk(tree) if isinstance(part, (Letter, Element))}


def _name(letter: Letter | Element) -> str:
    return letter.family.name if isinstance(letter, Element) else letter.name


def _legend(derivation: Derivation) -> list[tuple[Written, str]]:
    """The derivation's own, and what is to be looked up in the definitions that are shown."""
    found = {plain(letter): (letter, meaning) for letter, meaning in derivation.legend}
    known = _names(derivation)
    for step in derivation.steps:
        for fact in _definitions(step.after):
            for part, _, meaning in explained(fact) if _written_in(fact) <= known else ():
                if meaning and not isinstance(part, Element):
                    found.setdefault(plain(part), (part, meaning))
    return [*found.values()]


def _abbreviations(step: Step, earlier: tuple[Step, ...]) -> Iterator[Compare]:
    """What the letters of a line stand for, if no earlier line has said so."""
    said = {fact for before in earlier for fact in [*_named(before.left), *_definitions(before.after)]}
    said |= {Compare("=", (before.left, before.after)) for before in earlier if before.left is not None}
    plainly = {plain(fact) for fact in said}  # a letter may have other words about it
    for fact in [*_named(step.left), *_definitions(step.after)]:
        if plain(fact) not in plainly:
            plainly.add(plain(fact))
            yield fact


def _named(left: Written | None) -> Iterator[Compare]:
    """What the letters stand for that abbreviate in the brackets of a name."""
    for part in walk(left) if left is not None else ():
        if isinstance(part, Named):
            yield from _definitions(part)


def _definitions(tree: Written) -> Iterator[Compare]:
    """The letters of a formula that abbreviate, each with what it stands for, and so on within that."""
    for part in walk(tree):
        if isinstance(part, Letter) and part.definition is not None:
            yield part.equals(part.definition)
            yield from _definitions(part.definition)
        if isinstance(part, (Letter, Element)) and part.family and part.family.definition is not None:
            indices, body = part.family.definition
            yield part.family[indices].equals(body)
