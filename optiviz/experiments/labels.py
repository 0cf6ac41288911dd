"""What the racers are called, so that each has another name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from optiviz.optimizers import Optimizer

__all__ = ["labels"]


def labels(rules: Sequence[Optimizer]) -> list[str]:
    """A name for each: with what was chosen but a learning rate; with all of it, or a number, if that is not enough.

    >>> from optiviz import adam, gd
    >>> labels([gd, adam(lr=0.1), adam(lr=0.2)])
    ['gd', 'adam(lr=0.1)', 'adam(lr=0.2)']
    """
    named = [_label(rule, rule.chosen - {"lr"} | {*rule.scheduled}, _name) for rule in rules]
    named = [
        _label(rule, rule.chosen, _words) if named.count(label) > 1 else label
        for rule, label in zip(rules, named, strict=True)
    ]
    return [
        f"{label} {named[: i + 1].count(label)}" if named[:i].count(label) else label for i, label in enumerate(named)
    ]


def _label(rule: Optimizer, shown: frozenset[str], said: Callable[[Any], str]) -> str:
    chosen = [f"{name}={said(value)}" for name, value in rule.params.items() if name in shown]
    return f"{rule.name}({', '.join(chosen)})" if chosen else rule.name


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else getattr(value, "name", "...")


def _words(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else getattr(value, "short", "...")
