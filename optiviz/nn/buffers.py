"""One flat array for many: what an optimizer sees of a network, of which the layers have views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.nn.layer import Array

__all__ = ["Buffer", "one_buffer"]


class Buffer:
    """A flat array that a model shares with its layers. `model.theta = array` writes into the memory that theta has."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, model: Any, owner: type) -> Any:
        return self if model is None else vars(model)[self.name]

    def __set__(self, model: Any, value: npt.ArrayLike) -> None:
        kept, new = vars(model)[self.name], np.asarray(value)
        if new.shape != kept.shape:
            raise ValueError(f"{self.name} of this model has the shape {kept.shape}, not {new.shape}")
        kept[...] = new


def one_buffer(arrays: Sequence[Array], dtype: np.dtype[Any]) -> tuple[Array, list[Array]]:
    """A flat copy of the arrays, and views of it in their shapes."""
    buffer = np.zeros(sum(array.size for array in arrays), dtype)
    ends = np.cumsum([array.size for array in arrays])
    views = []
    for array, end in zip(arrays, ends, strict=True):
        view = buffer[end - array.size : end].reshape(array.shape)
        view[...] = array
        views.append(view)
    return buffer, views
