"""What layers are given: how long the output of a sliding window is, how much is padded, and what is refused."""

from __future__ import annotations

import math
from functools import cache
from numbers import Integral, Real
from typing import Any

__all__ = [
    "PADDINGS",
    "above_zero",
    "below_one",
    "has_axes",
    "has_channels",
    "numbers",
    "one_of",
    "output_length",
    "padded_by",
    "places",
]

PADDINGS = ("valid", "same", "full")

KINDS = {1: "sequences (L, C)", 2: "images (H, W, C)"}
"""What a window slides over, by the number of its axes."""


@cache
def padded_by(length: int, kernel: int, stride: int, dilation: int, padding: str) -> tuple[int, int]:
    """How many zeros come before and after.

    `valid` adds none; `same` so many that the output has ceil(length / stride) places, an odd one at the end; `full` so
    many that the window touches every place with each of its weights.

    >>> padded_by(28, 3, 2, 1, "same"), padded_by(28, 3, 1, 1, "full")
    ((0, 1), (2, 2))
    """
    reach = (kernel - 1) * dilation
    if padding == "full":
        return reach, reach
    if padding == "valid":
        return 0, 0
    total = max((-(-length // stride) - 1) * stride + reach + 1 - length, 0)
    return total // 2, total - total // 2


@cache
def output_length(length: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """How many places the window has: (length + pads - dilation (kernel - 1) - 1) // stride + 1.

    >>> output_length(28, 3, 2, 1, "valid"), output_length(28, 3, 2, 1, "same"), output_length(2, 3, 1, 1, "valid")
    (13, 14, 0)
    """
    room = length + sum(padded_by(length, kernel, stride, dilation, padding)) - (kernel - 1) * dilation - 1
    return max(room // stride + 1, 0)


def has_axes(layer: Any, shape: tuple[int, ...], axes: int) -> None:
    """See that a layer is given sequences or images.

    Raises:
        ValueError: it is not.
    """
    if len(shape) != axes + 1:
        advice = f"; a single channel is an axis, too: {(*shape, 1)}" if len(shape) == axes else ""
        raise ValueError(f"{layer!r} takes {KINDS[axes]}, not {shape}{advice}")


def has_channels(layer: Any, shape: tuple[int, ...]) -> None:
    """See that an example has a last axis, along which a layer works.

    Raises:
        ValueError: it is a single number.
    """
    if not shape:
        raise ValueError(
            f"{layer!r} takes arrays of shape (N, ..., C), not (N,); write Input(shape=(1,)), and x[:, None]"
        )


def places(
    layer: Any,
    shape: tuple[int, ...],
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: str,
) -> tuple[int, ...]:
    """How many places the window of a layer has along each axis of a sequence or an image of this shape.

    Raises:
        ValueError: it is neither, or smaller than the window.
    """
    has_axes(layer, shape, len(size))
    sides = shape[:-1]
    found = tuple(output_length(n, k, s, d, padding) for n, k, s, d in zip(sides, size, strides, dilation, strict=True))
    if 0 in found:
        reach = tuple((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
        raise ValueError(
            f"the window of {layer!r} reaches over {' x '.join(map(str, reach))} and has no place in "
            f'{" x ".join(map(str, sides))}; make it smaller, or write padding="same"'
        )
    return found


def one_of(what: str, value: Any, known: tuple[str, ...]) -> str:
    """The value, if it is among those that are known.

    Raises:
        ValueError: it is not.
    """
    if value not in known:
        raise ValueError(f"{what} is one of {', '.join(known)}, not {value!r}")
    return str(value)


def below_one(what: str, value: Any) -> float:
    """A number from 0 to below 1.

    Raises:
        ValueError: it is none.
    """
    if not (isinstance(value, Real) and 0 <= float(value) < 1):
        raise ValueError(f"{what} is a number from 0 to below 1, not {value!r}")
    return float(value)


def above_zero(what: str, value: Any) -> float:
    """A finite number above 0.

    Raises:
        ValueError: it is none.
    """
    if not (isinstance(value, Real) and 0 < float(value) < math.inf):
        raise ValueError(f"{what} is a finite number above 0, not {value!r}")
    return float(value)


def numbers(what: str, value: Any, count: int) -> tuple[int, ...]:
    """`count` whole numbers from 1, of one number or of a sequence of them.

    Raises:
        ValueError: they are not.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    whole = all(isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in given)
    if len(given) != count or not whole:
        wish = "a whole number from 1" + (f" or {count} of them" if count > 1 else "")
        raise ValueError(f"{what} is {wish}, not {value!r}")
    return tuple(map(int, given))
