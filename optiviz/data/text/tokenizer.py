"""From texts to whole numbers, a number for each word, and back."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from optiviz.files import read_facts, write_facts

__all__ = ["FILTERS", "Tokenizer"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What parts words and is left out, unless something else is said; an apostrophe is part of a word."""

SETTINGS = ("num_words", "oov_token", "lower", "filters")
"""What a word is, and how many of them get a number."""


class Tokenizer:
    """Numbers for words: 1 for the most frequent, 2 for the next, and 0 for none, so that it is free for padding.

    Words as frequent as each other are numbered as they first appeared. What stands between white space and the
    characters of `filters` is a word. Letters are compared as they are coded, where an é may be one sign or two:
    `unicodedata.normalize("NFC", text)` makes it one.

    Source: Chollet et al. (2015), Keras, `Tokenizer`.

    Args:
        num_words: only numbers below this are given, to the num_words - 1 most frequent words, so that an embedding of
            num_words rows is enough; all if None.
        oov_token: a word for all that are unknown (out of vocabulary) or too rare, which gets the number 1; if None
            they are left out.
        lower: are words in small letters alone?
        filters: the characters that are left out.

    Attributes:
        word_counts: how often each word was seen.

    Raises:
        TypeError, ValueError: an argument is not what it may be.

    >>> tokenizer = Tokenizer(oov_token="<unknown>")
    >>> tokenizer.fit_on_texts(["I like eggs and ham.", "I hate onions."])
    >>> tokenizer.texts_to_sequences(["I like cats"])
    [[2, 3, 1]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        oov_token: str | None = None,
        *,
        lower: bool = True,
        filters: str = FILTERS,
    ) -> None:
        whole = isinstance(num_words, (int, np.integer)) and not isinstance(num_words, bool)
        if num_words is not None and (not whole or num_words < 2):
            raise ValueError(f"num_words is a whole number from 2 on, for 0 stands for no word, not {num_words!r:.40}")
        if oov_token is not None and not isinstance(oov_token, str):
            raise TypeError(f"oov_token is a word, such as '<unknown>', not {oov_token!r:.40}")
        if not isinstance(filters, str):
            raise TypeError(f"filters is a string of all the characters to leave out, not {filters!r:.40}")
        self.num_words, self.oov_token, self.lower, self.filters = num_words, oov_token, lower, filters
        self._spaces = dict.fromkeys(map(ord, filters), " ")
        self.word_counts: Counter[str] = Counter()
        self.word_index: dict[str, int] = {}

    def fit_on_texts(self, texts: Iterable[str]) -> None:
        """Count the words of these texts, with those before, and number them anew.

        Raises:
            TypeError: they are not strings.
        """
        for text in _checked(texts):
            self.word_counts.update(self.words(text))
        self._number()

    def _number(self) -> None:
        """Number the words that were counted."""
        self.word_counts.pop(self.oov_token, None)  # type: ignore[arg-type]
        known = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)  # keeps the order of equals
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: number for number, word in enumerate(first + known, 1)}

    def words(self, text: str) -> list[str]:
        """The words of a text, as they are counted.

        >>> Tokenizer().words("Don't panic: 42 is OK!")
        ["don't", 'panic', '42', 'is', 'ok']
        """
        return (text.lower() if self.lower else text).translate(self._spaces).split()

    def texts_to_sequences(self, texts: Iterable[str]) -> list[list[int]]:
        """The numbers of the words, a list for each text; it is empty for a text without any known word.

        Raises:
            TypeError: they are not strings.
            ValueError: no words have been counted yet.
        """
        index = self._numbers()
        if self.oov_token is not None:
            unknown = index[self.oov_token]
            return [[index.get(word, unknown) for word in self.words(text)] for text in _checked(texts)]
        return [[index[word] for word in self.words(text) if word in index] for text in _checked(texts)]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The words of the numbers, with spaces between them; 0 and what is no word's number is left out.

        Raises:
            ValueError: no words have been counted yet.
        """
        words = {number: word for word, number in self._numbers().items()}
        return [" ".join(words[int(n)] for n in sequence if int(n) in words) for sequence in sequences]

    def _numbers(self) -> dict[str, int]:
        """The words that have a number which is given."""
        if not self.word_counts:
            raise ValueError("the tokenizer has seen no words yet; call fit_on_texts with the training texts first")
        most = self.num_words
        return {w: n for w, n in self.word_index.items() if n < most} if most else self.word_index

    @property
    def size(self) -> int:
        """V, how many numbers there are with 0, and so how many rows an embedding needs.

        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["I like eggs and ham."])
        >>> tokenizer.size
        6
        """
        return min(len(self.word_index) + 1, self.num_words or len(self.word_index) + 1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the words that were counted, and what a word is, as a `.json` file.

        Raises:
            OSError: the file cannot be written; nothing is left behind.
        """
        how = {name: getattr(self, name) for name in SETTINGS}
        write_facts(path, "tokenizer", {**how, "word_counts": dict(self.word_counts)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Tokenizer:
        """Read a tokenizer that `save` wrote; it gives the same numbers, and counts on.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged or not a tokenizer of optiviz.
        """
        with read_facts(path, "tokenizer") as facts:
            found = cls(**{name: facts[name] for name in SETTINGS})
            if type(facts["lower"]) is not bool:
                raise ValueError("it does not say whether words are in small letters")
            for word, count in facts["word_counts"].items():
                if type(count) is not int or count < 1:
                    raise ValueError(f"the word {word!r:.20} cannot have been seen {count!r:.20} times")
                found.word_counts[word] = count
            found._number()
        return found

    def __repr__(self) -> str:
        said = [f"num_words={self.num_words}"] if self.num_words else []
        said += [f"oov_token={self.oov_token!r}"] if self.oov_token is not None else []
        said += [] if self.lower else ["lower=False"]
        said += [] if self.filters == FILTERS else [f"filters={self.filters!r}"]
        return f"Tokenizer({', '.join(said)})"


def _checked(texts: Any) -> Sequence[str]:
    """The texts, each a string."""
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"texts is a list of strings, not a single one; write [{texts!r:.40}]")
    found = list(texts)
    for place, text in enumerate(found):
        if not isinstance(text, str):
            hint = ", or of words: write ' '.join(words)" if isinstance(text, (list, tuple)) else ""
            hint = "; write text.decode()" if isinstance(text, bytes) else hint
            raise TypeError(f"a text is a string, not {type(text).__name__} ({text!r:.40}) at place {place}{hint}")
    return found
