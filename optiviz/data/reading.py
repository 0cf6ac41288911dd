"""What the published files contain, as images, texts and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np

from optiviz.data.dataset import Array, Dataset, Part
from optiviz.data.idx import idx
from optiviz.data.published import Published

__all__ = ["READERS"]

Contents = Iterator[tuple[str, bytes]]

TEST_SHARE = 0.2
"""So much of a set that comes in one piece is kept to test with."""


def digits(name: str, published: Published, contents: Contents, seed: int) -> Dataset:
    """Images and labels in four IDX files."""
    arrays = {file: idx(BytesIO(content), len(content), file) for file, content in contents}

    def part(which: str) -> Part:
        labels = arrays[f"{which}-labels-idx1-ubyte"]
        return Part(arrays[f"{which}-images-idx3-ubyte"][..., None], labels.astype(np.int64))

    return _dataset(name, published, part("train"), part("t10k"))


def cifar(name: str, published: Published, contents: Contents, seed: int) -> Dataset:
    """Records of a label and 32×32 numbers for each of red, green and blue; batches to train on, and one to test."""
    record = np.dtype([("label", "u1"), ("pixels", "u1", (3, 32, 32))])
    batches = {}
    for file, content in contents:
        records = np.frombuffer(content, record)
        images = np.ascontiguousarray(records["pixels"].transpose(0, 2, 3, 1))
        batches[file.rpartition("/")[2].removesuffix(".bin")] = Part(images, records["label"].astype(np.int64))
    test = batches.pop("test_batch")
    x, y = (np.concatenate([batches[batch][i] for batch in sorted(batches)]) for i in (0, 1))
    whole = len(published.contents) - 1
    notes = () if len(batches) == whole else (f"{len(batches)} of {whole} batches to train on are there",)
    return _dataset(name, published, Part(x, y), test, notes)


def messages(name: str, published: Published, contents: Contents, seed: int) -> Dataset:
    """Lines of a class, a tab and a text; what is there twice would be trained on and tested with, and is kept once."""
    ((_, content),) = contents
    lines = [line.split("\t", 1) for line in content.decode("utf-8").split("\n") if line]
    unique = {" ".join(text.casefold().split()): (text.strip(), kind) for kind, text in reversed(lines)}
    texts, kinds = zip(*reversed(unique.values()), strict=True)
    y = np.array([published.classes.index(kind) for kind in kinds])
    train, test = stratified(y, TEST_SHARE, np.random.default_rng(seed))
    notes = (
        f"{len(lines) - len(texts):,} of {len(lines):,} lines repeat an earlier one but for capitals and spaces, and "
        f"were dropped before the {len(texts):,} others were split",
    )

    def part(which: Array) -> Part:
        return Part([texts[i] for i in which], y[which])

    return _dataset(name, published, part(train), part(test), notes)


def stratified(y: Array, share: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Which examples to train on and which to test with, that share of each class; both in a drawn order.

    >>> train, test = stratified(np.array([0, 1] * 10), 0.2, np.random.default_rng(0))
    >>> len(train), sorted((test % 2).tolist())
    (16, [0, 0, 1, 1])
    """
    kept = [rng.permutation(np.flatnonzero(y == kind)) for kind in np.unique(y)]
    parts = zip(*(np.split(which, [round(share * len(which))]) for which in kept), strict=True)
    test, train = (rng.permutation(np.concatenate(part)) for part in parts)
    return train, test


def _dataset(name: str, published: Published, train: Part, test: Part, notes: tuple[str, ...] = ()) -> Dataset:
    about = (published.about, published.source, published.licence)
    return Dataset(name, train, test, published.classes, *about, notes)


READERS: dict[str, Callable[[str, Published, Contents, int], Dataset]] = {
    "fashion-mnist": digits,
    "mnist": digits,
    "cifar-10": cifar,
    "sms-spam": messages,
}
"""How each set is read."""
