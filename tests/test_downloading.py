"""A download ends with the published file or with none, whatever the mirror, the network and the disk do."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mirror import mirror
from published import content, put_in_place

from optiviz import data
from optiviz.data import downloading
from optiviz.data.downloading import downloaded, shown
from optiviz.data.published import PUBLISHED, Download

FILE = np.random.default_rng(0).bytes(300_000)
BLOCK = downloading.BLOCK


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloading, "PATIENCE", 0.2)
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    with mirror() as server:
        server.files = {"/a/file": FILE, "/b/file": FILE}
        yield server


@pytest.fixture
def download(server):
    return Download("file", *content(FILE), (f"{server.url}/a/file", f"{server.url}/b/file"), {})


def left(folder):
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(
    ("plan", "asked"),
    [
        ([], [("a", 0)]),
        (["404"], [("a", 0), ("b", 0)]),
        (["503"], [("a", 0), ("b", 0)]),
        (["503", "500", "429"], [("a", 0), ("b", 0), ("a", 0), ("b", 0)]),
        (["404", "503"], [("a", 0), ("b", 0), ("b", 0)]),
        (["dropped"], [("a", 0), ("b", 0)]),
        (["to /b/file"], [("a", 0), ("b", 0)]),
        (["to /a/file", "to /a/file", "to /b/file"], [("a", 0), ("a", 0), ("a", 0), ("b", 0)]),
        (["tampered"], [("a", 0), ("b", 0)]),
        (["other"], [("a", 0), ("b", 0)]),
        (["silent"], [("a", 0)]),
        (["cut 1000"], [("a", 0), ("b", 1000)]),
        (["cut 0"], [("a", 0), ("b", 0)]),
        (["stall 70000"], [("a", 0), ("b", 70_000)]),
        (["cut 1000", "deaf"], [("a", 0), ("b", 1000)]),
        (["cut 1000", "confused"], [("a", 0), ("b", 1000), ("a", 1000)]),
        (["cut 1000", "other"], [("a", 0), ("b", 1000), ("a", 1000)]),
        (["cut 1000", "416"], [("a", 0), ("b", 1000), ("a", 1000)]),
        (["cut 1000", "tampered"], [("a", 0), ("b", 1000), ("b", 0)]),
        ([f"cut {BLOCK}"] * 4, [("a", 0), ("b", BLOCK), ("a", 2 * BLOCK), ("b", 3 * BLOCK), ("a", 4 * BLOCK)]),
    ],
    ids=lambda value: " ".join(value) if value and isinstance(value[0], str) else None,
)
def test_it_recovers(plan, asked, server, download, tmp_path):
    server.plan = [*plan]
    path = downloaded(download, tmp_path / "new" / "folder")
    assert path.read_bytes() == FILE
    assert left(path.parent) == ["file"]
    assert [(p[1], begin) for p, begin in server.asked] == asked


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (["404"] * 2, "127.0.0.1: HTTP 404 Not Found"),
        (["503"] * 6, "HTTP 503 Service Unavailable"),
        (["tampered"] * 2, "another SHA-256"),
        (["other"] * 2, "it has a file of 25 bytes, not 300,000"),
        (["dropped"] * 6, "closed connection"),
        (["stall 0"] * 6, "nothing came for 0.2 seconds"),
        (["cut 10"] * 6, "ended after 60 of 300,000 bytes"),
        (["to /a/file"] * 100, "redirect"),
        (["to file:///etc/passwd"] * 2, "HTTP 302"),
        (["404 \x1b[31mNo\x1b[0m"] * 2, "127.0.0.1: HTTP 404  [31mNo [0m)"),
        (["to http://[::/"] * 2, "leads to no address"),
        (["cut 1000", "tampered"] * 3 + ["404"] * 2, "127.0.0.1"),
    ],
)
def test_when_nothing_helps_it_says_why_and_leaves_no_file(plan, said, server, download, tmp_path):
    server.plan = [*plan]
    with pytest.raises(ConnectionError, match="file could not be downloaded") as error:
        downloaded(download, tmp_path)
    assert said in str(error.value)
    assert "try again later" in str(error.value) and "OPTIVIZ_DATA" in str(error.value)
    assert download.mirrors[0] in str(error.value)
    assert left(tmp_path) in ([], ["file.part"])


def test_a_mirror_that_cuts_and_tampers_for_ever_is_given_up(server, download, tmp_path):
    server.plan = [f"cut {BLOCK}", "tampered"] * 500
    with pytest.raises(ConnectionError, match="ended after 65,536 of 300,000 bytes"):
        downloaded(download, tmp_path)
    assert len(server.asked) < 40


@pytest.mark.parametrize("how", ["page", "false 1000", f"false {BLOCK + 5}"])
def test_what_one_mirror_begins_wrongly_another_makes_good(how, server, download, tmp_path):
    server.plan = [how]
    assert downloaded(download, tmp_path).read_bytes() == FILE
    assert [path for path, _ in server.asked] == ["/a/file", "/b/file", "/b/file"]
    assert server.asked[1][1] > 0 and server.asked[2][1] == 0


def test_a_mirror_that_sends_by_drops_is_left(server, download, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "PATIENCE", 0.05)
    server.plan = ["drip"]
    assert downloaded(download, tmp_path).read_bytes() == FILE
    (_, first), (path, begun) = server.asked
    assert first == 0 and path == "/b/file" and 0 < begun < 100


def test_a_mirror_without_end_is_left(server, download, tmp_path):
    server.plan = ["endless"]
    assert downloaded(download, tmp_path).read_bytes() == FILE
    assert server.asked == [("/a/file", 0), ("/b/file", 0)]
    assert server.sent < 20_000_000 < 200 * len(FILE)


def test_no_network(monkeypatch, tmp_path):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(ConnectionError, match=r"mirror\.invalid: no such host, or no network"):
        downloaded(Download("file", *content(FILE), ("http://mirror.invalid/file",), {}), tmp_path)
    assert left(tmp_path) == []


def test_nobody_listens(server, download, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = replace(download, mirrors=(f"http://127.0.0.1:{taken.getsockname()[1]}/file",))
        with pytest.raises(ConnectionError, match="Connection refused"):
            downloaded(gone, tmp_path)


def test_an_interrupted_download_goes_on_where_it_was(server, download, tmp_path):
    def interrupt(name, done, size):
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        downloaded(download, tmp_path, interrupt)
    assert left(tmp_path) == ["file.part"]
    had = (tmp_path / "file.part").stat().st_size
    seen = []
    assert downloaded(download, tmp_path, lambda *of: seen.append(of)).read_bytes() == FILE
    assert server.asked[1] == ("/a/file", had) and 100_000 < had < len(FILE)
    assert seen[0] == ("file", had, len(FILE)) and seen[-1] == ("file", len(FILE), len(FILE))


@pytest.mark.parametrize("part", [FILE, b"x" * 1000, FILE + b"more", b""])
def test_whatever_part_there_is_the_file_comes_out(part, server, download, tmp_path):
    (tmp_path / "file.part").write_bytes(part)
    assert downloaded(replace(download, mirrors=download.mirrors[:1]), tmp_path).read_bytes() == FILE
    assert left(tmp_path) == ["file"]
    assert not server.asked or part != FILE


def test_a_good_copy_is_not_touched_and_nobody_is_asked(server, download, tmp_path):
    (tmp_path / "file").write_bytes(FILE)
    before = (tmp_path / "file").stat()
    downloaded(download, tmp_path)
    after = (tmp_path / "file").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns) and not server.asked


def test_a_damaged_copy_is_replaced_by_a_good_one_alone(server, download, tmp_path):
    (tmp_path / "file").write_bytes(b"damaged")
    server.plan = ["404"] * 2
    with pytest.raises(ConnectionError):
        downloaded(download, tmp_path)
    assert (tmp_path / "file").read_bytes() == b"damaged"
    assert downloaded(download, tmp_path).read_bytes() == FILE


class Full(io.FileIO):
    def write(self, block):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_gets_back_what_had_come(server, download, tmp_path, monkeypatch):
    (tmp_path / "file.part").write_bytes(FILE[:1000])
    monkeypatch.setattr(Path, "open", lambda self, mode="r": Full(self, mode.replace("b", "")))
    with pytest.raises(OSError, match=r"the disk is full: file needs 300,000 bytes in .* OPTIVIZ_CACHE"):
        downloaded(download, tmp_path)
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(server, download, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OSError, match=r"taken/cache cannot be read or written .*OPTIVIZ_CACHE"):
        downloaded(download, tmp_path / "taken" / "cache")
    assert not server.asked


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(server, download, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="cannot be read or written"):
        downloaded(download, tmp_path)


# What `load` makes of it


def test_load_downloads_what_lies_nowhere_and_once(server, tmp_path, monkeypatch):
    monkeypatch.setenv("OPTIVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPTIVIZ_DATA", str(tmp_path))
    all_of = put_in_place(monkeypatch, f"{server.url}/")
    server.files = {f"/{name}/{file}": of for name, files in all_of.items() for file, of in files.items()}
    for name, published in PUBLISHED.items():
        server.asked.clear()
        seen = []
        made = data.load(name, progress=lambda *of, seen=seen: seen.append(of[0]))
        assert len(made.train.y) and dict.fromkeys(seen) == dict.fromkeys(d.name for d in published.downloads)
        assert len(server.asked) == len(published.downloads)
        again = data.load(name)
        assert np.array_equal(again.train.x, made.train.x) and len(server.asked) == len(published.downloads)
    assert left(tmp_path / "cache") == sorted(PUBLISHED)


def test_on_a_terminal_it_is_shown_how_far_it_has_come(capsys, monkeypatch):
    shown("data.gz", 1_500_000, 3_000_000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown("data.gz", 1_500_000, 3_000_000)
    shown("data.gz", 3_000_000, 3_000_000)
    said = capsys.readouterr().err
    assert said == "\rdownloading data.gz: 1.5 of 3.0 MB\rdownloading data.gz: 3.0 of 3.0 MB\n"


DOWNLOAD = """
import sys
from pathlib import Path
from optiviz.data.downloading import downloaded
from optiviz.data.published import Download
print(downloaded(Download("file", int(sys.argv[1]), sys.argv[2], (sys.argv[3],), {}), Path(sys.argv[4])))
"""


@pytest.mark.skipif(downloading.fcntl is None, reason="no locks")
def test_of_two_processes_one_downloads(server, download, tmp_path):
    arguments = [str(download.size), download.sha256, download.mirrors[0], str(tmp_path)]
    server.plan = ["stall 70000"]
    command = [sys.executable, "-c", DOWNLOAD, *arguments]
    server.over.set()  # a stall is a cut
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert left(tmp_path) == ["file"] and (tmp_path / "file").read_bytes() == FILE
    assert [begin for _, begin in server.asked] == [0, 70_000]
