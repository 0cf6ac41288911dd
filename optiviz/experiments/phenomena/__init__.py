"""Phenomena of learning by gradients, each with theory's number beside the run's."""

from optiviz.experiments.phenomena import (  # noqa: I001, the order of a lesson
    curvature as curvature,
    shape as shape,
    noise as noise,
    memory as memory,
)
from optiviz.experiments.phenomena.phenomenon import PHENOMENA as PHENOMENA
from optiviz.experiments.phenomena.phenomenon import Demonstration as Demonstration
from optiviz.experiments.phenomena.phenomenon import Finding as Finding
from optiviz.experiments.phenomena.phenomenon import Phenomenon as Phenomenon
from optiviz.experiments.phenomena.phenomenon import Smoothed as Smoothed
from optiviz.experiments.phenomena.phenomenon import find as find
