"""The spellings of optax. Its rules have no learning rate by default; those here have that of our rule.

Left out: what neither a course nor another of the three libraries has.
"""

from __future__ import annotations

from optiviz import optimizers
from optiviz.dialects import torch
from optiviz.dialects.dialect import Dialect
from optiviz.trace.functions import (
    abs,
    column_mean,
    columns,
    frobenius,
    maximum,
    minimum,
    newton_schulz,
    rms,
    row_mean,
    rows,
    sign,
    sqrt,
    where,
)

library = Dialect("optax", "optax 0.2.8")

gd = library.same(optimizers.gd, "optax.sgd({lr})")
sgd = library.same(optimizers.sgd, "optax.sgd({lr})")
momentum = library.same(torch.momentum, "optax.sgd({lr}, momentum={beta})", lr=0.01)
nesterov = library.same(torch.nesterov, "optax.sgd({lr}, momentum={beta}, nesterov=True)", lr=0.01)
adagrad = library.same(
    optimizers.adagrad, "optax.adagrad({lr}, initial_accumulator_value={cache}, eps={eps})", cache=0.1, eps=1e-7
)
rmsprop = library.same(optimizers.rmsprop, "optax.rmsprop({lr}, decay={rho}, eps={eps})")
rmsprop_centered = library.same(
    optimizers.rmsprop_centered, "optax.rmsprop({lr}, decay={rho}, eps={eps}, centered=True)"
)
library.also(torch.rmsprop, "optax.rmsprop({lr}, decay={rho}, eps={eps}, eps_in_sqrt=False)")
library.also(torch.rmsprop_centered, "optax.rmsprop({lr}, decay={rho}, eps={eps}, eps_in_sqrt=False, centered=True)")
adadelta = library.same(optimizers.adadelta, "optax.adadelta({lr}, rho={rho}, eps={eps})", rho=0.9)
adam = library.same(optimizers.adam, "optax.adam({lr}, b1={beta1}, b2={beta2}, eps={eps})")
adamax = library.same(optimizers.adamax, "optax.adamax({lr}, b1={beta1}, b2={beta2}, eps={eps})")
adamw = library.same(
    optimizers.adamw, "optax.adamw({lr}, b1={beta1}, b2={beta2}, eps={eps}, weight_decay={decay})", decay=1e-4
)


@library.own("optax.nadam({lr}, b1={beta1}, b2={beta2}, eps={eps})")
def nadam(theta, g, t, m=0.0, v=0.0, *, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8):
    """The momentum does not warm up: it is beta1 from the first update on."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(vhat) + eps), m, v


radam = library.same(optimizers.radam, "optax.radam({lr}, b1={beta1}, b2={beta2}, eps={eps}, threshold={threshold})")


@library.own("optax.amsgrad({lr}, b1={beta1}, b2={beta2}, eps={eps})")
def amsgrad(theta, g, t, m=0.0, v=0.0, largest=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Both averages are corrected for their bias, v before the largest is taken."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    largest = maximum(largest, vhat)
    return theta - lr * mhat / (sqrt(largest) + eps), m, v, largest


library.also(
    optimizers.amsgrad,
    "optax.amsgrad({lr}, b1={beta1}, b2={beta2}, eps={eps}, bias_correction_mu=False, bias_correction_nu=False)",
)
adabelief = library.same(
    optimizers.adabelief, "optax.adabelief({lr}, b1={beta1}, b2={beta2}, eps={eps}, eps_root={eps})", eps=1e-16
)


@library.own("optax.yogi({lr}, b1={beta1}, b2={beta2}, eps={eps})")
def yogi(theta, g, t, m=1e-6, v=1e-6, *, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-3):
    """Both averages are corrected for their bias, and m, too, begins at a millionth."""
    m = beta1 * m + (1 - beta1) * g
    v = v - (1 - beta2) * sign(v - g**2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(vhat) + eps), m, v


sign_sgd = library.same(optimizers.sign_sgd, "optax.sign_sgd({lr})")
signum = library.same(optimizers.signum, "optax.signum({lr}, beta={beta})")
lion = library.same(optimizers.lion, "optax.lion({lr}, b1={beta1}, b2={beta2}, weight_decay={decay})", decay=1e-3)


@library.own(
    "optax.rprop({lr}, eta_minus={shrink}, eta_plus={grow}, min_step_size={smallest}, max_step_size={largest})"
)
def rprop(theta, g, t, step="lr", ahead=0.0, *, lr=0.01, shrink=0.5, grow=1.2, smallest=1e-6, largest=50.0):
    """It goes the step that it found one update ago, so the first update goes nowhere.

    A mistake, and known as one: https://github.com/google-deepmind/optax/pull/1725.
    """
    agree = g * ahead
    longer = minimum(maximum(where(agree > 0, grow * step, shrink * step), smallest), largest)
    step = where(abs(agree) > 0, longer, step)
    gone = where(agree < 0, 0.0, ahead)
    ahead = where(agree < 0, 0.0, step * sign(g))
    return theta - gone, step, ahead


schedule_free = library.same(optimizers.schedule_free, "optax.contrib.schedule_free_sgd({lr}, b1={beta})", lr=1.0)
schedule_free_adamw = library.same(
    optimizers.schedule_free_adamw,
    "optax.contrib.schedule_free_adamw({lr}, b1={beta1}, b2={beta2}, eps={eps}, weight_decay={decay})",
)
lamb = library.same(optimizers.lamb, "optax.lamb({lr}, b1={beta1}, b2={beta2}, eps={eps}, weight_decay={decay})")


@library.own(
    "optax.adafactor({lr}, min_dim_size_to_factor=0, decay_rate={power}, eps={eps}, clipping_threshold={clip})",
    per="matrix",
)
def adafactor(theta, g, t, row=0.0, column=0.0, *, lr=0.01, power=0.8, eps=1e-30, clip=1.0):
    """The learning rate is not held below 1/sqrt(t); only matrices of 128 rows and columns or more are factored."""
    beta2 = 1 - t**-power
    row = beta2 * row + (1 - beta2) * row_mean(g**2 + eps)
    column = beta2 * column + (1 - beta2) * column_mean(g**2 + eps)
    v = row / column_mean(row)
    u = g / (sqrt(v) * sqrt(column))
    u = u / maximum(1.0, rms(u) / clip)
    return theta - lr * maximum(1e-3, rms(theta)) * u, row, column


@library.own("optax.contrib.muon({lr}, beta={beta}, eps={eps}, weight_decay={decay})", per="matrix")
def muon(theta, g, t, m=0.0, *, lr=0.02, beta=0.95, eps=1e-8, decay=0.0):
    """The momentum is corrected for its bias."""
    m = beta * m + (1 - beta) * g
    u = beta * m / (1 - beta ** (t + 1)) + (1 - beta) * g / (1 - beta**t)
    o = newton_schulz(u / (frobenius(u) + eps))
    return theta - lr * (sqrt(maximum(1.0, columns(theta) / rows(theta))) * o + decay * theta), m
