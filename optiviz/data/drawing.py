"""Drawn figures, grey or in colour, one each, under noise; all of a block are drawn at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from optiviz.data.dataset import Array, Dataset, Part, refuse_sizes
from optiviz.data.figures import FIGURES

__all__ = ["shapes", "shapes_rgb"]

BLOCK = 256
"""So many images are drawn at once. Each block has a stream of its own, so that a small set begins a large one."""

SIZES = (0.3, 0.42)
"""Radii of the figures, as a share of the image."""

REACH = 1.12
"""How far a figure reaches from its middle, in radii; no figure is cut."""

TURN = 15
"""Degrees by which a figure is turned at most, to either side."""

FILLED = 0.75
"""The share of figures that are filled; the others are strokes."""

CONTRAST = 0.35
"""The least distance of the figure's brightness from that of its ground, which may be the darker or the lighter one."""

NOISE = (0.02, 0.06)
"""Standard deviations of the noise, which is the same for a whole image."""


def shapes(train: int = 8000, test: int = 2000, size: int | tuple[int, int] = 28, seed: int = 0) -> Dataset:
    """Ten figures in grey, anywhere and of any size, filled or as a stroke, darker or lighter than the ground.

    A pixel alone says nothing about the class, so that a linear model knows hardly more than one who guesses; a small
    convolutional network learns the set in seconds.

    Args:
        train: how many images to train on; a smaller set is the beginning of a larger one of the same seed.
        test: how many others to test with.
        size: the height and width of an image, 16 or more; of two that differ, the figures suit the smaller.
        seed: another one is another set.

    Raises:
        ValueError: a number is out of its range.

    >>> from optiviz.data import shapes
    >>> made = shapes(train=100, test=20)
    >>> made.train.x.shape, made.train.x.dtype, made.classes[:3]
    ((100, 28, 28, 1), dtype('uint8'), ('circle', 'semicircle', 'triangle'))
    >>> bool((shapes(train=50, test=20).train.x == made.train.x[:50]).all())
    True
    """
    return _drawn("shapes", train, test, size, seed, channels=1)


def shapes_rgb(train: int = 8000, test: int = 2000, size: int | tuple[int, int] = 32, seed: int = 0) -> Dataset:
    """The figures of `shapes` in any colour on a ground of any other colour.

    Raises:
        ValueError: a number is out of its range.

    >>> from optiviz.data import shapes_rgb
    >>> shapes_rgb(train=100, test=20)
    <shapes-rgb: 100 + 20 images of 32×32×3 in 10 classes>
    """
    return _drawn("shapes-rgb", train, test, size, seed, channels=3)


def _drawn(name: str, train: int, test: int, size: int | tuple[int, int], seed: int, channels: int) -> Dataset:
    height, width = size if isinstance(size, tuple) and len(size) == 2 else (size, size)
    refuse_sizes(seed, train=(train, 1), test=(test, 1))
    for side in (height, width):
        refuse_sizes(seed, size=(side, 16))
    size = int(height), int(width)
    seeds = [np.random.SeedSequence([int(seed), channels, which]) for which in (0, 1)]
    return Dataset(
        name,
        _part(train, size, channels, seeds[0]),
        _part(test, size, channels, seeds[1]),
        tuple(FIGURES),
        f"Figures {'in colour' if channels == 3 else 'in grey'}, one each, filled or as a stroke, under noise.",
        "made by optiviz",
        "MIT",
    )


def _part(count: int, size: tuple[int, int], channels: int, seeds: np.random.SeedSequence) -> Part:
    x = np.empty((count, *size, channels), np.uint8)
    y = np.empty(count, np.int64)
    for start, child in zip(range(0, count, BLOCK), seeds.spawn(math.ceil(count / BLOCK)), strict=True):
        images, labels = block(size, channels, np.random.default_rng(child))
        x[start : start + BLOCK], y[start : start + BLOCK] = images[: count - start], labels[: count - start]
    return Part(x, y)


def block(size: tuple[int, int], channels: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """BLOCK images and their classes, as many of each as can be.

    image = ground + coverage · (ink − ground) + noise
    """
    y = rng.permutation(np.arange(BLOCK) + rng.integers(len(FIGURES))) % len(FIGURES)
    cover = coverage(y, size, rng)[:, None]  # channels first, as long as NumPy repeats them: fast along rows alone
    ink, paper = _colours(channels, rng)
    ground = paper + _slope(size, rng)
    noise = rng.standard_normal((BLOCK, channels, *size), np.float32)
    image = ground + cover * (ink - ground) + noise * _each(rng.uniform(*NOISE, BLOCK))
    return np.moveaxis(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8), 1, -1), y


def coverage(y: Array, size: tuple[int, int], rng: np.random.Generator) -> Array:
    """How much of each pixel the figures of these classes cover, (N, H, W): ½ − d, of a distance of d pixels."""
    n = len(y)
    height, width = size
    radius = rng.uniform(*SIZES, n) * min(size)
    centre = np.array([[(width - 1) / 2], [(height - 1) / 2]])
    column, row = centre + rng.uniform(-1, 1, (2, n)) * (centre - REACH * radius)
    angle, lean = np.radians(rng.uniform(-TURN, TURN, n)), rng.uniform(-0.12, 0.12, n)
    filled = rng.random(n) < FILLED
    stroke = _float32(rng.uniform(0.6, 1.1, n) / radius)[:, None, None]
    across = _float32((np.arange(width) - column[:, None]) / radius[:, None])[:, None, :]
    up = -_float32((np.arange(height) - row[:, None]) / radius[:, None])[:, :, None]
    cos, sin, lean = (a[:, None, None] for a in _float32([np.cos(angle), np.sin(angle), lean]))
    v = cos * up - sin * across
    u = cos * across + sin * up + lean * v
    distance = np.empty((n, height, width), np.float32)
    for kind, figure in enumerate(FIGURES.values()):
        which = y == kind
        distance[which] = figure(u[which], v[which])
    distance[~filled] = np.abs(distance[~filled] + stroke[~filled]) - stroke[~filled]  # along the line, inside it
    return _float32(np.clip(0.5 - distance * _float32(radius)[:, None, None], 0, 1))


def _colours(channels: int, rng: np.random.Generator) -> Array:
    """The colours of ink and paper, (2, BLOCK, channels, 1, 1), the one as often the darker as the other."""
    dark = rng.uniform(0.05, 0.9 - CONTRAST, BLOCK)
    light = rng.uniform(dark + CONTRAST, 0.95)
    grey = np.where(rng.random(BLOCK) < 0.5, [dark, light], [light, dark])[..., None]
    tint = rng.uniform(-0.25, 0.25, (2, BLOCK, channels))
    tint -= tint.mean(axis=-1, keepdims=True)  # of grey nothing is left
    return _float32(np.clip(grey + tint, 0, 1))[..., None, None]


def _slope(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Light that falls from one side: up to a tenth more or less, from the middle to an edge."""
    down, across = (np.linspace(-1, 1, side, dtype=np.float32) for side in size)
    a, b = _float32(rng.uniform(-0.1, 0.1, (2, BLOCK, 1, 1)))
    return _float32(a * down[:, None] + b * across)[:, None]


def _each(numbers: Array) -> Array:
    """One number for each image."""
    return _float32(numbers)[:, None, None, None]


def _float32(numbers: npt.ArrayLike) -> Array:
    return np.asarray(numbers, np.float32)
