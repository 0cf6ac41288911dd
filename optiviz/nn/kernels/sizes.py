"""How long the output of a sliding window is, and how much is padded."""

from __future__ import annotations

from functools import cache
from numbers import Integral
from typing import Any

__all__ = ["PADDINGS", "has_axes", "numbers", "one_of", "output_length", "padded_by", "places"]

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
