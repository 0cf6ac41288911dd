"""What the record of a training has in common with other records: a plot, and what a notebook shows."""

from __future__ import annotations

from typing import Any

from optiviz.descent.shown import Displayed, drawing

__all__ = ["Curves"]


class Curves(Displayed):
    """A record of a training, which can be drawn as curves."""

    def plot(self, **look: Any) -> Any:
        """Draw loss and accuracy over the epochs, and return the Matplotlib figure to go on with.

        Args:
            look: `size` in pixels, `style` (light, dark, slide, paper or big), and `held`, what the data are called
                that were not trained on, such as "test".

        Returns:
            a `matplotlib.figure.Figure`, which a notebook shows; its first axes are those of the loss.

        Raises:
            LookupError: the style is not known.
            ValueError: not one update has been made.

        >>> import numpy as np
        >>> from optiviz.nn import Dense, Input, Sequential
        >>> x = np.linspace(-1, 1, 64)[:, None]
        >>> model = Sequential([Input(shape=(1,)), Dense(1)])
        >>> figure = model.fit(x, x, loss="mse", optimizer="adam", epochs=2).plot(size=(640, 360))
        >>> figure.axes[0].get_xlabel()
        'epoch'
        """
        return drawing().curves(self, **look)

    def image(self) -> tuple[bytes, str]:
        """The curves as PNG, and what is to be seen in them."""
        found: tuple[bytes, str] = drawing().curves_image(self)
        return found
