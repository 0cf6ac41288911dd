"""What records that can be drawn have in common: a plot, an animation, and what a notebook shows.

The room `plot` knows the records, so it is imported here by its name, and only when a picture is asked for.
"""

from __future__ import annotations

import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from optiviz.surfaces import Surface

__all__ = ["Displayed", "Shown", "drawing"]


class Displayed(ABC):
    """A record that a notebook shows as a picture."""

    @abstractmethod
    def image(self) -> tuple[bytes, str]:
        """A picture of it as PNG, and what is to be seen in it."""

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture with its words, or a table where there is none."""
        page: str = drawing().page(self, self._picture)
        return page

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows on paper."""
        return self._picture[0] if self._picture else None

    @cached_property
    def _picture(self) -> tuple[bytes, str] | None:
        """The picture as PNG and its words; None where there is no picture."""
        try:
            found: tuple[bytes, str] = self.image()
        except Exception:  # a cell of a notebook that holds a result must show it, come what may
            return None
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Without the surface and the picture: a copy by pickle has what a file would have."""
        return {name: value for name, value in vars(self).items() if name not in ("on", "_picture")}


class Shown(Displayed):
    """A record that can be drawn on the surface that it was made on."""

    @abstractmethod
    def ground(self, surface: Surface | None = None) -> Surface:
        """The surface to draw it on: the one given, the one that it was made on, or the one of that name."""

    def plot(self, *, surface: Surface | None = None, **look: Any) -> Any:
        """Draw what there is to see at the end, and return the Matplotlib figure to go on with.

        Args:
            surface: what it was made on, if that cannot be known: a record from a file has only its name.
            look: `size` in pixels, `style` (light, dark, slide, paper or big), `view` (contour, 3d, field, internals or
                effective), `inside` (for internals, `optiviz.experiments.internals(run, optimizer)`) and `note`.

        Returns:
            a `matplotlib.figure.Figure`, which a notebook shows; its first axes are those of the surface.

        Raises:
            LookupError: the surface, the style or the view is not known.
            TypeError: a picture has no such look.
            ValueError: it is not the one, or the record is a batch or has more than two coordinates.

        >>> from optiviz import adam, minimize, rosenbrock
        >>> figure = minimize(rosenbrock, adam(lr=0.5)).plot(size=(640, 360))
        >>> figure.axes[0].axhline(1.0).figure is figure
        True
        """
        return drawing().figure(self, self.ground(surface), **look)

    def animate(
        self,
        path: str | os.PathLike[str],
        *,
        surface: Surface | None = None,
        fps: float | None = None,
        most: int | None = None,
        progress: Callable[[list[int]], Iterable[int]] = iter,
        **look: Any,
    ) -> None:
        """Write an animation, or the last frame; the suffix of `path` says the format, as in `optiviz.plot.animate`.

        Args:
            path: where to: .gif, .apng, .webp, .avif, .mp4 and .webm move, .png, .svg and .pdf are the last frame.
            surface: what it was made on, if that cannot be known.
            fps: frames per second; if None, so many that it lasts about eight seconds, but 4 to 30.
            most: a longer run is shown at so many of its looks; 400 if None.
            progress: takes the list of looks that will be drawn and yields them, for a progress bar.
            look: as of `plot`.

        Raises:
            LookupError: the surface is not known.
            ValueError: what is given cannot be drawn, or not in this format.
            OSError: the file cannot be written; nothing is left behind.

        >>> from optiviz import adam, minimize, rosenbrock
        >>> minimize(rosenbrock, adam(lr=0.5)).animate("adam.gif")  # doctest: +SKIP
        """
        drawing().animation(self, self.ground(surface), path, fps=fps, most=most, progress=progress, **look)

    def image(self) -> tuple[bytes, str]:
        """The picture of the end as PNG, and what is to be seen in it."""
        found: tuple[bytes, str] = drawing().image(self, self.ground())
        return found


def drawing() -> Any:
    """The room that draws."""
    return importlib.import_module("optiviz.plot.shown")
