"""What the first layer of a network looks for: its filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import FixedLocator, FuncFormatter

from optiviz.plot.alt_networks import of_filters
from optiviz.plot.images import draw_cells, draw_image
from optiviz.plot.still import LEFT, RIGHT, Still, still
from optiviz.plot.style import Style
from optiviz.plot.words import fit_name, legible, plain

__all__ = ["draw_filters"]

Array = npt.NDArray[Any]

BELOW, NAME, BAR = 0.035, 0.045, 0.09
"""What is left free below, for a name over a filter, and at the right for the colours."""

MOST = 64
"""Of more filters those with the largest weights are shown."""


def draw_filters(
    weights: Array,
    *,
    shape: tuple[int, ...] | None = None,
    names: Sequence[str] = (),
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """The filters of a layer, all on one scale, which is symmetric around zero.

    Args:
        weights: of Conv2D (kh, kw, C, F), of Conv1D (k, C, F), of Dense (P, F). Filters of three channels are drawn in
            colour, grey where they are zero; of other numbers of channels as tables, a column for each.
        shape: of the input of a Dense layer, such as (28, 28, 1); without it its weights are one table.
        names: of the F filters, such as the classes, if there is nothing between them and the answer.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: they are no such weights, or the shape or the names do not fit them.
    """
    weights = np.asarray(weights, np.float64)
    tiles, what = _tiles(weights, shape)
    if len(names) not in (0, len(tiles)):
        raise ValueError(f"names has one for each of {len(tiles)} filters, not {len(names)}")
    reach = float(np.abs(tiles).max())
    strong = np.sort(np.argsort(-np.linalg.norm(tiles.reshape(len(tiles), -1), axis=1), kind="stable")[:MOST])
    coloured = tiles.ndim == 4
    title = f"{len(tiles)} {what}{', in the colours they look for' if coloured else f': {_said(style)}'}"
    if len(names) and not coloured:
        title = f"What speaks for each class: {_said(style)}"
    facts = [f"all on one scale, up to ±{plain(reach)}"]
    facts += ["grey is zero"] if coloured else []
    facts += [f"the {len(strong)} of {len(tiles)} with the largest weights"] if len(strong) < len(tiles) else []
    with still(title, facts, size, style) as made:
        _draw(made, tiles[strong] / (reach or 1), [legible(names[i]) for i in strong] if len(names) else [], reach)
        made.words = of_filters(len(tiles), len(strong), weights.shape[:-1] if shape is None else shape, reach)
    return made


def _tiles(weights: Array, shape: tuple[int, ...] | None) -> tuple[Array, str]:
    """The filters one by one, (F, rows, columns) or in colour (F, rows, columns, 3), and what they are called."""
    if not weights.size or not np.isfinite(weights).all() or weights.ndim not in (2, 3, 4):
        raise ValueError(
            "weights are finite numbers (kh, kw, C, F) of Conv2D, (k, C, F) of Conv1D or (P, F) of Dense, not "
            f"{weights.shape}"
        )
    if shape is not None and weights.ndim == 2:
        if np.prod(shape) != len(weights) or len(shape) not in (2, 3):
            raise ValueError(f"shape is that of an image of {len(weights)} numbers, not {shape}")
        weights = weights.reshape(*(shape if len(shape) == 3 else (*shape, 1)), -1)
    if weights.ndim == 2:
        return weights[None], f"table of {len(weights)} inputs and {weights.shape[1]} units"
    filters = np.moveaxis(weights, -1, 0)
    if weights.ndim == 3:
        return filters, f"filters of {weights.shape[0]} steps and {weights.shape[1]} channels"
    high, wide, channels = weights.shape[:3]
    what = f"filters of {high} × {wide} pixels"
    if channels == 3:
        return filters, what
    return (
        (filters[..., 0], what)
        if channels == 1
        else (
            filters.reshape(len(filters), high * wide, channels),
            f"filters of {high * wide} pixels and {channels} channels",
        )
    )


def _said(style: str) -> str:
    return "white is positive, black negative" if style == "paper" else "red is positive, blue negative"


def _colours(style: Style) -> LinearSegmentedColormap:
    """From negative over zero, which is the paper, to positive; in grey from black to white."""
    if style.grey:
        return LinearSegmentedColormap.from_list("weights", ["#000000", "#808080", "#ffffff"])
    ends = ("#0b3c8c", "#3f90da"), ("#e8543a", "#8f1402")
    if style.paper < "#808080":
        ends = ("#8ec5ff", "#2f7fd0"), ("#d8482e", "#ffb09c")
    return LinearSegmentedColormap.from_list("weights", [*ends[0], style.paper, *ends[1]])


def _draw(made: Still, tiles: Array, names: Sequence[str], reach: float) -> None:
    """The filters in rows, as large as they fit, and what the colours mean."""
    grow, (width, height) = made.style.grow, made.size
    coloured, count = tiles.ndim == 4, len(tiles)
    tall, wide = tiles.shape[1:3]
    if wide > 4 * tall or tall > 4 * wide:  # a long table may be stretched
        tall, wide = (wide / 4, wide) if wide > tall else (tall, tall / 4)
    right = RIGHT if coloured else RIGHT - BAR * grow
    over = NAME * grow if names else 0.0
    beside = 0.012

    def side(columns: int) -> float:
        """The height of a filter in pixels, if so many stand in a row."""
        across = (right - LEFT + beside) / columns - beside
        down = (made.top - BELOW) / -(-count // columns) - over - beside * width / height
        return float(min(across * width * tall / wide, down * height))

    columns = max(range(1, count + 1), key=side)
    high, broad = side(columns) / height, side(columns) * wide / tall / width
    gap = beside * width / height
    step = broad + beside
    for k, tile in enumerate(tiles):
        row, column = divmod(k, columns)
        left, top = LEFT + column * step, made.top - row * (high + over + gap) - over
        if names:
            fit_name(made.figure.text(left, top + 0.006, names[k], size=10 * made.scale, va="bottom"), broad)
        place = (left, top - high, broad, high)
        if coloured:
            draw_image(made, place, 0.5 + tile / 2, f"filter {k}")
        else:
            draw_cells(made, place, tile, f"filter {k}", cmap=_colours(made.style), norm=Normalize(-1, 1))
    if not coloured:
        bottom = made.top - over - (-(-count // columns)) * (high + over + gap) + gap + over
        _bar(made, LEFT + columns * step + 0.01, bottom, made.top - over, reach)


def _bar(made: Still, left: float, bottom: float, top: float, reach: float) -> None:
    """The scale: from the largest weight below zero to the largest above."""
    bar = made.figure.add_axes((left, bottom, 0.016, top - bottom), label="colours")
    levels = np.linspace(-1, 1, 258)
    bar.pcolormesh(
        [0, 1], levels, (levels[1:, None] + levels[:-1, None]) / 2, cmap=_colours(made.style), rasterized=True
    )
    bar.set(xticks=[], ylim=(-1, 1))
    bar.yaxis.tick_right()
    bar.yaxis.set_major_locator(FixedLocator([-1, 0, 1]))
    bar.yaxis.set_major_formatter(FuncFormatter(lambda at, _: plain(at * reach).replace("no number", "")))
    bar.spines[:].set(visible=True, linewidth=0.6 * made.scale)
