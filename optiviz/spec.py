"""The grammar of formulas as text, as the command line and the files of a run have them.

`adam:lr=0.1,beta1=0.8`, `torch.adagrad`, `adam+clip_norm:limit=2`, `lion.py:lion:lr=0.01`; schedules in a row,
`warmup:steps=100 >> cosine:steps=200`, and with brackets where one stands inside another formula,
`adam:lr=step(every=50,factor=0.3)`; augmentations in a row, `flip >> shift:by=0.1,fill=reflect`; surfaces as formulas,
`x**2 + 10*y**2`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import rshift
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from optiviz.expression import FUNCTIONS
from optiviz.formula import Formula, article
from optiviz.optimizers import Optimizer, Wrapper, named
from optiviz.schedules import Reaction, Schedule
from optiviz.series import read_columns
from optiviz.surfaces import DataSurface, Surface, from_text

if TYPE_CHECKING:
    from optiviz.data.augment import Augmentation

__all__ = [
    "assignments",
    "changed",
    "files_in",
    "find_augmentation",
    "find_rule",
    "find_schedule",
    "find_surface",
    "formula",
    "split",
    "wrapped",
]

F = TypeVar("F", bound=Formula)

NAME = r"[A-Za-z_][\w-]*"
PARAMS = r"(?::(?P<params>.*=.*)|\((?P<inside>.*=.*)\))?"
SPEC = re.compile(rf"(?P<name>(?:.*\.py:)?{NAME}(?:\.{NAME})?(?:\+{NAME})*|.*\.py){PARAMS}", re.DOTALL)
FILE = re.compile(r"\.py(?=:)")
"""Where the name of a file ends, before that of a formula."""

BEFORE = re.compile(r"^|[\s:=+>,(]")
"""What stands before the name of a file, and may stand in it, too."""

COMMA = re.compile(r",(?![^()]*\))")
"""One that is not inside brackets."""


def files_in(text: str) -> Iterator[str]:
    """The user's files that a text takes formulas from: of what ends like one, the longest part that is one.

    >>> [*files_in("adam+clip_norm:limit=2")]
    []
    """
    for end in FILE.finditer(text):
        parts = (text[before.end() : end.end()] for before in BEFORE.finditer(text, 0, end.start()))
        yield from islice((part for part in parts if Path(part).is_file()), 1)


def split(text: str, words: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """A spec as its name and its parameters, of which some are words.

    Raises:
        ValueError: it is not written as a spec.

    >>> split("adam:lr=0.1,beta1=0.8")
    ('adam', {'lr': 0.1, 'beta1': 0.8})
    >>> split("step(every=50, factor=0.3)")
    ('step', {'every': 50.0, 'factor': 0.3})
    >>> split("shift:by=0.1,fill=reflect", words={"fill"})
    ('shift', {'by': 0.1, 'fill': 'reflect'})
    """
    name, params = _parts(text)
    return name, assignments(params, words)


def _parts(text: str) -> tuple[str, list[str]]:
    """The name, and `NAME=VALUE` for each parameter."""
    match = SPEC.fullmatch(text.strip())
    if not match:
        several = "" if "=" in text or "," not in text else ", and part several by spaces"
        raise ValueError(f"cannot read '{text}'; write NAME or NAME:PARAMETER=VALUE,... such as adam:lr=0.1{several}")
    params = match["params"] or match["inside"]
    return match["name"], COMMA.split(params) if params else []


def changed(text: str, *params: str) -> str:
    """The spec with other parameters.

    Raises:
        ValueError: it is not written as a spec, or a parameter not as NAME=VALUE.

    >>> changed("adam:lr=0.1,beta1=0.8", "lr=0.2", "eps=1e-6")
    'adam:lr=0.2,beta1=0.8,eps=1e-6'
    """
    name, before = _parts(text)
    values: dict[str, str] = {}
    for each in (before, params):
        assignments(each)
        pairs = (param.partition("=") for param in each)
        values |= {key.strip().replace("-", "_"): value.strip() for key, _, value in pairs}
    return ":".join(filter(None, [name, ",".join(f"{key}={value}" for key, value in values.items())]))


def wrapped(text: str, wrapper: str) -> str:
    """The spec of the rule in a wrapper more.

    Raises:
        ValueError: it is not written as a spec.

    >>> wrapped("adam:lr=0.1", "clip_norm")
    'adam+clip_norm:lr=0.1'
    """
    name, params = _parts(text)
    return ":".join(filter(None, [f"{name}+{wrapper}", ",".join(params)]))


def assignments(texts: Iterable[str], words: Collection[str] = ()) -> dict[str, Any]:
    """`NAME=VALUE` texts as a dictionary; a value is a number or the spec of a schedule, or, of some, a word.

    Raises:
        ValueError: one is not written so, or a name stands there twice.

    >>> assignments(["lr=0.1", "beta1=0.8"])
    {'lr': 0.1, 'beta1': 0.8}
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            point = ", a number with a point" if name.isdecimal() else ""
            raise ValueError(f"cannot read '{text}'; write NAME=VALUE such as lr=0.1{point}")
        if name.replace("-", "_") in found:
            raise ValueError(f"{name} is given twice")
        found[name.replace("-", "_")] = value if name in words else _value(name, value)
    return found


def _value(name: str, text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        pass
    if re.fullmatch(r"-?\d+,\d+", text):
        raise ValueError(f"{name} must be a number, not '{text}'; write {text.replace(',', '.')}")
    try:
        return find_schedule(text)
    except (LookupError, ValueError) as error:
        raise ValueError(f"{name} must be a number or a schedule, not '{text}': {error}") from None


def formula(kind: type[F], text: str) -> F:
    """The formula that a spec names, with its parameters.

    Raises:
        LookupError: there is none of that name, or it has no such parameter.
        TypeError, ValueError: a parameter is not what it may be.

    >>> formula(Optimizer, "adam:lr=0.1")
    adam(lr=0.1)
    """
    name, params = split(text, kind.choices)
    found: F = kind.registry[name]
    return found.configured(**params) if params else found


INSTEAD: dict[type[Formula], str] = {
    Schedule: "it as a learning rate, adam:lr=",
    Reaction: "it for one optimizer, optiviz animate adam --reaction ",
    Surface: "-s ",
    Wrapper: "what it goes around, adam+",
}
"""How what is no rule is given to one."""


def find_rule(text: str) -> Optimizer:
    """The rule that a spec names, in whichever dialect and with its wrappers.

    >>> find_rule("adam+clip_norm:limit=2")
    adam+clip_norm(limit=2.0)
    """
    name, params = split(text)
    try:
        rule = named(name)
    except LookupError:
        plain = name.replace("-", "_").lower()
        for kind, instead in INSTEAD.items():
            if plain in kind.registry.formulas:
                raise LookupError(f"{plain} is {article(kind.kind)}, no optimizer; write {instead}{plain}") from None
        raise
    return rule.configured(**params)


def find_schedule(text: str) -> Schedule:
    """The schedule that a spec names, or several in a row. `until` ends one that has no end of its own.

    >>> find_schedule("constant:lr=0.5,until=2 >> exponential:k=0.1")(1)
    0.5
    """
    first, *others = (part.strip() for part in text.split(">>"))
    found = _one_schedule(first)
    for other in others:
        if found.length is None:
            raise ValueError(f"{found.name} has no end; write {found.name}:until=100 >> {other}")
        found = found >> _one_schedule(other)
    return found


def _one_schedule(text: str) -> Schedule:
    name, params = split(text)
    end = params.pop("until", None)
    found: Schedule = Schedule.registry[name].configured(**params)
    return found if end is None else found.until(end)


def find_augmentation(text: str) -> Augmentation:
    """The augmentation that a spec names, or several in a row.

    >>> find_augmentation("flip >> shift:by=0.2,fill=reflect")
    flip >> shift(by=0.2, fill='reflect')
    """
    from optiviz.data.augment import Augmentation

    found: Augmentation = reduce(rshift, (formula(Augmentation, part.strip()) for part in text.split(">>")))
    return found


def find_surface(text: str, box: tuple[float, ...] | None = None, data: Path | None = None) -> Surface:
    """The surface that a spec names, or the one that a formula describes; a loss may be on data of one's own."""
    if data is not None:
        return _on_data(formula(Surface, text), data)
    words = set(re.findall(r"[A-Za-z_]\w*", text))
    vocabulary = {"x", "y", "pi", "e", *FUNCTIONS}
    arithmetic = re.search(r"[-+*/^()²³]", text) and not re.fullmatch(r"[A-Za-z][\w-]*", text, re.ASCII)
    if ".py" not in text and (arithmetic or words <= vocabulary):
        plain = text.replace("-", "_").partition(":")[0]
        if plain not in Surface.registry.formulas:
            return from_text(text, box)
    if box is not None:
        raise ValueError("--box is for a formula of your own; a named surface has its box")
    return formula(Surface, text)


def _on_data(surface: Surface, file: Path) -> Surface:
    if not isinstance(surface, DataSurface):
        known = ", ".join(f.name for f in Surface.registry.values() if isinstance(f, DataSurface))
        raise ValueError(f"{surface.name} has no data; --data is for a loss on data: {known}")
    return surface.on(*read_columns(file, surface.data_names))
