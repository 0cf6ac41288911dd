"""Ripples and needles: what a gradient cannot see."""

from __future__ import annotations

import math

from optiviz.surfaces.surface import surface
from optiviz.trace.functions import abs, cos, exp, sin, sqrt


@surface(box=(-5.12, 5.12, -5.12, 5.12), start=(-3.4, 2.7), minima=[(0, 0)], local_minima=None)
def rastrigin(x, y):
    """A bowl full of dents: the gradient shows the nearest dent, not the bowl.

    Source: Rastrigin (1974), Systems of Extremal Control.
    """
    return 20 + x**2 - 10 * cos(2 * math.pi * x) + y**2 - 10 * cos(2 * math.pi * y)


@surface(box=(-5, 5, -5, 5), start=(-3.6, 2.4), minima=[(0, 0)], local_minima=None)
def ackley(x, y):
    """A dented plain around a steep funnel: momentum rolls over the dents, small steps stay in them.

    Source: Ackley (1987), doi:10.1007/978-1-4613-1997-9.
    """
    near = -20 * exp(-0.2 * sqrt((x**2 + y**2) / 2))
    return near - exp((cos(2 * math.pi * x) + cos(2 * math.pi * y)) / 2) + math.e + 20


@surface(box=(-10, 10, -10, 10), start=(-8.0, 7.0), minima=[(0, 0)], local_minima=None)
def griewank(x, y):
    """Ripples on a wide bowl: from afar it is smooth, from near it is not.

    Source: Griewank (1981), doi:10.1007/BF00933356.
    """
    return 1 + (x**2 + y**2) / 4000 - cos(x) * cos(y / math.sqrt(2))


@surface(box=(-10, 10, -10, 10), start=(-6.5, 7.0), minima=[(1, 1)], local_minima=None)
def levy(x, y):
    """Long parallel grooves: one coordinate is found at once, the other groove by groove.

    Source: Levy and Montalvo (1985), doi:10.1137/0906002.
    """
    u = 1 + (x - 1) / 4
    w = 1 + (y - 1) / 4
    ripples = sin(math.pi * u) ** 2 + (u - 1) ** 2 * (1 + 10 * sin(math.pi * u + 1) ** 2)
    return ripples + (w - 1) ** 2 * (1 + sin(2 * math.pi * w) ** 2)


@surface(box=(0, 6.28, 0, 6.28), start=(1.2, 1.6), minima=[(math.pi, math.pi)], local_minima=None)
def easom(x, y):
    """A needle in a plain: away from it the gradient is zero, and no rule can help.

    Source: Easom (1990), master's thesis, University of Louisville.
    """
    return -cos(x) * cos(y) * exp(-((x - math.pi) ** 2) - (y - math.pi) ** 2)


@surface(box=(-512, 512, -512, 512), start=(250, 150), minima=[(512, 404.23180511375784)], local_minima=None)
def eggholder(x, y):
    """Deep folds everywhere and the lowest point at the edge: the hardest test for a walker downhill.

    Source: Whitley et al. (1996), doi:10.1016/0004-3702(95)00124-7.
    """
    return -(y + 47) * sin(sqrt(abs(y + x / 2 + 47))) - x * sin(sqrt(abs(x - y - 47)))


@surface(box=(-6, 6, -6, 6), start=(-3.5, 2.6), minima=[(0, 0)], local_minima=None)
def schaffer(x, y):
    """Crossed waves that fade outward: the lowest point hides among hundreds of nearly equal ones.

    Source: Schaffer (1985), function no. 2 of Jamil and Yang (2013), no. 113, arXiv:1308.4008.
    """
    return 0.5 + (sin(x**2 - y**2) ** 2 - 0.5) / (1 + (x**2 + y**2) / 1000) ** 2


@surface(box=(-5.12, 5.12, -5.12, 5.12), start=(-1.4, 1.1), minima=[(0, 0)], local_minima=None)
def drop_wave(x, y):
    """Rings around a drop: every ring is a valley of minima in which a run may come to rest.

    Source: Molga and Smutnicki (2005), Test functions for optimization needs.
    """
    r = x**2 + y**2
    return -(1 + cos(12 * sqrt(r))) / (r / 2 + 2)
