"""What may be put around a rule: a wrapper changes the gradient that it sees or the step that it makes.

A wrapper is a formula of the wrapped rule, theta, g and t, then slots and hyperparameters of its own. It
calls `rule(theta, g, t)`, which returns the theta that the rule steps to; the slots of the rule are kept
for it. `clip_norm(adam)` and the name "adam+clip_norm" are a rule like any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from optiviz.formula import Formula, FormulaError, once
from optiviz.optimizers.course import gd
from optiviz.optimizers.optimizer import Optimizer
from optiviz.trace import Trace

__all__ = ["Wrapper", "named", "wrapper"]

SHARED = ("lr",)
"""Hyperparameters that a wrapper may share with the rule inside."""


class Wrapper(Formula):
    """A formula of a rule that makes another rule: `clip_norm(adam(lr=0.1), limit=5.0)`."""

    kind = "wrapper"
    variables = (("rule", "theta", "g", "t"),)
    example = "def halved(rule, theta, g, t, *, share=0.5): return rule(theta, share * g, t)"
    takes_slots = True
    result = "theta"

    def __call__(self, *variables: Any, **params: Any) -> Any:
        """With a rule: that rule, wrapped. With keywords alone: a configured copy.

        Raises:
            FormulaError: both have a slot or a hyperparameter of the same name.
            TypeError: what is given is no rule, or one that sees less than the wrapper needs to.
        """
        if not variables:
            return super().__call__(**params)
        if len(variables) > 1 or not isinstance(variables[0], Optimizer):
            raise TypeError(f"{self.name} wraps a rule: {self.name}(adam), not {variables[0]!r:.60}")
        wrapped = self._around(variables[0])
        return wrapped.configured(**params) if params else wrapped

    def _around(self, rule: Optimizer) -> Optimizer:
        self._refuse_namesakes(rule)
        made = Optimizer(self._composed(rule), per=rule.per)
        if rule.per != "coordinate" and not self.trace.elementwise:
            raise TypeError(f"{self.name} looks at all coordinates, {rule.name} at one tensor at a time")
        own = {name: value for name, value in self.params.items() if name not in rule.params}
        found = made.renamed(f"{rule.name}+{self.name}").configured(**own, **rule.params)
        found.chosen = self.chosen | rule.chosen
        return found

    def _refuse_namesakes(self, rule: Optimizer) -> None:
        """A hyperparameter and a slot are known by their names alone, so each can be there but once."""
        if numbers := sorted({*self.params} & {*rule.params} - {*SHARED}):
            own = ", ".join(f"{name}=..." for name in numbers)
            raise FormulaError(
                f"{self.name} cannot go around {rule.name}, which has {' and '.join(numbers)} already, and a name "
                f"means one number; set that of {rule.name} with {own}, or leave one of the two out"
            )
        if slots := sorted({*self.slots} & {*rule.slots}):
            raise FormulaError(
                f"{self.name} cannot go around {rule.name}, which remembers {' and '.join(slots)} already; "
                "leave one of the two out"
            )

    def _composed(self, rule: Optimizer) -> Callable[..., Any]:
        """The function of both: the wrapper's slots come first, then the rule's."""
        outer, within = self.function, rule.function
        own, count = [*self.params], len(self.slots)

        def composed(theta: Any, g: Any, t: Any, *slots: Any, **params: Any) -> Any:
            kept: list[Any] = []

            def step(theta: Any, g: Any, t: Any) -> Any:
                returned = within(theta, g, t, *slots[count:], **{name: params[name] for name in rule.params})
                new, *kept[:] = returned if isinstance(returned, tuple) else (returned,)
                return new

            returned = outer(step, theta, g, t, *slots[:count], **{name: params[name] for name in own})
            values = (*(returned if isinstance(returned, tuple) else (returned,)), *kept)
            return values if len(values) > 1 else values[0]

        composed.__name__ = f"{rule.name}_{self.name}".replace(".", "_").replace("+", "_")
        composed.__doc__ = f"{rule.summary}\n\nWrapped: {self.summary}\n\nSource: {rule.source} {self.source}"
        composed.__module__ = outer.__module__
        composed.__signature__ = _joined(self, rule)  # type: ignore[attr-defined]
        composed.made_of = (outer, within, *getattr(within, "made_of", ()))  # type: ignore[attr-defined]
        return composed

    @once
    def trace(self) -> Trace:
        """What the wrapper does, around plain gradient descent."""
        return Optimizer(self._composed(gd)).trace


def _joined(outer: Wrapper, rule: Optimizer) -> inspect.Signature:
    """theta, g, t, the slots of both, and the hyperparameters of both with their defaults."""
    plain, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    slots = {**outer.slots, **rule.slots}
    numbers = {name: value for formula in (outer, rule) for name, value in formula.defaults.items()}
    rates = {name: numbers[name] for name in sorted(numbers, key=lambda name: name != "lr")}  # lr is the first
    return inspect.Signature(
        [
            *(inspect.Parameter(name, plain) for name in ("theta", "g", "t")),
            *(inspect.Parameter(name, plain, default=first) for name, first in slots.items()),
            *(inspect.Parameter(name, keyword, default=value) for name, value in rates.items()),
        ]
    )


def wrapper(function: Callable[..., Any]) -> Wrapper:
    """Make a function of a rule, theta, g and t a wrapper and enter it in the registry.

    Raises:
        FormulaError: the signature is not that of a wrapper.
    """
    made = Wrapper(function)
    Wrapper.registry.add(made)
    return made


def named(name: str) -> Optimizer:
    """The rule of that name, with the wrappers that follow it after a plus sign.

    >>> named("adam+clip_norm").slots
    {'m': 0.0, 'v': 0.0}

    Raises:
        LookupError: there is no such rule or wrapper.
    """
    path, file, inside = name.rpartition(".py:")  # a path may have a plus sign in it
    first, *around = inside.split("+") if not inside.startswith("+") else [inside]
    rule: Optimizer = Optimizer.registry[path + file + first]
    for outer in around:
        rule = Wrapper.registry[outer](rule)
    return rule
