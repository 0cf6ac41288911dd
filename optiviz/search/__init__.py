"""Search: parameters are tried, on a grid or at random, and what came of each trial is kept.

It knows nothing of networks: what is tried is any function of parameters that returns numbers.

>>> from optiviz.search import Space
>>> space = Space.read(grid=["lr=0.1,0.01"])
>>> [space.parameters(k, seed=0) for k in range(space.trials())]
[{'lr': 0.1}, {'lr': 0.01}]
"""

from optiviz.search.ledger import Ledger as Ledger
from optiviz.search.ledger import Record as Record
from optiviz.search.processes import Silence as Silence
from optiviz.search.processes import search as search
from optiviz.search.space import Space as Space
