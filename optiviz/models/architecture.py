"""An architecture: a function from the node of an input to that of an output, which makes models of any size.

The function is the listing, and no weights are there yet. Called with a shape and a number of classes, or with what it
was published with, an architecture makes a model; how many weights that would have, it knows without making them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from optiviz.formula import Documented, Registry, nearest
from optiviz.nn import Dense, Input, Model
from optiviz.nn.graph import Node, in_order, needs

__all__ = ["Architecture", "answer", "architecture", "called"]

OPTIONS = ("rng", "dtype", "threads", "fuse")
"""What is passed on to the model."""


class Architecture(Documented):
    """A network by name: `lenet5()` is a model as it was published, `lenet5((28, 28, 1), 26, rng=1)` another one.

    Attributes:
        function: the listing, from an input's node to that of the output, or to a list of several.
        name: that of the function.
        shape: that of an input, unless it is given.
        params: the other arguments by name, with their defaults; `classes` is the first.
    """

    kind: ClassVar[str] = "model"
    decorator: ClassVar[str] = "@architecture(shape=...)"
    registry: ClassVar[Registry[Architecture]]

    def __init__(self, function: Callable[..., Any], shape: tuple[int, ...]) -> None:
        self.function, self.shape, self.name = function, shape, function.__name__
        self.__doc__ = inspect.getdoc(function) or ""
        _, *rest = inspect.signature(function).parameters.values()
        self.params: dict[str, Any] = {argument.name: argument.default for argument in rest}
        known = inspect.signature(Architecture.__call__).parameters
        first = known["shape"].replace(default=shape)
        self.__signature__ = inspect.Signature(
            [first, *rest, *(known[name] for name in OPTIONS)], return_annotation=Model
        )

    def __call__(
        self,
        shape: tuple[int, ...] | None = None,
        *arguments: Any,
        rng: Any = 0,
        dtype: npt.DTypeLike = np.float32,
        threads: int | None = None,
        fuse: bool = True,
        **params: Any,
    ) -> Model:
        """A model for inputs of this shape.

        Args:
            shape: that of an input, without the batch.
            arguments: the number of classes.
            rng: a seed or a generator for the first weights.
            dtype: float32 to train, float64 to check.
            threads: how many to use; as many as there are cores if None.
            fuse: plan the network; without, the layers run one after the other as they are written.
            params: what else the architecture leaves open, by name.

        Raises:
            ValueError: a window of some layer finds no place in so small an input, or an argument is no whole number.
            TypeError: the architecture has no such argument.
        """
        input, outputs = self.graph(shape, *arguments, **params)
        return Model(input, outputs, rng=rng, dtype=dtype, threads=threads, fuse=fuse)

    def graph(self, shape: tuple[int, ...] | None = None, *arguments: Any, **params: Any) -> tuple[Input, list[Node]]:
        """The input and the outputs of the network, as nodes that have no weights yet."""
        for name in params.keys() - self.params.keys():
            if name in OPTIONS:
                raise TypeError(f"{name} belongs to a model, and here none is made; leave it out")
            known = [*self.params, *OPTIONS]
            raise TypeError(f"{self.name} has no argument {name!r}; {nearest(name, known, 'it has')}")
        if len(arguments) > 1:
            raise TypeError(f"{self.name} takes a shape and a number of classes; give {arguments[1]!r:.60} by its name")
        input = Input(self.shape if shape is None else shape)
        found = self.function(input, *arguments, **params)
        return input, [*found] if isinstance(found, (list, tuple)) else [found]

    def size(self, shape: tuple[int, ...] | None = None, *arguments: Any, **params: Any) -> int:
        """How many weights such a model has, `theta.size`; statistics do not count, nothing is made.

        >>> from optiviz.models import lenet5
        >>> lenet5.size(), lenet5.size((28, 28, 1), 26)
        (61706, 45786)
        """
        _, outputs = self.graph(shape, *arguments, **params)
        begins = [begin for need in needs(in_order(outputs)).values() for begin in need.weights.values()]
        return sum(math.prod(begin.shape) for begin in begins)

    def __repr__(self) -> str:
        return self.name


Architecture.registry = Registry(Architecture)


def architecture(shape: tuple[int, ...]) -> Callable[[Callable[..., Any]], Architecture]:
    """Make a function from node to node an architecture, and enter it under its name.

    Args:
        shape: that of an input, unless it is given.

    >>> from optiviz.models import answer, architecture
    >>> from optiviz.nn import Conv2D, GlobalAvgPool2D
    >>> @architecture(shape=(32, 32, 3))
    ... def tiny(i, classes=10):
    ...     z = Conv2D(8, 3, activation="relu")(i)
    ...     z = GlobalAvgPool2D()(z)
    ...     return answer(classes)(z)
    >>> tiny.size(), tiny(classes=2).theta.size
    (314, 242)
    >>> del Architecture.registry.formulas["tiny"]
    """

    def entered(function: Callable[..., Any]) -> Architecture:
        made = Architecture(function, shape)
        Architecture.registry.add(made)
        return made

    return entered


def answer(classes: int) -> Dense:
    """The last layer: how likely each class is; of one class, whose answer is yes or no, how likely yes is.

    Raises:
        ValueError: there is no class.

    >>> answer(10), answer(1)
    (Dense(10, Softmax()), Dense(1, Sigmoid()))
    """
    if not isinstance(classes, (int, np.integer)) or isinstance(classes, bool) or classes < 1:
        raise ValueError(f"classes is a whole number from 1, not {classes!r:.60}; 1 asks for yes or no")
    return Dense(classes, "sigmoid" if classes == 1 else "softmax")


def called(name: str) -> Architecture:
    """The architecture of that name, or that in a file of one's own: `called("mine.py:net")`.

    Raises:
        LookupError: there is none; the message proposes the nearest.

    >>> called("vgg-16")
    Traceback (most recent call last):
    LookupError: unknown model 'vgg-16'; did you mean 'vgg16'?
    """
    return Architecture.registry[name]
