"""Formulas by name: the registry of each kind, and the user's own files."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, Generic, TypeVar

from optiviz.names import SYNONYMS

__all__ = ["FormulaError", "Registry", "article", "find_among", "load", "nearest", "short"]

F = TypeVar("F", bound=Any)


class FormulaError(ValueError):
    """A formula is not written as its kind is written; the message says where and what was expected."""


class Registry(Generic[F]):
    """The formulas of one kind by name. A name is also looked up as `path/to/file.py:name`.

    Attributes:
        kind: the kind of formula.
        formulas: what has been entered so far.
        elsewhere: the modules that enter more of them, `torch.adam` or the surface `bce`. They are imported when
            a name is asked for that is not there yet, or all names are.
    """

    def __init__(self, kind: type[F]) -> None:
        self.kind = kind
        self.formulas: dict[str, F] = {}
        self.elsewhere: tuple[str, ...] = ()

    def add(self, formula: F) -> None:
        """Enter a formula under its name; a file loaded by its path keeps its names to itself."""
        own = formula.function.__module__.startswith("optiviz.")  # the file may be the first to import it
        if own or not _loading.get():
            self.formulas[formula.name] = formula

    def __iter__(self) -> Iterator[str]:
        return iter(self._complete())

    def __len__(self) -> int:
        return len(self._complete())

    def values(self) -> list[F]:
        """The formulas themselves."""
        return list(self._complete().values())

    def _complete(self) -> dict[str, F]:
        for module in self.elsewhere:
            importlib.import_module(module)
        return self.formulas

    def __getitem__(self, name: str) -> F:
        """The formula of that name; `-` and `_` are the same.

        Raises:
            LookupError: no formula has this name; the message proposes the nearest.
            FormulaError: the file does not run or does not define it.
        """
        path, _, inside = (name + ":" if name.endswith(".py") else name).rpartition(":")
        if path.endswith(".py"):
            return self._from_file(Path(path), inside)
        plain = name.replace("-", "_").lower()
        known = self.formulas if plain in self.formulas else self._complete()
        if plain not in known:
            alike = [n for n in known if "." in plain or "." not in n]
            raise LookupError(f"unknown {self.kind.kind} '{name}'; {nearest(plain, alike, 'there are')}")
        return known[plain]

    def _from_file(self, path: Path, name: str) -> F:
        namespace = load(path)
        here = [key for key, value in namespace.items() if isinstance(value, self.kind) and not key.startswith("_")]
        own = [key for key in here if namespace[key].function.__module__ == namespace["__name__"]] or here
        if not name:
            defined = ", ".join(own) or f"no {self.kind.kind}"
            raise LookupError(f"{path} defines {defined}; write {path}:{own[0] if own else 'NAME'}")
        value = namespace.get(name, namespace.get(name.replace("-", "_")))
        if isinstance(value, self.kind):
            return value
        if isinstance(kind := getattr(value, "kind", None), str):
            raise LookupError(f"{path}: '{name}' is {article(kind)}, expected {article(self.kind.kind)}")
        if callable(value):
            raise LookupError(f"{path}: '{name}' is a plain function; put {self.kind.decorator} above it")
        raise LookupError(f"{path} defines no {self.kind.kind} '{name}'; {nearest(name, own, 'it defines')}")


_loading: ContextVar[bool] = ContextVar("loading a file", default=False)


class _AsItStands(SourceFileLoader):
    """Compiles the text that is there now.

    Python would take the compiled file of an earlier text that was as long and saved in the same second,
    and would leave such files in the user's folder.
    """

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def load(path: Path) -> dict[str, Any]:
    """Run a user's file, as Python would, and return what it defines.

    Raises:
        FileNotFoundError: there is no such file.
        FormulaError: it does not run; the message names the file, the line and what went wrong.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    path = path.resolve()
    name = f"_optiviz_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItStands(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # as dataclasses, for one, expect
    token = _loading.set(True)
    sys.path.insert(0, str(path.parent))  # it may import its neighbours
    try:
        spec.loader.exec_module(module)
    except FormulaError:
        raise
    except SyntaxError as error:
        at = f"{short(error.filename or str(path))}, line {error.lineno or 1}"
        raise FormulaError(f"{at}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        at = f"{short(str(path))}, line {lines[-1] if lines else 1}"
        raise FormulaError(f"{at}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
        _loading.reset(token)
    return vars(module)


def find_among(table: Mapping[str, F], name: str, kind: str) -> F:
    """The entry of that name, as it is written with hyphens; `-` and `_` are the same.

    Raises:
        LookupError: there is none; the message proposes the nearest.

    >>> find_among({"batch-norm": 1}, "Batch_Norm", "experiment")
    1
    """
    plain = name.strip().replace("_", "-").lower()
    if plain not in table:
        raise LookupError(f"unknown {kind} '{name}'; {nearest(plain, table, 'there are')}")
    return table[plain]


def nearest(name: str, known: Mapping[str, Any] | list[str], otherwise: str) -> str:
    """What the user may have meant: what else it is called, the nearest names, or all but those of dialects.

    >>> nearest("adm", ["adam", "radam", "sgd"], "there are")
    "did you mean 'adam'?"
    >>> nearest("xyz", ["adam", "sgd", "torch.adam"], "there are")
    'there are adam, sgd'
    >>> nearest("cross-entropy", ["mse", "bce", "cce"], "there are")
    "did you mean 'bce' or 'cce'?"
    """
    letters = re.sub("[^a-z0-9]", "", name.lower())
    if meant := [other for other in SYNONYMS.get(letters, ()) if other in known]:
        return f"did you mean {' or '.join(map(repr, meant))}?"
    close = difflib.get_close_matches(name, list(known), n=2, cutoff=0.6)
    if len(close) > 1 and _likeness(name, close[0]) - _likeness(name, close[1]) > 0.1:
        close = close[:1]
    if close:
        return f"did you mean {' or '.join(repr(c) for c in sorted(close))}?"
    return f"{otherwise} {', '.join(n for n in known if '.' not in n) or 'none'}"


def _likeness(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, name).ratio()


def article(noun: str) -> str:
    """`a schedule`, `an optimizer`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def short(path: str) -> str:
    """The path as the user would type it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
