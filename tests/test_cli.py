"""The command line: what it writes and prints, and that a mistake costs one line and no file."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from optiviz import handout
from optiviz.cli import COMMANDS, main, run
from optiviz.cli.list import KINDS, SAID
from optiviz.files import MARK, is_ours
from optiviz.losses import Loss
from optiviz.optimizers import Optimizer
from optiviz.plot import writers
from optiviz.surfaces import Surface

SMALL = ["--size", "320x180", "-p", "lr=0.1", "--steps", "3"]

LION = '''
from optiviz import optimizer, sign

@optimizer
def lion(theta, g, t, m=0.0, *, lr=0.001, beta1=0.9, beta2=0.99):
    """Chen et al. 2023, arXiv:2302.06675."""
    u = sign(beta1 * m + (1 - beta1) * g)
    m = beta2 * m + (1 - beta2) * g
    return theta - lr * u, m
'''


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture(scope="module")
def headline(tmp_path_factory):
    """The README's first command, run as its reader does: the directory and what was printed."""
    desk = tmp_path_factory.mktemp("headline")
    return desk, process("animate", "adam", "--surface", "rosenbrock", cwd=desk)


def process(*args: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "optiviz", *args], capture_output=True, text=True, timeout=50, **options
    )


def printed(capsys, *args: str) -> str:
    """What a command that must succeed prints on stdout."""
    status = run(list(args))
    out, err = capsys.readouterr()
    assert status == 0, err
    return out


def facts(capsys, *args: str) -> dict:
    return json.loads(printed(capsys, *args, "--json"), parse_constant=pytest.fail)


def files() -> set[str]:
    return {path.name for path in Path().iterdir() if path.name != "__pycache__"}


# What it writes.


def test_the_headline_command(headline):
    desk, done = headline
    assert (done.returncode, done.stdout) == (0, "adam-rosenbrock.gif\n")
    assert "adam(lr=0.5) on rosenbrock: f from 24.2 to 0.0035" in done.stderr and "watchable" in done.stderr
    assert [path.name for path in desk.iterdir()] == ["adam-rosenbrock.gif"]
    with Image.open(desk / "adam-rosenbrock.gif") as image:
        assert (image.format, image.size, image.n_frames) == ("GIF", (960, 540), 301)
        assert MARK in image.info["comment"].decode()
        for frame in (0, 150, 300):
            image.seek(frame)
            image.load()
    assert is_ours(desk / "adam-rosenbrock.gif")


@pytest.mark.parametrize("suffix", ["gif", "PNG"])
def test_the_suffix_says_the_format_and_the_seed_says_the_bytes(capsys, suffix):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        path = f"{name}.{suffix}"
        command = ["animate", "sgd", "-s", "bowl", *SMALL, "--seed", seed, "-o", path]
        assert printed(capsys, *command) == f"{path}\n"
        with Image.open(path) as image:
            assert image.format == suffix.upper()
    a, b, c = (Path(f"{name}.{suffix}").read_bytes() for name in "abc")
    assert a == b != c


def test_json_facts(capsys):
    found = facts(capsys, "animate", "gd:lr=0.25", "-s", "bowl", "--steps", "3", "--start=1,-2", "-o", "a.png")
    assert found == {
        "file": "a.png",
        "optimizer": "gd",
        "params": {"lr": 0.25},
        "surface": "bowl",
        "start": [1, -2],
        "end": [0.125, -0.25],
        "first_value": 5,
        "last_value": 5 / 64,
        "steps": 3,
        "ending": "all steps made",
        "noise": 0,
        "batch_size": 0,
        "seed": 0,
        "note": "",
        "alt": "gd with lr 0.25 on bowl goes down from (1, −2), where f is 5, to (0.125, −0.25), where f is 0.0781, "
        "in 3 steps. 90 % of that way down is done after 2 steps, the loss never rises and it ends 0.28 from the "
        "minimum at (0, 0).",
    }


def test_what_is_not_finite_is_null_in_json(capsys, undrawn):
    found = facts(capsys, "animate", "gd", "-s", "exp(x**4)", "--start=2.9", "-p", "lr=1e9", "-o", "a.png")
    assert found["last_value"] is None and found["ending"] == "diverged"


def test_quiet(capsys):
    assert run(["animate", "gd", "-s", "bowl", *SMALL, "--quiet", "-o", "a.png"]) == 0
    assert capsys.readouterr() == ("", "")
    assert files() == {"a.png"}


def animated(capsys, *args: str) -> dict:
    return facts(capsys, "animate", *args, "--size", "320x180", "--steps", "3", "-o", "a.png")


def test_every_way_to_set_a_parameter(capsys, undrawn):
    assert animated(capsys, "adam:lr=0.1,beta1=0.8", "-s", "bowl")["params"]["beta1"] == 0.8
    assert animated(capsys, "adam:lr=0.1", "-s", "bowl", "-p", "beta1=0.7")["params"]["beta1"] == 0.7
    assert animated(capsys, "gd:lr=0.1", "-s", "ravine:steepness=9")["surface"] == "ravine(steepness=9.0)"
    assert animated(capsys, "ADAM-uncorrected", "-s", "bowl")["optimizer"] == "adam_uncorrected"


def test_a_schedule_begins_at_the_rule_s_learning_rate(capsys, undrawn):
    decay = ["-s", "bowl", "--schedule", "exponential:k=0.5"]
    assert animated(capsys, "gd:lr=0.2", *decay)["params"] == {"lr": "exponential(lr=0.2, k=0.5)"}
    assert animated(capsys, "gd", "-p", "lr=0.3", *decay)["params"] == {"lr": "exponential(lr=0.3, k=0.5)"}
    chosen = animated(capsys, "gd", *decay)
    assert "watchable" in chosen["note"] and chosen["params"] != {"lr": "exponential(k=0.5)"}
    own = animated(capsys, "gd", "-s", "bowl", "--schedule", "exponential:lr=0.4,k=0.5")
    assert own["params"] == {"lr": "exponential(lr=0.4, k=0.5)"} and not own["note"]


def test_a_formula_of_one_s_own(capsys, undrawn):
    assert "adam-formula.gif" in printed(capsys, "animate", "adam", "-s", "x**2 + 10*y**2", *SMALL)
    drawn = animated(capsys, "gd:lr=0.1", "-s", "x²", "--box=-1,1", "--start=-0.5")
    assert drawn["end"] == pytest.approx([-0.5 * 0.8**3])


def test_an_optimizer_of_one_s_own_needs_no_registration(capsys, desk, undrawn):
    (desk / "lion.py").write_text(LION)
    before = set(Optimizer.registry)
    found = animated(capsys, "lion.py:lion:lr=0.01", "-s", "bowl", "--start=1,-1")
    assert found["end"] == pytest.approx([0.97, -0.97])
    assert set(Optimizer.registry) == before
    assert "m = β₂ m" in printed(capsys, "show", "lion.py:lion").replace("ₜ₋₁", "").replace("ₜ", "")


def test_dialects_and_wrappers(capsys, desk, undrawn):
    assert animated(capsys, "torch.adagrad:lr=0.1", "-s", "bowl")["optimizer"] == "torch.adagrad"
    wrapped = animated(capsys, "adam+clip_norm+lookahead:lr=0.1,limit=2", "-s", "bowl")
    assert (wrapped["optimizer"], wrapped["params"]["limit"]) == ("adam+clip_norm+lookahead", 2)
    printed(capsys, "animate", "adam+clip-norm", "-s", "bowl", *SMALL)
    assert "adam+clip_norm-bowl.gif" in files()
    (desk / "c++").mkdir()
    (desk / "c++" / "lion.py").write_text(LION)
    assert animated(capsys, "c++/lion.py:lion+clip_value:limit=3", "-s", "bowl")["optimizer"] == "lion+clip_value"


def test_schedules_in_a_row(capsys, undrawn):
    row = ["--schedule", "warmup:lr=0.2,steps=2 >> cosine:steps=4"]
    expected = {"lr": "warmup(lr=0.2, steps=2) >> cosine(lr=0.2, end=0.0, steps=4)"}
    assert animated(capsys, "gd", "-s", "bowl", *row)["params"] == expected
    held = animated(capsys, "gd", "-s", "bowl", "-p", "lr=constant:lr=0.5,until=1 >> constant:lr=0.25")
    assert held["end"] == [0, 0] and held["first_value"] > 0


def test_open_shows_the_file(capsys, monkeypatch, undrawn):
    opened = []
    monkeypatch.setattr(click, "launch", opened.append)
    printed(capsys, "animate", "gd", "-s", "bowl", *SMALL, "-o", "a.png")
    assert opened == []
    printed(capsys, "animate", "gd", "-s", "bowl", *SMALL, "-o", "a.png", "--open")
    assert opened == ["a.png"]


def test_only_files_of_ours_are_replaced(capsys):
    command = ["animate", "gd", "-s", "bowl", *SMALL, "-o", "a.gif"]
    Path("a.gif").write_bytes(b"a holiday picture")
    assert run(command) == 2
    assert "--force" in capsys.readouterr().err and Path("a.gif").read_bytes() == b"a holiday picture"
    printed(capsys, *command, "--force")
    ours = Path("a.gif").read_bytes()
    printed(capsys, *command, "--style", "dark")
    assert Path("a.gif").read_bytes() != ours and files() == {"a.gif"}


# What it prints.


def test_show(capsys):
    page = printed(capsys, "show", "adam")
    for words in ("Momentum and RMSProp in one", "m̂ₜ", "β₁", "0.999", "remembers m", "1412.6980", ".py, line"):
        assert words in page
    latex = printed(capsys, "show", "adam", "--latex")
    assert r"\hat{m}" in latex and r"\beta_{1}" in latex and latex.count("\n") == 5
    found = facts(capsys, "show", "adam:lr=0.25")
    assert found["params"]["lr"]["value"] == 0.25 and found["slots"] == {"m": 0, "v": 0}
    assert len(found["equations"]) == len(found["latex"]) == 5


def test_show_schedules_and_surfaces(capsys):
    assert "exponential (schedule)" in printed(capsys, "show", "exponential")
    page = printed(capsys, "show", "rosenbrock")
    assert "x from -2 to 2, y from -1 to 3" in page and "minimum at (1, 1)" in page


@pytest.mark.parametrize("name", [*Loss.registry])
def test_show_a_loss(capsys, name):
    """Its equations are the last lines of its derivation, from which the code is made; a surface follows."""
    page, record = printed(capsys, "show", name), handout.find(name)
    assert (
        page.startswith(f"{name} (loss): ") and f"in Python: value, gradient = losses.{name}(scores, targets)" in page
    )
    assert f"derived in {len(record['steps'])} steps: optiviz derive {name}\ndrawn: optiviz loss {name}\n" in page
    for line in handout.end(record):
        assert f"\n    {line['left']['plain']} = {line['after']['plain']}\n" in page
    assert (f"\n\n{name} (surface): " in page) == (f"--surface {name}\n" in page) == (name in Surface.registry)
    found = facts(capsys, "show", name)
    assert (found["kind"], found.get("surface", {}).get("name", name)) == ("loss", name)
    latex = printed(capsys, "show", name, "--latex")
    assert r"\frac{\partial " in latex and "&=" not in latex


def test_show_a_loss_with_its_parameters(capsys):
    page = printed(capsys, "show", "huber:delta=2")
    assert "delta  δ  2.0  (0, ∞)" in page and "\nδ:" not in page and "\nr: the error z − y\n" in page
    assert "    w = exp(min(s, 0))/(1 + exp(−|s|))\n" in printed(capsys, "show", "focal")
    assert "the scores are those before the sigmoid" in printed(capsys, "show", "bce")


def test_list_names_the_kinds_with_how_many_there_are(capsys):
    counts = {kind: len(found()) for kind, found in KINDS.items()}
    assert facts(capsys, "list") == counts
    lines = printed(capsys, "list").splitlines()
    assert [(line.split()[0], int(line.split()[1])) for line in lines] == [*counts.items()]
    page = printed(capsys, "list", "--help")
    assert all(f"    {kind} " in page and said in page for kind, said in SAID.items()) and [*SAID] == [*KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_list(capsys, kind):
    found = KINDS[kind]()
    lines = printed(capsys, "list", kind).splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    assert facts(capsys, "list", kind) == found


def test_doctor(capsys, monkeypatch):
    page = printed(capsys, "doctor")
    assert "all is well" in page and np.__version__ in page
    assert facts(capsys, "doctor")["problems"] == []
    true = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "9.9" if name == "optiviz" else true(name))
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "problem: " in out and "pip uninstall optiviz" in out and "all is well" not in out


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_has_an_example_and_fits(capsys, name):
    page = printed(capsys, *name.split(), "--help")
    assert f"  optiviz {name}" in page
    assert max(map(len, page.splitlines())) <= 80
    assert printed(capsys, *name.split(), "-h") == page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_one(capsys, shell):
    script = printed(capsys, "completion", shell)
    assert "_OPTIVIZ_COMPLETE" in script
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=20)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("optiviz an", {"animate"}),
        ("optiviz imate", set()),
        ("optiviz animate adam_", {"adam_uncorrected"}),
        ("optiviz animate torch.adag", {"torch.adagrad"}),
        ("optiviz animate adam+clip_", {"adam+clip_norm", "adam+clip_value"}),
        ("optiviz animate adam --surface rose", {"rosenbrock"}),
        ("optiviz animate adam --schedule inv", {"inverse"}),
        ("optiviz loss mse hu", {"huber"}),
        ("optiviz animate adam --for", {"--force"}),
        ("optiviz list sch", {"schedules"}),
    ],
)
def test_names_are_completed(capsys, monkeypatch, words, expected):
    last = len(words.split()) - 1
    for name, value in {"_OPTIVIZ_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(last)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert {line.partition(",")[2] for line in capsys.readouterr().out.split()} == expected


def test_a_name_is_completed_where_nothing_is_loaded_yet():
    words = {"COMP_WORDS": "optiviz animate torch.adag", "COMP_CWORD": "2"}
    done = process(env={**os.environ, **words, "_OPTIVIZ_COMPLETE": "bash_complete"})
    assert done.stdout == "plain,torch.adagrad\n"


def on_a_terminal(env: dict[str, str]) -> str:
    """What a mistake looks like on a terminal."""
    pty = pytest.importorskip("pty")
    try:
        mine, theirs = pty.openpty()
    except OSError as error:  # a container without terminals
        pytest.skip(f"no pseudo-terminal: {error}")
    command = [sys.executable, "-m", "optiviz", "shwo"]
    subprocess.run(command, stderr=theirs, env=env, timeout=20, check=False)
    os.close(theirs)
    with os.fdopen(mine, "rb") as terminal:
        return terminal.read1(4096).decode()


def test_no_color():
    colourful = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    assert "\x1b[" in on_a_terminal(colourful)
    plain = on_a_terminal(colourful | {"NO_COLOR": "1"})
    assert "\x1b[" not in plain and "did you mean 'show'?" in plain


# Mistakes.

ON = ["animate", "adam", "-s", "bowl"]
MISTAKES = [
    (["animate", "adm", "-s", "bowl"], "unknown optimizer 'adm'; did you mean 'adam'?"),
    (["animate", "adm+clip", "-s", "bowl"], "unknown optimizer 'adm'; did you mean 'adam'?"),
    (["animate", "adam+clip", "-s", "bowl"], "unknown wrapper 'clip'; did you mean 'clip_norm'?"),
    (["animate", "troch.adagrad", "-s", "bowl"], "unknown optimizer 'troch.adagrad'; did you mean 'torch.adagrad'?"),
    (["animate", "adam+", "-s", "bowl"], "cannot read 'adam+'; write NAME or NAME:PARAMETER=VALUE"),
    (["animate", "adam+clip_norm:limt=2", "-s", "bowl"], "has no parameter 'limt'; did you mean 'limit'?"),
    ([*ON, "--schedule", "constant >> cosine"], "constant has no end; write constant:until=100 >> cosine"),
    ([*ON, "--schedule", "constant:until=0"], "constant must last for a whole number of updates"),
    (["animate", "adam", "-s", "rosenbrok"], "unknown surface 'rosenbrok'; did you mean 'rosenbrock'?"),
    ([*ON, "--schedule", "invers"], "unknown schedule 'invers'; did you mean 'inverse'?"),
    (["anmate"], "unknown command 'anmate'; did you mean 'animate'?"),
    (["show", "adm"], "unknown formula 'adm'; did you mean 'adam'?"),
    (["show", "cross-entropy"], "unknown formula 'cross-entropy'; did you mean 'bce' or 'cce'?"),
    (["derive", "crossentropy"], "unknown derivation 'crossentropy'; did you mean 'bce' or 'cce'?"),
    (["derive", "Softmax"], "did you mean 'cce' or 'sparse_cce'?"),
    (["derive", "adam"], "did you mean 'adam_first_step' or 'ewma'?"),
    (["loss", "L1"], "unknown loss 'L1'; did you mean 'mae'?"),
    (["parity", "gradient-descent"], "did you mean 'gd'?"),
    (["parity", "EMA"], "did you mean 'ewma'?"),
    (["animate", "adam", "-s", "bowl", "-p", "learning_rate=0.1"], "no parameter 'learning_rate'; did you mean 'lr'?"),
    (["animate", "adam", "-s", "bowl", "--learning-rate", "0.1"], "lr is a hyperparameter, not an option; write -p lr"),
    (["animate", "adam"], "'--surface'. Choose one: bowl, ravine, saddle,"),
    (["basin", "adam"], "optiviz list surfaces names all; see optiviz basin --help"),
    (["check", "a.py"], "'--like'. Choose one: gd, sgd, momentum,"),
    (["loss"], "Choose one: mse, mae, bce,"),
    (["list", "loss"], "'optimizers', 'wrappers', 'dialects'"),
    ([*ON, "-p", "beta=1"], "adam has no parameter 'beta'; did you mean 'beta1' or 'beta2'?"),
    ([*ON, "--stpes", "3"], "--steps"),
    ([*ON, "-o", "a.bmp"], "the formats are .gif, .apng"),
    ([*ON, "-o", "a"], "the formats are .gif, .apng"),
    ([*ON, "--start=9,9"], "outside bowl's box, x from -2 to 2, y from -2 to 2"),
    ([*ON, "--start=here"], "'here' is not 1 or 2 numbers; write --start=-1.5,2"),
    ([*ON, "--start=1"], "a start on bowl is two numbers"),
    ([*ON, "--start=nan,0"], "'nan,0' is not 1 or 2 numbers"),
    ([*ON, "--steps", "0"], "1<=x<=100000"),
    ([*ON, "--steps", "-3"], "1<=x<=100000"),
    ([*ON, "--steps", "10000000000"], "1<=x<=100000"),
    ([*ON, "--seed", "-1"], "--seed"),
    ([*ON, "--fps", "nan"], "fps must be from 0.5 to 50"),
    ([*ON, "--noise", "nan"], "noise cannot be negative or infinite"),
    ([*ON, "-p", "lr=nan"], "lr must be in [0, ∞), not nan"),
    ([*ON, "-p", "lr"], "write NAME=VALUE such as lr=0.1"),
    ([*ON, "-p", "lr=fast"], "lr must be a number or a schedule, not 'fast'"),
    ([*ON, "-p", "beta1=1"], "beta1 must be in [0, 1), not 1"),
    ([*ON, "-o", "foreign.gif"], "foreign.gif was not written by optiviz"),
    ([*ON, "-o", "nowhere/a.gif"], "the directory nowhere does not exist"),
    ([*ON, "-o", "folder.gif"], "folder.gif is a directory"),
    ([*ON, "--size", "9x9"], "from 320x180 to 3840x2160"),
    ([*ON, "--size", "big"], "is not two numbers; write 1920x1080"),
    ([*ON, "--box=-1,1,-1,1"], "--box is for a formula of your own"),
    (["animate", "gd", "-s", "x*y", "--box=2,1,0,1"], "with low < high"),
    (["animate", "gd", "-s", "x*y", "--box=0,1"], "(x low, x high, y low, y high)"),
    (["animate", "adam"], "--surface"),
    (["animate", "-s", "bowl"], "Missing argument 'RULE'"),
    (["animate", "adam", "-s", "__import__('os').remove('foreign.gif')"], "unknown name '__import__' at column 1"),
    (["animate", "adam", "-s", "9**9**9**9*x"], "exponent"),
    (["animate", "adam", "-s", "(" * 500 + "x" + ")" * 500], "write a shorter formula"),
    (["animate", "adam", "-s", "log(x)"], "is not a finite number at (-2.4); choose another --start"),
    (["animate", "missing.py:mine", "-s", "bowl"], "missing.py: no such file"),
    (["show", "missing.py:mine"], "missing.py: no such file"),
]


def check_mistake(capsys, args: list[str], *phrases: str) -> None:
    before = {path: path.is_file() and path.read_bytes() for path in Path().iterdir()}
    status = run(args)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("optiviz: ") and err.endswith("\n") and err.count("\n") == 1 and "Traceback" not in err
    assert all(phrase in err for phrase in phrases), err
    after = {path: path.is_file() and path.read_bytes() for path in Path().iterdir() if path.name != "__pycache__"}
    assert after == before


@pytest.mark.parametrize(("args", "phrase"), MISTAKES, ids=lambda a: " ".join(a)[:40] if isinstance(a, list) else "")
def test_a_mistake_costs_one_line(capsys, desk, args, phrase):
    (desk / "foreign.gif").write_bytes(b"GIF89a, a holiday picture")
    (desk / "folder.gif").mkdir()
    check_mistake(capsys, args, phrase)


STUDENTS = {
    "syntax": ("def mine(:", "line 4", "invalid syntax"),
    "import": ("import no_such_module", "line 4", "No module named 'no_such_module'"),
    "raises": ("1 / 0", "line 4", "ZeroDivisionError"),
    "exits": ("raise SystemExit(0)", "line 4", "SystemExit"),
    "signature": ("@optimizer\ndef mine(x, y):\n    return x", "line 4", "an optimizer is written def lion"),
    "in place": ("@optimizer\ndef mine(theta, g, t, *, lr=0.1):\n    theta[0] = 1\n    return theta", "line 6", "mine"),
    "plain": ("def mine(theta, g, t, *, lr=0.1):\n    return theta", "put @optimizer above it"),
    "absent": ("@optimizer\ndef main(theta, g, t, *, lr=0.1):\n    return theta - lr * g", "did you mean 'main'?"),
    "another kind": ("@schedule\ndef mine(t, *, lr=0.1):\n    return lr", "'mine' is a schedule"),
    "slots": (
        "@optimizer\ndef mine(theta, g, t, m=0.0, *, lr=0.1):\n    return theta - lr * g",
        "line 4, in mine",
        "returned 1 value, expected 2: theta and m",
    ),
    "branches": (
        "@optimizer\ndef mine(theta, g, t, *, lr=0.1):\n    if g > 0:\n        g = -g\n    return theta - lr * g",
        "line 6, in mine",
        "use where(condition, a, b)",
    ),
    "called": (
        "@optimizer\ndef mine(theta, g, t, *, lr=0.1):\n    return theta - lr * momentum",
        "line 6, in mine",
        "name 'momentum' is not defined",
    ),
    "type": ("@optimizer\ndef mine(theta, g, t, *, lr=0.1):\n    return 'down'", "line 4, in mine", "returned str"),
}


@pytest.mark.parametrize("student", STUDENTS)
def test_a_mistake_in_a_student_s_file_names_the_file_and_the_line(capsys, desk, student):
    source, *phrases = STUDENTS[student]
    (desk / "mine.py").write_text(f"# my optimizer\nfrom optiviz import optimizer, schedule\n\n{source}\n")
    check_mistake(capsys, ["animate", "mine.py:mine", "-s", "bowl"], "mine.py", *phrases)


# Interruptions.


def test_ctrl_c_while_drawing_leaves_what_was_there(capsys, monkeypatch):
    command = ["animate", "gd", "-s", "bowl", *SMALL, "-o", "a.gif"]
    printed(capsys, *command)
    before = Path("a.gif").read_bytes()

    def interrupted(path, *rest):
        path.write_bytes(b"half a picture")
        raise KeyboardInterrupt

    monkeypatch.setitem(writers.ANIMATED, ".gif", interrupted)
    assert run([*command, "--style", "dark"]) == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert files() == {"a.gif"} and Path("a.gif").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_a_real_ctrl_c():
    """It comes from outside, in the middle of the drawing."""
    code = """
    import signal, time
    from dataclasses import replace
    from optiviz.plot import writers
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is born ignoring it
    def slow(path, reel):
        print("drawing", flush=True)
        progress = lambda looks: (time.sleep(0.05) or look for look in looks)  # a quarter of a minute
        writers.gif.write_gif(path, replace(reel, progress=progress))
    writers.ANIMATED[".gif"] = slow
    from optiviz.cli import main
    main(["animate", "gd", "-s", "bowl", "-p", "lr=0.1", "--size", "320x180"])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "drawing\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == "optiviz: interrupted; nothing was written"
    assert files() == set()


@pytest.mark.skipif(os.name == "nt", reason="Windows reports a closed pipe in another way")
def test_a_closed_pipe_is_quiet():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "optiviz", "list", "surfaces"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    os.close(writer)
    assert done.stderr == ""


# A light start.


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import optiviz", "numpy matplotlib sympy click"),
        ("from optiviz.cli import run; run(['--help'])", "numpy matplotlib sympy"),
        ("from optiviz.cli import run; run(['completion', 'fish'])", "numpy matplotlib sympy"),
        ("from optiviz import adam", "matplotlib sympy click"),
        ("from optiviz.cli import run; run(['show', 'adam'])", "matplotlib sympy"),
        ("from optiviz.cli import run; run(['animate', 'adm', '-s', 'bowl'])", "matplotlib sympy"),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(code, absent):
    check = f"{code}; import sys; sys.exit(' '.join(sorted({set(absent.split())} & set(sys.modules))) or 0)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
