"""What goes through a network: the output of each call on the way forward, and the gradients on the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from optiviz.formula import nearest
from optiviz.losses import Loss
from optiviz.nn.examples import examples
from optiviz.nn.executor import run
from optiviz.nn.layer import Array
from optiviz.nn.looking.apart import apart, watch
from optiviz.nn.looking.names import value_names
from optiviz.nn.looking.table import NONE, Table, Tabled
from optiviz.nn.names import loss_called

if TYPE_CHECKING:
    from optiviz.nn.model import Model

__all__ = ["Seen", "Trace", "trace"]

MEASURES = ("shape", "norm", "min", "mean", "max", "std", "zeros")


@dataclass(frozen=True)
class Seen:
    """What has been seen at one call: `y`, `dy`, and as `dW`, `db`, ... what the call adds to the gradients of weights.

    Attributes:
        name: that of the layer; `dense (2)` where a layer is called for the second time.
        y: what came out, (N, ...).
        dy: the gradient of the loss with respect to y; None if it did not come by.
        gradients: those of the weights, by the names of the weights.
    """

    name: str
    y: Array
    dy: Array | None = None
    gradients: Mapping[str, Array] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Array:
        gradients = vars(self).get("gradients", {})
        if name[:1] == "d" and name[1:] in gradients:
            found: Array = gradients[name[1:]]
            return found
        there = ["y", *(["dy"] if vars(self).get("dy") is not None else []), *(f"d{weight}" for weight in gradients)]
        raise AttributeError(f"no {name!r} has been seen at {vars(self).get('name')}, but {', '.join(there)}")


@dataclass(frozen=True, repr=False)
class Trace(Tabled):
    """What has been seen in a network: `t["conv2d"].y`, and with a loss `t["conv2d"].dy` and `t["conv2d"].dW`.

    Attributes:
        calls: the inputs and the calls, in the order in which they compute.
        loss: its value, if one was given.
    """

    calls: tuple[Seen, ...]
    loss: float | None = None

    @property
    def names(self) -> list[str]:
        """The names of what has been seen."""
        return [seen.name for seen in self.calls]

    def __getitem__(self, name: str) -> Seen:
        for seen in self.calls:
            if seen.name == name:
                return seen
        raise LookupError(f"there is no {name!r} in this network; {nearest(str(name), self.names, 'there are')}")

    def __iter__(self) -> Iterator[Seen]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    @property
    def tables(self) -> Sequence[Table]:
        """What is shown: one table of the way forward, one of the way back."""
        forth = [(seen.name, seen.y) for seen in self.calls]
        tables = [_table("forward: y", forth)]
        if self.loss is not None:
            back: list[tuple[str, Array]] = []
            for seen in reversed(self.calls):
                back += [(f"{seen.name} dy", seen.dy)] if seen.dy is not None else []
                back += [(f"{seen.name} d{weight}", g) for weight, g in seen.gradients.items() if seen.dy is not None]
            tables.append(_table("back: dy", back, f"from a loss of {self.loss:.5g}"))
        return tables


def _table(title: str, arrays: Sequence[tuple[str, Array]], *foot: str) -> Table:
    rows = [[name, *measures(array)] for name, array in arrays]
    bad = [name for name, array in arrays if not np.isfinite(array).all()]
    foot = (*foot, f"not finite from {bad[0]} on") if bad else foot
    return Table([title, *MEASURES], rows, frozenset({0, 1}), foot)


def measures(array: Array) -> list[str]:
    """The shape of an array, its norm, least, mean and largest number, standard deviation and share of zeros."""
    a = array.astype(float)
    with np.errstate(invalid="ignore", over="ignore"):
        numbers = [float(np.linalg.norm(a)), a.min(), a.mean(), a.max(), a.std()]
    zeros = np.count_nonzero(a == 0) / a.size
    share = NONE if not zeros else "< 1%" if zeros < 0.01 else f"{zeros:.0%}"
    return [str(array.shape), *map(_short, numbers), share]


def _short(number: float) -> str:
    """Three digits, and a small number as 1.8e-4.

    >>> _short(-0.25), _short(0.0123), _short(-0.000177), _short(12345678.0), _short(float("nan"))
    ('-0.25', '0.0123', '-1.8e-4', '1.2e7', 'nan')
    """
    if number == 0 or not np.isfinite(number) or 1e-3 <= abs(number) < 1e5:
        return f"{number:.3g}" if abs(number) < 1e3 or not np.isfinite(number) else f"{number:.0f}"
    digits, power = f"{number:.1e}".split("e")
    return f"{digits}e{int(power)}"


def trace(model: Model, x: Any, y: Any = None, loss: Loss | str | None = None, *, training: Any = True) -> Trace:
    """What a small batch becomes in each layer, and with targets and a loss what gradients come back.

    The layers run as they are written, without a plan, and nothing changes in the model.

    Args:
        model: the network.
        x: the input (N, ...), or a list of several.
        y: the targets, as the loss wants them.
        loss: such as `losses.sparse_cce`, or its name.
        training: True, or the generator that dropout draws from; False to see the model as it predicts.

    Raises:
        LookupError: there is no loss of that name.
        TypeError, ValueError: there is a loss without targets or targets without a loss, or they do not fit.

    >>> from optiviz.nn import Dense, Input, Sequential
    >>> model = Sequential([Input(shape=(4,)), Dense(3, "relu"), Dense(2)])
    >>> seen = model.trace(np.ones((5, 4)), np.zeros((5, 2)), "mse")
    >>> seen.names
    ['input_layer', 'dense', 'dense.relu', 'dense_1']
    >>> seen["dense.relu"].y.shape, seen["dense_1"].dW.shape
    ((5, 3), (3, 2))
    """
    if (y is None) != (loss is None):
        raise ValueError("gradients need a loss and its targets: trace(x, y, losses.mse), or trace(x) without")
    loss = None if loss is None else loss_called(loss)
    inputs, y = (model.several(x), y) if loss is None else examples(model, loss, x, y)
    values = dict(zip(model.ins, model._checked(inputs), strict=True))
    outputs, slopes = {v: _kept(array) for v, array in values.items()}, dict[int, Array]()

    def forth(v: int, forward: Any, *x: Array) -> Any:
        output, backward = forward(*x)
        outputs[v] = _kept(output)
        return output, backward

    def back(v: int, backward: Any, dy: Array) -> Any:
        slopes[v] = _kept(dy)
        return backward(dy)

    calls = apart(model.calls)
    for call in calls:
        watch(call.layer, partial(forth, call.output), partial(back, call.output))
    way_back = run(calls, values, np.random.default_rng(0) if training is True else training)
    value = None
    if loss is not None:
        scores = model.scores_for(loss)
        value, slope = loss.mean(values[scores], y)
        slopes |= {v: _kept(dx) for v, dx in way_back({scores: slope}).items()}
    gradients = {call.output: call.layer.gradients for call in calls if value is not None}
    seen = [
        Seen(name, outputs[v], slopes.get(v), {weight: _kept(g) for weight, g in gradients.get(v, {}).items()})
        for v, name in enumerate(value_names(model.nodes))
    ]
    return Trace(tuple(seen), value)


def _kept(array: Array) -> Array:
    kept = array.copy()
    kept.flags.writeable = False
    return kept
