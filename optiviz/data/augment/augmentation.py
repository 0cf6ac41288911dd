"""What an augmentation is: a function of images and chance, and one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from optiviz.data.augment.resampling import FILLS
from optiviz.formula import Formula

__all__ = ["Augmentation", "Chain", "augmentation", "spread"]

Array = npt.NDArray[Any]


class Augmentation(Formula):
    """A formula of images (N, H, W, C) and a generator, which changes each image by what it draws for it.

    Called with both, it gives images of the same shape and type; with keywords alone, a copy with other numbers. One
    after the other is written with `>>`, as schedules are: `shift(by=0.1) >> flip >> rotation(degrees=15)`.
    """

    kind = "augmentation"
    variables = (("images", "rng"),)
    example = "def noise(images, rng, *, by=0.1): return images + by * rng.normal(size=images.shape)"
    result = "images"
    choices: ClassVar[Mapping[str, Collection[str]]] = {"fill": FILLS}

    def __call__(self, *variables: Any, **params: Any) -> Any:
        """With images and a generator or seed: the images, changed. With keywords alone: a copy with those numbers.

        Raises:
            LookupError: there is no parameter of that name.
            TypeError, ValueError: a parameter is not what it may be, or the images are none.
        """
        if not variables:
            return super().__call__(**params)
        if len(variables) != 2:
            first = next(iter(self.params), None)
            numbers = f", and its numbers by name: {self.name}({first}={self.params[first]!r})" if first else ""
            raise TypeError(f"{self.name} takes images and a generator or a seed{numbers}")
        images = checked_images(self.name, variables[0])
        result = super().__call__(images, np.random.default_rng(variables[1]), **params)
        if not isinstance(result, np.ndarray) or (result.shape, result.dtype) != (images.shape, images.dtype):
            came = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
            raise ValueError(f"{self.name} gives {came} for {images.dtype} {images.shape}; it may change neither")
        return result

    def __rshift__(self, then: Any) -> Chain:
        """This one, and what comes of it through the next."""
        return Chain(self, then) if isinstance(then, Augmentation) else NotImplemented


class Chain(Augmentation):
    """Augmentations one after the other, all drawing from the same generator.

    >>> from optiviz.data.augment import flip, rotation, shift
    >>> shift(by=0.1) >> flip >> rotation
    shift >> flip >> rotation
    """

    def __init__(self, *parts: Augmentation) -> None:
        self.parts: tuple[Augmentation, ...] = ()
        for part in parts:
            self.parts += part.parts if isinstance(part, Chain) else (part,)

        def chain(images: Any, rng: Any) -> Any:
            for part in self.parts:
                images = part(images, rng)
            return images

        chain.__doc__ = " Then: ".join(part.summary for part in self.parts)
        super().__init__(chain)
        self.name = " >> ".join(part.name for part in self.parts)

    def __repr__(self) -> str:
        """Each with the numbers that were changed."""
        return " >> ".join(map(repr, self.parts))


def augmentation(function: Callable[..., Any]) -> Augmentation:
    """Make a function of images and a generator an augmentation, and enter it in the registry.

    Raises:
        FormulaError: the signature is not that of an augmentation.

    >>> @augmentation
    ... def noise(images, rng, *, by=0.1):
    ...     return (images + by * rng.normal(size=images.shape)).astype(images.dtype)
    >>> print(noise(by=0.2)(np.zeros((5, 8, 8, 1)), 0).std().round(2))
    0.2
    >>> del Augmentation.registry.formulas["noise"]
    """
    made = Augmentation(function)
    Augmentation.registry.add(made)
    return made


def spread(rng: np.random.Generator, count: int, *bounds: float) -> Array:
    """A number between -1 and 1 times each bound, uniform, for each of so many images: (bounds, N).

    All that an image needs is drawn before the next one's, so a batch is its images one by one.
    """
    return (rng.uniform(-1, 1, (count, len(bounds))) * bounds).T


def checked_images(name: str, images: Any) -> Array:
    """The images as they are.

    Raises:
        TypeError, ValueError: they are none.
    """
    array: Array = np.asarray(images)
    if array.dtype != np.uint8 and array.dtype not in (np.float16, np.float32, np.float64):
        raise TypeError(f"{name} takes images of bytes or floats, not {array.dtype}; write images.astype(np.float32)")
    if array.ndim != 4:
        hint = {2: "images[None, ..., None]", 3: "images[..., None] if they are grey, images[None] for one in colour"}
        more = f"; write {hint[array.ndim]}" if array.ndim in hint else ""
        raise ValueError(f"{name} takes images (N, height, width, channels), not {array.shape}{more}")
    if 0 in array.shape[1:]:
        raise ValueError(f"{name} takes images with pixels, not {array.shape}")
    return array
