"""A layer: a function of arrays and of its weights, and under the formula its derivative.

`forward(x)` returns the output y and a function `backward`, which takes the gradient dy of the loss with respect to y
to that with respect to x, and adds to the gradients of the weights. Nothing is remembered in between but by that
function, so a layer may stand twice in one network.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from optiviz.nn.initializers import initializer
from optiviz.nn.memory import ALONE, Array, Memory, Shape, parts

__all__ = ["LAYERS", "Array", "Backward", "Begin", "Layer", "Shape", "Statistic", "Weight"]

Backward = Callable[[Array], Any]

LAYERS: dict[str, type[Layer]] = {}
"""The layers by name."""

AT_ONCE = 1_048_576
"""So many random numbers are drawn at a time: they come in float64, whatever the weights are."""


class Begin(NamedTuple):
    """How a weight begins: its shape, the name of an initializer, and how many numbers enter and leave a unit."""

    shape: Shape
    initializer: str
    fan_in: int = 1
    fan_out: int = 1

    def fill(self, array: Array, rng: np.random.Generator) -> None:
        """Have the weight begin, in an array of its shape."""
        draw, flat = initializer(self.initializer), array.reshape(-1)
        for part in parts(flat.size, AT_ONCE):
            flat[part] = draw(rng, (part.stop - part.start,), self.fan_in, self.fan_out)


class Weight:
    """A weight W of a layer, and its gradient dW. `layer.W = array` writes into the memory that W has."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        setattr(owner, f"d{name}", property(lambda layer: layer.gradient(name)))

    def __get__(self, layer: Layer | None, owner: type) -> Any:
        return self if layer is None else layer.array(self.name)

    def __set__(self, layer: Layer, value: npt.ArrayLike) -> None:
        kept, new = layer.array(self.name), np.asarray(value)
        if new.shape != kept.shape:
            raise ValueError(f"{self.name} of {layer!r} has the shape {kept.shape}, not {new.shape}")
        kept[...] = new


class Statistic(Weight):
    """What a layer has learnt by counting, unseen by optimizers."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


class Layer:
    """A layer of a network.

    A subclass says what comes out, `output_shape`, which weights it needs, `weights`, and what it computes, `forward`.
    Shapes are those of one example; arrays have the batch as their first axis.

    Attributes:
        reads: what backward reads of the arrays that forward has seen: "x", "y", both or nothing.
        mixes: does the output for an example depend on the others of its batch while training?
        draws: does it draw random numbers while training?
        passes_on: how backward hands on the array that it is given: "" not at all, "view" as it is, reshaped or in
            parts, "copies" to several inputs. A layer of one input with "view" returns its input, too, unless it draws.
        heavy: is there so much work in one call that threads should share it?
        whole_numbers: does it take whole numbers, such as tokens, which are not to become floats?
        activation: what follows the formula of the layer, if anything.
    """

    reads: ClassVar[str] = "x"
    mixes: ClassVar[bool] = False
    draws: ClassVar[bool] = False
    heavy: ClassVar[bool] = False
    whole_numbers: ClassVar[bool] = False
    passes_on: ClassVar[str] = ""
    inputs: ClassVar[int | None] = 1
    """How many arrays it takes; None for two or more."""

    activation: Layer | None = None
    memory: Memory = ALONE
    arrays: Mapping[str, Array] = {}
    """The weights and statistics by name, views of a model's buffers if the layer is in a model."""
    gradients: Mapping[str, Array] = {}
    void: set[str]
    """The weights whose gradient has not been begun: what is there is not 0 but old."""
    place: int | None = None
    """Which call of a graph it stands for, by the number of its output there, if it is watched."""
    drawn: Array | None = None
    """What has been drawn for the next forward; a layer that draws does so by itself if None."""

    def __init_subclass__(cls, abstract: bool = False) -> None:
        if not abstract:
            LAYERS[cls.__name__] = cls

    # What a layer says of itself.
    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape of an output for inputs of these shapes.

        Raises:
            ValueError: the layer cannot take them.
        """
        return shapes[0]

    def weights(self, *shapes: Shape) -> dict[str, Begin]:
        """The weights for inputs of these shapes, by name."""
        return {}

    def statistics(self, *shapes: Shape) -> dict[str, Begin]:
        """The statistics, by name."""
        return {}

    def whole(self, training: bool) -> bool:
        """Should it see a batch as a whole, rather than some examples at a time?"""
        return self.mixes and training

    def multiplications(self, *shapes: Shape) -> int:
        """About how many multiplications the output for one example takes."""
        return math.prod(self.output_shape(*shapes))

    def draw(self, rng: Any, shape: Shape) -> Array:
        """The random numbers that a layer which draws needs for an input (N, ...) of this shape."""
        raise NotImplementedError

    def forward(self, *x: Any, **options: Any) -> tuple[Array, Backward]:
        """The output, and the function that takes its gradient back.

        Args:
            x: the inputs, (N, ...) each.
            options: `training`: False, or True, or the generator that a layer draws from which is random in training.
        """
        raise NotImplementedError

    # What every layer can.
    def build(self, *shapes: Shape, rng: Any = 0, dtype: npt.DTypeLike = np.float32) -> Shape:
        """Make weights for inputs of these shapes, and return the shape of the output.

        Args:
            shapes: those of one example, without the batch.
            rng: a seed or a generator.
            dtype: float32 to train, float64 to check.
        """
        shape = self.output_shape(*shapes)
        rng = np.random.default_rng(rng)
        weights = self.weights(*shapes)
        begin = {**weights, **self.statistics(*shapes)}
        arrays = {name: np.empty(b.shape, dtype) for name, b in begin.items()}
        for name, b in begin.items():
            b.fill(arrays[name], rng)
        self.live_in(arrays, {name: np.zeros_like(arrays[name]) for name in weights})
        return shape

    def array(self, name: str) -> Array:
        """A weight or statistic."""
        if name not in self.arrays:
            raise RuntimeError(f"{self!r} has no weights yet; put it in a model, or call its build(shape of an input)")
        return self.arrays[name]

    def gradient(self, name: str) -> Array:
        """The gradient of a weight: the sum over all that backward has been called with."""
        self.array(name)
        return self.gradients[name]

    def live_in(self, arrays: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Have weights, statistics and gradients in these arrays from now on."""
        self.arrays, self.gradients, self.void = arrays, gradients, set(gradients)

    def twin(self, memory: Memory) -> Self:
        """The same layer with the same weights, without its activation, that puts its arrays elsewhere."""
        other = copy.copy(self)
        other.memory, other.activation = memory, None
        return other

    def accumulate(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Add `function(*arguments)` to the gradient of a weight; the first to come is written there at once."""
        gradient = self.gradients[name]
        if name in self.void:
            self.void.discard(name)
            function(*arguments, out=gradient)
        else:
            gradient += function(*arguments, out=self.scratch(f"d{name}", gradient.shape, gradient))

    def add(self, name: str, share: Array) -> None:
        """Add what another thread has found to the gradient of a weight."""
        if name in self.void:
            self.void.discard(name)
            self.gradients[name][...] = share
        else:
            self.gradients[name] += share

    # Memory, by short names.
    def room(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for an output or for what backward will read."""
        return self.memory.room(name, shape, like)

    def slope(self, name: str, shape: Shape, like: Array) -> Array:
        """An array for a gradient that backward returns."""
        return self.memory.slope(name, shape, like)

    def scratch(self, name: str, shape: Shape, like: Array) -> Array:
        """An array that nobody reads after forward or backward has returned."""
        return self.memory.scratch(name, shape, like)

    def over(self, x: Array) -> Array:
        """An array like x for the output: x itself where nobody reads it again."""
        return self.memory.over(x)

    def over_dy(self, dy: Array) -> Array:
        """An array like dy for the gradient of the input: dy itself where nobody reads it again."""
        return self.memory.over_dy(dy)

    # How it is written down.
    @classmethod
    def parameters(cls) -> list[str]:
        """The names of the arguments that make a layer."""
        return [name for name in inspect.signature(cls).parameters if cls.__init__ is not object.__init__]

    def config(self) -> dict[str, Any]:
        """The arguments that make this layer again."""
        return {name: getattr(self, name) for name in self.parameters()}

    def __repr__(self) -> str:
        known = inspect.signature(type(self)).parameters
        told = {name: value for name, value in self.config().items() if not _stands_for(known[name].default, value)}
        said = []
        for i, (name, value) in enumerate(told.items()):
            bare = i < 2 and name == [*known][i] and known[name].kind is not inspect.Parameter.KEYWORD_ONLY
            said.append(f"{value!r}" if bare else f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"

    def __call__(self, *inputs: Any) -> Any:
        """Of nodes of a graph a node; of arrays the output."""
        from optiviz.nn.graph import called

        return called(self, inputs)


def _stands_for(default: Any, value: Any) -> bool:
    """Is the value what the default means? 1 may stand for (1, 1)."""
    return bool(value == default) or (isinstance(value, tuple) and value == (default,) * len(value) != ())
