"""Images among other things in a picture: any kind of array as grey or colours, each in a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from optiviz.plot.still import Still

__all__ = ["GREY", "draw_cells", "draw_image", "from_zero_to_one"]

Array = npt.NDArray[Any]

GREY = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue are, of a pixel that is drawn in grey."""


def from_zero_to_one(images: Array) -> Array:
    """Images as floats from 0 to 1, shaped (..., H, W, 1 or 3).

    Args:
        images: (..., H, W) or (..., H, W, 1 or 3), in grey or in red, green and blue; bytes, or floats from 0 to 1.

    Raises:
        ValueError: they are no images.
    """
    images = np.asarray(images)
    found = images / 255 if images.dtype == np.uint8 else images.astype(np.float64)
    if found.shape[-1:] not in ((1,), (3,)):
        found = found[..., None]
    if not found.size or not 0 <= found.min() <= found.max() <= 1:
        raise ValueError("images are bytes, or floats from 0 to 1, in grey or in red, green and blue")
    return found


def draw_image(made: Still, place: tuple[float, float, float, float], image: Array, label: str) -> None:
    """An image (H, W, 1 or 3) of floats from 0 to 1 in a frame: left, bottom, width and height in shares."""
    grey = image.shape[-1] == 1 or made.style.grey
    pixels = image @ GREY if grey and image.shape[-1] == 3 else image[..., 0] if grey else image
    draw_cells(made, place, pixels, label, cmap="gray", norm=Normalize(0, 1))


def draw_cells(made: Still, place: tuple[float, float, float, float], cells: Array, label: str, **colours: Any) -> None:
    """Numbers (rows, columns), or colours (rows, columns, 3), as an image in a frame."""
    axes = _sheet(made)
    left, bottom, width, height = place
    axes.imshow(
        cells,
        extent=(left, left + width, bottom, bottom + height),
        aspect="auto",
        interpolation="nearest",
        label=label,
        **colours,
    )
    frame: Any = {"fill": False, "ec": made.style.faint, "lw": 0.6 * made.scale}  # black ends somewhere on black, too
    axes.add_patch(Rectangle((left, bottom), width, height, **frame))
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])


def _sheet(made: Still) -> Axes:
    """One panel as large as the figure, for all images: each with its own would take five times as long."""
    for axes in made.figure.axes:
        if axes.get_label() == "images":
            return axes
    axes = made.figure.add_axes((0, 0, 1, 1), label="images")
    axes.set_axis_off()
    return axes
