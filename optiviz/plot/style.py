"""How everything looks: colours, line styles and sizes, chosen to be read from the last row.

Lines are petroff10 (Petroff 2021, arXiv:2107.02270) on viridis, which people with any kind of colour vision
tell apart; a dash pattern and a marker say the same once more. Sizes grow with the picture, so a slide and
a thumbnail have the same layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.colors import to_hex

__all__ = ["DARK", "GRADIENT", "LIGHT", "LINES", "STEP", "Line", "Theme", "themed"]

PETROFF10 = [to_hex(colour) for colour in mpl.color_sequences["petroff10"]]


@dataclass(frozen=True)
class Line:
    """How one series is told from the others, thrice: by colour, dash pattern and marker."""

    colour: str
    dashes: str | tuple[int, tuple[float, ...]]
    marker: str


_DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
_MARKERS = "osD^vPX*<>"

LINES = tuple(Line(colour, _DASHES[i % 4], _MARKERS[i]) for i, colour in enumerate(PETROFF10))
"""The series of one panel, in order."""

GRADIENT, STEP = PETROFF10[1], PETROFF10[0]
"""The colours of the two arrows."""


@dataclass(frozen=True)
class Theme:
    """The colours that do not stand for data."""

    paper: str
    ink: str
    faint: str
    warning: str
    run: Line
    """The run itself, on the surface and in its loss."""


LIGHT = Theme(paper="#ffffff", ink="#1b1d24", faint="#9aa0ab", warning="#bd1f01", run=Line(PETROFF10[2], "-", "D"))
DARK = Theme(paper="#15171e", ink="#eef0f4", faint="#6b7280", warning="#ffa90e", run=Line(PETROFF10[6], "-", "D"))


@contextmanager
def themed(theme: Theme, height: int) -> Iterator[None]:
    """Matplotlib's settings for a picture of `height` pixels, whatever the user's own settings are."""
    scale = height / 540
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "figure.facecolor": theme.paper,
                "savefig.facecolor": theme.paper,
                "axes.facecolor": theme.paper,
                "axes.edgecolor": theme.faint,
                "axes.labelcolor": theme.ink,
                "axes.titlecolor": theme.ink,
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
                "font.family": "DejaVu Sans",
                "legend.fontsize": 10 * scale,
                "legend.frameon": False,
                "legend.labelcolor": theme.ink,
                "lines.linewidth": 2.2 * scale,
                "lines.markersize": 6 * scale,
                "lines.solid_capstyle": "round",
                "mathtext.fontset": "dejavusans",
                "text.color": theme.ink,
                "xtick.color": theme.ink,
                "ytick.color": theme.ink,
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
