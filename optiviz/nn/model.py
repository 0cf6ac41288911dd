"""A network: a graph of layers, with one buffer for all its weights and one for their gradients."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from optiviz.losses import Loss
from optiviz.nn.buffers import Buffer, Buffers
from optiviz.nn.building import check_weights, dtype_of, nodes_of, slopes_for, tokens_of
from optiviz.nn.examples import inputs_of
from optiviz.nn.executor import Call, leading_to, run
from optiviz.nn.files import load, save
from optiviz.nn.fitting import fit
from optiviz.nn.graph import Input, Node, in_order, needs
from optiviz.nn.layer import Array, Layer, Shape
from optiviz.nn.looking.names import layer_names
from optiviz.nn.looking.profile import profile
from optiviz.nn.looking.summary import summary
from optiviz.nn.looking.trace import trace
from optiviz.nn.memory import ALONE
from optiviz.nn.names import checked_size, loss_called
from optiviz.nn.objective import objective
from optiviz.nn.plan import Plan
from optiviz.nn.predicting import evaluate, predict
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
        theta: all weights (P,); those of the layers are views of it, and `model.theta = array` writes to them.
        grad: their gradients (P,).
        statistics: what layers have counted, unseen by optimizers.
        layers: the layers, each once.
        names: their names, numbered as in Keras: conv2d, conv2d_1.
        nodes: the graph, each node after those that it reads.

    Raises:
        ValueError: the outputs do not come from the inputs, one stands there twice, or a layer is in another model.
    """

    theta, grad, statistics = Buffer(), Buffer(), Buffer()

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
        self.inputs, self.outputs = nodes_of(inputs), nodes_of(outputs)
        self.dtype = dtype_of(dtype)
        self.threads = usual_threads() if threads is None else checked_size("threads", threads)
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
        self._places = [
            Call(node.layer, tuple(number[id(other)] for other in node.inputs), number[id(node)])
            for node in nodes
            if node.layer is not None
        ]
        self.tokens = tokens_of(self._places)
        needed = needs(nodes)
        self.layers: list[Layer] = [*needed]
        self.names: dict[Layer, str] = layer_names(self.layers)
        for layer, need in needed.items():
            check_weights(layer, need, self.dtype)
        self._buffers = Buffers(needed, self.dtype)
        self._buffers.begin(needed, np.random.default_rng(rng))
        self._move_in()

    def _move_in(self) -> None:
        """Have the numbers of all layers in the buffers of this model, and plan anew."""
        self._buffers.fetch()
        self._calls = [replace(call, layer=call.layer.twin(ALONE)) for call in self._places]
        self._plans: dict[Any, Plan] = {}

    @property
    def home(self) -> Buffers:
        """The buffers, with the numbers of all layers in them; another model may have had some meanwhile."""
        if not self._buffers.hold_all:
            self._move_in()
        return self._buffers

    @property
    def layout(self) -> Sequence[Shape]:
        """The shapes of the weights, in order."""
        return self._buffers.layout

    @property
    def calls(self) -> Sequence[Call]:
        """The layers at their places in the graph, in order."""
        if not self._buffers.hold_all:
            self._move_in()
        return self._calls

    # A copy has buffers of its own, and makes plans of its own.
    def __getstate__(self) -> dict[str, Any]:
        known = {name: value for name, value in vars(self).items() if name not in ("_buffers", "_calls", "_plans")}
        return {"nodes": self.nodes, **known}  # one node after the other: deep networks, too

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._buffers = Buffers(needs(self.nodes), self.dtype)
        self._move_in()

    def __copy__(self) -> Model:
        return copy.deepcopy(self)

    fit, predict, evaluate, objective, save = fit, predict, evaluate, objective, save
    load = staticmethod(load)
    summary, trace, profile = summary, trace, profile

    def __call__(self, *x: Any) -> Any:
        """Of nodes of another graph the nodes that come out, with the same weights; of arrays the output.

        >>> from optiviz.nn import Dense, Input, Sequential
        >>> base = Sequential([Input(shape=(4,)), Dense(3, "relu")])
        >>> i = Input(shape=(4,))
        >>> Model(i, Dense(2)(base(i))).theta.size
        23
        """
        given = self.several(x[0]) if len(x) == 1 else x
        if not any(isinstance(node, Node) for node in given):
            return self.predict(list(given) if len(given) > 1 else given[0])
        if len(given) != len(self.inputs):
            raise ValueError(f"the model takes {len(self.inputs)} inputs, not {len(given)}")
        for node, own in zip(given, self.inputs, strict=True):
            if node.shape != own.shape:
                raise ValueError(f"the model takes inputs of shape {own.shape}, not {node.shape}")
        made = dict(zip(map(id, self.inputs), given, strict=True))
        for node in self.nodes:
            if node.layer is not None:
                made[id(node)] = Node(node.layer, tuple(made[id(other)] for other in node.inputs), node.shape)
        found = [made[id(node)] for node in self.outputs]
        return found if len(found) > 1 else found[0]

    def __repr__(self) -> str:
        ends = [", ".join(str(node.shape) for node in nodes) for nodes in (self.inputs, self.outputs)]
        return (
            f"<{type(self).__name__} of {len(self.layers)} layers, {ends[0]} to {ends[1]}, {self.theta.size:,} weights>"
        )

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

    def value_and_grad(self, x: Any, y: Any, loss: Loss | str, training: Any = True) -> tuple[float, Array]:
        """The loss on a batch, and its gradient with respect to `theta`, which is `grad`.

        Args:
            x: the input (N, ...), or a list of several.
            y: the targets, as the loss wants them.
            loss: such as `losses.sparse_cce`, or its name.
            training: True, or the generator that dropout draws from.

        Raises:
            LookupError: there is no loss of that name.
            ValueError: the loss does not go with the activation that the model ends in.
        """
        loss = loss_called(loss) if isinstance(loss, str) else loss
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
        makers = {call.output: call for call in self.calls}
        last = bend = makers.get(out)
        while bend and bend.layer.passes_on == "view" and len(bend.inputs) == 1:
            bend = makers.get(bend.inputs[0])
        name = type(bend.layer).__name__.lower() if bend else ""
        if not bend or not loss.activation or name not in ("softmax", "sigmoid"):
            return out
        if bend is last and name == loss.activation:
            return bend.inputs[0]
        behind = "" if not last or bend is last else f" before {last.layer!r}"
        raise ValueError(
            f"{loss.name} is a loss of raw scores or of a {loss.activation}, and the model ends in a {name}{behind}; "
            f"end it in activation={loss.activation!r}, or in none"
        )

    @one_blas_thread()
    def _forward(self, x: Sequence[Array], training: Any, outs: Sequence[int]) -> tuple[list[Array], Any]:
        arrays, calls = self._checked(x), self.calls
        if self.fuse:
            y, way = self._plan(len(arrays[0]), bool(training), outs).forward(arrays, training)
        else:
            values = dict(zip(self.ins, arrays, strict=True))
            through = run(leading_to(outs, calls), values, training)
            y = [values[v] for v in outs]

            def way(dy: Sequence[Array | None]) -> None:
                through({v: slope for v, slope in zip(outs, dy, strict=True) if slope is not None})

        @one_blas_thread()
        def back(dy: Sequence[Any]) -> None:
            slopes = slopes_for(y, dy)
            if self.calls is not calls:
                raise RuntimeError(
                    "another model has used the same layers since this forward; call backward before that"
                )
            for layer in self.layers:
                layer.void.update(layer.gradients)
            way(slopes)
            for layer in self.layers:
                for name in layer.void:
                    layer.gradients[name][...] = 0

        return y, back

    def _plan(self, n: int, training: bool, outs: Sequence[int]) -> Plan:
        key = (n, training, self.threads, *outs)
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
            if not isinstance(layer, (Layer, Model)):
                hint = f"; write {layer.__name__}(...)" if isinstance(layer, type) else ""
                raise TypeError(f"a Sequential is an Input and then layers, not {layer!r:.60}{hint}")
            node = layer(node)
        super().__init__(layers[0], node, **options)
