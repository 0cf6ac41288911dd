"""What theory says in numbers, made from lines of the derivations: optiviz/_generated/theory.py.

A phenomenon is shown beside its theory, and the theory is not typed a second time.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from optiviz.derive.derivation import derive
from optiviz.derive.numpy_code import SEQUENCES, lines
from optiviz.derive.plain import plain
from optiviz.derive.program import NAMES, program
from optiviz.derive.rewriting import replaced, walk
from optiviz.derive.step import Step
from optiviz.derive.written import Compare, Element, Letter, Written
from optiviz.files import written_whole

__all__ = ["RESULTS", "Result", "arguments", "formula", "line", "source", "write"]

PLACE = Path(__file__).parents[1] / "_generated" / "theory.py"


class Result(NamedTuple):
    """A line of a derivation: the last that has this rule, or this on its left."""

    derivation: str
    line: str


RESULTS = {
    "stable_rate": Result("gd_quadratic", "solve the inequality"),
    "best_rate": Result("gd_quadratic", "set to zero and solve"),
    "best_factor": Result("gd_quadratic", "name κ"),
    "stable_rate_with_momentum": Result("heavy_ball", "solve the inequality"),
    "best_momentum": Result("heavy_ball", "name κ"),
    "critical_rate": Result("critical_damping", "set to zero and solve"),
    "critical_descent": Result("critical_damping", "induction"),
    "escape_time": Result("saddle_escape", "set to zero and solve"),
    "mean_loss_after": Result("noise_floor", "take the mean"),
    "noise_floor": Result("noise_floor", "set to zero and solve"),
    "adagrad_step": Result("adagrad_stall", "take one term"),
    "average_of_a_constant": Result("ewma", "induction"),
    "adam_first_step": Result("adam_first_step", "take one term"),
    "adam_uncorrected_first": Result("adam_first_step", "substitute"),
    "sigmoid_mse_slope": Result("sigmoid_convexity", "∂J₁(z, y)/∂z"),
    "sigmoid_mse_bend": Result("sigmoid_convexity", "solve the inequality"),
    "bce_slope": Result("sigmoid_convexity", "∂J₂(z, y)/∂z"),
}
"""What becomes a function; of a condition such as η < 2/λ the bound."""

PARTS = {"√β": "root", "√κ": "root", "σ(z)": "probability"}
"""What the parts are called that occur twice."""

_SPELT = {"lambda": "lam", "lambda_min": "lam_min", "lambda_max": "lam_max"}
"""Names that Python has for itself, and those that go with them."""

_HEAD = '''\
"""What theory says of runs, in numbers: bounds, rates, first steps and floors.

Generated from the checked derivations by optiviz.derive.theory (`make derive`). Never edit this file: change the
derivation in optiviz/derive/stories, and make it anew. The arguments are the letters of the derivation, in the order
of its formula, numbers or arrays of them; lr is the learning rate η.
"""

from typing import Any

import numpy as np

from optiviz._generated.losses import sigmoid
'''


def write(path: Path = PLACE) -> Path:
    """Make the code of all results anew, in its place unless said otherwise."""
    text = source()
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def source() -> str:
    """The text of the module."""
    return "\n\n".join([_HEAD, *map(_function, RESULTS)])


def line(name: str) -> Step:
    """The line of a derivation that the function of this name is made from.

    Raises:
        LookupError: the derivation has no such line any more.
    """
    where, said = RESULTS[name]
    steps = [s for s in derive(where).steps if s.rule == said or (s.subject is not None and plain(s.subject) == said)]
    if not steps:
        raise LookupError(f"{where} has no line '{said}' for {name}; see RESULTS in optiviz/derive/theory.py")
    return steps[-1]


def formula(name: str) -> Written:
    """What the function computes."""
    after = line(name).after
    return after.args[1] if isinstance(after, Compare) else after


def arguments(name: str) -> dict[str, Letter]:
    """The letters of the formula in its order, by what they are called in Python.

    Raises:
        TypeError: it has elements in it, which are no numbers to be given.
    """
    parts = [*walk(formula(name))]
    if elements := [part for part in parts if isinstance(part, Element)]:
        raise TypeError(f"{name} would need {elements[0]}, which is one of many; choose a closed form")
    return {_SPELT.get(part.name, part.name): part for part in parts if isinstance(part, Letter)}


def _function(name: str) -> str:
    letters, step = arguments(name), line(name)
    spelt = {letter: Letter(python) for python, letter in letters.items()}
    assignments, (result,) = lines(program(replaced(formula(name), spelt), names=NAMES | PARTS), SEQUENCES)
    relation = "exactly where" if isinstance(step.after, Compare) else "="
    doc = f"{plain(step.subject)} {relation} {plain(step.after)}" if step.subject else plain(step.after)
    body = [*assignments, f"return {result}"]
    return "\n".join(
        [
            f"def {name}({', '.join(f'{each}: Any' for each in letters)}) -> Any:",
            f'    """{doc}, from the derivation `{RESULTS[name].derivation}`."""',
            *(f"    {each}" for each in body),
            "",
        ]
    )
