"""The wrappers: clipping, weight decay, lookahead, averaging. `rule(theta, g, t)` is where the rule steps to."""

from __future__ import annotations

from optiviz.optimizers.wrapper import wrapper
from optiviz.trace.functions import floor, maximum, minimum, norm, where


@wrapper
def clip_value(rule, theta, g, t, *, limit=1.0):
    """Cuts each coordinate of the gradient at a limit, which also turns it.

    Source: Mikolov (2012), Statistical language models based on neural networks (thesis).

    >>> from optiviz.optimizers import gd
    >>> clip_value(gd(lr=0.5))(1.0, -20.0, 1)
    1.5
    """
    return rule(theta, minimum(maximum(g, -limit), limit), t)


@wrapper
def clip_norm(rule, theta, g, t, *, limit=1.0):
    """Shortens a gradient that is longer than a limit; it keeps its direction.

    Where the squares of the gradient overflow (entries beyond 1e154, in float32 beyond 1e19) its length is
    infinite and nothing is left of it, as in torch and optax: the rule steps as if the gradient were zero.

    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1, arXiv:1211.5063.

    >>> import numpy as np
    >>> from optiviz.optimizers import gd
    >>> clip_norm(gd(lr=0.5))(np.zeros(2), np.array([3.0, -4.0]), 1)
    array([-0.3,  0.4])
    """
    return rule(theta, g * (limit / maximum(norm(g), limit)), t)


@wrapper
def l2(rule, theta, g, t, *, decay=1e-4):
    """Adds the gradient of decay/2 times theta squared to the loss's: a penalty on large weights.

    Source: Krogh and Hertz (1991), A simple weight decay can improve generalization, NIPS.

    >>> from optiviz.optimizers import gd
    >>> l2(gd(lr=0.5), decay=0.5)(1.0, 2.0, 1)
    -0.25
    """
    return rule(theta, g + decay * theta, t)


@wrapper
def weight_decay(rule, theta, g, t, *, lr=0.01, decay=0.01):
    """Shrinks all weights by the same share beside the rule's own step: for Adam it makes AdamW.

    Source: Loshchilov and Hutter (2019), algorithm 2, arXiv:1711.05101.

    >>> from optiviz.optimizers import gd
    >>> weight_decay(gd(lr=0.5), decay=0.5)(1.0, 2.0, 1)
    -0.25
    """
    return rule(theta, g, t) - lr * decay * theta


@wrapper
def lookahead(rule, theta, g, t, slow="theta", *, pull=0.5, every=5):
    """Lets the rule run ahead and every few updates goes a part of the way after it, and starts again there.

    Source: Zhang et al. (2019), algorithm 1, arXiv:1907.08610.

    >>> from optiviz.optimizers import gd
    >>> lookahead(gd(lr=0.5))(1.0, 2.0, 5, 4.0)
    (2.0, 2.0)
    """
    fast = rule(theta, g, t)
    now = floor(t / every) * every == t
    slow = where(now, slow + pull * (fast - slow), slow)
    return where(now, slow, fast), slow


@wrapper
def polyak(rule, theta, g, t, average=0.0):
    """Keeps the average of all points beside the rule's own; the rule does not notice.

    Source: Polyak and Juditsky (1992), doi:10.1137/0330046.

    >>> from optiviz.optimizers import gd
    >>> polyak(gd(lr=0.5))(1.0, 2.0, 2, 4.0)
    (0.0, 2.0)
    """
    theta = rule(theta, g, t)
    average = average + (theta - average) / t
    return theta, average
