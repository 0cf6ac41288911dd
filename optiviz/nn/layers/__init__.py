"""The layers: the formula of each, and its derivative under it."""
