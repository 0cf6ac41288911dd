"""The rules as torch, Keras and optax spell them: `torch.adagrad`, `keras.adam`, `optax.nadam`, ..."""

from optiviz.dialects import keras as keras
from optiviz.dialects import optax as optax
from optiviz.dialects import torch as torch
from optiviz.dialects.comparison import Comparison as Comparison
from optiviz.dialects.comparison import comparisons
from optiviz.dialects.dialect import Dialect as Dialect
from optiviz.dialects.measured import around as around
from optiviz.dialects.measured import parity as parity
from optiviz.optimizers import Optimizer

DIALECTS: dict[str, Dialect] = {module.library.name: module.library for module in (torch, keras, optax)}
"""The dialects by name."""


def compared(rule: Optimizer) -> list[Comparison]:
    """How torch, Keras and optax do a rule of the catalogue; nothing for another rule.

    >>> from optiviz import adagrad
    >>> first = compared(adagrad)[0]
    >>> first.call, first.sentence
    (None, 'eps is added to the root, not under it.')
    >>> first.its_call, first.defaults
    ('torch.optim.Adagrad(params, lr=0.01, initial_accumulator_value=0.0, eps=1e-10)', {'eps': (1e-08, 1e-10)})
    """
    return comparisons(rule, DIALECTS.values())
