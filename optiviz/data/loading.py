"""A set by its name: made here, or read from files that others have published."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from optiviz.data.dataset import Dataset, refuse_sizes
from optiviz.data.drawing import shapes, shapes_rgb
from optiviz.data.places import cache, found_in, user_folder
from optiviz.data.published import PUBLISHED, Progress, Published
from optiviz.data.reading import READERS
from optiviz.data.unpacking import unpacked
from optiviz.data.writing import messages
from optiviz.formula import nearest

__all__ = ["NAMES", "load"]

MADE: dict[str, Callable[..., Dataset]] = {"shapes": shapes, "shapes-rgb": shapes_rgb, "messages": messages}
"""The sets that are made here, and the functions that make them."""

NAMES = (*MADE, *PUBLISHED)
"""The sets that `load` knows; the first three are made here and need no download."""


def load(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dataset:
    """The set of that name: examples to train on, others to test with, and what there is to be said of them.

    "shapes", "shapes-rgb" and "messages" are made here and now. "fashion-mnist", "mnist", "cifar-10" and "sms-spam" are
    read from files as they were published, packed or not, which lie in `data_dir` (or where OPTIVIZ_DATA says), in
    a folder that is called after the set or directly. If there is none of them, they are downloaded into the cache,
    OPTIVIZ_CACHE or that of the system, and stay there. Every file is compared with the SHA-256 of the published one.

    Images stay whole numbers, uint8; see `Dataset` and `scaled`.

    Args:
        name: one of `NAMES`; `_` for `-` will do.
        data_dir: the folder with your data.
        seed: of what is made here, and of the split of sms-spam; the other sets come split.
        progress: called with the name of a file, the bytes that have come and all that it has, during a download; they
            are shown on the terminal, if there is one, if None.

    Raises:
        LookupError: there is no such set.
        NotADirectoryError: `data_dir` is none.
        FileNotFoundError: a part of the files lies there, and others are missing.
        ValueError: a file is truncated, damaged or not the one that was published; or the seed is none.
        PermissionError: a file or a folder may not be read.
        ConnectionError: nothing could be downloaded.
        OSError: the cache cannot be written, or the disk is full.

    >>> load("shapes")
    <shapes: 8,000 + 2,000 images of 28×28×1 in 10 classes>
    """
    known = name.replace("_", "-").lower() if isinstance(name, str) else name
    if known not in NAMES:
        raise LookupError(f"unknown data {name!r:.60}; {nearest(str(name), [*NAMES], 'there are')}")
    refuse_sizes(seed)
    if known not in PUBLISHED:
        return MADE[known](seed=seed)
    published = PUBLISHED[known]
    try:
        files = _files(known, published, data_dir, progress)
        return READERS[known](known, published, unpacked(files, published), seed)
    except PermissionError as error:
        if error.filename is None:  # it says already what to do
            raise
        raise PermissionError(f"{error.filename} may not be read by you; change that, or name another folder") from None


def _files(
    name: str, published: Published, data_dir: str | os.PathLike[str] | None, progress: Progress | None
) -> dict[str, Path]:
    """The files that contain the set, downloaded if they lie nowhere."""
    folder = user_folder(data_dir)
    if folder is not None and (files := found_in(folder, published)):
        return files
    from optiviz.data.downloading import downloaded

    kept = cache() / name
    return {
        content: downloaded(download, kept, progress)
        for download in published.downloads
        for content in download.contents
    }
