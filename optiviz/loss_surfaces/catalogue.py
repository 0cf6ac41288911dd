"""Surfaces made of a loss, a tiny model and data: what the parameters of the model are worth.

Each is the mean, over a few examples, of a loss that `optiviz.derive` has derived; the formula says the loss
of one example. So `sgd` may draw real mini-batches here, and the estimates that the derivations end in are the
lowest points. `surface.on(x, y)` puts other examples in.
"""

from __future__ import annotations

from optiviz._generated import losses
from optiviz.loss_surfaces.examples import HEIGHTS, TOSSES, about_a_line, exam, numbers, three_kinds
from optiviz.loss_surfaces.views import (
    at_mean_and_spread,
    at_the_kinds,
    at_the_line,
    at_the_share,
    at_the_sigmoid,
    at_two_points,
    nearer_the_sigmoid,
)
from optiviz.surfaces.data import loss_surface
from optiviz.trace.functions import log


@loss_surface(data=about_a_line(), look=at_the_line)
def mse(w, b, x, y):
    """A line through points by least squares: a bowl, and as the inputs have no mean of zero a slanted one.

    Source: the derivation `mse`; Legendre (1805), Nouvelles methodes pour la determination des orbites.
    """
    return losses.mse_each(w * x + b, y)


@loss_surface(data=about_a_line(outliers=5), look=at_two_points)
def mae(w, b, x, y):
    """The same points and five outliers, by the absolute error, which lets them lie: creases, and a slope everywhere.

    Source: the derivation `mae`; Boscovich (1757), De litteraria expeditione.
    """
    return losses.mae_each(w * x + b, y)


@loss_surface(data=exam(), look=at_the_sigmoid)
def bce(w, b, x, y):
    """Logistic regression: who passes after so many hours? Convex, flat where it is right, and steep where not.

    Source: the derivation `bce`; Cox (1958), J. R. Stat. Soc. B 20, 215-242.
    """
    return losses.bce_each(w * x + b, y)


@loss_surface(data=exam(), look=nearer_the_sigmoid)
def mse_on_sigmoid(w, b, x, y):
    """The same question with squared errors of the probability: plateaus, on which there is next to no gradient.

    Source: the derivation `sigmoid_convexity`.
    """
    return losses.sigmoid_mse_each(w * x + b, y)


@loss_surface(data=three_kinds(), look=at_the_kinds)
def cce(w, b, x, small, middle, large):
    """Three classes by one measure: w parts the outer two, b makes the middle one likelier.

    Source: the derivation `cce`.
    """
    return losses.cce_each((-w * x, b, w * x), (small, middle, large))


@loss_surface(data=(numbers(HEIGHTS),), look=at_mean_and_spread)
def gaussian_likelihood(mu, sigma, x):
    """How unlikely the heights of a class are under a bell curve; lowest at their mean and standard deviation.

    Source: the derivation `gaussian_nll`; Fisher (1922), doi:10.1098/rsta.1922.0009.
    """
    return losses.gaussian_nll_each(mu, 2 * log(sigma), x)


@loss_surface(data=(numbers(TOSSES),), look=at_the_share)
def bernoulli_likelihood(p, x):
    """How unlikely the tosses of a coin are if heads come with probability p; lowest at the share of heads.

    Source: the derivation `bce`; Bernoulli (1713), Ars conjectandi.
    """
    return losses.bce_each(log(p / (1 - p)), x)
