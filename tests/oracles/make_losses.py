"""Write what torch makes of our losses, and optax of those that torch has not: tests/golden/losses.json.

The gradients are theirs, too, by automatic differentiation. Nothing of optiviz is used. In the environment of
make_golden.py, in seconds:

    PYTHONPATH=. python tests/oracles/make_losses.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent.parent / "golden" / "losses.json"
SEEDS = {"random": 0, "extreme": 1}

TORCH = {
    "mse": "F.mse_loss(z, y)",
    "mae": "F.l1_loss(z, y)",
    "bce": "F.binary_cross_entropy_with_logits(z, y)",
    "cce": "F.cross_entropy(z, y)",
    "sparse_cce": "F.cross_entropy(z, y)",
    "kl": "F.kl_div(F.log_softmax(z, -1), y, reduction='batchmean')",
    "huber": "F.huber_loss(z, y, delta=1.0)",
    "poisson_nll": "F.poisson_nll_loss(z, y, log_input=True)",
    "gaussian_nll": "F.gaussian_nll_loss(z[:, 0], y, torch.exp(z[:, 1]), eps=1e-300)",
}
OPTAX = {
    "log_cosh": "optax.losses.log_cosh(z, y).mean()",
    "hinge": "optax.losses.hinge_loss(z, y).mean()",
    "focal": "optax.losses.sigmoid_focal_loss(z, y, gamma=2.0).mean()",
}
OVERFLOWS = {"poisson_nll", "gaussian_nll"}
"""Losses that are exponential in a score: 1e4 is too large for any float."""


def case(name: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores and targets of twelve examples; the extreme ones have every scale up to 15,000."""
    rng = np.random.default_rng([SEEDS[kind], *name.encode()])
    shape = {"cce": (12, 5), "sparse_cce": (12, 5), "kl": (12, 5), "gaussian_nll": (12, 2)}.get(name, (12,))
    z = 3 * rng.standard_normal(shape)
    if kind == "extreme":
        z = 1.5 * rng.choice([-1, 1], shape) * 10.0 ** rng.integers(-4, 2 if name in OVERFLOWS else 5, shape)
    bits = rng.integers(0, 2, 12).astype(float)
    targets: dict[str, Any] = {
        "bce": bits if kind == "extreme" else rng.random(12),
        "focal": bits,
        "hinge": 2 * bits - 1,
        "poisson_nll": rng.integers(0, 6, 12).astype(float),
        "sparse_cce": rng.integers(0, 5, 12),
        "cce": np.eye(5)[rng.integers(0, 5, 12)] if kind == "extreme" else rng.dirichlet(np.ones(5), 12),
        "kl": np.eye(5)[rng.integers(0, 5, 12)] if kind == "extreme" else rng.dirichlet(np.ones(5), 12),
    }
    return z, targets.get(name, 3 * rng.standard_normal(12))


def by_torch(call: str, scores: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss and its gradient as torch has them."""
    import torch
    import torch.nn.functional as F

    z = torch.tensor(scores, requires_grad=True)
    value = eval(call, {"torch": torch, "F": F, "z": z, "y": torch.tensor(targets)})
    value.backward()
    return value.item(), z.grad.numpy()


def by_optax(call: str, scores: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss and its gradient as optax and jax have them."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    known = {"optax": optax, "y": jax.numpy.asarray(targets)}
    value, gradient = jax.value_and_grad(lambda z: eval(call, known | {"z": z}))(jax.numpy.asarray(scores))
    return float(value), np.asarray(gradient)


def main() -> None:
    cases = []
    for calls, oracle in ((TORCH, by_torch), (OPTAX, by_optax)):
        for name, call in calls.items():
            for kind in SEEDS:
                scores, targets = case(name, kind)
                value, gradient = oracle(call, scores, targets)
                cases.append(
                    {
                        "loss": name,
                        "call": call,
                        "kind": kind,
                        "scores": scores.tolist(),
                        "targets": targets.tolist(),
                        "value": value,
                        "gradient": gradient.tolist(),
                    }
                )
    versions = {library: version(library) for library in ("torch", "optax", "jax", "numpy")}
    lines = ",\n".join(json.dumps(entry) for entry in cases)
    GOLDEN.write_text(f'{{"versions": {json.dumps(versions)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
