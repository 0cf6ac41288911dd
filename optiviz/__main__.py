"""`python -m optiviz`."""

from optiviz.cli import main

main()
