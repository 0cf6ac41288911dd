"""What the names of a derivation stand for: J(μ), yₜ, μ̂ mean what the first line with that name says, to the end.

A name with brackets is a function: J(μ) = ... says what J is of any μ, so J(2) is that at 2, and what the brackets do
not show is held fixed. What a name shows, the next one shows as well while it is there, or it shows none of it: so
f(x), a density, makes ℓ(μ), a likelihood.

Where the name of a line follows from that of the line before, its check knows it: ∂J(μ)/∂μ for a derivative, J(2) for a
value. Any other name is new, or must stand for what the line says. What solves for μ is called μ, μ̂ or μ_best.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from optiviz.derive.checks import Affine, Put, RootOf
from optiviz.derive.conditions import Smallest
from optiviz.derive.functions import FUNCTIONS
from optiviz.derive.proof import confirm
from optiviz.derive.rewriting import applied, mentioned, stem, transformed, walk
from optiviz.derive.step import Check, Step
from optiviz.derive.verdict import Refused
from optiviz.derive.written import Call, Derivative, Element, Family, Letter, Named, Number, Operation, Written

__all__ = ["Names"]

Signature: TypeAlias = tuple[str, tuple[tuple[str, ...], ...]]
"""The name of a function, and the axes of each of its arguments: none of a number, one of a row."""


@dataclass
class Meaning:
    """What a name with brackets stands for: `formula`, of its `parameters`; `form` is what is so called, as |r|²."""

    form: str
    parameters: tuple[Letter | Family, ...]
    formula: Written


@dataclass
class Names:
    """The lines of a derivation so far, and what their names stand for.

    Attributes:
        lines: the lines.
        functions: the names with brackets.
        letters: the names without, as they are printed, and what letters abbreviate.
        families: the families by name.
        roots: what an unknown was found to be.
    """

    lines: list[Step] = field(default_factory=list)
    functions: dict[Signature, Meaning] = field(default_factory=dict)
    letters: dict[str, Written] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    roots: dict[str, Written] = field(default_factory=dict)

    def bind(self, step: Step) -> None:
        """Add a line.

        Raises:
            Refused: it is not what its name stands for, with a point where they differ; or its name says nothing.
        """
        known = self._known_name(step)
        if step.left is None:
            if known is None or step.check.of is not self.lines[-1] or known != step.subject:
                raise Refused(f"{step.after} has no name, and does not go on from the line before; give it one")
        elif step.left != known:
            self._name(step, step.left)
        elif isinstance(step.check, (RootOf, Smallest)):
            _agree(step.left, self.roots.setdefault(str(known), step.after), step.after)
        self._note_abbreviations(step)
        self.lines.append(step)

    def meaning(self, tree: Written) -> Written:
        """The formula with what they stand for in place of its names.

        Raises:
            Refused: nothing has been said of a name.
        """
        named = _only_name(tree)
        found = named and self.functions.get(_signature(named))
        if named and found and found.form == _form(tree):
            arguments = map(self.meaning, _arguments(named))
            return applied(found.formula, dict(zip(found.parameters, arguments, strict=True)))
        if isinstance(tree, Named):
            raise Refused(f"no line says what {tree} is" + (f", but only {found.form}" if found else ""))
        if isinstance(tree, (Letter, Element)) and str(tree) in self.letters:
            return self.letters[str(tree)]
        return tree.with_args(tuple(map(self.meaning, tree.args)))

    def _known_name(self, step: Step) -> Written | None:
        """What its check knows the line to be, if that goes on from lines of this derivation."""
        if all(other in self.lines for other in vars(step.check).values() if isinstance(other, Step)):
            return step.check.left()
        if step.via is not None:
            raise Refused(f"{step.via} is about lines of another derivation")
        return None

    def _name(self, step: Step, left: Written) -> None:
        """The line has a name of its own: a new one, or one that stands for the same."""
        if any(isinstance(part, Derivative) for part in walk(left)):
            raise Refused(f"{left}: what a line is the derivative of, its check knows")
        unknown = self._unknown(step.check)
        if unknown is not None and not _is_estimate(left, unknown):
            raise Refused(
                f"{left} is no name for what {unknown} was found to be; give {unknown} a hat, or a word below"
            )
        if isinstance(step.check, Affine) and step.check.parameters:
            _same_optimum(step.check, left)
        named = _only_name(left)
        if named and _signature(named) not in self.functions:
            self._new_function(step, named, _form(left))
        elif _is_free(left) and str(left) not in self.letters:
            self._new_letter(step, left)
        else:
            _agree(left, self.meaning(left), step.after)
        for said, proved in zip(step.check.facts(left), step.check.facts(step.after), strict=True):
            for ours, theirs in zip(said.args, proved.args, strict=True):
                _agree(ours, self.meaning(ours), theirs)

    def _unknown(self, check: Check) -> Written | None:
        """The unknown that the line has found, or found at some values."""
        if isinstance(check, (RootOf, Smallest)):
            return check.unknown
        before = check.of.subject if isinstance(check, Put) and check.of else None
        return before if str(before) in self.roots else None

    def _new_function(self, step: Step, named: Named, form: str) -> None:
        arguments = _arguments(named)
        if not all(map(_is_free, arguments)) or len({*map(str, arguments)}) < len(arguments):
            raise Refused(f"{named} is new, so its brackets must show letters, each once")
        if str(Named(named.name, (Letter("u"),))) in {str(Call(name, (Letter("u"),))) for name in FUNCTIONS}:
            raise Refused(f"{named} is the name of a function that everybody knows")
        parameters = tuple(stem(each) for each in arguments)
        seen = mentioned(step.after) | (mentioned(step.via) if step.via is not None else set())
        if idle := [each for each in parameters if each not in seen]:
            raise Refused(f"{named} shows {idle[0].name}, which is not in {step.after}")
        before = step.check.of.subject if step.check.of and step.check.of in self.lines else None
        shown = _shown(before) if before is not None else set()
        if shown & mentioned(named) and (lost := shown & mentioned(step.after) - mentioned(named)):
            raise Refused(f"{named} does not show {_first(lost)}, which {before} does, and the line still has it")
        self.functions[_signature(named)] = Meaning(form, parameters, step.after)

    def _new_letter(self, step: Step, left: Written) -> None:
        own = stem(left)
        used = {(type(each), each.name) for line in self.lines for each in mentioned(line.after)}
        if (type(own), own.name) in used or any(part == left for part in walk(step.after)):
            raise Refused(f"{left} is already in use for any number, so it cannot be the name of {step.after}")
        self.letters[str(left)] = step.after

    def _note_abbreviations(self, step: Step) -> None:
        """What its letters abbreviate is the same all along, and none that is a name stands for any number."""
        names = self.letters.keys() & {str(part) for part in mentioned(step.after) if _is_any_number(part)}
        if names:
            raise Refused(f"{step.after} has {min(names)} for any number, but an earlier line has that name")
        for part in mentioned(step.after) | (mentioned(step.left) if step.left is not None else set()):
            if isinstance(part, Letter) and part.definition is not None:
                _agree(part, self.letters.setdefault(str(part), part.definition), part.definition)
            if isinstance(part, Family) and part.definition != self.families.setdefault(part.name, part).definition:
                raise Refused(f"{part.name} is given two meanings")


def _shown(name: Written) -> set[Letter | Family]:
    """What a name shows; no sizes and indices, which only its abbreviations have."""
    return {each for each in mentioned(name) if isinstance(each, Family) or not (each.size or each.domain.sizes)}


def _first(letters: set[Letter | Family]) -> str:
    return min(each.name for each in letters)


def _same_optimum(check: Affine, left: Written) -> None:
    """Raise Refused unless what stays the same is the optimum over what the name shows."""
    if hidden := {stem(part) for part in check.parameters} - mentioned(left):
        raise Refused(f"{left} does not show {_first(hidden)}, over which the optimum is meant")
    if moved := mentioned(left) & (mentioned(check.scale) | mentioned(check.shift)):
        raise Refused(f"{left} shows {_first(moved)}, on which the dropped constants depend")


def _agree(name: Written, meaning: Written, formula: Written) -> None:
    """Raise Refused unless what a name stands for is the formula."""
    if meaning == formula:
        return
    try:
        confirm(meaning, formula)
    except Refused as refused:
        raise Refused(f"{name} stands for something else: {refused}") from None


def _only_name(tree: Written) -> Named | None:
    """The name with brackets that the formula is made of, if there is but one and else only numbers, as in |r(β)|²."""
    if isinstance(tree, (Call, Operation)):
        inside = [part for part in tree.args if not isinstance(part, Number)]
        return _only_name(inside[0]) if len(inside) == 1 else None
    return tree if isinstance(tree, Named) else None


def _form(tree: Written) -> str:
    return str(transformed(tree, lambda part: Named(part.name) if isinstance(part, Named) else None))


def _arguments(named: Named) -> tuple[Written, ...]:
    """What is in the brackets; z₁, z₂, … is one argument, the whole family."""
    match named.args:
        case (Element(family), Element(), Letter("dots")):
            return (family.whole(family.meaning),)
    return named.args


def _signature(named: Named) -> Signature:
    return named.name, tuple(map(_axes, _arguments(named)))


def _axes(argument: Written) -> tuple[str, ...]:
    match argument:
        case Letter(family=Family(axes=axes)):
            return tuple(axis.name for axis in axes)
        case Element(family, indices):
            return tuple(axis.name for axis in family.axes[len(indices) :])
    return ()


def _is_any_number(part: Letter | Family) -> bool:
    return isinstance(part, Letter) and part.definition is None and part.family is None


def _is_free(tree: Written) -> bool:
    """Whether it is a letter or an element that abbreviates nothing."""
    match tree:
        case Letter(definition=None, size=None, family=None) | Element(Family(definition=None)):
            return True
        case Letter(family=Family(definition=None)):
            return True
    return False


def _is_estimate(left: Written, unknown: Written) -> bool:
    """Whether it is the unknown with a hat, or with a word below."""
    return str(left) == str(_hatted(unknown)) or str(left).startswith(f"{unknown}_")


def _hatted(unknown: Written) -> Written:
    match unknown:
        case Letter(name):
            return Letter(f"{name}hat")
        case Element(family):
            return replace(unknown, family=replace(family, name=f"{family.name}hat"))
    return unknown.with_args((_hatted(unknown.args[0]), *unknown.args[1:]))
