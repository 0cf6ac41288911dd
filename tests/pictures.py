"""What must be so of every picture that does not move: words fit, and on paper all is grey."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from optiviz.plot import Still
from optiviz.plot.canvas import Picture


def lay_out(made: Picture) -> None:
    """Put words and numbers where painting would, also in a picture that is `unpainted`."""
    with made.settings():
        made.figure.draw_without_rendering()


def check_words(made: Still) -> None:
    """No word leaves the figure or lies on another."""
    lay_out(made)
    size = made.size
    texts = {f"{i} {text.get_text()}": text for i, text in enumerate(made.figure.texts)}
    for i, axes in enumerate(made.figure.axes):
        texts |= {f"title {i}": axes._left_title}
        for which, axis in enumerate((axes.xaxis, axes.yaxis)):
            low, high = axis.get_view_interval()
            seen = [tick for tick in axis.get_ticklabels() if low <= tick.get_position()[which] <= high]
            outside = [tick for tick in seen if not 0 <= tick.get_window_extent().x0 <= size[0]]
            assert not outside, (i, outside)
    texts |= {f"legend {i}": legend for i, legend in enumerate(made.figure.legends)}
    texts |= {
        f"{axis.axis_name} label {i}": axis.label
        for i, axes in enumerate(made.figure.axes)
        for axis in (axes.xaxis, axes.yaxis)
    }
    boxes = {name: text.get_window_extent() for name, text in texts.items()}
    boxes = {name: box for name, box in boxes.items() if box.width > 1}
    for name, box in boxes.items():
        assert box.x0 >= 0 and box.y0 >= -1 and box.x1 <= size[0] and box.y1 <= size[1] + 1, name
    for one, other in combinations(boxes, 2):
        assert not boxes[one].padded(-1).overlaps(boxes[other]), (one, other)


def check_grey(path: Path) -> None:
    """Every pixel is grey, and not all are alike."""
    with Image.open(path) as image:
        pixels = np.asarray(image).astype(int)
    assert np.ptp(pixels, axis=-1).max() <= 1 and len(np.unique(pixels)) > 20
