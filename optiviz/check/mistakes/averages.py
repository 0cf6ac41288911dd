"""What goes wrong with what a rule remembers: averages, their correction, the way back into the slots."""

from __future__ import annotations

from itertools import permutations

from optiviz.check.mutation import Rule, Variant, Variants, mistake, mistake_of_the_rule
from optiviz.check.patterns import FACTORS
from optiviz.trace.functions import sqrt

# The correction of what began at zero.


@mistake
def no_correction(x, b, t):
    """The correction of {line} is missing: the average begins at zero, so at first it is far too small."""
    return x / (1 - b**t), x


@mistake
def correction_without_power(b, t):
    """The correction of {line} divides by 1 − {b}, which is right in the first step only: the power t is missing."""
    return 1 - b**t, 1 - b


@mistake
def correction_times_t(b, t):
    """The correction of {line} takes {b} times t; it should be {b} to the power t, in Python {code_b}**t."""
    return 1 - b**t, 1 - b * t


@mistake
def correction_multiplied(x, b, t):
    """The correction of {line} multiplies where it should divide: it makes the small average smaller."""
    return x / (1 - b**t), x * (1 - b**t)


@mistake
def corrected_with_beta1(beta1, beta2, t):
    """The correction of {line} takes β₁, but the average was made with β₂."""
    return 1 - beta2**t, 1 - beta1**t


@mistake
def corrected_with_beta2(beta1, beta2, t):
    """The correction of {line} takes β₂, but the average was made with β₁."""
    return 1 - beta1**t, 1 - beta2**t


@mistake
def corrections_exchanged(beta1, beta2, t):
    """The corrections are exchanged: β₁ belongs to the average of g, β₂ to that of g²."""
    return (1 - beta1**t, 1 - beta2**t), (1 - beta2**t, 1 - beta1**t)


@mistake_of_the_rule
def corrected_the_wrong_average(rule: Rule) -> Variants:
    """The correction is given {where}, the wrong one of the averages; was the line above copied?"""
    corrections = [n for n in rule.nodes if n.operation and n.operation.name == "divide"]
    for (slot, new), (_, other) in permutations(rule.new.items(), 2):
        for node in (n for n in corrections if n.args[0] is other and n.args[1].scalar):
            yield Variant(slot, rule.replacing({node: new / node.args[1]}), [node])


@mistake_of_the_rule
def correction_extra(rule: Rule) -> Variants:
    """{where} is corrected for having begun at zero; this rule does without.

    {theta}
    """
    t = rule.trace.inputs["t"]
    for slot, new in rule.new.items():
        for b in (node for name, node in rule.trace.inputs.items() if name in FACTORS and rule.uses(new, [node])):
            yield Variant(slot, rule.stepping({new: new / (1 - b**t)}), [new])


@mistake_of_the_rule
def corrected_value_kept(rule: Rule) -> Variants:
    """The corrected value is stored as {where}, so that the next step corrects it again.

    Give what is corrected a name of its own, and return {where} uncorrected: {lines}
    """
    corrected = {id(n.args[0]): n for n in rule.nodes if n.operation and n.operation.name == "divide"}
    kept = {slot: corrected[id(node)] for slot, node in rule.new.items() if id(node) in corrected}
    for slot, node in kept.items():
        yield Variant(slot, rule.returning({slot: node}), [node])
    if len(kept) > 1:
        yield Variant(" and ".join(kept), rule.returning(kept), [*kept.values()])


@mistake
def counts_from_zero(t):
    """The steps are counted from 0, but t is 1 in the first step already: nothing has to be taken off.

    Use t as it comes: {lines}
    """
    return t, t - 1


@mistake
def counts_ahead(t, *, k=(1, 2)):
    """t + {k} stands where t should: the steps count from 1, not from 0, so t is 1 in the first step already.

    Use t as it comes: {lines}
    """
    return t, t + k


# Averages and sums.


@mistake
def average_for_sum(s, x, *, rho=(0.9, 0.99, 0.999, 0.95)):
    """An average stands in {line}, which forgets old gradients; it is to be a sum, which keeps them all."""
    return s + x, rho * s + (1 - rho) * x


@mistake
def sum_for_average(s, x, b):
    """A sum stands in {line}, which keeps all old gradients; it is to be an average, which forgets them."""
    return b * s + (1 - b) * x, s + x


@mistake
def share_missing(s, x, b):
    """The factor 1 − {b} is missing in {line}: what should be an average is 1/(1 − {b}) times as large."""
    return b * s + (1 - b) * x, b * s + x


@mistake
def share_extra(s, x, b, g):
    """A factor 1 − {b} makes an average of {line}; here gradients are added up, so with it all steps are too short."""
    return [(b * s - x, b * s - (1 - b) * x), (b * s + g, b * s + (1 - b) * g)]


@mistake
def share_squared(s, b, g):
    """The factor 1 − {b} is squared with g in {line}: write the square behind g alone."""
    return b * s + (1 - b) * g**2, b * s + ((1 - b) * g) ** 2


@mistake
def average_squared(s, b, g):
    """The average itself is squared in {line}; it is to be the average of the squares: g**2."""
    return b * s + (1 - b) * g**2, (b * s + (1 - b) * g) ** 2


@mistake
def sum_squared(s, g, x, eps):
    """The sum of the gradients is squared; it is to be the sum of their squares, where no two cancel."""
    return (s + g**2, s + g), (sqrt(x + eps), sqrt(x**2 + eps))


@mistake
def brackets_missing(s, x, b, t):
    """Brackets are missing in {line}: Python multiplies and divides before it subtracts."""
    return [(b * s + (1 - b) * x, b * s + 1 - b * x), (x / (1 - b**t), x / 1 - b**t)]


@mistake
def beta_on_the_gradient(s, x, b):
    """{b} stands at the new gradient in {line}; it belongs to the old value."""
    return b * s - x, s - b * x


@mistake
def shares_exchanged(s, x, b):
    """{b} and 1 − {b} are exchanged in {line}: {b} belongs to the old value, 1 − {b} to the new gradient."""
    return b * s + (1 - b) * x, (1 - b) * s + b * x


@mistake
def nothing_forgotten(s, b):
    """The old value is not multiplied by {b} in {line}, so it never fades."""
    return b * s, s


@mistake
def betas_exchanged(beta1, beta2):
    """β₁ and β₂ are exchanged: β₁ belongs to the average of g, β₂ to that of g²."""
    return (beta1, beta2), (beta2, beta1)


@mistake
def only_the_gradient(x, y, lr, g):
    """The step is made with g itself in {line}, so that the average of the gradients is not used."""
    return lr * x / y, lr * g / y


@mistake_of_the_rule
def square_of_the_average(rule: Rule) -> Variants:
    """The square of {where} goes into the average of squares; it is to be the square of the gradient g."""
    squares = [n for n in rule.nodes if repr(n) == "power(g, 2)"]
    for slot, new in rule.new.items():
        if squares and not rule.uses(new, squares):
            yield Variant(slot, rule.replacing(dict.fromkeys(squares, new**2)), squares)


# The look ahead.


@mistake
def no_look_ahead(theta, x, b, lr, g):
    """The look ahead is missing: this is plain momentum. To look ahead with the old velocity comes to the same."""
    return [(theta + b * x - lr * g, theta + x), (theta - lr * (g + b * x), theta - lr * x)]


@mistake
def look_ahead_without_beta(theta, x, b, lr, g):
    """The look ahead adds the whole velocity; it is to be {b} times it."""
    return [(theta + b * x - lr * g, theta + x - lr * g), (theta - lr * (g + b * x), theta - lr * (g + x))]


@mistake
def look_ahead_alone(theta, x, b, lr, g):
    """The step has the look ahead only; this step's own gradient is missing beside it."""
    return [(theta + b * x - lr * g, theta + b * x), (theta - lr * (g + b * x), theta - lr * (b * x))]


# What is remembered.


@mistake_of_the_rule
def old_value_used(rule: Rule) -> Variants:
    """The step is made with the old value of {where}, from before this gradient came in: it lags one step behind.

    First give {where} its new value, then make the step with it: {lines}
    """
    for slot, new in rule.new.items():
        yield Variant(slot, rule.stepping({new: rule.old[slot]}), [new])
    if len(rule.new) > 1:
        late = rule.stepping({new: rule.old[slot] for slot, new in rule.new.items()})
        yield Variant(" and ".join(rule.new), late, [*rule.new.values()])


@mistake_of_the_rule
def memory_lost(rule: Rule) -> Variants:
    """There is no memory of {where}: its new value is not returned, or its old one is not used.

    Use it, and return its new value in the place that its argument has: {returns}
    """
    for slot in rule.first:
        yield Variant(slot, rule.replacing({rule.old[slot]: rule.first[slot]}), [rule.new[slot]])
    if len(rule.first) > 1:
        forgotten = {rule.old[slot]: first for slot, first in rule.first.items()}
        yield Variant(" and ".join(rule.first), rule.replacing(forgotten), [*rule.new.values()])


@mistake_of_the_rule
def returned_in_the_wrong_order(rule: Rule) -> Variants:
    """{where} are returned in the wrong order, so that the next step takes one for the other.

    Return them in the order of the arguments: {returns}
    """
    outputs = {"theta": rule.trace.outputs[0], **rule.new}
    for order in list(permutations(outputs))[1:]:
        moved = {slot: outputs[other] for slot, other in zip(outputs, order, strict=True) if slot != other}
        yield Variant(" and ".join(moved), rule.returning(moved), [*moved.values()])


@mistake_of_the_rule
def returned_twice(rule: Rule) -> Variants:
    """{other} is returned in the place of {where}, too, so that the next step takes it for {where}.

    Return each once: {returns}
    """
    outputs = {"theta": rule.trace.outputs[0], **rule.new}
    for slot, new in rule.new.items():
        for other in (name for name in outputs if name != slot):
            words = {"other": other, "where": slot}
            yield Variant(slot, rule.returning({slot: outputs[other]}), [new], words)
