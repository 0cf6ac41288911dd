"""What the moving average does, and what it makes of Adam's first step: read off the code that runs."""

from __future__ import annotations

from optiviz.averages import ewma as corrected
from optiviz.averages import ewma_uncorrected
from optiviz.derive.checks import ByName, Definition, Equal, PartOf, Put
from optiviz.derive.derivation import Story, derivation
from optiviz.derive.domains import POSITIVE, REAL, SHARE, SIZE
from optiviz.derive.functions import absolute, number, sign, sqrt, total
from optiviz.derive.recursions import Induction, Recursion
from optiviz.derive.traced import outputs
from optiviz.derive.written import Family, Letter, Named, Writable, index
from optiviz.optimizers import Optimizer

t = Letter("t", SIZE, "how many values there have been")
i = index("i", t, "counts the values")
x = Family("x", REAL, (t,), "the values")
y = Family("y", REAL, (t,), "the average")
yhat = Family("yhat", REAL, (t,), "the corrected average")
u = Family("u", REAL, (t,), "the average of values that are all c")
uhat = Family("uhat", REAL, (t,), "the same, corrected")
beta = Letter("beta", SHARE, "the share of the old average that is kept")
c = Letter("c", REAL, "a value that is always the same")


@derivation("The moving average is a weighted sum that starts too small, by a factor 1 − βᵗ")
def ewma(story: Story) -> None:
    """Each value counts β times as much as the next one, and the weights add up to 1 − βᵗ, not to 1.

    Source: Kingma and Ba (2015), section 3, arXiv:1412.6980.
    """
    inputs: dict[str, Writable] = {"x": x[t], "y": y[t - 1], "beta": beta, "t": t}
    _, recursion = outputs(ewma_uncorrected, inputs)
    running = story.step(
        recursion,
        Recursion(time=t, start=ewma_uncorrected, inputs=inputs),
        "The code: the old average keeps the share β, the new value enters with the rest, and it all begins at 0.",
        left=y[t],
        rule="the code of ewma",
    )
    story.step(
        (1 - beta) * total(beta ** (t - i) * x[i], i),
        Induction(running),
        "It is right for t = 1, and one more step multiplies every weight by β and adds the new value.",
        left=y[t],
    )
    constant = story.step(
        (1 - beta**t) * c,
        Induction(running, {x[t]: c}),
        "Of values that are all c the average should be c, but it is smaller: it is still mixed with the 0 it began "
        "with.",
        left=u[t],
    )
    divided, _ = outputs(corrected, inputs)
    correction = story.step(
        divided,
        Definition(),
        "The corrected average, as in the code, divides by that factor.",
        left=yhat[t],
        rule="the code of ewma",
    )
    ratio = story.step(
        y[t] / (1 - beta**t),
        ByName(correction, running),
        "What it divides is the average of the first line.",
    )
    story.step(
        c,
        Put(ratio, {y[t]: constant.after}),
        "So the corrected average of values that are all c is c, from the first one on.",
        left=uhat[t],
    )


@derivation("Adam's first step is the learning rate, whatever the gradient")
def adam_first_step(story: Story) -> None:
    """After the correction the first step has the sign of the gradient and, nearly, the length of the learning rate.

    Source: Kingma and Ba (2015), section 2.1, arXiv:1412.6980.
    """
    theta = Letter("theta", REAL, "the weight before the step")
    g = Letter("g", REAL, "the first gradient")
    lr = Letter("lr", POSITIVE, "the learning rate")
    eps = Letter("eps", POSITIVE, "a small number that keeps the denominator away from zero")
    beta1 = Letter("beta1", SHARE, "the share of the old first moment that is kept")
    beta2 = Letter("beta2", SHARE, "the share of the old second moment that is kept")
    known: dict[str, Writable] = {"t": 1, "m": 0, "v": 0}
    known |= {letter.name: letter for letter in (theta, g, lr, eps, beta1, beta2)}
    new, m, v = outputs(Optimizer.registry["adam"], known)
    first = story.step(
        m,
        Definition(),
        "This is m = β₁ m + (1 − β₁) g of the code at t = 1, where the m before is still 0: so β₁ · 0 is left of it.",
        left=Letter("m", REAL, "the first moment"),
        rule="the code of adam",
    )
    story.step((1 - beta1) * g, Equal(first), "Only a small share of the gradient has arrived in it.")
    second = story.step(
        v,
        Definition(),
        "The same for v = β₂ v + (1 − β₂) g², which begins at 0 as well.",
        left=Letter("v", REAL, "the second moment"),
        rule="the code of adam",
    )
    story.step((1 - beta2) * g**2, Equal(second), "Only a small share of the squared gradient has arrived in it.")
    whole = story.step(
        new,
        Definition(),
        "The weight after the step: the code divides m by 1 − β₁ᵗ and v by 1 − β₂ᵗ, and t is 1.",
        left=Letter("theta1", REAL, "the weight after the step"),
        rule="the code of adam",
    )
    short = story.step(
        theta - lr * g / (absolute(g) + eps),
        Equal(whole),
        "Each correction cancels the small share exactly, and the root of the square is the absolute value.",
        rule="simplify",
    )
    step = story.step(
        -(lr * g / (absolute(g) + eps)),
        PartOf(short, theta),
        "The step is what is added to the weight.",
        left=Letter("step", REAL, "the step"),
    )
    story.step(
        -(lr * sign(g) * (1 - eps / (absolute(g) + eps))),
        Equal(step),
        "Its length is the learning rate times nearly 1: ε/(|g| + ε) is nearly 0 unless the gradient is as small as ε.",
        rule="compare with the sign",
    )
    uncorrected = story.step(
        outputs(Optimizer.registry["adam_uncorrected"], known)[0],
        Definition(),
        "Without the correction, which is the code of the course's slide, the moments are not divided, and the weight "
        "after the step is another one.",
        left=Named("theta_uncorrected", (eps,)),
        rule="the code of adam_uncorrected",
    )
    story.step(
        theta - lr * ((1 - beta1) / sqrt(1 - beta2)) * sign(g),
        Put(uncorrected, {eps: number(0)}),
        "With ε = 0 the step is (1 − β₁)/√(1 − β₂) times the learning rate: 3.16 times with the usual 0.9 and 0.999.",
    )
