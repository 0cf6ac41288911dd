"""Write what torch, Keras, optax and pandas make of our rules: the files in tests/golden.

tests/test_parity.py compares our own runs with these files, so that the tests need none of the libraries.
From optiviz the script takes nothing but the calls that its dialects print, and runs each as it is printed (at a
falling rate, optax is given the schedule where the call has a number, and the others beside the call);
no formula, so that it cannot inherit a mistake. To run it anew, in an environment without optiviz, from the
root of the repository (a quarter of an hour on a CPU; with names of libraries only those):

    pip install torch==2.13.0 keras==3.15.1 jax==0.10.2 optax==0.2.8 pandas==3.1.1 numpy==2.4.6
    PYTHONPATH=. python tests/oracles/make_golden.py [torch] [keras] [optax] [closed] [averages]

schedules.json and wrappers.json are written by make_around.py.

An oracle is a generator: it yields its state (the slots under our names, a tensor each), is sent the
gradients, makes one update and yields again.
"""

from __future__ import annotations

import importlib
import itertools
import json
import math
import os
import string
import sys
from collections.abc import Callable, Generator, Iterator
from decimal import Decimal
from importlib.metadata import version
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # as pytest does

from oracles.problems import FALLING, LOOKS, PROBLEMS, Rate, problems, settings

GOLDEN = Path(__file__).parent.parent / "golden"
NEEDS = {"torch": ("torch",), "keras": ("keras", "jax"), "optax": ("optax", "jax"), "closed": ()}

State = dict[str, Any]
Oracle = Generator[State, list[np.ndarray], None]
"""Yields theta as a list of tensors and each slot as another or as one number."""


# The libraries.
TORCH = {
    "SGD": {"v": "momentum_buffer"},
    "Adagrad": {"cache": "sum"},
    "RMSprop": {"mean": "grad_avg", "cache": "square_avg"},
    "Adadelta": {"cache": "square_avg", "delta": "acc_delta"},
    "Adam": {"m": "exp_avg", "v": "exp_avg_sq", "largest": "max_exp_avg_sq"},
    "AdamW": {"m": "exp_avg", "v": "exp_avg_sq"},
    "Adamax": {"m": "exp_avg", "u": "exp_inf"},
    "NAdam": {"m": "exp_avg", "v": "exp_avg_sq", "product": "mu_product"},
    "RAdam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "Rprop": {"step": "step_size", "before": "prev"},
    "ASGD": {"average": "ax", "rate": "eta", "weight": "mu"},
    "Adafactor": {"row": "row_var", "column": "col_var", "unfactored": "variance"},
    "Muon": {"m": "momentum_buffer"},
}
"""What torch calls our slots."""


def torch_oracle(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
    import torch

    torch.set_default_dtype(torch.float64)  # which is then also that of the single numbers in its states
    torch.Tensor.bfloat16 = torch.Tensor.clone  # Muon would compute in half precision: compare its formula
    params = [torch.tensor(part) for part in start]
    optimizer = eval(call, {"torch": torch, "params": params})
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate.share)
    slots = TORCH[type(optimizer).__name__]
    while True:
        state = {"theta": [part.numpy().copy() for part in params]}
        for ours, its in slots.items():  # torch makes most of them in the first update
            found = [optimizer.state[part].get(its) for part in params]
            if any(part is not None for part in found):
                state[ours] = [None if part is None else part.numpy().copy() for part in found]
        gradients = yield _ours(state)
        for part, g in zip(params, gradients, strict=True):
            part.grad = torch.tensor(g)
        optimizer.step()
        scheduler.step()


KERAS = {
    "SGD": {"v": "momentums"},
    "Adagrad": {"cache": "_accumulators"},
    "RMSprop": {"mean": "_average_gradients", "cache": "_velocities"},
    "Adadelta": {"cache": "_accumulated_grads", "delta": "_accumulated_delta_vars"},
    "Adam": {"m": "_momentums", "v": "_velocities", "largest": "_velocity_hats"},
    "AdamW": {"m": "_momentums", "v": "_velocities"},
    "Adamax": {"m": "_m", "u": "_u"},
    "Nadam": {"m": "_momentums", "v": "_velocities", "product": "_u_product"},
    "Lion": {"m": "_momentums"},
    "ScheduleFreeAdamW": {"z": "_momentums", "v": "_velocities"},
    "Lamb": {"m": "_momentums", "v": "_velocities"},
    "Adafactor": {"row": "_r", "column": "_c", "unfactored": "_v"},
    "Muon": {"m": "momentums"},
}
"""What Keras calls our slots."""


def keras_in_double() -> Any:
    """Keras, whose means, norms and cosines would be in single precision, whatever its floatx is."""
    os.environ["KERAS_BACKEND"] = "jax"  # which runs the formulas of Keras as they are written; torch replaces them
    import jax
    import keras
    from keras.src.backend.common import dtypes

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    plain = dtypes.result_type
    if plain.__name__ != "doubled":

        def doubled(*kinds: Any) -> str:
            found: str = plain(*kinds)
            return "float64" if found == "float32" else found

        dtypes.result_type = doubled
    return keras


def keras_oracle(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
    """Its update is compiled, as in `Model.fit`."""
    keras = keras_in_double()
    import jax

    schedules, p = keras.optimizers.schedules, rate.params
    falling = {
        "exponential": lambda: schedules.ExponentialDecay(rate.lr, 1 / p["k"], math.exp(-1)),
        "inverse": lambda: schedules.InverseTimeDecay(rate.lr, 1, p["k"]),
        "step": lambda: schedules.ExponentialDecay(rate.lr, p["every"], p["factor"], staircase=True),
    }
    theta = [keras.Variable(part, dtype="float64") for part in start]
    optimizer = eval(call, {"keras": keras})
    if rate.params:
        optimizer.learning_rate = falling[rate.name]()
    optimizer.build(theta)
    slots, update = KERAS[type(optimizer).__name__], jax.jit(optimizer.stateless_apply)
    variables = [*theta, *optimizer.variables]
    while True:
        state: State = {"theta": [np.array(part.value) for part in theta]}
        for ours, its in slots.items():
            found = getattr(optimizer, its, None)
            parts = found if isinstance(found, list) else [] if found is None else [found]
            if parts:
                state[ours] = [np.array(part.value) for part in parts]
        gradients = yield _ours(state, beta=getattr(optimizer, "beta_1", 0))
        values = [variable.value for variable in variables]
        made = update(values[len(theta) :], [jax.numpy.array(g) for g in gradients], values[: len(theta)])
        for variable, value in zip(variables, itertools.chain(*made), strict=True):
            variable.assign(value)


OPTAX = {
    "sgd": {"v": "trace"},
    "adagrad": {"cache": "sum_of_squares"},
    "rmsprop": {"mean": "mu", "cache": "nu"},
    "adadelta": {"cache": "e_g", "delta": "e_x"},
    "adamax": {"m": "mu", "u": "nu"},
    "adabelief": {"m": "mu", "s": "nu"},
    "amsgrad": {"m": "mu", "v": "nu", "largest": "nu_max", "vhat": "nu_max"},
    "signum": {"m": "ema"},
    "rprop": {"step": "step_sizes", "ahead": "prev_updates"},
    "schedule_free_sgd": {"z": "z"},
    "schedule_free_adamw": {"z": "z", "v": "nu"},
    "adafactor": {"row": "v_row", "column": "v_col", "unfactored": "v"},
}
"""What optax calls our slots; all others are as in Adam."""


def optax_oracle(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    jax.numpy.float32 = jax.numpy.float64  # Adafactor would compute beta2 in single precision: compare its formula
    p = rate.params
    falling = {  # our own functions, for those of optax compute in single precision, whatever jax is set to
        "exponential": lambda count: rate.lr * jax.numpy.exp(-p["k"] * count),
        "inverse": lambda count: rate.lr / (p["k"] * count + 1),
        "step": lambda count: rate.lr * p["factor"] ** (count // p["every"]).astype(float),
    }
    name = call.partition("(")[0].rpartition(".")[2]
    if rate.params:  # optax takes a schedule where the call has a number
        call = call.replace(f"({rate.lr}", "(rate", 1)
    optimizer = eval(call, {"optax": optax, "rate": falling.get(rate.name)})
    theta = [jax.numpy.array(part) for part in start]
    state, update = optimizer.init(theta), jax.jit(optimizer.update)
    slots = OPTAX.get(name, {"m": "mu", "v": "nu"})
    beta = _field(state, "b1")
    while True:
        seen = {"theta": theta} | {ours: _field(state, its) for ours, its in slots.items()}
        copied = {key: [np.array(part) for part in value] for key, value in seen.items() if value}
        gradients = yield _ours(copied, beta=float(beta[0]) if beta else 0)
        updates, state = update([jax.numpy.array(g) for g in gradients], state, theta)
        theta = optax.apply_updates(theta, updates)


def _field(state: Any, name: str) -> list[Any]:
    """The arrays in the field of that name, wherever it is in a state of optax."""
    import jax

    if name in getattr(state, "_fields", ()):
        return list(jax.tree.leaves(getattr(state, name)))
    parts = state.values() if isinstance(state, dict) else state if isinstance(state, (tuple, list)) else ()
    return next((found for part in parts if (found := _field(part, name))), [])


def _ours(state: State, beta: float = 0) -> State:
    """The state with the slots that follow from others, and with what is one number as one number."""
    theta = state["theta"]
    if "z" in state:  # the libraries do not keep x, which follows from theta and z
        state["x"] = [(y - (1 - beta) * z) / beta for y, z in zip(theta, state["z"], strict=True)]
    if "unfactored" in state:
        known = [state.get(name, [None] * len(theta)) for name in ("row", "column", "unfactored")]
        parts = [_factors(*found) for found in zip(theta, *known, strict=True)]
        state = {"theta": theta, "row": [row for row, _ in parts], "column": [column for _, column in parts]}
    return {name: _number(parts) if name in ("product", "rate", "weight") else parts for name, parts in state.items()}


def _number(parts: list[np.ndarray]) -> float:
    return float(parts[0])


def _factors(part: np.ndarray, row: Any, column: Any, unfactored: Any) -> tuple[np.ndarray, np.ndarray]:
    """Adafactor's averages over rows and columns; of a vector the only row average is over one number each."""
    if part.ndim == 1:
        return unfactored[:, None], unfactored.mean(keepdims=True)[None]
    if row.size != part.shape[0]:  # optax calls the longer side the columns
        row, column = column, row
    return row.reshape(-1, 1), column.reshape(1, -1)


def closed_oracle(call: str, start: list[np.ndarray], rate: Rate) -> Oracle:
    """No library leaves Adam's correction out. So: both averages as the sums which they are, to 28 digits."""
    beta1, beta2, eps = (Decimal(float(text.partition("=")[2])) for text in call.rstrip(")").split(", ")[1:])
    theta = [Decimal(float(x)) for x in start[0]]
    m = v = [Decimal(0)] * len(theta)
    past: list[list[Decimal]] = [[] for _ in theta]
    powers1, powers2 = [], []
    while True:
        numbers = (("theta", theta), ("m", m), ("v", v))
        (g,) = yield {name: [np.array([float(x) for x in value])] for name, value in numbers}
        t = len(powers1)
        powers1.append(beta1**t if t else Decimal(1))  # 0 ** 0 is an error in decimals
        powers2.append(beta2**t if t else Decimal(1))
        for series, new in zip(past, g, strict=True):
            series.insert(0, Decimal(float(new)))
        m = [(1 - beta1) * sum(map(mul, powers1, series)) for series in past]
        v = [(1 - beta2) * sum(map(mul, powers2, [x * x for x in series])) for series in past]
        lr = Decimal(rate.lr * rate.share(t))
        theta = [x - lr * mi / (vi.sqrt() + eps) for x, mi, vi in zip(theta, m, v, strict=True)]


ORACLES: dict[str, Callable[[str, list[np.ndarray], Rate], Oracle]] = {
    "torch": torch_oracle,
    "keras": keras_oracle,
    "optax": optax_oracle,
    "closed": closed_oracle,
}
CLOSED = "adam_uncorrected(lr={lr}, beta1={beta1}, beta2={beta2}, eps={eps})"
UNSCHEDULED = ("optax.rprop",)
"""What takes a number as its learning rate and nothing else."""


# The runs.
Entry = tuple[str, Callable[[dict[str, float]], str | None], dict[str, float]]


def entries(library: str) -> Iterator[Entry]:
    """Every rule that a dialect knows: its name, its call with some numbers, the numbers by default."""
    if library == "closed":
        numbers = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        yield "adam_uncorrected", lambda chosen: CLOSED.format(**chosen), numbers
        return
    dialect = importlib.import_module("optiviz.dialects").DIALECTS[library]
    for rule, template in dialect.calls:
        written = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        numbers = {name: value for name, value in {**rule.slots, **rule.params}.items() if name in written}

        def call(chosen: dict[str, float], rule: Any = rule) -> str | None:
            slots = {name: value for name, value in chosen.items() if name in rule.slots}
            params = {name: value for name, value in chosen.items() if name not in slots}
            return dialect.call(rule.beginning(**slots).configured(**params))

        yield rule.name, call, numbers


def runs(library: str) -> Iterator[dict[str, Any]]:
    """The runs of a library; rules with the same calls share them."""
    made: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule, call, defaults in entries(library):
        for problem in problems(rule.rpartition(".")[2]):
            for (numbers, looks), falls in itertools.product(settings(rule, defaults, problem), (False, True)):
                text = call(numbers)
                assert text is not None, (rule, numbers)
                if falls and text.startswith(UNSCHEDULED):
                    continue
                key = (text, problem, falls)
                if key in made:
                    made[key]["rules"] += [rule] * (rule not in made[key]["rules"])
                    continue
                rate = Rate(numbers["lr"], *(FALLING[problem] if falls else ()))
                run = record(library, text, problem, rate, looks)
                made[key] = {"rules": [rule], "call": text, "numbers": numbers, "falls": falls, **run}
        print(library, rule, len(made), flush=True)
    yield from made.values()


def record(library: str, call: str, problem: str, rate: Rate, looks: tuple[int, ...] = LOOKS) -> dict[str, Any]:
    """Let one oracle run freely and record its points at the looks.

    Before and after the first two updates that are looked at, and the last, the whole state is recorded.
    """
    setting = PROBLEMS[problem]
    shapes = setting.layout or ((len(setting.start),),)
    cuts = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

    def tensors(flat: np.ndarray) -> list[np.ndarray]:
        return [part.reshape(shape) for part, shape in zip(np.split(flat, cuts), shapes, strict=True)]

    oracle = ORACLES[library](call, tensors(np.array(setting.start)), rate)
    state, states, slopes = next(oracle), {}, {}
    for t in range(1, looks[-1] + 1):
        theta = np.concatenate([part.ravel() for part in state["theta"]])
        assert np.abs(theta).max() < 1e6, f"{call} diverges on {problem}"
        g = setting.gradient(theta, t)
        if t in (*looks[:2], looks[-1]):
            states[str(t - 1)], slopes[str(t)] = _written(state, setting.layout), g.tolist()
        state = oracle.send(tensors(g))
        if str(t) in slopes:
            states[str(t)] = _written(state, setting.layout)
        elif t in looks:
            states[str(t)] = _written({"theta": state["theta"]}, setting.layout)
    return {"problem": problem, "states": states, "slopes": slopes}


def _written(state: State, layout: Any) -> dict[str, Any]:
    """theta flat, slots as a number, as flat as theta, or as a list of tensors if there are any."""

    def plain(name: str, value: Any) -> Any:
        if isinstance(value, float):
            return value
        if name == "theta" or not layout:
            return np.concatenate([part.ravel() for part in value]).tolist()
        return [part.tolist() for part in value]

    return {name: plain(name, value) for name, value in state.items()}


# The averages.
BETAS = (0.0, 0.5, 0.9, 0.98, 0.999)
SERIES = np.round(1 + np.random.default_rng(1959).normal(size=150), 4).tolist()


def pandas_ewm(beta: float, *, adjust: bool) -> list[float]:
    import pandas as pd

    return pd.Series(SERIES).ewm(alpha=1 - beta, adjust=adjust).mean().tolist()


def closed_ewma(beta: float) -> list[float]:
    """The average that begins at zero, as the sum that it is, to 28 digits."""
    x = [Decimal(value) for value in SERIES]
    powers = [Decimal(1)] + [Decimal(beta) ** k for k in range(1, len(x))]
    return [float((1 - Decimal(beta)) * sum(map(mul, powers, x[t::-1]))) for t in range(len(x))]


def averages() -> Iterator[dict[str, Any]]:
    """What each oracle makes of the series. pandas' adjust=False begins at the first value, not at zero."""
    pandas = {"pandas": version("pandas")}
    for beta in BETAS:
        corrected, plain = (pandas_ewm(beta, adjust=adjust) for adjust in (True, False))
        common = {"params": {"beta": beta}}
        ewma = {"average": "ewma", "oracle": "pandas ewm(adjust=True)", "versions": pandas, **common}
        uncorrected = {"average": "ewma_uncorrected", **common}
        yield ewma | {"y": 0.0, "values": corrected}
        yield uncorrected | {"oracle": "pandas ewm(adjust=False)", "versions": pandas, "y": SERIES[0], "values": plain}
        yield uncorrected | {"oracle": "closed form", "versions": {}, "y": 0.0, "values": closed_ewma(beta)}


def write(name: str, document: dict[str, Any]) -> None:
    """Write JSON with a line for each run; its floats round-trip exactly."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    for old, new in (("[{", "[\n{"), ("},{", "},\n{")):
        text = text.replace(old, new)
    (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main(chosen: list[str]) -> None:
    GOLDEN.mkdir(exist_ok=True)
    for library in chosen or [*ORACLES]:
        if library in ORACLES:
            found = list(runs(library))
            write(library, {"versions": {name: version(name) for name in NEEDS[library]}, "runs": found})
    if not chosen or "averages" in chosen:
        write("averages", {"series": SERIES, "runs": list(averages())})


if __name__ == "__main__":
    main(sys.argv[1:])
