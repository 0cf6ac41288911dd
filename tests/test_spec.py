"""The grammar of formulas as text: what is read, and what is said of what cannot be."""

import pytest

from optiviz.data.augment import Augmentation, Chain, flip, shift
from optiviz.optimizers import Optimizer
from optiviz.spec import assignments, find_augmentation, find_rule, find_schedule, formula, split


@pytest.mark.parametrize("kind", [Optimizer, Augmentation])
def test_a_formula_is_read_as_it_is_written(kind):
    """Every formula with numbers of its own, as it shows itself, is the formula that is read from that."""
    for found in kind.registry.values():
        numbers = {name: value for name, value in found.params.items() if not isinstance(value, str)}
        text = found.name + ":" * bool(numbers) + ",".join(f"{name}={value}" for name, value in numbers.items())
        read = formula(kind, text)
        assert (read.name, read.params) == (found.name, found.params)


def test_augmentations_in_a_row():
    found = find_augmentation("flip>>shift:by=0.2,fill=reflect >> cutout")
    assert isinstance(found, Chain) and repr(found) == "flip >> shift(by=0.2, fill='reflect') >> cutout"
    assert find_augmentation(" flip ") is flip
    assert find_augmentation("shift(fill=nearest)").params == {**shift.params, "fill": "nearest"}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("flipp", "unknown augmentation 'flipp'; did you mean 'flip'?"),
        ("flip >>", "cannot read ''; write NAME"),
        ("shift:fill=mirror", "unknown fill 'mirror'"),
        ("shift:by=wide", "by must be a number or a schedule, not 'wide'"),
        ("shift:by=1.5", "by must be in [0, 1), not 1.5"),
        ("shift:of=0.1", "shift has no parameter 'of'; it has by, fill"),
        ("shift:fill=", "cannot read 'fill='; write NAME=VALUE"),
    ],
)
def test_an_augmentation_that_cannot_be_read_says_why(text, phrase):
    with pytest.raises((LookupError, ValueError, TypeError)) as caught:
        find_augmentation(text)
    assert phrase in str(caught.value)


def test_words_are_words_only_where_they_may_be():
    assert split("a:by=1,fill=b", words={"fill"}) == ("a", {"by": 1.0, "fill": "b"})
    with pytest.raises(ValueError, match="fill must be a number or a schedule, not 'b'"):
        split("a:by=1,fill=b")
    assert assignments(["fill=b"], {"fill"}) == {"fill": "b"}
    with pytest.raises(LookupError, match="unknown optimizer 'flip'"):
        find_rule("flip")
    with pytest.raises(LookupError, match="unknown schedule 'flip'"):
        find_schedule("flip")
