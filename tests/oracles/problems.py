"""The problems and settings on which rules are compared: shared by make_golden.py and test_parity.py.

Small, so that the golden files stay small; nothing here comes from optiviz or from a library.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LOOKS = (1, 10, 100, 1000)
"""How many updates a run has made when it is looked at; the last look ends it."""


@dataclass(frozen=True)
class Problem:
    """A start, a gradient and, if it has weight tensors, their shapes; points may have leading axes."""

    name: str
    start: list[float]
    layout: tuple[tuple[int, ...], ...] = ()

    def gradient(self, theta: np.ndarray, t: int) -> np.ndarray:
        """The gradient at `theta` for update number t = 1, 2, ..., which says which mini-batch is its turn."""
        return GRADIENTS[self.name](theta, t)


def _drawn(year: int, *shape: int) -> np.ndarray:
    """Normal numbers with four digits: what is short in a file and the same on every machine."""
    return np.round(np.random.default_rng(year).normal(size=shape), 4)


CURVATURE = np.diag([0.1, 0.5, 2.0, 10.0])
TURNED = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
A, B = TURNED @ CURVATURE @ TURNED.T, 3 * _drawn(1847, 4)


def _quadratic(theta: np.ndarray, t: int) -> np.ndarray:
    """Of theta' A theta / 2 - b' theta, with curvatures from 0.1 to 10."""
    return theta @ A - B


def _rosenbrock(theta: np.ndarray, t: int) -> np.ndarray:
    x, y = theta[..., 0], theta[..., 1]
    return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)


EXAMPLES, BATCH = 40, 8
X = np.column_stack([np.ones(EXAMPLES), _drawn(1958, EXAMPLES, 2)])
LABELS = (X @ [0.5, 2.0, -1.0] + _drawn(1959, EXAMPLES) > 0).astype(float)


def _logistic(theta: np.ndarray, t: int) -> np.ndarray:
    """Of the cross-entropy on mini-batches that take turns."""
    batch = slice(BATCH * ((t - 1) % 5), BATCH * ((t - 1) % 5 + 1))
    p = 1 / (1 + np.exp(-theta @ X[batch].T))
    return (p - LABELS[batch]) @ X[batch] / BATCH


INPUTS = _drawn(1986, EXAMPLES, 2)
OUTPUTS = INPUTS @ [[1.0, -2.0], [0.5, 1.5]] + [0.5, -0.5] + _drawn(1987, EXAMPLES, 2) / 10


def _network(theta: np.ndarray, t: int) -> np.ndarray:
    """Of the mean squared error of a network with two linear layers, a bias or none, on mini-batches."""
    first, second, bias = theta[:6].reshape(2, 3), theta[6:12].reshape(3, 2), theta[12:]
    batch = slice(BATCH * ((t - 1) % 5), BATCH * ((t - 1) % 5 + 1))
    hidden = INPUTS[batch] @ first
    error = (hidden @ second + (bias if bias.size else 0.0) - OUTPUTS[batch]) / BATCH
    parts = [INPUTS[batch].T @ (error @ second.T), hidden.T @ error] + [error.sum(0)] * bool(bias.size)
    return np.concatenate([part.ravel() for part in parts])


GRADIENTS = {
    "quadratic": _quadratic,
    "rosenbrock": _rosenbrock,
    "logistic": _logistic,
    "network": _network,
    "matrices": _network,
}
PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("quadratic", _drawn(1951, 4).tolist()),
        Problem("rosenbrock", [-1.2, 1.0]),
        Problem("logistic", [0.1, -0.2, 0.3]),
        Problem("network", _drawn(1988, 14).tolist(), ((2, 3), (3, 2), (2,))),
        Problem("matrices", _drawn(1989, 12).tolist(), ((2, 3), (3, 2))),
    )
}


def problems(rule: str) -> list[str]:
    """The problems for a rule: points for most; weight tensors for those that look at them, muon's are matrices."""
    tensors = {"lamb": ["network"], "adafactor": ["network"], "muon": ["matrices"]}
    return tensors.get(rule, ["quadratic", "rosenbrock", "logistic"])


@dataclass(frozen=True)
class Rate:
    """A learning rate: a number, or the name and the parameters of how it falls."""

    lr: float
    name: str = "constant"
    params: dict[str, float] = field(default_factory=dict)

    def share(self, t: Any) -> Any:
        """What is left of it after t completed updates."""
        p = self.params
        if self.name == "exponential":
            return math.exp(-p["k"] * t)
        if self.name == "inverse":
            return 1 / (p["k"] * t + 1)
        return p["factor"] ** (t // p["every"]) if self.name == "step" else 1.0


FALLING: dict[str, tuple[str, dict[str, float]]] = {
    "quadratic": ("exponential", {"k": 0.01}),
    "rosenbrock": ("inverse", {"k": 0.01}),
    "logistic": ("step", {"factor": 0.5, "every": 50}),
    "network": ("exponential", {"k": 0.005}),
    "matrices": ("exponential", {"k": 0.005}),
}
"""The changing learning rate on each problem."""

_ADAM = [{"lr": 0.05, "beta1": 0.5, "eps": 1e-3}, {"lr": 0.02, "beta2": 0.99, "eps": 0.1}]
SETTINGS: dict[str, list[dict[str, float]]] = {
    "gd": [{"lr": 0.1}, {"lr": 0.003}],
    "sgd": [{"lr": 0.1}, {"lr": 0.003}],
    "momentum": [{"lr": 0.05, "beta": 0.5}, {"lr": 0.003, "beta": 0.99}],
    "nesterov": [{"lr": 0.05, "beta": 0.5}, {"lr": 0.003, "beta": 0.99}],
    "adagrad": [{"lr": 0.5, "eps": 1e-3, "cache": 0.5}, {"lr": 1.0, "eps": 1.0, "cache": 0.0}],
    "rmsprop": [{"lr": 0.0005, "rho": 0.95, "eps": 1.0}, {"lr": 0.003, "rho": 0.5, "eps": 0.01}],
    "rmsprop_centered": [{"lr": 0.002, "rho": 0.95, "eps": 0.1}, {"lr": 0.005, "rho": 0.8, "eps": 1.0}],
    "adadelta": [{"lr": 0.1, "rho": 0.99, "eps": 1e-3}, {"lr": 0.05, "rho": 0.8, "eps": 1e-4}],
    "adam": _ADAM,
    "adam_uncorrected": _ADAM,
    "adamax": _ADAM,
    "radam": [{**_ADAM[0], "threshold": 20.0}, _ADAM[1]],
    "amsgrad": _ADAM,
    "adabelief": _ADAM,
    "yogi": _ADAM,
    "nadam": [{**_ADAM[0], "psi": 0.1}, _ADAM[1]],
    "adamw": [{**_ADAM[0], "decay": 0.1}, {**_ADAM[1], "decay": 0.5}],
    "sign_sgd": [{"lr": 0.02}, {"lr": 0.003}],
    "signum": [{"lr": 0.01, "beta": 0.5}, {"lr": 0.003, "beta": 0.99}],
    "lion": [{"lr": 0.01, "beta1": 0.5, "decay": 0.1}, {"lr": 0.003, "beta2": 0.9, "decay": 0.01}],
    "rprop": [{"lr": 0.1, "shrink": 0.7, "grow": 1.1, "smallest": 0.05}, {"lr": 0.05, "largest": 0.2}],
    "asgd": [
        {"lr": 0.05, "decay": 0.01, "alpha": 0.5, "after": 10.0},
        {"lr": 0.003, "decay": 0.1, "alpha": 1.0, "after": 500.0},
    ],
    "schedule_free": [{"lr": 0.05, "beta": 0.5}, {"lr": 0.01, "beta": 0.95}],
    "schedule_free_adamw": [
        {"lr": 0.02, "beta1": 0.5, "eps": 1e-3, "decay": 0.1},
        {"lr": 0.01, "beta2": 0.9, "eps": 0.1},
    ],
    "lamb": [
        {"lr": 0.005, "beta1": 0.5, "eps": 1e-3, "decay": 0.1},
        {"lr": 0.003, "beta2": 0.9, "eps": 0.1},
    ],
    "adafactor": [
        {"lr": 0.02, "power": 0.5, "eps": 1e-3, "scale": 0.1, "clip": 2.0},
        {"lr": 0.003, "power": 0.9, "eps": 0.1, "scale": 1.0},
    ],
    "muon": [
        {"lr": 0.002, "beta": 0.5, "eps": 1.0, "decay": 0.1},
        {"lr": 0.0005, "beta": 0.9, "decay": 0.01},
    ],
}
"""By rule: what is set to other numbers than the library's defaults, which come first."""

STEEP = ("gd", "sgd", "momentum", "nesterov", "asgd", "schedule_free", "radam")
"""Rules with steps as long as slopes are steep, at least at first."""

RESTLESS = {
    "quadratic": ("torch.rmsprop_centered", "keras.rmsprop_centered", "optax.rmsprop_centered"),
    "rosenbrock": (
        *("torch.rmsprop", "keras.rmsprop", "optax.rmsprop"),
        *("torch.rmsprop_centered", "keras.rmsprop_centered", "optax.rmsprop_centered"),
        *("torch.adadelta", "optax.adadelta"),
    ),
    "matrices": ("optax.muon",),
}
"""Where the default rate of a library leads around the minimum for ever. After some hundred updates a run from
one ulp beside is anywhere, and a comparison says nothing: these runs end before that."""


def settings(rule: str, defaults: dict[str, float], problem: str) -> Iterator[tuple[dict[str, float], tuple[int, ...]]]:
    """The numbers of each run, first those of the library by default, and when the run is looked at.

    Rosenbrock's valley is steep and narrow: there, rates are a tenth or, for steep rules, at most a hundredth.

    Args:
        rule: the name of the rule, with that of its dialect.
        defaults: what the library lets one set, as it is by default.
        problem: the name of the problem.
    """
    own = rule.rpartition(".")[2]
    for changed in ({}, *SETTINGS[own]):
        numbers = {**defaults, **{name: value for name, value in changed.items() if name in defaults}}
        if problem == "rosenbrock" and own in STEEP:
            numbers["lr"] = min(round(numbers["lr"] / 100, 12), 0.001)
        elif problem == "rosenbrock" and changed:
            numbers["lr"] = round(numbers["lr"] / 10, 12)
        ends = not changed and rule in RESTLESS.get(problem, ())
        yield numbers, LOOKS[:-1] if ends else LOOKS
