"""Schedules that run their course in a given number of updates, or go round and round.

`lr` is the highest rate of each, `t` counts completed updates from 0, and after its last update a schedule
stays where it ended.
"""

from __future__ import annotations

import math

from optiviz.schedules.schedule import schedule
from optiviz.trace.functions import abs, cos, floor, log, maximum, minimum, where


@schedule
def multistep(t, *, lr=0.1, factor=0.1, first=150, second=225, third=275):
    """Multiplies the rate by a factor at each of three updates: long plateaus, chosen by hand.

    Source: He et al. (2016), Deep residual learning, section 4.2, arXiv:1512.03385.

    >>> [round(multistep(t, lr=1.0), 12) for t in (149, 150, 225, 275)]
    [1.0, 0.1, 0.01, 0.001]
    """
    drops = where(t >= first, 1, 0) + where(t >= second, 1, 0) + where(t >= third, 1, 0)
    return lr * factor**drops


@schedule
def linear(t, *, lr=0.1, end=0.0, steps=300):
    """A straight line from one rate to another.

    Source: the linear decay of Goodfellow, Bengio and Courville (2016), Deep learning, equation 8.14.

    >>> [linear(t, lr=1.0, steps=4) for t in (0, 1, 4, 9)]
    [1.0, 0.75, 0.0, 0.0]
    """
    done = minimum(t / steps, 1.0)
    return lr + (end - lr) * done


@schedule
def polynomial(t, *, lr=0.1, end=0.0, steps=300, power=2.0):
    """A bent line from one rate to another: the higher the power, the sooner it falls.

    Source: Chen et al. (2018), DeepLab, section 4.1 ("poly"), arXiv:1606.00915.

    >>> [polynomial(t, lr=1.0, steps=4) for t in (0, 2, 4)]
    [1.0, 0.25, 0.0]
    """
    left = 1 - minimum(t / steps, 1.0)
    return end + (lr - end) * left**power


@schedule
def cosine(t, *, lr=0.1, end=0.0, steps=300):
    """Half a wave of a cosine: it leaves the high rate slowly and comes to the low one slowly.

    Source: Loshchilov and Hutter (2017), equation 5, arXiv:1608.03983.

    >>> [round(cosine(t, lr=1.0, steps=4), 6) for t in (0, 1, 2, 4)]
    [1.0, 0.853553, 0.5, 0.0]
    """
    done = minimum(t / steps, 1.0)
    return end + (lr - end) * (1 + cos(math.pi * done)) / 2


@schedule
def cosine_restarts(t, *, lr=0.1, end=0.0, every=100):
    """A cosine that jumps back to the high rate every so many updates, to leave a poor valley for a better one.

    Source: Loshchilov and Hutter (2017), equation 5, arXiv:1608.03983.

    >>> [round(cosine_restarts(t, lr=1.0, every=4), 6) for t in (0, 2, 4, 6)]
    [1.0, 0.5, 1.0, 0.5]
    """
    done = t / every - floor(t / every)
    return end + (lr - end) * (1 + cos(math.pi * done)) / 2


@schedule
def sgdr(t, *, lr=0.1, end=0.0, every=40, growth=2.0):
    """Cosines with restarts, each longer than the last: many short looks around, then long descents.

    The small number in the first line keeps the first update of a cycle on its side of a rounding error.

    Source: Loshchilov and Hutter (2017), equation 5 and T_mult, arXiv:1608.03983.

    >>> [round(sgdr(t, lr=1.0, every=4), 6) for t in (0, 2, 4, 8, 12)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """
    cycle = floor(log(1 + t * (growth - 1) / every) / log(growth) + 1e-9)
    begun = every * (growth**cycle - 1) / (growth - 1)
    done = (t - begun) / (every * growth**cycle)
    return end + (lr - end) * (1 + cos(math.pi * done)) / 2


@schedule
def warmup(t, *, lr=0.1, steps=50):
    """A straight line up to the rate: small steps until the averages of the rule know the slope.

    Its first update has the rate lr / steps, its last one lr.

    Source: Goyal et al. (2017), section 2.2, arXiv:1706.02677.

    >>> [warmup(t, lr=1.0, steps=4) for t in (0, 1, 3, 9)]
    [0.25, 0.5, 1.0, 1.0]
    """
    return lr * minimum((t + 1) / steps, 1.0)


@schedule
def one_cycle(t, *, lr=0.1, steps=300, rise=0.3, divide=25.0, divide_end=1e4):
    """Up by half a cosine, down by another to nearly nothing: the high rate in the middle finds wide valleys.

    Source: Smith and Topin (2018), arXiv:1708.07120, with cosines in place of lines.

    >>> [round(one_cycle(t, lr=1.0, steps=11, rise=0.5454545454545455), 6) for t in (0, 5, 10)]
    [0.04, 1.0, 4e-06]
    """
    low = lr / divide
    end = low / divide_end
    peak = maximum(rise * steps - 1, 1e-9)
    up = minimum(t / peak, 1.0)
    down = minimum(maximum((t - peak) / (steps - 1 - peak), 0.0), 1.0)
    rising = low + (lr - low) * (1 - cos(math.pi * up)) / 2
    falling = end + (lr - end) * (1 + cos(math.pi * down)) / 2
    return where(t <= peak, rising, falling)


@schedule
def cyclic(t, *, lr=0.1, lowest=0.0, every=100):
    """Up and down in straight lines between two rates: one need not know which rate is right.

    Source: Smith (2017), section 3.1 (triangular), arXiv:1506.01186.

    >>> [round(cyclic(t, lr=1.0, lowest=0.2, every=4), 6) for t in (0, 1, 2, 3, 4)]
    [0.2, 0.6, 1.0, 0.6, 0.2]
    """
    phase = t / every - floor(t / every)
    return lowest + (lr - lowest) * (1 - abs(2 * phase - 1))


@schedule
def noam(t, *, lr=1.0, width=512, rising=4000):
    """The transformer's: up in a straight line, then down as one over the root of t.

    Source: Vaswani et al. (2017), equation 3, arXiv:1706.03762.

    >>> round(noam(3999), 9), round(noam(15999), 9)
    (0.000698771, 0.000349386)
    """
    return lr * width**-0.5 * minimum((t + 1) ** -0.5, (t + 1) * rising**-1.5)
