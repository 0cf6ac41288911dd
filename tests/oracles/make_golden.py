"""Write what other libraries make of our update rules and averages: the files in tests/golden.

tests/test_parity.py compares our own runs with these files, so that the tests need none of the libraries.
The script does not import optiviz, so that it cannot inherit a mistake. To run it anew, in an empty
environment (a minute, on a CPU):

    pip install torch==2.13.0 keras==3.15.1 jax==0.10.2 optax==0.2.8 pandas==3.1.1 numpy==2.4.6
    python tests/oracles/make_golden.py

An oracle is a generator: it yields its state (theta and the slots, under our names), is sent the gradient
there, makes one update and yields again. It has a learning rate `rate(t)` after t completed updates, counted
by the library's own scheduler wherever it has one.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import version
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent.parent / "golden"
LOOKS = (1, 2, 10, 100, 1000)
"""The updates of a run that are recorded, with the state before and after."""

State = dict[str, list[float]]
Oracle = Generator[State, list[float], None]


@dataclass(frozen=True)
class Rate:
    """A learning rate: a number, or the name and the parameters of how it falls."""

    lr: float
    name: str = "constant"
    params: dict[str, float] = field(default_factory=dict)

    def __call__(self, t: Any) -> float:
        p = self.params
        if self.name == "exponential":
            return self.lr * math.exp(-p["k"] * t)
        if self.name == "inverse":
            return self.lr / (p["k"] * t + 1)
        if self.name == "step":
            return self.lr * p["factor"] ** (t // p["every"])
        return self.lr

    def keras(self) -> Any:
        """The same as a schedule of Keras' own."""
        from keras.optimizers import schedules

        p = self.params
        if self.name == "exponential":
            return schedules.ExponentialDecay(self.lr, decay_steps=1 / p["k"], decay_rate=math.exp(-1))
        if self.name == "inverse":
            return schedules.InverseTimeDecay(self.lr, decay_steps=1, decay_rate=p["k"])
        if self.name == "step":
            return schedules.ExponentialDecay(self.lr, p["every"], p["factor"], staircase=True)
        return self.lr


# The oracles of the update rules.
def torch_sgd(start: list[float], rate: Rate) -> Oracle:
    import torch

    return _torch(start, rate, torch.optim.SGD, {})


def torch_adam(start: list[float], rate: Rate, beta1: float, beta2: float, eps: float) -> Oracle:
    import torch

    slots = {"m": "exp_avg", "v": "exp_avg_sq"}
    return _torch(start, rate, torch.optim.Adam, slots, betas=(beta1, beta2), eps=eps)


def _torch(start: list[float], rate: Rate, kind: Any, slots: dict[str, str], **params: Any) -> Oracle:
    import torch

    theta = torch.tensor(start, dtype=torch.float64)
    optimizer = kind([theta], lr=1.0, **params)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)  # multiplies the 1.0
    zero = torch.zeros_like(theta)  # torch makes its slots in the first step
    while True:
        found = optimizer.state.get(theta, {})
        g = yield {"theta": theta.tolist()} | {ours: found.get(its, zero).tolist() for ours, its in slots.items()}
        theta.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        scheduler.step()


def keras_sgd(start: list[float], rate: Rate) -> Oracle:
    return _keras(start, rate, "SGD", {})


def keras_momentum(start: list[float], rate: Rate, beta: float) -> Oracle:
    return _keras(start, rate, "SGD", {"v": "momentums"}, momentum=beta)


def keras_nesterov(start: list[float], rate: Rate, beta: float) -> Oracle:
    return _keras(start, rate, "SGD", {"v": "momentums"}, momentum=beta, nesterov=True)


def keras_adagrad(start: list[float], rate: Rate, eps: float) -> Oracle:
    slots = {"cache": "_accumulators"}
    return _keras(start, rate, "Adagrad", slots, initial_accumulator_value=0.0, epsilon=eps)


def keras_rmsprop(start: list[float], rate: Rate, rho: float, eps: float) -> Oracle:
    return _keras(start, rate, "RMSprop", {"cache": "_velocities"}, rho=rho, epsilon=eps)


def _keras(start: list[float], rate: Rate, kind: str, slots: dict[str, str], **params: Any) -> Oracle:
    os.environ["KERAS_BACKEND"] = "jax"  # which runs the formulas of Keras as they are written; torch replaces them
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    theta = keras.Variable(np.array(start), dtype="float64")
    optimizer = getattr(keras.optimizers, kind)(learning_rate=rate.keras(), **params)
    optimizer.build([theta])
    seen = {"theta": theta} | {ours: getattr(optimizer, its)[0] for ours, its in slots.items()}
    while True:
        g = yield {name: keras.ops.convert_to_numpy(variable).tolist() for name, variable in seen.items()}
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")])


def optax_sgd(start: list[float], rate: Rate) -> Oracle:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    theta = jax.numpy.array(start)
    optimizer = optax.sgd(rate)
    state = optimizer.init(theta)
    while True:
        g = yield {"theta": theta.tolist()}
        updates, state = optimizer.update(jax.numpy.array(g), state)
        theta = optax.apply_updates(theta, updates)


def closed_adam_uncorrected(start: list[float], rate: Rate, beta1: float, beta2: float, eps: float) -> Oracle:
    """No library leaves the correction out. So: both averages as the sums which they are, to 28 digits."""
    theta = [Decimal(x) for x in start]
    m = v = [Decimal(0)] * len(theta)
    past: list[list[Decimal]] = [[] for _ in theta]
    powers1, powers2 = [], []
    while True:
        g = yield {name: [float(x) for x in value] for name, value in (("theta", theta), ("m", m), ("v", v))}
        t = len(powers1)
        powers1.append(Decimal(beta1) ** t if t else Decimal(1))  # 0 ** 0 is an error in decimals
        powers2.append(Decimal(beta2) ** t if t else Decimal(1))
        for series, new in zip(past, g, strict=True):
            series.insert(0, Decimal(new))
        m = [(1 - Decimal(beta1)) * sum(map(mul, powers1, series)) for series in past]
        v = [(1 - Decimal(beta2)) * sum(map(mul, powers2, [x * x for x in series])) for series in past]
        lr = Decimal(rate(t))
        theta = [x - lr * mi / (vi.sqrt() + Decimal(eps)) for x, mi, vi in zip(theta, m, v, strict=True)]


ORACLES: dict[str, tuple[tuple[str, ...], Callable[..., Oracle], tuple[str, ...]]] = {
    "torch SGD": (("gd", "sgd"), torch_sgd, ("torch",)),
    "Keras SGD": (("gd", "sgd"), keras_sgd, ("keras", "jax")),
    "optax sgd": (("gd", "sgd"), optax_sgd, ("optax", "jax")),
    "Keras SGD(momentum)": (("momentum",), keras_momentum, ("keras", "jax")),
    "Keras SGD(momentum, nesterov=True)": (("nesterov",), keras_nesterov, ("keras", "jax")),
    "Keras Adagrad(initial_accumulator_value=0)": (("adagrad",), keras_adagrad, ("keras", "jax")),
    "Keras RMSprop": (("rmsprop",), keras_rmsprop, ("keras", "jax")),
    "torch Adam": (("adam",), torch_adam, ("torch",)),
    "closed form": (("adam_uncorrected",), closed_adam_uncorrected, ()),
}
"""By name: the rules that it answers for, the oracle, and the libraries that it needs."""


# The problems, and the settings at which no run on them diverges.
def quadratic() -> dict[str, Any]:
    """theta' A theta / 2 - b' theta with curvatures from 0.1 to 10; rounded, which keeps the file short."""
    rng = np.random.default_rng(1847)
    q, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    a = np.round(q * np.geomspace(0.1, 10, 10) @ q.T, 4)
    a = np.tril(a) + np.tril(a, -1).T
    assert np.linalg.eigvalsh(a).min() > 0
    return {"A": a.tolist(), "b": np.round(rng.normal(size=10), 4).tolist()}


PROBLEMS: dict[str, dict[str, Any]] = {"quadratic": quadratic(), "rosenbrock": {"a": 1.0, "b": 100.0}}
STARTS = {
    "quadratic": np.round(3 * np.random.default_rng(1951).normal(size=10), 4).tolist(),
    "rosenbrock": [-1.2, 1.0],
}


def gradient(problem: str) -> Callable[[list[float]], list[float]]:
    """The gradient of a problem as a function of the point."""
    p = PROBLEMS[problem]
    if problem == "quadratic":
        a, b = np.array(p["A"]), np.array(p["b"])
        return lambda theta: (a @ np.array(theta) - b).tolist()

    def rosenbrock(theta: list[float]) -> list[float]:
        x, y = theta
        return [-2 * (p["a"] - x) - 4 * p["b"] * x * (y - x**2), 2 * p["b"] * (y - x**2)]

    return rosenbrock


ADAM = {
    "quadratic": [
        (0.001, 0.9, 0.999, 1e-8),
        (0.1, 0.9, 0.999, 1e-3),
        (0.01, 0.5, 0.99, 1e-2),
        (0.05, 0.95, 0.99, 0.1),
        (Rate(0.1, "exponential", {"k": 0.01}), 0.9, 0.999, 1e-8),
        (Rate(0.2, "step", {"factor": 0.5, "every": 50}), 0.8, 0.99, 1e-3),
    ],
    "rosenbrock": [
        (0.001, 0.9, 0.999, 1e-8),
        (0.1, 0.9, 0.999, 1e-3),
        (0.002, 0.0, 0.99, 1e-4),
        (0.02, 0.95, 0.9999, 1.0),
        (Rate(0.1, "inverse", {"k": 0.01}), 0.9, 0.999, 1e-8),
    ],
}
SGD = {
    "quadratic": [
        (0.01,),
        (0.15,),
        (0.1,),
        (0.003,),
        (Rate(0.15, "exponential", {"k": 0.01}),),
        (Rate(0.1, "step", {"factor": 0.5, "every": 50}),),
    ],
    "rosenbrock": [(0.001,), (5e-4,), (1e-4,), (Rate(0.001, "inverse", {"k": 0.01}),)],  # 0.01 diverges here
}
MOMENTUM = {
    "quadratic": [
        (0.01, 0.9),
        (0.05, 0.5),
        (0.1, 0.9),
        (0.003, 0.99),
        (Rate(0.1, "exponential", {"k": 0.01}), 0.9),
        (Rate(0.05, "step", {"factor": 0.5, "every": 50}), 0.95),
    ],
    "rosenbrock": [(5e-4, 0.9), (1e-4, 0.99), (5e-4, 0.5), (Rate(5e-4, "inverse", {"k": 0.01}), 0.9)],
}
ADAGRAD = {
    "quadratic": [
        (0.01, 1e-8),
        (0.5, 1e-3),
        (0.1, 1e-6),
        (1.0, 1.0),
        (Rate(0.5, "exponential", {"k": 0.01}), 1e-8),
        (Rate(0.5, "step", {"factor": 0.5, "every": 50}), 1e-3),
    ],
    "rosenbrock": [(0.01, 1e-8), (0.5, 1e-3), (0.1, 1e-6), (0.5, 1.0), (Rate(0.5, "inverse", {"k": 0.01}), 1e-8)],
}
RMSPROP = {
    "quadratic": [
        (0.001, 0.9, 1e-8),
        (0.01, 0.99, 1e-3),
        (0.003, 0.5, 1e-2),
        (0.05, 0.95, 1.0),
        (Rate(0.02, "exponential", {"k": 0.01}), 0.9, 1e-8),
        (Rate(0.02, "step", {"factor": 0.5, "every": 50}), 0.9, 1e-3),
    ],
    "rosenbrock": [
        (0.001, 0.9, 1e-8),
        (0.002, 0.99, 1e-3),
        (0.001, 0.5, 1e-2),
        (0.001, 0.95, 1.0),
        (Rate(0.003, "inverse", {"k": 0.01}), 0.9, 1e-8),
    ],
}
SETTINGS: dict[str, tuple[tuple[str, ...], dict[str, list[tuple[Any, ...]]]]] = {
    "gd": (("lr",), SGD),
    "momentum": (("lr", "beta"), MOMENTUM),
    "nesterov": (("lr", "beta"), MOMENTUM),
    "adagrad": (("lr", "eps"), ADAGRAD),
    "rmsprop": (("lr", "rho", "eps"), RMSPROP),
    "adam": (("lr", "beta1", "beta2", "eps"), ADAM),
    "adam_uncorrected": (("lr", "beta1", "beta2", "eps"), ADAM),
}


def settings(rule: str, problem: str) -> Iterator[tuple[Rate, dict[str, float]]]:
    """The learning rate and the other hyperparameters of each run."""
    names, rows = SETTINGS[rule]
    for row in rows[problem]:
        params = dict(zip(names, row, strict=True))
        lr = params.pop("lr")
        yield (lr if isinstance(lr, Rate) else Rate(lr)), params


def record(name: str, problem: str, rate: Rate, params: dict[str, float], looks: tuple[int, ...] = LOOKS) -> dict:
    """Let one oracle run freely and record the updates number `looks`."""
    rules, oracle, libraries = ORACLES[name]
    slope = gradient(problem)
    run = oracle(STARTS[problem], rate, **params)
    state = next(run)
    samples = []
    for t in range(1, max(looks) + 1):
        g = slope(state["theta"])
        before, state = state, run.send(g)
        if t in looks:
            samples.append({"t": t, "g": g, "before": before, "after": state})
    return {
        "rules": rules,
        "oracle": name,
        "versions": {library: version(library) for library in libraries},
        "params": {"lr": rate.lr, **params},
        "schedule": None if rate.name == "constant" else {rate.name: rate.params},
        "problem": problem,
        "start": STARTS[problem],
        "samples": samples,
    }


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
    """Write JSON with a line for each run and each sample; its floats round-trip exactly."""
    text = json.dumps(document, allow_nan=False)
    for old, new in (("[{", "[\n{"), ("}, {", "},\n{")):
        text = text.replace(old, new)
    (GOLDEN / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    runs = [
        record(name, problem, rate, params)
        for name, (rules, _, _) in ORACLES.items()
        for problem in PROBLEMS
        for rate, params in settings(rules[0], problem)
    ]
    GOLDEN.mkdir(exist_ok=True)
    write("optimizers.json", {"problems": PROBLEMS, "runs": runs})
    write("averages.json", {"series": SERIES, "runs": list(averages())})


if __name__ == "__main__":
    main()
