"""Networks trained on data, one trial or many."""
