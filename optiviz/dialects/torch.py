"""torch.optim's spellings.

Left out: LBFGS, which needs many looks at the loss for one step, and SparseAdam, which is Adam on the rows
that have a gradient.
"""

from __future__ import annotations

from optiviz import optimizers
from optiviz.dialects.dialect import Dialect
from optiviz.trace.functions import (
    column_mean,
    columns,
    frobenius,
    maximum,
    minimum,
    newton_schulz,
    rms,
    row_mean,
    rows,
    sqrt,
    where,
)

library = Dialect("torch", "torch 2.13.0")

gd = library.same(optimizers.gd, "torch.optim.SGD(params, lr={lr})", lr=0.001)
sgd = library.same(optimizers.sgd, "torch.optim.SGD(params, lr={lr})", lr=0.001)


@library.own("torch.optim.SGD(params, lr={lr}, momentum={beta})")
def momentum(theta, g, t, v=0.0, *, lr=0.001, beta=0.9):
    """The learning rate stands outside the velocity, so a falling rate slows a ball that is already rolling."""
    v = beta * v + g
    return theta - lr * v, v


@library.own("torch.optim.SGD(params, lr={lr}, momentum={beta}, nesterov=True)")
def nesterov(theta, g, t, v=0.0, *, lr=0.001, beta=0.9):
    """The learning rate stands outside the velocity, so a falling rate slows a ball that is already rolling."""
    v = beta * v + g
    return theta - lr * (g + beta * v), v


@library.own("torch.optim.Adagrad(params, lr={lr}, initial_accumulator_value={cache}, eps={eps})")
def adagrad(theta, g, t, cache=0.0, *, lr=0.01, eps=1e-10):
    """eps is added to the root, not under it."""
    cache = cache + g**2
    return theta - lr * g / (sqrt(cache) + eps), cache


@library.own("torch.optim.RMSprop(params, lr={lr}, alpha={rho}, eps={eps})")
def rmsprop(theta, g, t, cache=0.0, *, lr=0.01, rho=0.99, eps=1e-8):
    """eps is added to the root, not under it, and the average is ten times as long."""
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / (sqrt(cache) + eps), cache


@library.own("torch.optim.RMSprop(params, lr={lr}, alpha={rho}, eps={eps}, centered=True)")
def rmsprop_centered(theta, g, t, mean=0.0, cache=0.0, *, lr=0.01, rho=0.99, eps=1e-8):
    """eps is added to the root, not under it, and the averages are ten times as long."""
    mean = rho * mean + (1 - rho) * g
    cache = rho * cache + (1 - rho) * g**2
    return theta - lr * g / (sqrt(cache - mean**2) + eps), mean, cache


adadelta = library.same(optimizers.adadelta, "torch.optim.Adadelta(params, lr={lr}, rho={rho}, eps={eps})", rho=0.9)
adam = library.same(optimizers.adam, "torch.optim.Adam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})")
adamax = library.same(optimizers.adamax, "torch.optim.Adamax(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})")
adamw = library.same(
    optimizers.adamw,
    "torch.optim.AdamW(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, weight_decay={decay})",
)
nadam = library.same(
    optimizers.nadam,
    "torch.optim.NAdam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, momentum_decay={psi})",
)


@library.own("torch.optim.RAdam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})")
def radam(theta, g, t, m=0.0, v=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps is added to the root of v before its bias is corrected, so it counts for more at first."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    longest = maximum(2 / (1 - beta2) - 1, 5.0)
    rho = 2 / (1 - beta2) - 1 - 2 * t * beta2**t / (1 - beta2**t)
    known = maximum(rho, 5.0)
    r = sqrt((known - 4) * (known - 2) * longest / ((longest - 4) * (longest - 2) * known))
    return theta - lr * where(rho > 5.0, r * mhat * sqrt(1 - beta2**t) / (sqrt(v) + eps), mhat), m, v


@library.own("torch.optim.Adam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps}, amsgrad=True)")
def amsgrad(theta, g, t, m=0.0, v=0.0, largest=0.0, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Both averages are corrected for their bias, v after the largest was taken."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    largest = maximum(largest, v)
    mhat = m / (1 - beta1**t)
    vhat = largest / (1 - beta2**t)
    return theta - lr * mhat / (sqrt(vhat) + eps), m, v, largest


rprop = library.same(
    optimizers.rprop,
    "torch.optim.Rprop(params, lr={lr}, etas=({shrink}, {grow}), step_sizes=({smallest}, {largest}))",
)


@library.own("torch.optim.ASGD(params, lr={lr}, lambd={decay}, alpha={alpha}, t0={after})")
def asgd(theta, g, t, average=0.0, rate="lr", weight=1.0, *, lr=0.01, decay=1e-4, alpha=0.75, after=1e6):
    """A change of the learning rate counts from the update after it on."""
    theta = theta - rate * (g + decay * theta)
    average = average + (theta - average) * weight
    rate = lr / (1 + decay * lr * t) ** alpha
    weight = 1 / maximum(1, t - after)
    return theta, average, rate, weight


@library.own(
    "torch.optim.Adafactor(params, lr={lr}, beta2_decay=-{power}, eps=({eps}, {scale}), d={clip})", per="matrix"
)
def adafactor(theta, g, t, row=0.0, column=0.0, *, lr=0.01, power=0.8, eps=2.0**-52, scale=1e-3, clip=1.0):
    """Nothing is added to g squared; eps keeps the estimate away from zero instead."""
    kept = t**-power
    row = row + kept * (row_mean(g**2) - row)
    column = column + kept * (column_mean(g**2) - column)
    v = where(columns(theta) > 1, row * column / maximum(column_mean(row), eps), row)
    u = g / sqrt(maximum(v, eps**2))
    u = u / maximum(1.0, rms(u) / clip)
    return theta - maximum(scale, rms(theta)) * minimum(lr, 1 / sqrt(t)) * u, row, column


@library.own(
    "torch.optim.Muon(params, lr={lr}, weight_decay={decay}, momentum={beta}, eps={eps})",
    per="matrix",
)
def muon(theta, g, t, m=0.0, *, lr=0.001, beta=0.95, eps=1e-7, decay=0.1):
    """A weight matrix has its outputs along the rows, and it is made orthogonal in half precision."""
    m = beta * m + (1 - beta) * g
    u = beta * m + (1 - beta) * g
    o = newton_schulz(u / maximum(frobenius(u), eps))
    return theta - lr * (sqrt(maximum(1.0, rows(theta) / columns(theta))) * o + decay * theta), m
