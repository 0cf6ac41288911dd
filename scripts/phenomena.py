"""Writes docs/phenomena.md: what happens when one learns by gradients, and what to ask a class before it sees it."""

from __future__ import annotations

from pathlib import Path

from optiviz.experiments.phenomena import PHENOMENA

PAGE = Path(__file__).parent.parent / "docs" / "phenomena.md"

HEAD = """# Phenomena

Made by `python scripts/phenomena.py` from the phenomena themselves, in the order of a lesson. `optiviz demo NAME` asks
the question, makes the picture and gives the answer, in which stands the number that theory gives beside that of the
runs, how far apart the two may be and why, and the derivation that the number comes from. The formulas behind theory's
numbers are not typed: `optiviz/_generated/theory.py` is printed from the last lines of the derivations.

The answers are left out here, so that the page may be handed out.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, one in PHENOMENA.items():
        parts.append(f"## {name}\n\n{one.question}\n\n```\noptiviz demo {name}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
