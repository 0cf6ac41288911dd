"""A surface as a solid body: its heights over a floor, what lies on them, and what they hide."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.colors import Colormap

from optiviz.plot.camera import Camera
from optiviz.plot.canvas import proportion
from optiviz.plot.ground import shade
from optiviz.surfaces import Grid

__all__ = ["HEIGHT", "SIDE", "Relief"]

Array = npt.NDArray[Any]

SIDE = 65
"""Points a side of what is drawn."""

HEIGHT = 0.42
"""How high the highest point stands over the floor, where the longer side is one long."""

LIFT = 0.006
"""How far above the surface that lies which lies on it."""

MOST = 20_000
"""Points of a way between those visited, so that it follows the surface; of a very long one only those visited."""

STEPS = np.linspace(1 / 20, 1, 20)
"""Where between a point and the eye is asked whether the surface stands in the way, up to where nothing can."""

LEVELS, LIGHTS = 28, 7
"""How many colours there are, and how many shades of each: no more than a GIF has room for."""

LIGHT = np.array([-0.5, 0.35, 0.8])
"""Where the light comes from, seen from the eye: to the right, away from it, and up."""


class Relief:
    """The heights of a grid over a floor around the origin, the longer side one long, the highest HEIGHT / 2 up.

    Attributes:
        half: half of the sides (2,).
        vertices: the points of the surface (SIDE, SIDE, 3), the rows along y; NaN where it has holes.
    """

    def __init__(self, grid: Grid) -> None:
        assert grid.y is not None
        ratio = proportion(grid) or 1.0
        self.half = np.array([min(ratio, 1.0), min(1 / ratio, 1.0)]) / 2
        self._low = np.array([grid.x[0], grid.y[0]])
        self._span = np.array([grid.x[-1], grid.y[-1]]) - self._low
        heights = shade(grid)
        low, high = np.nanmin(heights), np.nanmax(heights)
        with np.errstate(over="ignore"):
            raised = (heights - low) / (high - low) if high > low else np.where(np.isfinite(heights), 0.5, np.nan)
        u, v = (np.linspace(-half, half, SIDE) for half in self.half)
        sides = np.stack(np.meshgrid(u, v), axis=-1)
        self._share = share = _between(raised, (sides / self.half + 1) / 2)
        self.vertices = np.concatenate([sides, (HEIGHT * share - HEIGHT / 2)[..., None]], axis=-1)
        solid = np.where(np.isfinite(share), self.vertices[..., 2], -HEIGHT)
        self._solid = np.pad(solid, (0, 1), mode="edge").ravel()  # what lies on the far edge has a cell, too

    def on(self, points: Array) -> Array:
        """Points of the grid (..., 2) as points just above the surface (..., 3); NaN outside and over holes."""
        with np.errstate(all="ignore"):
            share = (points - self._low) / self._span
            height = HEIGHT * _between(self._share, share)[..., None] - HEIGHT / 2 + LIFT
        floor = self.half * np.where(np.isfinite(height), 2 * share - 1, np.nan)
        return np.concatenate([floor, height], axis=-1)

    def lines(self, parts: int) -> Array:
        """Lines along both coordinates that divide each side into so many parts, just above the surface (n, 3).

        A point that is nowhere stands between two lines.
        """
        every = (SIDE - 1) // parts
        both = [self.vertices[::every], self.vertices[:, ::every].swapaxes(0, 1)]
        apart = [np.pad(some, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 3) for some in both]
        return np.asarray(np.concatenate(apart) + np.array([0, 0, LIFT]))

    def draped(self, way: Array) -> tuple[Array, Array]:
        """A way over the grid (n, 2) as it lies on the surface (m, 3), and which of these points are its own (n,).

        Each straight piece follows the surface; of those that leave it only what lies on it is there.
        """
        begin, end = way[:-1], way[1:]
        enters, leaves = self._within(begin, end)
        with np.errstate(all="ignore"):
            inside = np.maximum(leaves - enters, 0)
            cells = inside * np.abs((end - begin) / self._span).max(axis=-1, initial=0) * (SIDE - 1)
        on_the_way = np.where(inside > 0, np.ceil(2 * np.nan_to_num(cells)) + 1, 0).astype(int)
        if on_the_way.sum() > MOST:
            on_the_way[:] = 0
        counts = on_the_way + 1  # each piece ends with its own point
        piece, ends = np.repeat(np.arange(len(counts)), counts), np.cumsum(counts)
        step = np.arange(len(piece)) - (ends - counts)[piece]
        share = enters[piece] + inside[piece] * step / np.maximum(on_the_way - 1, 1)[piece]
        with np.errstate(all="ignore"):
            points = begin[piece] + share[:, None] * (end - begin)[piece]
        points[ends - 1] = end
        return self.on(np.vstack([way[:1], points])), np.concatenate([[0], ends])

    def _within(self, begin: Array, end: Array) -> tuple[Array, Array]:
        """From which to which share of the way from `begin` to `end` (n, 2) the box is crossed."""
        with np.errstate(all="ignore"):
            low = (self._low - begin) / (end - begin)
            high = (self._low + self._span - begin) / (end - begin)
        enters, leaves = np.fmin(low, high), np.fmax(low, high)  # a side along which nothing moves has no say
        enters = np.where(np.isfinite(enters), enters, 0.0).max(axis=-1, initial=0.0)
        leaves = np.where(np.isfinite(leaves), leaves, 1.0).min(axis=-1, initial=1.0)
        return enters, leaves

    def hidden(self, points: Array, camera: Camera) -> npt.NDArray[np.bool_]:
        """Which of the points (n, 3) the surface hides from the camera; none of those that are nowhere."""
        hidden = np.asarray(np.isfinite(points).all(axis=-1))
        there = points[hidden]
        ray = camera.eye - there
        with np.errstate(all="ignore"):
            up = (HEIGHT / 2 - there[:, 2]) / ray[:, 2]  # above, nothing is in the way
            out = (np.sign(ray[:, :2]) * self.half - there[:, :2]) / ray[:, :2]
        reach = np.clip(np.fmin(up, np.fmin(*out.T)), 0, 1)
        ray *= reach[:, None]
        share = STEPS * ray[:, :2, None] + there[:, :2, None]
        share *= ((SIDE - 1) / 2) / self.half[:, None]
        share += (SIDE - 1) / 2
        cell = share.astype(np.int32)
        share -= cell
        (x, y), (i, j) = share.swapaxes(0, 1), cell.swapaxes(0, 1)
        corner = j * (SIDE + 1) + i
        low, high = (self._solid[corner + k] * (1 - x) + self._solid[corner + k + 1] * x for k in (0, SIDE + 1))
        surface = low + y * (high - low)
        hidden[hidden] = (surface > STEPS * ray[:, 2:] + there[:, 2:]).any(axis=1)
        return hidden

    def colours(self, heights: str | Colormap, camera: Camera) -> Array:
        """The colours of the quads (SIDE - 1, SIDE - 1, 4) in the light for that camera; holes are clear."""
        corners = self.vertices[:-1, :-1], self.vertices[:-1, 1:], self.vertices[1:, :-1], self.vertices[1:, 1:]
        share = (sum(corner[..., 2] for corner in corners) / 4 + HEIGHT / 2) / HEIGHT
        normal = np.cross(corners[3] - corners[0], corners[2] - corners[1])
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        a = np.radians(camera.azimuth)
        axes = np.array([[-np.sin(a), np.cos(a), 0], [-np.cos(a), -np.sin(a), 0], [0, 0, 1]])
        light = LIGHT @ axes / np.linalg.norm(LIGHT)
        level = np.round(np.nan_to_num(share) * LEVELS) / LEVELS
        bright = 0.55 + 0.5 * np.round(np.clip(np.nan_to_num(normal @ light), 0, 1) * LIGHTS) / LIGHTS
        colours = np.array(mpl.colormaps.get_cmap(heights)(level))
        colours[..., :3] = np.clip(colours[..., :3] * bright[..., None], 0, 1)
        colours[..., 3] = np.isfinite(share)
        return colours


def _between(heights: Array, share: Array) -> Array:
    """Heights (rows, columns) at shares (..., 2) of the width and of the depth; NaN outside.

    Over a cell of which not all corners are there it is the mean of those that are, by their weights.
    """
    rows, columns = heights.shape
    x, y = share[..., 0] * (columns - 1), share[..., 1] * (rows - 1)
    inside = (x >= -1e-9) & (x <= columns - 1 + 1e-9) & (y >= -1e-9) & (y <= rows - 1 + 1e-9)
    i = np.clip(np.where(inside, x, 0), 0, columns - 2 + 1e-12).astype(int)
    j = np.clip(np.where(inside, y, 0), 0, rows - 2 + 1e-12).astype(int)
    p, q = x - i, y - j
    flat, corner = heights.ravel(), j * columns + i
    found = [flat[corner + k] for k in (0, 1, columns, columns + 1)]
    weights = [(1 - p) * (1 - q), p * (1 - q), (1 - p) * q, p * q]
    weights = [np.where(np.isfinite(z), np.clip(w, 0, 1), 0.0) for w, z in zip(weights, found, strict=True)]
    total = sum(weights)
    sums = sum(w * np.nan_to_num(z) for w, z in zip(weights, found, strict=True))
    with np.errstate(all="ignore"):
        return np.where(inside & (total > 1e-9), sums / total, np.nan)
