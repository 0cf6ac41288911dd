"""One image under each augmentation, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.plot.alt import of_augmentations
from optiviz.plot.images import draw_image, from_zero_to_one
from optiviz.plot.still import LEFT, RIGHT, Still, still
from optiviz.plot.words import fit_name, label

__all__ = ["draw_augmentations"]

Array = npt.NDArray[Any]

TITLE = 0.054
"""The share of the height that a name takes, and what is left free around it."""
BESIDE, WITHIN, BELOW = 0.018, 0.004, 0.02
"""What is left free beside a block, between its images, and below all, as shares of the figure."""


def draw_augmentations(
    image: Array,
    versions: Mapping[str, Array],
    *,
    size: tuple[int, int] | None = None,
    style: str = "light",
    seed: int | None = None,
) -> Still:
    """An image as it is, and what augmentations make of it, as large as all of them fit.

    Args:
        image: (H, W, C) or (H, W), in grey or in red, green and blue; bytes, or floats from 0 to 1.
        versions: by the name of an augmentation the images that it made, (K, H, W, C) or (K, H, W); all have as many.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.
        seed: what they were drawn from, for the caption.

    Raises:
        ValueError: there is nothing to draw, or an array does not hold images.
    """
    original, made_of = from_zero_to_one(image), {name: from_zero_to_one(made) for name, made in versions.items()}
    counts = {len(made) for made in made_of.values()}
    if len(counts) != 1 or any(made.shape[1:] != original.shape for made in made_of.values()):
        shapes = ", ".join(f"{name} {np.shape(made)}" for name, made in versions.items()) or "none"
        raise ValueError(
            f"versions has arrays (N, {', '.join(map(str, np.shape(image)))}), N versions of the image by each "
            f"augmentation, not {shapes}"
        )
    (count,) = counts
    facts = ["the same image each time, and the same label"]
    facts += [f"{count} versions of each, by chance"] if count > 1 else ["by chance"]
    facts += [f"seed {seed}"] if seed is not None else []
    with still("Augmentation", facts, size, style) as made:
        _draw(made, {"as it is": original[None], **made_of}, count)
        made.words = of_augmentations(original, made_of)
    return made


def _draw(made: Still, blocks: Mapping[str, Array], count: int) -> None:
    """A block for each augmentation: its name, and its images in a row; the blocks in as many columns as is best."""
    grow, (width, height) = made.style.grow, made.size
    title, room = TITLE * grow, made.top - BELOW
    tall, wide = next(iter(blocks.values())).shape[1:3]

    def side(columns: int) -> float:
        """The height of an image in pixels, if the blocks stand in so many columns."""
        rows = -(-len(blocks) // columns)
        across = ((RIGHT - LEFT + BESIDE) / columns - BESIDE - WITHIN * (count - 1)) / count
        return float(min(across * width * tall / wide, (room / rows - title) * height))

    columns = max(range(1, len(blocks) + 1), key=side)
    high, broad = side(columns) / height, side(columns) * wide / tall / width
    block = count * broad + (count - 1) * WITHIN
    step = (RIGHT - LEFT - block) / (columns - 1) if columns > 1 else 0.0
    for number, (name, images) in enumerate(blocks.items()):
        row, column = divmod(number, columns)
        left, top = LEFT + column * step, made.top - row * (high + title) - title
        text = made.figure.text(left, top + 0.008 * grow, label(name), size=10 * made.scale, va="bottom")
        fit_name(text, step - BESIDE / 2 if column < columns - 1 else RIGHT - left)
        for k, picture in enumerate(images):
            place = (left + k * (broad + WITHIN), top - high, broad, high)
            draw_image(made, place, picture, f"{name} {k}")
