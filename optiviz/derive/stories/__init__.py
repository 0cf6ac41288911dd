"""The derivations, in the order of the course: likelihoods and their losses, penalties, other losses, optimizers."""

from optiviz.derive.stories import (  # noqa: I001, the order of the course
    gaussian as gaussian,
    bernoulli as bernoulli,
    categorical as categorical,
    divergence as divergence,
    laplace as laplace,
    poisson as poisson,
    priors as priors,
    convexity as convexity,
    robust as robust,
    margins as margins,
    averages as averages,
    quadratic as quadratic,
    momentum as momentum,
    descent as descent,
)
