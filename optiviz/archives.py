"""Arrays, and what is to be said of them, in one `.npz` file without pickle, which knows what it is."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.files import MARK, VERSION, written_whole

__all__ = ["Archive", "opened", "write_archive"]

Array = npt.NDArray[Any]


def write_archive(
    path: str | os.PathLike[str], kind: str, facts: Mapping[str, Any], arrays: Mapping[str, npt.ArrayLike]
) -> None:
    """Write arrays by name, and facts in a file `kind`.json among them; the same content gives the same bytes.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    said = json.dumps({"mark": MARK, "version": VERSION, **facts})
    with written_whole(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{kind}.json"), said)
        for name, array in arrays.items():
            buffer = BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getbuffer())


class Archive:
    """An open file of a kind.

    Attributes:
        facts: what was said of the arrays.
    """

    def __init__(self, archive: zipfile.ZipFile, kind: str) -> None:
        self._archive = archive
        kinds = [name.removesuffix(".json") for name in archive.namelist() if name.endswith(".json")]
        if kind not in kinds:
            raise ValueError(f"it is a {kinds[0]:.20}" if kinds else "made by another program")
        facts = json.loads(self._read(f"{kind}.json"))
        if facts.pop("mark") != MARK:
            raise ValueError("made by another program")
        version = facts.pop("version")
        if version != VERSION:
            raise ValueError(f"its format is {version!r:.20}, and this optiviz reads {VERSION}; update optiviz")
        self.facts: dict[str, Any] = facts

    def array(self, name: str) -> Array:
        """The array of that name."""
        found: Array = np.lib.format.read_array(BytesIO(self._read(f"{name}.npy")), allow_pickle=False)
        return found

    def _read(self, name: str) -> bytes:
        if self._archive.getinfo(name).compress_type != zipfile.ZIP_STORED:  # a small file could hold endless zeros
            raise ValueError("it is compressed")
        return self._archive.read(name)


@contextmanager
def opened(path: str | os.PathLike[str], kind: str) -> Iterator[Archive]:
    """Read what `write_archive` wrote; whatever goes wrong inside the block is the fault of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged or of another kind.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{os.fspath(path)}: no such file")
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                yield Archive(archive, kind)
        except Exception as error:  # there is no end to what damage makes zipfile, json and NumPy raise
            what = f"{os.fspath(path)} is damaged or not a {kind} written by optiviz"
            raise ValueError(f"{what} ({error})") from error
