"""A camera that looks down at a box and turns slowly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["TURNS", "Camera", "Turn"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """An eye that looks at the origin, in mild perspective: what is nearer is a little larger.

    The eye stands at d (cos e cos a, cos e sin a, sin e). A point p is seen at (p·right, p·up) d / (d - p·eye/d),
    so that at the origin lengths are what they are.

    Attributes:
        azimuth: a, in degrees; at -90 x runs to the right and y away from the eye.
        elevation: e, in degrees above the floor.
        distance: d, from the eye to the origin.

    >>> Camera(azimuth=-90, elevation=0).project(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])).round(9)
    array([[1., 0.],
           [0., 1.]])
    """

    azimuth: float
    elevation: float = 44.0
    distance: float = 4.0

    @property
    def towards(self) -> Array:
        """The direction from the origin to the eye (3,)."""
        a, e = np.radians([self.azimuth, self.elevation])
        return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])

    @property
    def eye(self) -> Array:
        """Where it stands (3,)."""
        return self.distance * self.towards

    def project(self, points: Array) -> Array:
        """Where points (..., 3) are seen: (..., 2), to the right and up."""
        a, e = np.radians([self.azimuth, self.elevation])
        right = [-np.sin(a), np.cos(a), 0.0]
        up = [-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), np.cos(e)]
        nearness = self.distance / (self.distance - points @ self.towards)
        seen: Array = (points @ np.array([right, up]).T) * nearness[..., None]
        return seen


class Turn(NamedTuple):
    """A camera that goes from one side of a corner of a box to the other and back, and is at rest at both ends.

    Attributes:
        corner: the azimuth in the middle of the turn.
        swing: how far to either side it goes, first against this; never so far that it stands before a side.

    >>> [Turn(-45.0, 25.0).camera(look, looks=3).azimuth for look in range(3)]
    [-70.0, -20.0, -70.0]
    """

    corner: float
    swing: float

    def camera(self, look: int, looks: int) -> Camera:
        """The camera at a look."""
        return Camera(self.corner - self.swing * math.cos(2 * math.pi * look / max(looks - 1, 1)))

    @property
    def at_rest(self) -> Turn:
        """The camera where it begins, which stays there."""
        return Turn(self.corner - self.swing, 0.0)

    @property
    def cameras(self) -> list[Camera]:
        """A few cameras from one end to the other."""
        return [self.camera(look, 17) for look in range(9)]


TURNS = tuple(Turn(corner, swing) for corner in (-45.0, 45.0, 135.0, -135.0) for swing in (25.0, -25.0))
"""Those to choose from, around all corners; in the first, the customary one, x runs to the right and y away."""
