"""From Laplace noise to the mean absolute error, whose estimate is the median."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, LogOf, Put
from optiviz.derive.conditions import Smallest
from optiviz.derive.derivation import LossForm, Story, derivation
from optiviz.derive.domains import REAL
from optiviz.derive.functions import absolute, exp, integral, log, median, number, product, sign, total
from optiviz.derive.letters import N, b, i, mu, of_all, x, xs, y, ys, z, zs
from optiviz.derive.likelihoods import MeanOf, ProductOf
from optiviz.derive.written import Letter, Named


@derivation("Laplace noise gives the mean absolute error")
def mae(story: Story) -> None:
    """The μ under which observations with heavy tails are likeliest is the median, with the least absolute error.

    Source: Laplace (1774), Mémoire sur la probabilité des causes par les événements; Koenker (2005), section 1.3.
    """
    f = story.step(
        1 / (2 * b) * exp(-absolute(x - mu) / b),
        Definition(known=lambda f: (integral(f, x).equals(1), integral(absolute(x - mu) * f, x).equals(b))),
        "An observation is the centre μ plus Laplace noise, which is large more often than Gaussian noise is; the "
        "density integrates to 1 and the mean distance from μ is b.",
        left=Named("f", (x,)),
    )
    likelihood = story.step(
        product(1 / (2 * b) * exp(-absolute(xs[i] - mu) / b), i),
        ProductOf(f, i, {x: xs[i]}),
        "The observations are independent, so their densities multiply.",
        left=Named("L", (mu, b)),
    )
    logs = story.step(
        total(log(1 / (2 * b) * exp(-absolute(xs[i] - mu) / b)), i),
        LogOf(likelihood),
        "The logarithm keeps the place of the maximum and turns the product into a sum.",
        left=Named("ell", (mu, b)),
    )
    terms = story.step(
        total(-log(2 * b) - absolute(xs[i] - mu) / b, i),
        Equal(logs),
        "The logarithm of the product is the sum of the logarithms, and the logarithm undoes the exponential.",
        rule="split the logarithm",
    )
    ell = story.step(
        -N * log(2 * b) - 1 / b * total(absolute(xs[i] - mu), i),
        Equal(terms),
        "What does not depend on i comes before the sum.",
        rule="pull constants out of the sum",
    )
    distances = story.step(
        1 / N * total(absolute(xs[i] - mu), i),
        Affine(ell, -(b / N), -b * log(2 * b), (mu,), "<"),
        "The negative factor turns the maximum into a minimum, and what does not depend on μ does not move it.",
        left=Named("J", (mu,)),
    )
    slope = 1 / N * total(sign(mu - xs[i]), i)
    story.step(
        slope,
        DerivativeOf(distances, mu, at_corner=slope),
        "Each observation below μ pulls with 1 and each above with −1, however far it is: a sum of signs, which has "
        "jumps and may be zero nowhere, so that setting it to zero is not enough.",
    )
    story.step(
        median(xs[i], i),
        Smallest(distances, mu),
        "The sum is convex and made of straight pieces, so it is smallest at a corner, an observation: where as many "
        "lie below as above, at the median. For even N every point between the two middle ones is as good, and the "
        "median is the mean of these two.",
        left=Letter("muhat", REAL, "the estimate of μ"),
        rule="compare the corners",
    )
    loss = story.step(
        1 / N * total(absolute(zs[i] - ys[i]), i),
        Put(distances, {mu: zs[i], xs: lambda i: ys[i]}),
        "A model predicts a centre zᵢ of its own for each target yᵢ; the distance does not mind their order.",
        left=of_all("J", zs),
    )
    one = story.step(
        absolute(z - y),
        MeanOf(loss, i, {z: zs[i], y: ys[i]}),
        "The loss is the mean over the examples of what one example loses.",
        left=Named("J_1", (z,)),
    )
    gradient = story.step(
        sign(z - y),
        DerivativeOf(one, z, at_corner=number(0)),
        "All errors pull alike; at z = y any slope from −1 to 1 would do, and 0 is the one that rests.",
    )
    story.ends_in(LossForm("mae", (z,), y, one, (gradient,), convention="at z = y the slope is 0"))
