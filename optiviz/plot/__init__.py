"""Arrays in, pictures out. Matplotlib is loaded here and nowhere else."""

from optiviz.plot.animate import animate as animate
from optiviz.plot.panels import Picture as Picture
from optiviz.plot.picture import picture as picture
from optiviz.plot.writers import SUFFIXES as SUFFIXES
