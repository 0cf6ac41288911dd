"""Frames to files: what is written is read back by others, whatever the format."""

from __future__ import annotations

import stat
import subprocess
import sys
import textwrap
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from optiviz.descent import minimize
from optiviz.files import is_ours
from optiviz.optimizers import adam
from optiviz.plot import film, picture, writers
from optiviz.plot.writers import video
from optiviz.plot.writers.reel import Reel, durations
from optiviz.surfaces import rosenbrock

NONE = np.zeros((0, 3), np.uint8)
PICTURES = [".gif", ".apng", ".webp", ".avif"]
VIDEOS = [".mp4", ".webm"]


def have_ffmpeg():
    try:
        return bool(video.find_ffmpeg())
    except ValueError:
        return False


def reel(frames, fps=10.0, colours=NONE):
    """A reel of frames (height, width, 3) that are there already; like the loop, it has one array for all of them."""
    height, width, _ = frames[0].shape
    canvas = np.full((height, width, 4), 255, np.uint8)

    def shots(looks):
        for look in looks:
            canvas[..., :3] = frames[look]
            yield canvas

    return Reel((width, height), range(len(frames)), fps, shots, colours)


def read(path):
    """The frames (height, width, 3) and how many milliseconds each stands."""
    with Image.open(path) as image:
        shown = []
        for i in range(getattr(image, "n_frames", 1)):
            image.seek(i)
            image.load()
            shown.append((np.asarray(image.convert("RGB")).astype(int), image.info.get("duration", 0)))
    return [frame for frame, _ in shown], [pause for _, pause in shown]


def moving(count=7, colours=40):
    """A square that goes across a ramp, and stands still at times."""
    ground = np.zeros((30, 48, 3), np.uint8)
    ground[..., 0] = np.linspace(0, 255, 48).astype(int) // (256 // colours) * (256 // colours)
    frames = []
    for i in range(count):
        frame = ground.copy()
        at = 4 * (i - i % 3)
        frame[5:13, at : at + 8] = (214, 39, 40)
        frames.append(frame)
    return frames


def seen(frames, fps=10):
    """The frames that are to be seen, those alike as one, and how long."""
    merged = []
    for frame, pause in zip(frames, [*[1000 / fps] * (len(frames) - 1), 1000 * writers.HOLD], strict=True):
        if merged and (merged[-1][0] == frame).all():
            merged[-1][1] += pause
        else:
            merged.append([frame, pause])
    return [frame for frame, _ in merged], [pause for _, pause in merged]


@pytest.mark.parametrize("suffix", PICTURES)
def test_what_is_written_is_what_was_drawn(tmp_path, suffix):
    if suffix in (".webp", ".avif") and not features.check(suffix[1:]):
        pytest.skip(f"this Pillow has no {suffix}")
    frames = moving()
    writers.write(tmp_path / f"a{suffix}", reel(frames))
    found, pauses = read(tmp_path / f"a{suffix}")
    wanted, stand = (frames, None) if suffix == ".avif" else seen(frames)
    if suffix == ".webp":  # keeps what is alike apart, or not
        assert sum(pauses) == sum(stand)
    elif stand:
        assert pauses == stand
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one - other).max() <= (40 if suffix == ".avif" else 0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 255), st.integers(1, 6))
def test_up_to_255_colours_are_exact_in_a_gif(tmp_path_factory, seed, colours, count):
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    frames = [palette[rng.integers(0, colours, (9, 14))] for _ in range(min(count, 4))]
    path = tmp_path_factory.mktemp("gif") / "a.gif"
    writers.write(path, reel(frames))
    for one, other in zip(read(path)[0], seen(frames)[0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_of_too_many_colours_those_that_matter_are_exact_and_the_rest_is_near(tmp_path):
    x, y = np.meshgrid(np.arange(80), np.arange(60))
    frame = np.dstack([3 * x, 4 * y, (x * y) % 256]).astype(np.uint8)
    frame[30, 40] = (1, 2, 3)  # a single pixel
    writers.write(tmp_path / "a.gif", reel([frame], colours=np.array([[1, 2, 3], [9, 8, 7]], np.uint8)))
    (found,), _ = read(tmp_path / "a.gif")
    assert found[30, 40].tolist() == [1, 2, 3]
    assert np.abs(found - frame).mean() < 12


def test_only_what_changed_is_stored(tmp_path):
    frames = moving(60)
    writers.write(tmp_path / "few.gif", reel(frames[:2]))
    writers.write(tmp_path / "many.gif", reel([frames[0], *[frames[3]] * 59]))
    assert (tmp_path / "many.gif").stat().st_size < 1.2 * (tmp_path / "few.gif").stat().st_size + 200


@pytest.mark.parametrize("fps", [0.5, 4, 7, 24, 30, 50])
def test_durations_keep_time(fps):
    pauses = durations(reel(moving(50), fps=fps), unit=0.01, least=2)
    assert sum(pauses[:-1]) == pytest.approx(49 * 100 / fps, abs=0.51)
    assert max(pauses[:-1]) - min(pauses[:-1]) <= 1 and pauses[-1] == 100 * writers.HOLD


@pytest.fixture(scope="module")
def made():
    return picture(minimize(rosenbrock, adam(lr=0.5), steps=2), rosenbrock.sample(20), size=(320, 180))


@pytest.mark.parametrize("suffix", writers.SUFFIXES)
def test_a_file_carries_the_mark(tmp_path, made, suffix):
    if suffix in VIDEOS and not have_ffmpeg():
        pytest.skip("no ffmpeg")
    for name in "ab":
        film(made, tmp_path / f"{name}{suffix}")
    assert is_ours(tmp_path / f"a{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_memory_does_not_grow_with_the_frames(tmp_path, suffix):
    frames = moving(9)

    def peak(count):
        long = reel(frames)
        long = Reel(long.size, [i % 9 for i in range(count)], 10.0, long.film, NONE)
        tracemalloc.start()
        writers.write(tmp_path / f"a{suffix}", long)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(20)  # what is made once
    assert peak(1000) <= 1.1 * peak(100) + 4 * 1000 * 16  # and a few numbers for each


# Videos.


@pytest.mark.skipif(not have_ffmpeg(), reason="no ffmpeg")
@pytest.mark.parametrize("suffix", VIDEOS)
def test_a_video_has_the_frames_and_holds_the_last(tmp_path, suffix):
    frames = [np.full((45, 81, 3), shade, np.uint8) for shade in (0, 60, 120, 180, 240)]  # odd sides
    writers.write(tmp_path / f"a{suffix}", reel(frames, fps=5))
    raw = subprocess.run(
        [
            video.find_ffmpeg(),
            "-v",
            "error",
            "-i",
            str(tmp_path / f"a{suffix}"),
            *"-f rawvideo -pix_fmt rgb24 -".split(),
        ],
        check=True,
        capture_output=True,
    ).stdout
    shown = np.frombuffer(raw, np.uint8).reshape(-1, 46, 82, 3).astype(int)
    assert len(shown) == 5 + 5 * writers.HOLD
    for i, frame in enumerate(shown):
        assert np.abs(frame[:45, :81] - frames[min(i, 4)][0, 0, 0]).max() <= (6 if suffix == ".mp4" else 20)


def fake(tmp_path, monkeypatch, code):
    """A program named ffmpeg, the only one on the PATH."""
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{textwrap.dedent(code)}", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent))


def test_ffmpeg_gets_the_pixels(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, 'import sys; open(sys.argv[-1], "wb").write(sys.stdin.buffer.read())')
    frames = moving()
    writers.write(tmp_path / "a.mp4", reel(frames))
    got = np.fromfile(tmp_path / "a.mp4", np.uint8).reshape(7, 30, 48, 4)
    np.testing.assert_array_equal(got[..., :3], frames)


@pytest.mark.parametrize("reads", [True, False])
def test_what_ffmpeg_says_is_said(tmp_path, monkeypatch, reads):
    code = f"import sys; {reads} and sys.stdin.buffer.read(); sys.exit('first\\nUnknown encoder libx264')"
    fake(tmp_path, monkeypatch, code)
    with pytest.raises(OSError, match=r"ffmpeg could not write \.mp4: Unknown encoder libx264"):
        writers.write(tmp_path / "a.mp4", reel([np.zeros((400, 400, 3), np.uint8)] * 20))
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_an_interrupted_video_leaves_nothing(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "import sys; sys.stdin.buffer.read()")

    def shots(looks):
        yield np.zeros((10, 10, 4), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writers.write(tmp_path / "a.mp4", Reel((10, 10), [0, 1], 10, shots, NONE))
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_without_ffmpeg_both_ways_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(
        ValueError, match=r"not on the PATH: install it, or write pip install 'optiviz-toolkit\[video\]'"
    ):
        writers.write(tmp_path / "a.webm", reel(moving()))
    assert not list(tmp_path.iterdir())
