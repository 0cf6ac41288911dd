"""Formulas as they are typeset: one layout of marks, and three printers that draw it (text, LaTeX, MathML)."""

from optiviz.derive.printers.latex import latex as latex
from optiviz.derive.printers.marks import letter as letter
from optiviz.derive.printers.marks import pieces as pieces
from optiviz.derive.printers.mathml import mathml as mathml
from optiviz.derive.printers.text import block as block
