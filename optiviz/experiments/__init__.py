"""Many runs, compared fairly."""

from optiviz.experiments.basin import Basin as Basin
from optiviz.experiments.basin import basin as basin
from optiviz.experiments.race import MOST as MOST
from optiviz.experiments.race import SHARES as SHARES
from optiviz.experiments.race import Race as Race
from optiviz.experiments.race import Racer as Racer
from optiviz.experiments.race import quantiles as quantiles
from optiviz.experiments.race import race as race
from optiviz.experiments.sweep import Sensitivity as Sensitivity
from optiviz.experiments.sweep import sensitivity as sensitivity
from optiviz.experiments.sweep import spread as spread
from optiviz.experiments.tuning import LEARNING_RATES as LEARNING_RATES
from optiviz.experiments.tuning import STEPS as STEPS
from optiviz.experiments.tuning import rates_for as rates_for
from optiviz.experiments.tuning import suited_batch as suited_batch
from optiviz.experiments.tuning import suited_lr as suited_lr
from optiviz.experiments.tuning import suited_noise as suited_noise
from optiviz.experiments.tuning import table as table
from optiviz.experiments.tuning import tune as tune
from optiviz.experiments.tuning import wants_rate as wants_rate
from optiviz.experiments.tuning import with_lr as with_lr
