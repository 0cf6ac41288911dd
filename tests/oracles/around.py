"""What stands around a rule, and what other libraries call it: wrappers and schedules, ours beside theirs.

Both sides are text, which make_around.py and test_parity.py evaluate: theirs where the libraries are, ours
where optiviz is.
"""

from __future__ import annotations

import re

import numpy as np

WRAPPERS: list[tuple[str, str, str, str]] = [
    ("clip_value(gd(lr=0.05), limit=0.5)", "torch", "torch.optim.SGD(params, lr=0.05)",
     "torch.nn.utils.clip_grad_value_(params, 0.5)"),
    ("clip_value(gd(lr=0.05), limit=0.5)", "keras", "keras.optimizers.SGD(learning_rate=0.05, clipvalue=0.5)", ""),
    ("clip_value(adam(lr=0.05), limit=0.5)", "optax", "optax.chain(optax.clip(0.5), optax.adam(0.05))", ""),
    ("clip_norm(gd(lr=0.05), limit=0.5)", "torch", "torch.optim.SGD(params, lr=0.05)",
     "torch.nn.utils.clip_grad_norm_(params, 0.5)"),
    ("clip_norm(gd(lr=0.05), limit=0.5)", "keras", "keras.optimizers.SGD(learning_rate=0.05, global_clipnorm=0.5)", ""),
    ("clip_norm(adam(lr=0.05), limit=0.5)", "optax", "optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.05))",
     ""),
    ("l2(gd(lr=0.05), decay=0.1)", "torch", "torch.optim.SGD(params, lr=0.05, weight_decay=0.1)", ""),
    ("l2(adam(lr=0.005), decay=0.1)", "torch", "torch.optim.Adam(params, lr=0.005, weight_decay=0.1)", ""),
    ("l2(gd(lr=0.05), decay=0.1)", "optax", "optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.05))", ""),
    ("weight_decay(adam(lr=0.05), decay=0.1)", "torch", "torch.optim.AdamW(params, lr=0.05, weight_decay=0.1)", ""),
    ("weight_decay(gd(lr=0.05), decay=0.1)", "keras", "keras.optimizers.SGD(learning_rate=0.05, weight_decay=0.1)", ""),
    ("weight_decay(adam(lr=0.05), decay=0.1)", "optax",
     "optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(0.1), optax.scale_by_learning_rate(0.05))", ""),
    ("lookahead(adam(lr=0.05), pull=0.3, every=4)", "optax", "optax.lookahead(optax.adam(0.05), 4, 0.3)", ""),
    ("polyak(gd(lr=0.05))", "torch", "torch.optim.SGD(params, lr=0.05)", "torch.optim.swa_utils.AveragedModel(model)"),
]  # fmt: skip
"""Ours, the library, its call, and what else it calls with the gradients or after an update."""

KNOWN = {
    ("clip_norm", "torch"): "It adds 1e-6 to the norm before it divides, so a clipped gradient is shorter by a share "
    "of 1e-6 / norm.",
}
"""Differences that are the library's way, by wrapper and library."""

UPDATES = 401
LOSSES = np.round(np.exp(-np.arange(UPDATES) / 80) + np.random.default_rng(1974).normal(size=UPDATES) / 50 + 1, 4)
"""A drawn loss that falls, jitters and stays."""

_WARM = "linear(lr=0.002, end=0.1, steps=49) >> cosine(steps=250)"
_PLATEAU = "reduce_on_plateau(factor=0.5, patience=5, progress=0.001)"
_SCHEDULES: list[tuple[str, str, str, int]] = [
    ("constant(lr=0.1)", "torch", "ConstantLR(optimizer, factor=1.0)", 401),
    ("constant(lr=0.1)", "optax", "optax.constant_schedule(0.1)", 401),
    ("step(lr=0.1, factor=0.5, every=60)", "torch", "StepLR(optimizer, step_size=60, gamma=0.5)", 401),
    ("step(lr=0.1, factor=0.5, every=60)", "keras", "ExponentialDecay(0.1, 60, 0.5, staircase=True)", 401),
    ("step(lr=0.1, factor=0.5, every=60)", "optax", "optax.exponential_decay(0.1, 60, 0.5, staircase=True)", 401),
    ("exponential(lr=0.1, k=0.01)", "torch", "ExponentialLR(optimizer, gamma=math.exp(-0.01))", 401),
    ("exponential(lr=0.1, k=0.01)", "keras", "ExponentialDecay(0.1, 100, math.exp(-1))", 401),
    ("exponential(lr=0.1, k=0.01)", "optax", "optax.exponential_decay(0.1, 100, math.exp(-1))", 401),
    ("inverse(lr=0.1, k=0.01)", "keras", "InverseTimeDecay(0.1, 100, 1.0)", 401),
    ("multistep(lr=0.1)", "torch", "MultiStepLR(optimizer, [150, 225, 275], gamma=0.1)", 401),
    ("multistep(lr=0.1)", "keras", "PiecewiseConstantDecay([149, 224, 274], [0.1, 0.01, 0.001, 0.0001])", 401),
    ("multistep(lr=0.1)", "optax", "optax.piecewise_constant_schedule(0.1, {150: 0.1, 225: 0.1, 275: 0.1})", 401),
    ("linear(lr=0.1, end=0.01)", "torch", "LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=300)",
     401),
    ("linear(lr=0.1, end=0.01)", "keras", "PolynomialDecay(0.1, 300, 0.01)", 401),
    ("linear(lr=0.1, end=0.01)", "optax", "optax.linear_schedule(0.1, 0.01, 300)", 401),
    ("polynomial(lr=0.1, power=2.0)", "torch", "PolynomialLR(optimizer, total_iters=300, power=2.0)", 401),
    ("polynomial(lr=0.1, end=0.01, power=3.0)", "keras", "PolynomialDecay(0.1, 300, 0.01, power=3.0)", 401),
    ("polynomial(lr=0.1, end=0.01, power=3.0)", "optax", "optax.polynomial_schedule(0.1, 0.01, 3.0, 300)", 401),
    ("cosine(lr=0.1, end=0.01)", "torch", "CosineAnnealingLR(optimizer, T_max=300, eta_min=0.01)", 301),
    ("cosine(lr=0.1, end=0.01)", "keras", "CosineDecay(0.1, 300, alpha=0.1)", 401),
    ("cosine(lr=0.1, end=0.01)", "optax", "optax.cosine_decay_schedule(0.1, 300, alpha=0.1)", 401),
    ("cosine_restarts(lr=0.1, end=0.01, every=64)", "torch",
     "CosineAnnealingWarmRestarts(optimizer, T_0=64, eta_min=0.01)", 401),
    ("cosine_restarts(lr=0.1, end=0.01, every=64)", "keras", "CosineDecayRestarts(0.1, 64, t_mul=1.0, alpha=0.1)", 401),
    ("sgdr(lr=0.1, every=40)", "torch", "CosineAnnealingWarmRestarts(optimizer, T_0=40, T_mult=2)", 401),
    ("sgdr(lr=0.1, every=40)", "keras", "CosineDecayRestarts(0.1, 40)", 280),
    ("sgdr(lr=0.1, every=40)", "optax",
     "optax.sgdr_schedule([dict(init_value=0.1, peak_value=0.1, warmup_steps=0, decay_steps=40 * 2**i) "
     "for i in range(4)])", 401),
    ("warmup(lr=0.1, steps=50)", "torch", "LinearLR(optimizer, start_factor=0.02, end_factor=1.0, total_iters=49)",
     401),
    ("warmup(lr=0.1, steps=50)", "optax", "optax.linear_schedule(0.002, 0.1, 49)", 401),
    ("one_cycle(lr=0.1)", "torch", "OneCycleLR(optimizer, max_lr=0.1, total_steps=300, pct_start=0.3, div_factor=25.0, "
     "final_div_factor=10000.0, cycle_momentum=False)", 300),
    ("one_cycle(lr=0.1)", "optax", "optax.cosine_onecycle_schedule(299, 0.1, 89.5 / 299, 25.0, 10000.0)", 401),
    ("cyclic(lr=0.1, lowest=0.01)", "torch", "CyclicLR(optimizer, base_lr=0.01, max_lr=0.1, step_size_up=50, "
     "cycle_momentum=False)", 401),
    (_WARM, "torch", "SequentialLR(optimizer, [LinearLR(optimizer, start_factor=0.02, end_factor=1.0, total_iters=49), "
     "CosineAnnealingLR(optimizer, T_max=250)], milestones=[49])", 300),
    (_WARM, "keras", "CosineDecay(0.002, 250, warmup_target=0.1, warmup_steps=49)", 401),
    (_WARM, "optax", "optax.join_schedules([optax.linear_schedule(0.002, 0.1, 49), "
     "optax.cosine_decay_schedule(0.1, 250)], [49])", 401),
    (_WARM, "optax", "optax.warmup_cosine_decay_schedule(0.002, 0.1, 49, 299)", 401),
    (_PLATEAU, "torch", "ReduceLROnPlateau(optimizer, factor=0.5, patience=5, threshold=0.001, eps=0.0)", 401),
    (_PLATEAU, "optax", "optax.contrib.reduce_on_plateau(factor=0.5, patience=6, rtol=0.001)", 401),
]  # fmt: skip
_ROOM = {"torch": "torch.optim.lr_scheduler.", "keras": "keras.optimizers.schedules.", "optax": ""}
SCHEDULES = [(a, lib, re.sub(r"\b(?=[A-Z]\w+\()", _ROOM[lib], call), n) for a, lib, call, n in _SCHEDULES]
"""Ours, the library, its call, and how many updates both are defined for alike."""

MISSING = {
    "constant": {"keras": "a number is one"},
    "inverse": {"torch": "no such schedule", "optax": "no such schedule"},
    "cosine_restarts": {"optax": "sgdr_schedule with cycles of one length"},
    "warmup": {"keras": "only before CosineDecay"},
    "one_cycle": {"keras": "no such schedule"},
    "cyclic": {"keras": "no such schedule", "optax": "no such schedule"},
    "noam": dict.fromkeys(("torch", "keras", "optax"), "no such schedule"),
    "reduce_on_plateau": {"keras": "a callback that sees a model's epochs"},
}
"""Why a library has no entry in the table of schedules."""

CONVENTIONS = {
    "cosine": "torch's rises again after T_max; ours stays where it ended.",
    "multistep": "Keras' boundaries are the last updates before a change, ours and the others' the first after it.",
    "warmup": "Ours has lr / steps in the first update and lr in the last of its steps; CosineDecay of Keras and "
    "warmup_cosine_decay_schedule of optax begin at a rate of their own, mostly 0, and come to lr one update "
    "later, which is linear >> cosine here.",
    "one_cycle": "optax counts the ways between updates, torch and we the updates, one more.",
    "sgdr": "Keras finds the cycle by a logarithm, and a rounding error may hold a restart back by an update: here the "
    "third.",
    "reduce_on_plateau": "optax acts in the update that patience names, torch and we in the one after.",
}
"""What to know when moving a schedule from one library to another."""
