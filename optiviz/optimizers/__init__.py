"""The update rules by family, Optimizer, which runs them, and what may be put around them."""

# The lists follow the order of the lesson, which is that of these imports.
# isort: off
from optiviz.optimizers.optimizer import LARGE as LARGE
from optiviz.optimizers.layout import Layout as Layout
from optiviz.optimizers.optimizer import Optimizer as Optimizer
from optiviz.optimizers.optimizer import optimizer as optimizer
from optiviz.optimizers.course import adagrad as adagrad
from optiviz.optimizers.course import adam as adam
from optiviz.optimizers.course import adam_uncorrected as adam_uncorrected
from optiviz.optimizers.course import gd as gd
from optiviz.optimizers.course import momentum as momentum
from optiviz.optimizers.course import nesterov as nesterov
from optiviz.optimizers.course import rmsprop as rmsprop
from optiviz.optimizers.course import sgd as sgd
from optiviz.optimizers.adaptive import adabelief as adabelief
from optiviz.optimizers.adaptive import adadelta as adadelta
from optiviz.optimizers.adaptive import adamax as adamax
from optiviz.optimizers.adaptive import adamw as adamw
from optiviz.optimizers.adaptive import amsgrad as amsgrad
from optiviz.optimizers.adaptive import nadam as nadam
from optiviz.optimizers.adaptive import radam as radam
from optiviz.optimizers.adaptive import rmsprop_centered as rmsprop_centered
from optiviz.optimizers.adaptive import yogi as yogi
from optiviz.optimizers.signs import lion as lion
from optiviz.optimizers.signs import rprop as rprop
from optiviz.optimizers.signs import sign_sgd as sign_sgd
from optiviz.optimizers.signs import signum as signum
from optiviz.optimizers.averaging import asgd as asgd
from optiviz.optimizers.averaging import schedule_free as schedule_free
from optiviz.optimizers.averaging import schedule_free_adamw as schedule_free_adamw
from optiviz.optimizers.state import State as State
from optiviz.optimizers.tensors import adafactor as adafactor
from optiviz.optimizers.tensors import lamb as lamb
from optiviz.optimizers.tensors import muon as muon
from optiviz.optimizers.wrapper import Wrapper as Wrapper
from optiviz.optimizers.wrapper import named as named
from optiviz.optimizers.wrapper import wrapper as wrapper
from optiviz.optimizers.wrappers import clip_norm as clip_norm
from optiviz.optimizers.wrappers import clip_value as clip_value
from optiviz.optimizers.wrappers import l2 as l2
from optiviz.optimizers.wrappers import lookahead as lookahead
from optiviz.optimizers.wrappers import polyak as polyak
from optiviz.optimizers.wrappers import weight_decay as weight_decay
