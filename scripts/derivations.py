"""Writes docs/derivations.md: every derivation, from what is committed of it."""

from __future__ import annotations

from pathlib import Path

from optiviz import handout

PAGE = Path(__file__).parent.parent / "docs" / "derivations.md"

HEAD = """# Derivations

Made by `python scripts/derivations.py` from the derivations themselves. `optiviz derive NAME` prints one of them in the
terminal, fitted to its width; `-o NAME.html` writes one file that needs no network, `-o NAME.tex` a fragment for a
document or slide with `\\usepackage{amsmath}`, `-o NAME.md` and `-o NAME.json` the rest; `--format` prints the same.
In Python, `from optiviz.derive import derive` and `derive("bce")` build one and prove every line of it; a notebook
shows it as mathematics.

Behind the rule of each line stands how it was confirmed: *proved*, for all sizes; *proved at* the sizes that are
listed, or in so many cases; or that it is a *definition*. What numbers alone speak for is refused. `optiviz derive
--verify` builds everything from nothing and ends with status 1 if a line is less sure than it is here.

Most losses come from a likelihood, which their titles name. `kl`, `huber`, `hinge` and `focal` do not; the first lines
of each say what there is instead.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for group, records in handout.groups().items():
        rows = "\n".join(f"- [`{record['name']}`](#{record['name']}): {record['title']}" for record in records)
        parts.append(f"**{group}**\n\n{rows}\n")
    for group, records in handout.groups().items():
        parts.append(f"## {group}\n")
        parts += [f'<a id="{record["name"]}"></a>\n\n{handout.markdown(record, level=3)}' for record in records]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
