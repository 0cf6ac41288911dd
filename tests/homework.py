"""Homework as students hand it in: wrong rules, each with the mistake that is to be found, and right ones.

They are written in many hands on purpose: other names, other orders, with and without the decorator, with
`np.` and with optiviz's own functions, traceable and not.
"""

WRONG: list[tuple[str, str, str]] = [
    # gd
    ("gd", "ascent", "def gd(theta, g, t, *, lr=0.01):\n    return theta + lr * g"),
    ("gd", "lr_forgotten", "def gd(theta, g, t, *, lr=0.01):\n    return theta - g"),
    ("gd", "step_for_theta", "def gd(theta, g, t, *, lr=0.01):\n    step = -lr * g\n    return step"),
    ("gd", "number_for_hyperparameter:lr", "def gd(theta, g, t, *, lr=0.01):\n    return theta - 0.01 * g"),
    ("gd", "lr_divides", "def gd(theta, g, t, *, lr=0.01):\n    return theta - g / lr"),
    ("gd", "is:sign_sgd", "def gd(theta, g, t, *, lr=0.01):\n    return theta - lr * np.sign(g)"),
    # momentum
    (
        "momentum",
        "ascent",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return theta - v, v
""",
    ),
    (
        "momentum",
        "ascent",
        """
@optimizer
def heavy_ball(theta, g, t, velocity=0.0, *, lr=0.01, mu=0.9):
    velocity = mu * velocity + lr * g
    return theta + velocity, velocity
""",
    ),
    (
        "momentum",
        "lr_outside_velocity",
        """
@optimizer
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v + g
    theta = theta - lr * v
    return theta, v
""",
    ),
    (
        "momentum",
        "share_extra",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - (1.0 - beta) * lr * g
    return theta + v, v
""",
    ),
    (
        "momentum",
        "old_value_used:v",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    new_theta = theta + v
    new_v = beta * v - lr * g
    return new_theta, new_v
""",
    ),
    (
        "momentum",
        "memory_lost:v",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    new = beta * v - lr * g
    return theta + new, v
""",
    ),
    (
        "momentum",
        "lr_applied_twice",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return theta + lr * v, v
""",
    ),
    (
        "momentum",
        "default:beta",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.99):
    v = beta * v - lr * g
    return theta + v, v
""",
    ),
    # nesterov
    (
        "nesterov",
        "no_look_ahead",
        """
def nesterov(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v + lr * g
    return theta - v, v
""",
    ),
    (
        "nesterov",
        "no_look_ahead",
        """
@optimizer
def nag(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v_prev = v
    v = beta * v - lr * g
    return theta + beta * v_prev - lr * g, v
""",
    ),
    (
        "nesterov",
        "look_ahead_without_beta",
        """
def nesterov(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    lookahead = theta + v
    return lookahead - lr * g, v
""",
    ),
    # adagrad
    (
        "adagrad",
        "average_for_sum",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = 0.9 * cache + 0.1 * np.square(g)
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "adagrad",
        "is:rmsprop",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, rho=0.8, eps=1e-8):
    cache = rho * cache + (1 - rho) * g * g
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "adagrad",
        "root_forgotten",
        """
@optimizer
def adagrad(theta, g, t, G=0.0, *, lr=0.01, eps=1e-8):
    G = G + g**2
    return theta - lr / (G + eps) * g, G
""",
    ),
    (
        "adagrad",
        "eps_outside_root",
        """
def adagrad(theta, g, t, s=0.0, *, lr=0.01, eps=1e-8):
    s += g**2
    theta -= lr * g / (np.sqrt(s) + eps)
    return theta, s
""",
    ),
    (
        "adagrad",
        "old_value_used:cache",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    theta = theta - lr * g / np.sqrt(cache + eps)
    return theta, cache + g**2
""",
    ),
    (
        "adagrad",
        "absolute_for_square",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = cache + np.abs(g)
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    # rmsprop
    (
        "rmsprop",
        "sum_for_average",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = cache + (1 - rho) * 0 + g**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "share_missing",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + g**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "shares_exchanged",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * g**2 + (1 - rho) * cache
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "mean_over_coordinates",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * np.mean(g**2)
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "norm_for_coordinates",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * np.dot(g, g)
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "not_squared",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "eps_forgotten",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9):
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / np.sqrt(cache), cache
""",
    ),
    (
        "rmsprop",
        "another_number:rho",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, eps=1e-8):
    cache = 0.99 * cache + 0.01 * g**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    # adam
    (
        "adam",
        "no_correction",
        """
@optimizer
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * m / (sqrt(v) + eps), m, v
""",
    ),
    (
        "adam",
        "no_correction:vhat",
        """
def adam(theta, g, t, first=0.0, second=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    first = beta1 * first + (1 - beta1) * g
    second = beta2 * second + (1 - beta2) * g * g
    corrected = first / (1 - beta1**t)
    return theta - lr * corrected / (np.sqrt(second) + eps), first, second
""",
    ),
    (
        "adam",
        "no_correction:mhat",
        """
def adam(theta, g, t, v=0.0, m=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = m * beta1 + g * (1 - beta1)
    v = v * beta2 + g * g * (1 - beta2)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v_hat) + eps), v, m
""",
    ),
    (
        "adam",
        "correction_without_power",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1)
    v_hat = v / (1 - beta2)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "adam",
        "corrected_value_kept:m+v",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m = m / (1 - beta1**t)
    v = v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "adam",
        "returned_in_the_wrong_order:m+v",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), v, m
""",
    ),
    (
        "adam",
        "counts_ahead",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t += 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    alpha = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - alpha * m / (np.sqrt(v) + eps * np.sqrt(1 - beta2**t)), m, v
""",
    ),
    (
        "adam",
        "counts_from_zero",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1 ** (t - 1))
    vhat = v / (1 - beta2 ** (t - 1))
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "eps_inside_root",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat, vhat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * mhat / np.sqrt(vhat + epsilon), m, v
""",
    ),
    (
        "adam",
        "eps_before_correction",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "adam",
        "root_forgotten",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (v / (1 - beta2**t) + eps), m, v
""",
    ),
    (
        "adam",
        "betas_exchanged",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta2 * m + (1 - beta2) * g
    v = beta1 * v + (1 - beta1) * g**2
    return theta - lr * (m / (1 - beta2**t)) / (np.sqrt(v / (1 - beta1**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "default:beta2",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.99, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "old_value_used:m",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    mhat = m / (1 - beta1**t)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "number_for_hyperparameter:beta2",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = 0.999 * v + 0.001 * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - 0.999**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "square_of_the_average:m",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * m**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "corrected_with_beta1",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta1**t)) + eps), m, v
""",
    ),
    # adam_uncorrected, and a rule that is not the course's
    (
        "adam_uncorrected",
        "is:adam",
        """
def adam_uncorrected(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam_uncorrected",
        "share_missing:v",
        """
def adam_uncorrected(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + g**2
    return theta - lr * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "adamw",
        "decay_forgotten",
        """
def adamw(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adamw",
        "decay_in_the_gradient",
        """
def adamw(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    g = g + weight_decay * theta
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    # two mistakes
    (
        "adam",
        "correction_without_power + eps_inside_root",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1)) / np.sqrt(v / (1 - beta2) + eps), m, v
""",
    ),
    (
        "rmsprop",
        "share_missing + ascent",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + g**2
    return theta + lr * g / np.sqrt(cache + eps), cache
""",
    ),
    # a second pile
    (
        "adam",
        "remembers_outside",
        """
m = 0
v = 0
def adam(theta, g, t, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    global m, v
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
""",
    ),
    (
        "adam",
        "inexact",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    g = np.float32(g)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "late",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t = min(t, 50)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "late",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    k = np.minimum(t, 120)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**k)) / (np.sqrt(v / (1 - beta2**k)) + eps), m, v
""",
    ),
    (
        "adam",
        "another_number:beta1 + another_number:beta2",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001):
    m = 0.8 * m + 0.2 * g
    v = 0.99 * v + 0.01 * g**2
    return theta - lr * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8), m, v
""",
    ),
    (
        "adam",
        "no_correction + eps_inside_root",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * m / np.sqrt(v + eps), m, v
""",
    ),
    (
        "adam",
        "corrected_the_wrong_average:m",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = m / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "eps_outside_the_fraction",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / np.sqrt(vhat) + eps, m, v
""",
    ),
    (
        "adam",
        "brackets_missing:m",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + 1 - beta1 * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "brackets_missing",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / 1 - beta1**t
    vhat = v / 1 - beta2**t
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "rmsprop",
        "eps_outside_the_fraction",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / np.sqrt(cache) + eps, cache
""",
    ),
    (
        "rmsprop",
        "average_squared",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = (rho * cache + (1 - rho) * g)**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "share_squared",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + ((1 - rho) * g)**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "rmsprop",
        "correction_extra:cache",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    chat = cache / (1 - rho**t)
    return theta - lr * g / np.sqrt(chat + eps), cache
""",
    ),
    (
        "adagrad",
        "lr_in_the_square",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = cache + (lr*g)**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "adagrad",
        "memory_lost:cache",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = g**2
    return theta - lr * g / np.sqrt(cache + eps), cache
""",
    ),
    (
        "adagrad",
        "sum_squared",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = cache + g
    return theta - lr * g / np.sqrt(cache**2 + eps), cache
""",
    ),
    (
        "adagrad",
        "divided_by_t",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache = cache + g**2
    return theta - lr * g / np.sqrt(cache/t + eps), cache
""",
    ),
    (
        "momentum",
        "ascent",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.5):
    v = beta * v + lr * g
    return theta + v, v
""",
    ),
    (
        "momentum",
        "lr_outside_velocity + share_extra",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v + (1 - beta) * g
    return theta - lr * v, v
""",
    ),
    (
        "momentum",
        "beta_on_the_gradient",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = v - beta * lr * g
    return theta + v, v
""",
    ),
    (
        "momentum",
        "memory_lost:v",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return theta - lr * g, v
""",
    ),
    (
        "momentum",
        "returned_in_the_wrong_order:theta+v",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return v, theta + v
""",
    ),
    (
        "momentum",
        "theta_unchanged",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    theta + v
    return theta, v
""",
    ),
    (
        "momentum",
        "is:nesterov",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return theta + beta * v - lr * g, v
""",
    ),
    (
        "nesterov",
        "plus_for_minus:theta",
        """
def nesterov(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return theta + beta * v + lr * g, v
""",
    ),
    (
        "gd",
        "",
        """
def gd(theta, g, t, *, lr=0.01):
    return theta - lr * g**2
""",
    ),
    (
        "gd",
        "gradient_normalised",
        """
def gd(theta, g, t, *, lr=0.01):
    return theta - lr * g / np.linalg.norm(g)
""",
    ),
    (
        "gd",
        "",
        """
def gd(theta, g, t, *, lr=0.01):
    return theta * (1 - lr * g)
""",
    ),
    (
        "adam",
        "default:eps",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * theta
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
""",
    ),
    (
        "adam",
        "corrected_value_kept:m+v",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), mhat, vhat
""",
    ),
    (
        "adam",
        "beginning:v",
        """
def adam(theta, g, t, m=0.0, v=1.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "is:amsgrad",
        """
def adam(theta, g, t, m=0.0, v=0.0, w=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    w = np.maximum(v, w)
    return theta - lr * m / (np.sqrt(w) + eps), m, v, w
""",
    ),
    # computed, but not used
    (
        "adam",
        "unused:mhat",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "adam",
        "unused:mhat+vhat",
        """
@optimizer
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    print("corrected")
    return theta - lr * m / (sqrt(v) + eps), m, v
""",
    ),
    (
        "adam",
        "no_correction",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    return theta - lr * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "adam",
        "unused:mhat + eps_inside_root",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * m / np.sqrt(vhat + eps), m, v
""",
    ),
    # a third pile
    (
        "momentum",
        "returned_twice:v",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v *= beta
    v -= lr * g
    theta += v
    return theta, theta
""",
    ),
    (
        "adam",
        "corrected_value_kept:m+v",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    mhat = m
    mhat *= beta1
    mhat += (1 - beta1) * g
    vhat = v
    vhat *= beta2
    vhat += (1 - beta2) * g**2
    mhat /= 1 - beta1**t
    vhat /= 1 - beta2**t
    theta -= lr * mhat / (np.sqrt(vhat) + eps)
    return theta, m, v
""",
    ),
    (
        "adam",
        "counts_ahead",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    t += 1
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "rounded_down:mhat+vhat",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m // (1 - beta1**t)
    vhat = v // (1 - beta2**t)
    return theta - lr * mhat / (np.sqrt(vhat) + eps), m, v
""",
    ),
    (
        "adam",
        "inexact",
        """
def adam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = np.float32(beta1 * m + (1 - beta1) * g)
    v = np.float32(beta2 * v + (1 - beta2) * g**2)
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return np.float32(theta - lr * mhat / (np.sqrt(vhat) + eps)), m, v
""",
    ),
    ("gd", "inexact", "def gd(theta, g, t, *, lr=0.01):\n    return np.round(theta - lr * g, 4)"),
    ("gd", "", "def gd(theta, g, t, *, lr=0.01):\n    return (theta - lr * g).astype(int)"),
    ("gd", "", "def gd(theta, g, t, *, lr=0.01):\n    return theta - lr * np.clip(g, -1, 1)"),
    (
        "adagrad",
        "",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    for i in range(len(theta) - 1):
        cache[i] += g[i] ** 2
        theta[i] -= lr * g[i] / np.sqrt(cache[i] + eps)
    return theta, cache
""",
    ),
    (
        "adam",
        "remembers_outside",
        """
state = {}
def adam(theta, g, t, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = state.get("m", 0) * beta1 + (1 - beta1) * g
    v = state.get("v", 0) * beta2 + (1 - beta2) * g**2
    state["m"], state["v"] = m, v
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
""",
    ),
    # a mistake of nobody else's
    (
        "rmsprop",
        "",
        """
def rmsprop(theta, g, t, cache=0.0, *, lr=0.001, rho=0.9, eps=1e-8):
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * np.tanh(3 * g) / np.sqrt(cache + 7 * eps), cache
""",
    ),
]
"""(the rule that it should be, the mistake that is to be found, the file without its imports)."""

RIGHT: list[tuple[str, str]] = [
    ("gd", "def gd(theta, g, t, *, lr=0.01):\n    return -g * lr + theta"),
    ("gd", "def gd(theta, g, t, *, learning_rate=0.5):\n    theta -= learning_rate * g\n    return theta"),
    (
        "momentum",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v = beta * v + lr * g
    return theta - v, v
""",
    ),
    (
        "momentum",
        """
@optimizer
def heavy_ball(theta, g, t, before="theta", *, lr=0.01, beta=0.9):
    return theta - lr * g + beta * (theta - before), theta
""",
    ),
    (
        "nesterov",
        """
def nesterov(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v_prev = v
    v = beta * v - lr * g
    return theta - beta * v_prev + (1 + beta) * v, v
""",
    ),
    (
        "adagrad",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    cache += g * g
    return theta - lr * g * (cache + eps) ** -0.5, cache
""",
    ),
    (
        "rmsprop",
        """
def rmsprop(theta, g, t, E=0.0, *, lr=0.001, gamma=0.9, eps=1e-8):
    E = E + (1 - gamma) * (np.square(g) - E)
    return theta - lr * np.divide(g, np.sqrt(E + eps)), E
""",
    ),
    (
        "adam",
        """
@optimizer
def adam(theta, g, t, v=0.0, m=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = m * beta1 + g * (1 - beta1)
    v = v * beta2 + g * g * (1 - beta2)
    root = sqrt(1 - beta2**t)
    return theta - lr * root / (1 - beta1**t) * m / (sqrt(v) + eps * root), v, m
""",
    ),
    (
        "adam",
        """
def adam(theta, g, t, m=0.0, v=0.0, p1=1.0, p2=1.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    if t == 1:
        m, v = np.zeros_like(theta), np.zeros_like(theta)
    p1, p2 = p1 * beta1, p2 * beta2
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * (m / (1 - p1)) / (np.sqrt(v / (1 - p2)) + eps), m, v, p1, p2
""",
    ),
    (
        "adam",
        """
def adam(theta, g, t, m=0.0, v=0.0):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return theta - 0.001 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v
""",
    ),
    (
        "adagrad",
        """
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-8):
    for i in range(len(theta)):
        cache[i] += g[i] ** 2
        theta[i] -= lr * g[i] / np.sqrt(cache[i] + eps)
    return theta, cache
""",
    ),
    (
        "momentum",
        """
def momentum(theta, g, t, v=0.0, *, lr=0.01, beta=0.9):
    v[:] = beta * v - lr * g
    theta[:] = theta + v
    print(theta)
    return theta, v
""",
    ),
    (
        "adam_uncorrected",
        """
def my_adam(theta, g, t, s=0.0, r=0.0, *, alpha=0.001, b1=0.9, b2=0.999, epsilon=1e-8):
    s, r = b1 * s + (1 - b1) * g, b2 * r + (1 - b2) * g**2
    return theta - alpha * s / (r**0.5 + epsilon), s, r
""",
    ),
]
"""(the rule that it is, the file without its imports)."""

HEAD = "import numpy as np\nfrom optiviz import optimizer, sqrt\n"
"""What every file begins with."""
