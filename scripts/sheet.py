"""Draws every kind of picture in every style, each to a file, and all of a style on one contact sheet: `make sheet`.

    python scripts/sheet.py [FOLDER] [--size 640x360] [--style big] [--kind race]

Look at all of it after a change to optiviz/plot: at 1920x1080, as on a projector, and at 640x360, as on a phone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from optiviz import averages, basin, experiments, losses, minimize, models, plot, race, schedules, sensitivity
from optiviz.data import augment, load, scaled, text
from optiviz.names import STYLES
from optiviz.optimizers import Optimizer
from optiviz.surfaces import Surface

FOLDER = Path(__file__).parent.parent / "build" / "sheet"
COLUMNS, GAP, LABEL = 3, 16, 30

RULES = Optimizer.registry
SURFACES = Surface.registry


@cache
def run(rule: str, surface: str, lr: float, steps: int = 120) -> Any:
    return minimize(SURFACES[surface], RULES[rule].configured(lr=lr), steps=steps, tolerance=1e-6)


def drawn_run(rule: str, surface: str, lr: float, **options: Any) -> Any:
    return plot.picture(
        run(rule, surface, lr), plot.sampled(SURFACES[surface], options.get("view", "contour")), **options
    )


@cache
def raced(surface: str, rules: str, **conditions: Any) -> Any:
    return race(SURFACES[surface], [RULES[name] for name in rules.split()], steps=200, **conditions)


def drawn_inside(rule: str, surface: str, lr: float, **options: Any) -> Any:
    inside = experiments.internals(run(rule, surface, lr), RULES[rule].configured(lr=lr))
    return drawn_run(rule, surface, lr, view="internals", inside=inside, **options)


def drawn_race(surface: str, rules: str, conditions: dict[str, Any], **options: Any) -> Any:
    return plot.race_picture(raced(surface, rules, **conditions), SURFACES[surface].sample(), **options)


@cache
def swept(rule: str, surface: str, lr: float, over: tuple[str, ...]) -> Any:
    return sensitivity(RULES[rule].configured(lr=lr), SURFACES[surface], over)


@cache
def basins(rule: str, surface: str, lr: float) -> Any:
    found = SURFACES[surface]
    return basin(RULES[rule].configured(lr=lr), found, starts=(120,) * found.dimension)


def drawn_basin(rule: str, surface: str, lr: float, **options: Any) -> Any:
    return plot.draw_basin(basins(rule, surface, lr), SURFACES[surface].sample(), note="a note", **options)


def drawn_averages(**options: Any) -> Any:
    x = 18 + 6 * np.sin(np.arange(365) / 58) + np.random.default_rng(1).normal(0, 3, 365)
    pairs = {
        beta: (averages.ewma(beta=beta).over(x), averages.ewma_uncorrected(beta=beta).over(x)) for beta in (0.9, 0.98)
    }
    windows = {beta: averages.window(beta) for beta in pairs}
    return plot.draw_averages(
        x, pairs, windows, equations=averages.ewma.latex(), name="degrees", source="a year", **options
    )


RATES = schedules.rates(
    [
        schedules.cosine,
        schedules.step,
        schedules.exponential(k=0.02),
        schedules.warmup(steps=50) >> schedules.cosine(steps=250),
    ]
)
FOUR, TEN = "gd momentum adam rmsprop", "gd momentum nesterov adagrad rmsprop adam adamw nadam lion yogi"
FEW = (10, 100, 1000, 10_000)

KINDS: dict[str, Callable[..., Any]] = {
    "run on a plane": lambda **o: drawn_run(
        "adam", "rosenbrock", 0.5, note="learning rate chosen for a watchable path", **o
    ),
    "3d": lambda **o: drawn_run("adam", "rosenbrock", 0.5, view="3d", **o),
    "field": lambda **o: drawn_run("momentum", "ravine", 0.03, view="field", **o),
    "internals": lambda **o: drawn_inside("adam", "ravine", 0.3, **o),
    "effective step": lambda **o: drawn_run("rmsprop", "ravine", 0.03, view="effective", **o),
    "run on a curve": lambda **o: drawn_run("momentum", "double_well", 0.02, **o),
    "run that diverges": lambda **o: drawn_run("gd", "parabola", 1.05, **o),
    "race of four": lambda **o: drawn_race("rosenbrock", FOUR, {}, **o),
    "race of ten": lambda **o: drawn_race("himmelblau", TEN, {}, **o),
    "race in panes": lambda **o: plot.grid_picture(raced("ravine", FOUR), SURFACES["ravine"].sample(), **o),
    "race in 3d": lambda **o: drawn_race("himmelblau", FOUR, {}, view="3d", **o),
    "race with a band": lambda **o: drawn_race("ravine", FOUR, {"noise": 0.5, "seeds": 8}, **o),
    "film strip of a run": lambda **o: plot.filmstrip(drawn_run("adam", "rosenbrock", 0.5, **o), 6),
    "film strip of a race": lambda **o: plot.filmstrip(drawn_race("rosenbrock", FOUR, {}, **o), 4),
    "schedules": lambda **o: plot.draw_rates(RATES, **o),
    "averages": drawn_averages,
    "sensitivity": lambda **o: plot.draw_sensitivity(swept("adam", "rosenbrock", 0.5, ("lr",)), note="tuned", **o),
    "sensitivity map": lambda **o: plot.draw_sensitivity(
        swept("momentum", "ravine", 0.03, ("lr", "beta")), note="tuned", **o
    ),
    "basins": lambda **o: drawn_basin("momentum", "himmelblau", 0.01, **o),
    "many basins": lambda **o: drawn_basin("gd", "rastrigin", 1e-3, **o),
    "basins on a line": lambda **o: drawn_basin("gd", "double_well", 0.03, **o),
    "losses": lambda **o: plot.draw_profile(
        experiments.profile([losses.mse, losses.mae, losses.huber, losses.log_cosh]), **o
    ),
    "outlier": lambda **o: plot.draw_outlier(
        experiments.outlier([losses.mse, losses.mae, losses.huber, losses.log_cosh]), **o
    ),
    "growth": lambda **o: plot.draw_growth(grown(), **o),
    "words": lambda **o: plot.draw_words(*lexicon(), **o),
    "augmentations": lambda **o: plot.draw_augmentations(shape(), changed(), seed=1, **o),
    "curves": lambda **o: plot.draw_curves(trained()[1], held="test", **o),
    "rate": lambda **o: plot.draw_rate(trained()[1], **o),
    "confusion": lambda **o: plot.draw_confusion(table(), trained()[0].classes, **o),
    "mistakes": lambda **o: plot.draw_mistakes(trained()[0].test.x, *judged(), trained()[0].classes, **o),
    "mistakes in texts": lambda **o: plot.draw_mistakes(*misread(), **o),
    "comparison": lambda **o: plot.draw_comparison(*several(), note="1,000 examples", **o),
    "search": lambda **o: plot.draw_search(*searched(), logarithmic=["lr", "batch_size"], **o),
    "rate test": lambda **o: plot.draw_rate_test(*tested(), **o),
    "filters": lambda **o: plot.draw_filters(trained()[2].layers[0].W, **o),
    "filters of words": lambda **o: plot.draw_filters(np.sin(np.arange(1920.0) ** 2).reshape(3, 20, 32), **o),
}
"""What there is to see; a new kind of picture gets a line."""


@cache
def grown() -> Any:
    return experiments.growth([losses.cce, losses.sparse_cce], FEW, examples=8)


def shape() -> Any:
    """A bright, slanted triangle before a sky."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    inside = (np.abs(x + 0.4 * y) < (y + 0.7) / 2) & (y < 0.6)
    sky = np.stack([0.3 + 0.1 * y, 0.5 + 0.2 * y, 0.8 + 0.1 * x], -1)
    return np.where(inside[..., None], [1.0, 0.7, 0.2], sky)


def changed() -> Any:
    """Three versions of it by each augmentation."""
    return {repr(a): a(np.stack([shape()] * 3), 1) for a in augment.Augmentation.registry.values()}


@cache
def lexicon() -> Any:
    """Names of rules, and a plane through vectors of how often each letter is in them."""
    names = [name for name in RULES if "." not in name]
    return names, *text.plane([[name.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz_"] for name in names])


@cache
def trained() -> Any:
    """Small pictures of shapes, what became of a training on some of them, and the network."""
    data = load("shapes")
    model = models.fashion_cnn(data.shape, 10)
    rising = schedules.warmup(lr=3e-3, steps=20) >> schedules.cosine(lr=3e-3, steps=180)
    x, y, test = scaled(data.train.x[:1000]), data.train.y[:1000], (scaled(data.test.x), data.test.y)
    return data, model.fit(x, y, "sparse_cce", "adam", schedule=rising, epochs=6, validation=test), model


@cache
def judged() -> Any:
    """What they are, what the network says, and how sure it is."""
    data, _, model = trained()
    shares = model.predict(scaled(data.test.x))
    return data.test.y, shares.argmax(axis=1), shares.max(axis=1)


def table() -> Any:
    truth, guess, _ = judged()
    return np.bincount(10 * truth + guess, minlength=100).reshape(10, 10)


def misread() -> Any:
    """Messages, all of them taken for the other kind."""
    data = load("messages")
    return data.test.x[:20], data.test.y[:20], 1 - data.test.y[:20], np.linspace(0.5, 1, 20), data.classes


def several() -> Any:
    """Curves of four kinds, three of each."""
    falls = [2.3 / np.arange(1, 13) ** (k / 8) for k in range(1, 5)]
    noise = np.random.default_rng(0).normal(1, 0.06, (4, 3, 12))
    return ({rule: fall * some for rule, fall, some in zip(FOUR.split(), falls, noise, strict=True)},)


def searched() -> Any:
    """Trials at random, and losses that are lowest at a rate of 0.01."""
    random = np.random.default_rng(0)
    rates, sizes = 10 ** random.uniform(-4, 0, 30), random.choice([16, 32, 64, 128], 30)
    rules = random.choice(["sgd", "adam", "rmsprop"], 30)
    trials = [
        {"lr": float(lr), "batch_size": int(size), "optimizer": str(rule)}
        for lr, size, rule in zip(rates, sizes, rules, strict=True)
    ]
    return trials, np.where(rates > 0.3, np.nan, 0.3 + 0.2 * np.log10(rates / 0.01) ** 2 + random.uniform(0, 0.2, 30))


def tested() -> Any:
    """A loss that rises from 0.3 on."""
    rates = np.geomspace(1e-4, 1, 120)
    loss = 2.3 - 1 / (1 + (0.03 / rates) ** 3) + rates**2
    return rates, loss + np.random.default_rng(0).normal(0, 0.05, 120), loss, 0.03


def write(kind: str, style: str, size: tuple[int, int] | None, folder: Path) -> Path:
    """One picture to its file."""
    made = KINDS[kind](style=style, size=size)
    path = folder / f"{kind.replace(' ', '-')}.png"
    (plot.write_still if isinstance(made, plot.Still) else plot.film)(made, path)
    return path


def sheet(paths: dict[str, Path], style: str) -> Image.Image:
    """All of a style in rows, each with its name above it."""
    pictures = {kind: Image.open(path) for kind, path in paths.items()}
    wide = max(image.width for image in pictures.values())
    kinds = [*pictures]
    rows = [kinds[i : i + COLUMNS] for i in range(0, len(kinds), COLUMNS)]
    heights = [max(pictures[kind].height for kind in row) + LABEL + GAP for row in rows]
    page = Image.new("RGB", (GAP + (wide + GAP) * min(COLUMNS, len(kinds)), GAP + sum(heights)), "#c8c8c8")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(LABEL * 0.7)
    for i, row in enumerate(rows):
        for j, kind in enumerate(row):
            place = GAP + j * (wide + GAP), GAP + sum(heights[:i])
            pen.text(place, f"{kind}, {style}", "black", font)
            page.paste(pictures[kind], (place[0], place[1] + LABEL))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw every kind of picture in every style.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--size", default="960x540", help="pixels of each picture, such as 640x360")
    parser.add_argument("--style", action="append", choices=STYLES, help="this style alone; may be repeated")
    parser.add_argument("--kind", action="append", choices=[*KINDS], help="this kind alone; may be repeated")
    given = parser.parse_args()
    width, _, height = given.size.partition("x")
    for style in given.style or STYLES:
        folder = given.folder / f"{style}-{given.size}"
        folder.mkdir(parents=True, exist_ok=True)
        paths = {kind: write(kind, style, (int(width), int(height)), folder) for kind in given.kind or KINDS}
        page = given.folder / f"{style}-{given.size}.png"
        sheet(paths, style).save(page)
        print(page)


if __name__ == "__main__":
    main()
