"""Images from files: of any size and colour, and what is no image."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from optiviz.data import read_image

GREY, COLOUR = (28, 28, 1), (32, 32, 3)


def gradient(width, height):
    return np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "gif"])
def test_an_image_of_the_right_shape_is_taken_as_it_is(tmp_path, suffix):
    pixels = gradient(28, 28)
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    image, said = read_image(tmp_path / f"a.{suffix}", GREY)
    assert image.shape == GREY and image.dtype == np.uint8 and said == "taken as it is"
    assert np.array_equal(image[..., 0], pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_every_kind_of_pixels_is_brought_to_the_shape(tmp_path, mode, shape):
    """White on the left, black on the right, whatever it is written in."""
    pixels = np.where(np.arange(64) < 32, 255, 0).astype(np.uint8) * np.ones((64, 1), np.uint8)
    if mode.startswith("I"):
        image = Image.fromarray(pixels.astype(np.uint16) * 257)
        image = image.convert("I") if mode == "I" else image
    else:
        image = Image.fromarray(pixels).convert("RGB" if mode in ("CMYK", "YCbCr", "P") else "L").convert(mode)
    suffix = "png" if mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else "tiff"
    image.save(tmp_path / f"a.{suffix}")
    found, said = read_image(tmp_path / f"a.{suffix}", shape)
    assert found.shape == shape and said.startswith("from 64×64 in ")
    assert (found[:, :8] >= 250).all() and (found[:, -8:] <= 5).all()


def test_the_words_say_what_was_done(tmp_path):
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, 20:80] = 255
    pixels[:, 50:52] = 250, 255, 255
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    found, said = read_image(tmp_path / "wide.png", COLOUR)
    assert said == "from 100×60 in colour the middle, 60×60, at 32×32" and (found[:, 1:-1] >= 250).all()
    found, said = read_image(tmp_path / "wide.png", (30, 50, 1))
    assert said == "from 100×60 in colour: at 50×30 in grey" and found.shape == (30, 50, 1)
    Image.fromarray(pixels[:32, 40:72]).save(tmp_path / "small.png")
    assert read_image(tmp_path / "small.png", (32, 32, 1))[1] == "from 32×32 in colour: at 32×32 in grey"


def test_what_is_transparent_is_white_and_what_lies_is_stood_up(tmp_path):
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (read_image(tmp_path / "clear.png", GREY)[0] == 255).all()
    lying = Image.fromarray(gradient(64, 64) // 2 * 2)
    lying.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right when it is shown
    lying.save(tmp_path / "lying.png", exif=exif)
    upright = np.rot90(read_image(tmp_path / "lying.png", (64, 64, 1))[0][..., 0])
    assert np.array_equal(upright, np.asarray(lying))


def bomb() -> bytes:
    """A small file that says it has four thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


def truncated(tmp_path) -> bytes:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(tmp_path / "whole.png")
    return (tmp_path / "whole.png").read_bytes()[:3000]


HOSTILE = {
    "empty": b"",
    "text": b"a holiday",
    "drawing": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "pdf": b"%PDF-1.4\n",
    "pickle": b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("kind", [*HOSTILE, "bomb", "truncated"])
def test_what_is_no_image_is_named(tmp_path, kind):
    content = bomb() if kind == "bomb" else truncated(tmp_path) if kind == "truncated" else HOSTILE[kind]
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"a.png is no image that can be read \(.+\); write a .png or .jpg"):
        read_image(tmp_path / "a.png", GREY)


def test_where_there_is_no_file_there_is_no_image(tmp_path):
    for path in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(FileNotFoundError, match="no such file; write the name of an image"):
            read_image(path, GREY)
    Image.fromarray(np.zeros((9, 9), np.float32)).save(tmp_path / "floats.tiff")
    with pytest.raises(ValueError, match="its pixels are no whole numbers"):
        read_image(tmp_path / "floats.tiff", GREY)
