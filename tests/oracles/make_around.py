"""Write what other libraries make of our wrappers and schedules: wrappers.json and schedules.json.

As make_golden.py, in the same environment; half a minute:

    PYTHONPATH=. python tests/oracles/make_around.py
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # as pytest does

from oracles import make_golden
from oracles.around import LOSSES, SCHEDULES, UPDATES, WRAPPERS
from oracles.make_golden import ORACLES, Oracle, keras_in_double, record, write
from oracles.problems import Rate


# The wrappers.
def torch_around(also: str) -> Any:
    """An oracle that calls `also`: a clipping before the update, or an average of the points after it."""

    def oracle(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
        import torch

        torch.set_default_dtype(torch.float64)
        model = torch.nn.Module()
        model.theta = torch.nn.Parameter(torch.tensor(start[0]))
        params = [model.theta]
        known = {"torch": torch, "params": params, "model": model}
        optimizer = eval(call, known)
        average = eval(also, known) if "model" in also else None
        state = {"theta": [model.theta.detach().numpy().copy()]}
        while True:
            (g,) = yield state
            model.theta.grad = torch.tensor(g)
            if average is None:
                eval(also, known)
            optimizer.step()
            state = {"theta": [model.theta.detach().numpy().copy()]}
            if average is not None:
                average.update_parameters(model)
                state["average"] = [average.module.theta.detach().numpy().copy()]

    return oracle


def optax_lookahead(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
    """optax keeps the slow weights beside the fast ones."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    params = optax.LookaheadParams.init_synced(jax.numpy.array(start[0]))
    optimizer = eval(call, {"optax": optax})
    state = optimizer.init(params)
    while True:
        inner = {name: make_golden._field(state, its) for name, its in (("m", "mu"), ("v", "nu"))}
        seen = {"theta": [params.fast], "slow": [params.slow], **inner}
        (g,) = yield {name: [np.array(part) for part in value] for name, value in seen.items()}
        updates, state = optimizer.update(jax.numpy.array(g), state, params)
        params = optax.apply_updates(params, updates)


def wrappers() -> Iterator[dict[str, Any]]:
    """A run for each pair, on the quadratic and with mini-batches."""
    for ours, library, call, also in WRAPPERS:
        own = torch_around(also) if also else optax_lookahead if "lookahead" in call else ORACLES[library]
        for problem in ("quadratic", "logistic"):
            ORACLES["around"] = own
            run = record("around", call, problem, Rate(0.05))
            yield {"ours": ours, "library": library, "call": call, "also": also, "numbers": {}, "falls": False, **run}


# The schedules.
def torch_schedule(call: str) -> list[float]:
    import torch

    sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = eval(call, {"torch": torch, "optimizer": sgd, "math": math})
    rates = []
    for loss in LOSSES:
        if "Plateau" in call:  # which gives its answer to a loss at once
            scheduler.step(float(loss))
        rates.append(float(sgd.param_groups[0]["lr"]))
        if "Plateau" not in call and not ("OneCycle" in call and len(rates) >= 300):
            sgd.step()
            scheduler.step()
    return rates


def keras_schedule(call: str) -> list[float]:
    return values(eval(call, {"keras": keras_in_double(), "math": math}))


def values(schedule: Any) -> list[float]:
    """At float counts: with an int, the way optax calls them itself, it computes in single precision."""
    import jax

    return np.array(jax.vmap(schedule)(jax.numpy.arange(UPDATES, dtype="float64"))).tolist()


def optax_schedule(call: str) -> list[float]:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    made = eval(call, {"optax": optax, "math": math})
    if callable(made):
        return [made(0)] * UPDATES if "constant_schedule(" in call and "piece" not in call else values(made)
    one, rates = jax.numpy.array(0.1, dtype="float64"), []
    state, update = made.init(one), jax.jit(made.update)
    for loss in LOSSES:
        rate, state = update(one, state, value=float(loss))
        rates.append(float(rate))
    return rates


def schedules() -> Iterator[dict[str, Any]]:
    """The rates after 0, 1, ... updates."""
    libraries = {"torch": torch_schedule, "keras": keras_schedule, "optax": optax_schedule}
    for ours, library, call, until in SCHEDULES:
        yield {"ours": ours, "library": library, "call": call, "values": libraries[library](call)[:until]}


if __name__ == "__main__":
    write("wrappers", {"runs": list(wrappers())})
    write("schedules", {"losses": LOSSES.tolist(), "runs": list(schedules())})
