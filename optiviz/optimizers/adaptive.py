"""The family of Adam: each coordinate has a step of its own, from averages of its gradients.

Each rule says what it changes and why; its lines are those of the paper.
"""

from __future__ import annotations

from optiviz.optimizers.optimizer import optimizer
from optiviz.trace.functions import abs, maximum, sign, sqrt, where


@optimizer
def adadelta(theta, g, t, cache=0.0, delta=0.0, *, lr=1.0, rho=0.95, eps=1e-6):
    """RMSProp that also averages its own steps, so that a step has the unit of theta and needs no learning rate.

    Source: Zeiler (2012), arXiv:1212.5701.

    >>> theta, cache, delta = adadelta(1.0, 2.0, 1)
    >>> round(theta, 6), round(cache, 12)
    (0.995528, 0.2)
    """
    cache = rho * cache + (1 - rho) * g**2
    u = sqrt(delta + eps) / sqrt(cache + eps) * g
    delta = rho * delta + (1 - rho) * u**2
    return theta - lr * u, cache, delta


@optimizer
def rmsprop_centered(theta, g, t, mean=0.0, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    """RMSProp that divides by the spread of the gradient instead of its size: steady slopes get long steps.

    Source: Graves (2013), section 4.2, arXiv:1308.0850.

    >>> theta, mean, cache = rmsprop_centered(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(mean, 12), round(cache, 12)
    (0.666667, 0.2, 0.4)
    """
    mean = rho * mean + (1 - rho) * g
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / sqrt(cache - mean**2 + eps), mean, cache


@optimizer
def adamax(theta, g, t, m=0.0, u=0.0, *, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that divides by the largest recent gradient instead of an average: one outlier shortens many steps.

    Source: Kingma and Ba (2015), algorithm 2, arXiv:1412.6980; eps, which the paper lacks, as in torch.

    >>> theta, m, u = adamax(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(u, 6)
    (0.9, 2.0)
    """
    m = beta1 * m + (1 - beta1) * g
    u = maximum(beta2 * u, abs(g) + eps)
    mhat = m / (1 - beta1**t)
    return theta - lr * mhat / u, m, u


@optimizer
def nadam(theta, g, t, m=0.0, v=0.0, product=1.0, *, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8, psi=0.004):
    """Adam with Nesterov's momentum: it steps with the momentum that the next update will have.

    The momentum itself warms up, from half of beta1 towards beta1.

    Source: Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop.

    >>> theta, m, v, product = nadam(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(product, 6)
    (0.894355, 0.450073)
    """
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * psi))
    ahead = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
    product = product * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = ahead * m / (1 - product * ahead) + (1 - mu) * g / (1 - product)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(vhat) + eps), m, v, product


@optimizer
def radam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, threshold=5.0):
    """Adam that waits: until v has seen enough gradients to be trusted, it takes plain momentum steps.

    rho is how many gradients v averages, at last `longest`. The paper trusts it beyond 4, its authors' program
    and all libraries beyond 5. The small number keeps a division that then does not count away from zero.

    Source: Liu et al. (2020), algorithm 2, arXiv:1908.03265.

    >>> theta, m, v = radam(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6)
    0.8
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    longest = maximum(2 / (1 - beta2) - 1, threshold + 1e-9)
    rho = 2 / (1 - beta2) - 1 - 2 * t * beta2**t / (1 - beta2**t)
    known = maximum(rho, threshold)
    r = sqrt((known - 4) * (known - 2) * longest / ((longest - 4) * (longest - 2) * known))
    return theta - lr * where(rho > threshold, r * mhat / (sqrt(vhat) + eps), mhat), m, v


@optimizer
def amsgrad(theta, g, t, m=0.0, v=0.0, vhat=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that never forgets a large gradient: a learning rate that has shrunk does not grow again.

    The paper corrects no bias; eps, which it lacks, as in Adam.

    Source: Reddi, Kale and Kumar (2018), algorithm 2, arXiv:1904.09237.

    >>> theta, m, v, vhat = amsgrad(1.0, 2.0, 1, 0.0, 0.0, 0.04, lr=0.1)
    >>> round(theta, 6), round(v, 6), vhat
    (0.9, 0.004, 0.04)
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    vhat = maximum(vhat, v)
    return theta - lr * m / (sqrt(vhat) + eps), m, v, vhat


@optimizer
def adamw(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01):
    """Adam with decoupled weight decay: weights shrink by the same share, whatever their gradients were.

    As in all libraries the learning rate scales the decay, too; in the paper only its schedule does.

    Source: Loshchilov and Hutter (2019), algorithm 2, arXiv:1711.05101.

    >>> theta, m, v = adamw(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6)
    0.899
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * (mhat / (sqrt(vhat) + eps) + decay * theta), m, v


@optimizer
def adabelief(theta, g, t, m=0.0, s=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that divides by how far the gradient is from what m expected: long steps where it believes.

    Source: Zhuang et al. (2020), algorithm 2, arXiv:2010.07468.

    >>> theta, m, s = adabelief(1.0, 2.0, 1, lr=0.1)
    >>> round(theta, 6), round(s, 6)
    (0.888889, 0.00324)
    """
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * (g - m) ** 2 + eps
    mhat = m / (1 - beta1**t)
    shat = s / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(shat) + eps), m, s


@optimizer
def yogi(theta, g, t, m=0.0, v=1e-6, *, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-3):
    """Adam whose v moves by at most a fixed share of g squared, so the learning rate never leaps up.

    Source: Zaheer et al. (2018), Adaptive methods for nonconvex optimization, algorithm 2, NeurIPS.

    >>> theta, m, v = yogi(1.0, 2.0, 1, lr=0.1)
    >>> round(v, 6)
    0.004001
    """
    m = beta1 * m + (1 - beta1) * g
    v = v - (1 - beta2) * sign(v - g**2) * g**2
    return theta - lr * m / (sqrt(v) + eps), m, v
