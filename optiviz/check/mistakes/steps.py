"""What goes wrong with the step itself: roots and squares, eps, signs, the learning rate, weight decay, numbers."""

from __future__ import annotations

from optiviz.check.mutation import Rule, Variant, Variants, mistake, mistake_of_the_rule
from optiviz.check.patterns import lines_with
from optiviz.trace import Node
from optiviz.trace.functions import abs, floor, norm, row_mean, sqrt

# The small number eps.


@mistake
def eps_inside_root(x, eps):
    """ε stands under the root in {line}; it is to be added to the root, so it counts for much more than meant."""
    return sqrt(x) + eps, sqrt(x + eps)


@mistake
def eps_outside_root(x, eps):
    """ε is added to the root in {line}; this rule has it under the root."""
    return sqrt(x + eps), sqrt(x) + eps


@mistake
def eps_before_correction(x, b, t, eps):
    """ε is added before the average of g² is corrected, so at first it counts for too much; Keras does it like this.

    Correct first, then take the root, then add ε: {lines}
    """
    return sqrt(x / (1 - b**t)) + eps, (sqrt(x) + eps) / sqrt(1 - b**t)


@mistake
def eps_twice(x, eps):
    """ε is added both under the root and to the root in {line}; once is enough."""
    return [(sqrt(x) + eps, sqrt(x + eps) + eps), (sqrt(x + eps), sqrt(x + eps) + eps)]


@mistake
def eps_outside_the_fraction(theta, x, y, eps):
    """ε is added to θ, not to the root: brackets are missing below the fraction.

    {theta}
    """
    return [
        (theta - x / (sqrt(y) + eps), theta - x / sqrt(y) + eps),
        (theta - x / sqrt(y + eps), theta - x / sqrt(y) + eps),
    ]


@mistake
def eps_forgotten(x, eps):
    """ε is missing in {line}: where the gradient is zero, the step is 0/0, which is NaN."""
    return x + eps, x


# Squares and roots.


@mistake
def lr_in_the_square(g, lr):
    """The learning rate is squared with g in {line}; it belongs to the step only."""
    return g**2, (lr * g) ** 2


@mistake
def root_forgotten(x):
    """The root is missing in {line}: the step is divided by squares, not by the size of the gradients."""
    return sqrt(x), x


@mistake
def not_squared(g):
    """g is not squared in {line}: it keeps its sign, and a negative number has no root."""
    return g**2, g


@mistake
def absolute_for_square(g):
    """The absolute value of g stands in {line} where its square should: use g**2."""
    return g**2, abs(g)


@mistake
def multiplied_by_root(x, y, eps):
    """The step is multiplied by the root in {line}; it is to be divided by it, so that steep slopes get short steps."""
    return [(x / (sqrt(y) + eps), x * (sqrt(y) + eps)), (x / sqrt(y), x * sqrt(y))]


@mistake_of_the_rule
def rounded_down(rule: Rule) -> Variants:
    """// stands in {line}, which divides and then rounds down; in Python a division is written /."""
    divisions = [n for n in rule.nodes if n.operation and n.operation.name == "divide"]
    corrections = [n for n in divisions if n.args[1].scalar]
    for chosen in [corrections] * (len(corrections) > 1) + [[node] for node in divisions]:
        names = dict.fromkeys(rule.trace.lines[i].name for i in lines_with(rule.trace, chosen))
        changed = rule.replacing({node: floor(node.args[0] / node.args[1]) for node in chosen})
        yield Variant(" and ".join(names), changed, chosen)


@mistake
def mean_over_coordinates(g):
    """All coordinates share one mean of g² in {line}; each should have its own, so write g**2 without a mean."""
    return g**2, row_mean(g**2)


@mistake
def norm_for_coordinates(g):
    """All coordinates share the length of the gradient in {line}; each should have its own g², so write g**2."""
    return g**2, norm(g) ** 2


# The step.


@mistake
def ascent(g):
    """A sign is wrong: the step goes up the slope, away from the minimum.

    {against}
    """
    return g, -g


@mistake
def plus_for_minus(x, y):
    """A plus stands in {line} where a minus should."""
    return x - y, x + y


@mistake
def minus_for_plus(x, y):
    """A minus stands in {line} where a plus should."""
    return x + y, x - y


@mistake
def lr_forgotten(x, lr):
    """The learning rate is missing in {line}."""
    return lr * x, x


@mistake
def lr_applied_twice(theta, x, y, lr):
    """The learning rate is applied twice, so that the steps are far too short.

    Multiply by it once: {theta}
    """
    return [(lr * x / y, lr * (lr * x) / y), (lr * x, lr * (lr * x)), (theta + x, theta + lr * x)]


@mistake
def lr_divides(x, lr):
    """The step is divided by the learning rate in {line}; it is to be multiplied by it."""
    return lr * x, x / lr


@mistake
def divided_by_t(x, lr, eps, t):
    """Something is divided by t in {line}; the number of the update has no place there."""
    return [(lr * x, lr * x / t), (sqrt(x + eps), sqrt(x / t + eps))]


@mistake
def gradient_normalised(g):
    """The gradient is divided by its length; it is to be used as it comes, long where the slope is steep.

    {theta}
    """
    return g, g / norm(g)


@mistake
def lr_outside_velocity(theta, s, b, x, g, lr):
    """The learning rate stands outside the velocity, as torch has it: θ goes the same way only while lr stays the same.

    Put it inside: {lines}
    """
    inside, outside = b * s - lr * g, b * s - g
    return [
        ((inside, outside), (theta + b * x - lr * g, theta + lr * (b * x - g))),
        ((inside, outside), (theta + x, theta + lr * x)),
    ]


@mistake
def lr_inside_velocity(theta, s, b, x, g, lr):
    """The learning rate stands inside the velocity, as Keras has it: θ goes the same way only while lr stays the same.

    Put it outside: {lines}
    """
    outside, inside = b * s + g, b * s + lr * g
    return [
        ((outside, inside), (theta - lr * (g + b * x), theta - (lr * g + b * x))),
        ((outside, inside), (theta - lr * x, theta - x)),
    ]


@mistake_of_the_rule
def theta_unchanged(rule: Rule) -> Variants:
    """The θ that is returned is the old one: the step is made, but its result is not kept.

    Return the new one: {theta}
    """
    yield Variant("", rule.returning({"theta": rule.trace.inputs["theta"]}))


@mistake
def step_for_theta(theta, x, y):
    """What is returned is the step alone; it is to be the new θ, so begin with the old one.

    {theta}
    """
    return [(theta - x, -x), (theta + x - y, x - y), (theta + x, x)]


# Weight decay.


@mistake
def decay_forgotten(theta, x, decay):
    """The weight decay is missing in {line}."""
    return x + decay * theta, x


@mistake
def decay_in_the_gradient(theta, x, g, decay):
    """The weight decay is added to the gradient, where the averages see it; it is to shrink θ beside the step.

    Leave g alone and write: {theta}
    """
    return (x + decay * theta, x), (g, g + decay * theta)


@mistake
def decay_without_lr(theta, x, lr, decay):
    """The weight decay is not multiplied by the learning rate."""
    return theta - lr * (x + decay * theta), theta - lr * x - decay * theta


# Numbers.


COMMON = {
    "eps": (1e-8, 1e-7, 1e-10, 1e-6, 1e-5, 1e-4, 1e-3, 1e-12, 1e-15, 1e-16),
    "lr": (0.1, 0.01, 0.001, 0.0001, 1.0, 0.5, 0.05, 0.3, 0.002, 0.003),
    "": (0.9, 0.99, 0.999, 0.95, 0.8, 0.5, 0.9999, 0.98, 0.7, 0.1, 0.01, 0.001, 0.0, 1.0),
}
"""Numbers that are often written into a formula where a hyperparameter should stand."""


@mistake_of_the_rule
def number_for_hyperparameter(rule: Rule) -> Variants:
    """{where} is an argument of your rule, but it does nothing: its default stands in the formula as a number.

    Write the name {where} instead of the number.
    """
    for name in rule.given:
        number = Node(value=rule.defaults[name])
        changed = rule.replacing({rule.trace.inputs[name]: number})
        yield Variant(name, changed, words={"where": rule.given[name]})


@mistake_of_the_rule
def another_number(rule: Rule) -> Variants:
    """A number in your rule is not that of {rule}: {number}.

    Make {where} an argument after the *, with the default {default}.
    """
    for name in rule.missing:
        right = rule.defaults[name]
        for value in COMMON.get(name, COMMON[""]):
            if value != right:
                written = f"{value:g} instead of {name} = {right:g}"
                changed = rule.replacing({rule.trace.inputs[name]: Node(value=value)})
                yield Variant(name, changed, words={"number": written, "default": f"{right:g}"})
