"""Data to learn from: figures and messages that are made here, and sets that others have published.

>>> from optiviz import data
>>> shapes = data.load("shapes")
>>> x, y = shapes.train
>>> x.shape, x.dtype, shapes.classes[y[0]]
((8000, 28, 28, 1), dtype('uint8'), 'cross')
"""

from optiviz.data.dataset import Dataset as Dataset
from optiviz.data.dataset import Part as Part
from optiviz.data.dataset import scaled as scaled
from optiviz.data.drawing import shapes as shapes
from optiviz.data.drawing import shapes_rgb as shapes_rgb
from optiviz.data.idx import read_idx as read_idx
from optiviz.data.loading import NAMES as NAMES
from optiviz.data.loading import load as load
from optiviz.data.photograph import read_image as read_image
from optiviz.data.writing import messages as messages
