"""`optiviz predict`: what a network that was trained says of an image or a text."""

from __future__ import annotations

import os.path
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

from optiviz.cli.common import aligned, json_option, print_json
from optiviz.data import read_image
from optiviz.trials import Kept, answered, kept

EXAMPLES = """
\b
Examples:
  optiviz predict shapes-fashion_cnn drawing.png
  optiviz predict clothes shirt.jpg shoe.jpg --json
  optiviz predict messages-text_cnn "The bank here, call now!"
  optiviz predict messages-text_cnn - < messages.txt
"""

MOST = 10
"""So many classes are printed, the likeliest first."""

WIDEST = 60
"""So many letters of a text are printed."""


@click.command(epilog=EXAMPLES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("inputs", metavar="IMAGE|TEXT...", nargs=-1, required=True)
@click.option("-q", "--quiet", is_flag=True, help="Do not say what was done to an image, nor what is odd about a text.")
@json_option
def command(folder: Path, inputs: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Ask the network in DIR what an image or a text is.

    DIR is what optiviz train has written. An IMAGE is a file of any size and colour, which is brought to the shape
    that the network takes. A TEXT stands in quotes; a - reads texts from the standard input, a line each.
    """
    run = kept(folder)
    of_texts = len(run.shape) == 1
    names, examples, notes = _texts(run, inputs) if of_texts else _images(run, inputs)
    answers = answered(run, examples)
    if as_json:
        print_json({"folder": str(folder), "answers": _facts(run, names, answers, notes)})
        return
    heads = [_shortened(name) if of_texts else name for name in map(_plain, names)]
    for number, (name, answer) in enumerate(zip(heads, answers, strict=True)):
        if notes[number] and not quiet:
            click.echo(f"{name}: {notes[number]}", err=True)
        order = np.argsort(-answer, kind="stable")[:MOST]
        click.echo("\n" * bool(number) + f"{name}: {run.classes[order[0]]}")
        for line in aligned([[run.classes[k], f"{answer[k]:.4f}"] for k in order]):
            click.echo(f"  {line}")


def _images(run: Kept, paths: tuple[str, ...]) -> tuple[list[str], Any, list[str]]:
    """The names of the files, the images, and what was done to each."""
    for path in paths:
        if not os.path.exists(path):
            missing = f"{_shortened(_plain(path))}: no such file"
            raise FileNotFoundError(f"{missing}; the network in {run.place.folder} takes images: write their files")
    read = [read_image(path, run.shape) for path in paths]
    return [*paths], np.stack([image for image, _ in read]), [said for _, said in read]


def _texts(run: Kept, inputs: tuple[str, ...]) -> tuple[list[str], Any, list[str]]:
    """The texts, which name themselves, and what is odd about each."""
    texts: list[str] = []
    notes: list[str] = []
    for text in inputs:
        lines = [line for line in sys.stdin.read().splitlines() if line.strip()] if text == "-" else [text]
        texts += lines
        notes += [_odd(run, line, named=text != "-") for line in lines]
    if not texts:
        raise ValueError("there is no text on the standard input; write one on each line")
    return texts, texts, notes


def _odd(run: Kept, text: str, named: bool) -> str:
    """What whoever asks about a text may not have meant, or not expect of the answer."""
    if named and os.path.isfile(text):
        return f"the name of a file was taken for a text; to ask what it holds, write - < {_plain(shlex.quote(text))}"
    tokenizer = run.intake.tokenizer
    if tokenizer is None:
        return ""
    unknown = tokenizer.word_index.get(tokenizer.oov_token or "")
    (numbers,) = tokenizer.texts_to_sequences([text])
    return "" if {*numbers} - {unknown} else "the network knows none of its words"


def _plain(name: str) -> str:
    """A name in one line, without what would move the cursor or change its colour."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())


def _shortened(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def _facts(run: Kept, names: list[str], answers: Any, notes: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "input": name,
            "class": run.classes[int(answer.argmax())],
            "probabilities": dict(zip(run.classes, answer.tolist(), strict=True)),
            **({"note": note} if note else {}),
        }
        for name, answer, note in zip(names, answers, notes, strict=True)
    ]
