"""An image file of any size and colour, as an image of the shape that a model takes."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from optiviz.data.dataset import Array

__all__ = ["read_image"]

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""What is read; other formats have drawings in them, or programs."""


def read_image(path: str | os.PathLike[str], shape: tuple[int, ...]) -> tuple[Array, str]:
    """The image in a file, brought to a shape, and in words what was done to it.

    Of an image that is too wide or too high the middle is taken; then it is made smaller or larger. What is
    transparent becomes white, and colours become grey for a model that knows no others.

    Args:
        path: a file as cameras and drawing programs write it: .png, .jpg, .gif, .bmp, .tiff, .webp or .ppm.
        shape: (H, W, 1) for an image in grey, (H, W, 3) for one in colour.

    Returns:
        bytes of that shape, and words.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no image, a damaged one, or one that is too large.
    """
    from PIL import Image, ImageOps

    if not Path(path).is_file():
        raise FileNotFoundError(f"{os.fspath(path)}: no such file; write the name of an image")
    height, width, channels = shape
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            upright: Any = ImageOps.exif_transpose(image)
            fitted = ImageOps.fit(_on_white(_in_bytes(upright)).convert("RGB"), (width, height))
            pixels = np.asarray(fitted.convert("L") if channels == 1 else fitted).reshape(shape)
    except Exception as error:  # there is no end to what damaged files make Pillow raise
        raise ValueError(f"{os.fspath(path)} is no image that can be read ({error}); write a .png or .jpg") from error
    grey = bool((np.ptp(np.asarray(fitted), axis=-1) == 0).all())
    return pixels, _said(upright.size, grey, (width, height), channels)


def _in_bytes(image: Any) -> Any:
    """The image with a byte for each number."""
    from PIL import Image

    if image.mode.startswith("F"):
        raise ValueError("its pixels are no whole numbers")
    if not image.mode.startswith("I"):
        return image
    numbers = np.asarray(image)
    return Image.fromarray((numbers >> 8 if numbers.max() > 255 else numbers).clip(0, 255).astype(np.uint8))


def _on_white(image: Any) -> Any:
    """The image in front of white."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    front = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", front.size, "white"), front)


def _said(before: tuple[int, int], grey: bool, after: tuple[int, int], channels: int) -> str:
    """What was done, such as: from 640×480 in colour the middle, 480×480, at 28×28 in grey."""
    ratio = min(before[0] / after[0], before[1] / after[1])
    middle = tuple(round(side * ratio) for side in after)
    cut = "" if middle == before else f" the middle, {middle[0]}×{middle[1]},"
    without = " in grey" if channels == 1 and not grey else ""
    if before == after and not without:
        return "taken as it is"
    return (
        f"from {before[0]}×{before[1]} in {'grey' if grey else 'colour'}{cut or ':'} at {after[0]}×{after[1]}{without}"
    )
