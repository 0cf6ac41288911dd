"""What is to be computed, as a program: a part that is needed twice has a name, and comes before its uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optiviz.derive.derivation import LossForm
from optiviz.derive.domains import REAL
from optiviz.derive.functions import delta
from optiviz.derive.letters import K, k
from optiviz.derive.plain import plain
from optiviz.derive.rewriting import expanded, free_letters, replaced
from optiviz.derive.written import Call, Cases, Element, Family, Letter, Number, Operation, Total, Written

__all__ = ["Program", "each_and_both", "is_per_class", "program", "with_one_index"]

NAMES = {
    "z − y": "error",
    "|error|": "distance",
    "−log1p(−tanh(min(distance, 1))²)/2": "near",
    "distance + log1p(expm1(−2 distance)/2)": "far",
    "min(distance, δ)": "clipped",
    "exp(−|z|)": "tail",
    "exp(min(z, 0))/(1 + tail)": "probability",
    "exp(z)": "rate",
    "error exp(−s/2)": "deviations",
    "deviations²": "surprise",
    "y z": "margin",
    "1 − 2 y": "side",
    "side z": "wrong_score",
    "exp(−|wrong_score|)": "tail",
    "exp(min(wrong_score, 0))/(1 + tail)": "wrong_probability",
    "wrong_probability^γ": "weight",
    "max(wrong_score, 0) + log1p(tail)": "cross_entropy",
    "maxₖ zₖ": "highest",
    "zₖ − highest": "shifted",
    "exp(shiftedₖ)": "exponentials",
    "Σₖ exponentialsₖ": "normalizer",
    "exponentialsₖ/normalizer": "probabilities",
    "Σₖ yₖ shiftedₖ": "expected",
    "Σₖ (exponentialsₖ − yₖ)": "others",
    "Σₖ (exponentialsₖ − ownₖ)": "others",
    "Σₖ (exponentialsₖ − (k = c))": "others",
    "1 + others": "normalizer",
    "δ_kc": "own",
    "exponentialsₖ/(1 + others)": "probabilities",
    "log(normalizer)": "log_normalizer",
    "shiftedₖ − log_normalizer": "log_p",
}
"""What the parts of losses are called in code, by what they are made of."""


@dataclass(frozen=True)
class Program:
    """Named parts, each made of those before it, and results made of all of them.

    A name is a letter; that of a part which has a value for each class is a family over the classes.
    """

    parts: tuple[tuple[Letter | Element, Written], ...]
    results: tuple[Written, ...]


def each_and_both(form: LossForm) -> tuple[Program, Program]:
    """The loss of one example alone, and together with its gradients."""
    loss, *gradients = (with_one_index(step.after, form) for step in (form.loss, *form.gradients))
    return program(_without_lookup(loss, form.targets)), program(loss, *gradients)


def program(*trees: Written, names: Mapping[str, str] = NAMES) -> Program:
    """The formulas as a program; whatever occurs twice in them is computed once, under one of the `names`.

    Raises:
        LookupError: something occurs twice and has no name.
    """
    uses = _uses(trees)
    parts: dict[Letter | Element, Written] = {}

    def named(tree: Written) -> Written:
        made = tree.with_args(tuple(map(named, tree.args)))
        name = names.get(plain(made))
        if name is None and uses[tree] > 1:
            raise LookupError(f"{made} is computed twice; say in NAMES what it is called")
        if name is None or (uses[tree] < 2 and (tree in trees or _is_product(tree))):
            return made
        one = Family(name, REAL, (K,))[k] if is_per_class(tree) else Letter(name)
        if parts.setdefault(one, made) != made:
            raise ValueError(f"{name} is the name of both {parts[one]} and {made}")
        return one

    results = tuple(map(named, trees))
    return Program(tuple(parts.items()), results)


def is_per_class(tree: Written) -> bool:
    """Whether it has a value for each class."""
    return k in free_letters(tree)


def _uses(trees: Sequence[Written]) -> Counter[Written]:
    """How often each compound part is needed if nothing is computed twice."""
    uses: Counter[Written] = Counter()

    def count(tree: Written) -> None:
        if _is_compound(tree):
            uses[tree] += 1
            if uses[tree] > 1:
                return
        for part in tree.args:
            count(part)

    for tree in trees:
        count(tree)
    return uses


def _is_compound(tree: Written) -> bool:
    """Whether something is computed that a letter has part in; −y is computed as quickly as it is read."""
    if isinstance(tree, Operation) and tree.name == "negative":
        return _is_compound(tree.args[0])
    return isinstance(tree, (Operation, Call, Total, Cases)) and bool(free_letters(tree))


def _is_product(tree: Written) -> bool:
    """Whether it needs no line of its own where it occurs only once."""
    return isinstance(tree, Operation) and tree.name == "*"


def with_one_index(tree: Written, form: LossForm) -> Written:
    """The formula with nothing abbreviated, its shift put in, and every class index called k."""
    whole = expanded(tree)
    if form.shift:
        letter, value = form.shift
        whole = replaced(whole, {letter: value})
    return _renamed(whole, form.targets)


def _renamed(tree: Written, label: Written) -> Written:
    args = tuple(_renamed(part, label) for part in tree.args)
    if isinstance(tree, Total):
        if others := {letter for letter in free_letters(tree.args[0]) if letter.size} - {tree.index, label}:
            raise ValueError(f"{tree} needs each {tree.index} with each {others.pop()}, which is no row of numbers")
        return replace(tree, index=k, args=args)
    return k if isinstance(tree, Letter) and tree.size and tree != label else tree.with_args(args)


def _without_lookup(tree: Written, label: Written) -> Written:
    """With k = c in place of δ_(k,c), and z_c as the sum of the zₖ with k = c: the classes are taken one by one."""
    if tree == delta(k, label):
        return k.equals(label)
    if isinstance(tree, Element) and tree.args == (label,):
        return Total("sum", k, (k.equals(label) * tree.family[k], Number(1), K))
    return tree.with_args(tuple(_without_lookup(part, label) for part in tree.args))
