"""Search: a space is evaluated trial by trial, in several processes, and goes on where it was interrupted.

The processes are started anew, not forked, so that they begin alike on every system; each evaluates one trial after the
other, because starting one takes as long as a small trial. One that is killed takes the trial it had with it and is
replaced. Only this process writes the ledger.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import wait
from typing import Any

from optiviz.search.ledger import Ledger, Record
from optiviz.search.space import Space
from optiviz.search.worker import AGAIN, Evaluate, work
from optiviz.threads import usual_threads

__all__ = ["Silence", "search"]


class Silence:
    """What is told how a search goes; this one says nothing of it."""

    def begin(self, there: int, trials: int) -> None:
        """The search begins; of so many trials some are there already."""

    def end(self, record: Record) -> None:
        """A trial has ended."""


def search(
    evaluate: Evaluate,
    space: Space,
    *,
    trials: int | None = None,
    seed: int = 0,
    ledger: str | os.PathLike[str],
    processes: int | None = None,
    about: Mapping[str, Any] | None = None,
    progress: Silence | None = None,
) -> list[Record]:
    """Evaluate the trials of a space that are not in the ledger yet, and return all of them, in order.

    However many processes there are and however often the search is interrupted or killed, the ends are the same, if
    what `evaluate` returns depends on nothing but the parameters. Trials that had not ended begin anew when the search
    is called again.

    Args:
        evaluate: a function that stands at the top of a module, of a dictionary of parameters, which returns a
            dictionary of numbers. ArithmeticError and numbers that are not finite mean that it diverged, OSError and
            MemoryError that the trial is lost, and any other exception that it failed.
        space: what is tried.
        trials: how many; the points of a grid, or 20 random ones, unless said otherwise.
        seed: what random values are drawn from.
        ledger: the SQLite file in which every trial is kept.
        processes: how many trials run at the same time; as many as there are cores if None. Each has one thread.
        about: what else the results depend on, as JSON; the ledger refuses to go on with anything else.
        progress: is told of each trial.

    Raises:
        BlockingIOError: another search has the ledger open.
        ChildProcessError: the processes do not start.
        OSError: the ledger cannot be written any more; what was in it before is still good.
        TypeError: other processes cannot get at the function.
        ValueError: the number of trials or processes, or the file is not such a ledger.
    """
    seats = usual_threads() if processes is None else processes
    if not 1 <= seats <= 1000:
        raise ValueError(f"processes is a whole number from 1 to 1000, not {seats}")
    plan = [space.parameters(number, seed) for number in range(space.trials(trials))]
    facts = {"function": _reached(evaluate), **(about or {}), **space.facts, "seed": seed}
    tell = progress or Silence()
    with Ledger(ledger, facts, plan) as kept:
        records = kept.records()[: len(plan)]
        waiting = [record for record in records if record.state == "waiting"]
        tell.begin(len(records) - len(waiting), len(records))
        with closing(_ended(evaluate, waiting, seats, kept)) as ends:
            for record in ends:
                records[record.number] = record
                tell.end(record)
    return records


def _reached(evaluate: Evaluate) -> str:
    """The name of the function, if other processes can get at it."""
    try:
        pickle.dumps(evaluate)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"other processes cannot get at {evaluate!r:.60}; define it at the top of a module") from error
    function = getattr(evaluate, "func", evaluate)
    return f"{getattr(function, '__qualname__', function)}"


class Worker:
    """A process, and the trial that it is at."""

    def __init__(self, evaluate: Evaluate) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(evaluate, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.ready, self.dead = False, False
        self.trial: Record | None = None

    def take(self, trial: Record) -> None:
        """Begin a trial."""
        self.trial = trial
        with suppress(OSError):  # it died meanwhile, which it is asked about next
            self.pipe.send(trial.parameters)

    def answer(self) -> Record | None:
        """How its trial ended, once it has spoken or died; None if it says only that it is ready.

        Raises:
            ChildProcessError: it ended by itself before it was ready.
        """
        assert self.trial is not None
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            return replace(self.trial, state="lost", message=f"{self._how_it_died()}; {AGAIN}")
        if said is None:
            self.ready = True
            return None
        state, result, seconds, message = said
        return replace(self.trial, state=state, result=result, seconds=seconds, message=message)

    def _how_it_died(self) -> str:
        self.process.join()
        self.dead = True
        code = self.process.exitcode or 0
        if code < 0:
            return f"its process was killed (signal {-code})"
        if self.ready:
            return f"its process ended by itself (status {code})"
        raise ChildProcessError(
            "the processes of the search do not start; in a script, search is called under "
            'if __name__ == "__main__": and its function stands in a file'
        )


def _ended(evaluate: Evaluate, waiting: Iterable[Record], seats: int, ledger: Ledger) -> Generator[Record]:
    """The trials as they end, each noted in the ledger before it is passed on."""
    ahead, busy = deque(waiting), list[Worker]()

    def begin(worker: Worker) -> None:
        trial = ahead.popleft()
        ledger.begin(trial.number)
        worker.take(trial)

    try:
        while ahead or busy:
            while ahead and len(busy) < seats:
                with _ctrl_c_later():
                    busy.append(Worker(evaluate))
                begin(busy[-1])
            spoken = wait([worker.pipe for worker in busy])
            for worker in [worker for worker in busy if worker.pipe in spoken]:
                record = worker.answer()
                if record is None:
                    continue
                ledger.end(record)
                yield record
                if ahead and not worker.dead:
                    begin(worker)
                else:
                    busy.remove(worker)
                    _end(worker)
    finally:
        _end(*busy)


def _end(*workers: Worker) -> None:
    """End processes, whatever they are at."""
    for worker in workers:
        worker.process.kill()
    for worker in workers:
        worker.process.join()
        worker.process.close()
        worker.pipe.close()


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Ctrl-C, which a terminal sends to all of its processes, waits; one that starts in the block never hears it."""
    heard: list[int] = []
    listens = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not None
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number)) if listens else None
    try:
        with _ctrl_c_blocked():
            yield
    finally:
        if listens:
            signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """A process inherits what the thread that starts it has blocked; other threads may hear it all the same."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting that one ends the blocking
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
