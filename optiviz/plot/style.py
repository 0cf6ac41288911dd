"""How everything looks: colours, line styles and sizes, chosen to be read from the last row.

Lines are petroff10 (Petroff 2021, arXiv:2107.02270) on viridis, which people with any kind of colour vision
tell apart; a dash pattern and a marker say the same once more, and alone on paper, where all is grey. Sizes
grow with the picture, so a slide and a thumbnail have the same layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import matplotlib as mpl
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex

__all__ = ["BIG", "DARK", "LIGHT", "PAPER", "SLIDE", "STYLES", "Line", "Style", "named_style", "themed"]

PETROFF10 = [to_hex(colour) for colour in mpl.color_sequences["petroff10"]]
GREYS = ["#000000", "#5a5a5a", "#000000", "#5a5a5a", "#303030"] * 2
"""Lines on paper; neighbours differ in darkness, and all in dashes and marker."""


@dataclass(frozen=True)
class Line:
    """How one series is told from the others, thrice: by colour, dash pattern and marker."""

    colour: str
    dashes: str | tuple[int, tuple[float, ...]]
    marker: str


_DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
_MARKERS = "osD^vPX*<>"


def _lines(colours: list[str]) -> tuple[Line, ...]:
    return tuple(Line(colour, _DASHES[i % 4], _MARKERS[i]) for i, colour in enumerate(colours))


@dataclass(frozen=True)
class Style:
    """The look of a picture.

    Attributes:
        name: what it is called.
        paper: behind everything.
        ink: texts.
        faint: axes and grids.
        warning: what has gone wrong.
        run: the run itself, on the surface and in its loss.
        lines: the series of one panel, in order.
        gradient: the arrow against the gradient, and a tangent.
        step: the arrow or line of the next step.
        arrows: many arrows, in order, where the colours of the lines would not tell them apart.
        heights: the colour map of a surface.
        ramp: the colour map of a map, from low to high.
        highest: what its last colour is called.
        basins: the colours of minima.
        grey: is all of it grey? Then a pattern says what a colour says else.
        contour: its contour lines.
        halo: edges of what lies on a surface.
        grow: how much larger texts and lines are than in `light`.
        size: width and height in pixels of a picture whose size is not given.
    """

    name: str
    paper: str
    ink: str
    faint: str
    warning: str
    run: Line
    lines: tuple[Line, ...] = _lines(PETROFF10)
    gradient: str = PETROFF10[1]
    step: str = PETROFF10[0]
    arrows: tuple[str, ...] = ()
    heights: str | Colormap = "viridis"
    ramp: str | Colormap = "viridis"
    highest: str = "yellow"
    basins: tuple[str, ...] = tuple(PETROFF10[i] for i in (0, 1, 4, 9, 7, 5))
    grey: bool = False
    contour: str = "#ffffff"
    halo: str = "#ffffff"
    grow: float = 1.0
    size: tuple[int, int] = (960, 540)


LIGHT = Style(
    "light", paper="#ffffff", ink="#1b1d24", faint="#9aa0ab", warning="#bd1f01", run=Line(PETROFF10[2], "-", "D")
)
DARK = Style(
    "dark",
    paper="#15171e",
    ink="#eef0f4",
    faint="#6b7280",
    warning="#ffa90e",
    run=Line(PETROFF10[6], "-", "D"),
    lines=_lines(["#d00a14" if colour == PETROFF10[2] else colour for colour in PETROFF10]),  # else too dark a red
)
SLIDE = replace(LIGHT, name="slide", grow=1.15, size=(1920, 1080))
BIG = replace(LIGHT, name="big", grow=1.4, size=(1280, 720))
PAPER = replace(
    LIGHT,
    name="paper",
    ink="#000000",
    faint="#808080",
    warning="#000000",
    run=Line("#000000", "-", "D"),
    lines=_lines(GREYS),
    gradient="#6e6e6e",
    step="#000000",
    arrows=("#6e6e6e", "#ffffff", "#c8c8c8", "#000000", "#9a9a9a"),
    heights=LinearSegmentedColormap.from_list("paper", ["#b4b4b4", "#ffffff"]),
    contour="#8a8a8a",
    ramp=LinearSegmentedColormap.from_list("ramp", ["#202020", "#ffffff"]),
    highest="white",
    basins=("#909090", "#494949", "#bcbcbc", "#202020", "#6d6d6d", "#f4f4f4"),
    grey=True,
    size=(1600, 900),
)

STYLES = {style.name: style for style in (LIGHT, DARK, SLIDE, PAPER, BIG)}
"""The looks to choose from."""


def named_style(name: str) -> Style:
    """The style of a name.

    Raises:
        LookupError: there is no such style.

    >>> named_style("dark").paper
    '#15171e'
    """
    if name not in STYLES:
        raise LookupError(f"unknown style '{name}'; there are {', '.join(STYLES)}")
    return STYLES[name]


@contextmanager
def themed(style: Style, height: int) -> Iterator[None]:
    """Matplotlib's settings for a picture of `height` pixels, whatever the user's own settings are."""
    scale = style.grow * height / 540
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "figure.facecolor": style.paper,
                "savefig.facecolor": style.paper,
                "axes.facecolor": style.paper,
                "axes.edgecolor": style.faint,
                "axes.labelcolor": style.ink,
                "axes.titlecolor": style.ink,
                "axes.titlesize": 11 * scale,
                "axes.titlelocation": "left",
                "axes.titlepad": 5 * scale,
                "axes.labelsize": 11 * scale,
                "axes.linewidth": 0.8 * scale,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.grid": False,
                "axes.unicode_minus": True,
                "axes.formatter.limits": (-4, 5),
                "axes.formatter.useoffset": False,
                "font.size": 11 * scale,
                "hatch.color": style.ink,
                "hatch.linewidth": 0.6 * scale,
                "font.family": "DejaVu Sans",
                "legend.fontsize": 10 * scale,
                "legend.frameon": False,
                "legend.labelcolor": style.ink,
                "lines.linewidth": 2.2 * scale,
                "lines.markersize": 6 * scale,
                "lines.solid_capstyle": "round",
                "mathtext.fontset": "dejavusans",
                "text.color": style.ink,
                "xtick.color": style.ink,
                "ytick.color": style.ink,
                "xtick.labelsize": 10 * scale,
                "ytick.labelsize": 10 * scale,
                "xtick.major.width": 0.8 * scale,
                "ytick.major.width": 0.8 * scale,
                "xtick.major.size": 3.5 * scale,
                "ytick.major.size": 3.5 * scale,
                "ytick.minor.visible": False,
            }
        )
        yield
