"""Examples for every loss, and what it should make of them, known with many digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from derived import told, truth

from optiviz.losses import Loss

every_loss = pytest.mark.parametrize("loss", Loss.registry.values(), ids=lambda loss: loss.name)


def drawn(
    loss: Loss, shape: tuple[int, ...] = (7,), seed: int = 0, dtype: Any = np.float64, classes: int = 4
) -> tuple[Any, Any]:
    """Scores of this many examples, and targets that the loss is made for."""
    rng = np.random.default_rng(seed)
    inner = {"": (), "classes": (classes,)}.get(loss.axis, (2,))
    z = (3 * rng.standard_normal((*shape, *inner))).astype(dtype)
    return z, _targets(loss, rng, shape, inner).astype(np.int64 if loss.targets.whole else dtype)


def _targets(loss: Loss, rng: np.random.Generator, shape: tuple[int, ...], inner: tuple[int, ...]) -> Any:
    if loss.targets.whole:
        return rng.integers(0, inner[-1], shape)
    if loss.targets.per_class:
        return rng.dirichlet(np.ones(inner[-1]), shape)
    kind = loss.targets.meaning.split()[0]
    draw = {
        "numbers": lambda: 3 * rng.standard_normal(shape),
        "probabilities,": lambda: rng.random(shape),
        "0": lambda: rng.integers(0, 2, shape),
        "−1": lambda: 2 * rng.integers(0, 2, shape) - 1,
        "counts,": lambda: rng.integers(0, 6, shape),
    }
    return draw[kind]()


def exactly(loss: Loss, z: Any, y: Any, digits: int = 60) -> tuple[float, Any]:
    """The mean and its gradient, rounded to floats at the very end; infinite if they are larger than any of these."""
    form = told(loss.name).loss
    assert form is not None
    count = z[..., 0].size if loss.axis else z.size
    rows = z.reshape(count, -1) if loss.axis else z.ravel()
    known = y.reshape(count, -1) if loss.targets.per_class else y.ravel()
    number = np.vectorize(lambda v: int(v) if loss.targets.whole else mpmath.mpf(float(v)), otypes=[object])
    wide = np.vectorize(lambda v: mpmath.mpf(float(v)), otypes=[object])
    params = {name: mpmath.mpf(value) for name, value in loss.params.items()}
    with mpmath.workdps(digits):
        pairs = [
            truth(form, wide(a).tolist(), number(b).tolist(), params, symbols=False)
            for a, b in zip(rows, known, strict=True)
        ]
        value = sum(v for v, _ in pairs) / count
        gradient = np.array([[float(g / count) for g in np.ravel(np.array(s, dtype=object))] for _, s in pairs])
    return float(value), gradient.reshape(z.shape)


def as_floats(wanted: tuple[float, Any], dtype: Any) -> tuple[float, Any]:
    """The truth as it is in that dtype."""
    with np.errstate(over="ignore"):
        return float(dtype(wanted[0])), wanted[1].astype(dtype).astype(float)


def assert_near(found: tuple[float, Any], wanted: tuple[float, Any], eps: float) -> None:
    """Each number within `eps` of the truth, in relation to 1 or to the largest of them; infinite if that is."""
    infinite = np.isinf([wanted[0], *wanted[1].ravel()])
    if infinite.any():
        ours, theirs = np.array([found[0], *found[1].ravel()]), np.array([wanted[0], *wanted[1].ravel()])
        np.testing.assert_array_equal(ours[infinite], theirs[infinite])
        np.testing.assert_allclose(ours[~infinite], theirs[~infinite], rtol=eps)
        return
    assert abs(found[0] - wanted[0]) <= eps * max(1, abs(wanted[0]))
    size = max(float(abs(wanted[1]).max()), 1 / wanted[1].size)
    np.testing.assert_allclose(found[1], wanted[1], rtol=0, atol=eps * size)
