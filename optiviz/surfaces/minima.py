"""Several minima: where a run ends depends on where it begins and on how it moves."""

from __future__ import annotations

from optiviz.surfaces.surface import surface
from optiviz.trace.functions import sin


@surface(
    box=(-5, 5, -5, 5),
    start=(-0.5, -1.0),
    minima=[
        (3, 2),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.2831859912861696),
        (3.5844283403304917, -1.8481265269644036),
    ],
)
def himmelblau(x, y):
    """Four equally deep minima: the start, and the momentum, decide between them.

    Source: Himmelblau (1972), Applied Nonlinear Programming.
    """
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@surface(
    box=(-1.5, 4, -3, 4),
    start=(-1.0, 3.2),
    minima=[(-0.5471975511965979, -1.5471975511965979)],
    local_minima=[(2.5943951023931953, 1.5943951023931953)],
)
def mccormick(x, y):
    """A tilted washboard: a valley with a better one beyond the next ridge.

    Source: McCormick (1976), doi:10.1007/BF01580665.
    """
    return sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


@surface(
    box=(-2, 2, -2, 2),
    start=(-1.9, 1.7),
    minima=[(0, 0)],
    local_minima=[(1.7475523458302893, -0.8737761729151446), (-1.7475523458302893, 0.8737761729151446)],
)
def three_hump_camel(x, y):
    """The best minimum lies between two worse ones, and each has its own basin.

    Source: Jamil and Yang (2013), no. 29, arXiv:1308.4008.
    """
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


@surface(
    box=(-2, 2, -1.2, 1.2),
    start=(1.25, 0.1),
    minima=[(0.08984201310031806, -0.7126564030207396), (-0.08984201310031806, 0.7126564030207396)],
    local_minima=[
        (-1.703606714969981, 0.7960835686726251),
        (1.703606714969981, -0.7960835686726251),
        (-1.6071047529201972, -0.5686514548841314),
        (1.6071047529201972, 0.5686514548841314),
    ],
)
def six_hump_camel(x, y):
    """Six minima, two of them lowest: a small map of what depends on the start.

    Source: Dixon and Szego (1978), Towards Global Optimisation 2.
    """
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + 4 * (y**2 - 1) * y**2


@surface(
    box=(-5, 5, -5, 5),
    start=(0.4, 4.2),
    minima=[(-2.903534027771177, -2.903534027771177)],
    local_minima=[
        (2.746802770990837, -2.903534027771177),
        (-2.903534027771177, 2.746802770990837),
        (2.746802770990837, 2.746802770990837),
    ],
)
def styblinski_tang(x, y):
    """Four wells, one in each corner, and only one is the deepest.

    Source: Styblinski and Tang (1990), doi:10.1016/0893-6080(90)90029-K.
    """
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2
