"""Formulas: pure functions whose signature says everything, and the registries that know them by name."""

from optiviz.formula.documented import Documented as Documented
from optiviz.formula.formula import Formula as Formula
from optiviz.formula.formula import checked_number as checked_number
from optiviz.formula.formula import once as once
from optiviz.formula.formula import written as written
from optiviz.formula.registry import FormulaError as FormulaError
from optiviz.formula.registry import Registry as Registry
from optiviz.formula.registry import article as article
from optiviz.formula.registry import find_among as find_among
from optiviz.formula.registry import nearest as nearest
