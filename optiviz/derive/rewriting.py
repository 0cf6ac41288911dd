"""What can be done with a formula without knowing what it means: look at its parts, and put others in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from optiviz.derive.written import Element, Family, Integral, Letter, Total, Writable, Written, written

__all__ = ["Replacements", "bound_letter", "expanded", "free_letters", "leaves", "replaced", "transformed", "walk"]

Replacements: TypeAlias = Mapping[Any, Writable | Callable[..., Written]]
"""What takes the place of a formula (itself), and of a family (a function of the indices)."""


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
    if isinstance(tree, Element) and tree.family in by:
        make: Any = by[tree.family]
        return written(make(*(replaced(each, by, capture=capture) for each in tree.args)))
    own = bound_letter(tree)
    if own is not None:
        by = {key: value for key, value in by.items() if key != own}
        touched = {v for k, v in by.items() if isinstance(v, Written) and any(part == k for part in walk(tree))}
        if not capture and any(own in free_letters(value) for value in touched):
            raise ValueError(f"{own} would be caught by the sum over {own}; use another index")
    return tree.with_args(tuple(replaced(part, by, capture=capture) for part in tree.args))


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
