"""Augmentation: training images are changed as their labels allow, differently each time that they are seen.

An augmentation is a function of images (N, H, W, C), bytes or floats, and a generator; its numbers are configured as
those of an optimizer are, and one follows the other by `>>`, as schedules do.

>>> import numpy as np
>>> from optiviz.data.augment import flip, rotation, shift
>>> changed = shift(by=0.1) >> flip >> rotation(degrees=15, fill="reflect")
>>> images = np.random.default_rng(0).integers(0, 256, (128, 32, 32, 3), dtype=np.uint8)
>>> np.array_equal(changed(images, 1), changed(images, 1)), np.array_equal(changed(images, 1), changed(images, 2))
(True, False)

`optiviz.nn.batches(x, y, 32, augment=changed, rng=0)` has each batch go through it.
"""

from optiviz.data.augment.augmentation import Augmentation as Augmentation
from optiviz.data.augment.augmentation import Chain as Chain
from optiviz.data.augment.augmentation import augmentation as augmentation
from optiviz.data.augment.geometry import flip as flip
from optiviz.data.augment.geometry import flip_vertical as flip_vertical
from optiviz.data.augment.geometry import rotation as rotation
from optiviz.data.augment.geometry import shear as shear
from optiviz.data.augment.geometry import shift as shift
from optiviz.data.augment.geometry import zoom as zoom
from optiviz.data.augment.light import brightness as brightness
from optiviz.data.augment.light import contrast as contrast
from optiviz.data.augment.light import cutout as cutout
from optiviz.data.augment.resampling import resampled as resampled
