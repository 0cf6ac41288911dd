"""Networks: layers that read like equations, and a plan that runs them fast.

Layers: Dense, Conv1D, Conv2D, DepthwiseConv2D, Embedding; MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D, and each of the
four over all places, as GlobalMaxPool1D; BatchNorm, LayerNorm, LocalResponseNorm, Dropout; ReLU, LeakyReLU, Sigmoid,
Tanh, Softmax; Flatten, Reshape, ZeroPadding2D, Add, Concatenate. The longer names that Keras has for some of them
(MaxPooling2D, BatchNormalization) are known, too.

>>> from optiviz.nn import Dense, Input, Model
>>> i = Input(shape=(4,))
>>> model = Model(i, Dense(3)(i))
"""

from typing import Any

from optiviz.nn.batches import batches as batches
from optiviz.nn.callbacks import Epoch as Epoch
from optiviz.nn.callbacks import early_stopping as early_stopping
from optiviz.nn.files import load as load
from optiviz.nn.graph import Input as Input
from optiviz.nn.history import History as History
from optiviz.nn.history import Intervention as Intervention
from optiviz.nn.layer import Begin as Begin
from optiviz.nn.layer import Layer as Layer
from optiviz.nn.layer import Statistic as Statistic
from optiviz.nn.layer import Weight as Weight
from optiviz.nn.layers.activations import LeakyReLU as LeakyReLU
from optiviz.nn.layers.activations import ReLU as ReLU
from optiviz.nn.layers.activations import Sigmoid as Sigmoid
from optiviz.nn.layers.activations import Softmax as Softmax
from optiviz.nn.layers.activations import Tanh as Tanh
from optiviz.nn.layers.convolution import Conv1D as Conv1D
from optiviz.nn.layers.convolution import Conv2D as Conv2D
from optiviz.nn.layers.convolution import DepthwiseConv2D as DepthwiseConv2D
from optiviz.nn.layers.dropout import Dropout as Dropout
from optiviz.nn.layers.embedding import Embedding as Embedding
from optiviz.nn.layers.linear import Dense as Dense
from optiviz.nn.layers.normalization import BatchNorm as BatchNorm
from optiviz.nn.layers.normalization import LayerNorm as LayerNorm
from optiviz.nn.layers.normalization import LocalResponseNorm as LocalResponseNorm
from optiviz.nn.layers.pooling import AvgPool1D as AvgPool1D
from optiviz.nn.layers.pooling import AvgPool2D as AvgPool2D
from optiviz.nn.layers.pooling import GlobalAvgPool1D as GlobalAvgPool1D
from optiviz.nn.layers.pooling import GlobalAvgPool2D as GlobalAvgPool2D
from optiviz.nn.layers.pooling import GlobalMaxPool1D as GlobalMaxPool1D
from optiviz.nn.layers.pooling import GlobalMaxPool2D as GlobalMaxPool2D
from optiviz.nn.layers.pooling import MaxPool1D as MaxPool1D
from optiviz.nn.layers.pooling import MaxPool2D as MaxPool2D
from optiviz.nn.layers.shaping import Add as Add
from optiviz.nn.layers.shaping import Concatenate as Concatenate
from optiviz.nn.layers.shaping import Flatten as Flatten
from optiviz.nn.layers.shaping import Reshape as Reshape
from optiviz.nn.layers.shaping import ZeroPadding2D as ZeroPadding2D
from optiviz.nn.model import Model as Model
from optiviz.nn.model import Sequential as Sequential
from optiviz.nn.predicting import Evaluation as Evaluation
from optiviz.nn.rate_test import RateTest as RateTest
from optiviz.nn.rate_test import rate_test as rate_test
from optiviz.nn.stops import Diverged as Diverged

_KERAS = {
    f"{where}{long}Pooling{axes}D": f"{where}{short}Pool{axes}D"
    for where in ("", "Global")
    for long, short in (("Max", "Max"), ("Average", "Avg"))
    for axes in (1, 2)
} | {"BatchNormalization": "BatchNorm", "LayerNormalization": "LayerNorm"}


def __getattr__(name: str) -> Any:
    if name in _KERAS:
        return globals()[_KERAS[name]]
    raise AttributeError(f"module 'optiviz.nn' has no attribute '{name}'")
