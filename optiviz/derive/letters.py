"""The letters that several derivations share."""

from __future__ import annotations

from optiviz.derive.domains import BIT, CHANCE, CLASSES, POSITIVE, REAL, SHARE, SIZE, WEIGHTS
from optiviz.derive.written import Family, Letter, Named, index

N = Letter("N", SIZE, "how many examples there are")
i = index("i", N, "counts the examples")
K = Letter("K", CLASSES, "how many classes there are")
k = index("k", K, "counts the classes")
m = index("m", K, "any one of the classes")
n = index("n", K, "any one of the classes, too")

mu = Letter("mu", REAL, "the centre of the distribution, which we look for")
sigma = Letter("sigma", POSITIVE, "the standard deviation")
b = Letter("b", POSITIVE, "the mean distance from the centre")

x = Letter("x", REAL, "an observation")
xs = Family("x", REAL, (N,), "the observations")

z = Letter("z", REAL, "the score that the model gives an example")
zs = Family("z", REAL, (N,), "the scores that the model gives the examples")
y = Letter("y", REAL, "the target of an example")
ys = Family("y", REAL, (N,), "the targets")
bit = Letter("y", BIT, "the target of an example, 0 or 1")
bits = Family("y", BIT, (N,), "the targets, 0 or 1")
chance = Letter("y", CHANCE, "the target of an example: the probability that its label is 1, mostly 0 or 1 itself")
p = Letter("p", SHARE, "the probability of a 1 that the model gives an example")

scores = Family("z", REAL, (K,), "the scores that the model gives the classes")
weights = Family("y", WEIGHTS, (K,), "the target: how probable each class is, mostly 1 for one and 0 for the others")
M = Letter("M", REAL, "any number; the largest score keeps every exponential at most 1")

whole_target = weights.whole("the target of an example, as a row")
whole_scores = scores.whole("the scores of all classes, as a row")


def of_all(name: str, each: Family) -> Named:
    """The name of what depends on a whole family, such as J(z₁, z₂, …)."""
    return Named(name, (each[1], each[2], Letter("dots")))
