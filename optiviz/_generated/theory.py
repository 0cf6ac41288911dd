"""What theory says of runs, in numbers: bounds, rates, first steps and floors.

Generated from the checked derivations by optiviz.derive.theory (`make derive`). Never edit this file: change the
derivation in optiviz/derive/stories, and make it anew. The arguments are the letters of the derivation, in the order
of its formula, numbers or arrays of them; lr is the learning rate η.
"""

from typing import Any

import numpy as np

from optiviz._generated.losses import sigmoid


def stable_rate(lam: Any) -> Any:
    """margin(η) > 0 exactly where η < 2/λ, from the derivation `gd_quadratic`."""
    return 2 / lam


def best_rate(lam_min: Any, lam_max: Any) -> Any:
    """η_best = 2/(λ_min + λ_max), from the derivation `gd_quadratic`."""
    return 2 / (lam_min + lam_max)


def best_factor(kappa: Any) -> Any:
    """mean(η) = (κ − 1)/(κ + 1), from the derivation `gd_quadratic`."""
    return (kappa - 1) / (kappa + 1)


def stable_rate_with_momentum(beta: Any, lam: Any) -> Any:
    """p(−1) > 0 exactly where η < 2 (1 + β)/λ, from the derivation `heavy_ball`."""
    return 2 * (1 + beta) / lam


def best_momentum(kappa: Any) -> Any:
    """|r(β_best)|² = ((√κ − 1)/(√κ + 1))², from the derivation `heavy_ball`."""
    root = np.sqrt(kappa)
    return ((root - 1) / (root + 1)) ** 2


def critical_rate(beta: Any, lam: Any) -> Any:
    """η_critical = (1 − √β)²/λ, from the derivation `critical_damping`."""
    root = np.sqrt(beta)
    return (1 - root) ** 2 / lam


def critical_descent(beta: Any, t: Any, theta0: Any) -> Any:
    """θ(t) = (1 + (1 − √β) t) √βᵗ θ₀, from the derivation `critical_damping`."""
    root = np.sqrt(beta)
    return (1 + (1 - root) * t) * root**t * theta0


def escape_time(r: Any, theta0: Any, lr: Any, lam: Any) -> Any:
    """t = log(r/θ₀)/log(1 + η λ), from the derivation `saddle_escape`."""
    return np.log(r / theta0) / np.log(1 + lr * lam)


def mean_loss_after(lr: Any, lam: Any, v: Any, sigma: Any) -> Any:
    """next(v) = (1 − η λ)² v + η² λ σ²/2, from the derivation `noise_floor`."""
    return (1 - lr * lam) ** 2 * v + lr**2 * lam * sigma**2 / 2


def noise_floor(lr: Any, sigma: Any, lam: Any) -> Any:
    """v = η σ²/(2 (2 − η λ)), from the derivation `noise_floor`."""
    return lr * sigma**2 / (2 * (2 - lr * lam))


def adagrad_step(lr: Any, g: Any, t: Any) -> Any:
    """step(t) = −η sign(g)/√t, from the derivation `adagrad_stall`."""
    return -(lr * np.sign(g) / np.sqrt(t))


def average_of_a_constant(beta: Any, t: Any, c: Any) -> Any:
    """uₜ = (1 − βᵗ) c, from the derivation `ewma`."""
    return (1 - beta**t) * c


def adam_first_step(lr: Any, g: Any, eps: Any) -> Any:
    """step = −η g/(|g| + ε), from the derivation `adam_first_step`."""
    return -(lr * g / (np.abs(g) + eps))


def adam_uncorrected_first(theta: Any, lr: Any, beta1: Any, beta2: Any, g: Any) -> Any:
    """θ_uncorrected(0) = θ − η ((1 − β₁)/√(1 − β₂)) sign(g), from the derivation `adam_first_step`."""
    return theta - lr * ((1 - beta1) / np.sqrt(1 - beta2)) * np.sign(g)


def sigmoid_mse_slope(z: Any, y: Any) -> Any:
    """∂J₁(z, y)/∂z = 2 (σ(z) − y) σ(z) (1 − σ(z)), from the derivation `sigmoid_convexity`."""
    probability = sigmoid(z)
    return 2 * (probability - y) * probability * (1 - probability)


def sigmoid_mse_bend() -> Any:
    """∂²J₁(z, 1)/∂z² < 0 exactly where σ(z) < 1/3, from the derivation `sigmoid_convexity`."""
    return 1 / 3


def bce_slope(z: Any, y: Any) -> Any:
    """∂J₂(z, y)/∂z = σ(z) − y, from the derivation `sigmoid_convexity`."""
    probability = sigmoid(z)
    return probability - y
