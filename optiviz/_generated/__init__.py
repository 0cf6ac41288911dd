"""What is made from the derivations by `make derive`; needs no SymPy, and is never edited."""
