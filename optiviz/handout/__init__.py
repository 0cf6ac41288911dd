"""Derivations for the reader: on a terminal, a slide, a page or a screen, from what is committed and without SymPy.

What is committed was printed and proved by `optiviz derive --write`; a record is one derivation of it.

>>> record = find("bce")
>>> record["steps"][0]["after"]["plain"]
'μˣ (1 − μ)¹⁻ˣ'
"""

from optiviz.handout.committed import Record as Record
from optiviz.handout.committed import derivations as derivations
from optiviz.handout.committed import end as end
from optiviz.handout.committed import find as find
from optiviz.handout.committed import groups as groups
from optiviz.handout.committed import meanings as meanings
from optiviz.handout.html import article as article
from optiviz.handout.html import html as html
from optiviz.handout.html import line_html as line_html
from optiviz.handout.latex import latex as latex
from optiviz.handout.latex import line_latex as line_latex
from optiviz.handout.markdown import markdown as markdown
from optiviz.handout.text import contents as contents
from optiviz.handout.text import text as text
