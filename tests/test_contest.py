"""Contests: variants get the same, seeds say everything, and what diverges is written down as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optiviz import adam, gd, nn
from optiviz.data import Part
from optiviz.nn import BatchNorm, Dense, Dropout, Input, Sequential
from optiviz.schedules import cosine
from optiviz.trials import Variant, contest, tuned
from optiviz.trials.contest import Contest
from optiviz.trials.rates import LADDER, ladder

N = 40
X = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
DATA = Part(X, (X.sum(axis=1) > 0).astype(int))


def network(*between):
    """A function that makes a network with these layers in it."""

    def made(seed):
        layers = [layer() for layer in between]
        return Sequential([Input((4,)), Dense(8, "relu"), *layers, Dense(2, "softmax")], rng=seed)

    return made


def variant(name, *between, rule=None, **options):
    return Variant(name, network(*between), rule or gd(lr=0.1), DATA, DATA, **options)


def same(a: Contest, b: Contest) -> bool:
    names = ("step_loss", "loss", "accuracy", "train_accuracy", "weights")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in names)


def test_what_comes_of_it_has_a_place_for_each_run():
    seen = contest([variant("a"), variant("b", BatchNorm)], (3, 5), epochs=3, batch_size=16)
    assert seen.names == ("a", "b") and seen.seeds == (3, 5)
    assert seen.loss.shape == seen.accuracy.shape == seen.train_accuracy.shape == (2, 2, 3)
    assert seen.step_loss.shape == (2, 2, 9) and seen.seconds.shape == (2, 2)
    assert seen.weights.tolist() == [58, 74] and seen.examples == N and seen.epochs == 3
    assert np.isfinite(seen.step_loss).all() and not seen.diverged.any()
    mean, spread = seen.final()
    assert mean == pytest.approx(seen.accuracy[..., -1].mean(axis=1))
    assert spread == pytest.approx(np.abs(np.diff(seen.accuracy[..., -1]))[:, 0] / np.sqrt(2))


def test_of_a_single_seed_there_is_no_spread():
    _, spread = contest([variant("a")], (0,)).final()
    assert np.isnan(spread).all()


def test_the_same_seeds_give_the_same_numbers_however_many_run_side_by_side(monkeypatch):
    variants = [variant("a", lambda: Dropout(0.5)), variant("b")]
    seen = []
    for threads in ("1", "3"):
        monkeypatch.setenv("OPTIVIZ_THREADS", threads)
        seen.append(contest(variants, (0, 1), epochs=2, batch_size=8))
    assert same(*seen)
    assert not same(seen[0], contest(variants, (0, 2), epochs=2, batch_size=8))
    assert not np.array_equal(seen[0].step_loss[:, 0], seen[0].step_loss[:, 1])


def test_a_run_does_not_depend_on_what_it_is_compared_with():
    both, alone = contest([variant("a"), variant("b", BatchNorm)], (0, 1)), contest([variant("b", BatchNorm)], (1,))
    assert np.array_equal(both.step_loss[1, 1], alone.step_loss[0, 0])


@pytest.mark.parametrize("drawing", ["dropout", "augmentation"])
def test_all_see_the_same_order_whatever_else_they_draw(drawing):
    """What is dropped is nothing and what is changed stays, so that the losses say which examples came when."""

    def draws(x, rng):
        rng.random(len(x) + 3)
        return x

    other = variant("b", lambda: Dropout(1e-9)) if drawing == "dropout" else variant("b", augment=draws)
    seen = contest([variant("a"), other], epochs=4, batch_size=16)
    assert np.allclose(seen.step_loss[0], seen.step_loss[1], rtol=1e-5)
    epochs = seen.step_loss[0, 0].reshape(4, -1)
    assert len({tuple(epoch) for epoch in epochs}) == 4


def test_all_begin_with_the_same_weights_as_far_as_shapes_agree():
    plain, normal = (network(*between)(5) for between in ((), (BatchNorm,)))
    for a, b in ((plain.layers[0], normal.layers[0]), (plain.layers[-2], normal.layers[-2])):
        assert np.array_equal(a.arrays["W"], b.arrays["W"])


def test_a_run_that_diverges_ends_there_and_the_others_go_on():
    seen = contest([variant("far", rule=gd(lr=1e30)), variant("near")], epochs=3, batch_size=16)
    assert seen.diverged.tolist() == [3, 0]
    assert np.isnan(seen.loss[0, :, -1]).all() and np.isfinite(seen.loss[1]).all()
    mean, spread = seen.final("loss")
    assert np.isnan(mean[0]) and np.isnan(spread[0]) and np.isfinite(mean[1])


def test_how_far_it_has_come_is_told():
    told = []
    contest([variant("a"), variant("b")], (0, 1), epochs=2, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (8, 8) and told == sorted(told)


def test_variants_with_more_and_fewer_examples_are_no_contest():
    short = replace(variant("short"), train=Part(X[:5], DATA.y[:5]))
    with pytest.raises(ValueError, match="as many examples"):
        contest([variant("a"), short])
    with pytest.raises(ValueError, match="a seed or more"):
        contest([variant("a")], ())
    with pytest.raises(ValueError, match="a variant or more"):
        contest([])


def test_data_that_do_not_fit_end_it_with_their_message():
    with pytest.raises(ValueError, match="the model takes arrays"):
        contest([variant("a"), replace(variant("b"), train=Part(X[:, :3], DATA.y))])


def test_ctrl_c_ends_it_and_leaves_no_run_behind(monkeypatch):
    """It comes in this thread, while others train; no epoch begins after that."""
    begun = []
    fit = nn.Model.fit

    def counted(*args, **options):
        begun.append(1)
        return fit(*args, **options)

    def interrupted(done, of):
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.Model, "fit", counted)
    monkeypatch.setenv("OPTIVIZ_THREADS", "2")
    with pytest.raises(KeyboardInterrupt):
        contest([variant(str(k)) for k in range(30)], epochs=20, progress=interrupted)
    assert len(begun) < 90


# Learning rates.


def test_every_rule_without_a_rate_gets_the_best_of_the_ladder():
    given = [variant("gd", rule=gd), variant("adam", rule=adam), variant("own", rule=gd(lr=0.5))]
    ready, tuning = tuned(given, (1e-5, 0.03), epochs=3, batch_size=8)
    assert [v.optimizer.params["lr"] for v in ready] == [0.03, 0.03, 0.5]
    assert tuning.names == ("gd", "adam") and tuning.best == {"gd": 0.03, "adam": 0.03}
    assert tuning.loss.shape == (2, 2) and (tuning.examples, tuning.held) == (32, 8)


def test_the_test_set_chooses_nothing():
    """Whatever stands there, even nothing that could be read, the rates are the same."""
    given = [variant("gd", rule=gd)]
    spoilt = [replace(one, test=Part(X * np.nan, DATA.y * 0 + 1)) for one in given]
    (_, a), (_, b) = (tuned(variants, epochs=2, batch_size=8) for variants in (given, spoilt))
    assert np.array_equal(a.loss, b.loss) and a.best == b.best


def test_a_rate_that_diverges_is_not_chosen():
    _, tuning = tuned([variant("gd", rule=gd)], (0.01, 1e30))
    assert tuning.best == {"gd": 0.01} and np.isinf(tuning.loss[0, 1])


def test_a_schedule_begins_at_the_rate_that_was_found():
    (ready,), _ = tuned([variant("gd", rule=gd(lr=cosine(steps=5)))], (1e-5, 0.1), epochs=3, batch_size=8)
    assert ready.optimizer.params["lr"].params["lr"] == 0.1


def test_who_has_all_rates_tunes_nothing():
    given = [variant("a")]
    ready, tuning = tuned(given)
    assert ready == given and tuning.names == () and tuning.best == {}


def test_a_ladder_has_round_rungs():
    assert LADDER == (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0)
    for count in range(2, 18):
        rungs = ladder(count)
        assert len(rungs) == count and rungs == tuple(sorted(set(rungs))) and rungs[0] == 1e-4 and rungs[-1] == 1
    for count in (1, 18):
        with pytest.raises(ValueError, match="from 2 to 17"):
            ladder(count)


def test_too_few_examples_to_hold_some_back():
    one = Part(X[:1], DATA.y[:1])
    with pytest.raises(ValueError, match="too few"):
        tuned([replace(variant("gd", rule=gd), train=one)])
