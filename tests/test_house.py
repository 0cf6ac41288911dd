"""The floor plan: which room may import which, and what the package promises about its own shape."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import optiviz

ROOT = Path(optiviz.__file__).parent

EDGES = {
    "_generated": {"trace"},
    "names": set(),
    "files": set(),
    "archives": {"files"},
    "threads": set(),
    "trace": {"names", "threads"},
    "formula": {"names", "trace"},
    "averages": {"formula"},
    "series": {"formula"},
    "schedules": {"formula", "trace"},
    "optimizers": {"formula", "trace"},
    "dialects": {"optimizers", "trace"},
    "check": {"dialects", "formula", "names", "optimizers", "trace"},
    "expression": {"trace"},
    "symbolic": {"trace"},
    "losses": {"_generated", "formula"},
    "handout": {"files", "formula"},
    "derive": {"averages", "files", "formula", "handout", "names", "optimizers", "trace"},
    "surfaces": {"_generated", "files", "formula", "expression", "symbolic", "trace"},
    "loss_surfaces": {"_generated", "surfaces", "trace"},
    "data": {"formula", "files", "names"},
    "spec": {"data", "expression", "formula", "optimizers", "schedules", "series", "surfaces"},
    "descent": {"archives", "optimizers", "schedules", "surfaces"},
    "nn": {"archives", "averages", "descent", "files", "formula", "losses", "optimizers", "schedules", "threads"},
    "models": {"nn", "formula"},
    "search": {"files", "formula", "threads"},
    "experiments": {
        "_generated",
        "averages",
        "names",
        "formula",
        "losses",
        "descent",
        "optimizers",
        "schedules",
        "surfaces",
        "loss_surfaces",
        "symbolic",
        "trace",
    },
    "plot": {"names", "files", "descent", "experiments", "surfaces"},
    "trials": {
        "data",
        "experiments",
        "files",
        "formula",
        "losses",
        "models",
        "nn",
        "optimizers",
        "plot",
        "schedules",
        "search",
        "spec",
        "threads",
    },
    "cli": {
        "averages",
        "series",
        "check",
        "derive",
        "handout",
        "names",
        "files",
        "formula",
        "losses",
        "optimizers",
        "dialects",
        "schedules",
        "surfaces",
        "descent",
        "experiments",
        "spec",
        "data",
        "models",
        "nn",
        "search",
        "trials",
        "plot",
    },
    "__init__": set(),
    "__main__": {"cli"},
}
"""The rooms, each with the rooms it may import; a room may always import itself and the bare package."""

NAMED = {"optimizers": {"dialects"}, "surfaces": {"loss_surfaces"}, "descent": {"plot"}}
"""The rooms that a room above it names: for its registry, which imports them when a name is looked up that is not there
yet, or to draw a record, when it is asked to draw itself."""

BY_NAME = {
    "__init__": "public names",
    "cli": "commands",
    "formula": "what a registry is told",
    "descent": "the room that draws records",
}
"""The rooms that import what they have the name of, when it is needed, and what that is."""

HEAVY = {
    "matplotlib": {"plot"},
    "PIL": {"data", "plot"},
    "sympy": {"symbolic", "derive"},
    "mpmath": {"derive"},
    "click": {"cli", "nn"},
    "threadpoolctl": {"threads"},
}
"""What may be imported only in these rooms."""

MODULES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


def imported(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found |= {node.module or ""}
    return found


def named(path: Path) -> set[str]:
    """The rooms whose names stand in a module as strings."""
    strings = [node.value for node in nodes(path) if is_string(node)]
    return {text.split(".")[1] for text in strings if re.fullmatch(r"optiviz(\.\w+)+", text)}


def is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def trespasses(path: Path, names: set[str]) -> list[str]:
    """The imports of a module that the plan does not allow."""
    here = room(path)
    inside = {name.split(".")[1] for name in names if name.startswith("optiviz.")}
    wrong = [f"{here} imports {other}" for other in sorted(inside - EDGES[here] - {here})]
    outside = {name.split(".")[0] for name in names}
    return wrong + [f"{here} imports {h}" for h, rooms in HEAVY.items() if h in outside and here not in rooms]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_plan(path):
    assert trespasses(path, imported(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_imported_by_name_is_in_the_plan(path):
    here = room(path)
    assert named(path) <= EDGES[here] | NAMED.get(here, set())
    assert here in BY_NAME or "import_module" not in path.read_text(encoding="utf-8")


def test_what_the_plan_says_of_names_is_so():
    for here, rooms in NAMED.items():
        assert set().union(*(named(path) for path in MODULES if room(path) == here)) == rooms
    importing = {room(path) for path in MODULES if "import_module" in path.read_text(encoding="utf-8")}
    assert importing == set(BY_NAME)


def test_the_plan_finds_a_trespass():
    assert trespasses(ROOT / "plot" / "style.py", {"optiviz.optimizers"}) == ["plot imports optimizers"]
    assert trespasses(ROOT / "formula" / "formula.py", {"sympy"}) == ["formula imports sympy"]


def test_the_plan_has_no_circle_and_no_empty_room():
    floors: list[str] = []
    while len(floors) < len(EDGES):
        ready = [r for r in EDGES if r not in floors and EDGES[r] <= set(floors)]
        assert ready, f"a circle among {set(EDGES) - set(floors)}"
        floors += ready
    assert {room(path) for path in MODULES} == set(EDGES)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_fits_in_one_head(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= (450 if path.name == "catalogue.py" else 340)
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno < 80, f"{path.name}: {node.name} is long"


def public(name: str):
    return getattr(optiviz, name)


@pytest.mark.parametrize("name", optiviz.__all__)
def test_every_public_name_exists_and_is_documented(name):
    assert (inspect.getdoc(public(name)) or "").strip()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(nodes(path)[0])


def test_all_names_what_it_promises():
    for path in MODULES:
        dotted = ".".join(["optiviz", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
        if path.name != "__main__.py":
            module = importlib.import_module(dotted)
            assert all(hasattr(module, name) for name in getattr(module, "__all__", []))


def test_importing_a_rule_loads_neither_matplotlib_nor_sympy():
    loaded = "print(sorted({'matplotlib', 'sympy', 'mpmath', 'click'} & {*sys.modules}))"
    code = f"import sys; from optiviz import adam, losses, minimize, nn, rosenbrock; {loaded}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
