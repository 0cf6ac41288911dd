"""Figures as signed distances: how far a point is from the line, negative inside.

With distances d of two figures, min(d₁, d₂) is both together, max(d₁, d₂) what they share and max(d₁, −d₂) the first
without the second; |d + w| − w is a stroke along the line, 2w wide, inside it. Every figure has about the size of the
circle of radius 1, and about the same area where it can.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from optiviz.data.dataset import Array

__all__ = ["FIGURES"]

Figure = Callable[[Array, Array], Array]


def disc(x: Array, y: Array, radius: float = 1.0) -> Array:
    """The inside of a circle: √(x² + y²) − r."""
    return np.hypot(x, y) - radius


def half_plane(x: Array, y: Array, degrees: float, distance: float) -> Array:
    """What lies behind a line that looks to an angle, and its distance from the middle: x cos φ + y sin φ − a."""
    angle = math.radians(degrees)
    return x * math.cos(angle) + y * math.sin(angle) - distance


def box(x: Array, y: Array, width: float, height: float) -> Array:
    """A rectangle, from −width to width and from −height to height."""
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def circle(x: Array, y: Array) -> Array:
    """A circle."""
    return disc(x, y, 0.85)


def semicircle(x: Array, y: Array) -> Array:
    """The upper half of a circle."""
    y = y + 0.45
    return np.maximum(disc(x, y), -y)


def triangle(x: Array, y: Array) -> Array:
    """A triangle with three equal sides."""
    return np.maximum(np.maximum(half_plane(x, y, -90, 0.55), half_plane(x, y, 30, 0.55)), half_plane(x, y, 150, 0.55))


def square(x: Array, y: Array) -> Array:
    """A square."""
    return box(x, y, 0.75, 0.75)


def bar(x: Array, y: Array) -> Array:
    """A rectangle, three times as long as wide."""
    return box(x, y, 1.05, 0.35)


def cross(x: Array, y: Array) -> Array:
    """Two bars across each other."""
    return np.minimum(box(x, y, 1.0, 0.3), box(x, y, 0.3, 1.0))


def star(x: Array, y: Array) -> Array:
    """A star of five points: one edge, seen by folding the plane at its ten mirrors."""
    sector = 2 * math.pi / 5
    angle = np.arctan2(x, y)
    angle = np.abs(angle - sector * np.round(angle / sector))
    radius = np.hypot(x, y)
    return half_plane(radius * np.cos(angle), radius * np.sin(angle), 54, 1.05 * math.cos(math.radians(54)))


def heart(x: Array, y: Array) -> Array:
    """A square on its corner and a disc on each of its upper sides."""
    x, y = np.abs(x), y + 0.15
    half = 0.52
    side = half * math.sqrt(0.5)
    corner = np.maximum(half_plane(x, y, 45, half), half_plane(x, y, -45, half))
    return np.minimum(corner, disc(x - side, y - side, half))


def moon(x: Array, y: Array) -> Array:
    """A disc without another one that is shifted."""
    return np.maximum(disc(x + 0.1, y), -disc(x - 0.45, y, 0.85))


def arrow(x: Array, y: Array) -> Array:
    """A triangle on a shaft."""
    head = np.maximum(np.maximum(half_plane(x, y, 40, 0.6), half_plane(x, y, 140, 0.6)), -y)
    return np.minimum(head, box(x, y + 0.45, 0.26, 0.5))


FIGURES: dict[str, Figure] = {
    figure.__name__: figure for figure in (circle, semicircle, triangle, square, bar, cross, star, heart, moon, arrow)
}
"""The figures by name, in the order of their classes."""
