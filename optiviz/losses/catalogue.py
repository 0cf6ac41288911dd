"""The losses by name. Each is the end of a derivation; here stand its shapes and what it is for."""

from __future__ import annotations

from optiviz._generated import losses as derived
from optiviz.losses.loss import loss
from optiviz.losses.targets import BITS, COUNTS, LABELS, NUMBERS, PROBABILITIES, ROWS, SIGNS


@loss(derived.mse, NUMBERS)
def mse(z, y):
    """The mean squared error, the loss of Gaussian noise: its best constant is the mean.

    (z − y)² of scores z, float32 or float64, and targets y, numbers of the same shape, and the mean over all of them.

    Source: the derivation `mse`; Gauss (1809), Theoria motus corporum coelestium, §§ 175-179.

    >>> mse([1.0, 4.0], [1.0, 2.0])
    (2.0, array([0., 2.]))
    """
    return derived.mse_each(z, y)


@loss(derived.mae, NUMBERS)
def mae(z, y):
    """The mean absolute error, the loss of Laplace noise: its best constant is the median.

    |z − y| of scores z, float32 or float64, and targets y, numbers of the same shape, and the mean over all of them.
    The slope at z = y is 0.

    Source: the derivation `mae`; Laplace (1774), Mémoire sur la probabilité des causes par les événements.

    >>> mae([1.0, 4.0], [1.0, 2.0])
    (1.0, array([0. , 0.5]))
    """
    return derived.mae_each(z, y)


@loss(derived.bce, PROBABILITIES, activation="sigmoid")
def bce(z, y):
    """The binary cross-entropy of raw scores (logits), the loss of coin tosses.

    −y log σ(z) − (1 − y) log(1 − σ(z)) of scores z, float32 or float64, and targets y, numbers of the same shape, and
    the mean over all of them. The targets are 0 and 1, or probabilities of a 1. The sigmoid σ is in the loss, so the
    model ends before it.

    Source: the derivation `bce`; Bishop (2006), PRML, section 4.3.2.

    >>> bce([1000.0, -1000.0], [1, 1])
    (500.0, array([ 0. , -0.5]))
    """
    return derived.bce_each(z, y)


@loss(derived.cce, ROWS, axis="classes", activation="softmax")
def cce(z, y):
    """The categorical cross-entropy of raw scores (logits), the loss of dice.

    −Σₖ yₖ log pₖ with p the softmax of the scores, for scores z (..., K), float32 or float64, and targets y (..., K),
    numbers, and the mean over the examples. The targets of an example are probabilities of the classes, mostly a single
    1. The softmax is in the loss, so the model ends before it.

    Source: the derivation `cce`; Bishop (2006), PRML, section 4.3.4.

    >>> cce([[1000.0, 0.0], [1000.0, 0.0]], [[1, 0], [0, 1]])
    (500.0, array([[ 0. ,  0. ],
           [ 0.5, -0.5]]))
    """
    return derived.cce_each(z, y)


@loss(derived.sparse_cce, LABELS, axis="classes", activation="softmax")
def sparse_cce(z, y):
    """The categorical cross-entropy for labels, without rows of zeros.

    −log p_c with p the softmax of the scores and c the label, for scores (..., K), float32 or float64, and labels
    (...), whole numbers from 0 to K − 1, and the mean over the examples. The softmax is in the loss, so the model ends
    before it. Labels save the memory of rows; the time of a call, most of which the scores need, is much the same.

    Source: the derivation `sparse_cce`.

    >>> sparse_cce([[1000.0, 0.0], [1000.0, 0.0]], [0, 1])
    (500.0, array([[ 0. ,  0. ],
           [ 0.5, -0.5]]))
    """
    return derived.sparse_cce_each(z, y)


@loss(derived.kl, ROWS, axis="classes", activation="softmax")
def kl(z, y):
    """The Kullback-Leibler divergence of the softmax of raw scores from given probabilities.

    Σₖ yₖ log(yₖ/pₖ) with p the softmax of the scores, for scores z (..., K), float32 or float64, and targets y
    (..., K), numbers, and the mean over the examples. No likelihood of its own stands behind it: it is the
    cross-entropy less the entropy of the targets, with the same gradient. It is never negative, not even by a rounding.

    Source: the derivation `kl`; Kullback and Leibler (1951), doi:10.1214/aoms/1177729694.

    >>> kl([[0.0, 0.0]], [[0.5, 0.5]])
    (0.0, array([[0., 0.]]))
    """
    return derived.kl_each(z, y)


@loss(derived.huber, NUMBERS)
def huber(z, y, *, delta=1.0):
    """Huber's loss: squared for errors up to delta, absolute beyond, so that outliers do not rule.

    (z − y)²/2 up to delta, from there on the straight line that continues it, of scores z, float32 or float64, and
    targets y, numbers of the same shape, and the mean over all of them. No likelihood that is taught stands behind it.

    Source: the derivation `huber`; Huber (1964), doi:10.1214/aoms/1177703732.

    >>> huber([0.5, 3.0], [0.0, 0.0])
    (1.3125, array([0.25, 0.5 ]))
    """
    return derived.huber_each(z, y, delta=delta)


@loss(derived.log_cosh, NUMBERS)
def log_cosh(z, y):
    """The log-cosh loss, that of hyperbolic secant noise: squared near zero, absolute far away, and smooth.

    log cosh(z − y) of scores z, float32 or float64, and targets y, numbers of the same shape, and the mean over all of
    them.

    Source: the derivation `log_cosh`; Perks (1932), Journal of the Institute of Actuaries 63, 12-57.

    >>> value, gradient = log_cosh([0.0, 1000.0], [0.0, 0.0])
    >>> round(value, 6), gradient
    (499.653426, array([0. , 0.5]))
    """
    return derived.log_cosh_each(z, y)


@loss(derived.poisson_nll, COUNTS)
def poisson_nll(z, y):
    """The Poisson loss of counts, for scores that are logarithms of rates.

    exp(z) − y z of scores z, float32 or float64, and targets y, numbers of the same shape, and the mean over all of
    them; the factorials of the counts are dropped. Where exp(z) is larger than any float (z > 709, in float32 z > 88)
    the loss is infinite.

    Source: the derivation `poisson_nll`; McCullagh and Nelder (1989), Generalized Linear Models, chapter 6.

    >>> poisson_nll([0.0, 0.0], [1, 3])
    (1.0, array([ 0., -1.]))
    """
    return derived.poisson_nll_each(z, y)


@loss(derived.gaussian_nll, NUMBERS, axis="mean log_variance")
def gaussian_nll(z, y):
    """The Gaussian negative log-likelihood, for a model that predicts a mean and how far it may be off.

    (s + (z − y)² exp(−s))/2 for scores (..., 2), float32 or float64, which are the mean z and the logarithm s of the
    variance, and targets y (...), numbers, and the mean over the examples; the constant ½ log 2π is dropped. Where
    (z − y)² exp(−s) is larger than any float, as it is for an error of 1 and s < −709 (in float32 −88), the loss is
    infinite.

    Source: the derivation `gaussian_nll`; Nix and Weigend (1994), doi:10.1109/ICNN.1994.374138.

    >>> gaussian_nll([[1.0, 0.0], [4.0, 0.0]], [1.0, 2.0])
    (1.0, array([[ 0.  ,  0.25],
           [ 1.  , -0.75]]))
    """
    mean, log_variance = z
    return derived.gaussian_nll_each(mean, log_variance, y)


@loss(derived.hinge, SIGNS)
def hinge(z, y):
    """The hinge: no loss for scores that are on the right side by 1 or more.

    max(0, 1 − y z) of scores z, float32 or float64, and targets y, −1 or 1 and of the same shape, and the mean over all
    of them. The slope at y z = 1 is −y. No likelihood stands behind it: it is made for a wide margin.

    Source: the derivation `hinge`; Cortes and Vapnik (1995), doi:10.1007/BF00994018.

    >>> hinge([0.5, 2.0], [-1, 1])
    (0.75, array([0.5, 0. ]))
    """
    return derived.hinge_each(z, y)


@loss(derived.focal, BITS, activation="sigmoid")
def focal(z, y, *, gamma=2.0):
    """The focal loss of raw scores (logits): a cross-entropy in which easy examples are faded out.

    −(1 − q)^gamma log q with q the probability that the sigmoid gives the right answer, of scores, float32 or float64,
    and targets, 0 or 1 and of the same shape, and the mean over all of them. No likelihood stands behind it.

    Source: the derivation `focal`; Lin et al. (2017), arXiv:1708.02002.

    >>> value, gradient = focal([0.0, 0.0], [0, 1])
    >>> round(value, 6), gradient.round(6)
    (0.173287, array([ 0.149143, -0.149143]))
    """
    return derived.focal_each(z, y, gamma=gamma)
