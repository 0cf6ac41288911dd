"""The search: what is tried, what is kept of it, and that nothing but the file it is kept in can end it for good."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiviz.search import Ledger, Record, Silence, Space, search
from optiviz.search.space import MOST, Choice, Range
from tests import evaluations
from tests.examples import examples

ROOT = Path(__file__).parents[1]


# The space
def test_a_grid_is_the_full_product_in_order():
    space = Space.read(grid=["lr=0.1,0.01", "batch-size=32,64,128", "optimizer=adam(lr=0.1,beta1=0.8),sgd"])
    assert space.trials() == space.points == 12
    found = [tuple(space.parameters(k, 0).items()) for k in range(12)]
    sides = [(0.1, 0.01), (32, 64, 128), ("adam(lr=0.1,beta1=0.8)", "sgd")]
    names = ("lr", "batch_size", "optimizer")
    assert found == [tuple(zip(names, values, strict=True)) for values in itertools.product(*sides)]
    assert isinstance(found[0][1][1], int)


def test_trial_k_draws_from_the_kth_child():
    space = Space.read(random=["lr=log:1e-4:1", "units=logint:8:512", "optimizer=adam,sgd"])
    first, same = ([space.parameters(k, seed=5) for k in range(n)] for n in (10, 20))
    assert first == same[:10] and len({p["lr"] for p in same}) == 20
    assert space.parameters(0, seed=6) != first[0]
    assert space.trials() == 20 and space.trials(7) == 7


def test_random_draws_go_round_the_grid():
    space = Space.read(grid=["optimizer=adam,sgd,momentum"], random=["lr=log:1e-4:1"])
    tried = [space.parameters(k, 0) for k in range(space.trials(12))]
    assert [p["optimizer"] for p in tried] == ["adam", "sgd", "momentum"] * 4
    assert len({p["lr"] for p in tried}) == 12
    with pytest.raises(ValueError, match="2 trials do not go round a grid of 3 points"):
        space.trials(2)


NUMBERS = st.integers(-(10**6), 10**6).map(lambda n: n / 1024)
WORDS = st.sampled_from(
    ["adam", "sgd", "adam(lr=0.1,beta1=0.8)", "adam:lr=0.1", "flip >> shift(by=0.1,fill=edge)", "x.py"]
)
VALUES = st.one_of(st.integers(-(10**14), 10**14), NUMBERS, WORDS)
CHOICES = st.lists(VALUES, min_size=1, max_size=4, unique=True).map(lambda values: Choice(tuple(values)))
WHOLE = st.tuples(st.sampled_from(["int", "logint"]), st.integers(1, 10**6), st.integers(1, 10**6))
REAL = st.tuples(st.sampled_from(["uniform", "log"]), st.floats(1e-300, 1e300), st.floats(1.0000001, 1e5))
RANGES = st.one_of(
    WHOLE.map(lambda r: Range(r[0], r[1], r[1] + r[2])),
    REAL.map(lambda r: Range(r[0], r[1], r[1] * r[2])),
    st.tuples(NUMBERS, NUMBERS).map(lambda r: Range("uniform", min(r), max(r) + 1e-6)),
)
NAMES = st.sampled_from(["lr", "batch_size", "optimizer", "schedule.every", "b"])


@examples(100)
@given(st.dictionaries(NAMES, st.one_of(CHOICES, RANGES), min_size=1, max_size=4), st.data())
def test_a_space_reads_back_what_it_says(dimensions, data):
    drawn = {name: d for name, d in dimensions.items() if isinstance(d, Range) or data.draw(st.booleans())}
    space = Space({name: d for name, d in dimensions.items() if name not in drawn}, drawn)
    assert Space.read(**space.facts) == space
    tried = space.parameters(data.draw(st.integers(0, MOST)), data.draw(st.integers(0, 2**64)))
    assert tried.keys() == dimensions.keys()
    for name, value in tried.items():
        dimension = dimensions[name]
        if isinstance(dimension, Range):
            assert dimension.low <= value <= dimension.high and isinstance(value, int) == dimension.whole
        else:
            assert value in dimension.values


@examples(200)
@given(st.text(max_size=12), st.text(st.sampled_from("0123456789.eE-+:,()=abcduniformlogint "), max_size=20))
def test_any_text_is_read_or_refused(name, values):
    for side in ("grid", "random"):
        with suppress(ValueError):
            space = Space.read(**{side: [f"{name}={values}"]})
            assert Space.read(**space.facts) == space
            space.parameters(0, 0)


@pytest.mark.parametrize(
    ("grid", "random", "said"),
    [
        ([], [], "nothing to search"),
        (["lr"], [], "cannot read 'lr'; write --grid NAME=VALUES such as --grid lr=0.1,0.01"),
        (["=1"], [], "cannot read"),
        (["lr=0.1,"], [], "empty value"),
        (["lr=0.1,inf"], [], "lr must be a finite number, not inf"),
        (["lr=1e400"], [], "finite"),
        (["lr=0.1,0.10"], [], "0.1 is given twice"),
        (["lr=0.1", "lr=0.01"], [], "lr is given twice; write all its values in one --grid"),
        (["batch-size=1"], ["batch_size=2"], "batch_size is given twice"),
        (["lr=log:1e-4:1"], [], "a grid has no ranges; write --random lr=log:1e-4:1"),
        ([], ["lr=log:1"], "cannot read lr=log:1; write log:LOWEST:HIGHEST such as lr=log:1e-4:1"),
        ([], ["lr=log:1:2:3"], "cannot read"),
        ([], ["lr=log:a:b"], "cannot read"),
        ([], ["lr=log:1:nan"], "cannot read"),
        ([], ["lr=lgo:1e-4:1"], "unknown range 'lgo'; did you mean 'log'"),
        ([], ["lr=log:1:1e-4"], "1 is not below 1e-4"),
        ([], ["lr=log:0:1"], "begin above 0"),
        ([], ["n=int:0.5:2"], "whole numbers"),
        ([], ["n=logint:0:2"], "begin above 0"),
        ([], ["n=int:0:1e300"], "whole numbers"),
        ([], ["x=uniform:-1e308:1e308"], "too far apart"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(grid, random, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        Space.read(grid, random)


def test_the_number_of_trials_is_checked():
    grid, random = Space.read(grid=["lr=0.1,0.2"]), Space.read(random=["lr=log:1e-4:1"])
    with pytest.raises(ValueError, match="leave out --trials"):
        grid.trials(3)
    for wanted in (0, -1, MOST + 1):
        with pytest.raises(ValueError, match=r"from 1 to 100,000 trials|do not go round"):
            random.trials(wanted)
    huge = Space.read(grid=[f"{name}={','.join(map(str, range(100)))}" for name in "abc"])
    with pytest.raises(ValueError, match="1,000,000"):
        huge.trials()


def test_every_whole_number_comes_out_as_often_as_its_share():
    draws = [Space.read(random=["n=int:1:4"]).parameters(k, 0)["n"] for k in range(400)]
    assert [*sorted({*draws})] == [1, 2, 3, 4] and min(map(draws.count, {*draws})) > 70


# The search
LR = Space.read(random=["lr=log:1e-4:1"])


def ends(records):
    return [(record.number, record.parameters, record.state, record.result) for record in records]


def trials(count, **same):
    """Trials that differ by k."""
    fixed = {name: Choice((str(value),)) for name, value in same.items()}
    return Space({**fixed, "k": Choice(tuple(range(count)))}, {})


class Heard(Silence):
    def __init__(self, then=lambda record: None):
        self.began, self.records, self.then = None, [], then

    def begin(self, there, trials):
        self.began = (there, trials)

    def end(self, record):
        self.records.append(record)
        self.then(record)


def interrupt(record):
    raise KeyboardInterrupt


def test_the_same_seed_gives_the_same_results_however_many_processes_and_interruptions(tmp_path):
    alone = search(evaluations.bowl, LR, trials=6, ledger=tmp_path / "alone", processes=1)
    side_by_side = search(evaluations.bowl, LR, trials=6, ledger=tmp_path / "two", processes=2)
    heard = Heard(interrupt)
    with pytest.raises(KeyboardInterrupt):
        search(evaluations.bowl, LR, trials=4, ledger=tmp_path / "cut", processes=2, progress=heard)
    assert multiprocessing.active_children() == []
    search(evaluations.bowl, LR, trials=3, ledger=tmp_path / "cut", processes=1)
    again = Heard()
    cut = search(evaluations.bowl, LR, trials=6, ledger=tmp_path / "cut", processes=1, progress=again)
    assert ends(alone) == ends(side_by_side) == ends(cut)
    assert again.began[1] == 6 and 3 <= again.began[0] <= 4
    assert heard.records[0] == cut[heard.records[0].number]
    here = {record.number: evaluations.bowl(record.parameters)["epochs"] for record in alone}
    assert all(record.result["epochs"] == here[record.number] and record.state == "done" for record in alone)
    there = Heard()
    assert search(evaluations.bowl, LR, trials=6, ledger=tmp_path / "cut", progress=there) == cut
    assert there.began == (6, 6) and there.records == []


def test_a_killed_process_loses_one_trial(tmp_path):
    space = trials(4, folder=tmp_path)
    first = search(evaluations.killed_once, space, ledger=tmp_path / "ledger", processes=2)
    assert [record.state for record in first] == ["done", "lost", "done", "done"]
    assert first[1].message == "its process was killed (signal 9); it is run again when the search is called again"
    second = search(evaluations.killed_once, space, ledger=tmp_path / "ledger", processes=2)
    assert [record.state for record in second] == ["done"] * 4 and second[0] == first[0]
    assert [Path(tmp_path, str(k)).read_text() for k in range(4)] == ["x", "xx", "x", "x"]


def test_every_end_is_noted(tmp_path):
    kinds = "done nan overflow value slip nothing words disk memory exit leave".split()
    space = Space({"end": Choice(tuple(kinds))}, {})
    found = search(evaluations.raising, space, ledger=tmp_path / "ledger", processes=1)
    ended = {kind: (record.state, record.message) for kind, record in zip(kinds, found, strict=True)}
    again = "; it is run again when the search is called again"
    assert ended == {
        "done": ("done", ""),
        "nan": ("diverged", "loss is nan"),
        "overflow": ("diverged", ended["overflow"][1]),
        "value": ("failed", "invalid literal for int() with base 10: 'one'"),
        "slip": ("failed", "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        "nothing": (
            "failed",
            "TypeError: it must return a dictionary of numbers, such as {'loss': 0.5}, not None",
        ),
        "words": (
            "failed",
            "TypeError: it must return numbers by name, such as {'loss': 0.5}, not 'loss': 'low'",
        ),
        "disk": ("lost", "[Errno 2] No such file or directory: '/nowhere/at/all'" + again),
        "memory": ("lost", "MemoryError" + again),
        "exit": ("lost", "its process ended by itself (status 3)" + again),
        "leave": ("lost", "its process ended by itself (status 0)" + again),
    }
    assert found[0].result == {"loss": 0.5, "right": 3} and all(record.result == {} for record in found[1:])


def test_each_process_has_one_thread(tmp_path, monkeypatch):
    monkeypatch.setenv("OPTIVIZ_THREADS", "3")
    (record,) = search(evaluations.threads, trials(1), ledger=tmp_path / "ledger")
    assert record.result == {"ours": 1, "blas": 1} and os.environ["OPTIVIZ_THREADS"] == "3"


def test_what_other_processes_cannot_get_at_is_refused(tmp_path):
    with pytest.raises(TypeError, match="define it at the top of a module"):
        search(lambda parameters: {"loss": 0}, LR, ledger=tmp_path / "ledger")
    with pytest.raises(ValueError, match="from 1 to"):
        search(evaluations.bowl, LR, ledger=tmp_path / "ledger", processes=0)
    assert not (tmp_path / "ledger").exists()


# The search is a process that may end in any way
SCRIPT = """
from pathlib import Path
from optiviz.search.processes import search
from optiviz.search.space import Choice, Space
from tests import evaluations

space = Space({{"folder": Choice(({folder!r},)), "k": Choice((0, 1, 2))}}, {{}})
{guard}search(evaluations.waiting, space, ledger={ledger!r}, processes=2)
"""


@pytest.fixture
def started():
    """Starts a search in a session of its own, none of which is left in the end."""
    begun = []

    def start(folder, guard='if __name__ == "__main__": '):
        script = folder / "script.py"
        script.write_text(SCRIPT.format(folder=str(folder), ledger=str(folder / "ledger"), guard=guard))
        said = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
        begun.append(subprocess.Popen([sys.executable, str(script)], env=surroundings, start_new_session=True, **said))
        return begun[-1]

    yield start
    for process in begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def alive(pid):
    """True if the process runs; one that has ended may wait for somebody to ask how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def mapped(pid):
    """What files a process has in its memory."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


def children(process):
    return [*map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())]


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_a_search_that_ends_leaves_no_process_and_goes_on(tmp_path, started, end):
    running = started(tmp_path)
    if end is signal.SIGINT:  # those that are starting do not hear it
        until(lambda: any("numpy" in mapped(pid) for pid in children(running)))
        for pid in children(running):
            os.kill(pid, end)
    until(lambda: len([*tmp_path.glob("*.pid")]) == 2 or running.poll() is not None)
    pids = [int(file.stem) for file in tmp_path.glob("*.pid")]
    assert all(map(alive, pids)) and running.pid not in pids
    space = trials(3, folder=tmp_path)
    with pytest.raises(BlockingIOError, match="in use by another search"):
        search(evaluations.waiting, space, ledger=tmp_path / "ledger")
    if end is signal.SIGINT:
        os.killpg(running.pid, end)  # as a terminal does it
    else:
        running.send_signal(end)
    _, errors = running.communicate(timeout=60)
    until(lambda: not any(map(alive, pids)))
    assert errors.count("Traceback") == (end is signal.SIGINT), errors
    (tmp_path / "go").touch()
    heard = Heard()
    found = search(evaluations.waiting, space, ledger=tmp_path / "ledger", processes=1, progress=heard)
    assert heard.began == (1, 3) and [record.result["loss"] for record in found] == [0, 1, 2]
    assert sorted((tmp_path / "ran").read_text().split()) == ["0", "1", "1", "2", "2"]
    assert [file.name for file in tmp_path.glob("ledger*")] == ["ledger"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_ctrl_c_while_the_processes_start_is_said_once(tmp_path, started):
    running = started(tmp_path)
    until(lambda: any("numpy" in mapped(pid) for pid in children(running)))
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert errors.count("Traceback") == 1 and errors.endswith("KeyboardInterrupt\n"), errors


def test_a_script_without_a_guard_is_told(tmp_path, started):
    running = started(tmp_path, guard="")
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 1 and 'under if __name__ == "__main__":' in errors.splitlines()[-1]


WRITING = """
import sys
from dataclasses import replace
from optiviz.search.ledger import Ledger

with Ledger(sys.argv[1], {}, [{"k": k} for k in range(40)]) as ledger:
    print(flush=True)
    while True:
        for record in ledger.records():
            ledger.begin(record.number)
            ledger.end(replace(record, state="done", result={"k": record.number, "twice": 2 * record.number}))
"""


@pytest.mark.parametrize("after", [0.0, 0.003, 0.01, 0.03])
def test_a_ledger_outlives_a_kill_while_it_is_written(tmp_path, after):
    plan = [{"k": k} for k in range(40)]
    command = [sys.executable, "-c", WRITING, str(tmp_path / "ledger")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as writer:
        writer.stdout.readline()
        time.sleep(after)
        writer.kill()
    with Ledger(tmp_path / "ledger", {}, plan) as ledger:
        for record in ledger.records():
            k = record.number
            assert (record.state, record.result) in [("done", {"k": k, "twice": 2 * k}), ("waiting", {})]


# The file
@contextmanager
def files_no_longer_than(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_the_search_and_not_the_ledger(tmp_path):
    space, ledger = Space.read(grid=["lr=0.1,0.2,0.3"]), tmp_path / "ledger"
    with files_no_longer_than(4096), pytest.raises(OSError, match="call it again") as caught:
        search(evaluations.bowl, space, ledger=ledger)
    assert caught.value.filename == str(ledger) and [*tmp_path.iterdir()] == []
    full = Heard(lambda record: resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)))
    with files_no_longer_than(10**6), pytest.raises(OSError, match="what was written before is kept"):
        search(evaluations.bowl, space, ledger=ledger, processes=1, progress=full)
    heard = Heard()
    assert len(search(evaluations.bowl, space, ledger=ledger, processes=1, progress=heard)) == 3
    assert heard.began == (1, 3)


def database(path, journal="delete", **marks):
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA journal_mode = {journal}")
        file.execute("CREATE TABLE letters (words TEXT)")
        for name, value in marks.items():
            file.execute(f"PRAGMA {name} = {value}")
    file.close()


def made(path):
    with Ledger(path, {"seed": 0}, [{"k": 0}, {"k": 1}]) as ledger:
        ledger.end(Record(0, {"k": 0}, "done", {"loss": 0.25}, 1.0))


def changed(statement):
    def change(path):
        made(path)
        with sqlite3.connect(path) as file:
            file.execute(statement)
        file.close()

    return change


def torn(path):
    made(path)
    path.write_bytes(path.read_bytes()[:-4096])


FOREIGN = {
    "text": (lambda path: path.write_text("my thesis"), "is damaged or not a ledger"),
    "zeros": (lambda path: path.write_bytes(bytes(5000)), "is damaged or not a ledger"),
    "another database": (database, "is a database of another program"),
    "another with a log": (lambda path: database(path, "wal"), "is a database of another program"),
    "another marked one": (lambda path: database(path, application_id=7), "is a database of another program"),
    "an empty marked one": (lambda path: changed("PRAGMA application_id = 7")(path), "of another program"),
    "torn": (torn, "is damaged or not a ledger"),
    "later": (changed("PRAGMA user_version = 2"), "its format is 2, and this optiviz reads 1; update optiviz"),
    "no table": (changed("DROP TABLE trials"), "is damaged"),
    "no facts": (changed("DELETE FROM search"), "is damaged"),
    "no JSON": (changed("UPDATE trials SET result = '{' WHERE number = 0"), "is damaged"),
    "no numbers": (changed("""UPDATE trials SET result = '{"loss": "low"}'"""), "is damaged"),
    "endless": (changed("""UPDATE trials SET result = '{"loss": Infinity}'"""), "is damaged"),
    "no parameters": (changed("UPDATE trials SET parameters = '7'"), "is damaged"),
    "other parameters": (changed("""UPDATE trials SET parameters = '{"k": 7}'"""), "has other parameters"),
    "no state": (changed("UPDATE trials SET state = 'asleep'"), "is damaged"),
    "no second": (changed("UPDATE trials SET seconds = 'long'"), "is damaged"),
    "a gap": (changed("DELETE FROM trials WHERE number = 0"), "a trial is missing"),
    "bytes": (changed("UPDATE trials SET message = x'ff'"), "is damaged"),
    "another search": (changed("""UPDATE search SET facts = '{"seed": 1}'"""), "(seed: 1, not 0)"),
    "of more": (
        changed("""UPDATE search SET facts = '{"seed": 0, "random": ["a=1"]}'"""),
        "(random: a=1, not none)",
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_no_ledger_of_this_search_stays_as_it_is(tmp_path, kind):
    path = tmp_path / "ledger"
    make, said = FOREIGN[kind]
    make(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}.*{re.escape(said)}"):
        Ledger(path, {"seed": 0}, [{"k": 0}, {"k": 1}])
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


@examples(100)
@given(st.data())
def test_a_damaged_ledger_is_read_as_it_was_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "ledger"
    made(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(ValueError, OSError), Ledger(path, {"seed": 0}, [{"k": 0}, {"k": 1}]) as ledger:
        assert len(ledger.records()) == 2


def test_a_ledger_is_one_searchs_at_a_time(tmp_path):
    path = tmp_path / "ledger"
    with Ledger(path, {}, [{"k": 0}]) as first:
        for _ in range(2):
            with pytest.raises(BlockingIOError, match="in use by another search; wait until it has ended"):
                Ledger(path, {}, [{"k": 0}])
        first.begin(0)
    with Ledger(path, {}, [{"k": 0}]) as second:
        assert second.records() == [Record(0, {"k": 0})]


def test_a_place_that_is_none_is_refused(tmp_path):
    for place, error in ((tmp_path, IsADirectoryError), (tmp_path / "no" / "ledger", FileNotFoundError)):
        with pytest.raises(error):
            Ledger(place, {}, [{"k": 0}])
    (tmp_path / "empty").touch()
    made(tmp_path / "empty")
