"""The networks of benchmarks/nets.py in torch, as its users write them, told what to train in the same words.

Told `check A path`, the program computes loss and gradients in float64 from the weights, the batch and the results
that stand in the file, and answers how much it differs: the largest difference in parts of the largest number.
"""

from __future__ import annotations

import platform
import sys
import time
from itertools import cycle

import numpy as np
import torch
from torch import nn
from torch.nn import functional

BATCHES, TOKENS, LENGTH = 8, 10_000, 100


def strided(rate):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(64, 128, 3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(rate),
        nn.Linear(128 * 2 * 2, 512),
        nn.ReLU(),
        nn.Dropout(rate),
        nn.Linear(512, 10),
    )


def normalized(rate, eps=1e-3):
    def pair(c, k):
        return [
            nn.Conv2d(c, k, 3, padding="same"),
            nn.ReLU(),
            nn.BatchNorm2d(k, eps=eps),
            nn.Conv2d(k, k, 3, padding="same"),
            nn.ReLU(),
            nn.BatchNorm2d(k, eps=eps),
            nn.MaxPool2d(2),
        ]

    return nn.Sequential(
        *pair(3, 32),
        *pair(32, 64),
        *pair(64, 128),
        nn.Flatten(),
        nn.Dropout(rate),
        nn.Linear(128 * 4 * 4, 1024),
        nn.ReLU(),
        nn.Dropout(rate),
        nn.Linear(1024, 10),
    )


class Sequence(nn.Module):
    """Convolutions along a sequence of words."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 20)
        self.convolutions = nn.Sequential(
            nn.Conv1d(20, 32, 3),
            nn.ReLU(),
            nn.MaxPool1d(3),
            nn.Conv1d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool1d(3),
            nn.Conv1d(64, 128, 3),
            nn.ReLU(),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
        )
        self.dense = nn.Linear(128, 1)

    def forward(self, tokens):  # noqa: D102
        return self.dense(self.convolutions(self.embedding(tokens).transpose(1, 2)))


def images(*shape):
    return lambda n: (torch.randn(n, *shape), torch.randint(10, (n,)))


def words(n):
    return torch.randint(TOKENS, (n, LENGTH)), torch.randint(2, (n, 1)).float()


NETS = {
    "A": (strided, functional.cross_entropy, images(1, 28, 28)),
    "B": (normalized, functional.cross_entropy, images(3, 32, 32)),
    "C": (lambda rate: Sequence(), functional.binary_cross_entropy_with_logits, words),
}


def training(name, n):
    make, loss, draw = NETS[name]
    torch.manual_seed(0)
    model = make(0.2)
    batches = cycle([draw(n) for _ in range(BATCHES)])
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        x, y = next(batches)
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


def seconds(step):
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def channels_second(array):
    """(N, ..., C) as torch has it, (N, C, ...)."""
    return np.moveaxis(array, -1, 1) if array.ndim > 2 else array


def as_torch_has_it(weights, modules):
    """Weights in the order of the layers: channels last, kernels (..., C, K), matrices (I, K) from images flattened."""
    weights, channels, found = iter(weights), None, []
    for module in modules:
        for _ in module.parameters(recurse=False):
            w = next(weights)
            if isinstance(module, (nn.Conv1d, nn.Conv2d)) and w.ndim > 1:
                w, channels = np.moveaxis(w, (-1, -2), (0, 1)), w.shape[-1]
            elif isinstance(module, nn.Linear) and w.ndim > 1:
                if channels:  # the first one: its inputs are those of an image, place by place
                    w = w.reshape(-1, channels, w.shape[-1]).swapaxes(0, 1).reshape(w.shape)
                w, channels = w.T, None
            found.append(torch.tensor(np.ascontiguousarray(w)))
    return found


def check(name, path):
    make, loss, _ = NETS[name]
    model = make(0.0).double()
    with np.load(path) as file:
        x, y, value = torch.tensor(channels_second(file["x"])), torch.tensor(file["y"]), float(file["loss"])
        count = sum(1 for _ in model.parameters())
        weights, gradients = ([file[f"{kind}{i}"] for i in range(count)] for kind in ("weight", "gradient"))
    parameters = list(model.parameters())
    with torch.no_grad():
        for parameter, w in zip(parameters, as_torch_has_it(weights, model.modules()), strict=True):
            parameter[...] = w
    found = loss(model(x), y)
    found.backward()
    pairs = [(torch.tensor(value, dtype=torch.float64), found.detach())]
    pairs += zip(as_torch_has_it(gradients, model.modules()), (p.grad for p in parameters), strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


def main():
    ready = {}
    for line in sys.stdin:
        name, *rest = line.split()
        if name == "who":
            print(f"torch {torch.__version__} on Python {platform.python_version()}", flush=True)
        elif name == "check":
            print(check(*rest), flush=True)
        else:
            n, threads, steps = map(int, rest)
            torch.set_num_threads(threads)
            if (name, n) not in ready:
                ready = {(name, n): training(name, n)}
            print(*(seconds(ready[name, n]) for _ in range(steps)), flush=True)


if __name__ == "__main__":
    main()
