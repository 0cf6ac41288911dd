"""From what is believed of the weights beforehand to the penalties on them."""

from __future__ import annotations

from optiviz.derive.checks import Affine, Definition, DerivativeOf, Equal, PartOf
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import INDEX, POSITIVE, REAL, SIZE
from optiviz.derive.functions import absolute, exp, integral, log, number, pi, product, sign, sqrt, total
from optiviz.derive.letters import N, i, sigma, ys
from optiviz.derive.likelihoods import Posterior
from optiviz.derive.step import Step
from optiviz.derive.written import Family, Letter, Named, Written

D = Letter("D", SIZE, "how many weights there are")
n = Letter("n", INDEX, "counts the weights", size=D)
m = Letter("m", INDEX, "the number of any one weight", size=D)
w = Letter("w", REAL, "a weight")
ws = Family("w", REAL, (D,), "the weights, on which the scores depend")
zs = Family("z", REAL, (N,), "the scores that the model gives the examples, which depend on the weights", depends_on=ws)
tau = Letter("tau", POSITIVE, "how large the weights are expected to be")
b = Letter("b", POSITIVE, "how large the weights are expected to be")
evidence = Letter("Z", POSITIVE, "a constant: the mean likelihood of all weights, as they were believed to be")
whole = ws.whole("all weights", "W")

noise = 1 / sqrt(2 * pi * sigma**2) * exp(-((ys[i] - zs[i]) ** 2) / (2 * sigma**2))


def posterior(
    story: Story, prior: Step, density: Written, log_density: Written, spread: tuple[Written, Written]
) -> Step:
    """From the prior of one weight to the logarithm of the posterior of all.

    `density` is the prior of weight n and `log_density` its logarithm; `spread` is what the sum of those over the
    weights takes away: a constant, and what varies with the weights.
    """
    likelihood = story.step(
        product(noise, i),
        Definition(),
        "The likelihood of the weights: the targets are what the model predicts, zᵢ, plus Gaussian noise.",
        left=Named("L", (whole,)),
        rule="likelihood",
    )
    logs = story.step(
        total(log(noise), i) + total(log(density), n) - log(evidence),
        Posterior(likelihood, prior, n, {w: ws[n]}, evidence),
        "By Bayes' theorem the weights are as probable as their likelihood, times what was believed of each before, "
        "divided by a constant Z. The logarithm keeps the place of the maximum and makes a sum of it: the prior "
        "becomes a term beside the data.",
        left=Named("ell", (whole,)),
    )
    split = story.step(
        total(-(number(1) / 2) * log(2 * pi * sigma**2) - (ys[i] - zs[i]) ** 2 / (2 * sigma**2), i)
        + total(log_density, n)
        - log(evidence),
        Equal(logs),
        "The logarithm of a product is a sum, and the logarithm undoes the exponential.",
        rule="split the logarithm",
    )
    constant, varying = spread
    return story.step(
        -(N / 2) * log(2 * pi * sigma**2)
        - 1 / (2 * sigma**2) * total((ys[i] - zs[i]) ** 2, i)
        - constant
        - varying
        - log(evidence),
        Equal(split),
        "What does not depend on the index comes before the sums.",
        rule="pull constants out of the sums",
    )


@derivation("A Gaussian prior gives the L2 penalty")
def l2_penalty(story: Story) -> None:
    """Weights that are believed to be small, with Gaussian doubt, are punished by their squares.

    Source: Hoerl and Kennard (1970), doi:10.1080/00401706.1970.10488634; Bishop (2006), PRML, section 1.2.5.
    """
    prior = story.step(
        1 / sqrt(2 * pi * tau**2) * exp(-(w**2) / (2 * tau**2)),
        Definition(known=lambda f: (integral(f, w).equals(1), integral(w**2 * f, w).equals(tau**2))),
        "Before any data, each weight is believed to be near 0, at a distance of about τ.",
        left=Named("f", (w,)),
    )
    ell = posterior(
        story,
        prior,
        1 / sqrt(2 * pi * tau**2) * exp(-(ws[n] ** 2) / (2 * tau**2)),
        -(number(1) / 2) * log(2 * pi * tau**2) - ws[n] ** 2 / (2 * tau**2),
        (D / 2 * log(2 * pi * tau**2), 1 / (2 * tau**2) * total(ws[n] ** 2, n)),
    )
    strength = Letter("lambda", POSITIVE, "the strength of the penalty", sigma**2 / (N * tau**2))
    loss = story.step(
        1 / N * total((ys[i] - zs[i]) ** 2, i) + strength * total(ws[n] ** 2, n),
        Affine(
            ell,
            -(2 * sigma**2 / N),
            -(sigma**2) * log(2 * pi * sigma**2)
            - sigma**2 * D / N * log(2 * pi * tau**2)
            - 2 * sigma**2 / N * log(evidence),
            (ws[n],),
            "<",
        ),
        "The negative factor turns the maximum into a minimum: the mean squared error plus λ = σ²/(N τ²) times the sum "
        "of squares, weaker the more data there are.",
        left=Named("J", (whole,)),
    )
    penalty = story.step(
        strength * total(ws[n] ** 2, n),
        PartOf(loss, 1 / N * total((ys[i] - zs[i]) ** 2, i)),
        "The second term is the penalty.",
        left=Named("R", (whole,)),
    )
    story.step(
        2 * strength * ws[m],
        DerivativeOf(penalty, ws[m]),
        "Each weight is drawn to zero in proportion to its size: a step of gradient descent shrinks it by a share.",
    )


@derivation("A Laplace prior gives the L1 penalty")
def l1_penalty(story: Story) -> None:
    """Weights of which most are believed to be near zero and a few large are punished by their absolute values.

    Source: Tibshirani (1996), doi:10.1111/j.2517-6161.1996.tb02080.x.
    """
    prior = story.step(
        1 / (2 * b) * exp(-absolute(w) / b),
        Definition(known=lambda f: (integral(f, w).equals(1), integral(absolute(w) * f, w).equals(b))),
        "Before any data, each weight is believed to be near 0 at a mean distance of b, and now and then far away.",
        left=Named("f", (w,)),
    )
    ell = posterior(
        story,
        prior,
        1 / (2 * b) * exp(-absolute(ws[n]) / b),
        -log(2 * b) - absolute(ws[n]) / b,
        (D * log(2 * b), 1 / b * total(absolute(ws[n]), n)),
    )
    strength = Letter("lambda", POSITIVE, "the strength of the penalty", 2 * sigma**2 / (N * b))
    loss = story.step(
        1 / N * total((ys[i] - zs[i]) ** 2, i) + strength * total(absolute(ws[n]), n),
        Affine(
            ell,
            -(2 * sigma**2 / N),
            -(sigma**2) * log(2 * pi * sigma**2) - 2 * sigma**2 * D / N * log(2 * b) - 2 * sigma**2 / N * log(evidence),
            (ws[n],),
            "<",
        ),
        "The negative factor turns the maximum into a minimum: the mean squared error plus λ = 2σ²/(N b) times the sum "
        "of absolute values.",
        left=Named("J", (whole,)),
    )
    penalty = story.step(
        strength * total(absolute(ws[n]), n),
        PartOf(loss, 1 / N * total((ys[i] - zs[i]) ** 2, i)),
        "The second term is the penalty.",
        left=Named("R", (whole,)),
    )
    story.step(
        strength * sign(ws[m]),
        DerivativeOf(penalty, ws[m], at_corner=number(0)),
        "Every weight is drawn to zero with the same strength, however small it is, so many arrive there; at 0 itself "
        "the slope is taken to be 0.",
    )
