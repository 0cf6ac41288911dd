"""Arrays in, pictures out. Matplotlib is loaded here and nowhere else."""

from optiviz.plot.augmentations import draw_augmentations as draw_augmentations
from optiviz.plot.basins import draw_basin as draw_basin
from optiviz.plot.canvas import Picture as Picture
from optiviz.plot.curves import draw_averages as draw_averages
from optiviz.plot.curves import draw_rates as draw_rates
from optiviz.plot.film import animate as animate
from optiviz.plot.film import film as film
from optiviz.plot.filmstrip import filmstrip as filmstrip
from optiviz.plot.losses import draw_growth as draw_growth
from optiviz.plot.losses import draw_outlier as draw_outlier
from optiviz.plot.losses import draw_profile as draw_profile
from optiviz.plot.maps import draw_sensitivity as draw_sensitivity
from optiviz.plot.panes import grid_picture as grid_picture
from optiviz.plot.picture import picture as picture
from optiviz.plot.race import race_picture as race_picture
from optiviz.plot.still import Still as Still
from optiviz.plot.still import write_still as write_still
from optiviz.plot.style import STYLES as STYLES
from optiviz.plot.style import named_style as named_style
from optiviz.plot.views import VIEWS as VIEWS
from optiviz.plot.views import sampled as sampled
from optiviz.plot.words_map import draw_words as draw_words
from optiviz.plot.writers import STILL as STILL
from optiviz.plot.writers import SUFFIXES as SUFFIXES
from optiviz.plot.writers import check_format as check_format
