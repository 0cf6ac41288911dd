"""Threads side by side: how many, in which order results come, what becomes of errors, and that bits stay."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

from optiviz import Optimizer, adam, threads
from optiviz.threads import at_most, one_blas_thread, side_by_side, threads_here, usual_threads


def test_as_many_as_there_are_cores_unless_it_is_said(monkeypatch):
    monkeypatch.delenv("OPTIVIZ_THREADS", raising=False)
    assert 1 <= usual_threads() <= (os.cpu_count() or 1)
    monkeypatch.setenv("OPTIVIZ_THREADS", "3")
    assert usual_threads() == threads_here() == 3
    with at_most(2):
        assert threads_here() == 2
        with at_most(1):
            assert threads_here() == 1
        assert threads_here() == 2
    assert threads_here() == 3
    for wrong in ("0", "two", "-1", "1.5"):
        monkeypatch.setenv("OPTIVIZ_THREADS", wrong)
        with pytest.raises(ValueError, match="OPTIVIZ_THREADS is a whole number from 1, not"):
            usual_threads()


def test_results_come_in_order_from_different_threads():
    barrier = threading.Barrier(3, timeout=10)

    def task(i):
        barrier.wait()  # passes only if all three run at once
        return i, threading.get_ident()

    found = side_by_side([partial(task, i) for i in range(3)])
    assert [i for i, _ in found] == [0, 1, 2]
    assert len({thread for _, thread in found}) == 3 and found[0][1] == threading.get_ident()


@pytest.mark.parametrize("place", range(3))
def test_an_error_comes_out_after_all_have_ended(place):
    ended = []

    def task(i):
        if i == place:
            raise KeyError(i)
        ended.append(i)

    with pytest.raises(KeyError, match=str(place)):
        side_by_side([partial(task, i) for i in range(3)])
    assert sorted(ended) == [i for i in range(3) if i != place]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads here")
def test_after_ctrl_c_nobody_works_on():
    ended, usual = [], signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupted():
        time.sleep(0.05)  # the first waits by then
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.05)
        ended.append(True)

    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side([lambda: None, interrupted])
    finally:
        signal.signal(signal.SIGINT, usual)
    assert ended


def test_what_numpy_is_told_holds_in_all_threads():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        side_by_side([lambda: None, lambda: np.float64(1) / np.float64(0)])


def test_linear_algebra_is_held_at_one_thread():
    from threadpoolctl import threadpool_info

    def blas():
        return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}

    before = blas()
    with one_blas_thread():
        assert blas() <= {1}
        with one_blas_thread():
            pass
        assert blas() <= {1}
    assert blas() == before


def test_two_threads_do_not_hold_it_at_once(monkeypatch):
    """The second would take one thread for the usual number, and leave it so for ever."""
    inside, most = [], []

    class Controller:
        @contextmanager
        def limit(self, **_):
            inside.append(threading.get_ident())
            time.sleep(0.05)
            most.append(len(inside))
            try:
                yield
            finally:
                inside.pop()

    monkeypatch.setattr(threads, "_controller", Controller)
    barrier = threading.Barrier(2, timeout=10)

    def hold():
        barrier.wait()
        with one_blas_thread():
            pass

    side_by_side([hold, hold])
    assert most == [1]
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    side_by_side([hold, hold])
    assert len(most) == 3


@pytest.mark.parametrize("name", ["adam", "gd", "nadam", "adam_uncorrected", "lion"])
def test_an_update_has_the_same_bits_in_any_number_of_threads(name):
    rule = Optimizer.registry[name]
    rng = np.random.default_rng(0)
    start, slope = rng.standard_normal((2, 1_300_001), dtype=np.float32)
    found = []
    for count in (1, 2, 3):
        theta, state = start.copy(), rule.init(start)
        with at_most(count):
            for _ in range(3):
                rule.step(theta, slope, state)
        found.append((theta, state.slots))
    for theta, slots in found[1:]:
        assert np.array_equal(theta, found[0][0])
        for name_of_slot, slot in slots.items():
            assert np.array_equal(slot, found[0][1][name_of_slot])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own():
    code = (
        "import os, numpy as np; from optiviz.threads import side_by_side\n"
        "side_by_side([lambda: 1, lambda: 2])\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(sum(side_by_side([lambda: 3, lambda: 4])))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "7", done.stderr


def test_importing_a_rule_asks_for_no_library_of_threads():
    code = "import sys; from optiviz import adam; print('threadpoolctl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert adam.name == "adam"
