"""Vectors of words: read from a file, and what lies near what."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optiviz.formula import nearest as likely

__all__ = ["Plane", "WordVectors", "embedding_table", "nearest", "plane", "read_vectors"]

Array = npt.NDArray[Any]


HEAD = re.compile(r"(\d{1,9}) (\d{1,9})")
"""A first line that says how many words there are, and how long their vectors."""


class WordVectors(NamedTuple):
    """Vectors (V, D), and the row of each word."""

    vectors: Array
    rows: dict[str, int]


def read_vectors(path: str | os.PathLike[str], words: Iterable[str] | None = None) -> WordVectors:
    """Vectors from a text file in GloVe's format: on each line a word and its D numbers, with spaces between them.

    The file is read line by line, and of it only what is asked for is kept. The first line of a word counts. A first
    line of two whole numbers, as word2vec and fastText write it, how many words and D, is passed over.

    Args:
        path: the file, in UTF-8.
        words: those to keep, such as a tokenizer's `word_index`; all if None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is not a word and D numbers; the message has its number.

    Source: Pennington, Socher and Manning (2014), EMNLP, https://nlp.stanford.edu/projects/glove.
    """
    name = os.fspath(path)
    if isinstance(words, str):
        raise TypeError(f"words is a collection of words, not a single one; write [{words!r:.40}]")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{name}: no such file; see https://nlp.stanford.edu/projects/glove for vectors")
    wanted = None if words is None else frozenset(words)
    index: dict[str, int] = {}
    rows: list[Array] = []
    dimension = 0
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                line = raw.decode("utf-8").rstrip("\r\n ")
            except UnicodeDecodeError:
                raise ValueError(f"{name}, line {number}: not text in UTF-8; unpack the file if it is packed") from None
            if number == 1:
                line = line.removeprefix("\ufeff")
                dimension = line.count(" ")
                if head := HEAD.fullmatch(line):
                    dimension = int(head[2])
                    continue
            word, *fields = line.rsplit(" ", dimension)  # a word may have spaces in it
            if dimension < 1 or len(fields) != dimension or not word:
                expected = f"a word and {dimension} numbers" if dimension else "a word and its numbers"
                raise ValueError(f"{name}, line {number}: expected {expected}, not {line!r:.60}")
            if word in index or (wanted is not None and word not in wanted):
                continue
            index[word] = len(rows)
            rows.append(_numbers(fields, f"{name}, line {number}"))
    if not dimension:
        raise ValueError(f"{name} is empty; expected a word and its numbers on each line")
    return WordVectors(np.array(rows, np.float32).reshape(-1, dimension), index)


def _numbers(fields: list[str], where: str) -> Array:
    try:
        values = [float(field) for field in fields]
    except ValueError:
        raise ValueError(
            f"{where}: expected {len(fields)} numbers behind the word, not {' '.join(fields):.60}"
        ) from None
    with np.errstate(over="ignore"):
        row = np.array(values, np.float32)
    if not np.isfinite(row).all():
        raise ValueError(f"{where}: a number is not finite, or too large for float32")
    return row


def embedding_table(word_index: Mapping[str, int], known: WordVectors, size: int | None = None) -> Array:
    """Rows for an embedding: W[n] is the vector of the word with number n, and zeros where there is none.

    Args:
        word_index: a tokenizer's numbers.
        known: the vectors, as `read_vectors` gives them.
        size: V, how many rows; as many as the numbers need if None.

    >>> known = WordVectors(np.array([[1.0, 2], [3, 4]]), {"eggs": 0, "ham": 1})
    >>> embedding_table({"i": 1, "ham": 2}, known).tolist()
    [[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]
    """
    size = 1 + max(word_index.values(), default=0) if size is None else size
    result = np.zeros((size, known.vectors.shape[1]), np.float32)
    for word, number in word_index.items():
        if number < size and word in known.rows:
            result[number] = known.vectors[known.rows[word]]
    return result


def nearest(word: str, vectors: Array, index: Mapping[str, int], count: int = 5) -> list[tuple[str, float]]:
    """The words whose vectors have the largest cosine, cos(u, v) = u·v / (‖u‖ ‖v‖), with that of a word.

    Args:
        word: the word.
        vectors: (V, D).
        index: the row of each word, such as a tokenizer's `word_index`.
        count: how many words.

    Returns:
        words with their cosines, the nearest first; a vector of zeros has the cosine 0 with all.

    Raises:
        LookupError: the word has no row.
        ValueError: the vectors are not finite, or none.

    >>> vectors = np.array([[0.0, 0], [1, 0], [2, 0.1], [0, 3]])
    >>> [(other, round(cosine, 3)) for other, cosine in nearest("egg", vectors, {"egg": 1, "eggs": 2, "sky": 3})]
    [('eggs', 0.999), ('sky', 0.0)]
    """
    unit = np.array(vectors, np.float64)
    if unit.ndim != 2 or not np.isfinite(unit).all():
        raise ValueError(f"words are near each other by finite vectors (V, D), not by {unit.shape}")
    rows = {other: row for other, row in index.items() if 0 <= row < len(unit)}
    if word not in rows:
        raise LookupError(f"{word!r:.60} has no vector; {_advice(str(word), rows)}")
    length = np.linalg.norm(unit, axis=1)
    unit /= np.where(length > 0, length, 1)[:, None]
    others = [other for other in rows if other != word]
    cosine = unit[[rows[other] for other in others]] @ unit[rows[word]]
    order = np.argsort(-cosine, kind="stable")[:count]
    return [(others[i], float(np.clip(cosine[i], -1, 1))) for i in order]


def _advice(word: str, known: Mapping[str, int]) -> str:
    found = likely(word, [*known], "")
    return found if found.startswith("did") else "it was not among the words that were counted"


class Plane(NamedTuple):
    """Points (V, 2) that stand for vectors, and the share of their variance that each axis shows (2,)."""

    points: Array
    shares: Array


def plane(vectors: Array) -> Plane:
    """The two directions in which vectors differ most: with X - mean = U S Vᵀ the points are the first columns of U S.

    The share of an axis is S²/ΣS². So that the same vectors are always drawn alike, the largest number in a column of V
    is positive.

    Args:
        vectors: (V, D), two or more.

    Raises:
        ValueError: there are fewer than two vectors, or they are not finite.

    Source: Pearson (1901), Philosophical Magazine 2(11):559-572, principal components.

    >>> points, shares = plane(np.array([[1.0, 5, 0], [3, 5, 0], [5, 5, 0]]))
    >>> np.round(points[:, 0], 6).tolist(), np.round(shares, 6).tolist()
    ([-2.0, 0.0, 2.0], [1.0, 0.0])
    """
    x = np.asarray(vectors, np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"a plane is laid through two or more finite vectors (V, D), not through {x.shape}")
    u, s, vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    signs = np.sign(np.take_along_axis(vt, np.abs(vt).argmax(axis=1)[:, None], axis=1)[:, 0])
    points, shares = np.zeros((len(x), 2)), np.zeros(2)
    points[:, : len(s)] = (u * s * signs)[:, :2]
    shares[: len(s)] = (s**2 / (np.sum(s**2) or 1))[:2]
    return Plane(points, shares)
