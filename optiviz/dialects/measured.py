"""What was measured when the rules were compared with other libraries: the committed table `parity.json`.

It is made by `scripts/parity.py` from the golden runs in tests/golden.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["around", "parity"]


@lru_cache
def parity() -> dict[str, Any]:
    """The table: `rules` by rule and library, `wrappers`, `schedules`, `averages`, and what was allowed.

    >>> cell = parity()["rules"]["adam"]["torch"]
    >>> cell["match"], cell["one_step"] < 1e-14, cell["free_run"] < 1
    ('adam', True, True)
    """
    text = resources.files("optiviz").joinpath("parity.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def around(name: str) -> list[dict[str, Any]]:
    """What was compared for a wrapper, a schedule or an average: ours, as it was set, and each library's call.

    >>> row = around("step")[0]
    >>> row["ours"], row["call"]
    ('step(lr=0.1, factor=0.5, every=60)', 'torch.optim.lr_scheduler.StepLR(optimizer, step_size=60, gamma=0.5)')
    """
    table = parity()
    return [row for part in ("wrappers", "schedules", "averages") for row in table[part] if row["name"] == name]
