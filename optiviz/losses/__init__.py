"""The losses: each the mean over the examples and its gradient, from raw scores; made from the derivations.

>>> from optiviz import losses
>>> losses.mse([3.0, 1.0], [1.0, 1.0])
(2.0, array([2., 0.]))
>>> list(losses.Loss.registry)[:4]
['mse', 'mae', 'bce', 'cce']
"""

# The lists follow the order of the lesson, which is that of these imports.
# isort: off
from optiviz.losses.loss import Loss as Loss
from optiviz.losses.catalogue import mse as mse
from optiviz.losses.catalogue import mae as mae
from optiviz.losses.catalogue import bce as bce
from optiviz.losses.catalogue import cce as cce
from optiviz.losses.catalogue import sparse_cce as sparse_cce
from optiviz.losses.catalogue import kl as kl
from optiviz.losses.catalogue import huber as huber
from optiviz.losses.catalogue import log_cosh as log_cosh
from optiviz.losses.catalogue import poisson_nll as poisson_nll
from optiviz.losses.catalogue import gaussian_nll as gaussian_nll
from optiviz.losses.catalogue import hinge as hinge
from optiviz.losses.catalogue import focal as focal
from optiviz._generated.losses import sigmoid as sigmoid
from optiviz._generated.losses import softmax as softmax
from optiviz._generated.losses import softplus as softplus
