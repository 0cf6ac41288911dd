"""Derivations for the reader: what is committed, and how it comes out on a terminal, a slide, a page and a screen."""

from __future__ import annotations

import copy
import html.parser
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from optiviz import handout
from optiviz.handout.block import Block, beside, width
from optiviz.handout.prose import to_html, to_latex

README = Path(__file__).parent.parent / "README.md"
VOID = {"meta", "wbr"}
HOSTILE = "<script src=http://x>&\\end{document}$%#_{~^|` ℓ′"


@pytest.fixture(params=handout.derivations())
def record(request) -> handout.Record:
    return handout.find(request.param)


def formulas(record: handout.Record) -> list[handout.Record]:
    found = [each["letter"] for each in record["legend"]]
    for step in record["steps"]:
        found += [part for part in (step["left"], step["via"], step["after"]) if part]
        found += step["facts"] + step["where"]
    return found


# What is committed.


def test_every_line_says_why_and_how_it_was_confirmed(record):
    assert record["title"] and record["summary"] and record["source"] and record["group"]
    for step in record["steps"]:
        assert step["reason"].endswith(".") and step["rule"] and step["verdict"] and step["left"]
        assert step["grade"] in ("definition", "proved", "proved at sizes")
    assert all(1 <= number <= len(record["steps"]) for number in record["end"])


def test_mathml_is_xml_with_a_limit_for_each_sum(record):
    for formula in formulas(record):
        tree = ElementTree.fromstring(f"<math>{''.join(formula['mathml'])}</math>")
        limits = [part for part in tree.iter() if part.tag == "munderover"]
        assert len(limits) == len(re.findall("[Σ∏]", formula["plain"]))
        assert all(len(part) == 3 for part in limits)
        integrals = [part for part in tree.iter("msubsup") if part[0].text == "∫"]
        assert len(integrals) == formula["plain"].count("∫")
        assert all(len(part) == 2 for tag in ("mfrac", "msub", "msup", "mover", "munder") for part in tree.iter(tag))
        assert not {"mi", "mo", "mn"} & {child.tag for part in tree.iter() if part.text for child in part}


def test_each_term_of_latex_is_whole(record):
    for formula in formulas(record):
        for term in formula["latex"]:
            depth = [0]
            for sign in re.findall(r"(?<!\\)[{}]", term):
                depth.append(depth[-1] + (1 if sign == "{" else -1))
            assert min(depth) == 0 == depth[-1], term
            assert len(re.findall(r"\\left\b", term)) == len(re.findall(r"\\right\b", term))
            assert term.isascii() and "__" not in term


def test_every_block_is_a_rectangle(record):
    for formula in formulas(record):
        assert len(formula["text"]) == len(formula["latex"]) == len(formula["mathml"])
        for lines, base in formula["text"]:
            rows = lines.split("\n")
            assert len({width(row) for row in rows}) == 1
            assert 0 <= base < len(rows)


def test_unknown_names_propose_the_nearest():
    assert handout.find("MSE") is handout.find("mse")
    with pytest.raises(LookupError, match="did you mean 'bce'"):
        handout.find("bcee")


# On the terminal.


@pytest.mark.parametrize("columns", [24, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal(record, columns):
    lines = handout.text(record, columns).split("\n")
    assert max(map(width, lines)) <= columns
    assert not any(line.endswith(" ") for line in lines)
    assert not re.search("\x1b", "".join(lines))


@pytest.mark.parametrize("columns", [24, 80])
def test_nothing_is_lost_on_a_narrow_page(record, columns):
    shown = re.sub(r"\s", "", handout.text(record, columns))
    for words in (record["title"], record["summary"], *(step["reason"] for step in record["steps"])):
        assert re.sub(r"\s", "", words) in shown


def test_a_term_that_is_too_wide_stands_in_one_line():
    made = handout.text(handout.find("bce"), 40)
    assert "= −(1/N) Σᵢ (xᵢ log(μ) + (1 − xᵢ)\n    log(1 − μ))" in made
    assert "─" in made  # others still have their fractions


def test_colours_change_nothing_but_colours(record):
    assert re.sub("\x1b\\[\\d+m", "", handout.text(record, 80, colour=True)) == handout.text(record, 80)


def test_two_dimensions():
    made = handout.text(handout.find("mse"))
    assert "          1  N\n      μ̂ = ─  ∑  xᵢ\n          N i=1\n" in made, (
        "a fraction bar, and the limits of the sum above and below"
    )
    assert "J(μ) = − ──── ℓ(μ, σ) + ────\n               N C₂           N C₂" in made, "the constants that are dropped"


def test_what_pdflatex_cannot_read_is_not_left_in_latex(record):
    assert not set(handout.latex(record)) & set("≠≤≥≈→∞√−·′∂Σ∏")


def test_the_sample_in_the_readme_is_what_is_printed():
    readme = README.read_text(encoding="utf-8")
    (sample,) = re.findall(r"```\n(16  .*?)```", readme, re.DOTALL)
    assert sample in handout.text(handout.find("bce"))
    assert f"from coin tosses to the loss, in {len(handout.find('bce')['steps'])} lines" in readme


def test_blocks_stand_level():
    tall = Block(("1", "─", "2"), 1)
    assert beside(Block(("x = ",)), tall, Block(("a", "b"), 1)).lines == ("    1a", "x = ─b", "    2 ")


# On a slide.


def test_latex_has_a_number_for_each_line_and_only_letters_it_knows(record):
    made = handout.latex(record)
    assert re.findall(r"\\tag\{(\d+)\}", made) == [str(n + 1) for n in range(len(record["steps"]))]
    assert re.findall("[^\x00-\xff]", made) == []
    assert made.count(r"\begin{align*}") == made.count(r"\end{align*}") == 1
    assert made.count(r"\intertext") == len(record["steps"]) - 1
    assert len(re.findall(r"(?<!\\)\$", made)) % 2 == 0


def test_markdown_has_a_block_for_each_line(record):
    made = handout.markdown(record)
    assert len(re.findall(r"^\$\$$", made, re.MULTILINE)) == 2 * len(record["steps"])
    assert made.count("\n# ") == 1


def test_sentences_in_latex():
    assert to_latex("each yₖ of μ̂ and λ_max is ½ − z′", {"z"}) == (
        r"each $y_{k}$ of $\hat{\mu}$ and $\lambda_{\mathrm{max}}$ is $\tfrac{1}{2}$ $-$ $z'$"
    )
    assert to_latex("100 % of `a_b`; a z is |ŷ|", {"z", "a"}) == r"100 \% of \texttt{a\_b}; a $z$ is $|$$\hat{y}$$|$"
    assert to_html("`a_b` < z of λ_max", {"z"}) == "<code>a_b</code> &lt; <i>z</i> of λ<sub>max</sub>"


# On a page.


class Tags(html.parser.HTMLParser):
    """Sees that every tag is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_page_needs_no_network_and_no_script(record):
    made = handout.html(record)
    tags = Tags(made).seen
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in tags}
    assert not re.search(r"https?:|//|url\(|@import|javascript:", made)
    attributes = [(name, value) for _, each in tags for name, value in each.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name == "src"]
    anchors = {value for name, value in attributes if name == "id"}
    assert all(value[1:] in anchors for name, value in attributes if name == "href")
    assert len([tag for tag, _ in tags if tag == "li"]) == len(record["steps"])


def test_words_cannot_become_markup():
    record = copy.deepcopy(handout.find("hinge"))
    for place in (record, record["steps"][0], record["legend"][0]):
        place.update(
            {key: HOSTILE for key in ("title", "summary", "source", "rule", "reason", "meaning") if key in place}
        )
    tags = Tags(handout.html(record)).seen
    assert "script" not in {tag for tag, _ in tags}
    made = handout.latex(record)
    assert r"\end{document}" not in re.sub("(?m)^%.*", "", made)
    assert re.findall("[^\x00-\xff]", re.sub("(?m)^%.*", "", made)) == []


# Without what is heavy.


def test_reading_needs_neither_numpy_nor_sympy():
    code = (
        "import sys; from optiviz.cli import run; assert run(['derive', 'bce']) == 0; "
        "assert run(['derive', 'bce', '--format', 'html']) == 0; "
        "print('LOADED', sorted({'numpy', 'sympy', 'mpmath', 'matplotlib'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip().endswith("LOADED []")
