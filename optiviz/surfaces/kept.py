"""The slopes of the named surfaces: found by SymPy once and kept as code, since SymPy takes long to load."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from optiviz._generated import slopes as generated
from optiviz.files import MARK, written_whole
from optiviz.symbolic import derivatives
from optiviz.trace import Trace, printers
from optiviz.trace.node import as_node

__all__ = ["PLACE", "slopes", "source", "write"]

PLACE = Path(generated.__file__)

HEAD = f'''"""The slopes of the named surfaces, as SymPy finds them from the formulas; {MARK} (`make derive`).

Never edit this file: change the formula in optiviz/surfaces, and make it anew. A function takes the coordinates and the
parameters. Its docstring is the formula whose slopes it gives; of any other they are found when they are needed.
"""
'''


def slopes(trace: Trace, coordinates: tuple[str, ...]) -> Trace:
    """The slopes of a formula as a trace: those that are kept of this very formula, or else SymPy's."""
    kept = getattr(generated, trace.name, None)
    if kept is None or kept.__doc__ != _formula(trace):
        return derivatives(trace, coordinates)
    return Trace(f"{trace.name}_derivative", trace.inputs, (), tuple(map(as_node, kept(*trace.inputs.values()))))


def source(surfaces: Sequence[tuple[Trace, tuple[str, ...]]]) -> str:
    """The text of `optiviz/_generated/slopes.py` for formulas with their coordinates."""
    made = []
    for trace, coordinates in sorted(surfaces, key=lambda surface: surface[0].name):
        head, _, body = printers.python(derivatives(trace, coordinates), tuple(trace.inputs)).partition("\n")
        head = head.replace(f"{trace.name}_derivative", trace.name)
        made.append(f'{head}\n    """{_formula(trace)}"""\n{body}\n')
    used = sorted({*re.findall(r"\b([a-z]\w*)\(", "".join(made))} - {trace.name for trace, _ in surfaces})
    return "\n\n".join([f"{HEAD}\nfrom optiviz.trace.functions import {', '.join(used)}\n", *made])


def write(surfaces: Sequence[tuple[Trace, tuple[str, ...]]]) -> Path:
    """Make `optiviz/_generated/slopes.py` anew."""
    with written_whole(PLACE) as temporary:
        temporary.write_text(source(surfaces), encoding="utf-8", newline="\n")
    return PLACE


def _formula(trace: Trace) -> str:
    """The lines of a formula in one."""
    _, *lines, _ = printers.python(trace, tuple(trace.inputs)).splitlines()
    return "; ".join(line.strip() for line in lines)
