"""Looking into a network: what is shown is what is there, and looking changes nothing."""

import copy
import pickle
import re
import sys

import numpy as np
import pytest

from optiviz import adam, losses
from optiviz.nn import (
    Add,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool1D,
    Input,
    MaxPool2D,
    Model,
    ReLU,
    Sequential,
)
from optiviz.nn.looking.clock import product_rate
from optiviz.nn.looking.names import activation_name, layer_names, value_names
from optiviz.nn.looking.profile import Profile, Timed, _shortest, _Step
from optiviz.nn.looking.summary import summarized
from optiviz.nn.looking.table import NONE, WIDTH, Table
from optiviz.nn.looking.trace import Seen, Trace, measures

RNG = np.random.default_rng(5)
X, Y = RNG.standard_normal((6, 5, 5, 1)), RNG.integers(0, 3, 6)


@pytest.fixture(autouse=True)
def _a_short_look_at_the_machine(monkeypatch):
    monkeypatch.setattr("optiviz.nn.looking.clock.SIDE", 64)


def small(**options):
    layers = [Conv2D(2, 3, activation="relu"), Flatten(), Dropout(0.5), Dense(3)]
    return Sequential([Input((5, 5, 1)), *layers], **{"dtype": float, "threads": 1, **options})


def normalized(**options):
    layers = [Conv2D(2, 3), BatchNorm(), ReLU(), Flatten(), Dropout(0.5), Dense(3)]
    return Sequential([Input((5, 5, 1)), *layers], **{"dtype": float, "threads": 1, **options})


def forked():
    """Two ways from one input to a sum, the first through a layer that stands there twice."""
    i, shared = Input(4), Dense(4, "relu")
    return Model(i, Add()([shared(shared(i)), Dense(4)(i)]), dtype=float)


# Names.
def test_names_are_those_of_keras():
    shared = ReLU()
    layers = [Conv2D(1, 1), Conv2D(1, 1), shared, ReLU(), Dense(1, shared), Dense(1, shared), Dense(1, "relu")]
    layers.append(layers[-1].activation)
    names = ["conv2d", "conv2d_1", "dense.relu", "re_lu", "dense", "dense_1", "dense_2", "dense_2.relu"]
    assert list(layer_names(layers).values()) == names


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("BatchNormalization", "batch_normalization"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("GlobalAveragePooling1D", "global_average_pooling1d"),
        ("LeakyReLU", "leaky_re_lu"),
        ("LSTM", "lstm"),
    ],
)
def test_a_name_is_that_of_the_class_in_words(kind, name):
    made = object.__new__(type(kind, (), {"activation": None}))
    assert list(layer_names([made]).values()) == [name]


def test_a_model_knows_the_names_of_its_layers_and_values():
    model = forked()
    assert [model.names[layer] for layer in model.layers] == ["dense", "dense.relu", "dense_1", "add"]
    values = ["input_layer", "dense", "dense.relu", "dense (2)", "dense.relu (2)", "dense_1", "add"]
    assert value_names(model.nodes) == values
    two = Model([a := Input(1), b := Input(1)], [Dense(1)(a), Dense(1)(b)])
    assert sorted(value_names(two.nodes)) == ["dense", "dense_1", "input_layer", "input_layer_1"]


def test_an_activation_is_named_as_it_is_given():
    names = ["relu", "leaky_relu", "sigmoid", "softmax", "tanh"]
    assert [activation_name(Dense(1, name).activation) for name in names] == names


# The summary.
def test_parameters_and_dense_equivalents_by_hand():
    rows = {row.name: row for row in summarized(small()).rows}
    assert [rows[name].parameters for name in rows] == [0, 3 * 3 * 2 + 2, 0, 0, 18 * 3 + 3]
    assert [rows[name].dense for name in rows] == [None, 5 * 5 * 18 + 18, None, None, 18 * 3 + 3]
    assert rows["conv2d"].shape == (3, 3, 2) and rows["conv2d"].activation == "relu"
    whole = summarized(small())
    assert whole.parameters == 77 == small().theta.size
    assert whole.ratio == pytest.approx((468 + 57) / 77)


def test_without_a_bias_the_dense_layer_has_none_either():
    model = Sequential([Input((5, 5, 1)), Conv2D(2, 3, use_bias=False)])
    assert [(row.parameters, row.dense) for row in summarized(model).rows] == [(0, None), (18, 25 * 18)]


def test_a_summary_is_shown_as_it_is_written(capsys):
    small().summary()
    assert capsys.readouterr().out == f"{summarized(small())!r}\n"
    assert repr(summarized(small())).splitlines() == [
        "layer          output shape  parameters  as dense layer",
        "───────────────────────────────────────────────────────",
        "input_layer    (N, 5, 5, 1)           0               –",
        "conv2d (relu)  (N, 3, 3, 2)          20             468",
        "flatten        (N, 18)                0               –",
        "dropout        (N, 18)                0               –",
        "dense          (N, 3)                57              57",
        "",
        "77 parameters",
        "dense layers between the same numbers would have 6.8 times as many",
    ]


def test_a_notebook_is_given_the_record_to_show(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(sys, "displayhook", shown.append)
    assert small().summary() is None and capsys.readouterr().out == ""
    assert [repr(one) for one in shown] == [repr(summarized(small()))]


def test_where_all_layers_are_dense_nothing_is_compared():
    text = repr(summarized(Sequential([Input(4), Dense(3, "relu"), Dense(2)])))
    assert "as dense layer" not in text and text.endswith("\n23 parameters")


def test_branches_are_connected_and_shared_layers_counted_once():
    found = summarized(forked())
    assert found.branches and not summarized(small()).branches
    assert [(row.name, row.parameters, row.reads) for row in found.rows] == [
        ("input_layer", 0, ()),
        ("dense", 20, ("input_layer",)),
        ("dense", None, ("dense",)),
        ("dense_1", 20, ("input_layer",)),
        ("add", 0, ("dense", "dense_1")),
    ]
    assert found.parameters == 40 == forked().theta.size
    assert "shared" in repr(found) and "connected to" in repr(found)


def test_statistics_are_counted_and_said_to_be_no_weights():
    found = summarized(normalized())
    (row,) = (row for row in found.rows if row.name == "batch_norm")
    assert (row.parameters, row.statistics, row.dense) == (2 * 2 + 2 * 2 + 1, 2 * 2 + 1, None)
    assert found.parameters == normalized().theta.size + normalized().statistics.size
    assert "86 parameters, 5 of them statistics, which are counted and not trained" in repr(found)
    assert found.ratio == pytest.approx((468 + 57) / 77), "only where a dense layer could stand"


# Tables.
def test_a_table_is_cut_to_its_width_where_the_names_are():
    long = [f"{'a' * 70}_{i}" for i in range(3)]
    text = str(Table(["layer", "n", "connected to"], [[name, "1,000", name] for name in long], frozenset({0, 2})))
    lines = text.splitlines()
    assert max(map(len, lines)) == WIDTH
    assert len({re.split(" +", line)[0] for line in lines[2:]}) == 3, "names that are cut stay different"
    assert all("…" in line and "1,000" in line for line in lines[2:])


def test_a_notebook_has_whole_and_harmless_names():
    html = Table(["<b>", "n"], [["x" * 200, "&"]], foot=["<i>"]).html
    assert "x" * 200 in html and "<b>" not in html and "&amp;" in html and "<i>" not in html
    assert summarized(small())._repr_html_().count("<tr>") == 6


# The trace.
def test_values_are_those_of_the_forward_by_hand():
    model = small()
    conv, flatten, _, dense = (layer for layer in model.layers if layer is not model.layers[0].activation)
    seen = model.trace(X, training=False)
    z = conv.twin(conv.memory).forward(X)[0]
    np.testing.assert_array_equal(seen["conv2d"].y, z)
    np.testing.assert_array_equal(seen["conv2d.relu"].y, np.maximum(z, 0))
    np.testing.assert_array_equal(seen["dense"].y, flatten.forward(np.maximum(z, 0))[0] @ dense.W + dense.b)
    np.testing.assert_array_equal(seen["input_layer"].y, X)
    assert seen.loss is None and seen["dense"].dy is None and not seen["dense"].gradients


def test_gradients_are_those_of_value_and_grad():
    model = small()
    seen = model.trace(X, Y, losses.sparse_cce, training=np.random.default_rng(3))
    value, _ = model.value_and_grad(X, Y, losses.sparse_cce, np.random.default_rng(3))
    assert seen.loss == pytest.approx(value, rel=1e-12)
    for layer, name in model.names.items():
        assert set(seen[name].gradients) == set(layer.gradients)
        for weight, gradient in layer.gradients.items():
            np.testing.assert_allclose(getattr(seen[name], f"d{weight}"), gradient, atol=1e-12)
    np.testing.assert_allclose(seen["dense"].dy, losses.sparse_cce(seen["dense"].y, Y)[1], atol=1e-15)
    np.testing.assert_allclose(seen["dropout"].dy, seen["dense"].dy @ model.layers[-1].W.T, atol=1e-15)


def test_a_trace_in_training_sees_the_batch_and_not_the_averages():
    model = normalized()
    trained, used = model.trace(X), model.trace(X, training=False)
    assert np.abs(trained["batch_norm"].y.mean(axis=(0, 1, 2))).max() < 1e-12
    assert np.abs(used["batch_norm"].y.mean(axis=(0, 1, 2))).max() > 1e-3
    assert np.count_nonzero(trained["dropout"].y) < np.count_nonzero(used["dropout"].y)


def test_losses_and_rules_may_be_named():
    model, seen = small(), small().trace(X, Y, "sparse_cce")
    assert seen.loss == model.trace(X, Y, losses.sparse_cce).loss
    assert model.profile(X, Y, "sparse_cce", "adam", repeats=1).optimizer > 0
    with pytest.raises(LookupError, match="unknown loss 'mce'"):
        model.trace(X, Y, "mce")


def test_where_the_loss_has_the_softmax_no_gradient_comes_by_it():
    model = Sequential([Input((5, 5, 1)), Flatten(), Dense(3, "softmax")], dtype=float)
    seen = model.trace(X, Y, losses.sparse_cce)
    np.testing.assert_allclose(seen["dense.softmax"].y.sum(axis=1), 1)
    assert seen["dense.softmax"].dy is None and seen["dense"].dy is not None
    assert "dense.softmax dy" not in repr(seen)
    assert model.profile(X, Y, losses.sparse_cce, repeats=1).calls[-1].backward == 0


def test_of_words_there_is_no_gradient():
    model = Sequential([Input(4), Embedding(9, 3), GlobalAvgPool1D(), Dense(3)], dtype=float)
    tokens = RNG.integers(0, 9, (6, 4))
    seen = model.trace(tokens, Y, losses.sparse_cce)
    assert seen["input_layer"].dy is None and seen["embedding"].dW.shape == (9, 3)
    np.testing.assert_array_equal(seen["input_layer"].y, tokens)
    embedding = model.profile(tokens, Y, losses.sparse_cce, repeats=1).calls[0]
    assert embedding.backward > 0 and embedding.forward_flops is None


def test_the_gradient_of_the_input_is_that_of_differences():
    model, h = small(), 1e-6
    seen = model.trace(X, Y, losses.sparse_cce, training=False)
    moved = X.copy()
    moved[2, 1, 3, 0] += h
    slope = (model.trace(moved, Y, losses.sparse_cce, training=False).loss - seen.loss) / h
    assert seen["input_layer"].dy[2, 1, 3, 0] == pytest.approx(slope, abs=1e-5) and abs(slope) > 1e-4


def test_of_a_shared_layer_each_call_has_its_own_gradient():
    i, shared = Input(4), Dense(4)
    model = Model(i, Dense(3)(shared(shared(i))), dtype=float)
    x = RNG.standard_normal((6, 4))
    seen = model.trace(x, Y, losses.sparse_cce)
    model.value_and_grad(x, Y, losses.sparse_cce)
    np.testing.assert_allclose(seen["dense"].dW + seen["dense (2)"].dW, shared.dW, atol=1e-14)
    np.testing.assert_allclose(seen["dense (2)"].dW, seen["dense"].y.T @ seen["dense (2)"].dy, atol=1e-14)


def state(model):
    return [model.theta.copy(), model.grad.copy(), model.statistics.copy()]


@pytest.mark.parametrize("fuse", [True, False])
def test_looking_changes_nothing(fuse):
    model = normalized(fuse=fuse)
    model.value_and_grad(X, Y, losses.sparse_cce, np.random.default_rng(0))
    y = model.forward(X)[0].copy()
    before, plans = state(model), dict(model._plans)
    model.trace(X, Y, losses.sparse_cce)
    model.profile(X, Y, losses.sparse_cce, adam(), repeats=1)
    assert all(np.array_equal(a, b) for a, b in zip(before, state(model), strict=True))
    assert model._plans == plans and "forward" not in vars(model.calls[0].layer)
    np.testing.assert_array_equal(model.forward(X)[0], y)


def test_what_has_been_seen_cannot_be_changed():
    seen = small().trace(X, Y, losses.sparse_cce)
    for array in (seen["conv2d"].y, seen["conv2d"].dy, seen["conv2d"].dW, seen["input_layer"].y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert X.flags.writeable
    with pytest.raises(AttributeError):
        seen.loss = 1.0


def test_measures_by_hand():
    assert measures(np.array([[3.0, 0.0], [-4.0, 0.0]])) == ["(2, 2)", "5", "-4", "-0.25", "3", "2.49", "50%"]
    assert measures(np.array([np.inf, -np.inf]))[1:6] == ["inf", "-inf", "nan", "inf", "nan"]
    assert measures(np.ones(3))[-1] == NONE and measures(np.arange(200.0))[-1] == "< 1%"


def test_the_table_of_a_trace_goes_forward_and_back():
    text = repr(small().trace(X, Y, losses.sparse_cce))
    forth, back = text.split("\n\n")[:2]
    calls = ["input_layer", "conv2d", "conv2d.relu", "flatten", "dropout", "dense"]
    assert [line.split()[0] for line in forth.splitlines()[2:]] == calls
    firsts = [" ".join(line.split()[:2]) for line in back.splitlines()[2:]]
    assert firsts[:4] == ["dense dy", "dense dW", "dense db", "dropout dy"]
    assert firsts[-4:] == ["conv2d dy", "conv2d dW", "conv2d db", "input_layer dy"]
    assert re.fullmatch(r"from a loss of [01]\.\d+", text.split("\n\n")[2])


def test_a_call_shows_what_was_seen_at_it():
    seen = small().trace(X, Y, losses.sparse_cce)["conv2d"]
    firsts = [line.split()[0].strip("─") for line in repr(seen).splitlines()]
    assert firsts == ["conv2d", "", "y", "dy", "dW", "db"]
    other = copy.copy(seen)
    np.testing.assert_array_equal(other.dW, seen.dW)
    assert pickle.loads(pickle.dumps(seen)).name == "conv2d"


def test_the_first_value_that_is_not_finite_is_named():
    model = small()
    model.layers[-1].b = [0, np.nan, 0]
    assert "not finite from dense on" in repr(model.trace(X))


def test_what_was_not_seen_is_said():
    model = small()
    with pytest.raises(LookupError, match="no 'conv' in this network; did you mean 'conv2d'"):
        model.trace(X)["conv"]
    with pytest.raises(AttributeError, match="no 'dW' has been seen at conv2d, but y"):
        _ = model.trace(X)["conv2d"].dW
    with pytest.raises(AttributeError, match="no 'dV' has been seen at a, but y, dy, dW"):
        _ = Seen("a", X, X, {"W": X}).dV
    with pytest.raises(ValueError, match="need a loss and its targets"):
        model.trace(X, Y)
    with pytest.raises(ValueError, match="need a loss and its targets"):
        model.trace(X, loss=losses.sparse_cce)
    with pytest.raises(ValueError, match="takes arrays of shape"):
        model.trace(X[0])
    assert Trace(()).names == []


# The profile.
@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 2}, {"fuse": False}])
def test_the_rows_of_a_profile_are_the_calls_and_add_up(options):
    model = small(**options)
    found = model.profile(X, Y, losses.sparse_cce, adam(), repeats=2)
    assert [timed.name for timed in found.calls] == ["conv2d", "conv2d.relu", "flatten", "dropout", "dense"]
    assert all(timed.forward > 0 and timed.backward > 0 for timed in found.calls)
    named = sum(timed.forward + timed.backward for timed in found.calls) + found.loss + found.optimizer
    assert found.rest >= 0 and named + found.rest == pytest.approx(found.total)
    shares = re.findall(r"^(?:rest|whole step) .*?(\d+)%$", repr(found), re.MULTILINE)
    assert len(shares) == 2 and shares[1] == "100"


def test_a_time_in_threads_is_their_sum_divided_by_their_number():
    model = Sequential([Input((40, 40, 1)), Conv2D(16, 5), Flatten(), Dense(2)], threads=2)
    step = _Step(model, model._checked([np.zeros((64, 40, 40, 1))]), model.outs[0])
    for _, _, forth, back in step.clocks:
        forth.seconds, back.seconds = 1.0, 2.0
    conv, _, dense = step.timed()
    blocks = [block for blocks in step.plan.segments[0].threads for block in blocks]
    assert len(step.plan.segments[0].threads) == 2 < len(blocks)
    assert (conv.forward, conv.backward) == (len(blocks) / 2, len(blocks))
    assert (dense.forward, dense.backward) == (1, 2), "all examples at once, and threads inside"


def test_a_time_is_that_of_its_layer_where_the_plan_has_moved_it():
    model = Sequential([Input((8, 8, 1)), Conv2D(2, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(2)])
    step = _Step(model, model._checked([np.zeros((3, 8, 8, 1))]), model.outs[0])
    seconds = {"Conv2D": 1.0, "ReLU": 2.0, "MaxPool2D": 3.0, "Flatten": 4.0, "Dense": 5.0}
    assert [type(row[0].layer).__name__ for row in step.clocks] == ["Conv2D", "MaxPool2D", "ReLU", "Flatten", "Dense"]
    for call, _, forth, _ in step.clocks:
        forth.seconds = seconds[type(call.layer).__name__]
    found = [(timed.name, timed.forward) for timed in step.timed()]
    assert found == [("conv2d", 1), ("conv2d.relu", 2), ("max_pool2d", 3), ("flatten", 4), ("dense", 5)]


def test_of_several_steps_each_time_is_the_shortest():
    def step(rest, *times):
        calls = tuple(Timed("a", forward, 2 * forward) for forward in times)
        return Profile(calls, 2 * rest, None, rest, 1, 1, 1.0, 2)

    found = _shortest([step(4.0, 1.0, 3.0), step(5.0, 2.0, 1.0)])
    assert [(timed.forward, timed.backward) for timed in found.calls] == [(1.0, 2.0), (1.0, 2.0)]
    assert (found.rest, found.loss, found.total) == (4.0, 8.0, 18.0)


def test_without_an_optimizer_none_is_timed():
    found = small(threads=2).profile(X, Y, losses.sparse_cce, repeats=1)
    assert found.optimizer is None and "optimizer" not in repr(found)
    assert "divided by their number" in repr(found)
    assert "divided by their number" not in repr(small(threads=1).profile(X, Y, losses.sparse_cce, repeats=1))


def test_operations_by_hand():
    conv, _, _, _, dense = small().profile(X, Y, losses.sparse_cce, repeats=1).calls
    assert conv.forward_flops == 2 * 6 * (3 * 3 * 2 * 9) == conv.backward_flops, "nobody asks for the input's gradient"
    assert dense.forward_flops == 2 * 6 * 18 * 3 and dense.backward_flops == 2 * dense.forward_flops
    flatten = small().profile(X, Y, losses.sparse_cce, repeats=1).calls[2]
    assert flatten.forward_flops is None is flatten.backward_flops


def test_the_machine_has_a_limit():
    assert 1e8 < product_rate(1, rounds=2) < 1e13


@pytest.mark.parametrize("repeats", [0, -1, 1.5])
def test_a_profile_repeats_at_least_once(repeats):
    with pytest.raises((TypeError, ValueError), match="repeats is a whole number from 1"):
        small().profile(X, Y, losses.sparse_cce, repeats=repeats)
