"""A network: a graph of layers, with one buffer for all its weights and one for their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.losses import Loss
from optiviz.nn.examples import inputs_of
from optiviz.nn.executor import Call, leading_to, run
from optiviz.nn.files import load, save
from optiviz.nn.graph import Input, Needs, Node, in_order, needs
from optiviz.nn.layer import Array, Layer, Shape
from optiviz.nn.looking.names import layer_names
from optiviz.nn.looking.profile import profile
from optiviz.nn.looking.summary import summary
from optiviz.nn.looking.trace import trace
from optiviz.nn.memory import ALONE
from optiviz.nn.objective import objective
from optiviz.nn.plan import Plan
from optiviz.nn.predicting import evaluate, predict
from optiviz.nn.training import fit
from optiviz.threads import one_blas_thread, usual_threads

__all__ = ["Model", "Sequential"]

PLANS = 4
"""For so many sizes of batches the arrays are kept."""


class Model:
    """A network from inputs to outputs: `i = Input(shape=(4,)); Model(i, Dense(3)(i))`.

    Args:
        inputs: one `Input`, or several.
        outputs: the node that comes out, or several.
        rng: a seed or a generator for the first weights.
        dtype: float32 to train, float64 to check.
        threads: how many to use; as many as there are cores (or OPTIVIZ_THREADS) if None.
        fuse: plan the network; without, the layers run one after the other as they are written.

    Attributes:
        theta: all weights (P,); those of the layers are views of it.
        grad: their gradients (P,).
        statistics: what layers have counted, unseen by optimizers.
        layout: the shapes of the weights, in order.
        layers: the layers, each once.
        names: their names, numbered as in Keras: conv2d, conv2d_1.
        nodes: the graph, each node after those that it reads.

    Raises:
        ValueError: the outputs do not come from the inputs, one stands there twice, or a layer is in another model.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        *,
        rng: Any = 0,
        dtype: npt.DTypeLike = np.float32,
        threads: int | None = None,
        fuse: bool = True,
    ) -> None:
        self.inputs, self.outputs = _nodes(inputs), _nodes(outputs)
        self.dtype = np.dtype(dtype)
        self.threads = usual_threads() if threads is None else threads
        self.fuse = fuse
        self.nodes = nodes = in_order([*self.inputs, *self.outputs])
        for node in nodes:
            if node.layer is None and node not in self.inputs:
                raise ValueError(
                    f"the outputs need {node!r}, which is not among the inputs; write Model([...], outputs)"
                )
        number = {id(node): i for i, node in enumerate(nodes)}
        self.shapes: dict[int, Shape] = {i: node.shape for i, node in enumerate(nodes)}
        self.ins = [number[id(node)] for node in self.inputs]
        self.outs = [number[id(node)] for node in self.outputs]
        places = [
            (node.layer, tuple(number[id(other)] for other in node.inputs), number[id(node)])
            for node in nodes
            if node.layer is not None
        ]
        needed = needs(nodes)
        self.layers: list[Layer] = [*needed]
        self.names: dict[Layer, str] = layer_names(self.layers)
        self._begin(needed, np.random.default_rng(rng))
        self.calls = [Call(layer.twin(ALONE), reads, makes) for layer, reads, makes in places]
        self.tokens = {v for layer, reads, _ in places if layer.whole_numbers for v in reads}
        self._plans: dict[Any, Plan] = {}

    def _begin(self, needed: Mapping[Layer, Needs], rng: np.random.Generator) -> None:
        """Give the weights, gradients and statistics of all layers a place in one buffer each, and have them begin."""
        for layer, need in needed.items():
            _check_is_free(layer, need)
        self.layout = [begin.shape for need in needed.values() for begin in need.weights.values()]
        counted = [begin.shape for need in needed.values() for begin in need.statistics.values()]
        self.theta, weights = _one_buffer(self.layout, self.dtype)
        self.grad, gradients = _one_buffer(self.layout, self.dtype)
        self.statistics, numbers = _one_buffer(counted, self.dtype)
        for layer, need in needed.items():
            arrays = {name: next(weights) for name in need.weights} | {name: next(numbers) for name in need.statistics}
            for name, begin in (need.weights | need.statistics).items():
                if layer.arrays:
                    arrays[name][...] = layer.arrays[name]
                else:
                    begin.fill(arrays[name], rng)
            layer.live_in(arrays, {name: next(gradients) for name in need.weights})

    fit, predict, evaluate, objective, save = fit, predict, evaluate, objective, save
    load = staticmethod(load)
    summary, trace, profile = summary, trace, profile

    def forward(self, *x: Array, training: Any = False) -> tuple[Any, Any]:
        """The output and the function that takes its gradient back, as a layer has it.

        The way back writes the gradients of all weights into `grad`, whatever was there. What comes out is valid until
        the next forward.

        Args:
            x: the inputs, (N, ...) each.
            training: False, or the generator that dropout draws from.
        """
        y, back = self._forward(x, training, self.outs)
        many = len(y) > 1

        def backward(dy: Any) -> None:
            back(dy if many else [dy])

        return (y if many else y[0]), backward

    def value_and_grad(self, x: Any, y: Any, loss: Loss, training: Any = True) -> tuple[float, Array]:
        """The loss on a batch, and its gradient with respect to `theta`, which is `grad`.

        Args:
            x: the input (N, ...), or a list of several.
            y: the targets, as the loss wants them.
            loss: such as `losses.sparse_cce`.
            training: True, or the generator that dropout draws from.

        Raises:
            ValueError: the loss does not go with the activation that the model ends in.
        """
        (scores,), back = self._forward(self.several(x), training, [self.scores_for(loss)])
        value, slope = loss(scores, y)
        back([slope])
        return value, self.grad

    def scores_for(self, loss: Loss) -> int:
        """The value that is handed to the loss: what comes out, or what stands before an activation that the loss has.

        Raises:
            ValueError: the model ends in another one, or has several outputs.
        """
        if len(self.outs) > 1:
            raise ValueError(f"a loss is that of one output, and the model has {len(self.outs)}; make a Model of one")
        (out,) = self.outs
        last = next((call for call in reversed(self.calls) if call.output == out), None)
        name = type(last.layer).__name__.lower() if last else ""
        if loss.activation and last and name == loss.activation:
            return last.inputs[0]
        if loss.activation and name in ("softmax", "sigmoid"):
            raise ValueError(
                f"{loss.name} is a loss of raw scores or of a {loss.activation}, and the model ends in a {name}; "
                f"end it in activation={loss.activation!r}, or in none"
            )
        return out

    @one_blas_thread()
    def _forward(self, x: Sequence[Array], training: Any, outs: Sequence[int]) -> tuple[list[Array], Any]:
        arrays = self._checked(x)
        if self.fuse:
            y, way = self._plan(len(arrays[0]), bool(training), outs).forward(arrays, training)
        else:
            values = dict(zip(self.ins, arrays, strict=True))
            through = run(leading_to(outs, self.calls), values, training)
            y = [values[v] for v in outs]

            def way(dy: Sequence[Array]) -> None:
                through({v: slope for v, slope in zip(outs, dy, strict=True) if slope is not None})

        @one_blas_thread()
        def back(dy: Sequence[Array]) -> None:
            for layer in self.layers:
                layer.void.update(layer.gradients)
            way(dy)
            for layer in self.layers:
                for name in layer.void:
                    layer.gradients[name][...] = 0

        return y, back

    def _plan(self, n: int, training: bool, outs: Sequence[int]) -> Plan:
        key = (n, training, *outs)
        plan = self._plans.pop(key, None)
        if plan is None:
            calls = leading_to(outs, self.calls)
            plan = Plan(
                calls, self.shapes, self.ins, outs, n, training=training, threads=self.threads, dtype=self.dtype
            )
            while len(self._plans) >= PLANS:
                del self._plans[next(iter(self._plans))]
        self._plans[key] = plan
        return plan

    def several(self, x: Any) -> Sequence[Any]:
        """The inputs one by one: x is a list of them, or the only one (which may be a list of rows)."""
        if not isinstance(x, (list, tuple)):
            return (x,)
        rows = len(self.ins) == 1 and (len(x) != 1 or np.ndim(x[0]) <= len(self.inputs[0].shape))
        return (x,) if rows else x

    def _checked(self, x: Sequence[Any]) -> list[Array]:
        """The inputs as arrays of the model's dtype.

        Raises:
            TypeError: they are not numbers.
            ValueError: there are too many or too few, or none, or their shapes do not fit.
        """
        arrays = inputs_of(self, x)
        if not len(arrays[0]):
            raise ValueError(f"a batch has an example or more, but the shape of x is {arrays[0].shape}")
        return [
            np.ascontiguousarray(a, a.dtype if v in self.tokens else self.dtype)
            for a, v in zip(arrays, self.ins, strict=True)
        ]


class Sequential(Model):
    """A network in one line: `Sequential([Input(shape=(28, 28, 1)), Flatten(), Dense(10)])`."""

    def __init__(self, layers: Sequence[Any], **options: Any) -> None:
        if not layers or not isinstance(layers[0], Input):
            raise ValueError("a Sequential begins with the shape of its input: Sequential([Input(shape=...), ...])")
        node: Node = layers[0]
        for layer in layers[1:]:
            node = layer(node)
        super().__init__(layers[0], node, **options)


def _check_is_free(layer: Layer, need: Needs) -> None:
    """See that a layer has no weights yet, or brings some that fit.

    Raises:
        ValueError: they do not, or are those of another model.
    """
    if any(array.base is not None for array in layer.arrays.values()):
        raise ValueError(f"{layer!r} is in another model already; make a new layer")
    if layer.arrays and need.shapes != {name: array.shape for name, array in layer.arrays.items()}:
        raise ValueError(f"{layer!r} was built for inputs of another shape than here; make a new layer")


def _one_buffer(shapes: Sequence[Shape], dtype: np.dtype[Any]) -> tuple[Array, Iterator[Array]]:
    """A flat array, and its parts in these shapes. What is not written to takes no memory."""
    ends = [0, *accumulate(map(math.prod, shapes))]
    buffer = np.zeros(ends[-1], dtype)
    parts = zip(pairwise(ends), shapes, strict=True)
    return buffer, (buffer[start:end].reshape(shape) for (start, end), shape in parts)


def _nodes(given: Any) -> tuple[Node, ...]:
    nodes = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not nodes or not all(isinstance(node, Node) for node in nodes):
        raise TypeError(f"a model goes from inputs to outputs that are made of them, not to {given!r:.80}")
    if len({id(node) for node in nodes}) < len(nodes):
        raise ValueError(f"a model has each input and each output once, not {[*nodes]!r:.200}")
    return nodes
