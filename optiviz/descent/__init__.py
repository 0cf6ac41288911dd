"""The one loop, `descend`, and the one record, Trajectory; `minimize` makes the one into the other."""

from optiviz.descent.loop import CONVERGED as CONVERGED
from optiviz.descent.loop import DIVERGED as DIVERGED
from optiviz.descent.loop import ENDINGS as ENDINGS
from optiviz.descent.loop import ESCAPED as ESCAPED
from optiviz.descent.loop import RUNNING as RUNNING
from optiviz.descent.loop import Look as Look
from optiviz.descent.loop import descend as descend
from optiviz.descent.minimize import minimize as minimize
from optiviz.descent.sharpness import sam as sam
from optiviz.descent.shown import Shown as Shown
from optiviz.descent.trajectory import Trajectory as Trajectory
