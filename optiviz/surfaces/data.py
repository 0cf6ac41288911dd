"""Losses on data as surfaces: the formula says the loss of one example, the surface is the mean over all."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, FormulaError, once
from optiviz.surfaces.surface import Surface, View
from optiviz.symbolic import compiled
from optiviz.trace.shared import shared

__all__ = ["DataSurface", "Look", "loss_surface"]

Array = npt.NDArray[np.float64]

AT_ONCE = 16_384
"""Losses of single examples that are computed together, so that they stay in the processor's cache."""

Look = Callable[["DataSurface"], tuple[Sequence[float], Sequence[float], Sequence[Sequence[float]]]]
"""What a surface is like on its data: the box, a start and the lowest points."""


class DataSurface(Surface):
    """A surface whose formula takes one or two parameters, then what is known of an example.

    Attributes:
        data: what is known of the examples, arrays (N,) in the formula's order.

    >>> def line(w, b, x, y):
    ...     return (w * x + b - y) ** 2
    >>> def look(surface):
    ...     return (0, 4, -1, 3), (1, 0), [(2, 1)]
    >>> fit = DataSurface(line, data=([0, 1, 2], [1, 3, 5]), look=look)
    >>> fit.value_and_gradient(np.array([2.0, 0.0]))
    (np.float64(1.0), array([-2., -2.]))
    >>> fit.lowest
    0.0
    """

    example = "def line(w, b, x, y): return (w * x + b - y)**2"

    def __init__(self, function: Callable[..., Any], *, data: Sequence[npt.ArrayLike], look: Look) -> None:
        named = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.variables = (tuple(p.name for p in named if p.default is p.empty),)  # type: ignore[misc, assignment]
        self.data = self._checked_data(function.__name__, data)
        if len(self.variables[0]) - len(self.data) not in (1, 2):
            raise FormulaError(
                f"{function.__name__} takes {', '.join(self.variables[0])}: one or two parameters, and then "
                f"the {len(self.data)} arrays of data, are written  {self.example}"
            )
        Formula.__init__(self, function)
        self._look = look

    @property
    def view(self) -> View:
        """Where the surface is looked at; found when it is first asked for, since that takes SymPy's derivatives."""
        if "_stated" not in self.__dict__:
            original = self.configured(**self.defaults)
            self._stated = self._checked_view(*self._look(original))
        return self._stated

    @staticmethod
    def _checked_data(name: str, data: Sequence[npt.ArrayLike]) -> tuple[Array, ...]:
        arrays = tuple(np.asarray(column, dtype=np.float64) for column in data)
        shapes = {column.shape for column in arrays}
        if len(shapes) != 1 or any(len(shape) != 1 or not shape[0] for shape in shapes):
            raise ValueError(f"the data of {name} are arrays of one length, not {', '.join(map(str, shapes))}")
        if not all(np.isfinite(column).all() for column in arrays):
            raise ValueError(f"the data of {name} hold NaN or infinity; leave those examples out")
        return arrays

    def on(self, *data: npt.ArrayLike) -> Self:
        """The same loss on other data.

        Raises:
            TypeError: there are more or fewer arrays than the formula takes.
            ValueError: they are not of one length, or not finite.
        """
        if len(data) != len(self.data):
            raise TypeError(f"{self.name} takes {', '.join(self.data_names)}, not {len(data)} arrays")
        new = copy.copy(self)
        new.data = self._checked_data(self.name, data)
        new.__dict__.pop("_stated", None)
        new.view  # noqa: B018, data on which there is nothing to see are refused now
        return new

    def __call__(self, *variables: Any, **params: Any) -> Any:
        """With parameters: the mean loss there. With an example, too: its loss. With keywords alone: a copy."""
        if len(variables) != self.dimension:
            return super().__call__(*variables, **params)
        surface = self.configured(**params) if params else self
        theta = np.stack(np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in variables)), axis=-1)
        return surface.value(theta)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """What the parameters are called."""
        return self._variables[: len(self._variables) - len(self.data)]

    @property
    def data_names(self) -> tuple[str, ...]:
        """What the arrays of data are called."""
        return self._variables[self.dimension :]

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return len(self.data[0])

    def value_and_gradient(self, theta: Any, *batch: Array) -> tuple[Any, Any]:
        """The mean loss and its gradient at theta.

        Args:
            theta: an array (..., d), or a list of d floats.
            batch: the examples, arrays (B,) or, for each run its own, (..., B); all of the data if not given.

        Returns:
            Arrays (...) and (..., d), or a float and a list.
        """
        if isinstance(theta, list):
            value, slope = self.value_and_gradient(np.array(theta, dtype=np.float64), *batch)
            return float(value), slope.tolist()
        (value, *slopes), shape = self._means(self._look_at_examples, theta, batch), theta.shape[:-1]
        gradient = np.empty_like(theta, value.dtype)
        for c, slope in enumerate(slopes):
            gradient[..., c] = slope.reshape(shape)
        return value.reshape(shape)[()], gradient

    def value(self, theta: Array) -> Any:
        """The mean loss alone, where nobody asks for the slope."""
        (value,) = self._means(self._loss_of_examples, theta, ())
        return value.reshape(theta.shape[:-1])[()]

    def hessian(self, theta: Array) -> Array:
        """The matrix of second derivatives of the mean loss at theta (..., d), as an array (..., d, d).

        By differences of the exact slopes: a stable form such as max(z, 0) + log1p(exp(-|z|)) has corners that
        cancel in its slope, but not in what a derivative of that would make of them. Good to about nine digits.
        """
        theta = np.asarray(theta, dtype=np.float64)
        steps = 1e-5 * np.maximum(np.abs(theta), 1.0)[..., None] * np.eye(self.dimension)
        with np.errstate(all="ignore"):
            ahead, behind = (self.value_and_gradient(theta[..., None, :] + s)[1] for s in (steps, -steps))
        rows = (ahead - behind) / (2 * np.diagonal(steps, axis1=-2, axis2=-1)[..., None])
        return np.asarray((rows + np.swapaxes(rows, -1, -2)) / 2)

    def _means(self, formulas: Callable[..., tuple[Any, ...]], theta: Array, batch: Sequence[Array]) -> list[Array]:
        """What the formulas give, averaged over the examples: for each an array (n,) over the runs."""
        columns = self._columns(theta)
        dtype, runs = columns.dtype, columns.shape[1]
        data = [np.asarray(a, dtype) for a in batch or self.data]
        data = [a.reshape(-1, a.shape[-1]) for a in data]
        examples = data[0].shape[-1]
        rows = max(1, AT_ONCE // examples)
        parts = []
        for begin in range(0, max(runs, 1), rows):
            part = slice(begin, begin + rows)
            points = [column[part, None] for column in columns]
            known = [a if len(a) == 1 else a[part] for a in data]
            whole = (min(rows, runs - begin), examples)
            found = formulas(*points, *known, *self.params.values())
            parts.append([np.add.reduce(_filled(f, whole, dtype), axis=-1) / examples for f in found])
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    @once
    def _look_at_examples(self) -> Callable[..., tuple[Any, ...]]:
        return compiled(shared(self.look_trace), on_floats=False)

    @once
    def _loss_of_examples(self) -> Callable[..., tuple[Any, ...]]:
        return compiled(shared(self.trace), on_floats=False)


def _filled(found: Any, shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    """What a formula gives, for each run and example: of w x the slope is x, the same for all runs."""
    return found if np.shape(found) == shape else np.ascontiguousarray(np.broadcast_to(np.asarray(found, dtype), shape))


def loss_surface(*, data: Sequence[npt.ArrayLike], look: Look) -> Callable[[Callable[..., Any]], DataSurface]:
    """Make the loss of one example a surface over the parameters of the model, and enter it in the registry.

    Args:
        data: what is known of the examples, arrays (N,), the formula's arguments after the parameters.
        look: from the surface its box, a start and the lowest points.

    >>> @loss_surface(data=[[1, 2, 6]], look=lambda surface: ((0, 6), (1,), [(3,)]))
    ... def spread(m, x):
    ...     return (x - m) ** 2
    >>> round(spread.lowest, 6)
    4.666667
    >>> del Surface.registry.formulas["spread"]
    """

    def enter(function: Callable[..., Any]) -> DataSurface:
        made = DataSurface(function, data=data, look=look)
        Surface.registry.add(made)
        return made

    return enter
