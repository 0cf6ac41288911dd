"""Three networks of the course, and a step of training on random batches: what benchmarks/networks.py times.

The same in torch is benchmarks/torch_nets.py. Both are programs that are told on a line of their input what to train,
such as `A 32 2 50`: network A on batches of 32 with 2 threads for 50 steps; the answer is the seconds of each step.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import NamedTuple

import numpy as np

from optiviz import adam, losses, nn
from optiviz.nn import Conv2D, Dense, Dropout, Flatten, Input, Sequential
from optiviz.threads import at_most

BATCHES = 8
"""So many batches are drawn beforehand, and come round."""

TOKENS, LENGTH = 10_000, 100

Draw = Callable[[np.random.Generator, int, type], tuple[np.ndarray, np.ndarray]]


class Net(NamedTuple):
    """A network and what it is trained on.

    Attributes:
        layers: the layers for a rate of dropout.
        shape: that of an input.
        loss: such as `losses.sparse_cce`.
        draw: inputs and targets for a generator, a number of examples and a dtype.
    """

    layers: Callable[[float], list]
    shape: tuple[int, ...]
    loss: losses.Loss
    draw: Draw


def strided(rate: float) -> list:
    """Convolutions that halve the image, and two dense layers."""
    convolutions = [Conv2D(k, 3, strides=2, activation="relu") for k in (32, 64, 128)]
    return [*convolutions, Flatten(), Dropout(rate), Dense(512, "relu"), Dropout(rate), Dense(10)]


def normalized(rate: float) -> list:
    """Pairs of convolutions with batch normalization, and pooling."""
    layers = []
    for k in (32, 64, 128):
        for _ in range(2):
            layers += [Conv2D(k, 3, padding="same", activation="relu"), nn.BatchNorm()]
        layers.append(nn.MaxPool2D(2))
    return [*layers, Flatten(), Dropout(rate), Dense(1024, "relu"), Dropout(rate), Dense(10)]


def sequential(rate: float) -> list:
    """Convolutions along a sequence of words."""
    layers = [nn.Embedding(TOKENS, 20)]
    for k in (32, 64):
        layers += [nn.Conv1D(k, 3, activation="relu"), nn.MaxPool1D(3)]
    return [*layers, nn.Conv1D(128, 3, activation="relu"), nn.GlobalMaxPool1D(), Dense(1)]


def images(*shape: int) -> Draw:
    """Normal numbers, and labels from 0 to 9."""
    return lambda rng, n, dtype: (rng.standard_normal((n, *shape), dtype), rng.integers(0, 10, n))


def words(rng: np.random.Generator, n: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Rows of tokens, and answers 0 or 1."""
    return rng.integers(0, TOKENS, (n, LENGTH)), rng.integers(0, 2, (n, 1)).astype(dtype)


NETS = {
    "A": Net(strided, (28, 28, 1), losses.sparse_cce, images(28, 28, 1)),
    "B": Net(normalized, (32, 32, 3), losses.sparse_cce, images(32, 32, 3)),
    "C": Net(sequential, (LENGTH,), losses.bce, words),
}


def model_of(name: str, threads: int, rate: float = 0.2, dtype: type = np.float32) -> Sequential:
    net = NETS[name]
    return Sequential([Input(shape=net.shape), *net.layers(rate)], threads=threads, dtype=dtype)


def batches_for(name: str, n: int, dtype: type = np.float32, count: int = BATCHES) -> list[tuple]:
    rng = np.random.default_rng(0)
    return [NETS[name].draw(rng, n, dtype) for _ in range(count)]


def training(name: str, n: int, threads: int) -> Callable[[], None]:
    """A function that trains for one step, each time on another batch."""
    model, loss = model_of(name, threads), NETS[name].loss
    batches, rng = cycle(batches_for(name, n)), np.random.default_rng(0)
    state = adam.init(model.theta)

    def step() -> None:
        x, y = next(batches)
        _, gradient = model.value_and_grad(x, y, loss, rng)
        with at_most(threads):
            adam.step(model.theta, gradient, state)

    return step


def seconds(step: Callable[[], None]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def main() -> None:
    ready = {}
    for line in sys.stdin:
        name, *numbers = line.split()
        n, threads, steps = map(int, numbers)
        key = name, n, threads
        if key not in ready:
            ready = {key: training(*key)}
        print(*(seconds(ready[key]) for _ in range(steps)), flush=True)


if __name__ == "__main__":
    main()
