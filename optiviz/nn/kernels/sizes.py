"""How long the output of a sliding window is, and how much is padded."""

from __future__ import annotations

from numbers import Integral
from typing import Any

__all__ = ["PADDINGS", "numbers", "output_length", "padded_by"]

PADDINGS = ("valid", "same", "full")


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


def output_length(length: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """How many places the window has: (length + pads - dilation (kernel - 1) - 1) // stride + 1.

    >>> output_length(28, 3, 2, 1, "valid"), output_length(28, 3, 2, 1, "same"), output_length(2, 3, 1, 1, "valid")
    (13, 14, 0)
    """
    room = length + sum(padded_by(length, kernel, stride, dilation, padding)) - (kernel - 1) * dilation - 1
    return max(room // stride + 1, 0)


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
