"""Networks trained on data, by a description that is texts and numbers.

>>> from optiviz.trials import Trial, train
>>> outcome = train(Trial("messages", epochs=1, limit=64))
>>> outcome.model
<Model of 12 layers, (44,) to (1,), 35,633 weights>
"""

from optiviz.trials.compare import Comparison as Comparison
from optiviz.trials.compare import compare as compare
from optiviz.trials.contest import Contest as Contest
from optiviz.trials.contest import Variant as Variant
from optiviz.trials.contest import contest as contest
from optiviz.trials.folder import Kept as Kept
from optiviz.trials.folder import free as free
from optiviz.trials.folder import kept as kept
from optiviz.trials.judging import Judgement as Judgement
from optiviz.trials.judging import judged as judged
from optiviz.trials.material import Intake as Intake
from optiviz.trials.material import Material as Material
from optiviz.trials.material import prepared as prepared
from optiviz.trials.planning import Plan as Plan
from optiviz.trials.planning import find_course as find_course
from optiviz.trials.planning import outlasted as outlasted
from optiviz.trials.planning import planned as planned
from optiviz.trials.planning import resolved as resolved
from optiviz.trials.rates import Tuning as Tuning
from optiviz.trials.rates import tuned as tuned
from optiviz.trials.running import Outcome as Outcome
from optiviz.trials.running import train as train
from optiviz.trials.trial import RECIPES as RECIPES
from optiviz.trials.trial import Trial as Trial
from optiviz.trials.trial import recipe as recipe
from optiviz.trials.using import answered as answered
from optiviz.trials.using import evaluated as evaluated
