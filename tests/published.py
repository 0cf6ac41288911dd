"""Small sets in the form of the published ones, which take their place in tests."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
from dataclasses import replace

import numpy as np

from optiviz.data import published
from optiviz.data.published import Content, Download

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}

LINES = [
    *(("ham", f"see you at {hour} in town £{hour}") for hour in range(50)),
    *(("spam", f"WIN {prize} now!") for prize in range(20)),
    ("ham", "SEE you  at 3 in town £3"),
    ("spam", "WIN 7 now!"),
]


def idx(array):
    """An array in the IDX format."""
    code = CODES[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def content(of):
    return Content(len(of), hashlib.sha256(of).hexdigest())


def packed(name, files):
    """The bytes of a .gz, .tar.gz or .zip with these files."""
    if name.endswith(".tar.gz"):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            for file, of in files.items():
                info = tarfile.TarInfo(file)
                info.size = len(of)
                tar.addfile(info, io.BytesIO(of))
        return made.getvalue()
    if name.endswith(".zip"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, of in files.items():
                archive.writestr(file, of)
        return made.getvalue()
    (of,) = files.values()
    return gzip.compress(of)


def files_of(name):
    """What a small set contains, by the names of the published one."""
    rng = np.random.default_rng(list(name.encode()))
    if name == "cifar-10":
        return {
            file: rng.integers(0, 256, (10, 3073), np.uint8).clip(max=[9, *[255] * 3072]).astype(np.uint8).tobytes()
            for file in published.PUBLISHED[name].contents
        }
    if name == "sms-spam":
        return {"SMSSpamCollection": "".join(f"{kind}\t{text}\n" for kind, text in LINES).encode()}
    sizes = {"train": 30, "t10k": 10}
    return {
        f"{part}-{what}-ubyte": idx(rng.integers(0, top, (n, *shape), np.uint8))
        for part, n in sizes.items()
        for what, top, shape in (("images-idx3", 256, (28, 28)), ("labels-idx1", 10, ()))
    }


def put_in_place(monkeypatch, url="http://127.0.0.1:9/"):
    """Let every published set be a small one, and return the downloads of each by name."""
    all_of = {}
    for name, known in list(published.PUBLISHED.items()):
        files, downloads = files_of(name), {}
        for download in known.downloads:
            inside = {file: files[file] for file in download.contents}
            downloads[download.name] = packed(download.name, inside)
        small = tuple(
            Download(
                d.name,
                *content(downloads[d.name]),
                (f"{url}{name}/{d.name}",),
                {file: content(files[file]) for file in d.contents},
                d.also,
            )
            for d in known.downloads
        )
        monkeypatch.setitem(published.PUBLISHED, name, replace(known, downloads=small))
        all_of[name] = downloads
    return all_of
