"""The trace: a formula called once on nodes, which record what it does.

From it come the equations (printers), the update in place (replay) and, in `optiviz.symbolic`, SymPy's
expressions. This room knows no other but the names of the slides.
"""

from optiviz.trace.node import Node as Node
from optiviz.trace.node import Untraceable as Untraceable
from optiviz.trace.node import reachable as reachable
from optiviz.trace.record import Line as Line
from optiviz.trace.record import Trace as Trace
from optiviz.trace.record import trace as trace
