"""Loss surfaces with one or two coordinates, on which an optimizer can be watched.

Each has its formula, the box in which it is drawn, its minima, a start from which there is something to see, and one
sentence on what that is. They are entered in the order of what they teach: bowls, several minima, ripples, slopes.
"""

from optiviz.surfaces.bowls import beale as beale
from optiviz.surfaces.bowls import booth as booth
from optiviz.surfaces.bowls import bowl as bowl
from optiviz.surfaces.bowls import cliff as cliff
from optiviz.surfaces.bowls import goldstein_price as goldstein_price
from optiviz.surfaces.bowls import matyas as matyas
from optiviz.surfaces.bowls import monkey_saddle as monkey_saddle
from optiviz.surfaces.bowls import plateau as plateau
from optiviz.surfaces.bowls import ravine as ravine
from optiviz.surfaces.bowls import rosenbrock as rosenbrock
from optiviz.surfaces.bowls import saddle as saddle
from optiviz.surfaces.data import DataSurface as DataSurface
from optiviz.surfaces.data import Look as Look
from optiviz.surfaces.grid import Grid as Grid
from optiviz.surfaces.minima import himmelblau as himmelblau
from optiviz.surfaces.minima import mccormick as mccormick
from optiviz.surfaces.minima import six_hump_camel as six_hump_camel
from optiviz.surfaces.minima import styblinski_tang as styblinski_tang
from optiviz.surfaces.minima import three_hump_camel as three_hump_camel
from optiviz.surfaces.ripples import ackley as ackley
from optiviz.surfaces.ripples import drop_wave as drop_wave
from optiviz.surfaces.ripples import easom as easom
from optiviz.surfaces.ripples import eggholder as eggholder
from optiviz.surfaces.ripples import griewank as griewank
from optiviz.surfaces.ripples import levy as levy
from optiviz.surfaces.ripples import rastrigin as rastrigin
from optiviz.surfaces.ripples import schaffer as schaffer
from optiviz.surfaces.slopes import double_well as double_well
from optiviz.surfaces.slopes import flat_bottom as flat_bottom
from optiviz.surfaces.slopes import forrester as forrester
from optiviz.surfaces.slopes import kink as kink
from optiviz.surfaces.slopes import parabola as parabola
from optiviz.surfaces.slopes import washboard as washboard
from optiviz.surfaces.stochastic import stochastic as stochastic
from optiviz.surfaces.surface import Objective as Objective
from optiviz.surfaces.surface import Surface as Surface
from optiviz.surfaces.surface import surface as surface
from optiviz.surfaces.text import from_text as from_text
from optiviz.surfaces.text import surface_called as surface_called
