"""The NumPy losses, made from the ends of the derivations: optiviz/_generated/losses.py.

Nobody types a loss twice: what trains a network is printed from the very steps that were confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from optiviz.derive.checks import Abbreviate, Put
from optiviz.derive.derivation import Derivation, LossForm, derive, names
from optiviz.derive.functions import exp, total
from optiviz.derive.letters import chance, k, m, scores, y, z
from optiviz.derive.numpy_code import ARRAYS, SEQUENCES, Layout, lines
from optiviz.derive.program import Program, each_and_both, program, with_one_index
from optiviz.derive.proof import confirm
from optiviz.derive.rewriting import expanded, replaced
from optiviz.derive.step import Step
from optiviz.derive.verdict import Refused
from optiviz.derive.written import Call, Element, Letter, Operation, Written
from optiviz.files import written_whole

__all__ = ["PLACE", "source", "write"]

PLACE = Path(__file__).parents[1] / "_generated" / "losses.py"

_HEAD = '''\
"""The losses with their gradients, and the functions that make probabilities of scores, all numerically stable.

Generated from the checked derivations by optiviz.derive.generate (`make derive`). Never edit this file: change the
derivation in optiviz/derive/stories, and make it anew.

There are two functions for each loss, of the scores z that a model gives and the targets y. `bce_each` says what each
example loses: z and y are numbers, arrays (element by element) or trace nodes, and if an example has several classes,
sequences of these with an entry for each class. `bce` gives the mean loss and its gradient: z and y are arrays, and if
an example has several classes, those are the last axis. What is float32 stays float32.
"""

import functools
import operator

import numpy as np


def total(terms):
    """The sum of numbers, arrays or trace nodes."""
    return functools.reduce(operator.add, terms)


def log1p(x):
    """log(1 + x), where 1 + x is rounded and then what that lost is given back: many times as fast as NumPy's."""
    u = 1 + x
    return np.log(u) - (u - 1 - x) / u


def xexp(x, y):
    """x exp(y), and 0 where x is 0; in two halves, so that it is infinite only where no float is as large."""
    half = np.exp(y * (x != 0) / 2)
    return x * half * half


def divergence(y, log_p):
    """y log(y/p) − y + p, which is never negative; p where y is 0."""
    p = np.exp(log_p)
    log_ratio = np.log(y + (y == 0)) - log_p
    return np.where(2 * y < p, y * log_ratio + (p - y), y * (log_ratio + np.expm1(-log_ratio)))
'''


def write(path: Path = PLACE) -> Path:
    """Make the code of all losses anew, in its place unless said otherwise."""
    text = source()
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def source() -> str:
    """The text of the module."""
    derivations = list(map(derive, names()))
    blocks = [_HEAD, *_links(), _sigmoid_mse()]
    for derivation in derivations:
        if derivation.loss is not None:
            blocks += _both(derivation, derivation.loss)
    return "\n\n".join(blocks)


def _both(derivation: Derivation, form: LossForm) -> Iterator[str]:
    """The function for each example, and the one for the mean and its gradient."""
    variables = ", ".join(_letter(letter) for letter in (*form.scores, form.targets))
    options = "".join(f", {letter.name}" for letter in form.parameters)
    head = f"({variables}{', *' if options else ''}{options})"
    each, both = each_and_both(form)
    yield f"# {derivation.title}.\n" + _function(
        f"{form.name}_each{head}",
        f"What each example loses, from the derivation `{form.name}`.",
        each,
        SEQUENCES,
        "return {}",
    )
    slopes = ["gradient"] if len(form.scores) == 1 else [f"by_{_letter(score)}" for score in form.scores]
    results = ["loss", *slopes]
    ending = [*(f"{name} = {{}}" for name in results)]
    ending += [f"return np.mean(loss), {', '.join(f'{slope} / loss.size' for slope in slopes)}"]
    gradients = "gradient" if len(slopes) == 1 else f"gradients by {' and '.join(map(_letter, form.scores))}"
    agreed = f"; {form.convention}" if form.convention else ""
    yield _function(
        f"{form.name}{head}",
        f"The mean loss and its {gradients}, from the derivation `{form.name}`{agreed}.",
        both,
        ARRAYS,
        *ending,
    )


def _links() -> Iterator[str]:
    """The functions that make probabilities of scores, from steps that give them a stable form."""
    for name, symbol in (("sigmoid", "σ(z) = 1/(1 + exp(−z))"), ("softplus", "log(1 + exp(z))")):
        stable = _abbreviated(name)
        confirm(stable, Call(name, (z,)))
        doc = f"{symbol}, element by element, from the derivation `{_where_defined(Call(name, (z,)))}`."
        yield _function(f"{name}(z)", doc, program(stable), SEQUENCES, "return {}")
    derivation = derive("cce")
    form = derivation.loss
    assert form is not None
    softmax = _minuend(next(step for step in reversed(derivation.steps) if step.rule == "stable form"))
    confirm(softmax, exp(scores[m]) / total(exp(scores[k]), k))
    doc = "exp(zₖ)/Σₘ exp(zₘ), over the classes on the last axis, from the derivation `cce`."
    yield _function("softmax(z)", doc, program(with_one_index(softmax, form)), ARRAYS, "return {}")


def _sigmoid_mse() -> str:
    """The squared error of a probability, which is not convex in the score."""
    derivation = derive("sigmoid_convexity")
    squared = next(step for step in derivation.steps if isinstance(step.check, Put))
    made = replaced(squared.after, {chance: y})
    confirm(made, replaced(squared.check.source, {z: Call("sigmoid", (z,))}))
    doc = "The squared error of the sigmoid for each example, from the derivation `sigmoid_convexity`."
    return f"# {derivation.title}.\n" + _function("sigmoid_mse_each(z, y)", doc, program(made), SEQUENCES, "return {}")


def _where_defined(function: Written) -> str:
    """The derivation that says what a function is."""
    return next(where for where in names() if any(step.left == function for step in derive(where).steps))


def _abbreviated(name: str) -> Written:
    """The stable form of a function of z, from the step that abbreviates it."""
    for where in names():
        for step in derive(where).steps:
            if isinstance(step.check, Abbreviate):
                for part, letter in step.check.letters.items():
                    if isinstance(part, Call) and part.name == name and letter.definition is not None:
                        return expanded(replaced(letter.definition, {part.args[0]: z}))
    raise LookupError(f"no step abbreviates {name}")


def _minuend(step: Step) -> Written:
    if not isinstance(step.after, Operation) or step.after.name != "-":
        raise Refused(f"{step} is no difference")
    return step.after.args[0]


def _function(head: str, doc: str, what: Program, layout: Layout, *ending: str) -> str:
    """A function; its ending has a place for each result."""
    assignments, results = lines(what, layout)
    made = iter(results)
    body = [*assignments, *(line.format(next(made)) if "{}" in line else line for line in ending)]
    return "\n".join([f"def {head}:", f'    """{doc}"""', *(f"    {line}" for line in body), ""])


def _letter(letter: Letter | Element) -> str:
    return letter.family.name if isinstance(letter, Element) else letter.name
