"""The losses with their gradients, and the functions that make probabilities of scores, all numerically stable.

Generated from the checked derivations by optiviz.derive.generate (`make derive`). Never edit this file: change the
derivation in optiviz/derive/stories, and make it anew.

There are two functions for each loss, of the scores z that a model gives and the targets y. `bce_each` says what each
example loses: z and y are numbers, arrays (element by element) or trace nodes, and if an example has several classes,
sequences of these with an entry for each class. `bce` gives the mean loss and its gradient: z and y are arrays, and if
an example has several classes, those are the last axis. What is float32 stays float32.
"""

import functools
import operator

import numpy as np


def total(terms):
    """The sum of numbers, arrays or trace nodes."""
    return functools.reduce(operator.add, terms)


def log1p(x):
    """log(1 + x), where 1 + x is rounded and then what that lost is given back: many times as fast as NumPy's."""
    u = 1 + x
    return np.log(u) - (u - 1 - x) / u


def xexp(x, y):
    """x exp(y), and 0 where x is 0; in two halves, so that it is infinite only where no float is as large."""
    half = np.exp(y * (x != 0) / 2)
    return x * half * half


def divergence(y, log_p):
    """y log(y/p) − y + p, which is never negative; p where y is 0."""
    p = np.exp(log_p)
    log_ratio = np.log(y + (y == 0)) - log_p
    return np.where(2 * y < p, y * log_ratio + (p - y), y * (log_ratio + np.expm1(-log_ratio)))


def sigmoid(z):
    """σ(z) = 1/(1 + exp(−z)), element by element, from the derivation `sigmoid_convexity`."""
    tail = np.exp(-np.abs(z))
    return np.exp(np.minimum(z, 0)) / (1 + tail)


def softplus(z):
    """log(1 + exp(z)), element by element, from the derivation `bce`."""
    tail = np.exp(-np.abs(z))
    return np.maximum(z, 0) + np.log1p(tail)


def softmax(z):
    """exp(zₖ)/Σₘ exp(zₘ), over the classes on the last axis, from the derivation `cce`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    normalizer = np.sum(exponentials, axis=-1, keepdims=True)
    return exponentials / normalizer


# The squared error of a sigmoid is not convex, the cross-entropy is.
def sigmoid_mse_each(z, y):
    """The squared error of the sigmoid for each example, from the derivation `sigmoid_convexity`."""
    return (sigmoid(z) - y) ** 2


# Gaussian noise gives the mean squared error.
def mse_each(z, y):
    """What each example loses, from the derivation `mse`."""
    error = z - y
    return error**2


def mse(z, y):
    """The mean loss and its gradient, from the derivation `mse`."""
    error = z - y
    loss = error**2
    gradient = 2 * error
    return np.mean(loss), gradient / loss.size


# Gaussian noise of unknown size gives the Gaussian negative log-likelihood.
def gaussian_nll_each(z, s, y):
    """What each example loses, from the derivation `gaussian_nll`."""
    error = z - y
    deviations = xexp(error, -(s / 2))
    surprise = deviations**2
    return (s + surprise) / 2


def gaussian_nll(z, s, y):
    """The mean loss and its gradients by z and s, from the derivation `gaussian_nll`."""
    error = z - y
    deviations = xexp(error, -(s / 2))
    surprise = deviations**2
    loss = (s + surprise) / 2
    by_z = xexp(error, -s)
    by_s = (1 - surprise) / 2
    return np.mean(loss), by_z / loss.size, by_s / loss.size


# A Bernoulli likelihood gives the binary cross-entropy.
def bce_each(z, y):
    """What each example loses, from the derivation `bce`."""
    tail = np.exp(-np.abs(z))
    return np.maximum(z, 0) - y * z + np.log1p(tail)


def bce(z, y):
    """The mean loss and its gradient, from the derivation `bce`."""
    tail = np.exp(-np.abs(z))
    probability = np.exp(np.minimum(z, 0)) / (1 + tail)
    loss = np.maximum(z, 0) - y * z + log1p(tail)
    gradient = probability - y
    return np.mean(loss), gradient / loss.size


# A categorical likelihood gives the categorical cross-entropy.
def cce_each(z, y):
    """What each example loses, from the derivation `cce`."""
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    others = total(exponentials_k - y_k for exponentials_k, y_k in zip(exponentials, y, strict=True))
    expected = total(y_k * shifted_k for y_k, shifted_k in zip(y, shifted, strict=True))
    return np.log1p(others) - expected


def cce(z, y):
    """The mean loss and its gradient, from the derivation `cce`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    others = np.sum(exponentials - y, axis=-1, keepdims=True)
    expected = np.sum(y * shifted, axis=-1, keepdims=True)
    normalizer = 1 + others
    probabilities = exponentials / normalizer
    loss = log1p(others) - expected
    gradient = probabilities - y
    return np.mean(loss), gradient / loss.size


# Labels in place of rows with a single 1: the sparse categorical cross-entropy.
def sparse_cce_each(z, c):
    """What each example loses, from the derivation `sparse_cce`."""
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    others = total(exponentials_k - (k == c) for k, exponentials_k in enumerate(exponentials))
    return np.log1p(others) - (total((k == c) * z_k for k, z_k in enumerate(z)) - highest)


def sparse_cce(z, c):
    """The mean loss and its gradient, from the derivation `sparse_cce`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    own = np.equal(c[..., np.newaxis], np.arange(z.shape[-1]), out=np.empty_like(z, bool))
    others = np.sum(exponentials - own, axis=-1, keepdims=True)
    normalizer = 1 + others
    probabilities = exponentials / normalizer
    loss = log1p(others) - (np.take_along_axis(z, c[..., np.newaxis], axis=-1) - highest)
    gradient = probabilities - own
    return np.mean(loss), gradient / loss.size


# The Kullback-Leibler divergence is the cross-entropy minus the entropy.
def kl_each(z, y):
    """What each example loses, from the derivation `kl`."""
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    normalizer = total(exponentials)
    log_normalizer = np.log(normalizer)
    log_p = [shifted_k - log_normalizer for shifted_k in shifted]
    return total(divergence(y_k, log_p_k) for y_k, log_p_k in zip(y, log_p, strict=True))


def kl(z, y):
    """The mean loss and its gradient, from the derivation `kl`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    normalizer = np.sum(exponentials, axis=-1, keepdims=True)
    log_normalizer = np.log(normalizer)
    log_p = shifted - log_normalizer
    probabilities = exponentials / normalizer
    loss = np.sum(divergence(y, log_p), axis=-1, keepdims=True)
    gradient = probabilities - y
    return np.mean(loss), gradient / loss.size


# Laplace noise gives the mean absolute error.
def mae_each(z, y):
    """What each example loses, from the derivation `mae`."""
    error = z - y
    return np.abs(error)


def mae(z, y):
    """The mean loss and its gradient, from the derivation `mae`; at z = y the slope is 0."""
    error = z - y
    loss = np.abs(error)
    gradient = np.sign(error)
    return np.mean(loss), gradient / loss.size


# A Poisson likelihood gives the Poisson loss.
def poisson_nll_each(z, y):
    """What each example loses, from the derivation `poisson_nll`."""
    rate = np.exp(z)
    return rate - y * z


def poisson_nll(z, y):
    """The mean loss and its gradient, from the derivation `poisson_nll`."""
    rate = np.exp(z)
    loss = rate - y * z
    gradient = rate - y
    return np.mean(loss), gradient / loss.size


# Huber's loss: squared for small errors, absolute for large ones.
def huber_each(z, y, *, delta):
    """What each example loses, from the derivation `huber`."""
    error = z - y
    distance = np.abs(error)
    clipped = np.minimum(distance, delta)
    return clipped * (distance - clipped / 2)


def huber(z, y, *, delta):
    """The mean loss and its gradient, from the derivation `huber`."""
    error = z - y
    distance = np.abs(error)
    clipped = np.minimum(distance, delta)
    loss = clipped * (distance - clipped / 2)
    gradient = np.maximum(-delta, np.minimum(error, delta))
    return np.mean(loss), gradient / loss.size


# The hyperbolic secant distribution gives the log-cosh loss.
def log_cosh_each(z, y):
    """What each example loses, from the derivation `log_cosh`."""
    error = z - y
    distance = np.abs(error)
    near = -(np.log1p(-(np.tanh(np.minimum(distance, 1)) ** 2)) / 2)
    far = distance + np.log1p(np.expm1(-2 * distance) / 2)
    return np.where(distance <= 1, near, far)


def log_cosh(z, y):
    """The mean loss and its gradient, from the derivation `log_cosh`."""
    error = z - y
    distance = np.abs(error)
    near = -(log1p(-(np.tanh(np.minimum(distance, 1)) ** 2)) / 2)
    far = distance + log1p(np.expm1(-2 * distance) / 2)
    loss = np.where(distance <= 1, near, far)
    gradient = np.tanh(error)
    return np.mean(loss), gradient / loss.size


# The hinge: no loss beyond the margin.
def hinge_each(z, y):
    """What each example loses, from the derivation `hinge`."""
    return np.maximum(0, 1 - y * z)


def hinge(z, y):
    """The mean loss and its gradient, from the derivation `hinge`; at y z = 1 the slope is −y."""
    margin = y * z
    loss = np.maximum(0, 1 - margin)
    gradient = np.where(margin <= 1, -y, 0)
    return np.mean(loss), gradient / loss.size


# The focal loss: cross-entropy that looks away from what is easy.
def focal_each(z, y, *, gamma):
    """What each example loses, from the derivation `focal`."""
    side = 1 - 2 * y
    wrong_score = side * z
    tail = np.exp(-np.abs(wrong_score))
    wrong_probability = np.exp(np.minimum(wrong_score, 0)) / (1 + tail)
    weight = wrong_probability**gamma
    cross_entropy = np.maximum(wrong_score, 0) + np.log1p(tail)
    return weight * cross_entropy


def focal(z, y, *, gamma):
    """The mean loss and its gradient, from the derivation `focal`."""
    side = 1 - 2 * y
    wrong_score = side * z
    tail = np.exp(-np.abs(wrong_score))
    wrong_probability = np.exp(np.minimum(wrong_score, 0)) / (1 + tail)
    weight = wrong_probability**gamma
    cross_entropy = np.maximum(wrong_score, 0) + log1p(tail)
    loss = weight * cross_entropy
    gradient = side * weight * (gamma * (1 - wrong_probability) * cross_entropy + wrong_probability)
    return np.mean(loss), gradient / loss.size
