"""A line of text that changes with every frame, drawn from letters that are drawn once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["Readout"]

FAMILY = "DejaVu Sans Mono"


class Readout(Text):
    """A line in letters of one width; Matplotlib lays out and draws every text anew, as slowly as all else together."""

    def __init__(self, x: float, y: float, **options: Any) -> None:
        super().__init__(x, y, "", family=FAMILY, **options)

    def draw(self, renderer: Any) -> None:
        """Put the letters together; on a canvas that does not hold pixels the text is drawn as any other."""
        if not isinstance(renderer, RendererAgg):
            super().draw(renderer)
        elif self.get_text():
            self._blit(renderer)

    def _blit(self, renderer: RendererAgg) -> None:
        letters = _alphabet(float(self.get_fontsize()), str(self.get_fontweight()), float(renderer.dpi))
        covered = np.hstack([letters(letter) for letter in self.get_text()])
        x, y = self.get_transform().transform(self.get_unitless_position())
        height, width = covered.shape
        left = x - {"left": 0, "center": width / 2, "right": width}[self.get_horizontalalignment()]
        above = {"top": 0.0, "center": height / 2, "center_baseline": height / 2}[self.get_verticalalignment()]
        image = np.empty((height, width, 4), np.uint8)
        image[..., :3] = np.round(255 * np.array(to_rgb(self.get_color())))
        image[..., 3] = covered
        gc = renderer.new_gc()
        # an image stands on its lower left corner, with its first row on top
        renderer.draw_image(gc, round(left), round(y + above - height), image[::-1])
        gc.restore()


@cache
def _alphabet(size: float, weight: str, dpi: float) -> Any:
    """What gives the pixels of a letter, how much of each is covered (height, width) in 255 parts."""
    high, wide = (round(size * dpi / 72 * share) for share in (1.17, 0.602))  # the height and advance of the font

    @cache
    def letter(character: str) -> npt.NDArray[np.uint8]:
        figure = Figure(figsize=(wide / dpi, high / dpi), dpi=dpi, facecolor="none")
        canvas: Any = FigureCanvasAgg(figure)
        text = figure.text(0, 0.22, character, family=FAMILY, size=size, weight=weight, va="baseline", color="black")
        text.set_in_layout(False)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., 3].copy()

    return letter
