"""The course's comparisons of networks: a question for the class, runs, and an answer with their numbers."""

from optiviz.trials.experiments import comparisons as comparisons
from optiviz.trials.experiments.experiment import EXPERIMENTS as EXPERIMENTS
from optiviz.trials.experiments.experiment import Experiment as Experiment
from optiviz.trials.experiments.experiment import Shown as Shown
from optiviz.trials.experiments.experiment import find as find
