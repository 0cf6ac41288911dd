"""optiviz: where loss functions come from and what optimizers do, in plain NumPy.

>>> from optiviz import adam, minimize, rosenbrock
>>> run = minimize(rosenbrock, adam(lr=0.2), steps=200)
>>> run.theta.shape
(201, 2)

Every public name can be imported from here. Names are loaded when they are first used, so that a command
which needs none of NumPy, Matplotlib and SymPy starts at once.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = {
    "averages": "Average average bias ewma ewma_uncorrected window",
    "derive": "Derivation Refused Step",
    "descent": "Look Trajectory descend minimize sam",
    "experiments": "basin race sensitivity tune",
    "expression": "ExpressionError",
    "formula": "Formula FormulaError",
    "loss_surfaces": "loss_surface",
    "optimizers": "Optimizer State Wrapper adabelief adadelta adafactor adagrad adam adam_uncorrected adamax adamw "
    "amsgrad asgd clip_norm clip_value gd l2 lamb lion lookahead momentum muon nadam nesterov optimizer polyak radam "
    "rmsprop rmsprop_centered rprop schedule_free schedule_free_adamw sgd sign_sgd signum weight_decay wrapper yogi",
    "plot": "animate",
    "schedules": "Reaction Schedule constant cosine cosine_restarts cyclic exponential inverse linear multistep noam "
    "one_cycle polynomial reaction reduce_on_plateau schedule sgdr step warmup",
    "surfaces": "DataSurface Grid Surface ackley beale booth bowl cliff double_well drop_wave easom eggholder "
    "flat_bottom forrester from_text goldstein_price griewank himmelblau kink levy matyas mccormick monkey_saddle "
    "parabola plateau rastrigin ravine rosenbrock saddle schaffer six_hump_camel styblinski_tang surface "
    "three_hump_camel washboard",
    "trace.functions": "abs column_mean columns cos exp expm1 floor frobenius log log1p maximum minimum newton_schulz "
    "norm rms row_mean rows sign sin sqrt tanh where",
}
_ROOM = {name: room for room, names in _ROOMS.items() for name in names.split()}
_WHOLE = ("data", "losses", "models", "nn", "search", "trials")
"""Rooms whose names go with the room's own: `optiviz.losses.mse`, `optiviz.nn.Conv2D`."""

__all__ = sorted([*_ROOM, *_WHOLE])


def __getattr__(name: str) -> Any:
    if name in _WHOLE:
        return importlib.import_module(f"optiviz.{name}")
    if name not in _ROOM:
        raise AttributeError(f"module 'optiviz' has no attribute '{name}'")
    value = globals()[name] = getattr(importlib.import_module(f"optiviz.{_ROOM[name]}"), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
