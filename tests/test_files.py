"""Files are written whole or not at all, and optiviz knows its own."""

from __future__ import annotations

import os

import pytest

from optiviz.files import MARK, is_ours, written_whole


def test_a_file_is_written(tmp_path):
    target = tmp_path / "run.gif"
    with written_whole(target) as path:
        assert path.parent == tmp_path and path.suffix == ".gif" and path != target
        path.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


def test_a_path_may_be_a_string_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with written_whole("run.gif") as path:
        path.write_text("whole")
    assert (tmp_path / "run.gif").read_text() == "whole"


@pytest.mark.parametrize("failure", [ValueError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("before", ["old", None])
def test_a_failure_leaves_what_was_there(failure, before, tmp_path):
    target = tmp_path / "run.gif"
    if before:
        target.write_text(before)
    with pytest.raises(failure), written_whole(target) as path:  # noqa: PT012
        path.write_text("half")
        raise failure
    assert [p.read_text() for p in tmp_path.iterdir()] == ([before] if before else [])


def test_the_old_file_is_replaced_and_stays_until_the_end(tmp_path):
    target = tmp_path / "run.gif"
    target.write_text("old")
    with written_whole(target) as path:
        path.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


def test_a_writer_that_removes_its_file_is_no_success(tmp_path):
    target = tmp_path / "run.gif"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), written_whole(target) as path:
        path.unlink()
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


@pytest.mark.skipif(os.name != "posix", reason="permissions")
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_file_has_the_permissions_of_any_other(umask, tmp_path):
    before = os.umask(umask)
    try:
        (tmp_path / "plain.txt").write_text("plain")
        with written_whole(tmp_path / "whole.txt") as path:
            path.write_text("whole")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    plain, whole = ((tmp_path / name).stat().st_mode for name in ("plain.txt", "whole.txt"))
    assert plain == whole


def test_a_long_name_is_no_trouble(tmp_path):
    target = tmp_path / ("x" * 250 + ".gif")
    with written_whole(target) as path:
        path.write_text("whole")
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_no_place_for_a_file(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="missing does not exist"),
        written_whole(tmp_path / "missing" / "a.gif"),
    ):
        pytest.fail("entered")
    with pytest.raises(IsADirectoryError, match="is a directory"), written_whole(tmp_path):
        pytest.fail("entered")
    (tmp_path / "file").write_text("old")
    with pytest.raises((FileNotFoundError, NotADirectoryError)), written_whole(tmp_path / "file" / "a.gif"):
        pytest.fail("entered")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        (MARK.encode(), True),
        (b"<svg><!-- " + MARK.encode() + b" -->" + b"." * 10**5, True),
        (b"GIF89a" + b"\xff" * 10**5 + MARK.encode(), True),
        (b"." * 4000 + MARK.encode() + b"." * 4000, True),
        (b"." * 10**5 + MARK.encode() + b"." * 10**5, False),  # somewhere in a large file it may be a quotation
        (b"", False),
        (b"made by hand", False),
        (MARK[:-1].encode(), False),
    ],
    ids=range(8),
)
def test_its_mark_stands_at_the_beginning_or_the_end(content, ours, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_ours(path) is ours


def test_two_halves_of_the_mark_are_not_the_mark(tmp_path):
    half = len(MARK) // 2
    path = tmp_path / "file"
    path.write_bytes(
        b"." * (4096 - half)
        + MARK[:half].encode()
        + b"." * 5000
        + MARK[half:].encode()
        + b"." * (4096 - len(MARK) + half)
    )
    assert not is_ours(path)


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    target, seen = tmp_path / "run.gif", []
    monkeypatch.setattr(os, "fsync", lambda file: seen.append((os.fstat(file.fileno()).st_size, target.exists())))
    with written_whole(target) as path:
        path.write_text("whole")
        assert seen == []
    assert seen == [(5, False)] and target.read_text() == "whole"
