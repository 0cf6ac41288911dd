"""Data for a model, looked at before they are used: what is wrong with them is said at once, not after an hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optiviz.losses import Loss
from optiviz.losses.targets import checked_scores
from optiviz.nn.layer import Array

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Examples", "examples", "inputs_of"]

CHUNK = 1 << 22
"""So many numbers are looked at at a time."""


class Examples(NamedTuple):
    """The inputs of a model, (N, ...) each, and targets as its loss wants them."""

    x: Sequence[Array]
    y: Array

    def __len__(self) -> int:
        return len(self.y)

    def part(self, which: slice) -> Examples:
        """Some of them, as views."""
        return Examples([a[which] for a in self.x], self.y[which])

    def split(self, share: float) -> tuple[Examples, Examples]:
        """Without the last ones, and those.

        Raises:
            ValueError: one of both parts would be empty.
        """
        first = int(len(self) * (1 - share) + 1e-9)  # 10 * (1 - 0.9) is not quite 1
        if not 0 < first < len(self):
            raise ValueError(
                f"validation={share:g} of {len(self)} examples leaves {first} to train on and {len(self) - first} to "
                "validate with; both need one or more"
            )
        return self.part(slice(first)), self.part(slice(first, None))


def examples(model: Model, loss: Loss, x: Any, y: Any, of: str = "") -> Examples:
    """Inputs and targets that fit the model and the loss; `of` says in messages whose they are.

    Targets (N,) are taken for scores (N, 1) too, and labels (N, 1) for labels (N,).

    Raises:
        TypeError: they are not numbers.
        ValueError: their shapes do not fit, there are none, or they are not finite.
    """
    inputs = inputs_of(model, model.several(x), f"x{of}")
    if not len(inputs[0]):
        raise ValueError(f"x{of} has no example; its shape is {inputs[0].shape}")
    for number, array in enumerate(inputs):
        _refuse_what_is_not_finite(f"x{of}" if len(inputs) == 1 else f"input {number} of x{of}", array, model.dtype)
    scores = np.broadcast_to(model.dtype.type(0), (len(inputs[0]), *model.shapes[model.scores_for(loss)]))
    checked_scores(loss.name, scores[:1], loss.axis)
    wanted = scores.shape if loss.targets.per_class or not loss.axis else scores.shape[:-1]
    targets = _reshaped(_array(f"y{of}", y, model.dtype), wanted)
    if targets.ndim == 0 or len(targets) != len(scores):
        found = f"{len(targets)} targets" if targets.ndim else "a single number"
        raise ValueError(f"x{of} has {len(scores)} examples and y{of} {found}; there is one target for each example")
    _refuse_what_is_not_finite(f"y{of}", targets, model.dtype)
    _refuse_other_ends(loss, scores.shape, targets, f"y{of}")
    targets = loss.targets.checked(loss.name, scores, targets, alone=not loss.axis)
    return Examples(inputs, targets)


def _refuse_other_ends(loss: Loss, shape: tuple[int, ...], targets: Array, name: str) -> None:
    """Say what is most likely wrong with the last layers, if the targets are those of another model."""
    ends = ", ".join(["N", *map(str, shape[1:])])
    if len(shape) > 2 and targets.ndim < len(shape) - loss.targets.whole:
        raise ValueError(
            f"the model ends in ({ends}), and the shape of {name} is {targets.shape}; is a Flatten() missing before "
            "the last Dense?"
        )
    if loss.targets.whole and targets.dtype.kind in "iu" and targets.max() >= shape[-1]:
        raise ValueError(
            f"{name} has labels up to {targets.max()}, and the model ends in {shape[-1]} outputs, for labels from 0 to "
            f"{shape[-1] - 1}; end it in Dense({targets.max() + 1})"
        )


def inputs_of(model: Model, x: Sequence[Any], name: str = "x") -> list[Array]:
    """The inputs as arrays that the model takes, equally long, as they are.

    Raises:
        TypeError: they are not numbers.
        ValueError: there are too many or too few, or their shapes do not fit.
    """
    if len(x) != len(model.inputs):
        raise ValueError(f"the model takes {len(model.inputs)} inputs, and {name} has {len(x)}")
    arrays = [_array(name, a, model.dtype) for a in x]
    for array, v, node in zip(arrays, model.ins, model.inputs, strict=True):
        if array.ndim == 0 or array.shape[1:] != node.shape:
            wanted = ", ".join(["N", *map(str, node.shape)])
            raise ValueError(
                f"the model takes arrays of shape ({wanted}), not {name} of shape {array.shape}"
                f"{_hint(array, node.shape)}"
            )
        if v in model.tokens and array.dtype.kind not in "iu":
            raise TypeError(
                f"the model takes whole numbers, such as tokens, and {name} is {array.dtype}; write x.astype(int)"
            )
    if len({len(array) for array in arrays}) > 1:
        lengths = " and ".join(str(len(array)) for array in arrays)
        raise ValueError(f"all inputs in {name} have an entry for each example, but they have {lengths}")
    return arrays


def _hint(array: Array, shape: tuple[int, ...]) -> str:
    """What to write for the most frequent mistakes."""
    if shape[-1:] == (1,) and array.shape[1:] == shape[:-1]:
        return "; write x[..., None]"
    if array.shape == shape:
        return "; for a single example write x[None]"
    if len(shape) == 3 and array.shape[1:] == (shape[2], *shape[:2]):
        return "; channels come last here: write x.transpose(0, 2, 3, 1)"
    return ""


def _array(name: str, given: Any, dtype: np.dtype[Any]) -> Array:
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"{name} has a mask, which would be ignored; leave out the examples that are masked")
    try:
        array: Array = np.asarray(given)
    except ValueError:
        raise ValueError(f"{name} must be an array, and not all its rows are equally long") from None
    if array.dtype.kind not in "biuf" and array.dtype != dtype:
        raise TypeError(f"{name} must be numbers, not {given if given is None else array.dtype}")
    return array


def _reshaped(targets: Array, wanted: tuple[int, ...]) -> Array:
    """The targets in the shape that is wanted, if they differ in axes of length 1 alone."""
    alike = [n for n in targets.shape[1:] if n != 1] == [n for n in wanted[1:] if n != 1]
    return targets.reshape(wanted) if alike and targets.shape[:1] == wanted[:1] else targets


def _refuse_what_is_not_finite(name: str, array: Array, dtype: np.dtype[Any]) -> None:
    if array.dtype.kind != "f":  # whole numbers are finite
        return
    length = max(1, CHUNK * len(array) // max(1, array.size))
    for start in range(0, len(array), length):
        with np.errstate(over="ignore"):
            chunk = array[start : start + length].astype(dtype, copy=False)
        finite = np.isfinite(chunk)
        if not finite.all():
            at = [int(i) for i in np.unravel_index(int(finite.argmin()), finite.shape)]
            at[0] += start
            raise ValueError(
                f"{name} must be finite numbers of {dtype}, not {array[tuple(at)]} at {at}; leave such examples out, "
                "or write np.nan_to_num(...)"
            )
