"""Formulas as arguments and options: read by the grammar of `optiviz.spec`, completed from their registries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import click
from click.shell_completion import CompletionItem

from optiviz.losses import Loss
from optiviz.optimizers import Optimizer, Wrapper
from optiviz.schedules import Reaction, Schedule
from optiviz.spec import find_rule, find_schedule, formula
from optiviz.surfaces import Surface

__all__ = ["LOSS", "REACTION", "RULE", "SCHEDULE", "SURFACE", "FormulaType"]


class FormulaType(click.ParamType[Any]):
    """What has a registry as an argument or option: read by `reader`, completed from the registry of its kind."""

    def __init__(self, kind: Any, reader: Callable[[str], Any]) -> None:
        self.kind, self.reader = kind, reader
        self.name = kind.kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the spec; what is wrong with it is said by whoever finds it."""
        return self.reader(value) if isinstance(value, str) else value

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """What might have been given, to start with."""
        some = ", ".join(islice((name for name in self.kind.registry if "." not in name), 6))
        kinds = f"{self.name}es" if self.name.endswith("s") else f"{self.name}s"
        return f"Choose one: {some}, ...; optiviz list {kinds} names all"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this, and files; after a plus sign, what may be put around a rule."""
        before, plus, begun = incomplete.rpartition("+") if self.kind is Optimizer else ("", "", incomplete)
        kind = Wrapper if plus else self.kind
        names = [f for f in kind.registry.values() if f.name.startswith(begun.replace("-", "_"))]
        if not begun:  # the dialects have three times as many names
            names = [f for f in names if "." not in f.name]
        items = [CompletionItem(before + plus + f.name, help=f.summary) for f in names]
        return items or [CompletionItem(incomplete, type="file")]


RULE = FormulaType(Optimizer, find_rule)
SCHEDULE = FormulaType(Schedule, find_schedule)
LOSS = FormulaType(Loss, lambda text: formula(Loss, text))
REACTION = FormulaType(Reaction, lambda text: formula(Reaction, text))
SURFACE = FormulaType(Surface, str)
