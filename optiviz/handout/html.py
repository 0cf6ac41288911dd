"""A derivation as one HTML file: MathML that browsers draw by themselves, no script, nothing from the network."""

from __future__ import annotations

from html import escape

from optiviz.files import MARK
from optiviz.handout.committed import Record, how_sure
from optiviz.handout.prose import letters, to_html

__all__ = ["article", "html", "line_html"]

_PAGE = """\
:root { color-scheme: light dark; }
body { margin: 0; padding: 1.5em 1em 3em; background: #fdfcf9; color: #1c1c20;
  font: clamp(16px, 13px + 0.62vw, 30px)/1.5 Charter, "Bitstream Charter", Cambria, Georgia, serif; }
article { max-width: 42em; margin: auto; }
@media (prefers-color-scheme: dark) { body { background: #16171b; color: #e6e4de; } }
@media print { body { background: none; color: #000; font-size: 11pt; } li { break-inside: avoid; } }
"""

_ARTICLE = """\
.derivation { --proved: #18794e; --faint: color-mix(in srgb, currentColor 62%, transparent);
  --hair: color-mix(in srgb, currentColor 16%, transparent); }
@media (prefers-color-scheme: dark) { .derivation { --proved: #5bc08c; } }
.derivation h1 { font-size: 1.5em; line-height: 1.2; margin: 0 0 .4em; text-wrap: balance; }
.derivation p { margin: .4em 0; }
.derivation dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em .9em; margin: 1.2em 0;
  padding: .6em 0; border-block: 1px solid var(--hair); font-size: .9em; }
.derivation dd { margin: 0; }
.derivation ol { list-style: none; margin: 0; padding: 0; }
.derivation li { margin: 1.5em 0; }
.derivation li.end { border-inline-start: .2em solid var(--proved); padding-inline-start: .8em; }
.derivation .rule { font-size: .85em; color: var(--faint); margin: 0; }
.derivation .rule b { color: inherit; }
.derivation .proved { color: var(--proved); }
.derivation .rule a { color: inherit; }
.derivation .line { overflow-x: auto; overflow-y: hidden; padding: .3em 0 .3em 2.2em; text-indent: -1.2em;
  font-size: 1.1em; line-height: 1.7; }
.derivation .line math { text-indent: 0; }
.derivation .also { font-size: .95em; }
.derivation .also i { font-style: normal; font-size: .9em; color: var(--faint); }
.derivation .also span { display: inline-block; max-width: 100%; text-indent: 0; margin-inline-end: 1.2em; }
.derivation footer { font-size: .85em; color: var(--faint); border-block-start: 1px solid var(--hair);
  padding-block-start: .6em; }
.derivation math { font-family: "STIX Two Math", "Latin Modern Math", "Cambria Math", "Noto Sans Math", math; }
"""


def html(record: Record) -> str:
    """The derivation as a whole page, light or dark as the reader's system is."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="{MARK}: optiviz derive {escape(record["name"])}">\n'
        f"<title>{escape(record['title'])}</title>\n<style>\n{_PAGE}</style>\n</head>\n<body>\n"
        f"{article(record)}</body>\n</html>\n"
    )


def article(record: Record) -> str:
    """The derivation as part of a page, in the colours of that page."""
    known = letters(record)
    legend = "".join(
        f"<dt>{_math(each['letter']['mathml'])}</dt><dd>{to_html(each['meaning'], known)}</dd>\n"
        for each in record["legend"]
    )
    steps = "".join(_step(record, number, known) for number in range(1, len(record["steps"]) + 1))
    return (
        f'<article class="derivation">\n<style>\n{_ARTICLE}</style>\n<h1>{to_html(record["title"], known)}</h1>\n'
        f"<p>{to_html(record['summary'], known)}</p>\n<dl>\n{legend}</dl>\n<ol>\n{steps}</ol>\n"
        f"<footer>Source: {to_html(record['source'], set())}</footer>\n</article>\n"
    )


def line_html(step: Record) -> str:
    """`left = side = side`; each term is a formula of its own, so that a narrow page can break the line there."""
    sides = [side for side in (step["via"], step["after"]) if side]
    begin = "".join(step["left"]["mathml"]) if step["left"] else ""
    sign = f'<mo form="infix">{step["relation"]}</mo>'
    heads = [_math([begin + sign]), *[_math([sign])] * (len(sides) - 1)]
    return "".join(
        f'<div class="line">{head}<wbr>{_terms(side["mathml"])}</div>\n'
        for head, side in zip(heads, sides, strict=True)
    )


def _math(parts: list[str]) -> str:
    return f'<math displaystyle="true"><mrow>{"".join(parts)}</mrow></math>'


def _terms(parts: list[str]) -> str:
    return "<wbr>".join(_math([part]) for part in parts)


def _facts(facts: list[Record]) -> str:
    return " ".join(f"<span>{_terms(fact['mathml'])}</span>" for fact in facts)


def _step(record: Record, number: int, known: set[str]) -> str:
    step = record["steps"][number - 1]
    here = f"{record['name']}-{number}"
    origin = f', from <a href="#{record["name"]}-{step["from"]}">line {step["from"]}</a>' if step["from"] else ""
    grade, said = step["grade"].split()[0], to_html(how_sure(step), set())
    verdict = f' · <span class="{grade}">{said}</span>' if said else ""
    also = "".join(
        f'<div class="line also"><i>{word}</i> {_facts(step[key])}</div>\n'
        for word, key in (("where", "where"), ("confirmed:", "facts"))
        if step[key]
    )
    return (
        f'<li id="{here}"{" class=end" if number in record["end"] else ""}>\n'
        f'<p class="rule">{number} · <b>{to_html(step["rule"], known)}</b>{origin}{verdict}</p>\n'
        f"{line_html(step)}{also}<p>{to_html(step['reason'], known)}</p>\n</li>\n"
    )
