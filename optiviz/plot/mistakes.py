"""The most confident mistakes, with their images or texts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.lines import Line2D

from optiviz.plot.alt_networks import of_mistakes
from optiviz.plot.images import draw_image, from_zero_to_one
from optiviz.plot.still import LEFT, RIGHT, Still, still
from optiviz.plot.words import fit, fit_name, legible, percent

__all__ = ["draw_mistakes"]

Array = npt.NDArray[Any]

IMAGES, TEXTS = 12, 8
"""So many are shown at most."""

BESIDE, BELOW = 0.02, 0.02
LINE = 0.04
"""How high a line of text is, as a share of the figure."""

LINES = 3
"""A text is cut after so many lines."""


def draw_mistakes(
    items: Any,
    truth: Array,
    guess: Array,
    confidence: Array,
    classes: Sequence[str],
    *,
    size: tuple[int, int] | None = None,
    style: str = "light",
) -> Still:
    """The examples of which a network was surest and wrong; if it was wrong at none, those it was least sure of.

    Args:
        items: N images (N, H, W), (N, H, W, 1 or 3), bytes or floats from 0 to 1; or N texts. Those that were
            answered rightly may be among them.
        truth: what they are, the numbers of their classes (N,).
        guess: what was said (N,).
        confidence: how likely that was said to be, from 0 to 1 (N,).
        classes: the names of the classes.
        size: width and height in pixels; the style's own if None.
        style: how it looks: light, dark, slide, paper or big.

    Raises:
        ValueError: the arrays do not fit together.
    """
    truth, guess, confidence = np.asarray(truth), np.asarray(guess), np.asarray(confidence, np.float64)
    if not {truth.shape, guess.shape, confidence.shape} == {(len(items),)}:
        raise ValueError(
            f"truth, guess and confidence have a number for each of {len(items)} items, not {truth.shape}, "
            f"{guess.shape} and {confidence.shape}"
        )
    names = [legible(str(name)) for name in classes]
    wrong = np.flatnonzero(truth != guess)
    images = not (len(items) and isinstance(items[0], str))
    most = IMAGES if images else TEXTS
    if len(wrong):
        chosen = wrong[np.argsort(-confidence[wrong], kind="stable")][:most]
    else:
        chosen = np.argsort(confidence, kind="stable")[:most]
    said = [(names[guess[i]], names[truth[i]], float(confidence[i])) for i in chosen]
    with still(
        _title(len(items), said, bool(len(wrong))), _facts(len(items), len(wrong), len(chosen)), size, style
    ) as made:
        captions = [(f"said {name} {_sure(sure)}", f"is {right}" if len(wrong) else "") for name, right, sure in said]
        if len(chosen):
            if images:
                _images(made, from_zero_to_one(np.stack([np.asarray(items[i]) for i in chosen])), captions)
            else:
                _texts(made, [legible(items[i]) for i in chosen], captions)
        plain = [" ".join(str(name).split()) for name in classes]
        made.words = of_mistakes(
            [(plain[guess[i]], plain[truth[i]], float(confidence[i])) for i in chosen], not len(wrong)
        )
    return made


def _sure(share: float) -> str:
    """Whole percent; what is not certain is not 100 %.

    >>> _sure(0.987), _sure(0.9999)
    ('99 %', '99 %')
    """
    return f"{100 if share == 1 else min(round(100 * share), 99)} %"


def _title(count: int, said: Sequence[tuple[str, str, float]], wrong: bool) -> str:
    if not count:
        return "Not one mistake"
    name, right, sure = said[0]
    if wrong:
        return f"Surest and wrong: {right} is called {name} with {percent(sure)}"
    return f"Not one mistake in {count:,}; least sure of {name}, with {percent(sure)}"


def _facts(count: int, wrong: int, shown: int) -> list[str]:
    if not wrong:
        return (
            [f"the {shown} answers that were least sure, all of them right"] if shown else ["there is nothing to see"]
        )
    facts = [f"the {shown} most confident mistakes" if shown > 1 else "the only mistake"]
    return [*facts, f"{wrong:,} of {count:,} are wrong"] if wrong < count else facts


def _images(made: Still, images: Array, captions: Sequence[tuple[str, str]]) -> None:
    """Images in rows, as large as they fit, with two lines below each."""
    grow, (width, height) = made.style.grow, made.size
    count, (tall, wide) = len(images), images.shape[1:3]
    lines = (2 if captions[0][1] else 1) * LINE * grow + 0.012
    room = made.top - BELOW

    def side(columns: int) -> float:
        """The height of an image in pixels, if so many stand in a row."""
        across = (RIGHT - LEFT + BESIDE) / columns - BESIDE
        return float(min(across * width * tall / wide, (room / -(-count // columns) - lines - 0.01) * height))

    columns = max(range(1, count + 1), key=side)
    high, broad = side(columns) / height, side(columns) * wide / tall / width
    step, texts = (RIGHT - LEFT + BESIDE) / columns, []
    for k, (image, words) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(k, columns)
        left, top = LEFT + column * step, made.top - row * (high + lines + 0.01)
        draw_image(made, (left, top - high, broad, high), image, f"item {k}")
        for i, line in enumerate(words):
            text = made.figure.text(left, top - high - 0.008 - i * LINE * grow, line, size=10 * made.scale, va="top")
            text.set_fontweight("bold" if i else "normal")
            fit_name(text, step - BESIDE / 2)
            texts.append(text)
    least = min(float(text.get_fontsize()) for text in texts)
    for text in texts:
        text.set_fontsize(least)


def _texts(made: Still, texts: Sequence[str], captions: Sequence[tuple[str, str]]) -> None:
    """Texts in two columns, each in a few lines with what was said below."""
    grow, rows = made.style.grow, -(-len(texts) // 2)
    columns = 2 if len(texts) > 1 else 1
    wide = (RIGHT - LEFT + BESIDE) / columns - BESIDE
    step = min((made.top - BELOW) / rows, 0.3)
    line = min(LINE * grow, step / (LINES + 1.8))
    size = 11 * made.scale * line / (LINE * grow)
    for k, (words, (said, right)) in enumerate(zip(texts, captions, strict=True)):
        row, column = divmod(k, columns)
        left, top = LEFT + column * (wide + BESIDE), made.top - row * step
        inner = wide - 0.014
        lines = _wrapped(made, words, size, inner)
        edge = [top, top - (len(lines) + 1.1) * line]
        made.figure.add_artist(Line2D([left] * 2, edge, color=made.style.lines[0].colour, lw=3 * made.scale))
        for i, part in enumerate(lines):
            made.figure.text(left + 0.014, top - i * line, part, size=size, va="top")
        below = f"{said}, {right}" if right else said
        text = made.figure.text(
            left + 0.014, top - (len(lines) + 0.15) * line, below, size=0.95 * size, va="top", weight="bold"
        )
        fit(text, inner)


def _wrapped(made: Still, text: str, size: float, share: float) -> list[str]:
    """The first lines of a text; what is left out is said by …"""
    probe = made.figure.text(0, 0, "", size=size)

    def fits(line: str) -> bool:
        probe.set_text(line)
        return bool(probe.get_window_extent().width <= share * made.size[0])

    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if fits(longer):
            lines[-1] = longer
            continue
        while not fits(word):  # a word that is wider than a line
            kept = _longest(word, fits)
            lines.append(word[:kept])
            word = word[kept:]
            if len(lines) > LINES + 1:
                break
        lines.append(word)
        if len(lines) > LINES + 1:  # none of what follows is seen
            break
    lines = [line for line in lines if line] or [""]
    if len(lines) > LINES:
        last = lines[LINES - 1]
        last = last[: _longest(last, lambda part: fits(f"{part}…"))]
        lines = [*lines[: LINES - 1], f"{last.rstrip()}…"]
    probe.remove()
    return lines


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many of its first letters fit; one does."""
    return max(bisect_left(range(1, len(text) + 1), True, key=lambda n: not fits(text[:n])), 1)
