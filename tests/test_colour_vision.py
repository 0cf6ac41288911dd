"""Lines are told apart by people with any kind of colour vision, and in grey.

How they see is simulated as by Machado, Oliveira and Fernandes 2009 ("A physiologically-based model for simulation of
color vision deficiency") for a kind of cone that is missing, in linear light; how far two colours are apart is measured
as CIEDE2000 (Sharma, Wu and Dalal 2005), in which one is a difference that can just be seen.
"""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from optiviz.plot.style import STYLES

VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)


def lab(colours, vision="usual"):
    """CIELAB (n, 3) of colours as they are seen."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(light @ VISION[vision].T, 0, 1)
    xyz = seen @ TO_XYZ.T / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def apart(one, other):
    """CIEDE2000 between two colours in CIELAB."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = (1 - np.sqrt(mean**7 / (mean**7 + 25**7))) / 2
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else h1 + turn / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.20 * np.cos(np.radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    around = ((hm % 360) - 275) / 25
    rotation = -2 * np.sqrt(cm**7 / (cm**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(around**2))))
    return float(np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_is_that_of_its_authors(one, other, expected):
    """The pairs 1, 7, 11, 17, 30 and 34 of the table by Sharma, Wu and Dalal."""
    assert apart(one, other) == pytest.approx(expected, abs=1e-4)
    assert apart(other, one) == pytest.approx(expected, abs=1e-4)


def least(colours, vision):
    seen = lab(colours, vision)
    return min(apart(one, other) for one, other in combinations(seen, 2))


COLOURED = [style for style in STYLES.values() if not style.grey]
every_vision = pytest.mark.parametrize("vision", VISION)
LEAST = {4: 15, 10: 11}
"""How far apart the first so many lines are at least, for whoever looks; 2 or 3 can be seen side by side."""


@every_vision
@pytest.mark.parametrize("style", COLOURED, ids=lambda style: style.name)
def test_lines_are_told_apart(style, vision):
    for count, enough in LEAST.items():
        assert least([line.colour for line in style.lines[:count]], vision) >= enough
    assert least([style.run.colour, style.gradient, style.step], vision) >= 12
    assert least([style.paper, *(line.colour for line in style.lines)], vision) >= 10


@every_vision
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_basins_are_told_apart(style, vision):
    assert least(style.basins, vision) >= 11


@every_vision
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_way_is_seen_wherever_it_goes(style, vision):
    """On each colour of the map the line stands out or its halo does, and the line always from its halo."""
    ground = lab(mpl.colormaps.get_cmap(style.heights)(np.linspace(0, 1, 32))[:, :3], vision)
    halo = lab([style.halo], vision)[0]
    for line in (style.run, *style.lines):
        colour = lab([line.colour], vision)[0]
        assert apart(colour, halo) >= 10
        assert min(max(apart(colour, at), apart(halo, at)) for at in ground) >= 15


def test_in_grey_patterns_and_marks_say_what_colours_say_else():
    grey = STYLES["paper"]
    for line in (grey.run, *grey.lines):
        assert len(set(to_rgb(line.colour))) == 1
    for count in (4, 8):
        looks = {(line.colour, line.dashes) for line in grey.lines[count - 4 : count]}
        assert len(looks) == 4
    assert len({line.marker for line in grey.lines}) == len(grey.lines)
    for one, other in combinations(grey.lines, 2):
        darker = apart(*lab([one.colour, other.colour])) >= 15
        assert darker or one.dashes != other.dashes or one.marker != other.marker
    for colour in grey.basins:
        assert len(set(to_rgb(colour))) == 1
