"""Slopes of one coordinate, so that the tangent can be seen."""

from __future__ import annotations

import math

from optiviz.surfaces.surface import surface
from optiviz.trace.functions import abs, sin


@surface(box=(-3, 3), start=(-2.0,), minima=[(0,)])
def parabola(x):
    """The simplest valley: converges for a learning rate below 1, diverges above.

    Source: y = x^2, with second derivative 2.
    """
    return x**2


@surface(box=(-2, 2), start=(1.9,), minima=[(-1.0355787140888537,)], local_minima=[(0.9601495555191055,)])
def double_well(x, *, tilt=0.3):
    """Two wells, the near one shallower: momentum may carry over the ridge, plain descent cannot.

    Source: the quartic potential (Duffing 1918), tilted.
    """
    return (x**2 - 1) ** 2 + tilt * x


@surface(box=(-2, 2), start=(-math.sqrt(3),), minima=[(0,)])
def kink(x):
    """The slope keeps its size up to the minimum: a fixed step hops over it for ever.

    Source: the absolute error, |x|.
    """
    return abs(x)


@surface(box=(-2, 2), start=(-1.8,), minima=[(0,)])
def flat_bottom(x):
    """The curvature vanishes at the minimum, so the last steps take for ever.

    Source: y = x^4.
    """
    return x**4


@surface(box=(-5, 5), start=(-4.4,), minima=[(-0.3092113785997359,)], local_minima=None)
def washboard(x):
    """Dents on a parabola: the learning rate decides which of them still matter.

    Source: the one-dimensional Rastrigin idea (1974), with a shifted ripple.
    """
    return x**2 / 5 + sin(5 * x)


@surface(box=(0, 1), start=(0.3,), minima=[(0.7572487578418559,)], local_minima=[(0.14258918932471631,)])
def forrester(x):
    """A shallow dip first and a deep one after: a larger step finds what a careful one misses.

    Source: Forrester, Sobester and Keane (2008), Engineering Design via Surrogate Modelling.
    """
    return (6 * x - 2) ** 2 * sin(12 * x - 4)
