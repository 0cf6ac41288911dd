"""Formulas: pure functions whose signature says everything.

A formula's variables are positional, its hyperparameters keyword-only. Called with variables it computes,
called with keywords alone it returns a copy with those hyperparameters. Each kind of formula (optimizer,
schedule, surface, average) has a registry, which its decorator fills.
"""

from __future__ import annotations

import copy
import inspect
import math
import traceback
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from optiviz.formula.documented import Documented
from optiviz.formula.registry import FormulaError, Registry, article, nearest, short
from optiviz.names import ORDERED, hyperparameter
from optiviz.trace import Line, Trace, Untraceable, printers, trace

__all__ = ["Formula", "checked_number", "once", "written"]


T = TypeVar("T")


class once(Generic[T]):  # noqa: N801, a decorator like property
    """A property that is made when first asked for, and that configured copies of a formula share."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make, self.__doc__ = make, make.__doc__

    def __get__(self, formula: Any, kind: type) -> T:
        if formula is None:
            return self  # type: ignore[return-value]
        made: dict[Any, T] = formula.__dict__["_made"]
        if self not in made:
            made[self] = self.make(formula)
        return made[self]


class Formula(Documented):
    """A pure function with a name, variables, slots and hyperparameters, read off its signature.

    Attributes:
        function: the function itself, the only place where the formula stands.
        params: the hyperparameters by name, with their defaults or what the user set.
        slots: the arguments with defaults, by name: what the formula remembers, and how it begins (a
            number, or the name of the argument whose first value it takes).
    """

    kind: ClassVar[str] = "formula"
    variables: ClassVar[tuple[tuple[str, ...], ...]]
    """The positional arguments that this kind may have."""
    example: ClassVar[str]
    """A definition of this kind, for messages."""
    takes_slots: ClassVar[bool] = False
    result: ClassVar[str]
    """What the first returned value is called."""
    decorator: ClassVar[str]
    """What makes a function one of this kind, for messages."""
    choices: ClassVar[Mapping[str, Collection[str]]] = {}
    """The parameters of this kind that are words, and which words."""
    registry: ClassVar[Registry[Any]]
    chosen: frozenset[str] = frozenset()
    """The hyperparameters that were set, be it to their defaults."""

    def __init_subclass__(cls) -> None:
        if "kind" in cls.__dict__:  # what is of the same kind shares its registry
            cls.registry = Registry(cls)
            cls.decorator = f"@{cls.kind}"

    def __init__(self, function: Callable[..., Any]) -> None:
        if not inspect.isfunction(function) or not function.__name__.isidentifier():
            raise TypeError(f"{article(self.kind)} is a function written with def, not {function!r:.40}")
        self.function = function
        self.name = function.__name__.rstrip("_")
        self.__doc__ = inspect.getdoc(function) or ""
        self.defaults, self.slots, self._variables = self._read_signature()
        self.params: dict[str, Any] = dict(self.defaults)
        self._made: dict[Any, Any] = {}

    def __call__(self, *variables: Any, **params: Any) -> Any:
        """With variables: the value. With keywords alone: a copy with those hyperparameters."""
        configured = self.configured(**params) if params else self
        return configured.function(*variables, **configured.params) if variables else configured

    def configured(self, **params: Any) -> Self:
        """A copy with other hyperparameters.

        Raises:
            LookupError: there is no hyperparameter of that name.
            TypeError, ValueError: the value is not a number, or not in the hyperparameter's domain, or above
                another that it may not exceed.
        """
        checked = {name: self._check(name, value) for name, value in params.items()}
        new = copy.copy(self)
        new.params = {**self.params, **checked}
        check_order(self.name, new.params)
        new.chosen = self.chosen | checked.keys()
        return new

    def _check(self, name: str, value: Any) -> Any:
        if name not in self.params:
            raise LookupError(f"{self.name} has no parameter '{name}'; {nearest(name, self.params, 'it has')}")
        if name in self.choices:
            known = [*self.choices[name]]
            if value not in known:
                raise ValueError(f"unknown {name} {value!r:.40}; {nearest(str(value), known, 'there are')}")
            return value
        number = checked_number(name, value)
        return int(number) if hyperparameter(name).domain.whole else number

    def renamed(self, name: str) -> Self:
        """A copy under another name, whose defaults are the hyperparameters that this one has."""
        new = copy.copy(self)
        new.name, new.defaults, new.chosen = name, dict(self.params), frozenset()
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A formula does not change, so it is its own copy."""
        return self

    def __repr__(self) -> str:
        changed = {k: v for k, v in self.params.items() if isinstance(v, np.ndarray) or v != self.defaults[k]}
        return f"{self.name}({', '.join(f'{k}={written(v)}' for k, v in changed.items())})" if changed else self.name

    # What the trace says.
    @once
    def trace(self) -> Trace:
        """What the formula does, read by calling it once on nodes.

        Raises:
            FormulaError: it is not straight-line, raises, or returns the wrong number of values.
        """
        results = (self.result, *self.slots)
        # A slot that depends on nothing with coordinates stays one number: begin with the variables and
        # those slots that copy one, and add what turns out to depend on them.
        wide = {v for v in self._variables if v != "t"}
        while True:
            wide |= {slot for slot, first in self.slots.items() if first in wide}
            found = self._traced(wide, results)
            outputs = zip(results[1:], found.outputs[1:], strict=True)
            wider = {slot for slot, node in outputs if not node.scalar} - wide
            if not wider:
                return found
            wide |= wider

    def _traced(self, wide: set[str], results: tuple[str, ...]) -> Trace:
        try:
            return trace(self.function, wide, self.params, results)
        except Untraceable as error:
            raise FormulaError(f"{self._line_of(error)}: {error}") from error
        except Exception as error:
            raise FormulaError(f"{self._line_of(error)}: {type(error).__name__}: {error}") from error

    def _line_of(self, error: Exception) -> str:
        """Where in the user's formula it went wrong, else where the formula begins."""
        name = self.function.__code__.co_filename
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename == name:
                return f"{short(name)}, line {frame.lineno}, in {self.name}"
        return f"{self.where}, in {self.name}"

    def equations(self) -> tuple[Line, ...]:
        """The lines of the formula in the order of the source, as (name, node) of the trace."""
        return self.trace.lines

    def unicode(self) -> list[str]:
        """The equations as plain text, one line of the source each."""
        return printers.unicode(self.trace)

    def latex(self) -> list[str]:
        """The equations in LaTeX, one line of the source each."""
        return printers.latex(self.trace)

    def javascript(self) -> str:
        """The formula as a JavaScript function with these hyperparameters as defaults."""
        for name, value in self.params.items():
            if isinstance(value, Formula):
                raise ValueError(
                    f"{name} follows a schedule ({value!r}); set it to a number before printing JavaScript"
                )
        return printers.javascript(self.trace, self.params)

    def _read_signature(self) -> tuple[dict[str, Any], dict[str, float | str], tuple[str, ...]]:
        """The hyperparameters, the slots and the variables of the function, checked."""
        variables, slots, params = [], {}, {}
        for p in inspect.signature(self.function, follow_wrapped=False).parameters.values():
            if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                raise self._bad_signature(f"takes {p}")
            if p.kind is p.KEYWORD_ONLY:
                if p.default in self.choices.get(p.name, ()):
                    params[p.name] = p.default
                    continue
                if isinstance(p.default, bool) or not isinstance(p.default, (int, float)):
                    raise self._bad_signature(f"has no number as default for '{p.name}'")
                try:
                    params[p.name] = checked_number(p.name, p.default)
                except ValueError as error:
                    raise FormulaError(f"{self.where}: {self.name}: {error}") from None
            elif p.default is p.empty:
                variables.append(p.name)
            else:
                slots[p.name] = p.default
        try:
            check_order(self.name, params)
        except ValueError as error:
            raise FormulaError(f"{self.where}: {error}") from None
        if tuple(variables) not in self.variables:
            raise self._bad_signature(f"takes ({', '.join(variables)})")
        if slots and not self.takes_slots:
            raise self._bad_signature(f"gives '{next(iter(slots))}' a default before the *")
        known = [*variables, *params]
        for slot, first in slots.items():
            named = isinstance(first, str) and first in known
            known.append(slot)
            if not named and (isinstance(first, bool) or not isinstance(first, (int, float))):
                raise self._bad_signature(f"begins '{slot}' with {first!r}, expected a number or an earlier argument")
        return params, slots, tuple(variables)

    def _bad_signature(self, what: str) -> FormulaError:
        return FormulaError(f"{self.where}: {self.name} {what}; {article(self.kind)} is written  {self.example}")


def written(value: Any) -> str:
    """A hyperparameter in words: a number, a schedule, or how many numbers.

    >>> written(0.1), written(np.array([[0.1], [0.2]]))
    ('0.1', '2 values from 0.1 to 0.2')
    """
    if not isinstance(value, np.ndarray):
        return repr(value)
    return f"{value.size} values from {value.min():g} to {value.max():g}"


def checked_number(name: str, value: Any) -> float:
    """`value` as the number that hyperparameter `name` may take; the one place where this is checked."""
    number = value.item() if isinstance(value, np.generic) else value  # no float64 in disguise
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__} ({value!r:.40})")
    domain = hyperparameter(name).domain
    if not math.isfinite(number) or number not in domain:
        raise ValueError(f"{name} must be in {domain}, not {number:g}")
    return number


def check_order(formula: str, params: Mapping[str, Any]) -> None:
    """See that no hyperparameter is above another that it may not exceed; what a schedule will give is not known.

    Raises:
        ValueError: one is.
    """
    numbers = {name: value for name, value in params.items() if not isinstance(value, Formula)}
    for low, high in ORDERED:
        if low in numbers and high in numbers and np.any(numbers[low] > numbers[high]):
            both = f"{low}={written(numbers[low])} and {high}={written(numbers[high])}"
            raise ValueError(f"{formula} wants {low} not above {high}, not {both}")
