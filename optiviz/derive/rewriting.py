"""What can be done with a formula without knowing what it means: look at its parts, and put others in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from optiviz.derive.written import (
    Derivative,
    Element,
    Family,
    Integral,
    Letter,
    Number,
    Operation,
    Total,
    Writable,
    Written,
    written,
)

__all__ = [
    "Replacements",
    "applied",
    "bound_letter",
    "combined",
    "expanded",
    "free_letters",
    "leaves",
    "mentioned",
    "named_at",
    "replaced",
    "stem",
    "transformed",
    "walk",
]

Replacements: TypeAlias = Mapping[Any, Writable | Callable[..., Written]]
"""What takes the place of a formula (itself), and of a family (a function of the indices, or a row of another)."""


def walk(tree: Written) -> Iterator[Written]:
    """The formula and all its parts, from the outside in."""
    yield tree
    for part in tree.args:
        yield from walk(part)


def bound_letter(tree: Written) -> Letter | None:
    """The letter that a sum or an integral runs over."""
    return tree.index if isinstance(tree, Total) else tree.variable if isinstance(tree, Integral) else None


def free_letters(tree: Written) -> set[Letter]:
    """The letters that stand for a number from outside; those that a sum or an integral runs over do not."""
    if isinstance(tree, Letter):
        return {tree}
    own = bound_letter(tree)
    return set().union(*(free_letters(part) for part in tree.args)) - ({own} if own else set())


def replaced(tree: Written, by: Replacements, *, capture: bool = False) -> Written:
    """`tree` with parts replaced: letters, elements and other formulas, or families (by a function of the indices).

    Raises:
        ValueError: the index of a sum would get hold of a letter that means something else.
    """
    if tree in by:
        return written(by[tree])  # type: ignore[arg-type]
    if isinstance(tree, (Element, Letter)) and tree.family in by:
        return _from_row(by[tree.family], tuple(replaced(each, by, capture=capture) for each in tree.args))
    own = bound_letter(tree)
    if own is not None:
        by = {key: value for key, value in by.items() if key != own}
        touched = {v for k, v in by.items() if isinstance(v, Written) and any(part == k for part in walk(tree))}
        if not capture and any(own in free_letters(value) for value in touched):
            raise ValueError(f"{own} would be caught by the sum over {own}; use another index")
    return tree.with_args(tuple(replaced(part, by, capture=capture) for part in tree.args))


def _from_row(row: Any, indices: tuple[Written, ...]) -> Written:
    """The element with these indices, of a row that is a letter for a family, a row of one, or a function."""
    match row:
        case Letter(family=Family() as family):
            return Element(family, indices) if indices else row
        case Element(family, first):
            return Element(family, (*first, *indices))
    return written(row(*indices))


def named_at(subject: Written | None, source: Written, by: Replacements) -> Written | None:
    """What `source` is called after a replacement if it is called `subject` before, as f(x) becomes f(1).

    None if that does not show: something is replaced that is not in the name.
    """
    if isinstance(subject, Derivative):
        of, slope_by = subject.args
        inner = named_at(of, source, by)
        return inner and subject.with_args((inner, slope_by))
    for key, value in by.items():
        in_name = subject is not None and any(key in (part, getattr(part, "family", None)) for part in walk(subject))
        in_source = key in mentioned(source) or any(part == key for part in walk(source))
        if (in_source and not in_name) or (in_name and callable(value)):
            return None
    return subject and replaced(subject, by)


def mentioned(tree: Written) -> set[Letter | Family]:
    """The letters and families of a formula, with those of all that they abbreviate or depend on."""
    found: set[Letter | Family] = set()
    for part in walk(tree):
        if isinstance(part, Letter):
            found |= {part} | (mentioned(part.definition) if part.definition is not None else set())
        if isinstance(part, (Letter, Element)) and part.family is not None:
            found |= {part.family} | (mentioned(part.family.definition[1]) if part.family.definition else set())
            found |= {part.family.depends_on} if part.family.depends_on else set()
    return found


def stem(part: Written) -> Letter | Family:
    """A letter itself; of an element, and of a letter that stands for a whole family, the family."""
    if not isinstance(part, (Letter, Element)):
        raise TypeError(f"{part} is neither a letter nor an element")
    return part.family or part  # type: ignore[return-value]


def applied(body: Written, values: Replacements) -> Written:
    """The value of a function whose formula is `body`: its letters replaced, and no index caught by a sum in it."""
    taken = set().union(*(free_letters(value) for value in values.values() if isinstance(value, Written)))
    return replaced(_fresh(expanded(body), taken), values)


def expanded(tree: Written) -> Written:
    """`tree` with what its letters abbreviate written out."""
    if isinstance(tree, Letter) and tree.definition is not None:
        return expanded(tree.definition)
    args = tuple(expanded(part) for part in tree.args)
    if isinstance(tree, Element) and tree.family.definition is not None:
        indices, body = tree.family.definition
        return replaced(
            _fresh(expanded(body), set().union(*map(free_letters, args))), dict(zip(indices, args, strict=True))
        )
    return tree.with_args(args)


def _fresh(tree: Written, taken: set[Letter]) -> Written:
    """`tree` with the index of each sum renamed that is among the letters `taken`."""
    args = tuple(_fresh(part, taken) for part in tree.args)
    if isinstance(tree, Total) and tree.index in taken:
        new = replace(tree.index, name=tree.index.name + "′")
        body = replaced(args[0], {tree.index: new})
        return _fresh(replace(tree, index=new, args=(body, *args[1:])), taken)
    return tree.with_args(args)


def leaves(tree: Written) -> tuple[dict[str, Letter], dict[str, Family]]:
    """The letters and the families of a formula by name, with the sizes that they run to."""
    letters: dict[str, Letter] = {}
    families: dict[str, Family] = {}

    def note(part: Any) -> None:
        if isinstance(part, Letter):
            letters[part.name] = part
            note(part.size)
        elif isinstance(part, Family):
            families[part.name] = part
            for axis in (*part.axes, part.size):
                note(axis)

    for part in walk(tree):
        note(part.family if isinstance(part, Element) else part)
        note(bound_letter(part))
    return letters, families


def transformed(tree: Written, change: Callable[[Written], Written | None]) -> Written:
    """`tree` rebuilt from the inside out; where `change` gives something, that takes the part's place."""
    made = tree.with_args(tuple(transformed(part, change) for part in tree.args))
    new = change(made)
    return made if new is None else new


def combined(formula: Written, scale: Written, shift: Written) -> Written:
    """`scale` times the formula plus `shift`, with no factor of 1 and no term of 0."""
    units: dict[Written, Written] = {Number(1): formula, Number(-1): -formula}
    scaled = units.get(scale, scale * formula)
    return scaled if shift == Number(0) else _with_terms(scaled, shift)


def _with_terms(formula: Written, more: Written) -> Written:
    """`formula + more`, term by term, so that no brackets are needed."""
    match more:
        case Operation("+", (first, second)):
            return _with_terms(_with_terms(formula, first), second)
        case Operation("-", (first, second)):
            return _with_terms(formula, first) - second
        case Operation("negative", (term,)):
            return formula - term
    return formula + more
