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


def xlogy(x, y):
    """x log y, and 0 where x and y are 0."""
    return x * np.log(y + (y == 0))


def sigmoid(z):
    """σ(z) = 1/(1 + exp(−z)), element by element, from the derivation `focal`."""
    tail = np.exp(-np.abs(z))
    return np.exp(np.minimum(z, 0)) / (1 + tail)


def softplus(z):
    """log(1 + exp(z)), element by element, from the derivation `focal`."""
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
    precision = np.exp(-s)
    return (s + error**2 * precision) / 2


def gaussian_nll(z, s, y):
    """The mean loss and its gradients by z and s, from the derivation `gaussian_nll`."""
    error = z - y
    precision = np.exp(-s)
    surprise = error**2 * precision
    loss = (s + surprise) / 2
    by_z = error * precision
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
    loss = np.maximum(z, 0) - y * z + np.log1p(tail)
    gradient = probability - y
    return np.mean(loss), gradient / loss.size


# A categorical likelihood gives the categorical cross-entropy.
def cce_each(z, y):
    """What each example loses, from the derivation `cce`."""
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    normalizer = total(exponentials)
    expected = total(y_k * shifted_k for y_k, shifted_k in zip(y, shifted, strict=True))
    return np.log(normalizer) - expected


def cce(z, y):
    """The mean loss and its gradient, from the derivation `cce`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    normalizer = np.sum(exponentials, axis=-1, keepdims=True)
    expected = np.sum(y * shifted, axis=-1, keepdims=True)
    probabilities = exponentials / normalizer
    loss = np.log(normalizer) - expected
    gradient = probabilities - y
    return np.mean(loss), gradient / loss.size


# Labels in place of rows with a single 1: the sparse categorical cross-entropy.
def sparse_cce_each(z, c):
    """What each example loses, from the derivation `sparse_cce`."""
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    normalizer = total(exponentials)
    return np.log(normalizer) - (total((k == c) * z_k for k, z_k in enumerate(z)) - highest)


def sparse_cce(z, c):
    """The mean loss and its gradient, from the derivation `sparse_cce`."""
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    normalizer = np.sum(exponentials, axis=-1, keepdims=True)
    probabilities = exponentials / normalizer
    own = c[..., np.newaxis] == np.arange(z.shape[-1])
    loss = np.log(normalizer) - (np.take_along_axis(z, c[..., np.newaxis], axis=-1) - highest)
    gradient = probabilities - own
    return np.mean(loss), gradient / loss.size


# The Kullback-Leibler divergence is the cross-entropy minus the entropy.
def kl_each(z, y):
    """What each example loses, from the derivation `kl`."""
    minus_entropy = total(xlogy(y_k, y_k) for y_k in y)
    highest = functools.reduce(np.maximum, z)
    shifted = [z_k - highest for z_k in z]
    exponentials = [np.exp(shifted_k) for shifted_k in shifted]
    normalizer = total(exponentials)
    expected = total(y_k * shifted_k for y_k, shifted_k in zip(y, shifted, strict=True))
    return minus_entropy + np.log(normalizer) - expected


def kl(z, y):
    """The mean loss and its gradient, from the derivation `kl`."""
    minus_entropy = np.sum(xlogy(y, y), axis=-1, keepdims=True)
    highest = np.max(z, axis=-1, keepdims=True)
    shifted = z - highest
    exponentials = np.exp(shifted)
    normalizer = np.sum(exponentials, axis=-1, keepdims=True)
    expected = np.sum(y * shifted, axis=-1, keepdims=True)
    probabilities = exponentials / normalizer
    loss = minus_entropy + np.log(normalizer) - expected
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
    return distance + np.log1p(np.expm1(-2 * distance) / 2)


def log_cosh(z, y):
    """The mean loss and its gradient, from the derivation `log_cosh`."""
    error = z - y
    distance = np.abs(error)
    loss = distance + np.log1p(np.expm1(-2 * distance) / 2)
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
    cross_entropy = np.maximum(wrong_score, 0) + np.log1p(tail)
    loss = weight * cross_entropy
    gradient = side * weight * (gamma * (1 - wrong_probability) * cross_entropy + wrong_probability)
    return np.mean(loss), gradient / loss.size
