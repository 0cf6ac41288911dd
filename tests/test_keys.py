"""Keys without Return, on a terminal that is none of ours."""

import json
import os
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty")

ASK = """
import sys, time
from optiviz.cli.keys import keys_pressed
with keys_pressed() as pressed:
    print("ready", flush=True)
    end = time.time() + 20
    while time.time() < end:
        if key := pressed():
            print(f"<{key}>", flush=True)
            if key == "q":
                break
        time.sleep(0.005)
"""


def read_until(terminal, mark):
    """What comes until the mark."""
    seen = b""
    while mark not in seen:
        seen += os.read(terminal, 1000)
    return seen


def test_keys_come_one_by_one_and_the_terminal_stays_as_it_was():
    import termios

    terminal, inner = pty.openpty()
    before = termios.tcgetattr(inner)
    with subprocess.Popen([sys.executable, "-c", ASK], stdin=inner, stdout=inner, stderr=inner) as asked:
        read_until(terminal, b"ready")
        os.write(terminal, b"+\x1b[A\x1bOBU\x1b[5~")
        seen = read_until(terminal, b"<u>")
        time.sleep(0.05)
        os.write(terminal, b"q")
        seen += read_until(terminal, b"<q>")
        assert asked.wait(20) == 0
    assert seen.split() == [b"<+>", b"<up>", b"<down>", b"<u>", b"<q>"]
    assert termios.tcgetattr(inner) == before
    os.close(terminal)
    os.close(inner)


def test_without_a_terminal_there_are_no_keys():
    done = subprocess.run([sys.executable, "-c", ASK], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "needs a terminal" in done.stderr


def test_a_training_is_looked_after_by_keys(tmp_path):
    command = "train shapes --model logistic --limit 640 --batch-size 2 --epochs 500 -p lr=0.001 --interactive -o out"
    (tmp_path / "out").mkdir()
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "optiviz", *command.split()], stdin=inner, stdout=inner, stderr=inner, cwd=tmp_path
    ) as asked:
        seen = read_until(terminal, b"epoch 2/")
        assert b"keys: up doubles" in seen
        for key, said in (
            (b"+", b"doubled"),
            (b"-", b"halved"),
            (b"x", b"keys: up"),
            (b"u", b"back"),
            (b"n", b"left out"),
        ):
            os.write(terminal, key)
            read_until(terminal, said)
        os.write(terminal, b"s")
        read_until(terminal, b"accuracy 0.")
        assert asked.wait(60) == 0
    os.close(terminal)
    os.close(inner)
    record = json.loads((tmp_path / "out" / "history.json").read_text())
    whats = [(entry["what"], entry["value"]) for entry in record["interventions"]]
    assert whats == [("rate", 2.0), ("rate", 0.5), ("undo", None), ("skip", None), ("stop", None)]
    assert record["ending"] == "stopped"
    assert {"model.npz", "curves.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
