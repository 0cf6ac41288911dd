"""Bowls and valleys: what the shape of a surface does to a step."""

from __future__ import annotations

import math

from optiviz.surfaces.surface import surface
from optiviz.trace.functions import tanh


@surface(box=(-2, 2, -2, 2), start=(-1.6, 1.2), minima=[(0, 0)])
def bowl(x, y):
    """The same curvature in all directions, so the gradient points straight to the middle.

    Source: the unit quadratic.
    """
    return x**2 + y**2


@surface(box=(-2.5, 2.5, -1.25, 1.25), start=(-2.2, 0.23), minima=[(0, 0)])
def ravine(x, y, *, steepness=25.0):
    """Steep across and flat along: a step that is short enough across is far too short along.

    Source: the ill-conditioned quadratic; its condition number is `steepness`.
    """
    return (x**2 + steepness * y**2) / 2


@surface(box=(-2, 2, -2, 2), start=(-1.5, 0.02), minima=[(0, -math.sqrt(2)), (0, math.sqrt(2))])
def saddle(x, y):
    """A pass between two valleys: the gradient all but vanishes there, and every rule lingers.

    Source: x^2 - y^2 near the origin; y^4/4 makes the valleys end.
    """
    return x**2 - y**2 + y**4 / 4


@surface(
    box=(-1.2, 1.2, -1.2, 1.2),
    start=(0.9, 0.02),
    minima=[(-3 / 4, 0), (3 / 8, -3 * math.sqrt(3) / 8), (3 / 8, 3 * math.sqrt(3) / 8)],
)
def monkey_saddle(x, y):
    """Three valleys meet in a point where gradient and curvature both vanish.

    Source: x^3 - 3 x y^2 (Hilbert and Cohn-Vossen 1932); the fourth power makes the valleys end.
    """
    return x**3 - 3 * x * y**2 + (x**2 + y**2) ** 2


@surface(box=(-5, 5, -5, 5), start=(-4.2, 3.4), minima=[(0, 0)])
def plateau(x, y):
    """Nearly flat far out and steep in the middle: steps that follow the gradient's size hardly move.

    Source: the Geman and McClure (1985) loss of the distance.
    """
    return (x**2 + y**2) / (1 + x**2 + y**2)


@surface(box=(-4, 3, -3, 3), start=(2.4, 1.6), minima=[(-2.000036000877817, 0)])
def cliff(x, y):
    """A flat shelf that ends in a wall: a rate that suits the shelf throws the step at the wall out of the picture.

    Source: after the cliffs of Pascanu, Mikolov and Bengio (2013), arXiv:1211.5063.
    """
    return 2 * tanh(4 * x) + (x + 2) ** 2 / 20 + y**2 / 10


@surface(box=(-2, 2, -1, 3), start=(-1.2, 1.0), minima=[(1, 1)])
def rosenbrock(x, y, *, a=1.0, b=100.0):
    """A curved valley: easy to reach, hard to follow to its end.

    Source: Rosenbrock (1960), doi:10.1093/comjnl/3.3.175.

    >>> rosenbrock(1.0, 1.0)
    0.0
    """
    return (a - x) ** 2 + b * (y - x**2) ** 2


@surface(box=(-4.5, 4.5, -4.5, 4.5), start=(-1.5, -2.0), minima=[(3, 0.5)])
def beale(x, y):
    """A flat floor with steep corners: a step that suits the one fails on the other.

    Source: Beale (1958), Princeton technical report 25.
    """
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


@surface(box=(-10, 10, -10, 10), start=(-7.0, 8.0), minima=[(1, 3)])
def booth(x, y):
    """A tilted oval bowl: the axes of the valley are not those of the coordinates.

    Source: Jamil and Yang (2013), no. 17, arXiv:1308.4008.
    """
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


@surface(box=(-10, 10, -10, 10), start=(-9.0, -3.0), minima=[(0, 0)])
def matyas(x, y):
    """A long diagonal valley: no rate per coordinate fits it, for it lies across them.

    Source: Jamil and Yang (2013), no. 71, arXiv:1308.4008.
    """
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


@surface(box=(-2, 2, -3, 1), start=(-1.5, 0.6), minima=[(0, -1)], local_minima=[(-0.6, -0.4), (1.8, 0.2), (1.2, 0.8)])
def goldstein_price(x, y):
    """Heights from 3 to a million in one picture: learning rates that fit here do not fit there.

    Source: Goldstein and Price (1971), doi:10.2307/2005219.
    """
    near = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    far = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return near * far
