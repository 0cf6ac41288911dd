"""The pages say what the code says today: those that are generated, and what is printed under the code of others."""

import importlib.util
import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", ["catalogue", "derivations", "phenomena"])
def test_a_page_is_printed_from_the_code(name):
    made = script(name)
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), f"run python scripts/{name}.py"


NUMBER = re.compile(r"(-?\d[\d,]*\.?\d*(?:e-?\d+)?)")
PAGES = script("pages")
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.PAGES.items()}


def alike(said, printed):
    """The same words, and about the same numbers: other machines add up in another order."""
    pairs = [NUMBER.split(" ".join(text.replace("─", "").split())) for text in (said, printed)]
    if len(pairs[0]) != len(pairs[1]):
        return False
    if "examples a second" in said:
        return pairs[0][::2] == pairs[1][::2]  # times are what they are
    return all(
        math.isclose(float(a.replace(",", "")), float(b.replace(",", "")), rel_tol=0.02, abs_tol=1e-4)
        if NUMBER.fullmatch(a) and NUMBER.fullmatch(b)
        else a == b
        for a, b in zip(*pairs, strict=True)
    )


def test_what_is_alike():
    assert alike("conv2d  1,000  0.50", "conv2d 1001 0.501") and alike("mean  5.5e-10", "mean     0")
    assert not alike("a 1.0", "a 1.1") and not alike("a 1", "b 1") and not alike("a 1", "a 1 2")
    assert alike("9 ms, 5 examples a second", "7 ms, 6 examples a second")
    assert not alike("9 ms, 5 examples a second", "7 s, 6 examples a second")


@pytest.mark.parametrize(("name", "outputs"), [pytest.param("networks", 13, marks=pytest.mark.proof), ("data", 7)])
def test_a_page_prints_what_it_says(name, outputs, tmp_path, monkeypatch):
    from optiviz.models import Architecture
    from optiviz.nn.layer import LAYERS

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPTIVIZ_THREADS", "2")
    known, networks = dict(LAYERS), dict(Architecture.registry.formulas)
    try:
        printed = PAGES.outputs(TEXTS[name])
    finally:
        for layer in LAYERS.keys() - known:
            del LAYERS[layer]
        Architecture.registry.formulas = networks
    said = [output or "" for _, output in PAGES.blocks(TEXTS[name])]
    for before, now in zip(said, printed, strict=True):
        assert alike(before, now), f"run python scripts/pages.py: it prints\n{now}where the page says\n{before}"
    assert sum(map(bool, said)) == outputs


def test_the_page_of_networks_lists_those_that_have_a_name():
    assert PAGES.TABLE.findall(TEXTS["networks"]) == [PAGES.table()], "run python scripts/pages.py"


def test_what_the_page_of_networks_quotes_stands_there():
    quotes = [code for code, _ in PAGES.blocks(TEXTS["networks"]) if PAGES.QUOTED.match(code)]
    assert len(quotes) == 1
    for code in quotes:
        assert code == PAGES.quoted(code), "run python scripts/pages.py"


def test_the_page_of_data_lists_all_sets_with_their_sizes():
    from optiviz import data
    from optiviz.data.published import PUBLISHED

    rows = re.findall(r"\| `([a-z0-9-]+)` \|.*\| ([\d,]+) \+ ([\d,]+) \|", TEXTS["data"])
    assert [name for name, *_ in rows] == [*data.NAMES]
    sizes = {name: tuple(int(number.replace(",", "")) for number in numbers) for name, *numbers in rows}
    for name, make in (("shapes", data.shapes), ("shapes-rgb", data.shapes_rgb), ("messages", data.messages)):
        assert sizes[name] == make.__defaults__[:2]
    for name in ("fashion-mnist", "mnist"):
        labels = [of.size - 8 for file, of in PUBLISHED[name].contents.items() if "labels" in file]
        assert sizes[name] == tuple(labels)
    assert sum(sizes["cifar-10"]) == sum(of.size for of in PUBLISHED["cifar-10"].contents.values()) / 3073
