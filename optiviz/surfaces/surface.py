"""Loss surfaces with one or two coordinates, on which an optimizer can be watched.

A surface is a formula of x, or of x and y. It knows the box in which it is looked at, its minima and a
start from which there is something to see; SymPy makes its gradient and Hessian from the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from optiviz.formula import Formula, once
from optiviz.surfaces.grid import Grid
from optiviz.surfaces.kept import slopes
from optiviz.symbolic import compiled, derivatives
from optiviz.trace import Trace
from optiviz.trace.point import on_numbers, whole_run
from optiviz.trace.replay import Replay

Array = npt.NDArray[np.float64]
Point = tuple[float, ...]
Objective = Callable[[Any], tuple[Any, Any]]


class View(NamedTuple):
    """Where a surface is looked at, where a run begins, and the minima that are known."""

    box: tuple[float, ...]
    start: Point
    minima: tuple[Point, ...]
    local_minima: tuple[Point, ...] | None


class Surface(Formula):
    """A formula of one or two coordinates with a gradient, a Hessian, a box, its minima and a start.

    >>> from optiviz import rosenbrock
    >>> value, gradient = rosenbrock.value_and_gradient(np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> value, gradient
    (array([  0., 101.]), array([[  0.,   0.],
           [ -2., 200.]]))
    """

    kind = "surface"
    variables = (("x",), ("x", "y"))
    example = "def bowl(x, y, *, a=1.0): return x**2 + a * y**2"
    result = "f"

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        box: Sequence[float] | None = None,
        start: Sequence[float] | None = None,
        minima: Iterable[Sequence[float]] = (),
        local_minima: Iterable[Sequence[float]] | None = (),
    ) -> None:
        super().__init__(function)
        box = self._checked_box((-3, 3) * self.dimension if box is None else box)
        sides = zip((0.1, 0.8), box[::2], box[1::2], strict=False)
        begins = [low + share * (high - low) for share, low, high in sides] if start is None else start
        self._stated = self._checked_view(box, begins, minima, local_minima)

    def _checked_view(
        self,
        box: Sequence[float],
        start: Sequence[float],
        minima: Iterable[Sequence[float]],
        local_minima: Iterable[Sequence[float]] | None = (),
    ) -> View:
        rest = None if local_minima is None else tuple(tuple(map(float, m)) for m in local_minima)
        lowest = tuple(tuple(map(float, m)) for m in minima)
        if any(len(point) != self.dimension for point in (*lowest, *(rest or ()))):
            raise ValueError(f"a minimum of {self.name} has another number of coordinates than {self.dimension}")
        view = View(self._checked_box(box), tuple(map(float, start)), lowest, rest)
        self._check_start(view.start, view.box)
        return view

    @property
    def view(self) -> View:
        """Where the surface is looked at, and what is known to be there."""
        return self._stated

    @property
    def box(self) -> tuple[float, ...]:
        """What is drawn: (x low, x high, y low, y high)."""
        return self.view.box

    @property
    def start(self) -> Point:
        """From where there is something to see."""
        return self.view.start

    @property
    def minima(self) -> tuple[Point, ...]:
        """The lowest points in the box; none once hyperparameters were changed, for that moves them."""
        return self.view.minima if self.params == self.defaults else ()

    @property
    def local_minima(self) -> tuple[Point, ...] | None:
        """The other minima; None where they are too many to list, or unknown for changed hyperparameters."""
        return self.view.local_minima if self.params == self.defaults else None

    def _checked_box(self, box: Sequence[float]) -> tuple[float, ...]:
        numbers = len(box) == 2 * self.dimension and all(isinstance(b, (int, float)) for b in box)
        if not (numbers and all(low < high for low, high in zip(box[::2], box[1::2], strict=True))):
            wanted = ("(low, high)", "(x low, x high, y low, y high)")[self.dimension - 1]
            raise ValueError(f"a box is {wanted} with low < high, such as {(-3, 3) * self.dimension}, not {tuple(box)}")
        return tuple(float(b) for b in box)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """What the coordinates are called."""
        return self._variables

    @property
    def dimension(self) -> int:
        """How many coordinates the surface has, 1 or 2."""
        return len(self.coordinates)

    def value_and_gradient(self, theta: Any) -> tuple[Any, Any]:
        """The height and the gradient at theta.

        Args:
            theta: an array (..., d), or a list of d floats, which is several times faster for one point.

        Returns:
            Arrays (...) and (..., d), or a float and a list.

        Raises:
            ArithmeticError, ValueError: for a list only, where an array would give inf or NaN.
        """
        if isinstance(theta, list):
            if len(theta) != self.dimension:
                raise TypeError(f"{self.name} takes points of {self.dimension} coordinates, not {len(theta)}")
            height, *slope = self._on_floats(*theta, *self.params.values())
            return height, slope
        columns = self._columns(theta)
        value = np.empty(theta.shape[:-1], columns.dtype)
        gradient = np.empty_like(theta, columns.dtype)  # in theta's layout, so that a step takes both in blocks
        rows = np.moveaxis(gradient, -1, 0)
        slopes = np.ascontiguousarray(rows.reshape(columns.shape))
        self._on_arrays(*columns, *self.params.values(), value.reshape(-1), *slopes)
        if not np.may_share_memory(rows, slopes):  # they do if theta is laid out coordinate by coordinate
            rows[...] = slopes.reshape(rows.shape)
        return value[()], gradient

    def hessian(self, theta: Array) -> Array:
        """The matrix of second derivatives at theta (..., d), as an array (..., d, d); NaN where a root is zero.

        >>> from optiviz import rosenbrock
        >>> rosenbrock.hessian(np.array([1.0, 1.0]))
        array([[ 802., -400.],
               [-400.,  200.]])
        """
        theta = np.asarray(theta, dtype=np.float64)
        columns = self._columns(theta)
        with np.errstate(all="ignore"):  # at a kink there is none
            entries = self._hessian_on_arrays(*columns, *self.params.values())
        matrix = np.stack(np.broadcast_arrays(*entries, columns[0])[:-1], axis=-1)
        return matrix.reshape(*theta.shape, theta.shape[-1])

    def _columns(self, theta: Array) -> Array:
        # One contiguous array per coordinate, never a scalar: NumPy then takes the same loop for one
        # point as for many, so a batch equals its single runs bit for bit.
        if theta.shape[-1:] != (self.dimension,):
            raise ValueError(f"{self.name} takes points of {self.dimension} coordinates, not shape {theta.shape}")
        columns = np.moveaxis(theta, -1, 0).reshape(self.dimension, theta.size // self.dimension)
        return np.ascontiguousarray(columns, dtype=np.result_type(theta, np.float32))

    @once
    def gradient_trace(self):  # type: ignore[no-untyped-def]
        """The gradient as a trace, to be printed or translated."""
        return slopes(self.trace, self.coordinates)

    @once
    def look_trace(self) -> Trace:
        """The height and the slopes as one trace."""
        outputs = self.trace.outputs + self.gradient_trace.outputs
        return Trace(f"{self.trace.name}_and_gradient", self.trace.inputs, (), outputs)

    @once
    def _on_floats(self) -> Callable[..., tuple[float, ...]]:
        return on_numbers(self.look_trace).made()

    @once
    def _on_arrays(self) -> Replay:
        return Replay(self.look_trace, ("_height", "_slope1", "_slope2")[: 1 + self.dimension])

    def whole_run(self, rule: Formula) -> Callable[..., None]:
        """A run of one point by this rule, its looks and steps written out as one function (see trace.point)."""
        if rule.function not in self._runs:
            self._runs[rule.function] = whole_run(self.look_trace, rule.trace, ("theta", *rule.slots)).made()
        return self._runs[rule.function]

    @once
    def _runs(self) -> MutableMapping[Callable[..., Any], Callable[..., None]]:
        return WeakKeyDictionary()  # a run goes when its rule goes

    @once
    def _hessian_on_arrays(self) -> Callable[..., tuple[Any, ...]]:
        return compiled(derivatives(self.trace, self.coordinates, order=2), on_floats=False)

    def sample(self, n: int = 200, *, slopes: bool = False) -> Grid:
        """The surface on a grid of n points a side, over its box; with its exact gradients there if asked for.

        >>> from optiviz import bowl
        >>> bowl.sample(3, slopes=True).slopes[0, 2]  # at x = 2, y = -2
        array([ 4., -4.])
        """
        axes = [np.linspace(low, high, n) for low, high in zip(self.box[::2], self.box[1::2], strict=True)]
        points = np.meshgrid(*axes)
        with np.errstate(all="ignore"):
            z = np.asarray(self(*points), dtype=np.float64)
            gradients = self.value_and_gradient(np.stack(points, axis=-1))[1] if slopes else None
        shape = (-1, self.dimension)
        return Grid(
            name=repr(self),
            x=axes[0],
            y=axes[1] if self.dimension == 2 else None,
            z=np.broadcast_to(z, (n,) * self.dimension),
            minima=np.array(self.minima, dtype=np.float64).reshape(shape),
            local_minima=np.array(self.local_minima or (), dtype=np.float64).reshape(shape),
            lowest=self.lowest,
            coordinates=self.coordinates,
            slopes=gradients,
        )

    def check_start(self, start: Sequence[float]) -> None:
        """See that a start lies on what is drawn of the surface.

        Raises:
            ValueError: it has another number of coordinates, or lies outside the box.
        """
        self._check_start(start, self.box)

    def _check_start(self, start: Sequence[float], box: Sequence[float]) -> None:
        if len(start) != self.dimension:
            wanted = "one number" if self.dimension == 1 else "two numbers"
            raise ValueError(f"a start on {self.name} is {wanted}, not {self.point_text(start)}")
        sides = zip(start, box[::2], box[1::2], strict=True)
        if not all(low <= c <= high for c, low, high in sides):
            raise ValueError(f"the start {self.point_text(start)} lies outside {self.name}'s box, {self._sides(box)}")

    @property
    def box_text(self) -> str:
        """The box in words: `x from -2 to 2, y from -1 to 3`."""
        return self._sides(self.box)

    def _sides(self, box: Sequence[float]) -> str:
        sides = zip(self.coordinates, box[::2], box[1::2], strict=True)
        return ", ".join(f"{name} from {low:g} to {high:g}" for name, low, high in sides)

    @staticmethod
    def point_text(point: Sequence[float]) -> str:
        """A point as one writes it: `(-1.2, 1)`."""
        return f"({', '.join(f'{c:.6g}' for c in point)})"

    @property
    def lowest(self) -> float | None:
        """The height at the minima; None where they are not known."""
        return min((float(self(*point)) for point in self.minima), default=None)

    @property
    def arena(self) -> tuple[float, ...]:
        """The box, ten times as wide: a run that leaves it does not come back."""
        sides = zip(self.box[::2], self.box[1::2], strict=True)
        return tuple(bound for low, high in sides for bound in ((11 * low - 9 * high) / 2, (11 * high - 9 * low) / 2))


Surface.registry.elsewhere = ("optiviz.loss_surfaces",)


def surface(function: Callable[..., Any] | None = None, /, **facts: Any) -> Any:
    """Make a function of x, or of x and y, a surface and enter it in the registry.

    Args:
        function: the formula; `@surface` alone takes the facts' defaults.
        facts: `box` (x0, x1, y0, y1), from -3 to 3 if not given; `start`, in a corner of it; `minima`, the
            lowest points in the box; `local_minima`, the others, or None where they are too many to list.

    >>> @surface(box=(-1, 1, -1, 1), start=(0.9, 0.5), minima=[(0, 0)])
    ... def dish(x, y, *, depth=2.0):
    ...     return depth * (x**2 + y**2)
    >>> dish(1.0, 1.0)
    4.0
    >>> del Surface.registry.formulas["dish"]

    Raises:
        FormulaError: the signature is not that of a surface.
        ValueError: the box is not one.
    """
    if function is None:
        return lambda function: surface(function, **facts)
    made = Surface(function, **facts)
    Surface.registry.add(made)
    return made
