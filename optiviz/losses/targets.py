"""What scores and targets have to be, and what to say when they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

__all__ = [
    "BITS",
    "COUNTS",
    "LABELS",
    "NUMBERS",
    "PROBABILITIES",
    "ROWS",
    "SIGNS",
    "Targets",
    "checked_scores",
    "refuse_what_is_too_large",
]

Array = npt.NDArray[Any]
Test = Callable[[Array, Array], Any]


@dataclass(frozen=True)
class Targets:
    """What the targets of a loss are.

    Attributes:
        meaning: in words.
        tests: what must hold of targets and scores everywhere, and what to write where it does not.
        whole: they are whole numbers, and stay so.
        per_class: each example has one for each of its classes.
    """

    meaning: str
    tests: tuple[tuple[Test, str], ...] = ()
    whole: bool = False
    per_class: bool = False

    def checked(self, loss: str, scores: Array, targets: Any, *, alone: bool) -> Array:
        """The targets as an array that fits the scores; `alone`: an example has one score.

        Raises:
            TypeError: they are not numbers, or not whole ones where those are needed.
            ValueError: their shape does not fit, or they are not what the loss is made for.
        """
        array = _as_array(f"targets of {loss}", targets)
        shape = scores.shape if alone or self.per_class else scores.shape[:-1]
        if array.shape != shape:
            hint = "; for rows of targets there is cce" if self.whole and array.shape == scores.shape else ""
            hint = "; for labels there is sparse_cce" if self.per_class and array.shape == scores.shape[:-1] else hint
            raise ValueError(
                f"targets of {loss} must have the shape {shape} for scores of shape {scores.shape}, "
                f"not {array.shape}{hint}"
            )
        if self.whole and not np.issubdtype(array.dtype, np.integer):
            raise TypeError(
                f"targets of {loss} must be {self.meaning}, whole numbers, not {array.dtype}; write targets.astype(int)"
            )
        if array.dtype.kind not in "biuf":
            raise TypeError(f"targets of {loss} must be numbers, not {array.dtype}")
        if not self.whole:
            with np.errstate(over="ignore"):  # what is infinite in float32 is seen in the mean
                array = array.astype(scores.dtype, copy=False)
        for test, hint in self.tests:
            right = test(array, scores)
            if not right.all():
                self._refuse(loss, array, right, hint)
        return array

    def _refuse(self, loss: str, targets: Array, right: npt.NDArray[np.bool_], hint: str) -> NoReturn:
        raise ValueError(f"targets of {loss} must be {self.meaning}, not {_first_wrong(targets, right)}{hint}")


def _labels(targets: Array, scores: Array) -> Any:
    return (targets >= 0) & (targets < scores.shape[-1])


def _sums(targets: Array, scores: Array) -> Any:
    sums = targets @ np.ones(targets.shape[-1], targets.dtype)
    return abs(sums - 1) <= 1e-5


NUMBERS = Targets("numbers")
PROBABILITIES = Targets("probabilities, 0 … 1", ((lambda y, _: (y >= 0) & (y <= 1), ""),))
BITS = Targets("0 or 1", ((lambda y, _: (y == 0) | (y == 1), ""),))
SIGNS = Targets("−1 or 1", ((lambda y, _: abs(y) == 1, "; of 0 and 1 make them by 2 * targets - 1"),))
COUNTS = Targets("counts, 0 or more", ((lambda y, _: y >= 0, ""),))
LABELS = Targets("labels from 0 to K − 1", ((_labels, "; labels are counted from 0"),), whole=True)
ROWS = Targets(
    "rows of probabilities, with sum 1",
    ((lambda y, _: y >= 0, ""), (_sums, "")),
    per_class=True,
)


def checked_scores(loss: str, scores: Any, axis: str) -> Array:
    """The scores as an array of floats; `axis`: what has to be on the last axis, as `Loss` has it.

    Raises:
        TypeError: they are not floats.
        ValueError: there are none, or the last axis is too short or too long, or they are not finite.
    """
    array = _as_array(f"scores of {loss}", scores)
    if array.dtype not in (np.float32, np.float64):
        order = "; they come first, raw as the model gives them, then the targets: np.array(scores, float)"
        wish = order if array.dtype.kind in "biu" else ""
        raise TypeError(f"scores of {loss} must be of float32 or float64, not {array.dtype}{wish}")
    if array.size == 0:
        raise ValueError(f"scores of {loss} must be at least one, but their shape is {array.shape}")
    names = axis.split()
    length = array.shape[-1] if array.ndim else 0
    if (axis == "classes" and length < 2) or (len(names) > 1 and length != len(names)):
        wanted = "2 or more classes" if axis == "classes" else " and ".join(names)
        raise ValueError(f"scores of {loss} must have {wanted} on the last axis, but their shape is {array.shape}")
    _refuse_what_is_not_finite(f"scores of {loss}", array)
    return array


def _as_array(what: str, values: Any) -> Array:
    """The values as an array of something that NumPy calculates with.

    Raises:
        TypeError: they are something else, or some of them are masked.
        ValueError: rows of different lengths.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(
            f"{what} must be an array without a mask, which would be ignored; leave out the examples that are masked"
        )
    try:
        array: Array = np.asarray(values)
    except ValueError:
        lengths = [len(row) if hasattr(row, "__len__") else 1 for row in values]
        other = next((n for n, length in enumerate(lengths) if length != lengths[0]), 0)
        found = (
            f"row {other} has {lengths[other]} and row 0 has {lengths[0]}" if other else "some within them are longer"
        )
        raise ValueError(f"{what} must be an array, in which all rows are equally long, but {found}") from None
    if array.dtype == object:
        odd = np.array([not isinstance(value, (float, np.floating)) for value in array.ravel()], bool)
        raise TypeError(f"{what} must be numbers, not {_first_wrong(array, ~odd.reshape(array.shape))}")
    return array


def refuse_what_is_too_large(loss: str, scores: Array, targets: Array, found: list[Any]) -> None:
    """Say which of the numbers that a loss was made of are the reason why it is no number, not even infinity.

    Raises:
        ValueError: some of the targets are not finite, or differences of the scores are not.
    """
    _refuse_what_is_not_finite(f"targets of {loss}", targets)
    if any(np.isnan(part).any() for part in found):
        sizes = abs(scores)
        raise ValueError(
            f"scores of {loss} must be so small that {scores.dtype} holds their differences, not "
            f"{_first_wrong(scores, sizes < sizes.max())}; write np.clip(scores, -1e4, 1e4)"
        )


def _refuse_what_is_not_finite(what: str, array: Array) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(f"{what} must be finite numbers of {array.dtype}, not {_first_wrong(array, finite)}")


def _first_wrong(array: Array, right: npt.NDArray[np.bool_]) -> str:
    """The first number, or row of numbers, that is wrong, and where it is."""
    place = np.unravel_index(np.argmin(right), right.shape)
    where = f" at [{', '.join(str(int(i)) for i in place)}]" if place else ""
    return f"{array[place]!s:.40}{where}"
