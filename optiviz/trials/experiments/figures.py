"""What the experiments are made on: figures as networks take them, of one size or of several."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.data import Part, scaled, shapes
from optiviz.nn import Concatenate, Input, Model, Reshape, Softmax
from optiviz.trials.experiments.networks import CLASSES

__all__ = ["SIZES", "figures", "figures_of", "network", "network_for", "squeezed"]

Array = npt.NDArray[Any]
Sizes = tuple[tuple[int, int], ...]

SIDE = 28
SIZES: Sizes = ((SIDE, SIDE), (SIDE, 2 * SIDE), (2 * SIDE, SIDE))
"""The heights and widths of images of several sizes; the figures on them are equally large."""


@cache
def figures(examples: int, test: int, size: tuple[int, int] = (SIDE, SIDE)) -> tuple[Part, Part]:
    """Drawn figures to train on and others to test with, from 0 to 1."""
    made = shapes(examples, test, size)
    return Part(scaled(made.train.x), made.train.y), Part(scaled(made.test.x), made.test.y)


def figures_of(sizes: Sizes, examples: int, test: int) -> tuple[Part, Part]:
    """The same, with an image of each size in every example: x is a list of arrays, and y is (N, sizes)."""
    of_each = [figures(examples, test, size) for size in sizes]
    train, held = (
        Part([part.x for part in parts], np.stack([part.y for part in parts], axis=1))
        for parts in zip(*of_each, strict=True)
    )
    return train, held


def squeezed(part: Part) -> Part:
    """Images of several sizes, all of SIDE by SIDE: each pixel is the mean of those that it covers."""
    return Part([_squeezed(x) for x in part.x], part.y)


def _squeezed(x: Array) -> Array:
    count, height, width, channels = x.shape
    tiles = x.reshape(count, SIDE, height // SIDE, SIDE, width // SIDE, channels)
    return np.asarray(tiles.mean(axis=(2, 4)))


def network(listing: Callable[[Any], Any]) -> Callable[[int], Model]:
    """A function that makes the network of a listing, with first weights from a seed."""

    def made(seed: int) -> Model:
        i = Input((SIDE, SIDE, 1))
        return Model(i, listing(i), rng=seed)

    return made


def network_for(sizes: Sizes, listing: Callable[[], Any]) -> Callable[[int], Model]:
    """The same for an image of each size in every example: all go through the same layers."""

    def made(seed: int) -> Model:
        layers, images = listing(), [Input((*size, 1)) for size in sizes]
        scores = []
        for z in images:
            for layer in layers:
                z = layer(z)
            scores.append(Reshape((1, CLASSES))(z))
        return Model(images, Softmax()(Concatenate(axis=1)(scores)), rng=seed)

    return made
