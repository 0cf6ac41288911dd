"""Derivations: from a likelihood, a definition or a rule to a loss or a result, in steps that are each confirmed.

A step that does not follow cannot be made: building it raises `Refused`, with a point where it fails. The
formulas are trees that keep the form of the slide (`written`), the checks say what must hold (`checks`), numbers
refute (`points`) and SymPy proves (`algebra`). The derivations themselves are in `stories`; `generate` makes the NumPy
code of the losses of them.

>>> derive("mse").loss.gradients[0].after == derive("mse").end.after
True
"""

from optiviz.derive import stories as stories
from optiviz.derive.derivation import Derivation as Derivation
from optiviz.derive.derivation import LossForm as LossForm
from optiviz.derive.derivation import derive as derive
from optiviz.derive.derivation import names as names
from optiviz.derive.step import Check as Check
from optiviz.derive.step import Step as Step
from optiviz.derive.verdict import Grade as Grade
from optiviz.derive.verdict import Refused as Refused
from optiviz.derive.verdict import Verdict as Verdict
