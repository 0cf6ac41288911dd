"""The named networks: each a few lines from the input to the output, with its shape and classes by default.

>>> from optiviz import models
>>> model = models.lenet5()
>>> model.theta.size
61706
>>> models.called("lenet5") is models.lenet5
True
>>> f"{models.vgg16.size():,}"
'138,357,544'
"""

# The lists follow the order of the lesson, which is that of these imports.
# isort: off
from optiviz.models.architecture import Architecture as Architecture
from optiviz.models.architecture import answer as answer
from optiviz.models.architecture import architecture as architecture
from optiviz.models.architecture import called as called
from optiviz.models.course import logistic as logistic
from optiviz.models.course import mlp as mlp
from optiviz.models.course import fashion_cnn as fashion_cnn
from optiviz.models.course import cifar_cnn as cifar_cnn
from optiviz.models.course import cifar_vgg as cifar_vgg
from optiviz.models.course import text_cnn as text_cnn
from optiviz.models.classics import lenet5 as lenet5
from optiviz.models.classics import alexnet as alexnet
from optiviz.models.classics import vgg16 as vgg16
from optiviz.models.classics import googlenet as googlenet
