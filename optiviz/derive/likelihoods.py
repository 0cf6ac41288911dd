"""The checks that lead from one example to all of them and back: the likelihood, Bayes' theorem, the mean."""

from __future__ import annotations

from dataclasses import dataclass

from optiviz.derive.functions import log, product, total
from optiviz.derive.rewriting import Replacements, free_letters, named_at, replaced
from optiviz.derive.step import Check, Equation, Step
from optiviz.derive.verdict import Refused
from optiviz.derive.written import Element, Letter, Written

__all__ = ["MeanOf", "Posterior", "ProductOf"]


def _confirm_each(each: Replacements, index: Letter) -> None:
    """Raise Refused unless each letter of one example becomes an element of its own, the one with that index."""
    for letter, element in each.items():
        if not isinstance(element, Element) or index not in free_letters(element):
            raise Refused(f"{letter} of one example becomes {element}, which is no element with the index {index}")
    if len({*each.values()}) < len(each):
        raise Refused(f"two of the letters {', '.join(map(str, each))} become the same element")


@dataclass(frozen=True, eq=False)
class ProductOf(Check):
    """The product over all examples of what holds for one: `one` example's letters become `each` example's."""

    rule = "multiply"
    index: Letter
    each: Replacements

    def claims(self, after: Written) -> list[Equation]:
        _confirm_each(self.each, self.index)
        return [(product(replaced(self.source, self.each), self.index), after)]

    def via(self, subject: Written) -> Written | None:
        one = named_at(subject, self.source, self.each)
        return one and product(one, self.index)


@dataclass(frozen=True, eq=False)
class Posterior(Check):
    """The logarithm of what Bayes' theorem says of a likelihood, the step gone on from, and a prior.

    The `prior` is that of one parameter; `each` says what stands for it in the product over the `index`.
    """

    rule = "Bayes' theorem"
    prior: Step
    index: Letter
    each: Replacements
    evidence: Letter

    def claims(self, after: Written) -> list[Equation]:
        _confirm_each(self.each, self.index)
        return [(self._logarithm(self.source, replaced(self.prior.after, self.each)), after)]

    def via(self, subject: Written) -> Written | None:
        prior = named_at(self.prior.left, self.prior.after, self.each)
        return prior and self._logarithm(subject, prior)

    def _logarithm(self, likelihood: Written, prior: Written) -> Written:
        return log(likelihood * product(prior, self.index) / self.evidence)


@dataclass(frozen=True, eq=False)
class MeanOf(Check):
    """One term of a mean over all examples: `each` says what one example's letters are there.

    What it says is all that may be different from one example to the next.
    """

    rule = "look at one example"
    index: Letter
    each: Replacements

    def claims(self, after: Written) -> list[Equation]:
        _confirm_each(self.each, self.index)
        if self.index in free_letters(after):
            raise Refused(f"{after} is to be about one example, but has the index {self.index} in it")
        term = replaced(after, self.each, capture=True)
        assert self.index.size is not None
        return [(self.source, total(term, self.index) / self.index.size)]
