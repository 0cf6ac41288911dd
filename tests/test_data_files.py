"""Published sets are read as they lie about, and what is wrong with a file is said, with its name."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from published import LINES, content, files_of, idx, packed, put_in_place

from optiviz import data
from optiviz.data import places
from optiviz.data.published import PUBLISHED
from optiviz.data.reading import stratified

REAL = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The published sets are small ones, and neither the user nor the system has a folder for them."""
    monkeypatch.setenv("OPTIVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPTIVIZ_DATA", raising=False)
    return put_in_place(monkeypatch)


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, of in files.items():
        (folder / name.rpartition("/")[2]).write_bytes(of)
    return folder


# IDX


@given(
    hnp.arrays(
        st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]),
        hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    ),
    st.booleans(),
)
@examples(40)
def test_any_idx_file_is_read(array, zipped):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any"
        path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
        found = data.read_idx(path)
    assert found.dtype == array.dtype and found.dtype.isnative and found.flags.writeable
    assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


GOOD = idx(np.arange(6, dtype="i2").reshape(2, 3))


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (b"", "it begins with nothing"),
        (b"\0\0\x08", "is no IDX file"),
        (b"\x89PNG" + GOOD, "it begins with 89 50 4e 47"),
        (b"\0\0\x0a" + GOOD[3:], "one of 08, 09, 0b, 0c, 0d, 0e"),
        (GOOD[:9], "ends within its header of 12 bytes"),
        (GOOD[:-1], "truncated: its header announces 2×3 numbers, 12 bytes, and it has 11"),
        (GOOD + b"\0", "is too long"),
        (b"\0\0\x08\xff" + b"\0" * 1020, "announces 255 axes"),
        (b"\0\0\x0e\x04" + b"\xff" * 16, "more than it can hold"),
        (b"\0\0\x0e\x03" + b"\xff" * 8 + b"\0" * 4, "more than NumPy has arrays for"),
        (gzip.compress(GOOD, mtime=0)[:-9], "is truncated"),
        (gzip.compress(GOOD, mtime=0)[:-8] + bytes(8), "is damaged"),
        (b"\x1f\x8b" + bytes(30), "is damaged"),
    ],
)
def test_a_damaged_idx_file_is_named(of, said, tmp_path):
    path = tmp_path / "some-idx"
    path.write_bytes(of)
    with pytest.raises(ValueError, match=said) as error:
        data.read_idx(path)
    assert str(path) in str(error.value)


def test_a_compressed_file_is_not_blown_up(tmp_path, monkeypatch):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(idx(np.zeros(4, "u1")) + bytes(5_000_000)))
    read = []
    monkeypatch.setattr(
        gzip.GzipFile, "read", lambda self, size, of=gzip.GzipFile.read: read.append(size) or of(self, size)
    )
    with pytest.raises(ValueError, match="too long"):
        data.read_idx(path)
    assert 0 < sum(read) < 20


def test_a_missing_idx_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        data.read_idx(tmp_path / "nothing-here")


# Where they lie

LAYOUTS = {
    "fashion-mnist": ["", "fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST", "raw"],
    "mnist": ["", "mnist", "MNIST/raw"],
    "cifar-10": ["", "cifar10", "cifar-10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "CIFAR10"],
    "sms-spam": ["", "sms_spam", "sms-spam", "SMSSpamCollection", "sms+spam+collection"],
}


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize(("name", "layout"), [(name, layout) for name in LAYOUTS for layout in LAYOUTS[name]])
def test_files_are_found_where_they_lie(name, layout, is_packed, small, tmp_path, monkeypatch):
    put(tmp_path / "mine" / layout, small[name] if is_packed else files_of(name))
    made = data.load(name, tmp_path / "mine")
    assert made.name == name and len(made.train.y) and len(made.test.y) and made.classes == PUBLISHED[name].classes
    monkeypatch.setenv("OPTIVIZ_DATA", str(tmp_path / "mine"))
    again = data.load(name)
    assert np.array_equal(made.train.x, again.train.x) and np.array_equal(made.test.y, again.test.y)
    assert not (tmp_path / "cache").exists()


def test_images_and_labels_are_those_of_the_files(small, tmp_path):
    files = files_of("mnist")
    made = data.load("mnist", put(tmp_path, files))
    assert made.train.x.shape == (30, 28, 28, 1) and made.train.x.dtype == np.uint8
    assert made.train.x.tobytes() == files["train-images-idx3-ubyte"][16:]
    assert made.test.y.astype("u1").tobytes() == files["t10k-labels-idx1-ubyte"][8:]
    assert not made.train.x.flags.writeable


def test_channels_come_last(small, tmp_path):
    files = files_of("cifar-10")
    made = data.load("cifar-10", put(tmp_path, files))
    first = np.frombuffer(files["cifar-10-batches-bin/data_batch_2.bin"], "u1")[:3073]
    assert made.train.x.shape == (50, 32, 32, 3) and made.test.x.shape == (10, 32, 32, 3) and made.notes == ()
    assert made.train.y[10] == first[0]
    assert np.array_equal(made.train.x[10, :, :, 1], first[1 + 1024 : 1 + 2048].reshape(32, 32))


@pytest.mark.parametrize("kept", [(1,), (2, 5)])
def test_some_batches_are_enough(kept, small, tmp_path):
    files = files_of("cifar-10")
    names = [f"cifar-10-batches-bin/data_batch_{k}.bin" for k in kept] + ["cifar-10-batches-bin/test_batch.bin"]
    made = data.load("cifar-10", put(tmp_path, {name: files[name] for name in names}))
    archive = packed("cifar-10-binary.tar.gz", {name: files[name] for name in names})
    again = data.load("cifar-10", put(tmp_path / "packed", {"cifar-10-binary.tar.gz": archive}))
    assert len(made.train.y) == 10 * len(kept) and np.array_equal(made.train.x, again.train.x)
    assert made.notes == again.notes == (f"{len(kept)} of 5 batches to train on are there",)


@pytest.mark.parametrize(
    ("name", "gone", "said"),
    [
        (
            "mnist",
            ["t10k-labels-idx1-ubyte"],
            "t10k-labels-idx1-ubyte is missing; copy t10k-labels-idx1-ubyte.gz there",
        ),
        ("mnist", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], "are missing"),
        ("cifar-10", ["cifar-10-batches-bin/test_batch.bin"], "test_batch.bin is missing; copy cifar-10-binary.tar.gz"),
        ("cifar-10", [f"cifar-10-batches-bin/data_batch_{k}.bin" for k in range(1, 6)], "data_batch_1.bin is missing"),
    ],
)
def test_what_is_missing_is_named(name, gone, said, small, tmp_path):
    put(tmp_path, {file: of for file, of in files_of(name).items() if file not in gone})
    with pytest.raises(FileNotFoundError, match=said) as error:
        data.load(name, tmp_path)
    assert str(tmp_path) in str(error.value) and PUBLISHED[name].downloads[0].mirrors[0].rpartition("/")[0] in str(
        error.value
    )


def test_a_folder_that_is_none_is_named(small, tmp_path, monkeypatch):
    with pytest.raises(NotADirectoryError, match=r"data_dir is .*nowhere, which is no directory"):
        data.load("mnist", tmp_path / "nowhere")
    for nowhere in (str(tmp_path / "nowhere"), "~nobody-of-that-name/data", "x" * 5000):
        monkeypatch.setenv("OPTIVIZ_DATA", nowhere)
        with pytest.raises(NotADirectoryError, match="OPTIVIZ_DATA is"):
            data.load("mnist")


# What may be wrong with them


def refusal(name, folder):
    """What is said of the files of a set in this folder; None if they are good."""
    try:
        data.load(name, folder)
    except ValueError as error:
        return str(error)


def spoiled(of, how):
    middle = len(of) // 2
    return {
        "truncated": of[:middle],
        "empty": b"",
        "tampered": of[:middle] + bytes([of[middle] ^ 1]) + of[middle + 1 :],
        "longer": of + bytes(5),
        "other": b"<html>404</html>",
    }[how]


@pytest.mark.parametrize("how", ["truncated", "empty", "tampered", "longer", "other"])
@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_spoiled_file_is_named_and_left_alone(name, is_packed, how, small, tmp_path):
    files = dict(small[name] if is_packed else files_of(name))
    victim = sorted(files)[-1]
    good, files[victim] = files[victim], spoiled(files[victim], how)
    folder = put(tmp_path / "mine", files)
    path = folder / victim.rpartition("/")[2]
    if is_packed and how == "longer":  # bytes behind the end of what is packed are ignored, or refused
        try:
            data.load(name, folder)
            return
        except ValueError:
            pass
    with pytest.raises(ValueError, match="remove it, and copy or download it again") as error:
        data.load(name, folder)
    assert str(path) in str(error.value)
    assert path.read_bytes() == files[victim] != good
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("what", ["open", "iterdir"])
def test_what_may_not_be_read_is_named(what, small, tmp_path, monkeypatch):
    def forbidden(self, *args):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    put(tmp_path, files_of("mnist"))
    monkeypatch.setattr(Path, what, forbidden)
    with pytest.raises(
        PermissionError, match=rf"^{re.escape(str(tmp_path))}.* may not be read by you; change that, or"
    ):
        data.load("mnist", tmp_path)


def test_a_file_of_another_set_is_known(small, tmp_path):
    with pytest.raises(ValueError, match="is a file of MNIST"):
        data.load("fashion-mnist", put(tmp_path, files_of("mnist")))


@pytest.mark.parametrize("gone", ["test_batch", "data_batch"])
def test_an_archive_without_what_is_needed_is_named(gone, small, tmp_path):
    files = {name: of for name, of in files_of("cifar-10").items() if gone not in name}
    put(tmp_path, {"cifar-10-binary.tar.gz": packed("cifar-10-binary.tar.gz", files)})
    with pytest.raises(ValueError, match=rf"cifar-10-binary\.tar\.gz does not contain .*{gone}(_1)?\.bin; "):
        data.load("cifar-10", tmp_path)


def test_an_archive_without_the_file_is_named(small, tmp_path):
    for name, archive in (("cifar-10", "cifar-10-binary.tar.gz"), ("sms-spam", "smsspamcollection.zip")):
        put(tmp_path, {archive: packed(archive, {"readme": b"nothing"})})
        with pytest.raises(ValueError, match="does not contain") as error:
            data.load(name, tmp_path)
        assert archive in str(error.value)


def test_nothing_of_an_archive_is_written_and_a_link_is_no_file(small, tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for number, name in enumerate(PUBLISHED["cifar-10"].contents):
            link = tarfile.TarInfo(name if number else "../../evil")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
    put(tmp_path / "mine", {"cifar-10-binary.tar.gz": made.getvalue()})
    with pytest.raises(ValueError, match="does not contain"):
        data.load("cifar-10", tmp_path / "mine")
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "cifar-10-binary.tar.gz"]


def test_an_archive_that_would_fill_the_memory_is_left(small, tmp_path):
    """One that announces 300 MB for the name of a file, and one with no end of files."""
    endless = tarfile.TarInfo("x")
    endless.type, endless.size = tarfile.XHDTYPE, 300_000_000
    for of in (endless.tobuf() + bytes(4_000_000), tarfile.TarInfo("x").tobuf() * 8000):
        put(tmp_path, {"cifar-10-binary.tar.gz": gzip.compress(of, 1)})
        with pytest.raises(ValueError, match="far more comes out of it than should"):
            data.load("cifar-10", tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_named_wherever_it_is_damaged(method, small, tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("SMSSpamCollection", files_of("sms-spam")["SMSSpamCollection"])
    good, rng = made.getvalue(), np.random.default_rng(0)
    for place in range(0, len(good), 10):
        put(tmp_path, {"smsspamcollection.zip": good[:place] + rng.bytes(3) + good[place + 3 :]})
        said = refusal("sms-spam", tmp_path)
        assert said is None or str(tmp_path / "smsspamcollection.zip") in said


# Messages


def test_repeated_messages_are_dropped_before_the_split_and_it_says_so(small, tmp_path):
    made = data.load("sms-spam", put(tmp_path, files_of("sms-spam")))
    assert made.notes == (
        f"2 of {len(LINES)} lines repeat an earlier one but for capitals and spaces, and were dropped before the 70 "
        "others were split",
    )
    assert sorted(made.train.x + made.test.x) == sorted(text for _, text in LINES[:-2])
    assert np.bincount(made.train.y).tolist() == [40, 16] and np.bincount(made.test.y).tolist() == [10, 4]
    for part in (made.train, made.test):
        assert all(("WIN" in text) == bool(kind) for text, kind in zip(*part, strict=True))
    with pytest.raises(ValueError, match="seed is a whole number from 0, not -1"):
        data.load("sms-spam", tmp_path, seed=-1)
    other = data.load("sms-spam", tmp_path, seed=1)
    assert sorted(other.test.x) != sorted(made.test.x)
    assert data.load("sms-spam", tmp_path).test.x == made.test.x


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 5))
@examples(30)
def test_a_split_keeps_every_example_once_and_the_shares(y, seed):
    y = np.array(y)
    train, test = stratified(y, 0.2, np.random.default_rng(seed))
    assert sorted([*train, *test]) == [*range(len(y))]
    for kind in np.unique(y):
        assert (y[test] == kind).sum() == round(0.2 * (y == kind).sum())


# The cache


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "home/.cache/optiviz"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/optiviz"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/optiviz"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "home/Library/Caches/optiviz"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/optiviz/Cache"),
        ("win32", {}, "home/AppData/Local/optiviz/Cache"),
        ("linux", {"OPTIVIZ_CACHE": "/mine"}, "/mine"),
    ],
)
def test_the_cache_is_where_the_system_keeps_such_things(platform, environment, expected, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "OPTIVIZ_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(places.sys, "platform", platform)
    monkeypatch.setattr(places.Path, "home", lambda: Path("home"))
    assert places.cache() == Path(expected)


def test_without_a_home_it_says_what_to_name(monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "OPTIVIZ_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places.Path, "home", nobody)
    with pytest.raises(FileNotFoundError, match="name a directory in OPTIVIZ_CACHE"):
        places.cache()


# The real ones


@pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not here")
@pytest.mark.parametrize(
    ("name", "sizes", "first"),
    [("fashion-mnist", (60_000, 10_000), [9, 0, 0, 3]), ("cifar-10", (10_000, 10_000), [6, 9, 9, 4])],
)
def test_the_published_images(name, sizes, first):
    made = data.load(name, REAL)
    assert (len(made.train.y), len(made.test.y)) == sizes
    assert made.train.y[:4].tolist() == first
    assert np.bincount(made.test.y).tolist() == [1000] * 10


@pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not here")
def test_the_published_messages():
    made = data.load("sms-spam", REAL)
    assert (len(made.train.y), len(made.test.y)) == (4128, 1031) and "415 of 5,574" in made.notes[0]
    assert not {" ".join(t.casefold().split()) for t in made.train.x} & {
        " ".join(t.casefold().split()) for t in made.test.x
    }


def test_every_published_file_has_a_checksum_and_a_mirror():
    for published in PUBLISHED.values():
        for download in published.downloads:
            assert download.mirrors and download.size > 0
            assert all(mirror.startswith("http") for mirror in download.mirrors)
            for sha256 in (download.sha256, *(c.sha256 for c in download.contents.values())):
                assert len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")
        assert len({c.sha256 for c in published.contents.values()}) == len(published.contents)


def test_idx_of_the_tests_is_the_published_form():
    assert idx(np.array([[1, 2]], "u1")) == b"\0\0\x08\x02" + struct.pack(">II", 1, 2) + b"\x01\x02"
    assert content(b"abc").size == 3 and os.sep
