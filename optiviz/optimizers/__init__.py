"""The update rules, and Optimizer, which runs them."""

from optiviz.optimizers.course import adagrad as adagrad
from optiviz.optimizers.course import adam as adam
from optiviz.optimizers.course import adam_uncorrected as adam_uncorrected
from optiviz.optimizers.course import gd as gd
from optiviz.optimizers.course import momentum as momentum
from optiviz.optimizers.course import nesterov as nesterov
from optiviz.optimizers.course import rmsprop as rmsprop
from optiviz.optimizers.course import sgd as sgd
from optiviz.optimizers.optimizer import LARGE as LARGE
from optiviz.optimizers.optimizer import Optimizer as Optimizer
from optiviz.optimizers.optimizer import State as State
from optiviz.optimizers.optimizer import optimizer as optimizer
