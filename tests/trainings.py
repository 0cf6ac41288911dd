"""Small trainings: data, models, and what is the same whenever the same is done."""

from __future__ import annotations

import dataclasses

import numpy as np

from optiviz.data.augment import flip, shift
from optiviz.nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, History, Input, ReLU, Sequential


def bars(n: int, seed: int = 0, size: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, size, size, 1) with noise and a bar, which stands (label 1) or lies (label 0)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.3, (n, size, size, 1)).astype(np.float32)
    y = rng.integers(0, 2, n)
    for image, label, place in zip(x, y, rng.integers(0, size, n), strict=True):
        (image.swapaxes(0, 1) if label else image)[place] += 1
    return x, y


def cnn(**options) -> Sequential:
    layers = [Input((6, 6, 1)), Conv2D(4, 3, activation="relu"), Conv2D(4, 3, padding="same", activation="relu")]
    return Sequential([*layers, Flatten(), Dropout(0.1), Dense(2)], **options)


def norm_cnn(**options) -> Sequential:
    layers = [Conv2D(3, 3), BatchNorm(), ReLU(), Dropout(0.2), Flatten(), Dense(2)]
    return Sequential([Input((6, 6, 1)), *layers], **options)


def killable(**options) -> tuple[Sequential, History]:
    """A model that is made anew, and its training, with much to remember."""
    x, y = bars(60)
    model = norm_cnn()
    known = {"augment": shift(by=0.2) >> flip, "epochs": 12, "batch_size": 16, "validation": 0.25, **options}
    return model, model.fit(x, y, "sparse_cce", "adam+polyak", **known)


def line(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(1).normal(size=(n, 3))
    return x, x @ [1.0, -2.0, 0.5] + 0.25


def small(outputs: int = 1, **options) -> Sequential:
    return Sequential([Input((3,)), Dense(8, "relu"), Dense(outputs)], **options)


def record(history: History) -> dict:
    """What is the same whenever the same is done."""
    facts = {f.name: getattr(history, f.name) for f in dataclasses.fields(history) if f.name != "seconds"}
    return {name: value.tobytes() if isinstance(value, np.ndarray) else value for name, value in facts.items()}
