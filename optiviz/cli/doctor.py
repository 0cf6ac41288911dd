"""`optiviz doctor`: is this installation sound?"""

from __future__ import annotations

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

import click

import optiviz
from optiviz.cli.common import json_option, print_json

EXAMPLES = """
\b
Example:
  optiviz doctor
"""

DISTRIBUTION = "optiviz-toolkit"
STRANGER = "optiviz"
"""Another project on the Python Package Index, which installs a package of the same name."""


@click.command(epilog=EXAMPLES)
@json_option
def command(as_json: bool) -> int:
    """Check this installation: versions, and whether another package is in the way."""
    facts = {
        "optiviz": optiviz.__version__,
        "installed in": str(Path(optiviz.__file__).parent),
        "python": f"{platform.python_version()} ({sys.executable})",
        **{name: _version(name) for name in ("numpy", "matplotlib", "sympy", "click", "pillow")},
        "ffmpeg": shutil.which("ffmpeg") or _of_the_extra() or "not found (only .mp4 and .webm need it)",
        "node": shutil.which("node") or "not found (only the tests use it)",
    }
    problems = _problems()
    if as_json:
        print_json({**facts, "problems": problems})
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            click.echo(f"{name:{width}}  {value}")
        for problem in problems:
            click.echo(f"problem: {problem}")
        if not problems:
            click.echo("all is well")
    return 1 if problems else 0


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _of_the_extra() -> str:
    """The ffmpeg that comes with the extra `video`, if it is there."""
    version = _version("imageio-ffmpeg")
    return "" if version == "missing" else f"that of imageio-ffmpeg {version}"


def _problems() -> list[str]:
    found = [
        f"{name} is missing; pip install {name}"
        for name in ("numpy", "matplotlib", "sympy", "click")
        if _version(name) == "missing"
    ]
    if _version(STRANGER) != "missing":
        found.append(
            f"the distribution '{STRANGER}' is another project and installs a package of the same name over this one; "
            f"pip uninstall {STRANGER}, then pip install --force-reinstall {DISTRIBUTION}"
        )
    return found
