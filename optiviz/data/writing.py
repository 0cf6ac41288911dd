"""Short messages, put together from phrases: in which words are the same in both classes, and their order tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from optiviz.data.dataset import Dataset, Part, refuse_sizes

__all__ = ["messages"]

T = TypeVar("T")

PEOPLE = (
    "mum", "dad", "anna", "ben", "your sister", "your brother", "auntie may", "uncle joe", "the neighbour",
    "your teacher", "grandma", "the boys",
)  # fmt: skip
FIRMS = (
    "the bank", "prize team", "customer care", "the tax office", "parcel service", "mega phones", "holiday club",
    "loan centre", "the lottery", "ringtone world", "card security", "your provider",
)  # fmt: skip
SPEAKING = ("{} here", "this is {}", "it is {} again", "{} writing to you", "a message from {}", "greetings, {}")
SPOKEN_OF = (
    "do not tell {}",
    "ask {} about it",
    "{} knows already",
    "not a word to {}",
    "better than {}",
    "{} said no",
)
NEWS = (
    (
        "you have won a free holiday", "your parcel could not be delivered", "your account is on hold",
        "you are chosen for a prize", "a new phone is waiting for you", "your card will be blocked today",
    ),
    (
        "dinner is ready at home", "the car is at the garage", "the match was great", "the train is late again",
        "your birthday cake is in the fridge", "we are at the cinema",
    ),
)  # fmt: skip
ASKED = (
    ("call {number} now", "reply {word} to claim", "send your code to {number}", "click the link before midnight"),
    (
        "call me back on {number}",
        "reply {word} if you come",
        "send me a picture later",
        "bring the key before midnight",
    ),
)
WORDS = ("yes", "ok", "win", "home", "free", "now")

TELLING = 0.7
"""How often the news and what is asked are of the kind that the class has more often."""

LOST = 0.08
"""How often a word is left out in haste."""

DRAWS = 64
"""So many numbers are drawn for each message, and some are left over."""


def messages(train: int = 4000, test: int = 1000, seed: int = 0) -> Dataset:
    """Messages of a person who speaks of a firm, or of a firm that speaks of a person, which is spam.

    "Mum here, do not tell the bank." is ordinary, "The bank here, do not tell mum." is spam, of the same words. The
    news and what is asked are likely to be those of the class, so that words alone say something, but not enough: a
    model that counts them is right about seven times in ten, one that sees which stand together nearly always. Here and
    there a word is left out, as in haste.

    Args:
        train: how many texts to train on; a smaller set is the beginning of a larger one of the same seed.
        test: how many others to test with.
        seed: another one is another set.

    Raises:
        ValueError: a number is out of its range.

    >>> from optiviz.data import messages
    >>> made = messages(train=20, test=5)
    >>> made
    <messages: 20 + 5 texts in 2 classes>
    >>> for text, kind in zip(made.train.x[:3], made.train.y):
    ...     print(f"{made.classes[kind]}: {text}")
    ordinary: this is mum, train is late again, send me a picture later, do not tell ringtone world...
    spam: a message from customer care. your sister said no. reply win you come. you are chosen for a prize...
    spam: this loan centre, not word your teacher, your parcel could not delivered, click the link before midnight!
    """
    refuse_sizes(seed, train=(train, 1), test=(test, 1))
    return Dataset(
        "messages",
        _part(train, np.random.default_rng([int(seed), 0])),
        _part(test, np.random.default_rng([int(seed), 1])),
        ("ordinary", "spam"),
        "Short messages from people and from firms that want something; who writes is what counts.",
        "made by optiviz",
        "MIT",
    )


def _part(count: int, rng: np.random.Generator) -> Part:
    drawn = rng.random((count, DRAWS))
    spam = drawn[:, 0] < 0.5
    rows = zip(spam.tolist(), drawn[:, 1:].tolist(), strict=True)
    return Part([message(kind, iter(row)) for kind, row in rows], spam.astype(np.int64))


def message(spam: bool, drawn: Iterator[float]) -> str:
    """A message of that class, made by chance as it was drawn: by numbers from 0 to 1."""

    def one(choices: Sequence[T]) -> T:
        return choices[int(next(drawn) * len(choices))]

    def likely() -> bool:
        """Whether a phrase is of the kind that spam has more often."""
        return next(drawn) < (TELLING if spam else 1 - TELLING)

    writer, other = (FIRMS, PEOPLE) if spam else (PEOPLE, FIRMS)
    clauses = [
        one(SPEAKING).format(one(writer)),
        one(SPOKEN_OF).format(one(other)),
        one(NEWS[not likely()]),
        one(ASKED[not likely()]).format(number=f"08{int(next(drawn) * 1e7):07d}", word=one(WORDS)),
    ]
    clauses.sort(key=lambda clause: next(drawn))
    comma, end = one((", ", ". ", " ")), one((".", "!", "..."))
    words = [word for word in comma.join(clauses).split(" ") if next(drawn) > LOST]
    text = " ".join(words).rstrip(",.") + end
    return text if one((True, False, False)) else text[0].upper() + text[1:]
