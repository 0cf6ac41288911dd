"""Losses over the parameters of a small model and data, as surfaces; the formulas stand in `catalogue`."""

from optiviz.loss_surfaces.catalogue import bce as bce
from optiviz.loss_surfaces.catalogue import bernoulli_likelihood as bernoulli_likelihood
from optiviz.loss_surfaces.catalogue import cce as cce
from optiviz.loss_surfaces.catalogue import gaussian_likelihood as gaussian_likelihood
from optiviz.loss_surfaces.catalogue import mae as mae
from optiviz.loss_surfaces.catalogue import mse as mse
from optiviz.loss_surfaces.catalogue import mse_on_sigmoid as mse_on_sigmoid
from optiviz.surfaces.data import loss_surface as loss_surface
