"""The names of the slides: how each is drawn, and which values a shared hyperparameter may take.

One table serves the equations (θ, m̂, β₁), the command line's messages and the check of every value.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "HYPERPARAMETERS",
    "ORDERED",
    "STYLES",
    "SYNONYMS",
    "VIEWS",
    "Domain",
    "Hyperparameter",
    "Symbol",
    "hyperparameter",
    "symbol",
]

STYLES = ("light", "dark", "slide", "paper", "big")
"""How a picture may look."""

VIEWS = ("contour", "3d", "field", "internals", "effective")
"""What a picture may show of a run; the first three, how the surface is seen, of a race, too."""


class Symbol(NamedTuple):
    """A name as it is drawn: in plain text and in LaTeX."""

    unicode: str
    latex: str


@dataclass(frozen=True)
class Domain:
    """An interval of the real line, closed at `low` and open at `high` unless said otherwise, or its whole numbers.

    >>> 0.9 in Domain(0, 1), 1.0 in Domain(0, 1), 2.5 in Domain(1, whole=True)
    (True, False, False)
    >>> print(Domain(0, 1), Domain(0, open_low=True), Domain(1, whole=True))
    [0, 1) (0, ∞) {1, 2, ...}
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    closed_high: bool = False
    whole: bool = False

    def __contains__(self, value: float) -> bool:
        above = self.low < value if self.open_low else self.low <= value
        below = value <= self.high if self.closed_high else value < self.high
        return above and below and (not self.whole or value % 1 == 0)

    def __str__(self) -> str:
        if self.whole:
            return f"{{{self.low:g}, {self.low + 1:g}, ...}}"
        left = "(" if self.open_low or math.isinf(self.low) else "["
        low, high = (_bound(b) for b in (self.low, self.high))
        return f"{left}{low}, {high}{']' if self.closed_high else ')'}"


def _bound(value: float) -> str:
    return f"{value:g}".replace("inf", "∞").replace("-", "−")


@dataclass(frozen=True)
class Hyperparameter:
    """What a shared hyperparameter is called on the slide and which values make sense."""

    symbol: str
    domain: Domain
    meaning: str


ANY = Domain()
POSITIVE = Domain(0, open_low=True)
NOT_NEGATIVE = Domain(0)
FRACTION = Domain(0, 1)
COUNT = Domain(0, whole=True)
COUNT_FROM_ONE = Domain(1, whole=True)

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "lr": Hyperparameter("eta", NOT_NEGATIVE, "learning rate"),
    "beta": Hyperparameter("beta", FRACTION, "share of the old average that is kept"),
    "beta1": Hyperparameter("beta1", FRACTION, "share of the old first moment that is kept"),
    "beta2": Hyperparameter("beta2", FRACTION, "share of the old second moment that is kept"),
    "rho": Hyperparameter("rho", FRACTION, "share of the old squared gradients that is kept"),
    "eps": Hyperparameter("epsilon", NOT_NEGATIVE, "keeps the denominator away from zero"),
    "decay": Hyperparameter("lambda", NOT_NEGATIVE, "how strongly weights are drawn to zero"),
    "psi": Hyperparameter("psi", NOT_NEGATIVE, "how fast the momentum warms up"),
    "threshold": Hyperparameter("kappa", Domain(4), "length of the average that can be trusted"),
    "shrink": Hyperparameter("eta_down", Domain(0, 1, open_low=True), "what a step is multiplied by after a turn"),
    "grow": Hyperparameter("eta_up", Domain(1), "what a step is multiplied by on a straight way"),
    "smallest": Hyperparameter("step_min", POSITIVE, "the smallest step"),
    "largest": Hyperparameter("step_max", POSITIVE, "the largest step"),
    "alpha": Hyperparameter("alpha", NOT_NEGATIVE, "power of the decay"),
    "after": Hyperparameter("t0", NOT_NEGATIVE, "updates before the average begins"),
    "clip": Hyperparameter("d", POSITIVE, "largest root mean square of the update"),
    "scale": Hyperparameter("epsilon2", NOT_NEGATIVE, "smallest size that weights are taken to have"),
    "limit": Hyperparameter("c", POSITIVE, "the largest value that is let through"),
    "pull": Hyperparameter("alpha", Domain(0, 1, closed_high=True), "share of the way that the slow weights go"),
    "radius": Hyperparameter("rho", NOT_NEGATIVE, "how far the sharpest ascent goes"),
    "k": Hyperparameter("k", NOT_NEGATIVE, "decay per update"),
    "factor": Hyperparameter("gamma", Domain(0, 1, open_low=True, closed_high=True), "what the rate is multiplied by"),
    "every": Hyperparameter("n", COUNT_FROM_ONE, "updates between two changes"),
    "steps": Hyperparameter("T", COUNT_FROM_ONE, "updates that it takes"),
    "end": Hyperparameter("eta_end", NOT_NEGATIVE, "the rate that it ends with"),
    "power": Hyperparameter("p", POSITIVE, "how much the way bends"),
    "growth": Hyperparameter("gamma", Domain(1, open_low=True), "how much longer the next cycle is"),
    "first": Hyperparameter("t1", COUNT, "the update of the first change"),
    "second": Hyperparameter("t2", COUNT, "the update of the second change"),
    "third": Hyperparameter("t3", COUNT, "the update of the third change"),
    "lowest": Hyperparameter("eta_min", NOT_NEGATIVE, "the lowest rate"),
    "rising": Hyperparameter("w", COUNT_FROM_ONE, "updates until the rate is highest"),
    "width": Hyperparameter("d", COUNT_FROM_ONE, "width of the model"),
    "rise": Hyperparameter("r", Domain(0, 1, open_low=True), "share of the time in which the rate rises"),
    "divide": Hyperparameter("D", Domain(1), "what the rate is divided by at the start"),
    "divide_end": Hyperparameter("D_end", Domain(1), "what the starting rate is divided by at the end"),
    "delta": Hyperparameter("delta", POSITIVE, "the size from which errors count as large"),
    "gamma": Hyperparameter("gamma", NOT_NEGATIVE, "how much easy examples are faded out"),
    "patience": Hyperparameter("n", COUNT, "looks without progress that are borne"),
    "by": Hyperparameter("by", FRACTION, "the largest change, as a share"),
    "degrees": Hyperparameter("degrees", Domain(0, 180, closed_high=True), "the largest angle"),
    "side": Hyperparameter("side", Domain(0, 1, closed_high=True), "side of a square, as a share of the image's"),
    "progress": Hyperparameter("delta", FRACTION, "by what share the loss must fall to count as progress"),
}
"""The table of shared hyperparameters. A name that is not here may take any real value."""

ORDERED = (("smallest", "largest"), ("first", "second"), ("second", "third"), ("lowest", "lr"))
"""Of two that a formula has both, the first is not above the second."""


SYNONYMS: dict[str, tuple[str, ...]] = {
    "crossentropy": ("bce", "cce"),
    "binarycrossentropy": ("bce",),
    "categoricalcrossentropy": ("cce",),
    "sparsecategoricalcrossentropy": ("sparse_cce",),
    "nll": ("bce", "cce", "gaussian_nll", "poisson_nll"),
    "logloss": ("bce",),
    "logistic": ("bce",),
    "logisticregression": ("bce",),
    "sigmoid": ("bce", "sigmoid_convexity"),
    "bernoulli": ("bce",),
    "softmax": ("cce", "sparse_cce"),
    "meansquarederror": ("mse",),
    "leastsquares": ("mse",),
    "l2loss": ("mse",),
    "gaussian": ("mse", "gaussian_nll", "gaussian_likelihood"),
    "normal": ("mse", "gaussian_nll"),
    "meanabsoluteerror": ("mae",),
    "l1loss": ("mae",),
    "laplace": ("mae",),
    "median": ("mae",),
    "poisson": ("poisson_nll",),
    "kullbackleibler": ("kl",),
    "kldivergence": ("kl",),
    "svm": ("hinge",),
    "l2": ("l2_penalty", "mse"),
    "ridge": ("l2_penalty", "l2"),
    "l1": ("l1_penalty", "mae"),
    "lasso": ("l1_penalty",),
    "weightdecay": ("weight_decay", "adamw", "l2_penalty"),
    "adam": ("adam_first_step", "ewma"),
    "momentum": ("heavy_ball",),
    "heavyball": ("momentum",),
    "gd": ("gd_quadratic",),
    "gradientdescent": ("gd", "gd_quadratic"),
    "stochasticgradientdescent": ("sgd",),
    "nag": ("nesterov",),
    "movingaverage": ("ewma",),
    "ema": ("ewma",),
    "ewm": ("ewma",),
    "learningrate": ("lr",),
    "eta": ("lr",),
    "stepsize": ("lr",),
    "epsilon": ("eps",),
}
"""What else things are called, in small letters alone, and the names that they have here."""


def hyperparameter(name: str) -> Hyperparameter:
    """The entry for `name`; a name of the user's own means whatever they say, on the whole line.

    >>> print(hyperparameter("beta1").domain, hyperparameter("warp").domain)
    [0, 1) (−∞, ∞)
    """
    return HYPERPARAMETERS.get(name) or Hyperparameter(name, ANY, "")


_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
    "tau upsilon phi chi psi omega"
).split()
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def symbol(name: str) -> Symbol:
    """How `name` is drawn: Greek names as letters, `hat` as a hat, trailing digits as an index.

    >>> [symbol(name).unicode for name in ("theta", "beta1", "mhat", "lr", "cache")]
    ['θ', 'β₁', 'm̂', 'η', 'cache']
    >>> [symbol(name).latex for name in ("theta", "beta1", "mhat", "lr", "cache")]
    ['\\\\theta', '\\\\beta_{1}', '\\\\hat{m}', '\\\\eta', '\\\\mathrm{cache}']
    """
    name = hyperparameter(name).symbol.rstrip("_")
    if name.endswith("hat") and len(name) > 3:
        inner = symbol(name[:-3])
        return Symbol(unicodedata.normalize("NFC", inner.unicode + "\u0302"), rf"\hat{{{inner.latex}}}")
    stem, digits = re.fullmatch(r"(.*?)_?(\d*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    if digits and stem:
        inner = symbol(stem)
        return Symbol(inner.unicode + digits.translate(_SUBSCRIPT), f"{inner.latex}_{{{digits}}}")
    stem, _, index = name.rpartition("_")
    if stem in (*_GREEK, "step"):  # η_min
        inner = symbol(stem)
        return Symbol(f"{inner.unicode}_{index}", rf"{inner.latex}_{{\mathrm{{{index}}}}}")
    if name in _GREEK:
        return Symbol(unicodedata.lookup(f"GREEK SMALL LETTER {_spelling(name)}"), rf"\{name}")
    if name == "ell":
        return Symbol("ℓ", r"\ell")
    if name == "dots":
        return Symbol("…", r"\dots")
    if len(name) == 1:
        return Symbol(name, name)
    return Symbol(name, rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}")


def _spelling(name: str) -> str:
    return {"lambda": "LAMDA"}.get(name, name.upper())  # Unicode's own spelling of lambda
